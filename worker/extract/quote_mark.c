#include "worker/extract/quote.h"

/* Marks inside one another that are told apart. */
#define DEPTH_MOST 6
/* Lines without a mark that a quote may go on over. */
#define PLAIN_MOST 2

enum kind { KIND_NONE, KIND_DOUBLE, KIND_SINGLE, KIND_LOST };

struct reader {
    struct quotes *q;
    uint32_t first, end; /* tokens of the line */
    uint8_t stack[DEPTH_MOST];
    uint32_t depth;
    uint32_t open;
    bool lost; /* the line's marks came as question marks */
};

static enum kind kind_of(const struct token *token)
{
    static const char *const singles[] = {"'",      "`",      "\u2018", "\u2019",
                                          "\u201a", "\u2039", "\u203a"};
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
        if (str_is(token->text, singles[i]))
            return KIND_SINGLE;
    return KIND_DOUBLE;
}

static bool glued_behind(const struct reader *r, uint32_t i)
{
    return i + 1 < r->end && !r->q->doc->tokens.item[i + 1].space_before &&
           r->q->doc->tokens.item[i + 1].kind != TOKEN_PUNCT;
}

/* A mark whose bytes were lost on the way: "?Kami siap,? kata dia". */
static uint8_t lost_mark(const struct reader *r, uint32_t i)
{
    const struct token *token = &r->q->doc->tokens.item[i];
    if (token->mark != MARK_STOP || !str_is(token->text, "?"))
        return MARK_NONE;
    if (r->depth == 0)
        return r->lost && glued_behind(r, i) ? MARK_QUOTE_OPEN : MARK_NONE;
    uint8_t before = token[-1].mark;
    if (!r->lost)
        return before == MARK_COMMA && !token->space_before ? MARK_QUOTE_CLOSE
                                                            : MARK_NONE;
    return before == MARK_COMMA || before == MARK_STOP ||
                   (i + 1 < r->end &&
                    r->q->clause->word[i + 1].cue & (CUE_STEM | CUE_OWN))
               ? MARK_QUOTE_CLOSE
               : MARK_NONE;
}

static void finish(struct reader *r, uint32_t end, uint32_t close)
{
    struct quotes *q = r->q;
    r->depth = 0;
    if (r->open + 1 >= end)
        return;
    *ARENA_PUSH(q->doc->arena, &q->stretches) =
        (struct stretch){r->open, close, r->open + 1, end, r->end};
    uint32_t behind = close == DOC_NONE ? end : close + 1;
    for (uint32_t i = r->open; i < behind; i++)
        q->clause->word[i].stretch = q->stretches.count;
}

static void read_open(struct reader *r, uint32_t i, enum kind kind)
{
    const struct doc *doc = r->q->doc;
    bool begins =
        i == r->first || doc->tokens.item[i - 1].sentence != doc->tokens.item[i].sentence;
    if (r->depth && r->stack[0] == kind && begins)
        finish(r, i, DOC_NONE); /* the one before was never closed */
    if (r->depth == 0)
        r->open = i;
    if (r->depth < DEPTH_MOST)
        r->stack[r->depth++] = (uint8_t)kind;
}

static void read_close(struct reader *r, uint32_t i, enum kind kind)
{
    uint32_t depth = r->depth;
    while (depth && r->stack[depth - 1] != kind)
        depth--;
    if (depth == 0) { /* opened with another kind, or an apostrophe */
        uint8_t before = i > r->first ? clause_mark(r->q->clause, i - 1) : MARK_NONE;
        if (before != MARK_COMMA && before != MARK_STOP && kind == KIND_SINGLE)
            return;
        depth = r->depth;
    }
    r->depth = depth - 1;
    if (r->depth == 0)
        finish(r, i, i);
}

