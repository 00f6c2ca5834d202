/* Mentions and entities from the spots that stand.
 *
 * Spots join by key: the state's code, the full name a short form stands for, or the name
 * itself. Then parts join wholes: a person's name its bearer's fuller name, a place or an
 * organisation the longer name it begins. */

#include "worker/extract/names.h"

#include "proto/base/utf8.h"

/* Shorter than two words begins too many names. */
#define PREFIX_WORDS 2
/* Words of the longest head that has a short form. */
#define FORM_WORDS 5
/* In place of a group: more than one. */
#define SHARED UINT32_MAX
/* Tokens between a name and what its bearer is called. */
#define CALLED_MOST 6

struct joiner {
    struct names *names;
    struct name_table keys;  /* key → 1 + group */
    struct name_table parts; /* word or prefix → 1 + group */
    uint32_t *group_of;      /* by spot */
    struct group {
        struct str key;
        uint32_t into; /* 1 + the group it was joined to; 0 itself */
        uint32_t words;
        uint32_t entity; /* 1 + index */
        uint8_t type;
        bool state;
        bool plain;   /* a name that is no short form or by-name has been seen */
        bool known;   /* to a list */
        bool town;    /* a club, by the name of its town */
        bool company; /* named with the form of a company: its first word tells it */
    } * group;
    uint32_t count;
};

static uint32_t count_words(struct str key)
{
    uint32_t words = 1;
    for (size_t i = 0; i < key.len; i++)
        words += key.ptr[i] == ' ';
    return words;
}

/* Lower case, without commas. */
static struct str plain_key(struct str name, struct arena *arena)
{
    char *out = arena_alloc(arena, name.len * 2 + 4);
    size_t len = utf8_lower_str(name, out), kept = 0;
    for (size_t i = 0; i < len; i++)
        if (out[i] != ',')
            out[kept++] = out[i];
    return str_make(out, kept);
}

/* What stands behind the head of a place's name; all of it where there is none. */
static struct str own_key(const struct joiner *joiner, struct str key)
{
    struct str rest = key, word, value;
    if (!str_split(&rest, ' ', &word) || rest.ptr == NULL || rest.len == 0)
        return key;
    bool head = wordlist_get(joiner->names->gazetteer.lochead, word, &value) &&
                gazetteer_says(value, "GPE");
    return head ? rest : key;
}

/* "kabupaten sukabumi" and "sukabumi" are one, and "provinsi dki jakarta" and "jakarta".
 */
static struct str without_head(const struct joiner *joiner, struct str key)
{
    struct gazetteer_entry entry;
    struct str own = own_key(joiner, key);
    bool known = gazetteer_find(&joiner->names->gazetteer, own, &entry);
    return known && entry.full.ptr ? plain_key(entry.full, joiner->names->doc->arena)
                                   : own;
}

static bool is_form(const struct wordlist *list, struct str word)
{
    struct str value;
    return wordlist_get(list, word, &value) && gazetteer_says(value, "form");
}

/* Where the last word of key begins. */
static size_t last_word(struct str key)
{
    size_t at = key.len;
    while (at > 0 && key.ptr[at - 1] != ' ')
        at--;
    return at;
}

/* "pt bank mandiri persero tbk" and "bank mandiri" are one. */
static struct str without_form(const struct joiner *joiner, struct str key)
{
    const struct gazetteer *g = &joiner->names->gazetteer;
    struct str rest = key, word;
    if (str_split(&rest, ' ', &word) && rest.len > 0 && is_form(g->orghead, word))
        key = rest;
    for (size_t at = last_word(key); at > 0 && is_form(g->orgtail, str_from(key, at));
         at = last_word(key))
        key = str_slice(key, 0, at - 1);
    return key;
}

/* "park chul-soo" and "park chul soo" are one. */
static struct str without_hyphens(struct str key, struct arena *arena)
{
    if (memchr(key.ptr, '-', key.len) == NULL)
        return key;
    char *out = arena_alloc(arena, key.len);
    for (size_t i = 0; i < key.len; i++)
        out[i] = key.ptr[i] == '-' ? ' ' : key.ptr[i];
    return str_make(out, key.len);
}

