#include "worker/sink/web_http.h"

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/mem.h"
#include "proto/base/utf8.h"
#include "worker/sink/store.h"
#include "worker/sink/web_api.h"
#include "worker/sink/web_host.h"
#include "worker/sink/web_page.h"
#include "worker/sink/web_stream.h"

#include <assert.h>
#include <microhttpd.h>
#include <signal.h>
#include <sys/socket.h>

#define BLOCK_BYTES   32768 /* of a stream, handed over at once */
#define STORE_WAIT    1000  /* before a store that is not there is looked for again */
#define NEVER         UINT64_MAX

struct connection {
    struct connection *next, **link;
    struct MHD_Connection *mhd;
    int fd;
    uint64_t deadline_ms;
    bool suspended;
};

/* One stream's way out; lives as long as its response. */
struct flow {
    struct web_http *http;
    struct connection *connection;
    struct web_stream *stream;
    struct buf out;
    size_t sent;
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

static void count(struct web_http *http, struct metric *metric, uint64_t by)
{
    pthread_mutex_lock(&http->web->lock);
    metric->value += by;
    pthread_mutex_unlock(&http->web->lock);
}

/* ---- connections ---- */

static void set_deadline(struct web_http *http, struct connection *connection,
                         uint64_t deadline_ms)
{
    pthread_mutex_lock(&http->lock);
    connection->deadline_ms = deadline_ms;
    pthread_mutex_unlock(&http->lock);
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct web_http *http = context;
    struct connection *connection = *socket_context;
    pthread_mutex_lock(&http->lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        connection = mem_zero(1, sizeof *connection);
        connection->mhd = mhd;
        connection->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)
                             ->connect_fd;
        connection->deadline_ms = clock_now_ms() + WEB_HEAD_MS;
        connection->next = http->connections;
        connection->link = &http->connections;
        if (connection->next)
            connection->next->link = &connection->next;
        http->connections = connection;
        *socket_context = connection;
    } else if (connection) {
        *connection->link = connection->next;
        if (connection->next)
            connection->next->link = connection->link;
        mem_free(connection);
        *socket_context = NULL;
    }
    pthread_mutex_unlock(&http->lock);
    count(http, &http->web->metrics.connections,
          code == MHD_CONNECTION_NOTIFY_STARTED ? 1 : (uint64_t)-1);
}

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void on_completed(void *context, struct MHD_Connection *mhd, void **request,
                         enum MHD_RequestTerminationCode why)
{
    struct connection *connection = connection_of(mhd);
    (void)request, (void)why;
    if (connection) /* the next request's head, on a connection that is kept */
        set_deadline(context, connection, clock_now_ms() + WEB_IDLE_S * 1000);
}

void web_http_wake(struct web_http *http, uint64_t now_ms)
{
    uint64_t slow = 0;
    pthread_mutex_lock(&http->lock);
    http->wakes++;
    for (struct connection *c = http->connections; c; c = c->next) {
        if (c->suspended) {
            c->suspended = false;
            MHD_resume_connection(c->mhd);
        } else if (c->deadline_ms <= now_ms) {
            shutdown(c->fd, SHUT_RDWR); /* libmicrohttpd sees it end, and closes it */
            c->deadline_ms = NEVER;
            slow++;
        }
    }
    pthread_mutex_unlock(&http->lock);
    if (slow)
        count(http, &http->web->metrics.slow, slow);
}

/* ---- the store ---- */

static struct sqlite3 *database(struct web_http *http)
{
    uint64_t now = clock_now_ms();
    struct err err;
    if (http->store)
        return store_database(http->store);
    if (http->store_tried_ms && now - http->store_tried_ms < STORE_WAIT)
        return NULL;
    http->store_tried_ms = now;
    if (store_open(http->options.database, STORE_READ, &http->store, &err) < 0) {
        diag(DIAG_DEBUG, "web", "no store to read yet", "why", err.text, NULL);
        return NULL;
    }
    return store_database(http->store);
}

