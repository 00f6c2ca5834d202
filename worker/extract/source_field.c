/* Whose, where and when a quantity is: what stands directly beside it, or in its clause
 * where nothing else could be meant. */

#include "worker/extract/source.h"

/* Tokens between a quantity and the place behind it. */
#define PLACE_MOST 12
/* Tokens before a quantity that are looked through for a place. */
#define BEFORE_MOST 30
/* Tokens behind a quantity that are looked through for a time. */
#define BEHIND_MOST 14
/* Words between "di" and the place's name: "di wilayah perbatasan X". */
#define HEAD_MOST 3
/* Tokens looked through for a time before. */
#define TIME_MOST 40

static bool ends_part(const struct clause *c, uint32_t at)
{
    return clause_mark(c, at) == MARK_STOP || clause_is(c, at, IS_HARD | IS_SUB);
}

/* The place named behind the preposition at `at`, or NULL. */
static const struct mention *place_at(const struct sources *s, uint32_t at, uint32_t end)
{
    for (uint32_t i = at + 1; i < end && i <= at + 1 + HEAD_MOST; i++) {
        const struct mention *m = source_mention(s, i);
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

bool source_counts_places(const struct sources *s, const struct found *found)
{
    struct str value = STR_NONE;
    return wordlist_get(s->lochead, found->fact.unit, &value) &&
           str_starts(value, STR("GPE"));
}

static bool is_place(const struct mention *m)
{
    return m && (m->type == ENTITY_GPE || m->type == ENTITY_LOC);
}

/* The name at `at` is the doer of a passive: "disalurkan oleh X". */
static bool is_doer(const struct sources *s, uint32_t at, uint32_t floor)
{
    const struct mention *m = source_mention(s, at);
    return m && m->first > floor &&
           (clause_is(s->clause, m->first - 1, IS_BY) ||
            clause_predicate(s->clause, m->first - 1));
}

/* The place behind a quantity in its clause: directly, or behind its verb. */
static const struct mention *place_behind(const struct sources *s, uint32_t end,
                                          uint32_t limit)
{
    const struct clause *c = s->clause;
    for (uint32_t i = end; i < limit && i - end < PLACE_MOST; i++) {
        if (ends_part(c, i) || clause_mark(c, i) == MARK_COMMA || s->quantity[i])
            break;
        bool beside = i == end || clause_predicate(c, i - 1) || is_doer(s, i - 1, end);
        const struct mention *m =
            clause_is(c, i, IS_AT) && beside ? place_at(s, i, limit) : NULL;
        if (m)
            return m;
    }
    return NULL;
}

/* … before it: in its clause, with which the sentence begins ("Di Jakarta, …"), or before
 * the relative clause it is in ("uji coba di AS yang melibatkan 100 orang"). */
static const struct mention *place_before(const struct sources *s, uint32_t first,
                                          struct scope scope)
{
    const struct clause *c = s->clause;
    bool apart = false, relative = false;
    for (uint32_t i = first; i > scope.first && first - i < BEFORE_MOST; i--) {
        uint32_t at = i - 1;
        if (ends_part(c, at) || s->quantity[at] || relative)
            return NULL;
        if (clause_is(c, at, IS_REL)) {
            const struct mention *m = at > scope.first ? source_mention(s, at - 1) : NULL;
            bool near = clause_predicate(c, at + 1) && first - at < PLACE_MOST / 2;
            if (!near || !is_place(m) || m->first <= scope.first)
                return NULL;
            return clause_is(c, m->first - 1, IS_AT) ? m : NULL;
        }
        if (clause_is(c, at, IS_AT)) {
            const struct mention *m = place_at(s, at, first);
            bool begins = at == scope.first ||
                          (at == scope.first + 1 && clause_is(c, scope.first, IS_ADV));
            if (m && (!apart || begins))
                return m;
        }
        enum source_kind kind = source_kind_at(s, at);
        if (kind == KIND_FIND) {
            uint32_t k = at;
            while (k > scope.first && clause_is(c, k - 1, IS_AUX | IS_ADV))
                k--;
            const struct mention *m = k > scope.first ? source_mention(s, k - 1) : NULL;
            bool alone =
                m && (m->first == scope.first || !clause_is(c, m->first - 1, IS_PREP));
            return alone && m->type == ENTITY_GPE ? m : NULL;
        }
        apart |=
            clause_predicate(c, at) && kind != KIND_AMOUNT && !clause_is(c, at, IS_AUX);
        apart |= clause_mark(c, at) == MARK_COMMA;
    }
    return NULL;
}

struct fact_place *source_place(const struct sources *s, uint32_t first, uint32_t end,
                                struct scope scope)
{
    const struct mention *m = place_behind(s, end, scope.end);
    if (m == NULL)
        m = place_before(s, first, scope);
    return m ? make_place(s, m) : NULL;
}

struct fact_place *source_place_counted(const struct sources *s,
                                        const struct found *found, struct scope scope)
{
    const struct mention *m =
        found->end < scope.end ? source_mention(s, found->end) : NULL;
    if (m == NULL || m->first != found->end)
        m = source_mention(s, found->end - 1);
    return m && m->type == ENTITY_GPE && m->first > found->first &&
                   source_counts_places(s, found)
               ? make_place(s, m)
               : NULL;
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

/* The time at `at` is of another thing: of a relative clause, of a number before it, of
 * what is compared, of a clause that joins on. */
static bool is_apart(const struct sources *s, uint32_t at, uint32_t first, bool crossed)
{
    const struct clause *c = s->clause;
    while (at > first &&
           (clause_is(c, at, IS_TIME) || clause_mark(c, at) == MARK_BRACKET_OPEN))
        at--;
    if (source_kind_at(s, at) == KIND_THAN || source_kind_at(s, at) == KIND_FROM)
        return true;
    bool verb = false;
    for (uint32_t i = at + 1; i > first; i--) {
        if (s->quantity[i - 1])
            return !verb;
        if (clause_is(c, i - 1, IS_REL))
            return true;
        verb |= clause_is(c, i - 1, IS_VERB) && !clause_named(c, i - 1);
        if (clause_mark(c, i - 1) == MARK_COMMA || ends_part(c, i - 1))
            break;
    }
    return crossed && verb;
}

static struct str time_behind(const struct sources *s, uint32_t end, uint32_t limit)
{
    const struct clause *c = s->clause;
    unsigned verbs = 0;
    for (uint32_t i = end; i < limit && i - end < BEHIND_MOST; i++) {
        const struct fact *time = time_at(s, i);
        enum source_kind before = i > end ? source_kind_at(s, i - 1) : KIND_NONE;
        if (time)
            return before == KIND_THAN || before == KIND_FROM ? STR_NONE
                                                              : time->time_value;
        if (clause_mark(c, i) == MARK_BRACKET_OPEN) {
            uint32_t close = clause_bracket_close(c, i, limit);
            if (close == i)
                break;
            i = close;
            continue;
        }
        enum source_kind kind = source_kind_at(s, i);
        if (ends_part(c, i) || clause_mark(c, i) != MARK_NONE || s->quantity[i] ||
            kind == KIND_THAN || (kind == KIND_FROM && i > end) ||
            clause_is(c, i,
                      IS_REL | IS_CONJ | IS_SO | IS_WHILE | IS_THAT | IS_ONE | IS_MANY))
            break;
        bool predicate = clause_is(c, i, IS_VERB) && !clause_named(c, i);
        if (predicate && ((i > end && clause_is(c, i - 1, IS_PREP)) || ++verbs > 1))
            break; /* "untuk membangun … pada 2025" */
    }
    return STR_NONE;
}

struct str source_time(const struct sources *s, uint32_t first, uint32_t end,
                       struct scope scope)
{
    const struct clause *c = s->clause;
    bool crossed = false, verb = false;
    if (first > scope.first && source_kind_at(s, first - 1) == KIND_SIZE)
        return STR_NONE;
    struct str behind = time_behind(s, end, scope.end);
    if (behind.ptr)
        return behind;
    for (uint32_t i = first, n = 0; i > scope.first && n < TIME_MOST; i--, n++) {
        if (ends_part(c, i - 1) || s->quantity[i - 1])
            break;
        if (clause_is(c, i - 1, IS_REL)) { /* "belanja 2025 yang sebesar Rp 3 triliun" */
            bool near = i - 1 > scope.first && first - i <= 1;
            const struct fact *own = near ? time_at(s, i - 2) : NULL;
            return own ? own->time_value : STR_NONE;
        }
        const struct fact *time = time_at(s, i - 1);
        if (time)
            return is_apart(s, i - 1, scope.first, crossed) ? STR_NONE : time->time_value;
        verb |= clause_is(c, i - 1, IS_VERB) && !clause_named(c, i - 1);
        crossed |=
            verb && (clause_mark(c, i - 1) == MARK_COMMA || clause_is(c, i - 1, IS_CONJ));
    }
    return STR_NONE;
}
