#include "worker/extract/quantity.h"

#include "proto/base/utf8.h"

#include <math.h>

#define CHANGE_REACH       7 /* pieces from "naik" to its number */
#define BOUNDS_MOST        3 /* bound words in a row */
#define CONFIDENCE_MONEY   0.93
#define CONFIDENCE_PERCENT 0.93
#define CONFIDENCE_MEASURE 0.88
#define CONFIDENCE_NOUN    0.75

struct quantity {
    uint32_t first;     /* piece of the bound or number */
    uint32_t number_at; /* piece of the number or the currency before it */
    uint32_t end;       /* behind number and unit */
    struct number number;
    struct unit unit;
    struct noun noun;
    bool has_noun;
    int bound; /* enum fact_bound, 0 none */
    int change;
};

static int bound_of(struct str entry)
{
    struct str name = value_field(&entry);
    return str_is(name, "about") ? FACT_ABOUT
           : str_is(name, "min") ? FACT_MIN
           : str_is(name, "max") ? FACT_MAX
                                 : 0;
}

/* Bound words before the number; the one nearest to it counts. flags_out: NUMBER_AND
 * behind "between". */
static uint32_t read_bounds(const struct values *v, uint32_t at, int *bound,
                            unsigned *flags)
{
    struct str entry;
    uint32_t i = at;
    *bound = 0;
    *flags = 0;
    for (unsigned k = 0; k < BOUNDS_MOST; k++) {
        uint32_t n = values_match(v, v->list.bound, i, &entry);
        if (n == 0)
            break;
        if (str_is(entry, "between"))
            *flags |= NUMBER_AND;
        else
            *bound = bound_of(entry);
        i += n;
    }
    return i - at;
}

/* Currency, number, and the ends of a range that says its currency twice. */
static uint32_t read_money(const struct values *v, uint32_t at, unsigned flags,
                           struct quantity *q)
{
    struct unit again;
    struct number high;
    struct str sense;
    uint32_t n = unit_read_before(v, at, &q->unit);
    if (n == 0 || (values_glued(v, at) && number_is_code(v, at)))
        return 0;
    uint32_t i = at + n;
    n = number_read(v, i, flags | NUMBER_MONEY, &q->number);
    if (n == 0)
        return 0;
    i += n;
    uint32_t word = number_range_word(v, i, &sense);
    uint32_t sign = word ? unit_read_before(v, i + word, &again) : 0;
    if (word && str_is(sense, "and") && !(flags & NUMBER_AND))
        sign = 0;
    if (sign && !q->number.range && str_eq(again.code, q->unit.code)) {
        n = number_read_one(v, i + word + sign, flags | NUMBER_MONEY, &high);
        double low = q->number.value;
        if (n && q->number.scale < 1000 && high.scale >= 1000 && low < 1000 &&
            low * high.scale < high.value)
            low *= high.scale;
        if (n && low < high.value) {
            q->number = high;
            q->number.low = low;
            q->number.high = high.value;
            q->number.range = true;
            i += word + sign + n;
        }
    }
    if (values_mark(v, i, ',') && values_glued(v, i) && values_dash(v, i + 1))
        i += 2; /* "Rp 5.000,-" */
    return i - at;
}

/* Letters, digits or joining marks touch the number from behind: a code, a score. */
static bool goes_on(const struct values *v, uint32_t at)
{
    if (!values_glued(v, at))
        return false;
    if (v->item[at].kind != PIECE_MARK)
        return true;
    bool joins = values_dash(v, at) || values_mark(v, at, '/') ||
                 values_mark(v, at, ':') || values_mark(v, at, '@') ||
                 values_mark(v, at, '_');
    return joins && values_glued(v, at + 1);
}

static bool is_labelled(const struct values *v, uint32_t at)
{
    if (at == 0)
        return false;
    uint32_t before = at - 1;
    if (values_mark(v, before, '.') && before > 0)
        before--;
    if (values_is(v, v->list.label, before) || v->item[at - 1].kind == PIECE_NUMERAL)
        return true;
    /* "Detasemen Khusus (Densus) 88": short for what bears the number */
    if (at >= 4 && values_mark(v, at - 1, ')') && values_mark(v, at - 3, '(') &&
        v->item[at - 2].capital && v->item[at - 4].capital &&
        v->item[at - 4].kind == PIECE_WORD && values_at(v, at + 1) &&
        values_at(v, at + 1)->capital)
        return true;
    /* "Pasal 5 dan 6", "RT 01 RW 02/03" */
    struct str sense;
    return at >= 3 && v->item[at - 2].kind == PIECE_NUMERAL &&
           number_range_word(v, at - 1, &sense) && values_is(v, v->list.label, at - 3);
}

