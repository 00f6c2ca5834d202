#ifndef WORKER_FEED_WATCH_H
#define WORKER_FEED_WATCH_H

/* The feeds that are watched, and when each is asked.
 *
 *            due          answer read        all its entries answered for by the broker
 *     IDLE ------> ASKED ------------> HANDED ------------------------------------> IDLE
 *
 * A feed is HANDED to `take` with what was read of it, and comes back with watch_settled;
 * only then is it noted what its server said of it (rss_state.h). How it is asked for is
 * visit.h's business.
 *
 * An index of sitemaps is a feed whose entries are feeds: the WATCH_PARTS_MAX that
 * changed last, unless that was longer than sitemap_age_ms ago, are watched like any
 * other, until the index names them no more; indexes within indexes to WATCH_DEPTH_MAX.
 * Of a sitemap the entries of that age count. What has no date counts as new. */

#include "worker/feed/jail.h"
#include "worker/feed/rss_state.h"
#include "worker/feed/schedule.h"
#include "worker/feed/visit.h"

#define WATCH_FEEDS_MAX 100000
#define WATCH_PARTS_MAX 50
#define WATCH_DEPTH_MAX 2

#define WATCH_METRICS(X)                                                                 \
    X(read, COUNTER, "feeds read")                                                       \
    X(not_modified, COUNTER, "answers 304")                                              \
    X(gone, COUNTER, "answers 410")                                                      \
    X(failed, COUNTER, "requests without a feed in the answer")                          \
    X(parts, COUNTER, "sitemaps found in indexes")                                       \
    X(too_old, COUNTER, "entries of sitemaps passed over for their age")
struct watch_metrics {
    METRIC_FIELDS(WATCH_METRICS)
};

struct watch;
struct watch_feed;

struct watch_options {
    struct schedule_rule rule;
    uint64_t sitemap_age_ms; /* 0: any */
    bool once;               /* every feed once, now */
    struct visits *visits;   /* borrowed, like jail and state */
    struct jail *jail;
    struct rss_state *state;
    /* A feed with entries, in arena, which is whole until it is settled. */
    void (*take)(void *context, struct watch_feed *feed, const struct rss_feed *read);
    /* A feed of which nothing came: for people. */
    void (*tell)(void *context, const char *url, const struct err *why);
    struct arena *arena;
    void *context;
};

struct watch *watch_new(const struct watch_options *options);
void watch_free(struct watch **watch);

/* A feed to watch; the second of the same address is passed over. ERR_FORMAT: no web
 * address; ERR_LIMIT; what rss_state_find says. */
int watch_add(struct watch *watch, const char *url, uint64_t now_ms, struct err *err);
/* The sitemaps that the feeds added were known to name in the last run. */
int watch_add_parts(struct watch *watch, uint64_t now_ms, struct err *err);

/* All entries of a feed that was taken are answered for, `found` of them new. whole:
 * nothing of it was left for the next time. */
int watch_settled(struct watch *watch, struct watch_feed *feed, uint64_t found,
                  bool whole, uint64_t now_ms, struct err *err);

/* With `once`: every feed has been asked and is idle. */
bool watch_over(const struct watch *watch);
const char *watch_url(const struct watch_feed *feed); /* borrowed: as it was added */
const char *watch_at(const struct watch_feed *feed);  /* borrowed: where it is now */
struct watch_metrics *watch_metrics(struct watch *watch);
size_t watch_count(const struct watch *watch);

#endif
