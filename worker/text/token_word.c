#include "worker/text/token_private.h"

#include "proto/base/utf8.h"

/* Bytes looked ahead for an abbreviation ("s.tr.keb.") or the end of a host name. */
#define DOTTED_BYTES 24
/* Glued words are looked for in words up to this long. */
#define GLUED_BYTES 48
#define GLUE_VERB   8  /* the shortest word that ends one */
#define GLUE_BYTES  12 /* the longest word in the list of words that begin a glued one */

/* One part of a word between hyphens. */
struct part {
    uint32_t begin, end;
    uint32_t turn; /* first place where a capital follows a small letter, or end */
    bool capital;  /* begins with a capital */
    bool small;    /* holds a small letter */
    bool digits;   /* begins with a digit */
};

static bool is_apostrophe(const struct reader *r, uint32_t at, uint32_t *len_out)
{
    const char *p = r->text + at;
    *len_out = 1;
    if (*p == '\'')
        return true;
    *len_out = 3;
    if (r->end - at >= 3 && memcmp(p, "\xe2\x80\x99", 3) == 0) /* right single quote */
        return true;
    *len_out = 2;
    return r->end - at >= 2 && memcmp(p, "\xca\xbc", 2) == 0; /* modifier apostrophe */
}

static bool is_power(const struct reader *r, uint32_t at, uint32_t *len_out)
{
    const char *p = r->text + at;
    *len_out = 2;
    return r->end - at >= 2 && p[0] == '\xc2' &&
           (p[1] == '\xb2' || p[1] == '\xb3' || p[1] == '\xb9');
}

/* The character at `at` belongs to the word: its length, else 0. */
static uint32_t word_step(const struct reader *r, uint32_t at)
{
    uint32_t len, next;
    enum char_class class = token_class(r, at, &len);
    if (class == CHAR_LETTER || class == CHAR_DIGIT)
        return len;
    if (is_apostrophe(r, at, &len) && at + len < r->end &&
        token_class(r, at + len, &next) == CHAR_LETTER)
        return len;
    return is_power(r, at, &len) ? len : 0;
}

static bool upper_at(const struct reader *r, uint32_t at)
{
    uint32_t cp;
    utf8_decode(r->text + at, r->text + r->end, &cp);
    return utf8_is_upper(cp);
}

static bool lower_at(const struct reader *r, uint32_t at)
{
    uint32_t cp;
    utf8_decode(r->text + at, r->text + r->end, &cp);
    return utf8_is_lower(cp);
}

static struct part read_part(const struct reader *r, uint32_t at)
{
    struct part part = {.begin = at, .capital = upper_at(r, at)};
    uint32_t turn = 0, len;
    bool was_small = false;
    part.digits = token_class(r, at, &len) == CHAR_DIGIT;
    while (at < r->end) {
        unsigned char c = (unsigned char)r->text[at];
        if (c >= 'a' && c <= 'z') { /* nearly every character */
            part.small = was_small = true;
            at++;
            continue;
        }
        len = word_step(r, at);
        if (len == 0)
            break;
        bool small = c >= 0x80 && lower_at(r, at);
        if (was_small && turn == 0 && upper_at(r, at))
            turn = at;
        part.small |= small;
        was_small = small;
        at += len;
    }
    part.end = at;
    part.turn = turn ? turn : at;
    return part;
}

/* A hyphen with a word character behind it: its length, else 0. */
static uint32_t hyphen_at(const struct reader *r, uint32_t at)
{
    uint32_t len = 1, next;
    if (at >= r->end)
        return 0;
    if (r->text[at] != '-') {
        if (r->end - at < 3 || (memcmp(r->text + at, "\xe2\x80\x90", 3) != 0 &&
                                memcmp(r->text + at, "\xe2\x80\x91", 3) != 0))
            return 0;
        len = 3;
    }
    if (at + len >= r->end)
        return 0;
    enum char_class class = token_class(r, at + len, &next);
    return class == CHAR_LETTER || class == CHAR_DIGIT ? len : 0;
}

