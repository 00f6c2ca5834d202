/* Points for a run of capitalised words: what stands before it (a title, a word of place
 * or of saying), in it (given names, ends of company names) and behind it. */

#include "worker/extract/names.h"

/* Ordinary words weigh so much more where there are no others. */
#define ALL_COMMON 4
/* Ends of words tell something from this length on. */
#define LONG_WORD 8

static bool listed(const struct wordlist *list, const struct token *token)
{
    return token_get(token, list, NULL);
}

static bool is_english(const struct gazetteer *g, const struct token *token)
{
    size_t len = token->lower.len;
    if (listed(g->foreign, token))
        return true;
    for (size_t end = 4; end < 7 && len >= LONG_WORD; end++)
        if (wordlist_get(g->foreignend, str_from(token->lower, len - end), NULL))
            return true;
    return false;
}

bool names_english(const struct names *names, uint32_t at)
{
    return is_english(&names->gazetteer, &names->doc->tokens.item[at]);
}

/* "AS-Korea", "Putin-Kim": two names in one token are no third one. */
static bool joins_known(const struct gazetteer *g, const struct token *token)
{
    struct gazetteer_entry entry;
    const char *hyphen = memchr(token->lower.ptr, '-', token->lower.len);
    if (hyphen == NULL)
        return false;
    size_t at = (size_t)(hyphen - token->lower.ptr);
    return gazetteer_find(g, str_slice(token->lower, 0, at), &entry) ||
           wordlist_get(g->alias, str_slice(token->text, 0, at), NULL) ||
           gazetteer_find(g, str_from(token->lower, at + 1), &entry);
}

/* II, XIV */
static bool is_numeral(const struct token *token)
{
    for (size_t i = 0; i < token->text.len; i++)
        if (strchr("IVX", token->text.ptr[i]) == NULL)
            return false;
    return true;
}

static bool has_digit(const struct token *token)
{
    for (size_t i = 0; i < token->text.len; i++)
        if (token->text.ptr[i] >= '0' && token->text.ptr[i] <= '9')
            return true;
    return false;
}

/* "Volksparkstadion": a word that ends in the head or tail of a place's name. */
static bool stadium_end(const struct gazetteer *g, struct str lower)
{
    struct str value;
    if (lower.len < 2 * LONG_WORD - 2)
        return false;
    for (size_t end = 5; end <= LONG_WORD; end++)
        if ((wordlist_get(g->orgtail, str_from(lower, lower.len - end), &value) ||
             wordlist_get(g->lochead, str_from(lower, lower.len - end), &value)) &&
            gazetteer_says(value, "LOC"))
            return true;
    return false;
}

/* "BNPB", but not the initials of "BJ Habibie" */
static bool is_acronym(const struct names *names, const struct spot *spot)
{
    const struct token *token = names->doc->tokens.item;
    return token[spot->first].shape == SHAPE_UPPER &&
           token[spot->end - 1].shape != SHAPE_CAPITAL;
}

