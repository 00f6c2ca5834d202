/* Who is what. A title phrase is a chain of titles, each with the organisation or the
 * country behind it: "Kepala BPS", "Presiden Rusia", "komandan Angkatan Darat Inggris
 * Kolonel". It belongs to the person named right behind it, or, between commas or after
 * a word that says so, to the one named right before it. */

#include "worker/extract/mention.h"
#include "worker/extract/names.h"

#include "proto/base/utf8.h"

/* Titles of one person in one place. */
#define CHAIN_MOST 6
/* Plain words between a title and what it is of: "pengelola tempat wisata". */
#define LOOSE_WORDS 3
/* Words of a short form in brackets. */
#define BRACKET_WORDS 3
/* Tokens between a title and the list of those who bear it: "tiga wasit …, yakni". */
#define LIST_REACH 14
/* Tokens of a clause between a title and its bearer: "gelandang yang …, Arda Turan,". */
#define CLAUSE_REACH 25
/* Words between a verb that makes somebody something and "sebagai". */
#define CHANGE_REACH 4

struct office { /* one title and what it is of */
    struct title title;
    bool joined;                    /* to the next one: "Ketua dan pendiri X" */
    uint32_t organisation, country; /* entities, or DOC_NONE */
};

struct reader {
    struct doc *doc;
    struct gazetteer gazetteer;
    const struct wordlist *rolelink;
    struct name_table seen;
    uint32_t limit;
    uint32_t last;  /* the person named last, before what is read; DOC_NONE none */
    uint32_t topic; /* the one named first in the sentence of last */
    bool ended;     /* the words before the title say that it is over */
    struct office chain[CHAIN_MOST];
    uint32_t count;
    uint32_t end; /* of the chain */
};

static bool says(const struct reader *reader, uint32_t at, const char *what)
{
    struct str value;
    return at < reader->limit &&
           token_get(&reader->doc->tokens.item[at], reader->rolelink, &value) &&
           gazetteer_says(value, what);
}

static const struct mention *mention_from(const struct doc *doc, uint32_t at)
{
    uint32_t index = mention_at(doc, at);
    const struct mention *mention = index == DOC_NONE ? NULL : &doc->mentions.item[index];
    return mention && mention->first == at ? mention : NULL;
}

static bool is_state(const struct reader *reader, const struct mention *mention)
{
    struct gazetteer_entry entry;
    return mention->type == ENTITY_GPE &&
           gazetteer_match(&reader->gazetteer, reader->doc, mention->first, mention->end,
                           &entry) &&
           entry.state;
}

/* "Menteri Perhubungan (Menhub)": behind a short form in brackets, or `at`. */
static uint32_t skip_brackets(const struct reader *reader, uint32_t at)
{
    const struct token *token = reader->doc->tokens.item;
    if (at >= reader->limit || token[at].mark != MARK_BRACKET_OPEN)
        return at;
    for (uint32_t i = at + 1; i < reader->limit && i <= at + BRACKET_WORDS + 1; i++)
        if (token[i].mark == MARK_BRACKET_CLOSE)
            return i + 1;
    return at;
}

/* What the title is of, from token `at` on: the token behind it. */
static uint32_t read_of(struct reader *reader, struct office *office, uint32_t at)
{
    uint32_t link = says(reader, at, "of") ? 1u : 0u;
    const struct mention *mention;
    while (at + link < reader->limit &&
           (mention = mention_from(reader->doc, at + link)) != NULL &&
           mention->type != ENTITY_PER) {
        if (is_state(reader, mention)) {
            if (office->country == DOC_NONE && office->organisation == DOC_NONE)
                office->country = mention->entity;
        } else if (office->organisation == DOC_NONE) {
            office->organisation = mention->entity;
        }
        at = skip_brackets(reader, mention->end);
        link = says(reader, at, "of") ? 1u : 0u;
    }
    return at;
}

