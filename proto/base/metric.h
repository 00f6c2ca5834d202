#ifndef PROTO_BASE_METRIC_H
#define PROTO_BASE_METRIC_H

/* Counters and gauges of one module: a struct whose members are all `struct metric`,
 * listed once by an X macro:
 *     #define INGEST_METRICS(X) X(articles_stored, COUNTER, "articles made durable")
 *     struct ingest_metrics { METRIC_FIELDS(INGEST_METRICS) };
 *     struct ingest_metrics m = METRIC_INIT(INGEST_METRICS);
 * counted as m.articles_stored.value++, and printed as "name value" lines (admin `stats`) in table order. */

#include "proto/base/buf.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE };

struct metric {
    const char *name;
    enum metric_kind kind;
    const char *help;
    uint64_t value;
};

#define METRIC_FIELD_(n, k, h) struct metric n;
#define METRIC_INIT_(n, k, h)  .n = {#n, METRIC_##k, h, 0},
#define METRIC_FIELDS(LIST)    LIST(METRIC_FIELD_)
#define METRIC_INIT(LIST)      {LIST(METRIC_INIT_)}

/* One of the two below: how a module's metrics are told. */
typedef void metric_say(struct buf *out, const char *prefix, const void *metrics,
                        size_t size_bytes);

/* All members of a metrics struct of size_bytes, as "prefix_name value\n". */
void metric_print(struct buf *out, const char *prefix, const void *metrics,
                  size_t size_bytes);
/* The same as Prometheus reads it (text format 0.0.4): HELP, TYPE and value of
 * warta_<prefix>_<name>, counters with "_total" behind. */
void metric_expose(struct buf *out, const char *prefix, const void *metrics,
                   size_t size_bytes);

#endif
