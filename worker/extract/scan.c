/* One walk over a sentence that cuts it into spots. */

#include "worker/extract/names.h"
#include "worker/extract/sport.h"

/* Points of a run for an organisation whose initials stand behind it. */
#define SPELT_POINTS 2.5f

/* Words of a village's name. */
#define VILLAGE_WORDS 2
/* Points for a player. */
#define ROSTER_POINTS 3.0f

struct walk {
    struct names *names;
    uint32_t at, limit;
    bool due;     /* a title stands before: a person's name is due */
    bool local;   /* and it is a title of a place */
    bool village; /* … mostly a small one */
    bool named;   /* or one that only stands before a name: "Pak", "Kapten" */
    bool club;    /* or of a club */
    bool bound;   /* or one that says little without an organisation */
    bool apposed; /* and it stands between commas, behind a name */
    bool roster;  /* the sentence is a list of players */
};

static void mark_headline(struct names *names, const struct sentence *sentence)
{
    for (uint32_t i = sentence->first; i < sentence->end; i++)
        names->flag[i] |= NAME_HEADLINE;
}

static void flag_tokens(struct names *names, uint32_t first, uint32_t end, uint8_t flag)
{
    for (; first < end; first++)
        names->flag[first] |= flag;
}

static struct spot *add_known(struct walk *walk, uint32_t count,
                              const struct gazetteer_entry *entry)
{
    struct spot *spot =
        names_spot(walk->names, walk->at, walk->at + count, "mention.known");
    spot->type = entry->type;
    spot->state = entry->state;
    spot->weak = entry->weak;
    spot->town = entry->town;
    spot->country = entry->country;
    spot->full = entry->full;
    spot->confidence = 0.9f;
    return spot;
}

/* A phrase that is no entity: its head, or all of it. */
static bool take_nonname(struct walk *walk, uint32_t known)
{
    struct names *names = walk->names;
    struct str value;
    uint32_t count =
        doc_match(names->doc, names->gazetteer.nonname, walk->at, walk->limit, &value);
    if (count == 0 || known > count || !names_large(names, walk->at, walk->limit))
        return false;
    uint32_t end = walk->at + count;
    if (gazetteer_says(value, "run"))
        while (end < walk->limit && (names_large(names, end, walk->limit) ||
                                     (names->doc->tokens.item[end].kind == TOKEN_NUMBER &&
                                      !(names->flag[end] & NAME_TIME))))
            end++;
    flag_tokens(names, walk->at, end, NAME_BARRED);
    walk->at = end;
    walk->due = false;
    return true;
}

/* "Jakarta Fashion Week 2025", "Toyota Indonesia Motor Show": a phrase whose last word
 * says that it is the name of an event or a document. */
static bool take_event(struct walk *walk, uint32_t known)
{
    struct names *names = walk->names;
    const struct token *token = names->doc->tokens.item;
    const uint32_t first = walk->at;
    uint32_t end = first + 1;
    while (end < walk->limit && end < first + NAMES_RUN_MOST &&
           names_large(names, end, walk->limit) && token[end].space_before)
        end++;
    if (end <= first + 1 || end <= first + known ||
        !token_get(&token[end - 1], names->gazetteer.nonnametail, NULL))
        return false;
    flag_tokens(names, first, end, NAME_BARRED);
    walk->at = end;
    return true;
}

static bool name_like(const struct names *names, uint32_t at, uint32_t limit)
{
    const struct token *token = &names->doc->tokens.item[at];
    return token_get(token, names->gazetteer.given, NULL) &&
           names_large(names, at, limit) && names_large(names, at + 1, limit) &&
           !doc_match(names->doc, names->gazetteer.place, at + 1, limit, NULL);
}

