#include "worker/extract/time.h"

#include <stdlib.h>

struct moment time_at_day(struct calendar_date date)
{
    struct moment m = MOMENT_NONE;
    m.grain = GRAIN_DAY;
    m.year = date.year;
    m.month = date.month;
    m.day = date.day;
    return m;
}

static bool fits_shift(int64_t day, int64_t anchor, int shift)
{
    return shift == -1 ? day <= anchor : shift == 1 ? day >= anchor : true;
}

/* Among last, this and next year the nearest day that fits; of a weekday that was said
 * too, one that falls on it, if there is one. */
struct moment time_near_day(const struct times *t, int month, int day, int shift,
                            int weekday)
{
    struct moment best = MOMENT_NONE;
    int64_t best_far = INT64_MAX;
    if (!t->anchored)
        return best;
    int64_t anchor = calendar_number(t->anchor.date);
    for (int year = t->anchor.date.year - 1; year <= t->anchor.date.year + 1; year++) {
        struct calendar_date date = {year, month, day};
        if (!calendar_valid(date) || (shift == 0 && year != t->anchor.date.year))
            continue;
        int64_t number = calendar_number(date);
        int64_t far = llabs(number - anchor);
        if (!fits_shift(number, anchor, shift))
            far += 10000;
        if (weekday && calendar_weekday(number) != weekday)
            far += 1000;
        if (far < best_far) {
            best_far = far;
            best = time_at_day(date);
        }
    }
    return best;
}

struct moment time_near_month(const struct times *t, int month, int shift)
{
    struct moment m = MOMENT_NONE;
    if (!t->anchored)
        return m;
    struct calendar_date anchor = t->anchor.date;
    bool next = shift == 1 || (shift == TIME_NEAREST && t->future);
    m.grain = GRAIN_MONTH;
    m.month = month;
    m.year = anchor.year;
    if (shift == 0)
        return m;
    if (next)
        m.year += month < anchor.month;
    else
        m.year -= month > anchor.month || (shift == -1 && month == anchor.month);
    return m;
}

struct moment time_near_weekday(const struct times *t, int weekday, int shift)
{
    if (!t->anchored)
        return MOMENT_NONE;
    int64_t anchor = calendar_number(t->anchor.date);
    int today = calendar_weekday(anchor);
    if (shift == 0) /* "Jumat ini": of this week */
        return time_at_day(calendar_from_number(anchor - today + weekday));
    bool next = shift == 1 || (shift == TIME_NEAREST && t->future);
    int ahead = (weekday - today + 7) % 7;
    int back = (today - weekday + 7) % 7;
    if (shift == 1 && ahead == 0)
        ahead = 7;
    if (shift == -1 && back == 0)
        back = 7;
    return time_at_day(calendar_from_number(next ? anchor + ahead : anchor - back));
}

struct moment time_moved(const struct times *t, enum grain grain, int64_t count)
{
    struct moment m = MOMENT_NONE;
    if (!t->anchored)
        return m;
    struct calendar_date date = t->anchor.date;
    if (grain == GRAIN_YEAR)
        date =
            calendar_add_months(date, count > 9999 || count < -9999 ? count : count * 12);
    else if (grain == GRAIN_MONTH)
        date = calendar_add_months(date, count);
    else if (grain == GRAIN_WEEK)
        date = calendar_add_days(date, count > 999999 || count < -999999 ? 0 : count * 7);
    else
        date = calendar_add_days(date, count);
    m = time_at_day(date);
    m.grain = grain;
    m.week = calendar_week_of(calendar_number(date));
    return m;
}

static int64_t sort_key(const struct moment *m)
{
    if (m->grain == GRAIN_WEEK)
        return calendar_week_start(m->week) * 1440;
    struct calendar_date first = {m->year, m->grain >= GRAIN_MONTH ? m->month : 1,
                                  m->grain == GRAIN_DAY ? m->day : 1};
    int64_t minutes = m->clock.hour >= 0 ? m->clock.hour * 60 + m->clock.minute : 0;
    return calendar_valid(first) ? calendar_number(first) * 1440 + minutes : 0;
}

bool time_before(const struct moment *a, const struct moment *b)
{
    return sort_key(a) < sort_key(b);
}

struct str time_print(const struct times *t, const struct moment *m)
{
    struct arena *arena = t->v.doc->arena;
    if (m->grain == GRAIN_YEAR)
        return arena_printf(arena, "%04d", m->year);
    if (m->grain == GRAIN_MONTH)
        return arena_printf(arena, "%04d-%02d", m->year, m->month);
    if (m->grain == GRAIN_WEEK)
        return arena_printf(arena, "%04d-W%02d", m->week.year, m->week.week);
    if (m->clock.hour < 0)
        return arena_printf(arena, "%04d-%02d-%02d", m->year, m->month, m->day);
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d%.*s", m->year, m->month, m->day,
                        m->clock.hour, m->clock.minute, STR_ARG(m->clock.zone));
}
