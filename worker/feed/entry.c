#include "worker/feed/entry.h"

#include "proto/base/hash.h"
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

bool entry_make(const struct rss_feed *feed, const struct rss_entry *entry,
                const struct map *repeated, const char *at, struct arena *arena,
                struct entry *out)
{
    struct article *a = &out->article;
    struct buf url = {0};
    char first[17], second[17];
    *out = (struct entry){0};
    a->text = entry->content.len > entry->summary.len ? entry->content : entry->summary;
    if (a->text.len == 0)
        a->text = entry->title;
    a->text = cut(a->text, LIMIT_TEXT_BYTES);
    a->title = cut(entry->title, LIMIT_FIELD_BYTES);
    if (a->text.len == 0)
        return false;
    if (link_is_web(entry->url))
        link_canonical(entry->url, &url);
    if (url.len && url.len <= LIMIT_FIELD_BYTES)
        a->url = arena_str(arena, buf_str(&url));
    buf_fini(&url);
    a->source = link_outlet(a->url.len ? a->url : str_of(at));
    a->published = entry->published.len ? entry->published : entry->updated;
    a->language = language_of(entry->language.len ? entry->language : feed->language);
    a->author = cut(entry->author, LIMIT_FIELD_BYTES);
    out->who = who(entry, a->url, a->source, map_get(repeated, entry->id, NULL));
    out->says = says(a->title, a->text);
    hash_hex(out->who, first);
    hash_hex(out->says, second);
    a->id = arena_printf(arena, "r-%s.%s", first, second);
    return true;
}