/* Plain words that go on with the title as far as a mention: the mention, or `at`. */
static uint32_t read_loose(const struct reader *reader, uint32_t at)
{
    for (uint32_t n = 0; n <= LOOSE_WORDS && at + n < reader->limit; n++) {
        const struct token *token = &reader->doc->tokens.item[at + n];
        const struct mention *mention = mention_from(reader->doc, at + n);
        if (mention)
            return mention->type == ENTITY_PER ? at : at + n;
        bool roman = token->shape > SHAPE_LOWER && n == 0 &&
                     strspn(token->text.ptr, "IVX") >= token->text.len;
        if (roman || str_starts(token->lower, STR("ke-")))
            continue; /* "Presiden ke-7 RI", "Waketum I PBSI" */
        if (token->shape != SHAPE_LOWER || token->kind != TOKEN_WORD ||
            token_get(token, reader->gazetteer.capstop, NULL) ||
            says(reader, at + n, "of") || says(reader, at + n, "as") ||
            token_get(token, reader->gazetteer.namecue, NULL))
            break;
    }
    return at;
}

/* "Stafsus Presiden": the title read last is what the one before it is of. */
static bool goes_on(struct reader *reader)
{
    struct office *office = &reader->chain[reader->count];
    struct office *before = office - 1;
    if (reader->count == 0 || office->title.kind != TITLE_ROLE ||
        before->title.kind != TITLE_ROLE || before->title.end != office->title.first ||
        before->organisation != DOC_NONE || before->country != DOC_NONE)
        return false;
    before->title.end = office->title.end;
    before->organisation = office->organisation;
    before->country = office->country;
    return true;
}

/* "Kapolresta Bandara Soekarno-Hatta, Kombes Wisnu": a comma before a rank. */
static uint32_t rank_behind(const struct reader *reader, uint32_t at)
{
    struct title title;
    return at < reader->limit && reader->doc->tokens.item[at].mark == MARK_COMMA &&
           title_read(&reader->gazetteer, reader->doc, at + 1, reader->limit, &title) &&
           title.kind != TITLE_ROLE;
}

/* A word at `at` joins the title before to another one, with which it shares what it is
 * of: the token behind it, or `at`. */
static uint32_t join_behind(const struct reader *reader, uint32_t at)
{
    const struct office *office = &reader->chain[reader->count - 1];
    bool bare = office->organisation == DOC_NONE && office->country == DOC_NONE;
    struct title title;
    if (!says(reader, at, "both") && !(bare && says(reader, at, "join")))
        return at;
    return at + 1 < reader->limit && mention_at(reader->doc, at + 1) == DOC_NONE &&
                   title_read(&reader->gazetteer, reader->doc, at + 1, reader->limit,
                              &title) &&
                   title.kind == TITLE_ROLE
               ? at + 1
               : at;
}

/* Joined titles without their own take what the next one is of. */
static void share_office(struct reader *reader)
{
    for (uint32_t i = reader->count - 1; i > 0; i--) {
        struct office *office = &reader->chain[i - 1];
        if (!office->joined || office->organisation != DOC_NONE ||
            office->country != DOC_NONE)
            continue;
        office->organisation = reader->chain[i].organisation;
        office->country = reader->chain[i].country;
    }
}

/* The chain of titles at `at`: the token behind it, or 0. */
static uint32_t read_chain(struct reader *reader, uint32_t at)
{
    reader->count = 0;
    while (reader->count < CHAIN_MOST && at < reader->limit &&
           mention_at(reader->doc, at) == DOC_NONE) {
        struct office *office = &reader->chain[reader->count];
        *office = (struct office){.organisation = DOC_NONE, .country = DOC_NONE};
        uint32_t end = title_read(&reader->gazetteer, reader->doc, at, reader->limit,
                                  &office->title);
        if (end == 0 || mention_at(reader->doc, end - 1) != DOC_NONE)
            break;
        if (office->title.kind == TITLE_ROLE) {
            office->title.end = end = read_loose(reader, end);
            end = read_of(reader, office, skip_brackets(reader, end));
        }
        if (office->title.kind != TITLE_HONOR && !goes_on(reader))
            reader->count++;
        at = end;
        reader->end = at;
        if (reader->count && office->title.kind == TITLE_ROLE &&
            (at = join_behind(reader, end)) > end) {
            reader->chain[reader->count - 1].joined = true;
            continue;
        }
        at += rank_behind(reader, at);
        /* "Perdana Menteri Israel, Benjamin": the comma before the name */
        if (at + 1 < reader->limit && reader->doc->tokens.item[at].mark == MARK_COMMA &&
            mention_from(reader->doc, at + 1) &&
            mention_from(reader->doc, at + 1)->type == ENTITY_PER)
            return at + 1;
    }
    return reader->count || reader->end == at ? at : 0;
}