/* "kepolisian resor sabu raijua" and "polres sabu raijua" are one. */
static struct str with_short_head(const struct joiner *joiner, struct str key)
{
    const struct gazetteer *g = &joiner->names->gazetteer;
    struct str value, best = STR_NONE;
    size_t head = 0, words = 0;
    for (size_t i = 1; i < key.len && words < FORM_WORDS; i++) {
        if (key.ptr[i] != ' ')
            continue;
        words++;
        if (wordlist_get(g->orgform, str_slice(key, 0, i), &value)) {
            best = value;
            head = i;
        }
    }
    return head ? arena_printf(joiner->names->doc->arena, "%.*s%.*s", STR_ARG(best),
                               STR_ARG(str_from(key, head)))
                : key;
}

static struct str key_of(struct joiner *joiner, const struct spot *spot)
{
    struct arena *arena = joiner->names->doc->arena;
    if (spot->state)
        return arena_printf(arena, "=%.*s", STR_ARG(spot->country));
    struct str key = spot->full.ptr && spot->type == ENTITY_ORG
                         ? without_form(joiner, plain_key(spot->full, arena))
                     : spot->full.ptr           ? plain_key(spot->full, arena)
                     : spot->type == ENTITY_GPE ? without_head(joiner, spot->key)
                     : spot->type == ENTITY_ORG
                         ? with_short_head(joiner, without_form(joiner, spot->key))
                     : spot->type == ENTITY_PER ? without_hyphens(spot->key, arena)
                                                : spot->key;
    return key;
}

static uint32_t add_group(struct joiner *joiner, const struct spot *spot)
{
    struct str key = key_of(joiner, spot);
    /* a person and a place may bear the same name */
    char *bytes = arena_alloc(joiner->names->doc->arena, key.len + 1);
    bytes[0] = (char)('0' + spot->type);
    memcpy(bytes + 1, key.ptr, key.len);
    struct str typed = str_make(bytes, key.len + 1);
    uint32_t *at = name_table_at(&joiner->keys, typed, true);
    if (*at == 0) {
        joiner->group[joiner->count] = (struct group){.key = key,
                                                      .words = count_words(key),
                                                      .type = spot->type,
                                                      .state = spot->state};
        joiner->group[joiner->count].company = spot->type == ENTITY_ORG &&
                                               spot->full.ptr == NULL &&
                                               key.ptr != spot->key.ptr;
        *at = ++joiner->count;
    }
    joiner->group[*at - 1].town |= spot->type == ENTITY_ORG && (spot->town || spot->club);
    joiner->group[*at - 1].known |= strcmp(spot->rule, "mention.known") == 0;
    return *at - 1;
}

static uint32_t root_of(const struct joiner *joiner, uint32_t group)
{
    while (joiner->group[group].into)
        group = joiner->group[group].into - 1;
    return group;
}

static void join(struct joiner *joiner, uint32_t from, uint32_t to)
{
    from = root_of(joiner, from);
    to = root_of(joiner, to);
    if (from != to)
        joiner->group[from].into = to + 1;
}

/* "ardhito pramono" for "ardhito rifqi pramono". */
static void learn_ends(struct joiner *joiner, uint32_t index)
{
    struct str key = joiner->group[index].key;
    size_t first = 0, last = last_word(key);
    while (key.ptr[first] != ' ')
        first++;
    char *out = arena_alloc(joiner->names->doc->arena, first + 1 + key.len - last);
    memcpy(out, key.ptr, first + 1);
    memcpy(out + first + 1, key.ptr + last, key.len - last);
    uint32_t *at =
        name_table_at(&joiner->parts, str_make(out, first + 1 + key.len - last), true);
    if (*at == 0)
        *at = index + 1;
}

/* The last word of an organisation's name, for "Dortmund" of "Borussia Dortmund". */
static struct str last_key(const struct joiner *joiner, struct str key)
{
    return arena_printf(joiner->names->doc->arena, "*%.*s",
                        STR_ARG(str_from(key, last_word(key))));
}

static void learn(struct joiner *joiner, uint32_t index)
{
    const struct group *group = &joiner->group[index];
    struct str rest = group->key, word;
    uint32_t words = 0;
    while (str_split(&rest, ' ', &word)) {
        struct str part = word;
        words++;
        if (group->type != ENTITY_PER) {
            part =
                str_make(group->key.ptr, (size_t)(word.ptr - group->key.ptr) + word.len);
            if (words < (group->company ? 1 : PREFIX_WORDS) || words == group->words)
                continue;
        }
        uint32_t *at = name_table_at(&joiner->parts, part, true);
        if (*at == 0)
            *at = index + 1;
    }
    if (group->type == ENTITY_PER && words > 2)
        learn_ends(joiner, index);
    if (group->type == ENTITY_ORG && words == 2) {
        uint32_t *at = name_table_at(&joiner->parts, last_key(joiner, group->key), true);
        *at = *at ? SHARED : index + 1;
    }
}

