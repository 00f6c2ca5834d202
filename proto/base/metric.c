#include "proto/base/metric.h"

#include <inttypes.h>

void metric_print(struct buf *out, const char *prefix, const void *metrics,
                  size_t size_bytes)
{
    const struct metric *metric = metrics;
    for (size_t i = 0; i < size_bytes / sizeof *metric; i++)
        buf_printf(out, "%s_%s %" PRIu64 "\n", prefix, metric[i].name, metric[i].value);
}
