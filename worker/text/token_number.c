#include "worker/text/token_private.h"

#include "proto/base/utf8.h"

/* A number with separators that is longer is taken in pieces. */
#define NUMBER_BYTES 64
/* The local part of a mail address, looked for only in lines with an @. */
#define MAIL_BYTES 64

static bool digit_at(const struct reader *r, uint32_t at)
{
    uint32_t len;
    return at < r->end && token_class(r, at, &len) == CHAR_DIGIT;
}

static uint32_t digits_end(const struct reader *r, uint32_t at)
{
    uint32_t len;
    while (at < r->end && token_class(r, at, &len) == CHAR_DIGIT)
        at += len;
    return at;
}

/* The number before and its comma touch this one. */
static bool in_list(const struct reader *r)
{
    uint32_t count = r->doc->tokens.count;
    const struct token *last = r->doc->tokens.item + count;
    return count >= r->line_first + 2 && !r->space && last[-1].mark == MARK_COMMA &&
           !last[-1].space_before && last[-2].kind == TOKEN_NUMBER;
}

/* One number with separators: 1,3  2.000.000  17.00  12.05.2024  1,000,000.5. A list
 * without spaces (1,2,3) is several. */
static uint32_t number_end(const struct reader *r)
{
    uint32_t at = digits_end(r, r->at), first_comma = 0, commas = 0;
    bool grouped = true; /* each comma has three digits behind it */
    uint32_t limit = in_list(r) ? at : r->at + NUMBER_BYTES;
    while (at < r->end && at < limit && (r->text[at] == '.' || r->text[at] == ',') &&
           digit_at(r, at + 1)) {
        uint32_t end = digits_end(r, at + 1);
        if (r->text[at] == ',') {
            if (commas++ == 0)
                first_comma = at;
            grouped &= end - at == 4;
        }
        at = end;
    }
    return commas >= 2 && !grouped ? first_comma : at;
}

/* The amount of a currency: what stands before it is its sign. */
static bool after_money(const struct reader *r)
{
    uint32_t count = r->doc->tokens.count;
    struct str value;
    if (count == r->line_first)
        return false;
    const struct token *last = &r->doc->tokens.item[count - 1];
    if (last->kind == TOKEN_SYMBOL)
        return true;
    struct str word = last->lower;
    if (word.len && word.ptr[word.len - 1] == '.')
        word.len--;
    return wordlist_get(r->lists->glue, word, &value) && str_is(value, "number");
}

/* Letters that make the digits a word: 5G, 4K, 1990-an, 80an. */
static uint32_t suffix_end(const struct reader *r, uint32_t at)
{
    uint32_t len = 0, next;
    if (at >= r->end)
        return at;
    uint32_t from = r->text[at] == '-' ? at + 1 : at;
    if (r->end - from >= 2 && memcmp(r->text + from, "an", 2) == 0 &&
        (from + 2 >= r->end || (token_class(r, from + 2, &next) != CHAR_LETTER &&
                                token_class(r, from + 2, &next) != CHAR_DIGIT)))
        return from + 2;
    bool capital = (unsigned)(r->text[at] - 'A') < 26u;
    if (capital && (at + 1 >= r->end || (token_class(r, at + 1, &len) != CHAR_LETTER &&
                                         token_class(r, at + 1, &len) != CHAR_DIGIT)))
        return at + 1;
    return at;
}

void token_number(struct reader *r)
{
    uint32_t end = number_end(r);
    uint32_t word_end = suffix_end(r, end);
    if (word_end > end && !after_money(r))
        token_push(r, word_end, TOKEN_WORD, MARK_NONE);
    else
        token_push(r, end, TOKEN_NUMBER, MARK_NONE);
}

static bool is_name_char(unsigned char c)
{
    return (unsigned)((c | 0x20) - 'a') < 26u || (unsigned)(c - '0') < 10u || c == '_';
}

static bool starts(const struct reader *r, const char *prefix)
{
    return str_starts(token_lower(r, r->at, r->end), str_of(prefix));
}

static uint32_t url_end(const struct reader *r)
{
    uint32_t at = r->at, len;
    while (at < r->end) {
        unsigned char c = (unsigned char)r->text[at];
        if (c <= ' ' || c == '"' || c == '<' || c == '>' || c == ')' || c == ']' ||
            (c >= 0x80 && token_class(r, at, &len) != CHAR_LETTER))
            break;
        at++;
    }
    while (at > r->at + 1 && strchr(".,;:!?'", r->text[at - 1]))
        at--;
    return at;
}

static uint32_t name_end(const struct reader *r, uint32_t at)
{
    while (at < r->end && (is_name_char((unsigned char)r->text[at]) ||
                           r->text[at] == '.' || r->text[at] == '-'))
        at++;
    while (at > r->at && (r->text[at - 1] == '.' || r->text[at - 1] == '-'))
        at--;
    return at;
}

static uint32_t mail_end(const struct reader *r)
{
    uint32_t at = r->at;
    while (at < r->end && at < r->at + MAIL_BYTES &&
           (is_name_char((unsigned char)r->text[at]) || strchr(".%+-", r->text[at])))
        at++;
    if (at == r->at || at >= r->end || r->text[at] != '@' || at + 1 >= r->end ||
        !is_name_char((unsigned char)r->text[at + 1]))
        return 0;
    return name_end(r, at + 1);
}

static bool touches_word(const struct reader *r)
{
    return r->at > r->begin && is_name_char((unsigned char)r->text[r->at - 1]);
}

uint32_t token_link(const struct reader *r)
{
    unsigned char c = (unsigned char)r->text[r->at];
    if (c == '@' || c == '#') {
        bool name = r->at + 1 < r->end && is_name_char((unsigned char)r->text[r->at + 1]);
        return name && !touches_word(r) ? name_end(r, r->at + 1) : 0;
    }
    if ((c | 0x20) == 'h' && (starts(r, "http://") || starts(r, "https://")))
        return url_end(r);
    if ((c | 0x20) == 'w' && starts(r, "www."))
        return url_end(r);
    return r->mail ? mail_end(r) : 0;
}
