#include "worker/feed/entry.h"

#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/wire/limits.h"
#include "worker/feed/link.h"

#include <string.h>

struct map *entry_repeated(const struct rss_feed *feed)
{
    struct map *seen = map_new(), *repeated = map_new();
    for (uint32_t i = 0; i < feed->entries.count; i++) {
        struct str id = feed->entries.item[i].id;
        if (id.len && map_get(seen, id, NULL))
            map_put(repeated, id, 1);
        else if (id.len)
            map_put(seen, id, 1);
    }
    map_free(&seen);
    return repeated;
}

/* Within a limit of the record, at the begin of a character. */
static struct str cut(struct str s, size_t most)
{
    if (s.len <= most)
        return s;
    while (most && ((unsigned char)s.ptr[most] & 0xC0) == 0x80)
        most--;
    return str_slice(s, 0, most);
}

static uint64_t who(const struct rss_entry *entry, struct str url, struct str source,
                    bool repeated)
{
    struct hash_stream stream;
    hash_begin(&stream);
    hash_add(&stream, source);
    hash_add(&stream, STR("\n"));
    hash_add(&stream, entry->id);
    if (entry->id.len == 0 || repeated) {
        hash_add(&stream, STR("\n"));
        hash_add(&stream, url.len ? url : entry->title);
    }
    return hash_end(&stream);
}

static uint64_t says(struct str title, struct str text)
{
    struct hash_stream stream;
    hash_begin(&stream);
    hash_add(&stream, title);
    hash_add(&stream, STR("\n"));
    hash_add(&stream, text);
    return hash_end(&stream);
}

static struct str language_of(struct str language)
{
    return language.len >= 2 && language.len <= 35 ? language : STR_NONE;
}

bool entry_pages_of(const char *name, enum entry_pages *out)
{
    static const char *const names[] = {"auto", "always", "never"};
    for (int i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (enum entry_pages)i;
            return true;
        }
    return false;
}

static bool breaks_off(struct str text)
{
    while (text.len && strchr(" \n])", text.ptr[text.len - 1]))
        text.len--;
    return str_ends(text, STR("…")) || str_ends(text, STR("..."));
}

static bool wants_page(enum entry_pages pages, struct str url, struct str text)
{
    if (url.len == 0 || pages == PAGES_NEVER)
        return false;
    return pages == PAGES_ALWAYS || text.len < ENTRY_WHOLE_BYTES || breaks_off(text);
}

static struct str url_of(const struct rss_entry *entry, struct arena *arena)
{
    struct buf url = {0};
    struct str out = STR_NONE;
    if (link_is_web(entry->url))
        link_canonical(entry->url, &url);
    if (url.len && url.len <= LIMIT_FIELD_BYTES)
        out = arena_str(arena, buf_str(&url));
    buf_fini(&url);
    return out;
}

bool entry_make(const struct entry_source *from, const struct rss_entry *entry,
                struct arena *arena, struct entry *out)
{
    struct article *a = &out->article;
    struct str language = entry->language.len ? entry->language : from->feed->language;
    char first[17], second[17];
    *out = (struct entry){0};
    a->text = entry->content.len > entry->summary.len ? entry->content : entry->summary;
    a->url = url_of(entry, arena);
    out->wants_page = wants_page(from->pages, a->url, a->text);
    if (a->text.len == 0)
        a->text = entry->title;
    if (a->text.len == 0 && !out->wants_page)
        return false;
    a->text = cut(a->text, LIMIT_TEXT_BYTES);
    a->title = cut(entry->title, LIMIT_FIELD_BYTES);
    a->source = link_outlet(a->url.len ? a->url : str_of(from->at));
    out->undated = entry->published.len == 0;
    a->published = out->undated ? entry->updated : entry->published;
    a->language = language_of(language);
    a->author = cut(entry->author, LIMIT_FIELD_BYTES);
    out->who = who(entry, a->url, a->source, map_get(from->repeated, entry->id, NULL));
    out->says = says(a->title, a->text);
    hash_hex(out->who, first);
    hash_hex(out->says, second);
    a->id = arena_printf(arena, "r-%s.%s", first, second);
    return true;
}

static const size_t strings[] = {
    offsetof(struct article, id),        offsetof(struct article, url),
    offsetof(struct article, source),    offsetof(struct article, title),
    offsetof(struct article, published), offsetof(struct article, language),
    offsetof(struct article, author),    offsetof(struct article, text)};

#define STRINGS (sizeof strings / sizeof *strings)

static struct str *string(const struct entry *entry, size_t i)
{
    return (struct str *)(uintptr_t)((const char *)&entry->article + strings[i]);
}

size_t entry_bytes(const struct entry *entry)
{
    size_t bytes = sizeof *entry;
    for (size_t i = 0; i < STRINGS; i++)
        bytes += string(entry, i)->len;
    return bytes;
}

struct entry *entry_copy(const struct entry *entry)
{
    struct entry *copy = mem_alloc(entry_bytes(entry));
    char *to = (char *)(copy + 1);
    *copy = *entry;
    for (size_t i = 0; i < STRINGS; i++) {
        struct str *s = string(copy, i);
        if (s->ptr == NULL)
            continue;
        memcpy(to, s->ptr, s->len);
        *s = str_make(to, s->len);
        to += s->len;
    }
    return copy;
}
