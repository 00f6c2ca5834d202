#include "broker/journal_nats_link.h"

#include "proto/base/mem.h"
#include "proto/base/random.h"

#include <nats/nats.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define POKE_MS          250
#define RECONNECT_MS     250
#define JITTER_MS        500
#define CONNECT_MS       2000
#define WRITE_MS         2000
#define PING_MS          2000
#define PINGS_OUT        2
#define CLOSE_MS         1000
#define END_MS           20000
#define RECONNECT_BUFFER (64 * 1024)
#define QUEUE_MESSAGES   32768
#define QUEUE_BYTES      (128u << 20)

struct queue {
    natsMsg **item; /* owned; each owned */
    size_t cap, count;
};

struct jet_link {
    natsOptions *options;
    natsConnection *connection;
    natsSubscription *inbox;
    char prefix[40]; /* of the inbox, with its last dot */
    size_t prefix_len;
    int fd;
    pthread_t sender;
    bool has_sender;

    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t wake, ended;
    int to_end; /* callbacks that are still to say they were the last */
    struct queue out, in;
    size_t out_bytes;
    uint64_t epoch, epochs;
    bool stopping;
    char trouble[160];

    /* of the user's thread */
    struct queue taken;
    size_t taken_next;
    char said[160];
};

static void queue_add(struct queue *queue, natsMsg *message)
{
    if (queue->count == queue->cap) {
        queue->cap = queue->cap ? queue->cap * 2 : 256;
        queue->item = mem_grow(queue->item, queue->cap, sizeof *queue->item);
    }
    queue->item[queue->count++] = message;
}

/* All at once: libnats frees messages on a thread of its own, which each would wake. */
static void queue_clear(struct queue *queue)
{
    for (size_t i = 0; i < queue->count; i++)
        natsMsg_Destroy(queue->item[i]);
    queue->count = 0;
}

static void queue_fini(struct queue *queue)
{
    queue_clear(queue);
    mem_free(queue->item);
    *queue = (struct queue){0};
}

static void poke(struct jet_link *link)
{
    (void)eventfd_write(link->fd, 1);
}

/* ---- on threads of libnats ---- */

static void arrived(natsConnection *connection, natsSubscription *subscription,
                    natsMsg *message, void *closure)
{
    struct jet_link *link = closure;
    (void)connection;
    (void)subscription;
    pthread_mutex_lock(&link->lock);
    bool first = link->in.count == 0;
    queue_add(&link->in, message);
    pthread_mutex_unlock(&link->lock);
    if (first)
        poke(link);
}

static void set_epoch(struct jet_link *link, bool connected)
{
    pthread_mutex_lock(&link->lock);
    link->epoch = connected ? ++link->epochs : 0;
    pthread_mutex_unlock(&link->lock);
    poke(link);
}

static void connected(natsConnection *connection, void *closure)
{
    (void)connection;
    set_epoch(closure, true);
}

static void disconnected(natsConnection *connection, void *closure)
{
    (void)connection;
    set_epoch(closure, false);
}

static void failed(natsConnection *connection, natsSubscription *subscription,
                   natsStatus status, void *closure)
{
    struct jet_link *link = closure;
    const char *text = NULL;
    (void)subscription;
    if (natsConnection_GetLastError(connection, &text) == NATS_OK || text == NULL ||
        *text == '\0')
        text = natsStatus_GetText(status);
    pthread_mutex_lock(&link->lock);
    snprintf(link->trouble, sizeof link->trouble, "%s", text);
    pthread_mutex_unlock(&link->lock);
}

static void one_ended(void *closure)
{
    struct jet_link *link = closure;
    pthread_mutex_lock(&link->lock);
    link->to_end--;
    pthread_cond_signal(&link->ended);
    pthread_mutex_unlock(&link->lock);
}

static void closed(natsConnection *connection, void *closure)
{
    (void)connection;
    one_ended(closure);
}

/* ---- the sender ---- */

static void send_all(struct jet_link *link, struct queue *queue)
{
    for (size_t i = 0; i < queue->count; i++)
        (void)natsConnection_PublishMsg(link->connection, queue->item[i]);
    queue_clear(queue);
}

static bool wait_for(struct jet_link *link, pthread_cond_t *what, long ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms % 1000 * 1000000L;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    return pthread_cond_timedwait(what, &link->lock, &until) == 0;
}

static void *run_sender(void *context)
{
    struct jet_link *link = context;
    struct queue queue = {0};
    bool stopping = false;
    while (!stopping) {
        pthread_mutex_lock(&link->lock);
        if (link->out.count == 0 && !link->stopping &&
            !wait_for(link, &link->wake, POKE_MS))
            poke(link);
        const struct queue full = link->out;
        link->out = queue;
        queue = full;
        link->out_bytes = 0;
        stopping = link->stopping && queue.count == 0;
        pthread_mutex_unlock(&link->lock);
        send_all(link, &queue);
    }
    queue_fini(&queue);
    return NULL;
}

/* ---- opening and closing ---- */

