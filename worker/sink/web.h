#ifndef WORKER_SINK_WEB_H
#define WORKER_SINK_WEB_H

/* What the two threads of `warta web` share, and what a request and its answer are.
 *
 *     main thread     follows the broker into the store (web_follow), asks it how it is
 *                     (web_line), and says when there are new rows
 *     HTTP thread     libmicrohttpd's own (web_http): answers from the store alone, through a
 *                     read-only handle of its own (web_api, web_stream)
 *
 * They meet in struct web, under its lock, which nobody holds across a system call. */

#include "proto/base/buf.h"
#include "proto/base/err.h"
#include "proto/base/metric.h"

#include <pthread.h>

#define WEB_METRICS(X)                                                                   \
    X(requests, COUNTER, "requests answered")                                            \
    X(errors, COUNTER, "of them, with a status of 400 and above")                        \
    X(refused_hosts, COUNTER, "of them, refused since Host is no name of ours")          \
    X(slow, COUNTER, "connections ended since they took too long")                       \
    X(interrupted, COUNTER, "questions to the store that took too long")                 \
    X(streams_begun, COUNTER, "event streams begun")                                     \
    X(streams, GAUGE, "event streams open now")                                          \
    X(stream_bytes, COUNTER, "bytes sent in event streams")                              \
    X(connections, GAUGE, "connections open now")                                        \
    X(follow_articles, COUNTER, "articles written to the store by this process")         \
    X(follow_facts, COUNTER, "facts written to the store by this process")               \
    X(follow_errors, COUNTER, "times the store could not be written")                    \
    X(store_position, GAUGE, "position of the last entry in the store")                  \
    X(store_lag, GAUGE, "entries of the broker's log that are not in the store yet")     \
    X(broker_up, GAUGE, "1: the broker answers")

struct web_metrics {
    METRIC_FIELDS(WEB_METRICS)
};

#define WEB_MINUTES 180 /* remembered, for the chart of what comes in */

struct web_minute {
    uint64_t minute; /* of Unix time */
    uint64_t articles, facts;
};

struct web {
    pthread_mutex_t lock;
    struct web_metrics metrics;
    struct web_minute minute[WEB_MINUTES]; /* at minute % WEB_MINUTES */
    struct buf line_json;    /* what the broker said last (web_line), or empty */
    struct buf line_metrics; /* likewise, as Prometheus has it */
    bool store_there;        /* the store can be read */
};

void web_init(struct web *web);
void web_fini(struct web *web);
/* Rows have come, up to `position`: counted in the minute of `wall_ms`. */
void web_count(struct web *web, uint64_t wall_ms, uint64_t articles, uint64_t facts);
void web_set_position(struct web *web, uint64_t position);
uint64_t web_position(struct web *web);
/* Everything as Prometheus reads it (text format 0.0.4). */
void web_expose(struct web *web, struct buf *out);

/* ---- a request, and its answer: nothing here knows HTTP's bytes ---- */

#define WEB_PARAMS      24
#define WEB_VALUE_BYTES 512

struct web_param {
    struct str name, value;
};

struct web_request {
    struct str path;
    struct web_param param[WEB_PARAMS];
    size_t params;
    struct str last_event_id; /* or absent */
};

struct web_answer {
    unsigned status;
    const char *type; /* static */
    const char *etag; /* static, or NULL: may change at any time */
    struct str fixed; /* borrowed for ever: the body; absent: `body` is */
    struct buf body;
    struct web_stream *stream; /* new; then there is no body */
};

#endif
