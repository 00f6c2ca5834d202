#include "worker/feed/xml.h"

#include <ctype.h>
#include <libxml/HTMLparser.h>
#include <limits.h>

#define DECLARATION_MAX 256 /* it is looked for in so many bytes */
#define ENTITY_MAX      12  /* the longest name of HTML 4 has eight letters */

static xmlParserInputPtr load_nothing(const char *url, const char *id,
                                      xmlParserCtxtPtr context)
{
    (void)url, (void)id, (void)context;
    return NULL;
}

void xml_init(void)
{
    xmlInitParser();
    xmlSetExternalEntityLoader(load_nothing);
}

static void count_complaint(void *complaints, xmlErrorPtr error)
{
    (void)error;
    ++*(unsigned *)complaints;
}

xmlTextReaderPtr xml_reader(struct str document, unsigned *complaints)
{
    if (document.len > INT_MAX)
        return NULL;
    xmlTextReaderPtr reader =
        xmlReaderForMemory(document.ptr, (int)document.len, NULL, "UTF-8",
                           XML_PARSE_NONET | XML_PARSE_RECOVER);
    if (reader)
        xmlTextReaderSetStructuredErrorHandler(reader, count_complaint, complaints);
    return reader;
}

/* Length of the run that begins with `open` and ends with `close`, all of s where it has
 * no end; 0 where s does not begin so. */
static size_t run(struct str s, struct str open, struct str close)
{
    if (!str_starts(s, open))
        return 0;
    size_t at = str_find(str_from(s, open.len), close);
    return at == (size_t)-1 ? s.len : open.len + at + close.len;
}

/* Length of a document type; 0 where it declares something or has no end. */
static size_t document_type(struct str s)
{
    char quote = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '[')
            return 0;
        else if (c == '>')
            return i + 1;
    }
    return 0;
}

/* What stands before the root: comments and instructions are dropped. */
static int skip_prolog(struct str *rest, struct err *err)
{
    for (;;) {
        while (rest->len &&
               (isspace((unsigned char)rest->ptr[0]) || rest->ptr[0] == '\0'))
            *rest = str_from(*rest, 1);
        size_t len = run(*rest, STR("<?"), STR("?>"));
        if (len == 0)
            len = run(*rest, STR("<!--"), STR("-->"));
        if (len == 0 && rest->len > 2 && rest->ptr[0] == '<' && rest->ptr[1] == '!') {
            len = document_type(*rest);
            if (len == 0)
                return err_set(err, ERR_FORMAT,
                               "a document type that declares something is refused");
        }
        if (len == 0)
            return 0;
        *rest = str_from(*rest, len);
    }
}

static bool is_own_name(struct str name)
{
    return str_is(name, "amp") || str_is(name, "lt") || str_is(name, "gt") ||
           str_is(name, "quot") || str_is(name, "apos");
}

/* A reference to a character XML has: tab, line ends and what is no control. */
static bool is_right_number(struct str digits)
{
    uint32_t base = 10, value = 0;
    if (digits.len && (digits.ptr[0] == 'x' || digits.ptr[0] == 'X')) {
        digits = str_from(digits, 1);
        base = 16;
    }
    for (size_t i = 0; i < digits.len; i++) {
        char c = (char)tolower((unsigned char)digits.ptr[i]);
        uint32_t digit = c <= '9' ? (uint32_t)(c - '0') : (uint32_t)(c - 'a') + 10;
        if (digit >= base)
            return false;
        value = value * base + digit;
    }
    return digits.len &&
           (value == 9 || value == 10 || value == 13 || (value >= 32 && value < 0xD800) ||
            (value >= 0xE000 && value < 0xFFFE) ||
            (value >= 0x10000 && value <= 0x10FFFF));
}

/* s begins with an ampersand: write what stands for it, answer how much of s that was. */
static size_t add_reference(struct str s, struct buf *out, bool *mended)
{
    size_t end = 1;
    while (end < s.len && end < ENTITY_MAX &&
           (isalnum((unsigned char)s.ptr[end]) || s.ptr[end] == '#'))
        end++;
    struct str name = str_slice(s, 1, end);
    bool closed = end < s.len && s.ptr[end] == ';' && name.len;
    if (closed && name.ptr[0] == '#' && is_right_number(str_from(name, 1))) {
        bool hex = name.ptr[1] == 'X';
        buf_printf(out, "&#%s%.*s;", hex ? "x" : "", (int)name.len - 1 - hex,
                   name.ptr + 1 + hex);
        return end + 1;
    }
    if (closed && is_own_name(name)) {
        buf_add(out, s.ptr, end + 1);
        return end + 1;
    }
    *mended = true;
    char text[ENTITY_MAX + 1] = {0};
    memcpy(text, name.ptr, name.len);
    const htmlEntityDesc *entity =
        closed ? htmlEntityLookup((const xmlChar *)text) : NULL;
    if (entity == NULL) {
        buf_add_str(out, STR("&amp;"));
        return 1;
    }
    buf_printf(out, "&#%u;", entity->value);
    return end + 1;
}

struct tag { /* at a place outside of CDATA */
    bool in;
    char quote;
    unsigned attributes;
};

/* One character on. False: more attributes than an element may have, for the parser
 * compares each with all the others. */
static bool walk_tag(struct tag *tag, char c)
{
    if (tag->quote)
        tag->quote = c == tag->quote ? 0 : tag->quote;
    else if (c == '<')
        *tag = (struct tag){.in = true};
    else if (c == '>')
        tag->in = false;
    else if (tag->in && (c == '"' || c == '\''))
        tag->quote = c;
    else if (tag->in && c == '=')
        return ++tag->attributes <= XML_ATTRIBUTES_MAX;
    return true;
}

static int mend(struct str s, struct buf *out, bool *mended, struct err *err)
{
    struct tag tag = {0};
    while (s.len) {
        size_t cdata = run(s, STR("<![CDATA["), STR("]]>"));
        size_t plain = cdata ? cdata : s.ptr[0] != '&';
        while (!cdata && plain && plain < s.len && s.ptr[plain] != '&' &&
               s.ptr[plain] != '<')
            plain++;
        for (size_t i = 0; i < plain; i++) {
            char c = s.ptr[i];
            bool control = (unsigned char)c < 32 && c != '\t' && c != '\n' && c != '\r';
            *mended = *mended || control;
            buf_add_char(out, control ? ' ' : c);
            if (!cdata && !walk_tag(&tag, c))
                return err_set(err, ERR_LIMIT, "has an element with over %d attributes",
                               XML_ATTRIBUTES_MAX);
        }
        s = str_from(s, plain);
        if (s.len && s.ptr[0] == '&')
            s = str_from(s, add_reference(s, out, mended));
    }
    return 0;
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

int xml_prepare(struct str bytes, struct str charset, struct buf *out,
                struct charset_found *found, bool *mended, struct err *err)
{
    struct buf text = {0};
    if (bytes.len > XML_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "is larger than %zu bytes", XML_BYTES_MAX);
    charset_to_utf8(bytes, charset, declared(bytes), &text, found);
    struct str rest = buf_str(&text);
    *mended = found->wrong;
    int rc = skip_prolog(&rest, err);
    if (rc == 0)
        rc = mend(rest, out, mended, err);
    buf_fini(&text);
    return rc;
}
