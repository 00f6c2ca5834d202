#ifndef PROTO_CLIENT_LINK_H
#define PROTO_CLIENT_LINK_H

/* The DEALER socket under put, take and tail, with a context of its own. libzmq connects
 * again by itself; link_again is for a new conversation: what still lies in the queues
 * belongs to the old one and is thrown away.
 *
 * A base address may be several, with commas between them: brokers that share a journal
 * (and keys). The first one is drawn by lot, so that clients spread, and so is each that
 * link_again goes on to, so that those of a broker that died spread over the others.
 *
 * A broker may be known by several keys (key_read_ring), of which it has one at a time, so
 * that it can be given another. Where a handshake fails the next one's turn has come:
 * nothing that is in the queue will arrive, and whoever speaks begins again (parted). */

#include "proto/base/arena.h"
#include "proto/client/identity.h"
#include "proto/wire/frame.h"
#include "proto/wire/key.h"
#include "proto/wire/message.h"

struct link {
    void *context, *socket;
    void *watcher;      /* what libzmq says of handshakes; NULL over ipc */
    unsigned cut_short; /* handshakes broken off without a reason since cut_since_ms */
    uint64_t cut_since_ms;
    char server[KEY_RING][KEY_TEXT_BYTES]; /* keys the broker may have */
    int servers, server_at;
    bool parted;        /* the broker has none of the keys tried: link_again, and begin */
    bool met;           /* a handshake has succeeded */
    struct arena arena; /* of the head decoded last */
    char (*endpoints)[256]; /* owned */
    uint32_t brokers, at;
    const char *endpoint; /* the one we talk to; borrowed from endpoints */
    char broker[64]; /* the run of the broker that said HELLO; "": it does not tell */
    uint64_t heard_ms, sent_ms; /* monotonic, 0 never */
};

#define LINK_BROKERS 64
/* identity is borrowed for the call; its files are read now. ERR_USAGE: half an identity,
 * or none and an address beyond this machine; not an address, or too many. An operator
 * (FRAME_ADMIN) asks the first one. */
int link_open(struct link *link, const char *base, const struct identity *identity,
              enum frame_endpoint which, struct err *err);
void link_close(struct link *link, bool in_peace); /* in peace: what is queued is sent */
/* With the next broker, where there are several. */
int link_again(struct link *link, struct err *err);

/* Wait for a message (ZMQ_POLLIN) or for room (ZMQ_POLLOUT), at most wait_ms. */
void link_wait(struct link *link, uint64_t wait_ms, int events);
bool link_has_message(struct link *link);

/* 1, 0 none, negative. Sets heard_ms. ERR_DENIED: the broker's door is closed to us; it
 * might be open to another key, or later. */
int link_recv(struct link *link, struct frames *frames, struct err *err);
/* As frames_send; sets sent_ms. */
int link_send(struct link *link, struct frames *frames, struct err *err);
/* HELLO came from this run of the broker. */
void link_greeted(struct link *link, struct str broker);
/* Was this said by another run? */
bool link_is_foreign(const struct link *link, struct str broker);
/* What is said to that run names it: NULL where it did not. */
struct str link_broker(const struct link *link);
/* A command and its head; table NULL: an empty map. 1 sent, 0 full, negative. */
int link_say(struct link *link, enum message command, const struct record_table *table,
             const void *head, struct err *err);

/* The head of a message (its second frame) into the link's arena, after a reset. */
int link_head(struct link *link, const struct frames *frames,
              const struct record_table *table, void *head_out, struct err *err);
/* Code and text of an ERROR message; returns the code. */
int link_error(struct link *link, const struct frames *frames, struct err *err);

#endif
