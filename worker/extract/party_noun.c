#include "worker/extract/party_noun.h"

#include "worker/extract/gazetteer.h"

const struct mention *party_noun_mention(const struct parties *p, uint32_t at)
{
    uint32_t mention = mention_at(p->doc, at);
    if (mention == DOC_NONE || p->doc->mentions.item[mention].entity == DOC_NONE)
        return NULL;
    return &p->doc->mentions.item[mention];
}

const struct mention *party_noun_first(const struct parties *p, uint32_t first,
                                       uint32_t end, int type)
{
    for (uint32_t i = first; i < end; i++) {
        const struct mention *m = party_noun_mention(p, i);
        if (m && (type == ENTITY_NONE || m->type == type))
            return m;
    }
    return NULL;
}

/* "kapal-kapal", "pasukannya": the word inside. */
static struct str inner_word(struct str word)
{
    const char *dash = memchr(word.ptr, '-', word.len);
    size_t half = dash ? (size_t)(dash - word.ptr) : 0;
    if (half && word.len >= 2 * half + 1 && memcmp(word.ptr, dash + 1, half) == 0)
        return str_make(word.ptr, half);
    if (str_ends(word, STR("nya")))
        return str_make(word.ptr, word.len - 3);
    return STR_NONE;
}

enum head_kind party_head(const struct parties *p, uint32_t first, uint32_t end,
                          uint32_t *behind_out)
{
    static const struct {
        const char *name;
        enum head_kind kind;
    } names[] = {
        {"force", HEAD_FORCE},     {"body", HEAD_BODY},       {"people", HEAD_PEOPLE},
        {"act", HEAD_ACT},         {"place", HEAD_PLACE},     {"intent", HEAD_INTENT},
        {"leader", HEAD_LEADER},   {"country", HEAD_COUNTRY}, {"company", HEAD_COMPANY},
        {"suspect", HEAD_SUSPECT}, {"victim", HEAD_VICTIM}};
    struct str value;
    uint32_t count = doc_match(p->doc, p->head, first, end, &value);
    if (count == 0 && first < end) {
        struct str word = inner_word(p->doc->tokens.item[first].lower);
        count = word.len && wordlist_get(p->head, word, &value);
    }
    *behind_out = first + count;
    if (count == 0)
        return HEAD_NONE;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_is(value, names[i].name))
            return names[i].kind;
    return HEAD_NONE;
}

static bool says(const struct wordlist *list, struct str key, const char *word)
{
    struct str value;
    return wordlist_get(list, key, &value) && gazetteer_says(value, word);
}

/* Past numbers and words like "the", "all", "several" before a noun. */
uint32_t party_noun_leads(const struct parties *p, uint32_t first, uint32_t end)
{
    const struct token *token = p->doc->tokens.item;
    uint32_t bound = doc_match(p->doc, p->bound, first, end, NULL);
    if (first + bound < end) /* "lebih dari" */
        first += bound;
    while (first + 1 < end && token[first].mention == 0 &&
           (token[first].kind == TOKEN_NUMBER ||
            wordlist_get(p->phrases->lists.eventword, token[first].lower, NULL) ||
            says(p->anonymous, token[first].lower, "lead") ||
            wordlist_get(p->number, token[first].lower, NULL)))
        first++;
    return first;
}

bool party_noun_det(const struct parties *p, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        if (says(p->syntax, p->doc->tokens.item[i].lower, "det"))
            return true;
    return false;
}

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

/* "Presiden Rusia": the person a role of the text gives that title, where only one has
 * it; "pemimpin Rusia": the only person with a title of that country. */
static uint32_t role_of(const struct parties *p, const struct office *office)
{
    uint32_t best = DOC_NONE, leader = DOC_NONE;
    bool many = false, leaders = false;
    for (uint32_t r = 0; r < p->role_count; r++) {
        const struct found *found = &p->doc->found.item[p->role[r]];
        if (fits_office(office, &found->fact)) {
            many |= best != DOC_NONE && best != found->entity;
            best = found->entity;
        }
        if (!office->title && office->country.ptr && found->fact.country.ptr &&
            str_eq(office->country, found->fact.country)) {
            leaders |= leader != DOC_NONE && leader != found->entity;
            leader = found->entity;
        }
    }
    if (best != DOC_NONE)
        return many ? DOC_NONE : best;
    return leaders ? DOC_NONE : leader;
}

/* "mereka", "pasukannya" in what a body is said to say: its own. "pihaknya" is also a
 * person's (people). */
static void read_own(const struct parties *p, bool people, struct party *out)
{
    if (p->speaker == DOC_NONE || p->direct ||
        (!people && p->doc->entities.item[p->speaker].type == ENTITY_PER))
        return;
    party_add(out, p->speaker);
    out->guessed = true;
}