static void read_marks(struct reader *r, uint32_t from)
{
    const struct token *token = r->q->doc->tokens.item;
    for (uint32_t i = from; i < r->end; i++) {
        uint8_t mark = token[i].mark;
        enum kind kind = KIND_LOST;
        if (mark == MARK_QUOTE_OPEN || mark == MARK_QUOTE_CLOSE)
            kind = kind_of(&token[i]);
        else
            mark = lost_mark(r, i);
        if (mark == MARK_QUOTE_OPEN)
            read_open(r, i, kind);
        else if (mark == MARK_QUOTE_CLOSE && r->depth)
            read_close(r, i, kind);
    }
}

static bool is_mark(const struct reader *r, uint32_t i)
{
    uint8_t mark = clause_mark(r->q->clause, i);
    return mark == MARK_QUOTE_OPEN || mark == MARK_QUOTE_CLOSE;
}

/* Behind the comma or stop of what stands since the mark, somebody is said to speak: the
 * mark that should close was forgotten. */
static bool has_cue(const struct reader *r)
{
    const struct clause *c = r->q->clause;
    for (uint32_t i = r->open + 2; i < r->end; i++)
        if (c->word[i].cue & (CUE_STEM | CUE_OWN) &&
            (clause_mark(c, i - 1) == MARK_COMMA || clause_mark(c, i - 1) == MARK_STOP))
            return true;
    return false;
}

/* Where the line [first, end) goes on with the quote that the line before left open: past
 * a mark that opens it again; DOC_NONE: it does not. plain: it holds no mark. */
static uint32_t goes_on(const struct reader *r, uint32_t first, uint32_t end, bool *plain)
{
    const struct clause *c = r->q->clause;
    *plain = false;
    if (kind_of(&r->q->doc->tokens.item[first]) == r->stack[0] && is_mark(r, first)) {
        bool cue = first + 1 < end && c->word[first + 1].cue & (CUE_STEM | CUE_OWN);
        return cue ? first : first + 1;
    }
    for (uint32_t i = first; i < end; i++)
        if (is_mark(r, i) && kind_of(&r->q->doc->tokens.item[i]) == r->stack[0])
            return clause_mark(c, i) == MARK_QUOTE_CLOSE ? first : DOC_NONE;
    *plain = true;
    return first;
}

struct line_range {
    uint32_t first, end; /* tokens */
    uint32_t next;       /* sentence behind it */
    bool read;
};

static struct line_range line_at(const struct doc *doc, uint32_t sentence)
{
    uint32_t line = doc->sentences.item[sentence].line, s = sentence;
    struct line_range out = {.first = doc->sentences.item[s].first};
    for (; s < doc->sentences.count && doc->sentences.item[s].line == line; s++)
        out.end = doc->sentences.item[s].end;
    out.next = s;
    out.read = doc->lines.item[line].drop == DROP_NOT && out.first < out.end;
    return out;
}

/* Reads a line, and those that its quote goes on over; answers the sentence behind. */
static uint32_t read_lines(struct reader *r, struct line_range line)
{
    const struct doc *doc = r->q->doc;
    uint32_t plains = 0, end = line.end, next = line.next;
    read_marks(r, line.first);
    while (r->depth && next < doc->sentences.count && !has_cue(r)) {
        bool plain;
        struct line_range more = line_at(doc, next);
        uint32_t from = more.read ? goes_on(r, more.first, more.end, &plain) : DOC_NONE;
        if (from == DOC_NONE || (plain && ++plains > PLAIN_MOST))
            break;
        next = more.next;
        if (plain)
            continue;
        r->end = more.end;
        if (from == more.first && is_mark(r, from)) {
            r->depth = 0;
            finish(r, from, from);
            from++;
        }
        read_marks(r, from);
        end = more.end;
        line.next = next;
    }
    if (r->depth)
        finish(r, end, DOC_NONE);
    return line.next;
}

void quote_mark_read(struct quotes *q)
{
    const struct doc *doc = q->doc;
    for (uint32_t s = 0; s < doc->sentences.count;) {
        struct line_range line = line_at(doc, s);
        struct reader r = {.q = q, .first = line.first, .end = line.end};
        r.lost = line.read && str_is(doc->tokens.item[line.first].text, "?");
        s = line.read ? read_lines(&r, line) : line.next;
    }
}
