#ifndef WORKER_FEED_OUTBOX_H
#define WORKER_FEED_OUTBOX_H

/* From what was read of a feed to the broker and back: new and edited entries are put,
 * and noted as seen when the broker has answered for them (rss_state.h). One feed at a
 * time is put; several may wait for answers. */

#include "proto/client/put.h"
#include "worker/feed/watch.h"

#define OUTBOX_METRICS(X)                                                                \
    X(entries, COUNTER, "entries of feeds looked at")                                    \
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
    /* For people: an article that was rejected. */
    void (*tell)(void *context, const char *url, const struct err *why);
    void *context;
};

struct outbox *outbox_new(const struct outbox_options *options);
void outbox_free(struct outbox **outbox);
/* Both are kept; before anything else. */
void outbox_connect(struct outbox *outbox, struct watch *watch, struct put *put);

/* What watch_options.take is to do; put_options.settled. */
void outbox_take(struct outbox *outbox, struct watch_feed *feed,
                 const struct rss_feed *read);
void outbox_settle(void *outbox, uint64_t token, const struct message_result *result);

/* Put as much of the feed that was taken as the window allows. 1 there is more, 0 all of
 * it is under way or settled. */
int outbox_push(struct outbox *outbox, uint64_t now_ms, struct err *err);
/* Feeds whose entries are all answered for go back to the watch. */
int outbox_return(struct outbox *outbox, uint64_t now_ms, struct err *err);
size_t outbox_waiting(const struct outbox *outbox); /* articles without an answer */
struct outbox_metrics *outbox_metrics(struct outbox *outbox);

#endif
