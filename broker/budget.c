#include "broker/budget.h"

#include <sys/resource.h>

void budget_open(struct budget *budget, uint64_t limit_fds)
{
    struct rlimit limit;
    *budget = (struct budget){.metrics = METRIC_INIT(BUDGET_METRICS)};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit_fds)
        limit_fds = limit.rlim_cur;
    budget->metrics.limit_fds.value = limit_fds;
    budget->dir = opendir("/proc/self/fd");
}

void budget_close(struct budget *budget)
{
    if (budget->dir)
        closedir(budget->dir);
    budget->dir = NULL;
}

enum budget_change budget_judge(struct budget *budget, uint64_t open_fds)
{
    struct budget_metrics *metrics = &budget->metrics;
    uint64_t limit = metrics->limit_fds.value;
    metrics->open_fds.value = open_fds;
    if (!metrics->shut.value && open_fds + BUDGET_SPARE > limit) {
        metrics->shut.value = 1;
        metrics->shuts.value++;
        return BUDGET_SHUT;
    }
    if (metrics->shut.value && open_fds + 2 * BUDGET_SPARE < limit) {
        metrics->shut.value = 0;
        return BUDGET_OPEN;
    }
    return BUDGET_SAME;
}

enum budget_change budget_look(struct budget *budget, uint64_t now_ms)
{
    uint64_t entries = 0;
    if (budget->dir == NULL || now_ms < budget->due_ms)
        return BUDGET_SAME;
    rewinddir(budget->dir); /* the one descriptor this needs is open since the start */
    while (readdir(budget->dir))
        entries++;
    uint64_t open_fds = entries > 2 ? entries - 2 : 0; /* "." and ".." */
    bool calm = open_fds < budget->metrics.limit_fds.value / 2;
    budget->due_ms = now_ms + (calm ? BUDGET_LOOK_CALM_MS : BUDGET_LOOK_MS);
    return budget_judge(budget, open_fds);
}
