#include "worker/extract/quantity.h"

#define NOUN_WORDS 5 /* of one phrase */
#define CUES_MOST  3 /* words between a phrase and its amount */

static bool is_verb(const struct values *v, uint32_t at)
{
    const struct piece *p = &v->item[at];
    struct lang_word word;
    if (v->doc->lang->analyse == NULL || p->capital || values_is(v, v->list.counted, at))
        return false;
    doc_analyse_form(v->doc, p->lower, &word);
    return word.voice != 0 && !word.noun;
}

/* Pieces of one word with what is joined to it: "orang-orang", "Kementerian/Lembaga". */
static uint32_t read_word(const struct values *v, uint32_t at)
{
    uint32_t i = at;
    if (i >= v->count || v->item[i].kind != PIECE_WORD || v->item[i].taken)
        return 0;
    i++;
    while (i + 1 < v->count && i - at < VALUE_REACH && values_glued(v, i) &&
           values_glued(v, i + 1) && (values_mark(v, i, '-') || values_mark(v, i, '/')) &&
           v->item[i + 1].kind == PIECE_WORD)
        i += 2;
    if (values_glued(v, i) && v->item[i].kind == PIECE_NUMERAL)
        return 0;
    return i - at;
}

static bool is_stop(const struct values *v, uint32_t at)
{
    const struct value_lists *list = &v->list;
    return values_is(v, list->nounstop, at) || values_is(v, list->month, at) ||
           values_is(v, list->timeunit, at) || values_is(v, list->zone, at);
}

/* "dua tahunan": how often something is. */
static bool is_periodic(const struct values *v, uint32_t at)
{
    struct lang_word word;
    if (v->doc->lang->analyse == NULL || v->item[at].capital)
        return false;
    doc_analyse_form(v->doc, v->item[at].lower, &word);
    return word.lemma.len < v->item[at].lower.len && word.lemma.len > 0 &&
           str_starts(v->item[at].lower, word.lemma) &&
           wordlist_get(v->list.timeunit, word.lemma, NULL);
}

uint32_t noun_read(const struct values *v, uint32_t at, struct noun *out)
{
    uint32_t n = read_word(v, at), i = at + n;
    if (n == 0 || v->item[at].text.len < 2 || values_glued(v, at) || is_stop(v, at) ||
        is_verb(v, at))
        return 0;
    /* "Malang 29.271 Pasuruan 12.300": figures between the names they belong to. */
    if (v->item[at].capital && values_is(v, v->list.place, at))
        return 0;
    if (is_periodic(v, at))
        return 0;
    *out = (struct noun){at, i, i};
    bool common = !v->item[at].capital;
    for (unsigned words = 1; words < NOUN_WORDS; words++) {
        n = read_word(v, i);
        if (n == 0 || is_stop(v, i) || values_is(v, v->list.number, i) ||
            values_is(v, v->list.change, i) || values_is(v, v->list.currency, i) ||
            values_is(v, v->list.bound, i) || values_is(v, v->list.boundafter, i))
            break;
        if ((common && v->item[i].capital) || is_verb(v, i))
            break;
        i += n;
    }
    out->end = i;
    return i - at;
}

static bool is_cue(const struct values *v, uint32_t at)
{
    struct str entry;
    if (v->item[at].kind != PIECE_WORD)
        return false;
    return values_is(v, v->list.aboutcue, at) ||
           (values_match(v, v->list.change, at, &entry) && !str_is(entry, "level"));
}

static bool is_part(const struct values *v, uint32_t at)
{
    const struct piece *p = &v->item[at];
    return p->kind == PIECE_WORD && !p->taken && p->space && !is_stop(v, at) &&
           !is_verb(v, at) && !values_is(v, v->list.number, at) &&
           !values_is(v, v->list.bound, at) && !values_is(v, v->list.currency, at);
}

struct str noun_before(const struct values *v, uint32_t at)
{
    uint32_t end = at;
    for (unsigned n = 0; n < CUES_MOST && end > 0 && is_cue(v, end - 1); n++)
        end--;
    uint32_t first = end;
    while (first > 0 && end - first < NOUN_WORDS && is_part(v, first - 1))
        first--;
    return first < end ? values_text(v, first, end) : STR_NONE;
}
