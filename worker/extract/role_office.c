/* Chains of titles, each with the organisation or the country behind it. */

#include "worker/extract/role.h"

/* Plain words between a title and what it is of: "pengelola tempat wisata". */
#define LOOSE_WORDS 4
/* Words of an unknown name behind a title: "Kepala BPTD Kelas II Kepri, Dini". */
#define UNKNOWN_WORDS 8
/* Words of a short form in brackets. */
#define BRACKET_WORDS 3

bool role_says(const struct role_reader *reader, uint32_t at, const char *what)
{
    struct str value;
    return at < reader->limit &&
           token_get(&reader->doc->tokens.item[at], reader->rolelink, &value) &&
           gazetteer_says(value, what);
}

const struct mention *role_mention_from(const struct doc *doc, uint32_t at)
{
    uint32_t index = mention_at(doc, at);
    const struct mention *mention = index == DOC_NONE ? NULL : &doc->mentions.item[index];
    return mention && mention->first == at ? mention : NULL;
}

static bool is_state(const struct role_reader *reader, const struct mention *mention)
{
    struct gazetteer_entry entry;
    return mention->type == ENTITY_GPE &&
           gazetteer_match(&reader->gazetteer, reader->doc, mention->first, mention->end,
                           &entry) &&
           entry.state;
}

/* "Menteri Perhubungan (Menhub)": behind a short form in brackets, or `at`. */
uint32_t role_skip_brackets(const struct role_reader *reader, uint32_t at)
{
    const struct token *token = reader->doc->tokens.item;
    if (at >= reader->limit || token[at].mark != MARK_BRACKET_OPEN)
        return at;
    for (uint32_t i = at + 1; i < reader->limit && i <= at + BRACKET_WORDS + 1; i++)
        if (token[i].mark == MARK_BRACKET_CLOSE)
            return i + 1;
    return at;
}

/* "Ketua TPN Ganjar-Mahfud, Arsjad": behind two joined names that say whose campaign it
 * is. */
static uint32_t behind_pair(const struct role_reader *reader, uint32_t at)
{
    const struct mention *one =
        at < reader->limit ? role_mention_from(reader->doc, at) : NULL;
    if (one == NULL || one->type != ENTITY_PER || one->end + 1 >= reader->limit)
        return at;
    const struct token *dash = &reader->doc->tokens.item[one->end];
    const struct mention *other = role_mention_from(reader->doc, one->end + 1);
    return dash->mark == MARK_DASH && !dash->space_before && other &&
                   other->type == ENTITY_PER
               ? other->end
               : at;
}

/* What the title is of, from token `at` on: the token behind it. */
static uint32_t read_of(struct role_reader *reader, struct role_office *office,
                        uint32_t at)
{
    uint32_t link = role_says(reader, at, "of") ? 1u : 0u;
    bool from = role_says(reader, at, "from"); /* "Politikus asal Malang" */
    const struct mention *mention;
    while (at + link < reader->limit &&
           (mention = role_mention_from(reader->doc, at + link)) != NULL &&
           mention->type != ENTITY_PER) {
        if (is_state(reader, mention)) {
            if (office->country == DOC_NONE && office->organisation == DOC_NONE)
                office->country = mention->entity;
        } else if (office->organisation == DOC_NONE &&
                   !(from && mention->type == ENTITY_GPE)) {
            office->organisation = mention->entity;
        }
        at = role_skip_brackets(reader, mention->end);
        if (at < reader->limit && office->country != DOC_NONE &&
            str_starts(reader->doc->tokens.item[at].lower, STR("ke-")))
            at++; /* "Presiden Indonesia ke-6" */
        link = role_says(reader, at, "of") ? 1u : 0u;
    }
    return office->organisation == DOC_NONE ? at : behind_pair(reader, at);
}

/* A plain word that may go on with a title: "promotor TINJU", "peneliti KONDANG". */
static bool is_plain(const struct role_reader *reader, uint32_t at)
{
    struct doc *doc = reader->doc;
    const struct token *token = &doc->tokens.item[at];
    return token->kind == TOKEN_WORD && token->shape == SHAPE_LOWER &&
           !token_get(token, reader->gazetteer.capstop, NULL) &&
           !token_get(token, reader->rolelink, NULL) &&
           !token_get(token, reader->gazetteer.namecue, NULL);
}

/* It may stand between a title and the name of its bearer: no verb, no small word. */
static bool is_noun(const struct role_reader *reader, uint32_t at)
{
    struct doc *doc = reader->doc;
    struct str value;
    if (token_get(&doc->tokens.item[at], reader->syntax, &value))
        return gazetteer_says(value, "noun");
    return doc->lang->analyse == NULL || doc_analyse(doc, at)->voice == 0;
}

/* "Deputi Penindakan DAN Eksekusi KPK": no title of its own follows. */
static bool joins_fields(const struct role_reader *reader, uint32_t at)
{
    struct title title;
    return role_says(reader, at, "join") && at + 1 < reader->limit &&
           token_large(&reader->doc->tokens.item[at + 1]) &&
           mention_at(reader->doc, at + 1) == DOC_NONE &&
           title_read(&reader->gazetteer, reader->doc, at + 1, reader->limit, &title) ==
               0;
}