/* "Tom Smith, presiden …": the title is of a person named before it. */
static bool behind_person(const struct names *names, uint32_t at)
{
    if (names->spots.count == 0 || at == 0 ||
        names->doc->tokens.item[at - 1].mark != MARK_COMMA ||
        names->doc->tokens.item[at].shape != SHAPE_LOWER)
        return false;
    const struct spot *spot = &names->spots.item[names->spots.count - 1];
    if (spot->end + 1 != at || spot->dropped)
        return false;
    return spot->type == ENTITY_PER ||
           (spot->type == ENTITY_NONE && spot->end > spot->first + 1 &&
            spot->base[ENTITY_PER] > 0);
}

static bool take_title(struct walk *walk, uint32_t other_end)
{
    struct names *names = walk->names;
    struct title title;
    uint32_t end =
        title_read(&names->gazetteer, names->doc, walk->at, walk->limit, &title);
    if (end == 0 || end < other_end)
        return false;
    /* "Jenderal TNI Budi", but "TNI mengirim" */
    if (end == other_end && title.kind == TITLE_HONOR && !walk->due)
        return false;
    /* "Imam Suroso", "Putri Handayani": a name that is a title too */
    if (end == walk->at + 1 && title.kind == TITLE_ROLE &&
        name_like(names, walk->at, walk->limit))
        return false;
    /* "Dinas Pariwisata (Kadispar) Jabar": in brackets behind a name */
    if (end == walk->at + 1 && walk->at > 1 && walk->at < walk->limit &&
        names_mark(names, walk->at - 1) == MARK_BRACKET_OPEN &&
        names_mark(names, end) == MARK_BRACKET_CLOSE &&
        !(names->flag[walk->at - 2] & NAME_TITLE))
        return false;
    flag_tokens(names, walk->at, end, NAME_TITLE);
    walk->at = end;
    walk->due = true;
    walk->local = title.local;
    walk->village = title.village;
    walk->named = title.kind != TITLE_ROLE;
    walk->club = title.club;
    walk->bound = title.bound;
    walk->apposed = title.kind == TITLE_ROLE && behind_person(names, title.first);
    return true;
}

/* A person known by one word, before words that may go on with the name. */
static bool goes_on(struct walk *walk, uint32_t count,
                    const struct gazetteer_entry *entry)
{
    struct names *names = walk->names;
    uint32_t next = walk->at + count;
    if (!names_large(names, next, walk->limit) ||
        !names->doc->tokens.item[next].space_before ||
        names_run_end(names, walk->at, walk->limit, walk->due) <= next)
        return false;
    if (entry->type == ENTITY_PER)
        return !names_common(names, next);
    /* "Total Shareholder Return": an ordinary word of a longer phrase */
    if (entry->type == ENTITY_ORG && count == 1)
        return names_english(names, walk->at) || names_common(names, walk->at);
    return count == 1 && entry->weak &&
           token_get(&names->doc->tokens.item[walk->at], names->gazetteer.given, NULL);
}

/* "Kemlu RI": a state's short form goes on with an organisation's name; "Honda Thailand":
 * a state's name with that of another state's, as its branch. */
static void add_state(struct walk *walk)
{
    struct names *names = walk->names;
    struct spot *spot = &names->spots.item[names->spots.count - 1];
    struct gazetteer_entry entry;
    if (spot->type != ENTITY_ORG || !names_large(names, walk->at, walk->limit) ||
        gazetteer_match(&names->gazetteer, names->doc, walk->at, walk->limit, &entry) !=
            1 ||
        !entry.state)
        return;
    bool branch = names->doc->tokens.item[walk->at].shape != SHAPE_UPPER;
    if (branch && (spot->town || spot->club || spot->country.ptr == NULL ||
                   str_eq(spot->country, entry.country) ||
                   names_large(names, walk->at + 1, walk->limit)))
        return;
    if (branch)
        spot->full = STR_NONE;
    else if (spot->full.ptr == NULL)
        spot->full = spot->key;
    spot->country = entry.country;
    spot->end = ++walk->at;
    spot->key = names_key(names, spot->first, spot->end);
}

