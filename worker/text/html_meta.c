/* What a page tells of itself. The first source that speaks is believed: JSON-LD, Open
 * Graph and article: properties, other <meta>, microdata and <time>, <h1> and <title>. */

#include "worker/text/html_block.h"

#include <ctype.h>
#include <jansson.h>
#include <string.h>
#include <strings.h>

#define JSON_BYTES_MOST 1000000

struct meta {
    struct arena *arena;
    struct html_page *page;
    struct str head_title, heading, time; /* the last resort of each */
    struct str og_title;
};

static struct str squeeze(struct arena *arena, struct str s)
{
    char *out = arena_alloc(arena, s.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        bool space = isspace((unsigned char)s.ptr[i]);
        if (!space)
            out[len++] = s.ptr[i];
        else if (len && out[len - 1] != ' ')
            out[len++] = ' ';
    }
    return str_trim(str_make(out, len));
}

static void set(struct meta *m, struct str *field, struct str value)
{
    if (field->len == 0 && value.len)
        *field = squeeze(m->arena, value);
}

/* "2024-03-01", or RFC 3339 with the common short cuts mended; else absent. */
static struct str date_of(struct meta *m, struct str text)
{
    text = str_trim(text);
    static const char form[] = "dddd-dd-dd";
    if (text.len < 10)
        return STR_NONE;
    for (size_t i = 0; i < 10; i++)
        if (form[i] == 'd' ? !isdigit((unsigned char)text.ptr[i]) : text.ptr[i] != '-')
            return STR_NONE;
    if (text.len < 16 || (text.ptr[10] != 'T' && text.ptr[10] != ' '))
        return arena_str(m->arena, str_slice(text, 0, 10));
    size_t at = 11;
    while (at < text.len && (isdigit((unsigned char)text.ptr[at]) || text.ptr[at] == ':'))
        at++;
    bool seconds = at == 19;
    if (at != 16 && !seconds)
        return arena_str(m->arena, str_slice(text, 0, 10));
    struct str rest = str_from(text, at);
    if (rest.len && rest.ptr[0] == '.')
        while (rest.len && (rest.ptr[0] == '.' || isdigit((unsigned char)rest.ptr[0])))
            rest = str_from(rest, 1);
    rest = str_trim(rest);
    char zone[8] = "";
    if (rest.len == 1 && toupper((unsigned char)rest.ptr[0]) == 'Z')
        strcpy(zone, "Z");
    else if (rest.len >= 6 && strchr("+-", rest.ptr[0]) && rest.ptr[3] == ':')
        memcpy(zone, rest.ptr, 6);
    else if (rest.len >= 5 && strchr("+-", rest.ptr[0])) {
        memcpy(zone, rest.ptr, 3);
        zone[3] = ':';
        memcpy(zone + 4, rest.ptr + 3, 2);
    }
    if (zone[0] == '\0')
        return arena_str(m->arena, str_slice(text, 0, 10));
    return arena_printf(m->arena, "%.10sT%.8s%s", text.ptr,
                        seconds ? text.ptr + 11
                                : arena_printf(m->arena, "%.5s:00", text.ptr + 11).ptr,
                        zone);
}

static void set_date(struct meta *m, struct str value)
{
    if (m->page->published.len == 0)
        m->page->published = date_of(m, value);
}

static struct str text_of(struct meta *m, const xmlNode *element)
{
    xmlChar *text = xmlNodeGetContent(element);
    struct str out = STR_NONE;
    if (text)
        out = squeeze(m->arena, str_of((const char *)text));
    xmlFree(text);
    return out;
}

/* ---- JSON-LD ---- */

static struct str json_text(const json_t *value)
{
    return json_is_string(value)
               ? str_make(json_string_value(value), json_string_length(value))
               : STR_NONE;
}

static struct str json_name(const json_t *value)
{
    if (json_is_array(value))
        value = json_array_get(value, 0);
    return json_is_object(value) ? json_text(json_object_get(value, "name"))
                                 : json_text(value);
}

