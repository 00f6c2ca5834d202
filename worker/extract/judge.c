/* Which runs of capitalised words are names, and of what. Each place where a run stands
 * gives points to types (weigh.c). A form's points add up over the text, so that one
 * clear place decides for all. */

#include "worker/extract/names.h"
#include "worker/extract/sport.h"

/* Points below which a form is no name. */
#define LEAST_POINTS 1.0f
/* Points for places add up to this: what a name is made of must not be outvoted. */
#define MOST_PLACES 3.5f
/* A second form of the name in brackets has at most this many words. */
#define SHORT_WORDS 3
/* Digits of a number in a name. */
#define NUMBER_DIGITS 4

static bool is_bracketed_word(const struct names *names, const struct spot *spot)
{
    return spot->type == ENTITY_NONE && spot->first > 0 && spot->end == spot->first + 1 &&
           names_mark(names, spot->first - 1) == MARK_BRACKET_OPEN &&
           names_mark(names, spot->end) == MARK_BRACKET_CLOSE;
}

static void punish(struct spot *spot)
{
    for (int type = 1; type < 5; type++)
        spot->score[type] -= 3.0f;
}

/* "50 rukun tetangga (RT)": small words whose initials they are stand before. */
static bool spells_small(const struct names *names, const struct spot *spot)
{
    const struct token *token = names->doc->tokens.item;
    struct str letters = token[spot->first].text;
    uint32_t first = names->doc->sentences.item[spot->sentence].first, at = spot->first;
    if (at < first + letters.len + 1 || spot->end != at + 1 ||
        token[at].shape != SHAPE_UPPER || names_mark(names, at - 1) != MARK_BRACKET_OPEN)
        return false;
    at -= (uint32_t)letters.len + 1;
    for (size_t i = 0; i < letters.len; i++)
        if (token[at + i].shape != SHAPE_LOWER ||
            token[at + i].text.ptr[0] != (letters.ptr[i] | 0x20))
            return false;
    return letters.len > 1;
}

/* What is short for ordinary words, or for somebody not named, in one place is so
 * everywhere in the text. */
static void drop_spelt(struct names *names)
{
    struct name_table spelt;
    bool any = false;
    name_table_init(&spelt, names->doc->arena, names->spots.count + 1);
    for (uint32_t i = 0; i < names->spots.count; i++)
        if (names->spots.item[i].initials || spells_small(names, &names->spots.item[i])) {
            *name_table_at(&spelt, names->spots.item[i].key, true) = 1;
            any = true;
        }
    for (uint32_t i = 0; any && i < names->spots.count; i++)
        if (name_table_at(&spelt, names->spots.item[i].key, false))
            names->spots.item[i].dropped = true;
}

/* "Badan Narkotika Nasional Kabupaten (BNNK) Lampung Selatan" is one name: the place
 * behind the brackets joins what stands before them. */
static void join_place(struct names *names, uint32_t outer_at, struct name_table *shorts)
{
    struct spot *outer = &names->spots.item[outer_at];
    struct spot *inner = outer + 1, *place = outer + 2;
    if (outer_at + 2 >= names->spots.count || outer->type != ENTITY_ORG ||
        place->type != ENTITY_GPE || place->first != inner->end + 1 || place->dropped)
        return;
    *name_table_at(shorts, inner->key, true) = outer_at + 1;
    *name_table_at(shorts, names_key(names, inner->first, place->end), true) =
        outer_at + 1;
    outer->end = place->end;
    outer->key = names_key(names, outer->first, outer->end);
    outer->full = STR_NONE;
    outer->country = place->country.ptr ? place->country : outer->country;
    inner->dropped = place->dropped = true;
}

/* "Detasemen Khusus (Densus) 88 Antiteror Polri": the number behind the brackets, and
 * what follows it, go on with the name. */
