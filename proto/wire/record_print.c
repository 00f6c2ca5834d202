/* Compact JSON by hand. */
#include "proto/wire/record_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Below it 15 digits are enough for all, which is where the slow way begins. */
#define HUNDREDTHS_MOST 1e15

static void print_natural(struct buf *buf, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    buf_add(buf, digits + at, sizeof digits - at);
}

static void print_escape(struct buf *buf, unsigned char c)
{
    static const char letters[] = "\bb\ff\nn\rr\tt\"\"\\\\";
    for (size_t i = 0; i + 1 < sizeof letters; i += 2) {
        if (letters[i] == (char)c) {
            buf_add_char(buf, '\\');
            buf_add_char(buf, letters[i + 1]);
            return;
        }
    }
    buf_printf(buf, "\\u%04X", c);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

/* Has one of the eight bytes to be escaped? Each test leaves the high bit of a byte set
 * where it is so, and perhaps of one above it. */
static bool any_special(uint64_t eight)
{
    const uint64_t ones = 0x0101010101010101u, high = ones << 7;
    uint64_t quote = eight ^ ones * '"', back = eight ^ ones * '\\';
    return (((eight - ones * 0x20) & ~eight) | ((quote - ones) & ~quote) |
            ((back - ones) & ~back)) &
           high;
}

/* The first byte from `at` on that needs an escape, or s.len. */
static size_t next_special(struct str s, size_t at)
{
    uint64_t eight;
    for (; s.len - at >= sizeof eight; at += sizeof eight) {
        memcpy(&eight, s.ptr + at, sizeof eight);
        if (any_special(eight))
            break;
    }
    while (at < s.len && is_plain((unsigned char)s.ptr[at]))
        at++;
    return at;
}

void record_print_text(struct str s, struct buf *buf)
{
    size_t plain = next_special(s, 0);
    if (plain && plain == s.len) { /* as nearly all are */
        char *out = buf_reserve(buf, plain + 2);
        out[0] = out[plain + 1] = '"';
        memcpy(out + 1, s.ptr, plain);
        buf->len += plain + 2;
        return;
    }
    buf_add_char(buf, '"');
    for (size_t from = 0, at = plain;; at = next_special(s, from)) {
        buf_add(buf, s.ptr + from, at - from);
        if (at == s.len)
            break;
        print_escape(buf, (unsigned char)s.ptr[at]);
        from = at + 1;
    }
    buf_add_char(buf, '"');
}

/* `{"key":` — keys need no escapes. */
static void print_key(struct buf *buf, char before, struct str key)
{
    char *at = buf_reserve(buf, key.len + 4);
    *at++ = before;
    *at++ = '"';
    memcpy(at, key.ptr, key.len);
    at += key.len;
    *at++ = '"';
    *at = ':';
    buf->len += key.len + 4;
}

/* At most two decimals, as nearly all have: true where that is the number exactly. */
static bool print_hundredths(struct buf *buf, double number)
{
    double hundredths = rint(fabs(number) * 100);
    if (!(hundredths < HUNDREDTHS_MOST) || hundredths / 100 != fabs(number))
        return false;
    uint64_t whole = (uint64_t)hundredths / 100, rest = (uint64_t)hundredths % 100;
    if (number < 0)
        buf_add_char(buf, '-');
    print_natural(buf, whole);
    buf_add_char(buf, '.');
    buf_add_char(buf, (char)('0' + rest / 10));
    if (rest % 10)
        buf_add_char(buf, (char)('0' + rest % 10));
    return true;
}

/* The shortest of 15, 16 and 17 digits that reads back the same. */
static void print_real(struct buf *buf, double number)
{
    if (print_hundredths(buf, number))
        return;
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (digits == 17 || strtod(text, NULL) == number)
            break;
    }
    char *e = strchr(text, 'e');
    if (e == NULL) {
        buf_add(buf, text, strlen(text));
        if (strchr(text, '.') == NULL)
            buf_add(buf, ".0", 2);
        return;
    }
    /* As Jansson: no plus sign and no leading zero in the exponent. */
    char *digit = e + 1 + (e[1] == '+' || e[1] == '-');
    buf_add(buf, text, (size_t)(e + 1 - text));
    if (e[1] == '-')
        buf_add_char(buf, '-');
    while (*digit == '0' && digit[1])
        digit++;
    buf_add(buf, digit, strlen(digit));
}

static void print_number(struct buf *buf, double number)
{
    assert(isfinite(number));
    if (!record_is_whole(number)) {
        print_real(buf, number);
        return;
    }
    if (number < 0)
        buf_add_char(buf, '-');
    print_natural(buf, (uint64_t)fabs(number));
}

static void print_hex(struct buf *buf, struct str bytes)
{
    static const char digits[] = "0123456789abcdef";
    buf_add_char(buf, '"');
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.ptr[i];
        buf_add_char(buf, digits[c >> 4]);
        buf_add_char(buf, digits[c & 15]);
    }
    buf_add_char(buf, '"');
}

static void print_span(struct buf *buf, struct span span)
{
    buf_add_char(buf, '[');
    print_natural(buf, span.begin);
    buf_add_char(buf, ',');
    print_natural(buf, span.end);
    buf_add_char(buf, ']');
}

static void print_list(struct buf *buf, const struct record_field *field, const void *at)
{
    const struct record_strs *strs = at;
    const struct record_spans *spans = at;
    const struct record_list *list = at;
    uint32_t count = field->type == RECORD_STRS    ? strs->count
                     : field->type == RECORD_SPANS ? spans->count
                                                   : list->count;
    buf_add_char(buf, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add_char(buf, ',');
        if (field->type == RECORD_STRS)
            record_print_text(strs->item[i], buf);
        else if (field->type == RECORD_SPANS)
            print_span(buf, spans->item[i]);
        else
            record_print(field->sub, record_item(list, i, field->sub), buf);
    }
    buf_add_char(buf, ']');
}

static void print_value(struct buf *buf, const struct record_field *field, const void *at)
{
    switch (field->type) {
    case RECORD_STR:
        record_print_text(*(const struct str *)at, buf);
        break;
    case RECORD_BIN:
        print_hex(buf, *(const struct str *)at);
        break;
    case RECORD_RAW:
        break;
    case RECORD_U64:
        print_natural(buf, *(const uint64_t *)at);
        break;
    case RECORD_NUMBER:
        print_number(buf, *(const double *)at);
        break;
    case RECORD_BOOL:
        buf_add_str(buf, *(const enum record_bool *)at == RECORD_TRUE ? STR("true")
                                                                      : STR("false"));
        break;
    case RECORD_ENUM:
        record_print_text(str_of(field->names[*(const int *)at]), buf);
        break;
    case RECORD_SPAN:
        print_span(buf, *(const struct span *)at);
        break;
    case RECORD_MAP:
        record_print(field->sub, *(void *const *)at, buf);
        break;
    case RECORD_STRS:
    case RECORD_SPANS:
    case RECORD_LIST:
        print_list(buf, field, at);
        break;
    }
}

void record_print(const struct record_table *table, const void *record, struct buf *buf)
{
    char before = '{';
    for (const struct record_field *f = table->field; f->key; f++) {
        if (f->type == RECORD_RAW || !record_is_written(record, f))
            continue;
        print_key(buf, before, record_key(f));
        print_value(buf, f, record_at(record, f));
        before = ',';
    }
    if (before == '{')
        buf_add_char(buf, before);
    buf_add_char(buf, '}');
}
