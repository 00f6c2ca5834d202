#include "worker/feed/rss.h"

#include <ctype.h>
#include <inttypes.h>

#define JSON_LOOK 64 /* white space before the first brace */

int rss_read(const struct rss_document *document, struct arena *arena,
             struct rss_feed *out, struct err *err)
{
    struct str s = document->bytes;
    *out = (struct rss_feed){0};
    if (str_starts(s, STR("\xEF\xBB\xBF")))
        s = str_from(s, 3);
    for (size_t i = 0; i < s.len && i < JSON_LOOK; i++) {
        if (s.ptr[i] == '{')
            return rss_read_json(document, arena, out, err);
        if (!isspace((unsigned char)s.ptr[i]))
            break;
    }
    return rss_read_xml(document, arena, out, err);
}

/* "LENGTH:bytes," or "-" for what is absent. */
static void pack(struct buf *out, struct str s)
{
    if (s.ptr == NULL) {
        buf_add_char(out, '-');
        return;
    }
    buf_printf(out, "%zu:", s.len);
    buf_add_str(out, s);
}

static int unpack(struct str *rest, struct str *out)
{
    struct str number;
    uint64_t len;
    *out = STR_NONE;
    if (rest->len && rest->ptr[0] == '-') {
        *rest = str_from(*rest, 1);
        return 0;
    }
    if (str_split(rest, ':', &number) != 1 || !str_to_u64(number, &len) ||
        len > rest->len)
        return ERR_FORMAT;
    *out = str_slice(*rest, 0, (size_t)len);
    *rest = str_from(*rest, (size_t)len);
    return 0;
}

void rss_pack(const struct rss_feed *feed, struct buf *out)
{
    buf_printf(out, "%d:%" PRIu32 ":", feed->broken, feed->entries.count);
#define X(name) pack(out, feed->name);
    RSS_FEED_FIELDS(X)
#undef X
    for (uint32_t i = 0; i < feed->entries.count; i++) {
        const struct rss_entry *entry = &feed->entries.item[i];
#define X(name) pack(out, entry->name);
        RSS_ENTRY_FIELDS(X)
#undef X
    }
}

int rss_unpack(struct str bytes, struct arena *arena, struct rss_feed *out,
               struct err *err)
{
    struct str rest = arena_str(arena, bytes), number;
    uint64_t broken, count;
    int rc = 0;
    *out = (struct rss_feed){0};
    if (str_split(&rest, ':', &number) != 1 || !str_to_u64(number, &broken) ||
        str_split(&rest, ':', &number) != 1 || !str_to_u64(number, &count) ||
        count > RSS_ENTRIES_MAX)
        return err_set(err, ERR_FORMAT, "what was read of the feed is damaged");
    out->broken = broken != 0;
#define X(name) rc = rc ? rc : unpack(&rest, &out->name);
    RSS_FEED_FIELDS(X)
#undef X
    for (uint64_t i = 0; rc == 0 && i < count; i++) {
        struct rss_entry entry;
#define X(name) rc = rc ? rc : unpack(&rest, &entry.name);
        RSS_ENTRY_FIELDS(X)
#undef X
        if (rc == 0)
            *ARENA_PUSH(arena, &out->entries) = entry;
    }
    if (rc == 0 && rest.len)
        rc = ERR_FORMAT;
    return rc == 0 ? 0 : err_set(err, rc, "what was read of the feed is damaged");
}
