/* Whose, where and when a quantity is: what stands directly beside it, or in its clause
 * where nothing else could be meant. */

#include "worker/extract/source.h"

/* Tokens between a quantity and the place behind it. */
#define PLACE_MOST 12
/* Tokens between a verb and what it counts: "mengirim sebanyak 100.000 tentara". */
#define VERB_MOST 12
/* Tokens between two quantities of one holder. */
#define SHARE_MOST 10
/* Words between "di" and the place's name: "di wilayah perbatasan X". */
#define HEAD_MOST 3
/* Tokens looked through for a time before. */
#define TIME_MOST 40

static const struct mention *mention_of(const struct sources *s, uint32_t at)
{
    uint32_t mention = mention_at(s->doc, at);
    return mention == DOC_NONE ? NULL : &s->doc->mentions.item[mention];
}

static bool ends_part(const struct clause *c, uint32_t at)
{
    return clause_mark(c, at) == MARK_STOP || clause_is(c, at, IS_HARD | IS_SUB);
}

static void set_holder(struct sources *s, struct found *found, const struct mention *m)
{
    if (m->type == ENTITY_LOC || m->entity == DOC_NONE)
        return;
    found->entity = m->entity;
    found->fact.holder = entity_name(s->doc, m->entity);
}

/* The name in front of a verb, past what may stand between. */
static const struct mention *subject_of(const struct sources *s, uint32_t verb,
                                        uint32_t first, bool amount)
{
    const struct clause *c = s->clause;
    for (uint32_t i = verb, n = 0; i > first && n < VERB_MOST; i--, n++) {
        const struct mention *m = mention_of(s, i - 1);
        if (m && m->first > first && clause_is(c, m->first - 1, IS_PREP)) {
            /* "laba dari Bank X" says whose it is; "kepada X" does not */
            bool whose = amount && clause_is(c, m->first - 1, IS_IN) &&
                         !clause_is(c, m->first - 1, IS_PLACE);
            return whose ? m : NULL;
        }
        if (m)
            return m;
        if (clause_mark(c, i - 1) == MARK_BRACKET_CLOSE) {
            uint32_t open = clause_bracket_open(c, i - 1, first);
            if (open == i - 1)
                return NULL;
            i = open + 1;
        } else if (!clause_is(c, i - 1, IS_AUX | IS_ADV | IS_NOT | IS_VERB | IS_TIME) &&
                   !(clause_is(c, i - 1, IS_PREP) &&
                     (i == verb || clause_is(c, i, IS_TIME)))) {
            return NULL;
        }
    }
    return NULL;
}

/* "Rp 8 triliun atau naik 5 persen": of the same holder. */
static void share_holder(struct sources *s, struct found *found, struct scope scope)
{
    bool joined = false;
    for (uint32_t i = found->first, n = 0; i > scope.first && n < SHARE_MOST; i--, n++) {
        joined |= clause_is(s->clause, i - 1, IS_CONJ);
        if (ends_part(s->clause, i - 1) || clause_mark(s->clause, i - 1) == MARK_COMMA)
            return;
        if (!s->quantity[i - 1])
            continue;
        const struct found *before = &s->doc->found.item[s->quantity[i - 1] - 1];
        if (joined && before->entity != DOC_NONE) {
            found->entity = before->entity;
            found->fact.holder = before->fact.holder;
        }
        return;
    }
}

