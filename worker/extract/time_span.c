/* Lengths of time, and the spans that have names of their own.
 *
 * List timeunit.txt: word, unit ("Y", "M", "W", "D", "TH", "TM", "TS"), how many of it
 * (1), and "one" where the word counts itself ("setahun"). period.txt: quarters and the
 * like, with their months. agecue.txt: words of age, "near" where only directly before
 * the number, "after" behind the years. ordinal.txt: see number.h. */

#include "worker/extract/number.h"
#include "worker/extract/time.h"

#include <math.h>

#define AGE_REACH  4 /* pieces between "berusia" and the years */
#define PARTS_MOST 4 /* of one duration: years, months, days, hours */

struct amount {
    double count;
    char unit; /* Y M W D h m s */
};

static struct amount amount_of(double count, struct str entry)
{
    struct str unit = value_field(&entry);
    double times = entry.ptr ? value_number(value_field(&entry)) : 1;
    char letter = unit.ptr[0];
    if (letter == 'T' && unit.len > 1)
        letter = unit.ptr[1] == 'H' ? 'h' : unit.ptr[1] == 'M' ? 'm' : 's';
    return (struct amount){count * (times > 0 ? times : 1), letter};
}

static bool is_whole(double x)
{
    return fabs(x - nearbyint(x)) < 1e-6;
}

/* Print an amount; a part of it goes to the next smaller unit where that is a whole. */
static struct str print_amount(struct arena *arena, struct amount a, bool *time)
{
    static const struct {
        char unit, letter, below;
        int parts;
        bool time;
    } units[] = {{'Y', 'Y', 'M', 12, false}, {'M', 'M', 0, 1, false},
                 {'W', 'W', 0, 1, false},    {'D', 'D', 'h', 24, false},
                 {'h', 'H', 'm', 60, true},  {'m', 'M', 's', 60, true},
                 {'s', 'S', 0, 1, true}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (units[i].unit != a.unit)
            continue;
        const char *mark = units[i].time && !*time ? "T" : "";
        *time = *time || units[i].time;
        if (is_whole(a.count))
            return arena_printf(arena, "%s%.0f%c", mark, a.count, units[i].letter);
        double whole = floor(a.count), parts = (a.count - whole) * units[i].parts;
        if (!units[i].below || !is_whole(parts))
            return arena_printf(arena, "%s%.4g%c", mark, a.count, units[i].letter);
        struct str low =
            print_amount(arena, (struct amount){parts, units[i].below}, time);
        if (whole < 1)
            return arena_printf(arena, "%s%.*s", mark, STR_ARG(low));
        return arena_printf(arena, "%s%.0f%c%.*s", mark, whole, units[i].letter,
                            STR_ARG(low));
    }
    return STR("");
}

static bool is_age(const struct values *v, uint32_t at, uint32_t end)
{
    struct str entry;
    for (uint32_t back = 1; back <= AGE_REACH && back <= at; back++) {
        const struct piece *p = &v->item[at - back];
        if (p->kind == PIECE_MARK && !values_mark(v, at - back, '-') &&
            !values_mark(v, at - back, '>') && !values_mark(v, at - back, '<'))
            break;
        if (values_match(v, v->list.agecue, at - back, &entry) &&
            !str_is(entry, "after") && (back == 1 || !str_is(entry, "near")))
            return true;
    }
    if (at > 0 && v->item[at - 1].kind == PIECE_WORD &&
        (!v->item[at - 1].capital || at == 1) &&
        !values_is(v, v->list.nounstop, at - 1) &&
        values_match(v, v->list.agecue, end, &entry) && str_is(entry, "after"))
        return true;
    /* "Budi (25 tahun)", "Budi, 25 tahun," */
    if (at < 2)
        return false;
    return (values_mark(v, at - 1, '(') && values_mark(v, end, ')')) ||
           (values_mark(v, at - 1, ',') && values_mark(v, end, ',') &&
            v->item[at - 2].kind == PIECE_WORD && v->item[at - 2].capital);
}

static bool is_smaller(char a, char than)
{
    static const char order[] = "YMWDhms";
    return strchr(order, a) > strchr(order, than);
}

/* One count of a unit. */
static uint32_t read_amount(const struct values *v, uint32_t at, struct number *number,
                            struct amount *out)
{
    struct str entry;
    if (at >= v->count || number_is_code(v, at))
        return 0;
    uint32_t n = values_match(v, v->list.timeunit, at, &entry);
    *number = (struct number){.value = 1};
    if (n && str_find(entry, STR(" one")) != (size_t)-1) {
        *out = amount_of(1, entry);
        return values_mark(v, at + n, '-') ? 0 : n;
    }
    /* "Liga 1 pekan ke-19" */
    if (at > 0 && v->item[at - 1].capital && values_is(v, v->list.label, at - 1))
        return 0;
    n = number_read(v, at, 0, number);
    if (n == 0 || number->value < 0)
        return 0;
    uint32_t unit = values_match(v, v->list.timeunit, at + n, &entry);
    if (unit == 0 || str_find(entry, STR(" one")) != (size_t)-1 ||
        values_glued(v, at + n) || date_is_year(v, at + n + unit))
        return 0;
    *out = amount_of(number->range ? number->high : number->value, entry);
    /* "dua hari-hari" is no count, "tiga jam-an" is a rough one. */
    return n + unit;
}

