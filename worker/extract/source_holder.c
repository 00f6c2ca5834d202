/* Whose a quantity is: who is named in its phrase, has it as the subject of its verb,
 * gives it as the doer of a passive, or owns what amounts to it. */

#include "worker/extract/source.h"

/* Tokens between a verb and what it counts: "mengirim sebanyak 100.000 tentara". */
#define VERB_MOST 12
/* Tokens between two quantities of one holder. */
#define SHARE_MOST 14
/* Tokens between a verb and its subject, over adjuncts and clauses joined to it. */
#define SUBJECT_MOST 40
/* Tokens of an adjunct between a subject and its verb. */
#define ADJUNCT_MOST 8
/* Tokens from a quantity to the passive verb behind it. */
#define PASSIVE_MOST 6
/* Tokens in which the body is looked for that "perseroan" means. */
#define BODY_MOST 600

enum source_kind source_kind_at(const struct sources *s, uint32_t at)
{
    static const char *const names[] = {
        [KIND_AMOUNT] = "amount", [KIND_FIND] = "find", [KIND_SIZE] = "size",
        [KIND_FROM] = "from",     [KIND_THAN] = "than", [KIND_BODY] = "body"};
    struct str value = STR_NONE;
    if (token_get(&s->doc->tokens.item[at], s->holder, &value)) {
        for (size_t i = KIND_AMOUNT; i < sizeof names / sizeof *names; i++)
            if (str_is(value, names[i]))
                return (enum source_kind)i;
        return KIND_HAS;
    }
    if (!clause_is(s->clause, at, IS_ACTIVE) || clause_named(s->clause, at))
        return KIND_NONE;
    bool has = wordlist_get(s->gives, doc_analyse(s->doc, at)->lemma, NULL);
    return has ? KIND_HAS : KIND_NONE;
}

static bool ends_part(const struct clause *c, uint32_t at)
{
    return clause_mark(c, at) == MARK_STOP || clause_is(c, at, IS_HARD | IS_SUB);
}

static bool may_hold(const struct mention *m)
{
    return m && m->type != ENTITY_LOC && m->entity != DOC_NONE;
}

static bool set_holder(struct sources *s, struct found *found, const struct mention *m)
{
    if (!may_hold(m))
        return false;
    found->entity = m->entity;
    found->fact.holder = entity_name(s->doc, m->entity);
    return true;
}

/* "Ganjar-Mahfud", "Kevin/Marcus" */
static bool is_link(const struct sources *s, uint32_t at)
{
    struct str text = s->doc->tokens.item[at].text;
    return clause_mark(s->clause, at) == MARK_DASH || str_is(text, "-") ||
           str_is(text, "/");
}

/* "2 armada Toyota HiAce": the make of a thing that is named further. */
static bool is_make(const struct sources *s, const struct mention *m, uint32_t end)
{
    const struct token *next = &s->doc->tokens.item[m->end];
    return m->type == ENTITY_ORG && m->end < end && next->space_before &&
           (next->shape == SHAPE_CAPITAL || next->shape == SHAPE_MIXED ||
            next->kind == TOKEN_NUMBER);
}

/* "tentara dari Rusia dan Korea Utara": nobody's alone. */
static bool is_joint(const struct sources *s, const struct mention *m, uint32_t end)
{
    const struct clause *c = s->clause;
    uint32_t i = m->end;
    while (i < end &&
           (clause_mark(c, i) == MARK_COMMA || clause_is(c, i, IS_CONJ) || is_link(s, i)))
        i++;
    const struct mention *next = i > m->end && i < end ? source_mention(s, i) : NULL;
    return next && next->type == m->type && next->first == i &&
           (next->end >= end || !clause_predicate(c, next->end));
}