/* A name of its own: a capital and two letters more, or capitals. */
static bool stands_alone(const struct part *part)
{
    uint32_t len = part->end - part->begin;
    return part->capital && (len >= 3 || (len == 2 && !part->small));
}

/* Two parts are one word (negara-negara, ke-25, Jong-un, se-ASEAN) unless they are two
 * names (Rusia-Ukraina), a prefix and a name (pro-Rusia), or the list says otherwise. */
static bool holds(const struct reader *r, const struct part *left,
                  const struct part *right)
{
    struct str a = token_lower(r, left->begin, left->end);
    struct str b = token_lower(r, right->begin, right->end), value;
    if ((!left->capital && !right->capital) || right->digits || str_eq(a, b))
        return true;
    if (wordlist_get(r->lists->hyphen, a, &value) ||
        wordlist_get(r->lists->hyphen, b, &value))
        return !str_is(value, "split");
    if (!right->capital)
        return true;
    if (!left->capital)
        return !right->small || right->end - right->begin < 3;
    return !stands_alone(left) || !stands_alone(right);
}

/* Words glued together by a bad scrape (dariLive, Reutersmelaporkan): where the first one
 * ends, or 0. */
static uint32_t glued_at(const struct reader *r, const struct part *part)
{
    struct str value;
    uint32_t len = part->end - part->begin;
    if (len > GLUED_BYTES)
        return 0;
    if (upper_at(r, part->begin))
        for (uint32_t n = GLUE_BYTES; n >= GLUE_VERB; n--)
            if (n + 3 <= len &&
                wordlist_get(r->lists->glue, token_lower(r, part->end - n, part->end),
                             &value) &&
                str_is(value, "end"))
                return part->end - n;
    if (part->turn == part->end)
        return 0;
    if (wordlist_get(r->lists->glue, token_lower(r, part->begin, part->turn), &value) &&
        !str_is(value, "number"))
        return part->turn;
    for (uint32_t n = GLUE_BYTES; n >= 4; n--)
        if (n + 3 <= len &&
            wordlist_get(r->lists->glue, token_lower(r, part->begin, part->begin + n),
                         &value) &&
            str_is(value, "begin"))
            return part->begin + n;
    return 0;
}

/* A currency sign in letters glued to its amount (Rp8,3; USD100): the end of the letters,
 * or 0. */
static uint32_t money_at(const struct reader *r, const struct part *part)
{
    uint32_t at = part->begin;
    struct str value;
    while (at < part->end && (unsigned)((r->lower[at]) - 'a') < 26u &&
           at < part->begin + 4)
        at++;
    if (at == part->end || (unsigned)(r->text[at] - '0') > 9)
        return 0;
    return wordlist_get(r->lists->glue, token_lower(r, part->begin, at), &value) &&
                   str_is(value, "number")
               ? at
               : 0;
}

/* Letters with a full stop behind each (S.H., J.K., a.n.): the end, or 0. */
static uint32_t initials_end(const struct reader *r)
{
    uint32_t at = r->at, count = 0;
    while (at + 1 < r->end) {
        uint32_t len;
        if (token_class(r, at, &len) != CHAR_LETTER || at + len >= r->end ||
            r->text[at + len] != '.')
            break;
        at += len + 1;
        count++;
    }
    if (count && at < r->end) { /* the last one may lack its stop: "S.H," */
        uint32_t len, next;
        if (token_class(r, at, &len) == CHAR_LETTER &&
            (at + len >= r->end || (r->text[at + len] != '\'' &&
                                    token_class(r, at + len, &next) != CHAR_LETTER &&
                                    token_class(r, at + len, &next) != CHAR_DIGIT))) {
            at += len;
            count++;
        }
    }
    return count >= 2 ? at : 0;
}

/* "Joko W. Widodo", but not "vitamin C. Menurut". */
static bool is_initial(const struct reader *r, uint32_t end)
{
    uint32_t len, count = r->doc->tokens.count;
    if (!upper_at(r, r->at) || end + 2 >= r->end || r->text[end + 1] != ' ' ||
        token_class(r, end + 2, &len) != CHAR_LETTER || !upper_at(r, end + 2))
        return false;
    return count == r->line_first ||
           !token_get(&r->doc->tokens.item[count - 1], r->lists->letter, NULL);
}

