#include "worker/extract/party.h"

#include "worker/extract/gazetteer.h"
#include "worker/extract/party_back.h"
#include "worker/extract/party_noun.h"

void party_open(struct parties *parties, struct doc *doc, struct phrases *phrases)
{
    const struct lexicon *lexicon = doc->lang->lexicon;
    *parties = (struct parties){.doc = doc,
                                .phrases = phrases,
                                .head = lexicon_list(lexicon, "actorhead"),
                                .title = lexicon_list(lexicon, "title"),
                                .anonymous = lexicon_list(lexicon, "anonymous"),
                                .pronoun = lexicon_list(lexicon, "pronoun"),
                                .syntax = lexicon_list(lexicon, "syntax"),
                                .bound = lexicon_list(lexicon, "bound"),
                                .number = lexicon_list(lexicon, "number"),
                                .person = DOC_NONE,
                                .other = DOC_NONE,
                                .country = DOC_NONE,
                                .company = DOC_NONE,
                                .suspect = DOC_NONE,
                                .victim = DOC_NONE,
                                .both = {DOC_NONE, DOC_NONE},
                                .speaker = DOC_NONE};
    for (uint32_t f = 0; f < doc->found.count && parties->role_count < PARTY_ROLES; f++) {
        const struct found *found = &doc->found.item[f];
        if (found->fact.kind == FACT_ROLE && !found->dropped &&
            found->fact.former != RECORD_TRUE)
            parties->role[parties->role_count++] = f;
    }
}

bool party_named(const struct party *party)
{
    return party->count > 0;
}

bool party_has(const struct party *party, uint32_t entity)
{
    for (uint32_t i = 0; i < party->count; i++)
        if (party->entity[i] == entity)
            return true;
    return false;
}

void party_add(struct party *party, uint32_t entity)
{
    if (entity != DOC_NONE && party->count < PARTY_MOST && !party_has(party, entity))
        party->entity[party->count++] = entity;
}

void party_keep_both(struct parties *p, const struct party *a, const struct party *b)
{
    struct party all = *a;
    for (uint32_t i = 0; i < b->count; i++)
        party_add(&all, b->entity[i]);
    const struct entity *entity = p->doc->entities.item;
    if (all.count != 2 || entity[all.entity[0]].type != entity[all.entity[1]].type)
        return;
    p->both[0] = all.entity[0];
    p->both[1] = all.entity[1];
}

static bool has_title(const struct parties *p, uint32_t person)
{
    for (uint32_t r = 0; r < p->role_count; r++)
        if (p->doc->found.item[p->role[r]].entity == person)
            return true;
    return false;
}

void party_see_dead(struct parties *p, uint32_t first, uint32_t end)
{
    uint32_t who = DOC_NONE;
    for (uint32_t i = first; i < end; i++) {
        const struct mention *m = party_noun_mention(p, i);
        if (m == NULL || m->type != ENTITY_PER || m->entity == who ||
            has_title(p, m->entity))
            continue;
        if (who != DOC_NONE)
            return;
        who = m->entity;
    }
    if (who != DOC_NONE)
        p->victim = who;
}

static void set_text(const struct parties *p, uint32_t first, uint32_t end,
                     struct party *out)
{
    const struct token *token = p->doc->tokens.item;
    while (first < end && token[first].kind == TOKEN_PUNCT)
        first++;
    while (end > first && token[end - 1].kind == TOKEN_PUNCT)
        end--;
    bool words = false;
    for (uint32_t i = first; i < end; i++)
        words |= token[i].kind == TOKEN_WORD;
    if (words)
        out->text =
            str_slice(p->doc->text, token[first].span.begin, token[end - 1].span.end);
}

void party_inside(struct parties *p, uint32_t first, uint32_t end, enum party_side side,
                  struct party *out)
{
    *out = (struct party){.first = first, .end = end};
    if (first >= end)
        return;
    party_noun_read(p, first, end, side, out);
    set_text(p, first, end, out);
}

static bool has_force(const struct parties *p, uint32_t first, uint32_t end)
{
    uint32_t behind;
    for (uint32_t i = first; i < end; i++)
        if (party_head(p, i, end, &behind) == HEAD_FORCE)
            return true;
    return false;
}

