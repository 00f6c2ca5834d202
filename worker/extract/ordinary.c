/* Which words are ordinary ones, so that a capital alone makes no name of them. */

#include "worker/extract/names.h"

/* So many letters of affixes are as often a part of a name ("Turan" is no tur+an). */
#define SLIGHT_AFFIX 2

bool names_used_small(struct names *names, uint32_t at)
{
    uint32_t *slot =
        name_table_at(&names->words, names->doc->tokens.item[at].lower, false);
    return slot && names->use[*slot - 1].small;
}

/* "lagi-lagi" */
static bool is_doubled(struct str word)
{
    size_t half = word.len / 2;
    return word.len > 4 && word.len % 2 == 1 && word.ptr[half] == '-' &&
           memcmp(word.ptr, word.ptr + half + 1, half) == 0;
}

/* A list or this text has it as an ordinary word. */
static bool is_listed(struct names *names, uint32_t at)
{
    const struct token *token = &names->doc->tokens.item[at];
    const struct gazetteer *g = &names->gazetteer;
    return token_get(token, g->capstop, NULL) || token_get(token, g->field, NULL) ||
           token_get(token, g->orghead, NULL) || token_get(token, g->lochead, NULL) ||
           token_get(token, g->root, NULL) || token_get(token, g->ordinary, NULL) ||
           names_used_small(names, at) || is_doubled(token->lower);
}

static const struct lang_word *derived(struct names *names, uint32_t at)
{
    if (names->doc->tokens.item[at].shape == SHAPE_UPPER ||
        names->doc->lang->analyse == NULL)
        return NULL;
    const struct lang_word *word = doc_analyse(names->doc, at);
    return word->voice || word->noun || word->clitic.ptr ? word : NULL;
}

bool names_common(struct names *names, uint32_t at)
{
    return is_listed(names, at) || derived(names, at) != NULL;
}

bool names_plain(struct names *names, uint32_t at)
{
    if (is_listed(names, at))
        return true;
    const struct lang_word *word = derived(names, at);
    return word && names->doc->tokens.item[at].lower.len > word->lemma.len + SLIGHT_AFFIX;
}

bool names_acts(struct names *names, uint32_t at, uint32_t limit)
{
    const struct token *token = &names->doc->tokens.item[at];
    struct str cue;
    if (at >= limit || token->shape != SHAPE_LOWER || token->kind != TOKEN_WORD)
        return false;
    if (token_get(token, names->gazetteer.namecue, &cue) && gazetteer_says(cue, "verb"))
        return true;
    return names->doc->lang->analyse && doc_analyse(names->doc, at)->voice == 'a';
}

/* Only ordinary words and weak names need more than a list that knows them: what shape a
 * word has by chance (be-landa, malu-ku) does not tell against it. */
bool names_doubtful(struct names *names, const struct spot *spot)
{
    const struct token *token = &names->doc->tokens.item[spot->first];
    if (spot->end != spot->first + 1 || !(names->flag[spot->first] & NAME_INITIAL) ||
        spot->same)
        return false;
    if (spot->type == ENTITY_ORG &&
        wordlist_get(names->gazetteer.alias, token->text, NULL))
        return false;
    if (!spot->weak && !is_listed(names, spot->first))
        return false;
    return !names_acts(names, spot->end, names->doc->sentences.item[spot->sentence].end);
}
