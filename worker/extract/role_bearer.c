/* Who bears a chain of titles: persons before it, listed behind it, or meant by it. */

#include "worker/extract/role.h"

/* Words of a short form in brackets. */
#define BRACKET_WORDS 3
/* Tokens between a title and the list of those who bear it: "tiga wasit …, yakni". */
#define LIST_REACH 14
/* Tokens of a clause between a title and its bearer: "gelandang yang …, Arda Turan,". */
#define CLAUSE_REACH 25
/* Words between a verb that makes somebody something and "sebagai". */
#define CHANGE_REACH 4
/* Tokens between a title and "bernama". */
#define CALLED_REACH 6
/* Words of an age or origin: "berusia 25 tahun itu". */
#define AGED_WORDS 4

/* Behind the brackets that end before `at`, backwards; `at` where there are none. */
static uint32_t before_brackets(const struct role_reader *reader, uint32_t first,
                                uint32_t at)
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
static uint32_t before_change(struct role_reader *reader, uint32_t first, uint32_t at)
{
    for (uint32_t i = at; i > first && at - i < CHANGE_REACH; i--) {
        if (role_says(reader, i - 1, "ended") || role_says(reader, i - 1, "made")) {
            reader->ended |= role_says(reader, i - 1, "ended");
            return i - 1;
        }
        uint32_t mention = mention_at(reader->doc, i - 1);
        if (mention != DOC_NONE && reader->doc->mentions.item[mention].type == ENTITY_PER)
            break;
    }
    return at;
}

uint32_t role_person_near(const struct role_reader *reader)
{
    if (reader->quoted)
        return reader->inner;
    return reader->named ? reader->last : reader->topic;
}

/* "Ia kini masih pelatih": the one spoken of. */
static uint32_t pronoun_at(const struct role_reader *reader, uint32_t at)
{
    struct str value;
    return token_get(&reader->doc->tokens.item[at], reader->pronoun, &value) &&
                   gazetteer_says(value, "one")
               ? role_person_near(reader)
               : DOC_NONE;
}

/* Back over the words that link a title at `at` to what stands before it. */
static uint32_t before_links(struct role_reader *reader, uint32_t first, uint32_t at)
{
    while (at > first && role_says(reader, at - 1, "article"))
        at--;
    for (; at > first; at--) {
        if (role_says(reader, at - 1, "as"))
            reader->linked = true;
        else if (!role_says(reader, at - 1, "mid"))
            break;
        reader->ended |= role_says(reader, at - 1, "past");
    }
    if (reader->linked)
        at = before_change(reader, first, at);
    while (at > first && role_says(reader, at - 1, "mid"))
        at--;
    return at;
}

/* The person named right before the title at `at`, who it may belong to; DOC_NONE none.
 */
uint32_t role_person_before(struct role_reader *reader, uint32_t first, uint32_t at,
                            uint32_t *begin_out)
{
    const struct token *token = reader->doc->tokens.item;
    bool comma = false;
    reader->linked = false;
    uint32_t title = at;
    at = before_links(reader, first, at);
    if (at > first && at < title && pronoun_at(reader, at - 1) != DOC_NONE) {
        *begin_out = at - 1;
        return pronoun_at(reader, at - 1);
    }
    bool dash = at > first + 1 && token[at - 1].mark == MARK_DASH &&
                token[at - 1].space_before && token[at].space_before;
    if (at > first && (dash || token[at - 1].mark == MARK_COMMA ||
                       (!reader->linked && token[at - 1].mark == MARK_BRACKET_OPEN))) {
        at--;
        comma = true;
    }
    at = before_brackets(reader, first, at);
    uint32_t index = at > first ? mention_at(reader->doc, at - 1) : DOC_NONE;
    if (index == DOC_NONE || !(comma || reader->linked))
        return DOC_NONE;
    const struct mention *mention = &reader->doc->mentions.item[index];
    if (reader->linked && !comma && mention->first > first &&
        role_says(reader, mention->first - 1, "agent") && mention->first > first + 1 &&
        role_says(reader, mention->first - 2, "made"))
        return DOC_NONE; /* "dilantik oleh X sebagai" */
    *begin_out = mention->first;
    return mention->type == ENTITY_PER ? mention->entity : DOC_NONE;
}