/* Words inside the run. */
static void weigh_inside(struct names *names, struct spot *spot, uint32_t *common_out)
{
    const struct gazetteer *g = &names->gazetteer;
    const struct token *token = names->doc->tokens.item;
    bool given = false, acronym = false, plain = true, letter = false;
    uint32_t words = 0, common = 0, foreign = 0;
    for (uint32_t i = spot->first; i < spot->end; i++) {
        if (token[i].kind != TOKEN_WORD || token[i].shape == SHAPE_LOWER)
            continue;
        words++;
        bool name = listed(g->given, &token[i]) || listed(g->surname, &token[i]);
        given |= name;
        plain &= token[i].shape == SHAPE_CAPITAL;
        letter |= token[i].text.len == 2 && token[i].text.ptr[1] == '.';
        acronym |= token[i].shape == SHAPE_UPPER && token[i].text.len > 1;
        bool english = !name && is_english(g, &token[i]);
        foreign += english;
        common += !name && !english &&
                  (names->flag[i] & NAME_INITIAL ? names_common(names, i)
                                                 : names_plain(names, i));
    }
    const struct token *last = &token[spot->end - 1];
    for (uint32_t i = spot->first; i + 2 < spot->end; i++)
        if (listed(g->orgtail, &token[i]) && token[i + 1].shape == SHAPE_LOWER)
            spot->base[ENTITY_ORG] += 3.0f; /* Yale School of Medicine */
    *common_out = common;
    bool initial = names->flag[spot->first] & NAME_INITIAL;
    if (given && (!acronym || words > 1))
        spot->base[ENTITY_PER] += words > 1 ? 1.5f : initial ? 0.4f : 1.0f;
    if (words == 1 && (is_numeral(last) || last->text.len == 1)) {
        common = 1;
        given = false;
    }
    if (words > 1 && (plain || letter) && common == 0)
        spot->base[ENTITY_PER] += letter ? 1.5f : 1.0f; /* "Desy N. Widjaya" */
    spot->base[ENTITY_PER] -= 1.5f * (float)foreign;
    if (words == 1 && is_english(g, last))
        spot->base[ENTITY_PER] -= 3.0f;
    struct str tail;
    if (has_digit(last) || has_digit(&token[spot->first]))
        spot->base[ENTITY_PER] -= 2.0f;
    if (words > 1 && names_tail_at(names, spot->first, spot->end, &tail) &&
        (words > foreign || gazetteer_says(tail, "sure")))
        spot->base[names_tail_type(tail)] += 3.0f;
    if (words == 1 && stadium_end(g, last->lower))
        spot->base[ENTITY_LOC] += 4.0f;
    if (joins_known(g, last))
        for (int type = 1; type < 5; type++)
            spot->base[type] -= 3.0f;
    if (memchr(last->text.ptr, '.', last->text.len - 1) && last->text.len > 4)
        spot->base[ENTITY_ORG] += 2.5f; /* a site: Kompas.com */
    if (acronym && words == 1 && last->text.len <= 6 && !has_digit(last))
        spot->base[ENTITY_ORG] += 0.4f;
    *common_out = words == common ? words * ALL_COMMON : common;
}

/* "klub Basaksehir", "klub Turki Basaksehir" */
static bool org_before(const struct names *names, uint32_t at, uint32_t begin)
{
    const struct gazetteer *g = &names->gazetteer;
    const struct token *token = names->doc->tokens.item;
    struct gazetteer_entry entry;
    struct str value;
    if (listed(g->orghead, &token[at - 1]) && token[at - 1].shape == SHAPE_LOWER)
        return true;
    return at >= begin + 2 && token_get(&token[at - 2], g->orghead, &value) &&
           gazetteer_says(value, "named") &&
           gazetteer_match(g, names->doc, at - 1, at, &entry) == 1 && entry.state;
}

/* "dikutip dari Futurism": a word before that says that an outlet follows. */
static bool press_before(const struct names *names, uint32_t at, uint32_t begin)
{
    const struct token *token = names->doc->tokens.item;
    struct str cue;
    if (!token_get(&token[at - 1], names->gazetteer.namecue, &cue))
        return false;
    if (gazetteer_says(cue, "press"))
        return true;
    return at >= begin + 2 &&
           (gazetteer_says(cue, "from") || gazetteer_says(cue, "say")) &&
           token_get(&token[at - 2], names->gazetteer.namecue, &cue) &&
           gazetteer_says(cue, "press");
}

/* "pebulu tangkis asal Jepang Kenta Nishimoto": who comes from a state is a person. */
static bool comes_from(const struct names *names, const struct spot *spot)
{
    const struct token *token = names->doc->tokens.item;
    uint32_t begin = names->doc->sentences.item[spot->sentence].first;
    const struct spot *before = spot - 1;
    struct str cue;
    return spot > names->spots.item && before->state && before->end == spot->first &&
           before->first > begin && spot->end > spot->first + 1 &&
           token[spot->first].space_before &&
           token_get(&token[before->first - 1], names->gazetteer.namecue, &cue) &&
           gazetteer_says(cue, "from");
}

