#include "worker/extract/number.h"

#include <math.h>

#define LEAST_SCALE 1000 /* from here on a multiplier closes a group */
#define MOST_WORDS  24   /* pieces of one number in words */

/* A number in words on its way: total + (group + current) is what has been read. */
struct reader {
    const struct values *v;
    unsigned flags;
    double total, group, current;
    double last_times, last_scale; /* each must be smaller than the one before */
    double decimal;   /* worth of the next digit behind the point; 0 before */
    bool has_current; /* a digit or numeral waits for its multiplier */
    bool any, numeral, vague, about, fraction, minus, article;
};

/* v * scale, to the whole number that decimal places of v meant. */
static double scaled(double value, double scale)
{
    double product = value * scale, whole = nearbyint(product);
    return fabs(product - whole) <= 1e-9 * fabs(product) ? whole : product;
}

static bool take_numeral(struct reader *r, const struct piece *p)
{
    if (p->form == FORM_NONE || r->has_current || r->vague || r->decimal > 0)
        return false;
    if (r->any && (!isfinite(r->last_scale) || r->group > 0 || p->value >= LEAST_SCALE))
        return false;
    r->current = p->value;
    r->has_current = r->any = r->numeral = true;
    return true;
}

static bool take_digit(struct reader *r, double value)
{
    if (r->decimal > 0) {
        r->current += value * r->decimal;
        r->decimal /= 10;
        return true;
    }
    if (r->has_current || r->vague || r->last_times <= 0)
        return false;
    r->current = value;
    r->has_current = r->any = true;
    return true;
}

static bool take_times(struct reader *r, double value)
{
    if (!r->has_current || value >= r->last_times || r->decimal > 0)
        return false;
    r->group += scaled(r->current, value);
    r->current = 0;
    r->has_current = false;
    r->last_times = value;
    return true;
}

static bool take_scale(struct reader *r, double value)
{
    if (!r->any)
        return false;
    double below = r->group + r->current;
    if (below <= 0 && r->total <= 0)
        return false;
    if (value < r->last_scale) {
        if (below <= 0)
            return false;
        r->total += scaled(below, value);
    } else {
        r->total = scaled(r->total + below, value);
    }
    r->group = r->current = r->decimal = 0;
    r->has_current = false;
    r->last_times = INFINITY;
    r->last_scale = value;
    return true;
}

static bool take_one(struct reader *r, double value)
{
    if (r->has_current || r->vague)
        return false;
    r->any = true;
    if (value >= LEAST_SCALE) {
        if (r->group > 0 || value >= r->last_scale)
            return false;
        r->total += value;
        r->last_scale = value;
        return true;
    }
    if (value >= r->last_times)
        return false;
    r->group += value;
    r->last_times = value < 20 ? 0 : value;
    return true;
}

static bool take_vague(struct reader *r, double value)
{
    if (!r->any) {
        r->current = value;
        r->has_current = r->any = r->vague = true;
        return true;
    }
    if (r->vague || !r->has_current || value < LEAST_SCALE)
        return false;
    r->about = true;
    return take_scale(r, value);
}

static double read_fraction(struct str field)
{
    struct str rest = field, above, below;
    str_split(&rest, '/', &above);
    return str_split(&rest, '/', &below) ? value_number(above) / value_number(below)
                                         : value_number(above);
}

static bool take_fraction(struct reader *r, double value)
{
    if (r->fraction || r->vague || (r->any && !r->has_current))
        return false;
    r->current += value;
    r->has_current = r->any = r->fraction = true;
    return true;
}

static bool take_part(struct reader *r, double value)
{
    if (!r->has_current || r->fraction || value < 2)
        return false;
    r->current /= value;
    r->fraction = true;
    return true;
}

