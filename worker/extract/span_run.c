/* Where runs of capitalised words end, and English names of organisations and places
 * behind a place's name. */

#include "worker/extract/names.h"

uint8_t names_tail_type(struct str value)
{
    return gazetteer_says(value, "LOC")   ? ENTITY_LOC
           : gazetteer_says(value, "GPE") ? ENTITY_GPE
                                          : ENTITY_ORG;
}

bool names_tail_at(const struct names *names, uint32_t first, uint32_t end,
                   struct str *value_out)
{
    const struct wordlist *tails = names->gazetteer.orgtail;
    /* "Convention Center" says more than "Center" */
    if (end > first + 1 && doc_match(names->doc, tails, end - 2, end, value_out) == 2)
        return true;
    return token_get(&names->doc->tokens.item[end - 1], tails, value_out);
}

/* A word of an English name behind a place: "China DEVELOPMENT BANK". */
static bool tail_goes_on(struct names *names, uint32_t at, uint32_t limit)
{
    struct gazetteer_entry entry;
    uint32_t count;
    if (!names_large(names, at, limit) || !names->doc->tokens.item[at].space_before)
        return false;
    return names_in_list(names, names->gazetteer.orgtail, at) ||
           (!names_known_at(names, at, limit, &entry, &count) &&
            !names_given(names, at) &&
            (names_english(names, at) ||
             (!names_title_at(names, at, limit) && !names_common(names, at))));
}

/* "London School of Economics": the rest of a name behind a tail. */
static uint32_t joined_end(const struct names *names, uint32_t at, uint32_t limit)
{
    if (at + 1 >= limit || !names_link_is(names, at, "join") ||
        !names_large(names, at + 1, limit))
        return at;
    for (at += 2; names_large(names, at, limit);)
        at++;
    return at;
}

uint32_t names_tail_end(struct names *names, uint32_t at, uint32_t limit,
                        uint8_t *type_out)
{
    struct str value;
    uint32_t end = at, first = at;
    if (limit - at > NAMES_RUN_MOST)
        limit = at + NAMES_RUN_MOST;
    while (tail_goes_on(names, at, limit)) {
        at++;
        bool next = end + 1 == at, tail = names_tail_at(names, first, at, &value);
        /* not right behind the last, it must be sure: "China Development Bank" */
        if (tail && (next ? !gazetteer_says(value, "weak")
                          : gazetteer_says(value, "sure") ||
                                names_tail_type(value) == ENTITY_LOC)) {
            *type_out = names_tail_type(value);
            end = at;
        }
        uint32_t joined = end == at ? joined_end(names, at, limit) : at;
        if (joined > at)
            end = at = joined;
        else if (at + 1 < limit && names_link_is(names, at, "and") &&
                 names_english(names, at - 1))
            at++; /* "Electricity and Water Authority" */
    }
    return end;
}

/* An ordinary noun that goes on with a person's name behind a title: "IGN Jaya Negara".
 */
static bool goes_on_name(const struct names *names, uint32_t at)
{
    const struct token *token = &names->doc->tokens.item[at];
    return token->shape == SHAPE_CAPITAL && token->text.len > 3 &&
           token[-1].shape == SHAPE_CAPITAL &&
           !names_in_list(names, names->gazetteer.stop, at) &&
           !names_in_list(names, names->gazetteer.lochead, at) &&
           !names_in_list(names, names->gazetteer.orghead, at) &&
           (names_given(names, at - 1) ||
            !names_in_list(names, names->gazetteer.field, at)) &&
           !names_in_list(names, names->gazetteer.titletail, at);
}

static bool run_breaks(struct names *names, uint32_t at, uint32_t limit, bool due)
{
    struct gazetteer_entry entry;
    uint32_t count;
    if (names->doc->tokens.item[at].shape == SHAPE_MIXED &&
        names->doc->tokens.item[at].text.ptr[0] ==
            names->doc->tokens.item[at].lower.ptr[0])
        return true; /* detikNews */
    if (names_known_at(names, at, limit, &entry, &count) && entry.type != ENTITY_PER &&
        !entry.weak)
        return !names_given(names, at) || count > 1;
    if (doc_match(names->doc, names->gazetteer.nonname, at, limit, NULL))
        return !names_given(names, at);
    if (names_in_list(names, names->gazetteer.capstop, at))
        return !(names_given(names, at - 1) && names_large(names, at + 1, limit) &&
                 names->doc->tokens.item[at + 1].shape ==
                     SHAPE_CAPITAL) && /* "Kim Ga Eun" */
               (!due || !goes_on_name(names, at));
    struct str value; /* "Dyan R. Helmi" */
    if (token_get(&names->doc->tokens.item[at], names->gazetteer.title, &value) &&
        gazetteer_says(value, "initial"))
        return false;
    return names_title_at(names, at, limit);
}