static int nats_error(struct err *err, natsStatus status, const char *what)
{
    return err_set(err, status == NATS_NO_MEMORY ? ERR_SYSTEM : ERR_USAGE, "nats: %s: %s",
                   what, natsStatus_GetText(status));
}

static int read_token(const char *path, char *out, size_t size, struct err *err)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return err_system(err, "nats: token-file %s", path);
    char *line = fgets(out, (int)size, file);
    fclose(file);
    if (line == NULL)
        return err_set(err, ERR_USAGE, "nats: token-file %s: is empty", path);
    out[strcspn(out, "\r\n")] = '\0';
    return 0;
}

static int set_identity(natsOptions *options, const struct jet_place *place,
                        struct err *err)
{
    char token[512];
    natsStatus s = NATS_OK;
    if (place->creds)
        s = natsOptions_SetUserCredentialsFromFiles(options, place->creds, NULL);
    if (s == NATS_OK && place->nkey)
        s = natsOptions_SetNKeyFromSeed(options, place->nkey, place->seed_file);
    if (s == NATS_OK && place->ca_file) {
        s = natsOptions_SetSecure(options, true);
        if (s == NATS_OK)
            s = natsOptions_LoadCATrustedCertificates(options, place->ca_file);
    }
    if (s == NATS_OK && place->token_file) {
        int rc = read_token(place->token_file, token, sizeof token, err);
        if (rc < 0)
            return rc;
        s = natsOptions_SetToken(options, token);
        explicit_bzero(token, sizeof token);
    }
    return s == NATS_OK ? 0 : nats_error(err, s, "who we are");
}

static natsStatus set_manners(struct jet_link *link, const struct jet_place *place)
{
    natsOptions *o = link->options;
    natsStatus s =
        natsOptions_SetServers(o, (const char **)place->server, place->servers);
#define AND(call) s = s == NATS_OK ? (call) : s
    AND(natsOptions_SetName(o, "warta broker"));
    AND(natsOptions_SetTimeout(o, CONNECT_MS));
    AND(natsOptions_SetPingInterval(o, PING_MS));
    AND(natsOptions_SetMaxPingsOut(o, PINGS_OUT));
    AND(natsOptions_SetMaxReconnect(o, -1));
    AND(natsOptions_SetReconnectWait(o, RECONNECT_MS));
    AND(natsOptions_SetReconnectJitter(o, JITTER_MS, JITTER_MS));
    AND(natsOptions_SetReconnectBufSize(o, RECONNECT_BUFFER));
    AND(natsOptions_SetWriteDeadline(o, WRITE_MS));
    AND(natsOptions_SetErrorHandler(o, failed, link));
    AND(natsOptions_SetClosedCB(o, closed, link));
    AND(natsOptions_SetDisconnectedCB(o, disconnected, link));
    AND(natsOptions_SetReconnectedCB(o, connected, link));
    AND(natsOptions_SetRetryOnFailedConnect(o, true, connected, link));
#undef AND
    return s;
}

static int connect_now(struct jet_link *link, const struct jet_place *place,
                       struct err *err)
{
    char inbox[48];
    natsStatus s = natsOptions_Create(&link->options);
    if (s == NATS_OK)
        s = set_manners(link, place);
    if (s != NATS_OK)
        return nats_error(err, s, "settings");
    int rc = set_identity(link->options, place, err);
    if (rc < 0)
        return rc;
    s = natsConnection_Connect(&link->connection, link->options);
    if (s == NATS_OK)
        set_epoch(link, true);
    else if (s != NATS_NOT_YET_CONNECTED)
        return nats_error(err, s, "connect");
    snprintf(inbox, sizeof inbox, "%s>", link->prefix);
    s = natsConnection_Subscribe(&link->inbox, link->connection, inbox, arrived, link);
    if (s == NATS_OK)
        s = natsSubscription_SetOnCompleteCB(link->inbox, one_ended, link);
    link->to_end = s == NATS_OK ? 2 : 1;
    /* What may arrive is bounded by what was asked for. */
    if (s == NATS_OK)
        s = natsSubscription_SetPendingLimits(link->inbox, -1, -1);
    return s == NATS_OK ? 0 : nats_error(err, s, "inbox");
}

static int start_sender(struct jet_link *link, struct err *err)
{
    int rc = pthread_create(&link->sender, NULL, run_sender, link);
    if (rc != 0)
        return err_set(err, ERR_SYSTEM, "nats: thread: %s", strerror(rc));
    link->has_sender = true;
    return 0;
}

int jet_link_open(const struct jet_place *place, struct jet_link **link_out,
                  struct err *err)
{
    struct jet_link *link = mem_zero(1, sizeof *link);
    pthread_condattr_t monotonic;
    uint64_t tag;

