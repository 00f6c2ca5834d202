/* Who a phrase means: names, pronouns, descriptions ("politikus itu", "kementerian
 * tersebut"), titles, and those who stay unnamed. */

#include "worker/extract/quote.h"

/* Mentions looked at for a body named before. */
#define BODIES_MOST 64
/* … and tokens. */
#define BACK_MOST 2000

const struct mention *quote_mention(const struct quotes *q, uint32_t at)
{
    uint32_t mention = mention_at(q->doc, at);
    return mention == DOC_NONE ? NULL : &q->doc->mentions.item[mention];
}

void quote_name(struct speaker *out, uint32_t entity, uint32_t first, uint32_t end)
{
    out->entity = entity;
    out->text = STR_NONE;
    out->first = first;
    out->end = end;
}

void quote_unnamed(const struct quotes *q, struct speaker *out, uint32_t first,
                   uint32_t end)
{
    const struct token *token = q->doc->tokens.item;
    out->entity = DOC_NONE;
    out->text = doc_span_text(
        q->doc, (struct span){token[first].span.begin, token[end - 1].span.end});
    out->first = first;
    out->end = end;
}

/* The mention in [first, end) of this type that stands last. */
const struct mention *quote_last_mention(const struct quotes *q, uint32_t first,
                                         uint32_t end, uint8_t type)
{
    for (uint32_t i = end; i > first; i--) {
        const struct mention *m = quote_mention(q, i - 1);
        if (m && m->type == type && m->first >= first && m->end <= end)
            return m;
    }
    return NULL;
}

/* The person named last before `at`. */
static bool person_before(const struct quotes *q, uint32_t at, struct speaker *out)
{
    uint32_t floor = at > 200 ? at - 200 : 0;
    const struct mention *m = quote_last_mention(q, floor, at, ENTITY_PER);
    if (m == NULL)
        return false;
    quote_name(out, m->entity, at, at);
    return true;
}

void quote_focus(struct quotes *q, const struct speaker *speaker)
{
    if (speaker->first < speaker->end && speaker->entity == DOC_NONE &&
        clause_is(q->clause, speaker->first, IS_PAPER))
        return; /* a report does not go on speaking */
    q->focus = *speaker;
    q->focus_set = true;
    if (speaker->entity != DOC_NONE &&
        q->doc->entities.item[speaker->entity].type == ENTITY_PER) {
        q->person = *speaker;
        q->person_set = true;
    } else if (speaker->entity == DOC_NONE) {
        q->person_set = false;
    }
}

static uint32_t line_of(const struct quotes *q, uint32_t at)
{
    return q->doc->sentences.item[q->doc->tokens.item[at].sentence].line;
}

bool quote_speaker_again(struct quotes *q, uint32_t at, bool pronoun, struct speaker *out)
{
    const struct speaker *known = NULL;
    if (q->person_set)
        known = &q->person;
    if (q->focus_set && (known == NULL || q->focus.end > known->end))
        if (q->focus.entity == DOC_NONE ||
            q->doc->entities.item[q->focus.entity].type != ENTITY_GPE)
            known = &q->focus;
    if (pronoun && q->subject_set && (known == NULL || q->subject.end > known->end) &&
        (known == NULL || line_of(q, q->subject.first) == line_of(q, at)))
        known = &q->subject;
    if (known == NULL && q->subject_set)
        known = &q->subject;
    if (known == NULL)
        return person_before(q, at, out) ? (out->guessed = true) : false;
    out->entity = known->entity;
    out->text = known->text;
    out->first = out->end = at;
    out->guessed = true;
    return true;
}