/* "World Federation of Exchanges": small words inside foreign names. */
static bool foreign_link(const struct names *names, uint32_t at)
{
    return names_link_is(names, at, "join") &&
           (names_in_list(names, names->gazetteer.foreign, at - 1) ||
            names_in_list(names, names->gazetteer.orgtail, at - 1));
}

/* "Munafri 'Appi' Arifuddin" */
static bool nickname_at(const struct names *names, uint32_t at, uint32_t limit)
{
    return at + 3 < limit && names_mark(names, at) == MARK_QUOTE_OPEN &&
           names_mark(names, at + 2) == MARK_QUOTE_CLOSE &&
           names_large(names, at - 1, limit) && names_large(names, at + 1, limit) &&
           names_large(names, at + 3, limit);
}

/* A function of one word, which may be a family name as well. */
static bool is_bare_title(const struct names *names, uint32_t at, uint32_t limit)
{
    struct title title;
    return title_read(&names->gazetteer, names->doc, at, limit, &title) == at + 1 &&
           title.kind == TITLE_ROLE && names->doc->tokens.item[at].shape == SHAPE_CAPITAL;
}

uint32_t names_run_end(struct names *names, uint32_t at, uint32_t limit, bool due)
{
    const struct token *first = &names->doc->tokens.item[at];
    uint32_t end = at + 1;
    /* "Ketua BK Muhammad Prakosa", "juara WBC Deontay Wilder" */
    if (first->shape == SHAPE_UPPER && first->text.len > 1 && first->text.len <= 6 &&
        !names_given(names, at) &&
        (due || (names_large(names, at + 2, limit) && first[1].shape == SHAPE_CAPITAL &&
                 first[2].shape == SHAPE_CAPITAL && !names_english(names, at + 1) &&
                 !names_english(names, at + 2))))
        return end;
    if (limit - at > NAMES_RUN_MOST)
        limit = at + NAMES_RUN_MOST;
    while (end < limit) {
        uint32_t next = end;
        if (names_dotted(names, next, limit))
            next++;
        while (next < limit && !names_large(names, next, limit) && next < end + 2 &&
               (names_link_is(names, next, "name") || foreign_link(names, next)))
            next++;
        if (nickname_at(names, end, limit)) {
            end += 4; /* both marks and a word on either side of the second */
            continue;
        }
        /* "Kapolri Badrodin Haiti": a family name that is a place too */
        bool named =
            due && next == at + 1 && !names_large(names, next + 1, limit) &&
            !names_common(names, at) && first->shape == SHAPE_CAPITAL &&
            (doc_match(names->doc, names->gazetteer.place, next, limit, NULL) == 1 ||
             is_bare_title(names, next, limit)); /* "Marsekal Chappy Hakim" */
        /* "Monetary Authority of Singapore" */
        bool joined =
            next > end && names_link_is(names, next - 1, "join") &&
            (names_in_list(names, names->gazetteer.orgtail, next - 2) ||
             (names_english(names, next - 2) && names_large(names, next + 1, limit) &&
              names_english(names, next + 1)));
        if (!names_large(names, next, limit) ||
            (!named && !joined && run_breaks(names, next, limit, due)) ||
            !names->doc->tokens.item[next].space_before)
            break;
        end = next + 1;
    }
    return end;
}

/* "(REI)" at `at`: capitals that are the words' initials, in order. */
static bool short_form(const struct names *names, uint32_t first, uint32_t at,
                       uint32_t limit)
{
    const struct token *token = names->doc->tokens.item;
    if (at + 2 >= limit || token[at].mark != MARK_BRACKET_OPEN ||
        token[at + 1].shape != SHAPE_UPPER || token[at + 2].mark != MARK_BRACKET_CLOSE)
        return false;
    struct str letters = token[at + 1].text;
    size_t seen = 0;
    for (uint32_t i = first; i < at && seen < letters.len; i++)
        seen += token[i].text.ptr[0] == letters.ptr[seen];
    return seen == letters.len && letters.len > 1;
}

uint32_t names_spelt_end(const struct names *names, uint32_t first, uint32_t end,
                         uint32_t limit)
{
    struct gazetteer_entry entry;
    uint32_t count;
    bool spelt = end < limit && names_known_at(names, end, limit, &entry, &count) &&
                 entry.state && short_form(names, first, end + count, limit);
    return spelt ? end + count : 0;
}
