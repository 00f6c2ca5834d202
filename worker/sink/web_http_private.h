#ifndef WORKER_SINK_WEB_HTTP_PRIVATE_H
#define WORKER_SINK_WEB_HTTP_PRIVATE_H

/* What the files of web_http.h share:
 *
 *   web_http     the daemon, its connections and their deadlines, the store
 *   web_request  a request to an answer, and its headers
 *   web_flow     an event stream's way out */

#include "worker/sink/web_http.h"
#include "worker/sink/web_page.h"
#include "worker/sink/web_stream.h"

#include <microhttpd.h>

#define WEB_BLOCK_BYTES 32768 /* of a stream, handed over at once */
#define WEB_NEVER       UINT64_MAX

struct sqlite3;

struct connection {
    struct connection *next, **link;
    struct MHD_Connection *mhd;
    int fd;
    uint64_t deadline_ms;
    bool suspended;
};

struct web_http {
    struct web *web;
    struct web_http_options options;
    struct MHD_Daemon *daemon;
    struct web_pages pages;
    unsigned port;
    struct store *store; /* the HTTP thread's */
    uint64_t store_tried_ms;
    pthread_mutex_t lock; /* guards what follows; taken before web's, never behind */
    struct connection *connections;
    uint64_t wakes;
    bool closing;
};

void web_http_count(struct web_http *http, struct metric *metric, uint64_t by);
void web_http_deadline(struct web_http *http, struct connection *connection,
                       uint64_t deadline_ms);
struct connection *web_http_connection(struct MHD_Connection *mhd);
/* The HTTP thread's handle; NULL: there is no store yet. */
struct sqlite3 *web_http_database(struct web_http *http);

/* libmicrohttpd's access handler. */
enum MHD_Result web_http_request(void *context, struct MHD_Connection *mhd,
                                 const char *url, const char *method, const char *version,
                                 const char *upload, size_t *upload_size, void **request);

/* A response that sends what the stream finds until either side ends it. *stream: taken.
 */
struct MHD_Response *web_flow_begin(struct web_http *http, struct MHD_Connection *mhd,
                                    struct web_stream **stream);

#endif
