#ifndef WORKER_EXTRACT_CALENDAR_H
#define WORKER_EXTRACT_CALENDAR_H

/* Days of the proleptic Gregorian calendar, by number (0 is 1970-01-01), and ISO 8601
 * weeks. Years are taken from CALENDAR_YEAR_MIN to CALENDAR_YEAR_MAX; arithmetic that
 * would leave them stays at the border. No clock, no time zones. */

#include "proto/base/str.h"

#define CALENDAR_YEAR_MIN 1
#define CALENDAR_YEAR_MAX 9999

struct calendar_date {
    int year, month, day; /* 1..12, 1..31 */
};
struct calendar_week {
    int year, week; /* ISO: the year the week's Thursday lies in, 1..53 */
};

/* A point in time as it was written: local date, perhaps local time and offset. */
struct calendar_stamp {
    struct calendar_date date;
    bool has_clock;
    int hour, minute;
};

bool calendar_leap(int year);
int calendar_month_days(int year, int month);
bool calendar_valid(struct calendar_date date);

int64_t calendar_number(struct calendar_date date); /* date must be valid */
struct calendar_date calendar_from_number(int64_t number);

int calendar_weekday(int64_t number); /* 1 Monday to 7 Sunday */
struct calendar_week calendar_week_of(int64_t number);
int64_t calendar_week_start(struct calendar_week week); /* its Monday */

struct calendar_date calendar_add_days(struct calendar_date date, int64_t days);
/* The day is cut to the length of the month reached. */
struct calendar_date calendar_add_months(struct calendar_date date, int64_t months);

/* "2024-06-19", or with a time behind it "2024-06-19T17:00…" (RFC 3339 or shorter); the
 * offset is passed over, since news speaks of the day its readers have. */
bool calendar_read(struct str text, struct calendar_stamp *out);

#endif