/* One word by its role in the list; false where it cannot go on the number. */
static bool take_word(struct reader *r, struct str entry)
{
    struct str rest = entry, role = value_field(&rest), field = value_field(&rest);
    double value = value_number(field);
    bool first = !r->any;
    if (str_is(role, "digit")) {
        r->article = first && str_is(rest, "article");
        return take_digit(r, value);
    }
    r->article = false;
    if (str_is(role, "times"))
        return take_times(r, value);
    if (str_is(role, "scale"))
        return take_scale(r, value);
    if (str_is(role, "one"))
        return take_one(r, value);
    if (str_is(role, "vague"))
        return take_vague(r, value);
    if (str_is(role, "fraction"))
        return take_fraction(r, read_fraction(field));
    if (str_is(role, "part"))
        return take_part(r, value);
    if (str_is(role, "teen") && r->has_current && r->last_times > 20) {
        r->group += r->current + 10;
        r->current = 0;
        r->has_current = false;
        r->last_times = 0;
        return true;
    }
    if (str_is(role, "point") && r->has_current && r->decimal <= 0 && !r->numeral) {
        r->decimal = 0.1;
        return true;
    }
    if (str_is(role, "minus") && first && !r->minus) {
        r->minus = true;
        return true;
    }
    return false;
}

/* An abbreviated scale behind a numeral ("5jt", "Rp 8,3 T"). */
static uint32_t take_magnitude(struct reader *r, uint32_t at)
{
    struct str entry;
    uint32_t n = values_match(r->v, r->v->list.magnitude, at, &entry);
    if (n == 0 || !r->numeral || !r->has_current)
        return 0;
    double value = value_number(value_field(&entry));
    bool money = str_is(entry, "money");
    if (!(r->flags & NUMBER_MONEY) && (money || r->v->item[at].space))
        return 0;
    if (values_glued(r->v, at + n) && r->v->item[at + n].kind != PIECE_MARK)
        return 0;
    return take_scale(r, value) ? n : 0;
}

/* A mark of roughness behind the number ("20-an", "90an", "4.000 an"). */
static uint32_t take_about(struct reader *r, uint32_t at)
{
    struct str entry;
    uint32_t n = values_match(r->v, r->v->list.number, at, &entry);
    if (n == 0 || !str_is(entry, "about"))
        return 0;
    if (values_glued(r->v, at + n) && r->v->item[at + n].kind != PIECE_MARK)
        return 0;
    r->about = true;
    return n;
}

/* "1 juta 200 ribu": a numeral goes on a number only with a smaller scale behind it. */
static bool goes_on(const struct reader *r, uint32_t at)
{
    struct str entry;
    return r->v->item[at].space &&
           values_match(r->v, r->v->list.number, at + 1, &entry) &&
           str_is(value_field(&entry), "scale") && value_number(entry) < r->last_scale;
}

static uint32_t take_piece(struct reader *r, uint32_t at)
{
    const struct piece *p = &r->v->item[at];
    struct str entry;
    if (p->kind == PIECE_NUMERAL)
        return (!r->any || goes_on(r, at)) && take_numeral(r, p) ? 1 : 0;
    if (p->kind != PIECE_WORD || (r->any && !p->space && !r->numeral))
        return 0;
    uint32_t n = take_magnitude(r, at);
    if (n)
        return n;
    n = values_match(r->v, r->v->list.number, at, &entry);
    return n && take_word(r, entry) ? n : 0;
}

static void finish(const struct reader *r, const struct piece *lone, struct number *out)
{
    double value = r->total + r->group + r->current;
    *out = (struct number){
        .value = r->minus ? -value : value,
        .low = NAN,
        .high = NAN,
        .other = lone && lone->form == FORM_EITHER ? lone->other : NAN,
        .scale = isfinite(r->last_scale) ? r->last_scale : 1,
        .vague = r->vague,
        .about = r->about,
        .words = !r->numeral,
        .article = r->article,
        .fraction = r->fraction,
    };
}

uint32_t number_read_one(const struct values *v, uint32_t at, unsigned flags,
                         struct number *out)
{
    struct reader r = {
        .v = v, .flags = flags, .last_times = INFINITY, .last_scale = INFINITY};
    uint32_t i = at;
    while (i < v->count && i - at < MOST_WORDS) {
        uint32_t n = take_piece(&r, i);
        if (n == 0)
            break;
        i += n;
    }
    if (!r.any)
        return 0;
    /* A point with nothing behind it was a word of its own. */
    if (r.decimal == 0.1)
        i--;
    i += take_about(&r, i);
    bool lone = i == at + 1 && v->item[at].kind == PIECE_NUMERAL;
    finish(&r, lone ? &v->item[at] : NULL, out);
    return i - at;
}

