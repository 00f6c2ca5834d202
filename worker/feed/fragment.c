#include "worker/feed/fragment.h"

#include <libxml/HTMLparser.h>
#include <limits.h>
#include <string.h>

struct plain {
    struct buf *out;
    size_t begin;     /* of ours in out */
    unsigned hidden;  /* elements around whose text is none */
    bool space, line; /* owed before the next character */
};

static const char *const hidden_names[] = {"script", "style", "noscript", "template",
                                           "head",   "svg",   NULL};
static const char *const block_names[] = {
    "p",          "div",        "br",    "li",   "ul",      "ol",      "tr",     "table",
    "blockquote", "h1",         "h2",    "h3",   "h4",      "h5",      "h6",     "hr",
    "dl",         "dt",         "dd",    "pre",  "section", "article", "header", "footer",
    "figure",     "figcaption", "aside", "body", NULL};

static bool is_one_of(const xmlChar *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp((const char *)name, *list) == 0)
            return true;
    return false;
}

static void on_start(void *context, const xmlChar *name, const xmlChar **attributes)
{
    struct plain *plain = context;
    (void)attributes;
    plain->hidden += is_one_of(name, hidden_names);
    plain->line |= is_one_of(name, block_names);
}

static void on_end(void *context, const xmlChar *name)
{
    struct plain *plain = context;
    if (plain->hidden)
        plain->hidden -= is_one_of(name, hidden_names);
    plain->line |= is_one_of(name, block_names);
}

static void add_text(struct plain *plain, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (strchr(" \t\r\n\f\v", c)) {
            plain->space = true;
            continue;
        }
        if (plain->out->len > plain->begin && (plain->line || plain->space))
            buf_add_char(plain->out, plain->line ? '\n' : ' ');
        plain->line = plain->space = false;
        buf_add_char(plain->out, c);
    }
}

static void on_text(void *context, const xmlChar *text, int len)
{
    struct plain *plain = context;
    if (!plain->hidden && len > 0)
        add_text(plain, str_make((const char *)text, (size_t)len));
}

static void no_complaint(void *context, xmlErrorPtr error)
{
    (void)context, (void)error;
}

void fragment_add_text(struct buf *out, struct str html)
{
    struct plain plain = {.out = out, .begin = out->len};
    bool marked =
        html.len && (memchr(html.ptr, '<', html.len) || memchr(html.ptr, '&', html.len));
    htmlParserCtxtPtr parser = marked && html.len < INT_MAX ? htmlNewParserCtxt() : NULL;
    if (parser == NULL) {
        add_text(&plain, html);
        return;
    }
    xmlSAXHandler sax = {
        .startElement = on_start,
        .endElement = on_end,
        .characters = on_text,
        .cdataBlock = on_text,
        .ignorableWhitespace = on_text,
        .serror = no_complaint,
        .initialized = XML_SAX2_MAGIC,
    };
    *parser->sax = sax;
    parser->userData = &plain;
    htmlDocPtr made =
        htmlCtxtReadMemory(parser, html.ptr, (int)html.len, NULL, "UTF-8",
                           HTML_PARSE_NONET | HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                               HTML_PARSE_NOWARNING | HTML_PARSE_IGNORE_ENC);
    xmlFreeDoc(made);
    htmlFreeParserCtxt(parser);
}

void fragment_escape(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '<')
            buf_add_str(out, STR("&lt;"));
        else if (c == '>')
            buf_add_str(out, STR("&gt;"));
        else if (c == '&')
            buf_add_str(out, STR("&amp;"));
        else
            buf_add_char(out, c);
    }
}
