#include "worker/extract/title.h"

/* So many letters of affixes make a noun of a field; fewer are as often a name. */
#define NOUN_AFFIXES 4
/* Longest note on a rank, in brackets: "(Purn)". */
#define NOTE_MOST 5

static bool is_stop(const struct doc *doc, uint32_t at, uint32_t limit)
{
    return at < limit && str_is(doc->tokens.item[at].text, ".") &&
           !doc->tokens.item[at].space_before;
}

static bool links_list(const struct gazetteer *gazetteer, const struct token *token)
{
    struct str value;
    return token->mark == MARK_COMMA || (token_get(token, gazetteer->namelink, &value) &&
                                         gazetteer_says(value, "and"));
}

/* A field of work: a listed one, or a nominalisation written large ("Pengendalian"). */
static uint32_t field_at(const struct gazetteer *gazetteer, struct doc *doc, uint32_t at,
                         uint32_t limit)
{
    uint32_t count = doc_match(doc, gazetteer->field, at, limit, NULL);
    if (count || at >= limit || doc->tokens.item[at].shape != SHAPE_CAPITAL ||
        doc->lang->analyse == NULL ||
        doc_match(doc, gazetteer->orghead, at, limit, NULL) ||
        doc_match(doc, gazetteer->lochead, at, limit, NULL) ||
        token_get(&doc->tokens.item[at], gazetteer->given, NULL))
        return count;
    const struct lang_word *word = doc_analyse(doc, at);
    return word->noun && doc->tokens.item[at].lower.len >= word->lemma.len + NOUN_AFFIXES;
}

/* An organisation begins here: the title is of it, and ends. */
static bool org_begins(const struct gazetteer *gazetteer, struct doc *doc, uint32_t at,
                       uint32_t limit)
{
    if (at >= limit || at == 0 || !token_large(&doc->tokens.item[at]))
        return false;
    const struct token *before = &doc->tokens.item[at - 1];
    struct str tail;
    bool asked = token_get(before, gazetteer->titletail, &tail) &&
                 gazetteer_says(tail, "for"); /* "bidang Perekonomian" */
    if (before->shape == SHAPE_LOWER && !links_list(gazetteer, before) && !asked)
        return true;
    uint32_t field = doc_match(doc, gazetteer->field, at, limit, NULL);
    return doc_match(doc, gazetteer->org, at, limit, NULL) > field ||
           doc_match(doc, gazetteer->alias, at, limit, NULL) > field + (field == 0) ||
           (field < 2 && doc_match(doc, gazetteer->orghead, at, limit, NULL));
}

/* Fields of work from token `at` on, joined by commas and connectors where another field
 * follows: the token behind them (`at` where there is none). */
static uint32_t fields_end(const struct gazetteer *gazetteer, struct doc *doc,
                           uint32_t at, uint32_t limit)
{
    uint32_t end = at;
    while (at < limit && !org_begins(gazetteer, doc, at, limit)) {
        uint32_t n = field_at(gazetteer, doc, at, limit);
        if (n) {
            end = at += n;
            continue;
        }
        /* ", dan" is two links; more is no list */
        uint32_t links = 0;
        while (at < limit && links < 2 && end > 0 &&
               links_list(gazetteer, &doc->tokens.item[at])) {
            at++;
            links++;
        }
        if (links == 0 || !field_at(gazetteer, doc, at, limit))
            break;
        /* a list of fields is written like its first one */
        if (token_large(&doc->tokens.item[end - 1]) != token_large(&doc->tokens.item[at]))
            break;
    }
    return end;
}

static uint8_t kind_of(struct str value)
{
    if (gazetteer_says(value, "role"))
        return TITLE_ROLE;
    if (gazetteer_says(value, "rank"))
        return TITLE_RANK;
    return gazetteer_says(value, "honor") ? TITLE_HONOR : TITLE_NONE;
}

