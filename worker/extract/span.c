/* Where names end. All walks stop at the sentence's end and take each token once. */

#include "worker/extract/names.h"

/* Tokens looked ahead for the end of a list of fields: "X, Y, dan Z". */
#define LIST_REACH 10
/* Unknown words after the head of a town or village. */
#define TOWN_WORDS 3
/* Words a person's name seldom has more of. */
#define PERSON_WORDS 2

bool names_large(const struct names *names, uint32_t at, uint32_t limit)
{
    return at < limit && token_large(&names->doc->tokens.item[at]) &&
           !(names->flag[at] & NAME_TIME);
}

bool names_link_is(const struct names *names, uint32_t at, const char *word)
{
    struct str value;
    return token_get(&names->doc->tokens.item[at], names->gazetteer.namelink, &value) &&
           gazetteer_says(value, word);
}

bool names_in_list(const struct names *names, const struct wordlist *list, uint32_t at)
{
    return token_get(&names->doc->tokens.item[at], list, NULL);
}

bool names_given(const struct names *names, uint32_t at)
{
    return names_in_list(names, names->gazetteer.given, at) ||
           names_in_list(names, names->gazetteer.surname, at);
}

/* I, IV, XII: a number inside a name. */
static bool is_roman(const struct token *token)
{
    for (size_t i = 0; i < token->text.len; i++)
        if (strchr("IVX", token->text.ptr[i]) == NULL)
            return false;
    return token->text.len > 0;
}

bool names_known_at(const struct names *names, uint32_t at, uint32_t limit,
                    struct gazetteer_entry *entry, uint32_t *count_out)
{
    *count_out = gazetteer_match(&names->gazetteer, names->doc, at, limit, entry);
    return *count_out > 0;
}

/* "PT Bank X (Persero) Tbk" */
uint32_t names_form_end(const struct names *names, uint32_t at, uint32_t limit)
{
    const struct token *token = names->doc->tokens.item;
    struct str value;
    if (at + 2 < limit && token[at].mark == MARK_BRACKET_OPEN &&
        token[at + 2].mark == MARK_BRACKET_CLOSE &&
        token_get(&token[at + 1], names->gazetteer.orgtail, &value) &&
        gazetteer_says(value, "form"))
        at += 3;
    if (at < limit && token_get(&token[at], names->gazetteer.orgtail, &value) &&
        gazetteer_says(value, "form"))
        at++;
    return at;
}

/* A title written large that is not somebody's name as well. */
bool names_title_at(const struct names *names, uint32_t at, uint32_t limit)
{
    struct title title;
    uint32_t end = title_read(&names->gazetteer, names->doc, at, limit, &title);
    return end && (end > at + 1 || title.kind == TITLE_RANK || !names_given(names, at));
}

/* ", Y, dan Z" behind a field: the list ends in a connector and a field. */
static bool list_goes_on(const struct names *names, uint32_t at, uint32_t limit)
{
    uint32_t stop = limit - at > LIST_REACH ? at + LIST_REACH : limit;
    for (; at < stop; at++) {
        const struct token *token = &names->doc->tokens.item[at];
        if (names_link_is(names, at, "and"))
            return at + 1 < limit && names_large(names, at + 1, limit) &&
                   doc_match(names->doc, names->gazetteer.field, at + 1, limit, NULL);
        if (token->mark != MARK_COMMA && !names_large(names, at, limit))
            return false;
    }
    return false;
}

/* A connector at `at` that goes on with the name of an organisation. */
static bool org_links(const struct names *names, uint32_t at, uint32_t limit, bool due)
{
    struct gazetteer_entry entry;
    uint32_t count, next = at + 1;
    const struct token *token = &names->doc->tokens.item[at];
    if (token->mark == MARK_COMMA)
        return names_large(names, next, limit) &&
               doc_match(names->doc, names->gazetteer.field, next, limit, NULL) &&
               list_goes_on(names, next, limit);
    if (!names_large(names, next, limit))
        return false;
    uint32_t field = doc_match(names->doc, names->gazetteer.field, next, limit, NULL);
    if (field) /* ", serta Pemerintah Provinsi X" */
        if (doc_match(names->doc, names->gazetteer.orghead, next, limit, NULL) > field)
            return false;
    if (field)
        return names_link_is(names, at, "and") || names_link_is(names, at, "for");
    if (due || doc_match(names->doc, names->gazetteer.orghead, next, limit, NULL))
        return false;
    if (names_known_at(names, next, limit, &entry, &count))
        return false;
    return (names_link_is(names, at, "and") &&
            names_common((struct names *)names, next)) ||
           names_link_is(names, at, "for");
}

