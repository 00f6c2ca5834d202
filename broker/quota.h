#ifndef BROKER_QUOTA_H
#define BROKER_QUOTA_H

/* How fast a feed may put articles: one bucket for each name, whatever connections and
 * keys it comes by. It holds what the rate gives in one second, and begins full. Pure. */

#include "proto/base/str.h"

#include <stdint.h>

struct quota;

struct quota *quota_new(void);
void quota_free(struct quota **quota);

/* How many of `count` articles it may put now, at so many a second (at least 1); they are
 * taken out. Where that is not all: *retry_ms_out, when to come back. Names are few: those
 * of an allow list. */
uint64_t quota_take(struct quota *quota, struct str name, uint64_t per_s, uint64_t count,
                    uint64_t now_ms, uint64_t *retry_ms_out);
/* All begin anew: the list was read again. */
void quota_clear(struct quota *quota);

#endif
