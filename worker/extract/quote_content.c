/* What a verb of speech governs: where the clause begins, where it ends, and whether
 * there is one at all. */

#include "worker/extract/quote.h"

/* Tokens between a verb and its "bahwa", or the comma before its clause. */
#define ADJUNCT_MOST 25
/* Tokens in which a clause without "bahwa" shows its predicate. */
#define PREDICATE_MOST 12
/* Tokens of a relative clause before the main predicate. */
#define RELATIVE_MOST 20

/* What stands between a verb and its clause: to whom, where, when, from whom. */
uint32_t quote_skip_adjunct(const struct quote_part *p, uint32_t at, bool *comma_out)
{
    const struct clause *c = p->q->clause;
    uint32_t comma = DOC_NONE;
    for (uint32_t i = at; i < p->end && i - at < ADJUNCT_MOST; i++) {
        if (clause_is(c, i, IS_THAT) && !clause_is(c, i, IS_SUB))
            return i + 1;
        if (clause_source(c, i)) {
            i += c->word[i].source_count - 1u;
            continue;
        }
        if (clause_predicate(c, i) && !clause_is(c, i, IS_ADV | IS_TIME))
            break;
        if (comma == DOC_NONE &&
            (clause_mark(c, i) == MARK_COMMA || clause_mark(c, i) == MARK_COLON))
            comma = i;
    }
    *comma_out = comma != DOC_NONE;
    return comma == DOC_NONE ? at : comma + 1;
}

static bool finds(const struct clause *c, uint32_t first, uint32_t end, uint32_t is)
{
    for (uint32_t i = first; i < end; i++)
        if (clause_is(c, i, is))
            return true;
    return false;
}

/* A relative clause begins at `at`; does the main predicate follow it? An auxiliary shows
 * that, once the relative clause has had its own. */
static bool behind_relative(const struct clause *c, uint32_t at, uint32_t end)
{
    uint32_t limit = end - at > RELATIVE_MOST ? at + RELATIVE_MOST : end;
    bool own = false;
    for (uint32_t i = at + 1; i < limit; i++) {
        if (clause_mark(c, i) == MARK_COMMA || clause_is(c, i, IS_REL | IS_SO | IS_SUB))
            return false;
        if (!clause_predicate(c, i))
            continue;
        if (own && clause_is(c, i, IS_AUX) && !clause_predicate(c, i - 1) &&
            !clause_is(c, i - 1, IS_PREP | IS_CONJ))
            return true;
        own = true;
    }
    return false;
}

/* "pasien dengan kulit terang memang lebih rentan": behind a preposition only an
 * auxiliary shows the main predicate. */
static bool behind_phrase(const struct clause *c, uint32_t at, uint32_t end)
{
    for (uint32_t i = at; i < end; i++) {
        if (clause_mark(c, i) == MARK_COMMA || clause_is(c, i, IS_REL | IS_SO | IS_SUB))
            return false;
        if (i > at && clause_is(c, i, IS_AUX) && !clause_is(c, i - 1, IS_PREP | IS_CONJ))
            return true;
    }
    return false;
}

/* A predicate stands here that no preposition governs. */
static bool shows_predicate(const struct clause *c, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end && clause_mark(c, i) != MARK_COMMA; i++)
        if (clause_predicate(c, i) && !clause_is(c, i - 1, IS_PREP))
            return true;
    return false;
}

/* Shows that a clause stands here, and is no verb: "kondisinya sehat". */
static bool has_state(const struct quote_part *p, uint32_t first, uint32_t end)
{
    const struct clause *c = p->q->clause;
    for (uint32_t i = first + 1; i < end; i++) {
        if (clause_is(c, i, IS_REL | IS_SUB | IS_PREP) || clause_mark(c, i) != MARK_NONE)
            return false;
        if (clause_is(c, i, IS_STATE) &&
            (i + 1 == end || clause_is(c, i + 1, IS_PREP | IS_ADV | IS_CONJ | IS_TIME) ||
             clause_mark(c, i + 1) != MARK_NONE))
            return true;
    }
    return false;
}