void source_holder(struct sources *s, struct found *found, struct scope scope)
{
    const struct clause *c = s->clause;
    bool counted = found->fact.noun.ptr != NULL;
    if (found->fact.holder.ptr)
        return;
    for (uint32_t i = found->first; counted && i < found->end; i++) {
        const struct mention *m = mention_of(s, i);
        if (m && m->first > found->first)
            set_holder(s, found, m);
    }
    const struct mention *next =
        found->end < scope.end ? mention_of(s, found->end) : NULL;
    if (counted && next && next->first == found->end && !found->fact.holder.ptr)
        set_holder(s, found, next);
    for (uint32_t i = found->first, n = 0; !found->fact.holder.ptr && i > scope.first;
         i--, n++) {
        if (n > VERB_MOST || ends_part(c, i - 1) || clause_is(c, i - 1, IS_REL) ||
            s->quantity[i - 1])
            break;
        struct str kind = STR_NONE;
        if (!wordlist_get(s->holder, s->doc->tokens.item[i - 1].lower, &kind))
            continue;
        const struct mention *m =
            subject_of(s, i - 1, scope.first, str_is(kind, "amount"));
        if (m)
            set_holder(s, found, m);
        break;
    }
    if (!found->fact.holder.ptr)
        share_holder(s, found, scope);
}

/* The place named behind the preposition at `at`, or NULL. */
static const struct mention *place_at(const struct sources *s, uint32_t at, uint32_t end)
{
    for (uint32_t i = at + 1; i < end && i <= at + 1 + HEAD_MOST; i++) {
        const struct mention *m = mention_of(s, i);
        if (m)
            return m->type == ENTITY_GPE || m->type == ENTITY_LOC ? m : NULL;
        if (s->doc->tokens.item[i].kind != TOKEN_WORD || clause_predicate(s->clause, i) ||
            clause_is(s->clause, i, IS_PREP | IS_REL))
            return NULL;
    }
    return NULL;
}

static struct fact_place *make_place(const struct sources *s, const struct mention *m)
{
    struct fact_place *place = arena_zero(s->doc->arena, 1, sizeof *place);
    place->name = entity_name(s->doc, m->entity);
    place->country = s->doc->entities.item[m->entity].country;
    return place;
}

struct fact_place *source_place(const struct sources *s, uint32_t first, uint32_t end,
                                struct scope scope)
{
    const struct clause *c = s->clause;
    for (uint32_t i = end; i < scope.end && i - end < PLACE_MOST; i++) {
        if (ends_part(c, i) || clause_mark(c, i) == MARK_COMMA || s->quantity[i])
            break;
        bool beside = i == end || clause_predicate(c, i - 1);
        if (!clause_is(c, i, IS_AT) || !beside)
            continue;
        const struct mention *m = place_at(s, i, scope.end);
        if (m)
            return make_place(s, m);
    }
    for (uint32_t i = first; i > scope.first && first - i < VERB_MOST; i--) {
        if (ends_part(c, i - 1) || clause_predicate(c, i - 1) ||
            clause_is(c, i - 1, IS_REL) || s->quantity[i - 1])
            break;
        const struct mention *m =
            clause_is(c, i - 1, IS_AT) ? place_at(s, i - 1, first) : NULL;
        if (m)
            return make_place(s, m);
    }
    return NULL;
}

static const struct fact *time_at(const struct sources *s, uint32_t at)
{
    uint32_t found = s->doc->tokens.item[at].found;
    if (found == 0 || found > s->doc->found.count)
        return NULL;
    const struct found *item = &s->doc->found.item[found - 1];
    bool fits = item->fact.kind == FACT_TIME && !item->dropped &&
                item->fact.time_type != FACT_DURATION;
    return fits ? &item->fact : NULL;
}

struct str source_time(const struct sources *s, uint32_t first, uint32_t end,
                       struct scope scope)
{
    const struct clause *c = s->clause;
    for (uint32_t i = end; i < scope.end && i - end < 3; i++) {
        const struct fact *time = time_at(s, i);
        if (time)
            return time->time_value;
        if (!clause_is(c, i, IS_PREP))
            break;
    }
    for (uint32_t i = first, n = 0; i > scope.first && n < TIME_MOST; i--, n++) {
        if (ends_part(c, i - 1) || clause_is(c, i - 1, IS_REL) || s->quantity[i - 1])
            break;
        const struct fact *time = time_at(s, i - 1);
        if (time)
            return time->time_value;
    }
    return STR_NONE;
}
