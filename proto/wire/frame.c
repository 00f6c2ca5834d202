#include "proto/wire/frame.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <sys/un.h>

/* How long a closing socket still tries to send: for BYE, and the last answers. */
#define LINGER_MS 1000
/* A connection that has not said who it is by then is dropped. */
#define HANDSHAKE_MS 3000
/* ZMTP's own beats find dead hosts; hung programs are found by leases and BEAT. */
#define BEAT_MS      1000
#define BEAT_DEAD_MS 3000
/* A broker that was restarted is found again at once, one that is away is not pestered.
 */
#define RECONNECT_MS      100
#define RECONNECT_MOST_MS 2000
/* The base's port is followed by the other endpoints' (proto/README.md). */
#define PORT_MOST (65535 - (FRAME_ENDPOINTS - 1))

void frames_init(struct frames *frames)
{
    frames->count = 0;
    frames->truncated = false;
}

void frames_clear(struct frames *frames)
{
    for (int i = 0; i < frames->count; i++)
        zmq_msg_close(&frames->part[i]);
    frames_init(frames);
}

static int receive(void *socket, zmq_msg_t *part, int flags)
{
    int rc;
    do
        rc = zmq_msg_recv(part, socket, flags);
    while (rc < 0 && errno == EINTR);
    return rc;
}

static int zmq_failed(struct err *err, const char *what)
{
    return err_set(err, ERR_SYSTEM, "%s: %s", what, zmq_strerror(errno));
}

int frames_recv(void *socket, struct frames *frames, struct err *err)
{
    bool more = true;
    frames_clear(frames);
    for (int n = 0; more; n++) {
        zmq_msg_t part;
        zmq_msg_init(&part);
        /* Once its first frame is there, a message is there as a whole. */
        if (receive(socket, &part, n == 0 ? ZMQ_DONTWAIT : 0) < 0) {
            int error = errno;
            zmq_msg_close(&part);
            if (n == 0 && error == EAGAIN)
                return 0;
            errno = error;
            return zmq_failed(err, "receive");
        }
        more = zmq_msg_more(&part);
        if (frames->count == LIMIT_FRAMES) {
            frames->truncated = true;
            zmq_msg_close(&part);
        } else {
            frames_add_moved(frames, &part);
        }
    }
    return 1;
}

struct str frames_get(const struct frames *frames, int index)
{
    if (index < 0 || index >= frames->count)
        return (struct str){"", 0};
    zmq_msg_t *part = (zmq_msg_t *)&frames->part[index]; /* zmq has no const */
    return str_make(zmq_msg_data(part), zmq_msg_size(part));
}

struct str frames_user(const struct frames *frames)
{
    if (frames->count == 0)
        return STR_NONE;
    /* The routing id in front is ROUTER's own: libzmq does not always put a name to it. */
    const zmq_msg_t *last = &frames->part[frames->count - 1];
    return str_of(zmq_msg_gets((zmq_msg_t *)last, "User-Id"));
}

char *frames_add_space(struct frames *frames, size_t len)
{
    assert(frames->count < LIMIT_FRAMES);
    zmq_msg_t *part = &frames->part[frames->count++];
    int rc = zmq_msg_init_size(part, len);
    assert(rc == 0);
    return zmq_msg_data(part);
}

void frames_add(struct frames *frames, struct str bytes)
{
    char *space = frames_add_space(frames, bytes.len);
    if (bytes.len > 0)
        memcpy(space, bytes.ptr, bytes.len);
}

void frames_add_text(struct frames *frames, const char *text)
{
    frames_add(frames, str_of(text));
}

void frames_add_moved(struct frames *frames, zmq_msg_t *message)
{
    assert(frames->count < LIMIT_FRAMES);
    zmq_msg_t *part = &frames->part[frames->count++];
    zmq_msg_init(part);
    int rc = zmq_msg_move(part, message);
    assert(rc == 0);
}

int frames_send(void *socket, struct frames *frames, struct err *err)
{
    assert(frames->count > 0);
    for (int i = 0; i < frames->count; i++) {
        /* Room is decided at the first part; the rest cannot block behind it, and without
         * DONTWAIT a connection lost half way drops the rest instead of keeping it. */
        int flags =
            (i == 0 ? ZMQ_DONTWAIT : 0) | (i + 1 < frames->count ? ZMQ_SNDMORE : 0);
        int rc;
        do
            rc = zmq_msg_send(&frames->part[i], socket, flags);
        while (rc < 0 && errno == EINTR);
        if (rc >= 0)
            continue;
        if (i == 0 && errno == EAGAIN)
            return 0;
        if (errno == EHOSTUNREACH)
            return err_set(err, ERR_GONE, "the peer is not connected");
        return zmq_failed(err, "send");
    }
    frames_clear(frames);
    return 1;
}

