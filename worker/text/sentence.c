#include "worker/text/line_private.h"

#include "proto/base/hash.h"
#include "proto/base/utf8.h"

/* A sentence ends at a stop (with the closing marks behind it) unless
 *   - it goes on in small letters,
 *   - the stop belongs to an abbreviation: those of the list end a sentence where their
 *     value says "end" and a capital follows, or where a function word with a capital
 *     follows; those with "before" (Drs., No.) never do,
 *   - it stands behind the number or letter that begins the line ("1. …").
 * A line end always ends one. */

/* What repeats must be this long to count: short cries are said twice on purpose. */
#define REPEAT_WORDS 4
#define REPEAT_BYTES 24
/* Tokens looked at behind a stop for the next word. */
#define OPENERS_MOST 5

struct cutter {
    struct doc *doc;
    const struct text_lists *lists;
    uint32_t end; /* tokens of the line */
};

static bool ends_with_stop(const struct token *token)
{
    return token->text.len > 1 && token->text.ptr[token->text.len - 1] == '.';
}

/* Index behind the closing marks that follow token i. */
static uint32_t closers_end(const struct cutter *c, uint32_t i)
{
    const struct token *token = c->doc->tokens.item;
    while (i < c->end) {
        bool closes =
            token[i].mark == MARK_QUOTE_CLOSE || token[i].mark == MARK_BRACKET_CLOSE;
        bool stop = token[i].mark == MARK_STOP && !token[i].space_before;
        if (!closes && !stop)
            break;
        i++;
    }
    return i;
}

/* The word behind a stop, past the marks that may open a sentence; NULL: none near. */
static const struct token *first_word(const struct cutter *c, uint32_t i)
{
    const struct token *token = c->doc->tokens.item;
    uint32_t limit = c->end - i > OPENERS_MOST ? i + OPENERS_MOST : c->end;
    while (i < limit && token[i].kind == TOKEN_PUNCT)
        i++;
    return i < limit ? &token[i] : NULL;
}

static bool abbrev_ends(const struct cutter *c, uint32_t i)
{
    const struct token *token = &c->doc->tokens.item[i];
    const struct token *next = first_word(c, i + 1);
    struct str value = STR_NONE;
    if (next == NULL || next->kind != TOKEN_WORD || next->shape == SHAPE_LOWER)
        return false;
    token_get(token, c->lists->abbrev, &value);
    if (str_is(value, "before"))
        return false;
    if (str_is(value, "end") && i + 1 < c->end && token[1].kind != TOKEN_PUNCT)
        return true;
    return next->shape == SHAPE_CAPITAL && i + 1 < c->end &&
           token[1].kind != TOKEN_PUNCT && token_get(next, c->lists->stop, NULL);
}

/* "1. …", "a. …" */
static bool is_list_mark(const struct cutter *c, uint32_t first, uint32_t i)
{
    const struct token *token = c->doc->tokens.item;
    if (i != first + 1 || token[i].text.len != 1 || token[i].text.ptr[0] != '.')
        return false;
    return (token[first].kind == TOKEN_NUMBER && token[first].text.len <= 3) ||
           (token[first].kind == TOKEN_WORD && token[first].text.len == 1);
}

/* Token i ends the sentence that began at `first`; *next_out: the first token behind it.
 */
static bool is_end(const struct cutter *c, uint32_t first, uint32_t i, uint32_t *next_out)
{
    const struct token *token = c->doc->tokens.item;
    *next_out = i + 1;
    if (token[i].kind == TOKEN_WORD)
        return ends_with_stop(&token[i]) && abbrev_ends(c, i);
    if (token[i].mark != MARK_STOP || is_list_mark(c, first, i))
        return false;
    uint32_t next = closers_end(c, i + 1);
    *next_out = next;
    if (next == c->end)
        return true;
    const struct token *word = first_word(c, next);
    if (word == NULL)
        return false;
    if (token[next].mark == MARK_COMMA || token[next].mark == MARK_COLON)
        return false;
    if (word->kind == TOKEN_WORD)
        return word->shape != SHAPE_LOWER &&
               (word->shape != SHAPE_MIXED || !token[i].space_before) &&
               (token[next].space_before || word->shape != SHAPE_NONE);
    return token[next].space_before;
}

static void add_sentence(struct cutter *c, uint32_t line, uint32_t first, uint32_t end)
{
    struct doc *doc = c->doc;
    struct sentence *s = ARENA_PUSH(doc->arena, &doc->sentences);
    *s = (struct sentence){
        .span = {doc->tokens.item[first].span.begin, doc->tokens.item[end - 1].span.end},
        .first = first,
        .end = end,
        .line = line,
        .drop = doc->lines.item[line].drop};
    if (s->drop == DROP_NOT && line_is_teaser(doc_span_text(doc, s->span), c->lists))
        s->drop = DROP_TEASER; /* scrapes without line ends */
    for (uint32_t i = first; i < end; i++)
        doc->tokens.item[i].sentence = doc->sentences.count - 1;
}

