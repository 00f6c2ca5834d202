#include "proto/base/metric.h"

#include <inttypes.h>
#include <stdio.h>

void metric_print(struct buf *out, const char *prefix, const void *metrics,
                  size_t size_bytes)
{
    const struct metric *metric = metrics;
    for (size_t i = 0; i < size_bytes / sizeof *metric; i++)
        buf_printf(out, "%s_%s %" PRIu64 "\n", prefix, metric[i].name, metric[i].value);
}

void metric_expose(struct buf *out, const char *prefix, const void *metrics,
                   size_t size_bytes)
{
    const struct metric *metric = metrics;
    for (size_t i = 0; i < size_bytes / sizeof *metric; i++) {
        bool counts = metric[i].kind == METRIC_COUNTER;
        char name[128];
        snprintf(name, sizeof name, "warta_%s_%s%s", prefix, metric[i].name,
                 counts ? "_total" : "");
        buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", name,
                   metric[i].help, name, counts ? "counter" : "gauge", name,
                   metric[i].value);
    }
}
