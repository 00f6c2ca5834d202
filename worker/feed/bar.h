#ifndef WORKER_FEED_BAR_H
#define WORKER_FEED_BAR_H

/* What a progress line (progress.h) tells of work whose size is known. */

#include "proto/base/buf.h"

/* counts, the share that is done, a bar, bytes a second and the time left at that rate,
 * no wider than `columns`. done, total: bytes; total 0: not known, so neither share nor
 * bar.
 */
void bar_line(struct buf *out, struct str counts, uint64_t done, uint64_t total,
              uint64_t elapsed_ms, size_t columns);
/* Of the terminal at standard error. */
size_t bar_columns(void);

#endif
