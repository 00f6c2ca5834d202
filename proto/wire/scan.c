#include "proto/wire/scan.h"

#include "proto/base/utf8.h"
#include "proto/wire/limits.h"

#include <math.h>

/* Room for the levels of any caller's max_depth: the walk keeps its own stack. */
#define DEPTH_MAX 64

#define CUT       ((size_t)0)  /* the value goes on behind the end of the frame */
#define FORBIDDEN ((size_t)-1) /* a type that is not accepted */

static uint64_t big_endian(const char *p, unsigned bytes)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes; i++)
        v = v << 8 | (unsigned char)p[i];
    return v;
}

static size_t take_bytes(const char *p, size_t left, size_t head, uint64_t len,
                         enum scan_type type, struct scan_value *out)
{
    out->type = type;
    if (len > left - head)
        return CUT;
    out->bytes = str_make(p + head, (size_t)len);
    return head + (size_t)len;
}

static size_t take_count(size_t head, uint64_t count, enum scan_type type,
                         struct scan_value *out)
{
    out->type = type;
    out->count = (uint32_t)count;
    return head;
}

static size_t take_uint(size_t head, uint64_t value, struct scan_value *out)
{
    out->type = SCAN_UINT;
    out->as.natural = value;
    return head;
}

static size_t take_int(size_t head, int64_t value, struct scan_value *out)
{
    if (value >= 0)
        return take_uint(head, (uint64_t)value, out);
    out->type = SCAN_INT;
    out->as.integer = value;
    return head;
}

static size_t take_real(const char *p, unsigned width, struct scan_value *out)
{
    uint64_t bits = big_endian(p + 1, width);
    out->type = SCAN_FLOAT;
    if (width == 4) {
        uint32_t half = (uint32_t)bits;
        float real;
        memcpy(&real, &half, sizeof real);
        out->as.real = (double)real;
    } else {
        memcpy(&out->as.real, &bits, sizeof bits);
    }
    return 1 + width;
}

/* Bytes of length, count or number behind the first byte 0xc0 to 0xdf. */
static const unsigned char width_of[32] = {
    0, 0, 0, 0, 1, 2, 4, 0, 0, 0, 4, 8, 1, 2, 4, 8, /* cc: uint8 … cf: uint64 */
    1, 2, 4, 8, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4, /* d9: str8 … df: map32 */
};

static size_t read_long(const char *p, size_t left, struct scan_value *out)
{
    unsigned char c = (unsigned char)*p;
    unsigned width = width_of[c - 0xc0];
    if (left - 1 < width)
        return CUT;
    uint64_t v = big_endian(p + 1, width);
    size_t head = 1 + width;
    switch (c) {
    case 0xc0:
        out->type = SCAN_NIL;
        return 1;
    case 0xc2:
    case 0xc3:
        out->type = SCAN_BOOL;
        out->as.boolean = c == 0xc3;
        return 1;
    case 0xc4:
    case 0xc5:
    case 0xc6:
        return take_bytes(p, left, head, v, SCAN_BIN, out);
    case 0xca:
    case 0xcb:
        return take_real(p, width, out);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
        return take_uint(head, v, out);
    case 0xd0:
        return take_int(head, (int8_t)v, out);
    case 0xd1:
        return take_int(head, (int16_t)v, out);
    case 0xd2:
        return take_int(head, (int32_t)v, out);
    case 0xd3:
        return take_int(head, (int64_t)v, out);
    case 0xd9:
    case 0xda:
    case 0xdb:
        return take_bytes(p, left, head, v, SCAN_STR, out);
    case 0xdc:
    case 0xdd:
        return take_count(head, v, SCAN_ARRAY, out);
    case 0xde:
    case 0xdf:
        return take_count(head, v, SCAN_MAP, out);
    default: /* c1, and the ext types */
        return FORBIDDEN;
    }
}

