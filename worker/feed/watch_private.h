#ifndef WORKER_FEED_WATCH_PRIVATE_H
#define WORKER_FEED_WATCH_PRIVATE_H

/* What watch.c (feeds) and watch_part.c (sitemaps of an index) share. */

#include "proto/base/map.h"
#include "worker/feed/watch.h"

struct watch_feed {
    struct visit visit;
    struct watch *watch;
    char *url;
    bool handed;
    unsigned depth; /* 0: somebody asked for it; else one more than that of its index */
    bool dropped;   /* its index does not name it any more */
    uint64_t seen;  /* count of readings of its index when it was in it last */
    uint64_t readings;
    struct rss_record record;
    struct schedule schedule;
    struct buf etag, modified; /* of the answer, until its entries are settled */
    uint64_t wait_ms;
};

struct watch {
    struct watch_options options;
    struct map *feeds; /* address -> place */
    struct watch_feed **feed;
    size_t count, cap;
    size_t handed;
    struct random random;
    struct watch_metrics metrics;
};

/* Sets *feed_out to the feed of that address, new or not; of a part, index is where it
 * was named. Otherwise like watch_add. */
int watch_put(struct watch *watch, struct str url, struct watch_feed *index,
              uint64_t now_ms, struct watch_feed **feed_out, struct err *err);
/* One that was dropped is watched again. */
void watch_take_back(struct watch *watch, struct watch_feed *feed, uint64_t now_ms);
/* Watch what an index that was just read names, and nothing else of before. */
int watch_parts(struct watch *watch, struct watch_feed *index,
                const struct rss_feed *read, uint64_t now_ms, struct err *err);
/* Leave out of a sitemap what is too old. */
void watch_pass_over(struct watch *watch, struct rss_feed *read, uint64_t now_ms);

#endif
