#include "broker/budget.h"

#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ASIDE ".shut"

void budget_open(struct budget *budget, uint64_t limit_fds)
{
    struct rlimit limit;
    *budget = (struct budget){.metrics = METRIC_INIT(BUDGET_METRICS)};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit_fds)
        limit_fds = limit.rlim_cur;
    budget->metrics.limit_fds.value = limit_fds;
    budget->dir = opendir("/proc/self/fd");
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

/* Of a socket that listens; AF_UNSPEC: it is none. */
static int domain_of(int fd)
{
    int listens = 0, domain = AF_UNSPEC;
    socklen_t size = sizeof listens;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 || !listens)
        return AF_UNSPEC;
    size = sizeof domain;
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 ? domain
                                                                      : AF_UNSPEC;
}

static void filter(int fd, bool shut)
{
    struct sock_filter nothing = {BPF_RET | BPF_K, 0, 0, 0};
    const struct sock_fprog program = {1, &nothing};
    int unused = 0;
    if (shut)
        setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
    else
        setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);
}

/* A socket that was bound anew meanwhile has the name: the old one goes. */
static void hide(int fd, bool shut)
{
    struct sockaddr_un name = {0};
    char aside[sizeof name.sun_path + sizeof ASIDE];
    socklen_t size = sizeof name - 1;
    if (getsockname(fd, (struct sockaddr *)&name, &size) < 0 || name.sun_path[0] == '\0')
        return;
    snprintf(aside, sizeof aside, "%s%s", name.sun_path, ASIDE);
    if (shut)
        rename(name.sun_path, aside);
    else if (access(name.sun_path, F_OK) == 0 || rename(aside, name.sun_path) < 0)
        unlink(aside);
}

/* Every listening socket of this process is the broker's. */
static void move_door(struct budget *budget, bool shut)
{
    const struct dirent *entry;
    rewinddir(budget->dir);
    while ((entry = readdir(budget->dir))) {
        int fd = atoi(entry->d_name);
        int domain = entry->d_name[0] == '.' ? AF_UNSPEC : domain_of(fd);
        if (domain == AF_UNIX)
            hide(fd, shut);
        else if (domain != AF_UNSPEC)
            filter(fd, shut);
    }
}

void budget_close(struct budget *budget)
{
    if (budget->dir && budget->metrics.shut.value)
        move_door(budget, false);
    if (budget->dir)
        closedir(budget->dir);
    budget->dir = NULL;
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
    if (change != BUDGET_SAME || budget->metrics.shut.value) /* one may be new */
        move_door(budget, budget->metrics.shut.value);
    return change;
}
