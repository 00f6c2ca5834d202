#ifndef WORKER_SINK_WEB_LINE_H
#define WORKER_SINK_WEB_LINE_H

/* How the broker is, asked in the main thread every WEB_LINE_MS through proto/admin.txt, and
 * kept in struct web for the page and for Prometheus. */

#include "proto/client/identity.h"
#include "worker/sink/web.h"

#define WEB_LINE_MS 2000

/* A broker that does not answer is said so in both; nothing fails. */
void web_line_ask(struct web *web, const char *base, const struct identity *identity);

#endif
