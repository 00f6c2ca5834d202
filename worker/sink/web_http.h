#ifndef WORKER_SINK_WEB_HTTP_H
#define WORKER_SINK_WEB_HTTP_H

/* The HTTP side of `warta web`, all of libmicrohttpd there is: one thread of its own, which
 * waits for all connections at once. What it guards: GET and HEAD only; Host must be an
 * address, localhost or a listed name (DNS rebinding); connections in all and per address,
 * bytes of a request's head, and time: a head must be there in WEB_HEAD_MS and an answer be
 * taken in WEB_ANSWER_MS, however the bytes trickle. Event streams wait suspended. */

#include "proto/base/option.h"
#include "worker/sink/web.h"

struct web_http;

#define WEB_HEAD_MS    10000
#define WEB_ANSWER_MS  60000
#define WEB_IDLE_S     30 /* no byte either way */
#define WEB_HEAD_BYTES 16384

struct web_http_options {
    const char *listen;              /* ADDRESS:PORT, the address in numbers */
    const char *database;            /* opened read-only, as soon as it is there */
    const struct option_list *hosts; /* names we are reached by, too */
    uint64_t connections, per_address;
};

/* Begins to answer. ERR_USAGE: no such address; ERR_SYSTEM: it cannot be listened at. */
int web_http_open(struct web *web, const struct web_http_options *options,
                  struct web_http **out, struct err *err);
/* Ends streams and answers at once. */
void web_http_close(struct web_http **http);
unsigned web_http_port(const struct web_http *http);
/* There are new rows, or time has passed: streams look. Ends what is too slow. Any thread. */
void web_http_wake(struct web_http *http, uint64_t now_ms);

#endif