/* Up to four words before, the nearest first: the first cue counts. */
static void weigh_before(struct names *names, struct spot *spot, bool due)
{
    const struct gazetteer *g = &names->gazetteer;
    const struct token *token = names->doc->tokens.item;
    uint32_t begin = names->doc->sentences.item[spot->sentence].first;
    bool acronym = is_acronym(names, spot);
    struct str cue;
    if (due)
        spot->score[acronym && spot->end == spot->first + 1 ? ENTITY_ORG : ENTITY_PER] +=
            3.0f;
    if (spot->first == begin || due)
        return;
    const struct token *before = &token[spot->first - 1];
    if (comes_from(names, spot))
        spot->score[ENTITY_PER] += 2.0f;
    bool compass = spot->first >= begin + 2 &&
                   doc_match(names->doc, g->namecue, spot->first - 2, spot->first,
                             &cue) == 2; /* "timur laut Amarillo" */
    if (!compass && token_get(before, g->lochead, &cue) && before->shape == SHAPE_LOWER) {
        spot->score[gazetteer_says(cue, "GPE") ? ENTITY_GPE : ENTITY_LOC] += 2.5f;
    } else if (org_before(names, spot->first, begin)) {
        spot->score[ENTITY_ORG] += 2.0f;
    } else if (press_before(names, spot->first, begin)) {
        spot->score[ENTITY_ORG] += 2.0f;
    } else if (compass || token_get(before, g->namecue, &cue)) {
        bool mixed =
            is_english(g, &token[spot->first]) || is_english(g, &token[spot->end - 1]);
        if (gazetteer_says(cue, "place") && token[spot->first].shape == SHAPE_UPPER)
            spot->score[ENTITY_ORG] += 0.4f;
        else if (gazetteer_says(cue, "place"))
            spot->score[mixed ? ENTITY_LOC : ENTITY_GPE] += mixed ? 0.8f : 1.2f;
        if (gazetteer_says(cue, "from") && !acronym)
            spot->score[ENTITY_GPE] += 0.5f;
        if (gazetteer_says(cue, "say"))
            spot->score[acronym ? ENTITY_ORG : ENTITY_PER] += 1.5f;
    }
}

static bool age_behind(const struct names *names, uint32_t at)
{
    const struct token *token = names->doc->tokens.item;
    return names_mark(names, at) == MARK_BRACKET_OPEN &&
           names_mark(names, at + 2) == MARK_BRACKET_CLOSE &&
           token[at + 1].kind == TOKEN_NUMBER && token[at + 1].text.len <= 2;
}

/* "Patent Foramen Ovale (PFO)", "Thai Chamber of Commerce": no person's name. */
static bool is_body_behind(const struct names *names, uint32_t at, uint32_t limit)
{
    const struct token *token = names->doc->tokens.item;
    struct str value;
    if (at + 2 >= limit)
        return false;
    if (token_get(&token[at], names->gazetteer.namelink, &value))
        return gazetteer_says(value, "join") && names_large(names, at + 1, limit);
    return token[at].mark == MARK_BRACKET_OPEN && token[at + 1].shape == SHAPE_UPPER &&
           token[at + 1].text.len > 1 && token[at + 2].mark == MARK_BRACKET_CLOSE;
}

/* "Desa Mekarsari, Ciemas, Kabupaten Sukabumi": between a place and a larger one. */
static bool in_places(const struct names *names, const struct spot *spot)
{
    const struct spot *before = spot - 1;
    struct str head;
    uint32_t at = spot->end + 1, limit = names->doc->sentences.item[spot->sentence].end;
    if (spot == names->spots.item || before->end + 1 != spot->first || before->dropped ||
        names_mark(names, before->end) != MARK_COMMA ||
        (before->type < ENTITY_GPE &&
         (before->type || before->score[ENTITY_GPE] <= before->score[ENTITY_PER])))
        return false;
    return doc_match(names->doc, names->gazetteer.place, at, limit, NULL) ||
           (doc_match(names->doc, names->gazetteer.lochead, at, limit, &head) &&
            gazetteer_says(head, "GPE") && names_large(names, at, limit));
}

/* "Cibuti Desa Girimukti": a place in the one that follows. */
static bool in_village(const struct names *names, const struct spot *spot, uint32_t limit)
{
    struct str head;
    uint32_t at = spot->end;
    uint32_t count = doc_match(names->doc, names->gazetteer.lochead, at, limit, &head);
    return count && gazetteer_says(head, "GPE") && gazetteer_says(head, "small") &&
           names_large(names, at + count, limit) && spot->end <= spot->first + 2 &&
           !names_given(names, spot->first) && !names_given(names, spot->end - 1);
}