/* "Barito Pacific Tbk" */
static void add_form(struct walk *walk)
{
    struct names *names = walk->names;
    struct spot *spot = &names->spots.item[names->spots.count - 1];
    uint32_t end = names_form_end(names, walk->at, walk->limit);
    if (spot->type != ENTITY_ORG || end == walk->at)
        return;
    if (spot->full.ptr == NULL)
        spot->full = spot->key;
    walk->at = spot->end = end;
    spot->key = names_key(names, spot->first, end);
}

/* "Bulog Cabang Pembantu Kalianda": words that go on with an organisation's name. */
static void add_branch(struct walk *walk)
{
    struct names *names = walk->names;
    struct spot *spot = &names->spots.item[names->spots.count - 1];
    if (spot->type != ENTITY_ORG)
        return;
    uint32_t end = names_branch_end(names, walk->at, walk->limit);
    if (end == walk->at)
        return;
    walk->at = spot->end = end;
    spot->full = STR_NONE;
    spot->key = names_key(names, spot->first, end);
}

/* "New York Post": a place at the begin of another name. */
static bool take_tail(struct walk *walk, uint32_t known)
{
    struct names *names = walk->names;
    uint8_t type = ENTITY_ORG;
    uint32_t end = names_tail_end(names, walk->at + known, walk->limit, &type);
    if (end == walk->at + known)
        return false;
    struct spot *spot = names_spot(names, walk->at, end, "mention.tail");
    spot->type = type;
    spot->confidence = 0.75f;
    walk->at = end;
    return true;
}

static bool take_head(struct walk *walk, uint32_t known_count)
{
    struct names *names = walk->names;
    uint8_t type = ENTITY_ORG;
    struct str country = STR_NONE;
    uint32_t org = names_org_end(names, walk->at, walk->limit, walk->due);
    uint32_t loc = names_loc_end(names, walk->at, walk->limit, &type, &country);
    uint32_t end = org >= loc ? org : loc;
    if (end == 0 || end <= walk->at + known_count)
        return false;
    struct spot *spot = names_spot(
        names, walk->at, end, org >= loc ? "mention.org_head" : "mention.place_head");
    spot->type = org >= loc ? ENTITY_ORG : type;
    spot->country = org >= loc ? STR_NONE : country;
    spot->confidence = 0.75f;
    walk->at = end;
    walk->bound = false;
    add_state(walk);
    add_branch(walk);
    return true;
}

/* Names behind a small head of films, ships and the like are none ("film Laskar
 * Pelangi"); how: "run", or "mute" for what bars known names too ("bahasa Inggris"). */
static bool is_muted(const struct walk *walk, const char *how)
{
    struct names *names = walk->names;
    struct str value;
    const struct token *token = &names->doc->tokens.item[walk->at];
    return walk->at > names->doc->sentences.item[token->sentence].first &&
           token[-1].shape == SHAPE_LOWER &&
           token_get(&token[-1], names->gazetteer.nonname, &value) &&
           gazetteer_says(value, how);
}

/* "Camat Ciemas, Budi Hartono", "Kapolsek Ciemas AKP Budi": one word of which the name is
 * still to come. */
static bool place_is_due(const struct walk *walk)
{
    struct names *names = walk->names;
    struct title title;
    if (walk->at >= walk->limit)
        return false;
    if (names->doc->tokens.item[walk->at].mark == MARK_COMMA)
        return names_large(names, walk->at + 1, walk->limit);
    return title_read(&names->gazetteer, names->doc, walk->at, walk->limit, &title) != 0;
}

