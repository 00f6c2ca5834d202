/* Roles: the chains of titles of the text, given to those who bear them. */

#include "worker/extract/role.h"

#include "proto/base/utf8.h"

static bool is_new(struct role_reader *reader, uint32_t person, struct str title)
{
    char *lower = arena_alloc(reader->doc->arena, title.len * 2 + 4);
    struct str low = str_make(lower, utf8_lower_str(title, lower));
    struct str key = arena_printf(reader->doc->arena, "%u %.*s", person, STR_ARG(low));
    uint32_t *at = name_table_at(&reader->seen, key, true);
    return (*at)++ == 0;
}

static void add_role(struct role_reader *reader, const struct role_office *office,
                     uint32_t person, uint32_t first, uint32_t end)
{
    struct doc *doc = reader->doc;
    if (office->title.bound && !reader->linked && office->organisation == DOC_NONE &&
        office->country == DOC_NONE)
        return;
    struct span span = {doc->tokens.item[office->title.first].span.begin,
                        doc->tokens.item[office->title.end - 1].span.end};
    struct str title = doc_span_text(doc, span);
    if (!is_new(reader, person, title))
        return;
    struct entity *entity = &doc->entities.item[person];
    struct found *found = doc_add(doc, FACT_ROLE, first, end, "role.title",
                                  office->title.kind == TITLE_RANK ? 0.85 : 0.8);
    found->entity = person;
    found->fact.person = entity->name;
    found->fact.title = title;
    found->fact.rule_cue = span;
    if (office->organisation != DOC_NONE)
        found->fact.organisation = entity_name(doc, office->organisation);
    if (office->country != DOC_NONE)
        found->fact.country = doc->entities.item[office->country].country;
    if (office->title.former || reader->ended)
        found->fact.former = RECORD_TRUE;
    if (entity->country.ptr == NULL)
        entity->country = office->country != DOC_NONE
                              ? doc->entities.item[office->country].country
                          : office->organisation != DOC_NONE &&
                                  doc->entities.item[office->organisation].country.ptr
                              ? doc->entities.item[office->organisation].country
                              : office->title.country;
}

static void add_chain(struct role_reader *reader, uint32_t person, uint32_t first,
                      uint32_t end)
{
    for (uint32_t i = 0; i < reader->count; i++)
        add_role(reader, &reader->chain[i], person, first, end);
}

/* What stands between commas ends where it should: at punctuation, or with its office;
 * behind a word that links it to the person, anywhere. An office of an unknown name may
 * follow ("Ketua MRI Wilayah Riau") where the person has no title before. */
static bool stands_apart(const struct role_reader *reader, bool titled)
{
    uint32_t end = titled ? reader->end : role_skip_unknown(reader, reader->end);
    if (role_says(reader, end, "of") && role_mention_from(reader->doc, end + 1))
        return true; /* "analis di X", who or whatever that is */
    return reader->end >= reader->limit || role_exact(reader) || reader->linked ||
           end >= reader->limit || reader->doc->tokens.item[end].kind == TOKEN_PUNCT;
}

/* The chain is of all in a list "A, B, dan C" that begins with `person`: its end. */
static uint32_t add_list(struct role_reader *reader, const struct mention *person,
                         uint32_t first)
{
    uint32_t end = first;
    while (person) {
        add_chain(reader, person->entity, first, person->end);
        reader->last = person->entity;
        first = person->first;
        end = person->end;
        uint32_t at = role_skip_brackets(reader, end), from = at;
        at += at < reader->limit && reader->doc->tokens.item[at].mark == MARK_COMMA;
        at += role_says(reader, at, "join");
        person = at > from ? role_person_from(reader, at) : NULL;
        first = person ? person->first : first;
    }
    return end;
}

static bool is_joined_pair(const struct role_reader *reader)
{
    return reader->count == 2 && reader->chain[0].joined;
}

/* The chain is of `person`, named behind it at `at`, or of those who stand beside. */
static uint32_t give_next(struct role_reader *reader, uint32_t at,
                          const struct mention *person)
{
    const struct doc *doc = reader->doc;
    uint32_t behind = person->end;
    bool comma = behind < reader->limit && doc->tokens.item[behind].mark == MARK_COMMA;
    const struct mention *second = NULL;
    bool two = is_joined_pair(reader) && role_says(reader, behind, "two");
    if (comma || two || role_says(reader, behind, "join"))
        second = role_person_from(reader, behind + 1);
    if (second && comma && !role_exact(reader) &&
        reader->chain[reader->count - 1].title.serves) {
        /* "juru bicara Presiden A, B" */
        person = second;
    } else if (second && !comma && is_joined_pair(reader)) {
        /* "Presiden dan Wakil Presiden A dan B", "A-B" */
        add_role(reader, &reader->chain[0], person->entity, at, person->end);
        add_role(reader, &reader->chain[1], second->entity, at, second->end);
        reader->last = second->entity;
        return second->end;
    }
    add_chain(reader, person->entity, at, person->end);
    reader->last = person->entity;
    reader->titled = person->end;
    return person->end;
}