/* "Piala Dunia 2026", "Liga 1": a capitalised word before, none that could be counted
 * behind. "Gerakan Nasional 1.000 Startup": capitals on both sides. */
static bool is_named(const struct values *v, uint32_t at, const struct quantity *q)
{
    return at > 1 && v->item[at - 1].kind == PIECE_WORD && v->item[at - 1].capital &&
           !v->item[at].capital && v->item[at].kind == PIECE_NUMERAL &&
           (v->item[at].form == FORM_PLAIN ||
            (q->first == at && v->item[q->noun.first].capital &&
             !values_is(v, v->list.counted, q->noun.first)));
}

/* "11.11 Big Sale": a decimal before a name counts nothing. */
static bool is_version(const struct values *v, uint32_t at, const struct quantity *q)
{
    return v->item[at].kind == PIECE_NUMERAL && v->item[at].form == FORM_DECIMAL &&
           q->number.scale < 1000 && v->item[q->noun.first].capital;
}

/* "Kabupaten Lima Puluh Kota": capitals on number and noun, inside a sentence. */
static bool is_title(const struct values *v, uint32_t at, const struct quantity *q)
{
    return at > 0 && v->item[at].kind == PIECE_WORD && v->item[at].capital &&
           v->item[q->noun.first].capital && v->item[at - 1].kind == PIECE_WORD;
}

/* A plain 2023 before a noun is a year that the times left alone, unless the noun is one
 * of those that are always counted. */
static bool is_year(const struct values *v, uint32_t at, const struct quantity *q)
{
    const struct piece *p = &v->item[at];
    return p->kind == PIECE_NUMERAL && p->form == FORM_PLAIN && p->digits == 4 &&
           p->value >= 1900 && p->value <= 2100 &&
           !values_is(v, v->list.counted, q->noun.first);
}

/* "satu" counts where it stands against another number of the sentence, or with a word
 * that an article goes with seldom ("satu orang"). */
static bool is_article(const struct values *v, const struct quantity *q)
{
    if (!q->number.article || q->unit.kind != UNIT_NONE || q->number.range)
        return false;
    struct str entry;
    return q->bound == 0 && !(values_match(v, v->list.counted, q->noun.first, &entry) &&
                              str_starts(entry, STR("one")));
}

static uint32_t read_unit(const struct values *v, uint32_t at, struct quantity *q)
{
    uint32_t n = unit_read_after(v, at, &q->unit);
    if (n)
        return n;
    q->has_noun = noun_read(v, at, &q->noun) > 0;
    return 0;
}

/* A number whose unit stands behind the next one: "10 dan 15 persen", "dari 5 menjadi 6
 * persen". */
static bool borrow_unit(const struct values *v, uint32_t at, struct quantity *q)
{
    struct number next;
    struct str entry;
    uint32_t i = at;
    if (values_mark(v, i, ',') && !values_glued(v, i + 1))
        i++;
    i += number_range_word(v, i, &entry);
    if (i == at && values_match(v, v->list.change, i, &entry) && str_is(entry, "level"))
        i += values_match(v, v->list.change, i, NULL);
    if (i == at)
        return false;
    uint32_t n = number_read(v, i, 0, &next);
    struct unit unit;
    if (n == 0 || unit_read_after(v, i + n, &unit) == 0 || unit.kind == UNIT_MONEY)
        return false;
    q->unit = unit;
    return true;
}

static uint32_t read_bound_after(const struct values *v, uint32_t at, struct quantity *q)
{
    struct str entry;
    uint32_t n = values_match(v, v->list.boundafter, at, &entry);
    if (n == 0)
        return 0;
    /* "lebih banyak", "lebih dari": a comparison of its own. */
    const struct piece *next = values_at(v, at + n);
    bool noun =
        next && next->kind == PIECE_WORD && !values_is(v, v->list.nounstop, at + n);
    bool ends = next == NULL || next->kind == PIECE_MARK || !noun;
    struct noun counted;
    if (!ends &&
        (q->has_noun || q->unit.kind != UNIT_NONE || !noun_read(v, at + n, &counted)))
        return 0;
    for (uint32_t k = 0; next && k < n; k++) /* "atau lebih", then "lebih dari" */
        if (k + values_match(v, v->list.bound, at + k, NULL) > n)
            return 0;
    if (q->bound == 0)
        q->bound = bound_of(entry);
    return n;
}

