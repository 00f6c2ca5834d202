#ifndef WORKER_EXTRACT_TIME_H
#define WORKER_EXTRACT_TIME_H

/* Time expressions: what the files time*.c share.
 *
 *   time_date      dates as written: numerals, month names, years
 *   time_relative  weekdays, words like "yesterday", "two days ago"
 *   time_clock     times of day
 *   time_span      durations, quarters, decades
 *   time_value     resolving against the anchor, ISO 8601
 *   time           the pass: joins dates, clocks and ranges, makes facts
 *
 * The anchor is the article's date of publication or, where that is unknown, the latest
 * day with a year in the text before. */

#include "worker/extract/calendar.h"
#include "worker/extract/value.h"

enum grain { GRAIN_NONE, GRAIN_YEAR, GRAIN_MONTH, GRAIN_WEEK, GRAIN_DAY };

struct clock {
    int hour, minute; /* hour -1: none */
    struct str zone;  /* "+07:00"; absent: not said */
};

/* A point in time as far as it was said. */
struct moment {
    enum grain grain; /* GRAIN_NONE: understood, but cannot be resolved */
    int year, month, day;
    struct calendar_week week;
    bool year_said;
    struct clock clock;
};

struct when {
    struct moment from, to; /* `to` of a range only */
    bool range;
    const char *rule;
    double confidence;
};

struct times {
    struct values v;
    bool anchored;
    struct calendar_stamp anchor;
    bool timetable;        /* the sentence is about what happens at fixed hours */
    bool future;           /* the clause speaks of what is to come */
    bool has_day;          /* a day has been named, */
    uint32_t day_sentence; /* in this sentence */
    struct calendar_date day;
    bool named_year; /* the piece before was read as a year: a list of them may go on */
};

#define CLOCK_NONE ((struct clock){-1, 0, {NULL, 0}})
#define MOMENT_NONE                                                                      \
    ((struct moment){GRAIN_NONE, 0, 0, 0, {0, 0}, false, {-1, 0, {NULL, 0}}})

void times_init(struct times *t, struct doc *doc);
/* Facts of the sentence that t->v holds; sentences come in order. */
void times_read(struct times *t);

/* Readers: pieces taken, 0 none. */
uint32_t date_read_named(struct times *t, uint32_t at, struct when *out);
uint32_t date_read_numeric(struct times *t, uint32_t at, bool closed, struct when *out);
uint32_t date_read_year(struct times *t, uint32_t at, struct when *out);
uint32_t date_read_relative(struct times *t, uint32_t at, struct when *out);
/* Any of these, with "beginning of" and the like before it. */
uint32_t date_read(struct times *t, uint32_t at, struct when *out);

uint32_t clock_read(const struct times *t, uint32_t at, struct clock *from,
                    struct clock *to);
uint32_t span_read_period(struct times *t, uint32_t at, struct when *out);
uint32_t span_read_decade(struct times *t, uint32_t at, struct when *out);
/* value_out absent: a length of time that is no fact (an age, a vague or repeated one).
 */
uint32_t span_read_duration(struct times *t, uint32_t at, struct str *value_out);

/* A year of four digits stands here, plainly. */
bool date_is_year(const struct values *v, uint32_t at);

/* shift: -1 the last one, 1 the next one, 0 this year's or week's, TIME_NEAREST. */
#define TIME_NEAREST 2
struct moment time_at_day(struct calendar_date date);
struct moment time_near_day(const struct times *t, int month, int day, int shift,
                            int weekday);
struct moment time_near_month(const struct times *t, int month, int shift);
struct moment time_near_weekday(const struct times *t, int weekday, int shift);
/* The year, month, week or day so many after the anchor's. */
struct moment time_moved(const struct times *t, enum grain grain, int64_t count);
bool time_before(const struct moment *a, const struct moment *b);
struct str time_print(const struct times *t, const struct moment *moment);

#endif
