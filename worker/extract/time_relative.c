/* Days and periods said by their distance from the anchor.
 *
 * List weekday.txt: name and 1 to 7 (0: a phrase that only looks like one), "unit" behind
 * it where the word is also a unit of time and needs a capital. timeword.txt: phrase,
 * grain ("day", "night", "week", "month", "year") and distance. shift.txt: words behind a
 * date or a count: -1, 0 or 1, and where: "n" behind a named date, "c" behind a count.
 * datepart.txt: "beginning of" and the like. repeat.txt: "every"; "count" where it goes
 * with lengths of time only. */

#include "worker/extract/number.h"
#include "worker/extract/time.h"

/* "last night" in an article of the late evening is this night. */
#define EVENING_HOUR 20

static enum grain grain_of(struct str name)
{
    return str_is(name, "year")    ? GRAIN_YEAR
           : str_is(name, "month") ? GRAIN_MONTH
           : str_is(name, "week")  ? GRAIN_WEEK
                                   : GRAIN_DAY;
}

static uint32_t read_timeword(struct times *t, uint32_t at, struct when *out)
{
    struct str entry;
    const struct values *v = &t->v;
    uint32_t n = values_match(v, v->list.timeword, at, &entry);
    if (n == 0)
        return 0;
    if ((values_glued(v, at) && values_dash(v, at - 1)) ||
        (values_mark(v, at + n, '-') && values_glued(v, at + n)))
        return 0; /* doubled: "kemarin-kemarin" */
    struct str grain = value_field(&entry);
    int64_t distance = (int64_t)value_number(entry);
    if (str_is(grain, "night") && t->anchor.has_clock && t->anchor.hour >= EVENING_HOUR)
        distance++;
    out->from = time_moved(t, grain_of(grain), distance);
    out->rule = "time.word";
    out->confidence = 0.9;
    return n;
}

/* Is the word at a piece a weekday, and not the unit of the same spelling? */
static bool is_weekday(const struct values *v, uint32_t at, uint32_t n, bool unit)
{
    if (!unit)
        return true;
    if (values_mark(v, at + n, '(') ||
        (values_mark(v, at + n, ',') && at + n + 1 < v->count &&
         v->item[at + n + 1].kind == PIECE_NUMERAL))
        return true;
    if (values_is(v, v->list.daypart, at + n) || values_is(v, v->list.clockhead, at + n))
        return true;
    return v->item[at].capital && at > 0 && !v->item[at].upper;
}

/* The date in brackets or behind a comma that a weekday or "today" is followed by. */
static uint32_t read_apposed(struct times *t, uint32_t at, struct when *out)
{
    const struct values *v = &t->v;
    uint32_t i = at, n;
    i += values_mark(v, i, ',') ? 1 : 0;
    bool open = values_mark(v, i, '(');
    i += open ? 1 : 0;
    n = date_read_numeric(t, i, true, out);
    if (n == 0) {
        n = date_read_named(t, i, out);
        if (n && out->from.grain != GRAIN_DAY)
            return 0;
    }
    if (n == 0)
        return 0;
    i += n;
    if (open && !values_mark(v, i, ')')) {
        if (!out->from.year_said)
            return 0;
        open = false; /* "Selasa (17/9/2019, sore WIB": never closed */
    }
    return i + (open ? 1 : 0) - at;
}

static void check_weekday(struct times *t, int weekday, struct when *out)
{
    struct moment *m = &out->from;
    if (m->grain != GRAIN_DAY || m->year_said || out->range)
        return;
    *m = time_near_day(t, m->month, m->day, TIME_NEAREST, weekday);
}

static uint32_t read_weekday_shift(struct times *t, uint32_t at, int weekday,
                                   struct when *out)
{
    struct str entry;
    uint32_t n = values_match(&t->v, t->v.list.timeword, at, &entry);
    if (n && str_is(value_field(&entry), "week")) {
        struct moment week = time_moved(t, GRAIN_WEEK, (int64_t)value_number(entry));
        if (week.grain != GRAIN_NONE)
            out->from = time_at_day(
                calendar_from_number(calendar_week_start(week.week) + weekday - 1));
        return n;
    }
    n = values_match(&t->v, t->v.list.shift, at, &entry);
    int shift = n ? (int)value_number(value_field(&entry)) : TIME_NEAREST;
    if (n && !value_flag(entry, 'n')) {
        n = 0;
        shift = TIME_NEAREST;
    }
    out->from = time_near_weekday(t, weekday, shift);
    return n;
}

static uint32_t read_weekday(struct times *t, uint32_t at, struct when *out)
{
    const struct values *v = &t->v;
    struct str entry, kind;
    uint32_t head = values_match(v, v->list.datehead, at, &kind);
    if (head && !str_is(kind, "weekday"))
        return 0;
    uint32_t n = values_match(v, v->list.weekday, at + head, &entry);
    if (n == 0)
        return 0;
    int weekday = (int)value_number(value_field(&entry));
    if (weekday == 0) { /* a name with a weekday in it: understood, no date */
        out->from.grain = GRAIN_NONE;
        return head ? 0 : n;
    }
    if (!is_weekday(v, at + head, n, entry.ptr && head == 0))
        return 0;
    uint32_t i = at + head + n;
    uint32_t part = values_match(v, v->list.daypart, i, NULL);
    i += part;
    if (part)
        i += values_match(v, v->list.zone, i, NULL);
    out->confidence = 0.97;
    n = read_apposed(t, i, out);
    if (n) {
        check_weekday(t, weekday, out);
        out->rule = "time.date.weekday";
    } else {
        n = read_weekday_shift(t, i, weekday, out);
        out->rule = "time.weekday";
        out->confidence = n ? 0.85 : 0.75;
    }
    i += n;
    return i + values_match(v, v->list.daypart, i, NULL) - at;
}

