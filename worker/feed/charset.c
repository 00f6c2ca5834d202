#include "worker/feed/charset.h"

#include "proto/base/utf8.h"

#include <ctype.h>
#include <iconv.h>
#include <stdio.h>
#include <strings.h>

#define COUNT(array)    (sizeof(array) / sizeof *(array))
#define DECLARATION_MAX 256 /* an XML declaration is looked for in so many bytes */

/* Label to converter, where they differ. A label that is not here goes to iconv as it
 * is. */
static const struct {
    const char *label, *converter;
} alias[] = {
    {"us-ascii", "WINDOWS-1252"},
    {"ascii", "WINDOWS-1252"},
    {"iso-8859-1", "WINDOWS-1252"},
    {"latin1", "WINDOWS-1252"},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"big5", "BIG5-HKSCS"},
    {"shift_jis", "CP932"},
    {"euc-kr", "UHC"},
    {"iso-8859-9", "WINDOWS-1254"},
    {"tis-620", "CP874"},
    {"utf8", "UTF-8"},
};

static const char *const common[] = {
    "WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1252", "WINDOWS-1253", "WINDOWS-1254",
    "WINDOWS-1255", "WINDOWS-1256", "WINDOWS-1257", "WINDOWS-1258", "ISO-8859-2",
    "ISO-8859-5",   "ISO-8859-7",   "ISO-8859-15",  "KOI8-R",       "KOI8-U",
    "GB18030",      "BIG5-HKSCS",   "CP932",        "EUC-JP",       "UHC",
    "CP874",        "UTF-16LE",     "UTF-16BE",     "UTF-32LE",     "UTF-32BE",
    "IBM037",
};

void charset_load(struct charset_loaded *loaded)
{
    _Static_assert(COUNT(common) <= COUNT(loaded->converter), "room for all");
    *loaded = (struct charset_loaded){0};
    for (size_t i = 0; i < COUNT(common); i++) {
        iconv_t converter = iconv_open("UTF-8", common[i]);
        loaded->converter[i] = converter == (iconv_t)-1 ? NULL : converter;
    }
}

void charset_unload(struct charset_loaded *loaded)
{
    for (size_t i = 0; i < COUNT(loaded->converter); i++)
        if (loaded->converter[i])
            iconv_close(loaded->converter[i]);
    *loaded = (struct charset_loaded){0};
}

static const char *converter_of(const char *label)
{
    for (size_t i = 0; i < COUNT(alias); i++)
        if (strcmp(alias[i].label, label) == 0)
            return alias[i].converter;
    return label;
}

static void set_label(struct charset_found *found, struct str label)
{
    size_t n = 0;
    for (size_t i = 0; i < label.len && n + 1 < sizeof found->label; i++) {
        unsigned char c = (unsigned char)label.ptr[i];
        if (isalnum(c) || strchr("-_:.+", c))
            found->label[n++] = (char)tolower(c);
    }
    found->label[n] = '\0';
}

static struct str unquote(struct str s)
{
    s = str_trim(s);
    if (s.len >= 2 && (s.ptr[0] == '"' || s.ptr[0] == '\'') &&
        s.ptr[s.len - 1] == s.ptr[0])
        s = str_trim(str_slice(s, 1, s.len - 1));
    return s;
}

struct str charset_of_type(struct str type)
{
    struct str part;
    while (str_split(&type, ';', &part) == 1) {
        struct str name = part, value = STR_NONE;
        const char *at = part.len ? memchr(part.ptr, '=', part.len) : NULL;
        if (at == NULL)
            continue;
        name.len = (size_t)(at - part.ptr);
        value = str_from(part, name.len + 1);
        name = str_trim(name);
        if (name.len == 7 && strncasecmp(name.ptr, "charset", 7) == 0)
            return unquote(value);
    }
    return STR_NONE;
}

/* The encoding of `<?xml version="1.0" encoding="x"?>`; absent where it has none. */
static struct str declared(struct str bytes)
{
    struct str head =
        str_slice(bytes, 0, bytes.len < DECLARATION_MAX ? bytes.len : DECLARATION_MAX);
    while (head.len && isspace((unsigned char)head.ptr[0]))
        head = str_from(head, 1);
    if (!str_starts(head, STR("<?xml")))
        return STR_NONE;
    size_t end = str_find(head, STR("?>")), at = str_find(head, STR("encoding"));
    if (end == (size_t)-1 || at == (size_t)-1 || at > end)
        return STR_NONE;
    struct str value = str_trim(str_slice(head, at + 8, end));
    if (value.len < 2 || value.ptr[0] != '=')
        return STR_NONE;
    value = str_trim(str_from(value, 1));
    if (value.len < 2 || (value.ptr[0] != '"' && value.ptr[0] != '\''))
        return STR_NONE;
    const char *close = memchr(value.ptr + 1, value.ptr[0], value.len - 1);
    return close ? str_make(value.ptr + 1, (size_t)(close - value.ptr - 1)) : STR_NONE;
}