/* The first word of a run is no part of a name: what is behind it is read anew. */
static bool no_name(struct names *names, uint32_t first, uint32_t end, bool due)
{
    const struct gazetteer *g = &names->gazetteer;
    const struct token *word = &names->doc->tokens.item[first];
    if (token_get(word, g->orghead, NULL) || token_get(word, g->lochead, NULL))
        return true; /* a head without a name */
    /* "gerbang I Celebes Hall", but "I Made Wirawan" */
    if (word->text.len == 1 && strchr("IVX", word->text.ptr[0]) && end > first + 1 &&
        !names_given(names, first + 1))
        return true;
    if (token_get(word, g->orgbranch, NULL) && !token_get(word, g->given, NULL))
        return true;
    if (token_get(word, g->capstop, NULL) &&
        (end == first + 1 || names_used_small(names, first)) &&
        !((due || !(names->flag[first] & NAME_INITIAL)) && end > first + 1 &&
          names_given(names, first + 1)))
        return true; /* but "Wali Kota Anak Agung Gede" */
    return !due && (names->flag[first] & NAME_INITIAL) && names_common(names, first) &&
           !token_get(word, g->given, NULL); /* its capital is the sentence's */
}

/* "Direktur Onkologi, Dr Brian", "Vice President Public Relations KAI": the title goes
 * on, the person is still to come. */
static bool person_follows(const struct walk *walk, uint32_t first)
{
    struct names *names = walk->names;
    struct title title;
    struct str tail;
    bool plain = !token_get(&names->doc->tokens.item[walk->at - 1],
                            names->gazetteer.orgtail, &tail) ||
                 !gazetteer_says(tail, "sure");
    for (uint32_t i = first; i < walk->at; i++)
        plain = plain && (names_english(names, i) || names_common(names, i));
    uint32_t at = walk->at;
    if (plain || at >= walk->limit)
        return plain;
    at += names->doc->tokens.item[at].mark == MARK_COMMA;
    return title_read(&names->gazetteer, names->doc, at, walk->limit, &title) &&
           title.kind != TITLE_ROLE;
}

/* "Koordinator Fungsi Pensosbud KBRI Paris": a department, before its organisation. */
static bool org_follows(const struct walk *walk, uint32_t first)
{
    struct names *names = walk->names;
    struct gazetteer_entry entry;
    for (uint32_t i = first; i < walk->at; i++)
        if (names_given(names, i))
            return false;
    return names_large(names, walk->at, walk->limit) &&
           ((gazetteer_match(&names->gazetteer, names->doc, walk->at, walk->limit,
                             &entry) &&
             entry.type == ENTITY_ORG) ||
            names_org_end(names, walk->at, walk->limit, true));
}

/* "Direktur Strategi, Portofolio dan Pengembangan Usaha": one of the fields of an office,
 * of which nobody is called. */
static bool list_follows(const struct walk *walk, uint32_t first)
{
    struct names *names = walk->names;
    struct str value;
    if (walk->at + 1 >= walk->limit || walk->at > first + 2 ||
        !token_get(&names->doc->tokens.item[walk->at], names->gazetteer.namelink,
                   &value) ||
        !gazetteer_says(value, "and") || !names_large(names, walk->at + 1, walk->limit))
        return false;
    for (uint32_t i = first; i < walk->at; i++)
        if (names_given(names, i))
            return false;
    return doc_match(names->doc, names->gazetteer.field, walk->at + 1, walk->limit,
                     NULL) ||
           names_common(names, walk->at + 1);
}

/* "Kepala Manggala Agni Dumai, Budi": behind the place an organisation's name ends in,
 * where a person follows; else 0. */
static uint32_t place_end(const struct walk *walk)
{
    struct names *names = walk->names;
    struct gazetteer_entry entry;
    uint32_t count =
        gazetteer_match(&names->gazetteer, names->doc, walk->at, walk->limit, &entry);
    uint32_t end = walk->at + count;
    return count && entry.type == ENTITY_GPE && !entry.state &&
                   names_mark(names, end) == MARK_COMMA &&
                   names_large(names, end + 1, walk->limit)
               ? end
               : 0;
}

