/* Times of day. List clockhead.txt has the words before them ("pukul"), zone.txt the
 * zones with their offsets ("-" where it is not known), daypart.txt the parts of the day
 * with the half they mean: "am", "noon", "pm", "night". */

#include "worker/extract/number.h"
#include "worker/extract/time.h"

#define HOURS_MOST 24

/* "17.00", "17:00", "09.30": one piece, or three around a colon. */
static uint32_t read_digits(const struct values *v, uint32_t at, struct clock *out)
{
    const struct piece *p = values_at(v, at);
    if (p == NULL || p->kind != PIECE_NUMERAL)
        return 0;
    struct str hour = p->text, minute = STR_NONE;
    uint32_t n = 1;
    size_t cut = str_find(p->text, STR("."));
    if (cut != (size_t)-1) {
        hour = str_slice(p->text, 0, cut);
        minute = str_from(p->text, cut + 1);
    } else if (values_mark(v, at + 1, ':') && values_glued(v, at + 1) &&
               values_glued(v, at + 2) && v->item[at + 2].kind == PIECE_NUMERAL) {
        minute = v->item[at + 2].text;
        n = 3;
    }
    uint64_t h, m = 0;
    if (!str_to_u64(hour, &h) || hour.len > 2 || h > HOURS_MOST)
        return 0;
    if (minute.ptr && (minute.len != 2 || !str_to_u64(minute, &m) || m > 59))
        return 0;
    if (n == 3 && values_mark(v, at + 3, ':') && values_glued(v, at + 3) &&
        values_glued(v, at + 4) && v->item[at + 4].kind == PIECE_NUMERAL)
        n = 5; /* seconds */
    *out = (struct clock){(int)h, (int)m, STR_NONE};
    return n;
}

/* Is what read_digits took of the form that is a time without a word before it? */
static bool is_full(const struct values *v, uint32_t at, uint32_t n)
{
    struct str text = v->item[at].text;
    return n >= 3 || (text.len >= 4 && text.ptr[text.len - 3] == '.');
}

static uint32_t read_hour(const struct values *v, uint32_t at, struct clock *out)
{
    struct number number;
    uint32_t n = read_digits(v, at, out);
    if (n)
        return n;
    n = number_read_one(v, at, 0, &number);
    if (n == 0 || !number.words || number.range || number.vague ||
        !(number.value >= 1 && number.value <= 12))
        return 0;
    int half = number.fraction ? 30 : 0;
    *out = (struct clock){(int)number.value, half, STR_NONE};
    return n;
}

static void apply_half(struct clock *clock, struct str half)
{
    if (clock->hour > 12)
        return;
    if (str_is(half, "am"))
        clock->hour = clock->hour == 12 ? 0 : clock->hour;
    else if (str_is(half, "pm"))
        clock->hour += clock->hour < 12 ? 12 : 0;
    else if (str_is(half, "noon"))
        clock->hour += clock->hour < 10 ? 12 : 0;
    else if (str_is(half, "night"))
        clock->hour = clock->hour == 12 ? 0
                      : clock->hour > 4 ? clock->hour + 12
                                        : clock->hour;
}

static uint32_t read_tail(const struct times *t, uint32_t at, struct clock *from,
                          struct clock *to)
{
    struct str entry;
    uint32_t i = at;
    uint32_t n = values_match(&t->v, t->v.list.daypart, i, &entry);
    if (n) {
        apply_half(from, entry);
        if (to->hour >= 0)
            apply_half(to, entry);
        i += n;
    }
    n = values_match(&t->v, t->v.list.zone, i, &entry);
    if (n && !str_is(entry, "-"))
        from->zone = to->zone = entry;
    return i + n - at;
}

static uint32_t read_second(const struct times *t, uint32_t at, struct clock *to)
{
    const struct values *v = &t->v;
    struct str sense;
    struct clock none = CLOCK_NONE;
    uint32_t word = number_range_word(v, at, &sense);
    if (word == 0 || str_is(sense, "and") || str_is(sense, "or"))
        return 0;
    uint32_t n = read_digits(v, at + word, to);
    if (n == 0 || !is_full(v, at + word, n)) {
        *to = CLOCK_NONE;
        return 0;
    }
    uint32_t i = at + word + n;
    return i + read_tail(t, i, to, &none) - at;
}

uint32_t clock_read(const struct times *t, uint32_t at, struct clock *from,
                    struct clock *to)
{
    const struct values *v = &t->v;
    struct str sense;
    *to = CLOCK_NONE;
    uint32_t head = values_match(v, v->list.clockhead, at, NULL);
    if (head == 0 && number_is_code(v, at))
        return 0;
    uint32_t i = at + head;
    uint32_t n = head ? read_hour(v, i, from) : read_digits(v, i, from);
    if (n == 0)
        return 0;
    bool full = is_full(v, i, n);
    i += n;
    uint32_t word = number_range_word(v, i, &sense);
    if (word && !str_is(sense, "and") && !str_is(sense, "or")) {
        uint32_t again = values_match(v, v->list.clockhead, i + word, NULL);
        n = read_digits(v, i + word + again, to);
        if (n && (is_full(v, i + word + again, n) || !full))
            i += word + again + n;
        else
            *to = CLOCK_NONE;
    }
    n = read_tail(t, i, from, to);
    if (n && to->hour < 0) { /* "16.00 WIB-21.00 WIB" */
        n += read_second(t, i + n, to);
    }
    if (head == 0 && (!full || from->zone.ptr == NULL))
        return 0;
    if (values_glued(v, i) && n == 0 && v->item[i].kind != PIECE_MARK)
        return 0;
    if (from->hour == HOURS_MOST && from->minute)
        return 0;
    return i + n - at;
}