/* "0,05 mm dan 0,5 mm" behind "antara", "10 persen hingga 15 persen": the other end of a
 * range that says its unit twice. */
static uint32_t read_second(const struct values *v, uint32_t at, unsigned flags,
                            struct quantity *q)
{
    struct number high;
    struct str sense;
    struct quantity other = {.first = at};
    uint32_t word = number_range_word(v, at, &sense);
    if (word == 0 || q->number.range || str_is(sense, "or") ||
        (str_is(sense, "and") && !(flags & NUMBER_AND)))
        return 0;
    uint32_t n = number_read_one(v, at + word, 0, &high);
    if (n == 0 || high.value <= q->number.value)
        return 0;
    uint32_t unit = read_unit(v, at + word + n, &other);
    if (other.unit.kind != q->unit.kind || other.has_noun != q->has_noun)
        return 0;
    if (unit ? !str_eq(other.unit.code, q->unit.code)
             : !other.has_noun ||
                   !str_eq(v->item[other.noun.first].lower, v->item[q->noun.first].lower))
        return 0;
    high.low = q->number.value;
    high.high = high.value;
    high.range = true;
    q->number = high;
    if (other.has_noun)
        q->noun = other.noun;
    return word + n + unit;
}

static uint32_t read_plain(const struct values *v, uint32_t at, unsigned flags,
                           struct quantity *q)
{
    const struct piece *p = &v->item[at];
    if (number_is_code(v, at) || /* "paslon 03" */
        (p->kind == PIECE_NUMERAL && p->form == FORM_PLAIN && p->digits > 1 &&
         p->text.ptr[0] == '0'))
        return 0;
    uint32_t n = number_read(v, at, flags, &q->number);
    if (n == 0)
        return 0;
    uint32_t i = at + n;
    uint32_t unit = read_unit(v, i, q);
    if (unit == 0 && goes_on(v, i))
        return 0;
    if (unit == 0 && !q->has_noun) {
        uint32_t more = read_bound_after(v, i, q);
        if (more)
            unit = read_unit(v, i + more, q);
        if (unit || q->has_noun)
            i += more;
        else if (!borrow_unit(v, i, q))
            return 0;
    }
    if (q->unit.kind != UNIT_PERCENT && is_labelled(v, at))
        return 0;
    bool counts = q->has_noun && values_is(v, v->list.counted, q->noun.first) &&
                  !v->item[q->noun.first].capital;
    if (q->unit.kind == UNIT_NONE &&
        ((is_named(v, at, q) && !counts) || is_year(v, at, q) || is_title(v, at, q) ||
         is_version(v, at, q)))
        return 0;
    /* "1,300 orang": a decimal of three places counts nothing. */
    if (q->unit.kind == UNIT_NONE && !isnan(q->number.other))
        q->number.value = q->number.other;
    i += unit;
    uint32_t behind = q->has_noun && unit == 0 ? q->noun.end : i;
    uint32_t second = read_second(v, behind, flags, q);
    return (second ? behind + second : i) - at;
}

/* The nearest word of change before the number, in its clause, if no word for a level
 * stands between; before counted things only directly. */
static int find_change(const struct values *v, uint32_t at, bool counted)
{
    struct str entry;
    for (uint32_t back = 1; back <= CHANGE_REACH && back <= at; back++) {
        const struct piece *p = &v->item[at - back];
        if (p->kind == PIECE_MARK && !values_mark(v, at - back, '-'))
            return 0;
        if (p->kind == PIECE_NUMERAL || values_is(v, v->list.unit, at - back))
            return 0;
        if (!values_match(v, v->list.change, at - back, &entry)) {
            if (counted && !values_is(v, v->list.aboutcue, at - back))
                return 0;
            continue;
        }
        return str_is(entry, "up") ? FACT_UP : str_is(entry, "down") ? FACT_DOWN : 0;
    }
    return 0;
}