static void join_number(struct names *names, uint32_t outer_at)
{
    struct spot *outer = &names->spots.item[outer_at], *inner = outer + 1;
    uint32_t limit = names->doc->sentences.item[outer->sentence].end, at = inner->end + 1;
    if (outer->type != ENTITY_ORG || at >= limit ||
        names->doc->tokens.item[at].kind != TOKEN_NUMBER ||
        (names->flag[at] & NAME_TIME) ||
        names->doc->tokens.item[at].text.len > NUMBER_DIGITS ||
        /* a year */
        (names->doc->tokens.item[at].text.len == NUMBER_DIGITS &&
         names->doc->tokens.item[at].text.ptr[0] != '0'))
        return;
    uint32_t end = at + 1;
    while (end < at + SHORT_WORDS && names_large(names, end, limit))
        end++;
    /* up to the end of names that begin there */
    for (struct spot *next = inner + 1;
         next < names->spots.item + names->spots.count && next->first < end; next++) {
        if (next->end > end)
            end = next->end;
        next->dropped = true;
    }
    outer->end = end;
    outer->key = names_key(names, outer->first, end);
    outer->full = STR_NONE;
    inner->dropped = true;
}

/* "Komisi Pemberantasan Korupsi (KPK)": the spot in brackets behind another one. */
static void join_brackets(struct names *names)
{
    const struct token *token = names->doc->tokens.item;
    struct name_table shorts;
    name_table_init(&shorts, names->doc->arena, names->spots.count * 2 + 1);
    for (uint32_t i = 0; i < names->spots.count; i++) {
        struct spot *inner = &names->spots.item[i], *outer = inner - (i > 0);
        if (is_bracketed_word(names, inner) && inner->first > outer->end + 1)
            punish(inner); /* short for words that are no name */
        if (inner->first != outer->end + 1 ||
            names_mark(names, outer->end) != MARK_BRACKET_OPEN ||
            names_mark(names, inner->end) != MARK_BRACKET_CLOSE)
            continue;
        bool acronym = (inner->end - inner->first <= SHORT_WORDS &&
                        token[inner->first].shape >= SHAPE_UPPER) ||
                       (inner->end == inner->first + 1 && outer->type == ENTITY_ORG &&
                        (inner->type == ENTITY_NONE || inner->type == ENTITY_ORG));
        bool turned = outer->end == outer->first + 1 &&
                      token[outer->first].shape >= SHAPE_UPPER &&
                      inner->type == ENTITY_ORG;
        /* "Badan Intelijen Pusat Amerika Serikat (AS)" is not short for the body */
        bool other = inner->type != ENTITY_NONE && inner->type != outer->type &&
                     (inner->state || outer->type == ENTITY_LOC);
        if (outer->type != ENTITY_NONE && acronym && !outer->state && !other) {
            inner->type = outer->type;
            inner->same = i;                              /* 1 + index of outer */
            if (token[inner->first].shape == SHAPE_UPPER) /* whatever it is elsewhere */
                *name_table_at(&shorts, inner->key, true) = i;
            inner->confidence = 0.85f;
            inner->state = false;
            join_place(names, i - 1, &shorts);
            join_number(names, i - 1);
        } else if (turned) {
            outer->type = ENTITY_ORG;
            outer->confidence = 0.85f;
            outer->same = i + 1;
        }
    }
    for (uint32_t i = 0; i < names->spots.count; i++) {
        struct spot *spot = &names->spots.item[i];
        uint32_t *whole = name_table_at(&shorts, spot->key, false);
        if (whole == NULL || spot->dropped || *whole == i + 1)
            continue;
        const struct spot *outer = &names->spots.item[*whole - 1];
        spot->type = outer->type;
        spot->country = outer->country;
        spot->full = STR_NONE;
        spot->same = *whole;
    }
}

struct votes {
    float base[5], sum[5];
    uint8_t sure; /* type of a spot of the same form that a list or a head decided */
    bool free;    /* stands somewhere where its capital means something */
};