/* "mengatakan hal itu di Solo": only a thing stands behind the verb. */
static bool is_thing(const struct clause *c, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end && i < first + 4; i++) {
        if (clause_is(c, i, IS_PREP | IS_SUB | IS_WHILE | IS_PLACE) ||
            clause_mark(c, i) != MARK_NONE)
            return true;
        if (clause_is(c, i, IS_DET))
            return i + 1 >= end ||
                   clause_is(c, i + 1,
                             IS_PREP | IS_SUB | IS_WHILE | IS_PLACE | IS_TIME) ||
                   clause_mark(c, i + 1) != MARK_NONE;
    }
    return false;
}

/* A clause stands here although nothing says so. */
static bool is_clause(const struct quote_part *p, uint32_t first, uint32_t end,
                      uint16_t cue)
{
    const struct clause *c = p->q->clause;
    uint32_t limit = end - first > PREDICATE_MOST ? first + PREDICATE_MOST : end;
    if (cue & CUE_ANY && !(cue & CUE_NP))
        return quote_words(p->q, first, end) >= 2 &&
               !clause_is(c, first, IS_PREP | IS_CONJ | IS_REL | IS_SO);
    if (cue & CUE_AS && finds(c, first + 1, limit, IS_AS))
        return true;
    const struct mention *m = quote_mention(p->q, first);
    if (cue & CUE_COUNT && m && m->type == ENTITY_PER)
        return false; /* "melaporkan X": to the police */
    if ((cue & CUE_NP && c->word[first].cue & CUE_THING) ||
        clause_is(c, first, IS_CONJ | IS_SUB | IS_SO | IS_PLACE | IS_HARD) ||
        (cue & CUE_NP && clause_is(c, first, IS_REL)))
        return false;
    if (!(cue & (CUE_NP | CUE_COMMA | CUE_THAT | CUE_SO | CUE_MARK)) &&
        quote_words(p->q, first, end) > QUOTE_CLAUSE_WORDS && !is_thing(c, first, end))
        return true;
    bool plain = !(cue & (CUE_NP | CUE_COMMA | CUE_THAT | CUE_SO | CUE_MARK));
    if (clause_is(c, first, IS_LEAD | IS_ONE | IS_MANY) &&
        (shows_predicate(c, first + 1, limit) ||
         (plain && quote_words(p->q, first, end) >= QUOTE_CLAUSE_WORDS)))
        return true; /* "mengatakan dirinya absen" */
    if (has_state(p, first, limit))
        return true;
    for (uint32_t i = first; i < (cue & CUE_NP ? limit : end); i++) {
        if (clause_predicate(c, i) && (i == first || !clause_is(c, i - 1, IS_PREP)))
            return true;
        if (!(cue & CUE_NP))
            continue;
        if (clause_is(c, i, IS_REL))
            return behind_relative(c, i, end);
        if (clause_is(c, i, IS_SO | IS_SUB) || clause_mark(c, i) == MARK_COMMA)
            return false;
        if (clause_is(c, i, IS_PREP) && !clause_is(c, i, IS_IN))
            return behind_phrase(c, i + 1, limit);
    }
    /* "mengatakan Trump seorang pragmatis" */
    return !(cue & CUE_NP) && clause_named(c, first) &&
           quote_words(p->q, first, end) > QUOTE_CLAUSE_WORDS &&
           !finds(c, first, limit, IS_PREP);
}

/* Where a second verb of speech with the same subject begins: "… dan menggambarkan …". */
static uint32_t cut_joined(const struct quote_part *p, uint32_t first, uint32_t end)
{
    const struct clause *c = p->q->clause;
    for (uint32_t i = first + 2; i + 2 < end; i++) {
        if (!(c->word[i].cue & CUE_SAY) || c->word[i].stretch)
            continue;
        if (clause_is(c, i - 1, IS_WHILE) ||
            (clause_is(c, i - 1, IS_CONJ) &&
             (clause_is(c, i + 1, IS_THAT) || clause_mark(c, i - 2) == MARK_COMMA ||
              clause_mark(c, i + 1) == MARK_COMMA || c->word[i].cue & CUE_AS)))
            return i - 1;
    }
    return end;
}

/* "…, seperti dilansir Reuters, Senin" is no part of what was said. */
uint32_t quote_cut_tail(const struct quote_part *p, uint32_t first, uint32_t end)
{
    const struct clause *c = p->q->clause;
    for (uint32_t i = end; i > first + 2; i--)
        if (clause_source(c, i - 1) && clause_mark(c, i - 2) == MARK_COMMA &&
            c->word[i - 1].source != SOURCE_DOCUMENT)
            return i - 2;
    return end;
}