static const char *const endpoint_names[] = {"feed", "work", "tail", "public", "admin"};

const char *frame_endpoint_name(enum frame_endpoint which)
{
    return endpoint_names[which];
}

static int ipc_endpoint(struct str dir, const char *name, char out[256], struct err *err)
{
    const struct sockaddr_un *address = NULL;
    while (dir.len > 1 && dir.ptr[dir.len - 1] == '/')
        dir.len--;
    if (dir.len == 0)
        return err_set(err, ERR_USAGE, "ipc:// without a directory");
    if (dir.len + sizeof "/public" > sizeof address->sun_path)
        return err_set(err, ERR_USAGE, "directory too long for a socket: %.*s",
                       STR_ARG(dir));
    snprintf(out, 256, "ipc://%.*s/%s", STR_ARG(dir), name);
    return 0;
}

/* "host:port" apart; an IPv6 host keeps its brackets. */
static bool split_tcp(struct str rest, struct str *host_out, uint64_t *port_out)
{
    const char *colon = rest.len ? memrchr(rest.ptr, ':', rest.len) : NULL;
    if (colon == NULL)
        return false;
    *host_out = str_make(rest.ptr, (size_t)(colon - rest.ptr));
    return host_out->len > 0 && host_out->len < 200 &&
           str_to_u64(str_from(rest, host_out->len + 1), port_out);
}

int frame_endpoint(const char *base, enum frame_endpoint which, char out[256],
                   struct err *err)
{
    struct str s = str_of(base ? base : FRAME_BASE_DEFAULT), host;
    uint64_t port;
    if (str_starts(s, STR("ipc://")))
        return ipc_endpoint(str_from(s, 6), endpoint_names[which], out, err);
    if (!str_starts(s, STR("tcp://")))
        return err_set(err, ERR_USAGE, "not tcp://HOST:PORT or ipc://DIR: %s", base);
    if (!split_tcp(str_from(s, 6), &host, &port) || port < 1 || port > PORT_MOST)
        return err_set(err, ERR_USAGE, "not tcp://HOST:PORT (port 1 to %d): %s",
                       PORT_MOST, base);
    snprintf(out, 256, "tcp://%.*s:%d", STR_ARG(host), (int)port + (int)which);
    return 0;
}

bool frame_is_local(const char *base)
{
    struct str s = str_of(base ? base : FRAME_BASE_DEFAULT), host;
    uint64_t port;
    char text[INET_ADDRSTRLEN];
    struct in_addr address;
    if (str_starts(s, STR("ipc://")))
        return true;
    if (!str_starts(s, STR("tcp://")) || !split_tcp(str_from(s, 6), &host, &port))
        return false;
    if (str_is(host, "localhost") || str_is(host, "[::1]"))
        return true;
    if (host.len >= sizeof text)
        return false;
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    return inet_pton(AF_INET, text, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

static bool set(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

void *frame_socket(void *zmq_context, int type, int high_water, struct err *err)
{
    const int64_t most = LIMIT_FRAME_BYTES;
    void *socket = zmq_socket(zmq_context, type);
    if (socket == NULL)
        return zmq_failed(err, "socket"), NULL;
    bool ok = set(socket, ZMQ_LINGER, LINGER_MS) && set(socket, ZMQ_RCVHWM, high_water) &&
              set(socket, ZMQ_SNDHWM, high_water) &&
              zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof most) == 0 &&
              set(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
              set(socket, ZMQ_HEARTBEAT_IVL, BEAT_MS) &&
              set(socket, ZMQ_HEARTBEAT_TIMEOUT, BEAT_DEAD_MS) &&
              set(socket, ZMQ_HEARTBEAT_TTL, BEAT_DEAD_MS) &&
              set(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
              set(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MOST_MS) &&
              set(socket, ZMQ_IPV6, 1) &&
              (type != ZMQ_ROUTER || set(socket, ZMQ_ROUTER_MANDATORY, 1));
    if (!ok) {
        zmq_failed(err, "socket option");
        zmq_close(socket);
        return NULL;
    }
    return socket;
}