uint32_t number_range_word(const struct values *v, uint32_t at, struct str *sense_out)
{
    return values_match(v, v->list.range, at, sense_out);
}

/* "30 sampai 40 juta": the first end has the second one's multiplier, if that keeps it
 * below. */
static bool join(const struct number *a, const struct number *b, struct number *out)
{
    double low = a->value;
    if (a->scale < LEAST_SCALE && b->scale >= LEAST_SCALE && low < LEAST_SCALE)
        low = scaled(low, b->scale);
    if (low >= b->value || a->fraction != b->fraction)
        return false;
    *out = *b;
    out->low = low;
    out->high = b->value;
    out->value = out->other = NAN;
    out->range = true;
    out->words = a->words && b->words;
    out->vague = false;
    out->about = a->about || b->about;
    return true;
}

/* "5 (lima)": the same number again in brackets. */
static uint32_t read_again(const struct values *v, uint32_t at,
                           const struct number *number)
{
    struct number again;
    if (!values_mark(v, at, '('))
        return 0;
    uint32_t n = number_read_one(v, at + 1, 0, &again);
    if (n == 0 || again.words == number->words || again.value != number->value ||
        !values_mark(v, at + 1 + n, ')'))
        return 0;
    return n + 2;
}

uint32_t number_read(const struct values *v, uint32_t at, unsigned flags,
                     struct number *out)
{
    struct number a, b;
    struct str sense;
    uint32_t first = number_read_one(v, at, flags, &a);
    if (first == 0)
        return 0;
    first += read_again(v, at + first, &a);
    *out = a;
    uint32_t word = number_range_word(v, at + first, &sense);
    if (word == 0 || (str_is(sense, "and") && !(flags & NUMBER_AND)))
        return first;
    uint32_t second = number_read_one(v, at + first + word, flags, &b);
    if (second == 0 || (str_is(sense, "or") && b.value > a.value * 2))
        return first;
    return join(&a, &b, out) ? first + word + second : first;
}

static int roman(struct str text)
{
    static const char letters[] = "IVXLC";
    static const int worth[] = {1, 5, 10, 50, 100};
    int total = 0, last = 1000;
    for (size_t i = 0; i < text.len; i++) {
        const char *at = memchr(letters, text.ptr[i], sizeof letters - 1);
        if (at == NULL)
            return 0;
        int now = worth[at - letters];
        total += now > last ? now - 2 * last : now;
        last = now;
    }
    return total;
}

uint32_t number_read_ordinal(const struct values *v, uint32_t at, int *out)
{
    struct str entry;
    const struct piece *p = values_at(v, at);
    if (p == NULL)
        return 0;
    if (p->kind == PIECE_NUMERAL && p->form == FORM_PLAIN && p->digits <= 3) {
        *out = (int)p->value;
        return 1;
    }
    if (p->kind == PIECE_WORD && p->capital && (*out = roman(p->text)) > 0)
        return 1;
    uint32_t n = values_match(v, v->list.ordinal, at, &entry);
    if (n == 0)
        return 0;
    if (!str_is(entry, "prefix")) {
        *out = (int)value_number(entry);
        return n;
    }
    const struct piece *next = values_at(v, at + n);
    if (next == NULL || next->kind != PIECE_NUMERAL || next->form != FORM_PLAIN ||
        next->digits > 3)
        return 0;
    *out = (int)next->value;
    return n + 1;
}

bool number_is_code(const struct values *v, uint32_t at)
{
    /* Brackets, quotation marks and comparisons may touch a number; letters and joining
     * marks make it part of something longer. */
    static const char open[] = "([{\"'<>=~$*|+";
    if (!values_glued(v, at))
        return false;
    const struct piece *before = &v->item[at - 1];
    if (before->kind != PIECE_MARK)
        return true;
    if (before->text.len > 1) /* en dash and the like join; opening quotes do not */
        return values_dash(v, at - 1) && values_glued(v, at - 1);
    if (before->text.ptr[0] == '-')
        return values_glued(v, at - 1);
    return memchr(open, before->text.ptr[0], sizeof open - 1) == NULL;
}
