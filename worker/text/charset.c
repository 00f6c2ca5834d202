#include "worker/text/charset.h"

#include "proto/base/utf8.h"

#include <ctype.h>
#include <iconv.h>
#include <stdio.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
/* One byte in so many may be none of its charset, for documents are cut and joined. */
#define BAD_ONE_IN 64

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
    {"ks_c_5601-1987", "UHC"},
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

/* True where all of bytes but a few, at most `bad_most`, are of that charset; these
 * become U+FFFD. False leaves out as it was. */
static bool convert(struct str bytes, const char *converter, size_t bad_most,
                    struct buf *out)
{
    size_t before = out->len, bad = 0, left = bytes.len;
    iconv_t cd = iconv_open("UTF-8", converter);
    if (cd == (iconv_t)-1)
        return false;
    char *from = (char *)(uintptr_t)bytes.ptr;
    while (left && bad <= bad_most) {
        size_t room = left * 2 + 16, rest = left;
        char *to = buf_reserve(out, room), *begin = to;
        size_t rc = iconv(cd, &from, &left, &to, &room);
        out->len += (size_t)(to - begin);
        if (rc == (size_t)-1 && left && (left == rest || to == begin)) {
            bad++;
            buf_add_str(out, STR("\xEF\xBF\xBD"));
            from++;
            left--;
        }
    }
    iconv_close(cd);
    if (bad > bad_most)
        out->len = before;
    return bad <= bad_most;
}

/* Taken for UTF-8: what is no character becomes U+FFFD. False, and nothing is added,
 * where that is more than the characters beyond ASCII that are there. */
static bool repair(struct str bytes, struct buf *out)
{
    size_t before = out->len, good = 0, bad = 0;
    for (const char *at = bytes.ptr, *end = at + bytes.len; at < end;) {
        uint32_t cp;
        char text[4];
        unsigned step = utf8_decode(at, end, &cp);
        bad += step == 0;
        good += step > 1;
        buf_add(out, text, utf8_encode(cp, text)); /* of a bad byte: U+FFFD */
        at += step ? step : 1;
    }
    if (bad > good)
        out->len = before;
    return bad <= good;
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

/* What it says it is was not so. */
static void convert_otherwise(struct str bytes, struct str look, bool all_utf8,
                              struct buf *out, struct charset_found *found)
{
    bool is_utf8 = is_utf8_label(found->label);
    found->wrong = true;
    if (all_utf8 || (is_utf8 && repair(bytes, out))) {
        set_label(found, STR("utf-8"));
        if (all_utf8)
            buf_add_str(out, bytes);
        return;
    }
    set_label(found, STR("windows-1252"));
    if (!look.len || is_utf8 || look.ptr[0] != 'u' ||
        !convert(bytes, look.ptr, bytes.len, out))
        convert(bytes, "WINDOWS-1252", bytes.len, out);
}

void charset_to_utf8(struct str bytes, struct str http, struct str inside,
                     struct buf *out, struct charset_found *found)
{
    size_t begin = out->len;
    struct str look = by_look(bytes);
    bool all_utf8 = utf8_bad_at(bytes) == bytes.len;
    struct str label = look.len     ? look
                       : http.len   ? http
                       : inside.len ? inside
                                    : STR("utf-8");
    *found = (struct charset_found){0};
    set_label(found, label);
    bool utf7 = strcmp(found->label, "utf-7") == 0;
    bool wide = !look.len && (strncmp(found->label, "utf-16", 6) == 0 ||
                              strncmp(found->label, "utf-32", 6) == 0 ||
                              strncmp(found->label, "ucs-", 4) == 0);
    bool strange = utf7 || wide || is_utf8_label(found->label);
    if (is_utf8_label(found->label) && all_utf8)
        buf_add_str(out, bytes);
    else if (strange ||
             !convert(bytes, converter_of(found->label), bytes.len / BAD_ONE_IN, out))
        convert_otherwise(bytes, look, all_utf8, out, found);
    drop_mark(out, begin);
}
