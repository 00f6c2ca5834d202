#ifndef PROTO_WIRE_SCAN_H
#define PROTO_WIRE_SCAN_H

/* Checks an untrusted msgpack frame in one pass, without allocating, before a library
 * unpacks it: a five-byte frame can claim gigabytes. (Format: the MessagePack
 * specification, github.com/msgpack/msgpack, spec.md.)
 *
 * Accepted: exactly one complete value, no byte behind it; nesting at most max_depth; no
 * more elements claimed than bytes are left; at most max_objects values; map keys are
 * strings and none stands twice in its map; strings are UTF-8; no ext types; no NaN or
 * infinity. */

#include "proto/base/err.h"
#include "proto/base/str.h"

struct scan_limits {
    uint32_t max_depth;
    uint32_t max_objects;
};

/* 0, or ERR_FORMAT, ERR_LIMIT, ERR_UTF8, ERR_FIELD (key twice), err naming the byte. */
int scan_check(struct str frame, const struct scan_limits *limits, struct err *err);

/* A cursor over a value that scan_check has passed (undefined on any other). */
enum scan_type {
    SCAN_NIL,
    SCAN_BOOL,
    SCAN_INT,
    SCAN_UINT,
    SCAN_FLOAT,
    SCAN_STR,
    SCAN_BIN,
    SCAN_ARRAY,
    SCAN_MAP
};

struct scan_value {
    enum scan_type type;
    struct str raw;   /* all bytes of the value, borrowed from the frame */
    struct str bytes; /* STR, BIN: contents */
    uint32_t count;   /* ARRAY: elements; MAP: pairs */
    union {
        bool boolean;
        int64_t integer;  /* SCAN_INT: negative */
        uint64_t natural; /* SCAN_UINT */
        double real;
    } as;
};

struct scan {
    const char *at, *end;
};

static inline struct scan scan_begin(struct str checked)
{
    return (struct scan){checked.ptr, checked.ptr + checked.len};
}
/* Next value, with all that is in it, skipped: 1, or 0 at the end. */
int scan_next(struct scan *scan, struct scan_value *out);
/* A cursor over the elements of an ARRAY, or over key, value, key, value … of a MAP. */
struct scan scan_inside(const struct scan_value *container);
/* The value of a key of a MAP: true, or false where it is not there. */
bool scan_find(const struct scan_value *map, struct str key, struct scan_value *out);

#endif
