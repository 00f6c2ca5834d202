/* What the name tagger of the model (worker/learn/name.h) says of a run of capitals: one
 * more voice among those that names_weigh counts; and names that only it has found. Where
 * there is no model it is silent. */

#include "worker/extract/names.h"

#include "worker/learn/name.h"

/* Margin from which a tag counts in full. */
#define SURE 64.0f
/* … and up to which a person's speaks against one. */
#define WEAK 20.0f
/* Points a sure tag gives its type: few, so that it decides only where rules have next to
 * nothing to say; and takes from all types where it says: no name. */
#define POINTS_FOR     0.25f
#define POINTS_AGAINST 1.0f

/* Margin from which a name is added that nothing else speaks for, and its confidence. */
#define ADD_SURE   112
#define CONFIDENCE 0.6f

static uint32_t class_of(const struct token *token)
{
    return token->name / 2u; /* 1 + tag: O is 1, B and I of class c are 2c and 2c + 1 */
}

void names_weigh_tags(const struct names *names, struct spot *spot)
{
    uint32_t class = class_of(name_token(names->doc, spot->first));
    float sure = SURE;
    for (uint32_t i = spot->first; i < spot->end; i++) {
        const struct token *token = name_token(names->doc, i);
        if (token->kind != TOKEN_WORD)
            continue;
        if (token->name == 0 || class_of(token) != class)
            return; /* not tagged, or not one name */
        if (token->name_margin < sure)
            sure = token->name_margin;
    }
    float points = sure / SURE;
    if (class == NAME_CLASS_NONE)
        for (int type = 1; type < 5; type++)
            spot->score[type] -= points * POINTS_AGAINST;
    else if (class == NAME_CLASS_LOC)
        for (int type = ENTITY_GPE; type <= ENTITY_LOC; type++)
            spot->score[type] += points * POINTS_FOR;
    else if (class == NAME_CLASS_ORG)
        spot->score[ENTITY_ORG] += points * POINTS_FOR;
    /* whether a person: most runs of capitals that nothing else is known of were taken
     * for one, were it not for this voice */
    if (class == NAME_CLASS_PER)
        spot->score[ENTITY_PER] += POINTS_FOR * (sure - WEAK) / (SURE - WEAK);
    else if (class != NAME_CLASS_NONE)
        spot->score[ENTITY_PER] -= POINTS_FOR * (sure + WEAK) / SURE;
}

#define SHUT (NAME_CLAIMED | NAME_BARRED | NAME_TITLE | NAME_TIME | NAME_HEADLINE)

/* Whether the model need be asked: not of ordinary words that stand alone, as at the
 * begin of most sentences. */
static bool may_begin(struct names *names, uint32_t at, uint32_t limit)
{
    const struct token *token = names->doc->tokens.item;
    if (!token_large(&token[at]) || (names->flag[at] & SHUT))
        return false;
    return (at + 1 < limit && token_large(&token[at + 1])) || !names_common(names, at);
}

/* Words [at, *end_out) that the model takes for one name: how sure, 0 where it does not.
 */
static uint32_t tagged_at(const struct names *names, uint32_t at, uint32_t limit,
                          uint32_t *end_out)
{
    const struct token *token = names->doc->tokens.item;
    uint32_t end = at, sure = UINT8_MAX, class = class_of(name_token(names->doc, at));
    if (class == NAME_CLASS_NONE || token[at].name != 1 + NAME_B(class))
        return 0;
    for (; end < limit && (end == at || token[end].name == 1 + NAME_I(class)); end++) {
        if (names->flag[end] & SHUT)
            return 0;
        if (token[end].name_margin < sure)
            sure = token[end].name_margin;
    }
    *end_out = end;
    return token_large(&token[end - 1]) ? sure : 0;
}

/* Directly beside a name that stands: a piece of it that was cut off. */
static bool is_piece(const struct names *names, uint32_t at, uint32_t end)
{
    const struct doc *doc = names->doc;
    const struct token *behind = &doc->tokens.item[end];
    if (at > 0 && (names->flag[at - 1] & NAME_CLAIMED))
        return true;
    return end < doc->tokens.count &&
           ((names->flag[end] & NAME_CLAIMED) ||
            (behind->mark == MARK_DASH && !behind->space_before));
}

static void add_tagged(struct names *names, uint32_t at, uint32_t end)
{
    uint32_t class = class_of(&names->doc->tokens.item[at]);
    struct spot *spot = names_spot(names, at, end, "mention.model");
    struct gazetteer_entry entry;
    spot->type = class == NAME_CLASS_PER   ? ENTITY_PER
                 : class == NAME_CLASS_ORG ? ENTITY_ORG
                                           : ENTITY_GPE;
    if (class == NAME_CLASS_LOC && gazetteer_find(&names->gazetteer, spot->key, &entry) &&
        entry.type == ENTITY_LOC)
        spot->type = ENTITY_LOC;
    spot->confidence = CONFIDENCE;
    for (uint32_t i = at; i < end; i++)
        names->flag[i] |= NAME_CLAIMED;
}

void names_add_tagged(struct names *names)
{
    for (uint32_t s = 0; s < names->doc->sentences.count; s++) {
        const struct sentence *sentence = &names->doc->sentences.item[s];
        if (sentence->drop != DROP_NOT)
            continue;
        for (uint32_t at = sentence->first, end; at < sentence->end; at++) {
            if (!may_begin(names, at, sentence->end) ||
                tagged_at(names, at, sentence->end, &end) < ADD_SURE ||
                is_piece(names, at, end) || (end == at + 1 && names_common(names, at)))
                continue;
            add_tagged(names, at, end);
            at = end - 1;
        }
    }
}