/* "kementerian tersebut": the body named before whose name begins with this word. */
static bool body_before(const struct quotes *q, uint32_t first, uint32_t end,
                        struct speaker *out)
{
    const struct doc *doc = q->doc;
    uint32_t seen = 0, floor = first > BACK_MOST ? first - BACK_MOST : 0;
    for (uint32_t i = first; i > floor && seen < BODIES_MOST; i--) {
        const struct mention *m = quote_mention(q, i - 1);
        if (m == NULL)
            continue;
        seen++;
        const struct token *head = &doc->tokens.item[m->first];
        if (m->type == ENTITY_ORG && str_eq(head->lower, doc->tokens.item[first].lower)) {
            quote_name(out, m->entity, first, end);
            return out->guessed = true;
        }
        i = m->first + 1;
    }
    return false;
}

void quote_roles_read(struct quotes *q)
{
    for (uint32_t i = 0; i < q->doc->found.count && q->role_count < QUOTE_ROLES; i++) {
        const struct found *found = &q->doc->found.item[i];
        if (found->fact.kind == FACT_ROLE && !found->dropped && found->entity != DOC_NONE)
            q->role[q->role_count++] = i;
    }
}

/* title begins with the word, whose letters are small. */
static bool begins_with(struct str title, struct str word)
{
    if (title.len < word.len || (title.len > word.len && title.ptr[word.len] != ' '))
        return false;
    for (size_t i = 0; i < word.len; i++)
        if (title.ptr[i] != word.ptr[i] && (title.ptr[i] | 0x20) != word.ptr[i])
            return false;
    return true;
}

/* "murid itu": the one person named before whose title begins with this word. */
static uint32_t whose_title(const struct quotes *q, uint32_t at)
{
    struct str word = q->doc->tokens.item[at].lower;
    uint32_t person = DOC_NONE;
    for (uint32_t i = 0; i < q->role_count; i++) {
        const struct found *found = &q->doc->found.item[q->role[i]];
        if (found->first >= at || !begins_with(found->fact.title, word))
            continue;
        if (person != DOC_NONE && person != found->entity)
            return DOC_NONE;
        person = found->entity;
    }
    return person;
}

/* A phrase with "itu", "tersebut": who was meant is who spoke before. */
static bool described(struct quotes *q, uint32_t first, uint32_t end, struct speaker *out)
{
    struct speaker known = {.entity = DOC_NONE};
    if (clause_is(q->clause, first, IS_LEAD | IS_MANY) ||
        memchr(q->doc->tokens.item[first].text.ptr, '-',
               q->doc->tokens.item[first].text.len)) {
        quote_unnamed(q, out, first, end);
        return true;
    }
    if (clause_is(q->clause, first, IS_BODY) || q->doc->tokens.item[first].mention) {
        if (body_before(q, first, end, out))
            return true;
        if (q->focus_set && q->focus.entity != DOC_NONE &&
            q->doc->entities.item[q->focus.entity].type == ENTITY_ORG) {
            quote_name(out, q->focus.entity, first, end);
            return out->guessed = true;
        }
        quote_unnamed(q, out, first, end);
        return true;
    }
    if (clause_is(q->clause, first, IS_PAPER))
        return quote_unnamed(q, out, first, end), true;
    if (!clause_is(q->clause, first, IS_PERSON | IS_TITLE))
        return false;
    uint32_t holder = whose_title(q, first);
    if (holder != DOC_NONE) {
        quote_name(out, holder, first, end);
        return out->guessed = true;
    }
    bool found = quote_speaker_again(q, first, true, &known);
    if (found && known.entity != DOC_NONE &&
        q->doc->entities.item[known.entity].type == ENTITY_PER) {
        quote_name(out, known.entity, first, end);
        return out->guessed = true;
    }
    quote_unnamed(q, out, first, end);
    return true;
}

