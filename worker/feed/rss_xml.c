#include "worker/feed/rss.h"

/* One walk over the nodes. An element that fills a field is captured until it ends: its
 * text, with elements in it written out again as HTML; then the field is set. Other
 * elements in an entry are passed over with all they hold. */

#include "worker/text/pubdate.h"
#include "worker/feed/link.h"
#include "worker/feed/fragment.h"
#include "worker/feed/rss_field.h"
#include "worker/feed/xml.h"

#include <ctype.h>
#include <strings.h>

#define NOWHERE (-1)

struct walk {
    const struct rss_document *document;
    struct arena *arena;
    struct rss_feed *feed;
    struct rss_entry *entry; /* NULL: at the level of the feed */
    int entry_depth;
    int skip_depth; /* an element whose inside means nothing; or NOWHERE */
    xmlTextReaderPtr reader;
    const struct rss_field *field; /* being captured, or NULL */
    int field_depth;
    int name_depth;    /* HOW_PERSON: of its element `name`, or NOWHERE */
    bool html, base64; /* what the captured text is */
    bool permalink;
    bool marked; /* it held elements */
    struct buf text;
    int ranks[2][16]; /* of what stands in the fields of feed and entry */
};

static const char *attribute(struct walk *w, const char *name, struct str *out)
{
    xmlChar *value = xmlTextReaderGetAttribute(w->reader, (const xmlChar *)name);
    *out = value ? arena_str(w->arena, str_of((const char *)value)) : STR_NONE;
    xmlFree(value);
    return out->ptr;
}

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

static struct str base_of(struct walk *w)
{
    xmlChar *base = xmlTextReaderBaseUri(w->reader);
    struct str out = w->document->url;
    if (base && base[0])
        out = link_resolve(str_of((const char *)base), w->document->url, w->arena);
    xmlFree(base);
    return out;
}

static struct str *place_of(struct walk *w, const struct rss_field *field, int **rank_out)
{
    void *into = w->entry ? (void *)w->entry : (void *)w->feed;
    size_t at = w->entry ? field->entry_at : field->feed_at;
    *rank_out = &w->ranks[w->entry != NULL][at / sizeof(struct str)];
    return (struct str *)(void *)((char *)into + at);
}

static void set(struct walk *w, const struct rss_field *field, struct str value)
{
    int *rank;
    struct str *place = place_of(w, field, &rank);
    if (value.len == 0 || (place->len && *rank >= field->rank))
        return;
    *place = value;
    *rank = field->rank;
}

static void add_base64(struct buf *out, struct str s)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < s.len; i++) {
        const char *at = s.ptr[i] ? strchr(digits, s.ptr[i]) : NULL;
        if (at == NULL)
            continue;
        bits = bits << 6 | (uint32_t)(at - digits);
        if ((count += 6) >= 8)
            buf_add_char(out, (char)(bits >> (count -= 8) & 0xFF));
    }
}

static struct str plain_text(struct walk *w)
{
    struct buf html = {0}, text = {0};
    struct str raw = buf_str(&w->text);
    if (w->base64) {
        add_base64(&html, raw);
        raw = buf_str(&html);
    }
    if (w->html || w->marked)
        fragment_add_text(&text, raw);
    else
        buf_add_str(&text, str_trim(raw));
    struct str out = arena_str(w->arena, buf_str(&text));
    buf_fini(&html);
    buf_fini(&text);
    return out;
}

static void set_id(struct walk *w, struct str value, struct str base)
{
    bool relative = value.len && (value.ptr[0] == '/' || value.ptr[0] == '.');
    if (relative && !w->permalink)
        value = link_resolve(value, base, w->arena);
    set(w, w->field, value);
    const struct rss_field *link = rss_field_of(SPACE_CORE, "link", LEVEL_ENTRY);
    struct rss_field weak = *link;
    weak.rank = 1;
    if (w->entry && w->permalink && !str_starts(value, STR("urn:")))
        set(w, &weak, link_resolve(value, base, w->arena));
}

