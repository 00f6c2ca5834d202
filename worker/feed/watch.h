#ifndef WORKER_FEED_WATCH_H
#define WORKER_FEED_WATCH_H

/* The feeds that are watched, and when each is asked.
 *
 *            due          answer read        all its entries answered for by the broker
 *     IDLE ------> ASKED ------------> HANDED ------------------------------------> IDLE
 *
 * A feed is HANDED to `take` with what was read of it, and comes back with watch_settled;
 * only then is it noted what its server said of it (rss_state.h). A server is asked by
 * `site_most` requests at a time, `site_delay_ms` apart or what its robots.txt says,
 * which is asked for first and once a day. Times are of the wall clock, in milliseconds.
 */

#include "proto/base/metric.h"
#include "worker/feed/fetch.h"
#include "worker/feed/jail.h"
#include "worker/feed/rss_state.h"
#include "worker/feed/schedule.h"

#define WATCH_FEEDS_MAX 100000
#define WATCH_MOVES_MAX 4 /* redirects in a row */

#define WATCH_METRICS(X)                                                                 \
    X(requests, COUNTER, "requests for feeds")                                           \
    X(read, COUNTER, "feeds read")                                                       \
    X(not_modified, COUNTER, "answers 304")                                              \
    X(moved, COUNTER, "redirects followed")                                              \
    X(gone, COUNTER, "answers 410")                                                      \
    X(told_wait, COUNTER, "answers 429 or 503 that say how long to wait")                \
    X(failed, COUNTER, "requests without a feed in the answer")                          \
    X(forbidden, COUNTER, "requests not made because of robots.txt")                     \
    X(robots, COUNTER, "requests for robots.txt")                                        \
    X(body_bytes, COUNTER, "bytes of bodies")
struct watch_metrics {
    METRIC_FIELDS(WATCH_METRICS)
};

struct watch;
struct watch_feed;

struct watch_options {
    struct schedule_rule rule;
    uint64_t site_delay_ms;
    uint64_t site_most, requests_most;
    const char *agent;
    bool robots;         /* heed robots.txt */
    bool once;           /* every feed once, now */
    struct fetch *fetch; /* borrowed, like jail and state */
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

/* Begin what is due. Returns when something is due next, UINT64_MAX: nothing is. */
uint64_t watch_begin(struct watch *watch, uint64_t now_ms);
/* Handle one answer: 1 there was one, 0 none now. Not while a feed is being taken. */
int watch_hear(struct watch *watch, uint64_t now_ms, struct err *err);
/* All entries of a feed that was taken are answered for, `found` of them new. */
int watch_settled(struct watch *watch, struct watch_feed *feed, uint64_t found,
                  uint64_t now_ms, struct err *err);

/* With `once`: every feed has been asked and is idle. */
bool watch_over(const struct watch *watch);
const char *watch_url(const struct watch_feed *feed); /* borrowed: as it was added */
const char *watch_at(const struct watch_feed *feed);  /* borrowed: where it is now */
struct watch_metrics *watch_metrics(struct watch *watch);
size_t watch_count(const struct watch *watch);

#endif
