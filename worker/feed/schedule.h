#ifndef WORKER_FEED_SCHEDULE_H
#define WORKER_FEED_SCHEDULE_H

/* When a feed is asked again. Decides only: no clock, no network.
 *
 * The time between two requests follows the feed: shorter after something new, longer
 * after nothing, between `least` and `most`. What the server asks for (max-age, Expires,
 * Retry-After) is kept, up to a day. Errors double the time. Some per cent of it are left
 * to chance, so that feeds do not march in step. */

#include "proto/base/random.h"

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_ASKED_MOST_MS ((uint64_t)24 * 3600 * 1000)
#define SCHEDULE_JITTER        10 /* per cent, to either side */

struct schedule_rule {
    uint64_t least_ms, first_ms, most_ms;
};

enum schedule_outcome {
    OUTCOME_NEW,       /* entries that were not there before */
    OUTCOME_SAME,      /* nothing new, or 304 */
    OUTCOME_ERROR,     /* no answer, a broken one, 4xx or 5xx */
    OUTCOME_TOLD_WAIT, /* 429 or 503 with Retry-After */
};

struct schedule {
    uint64_t interval_ms; /* 0: never asked yet */
    uint32_t errors;      /* in a row */
};

/* Milliseconds until the next request. asked_ms: what the server asks to wait, 0: it does
 * not say. */
uint64_t schedule_next(const struct schedule_rule *rule, struct schedule *schedule,
                       enum schedule_outcome outcome, uint64_t asked_ms,
                       struct random *random);

#endif