static struct str lower_text(const struct values *v, uint32_t first, uint32_t end)
{
    struct str text = values_text(v, first, end);
    char *lower = arena_alloc(v->doc->arena, text.len * 2 + 4);
    return str_make(lower, utf8_lower_str(text, lower));
}

static void fill_number(const struct quantity *q, struct fact *fact)
{
    if (q->number.range) {
        fact->low = q->number.low;
        fact->high = q->number.high;
    } else {
        fact->value = q->number.value;
    }
    int bound = q->bound;
    if (bound == 0)
        bound = q->number.vague ? FACT_MIN : q->number.about ? FACT_ABOUT : 0;
    if (bound)
        fact->bound = bound;
    if (q->change)
        fact->change = q->change;
}

static void emit(struct values *v, const struct quantity *q)
{
    static const char *const rules[] = {"quantity.noun", "quantity.money",
                                        "quantity.percent", "quantity.measure"};
    static const double sure[] = {CONFIDENCE_NOUN, CONFIDENCE_MONEY, CONFIDENCE_PERCENT,
                                  CONFIDENCE_MEASURE};
    struct fact *fact =
        values_add(v, FACT_QUANTITY, q->first, q->end, rules[q->unit.kind]);
    fact->confidence = q->number.article ? 0.5 : sure[q->unit.kind];
    fill_number(q, fact);
    if (q->unit.kind != UNIT_NONE) {
        struct noun behind;
        fact->unit = q->unit.code;
        fact->about = noun_before(v, q->first);
        if (fact->about.ptr == NULL && noun_read(v, q->end, &behind))
            fact->about = values_text(v, behind.first, behind.end);
        return;
    }
    fact->unit = lower_text(v, q->noun.first, q->noun.head_end);
    fact->noun = values_text(v, q->noun.first, q->noun.end);
}

static bool any_taken(const struct values *v, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        if (v->item[i].taken)
            return true;
    return false;
}

struct last {
    uint32_t end;
    int change;
};

/* "naik 66 poin atau 0,47%", "naik 66 poin (0,47%)": the second says the first again. */
static bool says_again(const struct values *v, uint32_t end, uint32_t first)
{
    struct str sense;
    if (first != end + 1)
        return false;
    return values_mark(v, end, '(') ||
           (number_range_word(v, end, &sense) && str_is(sense, "or"));
}

/* A quantity that begins here; pieces to go on behind. */
static uint32_t scan(struct values *v, uint32_t at, struct last *last)
{
    struct quantity q = {.first = at};
    unsigned flags;
    if (v->item[at].taken)
        return 0;
    uint32_t bounds = read_bounds(v, at, &q.bound, &flags);
    q.number_at = at + bounds;
    if (q.number_at >= v->count)
        return 0;
    uint32_t n = read_money(v, q.number_at, flags, &q);
    if (n == 0) {
        q.unit = (struct unit){UNIT_NONE, STR_NONE};
        n = read_plain(v, q.number_at, flags, &q);
    }
    if (n == 0)
        return 0;
    if ((flags & NUMBER_AND) && !q.number.range)
        q.first = q.number_at;
    q.end = q.number_at + n;
    if (q.unit.kind == UNIT_NONE) {
        if (is_article(v, &q))
            return n;
        q.end = q.noun.end;
    }
    if (any_taken(v, q.first, q.end))
        return 0;
    q.end += read_bound_after(v, q.end, &q);
    q.change = find_change(v, q.first, q.unit.kind == UNIT_NONE);
    if (q.change == 0 && last->change && says_again(v, last->end, q.first))
        q.change = last->change;
    *last = (struct last){q.end, q.change};
    emit(v, &q);
    return q.end - at;
}

/* Only where this holds can a quantity begin. */
static bool may_begin(const struct values *v, uint32_t at)
{
    const struct piece *p = &v->item[at];
    const struct value_lists *list = &v->list;
    return p->kind == PIECE_NUMERAL || (p->words && (piece_may_begin(p, list->bound) ||
                                                     piece_may_begin(p, list->currency) ||
                                                     piece_may_begin(p, list->number)));
}

void quantities_read(struct values *v)
{
    struct last last = {0, 0};
    for (uint32_t i = 0; i < v->count;) {
        uint32_t n = may_begin(v, i) ? scan(v, i, &last) : 0;
        i += n ? n : 1;
    }
}