/* Where somebody else begins to speak: "…, sementara X mengatakan …". */
static uint32_t cut_other(const struct quote_part *p, uint32_t first, uint32_t end)
{
    const struct clause *c = p->q->clause;
    for (uint32_t i = first + 2; i + 3 < end; i++) {
        if (clause_mark(c, i) != MARK_COMMA || !clause_is(c, i + 1, IS_HARD | IS_SUB))
            continue;
        const struct mention *m = quote_mention(p->q, i + 2);
        if (m && m->end < end && c->word[m->end].cue & CUE_SAY)
            return i;
    }
    return end;
}

void quote_end_content(const struct quote_part *p, struct quote_content *out)
{
    uint32_t end = p->trail != DOC_NONE && p->trail > out->first ? p->trail : p->end;
    end = quote_cut_tail(p, out->first, end);
    end = cut_joined(p, out->first, end);
    out->end = cut_other(p, out->first, end);
}

/* Tokens of whom a request is made to, up to "agar". */
#define SO_MOST 12

static uint32_t find_so(const struct quote_part *p, uint32_t at)
{
    const struct clause *c = p->q->clause;
    for (uint32_t i = at; i < p->end && i - at < SO_MOST; i++) {
        if (clause_is(c, i, IS_SO))
            return i + 1;
        if (clause_predicate(c, i) || clause_mark(c, i) != MARK_NONE)
            break;
    }
    return DOC_NONE;
}

bool quote_read_content(const struct quote_part *p, uint32_t verb,
                        struct quote_content *out)
{
    const struct clause *c = p->q->clause;
    uint16_t cue = c->word[verb].cue;
    uint32_t at = verb + 1;
    bool comma = false;
    for (uint32_t n = 0;
         n < 2 && at < p->end && clause_is(c, at, IS_ADV) && !clause_is(c, at, IS_AUX);
         n++)
        at++;
    if (at >= p->end)
        return false;
    *out = (struct quote_content){
        .first = at, .rule = "quote.indirect.that", .confidence = 0.9};
    if (clause_is(c, at, IS_THAT)) {
        out->first = at + 1;
        out->that = true;
        return quote_end_content(p, out), quote_words(p->q, out->first, out->end) >= 2;
    }
    if (cue & CUE_SO) {
        uint32_t so = find_so(p, at);
        if (so != DOC_NONE) {
            out->first = so;
            out->rule = "quote.indirect.so";
            out->confidence = 0.5;
            return quote_end_content(p, out), quote_words(p->q, so, out->end) >= 2;
        }
    }
    if (clause_mark(c, at) == MARK_COMMA || clause_mark(c, at) == MARK_COLON) {
        at++;
        comma = true;
    }
    if (at < p->end && (clause_is(c, at, IS_PREP | IS_TIME) || clause_source(c, at))) {
        bool behind = false;
        uint32_t next = quote_skip_adjunct(p, at, &behind);
        if (next > at && clause_is(c, next - 1, IS_THAT)) {
            out->first = next;
            out->that = true;
            return quote_end_content(p, out), quote_words(p->q, next, out->end) >= 2;
        }
        if (next > at && !comma) {
            at = next;
            comma = behind;
        }
    }
    out->first = at;
    quote_end_content(p, out);
    if (at >= out->end || cue & (CUE_THAT | CUE_MARK) || !(cue & CUE_SAY))
        return false;
    if (comma) {
        out->rule = "quote.indirect.comma";
        out->confidence = 0.88;
        uint32_t words = quote_words(p->q, at, out->end);
        return words >= QUOTE_CLAUSE_WORDS &&
               !clause_is(c, at, IS_CONJ | IS_REL | IS_HARD) &&
               (clause_has_predicate(c, at, out->end) || has_state(p, at, out->end) ||
                (words > QUOTE_PLAIN_WORDS && !(cue & CUE_COMMA)));
    }
    if (cue & (CUE_COMMA | CUE_SO) && !(cue & CUE_NP))
        return false;
    out->rule = "quote.indirect.bare";
    out->confidence = cue & CUE_NP ? 0.78 : 0.84;
    return is_clause(p, at, out->end, cue);
}
