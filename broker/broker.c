#include "broker/broker.h"

#include "broker/auth.h"
#include "broker/budget.h"
#include "broker/line.h"
#include "broker/trust.h"
#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/file.h"
#include "proto/base/hash.h"
#include "proto/base/loop.h"
#include "proto/base/mem.h"
#include "proto/base/random.h"
#include "proto/base/ready.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Read from one socket in one turn: enough to share a sync among many, little enough that
 * the others wait a few milliseconds only. */
#define MESSAGES_A_TURN 512
#define BYTES_A_TURN    (8 * 1024 * 1024)

/* How often failed handshakes are counted. */
#define COUNT_EVERY_MS 200
/* What is read ahead of subscriptions libzmq keeps at once, in one go. */
#define SUBSCRIPTIONS 64
/* An address that was just given up is free again within some milliseconds. */
#define REBIND_TRIES   100
#define REBIND_WAIT_NS (10 * 1000 * 1000)

struct port {
    struct broker *broker;
    enum frame_endpoint endpoint;
    void *socket;
};

struct broker {
    struct settings settings;
    struct ready told; /* who supervises */
    char name[17];
    struct journal *journal;
    struct line *line;
    void *zmq;
    struct auth *auth; /* NULL: nobody is asked for a key */
    struct key key;    /* for sockets opened later */
    int failed;        /* why the loop was left */
    uint64_t count_due_ms;
    struct budget budget;
    struct port port[FRAME_ENDPOINTS];
    struct loop *loop;
    struct frames message;
    broker_reload *reload;
    void *context;
};

/* High-water marks count messages of one peer. Feeders keep a window of 16 PUTs of up to
 * 4 MiB; a worker's queue must hold all its credit; FACT messages have 256 KiB; records
 * of the public stream are small, and a slow subscriber's are dropped beyond this.
 * frame_bytes is what one frame from a peer may have: articles and entries are large,
 * consumers and operators send heads and words. */
static const struct {
    int type, high_water;
    int64_t frame_bytes;
} sockets[FRAME_ENDPOINTS] = {
    [FRAME_FEED] = {ZMQ_ROUTER, 32, LIMIT_FRAME_BYTES},
    [FRAME_WORK] = {ZMQ_ROUTER, 2 * LIMIT_CREDIT, LIMIT_FRAME_BYTES},
    [FRAME_TAIL] = {ZMQ_ROUTER, 64, LIMIT_HEAD_BYTES},
    [FRAME_PUBLIC] = {ZMQ_XPUB, 10000, PUBLIC_FRAME_BYTES},
    [FRAME_ADMIN] = {ZMQ_ROUTER, 16, LIMIT_HEAD_BYTES},
};

/* ---- sockets ---- */

static void close_port(struct port *port)
{
    char address[256];
    if (port->socket == NULL)
        return;
    /* Nobody new from here on; then what is to be said still is (LINGER). */
    if (frame_endpoint(port->broker->settings.listen, port->endpoint, address, NULL) == 0)
        zmq_unbind(port->socket, address);
    zmq_close(port->socket);
    port->socket = NULL;
}

static void close_ports(struct broker *broker)
{
    for (int i = 0; i < FRAME_ENDPOINTS; i++) {
        if (broker->loop && broker->port[i].socket)
            loop_del_socket(broker->loop, broker->port[i].socket);
        close_port(&broker->port[i]);
    }
}

static int secure(struct broker *broker, struct port *port, struct err *err)
{
    if (broker->auth == NULL)
        return 0;
    int rc =
        key_serve(port->socket, &broker->key, frame_endpoint_name(port->endpoint), err);
    return rc < 0 ? rc : auth_watch(broker->auth, port->socket, port->endpoint, err);
}

/* Does somebody listen at this ipc:// address? ZeroMQ would take it from them unasked. */
static bool is_answered(struct str address)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (!str_starts(address, STR("ipc://")))
        return false;
    struct str path = str_from(address, sizeof "ipc://" - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || path.len >= sizeof to.sun_path) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    memcpy(to.sun_path, path.ptr, path.len);
    int rc = connect(fd, (struct sockaddr *)&to, sizeof to);
    bool answered = rc == 0 || errno == EAGAIN;
    close(fd);
    return answered;
}