/* True when all of bytes are of that charset; false leaves out as it was. */
static bool convert(struct str bytes, const char *converter, bool lenient,
                    struct buf *out)
{
    size_t before = out->len;
    iconv_t cd = iconv_open("UTF-8", converter);
    if (cd == (iconv_t)-1)
        return false;
    char *from = (char *)(uintptr_t)bytes.ptr;
    size_t left = bytes.len;
    bool right = true;
    while (left && right) {
        size_t room = left * 2 + 16;
        char *to = buf_reserve(out, room), *begin = to;
        size_t rest = left;
        size_t rc = iconv(cd, &from, &left, &to, &room);
        out->len += (size_t)(to - begin);
        if (rc == (size_t)-1 && left && (left == rest || to == begin)) {
            right = lenient;
            buf_add_str(out, STR("\xEF\xBF\xBD"));
            from++;
            left--;
        }
    }
    iconv_close(cd);
    if (!right)
        out->len = before;
    return right;
}

static bool is_utf8_label(const char *label)
{
    return strcmp(label, "utf-8") == 0 || strcmp(label, "utf8") == 0;
}

/* Wide charsets have a zero among the first bytes, or a mark; EBCDIC begins "<?xm" so. */
static struct str by_look(struct str b)
{
    static const struct {
        const char *bytes;
        size_t len;
        struct str label;
    } look[] = {
        {"\xEF\xBB\xBF", 3, {"utf-8", 5}},    {"\xFF\xFE\0\0", 4, {"utf-32le", 8}},
        {"\0\0\xFE\xFF", 4, {"utf-32be", 8}}, {"\xFF\xFE", 2, {"utf-16le", 8}},
        {"\xFE\xFF", 2, {"utf-16be", 8}},     {"<\0\0\0", 4, {"utf-32le", 8}},
        {"\0\0\0<", 4, {"utf-32be", 8}},      {"<\0", 2, {"utf-16le", 8}},
        {"\0<", 2, {"utf-16be", 8}},          {"\x4C\x6F\xA7\x94", 4, {"ibm037", 6}},
    };
    for (size_t i = 0; i < COUNT(look); i++)
        if (b.len >= look[i].len && memcmp(b.ptr, look[i].bytes, look[i].len) == 0)
            return look[i].label;
    return STR_NONE;
}

static void drop_mark(struct buf *out, size_t begin)
{
    if (out->len >= begin + 3 && memcmp(out->ptr + begin, "\xEF\xBB\xBF", 3) == 0) {
        memmove(out->ptr + begin, out->ptr + begin + 3, out->len - begin - 3);
        out->len -= 3;
    }
}

void charset_to_utf8(struct str bytes, struct str http, struct buf *out,
                     struct charset_found *found)
{
    size_t begin = out->len;
    struct str look = by_look(bytes), inside = declared(bytes);
    struct str label = look.len     ? look
                       : http.len   ? http
                       : inside.len ? inside
                                    : STR("utf-8");
    *found = (struct charset_found){0};
    set_label(found, label);
    bool all_utf8 = utf8_bad_at(bytes) == bytes.len;
    bool utf7 = strcmp(found->label, "utf-7") == 0;
    bool wide = !look.len && (strncmp(found->label, "utf-16", 6) == 0 ||
                              strncmp(found->label, "utf-32", 6) == 0 ||
                              strncmp(found->label, "ucs-", 4) == 0);
    if (is_utf8_label(found->label) && all_utf8) {
        buf_add_str(out, bytes);
    } else if (utf7 || wide || is_utf8_label(found->label) ||
               !convert(bytes, converter_of(found->label), false, out)) {
        found->wrong = true;
        set_label(found, all_utf8 ? STR("utf-8") : STR("windows-1252"));
        if (all_utf8)
            buf_add_str(out, bytes);
        else if (look.len && !is_utf8_label(found->label) && look.ptr[0] == 'u')
            convert(bytes, look.ptr, true, out);
        else
            convert(bytes, "WINDOWS-1252", true, out);
    }
    drop_mark(out, begin);
}
