#ifndef WORKER_POOL_H
#define WORKER_POOL_H

/* A parent and its children, each a worker process. The parent does nothing but start
 * them, start again those that die, and pass signals on; it opens no socket and reads no
 * article, so no article can end it.
 *
 * A child that dies is started again at once if it lived long enough, else after a pause
 * that doubles each time. One that exits 0 was told to leave by the broker and is not
 * started again; one that exits 100 would do so for ever, and ends the pool. SIGTERM and
 * SIGINT: children get SIGTERM (drain), the pool ends when all are gone; the second one
 * kills them. A child gets SIGTERM too when the parent is killed. */

#include "proto/base/err.h"
#include "proto/base/ready.h"

#include <stdint.h>

struct pool_options {
    uint32_t count;          /* children, at least 1 */
    struct ready ready;      /* told when all are ready, and at the end; taken */
    uint64_t pause_least_ms; /* before a child that died early is started again */
    uint64_t pause_most_ms;
    uint64_t steady_ms; /* a life of so long is not early */
};

/* A child's whole life, in a process of its own: its number (from 1), and whom to tell
 * that it is ready (the pool). SIGTERM and SIGINT have their default action, but SIGINT,
 * which a terminal sends to all, is ignored. Returns the exit code. */
typedef int pool_child(void *context, uint32_t number, struct ready *ready);

/* Returns the exit code of the program: 0, 100 or 111. No ZeroMQ context may exist yet.
 */
int pool_run(const struct pool_options *options, pool_child *child, void *context,
             struct err *err);

#endif