/* A word that may stand in an organisation's name though a person's name may follow. */
static uint32_t org_word(const struct names *names, uint32_t at, uint32_t limit)
{
    struct gazetteer_entry entry;
    struct str value;
    uint32_t count = doc_match(names->doc, names->gazetteer.field, at, limit, NULL);
    const struct token *token = &names->doc->tokens.item[at];
    if (count)
        return count;
    uint32_t place = doc_match(names->doc, names->gazetteer.lochead, at, limit, &value);
    bool breaks = place && gazetteer_says(value, "LOC") && gazetteer_says(value, "break");
    uint32_t head = doc_match(names->doc, names->gazetteer.orghead, at, limit, &value);
    if (names_known_at(names, at, limit, &entry, &count) && entry.type != ENTITY_PER &&
        count >= head)
        return breaks && entry.type == ENTITY_LOC ? 0 : count;
    if (head)
        return gazetteer_says(value, "apart") ? 0 : head;
    if (place)
        return breaks ? 0 : place;
    if (is_roman(token) || (token->shape == SHAPE_UPPER && token->text.len <= 6) ||
        names_in_list(names, names->gazetteer.orgtail, at))
        return 1;
    return 0;
}

/* The stop of a short form inside a name. */
bool names_dotted(const struct names *names, uint32_t at, uint32_t limit)
{
    const struct token *token = &names->doc->tokens.item[at];
    return str_is(token->text, ".") && !token->space_before && token[-1].text.len <= 2 &&
           names_large(names, at + 1, limit);
}

/* Something known or something with a head begins here. */
static bool org_known(const struct names *names, uint32_t at, uint32_t limit)
{
    struct gazetteer_entry entry;
    uint32_t count;
    return names_known_at(names, at, limit, &entry, &count) ||
           doc_match(names->doc, names->gazetteer.orghead, at, limit, NULL);
}

/* So many unknown words that the first is still the organisation's: "PT Binasawit
 * Abadipratama Benny Yusuf Setiawan". */
static bool long_name(struct names *names, uint32_t at, uint32_t limit)
{
    uint32_t end = at;
    while (end < at + PERSON_WORDS + 1 && names_large(names, end, limit))
        end++;
    /* "CEO PT Binasawit Abadipratama, Benny": the person stands behind the comma */
    bool apart =
        names_mark(names, end) == MARK_COMMA && names_large(names, end + 1, limit);
    /* "direktur PT Ilthabi Rekatama yang …": nobody who does something */
    apart |= end == at + 1 && end < limit && !names_acts(names, end, limit) &&
             names->doc->tokens.item[end].shape == SHAPE_LOWER;
    return (apart || end > at + PERSON_WORDS) && !names_given(names, at) &&
           !org_word(names, at - 1, limit);
}

/* "Ketua BPK Moermahadi Soerja": two words of which nothing is known. */
static bool person_at(struct names *names, uint32_t at, uint32_t limit)
{
    for (uint32_t i = at; i < at + 2; i++)
        if (!names_large(names, i, limit) || org_word(names, i, limit) ||
            names_common(names, i) || names->doc->tokens.item[i].shape != SHAPE_CAPITAL)
            return false;
    return true;
}