/* Words that go on with the title as far as a mention, or as far as a person where they
 * are nouns: the mention, or `at`. Unknown names of departments are read over where an
 * organisation follows: "Koordinator Fungsi Pensosbud KBRI Paris". */
static uint32_t read_loose(const struct role_reader *reader, uint32_t at)
{
    bool nouns = true, small = true;
    for (uint32_t n = 0; n <= LOOSE_WORDS && at + n < reader->limit; n++) {
        const struct token *token = &reader->doc->tokens.item[at + n];
        const struct mention *mention = role_mention_from(reader->doc, at + n);
        if (mention && mention->type == ENTITY_PER)
            return nouns && small ? at + n : at;
        if (mention)
            return small || mention->type == ENTITY_ORG ? at + n : at;
        bool roman = token->shape > SHAPE_LOWER && n == 0 &&
                     strspn(token->text.ptr, "IVX") >= token->text.len;
        if (roman || str_starts(token->lower, STR("ke-")))
            continue; /* "Presiden ke-7 RI", "Waketum I PBSI" */
        if (token_large(token)) {
            small = false;
            continue;
        }
        if (token_large(token - 1) && joins_fields(reader, at + n))
            continue;
        if (!is_plain(reader, at + n))
            break;
        nouns = nouns && is_noun(reader, at + n);
    }
    return at;
}

uint32_t role_skip_unknown(const struct role_reader *reader, uint32_t at)
{
    const struct token *token = reader->doc->tokens.item;
    struct str value;
    uint32_t end = at;
    for (uint32_t i = at; i < reader->limit && i < at + UNKNOWN_WORDS; i++) {
        uint32_t mention = mention_at(reader->doc, i);
        if (mention != DOC_NONE && reader->doc->mentions.item[mention].type == ENTITY_PER)
            break;
        bool large = token_large(&token[i]) || token[i].shape == SHAPE_UPPER;
        bool inside = i > at && i + 1 < reader->limit && token_large(&token[i + 1]) &&
                      (token[i].mark == MARK_DASH || role_says(reader, i, "join") ||
                       (token_get(&token[i], reader->gazetteer.namelink, &value) &&
                        gazetteer_says(value, "join")));
        if (mention == DOC_NONE && !large && !inside)
            break;
        end = i + 1;
    }
    return end;
}

/* "Stafsus Presiden": the title read last is what the one before it is of. */
static bool goes_on(struct role_reader *reader)
{
    struct role_office *office = &reader->chain[reader->count];
    struct role_office *before = office - 1;
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
static uint32_t rank_behind(const struct role_reader *reader, uint32_t at)
{
    struct title title;
    return at < reader->limit && reader->doc->tokens.item[at].mark == MARK_COMMA &&
           title_read(&reader->gazetteer, reader->doc, at + 1, reader->limit, &title) &&
           title.kind != TITLE_ROLE;
}

/* A word at `at` joins the title before to another one, with which it shares what it is
 * of: the token behind it, or `at`. */
static uint32_t join_behind(const struct role_reader *reader, uint32_t at)
{
    const struct role_office *office = &reader->chain[reader->count - 1];
    bool bare = office->organisation == DOC_NONE && office->country == DOC_NONE;
    struct title title;
    if (!role_says(reader, at, "both") && !(bare && role_says(reader, at, "join")))
        return at;
    return at + 1 < reader->limit && mention_at(reader->doc, at + 1) == DOC_NONE &&
                   title_read(&reader->gazetteer, reader->doc, at + 1, reader->limit,
                              &title) &&
                   title.kind == TITLE_ROLE
               ? at + 1
               : at;
}

/* Joined titles without their own take what the next one is of. */
void role_share_office(struct role_reader *reader)
{
    for (uint32_t i = reader->count - 1; i > 0; i--) {
        struct role_office *office = &reader->chain[i - 1];
        if (!office->joined || office->organisation != DOC_NONE ||
            office->country != DOC_NONE)
            continue;
        office->organisation = reader->chain[i].organisation;
        office->country = reader->chain[i].country;
    }
}

/* The chain of titles at `at`: the token behind it, or 0. */
uint32_t role_read_chain(struct role_reader *reader, uint32_t at)
{
    reader->count = 0;
    while (reader->count < ROLE_CHAIN_MOST && at < reader->limit &&
           mention_at(reader->doc, at) == DOC_NONE) {
        struct role_office *office = &reader->chain[reader->count];
        *office = (struct role_office){.organisation = DOC_NONE, .country = DOC_NONE};
        uint32_t end = title_read(&reader->gazetteer, reader->doc, at, reader->limit,
                                  &office->title);
        if (end == 0 || mention_at(reader->doc, end - 1) != DOC_NONE)
            break;
        if (office->title.kind == TITLE_ROLE) {
            office->title.end = end = read_loose(reader, end);
            end = read_of(reader, office, role_skip_brackets(reader, end));
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
            role_mention_from(reader->doc, at + 1) &&
            role_mention_from(reader->doc, at + 1)->type == ENTITY_PER)
            return at + 1;
    }
    return reader->count || reader->end == at ? at : 0;
}
