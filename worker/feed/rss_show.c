#include "worker/feed/rss.h"

#include <jansson.h>
#include <stdlib.h>

static void put(json_t *object, const char *name, struct str value)
{
    if (value.ptr)
        json_object_set_new(object, name, json_stringn(value.ptr, value.len));
}

void rss_show(const struct rss_feed *feed, struct str url, struct buf *out)
{
    json_t *root = json_object(), *entries = json_array();
    put(root, "feed", url);
#define X(name) put(root, #name, feed->name);
    RSS_FEED_FIELDS(X)
#undef X
    json_object_set_new(root, "broken", json_boolean(feed->broken));
    for (uint32_t i = 0; i < feed->entries.count; i++) {
        const struct rss_entry *entry = &feed->entries.item[i];
        json_t *object = json_object();
#define X(name) put(object, #name, entry->name);
        RSS_ENTRY_FIELDS(X)
#undef X
        json_array_append_new(entries, object);
    }
    json_object_set_new(root, "entries", entries);
    char *line = json_dumps(root, JSON_COMPACT);
    buf_add_str(out, str_of(line));
    buf_add_char(out, '\n');
    free(line);
    json_decref(root);
}