/* How many tokens of the name stand at `at`; 0: the name ends before it. */
static uint32_t org_step(struct names *names, uint32_t at, uint32_t body, uint32_t limit,
                         bool due, bool lists)
{
    const struct token *token = &names->doc->tokens.item[at];
    /* a caption's credit before its text: "Kementerian PU Kementerian PU telah …" */
    if (at > body && str_eq(token->lower, names->doc->tokens.item[body - 1].lower) &&
        token->text.len > 2)
        return 0;
    struct gazetteer_entry entry;
    struct title title;
    uint32_t count;
    if (token->kind == TOKEN_NUMBER && token->text.len <= 4 &&
        !(names->flag[at] & NAME_TIME))
        return at == body && (token->text.len < 4 || token->text.ptr[0] == '0');
    /* "Polrestabes Palembang AKBP": what comes is a person */
    title.namesake = false;
    if (at > body && title_read(&names->gazetteer, names->doc, at, limit, &title) &&
        title.kind != TITLE_ROLE)
        return 0;
    /* "Kementerian pertahanan Rusia", but at a sentence's begin not "Badan penelitian" */
    if (at == body && lists && !names_large(names, at, limit)) {
        count = doc_match(names->doc, names->gazetteer.field, at, limit, NULL);
        return (names->flag[at - 1] & NAME_INITIAL) &&
                       !names_large(names, at + count, limit)
                   ? 0
                   : count;
    }
    if (!names_large(names, at, limit))
        return 0;
    if (at == body) {
        /* "Kejaksaan Nomor 4", "Grup D" */
        if (at + 1 < limit && token[1].kind == TOKEN_NUMBER &&
            doc_match(names->doc, names->gazetteer.nonname, at, limit, NULL) == 1)
            return 0;
        if (token->text.len == 1 && !is_roman(token))
            return 0;
        count = org_word(names, at, limit);
        if (count == 0 && due && person_at(names, at, limit) &&
            names_known_at(names, at - 1, at, &entry, &count))
            return 0;
        return count || (due && names_given(names, at)) ? count : 1;
    }
    count = org_word(names, at, limit);
    if (count)
        return count;
    /* "Badan Pengawas Produk Halal": an ordinary noun inside the name */
    bool inside = lists && names_large(names, at + 1, limit) && token->text.len > 3 &&
                  token->shape == SHAPE_CAPITAL &&
                  !names_known_at(names, at - 1, at, &entry, &count);
    if ((names_in_list(names, names->gazetteer.capstop, at) && !inside) ||
        names_in_list(names, names->gazetteer.orghead, at))
        return 0;
    /* "Universitas Islam Sultan Agung" */
    if (names_title_at(names, at, limit))
        return title.namesake && at <= body + 1;
    if (names_known_at(names, at, limit, &entry, &count) && entry.type == ENTITY_PER)
        return 0;
    /* "BPBD Gianyar Ida Bagus": a name follows without a title before */
    if (!due && names_given(names, at) && names_large(names, at + 1, limit) &&
        (!names_known_at(names, at + 1, limit, &entry, &count) ||
         entry.type == ENTITY_PER) &&
        (doc_match(names->doc, names->gazetteer.place, at - 1, limit, NULL) ||
         (lists && names_in_list(names, names->gazetteer.field, at - 1))))
        return 0;
    /* "Kementerian Dalam Negeri La Ode Ahmad": behind a field, two words of no field */
    if (lists && names_in_list(names, names->gazetteer.field, at - 1) &&
        names_large(names, at + 1, limit) && !names_common(names, at) &&
        !names_common(names, at + 1) && !org_word(names, at + 1, limit))
        return 0;
    if (due && names_given(names, at))
        return 0;
    if (due && !names_common(names, at))
        return at == body + 1 && long_name(names, at, limit);
    return 1;
}

static bool state_before_name(struct names *names, uint32_t at, uint32_t limit)
{
    struct gazetteer_entry entry, next;
    uint32_t count;
    if (!names_known_at(names, at, limit, &entry, &count) || !entry.state)
        return false;
    at += count;
    return names_large(names, at, limit) && !names_common(names, at) &&
           !org_word(names, at, limit) &&
           (!names_known_at(names, at, limit, &next, &count) || next.type == ENTITY_ORG);
}

uint32_t names_org_end(struct names *names, uint32_t at, uint32_t limit, bool due)
{
    struct str value, inner;
    struct gazetteer_entry entry;
    uint32_t head = doc_match(names->doc, names->gazetteer.orghead, at, limit, &value);
    if (head == 0 || (!names_large(names, at, limit) && !gazetteer_says(value, "small")))
        return 0;
    /* "1 Unit Grand New" */
    if (at > 0 && gazetteer_says(value, "soft") &&
        names->doc->tokens.item[at - 1].kind == TOKEN_NUMBER)
        return 0;
    uint32_t body = at + head, end = body;
    /* "Klub Turki Basaksehir": only the last word is the name */
    if (gazetteer_says(value, "named") && state_before_name(names, body, limit))
        return 0;
    /* "Tim Detasemen Khusus": some of it */
    if (gazetteer_says(value, "soft") &&
        doc_match(names->doc, names->gazetteer.orghead, body, limit, &inner) &&
        !gazetteer_says(inner, "soft") && names_large(names, body, limit))
        return 0;
    bool lists = gazetteer_says(value, "and");
    for (uint32_t j = body; j < limit;) {
        uint32_t count = org_step(names, j, body, limit, due, lists);
        if (count) {
            end = j += count;
            continue;
        }
        /* "RSUP H. Adam Malik" */
        if (j > body && names_dotted(names, j, limit)) {
            j++;
            continue;
        }
        /* "X, dan Y" is two links */
        if (!lists || j == body || !org_links(names, j, limit, due)) {
            if (!lists || j == body || j + 1 >= limit ||
                names->doc->tokens.item[j].mark != MARK_COMMA ||
                !org_links(names, j + 1, limit, true))
                break;
            j++;
        }
        j++;
    }
    if (end == body)
        return 0;
    end = names_form_end(names, end, limit);
    /* "Pasukan Israel": a description of something known */
    if (gazetteer_says(value, "soft") &&
        body + gazetteer_match(&names->gazetteer, names->doc, body, limit, &entry) == end)
        return 0;
    return end;
}

