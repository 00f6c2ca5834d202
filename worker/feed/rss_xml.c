#include "worker/feed/rss.h"

/* One walk over the nodes. An element that fills a field is captured (rss_capture.h);
 * other elements in an entry are passed over with all they hold. */

#include "worker/feed/link.h"
#include "worker/feed/rss_capture.h"
#include "worker/text/pubdate.h"

#include <strings.h>

/* Namespace and name of the node; what is not declared is "prefix:name" as it stands. */
static const char *name_of(xmlTextReaderPtr reader, enum rss_space *space_out)
{
    const char *name = (const char *)xmlTextReaderConstLocalName(reader);
    const char *uri = (const char *)xmlTextReaderConstNamespaceUri(reader);
    const char *colon = name ? strchr(name, ':') : NULL;
    char prefix[16] = {0};
    if (colon && uri == NULL && (size_t)(colon - name) < sizeof prefix) {
        memcpy(prefix, name, (size_t)(colon - name));
        name = colon + 1;
    }
    *space_out = rss_space_of(uri, prefix[0] ? prefix : NULL);
    return name ? name : "";
}

static bool is_entry(const char *name, struct rss_walk *w)
{
    bool plain = strcasecmp(name, "item") == 0 || strcasecmp(name, "entry") == 0;
    bool map = str_is(w->feed->kind, "sitemap") && strcasecmp(name, "url") == 0;
    return plain || map ||
           (str_is(w->feed->kind, "index") && strcasecmp(name, "sitemap") == 0);
}

/* en_US is meant for en-US. */
static struct str language_of(struct rss_walk *w)
{
    xmlChar *language = xmlTextReaderXmlLang(w->reader);
    struct str out = STR_NONE;
    for (xmlChar *c = language; c && *c; c++)
        *c = *c == '_' ? '-' : *c;
    if (language && language[0])
        out = arena_str(w->arena, str_of((const char *)language));
    xmlFree(language);
    return out;
}

static void begin_entry(struct rss_walk *w, int depth)
{
    struct str href;
    w->entry = ARENA_PUSH(w->arena, &w->feed->entries);
    *w->entry = (struct rss_entry){0};
    w->entry_depth = depth;
    memset(w->ranks[1], 0, sizeof w->ranks[1]);
    w->entry->language = language_of(w);
    if (rss_attribute(w, "href", &href) || rss_attribute(w, "HREF", &href))
        w->entry->url = link_resolve(href, rss_base_of(w), w->arena);
    char date[32];
    if (rss_attribute(w, "LASTMOD", &href) && pubdate_read(href, date))
        w->entry->updated = arena_str(w->arena, str_of(date));
    if (rss_attribute(w, "rdf:about", &href))
        w->entry->id = href;
}

static struct str kind_of(const char *root)
{
    static const char *const kinds[][2] = {
        {"rss", "rss"},        {"feed", "atom"},          {"RDF", "rdf"},
        {"urlset", "sitemap"}, {"sitemapindex", "index"}, {"channel", "cdf"},
        {"rdf:RDF", "rdf"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcasecmp(root, kinds[i][0]) == 0)
            return str_of(kinds[i][1]);
    return STR_NONE;
}

static int begin_root(struct rss_walk *w, const char *name, struct err *err)
{
    w->feed->kind = kind_of(name);
    w->feed->language = language_of(w);
    return w->feed->kind.len
               ? 0
               : err_set(err, ERR_FORMAT, "is no feed: begins with <%.40s>", name);
}

static int begin(struct rss_walk *w, struct err *err)
{
    enum rss_space space;
    const char *name = name_of(w->reader, &space);
    int depth = xmlTextReaderDepth(w->reader);
    if (w->feed->kind.len == 0)
        return begin_root(w, name, err);
    if (w->field) {
        rss_capture_inside(w, name, depth);
        return 0;
    }
    if (w->entry == NULL && is_entry(name, w)) {
        if (w->feed->entries.count >= RSS_ENTRIES_MAX)
            return 1;
        begin_entry(w, depth);
        if (xmlTextReaderIsEmptyElement(w->reader))
            w->entry = NULL;
        return 0;
    }
    const struct rss_field *field =
        rss_field_of(space, name, w->entry ? LEVEL_ENTRY : LEVEL_FEED);
    if (field && field->how != HOW_INSIDE)
        rss_capture_begin(w, field, space, depth);
    else if (field == NULL && !xmlTextReaderIsEmptyElement(w->reader))
        w->skip_depth = depth;
    return 0;
}

static void end(struct rss_walk *w)
{
    int depth = xmlTextReaderDepth(w->reader);
    if (w->skip_depth != NOWHERE) {
        if (depth <= w->skip_depth)
            w->skip_depth = NOWHERE;
        else
            return;
    }
    if (w->field && depth > w->field_depth) {
        rss_capture_inside_end(w, depth);
        return;
    }
    if (w->field)
        rss_capture_end(w);
    if (w->entry && depth <= w->entry_depth)
        w->entry = NULL;
}

/* 1: enough was read. */
static int node(struct rss_walk *w, struct err *err)
{
    switch (xmlTextReaderNodeType(w->reader)) {
    case XML_READER_TYPE_DOCUMENT_TYPE:
    case XML_READER_TYPE_ENTITY_REFERENCE:
        return err_set(err, ERR_FORMAT, "declares entities");
    case XML_READER_TYPE_ELEMENT:
        return w->skip_depth == NOWHERE ? begin(w, err) : 0;
    case XML_READER_TYPE_END_ELEMENT:
        end(w);
        return 0;
    case XML_READER_TYPE_TEXT:
    case XML_READER_TYPE_CDATA:
    case XML_READER_TYPE_WHITESPACE:
    case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
        if (w->field && w->skip_depth == NOWHERE)
            rss_capture_text(w);
        return 0;
    default:
        return 0;
    }
}

static int walk(struct rss_walk *w, struct err *err)
{
    unsigned nodes = 0;
    int rc = 0, more;
    while (rc == 0 && (more = xmlTextReaderRead(w->reader)) == 1) {
        if (++nodes > XML_NODES_MAX || xmlTextReaderDepth(w->reader) > XML_DEPTH_MAX) {
            w->feed->broken = true;
            break;
        }
        rc = node(w, err);
    }
    if (w->field) /* the document ended in it */
        rss_capture_end(w);
    return rc < 0 ? rc : 0;
}

int rss_read_xml(const struct rss_document *document, struct arena *arena,
                 struct rss_feed *out, struct err *err)
{
    struct rss_walk w = {
        .document = document, .arena = arena, .feed = out, .skip_depth = NOWHERE};
    struct buf text = {0};
    struct charset_found found;
    unsigned complaints = 0;
    bool mended;
    int rc = xml_prepare(document->bytes, charset_of_type(document->type), &text, &found,
                         &mended, err);
    if (rc == 0 && (w.reader = xml_reader(buf_str(&text), &complaints)) == NULL)
        rc = err_set(err, ERR_FORMAT, "cannot be read");
    if (rc == 0)
        rc = walk(&w, err);
    if (rc == 0 && out->kind.len == 0)
        rc = err_set(err, ERR_FORMAT, "is no feed: holds no element");
    if (rc == 0) {
        out->charset = arena_str(arena, str_of(found.label));
        out->broken = out->broken || mended || complaints;
    }
    xmlFreeTextReader(w.reader);
    buf_fini(&w.text);
    buf_fini(&text);
    return rc;
}
