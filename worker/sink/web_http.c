#include "worker/sink/web_http.h"

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/mem.h"
#include "worker/sink/store.h"
#include "worker/sink/web_host.h"
#include "worker/sink/web_http_private.h"

#include <signal.h>
#include <sys/socket.h>

#define STORE_WAIT 1000 /* before a store that is not there is looked for again */

void web_http_count(struct web_http *http, struct metric *metric, uint64_t by)
{
    pthread_mutex_lock(&http->web->lock);
    metric->value += by;
    pthread_mutex_unlock(&http->web->lock);
}

/* ---- connections ---- */

void web_http_deadline(struct web_http *http, struct connection *connection,
                       uint64_t deadline_ms)
{
    pthread_mutex_lock(&http->lock);
    connection->deadline_ms = deadline_ms;
    pthread_mutex_unlock(&http->lock);
}

static void on_connection(void *context, struct MHD_Connection *mhd,
                          void **socket_context, enum MHD_ConnectionNotificationCode code)
{
    struct web_http *http = context;
    struct connection *connection = *socket_context;
    pthread_mutex_lock(&http->lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        connection = mem_zero(1, sizeof *connection);
        connection->mhd = mhd;
        connection->fd =
            MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
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
    web_http_count(http, &http->web->metrics.connections,
                   code == MHD_CONNECTION_NOTIFY_STARTED ? 1 : (uint64_t)-1);
}

struct connection *web_http_connection(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
        ->socket_context;
}

static void on_completed(void *context, struct MHD_Connection *mhd, void **request,
                         enum MHD_RequestTerminationCode why)
{
    struct connection *connection = web_http_connection(mhd);
    (void)request, (void)why;
    if (connection) /* the next request's head, on a connection that is kept */
        web_http_deadline(context, connection, clock_now_ms() + WEB_IDLE_S * 1000);
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
            c->deadline_ms = WEB_NEVER;
            slow++;
        }
    }
    pthread_mutex_unlock(&http->lock);
    if (slow)
        web_http_count(http, &http->web->metrics.slow, slow);
}

/* ---- the store ---- */

struct sqlite3 *web_http_database(struct web_http *http)
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

/* ---- life ---- */

static struct MHD_Daemon *start_daemon(struct web_http *http, int fd)
{
    const struct web_http_options *o = &http->options;
    sigset_t all, before;
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        web_http_request, http, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, http, MHD_OPTION_CONNECTION_LIMIT, (unsigned)o->connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)o->per_address,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)WEB_IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)WEB_HEAD_BYTES + WEB_BLOCK_BYTES,
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
