#include "proto/base/utf8.h"

#include <utf8proc.h>

#define REPLACEMENT 0xfffdu

static bool is_tail(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The first tail byte's range is what rules out overlong forms, surrogates and more than
 * U+10FFFF (table 3-7). */
static bool is_second(unsigned char lead, unsigned char second)
{
    switch (lead) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return second >= 0x80 && second <= 0xbf;
    }
}

unsigned utf8_decode(const char *p, const char *end, uint32_t *cp_out)
{
    unsigned char lead = (unsigned char)p[0];
    unsigned len = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

    if (lead < 0x80) {
        *cp_out = lead;
        return 1;
    }
    *cp_out = REPLACEMENT;
    if (lead < 0xc2 || lead > 0xf4 || (size_t)(end - p) < len)
        return 0;
    if (!is_second(lead, (unsigned char)p[1]))
        return 0;
    uint32_t cp = lead & (0x7fu >> len);
    for (unsigned i = 1; i < len; i++) {
        if (!is_tail(p[i]))
            return 0;
        cp = cp << 6 | ((unsigned char)p[i] & 0x3f);
    }
    *cp_out = cp;
    return len;
}

unsigned utf8_encode(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xc0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xe0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
        out[2] = (char)(0x80 | (cp & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
    out[3] = (char)(0x80 | (cp & 0x3f));
    return 4;
}

size_t utf8_bad_at(struct str s)
{
    size_t i = 0;
    while (i < s.len) {
        uint64_t eight;
        while (s.len - i >= sizeof eight) { /* most text is ASCII: eight at a time */
            memcpy(&eight, s.ptr + i, sizeof eight);
            if (eight & 0x8080808080808080u)
                break;
            i += sizeof eight;
        }
        if (i == s.len)
            break;
        uint32_t cp;
        unsigned len = utf8_decode(s.ptr + i, s.ptr + s.len, &cp);
        if (len == 0)
            return i;
        i += len;
    }
    return s.len;
}

static utf8proc_category_t category(uint32_t cp)
{
    return utf8proc_category((utf8proc_int32_t)cp);
}

bool utf8_is_upper(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= 'A' && cp <= 'Z';
    utf8proc_category_t c = category(cp);
    return c == UTF8PROC_CATEGORY_LU || c == UTF8PROC_CATEGORY_LT;
}

bool utf8_is_lower(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= 'a' && cp <= 'z';
    return category(cp) == UTF8PROC_CATEGORY_LL;
}

bool utf8_is_letter(uint32_t cp)
{
    if (cp < 0x80)
        return (cp | 0x20) >= 'a' && (cp | 0x20) <= 'z';
    switch (category(cp)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return true;
    default:
        return false;
    }
}

bool utf8_is_digit(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= '0' && cp <= '9';
    return category(cp) == UTF8PROC_CATEGORY_ND;
}

bool utf8_is_space(uint32_t cp)
{
    if (cp < 0x80)
        return cp == ' ' || (cp >= '\t' && cp <= '\r');
    return cp == 0x85 || (cp >= 0x200b && cp <= 0x200d) || cp == 0x2028 || cp == 0x2029 ||
           cp == 0xfeff || category(cp) == UTF8PROC_CATEGORY_ZS;
}

bool utf8_is_unsafe(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x061c || cp == 0x200e ||
           cp == 0x200f || (cp >= 0x2028 && cp <= 0x202e) ||
           (cp >= 0x2066 && cp <= 0x2069);
}

void utf8_add_safe(struct buf *out, struct str s, char space)
{
    for (size_t at = 0; at < s.len;) { /* s may be absent */
        uint32_t cp;
        unsigned len = utf8_decode(s.ptr + at, s.ptr + s.len, &cp);
        if (len == 1 && utf8_is_space(cp))
            buf_add_char(out, space);
        else if (len == 0 || utf8_is_unsafe(cp))
            buf_add_char(out, '?');
        else
            buf_add(out, s.ptr + at, len);
        at += len ? len : 1;
    }
}

uint32_t utf8_lower(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp);
}

uint32_t utf8_upper(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= 'a' && cp <= 'z' ? cp - 32 : cp;
    return (uint32_t)utf8proc_toupper((utf8proc_int32_t)cp);
}

size_t utf8_lower_str(struct str s, char *out)
{
    size_t written = 0;
    for (size_t i = 0; i < s.len;) {
        uint32_t cp;
        unsigned len = utf8_decode(s.ptr + i, s.ptr + s.len, &cp);
        if (len == 0) { /* not UTF-8: the byte stays as it is */
            out[written++] = s.ptr[i++];
            continue;
        }
        written += utf8_encode(utf8_lower(cp), out + written);
        i += len;
    }
    return written;
}
