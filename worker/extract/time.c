#include "worker/extract/time.h"

#include "worker/extract/number.h"

static void emit(struct times *t, uint32_t first, uint32_t end, const char *rule,
                 int type, struct str value, double confidence)
{
    struct fact *fact = values_add(&t->v, FACT_TIME, first, end, rule);
    fact->time_type = type;
    fact->time_value = value;
    fact->confidence = t->anchored ? confidence : confidence * 0.9;
}

/* The day last named is what a lone time of day means; without a date of publication it
 * is the anchor, too. */
static void remember(struct times *t, const struct moment *m, bool published)
{
    if (m->grain != GRAIN_DAY)
        return;
    t->day = (struct calendar_date){m->year, m->month, m->day};
    t->has_day = true;
    t->day_sentence = t->v.sentence;
    if (published || !m->year_said)
        return;
    t->anchor = (struct calendar_stamp){t->day, false, 0, 0};
    t->anchored = true;
}

static bool is_published(const struct times *t)
{
    struct calendar_stamp stamp;
    return calendar_read(t->v.doc->article.published, &stamp);
}

static void emit_when(struct times *t, uint32_t first, uint32_t end, const struct when *w)
{
    struct arena *arena = t->v.doc->arena;
    values_take(&t->v, first, end);
    if (w->from.grain == GRAIN_NONE || (w->range && w->to.grain == GRAIN_NONE))
        return;
    remember(t, &w->from, is_published(t));
    struct str value = time_print(t, &w->from);
    if (w->range) {
        struct str to = time_print(t, &w->to);
        value = arena_printf(arena, "%.*s/%.*s", STR_ARG(value), STR_ARG(to));
    }
    bool clock = w->from.clock.hour >= 0;
    emit(t, first, end, w->rule,
         w->range ? FACT_RANGE
         : clock  ? FACT_CLOCK
                  : FACT_DATE,
         value, w->confidence);
}

static void set_clock(struct when *w, const struct clock *from, const struct clock *to)
{
    w->from.clock = *from;
    if (to->hour >= 0) {
        w->to = w->from;
        w->to.clock = *to;
        w->range = true;
    }
    w->rule = "time.clock";
}

/* A clock behind a day, over a comma, a bar, "sekitar" or "pada". */
static uint32_t join_clock(struct times *t, uint32_t at, struct when *w)
{
    const struct values *v = &t->v;
    struct clock from, to;
    uint32_t i = at;
    if (w->range || w->from.grain != GRAIN_DAY)
        return 0;
    if (values_mark(v, i, ',') || values_mark(v, i, '|') || values_dash(v, i))
        i++;
    i += values_match(v, v->list.bound, i, NULL);
    uint32_t cue = values_match(v, v->list.yearcue, i, NULL);
    uint32_t n = clock_read(t, i, &from, &to);
    if (n == 0 && cue)
        n = clock_read(t, i += cue, &from, &to);
    if (n == 0)
        return 0;
    set_clock(w, &from, &to);
    return i + n - at;
}

static bool read_end(struct times *t, uint32_t at, struct when *w, uint32_t *n_out)
{
    uint32_t n = date_read(t, at, w);
    *n_out = n;
    return n > 0 && w->from.grain != GRAIN_NONE;
}

/* "A hingga B", "A-B", "antara A dan B": the second end. */
static uint32_t join_range(struct times *t, uint32_t at, bool between, struct when *w)
{
    struct str sense;
    struct when other;
    uint32_t n, word = number_range_word(&t->v, at, &sense);
    if (word == 0 || w->range || str_is(sense, "or") || str_is(sense, "and") != between)
        return 0;
    if (!read_end(t, at + word, &other, &n))
        return 0;
    bool bare = str_is(str_of(w->rule), "time.weekday");
    if (bare && str_is(str_of(other.rule), "time.weekday")) {
        w->from.grain = GRAIN_NONE; /* "Senin-Jumat": every week */
        return word + n;
    }
    if (other.range) {
        if (!bare)
            return 0;
        *w = other;
        return word + n;
    }
    if (other.from.year_said && !w->from.year_said && w->from.grain != GRAIN_NONE &&
        w->from.grain != GRAIN_WEEK) {
        w->from.year = other.from.year;
        w->from.year -= time_before(&other.from, &w->from);
    }
    if (w->from.grain == GRAIN_NONE || !time_before(&w->from, &other.from))
        return 0;
    w->to = other.from;
    w->range = true;
    w->rule = "time.range";
    w->confidence = w->confidence < other.confidence ? w->confidence : other.confidence;
    return word + n;
}

/* Where nothing else tells the year, "10 Oktober hingga 5 November 2025" has it at its
 * end: the first date, read again from there. */
static uint32_t read_by_end(struct times *t, uint32_t at, uint32_t n, struct when *w)
{
    struct str sense;
    struct when end;
    uint32_t length, word = number_range_word(&t->v, at + n, &sense);
    if (t->anchored || w->from.grain != GRAIN_NONE || word == 0 || !str_is(sense, "to") ||
        !read_end(t, at + n + word, &end, &length) || end.range || !end.from.year_said ||
        end.from.grain != GRAIN_DAY)
        return n;
    t->anchor = (struct calendar_stamp){
        {end.from.year, end.from.month, end.from.day}, false, 0, 0};
    t->anchored = true;
    n = date_read(t, at, w);
    t->anchored = false;
    return n;
}

static bool looks_like_clock(const struct values *v, uint32_t at)
{
    const struct piece *p = values_at(v, at);
    return p && p->kind == PIECE_NUMERAL && p->text.len >= 4 && p->text.len <= 5 &&
           p->text.ptr[p->text.len - 3] == '.';
}