    random_secret(&tag, sizeof tag);
    link->prefix_len = (size_t)snprintf(link->prefix, sizeof link->prefix,
                                        "_INBOX.%016llx.", (unsigned long long)tag);
    pthread_mutex_init(&link->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&link->wake, &monotonic);
    pthread_cond_init(&link->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    link->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int rc = link->fd < 0 ? err_system(err, "nats: eventfd") : 0;
    /* Signals are the user's: the threads begun here, and those that they begin, must not
     * take one. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    if (rc == 0)
        rc = connect_now(link, place, err);
    if (rc == 0)
        rc = start_sender(link, err);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc < 0)
        jet_link_close(&link);
    *link_out = link;
    return rc;
}

void jet_link_close(struct jet_link **link)
{
    struct jet_link *l = *link;
    if (l == NULL)
        return;
    if (l->has_sender) {
        pthread_mutex_lock(&l->lock);
        l->stopping = true;
        pthread_cond_signal(&l->wake);
        pthread_mutex_unlock(&l->lock);
        pthread_join(l->sender, NULL);
        (void)natsConnection_FlushTimeout(l->connection, CLOSE_MS);
    }
    natsSubscription_Destroy(l->inbox);
    natsConnection_Destroy(l->connection);
    *link = NULL;
    pthread_mutex_lock(&l->lock);
    while (l->to_end > 0 && wait_for(l, &l->ended, END_MS))
        ;
    bool ended = l->to_end == 0;
    pthread_mutex_unlock(&l->lock);
    if (!ended)
        return; /* lost, for what is still to be called would use it */
    natsOptions_Destroy(l->options);
    queue_fini(&l->taken);
    queue_fini(&l->in);
    queue_fini(&l->out);
    if (l->fd >= 0)
        close(l->fd);
    pthread_cond_destroy(&l->wake);
    pthread_cond_destroy(&l->ended);
    pthread_mutex_destroy(&l->lock);
    mem_free(l);
}

/* ---- on the user's thread ---- */

int jet_link_fd(const struct jet_link *link)
{
    return link->fd;
}

uint64_t jet_link_epoch(struct jet_link *link)
{
    pthread_mutex_lock(&link->lock);
    uint64_t epoch = link->epoch;
    pthread_mutex_unlock(&link->lock);
    return epoch;
}

int64_t jet_link_most(struct jet_link *link)
{
    return natsConnection_GetMaxPayload(link->connection);
}

const char *jet_link_trouble(struct jet_link *link)
{
    pthread_mutex_lock(&link->lock);
    memcpy(link->said, link->trouble, sizeof link->said);
    pthread_mutex_unlock(&link->lock);
    return link->said;
}

static natsMsg *message_of(struct jet_link *link, const struct jet_request *request)
{
    char reply[96];
    natsMsg *message = NULL;
    if (request->token)
        snprintf(reply, sizeof reply, "%s%s", link->prefix, request->token);
    natsStatus s =
        natsMsg_Create(&message, request->subject, request->token ? reply : NULL,
                       request->data.ptr, (int)request->data.len);
    if (s == NATS_OK && request->msg_id)
        s = natsMsgHeader_Set(message, "Nats-Msg-Id", request->msg_id);
    if (s == NATS_OK && request->first)
        s = natsMsgHeader_Set(message, "Nats-Expected-Last-Subject-Sequence", "0");
    if (s == NATS_OK)
        return message;
    natsMsg_Destroy(message);
    return NULL;
}

bool jet_link_send(struct jet_link *link, const struct jet_request *request)
{
    natsMsg *message = message_of(link, request);
    if (message == NULL)
        return false;
    pthread_mutex_lock(&link->lock);
    bool room =
        link->epoch && link->out.count < QUEUE_MESSAGES && link->out_bytes < QUEUE_BYTES;
    if (room) {
        queue_add(&link->out, message);
        link->out_bytes += request->data.len;
        if (link->out.count == 1)
            pthread_cond_signal(&link->wake);
    }
    pthread_mutex_unlock(&link->lock);
    if (!room)
        natsMsg_Destroy(message);
    return room;
}

static bool refill(struct jet_link *link)
{
    eventfd_t ignored;
    queue_clear(&link->taken);
    link->taken_next = 0;
    pthread_mutex_lock(&link->lock);
    const struct queue full = link->in;
    link->in = link->taken;
    link->taken = full;
    if (full.count == 0)
        (void)eventfd_read(link->fd, &ignored);
    pthread_mutex_unlock(&link->lock);
    return full.count > 0;
}

int jet_link_next(struct jet_link *link, struct jet_message *out)
{
    const char *status = NULL;
    if (link->taken_next == link->taken.count && !refill(link))
        return 0;
    natsMsg *message = link->taken.item[link->taken_next++];
    *out = (struct jet_message){
        .subject = str_of(natsMsg_GetSubject(message)),
        .reply = str_of(natsMsg_GetReply(message)),
        .data = str_make(natsMsg_GetData(message) ? natsMsg_GetData(message) : "",
                         (size_t)natsMsg_GetDataLength(message)),
    };
    if (str_starts(out->subject, str_make(link->prefix, link->prefix_len)))
        out->token = str_from(out->subject, link->prefix_len);
    if (out->token.ptr == NULL)
        return 1;
    if (natsMsgHeader_Get(message, "Status", &status) == NATS_OK && status)
        out->status = atoi(status);
    if (natsMsgHeader_Get(message, "Nats-Pending-Messages", &status) == NATS_OK && status)
        out->pending = strtoull(status, NULL, 10);
    return 1;
}
