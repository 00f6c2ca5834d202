#include "worker/extract/title.h"

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

/* An organisation begins here: the title is of it, and ends. */
static bool org_begins(const struct gazetteer *gazetteer, const struct doc *doc,
                       uint32_t at, uint32_t limit)
{
    if (at >= limit || at == 0 || !token_large(&doc->tokens.item[at]))
        return false;
    if (doc->tokens.item[at - 1].shape == SHAPE_LOWER &&
        !links_list(gazetteer, &doc->tokens.item[at - 1]))
        return true;
    uint32_t field = doc_match(doc, gazetteer->field, at, limit, NULL);
    return doc_match(doc, gazetteer->org, at, limit, NULL) > field ||
           (field < 2 && doc_match(doc, gazetteer->orghead, at, limit, NULL));
}

uint32_t title_fields(const struct gazetteer *gazetteer, const struct doc *doc,
                      uint32_t at, uint32_t limit)
{
    uint32_t end = at;
    while (at < limit && !org_begins(gazetteer, doc, at, limit)) {
        uint32_t n = doc_match(doc, gazetteer->field, at, limit, NULL);
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
        if (links == 0 || !doc_match(doc, gazetteer->field, at, limit, NULL))
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
static uint32_t skip_prefixes(const struct gazetteer *gazetteer, const struct doc *doc,
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

static uint32_t extend(const struct gazetteer *gazetteer, const struct doc *doc,
                       uint32_t at, uint32_t limit)
{
    for (;;) {
        uint32_t tail = doc_match(doc, gazetteer->titletail, at, limit, NULL);
        uint32_t end = title_fields(gazetteer, doc, at + tail, limit);
        if (end == at)
            return at;
        at = end;
    }
}

uint32_t title_read(const struct gazetteer *gazetteer, const struct doc *doc, uint32_t at,
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
    out->club = gazetteer_says(value, "club");
    out->country = country_of(value);
    at += n;
    if (out->kind == TITLE_ROLE)
        at = extend(gazetteer, doc, at, limit);
    else
        at += is_stop(doc, at, limit);
    out->end = at;
    return at;
}
