#include "worker/extract/party_back.h"

#include "worker/extract/gazetteer.h"
#include "worker/extract/party_noun.h"

/* What a title phrase says of the person. */
struct office {
    struct str words;        /* all of it */
    struct str country;      /* that it names; absent none */
    struct str organisation; /* the same */
    bool det;                /* "… tersebut" */
    bool title;              /* it begins with a title, not another word for a leader */
};

static bool fits_office(const struct office *office, const struct fact *role)
{
    struct str words = office->words, title = role->title;
    if (!str_starts(words, title) ||
        (title.len < words.len && words.ptr[title.len] != ' '))
        return false;
    if (office->organisation.ptr)
        return str_eq(office->organisation, role->organisation);
    if (office->country.ptr)
        return !role->country.ptr || str_eq(office->country, role->country);
    return office->det || title.len == words.len;
}

/* "Panglima" of "Panglima TNI" */
static bool shortens(const struct office *office, const struct fact *role)
{
    struct str words = office->words, title = role->title;
    return office->title && !office->country.ptr && !office->organisation.ptr &&
           title.len > words.len && str_starts(title, words) &&
           title.ptr[words.len] == ' ';
}

/* Of several who may be meant: none, the only one, or too many to say. */
struct choice {
    uint32_t who; /* DOC_NONE */
    bool many;
};

static void choose(struct choice *choice, uint32_t who)
{
    choice->many |= choice->who != DOC_NONE && choice->who != who;
    choice->who = who;
}

/* "Presiden Rusia": the person a role of the text gives that title, where only one has
 * it; "pemimpin Rusia": the only person with a title of that country; "Paus": the only
 * one whose name begins so. */
static uint32_t role_of(const struct parties *p, const struct office *office)
{
    struct choice exact = {DOC_NONE, false}, brief = exact, leader = exact, name = exact;
    for (uint32_t r = 0; r < p->role_count; r++) {
        const struct found *found = &p->doc->found.item[p->role[r]];
        if (fits_office(office, &found->fact))
            choose(&exact, found->entity);
        else if (shortens(office, &found->fact))
            choose(&brief, found->entity);
        if (!office->title && office->country.ptr && found->fact.country.ptr &&
            str_eq(office->country, found->fact.country))
            choose(&leader, found->entity);
    }
    for (uint32_t i = 0; i < p->doc->entities.count && office->title; i++) {
        const struct entity *entity = &p->doc->entities.item[i];
        if (entity->type == ENTITY_PER && entity->name.len > office->words.len &&
            str_starts(entity->name, office->words) &&
            entity->name.ptr[office->words.len] == ' ')
            choose(&name, i);
    }
    const struct choice *order[] = {&exact, &brief, &leader, &name};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (order[i]->who != DOC_NONE)
            return order[i]->many ? DOC_NONE : order[i]->who;
    return DOC_NONE;
}

void party_back_own(const struct parties *p, bool people, struct party *out)
{
    if (p->speaker == DOC_NONE || p->direct ||
        (!people && p->doc->entities.item[p->speaker].type == ENTITY_PER))
        return;
    party_add(out, p->speaker);
    out->guessed = true;
}

void party_back_keep(struct parties *p, uint32_t person)
{
    if (p->person != person)
        p->other = p->person;
    p->person = person;
}

void party_back_pronoun(struct parties *p, uint32_t at, enum party_side side,
                        struct party *out)
{
    struct str value = STR_NONE;
    out->guessed = true;
    out->people = true;
    party_see(p, at);
    token_get(&p->doc->tokens.item[at], p->pronoun, &value);
    bool one = gazetteer_says(value, "one");
    if (one && side == PARTY_TARGET && p->blame && p->suspect != DOC_NONE)
        party_add(out, p->suspect); /* not the officer who tells it */
    else if (one)                   /* "he" in somebody's own words is somebody else */
        party_add(out, p->direct && p->person == p->speaker ? p->other : p->person);
    else if (side == PARTY_ACTOR && gazetteer_says(value, "many"))
        party_back_own(p, false, out);
}

void party_back_pair(struct parties *p, enum head_kind kind, uint32_t at,
                     struct party *out)
{
    out->guessed = out->people = true;
    if (kind != HEAD_OWN) {
        uint8_t type =
            p->both[0] != DOC_NONE ? p->doc->entities.item[p->both[0]].type : ENTITY_NONE;
        if ((kind == HEAD_STATES && type != ENTITY_GPE) ||
            (kind == HEAD_PAIR && type != ENTITY_PER))
            return;
        party_add(out, p->both[0]);
        party_add(out, p->both[1]);
        return;
    }
    party_see(p, at);
    party_add(out, p->speaker != DOC_NONE ? p->speaker : p->person);
}

void party_back_description(struct parties *p, enum head_kind kind, uint32_t first,
                            uint32_t end, struct party *out)
{
    const struct mention *gpe = party_noun_first(p, first, end, ENTITY_GPE);
    const struct mention *org = party_noun_first(p, first, end, ENTITY_ORG);
    const struct token *token = p->doc->tokens.item;
    struct office office = {
        .words =
            str_slice(p->doc->text, token[first].span.begin, token[end - 1].span.end),
        .country = gpe ? p->doc->entities.item[gpe->entity].country : STR_NONE,
        .organisation = org ? entity_name(p->doc, org->entity) : STR_NONE,
        .det = party_noun_det(p, first, end),
        .title = doc_match(p->doc, p->title, first, end, NULL) > 0};
    uint32_t who = DOC_NONE;
    party_see(p, first);
    if (kind == HEAD_COUNTRY)
        who = p->country;
    else if (kind == HEAD_COMPANY)
        who = p->company;
    else
        who = role_of(p, &office);
    if (kind == HEAD_LEADER && who == DOC_NONE && p->person != DOC_NONE && office.det) {
        struct str home = p->doc->entities.item[p->person].country;
        if (!office.country.ptr || !home.ptr || str_eq(office.country, home))
            who = p->person;
    }
    if (who != DOC_NONE) {
        party_add(out, who);
        out->guessed = true;
        if (p->doc->entities.item[who].type == ENTITY_PER)
            party_back_keep(p, who);
    }
}

void party_back_crime(const struct parties *p, enum head_kind kind, uint32_t first,
                      uint32_t end, bool one, struct party *out)
{
    const struct mention *m = party_noun_first(p, first, end, ENTITY_PER);
    uint32_t who = kind == HEAD_SUSPECT ? p->suspect : p->victim;
    out->people = true;
    if (m) {
        party_add(out, m->entity);
    } else if (one && who != DOC_NONE) {
        party_add(out, who);
        out->guessed = true;
    }
}
