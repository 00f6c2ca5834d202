#include "worker/extract/party.h"

#include "worker/extract/gazetteer.h"

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
                                .number = lexicon_list(lexicon, "number"),
                                .person = DOC_NONE,
                                .country = DOC_NONE,
                                .company = DOC_NONE,
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

static const struct mention *mention_of(const struct parties *p, uint32_t at)
{
    uint32_t mention = mention_at(p->doc, at);
    if (mention == DOC_NONE || p->doc->mentions.item[mention].entity == DOC_NONE)
        return NULL;
    return &p->doc->mentions.item[mention];
}

static const struct mention *first_mention(const struct parties *p, uint32_t first,
                                           uint32_t end, int type)
{
    for (uint32_t i = first; i < end; i++) {
        const struct mention *m = mention_of(p, i);
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
        {"force", HEAD_FORCE},   {"body", HEAD_BODY},       {"people", HEAD_PEOPLE},
        {"act", HEAD_ACT},       {"place", HEAD_PLACE},     {"intent", HEAD_INTENT},
        {"leader", HEAD_LEADER}, {"country", HEAD_COUNTRY}, {"company", HEAD_COMPANY}};
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
static uint32_t skip_leads(const struct parties *p, uint32_t first, uint32_t end)
{
    const struct token *token = p->doc->tokens.item;
    while (first + 1 < end && token[first].mention == 0 &&
           (token[first].kind == TOKEN_NUMBER ||
            wordlist_get(p->phrases->lists.eventword, token[first].lower, NULL) ||
            says(p->anonymous, token[first].lower, "lead") ||
            wordlist_get(p->number, token[first].lower, NULL)))
        first++;
    return first;
}

static bool has_det(const struct parties *p, uint32_t first, uint32_t end)
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

/* "mereka", "pasukannya" in what a body is said to say: its own. */
static void read_own(const struct parties *p, struct party *out)
{
    if (p->speaker == DOC_NONE || p->direct ||
        p->doc->entities.item[p->speaker].type == ENTITY_PER)
        return;
    party_add(out, p->speaker);
    out->guessed = true;
}

static void read_pronoun(struct parties *p, uint32_t at, struct party *out)
{
    struct str value = STR_NONE;
    out->guessed = true;
    out->people = true;
    party_see(p, at);
    wordlist_get(p->pronoun, p->doc->tokens.item[at].lower, &value);
    if (gazetteer_says(value, "one") && !(p->direct && p->person == p->speaker))
        party_add(out, p->person);
    else if (gazetteer_says(value, "many"))
        read_own(p, out);
}

/* A description of somebody or something named before: "diktator tersebut". */
static void read_description(struct parties *p, enum head_kind kind, uint32_t first,
                             uint32_t end, struct party *out)
{
    const struct mention *gpe = first_mention(p, first, end, ENTITY_GPE);
    const struct mention *org = first_mention(p, first, end, ENTITY_ORG);
    const struct token *token = p->doc->tokens.item;
    struct office office = {
        .words =
            str_slice(p->doc->text, token[first].span.begin, token[end - 1].span.end),
        .country = gpe ? p->doc->entities.item[gpe->entity].country : STR_NONE,
        .organisation = org ? entity_name(p->doc, org->entity) : STR_NONE,
        .det = has_det(p, first, end),
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
            p->person = who;
    }
}

static bool fits_side(const struct mention *m, enum party_side side)
{
    return side == PARTY_TARGET || m->type != ENTITY_LOC;
}

static bool is_person_noun(const struct parties *p, uint32_t at)
{
    return says(p->anonymous, p->doc->tokens.item[at].lower, "person");
}

/* What one noun phrase's tokens stand for. */
static void read_noun(struct parties *p, uint32_t first, uint32_t end,
                      enum party_side side, struct party *out)
{
    const struct token *token = p->doc->tokens.item;
    uint32_t from = skip_leads(p, first, end), behind;
    const struct mention *m = mention_of(p, from);
    if (m && m->first >= from) {
        if (fits_side(m, side))
            party_add(out, m->entity);
        out->people |= m->type == ENTITY_PER;
        return;
    }
    if (wordlist_get(p->pronoun, token[from].lower, NULL)) {
        read_pronoun(p, from, out);
        return;
    }
    enum head_kind kind = party_head(p, from, end, &behind);
    bool title = (kind == HEAD_NONE || kind == HEAD_LEADER) &&
                 doc_match(p->doc, p->title, from, end, NULL) > 0;
    out->troops |= kind == HEAD_FORCE;
    out->people |= kind == HEAD_FORCE || kind == HEAD_PEOPLE || kind == HEAD_LEADER ||
                   title || is_person_noun(p, from);
    if (title || kind == HEAD_LEADER || is_person_noun(p, from)) {
        m = first_mention(p, from, end, ENTITY_PER);
        if (m) {
            party_add(out, m->entity);
            return;
        }
    }
    bool one = from == first; /* not "kedua pemimpin itu" */
    if (one &&
        (kind == HEAD_COUNTRY || kind == HEAD_COMPANY || kind == HEAD_LEADER || title)) {
        read_description(p, kind, from, end, out);
        m = first_mention(p, from, end, ENTITY_GPE);
        if (out->count == 0 && title && m &&
            p->doc->entities.item[m->entity].country.ptr) {
            party_add(out, m->entity); /* "Menteri Luar Negeri Angola": a state's */
            out->guessed = true;
        }
        if (out->count || kind == HEAD_LEADER || title)
            return;
    }
    m = first_mention(p, from, end, ENTITY_NONE);
    const struct mention *person = first_mention(p, from, end, ENTITY_PER);
    bool owns = kind == HEAD_FORCE || kind == HEAD_BODY || kind == HEAD_PEOPLE ||
                kind == HEAD_ACT || (kind == HEAD_PLACE && side == PARTY_TARGET);
    if (owns && m == NULL && str_ends(token[from].lower, STR("nya")))
        read_own(p, out);
    if (!owns && person)
        m = person; /* "permintaan Perdana Menteri X, Y": Y's */
    if (m == NULL || !fits_side(m, side) || (!owns && side == PARTY_ACTOR))
        return;
    party_add(out, m->entity);
    if (!owns) {
        out->inner = true;
        if (m->first > from)
            out->object = str_slice(p->doc->text, token[from].span.begin,
                                    token[m->first - 1].span.end);
    }
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
    read_noun(p, first, end, side, out);
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
    read_noun(p, phrase->first, phrase->end, side, out);
    /* "pasukan dari Korea Utara" */
    if (out->count == 0 && has_force(p, phrase->first, phrase->end) &&
        phrase_is(p->phrases, at + 1, PHRASE_PREP) &&
        p->phrases->item[at + 1].role == ROLE_FROM &&
        phrase_is(p->phrases, at + 2, PHRASE_NOUN)) {
        const struct mention *m = mention_of(p, p->phrases->item[at + 2].first);
        party_add(out, m && fits_side(m, side) ? m->entity : DOC_NONE);
    }
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
           mention_of(p, p->phrases->item[at].first) != NULL;
}

/* "Menteri Luar Negeri AS, Antony Blinken, …", "kelompok bersenjata Lebanon, Hizbullah,
 * …": the phrase with the name. */
static uint32_t apposed(const struct parties *p, uint32_t at)
{
    const struct phrases *ph = p->phrases;
    if (!phrase_is(ph, at + 1, PHRASE_COMMA) || !begins_named(p, at + 2))
        return DOC_NONE;
    const struct phrase *phrase = &ph->item[at];
    if (has_det(p, phrase->end - 1, phrase->end))
        return DOC_NONE;
    const struct mention *m = mention_of(p, ph->item[at + 2].first);
    uint32_t first = skip_leads(p, phrase->first, phrase->end), behind;
    if (first_mention(p, first, phrase->end, m->type) ||
        first_mention(p, first, phrase->end, ENTITY_PER))
        return DOC_NONE;
    enum head_kind kind = party_head(p, first, phrase->end, &behind);
    bool title = doc_match(p->doc, p->title, first, phrase->end, NULL) > 0;
    bool fits = m->type == ENTITY_PER
                    ? title || kind == HEAD_LEADER || is_person_noun(p, first)
                    : m->type == ENTITY_ORG && (kind == HEAD_FORCE || kind == HEAD_BODY);
    return fits ? at + 2 : DOC_NONE;
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
    if (!phrase_is(ph, next, PHRASE_NOUN) ||
        (phrase_is(ph, phrase_behind(ph, next), PHRASE_VERB) && !ph->item[next].governed))
        return DOC_NONE;
    return next;
}

void party_behind(struct parties *p, uint32_t at, enum party_side side, struct party *out)
{
    const struct phrases *ph = p->phrases;
    *out = (struct party){0};
    if (!phrase_is(ph, at, PHRASE_NOUN))
        return;
    uint32_t names = apposed(p, at);
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
            first_mention(p, phrase->first, phrase->end, ENTITY_PER);
        const struct mention *gpe =
            first_mention(p, phrase->first, phrase->end, ENTITY_GPE);
        const struct mention *org =
            first_mention(p, phrase->first, phrase->end, ENTITY_ORG);
        if (person &&
            (!phrase->governed || phrase->role == ROLE_BY || p->person == DOC_NONE))
            p->person = person->entity;
        if (gpe)
            p->country = gpe->entity;
        if (org && (!phrase->governed || p->company == DOC_NONE))
            p->company = org->entity;
    }
}
