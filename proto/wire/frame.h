#ifndef PROTO_WIRE_FRAME_H
#define PROTO_WIRE_FRAME_H

/* Multipart messages on a ZeroMQ socket. "Full" and "gone" are results here, not
 * surprises: sends never wait (ZMQ_DONTWAIT), ROUTER sockets have ZMQ_ROUTER_MANDATORY.
 */

#include "proto/base/err.h"
#include "proto/base/str.h"
#include "proto/wire/limits.h"

#include <zmq.h>

struct frames {
    zmq_msg_t part[LIMIT_FRAMES];
    int count;
    bool truncated; /* the message had more than LIMIT_FRAMES frames; the rest was read
                       and dropped */
};

void frames_init(struct frames *frames);
void frames_clear(struct frames *frames); /* closes the parts; ready for the next */

/* 1 one message, 0 none waiting, negative ERR_SYSTEM. Always reads whole messages. */
int frames_recv(void *socket, struct frames *frames, struct err *err);
struct str frames_get(const struct frames *frames,
                      int index); /* borrowed; {"",0} beyond the end */

/* Who sent it: what the ZAP handler called the peer at its handshake; {NULL, 0} where
 * nobody asked. Borrowed from the message. */
struct str frames_user(const struct frames *frames);

/* Building: parts are added in order. */
void frames_add(struct frames *frames, struct str bytes); /* copied */
void frames_add_text(struct frames *frames, const char *text);
char *frames_add_space(struct frames *frames, size_t len);        /* borrowed: fill it */
void frames_add_moved(struct frames *frames, zmq_msg_t *message); /* taken */

/* 1 sent (parts are empty afterwards), 0 full: try later (parts kept), ERR_GONE: no such
 * peer or it left, ERR_SYSTEM. */
int frames_send(void *socket, struct frames *frames, struct err *err);

/* Endpoint addresses from a base address (proto/README.md). */
enum frame_endpoint {
    FRAME_FEED,
    FRAME_WORK,
    FRAME_TAIL,
    FRAME_PUBLIC,
    FRAME_ADMIN,
    FRAME_ENDPOINTS
};
#define FRAME_BASE_DEFAULT "tcp://127.0.0.1:7400"
/* ERR_USAGE where base is neither tcp://host:port (port 1..65531) nor ipc://dir. */
int frame_endpoint(const char *base, enum frame_endpoint which, char out[256],
                   struct err *err);
const char *frame_endpoint_name(enum frame_endpoint which); /* "feed", …; borrowed */
/* Is it ipc, or tcp on 127.0.0.0/8, [::1] or localhost? */
bool frame_is_local(const char *base);

/* Make a socket with this project's options set (LINGER, HWM, MAXMSGSIZE, HANDSHAKE_IVL,
 * heartbeats, MANDATORY and no HANDOVER for ROUTER, IPV6); NULL with err. */
void *frame_socket(void *zmq_context, int type, int high_water, struct err *err);

#endif
