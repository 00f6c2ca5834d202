#ifndef WORKER_SINK_WEB_FOLLOW_H
#define WORKER_SINK_WEB_FOLLOW_H

/* From the broker's log into the store, in the main thread. It keeps its position under the
 * same name as `warta sink`, so either goes on where the other ended. */

#include "proto/client/identity.h"
#include "worker/sink/web.h"

struct web_follow;

int web_follow_open(struct web *web, const char *broker, const struct identity *identity,
                    const char *database, struct web_follow **out, struct err *err);
void web_follow_close(struct web_follow **follow);
/* Takes what comes within wait_ms and writes it. 1: there are new rows, 0: none, negative:
 * the store will not take them, or the broker refuses us. What may pass is waited for. */
int web_follow_turn(struct web_follow *follow, uint64_t wait_ms, struct err *err);

#endif
