#include "worker/extract/calendar.h"

#include <assert.h>

/* The era arithmetic counts years from 1 March, so that the leap day is a year's last. */
#define ERA_YEARS  400
#define ERA_DAYS   146097
#define EPOCH_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */

bool calendar_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int calendar_month_days(int year, int month)
{
    static const signed char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    assert(month >= 1 && month <= 12);
    return days[month - 1] + (month == 2 && calendar_leap(year));
}

bool calendar_valid(struct calendar_date date)
{
    return date.year >= CALENDAR_YEAR_MIN && date.year <= CALENDAR_YEAR_MAX &&
           date.month >= 1 && date.month <= 12 && date.day >= 1 &&
           date.day <= calendar_month_days(date.year, date.month);
}

int64_t calendar_number(struct calendar_date date)
{
    assert(calendar_valid(date));
    int64_t year = date.year - (date.month <= 2);
    int64_t era = year / ERA_YEARS;
    int64_t year_of_era = year - era * ERA_YEARS;
    int64_t month = (date.month + 9) % 12; /* March is 0 */
    int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
    int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - EPOCH_DAYS;
}

static int64_t clamp_number(int64_t number)
{
    struct calendar_date first = {CALENDAR_YEAR_MIN, 1, 1};
    struct calendar_date last = {CALENDAR_YEAR_MAX, 12, 31};
    int64_t low = calendar_number(first), high = calendar_number(last);
    return number < low ? low : number > high ? high : number;
}

struct calendar_date calendar_from_number(int64_t number)
{
    int64_t days = clamp_number(number) + EPOCH_DAYS;
    int64_t era = days / ERA_DAYS;
    int64_t day_of_era = days - era * ERA_DAYS;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    struct calendar_date date;
    date.day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    date.month = (int)(month < 10 ? month + 3 : month - 9);
    date.year = (int)(year_of_era + era * ERA_YEARS + (date.month <= 2));
    return date;
}

int calendar_weekday(int64_t number)
{
    /* 1970-01-01 was a Thursday. */
    return (int)(((number + 3) % 7 + 7) % 7) + 1;
}

struct calendar_week calendar_week_of(int64_t number)
{
    int64_t thursday = clamp_number(number - calendar_weekday(number) + 4);
    int year = calendar_from_number(thursday).year;
    int64_t first = calendar_number((struct calendar_date){year, 1, 1});
    return (struct calendar_week){year, (int)((thursday - first) / 7) + 1};
}

int64_t calendar_week_start(struct calendar_week week)
{
    /* 4 January is always in week 1. */
    int64_t fourth = calendar_number((struct calendar_date){week.year, 1, 4});
    return fourth - calendar_weekday(fourth) + 1 + (int64_t)(week.week - 1) * 7;
}

struct calendar_date calendar_add_days(struct calendar_date date, int64_t days)
{
    const int64_t most = (int64_t)ERA_DAYS * 30;
    days = days > most ? most : days < -most ? -most : days;
    return calendar_from_number(calendar_number(date) + days);
}

struct calendar_date calendar_add_months(struct calendar_date date, int64_t months)
{
    const int64_t most = (int64_t)CALENDAR_YEAR_MAX * 12;
    months = months > most ? most : months < -most ? -most : months;
    int64_t all = (int64_t)date.year * 12 + date.month - 1 + months;
    int64_t low = CALENDAR_YEAR_MIN * 12, high = (int64_t)CALENDAR_YEAR_MAX * 12 + 11;
    all = all < low ? low : all > high ? high : all;
    date.year = (int)(all / 12);
    date.month = (int)(all % 12) + 1;
    int longest = calendar_month_days(date.year, date.month);
    date.day = date.day > longest ? longest : date.day;
    return date;
}

static bool digits(struct str text, size_t at, size_t count, int *out)
{
    if (text.len < at + count)
        return false;
    *out = 0;
    for (size_t i = at; i < at + count; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        *out = *out * 10 + (text.ptr[i] - '0');
    }
    return true;
}

bool calendar_read(struct str text, struct calendar_stamp *out)
{
    struct calendar_stamp stamp = {{0, 0, 0}, false, 0, 0};
    if (text.len < 10 || text.ptr[4] != '-' || text.ptr[7] != '-' ||
        !digits(text, 0, 4, &stamp.date.year) || !digits(text, 5, 2, &stamp.date.month) ||
        !digits(text, 8, 2, &stamp.date.day) || !calendar_valid(stamp.date))
        return false;
    stamp.has_clock = text.len >= 16 && (text.ptr[10] == 'T' || text.ptr[10] == ' ') &&
                      text.ptr[13] == ':' && digits(text, 11, 2, &stamp.hour) &&
                      digits(text, 14, 2, &stamp.minute) && stamp.hour < 24 &&
                      stamp.minute < 60;
    *out = stamp;
    return true;
}