static bool is_new(struct reader *reader, uint32_t person, struct str title)
{
    char *lower = arena_alloc(reader->doc->arena, title.len * 2 + 4);
    struct str low = str_make(lower, utf8_lower_str(title, lower));
    struct str key = arena_printf(reader->doc->arena, "%u %.*s", person, STR_ARG(low));
    uint32_t *at = name_table_at(&reader->seen, key, true);
    return (*at)++ == 0;
}

static void add_role(struct reader *reader, const struct office *office, uint32_t person,
                     uint32_t first, uint32_t end)
{
    struct doc *doc = reader->doc;
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

static void add_chain(struct reader *reader, uint32_t person, uint32_t first,
                      uint32_t end)
{
    for (uint32_t i = 0; i < reader->count; i++)
        add_role(reader, &reader->chain[i], person, first, end);
}

/* Behind the brackets that end before `at`, backwards; `at` where there are none. */
static uint32_t before_brackets(const struct reader *reader, uint32_t first, uint32_t at)
{
    const struct token *token = reader->doc->tokens.item;
    if (at <= first || token[at - 1].mark != MARK_BRACKET_CLOSE)
        return at;
    for (uint32_t i = at - 1; i > first && at - i <= BRACKET_WORDS + 2; i--)
        if (token[i - 1].mark == MARK_BRACKET_OPEN)
            return i - 1;
    return at;
}

/* "Kluivert diberhentikan PSSI sebagai": from the word before the title, `at`, back to
 * the verb; `at` where there is none. */
static uint32_t before_change(struct reader *reader, uint32_t first, uint32_t at)
{
    for (uint32_t i = at; i > first && at - i < CHANGE_REACH; i--) {
        if (says(reader, i - 1, "ended") || says(reader, i - 1, "made")) {
            reader->ended |= says(reader, i - 1, "ended");
            return i - 1;
        }
        uint32_t mention = mention_at(reader->doc, i - 1);
        if (mention != DOC_NONE && reader->doc->mentions.item[mention].type == ENTITY_PER)
            break;
    }
    return at;
}

/* The person named right before the title at `at`, who it may belong to; DOC_NONE none.
 */
static uint32_t person_before(struct reader *reader, uint32_t first, uint32_t at,
                              uint32_t *begin_out)
{
    const struct token *token = reader->doc->tokens.item;
    bool comma = false, word = false;
    while (at > first && says(reader, at - 1, "article"))
        at--;
    for (; at > first; at--) {
        if (says(reader, at - 1, "as"))
            word = true;
        else if (!says(reader, at - 1, "mid"))
            break;
        reader->ended |= says(reader, at - 1, "past");
    }
    if (word)
        at = before_change(reader, first, at);
    while (at > first && says(reader, at - 1, "mid"))
        at--;
    if (at > first && (token[at - 1].mark == MARK_COMMA ||
                       (!word && token[at - 1].mark == MARK_BRACKET_OPEN))) {
        at--;
        comma = true;
    }
    at = before_brackets(reader, first, at);
    uint32_t index = at > first ? mention_at(reader->doc, at - 1) : DOC_NONE;
    if (index == DOC_NONE || !(comma || word))
        return DOC_NONE;
    const struct mention *mention = &reader->doc->mentions.item[index];
    *begin_out = mention->first;
    return mention->type == ENTITY_PER ? mention->entity : DOC_NONE;
}

/* What stands between commas ends where it should: at punctuation, or with its office. */
static bool stands_apart(const struct reader *reader)
{
    return reader->end >= reader->limit ||
           reader->doc->tokens.item[reader->end].kind == TOKEN_PUNCT ||
           reader->chain[reader->count - 1].organisation != DOC_NONE ||
           reader->chain[reader->count - 1].country != DOC_NONE;
}

static const struct mention *person_from(const struct reader *reader, uint32_t at)
{
    const struct mention *mention =
        at < reader->limit ? mention_from(reader->doc, at) : NULL;
    return mention && mention->type == ENTITY_PER ? mention : NULL;
}

/* The chain is of all in a list "A, B, dan C" that begins with `person`: its end. */
static uint32_t add_list(struct reader *reader, const struct mention *person,
                         uint32_t first)
{
    uint32_t end = first;
    while (person) {
        add_chain(reader, person->entity, first, person->end);
        reader->last = person->entity;
        first = person->first;
        end = person->end;
        uint32_t at = skip_brackets(reader, end), from = at;
        at += at < reader->limit && reader->doc->tokens.item[at].mark == MARK_COMMA;
        at += says(reader, at, "join");
        person = at > from ? person_from(reader, at) : NULL;
        first = person ? person->first : first;
    }
    return end;
}

/* More than one bears the title at `at`: "tiga wasit", "para pemain". */
static bool is_plural(const struct reader *reader, uint32_t first, uint32_t at)
{
    return at > first && (reader->doc->tokens.item[at - 1].kind == TOKEN_NUMBER ||
                          says(reader, at - 1, "many"));
}

/* The title says of what: those named as examples bear it too. */
static bool exact(const struct reader *reader)
{
    const struct office *office = &reader->chain[reader->count - 1];
    return office->organisation != DOC_NONE || office->country != DOC_NONE;
}

/* "tiga wasit yang dipilih FIFA, yakni A, B, dan C": the first name, or NULL. */
static const struct mention *listed_behind(const struct reader *reader, uint32_t at)
{
    for (uint32_t n = 0; n < LIST_REACH && at < reader->limit; n++, at++) {
        struct title title;
        if (says(reader, at, "list") && (exact(reader) || says(reader, at, "all"))) {
            while (says(reader, at, "list"))
                at++;
            uint8_t mark = reader->doc->tokens.item[at].mark;
            at += at < reader->limit && (mark == MARK_COMMA || mark == MARK_COLON);
            return person_from(reader, at);
        }
        if (person_from(reader, at) ||
            (mention_at(reader->doc, at) == DOC_NONE &&
             title_read(&reader->gazetteer, reader->doc, at, reader->limit, &title)))
            break;
    }
    return NULL;
}

/* "gelandang Barcelona yang dipinjamkan ke klub lain, Arda Turan, …" */
static const struct mention *behind_clause(const struct reader *reader, uint32_t at)
{
    const struct token *token = reader->doc->tokens.item;
    if (!says(reader, at, "relative"))
        return NULL;
    for (uint32_t n = 0; n < CLAUSE_REACH && at < reader->limit; n++, at++) {
        if (token[at].mark == MARK_COMMA) {
            const struct mention *person = person_from(reader, at + 1);
            uint32_t inner = mention_at(reader->doc, at - 1);
            bool list =
                inner != DOC_NONE && reader->doc->mentions.item[inner].type == ENTITY_PER;
            return person && !list && person->end < reader->limit &&
                           token[person->end].mark == MARK_COMMA
                       ? person
                       : NULL;
        }
        if (token[at].kind == TOKEN_PUNCT && token[at].mark != MARK_DASH)
            break;
    }
    return NULL;
}

/* Who "politikus PAN itu" and "pemimpin AS itu" are: the one named last or spoken of. */
static uint32_t person_meant(const struct reader *reader)
{
    const struct office *office = &reader->chain[reader->count - 1];
    const uint32_t guess[] = {reader->last, reader->topic};
    uint32_t open = DOC_NONE; /* one whose country is not known */
    if (office->organisation != DOC_NONE || office->country == DOC_NONE)
        return reader->last;
    for (size_t i = 0; i < 2; i++) {
        if (guess[i] == DOC_NONE)
            continue;
        struct str own = reader->doc->entities.item[guess[i]].country;
        if (str_eq(own, reader->doc->entities.item[office->country].country))
            return guess[i];
        if (own.ptr == NULL && open == DOC_NONE)
            open = guess[i];
    }
    return open;
}

/* The persons behind the chain that ends before `behind`, whose it is: the token behind
 * them, or 0. */
static uint32_t give_behind(struct reader *reader, uint32_t first, uint32_t at,
                            uint32_t behind)
{
    const struct mention *next = person_from(reader, behind);
    if (next) {
        bool plural = is_plural(reader, first, at);
        share_office(reader);
        if (plural)
            return add_list(reader, next, at);
        const struct mention *second =
            says(reader, next->end, "join") ? person_from(reader, next->end + 1) : NULL;
        if (second && reader->count == 2 && reader->chain[0].joined) {
            /* "Presiden dan Wakil Presiden A dan B" */
            add_role(reader, &reader->chain[0], next->entity, at, next->end);
            add_role(reader, &reader->chain[1], second->entity, at, second->end);
            reader->last = second->entity;
            return second->end;
        }
        add_chain(reader, next->entity, at, next->end);
        reader->last = next->entity;
        return next->end;
    }
    next = listed_behind(reader, behind);
    if (next)
        return add_list(reader, next, at);
    next = behind_clause(reader, behind);
    if (next)
        add_chain(reader, next->entity, at, next->end);
    return next ? behind : 0;
}

/* ", ahli di X dan penulis utama": one more title of the person. */
static uint32_t add_more(struct reader *reader, uint32_t person, uint32_t begin,
                         uint32_t at)
{
    while (says(reader, at, "join") && !person_from(reader, at + 1)) {
        uint32_t behind = read_chain(reader, at + 1);
        if (behind <= at + 1 || reader->count == 0 || person_from(reader, behind))
            break;
        add_chain(reader, person, begin, reader->end);
        at = behind;
    }
    return at;
}

/* A title phrase at `at`: the token behind it, or 0. */
static uint32_t read_phrase(struct reader *reader, uint32_t first, uint32_t at)
{
    uint32_t behind = read_chain(reader, at), begin = at;
    reader->ended = false;
    if (behind <= at || reader->count == 0)
        return 0;
    uint32_t given = give_behind(reader, first, at, behind);
    if (given)
        return given;
    share_office(reader);
    uint32_t person = person_before(reader, first, at, &begin);
    bool apart = person != DOC_NONE && stands_apart(reader);
    const struct office *own = &reader->chain[0];
    if (person == DOC_NONE && says(reader, behind, "that") &&
        (own->organisation != DOC_NONE || own->country != DOC_NONE)) {
        person = person_meant(reader);
        apart = stands_apart(reader);
    }
    if (person != DOC_NONE && reader->end > at && apart) {
        add_chain(reader, person, begin, reader->end);
        reader->ended = false;
        return add_more(reader, person, begin, behind);
    }
    return behind;
}

void extract_roles(struct doc *doc)
{
    struct reader reader = {.doc = doc, .last = DOC_NONE, .topic = DOC_NONE};
    gazetteer_open(&reader.gazetteer, doc->lang);
    reader.rolelink = lexicon_list(doc->lang->lexicon, "rolelink");
    name_table_init(&reader.seen, doc->arena, doc->tokens.count + 1);
    for (uint32_t s = 0; s < doc->sentences.count; s++) {
        const struct sentence *sentence = &doc->sentences.item[s];
        if (sentence->drop != DROP_NOT)
            continue;
        reader.limit = sentence->end;
        bool named = false; /* somebody in this sentence */
        for (uint32_t at = sentence->first; at < sentence->end;) {
            uint32_t mention = mention_at(doc, at), before = reader.last;
            uint32_t end = 0;
            if (mention == DOC_NONE)
                end = read_phrase(&reader, sentence->first, at);
            else if (doc->mentions.item[mention].type == ENTITY_PER)
                reader.last = doc->mentions.item[mention].entity;
            if (!named && reader.last != before) {
                named = true;
                reader.topic = reader.last;
            }
            at = end ? end : at + 1;
        }
    }
}