/* Read a scalar whole, of a container the head. Returns its bytes, CUT or FORBIDDEN. */
static size_t read_one(const char *p, size_t left, struct scan_value *out)
{
    if (left == 0)
        return CUT;
    unsigned char c = (unsigned char)*p;
    if (c < 0x80)
        return take_uint(1, c, out);
    if (c < 0x90)
        return take_count(1, c & 0x0f, SCAN_MAP, out);
    if (c < 0xa0)
        return take_count(1, c & 0x0f, SCAN_ARRAY, out);
    if (c < 0xc0)
        return take_bytes(p, left, 1, c & 0x1f, SCAN_STR, out);
    if (c >= 0xe0)
        return take_int(1, (int8_t)c, out);
    return read_long(p, left, out);
}

struct level {
    uint64_t left; /* values still to come; of a map, keys and values */
    uint64_t seen; /* a bit for every key_mark of this map's keys */
    uint32_t keys; /* where this map's keys begin in check.key */
    bool map;
};

struct check {
    const char *begin, *at, *end;
    const struct scan_limits *limits;
    struct err *err;
    uint32_t objects, depth, keys;
    struct level level[DEPTH_MAX];
    struct str key[LIMIT_MAP_KEYS]; /* of all open maps, the innermost last */
};

static int refuse(const struct check *check, int code, const char *why)
{
    return err_set(check->err, code, "%s at byte %zu", why,
                   (size_t)(check->at - check->begin));
}

