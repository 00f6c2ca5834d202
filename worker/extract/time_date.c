/* Dates as written. List month.txt: name and number (0: a phrase that only looks like
 * one). datehead.txt: words that belong to what follows them, with its kind ("year",
 * "month", "day", "weekday"). yearcue.txt: words a bare year may follow. shift.txt: see
 * time_relative.c. */

#include "worker/extract/number.h"
#include "worker/extract/time.h"

#define BARE_YEAR_MIN 1900 /* a bare numeral below is a number */
#define BARE_YEAR_MAX 2100
#define LISTED_DAYS   4 /* "5, 6, 7 dan 8 Juni" */

static uint32_t read_head(const struct values *v, uint32_t at, const char *kind)
{
    struct str entry;
    uint32_t n = values_match(v, v->list.datehead, at, &entry);
    return n && str_is(entry, kind) ? n : 0;
}

static bool plain(const struct values *v, uint32_t at, unsigned digits)
{
    return at < v->count && v->item[at].kind == PIECE_NUMERAL &&
           v->item[at].form == FORM_PLAIN && v->item[at].digits <= digits;
}

static bool glued_behind(const struct values *v, uint32_t at)
{
    return values_glued(v, at) && v->item[at].kind != PIECE_MARK;
}

bool date_is_year(const struct values *v, uint32_t at)
{
    return plain(v, at, 4) && v->item[at].digits == 4 && v->item[at].value >= 1000 &&
           v->item[at].value < 3000 && !glued_behind(v, at + 1);
}

/* "10 November-2 Desember 2023" */
static bool behind_month(const struct values *v, uint32_t at)
{
    return at >= 2 && values_dash(v, at - 1) && values_is(v, v->list.month, at - 2) &&
           v->item[at - 2].capital;
}

static uint32_t read_day(const struct values *v, uint32_t at, int *day)
{
    if (!plain(v, at, 2) || v->item[at].value < 1 || v->item[at].value > 31 ||
        glued_behind(v, at + 1) || (number_is_code(v, at) && !behind_month(v, at)))
        return 0;
    *day = (int)v->item[at].value;
    return 1;
}

static uint32_t read_month(const struct values *v, uint32_t at, int *month)
{
    struct str entry;
    uint32_t n = values_match(v, v->list.month, at, &entry);
    if (n == 0 || glued_behind(v, at + n))
        return 0;
    *month = (int)value_number(entry);
    if (*month == 0)
        return 0;
    /* Abbreviations may carry a point before the year. */
    if (values_mark(v, at + n, '.') && values_glued(v, at + n) &&
        date_is_year(v, at + n + 1))
        n++;
    return n;
}

/* A year said behind a month: as a number, by "last year", or by a shift, which goes out
 * in *shift. */
static uint32_t read_year_behind(const struct times *t, uint32_t at, int *year,
                                 int *shift)
{
    const struct values *v = &t->v;
    struct str entry;
    *year = 0;
    *shift = TIME_NEAREST;
    uint32_t comma = values_mark(v, at, ',') ? 1 : 0;
    if (date_is_year(v, at + comma)) {
        *year = (int)v->item[at + comma].value;
        return comma + 1;
    }
    uint32_t head = read_head(v, at, "year");
    if (head && date_is_year(v, at + head)) {
        *year = (int)v->item[at + head].value;
        return head + 1;
    }
    uint32_t n = values_match(v, v->list.timeword, at, &entry);
    if (n && str_is(value_field(&entry), "year") && t->anchored) {
        *year = t->anchor.date.year + (int)value_number(value_field(&entry));
        return n;
    }
    n = values_match(v, v->list.shift, at, &entry);
    if (n) {
        int moved = (int)value_number(value_field(&entry));
        if (!value_flag(entry, 'n'))
            return 0;
        *shift = moved;
    }
    return n;
}

static struct moment make_date(const struct times *t, int year, int month, int day,
                               int shift)
{
    struct moment m = MOMENT_NONE;
    if (year == 0)
        return day ? time_near_day(t, month, day, shift, 0)
                   : time_near_month(t, month, shift);
    m.grain = day ? GRAIN_DAY : GRAIN_MONTH;
    m.year = year;
    m.month = month;
    m.day = day;
    m.year_said = true;
    if (day && !calendar_valid((struct calendar_date){year, month, day}))
        m.grain = GRAIN_NONE;
    return m;
}