/* "Presiden Rusia": the one person of the article who has this title, or none. */
static uint32_t bearer(const struct quotes *q, uint32_t first, uint32_t end)
{
    const struct doc *doc = q->doc;
    struct span span = {doc->tokens.item[first].span.begin,
                        doc->tokens.item[end - 1].span.end};
    struct str phrase = doc_span_text(doc, span);
    uint32_t person = DOC_NONE;
    for (uint32_t i = 0; i < q->role_count; i++) {
        const struct found *found = &doc->found.item[q->role[i]];
        const struct fact *role = &found->fact;
        if (role->former == RECORD_TRUE || !str_starts(phrase, role->title))
            continue;
        struct str rest = str_trim(str_from(phrase, role->title.len));
        bool fits = rest.len == 0 || str_eq(rest, role->organisation);
        if (rest.len == 0 && doc->tokens.item[first].shape == SHAPE_LOWER)
            fits = false; /* "analis": any of them */
        const struct mention *m = quote_mention(q, end - 1);
        if (!fits && m && role->country.ptr)
            fits = str_eq(m->country, role->country);
        if (!fits)
            continue;
        if (person != DOC_NONE && person != found->entity)
            return DOC_NONE;
        person = found->entity;
    }
    return person;
}

/* "Putri", after "Indah Anggoro Putri": part of a name that is a common word, too. */
static bool part_of_name(const struct quotes *q, uint32_t at, struct speaker *out)
{
    const struct token *token = &q->doc->tokens.item[at];
    uint32_t seen = 0, floor = at > BACK_MOST ? at - BACK_MOST : 0;
    if (token->shape != SHAPE_CAPITAL ||
        q->doc->sentences.item[token->sentence].first == at)
        return false;
    for (uint32_t i = at; i > floor && seen < BODIES_MOST; i--) {
        const struct mention *m = quote_mention(q, i - 1);
        if (m == NULL)
            continue;
        seen++;
        for (uint32_t k = m->first; m->type == ENTITY_PER && k < m->end; k++)
            if (str_eq(q->doc->tokens.item[k].text, token->text)) {
                quote_name(out, m->entity, at, at + 1);
                return out->guessed = true;
            }
        i = m->first + 1;
    }
    return false;
}

/* The phrase [first, end) without a person's name. */
bool quote_phrase(struct quotes *q, uint32_t first, uint32_t end, struct speaker *out)
{
    const struct clause *c = q->clause;
    if (first >= end)
        return false;
    if (end - first == 1 && part_of_name(q, first, out))
        return true;
    if (end - first == 1 && clause_is(c, first, IS_ONE)) {
        bool found = quote_speaker_again(q, first, true, out);
        out->first = first;
        out->end = end;
        return found;
    }
    const struct mention *m = quote_mention(q, first);
    if (m && m->first == first && (m->type == ENTITY_ORG || m->type == ENTITY_GPE)) {
        quote_name(out, m->entity, first, end);
        return true;
    }
    bool relative = false;
    for (uint32_t i = first; i < end; i++)
        relative |= clause_is(c, i, IS_REL);
    if (clause_is(c, end - 1, IS_DET) && end - first > 1 &&
        (!relative ||
         (clause_is(c, first, IS_PERSON) && clause_is(c, first + 1, IS_REL))))
        return described(q, first, end, out);
    if (!clause_is(c, first,
                   IS_PERSON | IS_BODY | IS_PAPER | IS_TITLE | IS_LEAD | IS_MANY))
        return false;
    if (end - first == 1 &&
        !clause_is(c, first, IS_PERSON | IS_BODY | IS_PAPER | IS_TITLE | IS_MANY))
        return false; /* "semua", "sebagian" */
    uint32_t person = clause_is(c, first, IS_TITLE) ? bearer(q, first, end) : DOC_NONE;
    if (person != DOC_NONE) {
        quote_name(out, person, first, end);
        return out->guessed = true;
    }
    if (end - first == 1 && clause_is(c, first, IS_BODY) &&
        body_before(q, first, end, out))
        return true;
    m = quote_mention(q, end - 1); /* "surat kabar The Hindu" */
    if (m && m->type == ENTITY_ORG && clause_is(c, first, IS_BODY)) {
        quote_name(out, m->entity, first, end);
        return true;
    }
    quote_unnamed(q, out, first, end);
    return true;
}