/* All words of part stand in whole, next to each other. */
static bool holds_words(struct str whole, struct str part)
{
    size_t at = str_find(whole, part);
    if (at == (size_t)-1)
        return false;
    return (at == 0 || whole.ptr[at - 1] == ' ') &&
           (at + part.len == whole.len || whole.ptr[at + part.len] == ' ');
}

/* Its state's name: `words` stand behind an organisation of that country. */
static bool is_state(const struct joiner *joiner, struct str words, struct str country)
{
    struct gazetteer_entry entry;
    struct str value;
    return gazetteer_find(&joiner->names->gazetteer, words, &entry)
               ? entry.state && (country.ptr == NULL || str_eq(entry.country, country))
               : wordlist_get(joiner->names->gazetteer.alias, words, &value);
}

/* "bj habibie" of "bacharuddin jusuf habibie": the first word is made of the initials of
 * the words that the rest replaces. */
static bool is_initials(struct str whole, struct str part)
{
    size_t last = last_word(part);
    struct str rest = whole, word;
    if (last < 3 || last_word(whole) == 0 ||
        !str_eq(str_from(part, last), str_from(whole, last_word(whole))))
        return false;
    for (size_t i = 0; i + 1 < last; i++)
        if (!str_split(&rest, ' ', &word) || word.len == 0 || word.ptr[0] != part.ptr[i])
            return false;
    return str_split(&rest, ' ', &word) && rest.len == 0;
}

static void join_part(struct joiner *joiner, uint32_t index)
{
    const struct group *group = &joiner->group[index];
    struct gazetteer_entry entry;
    struct str rest = group->key, word;
    if (group->state)
        return;
    if (group->type == ENTITY_PER)
        str_split(&rest, ' ', &word);
    else
        word = group->key;
    uint32_t *at = name_table_at(&joiner->parts, word, false);
    if (group->town) {
        uint32_t *club =
            name_table_at(&joiner->parts, last_key(joiner, group->key), false);
        if (club && *club && *club != SHARED)
            join(joiner, index, *club - 1);
        return;
    }
    if (group->type == ENTITY_PER && group->words == 2) {
        uint32_t *ends = name_table_at(&joiner->parts, group->key, false);
        if (ends && *ends) {
            join(joiner, index, *ends - 1);
            return;
        }
    }
    if (group->type == ENTITY_PER && group->words == 2 &&
        (at == NULL || *at == index + 1)) {
        at = name_table_at(&joiner->parts, str_from(group->key, last_word(group->key)),
                           false);
        if (at && *at && *at != index + 1 &&
            is_initials(joiner->group[*at - 1].key, group->key))
            join(joiner, index, *at - 1);
        return;
    }
    if (at == NULL || *at == 0 || *at - 1 == index)
        return;
    const struct group *whole = &joiner->group[*at - 1];
    if (group->type == ENTITY_ORG && group->words < PREFIX_WORDS && group->known)
        return;
    if (whole->type != group->type || whole->words <= group->words ||
        !holds_words(whole->key, group->key))
        return;
    /* a known organisation is not its own branch, except in its country's name */
    bool listed = gazetteer_find(&joiner->names->gazetteer, group->key, &entry);
    if (group->type != ENTITY_PER && group->type != ENTITY_LOC &&
        (group->type == ENTITY_GPE || listed) &&
        !is_state(joiner, str_from(whole->key, group->key.len + 1),
                  listed ? entry.country : STR_NONE))
        return;
    join(joiner, index, *at - 1);
}

/* Of two forms of one name: the longer, then the one not in capitals only. */
static bool fuller(struct str a, struct str b)
{
    if (a.len != b.len)
        return a.len > b.len;
    return str_cmp(a, b) > 0; /* small letters sort behind large ones */
}

/* The country an organisation carries in its name. */
static struct str country_inside(const struct names *names, const struct spot *spot)
{
    struct str country = STR_NONE, other = STR_NONE;
    struct gazetteer_entry entry;
    if (gazetteer_find(&names->gazetteer, spot->key, &entry) && entry.country.ptr)
        return entry.country;
    for (uint32_t i = spot->first; i < spot->end; i++) {
        if (!gazetteer_match(&names->gazetteer, names->doc, i, spot->end, &entry))
            continue;
        if (entry.type >= ENTITY_GPE && entry.country.ptr)
            country = entry.country;
        else if (entry.type == ENTITY_ORG && entry.country.ptr)
            other = entry.country;
    }
    return country.ptr ? country : other;
}