static int bind_port(struct broker *broker, enum frame_endpoint endpoint, struct err *err)
{
    char address[256];
    const int subscriptions = SUBSCRIPTIONS;
    struct port *port = &broker->port[endpoint];
    *port = (struct port){.broker = broker, .endpoint = endpoint};
    int rc = frame_endpoint(broker->settings.listen, endpoint, address, err);
    if (rc < 0)
        return rc;
    port->socket = frame_socket(broker->zmq, sockets[endpoint].type,
                                sockets[endpoint].high_water, err);
    if (port->socket == NULL)
        return ERR_SYSTEM;
    zmq_setsockopt(port->socket, ZMQ_MAXMSGSIZE, &sockets[endpoint].frame_bytes,
                   sizeof sockets[endpoint].frame_bytes);
    if (endpoint == FRAME_PUBLIC)
        zmq_setsockopt(port->socket, ZMQ_RCVHWM, &subscriptions, sizeof subscriptions);
    if ((rc = secure(broker, port, err)) < 0)
        return rc;
    bool taken = is_answered(str_of(address));
    if (!taken && zmq_bind(port->socket, address) == 0)
        return 0;
    if (taken || errno == EADDRINUSE)
        return err_set(err, ERR_LOCKED, "%s: address already in use", address);
    return err_set(err, ERR_SYSTEM, "%s: %s", address, zmq_strerror(errno));
}

/* ---- to the line and from it ---- */

static int send_message(void *context, enum frame_endpoint to, struct frames *message)
{
    struct broker *broker = context;
    return frames_send(broker->port[to].socket, message, NULL);
}

static void make_token(void *context, unsigned char out[DISPATCH_TOKEN_BYTES])
{
    (void)context;
    random_secret(out, DISPATCH_TOKEN_BYTES);
}

static void say_stats(void *context, metric_say *say, struct buf *out)
{
    struct broker *broker = context;
    say(out, "budget", &broker->budget.metrics, sizeof(struct budget_metrics));
    if (broker->auth)
        say(out, "auth", auth_metrics(broker->auth), sizeof(struct auth_metrics));
}

static uint64_t wall_ms(void *context)
{
    (void)context;
    return clock_wall_ms();
}

/* That a subscriber left is said by libzmq itself, and in nobody's name. */
static bool is_departure(enum frame_endpoint endpoint, const struct frames *message)
{
    struct str frame = frames_get(message, 0);
    return endpoint == FRAME_PUBLIC && frame.len > 0 && frame.ptr[0] == 0;
}

static void give_to_line(struct broker *broker, enum frame_endpoint endpoint,
                         uint64_t now_ms)
{
    const struct frames *message = &broker->message;
    const struct grant *grant = NULL;
    if (broker->auth && !is_departure(endpoint, message)) {
        grant = auth_grant(broker->auth, endpoint, frames_user(message));
        if (grant == NULL)
            return;
    }
    line_receive(broker->line, endpoint, grant, message, now_ms);
    if (broker->line->flooded && grant) {
        auth_bar_public(broker->auth, str_of(grant->key));
        diag(DIAG_WARN, "broker", "a key subscribes to too much: it is put out", "name",
             diag_str(grant->name), NULL);
    }
}

static void ready(void *context)
{
    struct port *port = context;
    struct broker *broker = port->broker;
    struct err err = {0};
    uint64_t now_ms = clock_now_ms();
    size_t bytes = 0;
    for (int n = 0; n < MESSAGES_A_TURN && bytes < BYTES_A_TURN && !broker->line->flooded;
         n++) {
        int rc = frames_recv(port->socket, &broker->message, &err);
        if (rc < 0)
            diag(DIAG_WARN, "broker", "a message could not be received", "error",
                 err.text, NULL);
        if (rc != 1)
            break;
        for (int i = 0; i < broker->message.count; i++)
            bytes += frames_get(&broker->message, i).len;
        give_to_line(broker, port->endpoint, now_ms);
    }
    frames_clear(&broker->message);
}

/* The journal's descriptor only ends the poll: every turn settles. */
static void journal_ready(void *context)
{
    (void)context;
}

/* Were nobody there to answer handshakes, libzmq would let everyone in. */
static void auth_ready(void *context)
{
    struct broker *broker = context;
    struct err err = {0};
    if (auth_answer(broker->auth, &err) == 0)
        return;
    diag(DIAG_ERROR, "broker", "the door cannot be kept: the broker ends", "error",
         err.text, NULL);
    close_ports(broker);
    broker->failed = ERR_STATE;
    loop_stop(broker->loop);
}

