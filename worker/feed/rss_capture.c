#include "worker/feed/rss_capture.h"

#include "worker/feed/fragment.h"
#include "worker/feed/link.h"
#include "worker/text/pubdate.h"

#include "proto/base/utf8.h"

#include <strings.h>

const char *rss_attribute(struct rss_walk *w, const char *name, struct str *out)
{
    xmlChar *value = xmlTextReaderGetAttribute(w->reader, (const xmlChar *)name);
    *out = value ? arena_str(w->arena, str_of((const char *)value)) : STR_NONE;
    xmlFree(value);
    return out->ptr;
}

struct str rss_base_of(struct rss_walk *w)
{
    xmlChar *base = xmlTextReaderBaseUri(w->reader);
    struct str out = w->document->url;
    if (base && base[0])
        out = link_resolve(str_of((const char *)base), w->document->url, w->arena);
    xmlFree(base);
    return out;
}

static struct str *place_of(struct rss_walk *w, const struct rss_field *field,
                            int **rank_out)
{
    void *into = w->entry ? (void *)w->entry : (void *)w->feed;
    size_t at = w->entry ? field->entry_at : field->feed_at;
    *rank_out = &w->ranks[w->entry != NULL][at / sizeof(struct str)];
    return (struct str *)(void *)((char *)into + at);
}

static void set(struct rss_walk *w, const struct rss_field *field, struct str value)
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

static struct str plain_text(struct rss_walk *w)
{
    struct buf html = {0}, text = {0};
    struct str raw = buf_str(&w->text);
    if (w->base64) {
        add_base64(&html, raw);
        raw = buf_str(&html);
        if (utf8_bad_at(raw) < raw.len || (raw.len && memchr(raw.ptr, '\0', raw.len)))
            raw = STR_NONE; /* a picture, or no base64 at all */
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

static void set_id(struct rss_walk *w, struct str value, struct str base)
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
void rss_capture_end(struct rss_walk *w)
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
            set(w, field, link_resolve(raw, rss_base_of(w), w->arena));
        break;
    case HOW_ID:
        set_id(w, raw, rss_base_of(w));
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
static void look_at_type(struct rss_walk *w, enum rss_space space)
{
    struct str type, mode;
    bool atom = str_is(w->feed->kind, "atom") && space == SPACE_CORE;
    rss_attribute(w, "type", &type);
    rss_attribute(w, "mode", &mode);
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
static void read_href(struct rss_walk *w, const struct rss_field *field, struct str href)
{
    struct str rel, type;
    rss_attribute(w, "rel", &rel);
    rss_attribute(w, "type", &type);
    if (rel.len && !str_is(rel, "alternate") &&
        !str_is(rel, "http://www.iana.org/assignments/relation/alternate"))
        return;
    struct rss_field ranked = *field;
    bool page = type.len == 0 || ends_with(type, "html") || ends_with(type, "html+xml");
    ranked.rank = page ? field->rank : 1;
    set(w, &ranked, link_resolve(href, rss_base_of(w), w->arena));
}

void rss_capture_begin(struct rss_walk *w, const struct rss_field *field,
                       enum rss_space space, int depth)
{
    struct str href;
    bool in_href = field->how == HOW_LINK && rss_attribute(w, "href", &href);
    if (in_href || (field->how == HOW_LINK && rss_attribute(w, "rel", &href))) {
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
    rss_attribute(w, "isPermaLink", &permalink);
    w->permalink = name && strcasecmp(name, "guid") == 0 && !str_is(permalink, "false");
}

/* An element in a field: HTML as it was, but a person's name is all that is wanted. */
void rss_capture_inside(struct rss_walk *w, const char *name, int depth)
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

void rss_capture_text(struct rss_walk *w)
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

void rss_capture_inside_end(struct rss_walk *w, int depth)
{
    if (w->field->how == HOW_PERSON)
        w->name_depth = w->name_depth == depth ? NOWHERE : w->name_depth;
    else
        buf_printf(&w->text, "</%s>",
                   (const char *)xmlTextReaderConstLocalName(w->reader));
}