uint32_t names_branch_end(struct names *names, uint32_t at, uint32_t limit)
{
    const struct gazetteer *g = &names->gazetteer;
    uint32_t end = at, unknown = 0;
    while (names_large(names, at, limit)) {
        struct gazetteer_entry entry;
        uint32_t count = doc_match(names->doc, g->orgbranch, at, limit, NULL);
        if (count == 0 && end == at && unknown == 0 &&
            !names_in_list(names, g->orgbranch, at - 1))
            return at;
        if (count == 0)
            count = doc_match(names->doc, g->lochead, at, limit, NULL);
        if (count) {
            at += count;
            continue;
        }
        if (names_known_at(names, at, limit, &entry, &count) &&
            entry.type != ENTITY_PER) {
            end = at += count;
            continue;
        }
        if (unknown || names_given(names, at) || names_title_at(names, at, limit))
            break;
        unknown++;
        end = ++at;
    }
    return end;
}

/* "Tol Jakarta-Cikampek" */
static bool dashed(const struct names *names, uint32_t at, uint32_t limit)
{
    const struct token *token = &names->doc->tokens.item[at];
    return token->mark == MARK_DASH && !token->space_before &&
           names_large(names, at + 1, limit) && !token[1].space_before;
}

static bool all_common(struct names *names, uint32_t at, uint32_t end)
{
    for (; at < end; at++)
        if (org_known(names, at, end) || !names_common(names, at))
            return false;
    return true;
}

/* "Stadion Gelora Bung Tomo", "Jalan Haji Nawi" */
static bool is_namesake(const struct names *names, uint32_t at)
{
    struct str value;
    return token_get(&names->doc->tokens.item[at], names->gazetteer.title, &value) &&
           gazetteer_says(value, "namesake");
}

uint32_t names_loc_end(struct names *names, uint32_t at, uint32_t limit,
                       uint8_t *type_out, struct str *country_out)
{
    struct str value;
    struct gazetteer_entry entry;
    uint32_t head = doc_match(names->doc, names->gazetteer.lochead, at, limit, &value);
    if (head == 0 ||
        doc_match(names->doc, names->gazetteer.orghead, at, limit, NULL) > head ||
        !names_large(names, at, limit) || !gazetteer_parse(value, &entry))
        return 0;
    *type_out = entry.type;
    *country_out = entry.country;
    struct str head_value = value;
    uint32_t parts = 0;
    bool soft = gazetteer_says(value, "soft"), listed = gazetteer_says(value, "small");
    uint32_t body = at + head, end = body;
    if (body < limit && str_is(names->doc->tokens.item[body].text, "."))
        end = ++body;
    if (entry.type == ENTITY_GPE) {
        uint32_t count =
            doc_match(names->doc, names->gazetteer.place, body, limit, &value);
        if (count && names_large(names, body, limit) && gazetteer_parse(value, &entry)) {
            if (entry.country.ptr)
                *country_out = entry.country;
            if (entry.type != ENTITY_GPE || entry.state)
                return 0;
            /* "Desa Pasir Angin" has a name of its own */
            if (!listed || !names_large(names, body + count, limit) ||
                names_known_at(names, body + count, limit, &entry, &count))
                return body + count;
        }
    }
    for (uint32_t j = body; j < limit; j++) {
        bool number = names->doc->tokens.item[j].kind == TOKEN_NUMBER && j > body &&
                      entry.type == ENTITY_LOC &&
                      names->doc->tokens.item[j].text.len <= 3;
        /* "Jalan Anggrek 11", but "Masjid Al-Hawi 11 jiwa" */
        if (number && j + 1 < limit &&
            names->doc->tokens.item[j + 1].shape == SHAPE_LOWER &&
            !doc_match(names->doc, names->gazetteer.namecue, j + 1, limit, NULL))
            break;
        if (number && j + 1 < limit && names_mark(names, j + 1) == MARK_DASH)
            break; /* "Geopark Ciletuh 5-10 tahun" */
        if (number && !(names->flag[j] & NAME_TIME)) {
            end = j + 1;
            continue;
        }
        if (j > body && dashed(names, j, limit)) {
            /* "Jalan Semarang-Demak", but "Bandara Juanda-Gubeng-Rungkut" */
            if (!gazetteer_says(head_value, "route") &&
                (parts++ || org_known(names, j + 1, limit)))
                break;
            continue;
        }
        if (!names_large(names, j, limit) ||
            (j > body &&
             ((names_title_at(names, j, limit) && !is_namesake(names, j)) ||
              doc_match(names->doc, names->gazetteer.lochead, j, limit, NULL) ||
              (names_in_list(names, names->gazetteer.capstop, j) &&
               !names_in_list(names, names->gazetteer.field, j)))) ||
            (entry.type == ENTITY_GPE && j >= body + TOWN_WORDS))
            break;
        end = j + 1;
    }
    return end > body && !(soft && all_common(names, body, end)) ? end : 0;
}