static struct str head_country(const struct names *names, const struct spot *spot)
{
    struct str value, piece;
    if (!doc_match(names->doc, names->gazetteer.orghead, spot->first, spot->end, &value))
        return STR_NONE;
    while (str_split(&value, ' ', &piece))
        if (piece.len == 2 && piece.ptr[0] >= 'A' && piece.ptr[0] <= 'Z')
            return piece;
    return STR_NONE;
}

static struct str country_of(const struct names *names, const struct spot *spot)
{
    if (spot->country.ptr || spot->type == ENTITY_PER)
        return spot->country;
    struct str country = country_inside(names, spot);
    if (country.ptr == NULL && spot->type == ENTITY_ORG)
        country = head_country(names, spot);
    return country;
}

static struct entity *entity_for(struct joiner *joiner, const struct spot *spot,
                                 uint32_t group)
{
    struct doc *doc = joiner->names->doc;
    struct group *root = &joiner->group[group];
    if (root->entity == 0) {
        struct entity *entity = ARENA_PUSH(doc->arena, &doc->entities);
        *entity = (struct entity){
            .type = root->type, .first_mention = doc->mentions.count, .rule = spot->rule};
        root->entity = doc->entities.count;
    }
    return &doc->entities.item[root->entity - 1];
}

/* "Indonesia", not "Tanah Air": a state's own name. */
static bool is_listed_state(const struct joiner *joiner, struct str key)
{
    struct gazetteer_entry entry;
    struct str value;
    return wordlist_get(joiner->names->gazetteer.place, key, &value) &&
           gazetteer_parse(value, &entry) && entry.state;
}

/* Not a by-name, a short form or one in brackets ("Macan Kemayoran", "KPK"): where its
 * bearer is named in full as well, that is the name. */
static bool is_plain(struct joiner *joiner, const struct spot *spot)
{
    if (spot->state)
        return is_listed_state(joiner, spot->key);
    if (spot->type == ENTITY_GPE) { /* "Provinsi Jabar" is Jawa Barat, and called so */
        struct str own = own_key(joiner, spot->key), meant = key_of(joiner, spot);
        return str_eq(own, meant) || holds_words(own, meant) || holds_words(meant, own);
    }
    if (spot->type != ENTITY_ORG)
        return true;
    if (spot->full.ptr == NULL)
        return spot->same == 0;
    return str_starts(spot->key, spot->full) || /* "Kemlu RI" */
           holds_words(plain_key(spot->full, joiner->names->doc->arena), spot->key);
}

static void add_mention(struct joiner *joiner, const struct spot *spot, uint32_t group)
{
    struct doc *doc = joiner->names->doc;
    struct span span = {doc->tokens.item[spot->first].span.begin,
                        doc->tokens.item[spot->end - 1].span.end};
    struct entity *entity = entity_for(joiner, spot, group);
    struct str country = country_of(joiner->names, spot);
    *ARENA_PUSH(doc->arena, &doc->mentions) =
        (struct mention){.span = span,
                         .first = spot->first,
                         .end = spot->end,
                         .sentence = spot->sentence,
                         .type = entity->type,
                         .entity = (uint32_t)(entity - doc->entities.item),
                         .name = doc_span_text(doc, span),
                         .country = country,
                         .confidence = spot->confidence,
                         .rule = spot->rule};
    for (uint32_t t = spot->first; t < spot->end; t++)
        doc->tokens.item[t].mention = doc->mentions.count;
    entity->mention_count++;
    struct str name = doc_span_text(doc, span);
    bool plain = is_plain(joiner, spot);
    if (entity->name.ptr == NULL || (plain && !joiner->group[group].plain) ||
        (plain == joiner->group[group].plain && fuller(name, entity->name)))
        entity->name = name;
    joiner->group[group].plain |= plain;
    if (entity->country.ptr == NULL)
        entity->country = country;
    if (spot->confidence > entity->confidence)
        entity->confidence = spot->confidence;
}

/* "Ridwan Kamil yang akrab disapa Emil", "Emil –sapaan Ridwan Kamil": only marks and
 * words that say so stand between two names of one person. */