/* A name without a title stands before the comma at `at`: "Dini Kusuma, Kepala …". */
static bool names_before(const struct role_reader *reader, uint32_t first, uint32_t at)
{
    if (at < first + 2 || reader->doc->tokens.item[at - 1].mark != MARK_COMMA)
        return false;
    uint32_t mention = mention_at(reader->doc, at - 2);
    return mention != DOC_NONE && reader->titled != at - 1 &&
           reader->doc->mentions.item[mention].type == ENTITY_PER;
}

/* "Kepala BPTD Kelas II Kepri, Dini Kusuma": behind an office without a known name. */
static const struct mention *behind_unknown(const struct role_reader *reader,
                                            uint32_t first, uint32_t at, uint32_t behind)
{
    uint32_t end = role_skip_unknown(reader, behind);
    return end > behind && end < reader->limit && !role_exact(reader) &&
                   reader->doc->tokens.item[end].mark == MARK_COMMA &&
                   !names_before(reader, first, at)
               ? role_person_from(reader, end + 1)
               : NULL;
}

/* The persons behind the chain that ends before `behind`, whose it is: the token behind
 * them, or 0. */
static uint32_t give_behind(struct role_reader *reader, uint32_t first, uint32_t at,
                            uint32_t behind)
{
    const struct mention *next = role_person_from(reader, behind);
    if (next) {
        /* "tiga wasit A, B, dan C", "ganda putra A/B" */
        bool plural = role_is_plural(reader, first, at) ||
                      (!is_joined_pair(reader) && role_says(reader, next->end, "pair") &&
                       role_person_from(reader, next->end + 1));
        role_share_office(reader);
        return plural ? add_list(reader, next, at) : give_next(reader, at, next);
    }
    next = role_listed_behind(reader, behind);
    if (next)
        return add_list(reader, next, at);
    next = behind_unknown(reader, first, at, behind);
    if (next)
        return give_next(reader, at, next);
    next = role_behind_clause(reader, behind);
    if (next == NULL)
        next = role_called(reader, behind);
    if (next)
        add_chain(reader, next->entity, at, next->end);
    return next ? behind : 0;
}

/* ", ahli di X dan penulis utama": one more title of the person. */
static uint32_t add_more(struct role_reader *reader, uint32_t person, uint32_t begin,
                         uint32_t at)
{
    while (role_says(reader, at, "join") && !role_person_from(reader, at + 1)) {
        uint32_t behind = role_read_chain(reader, at + 1);
        if (behind <= at + 1 || reader->count == 0 || role_person_from(reader, behind))
            break;
        add_chain(reader, person, begin, reader->end);
        at = behind;
    }
    return at;
}

/* "Pelatih itu pergi", "ujar pelatih itu": the one who is spoken of anyway. */
static bool is_subject(const struct role_reader *reader, uint32_t first, uint32_t at)
{
    struct str value;
    return at == first || (token_get(&reader->doc->tokens.item[at - 1],
                                     reader->gazetteer.namecue, &value) &&
                           gazetteer_says(value, "say"));
}

/* Who a chain at `at` that points back to somebody is of; DOC_NONE: it does not. */
static uint32_t bearer_meant(struct role_reader *reader, uint32_t first, uint32_t at,
                             uint32_t behind)
{
    uint32_t end = role_points_back(reader, behind);
    if (at > first && mention_at(reader->doc, at - 1) == DOC_NONE &&
        reader->doc->tokens.item[at - 1].shape == SHAPE_UPPER)
        return DOC_NONE; /* "terkait OTT Bupati X tersebut" */
    if (end == behind || reader->count == 0 || role_is_plural(reader, first, at))
        return DOC_NONE;
    return role_exact(reader) || is_subject(reader, first, at) ? role_person_meant(reader)
                                                               : DOC_NONE;
}

/* "Rita, pengacara Budi, …", "Budi (45), Kepala Desa Sukamaju, …": who stands before the
 * title bears it, though a name follows. The token behind that one, or 0. */
static uint32_t give_before(struct role_reader *reader, uint32_t first, uint32_t at,
                            uint32_t behind)
{
    const struct title *title = &reader->chain[reader->count - 1].title;
    const struct mention *next = role_person_from(reader, behind);
    uint32_t begin = at;
    bool as = at > first + 1 && role_says(reader, at - 1, "as") &&
              !role_says(reader, at - 1, "relative") &&
              mention_at(reader->doc, at - 2) != DOC_NONE; /* "Budi sebagai staf Rita" */
    if (next == NULL || role_exact(reader) || !(title->serves || title->local || as) ||
        (!as && next->end < reader->limit &&
         reader->doc->tokens.item[next->end].kind != TOKEN_PUNCT))
        return 0;
    uint32_t person = role_person_before(reader, first, at, &begin);
    if (person == DOC_NONE || person == next->entity)
        return 0;
    add_chain(reader, person, begin, reader->end);
    return next->end;
}