static void read_phrase(struct parties *p, uint32_t at, enum party_side side,
                        struct party *out)
{
    const struct phrase *phrase = &p->phrases->item[at];
    if (phrase->self) {
        party_add(out, p->speaker);
        out->people = out->guessed = true;
        return;
    }
    party_noun_read(p, phrase->first, phrase->end, side, out);
    /* "pasukan dari Korea Utara", "fraksi di DPR", "warga di X" */
    uint8_t role = phrase_is(p->phrases, at + 1, PHRASE_PREP) ? phrase[1].role : ROLE_TO;
    if (out->count == 0 && (role == ROLE_FROM || role == ROLE_AT) &&
        phrase_is(p->phrases, at + 2, PHRASE_NOUN)) {
        const struct mention *m = party_noun_mention(p, phrase[2].first);
        uint32_t behind, lead = party_noun_leads(p, phrase->first, phrase->end);
        bool force = role == ROLE_FROM && has_force(p, phrase->first, phrase->end);
        enum head_kind kind = party_head(p, lead, phrase->end, &behind);
        bool part =
            m && ((m->type == ENTITY_ORG && kind == HEAD_BODY) ||
                  (role == ROLE_AT && kind == HEAD_PEOPLE && side == PARTY_ACTOR));
        if ((force || part) && m && (part || party_noun_fits(m, side)))
            party_add(out, m->entity);
    }
}

void party_clitic(struct parties *p, uint32_t at, const struct party *other,
                  struct party *out)
{
    const struct token *token = &p->doc->tokens.item[at];
    *out = (struct party){0};
    if (!str_ends(token->lower, STR("nya")) || doc_analyse(p->doc, at)->clitic.len == 0)
        return;
    uint32_t before = p->person;
    party_see(p, at);
    uint32_t who =
        p->person != DOC_NONE && !party_has(other, p->person) ? p->person : before;
    if (who == DOC_NONE || party_has(other, who))
        return;
    party_add(out, who);
    out->guessed = out->people = true;
    out->first = at;
    out->end = at + 1;
}

static void widen(struct party *out, const struct phrase *phrase)
{
    if (out->first == out->end) {
        out->first = phrase->first;
        out->end = phrase->end;
        return;
    }
    out->first = phrase->first < out->first ? phrase->first : out->first;
    out->end = phrase->end > out->end ? phrase->end : out->end;
}

/* The phrase begins with a name. */
static bool begins_named(const struct parties *p, uint32_t at)
{
    return phrase_is(p->phrases, at, PHRASE_NOUN) &&
           party_noun_mention(p, p->phrases->item[at].first) != NULL;
}

/* "Menteri Luar Negeri AS, Antony Blinken, …", "kelompok bersenjata Lebanon, Hizbullah,
 * …": the phrase with the name. */
static uint32_t apposed(const struct parties *p, uint32_t at)
{
    const struct phrases *ph = p->phrases;
    if (!phrase_is(ph, at + 1, PHRASE_COMMA) || !begins_named(p, at + 2))
        return DOC_NONE;
    const struct phrase *phrase = &ph->item[at];
    if (party_noun_det(p, phrase->end - 1, phrase->end))
        return DOC_NONE;
    const struct mention *m = party_noun_mention(p, ph->item[at + 2].first);
    uint32_t first = party_noun_leads(p, phrase->first, phrase->end), behind;
    if (party_noun_first(p, first, phrase->end, m->type) ||
        party_noun_first(p, first, phrase->end, ENTITY_PER))
        return DOC_NONE;
    enum head_kind kind = party_head(p, first, phrase->end, &behind);
    bool title = doc_match(p->doc, p->title, first, phrase->end, NULL) > 0;
    bool fits = m->type == ENTITY_PER
                    ? title || kind == HEAD_LEADER || party_noun_person(p, first)
                    : m->type == ENTITY_ORG && (kind == HEAD_FORCE || kind == HEAD_BODY);
    return fits ? at + 2 : DOC_NONE;
}

/* "dua orang, yakni X dan Y": the first of those named. */
static uint32_t listed(const struct parties *p, uint32_t at)
{
    const struct phrases *ph = p->phrases;
    uint32_t mark = phrase_is(ph, at + 1, PHRASE_COMMA) ? at + 2 : at + 1;
    struct str value;
    return phrase_is(ph, mark, PHRASE_SUB) && begins_named(p, mark + 1) &&
                   token_get(&p->doc->tokens.item[ph->item[mark].first], p->syntax,
                             &value) &&
                   gazetteer_says(value, "be")
               ? mark + 1
               : DOC_NONE;
}

/* "… menyerang Gaza dan Mesir mengecam …": the noun before "dan" is another verb's. */
static bool is_object(const struct phrases *ph, uint32_t at)
{
    uint32_t before = phrase_before(ph, at);
    return before != DOC_NONE && ph->item[before].kind == PHRASE_VERB &&
           ph->item[before].form == FORM_ACTIVE;
}