/* The run may name an organisation: no person, no ordinary word, no number. */
static bool names_office(struct names *names, uint32_t at)
{
    const struct token *token = &names->doc->tokens.item[at];
    return !names_given(names, at) && !names_common(names, at) && token->text.len > 2 &&
           strspn(token->text.ptr, "IVX") < token->text.len;
}

/* "Kepala Desa Sukamulya Budi Santoso": where the village's name ends in a run that goes
 * on with a person's; `end` where it does not. */
static uint32_t village_end(struct names *names, uint32_t first, uint32_t end)
{
    if (names_given(names, first) || end <= first + 1)
        return end;
    uint32_t least = first + 1 + names_common(names, first); /* "Pasir Angin" */
    if (least < end && (names_given(names, least) || end > first + VILLAGE_WORDS))
        return least;
    return end;
}

/* What a run is that stands behind a title, but not the person: false where it is. */
static bool is_office(struct walk *walk, struct spot *spot)
{
    struct names *names = walk->names;
    uint32_t first = spot->first, end = walk->at, behind = place_end(walk);
    walk->due = true;
    uint32_t name = walk->village ? village_end(names, first, end) : end;
    if (name < end) {
        spot->score[ENTITY_GPE] += 4.0f;
        walk->at = spot->end = name;
        spot->key = names_key(names, first, name);
    } else if (walk->local && end <= first + 2 && place_is_due(walk)) {
        spot->score[ENTITY_GPE] += 4.0f;
    } else if (walk->bound && names_office(names, first)) {
        spot->score[ENTITY_ORG] += 3.0f; /* "pengurus Induk KUD" */
        walk->due = false;
    } else if (behind && names_office(names, first)) {
        spot->score[ENTITY_ORG] += 4.0f;
        walk->at = spot->end = behind;
        spot->key = names_key(names, first, behind);
    } else if (person_follows(walk, first) || org_follows(walk, first) ||
               list_follows(walk, first)) {
        spot->dropped = true;
    } else if (walk->apposed && !names_given(names, first)) {
        spot->score[ENTITY_ORG] += 3.0f; /* "Tom Smith, presiden Wrap Industries" */
        walk->due = false;
    } else {
        return false;
    }
    return true;
}

/* "Direktur Penyidikan (Dirdik) Kejaksaan": a word in brackets behind a title is short
 * for it. */
static bool is_title_short(const struct names *names, uint32_t first, uint32_t end)
{
    return first > 1 && end == first + 1 && (names->flag[first - 2] & NAME_TITLE) &&
           names_mark(names, first - 1) == MARK_BRACKET_OPEN &&
           names_mark(names, end) == MARK_BRACKET_CLOSE && !names_given(names, first);
}

static void take_run(struct walk *walk)
{
    struct names *names = walk->names;
    uint32_t first = walk->at;
    bool due = walk->due, muted = is_muted(walk, "run");
    uint32_t end = names_run_end(names, first, walk->limit, due);
    if (no_name(names, first, end, due)) {
        walk->at++;
        return;
    }
    if (due && is_title_short(names, first, end)) {
        flag_tokens(names, first, end, NAME_BARRED);
        walk->at = end;
        return;
    }
    uint32_t spelt = due ? 0 : names_spelt_end(names, first, end, walk->limit);
    walk->at = end = spelt ? spelt : end;
    /* "Ketua BK Muhammad Prakosa": an organisation before the person */
    bool short_org =
        due && end == first + 1 && names->doc->tokens.item[first].shape == SHAPE_UPPER;
    walk->due = short_org;
    if (muted)
        return;
    struct spot *spot = names_spot(names, first, end, "mention.run");
    if (spelt)
        spot->base[ENTITY_ORG] += SPELT_POINTS;
    if (walk->roster && names->doc->tokens.item[first].shape != SHAPE_UPPER &&
        !names_common(names, first))
        spot->score[ENTITY_PER] += ROSTER_POINTS;
    if (due && is_office(walk, spot))
        due = spot->dropped;
    else
        walk->due = short_org;
    walk->bound = false;
    names_weigh(names, spot, due);
}

