#include "worker/feed/rss.h"

#include "worker/text/pubdate.h"
#include "worker/feed/link.h"
#include "worker/feed/fragment.h"

#include <jansson.h>

#define DEPTH_MAX 32
#define BYTES_MAX ((size_t)8 * 1024 * 1024)

/* jansson goes 2,048 levels deep; nobody means more than a few. */
static bool is_shallow(struct str s)
{
    bool text = false;
    unsigned depth = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (text && c == '\\')
            i++;
        else if (c == '"')
            text = !text;
        else if (!text && (c == '{' || c == '[') && ++depth > DEPTH_MAX)
            return false;
        else if (!text && (c == '}' || c == ']') && depth)
            depth--;
    }
    return true;
}

/* A string or a number of that name, in the arena; absent where there is none. */
static struct str get(const json_t *object, const char *name, struct arena *arena)
{
    const json_t *value = json_object_get(object, name);
    if (json_is_integer(value))
        return arena_printf(arena, "%lld", (long long)json_integer_value(value));
    if (!json_is_string(value) || json_string_length(value) == 0)
        return STR_NONE;
    return arena_str(arena,
                     str_make(json_string_value(value), json_string_length(value)));
}

static struct str get_link(const json_t *object, const char *name,
                           const struct rss_document *document, struct arena *arena)
{
    return link_resolve(get(object, name, arena), document->url, arena);
}

static struct str get_date(const json_t *object, const char *name, struct arena *arena)
{
    char date[32];
    struct str text = get(object, name, arena);
    return pubdate_read(text, date) ? arena_str(arena, str_of(date)) : STR_NONE;
}

static struct str get_html(const json_t *object, const char *name, struct arena *arena)
{
    struct str html = get(object, name, arena), out = STR_NONE;
    struct buf text = {0};
    if (html.len) {
        fragment_add_text(&text, html);
        out = arena_str(arena, buf_str(&text));
    }
    buf_fini(&text);
    return out;
}

/* Version 1.1 has a list of authors, 1 had one. */
static struct str get_author(const json_t *object, struct arena *arena)
{
    const json_t *list = json_object_get(object, "authors");
    const json_t *one =
        json_is_array(list) ? json_array_get(list, 0) : json_object_get(object, "author");
    return get(one, "name", arena);
}

static void read_item(const json_t *item, const struct rss_document *document,
                      struct arena *arena, struct rss_feed *out)
{
    struct rss_entry entry = {
        .id = get(item, "id", arena),
        .url = get_link(item, "url", document, arena),
        .title = get(item, "title", arena),
        .author = get_author(item, arena),
        .published = get_date(item, "date_published", arena),
        .updated = get_date(item, "date_modified", arena),
        .language = get(item, "language", arena),
        .summary = get(item, "summary", arena),
        .content = get_html(item, "content_html", arena),
    };
    if (entry.content.len == 0)
        entry.content = get(item, "content_text", arena);
    if (entry.url.len == 0)
        entry.url = get_link(item, "external_url", document, arena);
    if (json_is_object(item))
        *ARENA_PUSH(arena, &out->entries) = entry;
}

int rss_read_json(const struct rss_document *document, struct arena *arena,
                  struct rss_feed *out, struct err *err)
{
    struct str s = document->bytes;
    json_error_t why;
    if (str_starts(s, STR("\xEF\xBB\xBF")))
        s = str_from(s, 3);
    if (s.len > BYTES_MAX || !is_shallow(s))
        return err_set(err, ERR_LIMIT, "is too large or too deep");
    json_t *root = json_loadb(s.ptr, s.len, JSON_REJECT_DUPLICATES, &why);
    const json_t *items = json_object_get(root, "items");
    if (!json_is_array(items)) {
        json_decref(root);
        return err_set(err, ERR_FORMAT, "is no JSON feed%s%s",
                       why.text[0] && !root ? ": " : "", root ? "" : why.text);
    }
    out->kind = STR("json");
    out->charset = STR("utf-8");
    out->title = get(root, "title", arena);
    out->subtitle = get(root, "description", arena);
    out->url = get_link(root, "home_page_url", document, arena);
    out->language = get(root, "language", arena);
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)(uintptr_t)items, i,
                       item) if (out->entries.count < RSS_ENTRIES_MAX)
        read_item(item, document, arena, out);
    json_decref(root);
    return 0;
}
