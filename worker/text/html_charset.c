#include "proto/base/utf8.h"
#include "worker/text/charset.h"
#include "worker/text/html.h"

#include <ctype.h>
#include <strings.h>

#define BYTE_ORDER_MARK STR("\xEF\xBB\xBF")
#define META_BYTES      4096 /* the standard asks for 1024; real pages put it later */

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

/* What is UTF-8 is that, whatever the page says. */
struct str html_to_utf8(struct str bytes, struct str charset, struct arena *arena)
{
    struct charset_found found;
    struct buf text = {0};
    if (utf8_bad_at(bytes) == bytes.len)
        return str_starts(bytes, BYTE_ORDER_MARK) ? str_from(bytes, BYTE_ORDER_MARK.len)
                                                  : bytes;
    charset_to_utf8(bytes, charset, meta_charset(bytes), &text, &found);
    struct str out = arena_str(arena, buf_str(&text));
    buf_fini(&text);
    return out;
}