/* The element that was captured has ended. */
static void finish_field(struct walk *w)
{
    const struct rss_field *field = w->field;
    struct str raw = arena_str(w->arena, str_trim(buf_str(&w->text)));
    char date[32];
    switch (field->how) {
    case HOW_TEXT:
        set(w, field, plain_text(w));
        break;
    case HOW_PERSON:
        set(w, field, raw);
        break;
    case HOW_DATE:
        if (pubdate_read(raw, date))
            set(w, field, arena_str(w->arena, str_of(date)));
        break;
    case HOW_LINK:
        if (raw.len)
            set(w, field, link_resolve(raw, base_of(w), w->arena));
        break;
    case HOW_ID:
        set_id(w, raw, base_of(w));
        break;
    case HOW_PLAIN:
        set(w, field, raw);
        break;
    case HOW_INSIDE:
        break;
    }
    w->field = NULL;
}

static bool ends_with(struct str s, const char *end)
{
    return str_ends(s, str_of(end));
}

/* Atom says in attributes what a text is; RSS has HTML, escaped or not. */
static void look_at_type(struct walk *w, enum rss_space space)
{
    struct str type, mode;
    bool atom = str_is(w->feed->kind, "atom") && space == SPACE_CORE;
    attribute(w, "type", &type);
    attribute(w, "mode", &mode);
    w->base64 = str_is(mode, "base64");
    bool escaped = str_is(mode, "escaped");
    bool binary = atom && type.len && memchr(type.ptr, '/', type.len) && mode.len == 0 &&
                  !str_starts(type, STR("text/")) && !ends_with(type, "xml");
    w->base64 = w->base64 || binary;
    w->marked =
        ends_with(type, "xhtml") || ends_with(type, "xhtml+xml") || str_is(mode, "xml");
    w->html = !w->marked && (type.ptr ? binary || escaped || ends_with(type, "html")
                                      : escaped || !atom);
}

/* A link of Atom, in href; of several the page of the article. */
static void read_href(struct walk *w, const struct rss_field *field, struct str href)
{
    struct str rel, type;
    attribute(w, "rel", &rel);
    attribute(w, "type", &type);
    if (rel.len && !str_is(rel, "alternate") &&
        !str_is(rel, "http://www.iana.org/assignments/relation/alternate"))
        return;
    struct rss_field ranked = *field;
    bool page = type.len == 0 || ends_with(type, "html") || ends_with(type, "html+xml");
    ranked.rank = page ? field->rank : 1;
    set(w, &ranked, link_resolve(href, base_of(w), w->arena));
}

static void begin_field(struct walk *w, const struct rss_field *field,
                        enum rss_space space, int depth)
{
    struct str href;
    bool in_href = field->how == HOW_LINK && attribute(w, "href", &href);
    if (in_href || (field->how == HOW_LINK && attribute(w, "rel", &href))) {
        if (in_href)
            read_href(w, field, href);
        w->skip_depth = xmlTextReaderIsEmptyElement(w->reader) ? NOWHERE : depth;
        return;
    }
    if (xmlTextReaderIsEmptyElement(w->reader))
        return;
    w->field = field;
    w->field_depth = depth;
    w->name_depth = NOWHERE;
    w->marked = false;
    buf_clear(&w->text);
    look_at_type(w, space);
    struct str permalink;
    const char *name = (const char *)xmlTextReaderConstLocalName(w->reader);
    attribute(w, "isPermaLink", &permalink);
    w->permalink = name && strcasecmp(name, "guid") == 0 && !str_is(permalink, "false");
}

