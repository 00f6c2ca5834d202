#include "worker/text/pubdate.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define WORD_MAX     16

struct date {
    int year, month, day; /* 0: not said */
    int hour, minute, second;
    int zone_min;
    bool timed, zoned;
};

/* The first three letters tell months apart; where Indonesian differs there are two. */
static const struct {
    char name[4];
    int month;
} months[] = {{"jan", 1},  {"feb", 2},  {"mar", 3},  {"apr", 4},  {"may", 5},
              {"mei", 5},  {"jun", 6},  {"jul", 7},  {"aug", 8},  {"agu", 8},
              {"ags", 8},  {"agt", 8},  {"sep", 9},  {"oct", 10}, {"okt", 10},
              {"nov", 11}, {"nop", 11}, {"dec", 12}, {"des", 12}, {"peb", 2}};

static const struct {
    const char *name;
    int hours;
} zones[] = {
    {"utc", 0},   {"gmt", 0},   {"ut", 0},    {"z", 0},    {"est", -5}, {"edt", -4},
    {"cst", -6},  {"cdt", -5},  {"mst", -7},  {"mdt", -6}, {"pst", -8}, {"pdt", -7},
    {"akst", -9}, {"akdt", -8}, {"hst", -10}, {"ast", -4}, {"adt", -3}, {"cet", 1},
    {"cest", 2},  {"met", 1},   {"bst", 1},   {"eet", 2},  {"eest", 3}, {"msk", 3},
    {"wib", 7},   {"wita", 8},  {"wit", 9},   {"sgt", 8},  {"jst", 9},  {"kst", 9},
    {"aest", 10}, {"aedt", 11}, {"a", -1},    {"m", -12},  {"n", 1},    {"y", 12}};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Exactly `count` digits at the begin of *s, cut off. */
static bool take_digits(struct str *s, size_t count, int *value_out)
{
    int value = 0;
    if (s->len < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit(s->ptr[i]))
            return false;
        value = value * 10 + (s->ptr[i] - '0');
    }
    *s = str_from(*s, count);
    *value_out = value;
    return true;
}

static bool take_char(struct str *s, char c)
{
    if (s->len == 0 || s->ptr[0] != c)
        return false;
    *s = str_from(*s, 1);
    return true;
}

static size_t digits_at(struct str s)
{
    size_t n = 0;
    while (n < s.len && is_digit(s.ptr[n]))
        n++;
    return n;
}

/* +07:00, -0700, +07; a name is looked up. False: it is no zone. */
static bool read_zone(struct str s, struct date *date)
{
    int sign = s.len && s.ptr[0] == '-' ? -1 : 1, hours = 0, minutes = 0;
    if (take_char(&s, '+') || take_char(&s, '-')) {
        if (!take_digits(&s, 2, &hours))
            return false;
        take_char(&s, ':');
        if (s.len && !take_digits(&s, 2, &minutes))
            return false;
        date->zone_min = sign * (hours * 60 + minutes);
        date->zoned = true;
        return s.len == 0 && hours < 24 && minutes < 60;
    }
    for (size_t i = 0; i < COUNT(zones); i++)
        if (strlen(zones[i].name) == s.len &&
            strncasecmp(s.ptr, zones[i].name, s.len) == 0) {
            date->zone_min = zones[i].hours * 60;
            date->zoned = true;
            return true;
        }
    return false;
}

/* 19:48, 19:48:21, 19.48, with a zone behind it; what is behind stays in *s. */
static bool read_time(struct str *s, struct date *date)
{
    struct str rest = *s;
    size_t n = digits_at(rest);
    if (n != 1 && n != 2)
        return false;
    take_digits(&rest, n, &date->hour);
    char mark = rest.len ? rest.ptr[0] : 0;
    if ((mark != ':' && mark != '.') || !take_char(&rest, mark) || digits_at(rest) == 0 ||
        !take_digits(&rest, digits_at(rest) < 2 ? 1 : 2, &date->minute))
        return false;
    if (rest.len > 1 && rest.ptr[0] == mark && is_digit(rest.ptr[1])) {
        rest = str_from(rest, 1);
        take_digits(&rest, digits_at(rest) < 2 ? 1 : 2, &date->second);
        if (rest.len > 1 && (rest.ptr[0] == '.' || rest.ptr[0] == ',') &&
            is_digit(rest.ptr[1]))
            rest = str_from(rest, 1 + digits_at(str_from(rest, 1)));
    }
    date->timed = true;
    *s = rest;
    return true;
}

