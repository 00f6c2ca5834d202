#ifndef BROKER_PUBLIC_H
#define BROKER_PUBLIC_H

/* The public stream: records by topic, for those who do not mind a gap (proto/tail.txt).
 *
 * XPUB tells the first subscription to a topic and the end of the last one (the default,
 * not ZMQ_XPUB_VERBOSE), also when a subscriber's connection breaks; so the set of topics
 * is known, and while it is empty nothing is built. No socket here. */

#include "broker/journal.h"
#include "proto/base/buf.h"
#include "proto/base/metric.h"
#include "proto/wire/frame.h"

#define PUBLIC_METRICS(X)                                                                \
    X(topics, GAUGE, "topics somebody subscribes to")                                    \
    X(records, COUNTER, "records published")                                             \
    X(flooded, COUNTER, "times somebody subscribed to more topics than are kept")        \
    X(dropped, COUNTER, "records that could not be sent")                                \
    X(skipped, COUNTER, "entries nobody was there for, or passed over to keep up")

/* There are fewer languages, kinds and countries to be combined than this in earnest. */
#define PUBLIC_TOPICS_EACH 1024
#define PUBLIC_TOPICS      16384
/* A longer topic can match nothing: fact.<language>.<kind>.<country>. The rest of a frame
 * is what a handshake takes. */
#define PUBLIC_FRAME_BYTES 512

struct public_metrics {
    METRIC_FIELDS(PUBLIC_METRICS)
};

typedef int public_send(void *context, struct frames *message);

struct public;

struct public *public_new(void);
void public_free(struct public **public);
/* Nobody subscribes to anything any more. */
void public_forget(struct public *public);
/* A frame read from the XPUB socket; user: whose key said so, or {NULL, 0}. false: it has
 * more topics than PUBLIC_TOPICS_EACH, or all together have more than PUBLIC_TOPICS. The
 * socket keeps them whatever is done here: only closing it lets go of them. */
bool public_heard(struct public *public, struct str user, struct str frame);
/* Publish what became durable since the last call; entries up to `last`, from behind
 * `last` of the first call. At most a bounded number of entries a call: true, there is
 * more. */
bool public_publish(struct public *public, struct journal *journal, uint64_t last,
                    public_send *send, void *context);
struct public_metrics *public_metrics(struct public *public); /* borrowed */

#endif
