#include "worker/sink/web.h"

#include "proto/base/mem.h"

#include <inttypes.h>

void web_init(struct web *web)
{
    *web = (struct web){.metrics = METRIC_INIT(WEB_METRICS)};
    pthread_mutex_init(&web->lock, NULL);
}

void web_fini(struct web *web)
{
    buf_fini(&web->line_json);
    buf_fini(&web->line_metrics);
    pthread_mutex_destroy(&web->lock);
}

void web_count(struct web *web, uint64_t wall_ms, uint64_t articles, uint64_t facts)
{
    uint64_t minute = wall_ms / 60000;
    pthread_mutex_lock(&web->lock);
    struct web_minute *slot = &web->minute[minute % WEB_MINUTES];
    if (slot->minute != minute)
        *slot = (struct web_minute){.minute = minute};
    slot->articles += articles;
    slot->facts += facts;
    pthread_mutex_unlock(&web->lock);
}

void web_set_position(struct web *web, uint64_t position)
{
    pthread_mutex_lock(&web->lock);
    web->metrics.store_position.value = position;
    pthread_mutex_unlock(&web->lock);
}

uint64_t web_position(struct web *web)
{
    pthread_mutex_lock(&web->lock);
    uint64_t position = web->metrics.store_position.value;
    pthread_mutex_unlock(&web->lock);
    return position;
}

void web_expose(struct web *web, struct buf *out)
{
    pthread_mutex_lock(&web->lock);
    metric_expose(out, "web", &web->metrics, sizeof web->metrics);
    buf_add_str(out, buf_str(&web->line_metrics));
    pthread_mutex_unlock(&web->lock);
}