/* "Mantan Gubernur X yang juga calon presiden Budi": both titles are Budi's. The token
 * behind the name, or 0. */
static uint32_t give_both(struct role_reader *reader, uint32_t at, uint32_t behind)
{
    if (!role_says(reader, behind, "relative") || !role_says(reader, behind + 1, "as"))
        return 0;
    struct role_reader before = *reader;
    uint32_t from = behind + 2;
    while (role_says(reader, from, "as") || role_says(reader, from, "article"))
        from++;
    uint32_t end = role_read_chain(reader, from);
    const struct mention *person =
        end > from && reader->count ? role_person_from(reader, end) : NULL;
    if (person) {
        role_share_office(reader);
        add_chain(reader, person->entity, at, person->end);
    }
    before.seen = reader->seen;
    *reader = before;
    if (person == NULL)
        return 0;
    add_chain(reader, person->entity, at, person->end);
    reader->last = person->entity;
    return person->end;
}

/* A title phrase at `at`: the token behind it, or 0. */
static uint32_t read_phrase(struct role_reader *reader, uint32_t first, uint32_t at)
{
    if (role_says(reader, at, "led") && at > first &&
        mention_at(reader->doc, at - 1) != DOC_NONE)
        return at + 1; /* "Partai X pimpinan Ketua Umum Y" */
    uint32_t behind = role_read_chain(reader, at), begin = at;
    reader->ended = reader->linked = false;
    if (behind <= at || reader->count == 0)
        return 0;
    if (at > first && role_says(reader, at - 1, "class"))
        return behind; /* "di sektor tunggal putri, Rita" */
    uint32_t given = give_before(reader, first, at, behind);
    if (!given)
        given = give_both(reader, at, behind);
    reader->ended = reader->linked = false;
    if (!given)
        given = give_behind(reader, first, at, behind);
    if (given)
        return given;
    role_share_office(reader);
    uint32_t person = role_person_before(reader, first, at, &begin);
    bool apart = person != DOC_NONE && stands_apart(reader, reader->titled + 1 == at);
    if (person == DOC_NONE) {
        person = bearer_meant(reader, first, at, behind);
        apart = person != DOC_NONE;
    }
    if (person != DOC_NONE && reader->end > at && apart) {
        add_chain(reader, person, begin, reader->end);
        reader->ended = false;
        return add_more(reader, person, begin, behind);
    }
    return behind;
}

/* Whether the token at `at` stands in what is quoted: there others are spoken of. */
static bool is_quoted(struct role_reader *reader, uint32_t at)
{
    uint8_t mark = reader->doc->tokens.item[at].mark;
    if (mark == MARK_QUOTE_OPEN || mark == MARK_QUOTE_CLOSE)
        reader->quoted = mark == MARK_QUOTE_OPEN;
    return reader->quoted;
}

static void read_sentence(struct role_reader *reader, const struct sentence *sentence)
{
    struct doc *doc = reader->doc;
    bool goes_on = false; /* a pronoun stands for the one spoken of before */
    struct str value;
    reader->limit = sentence->end;
    reader->named = false;
    reader->inner = DOC_NONE;
    if (sentence->line != reader->line)
        reader->quoted = false; /* marks are balanced by lines */
    reader->line = sentence->line;
    for (uint32_t at = sentence->first; at < sentence->end;) {
        uint32_t mention = mention_at(doc, at), before = reader->last, end = 0;
        bool quoted = is_quoted(reader, at);
        if (mention == DOC_NONE)
            end = read_phrase(reader, sentence->first, at);
        else if (doc->mentions.item[mention].type == ENTITY_PER)
            reader->last = doc->mentions.item[mention].entity;
        if (quoted) {
            reader->inner = reader->last != before ? reader->last : reader->inner;
            reader->last = before;
        }
        bool person = quoted ? false
                      : mention == DOC_NONE
                          ? reader->last != before
                          : doc->mentions.item[mention].type == ENTITY_PER;
        if (!quoted && token_get(&doc->tokens.item[at], reader->pronoun, &value))
            goes_on |= gazetteer_says(value, "one");
        if (person && !reader->named && !goes_on)
            reader->topic = reader->last;
        reader->named |= person;
        at = end ? end : at + 1;
    }
}

void extract_roles(struct doc *doc)
{
    struct role_reader reader = {.doc = doc, .last = DOC_NONE, .topic = DOC_NONE};
    gazetteer_open(&reader.gazetteer, doc->lang);
    reader.rolelink = lexicon_list(doc->lang->lexicon, "rolelink");
    reader.syntax = lexicon_list(doc->lang->lexicon, "syntax");
    reader.pronoun = lexicon_list(doc->lang->lexicon, "pronoun");
    name_table_init(&reader.seen, doc->arena, doc->tokens.count + 1);
    for (uint32_t s = 0; s < doc->sentences.count; s++)
        if (doc->sentences.item[s].drop == DROP_NOT)
            read_sentence(&reader, &doc->sentences.item[s]);
}
