#include "worker/sink/web_http_private.h"

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/mem.h"

/* One stream's way out; lives as long as its response. */
struct flow {
    struct web_http *http;
    struct connection *connection;
    struct web_stream *stream;
    struct buf out;
    size_t sent;
};

/* Nothing to send: wait for the next wake, unless there has been one since `seen`. */
static void rest(struct flow *flow, uint64_t seen)
{
    struct web_http *http = flow->http;
    pthread_mutex_lock(&http->lock);
    if (!http->closing && http->wakes == seen) {
        flow->connection->suspended = true;
        MHD_suspend_connection(flow->connection->mhd);
    }
    pthread_mutex_unlock(&http->lock);
}

static int refill(struct flow *flow)
{
    struct web_http *http = flow->http;
    struct sqlite3 *db = web_http_database(http);
    struct err err = {0};
    buf_clear(&flow->out);
    flow->sent = 0;
    if (db == NULL)
        return 0;
    int rc = web_stream_fill(flow->stream, db, web_position(http->web), clock_now_ms(),
                             &flow->out, &err);
    if (rc < 0)
        diag(DIAG_WARN, "web", "a stream ends", "why", err.text, NULL);
    return rc;
}

static ssize_t on_read(void *context, uint64_t at, char *block, size_t room)
{
    struct flow *flow = context;
    struct web_http *http = flow->http;
    (void)at;
    pthread_mutex_lock(&http->lock);
    uint64_t seen = http->wakes;
    bool closing = http->closing;
    pthread_mutex_unlock(&http->lock);
    if (closing)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (flow->sent == flow->out.len && refill(flow) < 0)
        return MHD_CONTENT_READER_END_OF_STREAM; /* the reader comes back */
    size_t len = flow->out.len - flow->sent < room ? flow->out.len - flow->sent : room;
    if (len == 0) {
        rest(flow, seen);
        return 0;
    }
    memcpy(block, flow->out.ptr + flow->sent, len);
    flow->sent += len;
    web_http_count(http, &http->web->metrics.stream_bytes, len);
    return (ssize_t)len;
}

static void end_flow(void *context)
{
    struct flow *flow = context;
    web_http_count(flow->http, &flow->http->web->metrics.streams, (uint64_t)-1);
    web_stream_free(&flow->stream);
    buf_fini(&flow->out);
    mem_free(flow);
}

struct MHD_Response *web_flow_begin(struct web_http *http, struct MHD_Connection *mhd,
                                    struct web_stream **stream)
{
    struct flow *flow = mem_zero(1, sizeof *flow);
    *flow = (struct flow){
        .http = http, .connection = web_http_connection(mhd), .stream = *stream};
    *stream = NULL;
    web_http_deadline(http, flow->connection, WEB_NEVER);
    web_http_count(http, &http->web->metrics.streams, 1);
    web_http_count(http, &http->web->metrics.streams_begun, 1);
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, WEB_BLOCK_BYTES, on_read,
                                             flow, end_flow);
}
