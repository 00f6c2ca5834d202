#include "proto/client/link.h"

#include "proto/base/clock.h"
#include "proto/base/mem.h"
#include "proto/base/random.h"
#include "proto/wire/key.h"

#include <limits.h>

/* Messages, each way. Credit and windows bound what is under way; this only has to be
 * more than they allow. */
#define HIGH_WATER 2000
/* Heads decode to at most some 100 bytes for each of LIMIT_BATCH items. */
#define ARENA_BYTES (4u << 20)
#define LINGER_MS   1000

static int set_linger(struct link *link, int linger_ms)
{
    return zmq_setsockopt(link->socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
}

static int join(struct link *link, struct err *err)
{
    if (zmq_connect(link->socket, link->endpoint) == 0)
        return 0;
    return err_set(err, ERR_SYSTEM, "connect %s: %s", link->endpoint,
                   zmq_strerror(zmq_errno()));
}

/* ---- whom we let in, and who lets us in ---- */

static int check_identity(const char *base, const struct identity *identity,
                          struct err *err)
{
    if ((identity->key == NULL) != (identity->server_key == NULL))
        return err_set(err, ERR_USAGE, "--key and --server-key go together");
    if (identity->key == NULL && !frame_is_local(base))
        return err_set(err, ERR_USAGE,
                       "%s: beyond this machine keys are needed: --key and --server-key",
                       base);
    return 0;
}

static int identify(struct link *link, const struct identity *identity, struct err *err)
{
    struct key key;
    if (identity->key == NULL)
        return 0;
    int rc = link->servers = key_read_ring(identity->server_key, link->server, err);
    if (rc > 0 && (rc = key_read_secret(identity->key, &key, err)) == 0) {
        rc = key_join(link->socket, &key, link->server[0], err);
        key_wipe(&key);
    }
    return rc;
}

static int watch(struct link *link, struct err *err)
{
    static const char address[] = "inproc://handshakes";
    if (!str_starts(str_of(link->endpoint), STR("tcp://")))
        return 0;
    link->watcher = zmq_socket(link->context, ZMQ_PAIR);
    if (link->watcher &&
        zmq_socket_monitor(link->socket, address,
                           ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                               ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                               ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                               ZMQ_EVENT_HANDSHAKE_SUCCEEDED) == 0 &&
        zmq_connect(link->watcher, address) == 0)
        return 0;
    return err_set(err, ERR_SYSTEM, "%s: %s", address, zmq_strerror(zmq_errno()));
}

/* A broker that wants keys and a client without may part before either has read why: then
 * so many handshakes break off within this time, for each key it may have. One that is
 * started again breaks off once, and one that hangs lets each run into HANDSHAKE_IVL, which
 * is longer. */
#define CUT_SHORT_MOST 3
#define CUT_SHORT_MS   2000

static bool is_cut_short(struct link *link)
{
    uint64_t now_ms = clock_now_ms();
    unsigned keys = link->servers > 1 ? (unsigned)link->servers : 1;
    if (link->cut_short == 0 || now_ms - link->cut_since_ms > CUT_SHORT_MS * keys) {
        link->cut_short = 0;
        link->cut_since_ms = now_ms;
    }
    return ++link->cut_short >= CUT_SHORT_MOST * keys;
}

/* The next key it may have. */
static int turn_ring(struct link *link, struct err *err)
{
    if (link->servers < 2 || link->parted)
        return 0;
    link->server_at = (link->server_at + 1) % link->servers;
    link->parted = true;
    return key_expect(link->socket, link->server[link->server_at], err);
}

/* libzmq tries again for ever and says nothing; whoever waits should know why. */
static int judge_handshake(struct link *link, uint16_t what, uint32_t value,
                           struct err *err)
{
    bool mismatch = what == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL &&
                    value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH;
    if (what == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        link->cut_short = 0;
        link->met = true;
        return 0;
    }
    if (what == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)
        mismatch = is_cut_short(link);
    if (what == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
        return err_set(err, ERR_DENIED,
                       "%s: the broker refuses this key, or not for this use",
                       link->endpoint);
    if (mismatch)
        return err_set(err, ERR_DENIED,
                       "%s: keys are needed on both sides or on none, and of the broker "
                       "the right one (--key and --server-key)",
                       link->endpoint);
    return turn_ring(link, err);
}

static int look_at_handshakes(struct link *link, struct err *err)
{
    struct frames event;
    uint16_t what;
    uint32_t value;
    int rc = 0;
    frames_init(&event);
    while (rc == 0 && link->watcher && frames_recv(link->watcher, &event, NULL) == 1) {
        struct str head = frames_get(&event, 0);
        if (head.len != sizeof what + sizeof value)
            continue;
        memcpy(&what, head.ptr, sizeof what);
        memcpy(&value, head.ptr + sizeof what, sizeof value);
        rc = judge_handshake(link, what, value, err);
    }
    frames_clear(&event);
    return rc;
}

/* ---- which broker ---- */

static uint32_t draw(uint32_t below)
{
    uint64_t number;
    random_secret(&number, sizeof number);
    return (uint32_t)(number % below);
}

static void choose(struct link *link, uint32_t at)
{
    link->at = at;
    link->endpoint = link->endpoints[at];
}

static int add_broker(struct link *link, struct str base, const struct identity *identity,
                      enum frame_endpoint which, struct err *err)
{
    char text[256];
    if (base.len == 0 || base.len >= sizeof text)
        return err_set(err, ERR_USAGE, "not the address of a broker: \"%.*s\"",
                       STR_ARG(base));
    if (link->brokers == LINK_BROKERS)
        return err_set(err, ERR_USAGE, "more than %d brokers", LINK_BROKERS);
    memcpy(text, base.ptr, base.len);
    text[base.len] = '\0';
    link->endpoints = mem_grow(link->endpoints, link->brokers + 1, sizeof text);
    int rc = frame_endpoint(text, which, link->endpoints[link->brokers], err);
    if (rc == 0)
        rc = check_identity(text, identity, err);
    link->brokers += rc == 0;
    return rc;
}

static int read_brokers(struct link *link, const char *base,
                        const struct identity *identity, enum frame_endpoint which,
                        struct err *err)
{
    struct str rest = str_of(base ? base : FRAME_BASE_DEFAULT), one;
    int rc = 0;
    while (rc == 0 && str_split(&rest, ',', &one) == 1)
        rc = add_broker(link, str_trim(one), identity, which, err);
    if (rc == 0)
        choose(link, which == FRAME_ADMIN ? 0 : draw(link->brokers));
    else
        mem_free(link->endpoints);
    return rc;
}

int link_open(struct link *link, const char *base, const struct identity *identity,
              enum frame_endpoint which, struct err *err)
{
    *link = (struct link){0};
    int rc = read_brokers(link, base, identity, which, err);
    if (rc < 0)
        return rc;
    arena_init(&link->arena, ARENA_BYTES);
    link->context = zmq_ctx_new();
    if (link->context == NULL) {
        rc = err_set(err, ERR_SYSTEM, "zmq_ctx_new: %s", zmq_strerror(zmq_errno()));
        goto failed;
    }
    link->socket = frame_socket(link->context, ZMQ_DEALER, HIGH_WATER, err);
    if (link->socket == NULL) {
        rc = ERR_SYSTEM;
        goto failed;
    }
    if ((rc = identify(link, identity, err)) < 0 || (rc = watch(link, err)) < 0 ||
        (rc = join(link, err)) < 0)
        goto failed;
    link->heard_ms = clock_now_ms();
    return 0;

failed:
    link_close(link, false);
    return rc;
}

void link_close(struct link *link, bool in_peace)
{
    if (link->watcher)
        zmq_close(link->watcher);
    if (link->socket) {
        set_linger(link, in_peace ? LINGER_MS : 0);
        zmq_close(link->socket);
    }
    if (link->context)
        zmq_ctx_term(link->context);
    arena_fini(&link->arena);
    mem_free(link->endpoints);
    *link = (struct link){0};
}

int link_again(struct link *link, struct err *err)
{
    set_linger(link, 0);
    zmq_disconnect(link->socket, link->endpoint);
    set_linger(link, LINGER_MS);
    link->heard_ms = clock_now_ms();
    link->broker[0] = '\0';
    if (link->brokers > 1 && !link->parted) /* else try the next key with this one */
        choose(link, (link->at + 1 + draw(link->brokers - 1)) % link->brokers);
    link->parted = false;
    return join(link, err);
}

void link_wait(struct link *link, uint64_t wait_ms, int events)
{
    zmq_pollitem_t item[] = {{link->socket, 0, (short)events, 0},
                             {link->watcher, 0, ZMQ_POLLIN, 0}};
    bool listens = link->watcher && (events & ZMQ_POLLIN);
    zmq_poll(item, listens ? 2 : 1, wait_ms > INT_MAX ? INT_MAX : (long)wait_ms);
}

bool link_has_message(struct link *link)
{
    zmq_pollitem_t item = {link->socket, 0, ZMQ_POLLIN, 0};
    return zmq_poll(&item, 1, 0) > 0;
}

int link_recv(struct link *link, struct frames *frames, struct err *err)
{
    int rc = frames_recv(link->socket, frames, err);
    if (rc > 0)
        link->heard_ms = clock_now_ms();
    return rc == 0 ? look_at_handshakes(link, err) : rc;
}

int link_send(struct link *link, struct frames *frames, struct err *err)
{
    int rc = frames_send(link->socket, frames, err);
    if (rc > 0)
        link->sent_ms = clock_now_ms();
    return rc;
}

int link_say(struct link *link, enum message command, const struct record_table *table,
             const void *head, struct err *err)
{
    struct frames frames;
    struct buf buf = {0};
    frames_init(&frames);
    frames_add_text(&frames, message_name(command));
    if (table)
        record_encode(table, head, &buf);
    frames_add(&frames, table ? buf_str(&buf) : STR("\x80"));
    int rc = link_send(link, &frames, err);
    frames_clear(&frames);
    buf_fini(&buf);
    return rc;
}

void link_greeted(struct link *link, struct str broker)
{
    size_t len = broker.len < sizeof link->broker ? broker.len : 0;
    if (len > 0)
        memcpy(link->broker, broker.ptr, len);
    link->broker[len] = '\0';
}

bool link_is_foreign(const struct link *link, struct str broker)
{
    return link->broker[0] && broker.ptr && !str_is(broker, link->broker);
}

struct str link_broker(const struct link *link)
{
    return link->broker[0] ? str_of(link->broker) : STR_NONE;
}

int link_head(struct link *link, const struct frames *frames,
              const struct record_table *table, void *head_out, struct err *err)
{
    struct str head = frames_get(frames, 1);
    arena_reset(&link->arena);
    if (head.len > LIMIT_HEAD_BYTES)
        return err_set(err, ERR_LIMIT, "head is longer than %d bytes", LIMIT_HEAD_BYTES);
    return record_decode(table, head, &link->arena, head_out, err);
}

int link_error(struct link *link, const struct frames *frames, struct err *err)
{
    struct message_error error;
    int rc = link_head(link, frames, &message_error_table, &error, err);
    if (rc < 0)
        return rc;
    return err_set(err, message_error_code(error.code), "the broker says %.*s: %.*s",
                   STR_ARG(error.code), (int)error.text.len,
                   error.text.ptr ? error.text.ptr : "");
}