static void keep_budget(struct broker *broker, uint64_t now_ms)
{
    enum budget_change change = budget_look(&broker->budget, now_ms);
    if (change == BUDGET_SAME)
        return;
    diag(DIAG_WARN, "broker",
         change == BUDGET_SHUT ? "descriptors run out: nobody new gets in"
                               : "there are descriptors again: the door is open",
         "open", diag_u64(broker->budget.metrics.open_fds.value), "limit",
         diag_u64(broker->budget.metrics.limit_fds.value), NULL);
}

/* A subscriber cannot be cut off singly: all are, and those who may come back do so by
 * themselves. The stream promises no more. */
static void renew_public(struct broker *broker)
{
    struct err err = {0};
    struct port *port = &broker->port[FRAME_PUBLIC];
    const struct timespec wait = {.tv_nsec = REBIND_WAIT_NS};
    loop_del_socket(broker->loop, port->socket);
    line_forget_public(broker->line);
    int rc = ERR_LOCKED;
    close_port(port);
    for (int i = 0; rc == ERR_LOCKED && i < REBIND_TRIES; i++) {
        nanosleep(&wait, NULL);
        rc = bind_port(broker, FRAME_PUBLIC, &err);
        if (rc < 0)
            close_port(port);
    }
    if (rc == 0) {
        loop_add_socket(broker->loop, port->socket, ready, port);
        return;
    }
    diag(DIAG_ERROR, "broker", "the public stream could not be opened again", "error",
         err.text, NULL);
    broker->failed = err.code;
    loop_stop(broker->loop);
}

static uint64_t tick(void *context)
{
    struct broker *broker = context;
    uint64_t now_ms = clock_now_ms();
    if (broker->failed)
        return 0;
    uint64_t wait_ms = line_turn(broker->line, now_ms);
    if (broker->auth && now_ms >= broker->count_due_ms) {
        auth_count(broker->auth);
        broker->count_due_ms = now_ms + COUNT_EVERY_MS;
    }
    keep_budget(broker, now_ms);
    diag_settle(false);
    if (broker->line->flooded)
        renew_public(broker);
    broker->failed = broker->failed ? broker->failed : broker->line->failed;
    if (line_stopped(broker->line) || broker->failed)
        loop_stop(broker->loop);
    return wait_ms;
}

static void reload_allowed(struct broker *broker)
{
    struct err err = {0};
    bool public_cut;
    if (auth_reload(broker->auth, broker->settings.allow, &public_cut, &err) < 0) {
        diag(DIAG_WARN, "broker",
             "the allow list could not be read again; the old one stays", "error",
             err.text, NULL);
        return;
    }
    line_recheck(broker->line, auth_grants(broker->auth));
    diag(DIAG_INFO, "broker", "allow list read again", "keys",
         diag_u64(grants_count(auth_grants(broker->auth))), NULL);
    if (public_cut)
        renew_public(broker);
}

static void reload_settings(struct broker *broker)
{
    struct err err = {0};
    struct settings settings = broker->settings;
    if (broker->reload == NULL)
        return;
    if (broker->reload(broker->context, &settings, &err) < 0) {
        diag(DIAG_WARN, "broker", "settings could not be read again; the old ones stay",
             "error", err.text, NULL);
        return;
    }
    settings.listen = broker->settings.listen;
    settings.journal = broker->settings.journal;
    settings.key = broker->settings.key;
    settings.allow = broker->settings.allow;
    broker->settings = settings;
    line_configure(broker->line, &settings);
    diag(DIAG_INFO, "broker", "settings read again", NULL);
    if (broker->auth)
        reload_allowed(broker);
}

static void signalled(void *context, int number)
{
    struct broker *broker = context;
    if (number == SIGHUP)
        reload_settings(broker);
    else if (line_is_stopping(broker->line))
        loop_stop(broker->loop);
    else {
        ready_stopping(&broker->told);
        line_stop(broker->line, clock_now_ms());
    }
}

/* ---- building ---- */

static const int handled[] = {SIGTERM, SIGINT, SIGHUP};

/* Before the first bind. */
static int open_door(struct broker *broker, struct err *err)
{
    int rc = key_read_secret(broker->settings.key, &broker->key, err);
    return rc < 0 ? rc
                  : auth_open(broker->zmq, broker->settings.allow, &broker->auth, err);
}

static int make_directory(const char *path, struct err *err)
{
    int rc = file_make_dir(path, err);
    return rc < 0 ? rc : trust_check_directory(path, err);
}

