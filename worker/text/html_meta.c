#include "worker/text/html_meta.h"

#include "proto/base/utf8.h"
#include "worker/text/pubdate.h"

#include <ctype.h>
#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <strings.h>

#define YEAR_LEAST     "1800" /* earlier ones are a machine's zero */
#define TITLE_BYTES    1000
#define REFERENCE_MOST 10 /* bytes of a character reference between & and ; */
#define NODES_MOST     64 /* in an element that is to hold a short text */

/* What stands between & and ; as a character; 0: it is none. */
static uint32_t reference(struct str name)
{
    char word[REFERENCE_MOST + 1], *end;
    memcpy(word, name.ptr, name.len);
    word[name.len] = '\0';
    if (word[0] == '#') {
        bool hex = word[1] == 'x' || word[1] == 'X';
        unsigned long cp = strtoul(word + 1 + hex, &end, hex ? 16 : 10);
        return *end == '\0' && cp >= ' ' && cp < 0xd800 ? (uint32_t)cp : 0;
    }
    if (strcmp(word, "apos") == 0)
        return '\'';
    const htmlEntityDesc *entity = htmlEntityLookup((const xmlChar *)word);
    return entity ? entity->value : 0;
}

/* Some pages write &quot; into JSON, or twice into HTML. Returns the bytes read. */
static size_t add_reference(struct str s, char *out, size_t *len)
{
    const char *end = memchr(s.ptr, ';', s.len < REFERENCE_MOST ? s.len : REFERENCE_MOST);
    uint32_t cp = end ? reference(str_slice(s, 1, (size_t)(end - s.ptr))) : 0;
    if (cp == 0) {
        out[(*len)++] = s.ptr[0];
        return 1;
    }
    *len += utf8_encode(cp, out + *len); /* never longer than the reference */
    return (size_t)(end - s.ptr) + 1;
}

static struct str squeeze(struct arena *arena, struct str s)
{
    char *out = arena_alloc(arena, s.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < s.len;) {
        if (isspace((unsigned char)s.ptr[i])) {
            if (len && out[len - 1] != ' ')
                out[len++] = ' ';
            i++;
        } else if (s.ptr[i] == '&') {
            i += add_reference(str_from(s, i), out, &len);
        } else {
            out[len++] = s.ptr[i++];
        }
    }
    return str_trim(str_make(out, len));
}

void meta_set(struct meta *m, struct str *field, struct str value)
{
    if (field->len == 0 && value.len)
        *field = squeeze(m->arena, value);
}

void meta_set_date(struct meta *m, struct str *field, struct str value)
{
    char date[PUBDATE_BYTES];
    if (field->len == 0 && value.len && pubdate_read_local(value, date) &&
        memcmp(date, YEAR_LEAST, 4) >= 0)
        *field = arena_str(m->arena, str_of(date));
}

struct str meta_short_text(struct meta *m, const xmlNode *element, size_t bytes_most)
{
    char *out = arena_alloc(m->arena, bytes_most + 1);
    size_t len = 0;
    const xmlNode *node = element->children;
    for (unsigned nodes = 0; node; nodes++) {
        if (nodes == NODES_MOST)
            return STR_NONE;
        if (node->type == XML_TEXT_NODE) {
            size_t more = strlen((const char *)node->content);
            if (more > bytes_most - len)
                return STR_NONE;
            memcpy(out + len, node->content, more);
            len += more;
        }
        if (node->type == XML_ELEMENT_NODE && node->children &&
            !html_name_is(node, "script") && !html_name_is(node, "style")) {
            node = node->children;
            continue;
        }
        while (node && node != element && node->next == NULL)
            node = node->parent;
        node = node == element || node == NULL ? NULL : node->next;
    }
    return squeeze(m->arena, str_make(out, len));
}

static bool is_any(struct str name, const char *const *list)
{
    for (; name.ptr && *list; list++)
        if (name.len == strlen(*list) && strncasecmp(name.ptr, *list, name.len) == 0)
            return true;
    return false;
}

static void read_meta(struct meta *m, const xmlNode *element)
{
    static const char *const dates[] = {"article:published_time",
                                        "datepublished",
                                        "date",
                                        "dc.date",
                                        "dc.date.issued",
                                        "dcterms.created",
                                        "parsely-pub-date",
                                        "pubdate",
                                        "publishdate",
                                        "publish-date",
                                        "og:published_time",
                                        "sailthru.date",
                                        "article.published",
                                        "dcterms.date",
                                        "cxenseparse:recs:publishtime",
                                        NULL};
    static const char *const authors[] = {
        "author",          "article:author", "dc.creator", "parsely-author",
        "sailthru.author", "content_author", "byl",        NULL};
    static const char *const titles[] = {"og:title",      "twitter:title", "dc.title",
                                         "parsely-title", "headline",      NULL};
    static const char *const sites[] = {"og:site_name", "application-name", NULL};
    static const char *const languages[] = {"og:locale", "dc.language", NULL};
    struct str value = html_attribute(element, "content");
    static const char *const keys[] = {"property", "name", "itemprop"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys && value.len; i++) {
        struct str name = html_attribute(element, keys[i]);
        if (is_any(name, dates))
            meta_set_date(m, &m->published, value);
        else if (is_any(name, authors) && strncmp(value.ptr, "http", 4) != 0)
            meta_set(m, &m->author, value);
        else if (is_any(name, titles))
            meta_set(m, &m->og_title, value);
        else if (is_any(name, sites))
            meta_set(m, &m->page->site, value);
        else if (is_any(name, languages))
            meta_set(m, &m->page->language, value);
        else if (name.ptr && str_is(name, "og:url"))
            meta_set(m, &m->page->url, value);
    }
}