/* A time of day that comes again every day: with others in a row, on a line of its own,
 * or behind a word of timetables. */
static bool is_timetable(const struct times *t, uint32_t at, uint32_t end)
{
    const struct values *v = &t->v;
    struct str sense;
    if (t->timetable || (at == 0 && end + 1 >= v->count))
        return true;
    if ((values_mark(v, end, ',') || number_range_word(v, end, &sense) == 1) &&
        looks_like_clock(v, end + 1))
        return true;
    return at >= 2 &&
           (values_mark(v, at - 1, ',') || number_range_word(v, at - 1, &sense)) &&
           looks_like_clock(v, at - 2);
}

/* A time of day, with the day behind it, or the day named last. */
static uint32_t scan_clock(struct times *t, uint32_t at)
{
    const struct values *v = &t->v;
    struct clock from, to;
    struct when w;
    uint32_t n = clock_read(t, at, &from, &to);
    if (n == 0)
        return 0;
    uint32_t i = at + n, j = i;
    j += values_mark(v, j, ',') || values_mark(v, j, '(') ? 1 : 0;
    uint32_t m = date_read(t, j, &w);
    if (m == 0 && values_is(v, v->list.yearcue, j)) {
        j += values_match(v, v->list.yearcue, j, NULL);
        m = date_read(t, j, &w);
    }
    if (m && w.from.grain == GRAIN_DAY && !w.range) {
        set_clock(&w, &from, &to);
        emit_when(t, at, j + m, &w);
        return j + m - at;
    }
    w = (struct when){MOMENT_NONE, MOMENT_NONE, false, NULL, 0};
    bool near = t->has_day && t->v.sentence - t->day_sentence <= 1;
    bool here = t->has_day && t->v.sentence == t->day_sentence;
    if (!here && is_timetable(t, at, i)) {
        values_take(&t->v, at, i);
        t->timetable = true;
        return i - at;
    }
    if (near)
        w.from = time_at_day(t->day);
    else if (t->anchored && is_published(t))
        w.from = time_at_day(t->anchor.date);
    set_clock(&w, &from, &to);
    w.rule = "time.clock.alone";
    w.confidence = near ? 0.6 : 0.4;
    emit_when(t, at, i, &w);
    return i - at;
}

static uint32_t scan_date(struct times *t, uint32_t at)
{
    struct str entry;
    struct when w;
    uint32_t between = values_match(&t->v, t->v.list.bound, at, &entry);
    if (between && !str_is(entry, "between"))
        between = 0;
    uint32_t n = span_read_decade(t, at, &w);
    if (n == 0)
        n = span_read_period(t, at, &w);
    if (n == 0 && between) {
        n = date_read(t, at + between, &w);
        uint32_t more = n ? join_range(t, at + between + n, true, &w) : 0;
        n = more ? between + n + more : 0;
    }
    if (n == 0) {
        n = date_read(t, at, &w);
        if (n == 0)
            return 0;
        n = read_by_end(t, at, n, &w);
        n += join_clock(t, at + n, &w);
        n += join_range(t, at + n, false, &w);
    }
    emit_when(t, at, at + n, &w);
    t->named_year = w.from.grain == GRAIN_YEAR && !w.range;
    return n;
}

static uint32_t scan_duration(struct times *t, uint32_t at)
{
    struct str value;
    uint32_t n = span_read_duration(t, at, &value);
    if (n == 0)
        return 0;
    values_take(&t->v, at, at + n);
    if (value.ptr)
        emit(t, at, at + n, "time.duration", FACT_DURATION, value, 0.85);
    return n;
}

/* What of the clause bears on the expressions behind. */
static void step(struct times *t, uint32_t at)
{
    const struct values *v = &t->v;
    struct str sense;
    bool comma = values_mark(v, at, ',');
    uint32_t word = number_range_word(v, at, &sense);
    if (!comma && !(word && !str_is(sense, "to")))
        t->named_year = false;
    /* "akan bertanding di final, hari Rabu" */
    bool day = comma && (values_is(v, v->list.weekday, at + 1) ||
                         values_is(v, v->list.datehead, at + 1));
    if (v->item[at].kind == PIECE_MARK && !day && !values_mark(v, at, '-') &&
        !values_mark(v, at, '/'))
        t->future = false;
    else if (values_is(v, v->list.future, at))
        t->future = true;
    if (values_is(v, v->list.timetable, at))
        t->timetable = true;
}

/* Only where this holds can a time begin; most pieces are passed over by it. */
static bool may_begin(const struct values *v, uint32_t at)
{
    const struct value_lists *list = &v->list;
    const struct wordlist *const first[] = {
        list->number,   list->timeword,  list->timeunit, list->weekday, list->month,
        list->datehead, list->clockhead, list->datepart, list->period,  list->bound};
    const struct piece *p = &v->item[at];
    if (p->kind == PIECE_NUMERAL)
        return true;
    for (size_t i = 0; p->words && i < sizeof first / sizeof *first; i++)
        if (piece_may_begin(p, first[i]))
            return true;
    return false;
}

void times_init(struct times *t, struct doc *doc)
{
    *t = (struct times){.anchored = false};
    values_init(&t->v, doc);
    t->anchored = calendar_read(doc->article.published, &t->anchor);
}

void times_read(struct times *t)
{
    t->future = t->named_year = t->timetable = false;
    for (uint32_t i = 0; i < t->v.count;) {
        uint32_t n = 0;
        if (may_begin(&t->v, i)) {
            n = scan_clock(t, i);
            if (n == 0)
                n = scan_date(t, i);
            if (n == 0)
                n = scan_duration(t, i);
        }
        if (n == 0) {
            step(t, i);
            n = 1;
        }
        i += n;
    }
}