const struct mention *role_person_from(const struct role_reader *reader, uint32_t at)
{
    const struct mention *mention =
        at < reader->limit ? role_mention_from(reader->doc, at) : NULL;
    return mention && mention->type == ENTITY_PER ? mention : NULL;
}

/* More than one bears the title at `at`: "tiga wasit", "para pemain". */
bool role_is_plural(const struct role_reader *reader, uint32_t first, uint32_t at)
{
    return at > first && (reader->doc->tokens.item[at - 1].kind == TOKEN_NUMBER ||
                          role_says(reader, at - 1, "many"));
}

bool role_exact(const struct role_reader *reader)
{
    const struct role_office *office = &reader->chain[reader->count - 1];
    return office->organisation != DOC_NONE || office->country != DOC_NONE;
}

/* "tiga wasit yang dipilih FIFA, yakni A, B, dan C": the first name, or NULL. */
const struct mention *role_listed_behind(const struct role_reader *reader, uint32_t at)
{
    for (uint32_t n = 0; n < LIST_REACH && at < reader->limit; n++, at++) {
        struct title title;
        if (role_says(reader, at, "list") &&
            (role_exact(reader) || role_says(reader, at, "all"))) {
            while (role_says(reader, at, "list"))
                at++;
            uint8_t mark = reader->doc->tokens.item[at].mark;
            at += at < reader->limit && (mark == MARK_COMMA || mark == MARK_COLON);
            return role_person_from(reader, at);
        }
        if (role_person_from(reader, at) ||
            (mention_at(reader->doc, at) == DOC_NONE &&
             title_read(&reader->gazetteer, reader->doc, at, reader->limit, &title)))
            break;
    }
    return NULL;
}

/* "gelandang Barcelona yang dipinjamkan ke klub lain, Arda Turan, …" */
const struct mention *role_behind_clause(const struct role_reader *reader, uint32_t at)
{
    const struct token *token = reader->doc->tokens.item;
    if (!role_says(reader, at, "relative"))
        return NULL;
    /* "ketua A yang juga pendiri B, Arda Turan" */
    bool also = role_says(reader, at + 1, "as");
    for (uint32_t n = 0; n < CLAUSE_REACH && at < reader->limit; n++, at++) {
        if (token[at].mark == MARK_COMMA) {
            const struct mention *person = role_person_from(reader, at + 1);
            uint32_t inner = mention_at(reader->doc, at - 1);
            bool list =
                inner != DOC_NONE && reader->doc->mentions.item[inner].type == ENTITY_PER;
            return person && (also || (!list && person->end < reader->limit &&
                                       token[person->end].mark == MARK_COMMA))
                       ? person
                       : NULL;
        }
        if (token[at].kind == TOKEN_PUNCT && token[at].mark != MARK_DASH)
            break;
    }
    return NULL;
}

const struct mention *role_called(const struct role_reader *reader, uint32_t at)
{
    const struct token *token = reader->doc->tokens.item;
    for (uint32_t n = 0; n < CALLED_REACH && at < reader->limit; n++, at++) {
        if (role_says(reader, at, "named"))
            return role_person_from(reader, at + 1);
        if (token[at].kind == TOKEN_PUNCT && token[at].mark != MARK_COMMA)
            break;
        if (role_person_from(reader, at))
            break;
    }
    return NULL;
}

uint32_t role_points_back(const struct role_reader *reader, uint32_t at)
{
    uint32_t behind = at;
    if (role_says(reader, at, "aged"))
        for (uint32_t n = 0; n < AGED_WORDS && !role_says(reader, behind, "that"); n++)
            behind++;
    return role_says(reader, behind, "that") ? behind + 1 : at;
}

uint32_t role_person_meant(const struct role_reader *reader)
{
    const struct role_office *office = &reader->chain[reader->count - 1];
    const uint32_t near = role_person_near(reader);
    const uint32_t guess[] = {near, near == reader->last ? reader->topic : reader->last};
    uint32_t open = DOC_NONE; /* one whose country is not known */
    if (reader->quoted || office->organisation != DOC_NONE || office->country == DOC_NONE)
        return near;
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