static int bind_all(struct broker *broker, struct err *err)
{
    struct str base = str_of(broker->settings.listen);
    int rc = 0;
    if (str_starts(base, STR("ipc://")))
        rc = make_directory(base.ptr + sizeof "ipc://" - 1, err);
    broker->zmq = zmq_ctx_new();
    if (rc == 0 && broker->settings.key)
        rc = open_door(broker, err);
    for (int i = 0; rc == 0 && i < FRAME_ENDPOINTS; i++)
        rc = bind_port(broker, (enum frame_endpoint)i, err);
    return rc;
}

static int open_journal(struct broker *broker, struct err *err)
{
    const struct journal_options options = {.map_bytes = broker->settings.map_bytes};
    int rc = broker_try(broker->settings.journal, options.map_bytes, err);
    if (rc < 0)
        return rc;
    rc = journal_open(broker->settings.journal, &options, &broker->journal, err);
    return rc < 0 ? err_prefix(err, "%s", broker->settings.journal) : 0;
}

/* Before libzmq has threads: each blocks all signals when it first runs, which on a busy
 * machine is later than the first SIGTERM, and that would end the process undrained. They
 * wait until the loop takes them. */
static void hold_signals(void)
{
    sigset_t held;
    sigemptyset(&held);
    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++)
        sigaddset(&held, handled[i]);
    sigprocmask(SIG_BLOCK, &held, NULL);
}

int broker_open(const struct settings *settings, struct broker **broker_out,
                struct err *err)
{
    char probe[256];
    int rc = frame_endpoint(settings->listen, FRAME_FEED, probe, err);
    if (rc < 0)
        return rc;
    if ((rc = trust_check_address(settings, err)) < 0 ||
        (rc = trust_check_descriptors(settings, err)) < 0)
        return rc;
    if (settings->dead_ms < 2 * settings->beat_ms)
        return err_set(err, ERR_USAGE, "dead must be at least twice beat");
    struct broker *broker = mem_zero(1, sizeof *broker);
    uint64_t epoch;
    random_secret(&epoch, sizeof epoch);
    hash_hex(epoch, broker->name);
    broker->settings = *settings;
    ready_open(&broker->told, settings->ready_fd);
    frames_init(&broker->message);
    rc = open_journal(broker, err);
    if (rc == 0) {
        hold_signals();
        rc = bind_all(broker, err);
    }
    if (rc < 0) {
        broker_close(&broker);
        return rc;
    }
    const struct line_host host = {send_message, make_token, broker,
                                   broker->name, say_stats,  wall_ms};
    budget_open(&broker->budget, trust_descriptors(settings));
    broker->line = line_new(settings, &host, broker->journal, clock_now_ms());
    *broker_out = broker;
    return 0;
}

int broker_run(struct broker *broker, broker_reload *reload, void *context,
               struct err *err)
{
    broker->reload = reload;
    broker->context = context;
    broker->loop = loop_new();
    diag_limit(DIAG_SERVICE_LINES, DIAG_SERVICE_PER_MS); /* peers can make it talk */
    int rc = loop_signals(broker->loop, handled, sizeof handled / sizeof *handled,
                          signalled, broker, err);
    if (rc < 0)
        return rc;
    for (int i = 0; i < FRAME_ENDPOINTS; i++)
        loop_add_socket(broker->loop, broker->port[i].socket, ready, &broker->port[i]);
    if (broker->auth)
        loop_add_socket(broker->loop, auth_socket(broker->auth), auth_ready, broker);
    if (journal_fd(broker->journal) >= 0)
        loop_add_fd(broker->loop, journal_fd(broker->journal), journal_ready, broker);
    diag(DIAG_INFO, "broker", "ready", "listen", broker->settings.listen, "journal",
         broker->settings.journal, "security", broker->auth ? "curve" : "none", NULL);
    ready_say(&broker->told);
    rc = loop_run(broker->loop, tick, broker, err);
    if (rc == 0 && broker->failed)
        rc = err_set(err, broker->failed, "ended: see above");
    diag_settle(true);
    return rc;
}

void broker_close(struct broker **broker)
{
    struct broker *b = *broker;
    if (b == NULL)
        return;
    ready_close(&b->told);
    loop_free(&b->loop);
    line_free(&b->line);
    journal_close(&b->journal);
    frames_clear(&b->message);
    budget_close(&b->budget); /* sockets have their names when they go */
    for (int i = 0; i < FRAME_ENDPOINTS; i++)
        close_port(&b->port[i]);
    auth_close(&b->auth);
    key_wipe(&b->key);
    if (b->zmq)
        zmq_ctx_term(b->zmq);
    mem_free(b);
    *broker = NULL;
}