/* An element in a field: HTML as it was, but a person's name is all that is wanted. */
static void nested_begin(struct walk *w, const char *name, int depth)
{
    if (w->field->how == HOW_PERSON) {
        if (strcasecmp(name, "name") == 0) {
            w->name_depth = depth;
            buf_clear(&w->text);
        }
        w->marked = true;
        return;
    }
    if (!w->marked && !w->html && w->text.len) {
        struct buf escaped = {0};
        fragment_escape(&escaped, buf_str(&w->text));
        buf_fini(&w->text);
        w->text = escaped;
    }
    w->marked = true;
    buf_printf(&w->text, "<%s>", name);
}

static void add_text(struct walk *w)
{
    const char *value = (const char *)xmlTextReaderConstValue(w->reader);
    struct str text = str_of(value);
    if (w->field->how == HOW_PERSON && w->marked && w->name_depth == NOWHERE)
        return;
    if (w->marked && w->field->how == HOW_TEXT && !w->html)
        fragment_escape(&w->text, text);
    else
        buf_add_str(&w->text, text);
}

static bool is_entry(const char *name, struct walk *w)
{
    bool plain = strcasecmp(name, "item") == 0 || strcasecmp(name, "entry") == 0;
    bool map = str_is(w->feed->kind, "sitemap") && strcasecmp(name, "url") == 0;
    return plain || map ||
           (str_is(w->feed->kind, "index") && strcasecmp(name, "sitemap") == 0);
}

/* en_US is meant for en-US. */
static struct str language_of(struct walk *w)
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

static void begin_entry(struct walk *w, int depth)
{
    struct str href;
    w->entry = ARENA_PUSH(w->arena, &w->feed->entries);
    *w->entry = (struct rss_entry){0};
    w->entry_depth = depth;
    memset(w->ranks[1], 0, sizeof w->ranks[1]);
    w->entry->language = language_of(w);
    if (attribute(w, "href", &href) || attribute(w, "HREF", &href))
        w->entry->url = link_resolve(href, base_of(w), w->arena);
    char date[32];
    if (attribute(w, "LASTMOD", &href) && pubdate_read(href, date))
        w->entry->updated = arena_str(w->arena, str_of(date));
    if (attribute(w, "rdf:about", &href))
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

static int begin_root(struct walk *w, const char *name, struct err *err)
{
    w->feed->kind = kind_of(name);
    w->feed->language = language_of(w);
    return w->feed->kind.len
               ? 0
               : err_set(err, ERR_FORMAT, "is no feed: begins with <%.40s>", name);
}

static int begin(struct walk *w, struct err *err)
{
    enum rss_space space;
    const char *name = name_of(w->reader, &space);
    int depth = xmlTextReaderDepth(w->reader);
    if (w->feed->kind.len == 0)
        return begin_root(w, name, err);
    if (w->field) {
        nested_begin(w, name, depth);
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
        begin_field(w, field, space, depth);
    else if (field == NULL && !xmlTextReaderIsEmptyElement(w->reader))
        w->skip_depth = depth;
    return 0;
}

static void end(struct walk *w)
{
    int depth = xmlTextReaderDepth(w->reader);
    if (w->skip_depth != NOWHERE) {
        if (depth <= w->skip_depth)
            w->skip_depth = NOWHERE;
        else
            return;
    }
    if (w->field && depth > w->field_depth) {
        if (w->field->how == HOW_PERSON)
            w->name_depth = w->name_depth == depth ? NOWHERE : w->name_depth;
        else
            buf_printf(&w->text, "</%s>",
                       (const char *)xmlTextReaderConstLocalName(w->reader));
        return;
    }
    if (w->field)
        finish_field(w);
    if (w->entry && depth <= w->entry_depth)
        w->entry = NULL;
}

/* 1: enough was read. */
static int node(struct walk *w, struct err *err)
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
            add_text(w);
        return 0;
    default:
        return 0;
    }
}

static int walk(struct walk *w, struct err *err)
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
        finish_field(w);
    return rc < 0 ? rc : 0;
}

int rss_read_xml(const struct rss_document *document, struct arena *arena,
                 struct rss_feed *out, struct err *err)
{
    struct walk w = {
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