static uint64_t load8(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static bool is_short_ascii(struct str s) /* 4 to 8 bytes: most keys and names */
{
    uint32_t first, last;
    memcpy(&first, s.ptr, sizeof first);
    memcpy(&last, s.ptr + s.len - sizeof last, sizeof last);
    return ((first | last) & 0x80808080u) == 0;
}

/* Nearly all text is ASCII: 32 bytes a step, then 8, then one code point. */
static size_t utf8_bad(struct str s)
{
    const uint64_t high = 0x8080808080808080u;
    size_t i = 0;
    if (s.len >= 4 && s.len <= 8 && is_short_ascii(s))
        return s.len;
    while (i < s.len) {
        const char *p = s.ptr + i;
        if (s.len - i >= 32 &&
            !((load8(p) | load8(p + 8) | load8(p + 16) | load8(p + 24)) & high)) {
            i += 32;
        } else if (s.len - i >= 8 && !(load8(p) & high)) {
            i += 8;
        } else if (i >= 8 && s.len - i < 8 && !(load8(s.ptr + s.len - 8) & high)) {
            return s.len; /* what is left, and some of what was looked at before it */
        } else if (!(*p & 0x80)) {
            i++;
        } else {
            uint32_t cp;
            unsigned len = utf8_decode(p, s.ptr + s.len, &cp);
            if (len == 0)
                return i;
            i += len;
        }
    }
    return s.len;
}

static int check_str(struct check *check, struct str s)
{
    size_t bad = utf8_bad(s);
    if (bad == s.len)
        return 0;
    check->at = s.ptr + bad;
    return refuse(check, ERR_UTF8, "not UTF-8");
}

/* One of 64 bits: most keys of a map differ in it, and need no comparing. */
static uint64_t key_mark(struct str key)
{
    uint64_t ends = 0;
    if (key.len)
        ends = (unsigned char)key.ptr[0] | (uint64_t)(unsigned char)key.ptr[key.len - 1]
                                               << 8;
    ends |= (uint64_t)key.len << 16;
    return (uint64_t)1 << (ends * 0x9e3779b97f4a7c15u >> 58);
}

static int check_key(struct check *check, struct level *top,
                     const struct scan_value *value)
{
    if (value->type != SCAN_STR)
        return refuse(check, ERR_FORMAT, "a key that is no string");
    uint64_t mark = key_mark(value->bytes);
    if (top->seen & mark)
        for (uint32_t i = top->keys; i < check->keys; i++)
            if (str_eq(check->key[i], value->bytes))
                return refuse(check, ERR_FIELD, "a key for the second time");
    top->seen |= mark;
    if (check->keys == LIMIT_MAP_KEYS)
        return refuse(check, ERR_LIMIT, "too many keys");
    check->key[check->keys++] = value->bytes;
    return 0;
}

static int open_level(struct check *check, const struct scan_value *value, size_t left)
{
    bool map = value->type == SCAN_MAP;
    uint64_t count = map ? 2 * (uint64_t)value->count : value->count;
    if (count > left)
        return refuse(check, ERR_FORMAT, "a header claims more than the frame holds");
    if (check->depth >= check->limits->max_depth || check->depth >= DEPTH_MAX)
        return refuse(check, ERR_LIMIT, "nested too deep");
    check->level[check->depth++] = (struct level){count, 0, check->keys, map};
    return 0;
}

static int check_value(struct check *check)
{
    struct scan_value value;
    size_t left = (size_t)(check->end - check->at);
    size_t len = read_one(check->at, left, &value);
    int rc = 0;
    if (len == CUT)
        return refuse(check, ERR_FORMAT, "the frame ends inside a value");
    if (len == FORBIDDEN)
        return refuse(check, ERR_FORMAT, "a type that is not accepted");
    if (check->objects++ >= check->limits->max_objects)
        return refuse(check, ERR_LIMIT, "too many values");
    if (check->depth > 0) {
        struct level *top = &check->level[check->depth - 1];
        if (top->map && top->left % 2 == 0 && (rc = check_key(check, top, &value)) < 0)
            return rc;
        top->left--;
    }
    if (value.type == SCAN_STR)
        rc = check_str(check, value.bytes);
    else if (value.type == SCAN_FLOAT && !isfinite(value.as.real))
        rc = refuse(check, ERR_FORMAT, "a number that is not finite");
    else if (value.type == SCAN_ARRAY || value.type == SCAN_MAP)
        rc = open_level(check, &value, left - len);
    if (rc == 0)
        check->at += len;
    return rc;
}

int scan_check(struct str frame, const struct scan_limits *limits, struct err *err)
{
    struct check check; /* not cleared as a whole: it is on a hot path */
    check.begin = check.at = frame.ptr;
    check.end = frame.ptr + frame.len;
    check.limits = limits;
    check.err = err;
    check.objects = check.depth = check.keys = 0;
    do {
        int rc = check_value(&check);
        if (rc < 0)
            return rc;
        while (check.depth > 0 && check.level[check.depth - 1].left == 0)
            check.keys = check.level[--check.depth].keys;
    } while (check.depth > 0);
    if (check.at != check.end)
        return refuse(&check, ERR_FORMAT, "bytes behind the value");
    return 0;
}

/* Bytes of the value at p, of a container its head; the values in it are added to
 * *inside. p is in a frame that scan_check has passed. */
static size_t skip_one(const char *p, uint64_t *inside)
{
    unsigned char c = (unsigned char)*p;
    if (c < 0x80 || c >= 0xe0)
        return 1;
    if (c >= 0xa0 && c < 0xc0)
        return 1 + (size_t)(c & 0x1f);
    if (c < 0xa0) {
        *inside += (uint64_t)(c & 0x0f) << (c < 0x90);
        return 1;
    }
    unsigned width = width_of[c - 0xc0];
    if (c >= 0xdc) {
        *inside += big_endian(p + 1, width) << (c >= 0xde);
        return 1 + width;
    }
    if (c >= 0xd9 || (c >= 0xc4 && c <= 0xc6))
        return 1 + width + (size_t)big_endian(p + 1, width);
    return 1 + width;
}

int scan_next(struct scan *scan, struct scan_value *out)
{
    if (scan->at >= scan->end)
        return 0;
    const char *at = scan->at;
    size_t len = read_one(at, (size_t)(scan->end - at), out);
    uint64_t inside = 0;
    if (out->type == SCAN_ARRAY)
        inside = out->count;
    else if (out->type == SCAN_MAP)
        inside = 2 * (uint64_t)out->count;
    for (at += len; inside > 0; inside--)
        at += skip_one(at, &inside);
    out->raw = str_make(scan->at, (size_t)(at - scan->at));
    scan->at = at;
    return 1;
}

struct scan scan_inside(const struct scan_value *container)
{
    struct scan_value head;
    size_t len = read_one(container->raw.ptr, container->raw.len, &head);
    return scan_begin(str_from(container->raw, len));
}

bool scan_find(const struct scan_value *map, struct str key, struct scan_value *out)
{
    struct scan scan = scan_inside(map);
    struct scan_value name;
    while (scan_next(&scan, &name) && scan_next(&scan, out))
        if (str_eq(name.bytes, key))
            return true;
    return false;
}
