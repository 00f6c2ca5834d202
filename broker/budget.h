#ifndef BROKER_BUDGET_H
#define BROKER_BUDGET_H

/* The budget of descriptors. libzmq goes on accepting when there are none left, and its
 * thread then spins. So before that the process' listening TCP sockets get a filter that
 * drops what asks for a connection; those who are there are served on, and the filter
 * goes once enough of them have gone. (zmq_unbind would end them all: a listener owns
 * what it accepted.) Who asks meanwhile tries again, as TCP does by itself.
 *
 * Sockets of ipc:// know no filter: their names go instead, and come back ("NAME.shut").
 * That much is needed, since libzmq 4.3 does not spin there but ends the process, by an
 * assertion in ipc_listener.cpp. What its thread accepts between two looks must find
 * descriptors, too, which is why more are had than are given out (trust.h): beyond those
 * the process ends, and the journal makes that safe. */

#include "proto/base/metric.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>

/* So many before the end nobody new gets in: what comes between two looks, and what the
 * kernel has accepted already (ZMQ_BACKLOG is 100), must fit. */
#define BUDGET_SPARE   160
#define BUDGET_LOOK_MS 200

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
/* Count, when it is time to; shut the door, or open it. */
enum budget_change budget_look(struct budget *budget, uint64_t now_ms);
/* What a count means; does nothing to the door. */
enum budget_change budget_judge(struct budget *budget, uint64_t open_fds);

#endif