static struct str country_of(struct str value)
{
    struct str piece;
    while (str_split(&value, ' ', &piece))
        if (piece.len == 2 && piece.ptr[0] >= 'A' && piece.ptr[0] <= 'Z')
            return piece;
    return STR_NONE;
}

/* Words before a title that belong to it: Plt., Wakil. */
static uint32_t skip_prefixes(const struct gazetteer *gazetteer, struct doc *doc,
                              uint32_t at, uint32_t limit)
{
    for (;;) {
        struct str value, next;
        uint32_t n = doc_match(doc, gazetteer->title, at, limit, &value);
        if (n == 0 || !gazetteer_says(value, "pre"))
            return at;
        uint32_t behind = at + n + is_stop(doc, at + n, limit);
        uint32_t more = doc_match(doc, gazetteer->title, behind, limit, &next);
        if (more == 0 || gazetteer_says(next, "honor"))
            return at;
        if (kind_of(next) == TITLE_RANK)
            return at;
        at = behind;
    }
}

/* "Menteri Keuangan II", but "Gubernur I Wayan". */
static bool is_numeral(const struct doc *doc, uint32_t at, uint32_t limit)
{
    if (at >= limit || doc->tokens.item[at].shape < SHAPE_CAPITAL)
        return false;
    struct str text = doc->tokens.item[at].text;
    for (size_t i = 0; i < text.len; i++)
        if (strchr("IVX", text.ptr[i]) == NULL)
            return false;
    return text.len > 1;
}

/* Behind a note on a rank at `at`: "(Purn)", "(Purn.)". */
static uint32_t skip_note(const struct doc *doc, uint32_t at, uint32_t limit)
{
    const struct token *token = doc->tokens.item;
    if (at + 2 >= limit || token[at].mark != MARK_BRACKET_OPEN ||
        token[at + 1].kind != TOKEN_WORD || token[at + 1].text.len > NOTE_MOST)
        return at;
    uint32_t end = at + 2 + is_stop(doc, at + 2, limit);
    return end < limit && token[end].mark == MARK_BRACKET_CLOSE ? end + 1 : at;
}

static uint32_t extend(const struct gazetteer *gazetteer, struct doc *doc, uint32_t at,
                       uint32_t limit)
{
    for (;;) {
        struct str value = STR_NONE;
        uint32_t tail = doc_match(doc, gazetteer->titletail, at, limit, &value);
        uint32_t end = fields_end(gazetteer, doc, at + tail, limit);
        end += is_numeral(doc, end, limit);
        if (end == at || (end == at + tail && gazetteer_says(value, "for")))
            return at;
        at = end;
    }
}

uint32_t title_read(const struct gazetteer *gazetteer, struct doc *doc, uint32_t at,
                    uint32_t limit, struct title *out)
{
    struct str value;
    *out = (struct title){.kind = TITLE_NONE};
    while (at < limit && doc_match(doc, gazetteer->former, at, limit, NULL)) {
        out->former = true;
        at++;
    }
    out->first = at;
    at = skip_prefixes(gazetteer, doc, at, limit);
    uint32_t n = doc_match(doc, gazetteer->title, at, limit, &value);
    if (n == 0)
        return 0;
    out->kind = kind_of(value);
    if (out->kind == TITLE_NONE)
        return 0;
    out->local = gazetteer_says(value, "local");
    out->village = gazetteer_says(value, "village");
    out->club = gazetteer_says(value, "club");
    out->namesake = gazetteer_says(value, "namesake");
    out->bound = gazetteer_says(value, "bound");
    out->serves = gazetteer_says(value, "serves");
    out->country = country_of(value);
    at += n;
    if (out->kind == TITLE_ROLE)
        at = extend(gazetteer, doc, at, limit);
    else
        at += is_stop(doc, at, limit);
    out->end = at;
    return out->kind == TITLE_RANK ? skip_note(doc, at, limit) : at;
}
