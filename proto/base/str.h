#ifndef PROTO_BASE_STR_H
#define PROTO_BASE_STR_H

/* A borrowed run of bytes: pointer and length, not NUL-terminated. Absent is {NULL, 0};
 * empty is {non-NULL, 0}. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *ptr;
    size_t len;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_NONE     ((struct str){NULL, 0})
#define STR_ARG(s)   (int)(s).len, (s).ptr /* for "%.*s" */

static inline struct str str_of(const char *text) /* NUL-terminated; NULL is absent */
{
    return (struct str){text, text ? strlen(text) : 0};
}

static inline struct str str_make(const char *ptr, size_t len)
{
    return (struct str){ptr, len};
}

/* The first byte tells most strings apart, before any call. */
static inline bool str_eq(struct str a, struct str b)
{
    return a.len == b.len &&
           (a.len == 0 || (a.ptr[0] == b.ptr[0] && memcmp(a.ptr, b.ptr, a.len) == 0));
}

static inline bool str_is(struct str a, const char *text)
{
    if (a.len && text && a.ptr[0] != text[0])
        return false;
    return str_eq(a, str_of(text));
}

static inline int str_cmp(struct str a, struct str b) /* by bytes, shorter first */
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

static inline bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len &&
           (prefix.len == 0 ||
            (s.ptr[0] == prefix.ptr[0] && memcmp(s.ptr, prefix.ptr, prefix.len) == 0));
}

static inline bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len &&
           (suffix.len == 0 ||
            memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

/* Of an absent string: absent. C forbids even to add 0 to a null pointer. */
static inline struct str str_slice(struct str s, size_t begin, size_t end)
{
    return (struct str){begin ? s.ptr + begin : s.ptr, end - begin};
}

static inline struct str str_from(struct str s, size_t begin) /* begin <= len */
{
    return str_slice(s, begin, s.len);
}

static inline struct str str_trim(struct str s) /* ASCII white space off both ends */
{
    while (s.len && strchr(" \t\r\n\f\v", s.ptr[0]) && s.ptr[0])
        s = str_from(s, 1);
    while (s.len && strchr(" \t\r\n\f\v", s.ptr[s.len - 1]) && s.ptr[s.len - 1])
        s.len--;
    return s;
}

/* Cut the next piece up to `mark` off *rest. 1 while there was one, then 0. */
static inline int str_split(struct str *rest, char mark, struct str *piece_out)
{
    if (rest->ptr == NULL)
        return 0;
    const char *at = rest->len ? memchr(rest->ptr, mark, rest->len) : NULL;
    if (at == NULL) {
        *piece_out = *rest;
        *rest = STR_NONE;
        return 1;
    }
    *piece_out = str_make(rest->ptr, (size_t)(at - rest->ptr));
    *rest = str_from(*rest, piece_out->len + 1);
    return 1;
}

/* Position of needle in s, or (size_t)-1. */
static inline size_t str_find(struct str s, struct str needle)
{
    if (needle.len == 0)
        return 0;
    const char *at = s.len ? memmem(s.ptr, s.len, needle.ptr, needle.len) : NULL;
    return at ? (size_t)(at - s.ptr) : (size_t)-1;
}

/* All of s as a decimal uint64: true, or false where it is not one or does not fit. */
static inline bool str_to_u64(struct str s, uint64_t *value_out)
{
    uint64_t v = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned d = (unsigned)(unsigned char)s.ptr[i] - '0';
        if (d > 9 || v > (UINT64_MAX - d) / 10)
            return false;
        v = v * 10 + d;
    }
    *value_out = v;
    return true;
}

#endif