/* ---- streams ---- */

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
    struct sqlite3 *db = database(http);
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
    count(http, &http->web->metrics.stream_bytes, len);
    return (ssize_t)len;
}

static void end_flow(void *context)
{
    struct flow *flow = context;
    count(flow->http, &flow->http->web->metrics.streams, (uint64_t)-1);
    web_stream_free(&flow->stream);
    buf_fini(&flow->out);
    mem_free(flow);
}

static struct MHD_Response *begin_flow(struct web_http *http, struct MHD_Connection *mhd,
                                       struct web_stream **stream)
{
    struct flow *flow = mem_zero(1, sizeof *flow);
    *flow = (struct flow){
        .http = http, .connection = connection_of(mhd), .stream = *stream};
    *stream = NULL;
    set_deadline(http, flow->connection, NEVER);
    count(http, &http->web->metrics.streams, 1);
    count(http, &http->web->metrics.streams_begun, 1);
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, on_read, flow,
                                             end_flow);
}

/* ---- requests ---- */

static bool is_clean(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.ptr[i] < 0x20)
            return false;
    return value.len <= WEB_VALUE_BYTES && utf8_bad_at(value) == value.len;
}

static enum MHD_Result add_param(void *context, enum MHD_ValueKind kind, const char *name,
                                 size_t name_len, const char *value, size_t value_len)
{
    struct web_request *request = context;
    struct web_param param = {str_make(name, name_len),
                              str_make(value ? value : "", value_len)};
    (void)kind;
    if (request->params == WEB_PARAMS || !is_clean(param.name) || !is_clean(param.value)) {
        request->params = WEB_PARAMS + 1;
        return MHD_NO;
    }
    request->param[request->params++] = param;
    return MHD_YES;
}

static const char *header(struct MHD_Connection *mhd, const char *name)
{
    return MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, name);
}

static void answer_page(const struct web_page *page, struct MHD_Connection *mhd,
                        struct web_answer *answer)
{
    const char *known = header(mhd, MHD_HTTP_HEADER_IF_NONE_MATCH);
    answer->type = page->type;
    answer->etag = page->etag;
    answer->fixed = page->body;
    answer->status = 200;
    if (known && strstr(known, page->etag)) {
        answer->status = 304;
        answer->fixed = STR("");
    }
}

static void make_answer(struct web_http *http, struct MHD_Connection *mhd, const char *url,
                        const char *method, struct web_answer *answer)
{
    struct web_request request = {.path = str_of(url),
                                  .last_event_id = str_of(header(mhd, "Last-Event-ID"))};
    const struct web_page *page = web_pages_find(&http->pages, request.path);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        web_api_refuse(answer, 405, "usage", "only GET and HEAD");
        return;
    }
    int host = web_host_check(mhd, http->options.hosts);
    if (host < 0) {
        count(http, &http->web->metrics.refused_hosts, 1);
        web_api_refuse(answer, host == ERR_DENIED ? 421 : 400, "denied",
                       "Host is not a name of this server; see warta web --host");
        return;
    }
    MHD_get_connection_values_n(mhd, MHD_GET_ARGUMENT_KIND, add_param, &request);
    if (request.params > WEB_PARAMS || !is_clean(request.path)) {
        web_api_refuse(answer, 400, "usage", "too many parameters, or too long ones, or "
                                             "no text");
        return;
    }
    struct sqlite3 *db = database(http);
    pthread_mutex_lock(&http->web->lock);
    http->web->store_there = db != NULL;
    pthread_mutex_unlock(&http->web->lock);
    if (page)
        answer_page(page, mhd, answer);
    else
        web_api_answer(http->web, db, &request, answer);
}

static struct MHD_Response *respond(struct web_http *http, struct MHD_Connection *mhd,
                                    struct web_answer *answer)
{
    if (answer->stream)
        return begin_flow(http, mhd, &answer->stream);
    if (answer->fixed.ptr)
        return MHD_create_response_from_buffer(answer->fixed.len, (void *)answer->fixed.ptr,
                                               MHD_RESPMEM_PERSISTENT);
    return MHD_create_response_from_buffer(answer->body.len, answer->body.ptr,
                                           MHD_RESPMEM_MUST_COPY);
}

