/* A Content-Type, an address and a document, in parts: a feed that is read is UTF-8, its
 * dates are dates, it is handed from process to process whole, and is shown as JSON. Then
 * the document as what one process hands to another. */
#include "tests/fuzz/fuzz.h"

#include "proto/base/utf8.h"
#include "worker/text/pubdate.h"
#include "worker/feed/rss.h"

#include <jansson.h>

#define ARENA_BYTES ((size_t)128 << 20)

static void check(struct str field)
{
    fuzz_require(field.len == 0 || utf8_bad_at(field) == field.len);
}

static void check_date(struct str field)
{
    char out[32];
    if (field.ptr)
        fuzz_require(pubdate_read(field, out) && str_is(field, out));
}

static void check_feed(const struct rss_feed *feed)
{
#define X(name) check(feed->name);
    RSS_FEED_FIELDS(X)
#undef X
    fuzz_require(feed->entries.count <= RSS_ENTRIES_MAX);
    for (uint32_t i = 0; i < feed->entries.count; i++) {
        const struct rss_entry *entry = &feed->entries.item[i];
#define X(name) check(entry->name);
        RSS_ENTRY_FIELDS(X)
#undef X
        check_date(entry->published);
        check_date(entry->updated);
    }
}

static void check_pack(const struct rss_feed *feed, struct arena *arena)
{
    struct rss_feed other;
    struct buf packed = {0}, again = {0};
    rss_pack(feed, &packed);
    fuzz_require(rss_unpack(buf_str(&packed), arena, &other, NULL) == 0);
    rss_pack(&other, &again);
    fuzz_require(str_eq(buf_str(&packed), buf_str(&again)));
    buf_fini(&packed);
    buf_fini(&again);
}

static void check_show(const struct rss_feed *feed)
{
    struct buf out = {0};
    rss_show(feed, STR("https://contoh.id/feed"), &out);
    json_t *json = json_loadb(out.ptr, out.len, JSON_ALLOW_NUL, NULL);
    fuzz_require(json_is_object(json));
    json_decref(json);
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct str rest = str_make((const char *)bytes, len);
    struct rss_document document;
    struct rss_feed feed;
    struct arena arena;
    struct err err = {0};
    document.type = fuzz_part(&rest);
    document.url = fuzz_part(&rest);
    document.bytes = rest;
    if (rest.ptr == NULL || utf8_bad_at(document.url) < document.url.len)
        return 0; /* an address is who fetches' own */
    arena_init(&arena, ARENA_BYTES);
    int rc = rss_read(&document, &arena, &feed, &err);
    if (rc == 0) {
        check_feed(&feed);
        check_pack(&feed, &arena);
        check_show(&feed);
    } else {
        fuzz_check_err(rc, &err);
    }
    rc = rss_unpack(rest, &arena, &feed, &err);
    if (rc == 0)
        check_pack(&feed, &arena);
    else
        fuzz_check_err(rc, &err);
    arena_fini(&arena);
    return 0;
}
