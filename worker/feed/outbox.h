#ifndef WORKER_FEED_OUTBOX_H
#define WORKER_FEED_OUTBOX_H

/* From what was read of a feed to the broker and back: new and edited entries are put,
 * with their pages where these are wanted (entry.h), and noted as seen when the broker
 * has answered for them (rss_state.h). A page that cannot be had is done without.
 *
 * One feed or page at a time is put; several feeds may wait for answers. An entry that
 * waits for its page is kept here, up to OUTBOX_PAGES_MAX of them and OUTBOX_PAGES_BYTES,
 * OUTBOX_PAGES_OF_FEED of one feed; the rest is left to the next time the feed is read.
 */

#include "proto/client/put.h"
#include "worker/feed/entry.h"
#include "worker/feed/page.h"
#include "worker/feed/watch.h"

#define OUTBOX_PAGES_MAX     10000
#define OUTBOX_PAGES_OF_FEED 200
#define OUTBOX_PAGES_BYTES   ((size_t)64 * 1024 * 1024)

#define OUTBOX_METRICS(X)                                                                \
    X(entries, COUNTER, "entries of feeds looked at")                                    \
    X(empty, COUNTER, "entries without text whose page could not be had")                \
    X(new_entries, COUNTER, "entries not seen before")                                   \
    X(edited, COUNTER, "entries sent again with other content")                          \
    X(stored, COUNTER, "articles stored")                                                \
    X(duplicate, COUNTER, "articles the broker had already")                             \
    X(rejected, COUNTER, "articles the broker rejected")
struct outbox_metrics {
    METRIC_FIELDS(OUTBOX_METRICS)
};

struct outbox;

struct outbox_options {
    struct rss_state *state; /* borrowed */
    struct arena *arena;     /* of what watch reads */
    uint64_t revisions_most; /* of one entry; 0: edited entries are not sent again */
    enum entry_pages pages;
    /* For people: an article that was rejected, an entry of which there is nothing. */
    void (*tell)(void *context, const char *url, const struct err *why);
    void *context;
};

struct outbox *outbox_new(const struct outbox_options *options);
void outbox_free(struct outbox **outbox);
/* All are kept; before anything else. */
void outbox_connect(struct outbox *outbox, struct watch *watch, struct pages *pages,
                    struct put *put);

/* What watch_options.take is to do; pages_options.found; put_options.settled. */
void outbox_take(struct outbox *outbox, struct watch_feed *feed,
                 const struct rss_feed *read);
void outbox_found(void *outbox, uint64_t token, const struct page_found *found);
void outbox_settle(void *outbox, uint64_t token, const struct message_result *result);

/* Put as much of the feed or page that came as the window allows. 1 there is more, 0 all
 * of it is under way or settled: the next may come. */
int outbox_push(struct outbox *outbox, uint64_t now_ms, struct err *err);
/* Feeds whose entries are all answered for go back to the watch. */
int outbox_return(struct outbox *outbox, uint64_t now_ms, struct err *err);
/* Articles that were put and are without an answer. */
size_t outbox_waiting(const struct outbox *outbox);
struct outbox_metrics *outbox_metrics(struct outbox *outbox);

#endif