static void add_headers(struct MHD_Response *response, const struct web_answer *answer)
{
    static const char *const always[][2] = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
         "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
         "require-trusted-types-for 'script'; trusted-types 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
    };
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        MHD_add_response_header(response, always[i][0], always[i][1]);
    MHD_add_response_header(response, "Content-Type", answer->type);
    MHD_add_response_header(response, "Cache-Control",
                            answer->etag ? "no-cache" : "no-store");
    if (answer->etag)
        MHD_add_response_header(response, "ETag", answer->etag);
    if (answer->status == 405)
        MHD_add_response_header(response, "Allow", "GET, HEAD");
    if (answer->status == 503)
        MHD_add_response_header(response, "Retry-After", "2");
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *mhd,
                                  const char *url, const char *method, const char *version,
                                  const char *upload, size_t *upload_size, void **request)
{
    struct web_http *http = context;
    struct web_answer answer = {.status = 200};
    static const char headed; /* an answer before the body is known closes the connection */
    (void)version, (void)upload;
    if (*request == NULL) {
        *request = (void *)&headed;
        return MHD_YES;
    }
    if (*upload_size) { /* nobody reads it */
        *upload_size = 0;
        return MHD_YES;
    }
    set_deadline(http, connection_of(mhd), clock_now_ms() + WEB_ANSWER_MS);
    make_answer(http, mhd, url, method, &answer);
    if (answer.stream && strcmp(method, "HEAD") == 0) {
        web_stream_free(&answer.stream);
        answer.fixed = STR("");
    }
    pthread_mutex_lock(&http->web->lock);
    http->web->metrics.requests.value++;
    http->web->metrics.errors.value += answer.status >= 400;
    http->web->metrics.interrupted.value += answer.status == 503;
    pthread_mutex_unlock(&http->web->lock);
    struct MHD_Response *response = respond(http, mhd, &answer);
    buf_fini(&answer.body);
    if (response == NULL)
        return MHD_NO;
    add_headers(response, &answer);
    enum MHD_Result rc = MHD_queue_response(mhd, answer.status, response);
    MHD_destroy_response(response);
    return rc;
}

/* ---- life ---- */

static struct MHD_Daemon *start_daemon(struct web_http *http, int fd)
{
    const struct web_http_options *o = &http->options;
    sigset_t all, before;
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request,
        http, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
        http, MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)o->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned)o->per_address, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)WEB_IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)WEB_HEAD_BYTES + BLOCK_BYTES,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return daemon;
}

int web_http_open(struct web *web, const struct web_http_options *options,
                  struct web_http **out, struct err *err)
{
    int fd = -1;
    unsigned port = 0;
    int rc = web_host_listen(options->listen, &fd, &port, err);
    if (rc < 0)
        return rc;
    struct web_http *http = mem_zero(1, sizeof *http);
    http->web = web;
    http->options = *options;
    http->port = port;
    pthread_mutex_init(&http->lock, NULL);
    web_pages_init(&http->pages);
    http->daemon = start_daemon(http, fd);
    *out = http;
    if (http->daemon)
        return 0;
    web_http_close(out);
    return err_set(err, ERR_SYSTEM, "libmicrohttpd does not start");
}

unsigned web_http_port(const struct web_http *http)
{
    return http->port;
}

void web_http_close(struct web_http **http_at)
{
    struct web_http *http = *http_at;
    if (http == NULL)
        return;
    pthread_mutex_lock(&http->lock);
    http->closing = true;
    pthread_mutex_unlock(&http->lock);
    web_http_wake(http, 0); /* nothing may be suspended at the end */
    if (http->daemon)
        MHD_stop_daemon(http->daemon);
    store_close(&http->store);
    pthread_mutex_destroy(&http->lock);
    mem_free(http);
    *http_at = NULL;
}