static void choose(struct spot *spot, const struct votes *votes)
{
    float sum[5] = {0};
    for (int type = 1; type < 5; type++)
        sum[type] = votes->base[type] +
                    (votes->sum[type] < MOST_PLACES ? votes->sum[type] : MOST_PLACES);
    uint8_t best = ENTITY_PER;
    for (uint8_t type = ENTITY_PER; type <= ENTITY_LOC; type++)
        if (sum[type] > sum[best])
            best = type;
    if (sum[best] < LEAST_POINTS) {
        spot->dropped = true;
        return;
    }
    spot->type = best;
    spot->confidence = sum[best] >= 5 ? 0.9f : 0.5f + 0.08f * sum[best];
}

static void count_votes(struct names *names, struct name_table *table,
                        struct votes *votes)
{
    for (uint32_t i = 0; i < names->spots.count; i++) {
        const struct spot *spot = &names->spots.item[i];
        uint32_t *at = name_table_at(table, spot->key, true);
        struct votes *own = &votes[*at ? *at - 1 : i];
        if (*at == 0) {
            *at = i + 1;
            memcpy(own->base, spot->base, sizeof own->base);
        }
        own->free |= !(names->flag[spot->first] & (NAME_INITIAL | NAME_HEADLINE));
        if (spot->type)
            own->sure = spot->type;
        for (int type = 1; type < 5; type++) {
            own->sum[type] += spot->score[type];
            if (spot->base[type] > own->base[type])
                own->base[type] = spot->base[type];
        }
    }
}

static void claim(struct names *names, const struct spot *spot)
{
    for (uint32_t t = spot->first; t < spot->end; t++)
        names->flag[t] |= NAME_CLAIMED;
}

static void judge_spot(struct names *names, struct spot *spot, const struct votes *own)
{
    if (spot->type) {
        spot->dropped = !own->free && names_doubtful(names, spot);
    } else if (own->sure) {
        spot->type = own->sure;
        spot->confidence = 0.8f;
    } else {
        choose(spot, own);
    }
    if (!spot->dropped)
        claim(names, spot);
}

/* The words that alone may mean a longer name: any of a person's, the first of an
 * organisation's, the last of a place's. */
static void learn_words(struct names *names, struct name_table *parts)
{
    uint32_t count = names->spots.count, words = 1;
    for (uint32_t i = 0; i < count; i++)
        words += names->spots.item[i].end - names->spots.item[i].first;
    name_table_init(parts, names->doc->arena, words);
    for (uint32_t i = 0; i < count; i++) {
        const struct spot *spot = &names->spots.item[i];
        if (spot->dropped || spot->type == ENTITY_NONE || spot->end < spot->first + 2)
            continue;
        for (uint32_t t = spot->first; t < spot->end; t++) {
            if ((spot->type == ENTITY_ORG && t > spot->first) ||
                (spot->type >= ENTITY_GPE && t + 1 < spot->end))
                continue;
            uint32_t *at = name_table_at(parts, names->doc->tokens.item[t].lower, true);
            if (*at == 0)
                *at = i + 1;
        }
    }
}

/* A run of one word that is a word of a longer name. */
static bool judge_part(struct names *names, struct name_table *parts, struct spot *spot)
{
    uint32_t *at = name_table_at(parts, spot->key, false);
    if (at == NULL || *at == 0 || names_plain(names, spot->first))
        return false;
    const struct spot *whole = &names->spots.item[*at - 1];
    if (whole->type == ENTITY_ORG && names_english(names, spot->first))
        return false; /* "Trade" of "Trade Promotion Center" */
    struct str head;
    spot->type = whole->type;
    /* "Pandaan" beside "Terminal Pandaan" */
    if (spot->type == ENTITY_LOC && spot->score[ENTITY_GPE] > 0 &&
        doc_match(names->doc, names->gazetteer.lochead, whole->first, whole->end,
                  &head) &&
        gazetteer_says(head, "in"))
        spot->type = ENTITY_GPE;
    spot->country = whole->country;
    spot->confidence = whole->confidence * 0.95f;
    if (whole->type == ENTITY_PER || whole->type == ENTITY_ORG)
        spot->same = *at;
    claim(names, spot);
    return true;
}