/* "100 tentara Rusia", "8 menteri dari OKI", "5 siswa asal SMAN 3". */
static const struct mention *owner(const struct sources *s, const struct found *found,
                                   struct scope scope, bool *joint_out)
{
    const struct clause *c = s->clause;
    *joint_out = false;
    for (uint32_t i = found->first; i < found->end; i++) {
        const struct mention *m = source_mention(s, i);
        if (m && m->first > found->first)
            return m;
    }
    uint32_t at = found->end;
    const struct mention *m = at < scope.end ? source_mention(s, at) : NULL;
    if (m && m->first == at)
        return is_joint(s, m, scope.end) || is_make(s, m, scope.end) ? NULL : m;
    bool at_place = at + 1 < scope.end && clause_is(c, at, IS_AT);
    if (at + 1 >= scope.end || (source_kind_at(s, at) != KIND_FROM && !at_place))
        return NULL;
    struct str value; /* "tertinggal dua poin dari X" */
    if (!at_place && wordlist_get(s->counted, found->fact.unit, &value) &&
        str_is(value, "apart"))
        return NULL;
    at++;
    m = source_mention(s, at);
    if (m == NULL && at + 1 < scope.end &&
        s->doc->tokens.item[at].shape != SHAPE_LOWER) /* "dari Negara OKI" */
        m = source_mention(s, ++at);
    if (m == NULL || m->first != at)
        return NULL;
    if (is_joint(s, m, scope.end)) {
        *joint_out = true;
        return NULL;
    }
    bool people = clause_is(c, found->end - 1, IS_PERSON) ||
                  clause_is(c, found->first + 1, IS_PERSON);
    if (at_place) /* "sepuluh fraksi di DPR" */
        return m->type == ENTITY_ORG && !is_make(s, m, scope.end) &&
                       (people || clause_is(c, found->first + 1, IS_BODY))
                   ? m
                   : NULL;
    return m->type == ENTITY_ORG || (m->type == ENTITY_GPE && people) ? m : NULL;
}

/* "perseroan", "perusahaan itu": the body named last. */
static const struct mention *body_before(const struct sources *s, uint32_t at)
{
    uint32_t floor = at > BODY_MOST ? at - BODY_MOST : 0;
    for (uint32_t i = at; i > floor; i--) {
        const struct mention *m = source_mention(s, i - 1);
        if (m == NULL)
            continue;
        if (m->type == ENTITY_ORG)
            return m;
        i = m->first + 1;
    }
    return NULL;
}

static bool begins_clause(const struct sources *s, uint32_t at, uint32_t first)
{
    return at == first || clause_mark(s->clause, at - 1) != MARK_NONE ||
           clause_is(s->clause, at - 1, IS_SUB | IS_HARD | IS_THAT | IS_ADV | IS_TIME);
}

/* What amounts to so much is no other verb's object ("masuk Indonesia menjadi"); nor is a
 * holder part of a list or pair
 * ("Jawa Tengah dan DIY", "Ganjar-Mahfud"): those have it together. */
static bool is_alone(const struct sources *s, const struct mention *m, uint32_t first,
                     bool amount)
{
    const struct clause *c = s->clause;
    if (m->first <= first)
        return true;
    uint32_t before = m->first - 1;
    if (amount && clause_predicate(c, before) &&
        !clause_is(c, before, IS_ADV | IS_PERSON | IS_TITLE))
        return false;
    bool joined = clause_is(c, before, IS_CONJ) || is_link(s, before);
    if (clause_mark(c, before) == MARK_COMMA || joined) {
        const struct mention *other =
            before > first ? source_mention(s, before - 1) : NULL;
        return other == NULL || other->type != m->type;
    }
    return true;
}

/* The subject with which the part of the sentence before `at` begins. */
static const struct mention *first_subject(const struct sources *s, uint32_t first,
                                           uint32_t at)
{
    const struct clause *c = s->clause;
    for (uint32_t i = first; i < at; i++) {
        const struct mention *m = source_mention(s, i);
        if (clause_predicate(c, i) && !clause_is(c, i, IS_ADV))
            return NULL;
        if (m == NULL)
            continue;
        bool governed = m->first > first && clause_is(c, m->first - 1, IS_PREP);
        bool behind = m->end < at && (clause_predicate(c, m->end) ||
                                      clause_is(c, m->end, IS_ADV | IS_TIME | IS_NOT));
        if (!governed && behind && may_hold(m))
            return is_alone(s, m, first, true) ? m : NULL;
        i = m->end - 1;
    }
    return NULL;
}

/* "X dalam dua bulan ini menyalurkan …": the name before the preposition. */
static const struct mention *past_adjunct(const struct sources *s, uint32_t from,
                                          uint32_t first)
{
    const struct clause *c = s->clause;
    for (uint32_t i = from, n = 0; i > first && n < ADJUNCT_MOST; i--, n++) {
        if (clause_mark(c, i) != MARK_NONE || source_mention(s, i) ||
            clause_is(c, i, IS_VERB | IS_REL | IS_CONJ | IS_SUB | IS_THAT))
            return NULL;
        if (!clause_is(c, i, IS_IN) || source_kind_at(s, i) == KIND_FROM)
            continue;
        const struct mention *m = source_mention(s, i - 1);
        bool governed = m && m->first > first && clause_is(c, m->first - 1, IS_PREP);
        return m && !governed && is_alone(s, m, first, true) ? m : NULL;
    }
    return NULL;
}