/* The longest abbreviation with full stops that begins at r->at; word_end: the end of its
 * first word, where a full stop stands. 0: none. */
static uint32_t abbrev_end(const struct reader *r, uint32_t word_end)
{
    uint32_t limit = r->at + DOTTED_BYTES < r->end ? r->at + DOTTED_BYTES : r->end;
    uint32_t longest = 0;
    if (word_end >= limit)
        return 0;
    for (uint32_t at = word_end; at < limit; at++) {
        unsigned char c = (unsigned char)r->text[at];
        if (c == '.') {
            if (wordlist_get(r->lists->abbrev, token_lower(r, r->at, at + 1), NULL))
                longest = at + 1;
        } else if ((c | 0x20) < 'a' || (c | 0x20) > 'z') {
            break;
        }
    }
    if (longest)
        return longest;
    uint32_t len, end = initials_end(r);
    if (end)
        return end;
    if (token_class(r, r->at, &len) == CHAR_LETTER && r->at + len == word_end &&
        is_initial(r, word_end))
        return word_end + 1;
    return 0;
}

/* A host name written as a word (detik.com, KOMPAS.com): its end, or 0. */
static uint32_t domain_end(const struct reader *r, uint32_t word_end)
{
    uint32_t begin = word_end + 1, at = begin, longest = 0;
    while (at < r->end && at < begin + DOTTED_BYTES) {
        while (at < r->end && (unsigned)((r->text[at] | 0x20) - 'a') < 26u)
            at++;
        bool ends = at >= r->end || word_step(r, at) == 0;
        struct str value;
        if (!ends || at == begin)
            break;
        if (wordlist_get(r->lists->domain, token_lower(r, begin, at), &value) &&
            (!upper_at(r, begin) || upper_at(r, at - 1) || str_is(value, "any")))
            longest = at;
        if (at >= r->end || r->text[at] != '.')
            break;
        at++;
    }
    return longest;
}

static uint32_t to_gap(const struct reader *r, uint32_t at)
{
    while (!token_gap(r, at) && r->text[at] != '"' && r->text[at] != '<' &&
           r->text[at] != ')' && r->text[at] != ']')
        at++;
    return at;
}

/* The whole word: its parts as far as they hold together. */
static uint32_t join_parts(const struct reader *r, struct part left)
{
    uint32_t hyphen;
    while ((hyphen = hyphen_at(r, left.end)) != 0) {
        struct part right = read_part(r, left.end + hyphen);
        if (!holds(r, &left, &right))
            break;
        left = right;
    }
    return left.end;
}

/* US$, S$, A$ */
static bool is_dollar(const struct reader *r, const struct part *part)
{
    return part->end < r->end && r->text[part->end] == '$' && !part->small &&
           part->end - part->begin <= 3;
}

void token_word(struct reader *r)
{
    uint32_t end = token_link(r);
    if (end) {
        token_push(r, end, TOKEN_SYMBOL, MARK_NONE);
        return;
    }
    struct part part = read_part(r, r->at);
    if ((end = money_at(r, &part)) || (end = glued_at(r, &part))) {
        token_push(r, end, TOKEN_WORD, MARK_NONE);
        return;
    }
    if (is_dollar(r, &part)) {
        token_push(r, part.end + 1, TOKEN_SYMBOL, MARK_NONE);
        return;
    }
    if (part.end < r->end && r->text[part.end] == '.') {
        if ((end = abbrev_end(r, part.end)) != 0) {
            token_push(r, end, TOKEN_WORD, MARK_NONE);
            return;
        }
        if ((end = domain_end(r, part.end)) != 0) {
            bool path = end < r->end && r->text[end] == '/' && !token_gap(r, end + 1);
            token_push(r, path ? to_gap(r, end) : end, path ? TOKEN_SYMBOL : TOKEN_WORD,
                       MARK_NONE);
            return;
        }
    }
    token_push(r, join_parts(r, part), TOKEN_WORD, MARK_NONE);
}