/* "dua hari lalu": a count of a unit and a word that moves by it. Hours and less have no
 * date of their own. */
static uint32_t read_counted(struct times *t, uint32_t at, struct when *out)
{
    const struct values *v = &t->v;
    struct number number = {.value = 1};
    struct str entry, shift;
    uint32_t n = values_match(v, v->list.timeunit, at, &entry), i = at + n;
    if (n == 0) {
        n = number_is_code(v, at) ? 0 : number_read(v, at, 0, &number);
        i = at + n;
        uint32_t unit = n ? values_match(v, v->list.timeunit, i, &entry) : 0;
        if (unit == 0 || str_find(entry, STR(" one")) != (size_t)-1)
            return 0;
        i += unit;
    } else if (str_find(entry, STR(" one")) == (size_t)-1) {
        return 0;
    }
    struct str unit = value_field(&entry);
    double times = entry.ptr ? value_number(value_field(&entry)) : 1;
    uint32_t move = values_match(v, v->list.shift, i, &shift);
    int sign = move ? (int)value_number(value_field(&shift)) : 0;
    if (move == 0 || !value_flag(shift, 'c') || unit.ptr[0] == 'T')
        return 0;
    enum grain grain = unit.ptr[0] == 'Y'   ? GRAIN_YEAR
                       : unit.ptr[0] == 'M' ? GRAIN_MONTH
                       : unit.ptr[0] == 'W' ? GRAIN_WEEK
                                            : GRAIN_DAY;
    double count = number.value * (times > 0 ? times : 1) * sign;
    out->from = MOMENT_NONE;
    if (!number.range && !number.vague && count > -10000 && count < 10000)
        out->from = time_moved(t, grain, (int64_t)count);
    out->rule = "time.counted";
    out->confidence = 0.85;
    return i + move - at;
}

uint32_t date_read_relative(struct times *t, uint32_t at, struct when *out)
{
    uint32_t n = read_weekday(t, at, out);
    if (n == 0)
        n = read_timeword(t, at, out);
    if (n == 0)
        return read_counted(t, at, out);
    if (out->from.grain != GRAIN_DAY || str_is(str_of(out->rule), "time.date.weekday"))
        return n;
    /* "hari ini, Senin (12/9)": the plain date says it best. */
    struct when plain = *out;
    uint32_t comma = values_mark(&t->v, at + n, ',') ? 1 : 0;
    uint32_t more = read_weekday(t, at + n + comma, &plain);
    if (more && !str_is(str_of(plain.rule), "time.date.weekday"))
        more = 0;
    if (more == 0 && (values_mark(&t->v, at + n, '(') || comma == 0)) {
        comma = 0;
        more = values_mark(&t->v, at + n, '(') ? read_apposed(t, at + n, &plain) : 0;
    }
    if (more == 0)
        return n;
    *out = plain;
    out->rule = "time.word.date";
    return n + comma + more;
}

static bool is_repeated(const struct values *v, uint32_t at)
{
    struct str entry;
    return at > 0 && values_match(v, v->list.repeat, at - 1, &entry) &&
           !str_is(entry, "count");
}

static uint32_t read_core(struct times *t, uint32_t at, struct when *out)
{
    uint32_t n = date_read_relative(t, at, out);
    if (n)
        return n;
    bool closed = at > 0 && values_mark(&t->v, at - 1, '(');
    n = date_read_numeric(t, at, closed, out);
    if (n && closed && n == 3 && !values_mark(&t->v, at + n, ')'))
        n = 0;
    if (n == 0)
        n = date_read_named(t, at, out);
    return n ? n : date_read_year(t, at, out);
}

/* "Jumat (20/9) besok", "Rabu (4/9) kemarin": the word says the date again. */
static uint32_t skip_again(const struct times *t, uint32_t at, const struct when *out)
{
    struct str entry;
    if (out->from.grain != GRAIN_DAY || out->range || !values_mark(&t->v, at - 1, ')'))
        return 0;
    uint32_t n = values_match(&t->v, t->v.list.timeword, at, &entry);
    return n && str_is(value_field(&entry), "day") ? n : 0;
}

uint32_t date_read(struct times *t, uint32_t at, struct when *out)
{
    *out = (struct when){MOMENT_NONE, MOMENT_NONE, false, NULL, 0};
    uint32_t part = values_match(&t->v, t->v.list.datepart, at, NULL);
    uint32_t n = read_core(t, at + part, out);
    if (n == 0)
        return 0;
    if (part && out->from.grain == GRAIN_DAY)
        return 0;
    if (is_repeated(&t->v, at))
        out->from.grain = out->to.grain = GRAIN_NONE;
    n += part;
    return n + skip_again(t, at + n, out);
}