/* A rank or honour, which only stands before a name, is right before. */
static bool is_called_so(const struct walk *walk)
{
    const struct names *names = walk->names;
    uint32_t before = walk->at - 1;
    return walk->due && walk->named && (names->flag[before] & NAME_TITLE) &&
           !(names->flag[before] & NAME_INITIAL) && names_large(names, before, walk->at);
}

static void step(struct walk *walk)
{
    struct names *names = walk->names;
    const struct token *token = &names->doc->tokens.item[walk->at];
    struct gazetteer_entry entry;
    if (token->kind != TOKEN_WORD || (names->flag[walk->at] & NAME_TIME)) {
        /* "Perdana Menteri Israel, Benjamin …": a comma keeps the name due */
        walk->due = walk->due && (token->mark == MARK_COMMA || token->mark == MARK_STOP ||
                                  token->mark == MARK_BRACKET_OPEN ||
                                  token->mark == MARK_BRACKET_CLOSE);
        walk->at++;
        return;
    }
    uint32_t known =
        gazetteer_match(&names->gazetteer, names->doc, walk->at, walk->limit, &entry);
    if (take_nonname(walk, known))
        return;
    if (token_large(token) && !(names->flag[walk->at] & NAME_HEADLINE) &&
        take_event(walk, known))
        return;
    if (token->shape == SHAPE_UPPER && is_muted(walk, "initials")) {
        struct spot *spot = names_spot(names, walk->at, walk->at + 1, "mention.run");
        spot->initials = spot->dropped = true;
        walk->at++;
        return;
    }
    if (known && is_muted(walk, "mute")) {
        walk->at += known;
        return;
    }
    if (take_title(walk, known > 1 || (known && entry.type != ENTITY_PER)
                             ? walk->at + known
                             : 0))
        return;
    bool headline = names->flag[walk->at] & NAME_HEADLINE;
    if (!headline && take_head(walk, known))
        return;
    if (known == 1 && !headline && entry.type == ENTITY_GPE && !entry.state &&
        is_called_so(walk))
        known = 0; /* "Prof Santiago" */
    if (known && (headline || !goes_on(walk, known, &entry))) {
        bool begins = entry.type == ENTITY_GPE || entry.type == ENTITY_LOC ||
                      (entry.type == ENTITY_ORG && known == 1 && !entry.town);
        if (begins && !headline && take_tail(walk, known))
            return;
        struct spot *spot = add_known(walk, known, &entry);
        walk->bound = false;
        if (walk->due && walk->club && entry.type == ENTITY_GPE && !entry.state) {
            spot->type = ENTITY_ORG; /* "Gelandang Barcelona" */
            spot->club = true;
        }
        walk->at += known;
        add_state(walk);
        add_form(walk);
        if (!headline)
            add_branch(walk);
        walk->due = walk->due && entry.type != ENTITY_PER;
        return;
    }
    if (headline || !token_large(token) || token->text.ptr[0] == token->lower.ptr[0]) {
        walk->due = false;
        walk->at++;
        return;
    }
    take_run(walk);
}

void names_scan(struct names *names, uint32_t index)
{
    const struct sentence *sentence = &names->doc->sentences.item[index];
    struct walk walk = {.names = names, .at = sentence->first, .limit = sentence->end};
    walk.roster = sport_roster(names->doc, sentence) && names_sport(names);
    if (!walk.roster && names_headline(names, sentence))
        mark_headline(names, sentence);
    walk.at = names_dateline_end(names, index);
    flag_tokens(names, sentence->first, walk.at, NAME_BARRED);
    if (walk.at < walk.limit)
        names->flag[walk.at] |= NAME_INITIAL;
    while (walk.at < walk.limit)
        step(&walk);
}
