#ifndef BROKER_RETAIN_H
#define BROKER_RETAIN_H

/* Retention: what is older than an age goes, and the oldest goes while the journal is
 * larger than a size. Never: articles that are unread and dead letters. Not silently:
 * facts that a named consumer (one that has confirmed a position) has not read. They are
 * held, and a warning names the consumer; or, where the policy is to drop them or the
 * journal is about to be full all the same, they are dropped, and a warning names the
 * consumer and the positions it will never see. It learns of them itself by GAP.
 *
 * Age is measured by the wall clock that stamps entries, as far as it keeps step with the
 * monotonic one: a clock that jumps ahead ages nothing. */

#include "broker/journal.h"
#include "proto/base/metric.h"
#include "proto/wire/limits.h"

struct retain_limits {
    uint64_t age_ms;     /* 0: for ever */
    uint64_t bytes;      /* 0: as much as there is room for */
    uint64_t most_bytes; /* beyond it unread facts are not held; 0: 9/10 of the map */
    bool drop_unread;
};

#define RETAIN_METRICS(X)                                                                \
    X(trimmed_articles, COUNTER, "articles whose time was over")                         \
    X(trimmed_facts, COUNTER, "entries of facts whose time was over")                    \
    X(held, GAUGE, "entries kept only since a named consumer has not read them")         \
    X(unread_dropped, COUNTER, "entries dropped that a named consumer had not read")     \
    X(consumers, GAUGE, "named consumers")

struct retain_metrics {
    METRIC_FIELDS(RETAIN_METRICS)
};

struct retain;

/* Borrows journal. */
struct retain *retain_new(struct journal *journal, const struct retain_limits *limits);
void retain_free(struct retain **retain);
void retain_set_limits(struct retain *retain, const struct retain_limits *limits);

/* Do what is due, a bounded part of it. stats: of now. True: the journal has changed. */
bool retain_turn(struct retain *retain, const struct journal_stats *stats,
                 uint64_t now_ms);

/* The named consumer that has read least. */
struct laggard {
    char name[LIMIT_ID_BYTES + 1];
    uint64_t position; /* UINT64_MAX: there is no named consumer */
    uint64_t count;    /* of named consumers */
};
int retain_laggard(struct journal *journal, struct laggard *out, struct err *err);

struct retain_metrics *retain_metrics(struct retain *retain); /* borrowed */

#endif