void party_before(struct parties *p, uint32_t at, enum party_side side, struct party *out)
{
    const struct phrases *ph = p->phrases;
    *out = (struct party){0};
    if (!phrase_is(ph, at, PHRASE_NOUN))
        return;
    uint32_t names = apposed(p, at);
    uint32_t from = at;
    bool relative =
        phrase_is(ph, at + 1, PHRASE_REL) ||
        (phrase_is(ph, at + 1, PHRASE_COMMA) && phrase_is(ph, at + 2, PHRASE_REL));
    for (uint32_t n = 0; n < PARTY_MOST; n++) { /* "A, B dan C": to the first */
        uint32_t mark = phrase_before(ph, from);
        bool list =
            mark != DOC_NONE &&
            (ph->item[mark].kind == PHRASE_AND ||
             (ph->item[mark].kind == PHRASE_COMMA && from < at && begins_named(p, from)));
        uint32_t other = list ? phrase_before(ph, mark) : DOC_NONE;
        if (other != DOC_NONE && ph->item[other].kind == PHRASE_COMMA)
            other = phrase_before(ph, other);
        if (other == DOC_NONE || ph->item[other].kind != PHRASE_NOUN ||
            ph->item[other].governed || (!relative && is_object(ph, other)))
            break;
        from = other;
    }
    for (uint32_t i = from; i <= at; i++)
        if (ph->item[i].kind == PHRASE_NOUN) {
            read_phrase(p, i == at && names != DOC_NONE ? names : i, side, out);
            widen(out, &ph->item[i]);
        }
    if (names != DOC_NONE)
        widen(out, &ph->item[names]);
    set_text(p, out->first, out->end, out);
}

/* Does what is joined at `mark` go on with the list, or begin a clause? */
static uint32_t goes_on(const struct parties *p, uint32_t mark)
{
    const struct phrases *ph = p->phrases;
    uint32_t next = phrase_behind(ph, mark);
    if (phrase_is(ph, mark, PHRASE_COMMA) && phrase_is(ph, next, PHRASE_AND))
        next = phrase_behind(ph, next);
    else if (phrase_is(ph, mark, PHRASE_COMMA) &&
             !(begins_named(p, next) && (phrase_is(ph, next + 1, PHRASE_COMMA) ||
                                         phrase_is(ph, next + 1, PHRASE_AND))))
        return DOC_NONE; /* "PT X, Ghana" is no list */
    if (!phrase_is(ph, next, PHRASE_NOUN))
        return DOC_NONE;
    bool pair = phrase_is(ph, mark, PHRASE_AND) && /* "AS-Iran" */
                p->doc->tokens.item[ph->item[mark].first].mark == MARK_DASH;
    bool clause =
        phrase_is(ph, phrase_behind(ph, next), PHRASE_VERB) && !ph->item[next].governed;
    return pair || !clause ? next : DOC_NONE;
}

void party_behind(struct parties *p, uint32_t at, enum party_side side, struct party *out)
{
    const struct phrases *ph = p->phrases;
    *out = (struct party){0};
    if (!phrase_is(ph, at, PHRASE_NOUN))
        return;
    uint32_t names = apposed(p, at);
    if (names == DOC_NONE)
        names = listed(p, at);
    uint32_t i = at;
    for (uint32_t n = 0; n < PARTY_MOST; n++) {
        widen(out, &ph->item[i]);
        if (names != DOC_NONE) {
            i = names;
            names = DOC_NONE;
            widen(out, &ph->item[i]);
        }
        read_phrase(p, i, side, out);
        uint32_t mark = i + 1;
        if (phrase_is(ph, mark, PHRASE_PREP) && ph->item[mark].role == ROLE_FROM &&
            phrase_is(ph, mark + 1, PHRASE_NOUN) && phrase_is(ph, mark + 2, PHRASE_AND))
            mark += 2; /* "X dari A dan Y dari B" */
        if (!phrase_is(ph, mark, PHRASE_AND) && !phrase_is(ph, mark, PHRASE_COMMA))
            break;
        i = goes_on(p, mark);
        if (i == DOC_NONE)
            break;
    }
    set_text(p, out->first, out->end, out);
}

void party_see(struct parties *p, uint32_t token)
{
    const struct phrases *ph = p->phrases;
    for (; p->seen < ph->count && ph->item[p->seen].first < token; p->seen++) {
        const struct phrase *phrase = &ph->item[p->seen];
        if (phrase->kind != PHRASE_NOUN)
            continue;
        const struct mention *person =
            party_noun_first(p, phrase->first, phrase->end, ENTITY_PER);
        const struct mention *gpe =
            party_noun_first(p, phrase->first, phrase->end, ENTITY_GPE);
        const struct mention *org =
            party_noun_first(p, phrase->first, phrase->end, ENTITY_ORG);
        if (person &&
            (!phrase->governed || phrase->role == ROLE_BY || p->person == DOC_NONE))
            party_back_keep(p, person->entity);
        if (gpe)
            p->country = gpe->entity;
        if (org && (!phrase->governed || p->company == DOC_NONE))
            p->company = org->entity;
    }
}
