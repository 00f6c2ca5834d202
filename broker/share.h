#ifndef BROKER_SHARE_H
#define BROKER_SHARE_H

/* Whose article is next: fair shares between feeds, and lanes.
 *
 * A feed is who puts articles: the name of its key, or what it calls itself where nobody
 * is asked for keys. Its unread articles wait in one queue for each lane. Lanes take
 * turns by weight (live 8, backfill 1), feeds within a lane by equal shares, both by
 * deficit round robin (M. Shreedhar and G. Varghese, Efficient Fair Queueing using
 * Deficit Round Robin, 1995; with the charge after service, since the size is known only
 * then). An article costs its bytes and SHARE_COST_BYTES; a visit is worth
 * SHARE_QUANTUM_BYTES. So an article of a feed that has nothing else waiting is behind at
 * most SHARE_VISIT articles of each other feed of its lane, and behind one visit of each
 * lower lane for every eight of its own; no lane and no feed waits for ever.
 *
 * Within a feed and lane the order is that of seq, save that what came back goes first.
 * A paused feed keeps what it has, and is passed over.
 *
 * Only sequence numbers are kept here, 8 bytes for each unread article, of which the
 * settings allow queue-articles; the journal keeps the rest, and after a restart or a
 * failure gives them all again. Pure: no journal, no clock. */

#include "broker/note.h"
#include "proto/base/metric.h"

#include <stdbool.h>
#include <stdint.h>

#define SHARE_COST_BYTES    1024
#define SHARE_QUANTUM_BYTES 4096
#define SHARE_VISIT         (SHARE_QUANTUM_BYTES / SHARE_COST_BYTES)
/* Feeds that have something waiting, or are paused, at one time. */
#define SHARE_FEEDS 1024
#define SHARE_NONE  UINT32_MAX
#define SHARE_REST  0 /* the feed of those who are nobody in particular: always there */
/* A feed may have so many times as much waiting in a lane as there is room left in the
 * queue: one alone fills three quarters of it, and whoever comes always finds some (A.
 * K. Choudhury and E. L. Hahne, Dynamic Queue Length Thresholds, 1998). */
#define SHARE_ROOM 3

#define SHARE_METRICS(X)                                                                 \
    X(known, GAUGE, "feeds known now")                                                   \
    X(paused, GAUGE, "feeds that are paused")                                            \
    X(waiting, GAUGE, "articles that wait for a worker")                                 \
    X(held, GAUGE, "of them, articles of paused feeds")                                  \
    X(live, COUNTER, "articles given out of the live lane")                              \
    X(backfill, COUNTER, "articles given out of the backfill lane")                      \
    X(crowded, COUNTER, "articles sent away since their feed had its part waiting")

struct share_metrics {
    METRIC_FIELDS(SHARE_METRICS)
};

struct share_feed {
    struct str name; /* owned; ptr NULL: no feed in this slot */
    bool paused;
    uint64_t waiting[NOTE_LANE_COUNT];
    uint64_t given; /* since this broker began to know it */
};

struct share_pick {
    uint64_t seq;
    uint32_t feed;
    enum note_lane lane;
};

struct share;

struct share *share_new(void);
void share_free(struct share **share);

/* The feed of this name, known from now on; SHARE_NONE when there is no room for another.
 * Feeds with nothing waiting make room. */
uint32_t share_feed(struct share *share, struct str name);
const struct share_feed *share_at(const struct share *share, uint32_t feed); /* or NULL */

/* May it have one more article in this lane, where the queue has room for so many? */
bool share_admits(struct share *share, uint32_t feed, enum note_lane lane, uint64_t room);
/* In all lanes, those that are expected too. */
uint64_t share_waiting(const struct share *share, uint32_t feed);
/* It was appended, and will be put when the journal gives it. */
void share_expect(struct share *share, uint32_t feed, enum note_lane lane);
void share_put(struct share *share, uint32_t feed, enum note_lane lane, uint64_t seq);
/* All that was expected has been put. */
void share_settled(struct share *share);

/* Who is next: 1, or 0 none. It is charged before the next call, unless it cost nothing.
 */
int share_next(struct share *share, struct share_pick *out);
void share_charge(struct share *share, const struct share_pick *pick, uint64_t bytes);

/* This feed keeps its slot though nothing of it waits, since a pick of it is neither
 * charged nor put back yet; one at a time, SHARE_NONE: none. */
void share_pin(struct share *share, uint32_t feed);

void share_pause(struct share *share, uint32_t feed, bool paused);
/* Nothing waits any more: the journal will give it anew. Pauses stay. */
void share_clear(struct share *share);

struct share_metrics *share_metrics(struct share *share); /* borrowed */

#endif
