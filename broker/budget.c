#include "broker/budget.h"

#include <linux/filter.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

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

static bool is_listening(int fd)
{
    int listens = 0, domain = 0;
    socklen_t size = sizeof listens;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 || !listens)
        return false;
    size = sizeof domain;
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
           (domain == AF_INET || domain == AF_INET6);
}

/* Every listening socket of this process is the broker's. */
static void filter(struct budget *budget, bool shut)
{
    struct sock_filter nothing = {BPF_RET | BPF_K, 0, 0, 0};
    const struct sock_fprog program = {1, &nothing};
    const struct dirent *entry;
    int unused = 0;
    rewinddir(budget->dir);
    while ((entry = readdir(budget->dir))) {
        int fd = atoi(entry->d_name);
        if (entry->d_name[0] == '.' || !is_listening(fd))
            continue;
        if (shut)
            setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
        else
            setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);
    }
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
    budget->due_ms = now_ms + BUDGET_LOOK_MS;
    enum budget_change change = budget_judge(budget, open_fds);
    if (change != BUDGET_SAME)
        filter(budget, change == BUDGET_SHUT);
    return change;
}