static bool is_leap(int y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

static bool set_day_of_year(struct date *date, int day)
{
    date->month = 1;
    while (date->month < 12 && day > days_of(date->year, date->month))
        day -= days_of(date->year, date->month++);
    date->day = day;
    return day > 0;
}

/* 101455, 10, 10:14:55.5 and a zone. */
static bool read_iso_time(struct str s, struct date *date)
{
    size_t n = digits_at(s);
    if (n == 6 || n == 4) {
        take_digits(&s, 2, &date->hour);
        take_digits(&s, 2, &date->minute);
        if (n == 6)
            take_digits(&s, 2, &date->second);
        date->timed = true;
    } else if (n == 2 && (s.len == 2 || s.ptr[2] != ':')) {
        take_digits(&s, 2, &date->hour);
        date->timed = true;
    } else if (!read_time(&s, date)) {
        return false;
    }
    s = str_trim(s);
    return s.len == 0 || read_zone(s, date);
}

static bool read_iso(struct str s, struct date *date)
{
    int day = 0;
    size_t n = digits_at(s);
    if ((n != 4 && n != 6 && n != 8 && n != 7) || !take_digits(&s, 4, &date->year))
        return false;
    bool dashed = take_char(&s, '-') || take_char(&s, '/');
    if (digits_at(s) == 3 && take_digits(&s, 3, &day)) {
        if (!set_day_of_year(date, day))
            return false;
    } else {
        date->month = date->day = 1;
        if (digits_at(s) && !(take_digits(&s, 2, &date->month)))
            return false;
        if (dashed && !take_char(&s, '-'))
            take_char(&s, '/');
        if (digits_at(s) && !take_digits(&s, 2, &date->day))
            return false;
    }
    if (s.len == 0)
        return true;
    if (!take_char(&s, 'T') && !take_char(&s, 't') && !take_char(&s, ' ') &&
        !take_char(&s, '-'))
        return false;
    return s.len == 0 || read_iso_time(str_trim(s), date);
}

static int month_of(struct str word)
{
    for (size_t i = 0; word.len >= 3 && i < COUNT(months); i++)
        if (strncasecmp(word.ptr, months[i].name, 3) == 0)
            return months[i].month;
    return 0;
}

static bool read_number(struct str word, struct date *date)
{
    int value;
    size_t n = word.len;
    if (!take_digits(&word, n, &value))
        return false;
    if (n <= 2 && date->day == 0) {
        date->day = value;
        return true;
    }
    if (date->year || n > 4)
        return false;
    date->year = n > 2 ? value : value + (value < 70 ? 2000 : 1900);
    return true;
}

/* One word of a date in words: a month, a number, a time, a zone; names of days and the
 * like are passed over. */
static bool read_word(struct str word, struct date *date)
{
    int month = month_of(word);
    if (month && date->month == 0 && !read_zone(word, date)) {
        date->month = month;
        return true;
    }
    if (date->timed && read_zone(word, date))
        return true;
    if (digits_at(word) == 0)
        return word.ptr[0] != '+' && word.ptr[0] != '-' && word.len <= WORD_MAX;
    if (digits_at(word) == word.len)
        return word.len <= 4 && read_number(word, date);
    if (date->timed || !read_time(&word, date))
        return false;
    return word.len == 0 || read_zone(word, date);
}

static bool read_words(struct str s, struct date *date)
{
    bool dash = date->month == 0;
    while (s.len) {
        size_t n = 0;
        while (n < s.len && !strchr(" ,\t\r\n()|", s.ptr[n]) &&
               !(dash && date->month == 0 && (s.ptr[n] == '-' || s.ptr[n] == '/') && n) &&
               !(date->month && date->year == 0 && s.ptr[n] == '-' && n))
            n++;
        struct str word = str_slice(s, 0, n);
        if (n && !read_word(word, date))
            return false;
        s = str_from(s, n < s.len ? n + 1 : n);
    }
    return date->day && date->month && date->year;
}

/* 1/3/2024, 01-03-2024, 1.3.2024, with a time behind it. */
static bool read_numbers(struct str s, struct date *date)
{
    int *part[] = {&date->day, &date->month, &date->year};
    for (size_t i = 0; i < COUNT(part); i++) {
        size_t n = digits_at(s);
        bool right = i < 2 ? n == 1 || n == 2 : n == 4;
        if (!right || !take_digits(&s, n, part[i]))
            return false;
        if (i < 2 && !take_char(&s, '/') && !take_char(&s, '-') && !take_char(&s, '.'))
            return false;
    }
    if (date->month > 12) {
        int month = date->day;
        date->day = date->month;
        date->month = month;
    }
    if (s.len && !strchr(" ,", s.ptr[0]))
        return false;
    while (s.len && strchr(" ,", s.ptr[0]))
        s = str_from(s, 1);
    if (s.len == 0)
        return true;
    return read_time(&s, date) && (str_trim(s).len == 0 || read_zone(str_trim(s), date));
}

static bool is_possible(const struct date *d)
{
    return d->year >= 1 && d->year <= 9999 && d->month >= 1 && d->month <= 12 &&
           d->day >= 1 && d->day <= days_of(d->year, d->month) && d->hour <= 24 &&
           d->minute < 60 && d->second <= 60;
}

static bool read_any(struct str text, struct date *date)
{
    text = str_trim(text);
    *date = (struct date){0};
    if (text.len == 0 || text.len > 64 || memchr(text.ptr, '\0', text.len))
        return false;
    if (read_iso(text, date) && is_possible(date))
        return true;
    *date = (struct date){0};
    if (read_numbers(text, date) && is_possible(date))
        return true;
    *date = (struct date){0};
    return read_words(text, date) && is_possible(date);
}

static bool read_as(struct str text, bool needs_zone, char out[PUBDATE_BYTES])
{
    struct date d;
    if (!read_any(text, &d))
        return false;
    d.timed = d.timed && (d.zoned || !needs_zone);
    if (d.hour == 24) { /* the midnight that ends a day; the next one is not looked for */
        d.hour = 23;
        d.minute = d.second = 59;
    }
    d.second = d.second > 59 ? 59 : d.second;
    int zone = d.zone_min < 0 ? -d.zone_min : d.zone_min;
    if (!d.timed)
        snprintf(out, 32, "%04d-%02d-%02d", d.year % 10000, d.month % 100, d.day % 100);
    else
        snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", d.year % 10000,
                 d.month % 100, d.day % 100, d.hour % 100, d.minute % 100, d.second % 100,
                 d.zone_min < 0 ? '-' : '+', zone / 60 % 100, zone % 60);
    return true;
}

bool pubdate_read(struct str text, char out[PUBDATE_BYTES])
{
    return read_as(text, false, out);
}

bool pubdate_read_local(struct str text, char out[PUBDATE_BYTES])
{
    return read_as(text, true, out);
}

/* Days since 1970 (H. Hinnant, days_from_civil). */
static int64_t days_since_1970(const struct date *d)
{
    int64_t y = d->year - (d->month <= 2), era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400, month = d->month + (d->month > 2 ? -3 : 9);
    int64_t day = (153 * month + 2) / 5 + d->day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + day - 719468;
}

bool pubdate_seconds(struct str text, int64_t *seconds_out)
{
    struct date d;
    if (!read_any(text, &d))
        return false;
    *seconds_out = days_since_1970(&d) * 86400 + d.hour * 3600 + d.minute * 60 +
                   d.second - d.zone_min * 60;
    return true;
}
