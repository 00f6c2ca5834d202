/* Spots, their keys, and the table that finds what has the same key. */

#include "worker/extract/names.h"

#include "proto/base/hash.h"

void name_table_init(struct name_table *table, struct arena *arena, uint32_t count)
{
    uint32_t slots = 16;
    while (slots < count * 2)
        slots *= 2;
    table->slot = arena_zero(arena, slots, sizeof *table->slot);
    table->mask = slots - 1;
}

uint32_t *name_table_at(struct name_table *table, struct str key, bool make)
{
    uint32_t at = (uint32_t)hash64(key, 0) & table->mask;
    while (table->slot[at].key.ptr) {
        if (str_eq(table->slot[at].key, key))
            return &table->slot[at].value;
        at = (at + 1) & table->mask;
    }
    if (!make)
        return NULL;
    table->slot[at].key = key;
    return &table->slot[at].value;
}

struct str names_key(const struct names *names, uint32_t first, uint32_t end)
{
    const struct token *token = names->doc->tokens.item;
    size_t len = 0;
    if (end == first + 1)
        return token[first].lower;
    for (uint32_t i = first; i < end; i++)
        len += token[i].lower.len + 1;
    char *out = arena_alloc(names->doc->arena, len);
    len = 0;
    for (uint32_t i = first; i < end; i++) {
        if (token[i].kind == TOKEN_PUNCT)
            continue;
        if (len)
            out[len++] = ' ';
        memcpy(out + len, token[i].lower.ptr, token[i].lower.len);
        len += token[i].lower.len;
    }
    return str_make(out, len);
}

uint8_t names_mark(const struct names *names, uint32_t at)
{
    return at < names->doc->tokens.count ? names->doc->tokens.item[at].mark : MARK_NONE;
}

struct spot *names_spot(struct names *names, uint32_t first, uint32_t end,
                        const char *rule)
{
    struct spot *spot = ARENA_PUSH(names->doc->arena, &names->spots);
    *spot = (struct spot){.first = first,
                          .end = end,
                          .sentence = names->doc->tokens.item[first].sentence,
                          .key = names_key(names, first, end),
                          .rule = rule};
    spot->quoted = first > 0 && names_mark(names, first - 1) == MARK_QUOTE_OPEN &&
                   names_mark(names, end) == MARK_QUOTE_CLOSE;
    return spot;
}