/* "Setelah menderita 500 korban, X …": whose clause is the main one. */
static const struct mention *main_subject(const struct sources *s, uint32_t verb,
                                          uint32_t end)
{
    for (uint32_t i = verb; i + 1 < end && i - verb < SUBJECT_MOST; i++)
        if (clause_mark(s->clause, i) == MARK_COMMA) {
            const struct mention *m = source_mention(s, i + 1);
            return m && m->first == i + 1 && may_hold(m) ? m : NULL;
        }
    return NULL;
}

/* The name in front of a verb, past what may stand between; of an amount, the name in the
 * phrase that amounts to it. */
static const struct mention *subject_of(const struct sources *s, uint32_t verb,
                                        struct scope scope, bool amount)
{
    const struct clause *c = s->clause;
    for (uint32_t i = verb, n = 0; i > scope.first && n < SUBJECT_MOST; i--, n++) {
        uint32_t at = i - 1;
        const struct mention *m = source_mention(s, at);
        if (m && m->first > scope.first && clause_is(c, m->first - 1, IS_PREP)) {
            /* "laba dari Bank X" says whose it is; "kepada X" does not */
            if (amount && source_kind_at(s, m->first - 1) == KIND_FROM)
                return m;
            if (!clause_is(c, m->first - 1, IS_AT | IS_IN))
                return NULL;
            i = m->first;
            continue;
        }
        if (m)
            return is_alone(s, m, scope.first, amount) ? m : NULL;
        if (i == verb && clause_is(c, at, IS_SUB | IS_WHILE))
            return main_subject(s, verb, scope.end);
        if (clause_mark(c, at) == MARK_BRACKET_CLOSE) {
            uint32_t open = clause_bracket_open(c, at, scope.first);
            if (open == at)
                return NULL;
            i = open + 1;
        } else if (source_kind_at(s, at) == KIND_BODY ||
                   (clause_is(c, at, IS_DET) && at > scope.first &&
                    source_kind_at(s, at - 1) == KIND_BODY)) {
            uint32_t head = source_kind_at(s, at) == KIND_BODY ? at : at - 1;
            return begins_clause(s, head, scope.first) ? body_before(s, head) : NULL;
        } else if (clause_mark(c, at) == MARK_COMMA && i < verb &&
                   clause_is(c, i, IS_REL)) {
            continue; /* "X, yang memiliki 500 karyawan, …" */
        } else if (clause_mark(c, at) == MARK_COMMA || clause_is(c, at, IS_CONJ)) {
            return amount ? NULL : first_subject(s, scope.first, at);
        } else if (clause_is(c, at, IS_REL) && i == verb) {
            continue; /* "X yang memiliki 500 karyawan" */
        } else if (!clause_is(c, at, IS_AUX | IS_ADV | IS_NOT | IS_VERB | IS_TIME) &&
                   !(clause_is(c, at, IS_PREP) &&
                     (i == verb || clause_is(c, i, IS_TIME)))) {
            return amount ? NULL : past_adjunct(s, at, scope.first);
        }
    }
    return NULL;
}

/* A preposition governs the number, so that no verb has it as its object: "di 5 kota",
 * "kepada 100 warga"; but "terdiri dari 5 orang", "naik dari 5 persen". */
static bool is_governed(const struct sources *s, uint32_t first, uint32_t floor)
{
    const struct clause *c = s->clause;
    return first > floor && clause_is(c, first - 1, IS_PREP) &&
           source_kind_at(s, first - 1) != KIND_AMOUNT &&
           !(first - 1 > floor && source_kind_at(s, first - 2) == KIND_AMOUNT);
}

static bool by_verb(struct sources *s, struct found *found, struct scope scope)
{
    const struct clause *c = s->clause;
    struct str value = STR_NONE; /* "bermain 100 kali": times are of whoever acts */
    bool acts =
        wordlist_get(s->counted, found->fact.unit, &value) && str_is(value, "act");
    for (uint32_t i = found->first, n = 0; i > scope.first && n < VERB_MOST; i--, n++) {
        if (ends_part(c, i - 1) || clause_is(c, i - 1, IS_REL) || s->quantity[i - 1])
            return false;
        enum source_kind kind = source_kind_at(s, i - 1);
        bool verb = clause_is(c, i - 1, IS_VERB) && !clause_named(c, i - 1);
        if (kind == KIND_NONE || kind == KIND_SIZE) {
            if (!verb)
                continue;
            if (!acts)
                return false; /* some other verb has it */
        }
        const struct mention *m = subject_of(s, i - 1, scope, kind == KIND_AMOUNT);
        if (kind == KIND_FIND)
            return false;
        if (m || clause_is(c, i - 1, IS_VERB))
            return m && set_holder(s, found, m);
    }
    return false;
}

