#include "proto/base/utf8.h"
#include "worker/text/html_block.h"

#include <ctype.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define META_BYTES 4096 /* the standard asks for 1024; real pages put it later */
#define NAME_BYTES 40
#define OUT_PER_IN 4 /* UTF-8 of one byte of any charset is no longer */

static bool is_utf8(struct str bytes)
{
    return utf8_bad_at(bytes) == bytes.len;
}

/* The value behind "charset=" in the page's first bytes. */
static struct str meta_charset(struct str bytes)
{
    static const char needle[] = "charset";
    size_t most = bytes.len < META_BYTES ? bytes.len : META_BYTES;
    for (size_t i = 0; i + sizeof needle < most; i++) {
        if (strncasecmp(bytes.ptr + i, needle, sizeof needle - 1) != 0)
            continue;
        size_t at = i + sizeof needle - 1;
        while (at < most && strchr(" =\"'", bytes.ptr[at]))
            at++;
        size_t end = at;
        while (end < most &&
               (isalnum((unsigned char)bytes.ptr[end]) || strchr("-_:.", bytes.ptr[end])))
            end++;
        if (end > at)
            return str_slice(bytes, at, end);
    }
    return STR_NONE;
}

/* Labels that pages use for something else than they say (WHATWG Encoding, "labels"). */
static const char *iconv_name(struct str label, char out[NAME_BYTES])
{
    static const char *const same[][2] = {
        {"iso-8859-1", "windows-1252"},
        {"latin1", "windows-1252"},
        {"us-ascii", "windows-1252"},
        {"ascii", "windows-1252"},
        {"iso-8859-9", "windows-1254"},
        {"gb2312", "gb18030"},
        {"gbk", "gb18030"},
        {"shift_jis", "cp932"},
        {"ks_c_5601-1987", "cp949"},
        {"euc-kr", "cp949"},
    };
    snprintf(out, NAME_BYTES, "%.*s",
             (int)(label.len < NAME_BYTES ? label.len : NAME_BYTES - 1), label.ptr);
    for (char *c = out; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (strcmp(out, same[i][0]) == 0)
            return same[i][1];
    return out;
}

/* What cannot be read becomes a question mark. False: no such charset. */
static bool convert(struct str bytes, const char *from, struct arena *arena,
                    struct str *out)
{
    iconv_t how = iconv_open("UTF-8", from);
    if (how == (iconv_t)-1)
        return false;
    char *buffer = arena_alloc(arena, bytes.len * OUT_PER_IN + 1), *to = buffer;
    char *in = (char *)bytes.ptr;
    size_t left = bytes.len, room = bytes.len * OUT_PER_IN;
    while (left && room && iconv(how, &in, &left, &to, &room) == (size_t)-1) {
        if (left == 0 || room == 0)
            break;
        in++;
        left--;
        *to++ = '?';
        room--;
    }
    iconv_close(how);
    *out = str_make(buffer, (size_t)(to - buffer));
    return true;
}

/* UTF-8 as far as it is: what is no character becomes U+FFFD. */
static struct str repair(struct str bytes, struct arena *arena)
{
    if (is_utf8(bytes))
        return bytes;
    char *out = arena_alloc(arena, bytes.len * 3);
    size_t len = 0;
    for (size_t at = 0; at < bytes.len;) {
        uint32_t cp;
        unsigned step = utf8_decode(bytes.ptr + at, bytes.ptr + bytes.len, &cp);
        len += utf8_encode(cp, out + len); /* of a bad byte: U+FFFD */
        at += step ? step : 1;
    }
    return str_make(out, len);
}

struct str html_to_utf8(struct str bytes, struct str charset, struct arena *arena)
{
    char name[NAME_BYTES];
    struct str out;
    if (str_starts(bytes, STR("\xef\xbb\xbf")))
        return repair(str_from(bytes, 3), arena);
    if (str_starts(bytes, STR("\xff\xfe")) && convert(bytes, "UTF-16", arena, &out))
        return out;
    if (str_starts(bytes, STR("\xfe\xff")) && convert(bytes, "UTF-16", arena, &out))
        return out;
    if (is_utf8(bytes))
        return bytes;
    if (charset.len == 0)
        charset = meta_charset(bytes);
    if (charset.len && convert(bytes, iconv_name(charset, name), arena, &out))
        return out;
    return convert(bytes, "windows-1252", arena, &out) ? out : repair(bytes, arena);
}
