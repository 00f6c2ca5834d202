/* Which runs of capitalised words are names, and of what.
 *
 * Each place where a run stands gives points to types: what stands before it (a title, a
 * word of place or of saying), in it (given names, ends of company names) and behind it.
 * A form's points add up over the text, so that one clear place decides for all. */

#include "worker/extract/names.h"

#include "proto/base/hash.h"

/* Points below which a form is no name. */
#define LEAST_POINTS 1.0f
/* Points for places add up to this: what a name is made of must not be outvoted. */
#define MOST_PLACES 3.5f
/* Ordinary words weigh so much more where there are no others. */
#define ALL_COMMON 4
/* Ends of words tell something from this length on. */
#define LONG_WORD 8
/* A second form of the name in brackets has at most this many words. */
#define SHORT_WORDS 3
/* Known names are looked for again in at most this many words. */
#define RECALL_WORDS 4

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

static uint8_t mark_at(const struct names *names, uint32_t at)
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
    spot->quoted = first > 0 && mark_at(names, first - 1) == MARK_QUOTE_OPEN &&
                   mark_at(names, end) == MARK_QUOTE_CLOSE;
    return spot;
}

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

/* Words inside the run. */
static void weigh_inside(struct names *names, struct spot *spot, uint32_t *common_out)
{
    const struct gazetteer *g = &names->gazetteer;
    const struct token *token = names->doc->tokens.item;
    bool given = false, acronym = false, plain = true;
    uint32_t words = 0, common = 0, foreign = 0;
    for (uint32_t i = spot->first; i < spot->end; i++) {
        if (token[i].kind != TOKEN_WORD || token[i].shape == SHAPE_LOWER)
            continue;
        words++;
        bool name = listed(g->given, &token[i]) || listed(g->surname, &token[i]);
        given |= name;
        plain &= token[i].shape == SHAPE_CAPITAL;
        acronym |= token[i].shape == SHAPE_UPPER && token[i].text.len > 1;
        bool english = !name && is_english(g, &token[i]);
        foreign += english;
        common += !name && !english &&
                  (names->flag[i] & NAME_INITIAL ? names_common(names, i)
                                                 : names_plain(names, i));
    }
    const struct token *last = &token[spot->end - 1];
    for (uint32_t i = spot->first + 1; i + 2 < spot->end; i++)
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
    if (words > 1 && plain && common == 0)
        spot->base[ENTITY_PER] += 1.0f;
    spot->base[ENTITY_PER] -= 1.5f * (float)foreign;
    if (words == 1 && is_english(g, last))
        spot->base[ENTITY_PER] -= 3.0f;
    struct str tail;
    if (has_digit(last) || has_digit(&token[spot->first]))
        spot->base[ENTITY_PER] -= 2.0f;
    if (words > foreign && words > 1 && token_get(last, g->orgtail, &tail))
        spot->base[gazetteer_says(tail, "LOC") ? ENTITY_LOC : ENTITY_ORG] += 3.0f;
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

/* Up to four words before, the nearest first: the first cue counts. */
static void weigh_before(struct names *names, struct spot *spot, bool due)
{
    const struct gazetteer *g = &names->gazetteer;
    const struct token *token = names->doc->tokens.item;
    uint32_t begin = names->doc->sentences.item[spot->sentence].first;
    bool acronym = token[spot->first].shape == SHAPE_UPPER;
    struct str cue;
    if (due)
        spot->score[acronym && spot->end == spot->first + 1 ? ENTITY_ORG : ENTITY_PER] +=
            3.0f;
    if (spot->first == begin || due)
        return;
    const struct token *before = &token[spot->first - 1];
    if (token_get(before, g->lochead, &cue) && before->shape == SHAPE_LOWER) {
        spot->score[gazetteer_says(cue, "GPE") ? ENTITY_GPE : ENTITY_LOC] += 2.5f;
    } else if (org_before(names, spot->first, begin)) {
        spot->score[ENTITY_ORG] += 2.0f;
    } else if (token_get(before, g->namecue, &cue)) {
        bool mixed =
            is_english(g, &token[spot->first]) || is_english(g, &token[spot->end - 1]);
        if (gazetteer_says(cue, "place") && acronym)
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
    return mark_at(names, at) == MARK_BRACKET_OPEN &&
           mark_at(names, at + 2) == MARK_BRACKET_CLOSE &&
           token[at + 1].kind == TOKEN_NUMBER && token[at + 1].text.len <= 2;
}

/* True where a known place follows, behind a comma. */
static bool weigh_behind(struct names *names, struct spot *spot)
{
    const struct gazetteer *g = &names->gazetteer;
    uint32_t limit = names->doc->sentences.item[spot->sentence].end, at = spot->end;
    bool acronym = names->doc->tokens.item[spot->first].shape == SHAPE_UPPER;
    struct gazetteer_entry entry;
    struct title title;
    struct str cue;
    if (at >= limit)
        return false;
    if (age_behind(names, at))
        spot->score[ENTITY_PER] += 2.5f;
    if (token_get(&names->doc->tokens.item[at], g->namecue, &cue) &&
        !gazetteer_says(cue, "place") && !gazetteer_says(cue, "say"))
        spot->score[acronym ? ENTITY_ORG : ENTITY_PER] +=
            gazetteer_says(cue, "verb") ? 1.0f : 0.5f;
    else if (spot->base[ENTITY_PER] > 0 && names_acts(names, at, limit))
        spot->score[ENTITY_PER] += 1.0f;
    if (mark_at(names, at) != MARK_COMMA || at + 1 >= limit)
        return false;
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
        spot->country = entry.country;
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

static bool is_bracketed_word(const struct names *names, const struct spot *spot)
{
    return spot->type == ENTITY_NONE && spot->first > 0 && spot->end == spot->first + 1 &&
           mark_at(names, spot->first - 1) == MARK_BRACKET_OPEN &&
           mark_at(names, spot->end) == MARK_BRACKET_CLOSE;
}

static void punish(struct spot *spot)
{
    for (int type = 1; type < 5; type++)
        spot->score[type] -= 3.0f;
}

/* "Komisi Pemberantasan Korupsi (KPK)": the spot in brackets behind another one. */
static void join_brackets(struct names *names)
{
    const struct token *token = names->doc->tokens.item;
    for (uint32_t i = 0; i < names->spots.count; i++) {
        struct spot *inner = &names->spots.item[i], *outer = inner - (i > 0);
        if (is_bracketed_word(names, inner) && inner->first > outer->end + 1)
            punish(inner); /* short for words that are no name */
        if (inner->first != outer->end + 1 ||
            mark_at(names, outer->end) != MARK_BRACKET_OPEN ||
            mark_at(names, inner->end) != MARK_BRACKET_CLOSE)
            continue;
        bool acronym = (inner->end - inner->first <= SHORT_WORDS &&
                        token[inner->first].shape >= SHAPE_UPPER) ||
                       (inner->end == inner->first + 1 && outer->type == ENTITY_ORG &&
                        inner->type == ENTITY_NONE);
        bool turned = outer->end == outer->first + 1 &&
                      token[outer->first].shape >= SHAPE_UPPER &&
                      inner->type == ENTITY_ORG;
        if (outer->type != ENTITY_NONE && acronym && !outer->state) {
            inner->type = outer->type;
            inner->same = i; /* 1 + index of outer */
            inner->confidence = 0.85f;
            inner->state = false;
        } else if (turned) {
            outer->type = ENTITY_ORG;
            outer->confidence = 0.85f;
            outer->same = i + 1;
        }
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
    spot->type = whole->type;
    spot->country = whole->country;
    spot->confidence = whole->confidence * 0.95f;
    if (whole->type == ENTITY_PER || whole->type == ENTITY_ORG)
        spot->same = *at;
    claim(names, spot);
    return true;
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
    join_brackets(names);
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
