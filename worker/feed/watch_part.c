#include "worker/feed/watch_private.h"

#include "worker/feed/link.h"
#include "worker/text/pubdate.h"

#include <stdlib.h>

struct part { /* of an index */
    struct str url;
    int64_t changed_s; /* INT64_MAX: it does not say */
    uint32_t place;
};

static int64_t age_limit(const struct watch *w, uint64_t now_ms)
{
    uint64_t age = w->options.sitemap_age_ms;
    return age && age < now_ms ? (int64_t)((now_ms - age) / 1000) : INT64_MIN;
}

/* INT64_MAX: undated. */
static int64_t date_of(const struct rss_entry *entry)
{
    int64_t published, updated;
    bool one = pubdate_seconds(entry->published, &published);
    bool two = pubdate_seconds(entry->updated, &updated);
    if (one && two)
        return published > updated ? published : updated;
    return one ? published : two ? updated : INT64_MAX;
}

void watch_pass_over(struct watch *w, struct rss_feed *read, uint64_t now_ms)
{
    int64_t limit = age_limit(w, now_ms);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < read->entries.count; i++)
        if (date_of(&read->entries.item[i]) >= limit)
            read->entries.item[kept++] = read->entries.item[i];
    w->metrics.too_old.value += read->entries.count - kept;
    read->entries.count = kept;
}

/* The one that changed last first; what does not say behind those that do. */
static int by_change(const void *left, const void *right)
{
    const struct part *a = left, *b = right;
    int64_t x = a->changed_s == INT64_MAX ? INT64_MIN : a->changed_s;
    int64_t y = b->changed_s == INT64_MAX ? INT64_MIN : b->changed_s;
    return x != y ? (x < y) - (x > y) : (a->place > b->place) - (a->place < b->place);
}

static uint32_t choose(struct watch *w, const struct rss_feed *read, uint64_t now_ms,
                       struct part *out)
{
    int64_t limit = age_limit(w, now_ms);
    uint32_t count = 0;
    for (uint32_t i = 0; i < read->entries.count; i++) {
        const struct rss_entry *entry = &read->entries.item[i];
        struct part part = {entry->url, date_of(entry), i};
        if (part.changed_s >= limit && link_is_web(part.url))
            out[count++] = part;
    }
    if (count)
        qsort(out, count, sizeof *out, by_change);
    return count < WATCH_PARTS_MAX ? count : WATCH_PARTS_MAX;
}

static int add_part(struct watch *w, struct watch_feed *index, struct str url,
                    uint64_t now_ms, struct err *err)
{
    struct watch_feed *feed = NULL;
    struct buf canonical = {0};
    size_t before = w->count;
    link_canonical(url, &canonical);
    int rc = watch_put(w, buf_str(&canonical), index, now_ms, &feed, err);
    buf_fini(&canonical);
    if (rc < 0)
        return rc;
    if (str_is(buf_str(&feed->record.index), index->url))
        feed->seen = index->readings;
    if (feed->dropped)
        watch_take_back(w, feed, now_ms);
    w->metrics.parts.value += w->count > before;
    return rc;
}

/* What is under way is dropped when it comes back; what waits, now. */
static int drop(struct watch *w, struct watch_feed *feed, struct err *err)
{
    feed->dropped = true;
    if (feed->handed || !visits_cancel(w->options.visits, &feed->visit))
        return 0;
    return rss_state_drop(w->options.state, feed->url, err);
}

int watch_parts(struct watch *w, struct watch_feed *index, const struct rss_feed *read,
                uint64_t now_ms, struct err *err)
{
    int rc = 0;
    if (index->depth >= WATCH_DEPTH_MAX)
        return 0;
    struct part *part =
        arena_alloc(w->options.arena, (read->entries.count + 1) * sizeof *part);
    uint32_t count = choose(w, read, now_ms, part);
    index->readings++;
    for (uint32_t i = 0; rc >= 0 && i < count; i++)
        rc = add_part(w, index, part[i].url, now_ms, err);
    for (size_t i = 0; rc >= 0 && i < w->count; i++) {
        struct watch_feed *feed = w->feed[i];
        if (feed->depth && !feed->dropped && feed->seen != index->readings &&
            str_is(buf_str(&feed->record.index), index->url))
            rc = drop(w, feed, err);
    }
    return rc;
}

struct adopting {
    struct watch *watch;
    uint64_t now_ms;
    struct err *err;
    size_t added;
};

static int adopt(void *context, const char *url, const struct rss_record *record)
{
    struct adopting *a = context;
    struct watch *w = a->watch;
    struct watch_feed *feed;
    uint64_t at;
    if (record->index.len == 0 || map_get(w->feeds, str_of(url), NULL) ||
        !map_get(w->feeds, buf_str(&record->index), &at) ||
        w->feed[at]->depth >= WATCH_DEPTH_MAX)
        return 0;
    a->added++;
    return watch_put(w, str_of(url), w->feed[at], a->now_ms, &feed, a->err);
}

int watch_add_parts(struct watch *w, uint64_t now_ms, struct err *err)
{
    struct adopting adopting = {w, now_ms, err, 1};
    int rc = 0;
    err->code = 0;
    while (rc == 0 && err->code == 0 && adopting.added) { /* one level after the other */
        adopting.added = 0;
        rc = rss_state_each(w->options.state, adopt, &adopting, err);
    }
    return rc < 0 ? rc : err->code;
}
