#include "worker/extract/quote.h"

/* Marks inside one another that are told apart. */
#define DEPTH_MOST 6

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

static void read_line(struct reader *r)
{
    const struct token *token = r->q->doc->tokens.item;
    r->depth = 0;
    r->lost = str_is(token[r->first].text, "?");
    for (uint32_t i = r->first; i < r->end; i++) {
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
    if (r->depth)
        finish(r, r->end, DOC_NONE);
}

void quote_mark_read(struct quotes *q)
{
    const struct doc *doc = q->doc;
    for (uint32_t s = 0; s < doc->sentences.count;) {
        const struct sentence *sentence = &doc->sentences.item[s];
        uint32_t line = sentence->line;
        struct reader r = {.q = q, .first = sentence->first};
        for (; s < doc->sentences.count && doc->sentences.item[s].line == line; s++)
            r.end = doc->sentences.item[s].end;
        if (doc->lines.item[line].drop == DROP_NOT && r.first < r.end)
            read_line(&r);
    }
}
