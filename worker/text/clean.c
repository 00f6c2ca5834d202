#include "worker/text/text_private.h"

#include "proto/base/utf8.h"

#include <assert.h>
#include <utf8proc.h>

/* Two passes at most. The first looks whether the text is clean already, which most is;
 * then it is borrowed as it stands. Else it is rewritten from the first byte that is not
 * clean, character by character; stretches that hold characters which may compose are put
 * in NFC when they end, each together with the character before it. The canonical order
 * is made by a quadratic sort inside utf8proc, harmless because runs of marks are cut
 * first. */

#define REPLACEMENT 0xfffdu
#define DROP        UINT32_MAX /* a character that goes */

/* Windows-1252 for bytes 80 to 9f; 0 where it has nothing. */
static const uint16_t windows[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
    0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

struct cleaner {
    struct arena *arena;
    const char *at, *end;
    const char *begin;
    char *out;
    size_t len, cap;
    size_t last;    /* where the last character put begins */
    size_t stretch; /* where the stretch to be composed begins; SIZE_MAX: none */
    unsigned marks; /* combining marks in a row */
    utf8proc_int32_t *scratch;
    size_t scratch_cap;
};

/* Latin, punctuation and the euro: neither changed by NFC nor joined to what stands
 * before. */
static bool is_plain(uint32_t cp)
{
    return (cp >= 0xa1 && cp < 0x300 && cp != 0xad) || (cp >= 0x2010 && cp <= 0x2027) ||
           (cp >= 0x2030 && cp <= 0x205e) || cp == 0x20ac || cp == 0x2122 || cp == 0xfffd;
}

/* May begin a UTF-8 sequence that was read as Windows-1252. */
static bool is_lead(uint32_t cp)
{
    return cp >= 0xc2 && cp <= 0xf4;
}

/* The byte that Windows-1252 shows as cp, or 0. */
static unsigned windows_byte(uint32_t cp)
{
    if (cp >= 0x80 && cp <= 0xff)
        return cp;
    for (unsigned i = 0; i < 32; i++)
        if (windows[i] == cp && cp)
            return 0x80 + i;
    return 0;
}

static bool is_tail_sign(const char *p, const char *end)
{
    uint32_t cp;
    if (p >= end || utf8_decode(p, end, &cp) == 0)
        return false;
    unsigned byte = windows_byte(cp);
    return byte >= 0x80 && byte < 0xc0;
}

/* Offset of the first byte that must be looked at more closely; text.len: clean. */
static size_t dirty_at(struct str text)
{
    const char *p = text.ptr, *end = text.ptr + text.len;
    while (p < end) {
        uint64_t v;
        while (end - p >= 8) {
            memcpy(&v, p, 8);
            uint64_t low = (v - 0x2020202020202020u) & ~v;
            uint64_t del = (v ^ 0x7f7f7f7f7f7f7f7fu) - 0x0101010101010101u;
            if ((low | del | v) & 0x8080808080808080u)
                break;
            p += 8;
        }
        if (p == end)
            break;
        unsigned char c = (unsigned char)*p;
        if (c < 0x80) {
            if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
                break;
            p++;
            continue;
        }
        uint32_t cp;
        unsigned len = utf8_decode(p, end, &cp);
        if (len == 0 || !is_plain(cp) || (is_lead(cp) && is_tail_sign(p + len, end)))
            break;
        p += len;
    }
    return (size_t)(p - text.ptr);
}

static void reserve(struct cleaner *c, size_t more)
{
    if (c->cap - c->len >= more)
        return;
    size_t cap = c->cap * 2 + more;
    char *out = arena_alloc(c->arena, cap);
    memcpy(out, c->out, c->len);
    c->out = out;
    c->cap = cap;
}

/* Put the stretch in NFC. */
static void compose(struct cleaner *c)
{
    if (c->stretch == SIZE_MAX)
        return;
    const utf8proc_option_t options =
        (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    const utf8proc_uint8_t *text = (const utf8proc_uint8_t *)c->out + c->stretch;
    utf8proc_ssize_t len = (utf8proc_ssize_t)(c->len - c->stretch);
    utf8proc_ssize_t count = utf8proc_decompose(text, len, NULL, 0, options);
    assert(count >= 0); /* what was put is UTF-8 */
    if ((size_t)count + 1 > c->scratch_cap) {
        c->scratch_cap = ((size_t)count + 1) * 2;
        c->scratch = arena_alloc(c->arena, c->scratch_cap * sizeof *c->scratch);
    }
    utf8proc_int32_t *cps = c->scratch;
    utf8proc_decompose(text, len, cps, count, options);
    count = utf8proc_normalize_utf32(cps, count, options);
    c->len = c->stretch;
    reserve(c, (size_t)count * 4);
    for (utf8proc_ssize_t i = 0; i < count; i++)
        c->len += utf8_encode((uint32_t)cps[i], c->out + c->len);
    c->stretch = SIZE_MAX;
    c->last = c->len;
}

static bool is_mark(uint32_t cp)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME;
}

static void put(struct cleaner *c, uint32_t cp)
{
    bool plain = cp < 0x80 || is_plain(cp);
    if (plain) {
        c->marks = 0;
        compose(c);
    } else {
        c->marks = is_mark(cp) ? c->marks + 1 : 0;
        if (c->marks > TEXT_MARKS_MOST)
            return;
        if (c->stretch == SIZE_MAX)
            c->stretch = c->last;
    }
    reserve(c, 4);
    c->last = c->len;
    c->len += utf8_encode(cp, c->out + c->len);
}

/* What a valid character becomes: itself, another, or DROP. */
static uint32_t settle(uint32_t cp)
{
    if (cp < 0x20 || cp == 0x7f)
        return cp == '\n' || cp == '\t'                 ? cp
               : cp == '\r' || cp == '\v' || cp == '\f' ? (uint32_t)'\n'
                                                        : DROP;
    if (cp < 0x80 || is_plain(cp))
        return cp;
    if (cp < 0xa0) /* a C1 control is Windows-1252 read as Latin-1 */
        return windows[cp - 0x80] ? windows[cp - 0x80] : DROP;
    if (cp == 0x2028 || cp == 0x2029)
        return '\n';
    if (cp == 0xad || cp == 0x61c || cp == 0x180e || (cp >= 0x200b && cp <= 0x200f) ||
        (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) ||
        cp == 0xfeff || (cp >= 0xfff9 && cp <= 0xfffb) ||
        (cp >= 0xe0000 && cp <= 0xe007f))
        return DROP;
    if (utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_ZS)
        return ' ';
    return cp;
}

/* A UTF-8 sequence that was read as Windows-1252 and encoded again (â€œ, Ã©) begins here:
 * bytes it takes, else 0. */
static size_t doubled(const struct cleaner *c, uint32_t first, unsigned first_len,
                      uint32_t *cp_out)
{
    char bytes[4] = {(char)first};
    const char *p = c->at + first_len;
    unsigned need = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4, have = 1;
    if (!is_lead(first))
        return 0;
    while (have < need && is_tail_sign(p, c->end)) {
        uint32_t cp;
        p += utf8_decode(p, c->end, &cp);
        bytes[have++] = (char)windows_byte(cp);
    }
    if (have == need && utf8_decode(bytes, bytes + have, cp_out) == need)
        return (size_t)(p - c->at);
    if (have == 2 && first == 0xe2 && bytes[1] == '\x80') { /* the byte 9d got lost */
        *cp_out = 0x201d;
        return (size_t)(p - c->at);
    }
    return 0;
}

/* Bytes that are not UTF-8: one alone between ASCII is Windows-1252, others are one
 * replacement character together. */
static void put_bad(struct cleaner *c)
{
    const char *p = c->at;
    uint32_t cp, found = REPLACEMENT;
    while (p < c->end && utf8_decode(p, c->end, &cp) == 0)
        p++;
    unsigned char byte = (unsigned char)*c->at;
    bool alone = p - c->at == 1 && (c->at == c->begin || (signed char)c->at[-1] >= 0) &&
                 (p == c->end ? byte < 0xc2 : (signed char)*p >= 0);
    if (alone && byte >= 0xa0)
        found = byte;
    else if (alone && windows[byte - 0x80])
        found = windows[byte - 0x80];
    found = settle(found);
    if (found != DROP)
        put(c, found);
    c->at = p;
}

static void clean_one(struct cleaner *c)
{
    uint32_t cp, fixed;
    unsigned len = utf8_decode(c->at, c->end, &cp);
    if (len == 0) {
        put_bad(c);
        return;
    }
    size_t taken = cp >= 0x80 ? doubled(c, cp, len, &fixed) : 0;
    if (taken)
        cp = fixed;
    else if (cp == '\r' && c->end - c->at > 1 && c->at[1] == '\n')
        taken = 2;
    else
        taken = len;
    c->at += taken;
    cp = settle(cp);
    if (cp != DROP)
        put(c, cp);
}

struct str clean_text(struct str raw, struct arena *arena)
{
    size_t clean = dirty_at(raw);
    if (clean == raw.len)
        return raw;
    struct cleaner c = {.arena = arena,
                        .begin = raw.ptr,
                        .at = raw.ptr + clean,
                        .end = raw.ptr + raw.len,
                        .cap = raw.len + raw.len / 8 + 64,
                        .stretch = SIZE_MAX};
    c.out = arena_alloc(arena, c.cap);
    memcpy(c.out, raw.ptr, clean);
    c.len = c.last = clean;
    while (c.last > 0 && c.last == c.len) { /* back to the begin of the last character */
        do
            c.last--;
        while (c.last > 0 && ((unsigned char)c.out[c.last] & 0xc0) == 0x80);
    }
    while (c.at < c.end)
        clean_one(&c);
    compose(&c);
    return str_make(c.out, c.len);
}