static void read_element(struct meta *m, const xmlNode *e)
{
    if (html_name_is(e, "meta"))
        read_meta(m, e);
    else if (html_name_is(e, "title"))
        meta_set(m, &m->page->head_title, meta_short_text(m, e, TITLE_BYTES));
    else if (html_name_is(e, "h1"))
        meta_set(m, &m->heading, meta_short_text(m, e, TITLE_BYTES));
    else if (html_name_is(e, "html"))
        meta_set(m, &m->page->language, html_attribute(e, "lang"));
    else if (html_name_is(e, "time"))
        meta_set_date(m, &m->time, html_attribute(e, "datetime"));
    else if (html_name_is(e, "link") && str_is(html_attribute(e, "rel"), "canonical"))
        meta_set(m, &m->page->url, html_attribute(e, "href"));
    else if (html_name_is(e, "script") &&
             str_is(html_attribute(e, "type"), "application/ld+json"))
        meta_read_json(m, e);
}

/* Letters and digits of the one are in the other, which is a host's name or the like. */
static bool is_spelt_in(struct str words, struct str host)
{
    size_t at = 0;
    for (size_t i = 0; i < words.len; i++) {
        if (!isalnum((unsigned char)words.ptr[i]))
            continue;
        if (at == host.len ||
            tolower((unsigned char)words.ptr[i]) != tolower((unsigned char)host.ptr[at]))
            return false;
        at++;
    }
    return at >= 3;
}

static struct str host_of(struct str url)
{
    size_t at = str_find(url, STR("://"));
    if (at == (size_t)-1)
        return STR_NONE;
    struct str host = str_from(url, at + 3);
    const char *slash = memchr(host.ptr, '/', host.len);
    host = str_slice(host, 0, slash ? (size_t)(slash - host.ptr) : host.len);
    return str_starts(host, STR("www.")) ? str_from(host, 4) : host;
}

static bool is_site(struct str words, const struct html_page *page)
{
    words = str_trim(words);
    if (words.len && words.len == page->site.len &&
        strncasecmp(words.ptr, page->site.ptr, words.len) == 0)
        return true;
    return is_spelt_in(words, host_of(page->url));
}

static const char *const title_marks[] = {" | ", " - ", " — ", " – ", " :: ", " · "};

/* "Title - Outlet": where the mark begins that the outlet's name follows; any: whatever
 * follows the last mark of the second half is taken for one. */
static size_t outlet_at(struct str title, const struct html_page *page, bool any)
{
    for (size_t i = 0; i < sizeof title_marks / sizeof *title_marks; i++) {
        size_t step = strlen(title_marks[i]);
        for (size_t at = title.len; at-- > 1;) {
            if (at + step > title.len || memcmp(title.ptr + at, title_marks[i], step))
                continue;
            if (is_site(str_from(title, at + step), page) || (any && at > title.len / 2))
                return at;
            break;
        }
    }
    return title.len;
}

struct str html_title_cut(const struct html_page *page, struct str title, bool any)
{
    title = str_slice(title, 0, outlet_at(title, page, any));
    while (title.len && strchr(" -|", title.ptr[title.len - 1]))
        title.len--;
    return is_site(title, page) ? STR_NONE : title;
}

/* …/2024/03/01/…, …/2024-03/01/…: a date alone, or absent. */
static struct str date_in(struct meta *m, struct str url)
{
    static const char form[] = "/dddd.dd.dd/";
    size_t len = sizeof form - 1;
    for (size_t at = 0; at + len <= url.len; at++) {
        size_t i = 0;
        for (; i < len; i++) {
            char c = url.ptr[at + i];
            if (form[i] == 'd' ? !isdigit((unsigned char)c)
                               : c != '/' && (form[i] == '/' || c != '-'))
                break;
        }
        if (i < len)
            continue;
        const char *d = url.ptr + at + 1;
        return arena_printf(m->arena, "%.4s-%.2s-%.2s", d, d + 5, d + 8);
    }
    return STR_NONE;
}

static void choose(struct meta *m)
{
    struct html_page *page = m->page;
    struct str *title[] = {&m->headline, &m->og_title, &m->heading};
    struct str *date[] = {&m->published, &m->time, &m->written};
    struct str *author[] = {&m->author, &m->signature, &m->byline, &m->house};
    struct str cut = html_title_cut(page, m->og_title, false);
    if (cut.len && str_eq(cut, m->heading))
        page->title = cut;
    for (size_t i = 0; i < sizeof title / sizeof *title; i++)
        if (page->title.len == 0)
            page->title = html_title_cut(page, *title[i], false);
    for (size_t i = 0; i < sizeof date / sizeof *date; i++)
        meta_set(m, &page->published, *date[i]);
    meta_set_date(m, &page->published, date_in(m, page->url));
    for (size_t i = 0; i < sizeof author / sizeof *author; i++)
        meta_set(m, &page->author, meta_name(*author[i], page->site));
}

void html_meta(const xmlNode *root, struct arena *arena, struct html_page *out)
{
    struct meta m = {.arena = arena, .page = out};
    const xmlNode *node = root;
    while (node) {
        if (node->type == XML_ELEMENT_NODE) {
            read_element(&m, node);
            meta_read_byline(&m, node);
        }
        if (node->children && node->type == XML_ELEMENT_NODE) {
            node = node->children;
            continue;
        }
        while (node && node != root && node->next == NULL)
            node = node->parent;
        node = node == root || node == NULL ? NULL : node->next;
    }
    choose(&m);
}