/* "Rp 5 miliar disalurkan oleh Bank X". */
static bool by_passive(struct sources *s, struct found *found, struct scope scope)
{
    const struct clause *c = s->clause;
    for (uint32_t i = found->end; i + 1 < scope.end && i - found->end < PASSIVE_MOST;
         i++) {
        if (ends_part(c, i) || clause_mark(c, i) != MARK_NONE || s->quantity[i])
            return false;
        if (!clause_is(c, i, IS_VERB) || clause_named(c, i))
            continue;
        const struct lang_word *form = doc_analyse(s->doc, i);
        if (form->voice != 'p' || !wordlist_get(s->gives, form->lemma, NULL))
            return false;
        uint32_t at = i + 1 + clause_is(c, i + 1, IS_BY);
        const struct mention *m = at < scope.end ? source_mention(s, at) : NULL;
        return m && m->first == at && set_holder(s, found, m);
    }
    return false;
}

/* "utang Indonesia Rp 8.000 triliun". */
static bool by_phrase(struct sources *s, struct found *found, struct scope scope)
{
    const struct clause *c = s->clause;
    if (found->fact.noun.ptr || found->first <= scope.first)
        return false;
    const struct mention *m = source_mention(s, found->first - 1);
    if (m == NULL || m->first <= scope.first || !is_alone(s, m, scope.first, true))
        return false;
    const struct token *head = &s->doc->tokens.item[m->first - 1];
    bool begins = m->first - 1 == scope.first;
    if (head->kind != TOKEN_WORD || (head->shape != SHAPE_LOWER && !begins) ||
        clause_is(c, m->first - 1,
                  IS_PREP | IS_CONJ | IS_SUB | IS_VERB | IS_AUX | IS_ADV | IS_REL |
                      IS_THAT | IS_TIME | IS_WHILE))
        return false;
    return set_holder(s, found, m);
}

/* "500 orang, 30 mobil dan 5 kapal", "Rp 8 triliun atau naik 5 persen", "mencetak 5 gol
 * dan membuat 3 assist": of the same holder. */
static void share(struct sources *s, struct found *found, struct scope scope)
{
    const struct clause *c = s->clause;
    for (uint32_t i = found->first, n = 0; i > scope.first && n < SHARE_MOST; i--, n++) {
        uint32_t at = i - 1;
        if (ends_part(c, at) || clause_is(c, at, IS_REL) || source_mention(s, at) ||
            clause_mark(c, at) == MARK_COLON)
            return;
        if (clause_is(c, at, IS_VERB) && !clause_named(c, at) &&
            (source_kind_at(s, at) == KIND_NONE || source_kind_at(s, at) == KIND_FIND))
            return;
        if (!s->quantity[at])
            continue;
        const struct found *before = &s->doc->found.item[s->quantity[at] - 1];
        if (before->entity == DOC_NONE)
            return;
        const struct mention *own = source_mention(s, before->end - 1);
        if (own && own->entity == before->entity)
            return; /* "50 tentara Rusia dan 30 truk" */
        found->entity = before->entity;
        found->fact.holder = before->fact.holder;
        return;
    }
}

void source_holder(struct sources *s, struct found *found, struct scope scope)
{
    bool counted = found->fact.noun.ptr != NULL;
    if (found->fact.holder.ptr)
        return;
    bool joint = false;
    const struct mention *m = counted ? owner(s, found, scope, &joint) : NULL;
    if (joint)
        return;
    if (m) {
        if (!(m->type == ENTITY_GPE && source_counts_places(s, found)))
            set_holder(s, found, m);
        return;
    }
    if (found->first > scope.first && source_kind_at(s, found->first - 1) == KIND_SIZE)
        return;
    if (is_governed(s, found->first, scope.first))
        return;
    if (!by_verb(s, found, scope) && !by_passive(s, found, scope) &&
        !by_phrase(s, found, scope))
        share(s, found, scope);
}