static bool is_article_type(const json_t *type)
{
    static const char *const kinds[] = {"Article", "Posting", "Report", "Review"};
    if (json_is_array(type))
        type = json_array_get(type, 0);
    struct str name = json_text(type);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && name.len; i++)
        if (strstr(name.ptr, kinds[i]))
            return true;
    return false;
}

static void read_object(struct meta *m, const json_t *object)
{
    if (!is_article_type(json_object_get(object, "@type")))
        return;
    set(m, &m->page->title, json_text(json_object_get(object, "headline")));
    set_date(m, json_text(json_object_get(object, "datePublished")));
    set(m, &m->page->author, json_name(json_object_get(object, "author")));
    set(m, &m->page->site, json_name(json_object_get(object, "publisher")));
    set(m, &m->page->language, json_text(json_object_get(object, "inLanguage")));
}

static void read_json(struct meta *m, const xmlNode *script)
{
    xmlChar *text = xmlNodeGetContent(script);
    size_t len = text ? strlen((const char *)text) : 0;
    json_t *json = NULL;
    if (len && len < JSON_BYTES_MOST)
        json = json_loadb((const char *)text, len, JSON_DISABLE_EOF_CHECK, NULL);
    const json_t *graph = json_object_get(json, "@graph"), *item;
    size_t i;
    if (json_is_object(json))
        read_object(m, json);
    json_array_foreach(json_is_array(json) ? json : graph, i, item) read_object(m, item);
    json_decref(json);
    xmlFree(text);
}

/* ---- elements ---- */

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
            set_date(m, value);
        else if (is_any(name, authors) && strncmp(value.ptr, "http", 4) != 0)
            set(m, &m->page->author, value);
        else if (is_any(name, titles))
            set(m, &m->og_title, value);
        else if (is_any(name, sites))
            set(m, &m->page->site, value);
        else if (is_any(name, languages))
            set(m, &m->page->language, value);
        else if (name.ptr && str_is(name, "og:url"))
            set(m, &m->page->url, value);
    }
}

static void read_element(struct meta *m, const xmlNode *e)
{
    if (html_name_is(e, "meta"))
        read_meta(m, e);
    else if (html_name_is(e, "title"))
        set(m, &m->head_title, text_of(m, e));
    else if (html_name_is(e, "h1"))
        set(m, &m->heading, text_of(m, e));
    else if (html_name_is(e, "html"))
        set(m, &m->page->language, html_attribute(e, "lang"));
    else if (html_name_is(e, "time") && m->time.len == 0)
        m->time = date_of(m, html_attribute(e, "datetime"));
    else if (html_name_is(e, "link") && str_is(html_attribute(e, "rel"), "canonical"))
        set(m, &m->page->url, html_attribute(e, "href"));
    else if (html_name_is(e, "script") &&
             str_is(html_attribute(e, "type"), "application/ld+json"))
        read_json(m, e);
}

/* "Title - Outlet", "Title | Outlet": without the outlet. */
static struct str cut_outlet(struct str title)
{
    static const char *const marks[] = {" | ", " - ", " — ", " – ", " :: "};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t step = strlen(marks[i]);
        for (size_t at = title.len; at-- > title.len / 2;)
            if (at + step <= title.len && memcmp(title.ptr + at, marks[i], step) == 0)
                return str_slice(title, 0, at);
    }
    return title;
}

void html_meta(const xmlNode *root, struct arena *arena, struct html_page *out)
{
    struct meta m = {.arena = arena, .page = out};
    const xmlNode *node = root;
    while (node) {
        if (node->type == XML_ELEMENT_NODE)
            read_element(&m, node);
        if (node->children && node->type == XML_ELEMENT_NODE) {
            node = node->children;
            continue;
        }
        while (node && node != root && node->next == NULL)
            node = node->parent;
        node = node == root || node == NULL ? NULL : node->next;
    }
    set(&m, &out->title, m.og_title);
    set(&m, &out->title, m.heading);
    set(&m, &out->title, cut_outlet(m.head_title));
    if (out->published.len == 0)
        out->published = m.time;
}