static bool is_called(const struct names *names, uint32_t from, uint32_t to)
{
    bool called = false;
    for (uint32_t i = from; i < to; i++) {
        struct str value = STR_NONE;
        const struct token *token = &names->doc->tokens.item[i];
        bool listed = token_get(token, names->gazetteer.called, &value);
        bool says = listed && gazetteer_says(value, "other");
        if (!says && !(listed && gazetteer_says(value, "also")) &&
            token->mark != MARK_COMMA && token->mark != MARK_DASH)
            return false;
        called |= says;
    }
    return called;
}

/* "Muhammad Iqbal alias Abu Hamzah": the one word that joins two full names. */
static bool is_full_link(const struct names *names, uint32_t at)
{
    struct str value;
    return token_get(&names->doc->tokens.item[at], names->gazetteer.called, &value) &&
           gazetteer_says(value, "full");
}

static void join_called(struct joiner *joiner)
{
    const struct names *names = joiner->names;
    for (uint32_t i = 0; i + 1 < names->spots.count; i++) {
        const struct spot *a = &names->spots.item[i], *b = a + 1;
        if (!a->dropped && !b->dropped && a->type == ENTITY_PER &&
            b->type == ENTITY_PER && a->sentence == b->sentence && b->first > a->end &&
            (a->end == a->first + 1 || b->end == b->first + 1 ||
             is_full_link(names, a->end)) &&
            b->first - a->end <= CALLED_MOST && is_called(names, a->end, b->first))
            join(joiner, joiner->group_of[i], joiner->group_of[i + 1]);
    }
}

static void group_spots(struct joiner *joiner)
{
    struct names *names = joiner->names;
    uint32_t count = names->spots.count, words = 1;
    for (uint32_t i = 0; i < count; i++)
        if (!names->spots.item[i].dropped)
            joiner->group_of[i] = add_group(joiner, &names->spots.item[i]);
    for (uint32_t g = 0; g < joiner->count; g++)
        words += joiner->group[g].words + 2;
    name_table_init(&joiner->parts, names->doc->arena, words);
    for (uint32_t g = 0; g < joiner->count; g++)
        if (joiner->group[g].words > 1 && !joiner->group[g].state)
            learn(joiner, g);
    for (uint32_t i = 0; i < count; i++) {
        const struct spot *spot = &names->spots.item[i];
        if (!spot->dropped && spot->same && !names->spots.item[spot->same - 1].dropped)
            join(joiner, joiner->group_of[i], joiner->group_of[spot->same - 1]);
    }
    join_called(joiner);
    for (uint32_t g = 0; g < joiner->count; g++)
        if (joiner->group[g].into == 0)
            join_part(joiner, g);
}

/* Countries of places that nothing says directly: "Jalan Pamotan, Rembang". */
static void place_countries(struct doc *doc)
{
    for (uint32_t i = 0; i < doc->mentions.count; i++) {
        struct mention *own = &doc->mentions.item[i];
        struct entity *entity = &doc->entities.item[own->entity];
        if (entity->country.ptr || own->type < ENTITY_GPE ||
            strcmp(own->rule, "mention.known") == 0) /* a sea, a region of the world */
            continue;
        const struct mention *other = own + 1;
        bool next = i + 1 < doc->mentions.count && other->type == ENTITY_GPE &&
                    other->sentence == own->sentence;
        bool apposed = next && other->first == own->end + 1 &&
                       doc->tokens.item[own->end].mark == MARK_COMMA;
        if (!next)
            other = own - (i > 0);
        if (apposed || (own->type == ENTITY_LOC && other->type == ENTITY_GPE &&
                        other->sentence == own->sentence))
            entity->country = doc->entities.item[other->entity].country;
    }
}

void names_join(struct names *names)
{
    struct doc *doc = names->doc;
    struct joiner joiner = {.names = names};
    uint32_t count = names->spots.count;
    name_table_init(&joiner.keys, doc->arena, count + 1);
    joiner.group_of = arena_zero(doc->arena, count + (size_t)1, sizeof(uint32_t));
    joiner.group = arena_zero(doc->arena, count + (size_t)1, sizeof *joiner.group);
    group_spots(&joiner);
    /* Spots do not overlap, so the tokens put them in order. */
    uint32_t *at = arena_zero(doc->arena, doc->tokens.count + (size_t)1, sizeof *at);
    for (uint32_t i = 0; i < count; i++)
        if (!names->spots.item[i].dropped)
            at[names->spots.item[i].first] = i + 1;
    for (uint32_t t = 0; t < doc->tokens.count; t++)
        if (at[t])
            add_mention(&joiner, &names->spots.item[at[t] - 1],
                        root_of(&joiner, joiner.group_of[at[t] - 1]));
    place_countries(doc);
}