/* "Kuta-Berawa-Cemagi": in one chain with places. */
static bool in_chain(const struct names *names, const struct spot *spot)
{
    const struct token *token = names->doc->tokens.item;
    const struct spot *before = spot - 1;
    uint32_t at = spot->end;
    struct gazetteer_entry entry;
    if (spot > names->spots.item && before->end + 1 == spot->first &&
        names_mark(names, before->end) == MARK_DASH && !token[spot->first].space_before &&
        (before->type >= ENTITY_GPE ||
         (before->type == ENTITY_NONE &&
          before->score[ENTITY_GPE] > before->score[ENTITY_PER] + 1.0f)))
        return true;
    return names_mark(names, at) == MARK_DASH && !token[at].space_before &&
           at + 1 < names->doc->tokens.count && !token[at + 1].space_before &&
           gazetteer_match(&names->gazetteer, names->doc, at + 1,
                           names->doc->sentences.item[spot->sentence].end, &entry) &&
           entry.type == ENTITY_GPE && !entry.state;
}

/* True where a known place follows, behind a comma. */
static bool weigh_behind(struct names *names, struct spot *spot)
{
    const struct gazetteer *g = &names->gazetteer;
    uint32_t limit = names->doc->sentences.item[spot->sentence].end, at = spot->end;
    bool acronym = is_acronym(names, spot);
    struct gazetteer_entry entry;
    struct title title;
    struct str cue;
    if (at >= limit)
        return false;
    if (in_chain(names, spot))
        spot->score[ENTITY_GPE] += 2.0f;
    if (age_behind(names, at))
        spot->score[ENTITY_PER] += 2.5f;
    if (spot->end > spot->first + 1 && is_body_behind(names, at, limit))
        spot->score[ENTITY_PER] -= 1.5f;
    if (token_get(&names->doc->tokens.item[at], g->namecue, &cue) &&
        !gazetteer_says(cue, "place") && !gazetteer_says(cue, "say") &&
        !gazetteer_says(cue, "press"))
        spot->score[acronym || gazetteer_says(cue, "reports") ? ENTITY_ORG
                                                              : ENTITY_PER] +=
            gazetteer_says(cue, "also") ? 0.5f : 1.0f;
    else if (spot->base[ENTITY_PER] > 0 && names_acts(names, at, limit))
        spot->score[ENTITY_PER] += 1.0f;
    if (in_village(names, spot, limit))
        spot->score[ENTITY_GPE] += 1.5f;
    if (names_mark(names, at) != MARK_COMMA || at + 1 >= limit)
        return false;
    if (in_places(names, spot)) {
        spot->score[ENTITY_GPE] += 2.0f;
        return true;
    }
    if (title_read(g, names->doc, at + 1, limit, &title) && title.kind == TITLE_ROLE)
        spot->score[ENTITY_PER] += 0.9f;
    else if (gazetteer_match(g, names->doc, at + 1, limit, &entry) &&
             entry.type == ENTITY_GPE && spot->score[ENTITY_GPE] > 0) {
        spot->score[ENTITY_GPE] += 1.5f;
        return true;
    }
    return false;
}

void names_weigh(struct names *names, struct spot *spot, bool due)
{
    uint32_t common;
    weigh_inside(names, spot, &common);
    weigh_before(names, spot, due);
    if (weigh_behind(names, spot))
        common = 0; /* many a place is called after something ordinary */
    struct gazetteer_entry entry;
    if (gazetteer_find(&names->gazetteer, spot->key, &entry)) {
        spot->base[entry.type] += 1.5f;
        if (!due)
            spot->country = entry.country; /* not Chile of "Prof Santiago" */
    }
    if (common)
        for (int type = 1; type < 5; type++)
            spot->base[type] -= 1.5f * (float)common;
    if (spot->quoted)
        for (int type = 1; type < 5; type++)
            spot->score[type] -= 1.5f;
    if (spot->end == spot->first + 1 && (names->flag[spot->first] & NAME_INITIAL))
        for (int type = 1; type < 5; type++)
            spot->score[type] -= due || spot->score[type] >= 1.0f ? 0.0f : 0.7f;
    names_weigh_tags(names, spot);
}