static bool is_repeated(const struct values *v, uint32_t at, uint32_t end)
{
    return (at > 0 && values_is(v, v->list.repeat, at - 1)) ||
           values_is(v, v->list.repeat, end);
}

uint32_t span_read_duration(struct times *t, uint32_t at, struct str *value_out)
{
    const struct values *v = &t->v;
    struct arena *arena = v->doc->arena;
    struct number number, next_number;
    struct amount amount, next;
    struct str text, entry;
    bool time = false, loose;
    *value_out = STR_NONE;
    uint32_t n = read_amount(v, at, &number, &amount), i = at + n;
    if (n == 0)
        return 0;
    loose = number.range || number.vague || number.about || amount.count > 1e9;
    struct str part = print_amount(arena, amount, &time);
    text = arena_printf(arena, "P%.*s", STR_ARG(part));
    for (unsigned k = 1; k < PARTS_MOST; k++) {
        /* "dua tahun dan delapan bulan" */
        uint32_t and = number_range_word(v, i, &entry);
        and = and&&str_is(entry, "and") ? and : 0;
        n = read_amount(v, i + and, &next_number, &next);
        if (n == 0 || !is_smaller(next.unit, amount.unit) || next_number.range ||
            (and&&values_match(v, v->list.shift, i + and+n, &entry)))
            break;
        n += and;
        amount = next;
        part = print_amount(arena, next, &time);
        text = arena_printf(arena, "%.*s%.*s", STR_ARG(text), STR_ARG(part));
        i += n;
    }
    bool no_fact = loose || is_age(v, at, i) || is_repeated(v, at, i);
    n = values_match(v, v->list.shift, i, &entry);
    if (n && value_flag(entry, 'd'))
        i += n;
    if (!no_fact)
        *value_out = text;
    return i - at;
}

static struct moment month_moment(int year, int month)
{
    struct moment m = MOMENT_NONE;
    m.grain = GRAIN_MONTH;
    m.year = year;
    m.month = month;
    return m;
}

/* The year behind "kuartal III": after a mark or a word, or by "last year". */
static uint32_t read_period_year(struct times *t, uint32_t at, int *year)
{
    const struct values *v = &t->v;
    struct when when = {MOMENT_NONE, MOMENT_NONE, false, NULL, 0};
    uint32_t mark = (values_mark(v, at, '/') || values_dash(v, at)) ? 1 : 0;
    *year = 0;
    if (date_is_year(v, at + mark)) {
        *year = (int)v->item[at + mark].value;
        return mark + 1;
    }
    if (mark)
        return 0;
    uint32_t n = date_read_year(t, at, &when);
    if (n == 0) {
        n = date_read_relative(t, at, &when);
        if (when.from.grain != GRAIN_YEAR)
            n = 0;
    }
    if (n && !when.range)
        *year = when.from.year;
    return *year ? n : 0;
}

uint32_t span_read_period(struct times *t, uint32_t at, struct when *out)
{
    const struct values *v = &t->v;
    struct str entry;
    int ordinal, year;
    uint32_t head = values_match(v, v->list.period, at, &entry);
    if (head == 0)
        return 0;
    int months = (int)value_number(entry);
    uint32_t n = number_read_ordinal(v, at + head, &ordinal);
    if (n == 0 || months < 1 || ordinal < 1 || ordinal * months > 12)
        return 0;
    uint32_t i = at + head + n;
    n = read_period_year(t, i, &year);
    *out = (struct when){MOMENT_NONE, MOMENT_NONE, true, "time.period", n ? 0.93 : 0.7};
    if (year == 0) {
        if (!t->anchored)
            return i - at;
        /* The last one that had begun; one that is to come where the clause says so. */
        bool begun = (ordinal - 1) * months + 1 <= t->anchor.date.month;
        year = t->anchor.date.year - (!begun && !t->future);
    }
    out->from = month_moment(year, (ordinal - 1) * months + 1);
    out->to = month_moment(year, ordinal * months);
    return i + n - at;
}

uint32_t span_read_decade(struct times *t, uint32_t at, struct when *out)
{
    const struct values *v = &t->v;
    struct str entry, kind;
    uint32_t head = values_match(v, v->list.datehead, at, &kind);
    if (head && !str_is(kind, "year"))
        return 0;
    uint32_t i = at + head;
    const struct piece *p = values_at(v, i);
    if (p == NULL || p->form != FORM_PLAIN || p->kind != PIECE_NUMERAL || p->digits != 4)
        return 0;
    int year = (int)p->value;
    uint32_t n = values_match(v, v->list.number, i + 1, &entry);
    if (n == 0 || !values_glued(v, i + 1) || !str_is(entry, "about") || year % 10 ||
        year < 1000 || year > 2100)
        return 0;
    *out = (struct when){MOMENT_NONE, MOMENT_NONE, true, "time.decade", 0.6};
    out->from.grain = out->to.grain = GRAIN_YEAR;
    out->from.year = year;
    out->to.year = year + 9;
    return i + 1 + n - at;
}