/* "19 hingga 21": the second day, and the pieces of word and day. */
static uint32_t read_second_day(const struct values *v, uint32_t at, int first, int *day)
{
    struct str sense;
    uint32_t word = number_range_word(v, at, &sense);
    if (word == 0 || str_is(sense, "and") || str_is(sense, "or"))
        return 0;
    if (!plain(v, at + word, 2) || v->item[at + word].value <= first ||
        v->item[at + word].value > 31)
        return 0;
    *day = (int)v->item[at + word].value;
    return word + 1;
}

/* A day of a list whose last one has the month ("5, 6 dan 7 Juni"): the month is looked
 * up, the rest is left to be read in turn. */
static bool read_listed(struct times *t, uint32_t at, int day, struct when *out)
{
    const struct values *v = &t->v;
    struct str sense;
    int next, month, year, shift;
    uint32_t i = at;
    for (unsigned k = 0; k < LISTED_DAYS; k++) {
        uint32_t word = values_mark(v, i, ',') ? 1 : 0;
        uint32_t and = number_range_word(v, i + word, &sense);
        if (and&&!str_is(sense, "and"))
            return false;
        if (word + and == 0 || !read_day(v, i + word + and, &next) || next <= day)
            return false;
        i += word + and+1;
        uint32_t n = read_month(v, i, &month);
        if (n && v->item[i].capital) {
            read_year_behind(t, i + n, &year, &shift);
            out->from = make_date(t, year, month, day, shift);
            return true;
        }
    }
    return false;
}

static uint32_t read_day_month(struct times *t, uint32_t at, struct when *out)
{
    const struct values *v = &t->v;
    int day, second = 0, month, year, shift;
    uint32_t head = read_head(v, at, "day");
    uint32_t i = at + head;
    if (!read_day(v, i, &day))
        return 0;
    i++;
    uint32_t range = read_second_day(v, i, day, &second);
    uint32_t n = read_month(v, i + range, &month);
    if (n == 0 && read_listed(t, i, day, out)) {
        out->rule = "time.date.listed";
        out->confidence = 0.7;
        return i - at;
    }
    if (n == 0) {
        if (head == 0 || !t->anchored || range)
            return 0;
        out->from = make_date(t, t->anchor.date.year, t->anchor.date.month, day, 0);
        out->from.year_said = false;
        out->rule = "time.date.day";
        out->confidence = 0.6;
        return i - at;
    }
    i += range + n;
    i += read_year_behind(t, i, &year, &shift);
    out->from = make_date(t, year, month, day, shift);
    out->range = range > 0;
    if (range)
        out->to = make_date(t, year ? year : out->from.year, month, second, shift);
    out->rule = year ? "time.date.dmy" : "time.date.dm";
    out->confidence = year ? 0.95 : 0.88;
    return i - at;
}

/* A month without a day is a name as often where a capitalised word follows. */
static bool names_month(const struct values *v, uint32_t at, uint32_t end, bool head)
{
    if (head)
        return true;
    const struct piece *p = &v->item[at];
    if (!p->capital || p->text.len < 3)
        return false;
    const struct piece *next = values_at(v, end);
    if (values_is(v, v->list.yearcue, at ? at - 1 : at) && at)
        return true;
    return next == NULL || next->kind != PIECE_WORD || !next->capital || p->upper;
}

static uint32_t read_month_year(struct times *t, uint32_t at, struct when *out)
{
    const struct values *v = &t->v;
    int month, year, shift;
    uint32_t head = read_head(v, at, "month");
    uint32_t n = read_month(v, at + head, &month);
    if (n == 0)
        return 0;
    uint32_t i = at + head + n;
    n = read_year_behind(t, i, &year, &shift);
    if (n == 0 && !names_month(v, at + head, i, head > 0))
        return 0;
    out->from = make_date(t, year, month, 0, shift);
    out->rule = year ? "time.date.my" : "time.date.month";
    out->confidence = year ? 0.93 : 0.75;
    return i + n - at;
}