void party_noun_keep(struct parties *p, uint32_t person)
{
    if (p->person != person)
        p->other = p->person;
    p->person = person;
}

static void read_pronoun(struct parties *p, uint32_t at, enum party_side side,
                         struct party *out)
{
    struct str value = STR_NONE;
    out->guessed = true;
    out->people = true;
    party_see(p, at);
    wordlist_get(p->pronoun, p->doc->tokens.item[at].lower, &value);
    bool one = gazetteer_says(value, "one");
    if (one && side == PARTY_TARGET && p->blame && p->suspect != DOC_NONE)
        party_add(out, p->suspect); /* not the officer who tells it */
    else if (one)                   /* "he" in somebody's own words is somebody else */
        party_add(out, p->direct && p->person == p->speaker ? p->other : p->person);
    else if (side == PARTY_ACTOR && gazetteer_says(value, "many"))
        read_own(p, false, out);
}

/* A description of somebody or something named before: "diktator tersebut". */
static void read_description(struct parties *p, enum head_kind kind, uint32_t first,
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
            party_noun_keep(p, who);
    }
}

/* "pelaku", "korban": who is told to be one, or is named behind. */
static void read_role_in_crime(const struct parties *p, enum head_kind kind,
                               uint32_t first, uint32_t end, bool one, struct party *out)
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

bool party_noun_fits(const struct mention *m, enum party_side side)
{
    return side == PARTY_TARGET || m->type != ENTITY_LOC;
}

bool party_noun_person(const struct parties *p, uint32_t at)
{
    return says(p->anonymous, p->doc->tokens.item[at].lower, "person");
}

/* What one noun phrase's tokens stand for. */
void party_noun_read(struct parties *p, uint32_t first, uint32_t end,
                     enum party_side side, struct party *out)
{
    const struct token *token = p->doc->tokens.item;
    uint32_t from = party_noun_leads(p, first, end), behind;
    const struct mention *m = party_noun_mention(p, from);
    if (m && m->first >= from) {
        if (party_noun_fits(m, side))
            party_add(out, m->entity);
        out->people |= m->type == ENTITY_PER;
        return;
    }
    if (wordlist_get(p->pronoun, token[from].lower, NULL)) {
        read_pronoun(p, from, side, out);
        return;
    }
    enum head_kind kind = party_head(p, from, end, &behind);
    bool title = (kind == HEAD_NONE || kind == HEAD_LEADER) &&
                 doc_match(p->doc, p->title, from, end, NULL) > 0;
    out->troops |= kind == HEAD_FORCE;
    out->people |= kind == HEAD_FORCE || kind == HEAD_PEOPLE || kind == HEAD_LEADER ||
                   title || party_noun_person(p, from);
    if (title || kind == HEAD_LEADER || party_noun_person(p, from)) {
        m = party_noun_first(p, from, end, ENTITY_PER);
        if (m) {
            party_add(out, m->entity);
            return;
        }
    }
    bool one = from == first; /* not "kedua pemimpin itu" */
    if (one &&
        (kind == HEAD_COUNTRY || kind == HEAD_COMPANY || kind == HEAD_LEADER || title)) {
        read_description(p, kind, from, end, out);
        m = party_noun_first(p, from, end, ENTITY_GPE);
        if (out->count == 0 && title && m &&
            p->doc->entities.item[m->entity].country.ptr) {
            party_add(out, m->entity); /* "Menteri Luar Negeri Angola": a state's */
            out->guessed = true;
        }
        if (out->count || kind == HEAD_LEADER || title)
            return;
    }
    if (kind == HEAD_SUSPECT || kind == HEAD_VICTIM) {
        read_role_in_crime(p, kind, from, end, one, out);
        if (out->count)
            return;
    }
    m = party_noun_first(p, from, end, ENTITY_NONE);
    const struct mention *person = party_noun_first(p, from, end, ENTITY_PER);
    bool owns = kind == HEAD_FORCE || kind == HEAD_BODY || kind == HEAD_PEOPLE ||
                kind == HEAD_ACT || (kind == HEAD_PLACE && side == PARTY_TARGET);
    if (owns && m == NULL && str_ends(token[from].lower, STR("nya")))
        read_own(p, true, out);
    if (!owns && person)
        m = person; /* "permintaan Perdana Menteri X, Y": Y's */
    if (m == NULL || !party_noun_fits(m, side) || (!owns && side == PARTY_ACTOR))
        return;
    party_add(out, m->entity);
    if (!owns) {
        out->inner = true;
        if (m->first > from)
            out->object = str_slice(p->doc->text, token[from].span.begin,
                                    token[m->first - 1].span.end);
    }
}
