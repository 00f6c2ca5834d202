#ifndef BROKER_BUDGET_H
#define BROKER_BUDGET_H

/* The budget of descriptors. libzmq goes on accepting when there are none left, and its
 * thread then spins; so before that the broker stops listening, serves those who are
 * there, and listens again once enough have gone. */

#include "proto/base/metric.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>

/* So many before the end nobody new gets in: what comes between two looks must fit. */
#define BUDGET_SPARE        64
#define BUDGET_LOOK_MS      200
#define BUDGET_LOOK_CALM_MS 1000 /* while not half of it is used */

#define BUDGET_METRICS(X)                                                                \
    X(open_fds, GAUGE, "descriptors open now")                                           \
    X(limit_fds, GAUGE, "descriptors there are")                                         \
    X(shut, GAUGE, "1: no new connections are taken until some have gone")               \
    X(shuts, COUNTER, "times that began")

struct budget_metrics {
    METRIC_FIELDS(BUDGET_METRICS)
};

enum budget_change { BUDGET_SAME, BUDGET_SHUT, BUDGET_OPEN };

struct budget {
    DIR *dir; /* owned; NULL: nothing can be counted, and nothing is shut */
    uint64_t due_ms;
    struct budget_metrics metrics;
};

void budget_open(struct budget *budget, uint64_t limit_fds);
void budget_close(struct budget *budget);
/* Count, when it is time to. What is to be done about new connections. */
enum budget_change budget_look(struct budget *budget, uint64_t now_ms);
/* The same for a count that is known. */
enum budget_change budget_judge(struct budget *budget, uint64_t open_fds);

#endif