static void cut_line(struct cutter *c, uint32_t line, uint32_t first)
{
    for (uint32_t i = first; i < c->end;) {
        uint32_t next;
        if (is_end(c, first, i, &next)) {
            add_sentence(c, line, first, next);
            first = next;
        }
        i = next;
    }
    if (first < c->end)
        add_sentence(c, line, first, c->end);
}

/* Sentences seen, by the hash of their words: open addressing in the arena, with the
 * process's own key, so that a flood of collisions cannot be made. Order of the table
 * reaches no result. */
struct seen {
    uint64_t *hash;
    uint32_t *sentence;
    uint32_t mask;
};

/* Words without final marks, so that a caption is the same with and without its stop. */
static uint32_t spoken_end(const struct doc *doc, const struct sentence *s)
{
    uint32_t end = s->end;
    while (end > s->first && doc->tokens.item[end - 1].kind == TOKEN_PUNCT)
        end--;
    return end;
}

static bool same_words(const struct doc *doc, const struct sentence *a,
                       const struct sentence *b)
{
    const struct token *token = doc->tokens.item;
    uint32_t count = spoken_end(doc, a) - a->first;
    if (count != spoken_end(doc, b) - b->first)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!str_eq(token[a->first + i].lower, token[b->first + i].lower))
            return false;
    return true;
}

/* Long enough to count, and its words joined in scratch. */
static bool fold(const struct doc *doc, const struct sentence *s, char *scratch,
                 struct str *out)
{
    uint32_t words = 0, end = spoken_end(doc, s);
    size_t len = 0;
    for (uint32_t i = s->first; i < end; i++) {
        struct str lower = doc->tokens.item[i].lower;
        words += doc->tokens.item[i].kind == TOKEN_WORD;
        memcpy(scratch + len, lower.ptr, lower.len);
        len += lower.len;
        scratch[len++] = ' ';
    }
    *out = str_make(scratch, len);
    return words >= REPEAT_WORDS && len >= REPEAT_BYTES;
}

static bool was_seen(struct seen *seen, const struct doc *doc, uint32_t index,
                     struct str folded)
{
    uint64_t hash = hash_keyed(folded) | 1; /* 0 is a free slot */
    uint32_t at = (uint32_t)(hash >> 32) & seen->mask;
    for (; seen->hash[at]; at = (at + 1) & seen->mask)
        if (seen->hash[at] == hash &&
            same_words(doc, &doc->sentences.item[seen->sentence[at]],
                       &doc->sentences.item[index]))
            return true;
    seen->hash[at] = hash;
    seen->sentence[at] = index;
    return false;
}

/* A line of which nothing is left is a repeat as a whole. */
static void mark_lines(struct doc *doc)
{
    for (uint32_t i = 0; i < doc->sentences.count;) {
        uint32_t line = doc->sentences.item[i].line;
        bool all = true;
        for (; i < doc->sentences.count && doc->sentences.item[i].line == line; i++)
            all &= doc->sentences.item[i].drop == DROP_REPEAT;
        if (all && doc->lines.item[line].drop == DROP_NOT) {
            doc->lines.item[line].drop = DROP_REPEAT;
            doc->lines.item[line].cue = "repeat";
        }
    }
}

static void drop_repeats(struct doc *doc)
{
    struct seen seen = {.mask = 15};
    while (seen.mask < doc->sentences.count * 2)
        seen.mask = seen.mask * 2 + 1;
    seen.hash = arena_zero(doc->arena, seen.mask + 1, sizeof *seen.hash);
    seen.sentence = arena_alloc(doc->arena, (seen.mask + 1) * sizeof *seen.sentence);
    /* lower-case forms may be longer than the text, and each has a space behind it */
    char *scratch = arena_alloc(doc->arena, doc->text.len * 3 + doc->tokens.count + 1);
    for (uint32_t i = 0; i < doc->sentences.count; i++) {
        struct str folded;
        struct sentence *s = &doc->sentences.item[i];
        if (s->drop == DROP_NOT && fold(doc, s, scratch, &folded) &&
            was_seen(&seen, doc, i, folded))
            s->drop = DROP_REPEAT;
    }
    mark_lines(doc);
}

void sentence_read(struct doc *doc, const struct text_lists *lists)
{
    struct cutter c = {.doc = doc, .lists = lists};
    uint32_t token = 0;
    for (uint32_t i = 0; i < doc->lines.count; i++) {
        uint32_t first = token;
        while (token < doc->tokens.count &&
               doc->tokens.item[token].span.begin < doc->lines.item[i].span.end)
            token++;
        c.end = token;
        cut_line(&c, i, first);
        doc_check(doc);
    }
    drop_repeats(doc);
}
