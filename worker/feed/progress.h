#ifndef WORKER_FEED_PROGRESS_H
#define WORKER_FEED_PROGRESS_H

/* A line on standard error that is written over again and again: on terminals only. */

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool on, shown;
    uint64_t every_ms, last_ms;
};

void progress_init(struct progress *progress, bool quiet, uint64_t every_ms);
/* True when it is time: the caller then writes the line, without an end, and calls
 * progress_end. */
bool progress_begin(struct progress *progress, uint64_t now_ms);
void progress_end(struct progress *progress);
/* Before anything else is written there. */
void progress_clear(struct progress *progress);

#endif
