/* Finds the names that stand elsewhere in the text where their capital alone says
 * nothing: at sentence begins and in headlines. */

#include "worker/extract/names.h"

/* Known names are looked for again in at most this many words. */
#define RECALL_WORDS 4

static void learn_parts(struct names *names, struct name_table *known, uint32_t index)
{
    const struct spot *spot = &names->spots.item[index];
    uint32_t *at = name_table_at(known, spot->key, true);
    if (*at == 0)
        *at = index + 1;
    if (spot->type != ENTITY_PER || spot->end == spot->first + 1)
        return;
    for (uint32_t t = spot->first; t < spot->end; t++) {
        const struct token *token = &names->doc->tokens.item[t];
        if (!token_large(token) || token->text.len < 3)
            continue;
        at = name_table_at(known, token->lower, true);
        if (*at == 0)
            *at = index + 1;
    }
}

static bool may_recall(const struct names *names, uint32_t at, uint32_t limit)
{
    const uint8_t shut = NAME_CLAIMED | NAME_BARRED | NAME_TITLE;
    return names_large(names, at, limit) && !(names->flag[at] & shut);
}

static uint32_t recall_at(struct names *names, struct name_table *known, uint32_t at,
                          uint32_t limit)
{
    uint32_t most = at;
    while (most < limit && most < at + RECALL_WORDS && may_recall(names, most, limit))
        most++;
    for (uint32_t end = most; end > at; end--) {
        uint32_t *found = name_table_at(known, names_key(names, at, end), false);
        if (found == NULL || *found == 0)
            continue;
        struct spot model = names->spots.item[*found - 1];
        if (end == at + 1 && names_plain(names, at) && model.end > model.first + 1)
            continue;
        struct spot *spot = names_spot(names, at, end, "mention.recall");
        spot->type = model.type;
        spot->state = model.state;
        spot->country = model.country;
        spot->full = model.full;
        spot->same = model.same;
        spot->confidence = model.confidence * 0.95f;
        return end;
    }
    return at + 1;
}

void names_recall(struct names *names)
{
    struct doc *doc = names->doc;
    struct name_table known;
    uint32_t count = names->spots.count, keys = 1;
    for (uint32_t i = 0; i < count; i++)
        keys += 1 + names->spots.item[i].end - names->spots.item[i].first;
    name_table_init(&known, doc->arena, keys);
    for (uint32_t i = 0; i < count; i++)
        if (!names->spots.item[i].dropped)
            learn_parts(names, &known, i);
    for (uint32_t s = 0; s < doc->sentences.count; s++) {
        const struct sentence *sentence = &doc->sentences.item[s];
        if (sentence->drop != DROP_NOT)
            continue;
        for (uint32_t at = sentence->first; at < sentence->end;)
            at = may_recall(names, at, sentence->end)
                     ? recall_at(names, &known, at, sentence->end)
                     : at + 1;
    }
}
