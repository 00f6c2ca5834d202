#ifndef PROTO_BASE_UTF8_H
#define PROTO_BASE_UTF8_H

/* UTF-8 after Unicode 15 table 3-7: no overlong form, no surrogate, nothing above
 * U+10FFFF. Character classes come from libutf8proc; ASCII is answered inline. */

#include "proto/base/buf.h"

/* Decode one code point at p (p < end). Returns its length in bytes, 1 to 4; 0 where the
 * bytes are not UTF-8 (then *cp_out is U+FFFD and the caller steps one byte). */
unsigned utf8_decode(const char *p, const char *end, uint32_t *cp_out);
unsigned utf8_encode(uint32_t cp, char out[4]); /* length; cp must be a scalar value */

/* Offset of the first byte that is not UTF-8, or s.len where all is. */
size_t utf8_bad_at(struct str s);

bool utf8_is_upper(uint32_t cp);  /* Lu, Lt */
bool utf8_is_lower(uint32_t cp);  /* Ll */
bool utf8_is_letter(uint32_t cp); /* L*, M* */
bool utf8_is_digit(uint32_t cp);  /* Nd */
bool utf8_is_space(uint32_t cp);  /* Zs, tab, line ends, NBSP, U+200B..D, U+FEFF */
/* What ends a line, steers a terminal or reorders the text around it: control characters,
 * U+2028..9, U+061C, U+200E..F, U+202A..E, U+2066..9. */
bool utf8_is_unsafe(uint32_t cp);
uint32_t utf8_lower(uint32_t cp); /* simple case mapping */
uint32_t utf8_upper(uint32_t cp);

/* Append what a stranger wrote as one line of UTF-8 that is safe to show: ASCII white
 * space becomes `space`, other unsafe characters and bytes that are not UTF-8 '?'. */
void utf8_add_safe(struct buf *out, struct str s, char space);

/* Lower-case s into out (room for s.len * 2 + 4 bytes); returns bytes written. */
size_t utf8_lower_str(struct str s, char *out);

#endif