uint32_t date_read_named(struct times *t, uint32_t at, struct when *out)
{
    uint32_t n = read_day_month(t, at, out);
    return n ? n : read_month_year(t, at, out);
}

static int whole_year(const struct piece *p)
{
    if (p->digits == 4)
        return (int)p->value;
    return p->digits == 2 ? (int)p->value + (p->value > 50 ? 1900 : 2000) : 0;
}

static bool joined(const struct values *v, uint32_t at, char mark)
{
    return values_mark(v, at, mark) && plain(v, at + 1, 4);
}

/* "d/m" or "d/m/y" at a piece. */
static uint32_t read_slashed(const struct values *v, uint32_t at, int part[3])
{
    if (!plain(v, at, 2) || !joined(v, at + 1, '/') || v->item[at + 2].digits > 2)
        return 0;
    part[0] = (int)v->item[at].value;
    part[1] = (int)v->item[at + 2].value;
    part[2] = 0;
    uint32_t n = 3;
    if (joined(v, at + 3, '/')) {
        part[2] = whole_year(&v->item[at + 4]);
        if (part[2] == 0)
            return 0;
        n = 5;
    }
    return part[0] >= 1 && part[0] <= 31 && part[1] >= 1 && part[1] <= 12 ? n : 0;
}

/* "2024-06-19", "19-06-2024". */
static uint32_t read_dashed(const struct values *v, uint32_t at, int part[3])
{
    if (!plain(v, at, 4) || !joined(v, at + 1, '-') || !joined(v, at + 3, '-') ||
        v->item[at + 2].digits != 2)
        return 0;
    const struct piece *p = &v->item[at];
    bool first = p[0].digits == 4 && p[4].digits == 2;
    if (!first && (p[0].digits > 2 || p[4].digits != 4))
        return 0;
    part[0] = (int)p[first ? 4 : 0].value;
    part[1] = (int)p[2].value;
    part[2] = (int)p[first ? 0 : 4].value;
    return calendar_valid((struct calendar_date){part[2], part[1], part[0]}) ? 5 : 0;
}

/* "19.06.2024" is one piece. */
static uint32_t read_dotted(const struct values *v, uint32_t at, int part[3])
{
    const struct piece *p = values_at(v, at);
    if (p == NULL || p->kind != PIECE_NUMERAL || p->form != FORM_NONE || p->text.len > 10)
        return 0;
    struct str rest = p->text, field;
    unsigned n = 0;
    for (; n < 3 && str_split(&rest, '.', &field); n++) {
        uint64_t value;
        if (!str_to_u64(field, &value) || field.len > 4)
            return 0;
        part[n] = (int)value;
    }
    if (n != 3 || rest.ptr || field.len != 4)
        return 0;
    return calendar_valid((struct calendar_date){part[2], part[1], part[0]}) ? 1 : 0;
}

static struct moment from_parts(const struct times *t, const int part[3])
{
    if (part[2] == 0)
        return time_near_day(t, part[1], part[0], TIME_NEAREST, 0);
    return make_date(t, part[2], part[1], part[0], TIME_NEAREST);
}

/* closed: brackets or a weekday say that "12/9" is a date. */
uint32_t date_read_numeric(struct times *t, uint32_t at, bool closed, struct when *out)
{
    const struct values *v = &t->v;
    int part[3], until[3] = {0, 0, 0}, first = 0;
    uint32_t lead = 0, n;
    if (at >= v->count || v->item[at].kind != PIECE_NUMERAL || number_is_code(v, at))
        return 0;
    out->rule = "time.date.numeric";
    out->confidence = 0.95;
    if ((n = read_dashed(v, at, part)) > 0 || (n = read_dotted(v, at, part)) > 0) {
        out->from = from_parts(t, part);
        return glued_behind(v, at + n) ? 0 : n;
    }
    if (plain(v, at, 2) && values_dash(v, at + 1) && closed) { /* "10-11/9" */
        first = (int)v->item[at].value;
        lead = 2;
    }
    n = read_slashed(v, at + lead, part);
    if (n == 0 || (n == 3 && !closed) || glued_behind(v, at + lead + n))
        return 0;
    out->from = from_parts(t, part);
    if (lead) {
        out->to = out->from;
        out->from = from_parts(t, (int[3]){first, part[1], part[2]});
        out->range = first >= 1 && first < part[0] && out->from.grain == GRAIN_DAY;
    } else if (values_dash(v, at + n) && closed) { /* "29/9-1/10" */
        uint32_t second = read_slashed(v, at + n + 1, until);
        if (second) {
            out->to = from_parts(t, until);
            out->range = true;
            n += second + 1;
        }
    }
    if (n + lead == 3)
        out->rule = "time.date.dm";
    return lead + n;
}

