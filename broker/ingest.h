#ifndef BROKER_INGEST_H
#define BROKER_INGEST_H

/* First stage: articles come in. Each is checked, held against the limits of the queue,
 * identified, and appended; the PUT it came with is answered once every one of its
 * articles is decided, which for those that were appended is when the journal settled
 * them (proto/feed.txt).
 *
 * No socket and no clock. Bytes are stored as they came, save where the id is made here.
 */

#include "broker/journal.h"
#include "broker/peers.h"
#include "broker/share.h"
#include "proto/base/metric.h"
#include "proto/wire/frame.h"

struct ingest_limits {
    uint64_t queue_articles, queue_bytes;
};

#define INGEST_METRICS(X)                                                                \
    X(puts, COUNTER, "PUT messages read")                                                \
    X(stored, COUNTER, "articles made durable")                                          \
    X(duplicate, COUNTER, "articles that were there already")                            \
    X(rejected, COUNTER, "articles refused for what they are")                           \
    X(busy, COUNTER, "articles sent away for now")                                       \
    X(limited, COUNTER, "of them, for the limits of their key")                          \
    X(malformed, COUNTER, "messages that could not be read as a whole")                  \
    X(queued_bytes, GAUGE, "bytes of unread articles")

struct ingest_metrics {
    METRIC_FIELDS(INGEST_METRICS)
};

struct ingest;

/* Whose articles these are. */
struct ingest_from {
    uint32_t feed; /* in the shares; SHARE_NONE: there is no room for another feed */
    struct str name;
    enum note_lane lane;
    uint64_t over, over_ms; /* so many, the last, must come back in over_ms: the rate */
    uint64_t waiting;       /* of the feed's articles so many may wait; 0: any number */
};

/* Borrows journal and shares. */
struct ingest *ingest_new(struct journal *journal, struct share *share,
                          const struct ingest_limits *limits);
void ingest_free(struct ingest **ingest);
void ingest_set_limits(struct ingest *ingest, const struct ingest_limits *limits);
/* While closed every article is sent away: the broker is about to end. */
void ingest_close(struct ingest *ingest);

/* Once a turn, when everything has settled: how much work the journal holds. */
void ingest_queue(struct ingest *ingest, uint64_t unfinished, uint64_t unfinished_bytes);

/* A message from a feeder: routing id, PUT, tag, article+; or routing id, OFFER, tag,
 * head (which `from` is made of), article+. Negative: answer with ERROR; nothing of it
 * was taken. *appended_out counts what waits for the journal. */
int ingest_put(struct ingest *ingest, const struct frames *message,
               const struct ingest_from *from, uint32_t *appended_out, struct err *err);
/* The journal settled a ticket of the articles' stream; cause: why, where it failed. */
void ingest_settled(struct ingest *ingest, const struct journal_outcome *outcome,
                    const struct err *cause);
/* Next PUT that is decided: builds the ACK with its routing id in *out, and counts it for
 * its feeder if that one is still known. 1, or 0 none. */
int ingest_answer(struct ingest *ingest, const struct peers *feeders, struct frames *out);

struct ingest_metrics *ingest_metrics(struct ingest *ingest); /* borrowed */

#endif
