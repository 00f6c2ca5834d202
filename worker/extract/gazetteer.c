#include "worker/extract/gazetteer.h"

#include <stddef.h>

static const struct {
    const char *name;
    size_t offset;
} lists[] = {
#define LIST(name)                                                                       \
    {                                                                                    \
#name, offsetof(struct gazetteer, name)                                          \
    }
    LIST(place),     LIST(org),     LIST(person),      LIST(alias),    LIST(orghead),
    LIST(orgtail),   LIST(lochead), LIST(nonname),     LIST(namelink), LIST(title),
    LIST(titletail), LIST(field),   LIST(former),      LIST(given),    LIST(surname),
    LIST(capstop),   LIST(namecue), LIST(root),        LIST(foreign),  LIST(foreignend),
    LIST(orgbranch), LIST(called),  LIST(nonnametail), LIST(orgform),  LIST(ordinary),  LIST(stop),
#undef LIST
};

void gazetteer_open(struct gazetteer *gazetteer, const struct lang *lang)
{
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const struct wordlist *list = lexicon_list(lang->lexicon, lists[i].name);
        memcpy((char *)gazetteer + lists[i].offset, &list, sizeof(void *));
    }
}

bool gazetteer_says(struct str value, const char *word)
{
    struct str piece;
    while (str_split(&value, ' ', &piece))
        if (str_is(piece, word))
            return true;
    return false;
}

static uint8_t type_of(struct str word)
{
    static const char *const types[] = {"", "PER", "ORG", "GPE", "LOC"};
    for (uint8_t i = 1; i < sizeof types / sizeof *types; i++)
        if (str_is(word, types[i]))
            return i;
    return ENTITY_NONE;
}

bool gazetteer_parse(struct str value, struct gazetteer_entry *out)
{
    struct str piece;
    *out = (struct gazetteer_entry){0};
    if (!str_split(&value, ' ', &piece))
        return false;
    out->type = type_of(piece);
    if (out->type == ENTITY_NONE)
        return false;
    if (str_split(&value, ' ', &piece) && !str_is(piece, "-"))
        out->country = piece;
    while (str_split(&value, ' ', &piece)) {
        if (str_is(piece, "=")) {
            out->full = value;
            break;
        }
        out->state |= str_is(piece, "country");
        out->town |= str_is(piece, "club");
        out->weak |= str_is(piece, "weak");
    }
    return true;
}

/* Small letters are allowed inside a name (bin, dan, of), not at its ends. */
static bool written_large(const struct doc *doc, uint32_t at, uint32_t count)
{
    const struct token *token = doc->tokens.item + at;
    return token_large(&token[0]) &&
           (token_large(&token[count - 1]) || token[count - 1].kind != TOKEN_WORD);
}

uint32_t gazetteer_match(const struct gazetteer *gazetteer, const struct doc *doc,
                         uint32_t at, uint32_t limit, struct gazetteer_entry *out)
{
    /* In order of trust: where two lists match as many tokens, the first one wins. */
    const struct wordlist *order[] = {gazetteer->alias, gazetteer->place, gazetteer->org,
                                      gazetteer->person};
    uint32_t best = 0;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        struct str value;
        struct gazetteer_entry entry;
        uint32_t count = doc_match(doc, order[i], at, limit, &value);
        if (count > best &&
            (order[i] == gazetteer->alias || written_large(doc, at, count)) &&
            gazetteer_parse(value, &entry)) {
            best = count;
            *out = entry;
        }
    }
    return best;
}

bool gazetteer_find(const struct gazetteer *gazetteer, struct str lower,
                    struct gazetteer_entry *out)
{
    const struct wordlist *order[] = {gazetteer->place, gazetteer->org,
                                      gazetteer->person};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        struct str value;
        if (wordlist_get(order[i], lower, &value) && gazetteer_parse(value, out))
            return true;
    }
    return false;
}