/* "2015-2019", "1950 hingga 1953": the year here is the second one. */
static bool ends_range(const struct values *v, uint32_t at)
{
    struct str sense;
    for (uint32_t word = 1; word <= 2 && word < at; word++)
        if (number_range_word(v, at - word, &sense) == word && !str_is(sense, "or") &&
            date_is_year(v, at - word - 1) &&
            v->item[at - word - 1].value < v->item[at].value)
            return true;
    return false;
}

/* Is a bare numeral like 2019 a year here, by what stands around it? */
static bool is_bare_year(const struct times *t, uint32_t at)
{
    const struct values *v = &t->v;
    const struct piece *p = &v->item[at];
    struct str sense;
    if (p->value < BARE_YEAR_MIN || p->value > BARE_YEAR_MAX)
        return false;
    bool second = ends_range(v, at);
    if (number_is_code(v, at) && !second)
        return false;
    if (values_is(v, v->list.counted, at + 1) || values_is(v, v->list.unit, at + 1) ||
        values_is(v, v->list.currency, at + 1) || values_is(v, v->list.number, at + 1) ||
        values_is(v, v->list.timeunit, at + 1))
        return false;
    if (values_mark(v, at + 1, '/') || values_mark(v, at + 1, ':'))
        return false;
    if (t->named_year || second || at == 0)
        return t->named_year || second;
    const struct piece *before = &v->item[at - 1];
    if (values_is(v, v->list.datehead, at - 1)) /* then it is part of a law's name */
        return false;
    if (values_mark(v, at - 1, '('))
        return values_mark(v, at + 1, ')');
    if (at >= 3 && values_mark(v, at - 1, ')') && values_mark(v, at - 3, '('))
        return values_is(v, v->list.yearcue, at - 2); /* "anggaran negara (APBN) 2024" */
    uint32_t range = number_range_word(v, at + 1, &sense);
    if (range && !str_is(sense, "or") && date_is_year(v, at + 1 + range) &&
        v->item[at + 1 + range].value > p->value)
        return true;
    if (values_is(v, v->list.yearcue, at - 1))
        return true;
    return before->kind == PIECE_WORD && !before->capital &&
           !values_is(v, v->list.label, at - 1) &&
           !values_is(v, v->list.currency, at - 1) &&
           !values_is(v, v->list.bound, at - 1);
}

uint32_t date_read_year(struct times *t, uint32_t at, struct when *out)
{
    const struct values *v = &t->v;
    struct str entry;
    uint32_t head = read_head(v, at, "year");
    if (!date_is_year(v, at + head))
        return 0;
    /* "Nomor 12 Tahun 2019" is a law's name. */
    if (head && at > 0 && v->item[at - 1].kind == PIECE_NUMERAL)
        return 0;
    if (head == 0 && !is_bare_year(t, at))
        return 0;
    out->from = MOMENT_NONE;
    out->from.grain = GRAIN_YEAR;
    out->from.year = (int)v->item[at + head].value;
    out->from.year_said = true;
    out->rule = head ? "time.year.head" : "time.year";
    out->confidence = head ? 0.95 : 0.8;
    uint32_t n = head + 1;
    uint32_t shift = values_match(v, v->list.shift, at + n, &entry);
    if (shift && value_flag(entry, 'n'))
        n += shift;
    if (!out->range && values_mark(v, at + n, '/') && values_glued(v, at + n) && head &&
        date_is_year(v, at + n + 1) && v->item[at + n + 1].value == out->from.year + 1) {
        out->to = out->from; /* "tahun ajaran 2023/2024" */
        out->to.year++;
        out->range = true;
        n += 2;
    }
    return n;
}