/* "di Liverpool", "Liverpool, Inggris": the town itself. */
static bool is_town(const struct names *names, uint32_t index)
{
    const struct spot *spot = &names->spots.item[index];
    const struct token *before = &names->doc->tokens.item[spot->first] - 1;
    struct str cue;
    if (spot->first > 0 && token_get(before, names->gazetteer.namecue, &cue) &&
        gazetteer_says(cue, "inside"))
        return true;
    return index + 1 < names->spots.count && spot[1].type == ENTITY_GPE &&
           spot[1].first == spot->end + 1 && names_mark(names, spot->end) == MARK_COMMA;
}

bool names_sport(struct names *names)
{
    if (names->sport == SPORT_OPEN)
        names->sport = sport_report(names->doc) ? SPORT_YES : SPORT_NO;
    return names->sport == SPORT_YES;
}

/* In reports on sports, towns with a club of their name stand for it. */
static void mark_clubs(struct names *names)
{
    for (uint32_t i = 0; i < names->spots.count; i++) {
        struct spot *spot = &names->spots.item[i];
        if (!spot->town || spot->type != ENTITY_GPE || spot->dropped)
            continue;
        if (!names_sport(names))
            return;
        if (!is_town(names, i))
            spot->type = ENTITY_ORG;
    }
}

/* "Zorya Luhansk": in reports on sports an unknown word right before a town's name. */
static void join_clubs(struct names *names)
{
    const struct token *token = names->doc->tokens.item;
    for (uint32_t i = 1; i < names->spots.count; i++) {
        struct spot *town = &names->spots.item[i], *word = town - 1;
        uint32_t limit = names->doc->sentences.item[town->sentence].end;
        if (town->type != ENTITY_GPE || town->state || word->type != ENTITY_NONE ||
            word->dropped || word->end != town->first || word->end != word->first + 1 ||
            names_given(names, word->first) || names_common(names, word->first) ||
            names_english(names, word->first) ||
            token[word->first].shape != SHAPE_CAPITAL ||
            !token[town->first].space_before || names_large(names, town->end, limit))
            continue;
        if (!names_sport(names))
            return;
        word->end = town->end;
        word->key = names_key(names, word->first, word->end);
        word->type = ENTITY_ORG;
        word->country = town->country;
        word->confidence = 0.75f;
        town->dropped = true;
    }
}

/* A town that stands once for its club does so elsewhere, if no word of place is before.
 */
static void spread_clubs(struct names *names)
{
    struct name_table clubs;
    name_table_init(&clubs, names->doc->arena, names->spots.count + 1);
    for (uint32_t i = 0; i < names->spots.count; i++)
        if (names->spots.item[i].club)
            *name_table_at(&clubs, names->spots.item[i].key, true) = 1;
    for (uint32_t i = 0; i < names->spots.count; i++) {
        struct spot *spot = &names->spots.item[i];
        const struct token *before = &names->doc->tokens.item[spot->first] - 1;
        struct str cue;
        if (spot->type == ENTITY_GPE && name_table_at(&clubs, spot->key, false) &&
            !(spot->first > 0 && token_get(before, names->gazetteer.namecue, &cue) &&
              gazetteer_says(cue, "place")))
            spot->type = ENTITY_ORG;
    }
}

void names_judge(struct names *names)
{
    struct name_table table, parts;
    struct votes *votes =
        arena_zero(names->doc->arena, names->spots.count + 1, sizeof *votes);
    name_table_init(&table, names->doc->arena, names->spots.count + 1);
    drop_spelt(names);
    join_brackets(names);
    join_clubs(names);
    mark_clubs(names);
    spread_clubs(names);
    count_votes(names, &table, votes);
    for (int single = 0; single < 2; single++) {
        if (single)
            learn_words(names, &parts);
        for (uint32_t i = 0; i < names->spots.count; i++) {
            struct spot *spot = &names->spots.item[i];
            if (spot->dropped)
                continue;
            bool open = spot->type == ENTITY_NONE && spot->end == spot->first + 1;
            if (open != (single == 1) || (open && judge_part(names, &parts, spot)))
                continue;
            uint32_t own = *name_table_at(&table, spot->key, false) - 1;
            judge_spot(names, spot, &votes[own]);
        }
    }
}
