#ifndef BROKER_JOURNAL_NATS_LINK_H
#define BROKER_JOURNAL_NATS_LINK_H

/* A connection to a NATS cluster that never holds its user up. Sending fills a queue that
 * a thread of the link empties, since libnats writes to the socket from the publishing
 * thread; what arrives, on threads of libnats, waits in a queue and makes a descriptor
 * readable. It reconnects for ever, with jitter, to any of the servers.
 *
 * Nothing here is reliable: what is sent while there is no connection, or is under way
 * when it breaks, is lost, and whoever needs an answer asks again. Requests name a token;
 * the answer carries it back. All calls from one thread. */

#include "proto/base/err.h"
#include "proto/base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct jet_link;

/* A journal's place in a cluster: "//HOST[:PORT],…?name=NAME&replicas=N&…", what follows
 * "nats:" in its URI. Passwords have no place in it: they would show in a process list.
 */
#define JET_SERVERS 16
struct jet_place {
    char *text;                /* owned; the others point into it */
    char *server[JET_SERVERS]; /* owned; "nats://HOST:PORT" */
    int servers;
    const char *name;  /* of the streams; default "warta" */
    unsigned replicas; /* 1, 3 or 5; default 3, or 1 where one server is named */
    const char *creds; /* file of user credentials; or NULL */
    const char *nkey, *seed_file; /* public key, and the file of its seed; or NULL */
    const char *token_file;       /* or NULL */
    const char *ca_file;          /* certificates to check the servers by; TLS with it */
};

/* ERR_USAGE says which part is wrong. */
int jet_place_read(const char *rest, struct jet_place *out, struct err *err);
void jet_place_fini(struct jet_place *place);

/* What arrived. Borrowed until the next jet_link_next. */
struct jet_message {
    struct str subject, reply, data;
    struct str token; /* of the request it answers; absent: a message of a stream */
    int status;       /* 0, or what the server says instead of data: 404, 408, 503 … */
    uint64_t pending; /* with it: messages of the request that will not come */
};

/* A message to be sent; all borrowed for the call. */
struct jet_request {
    const char *subject;
    const char *token;  /* NULL: no answer is wanted */
    const char *msg_id; /* NULL: none; Nats-Msg-Id (ADR-4, JetStream's de-duplication) */
    bool first;         /* only where the stream has none of this subject */
    struct str data;
};

/* Returns before there is a connection. ERR_SYSTEM, ERR_USAGE (a file that cannot be
 * read). */
int jet_link_open(const struct jet_place *place, struct jet_link **link_out,
                  struct err *err);
/* Gives what was sent a second to leave. */
void jet_link_close(struct jet_link **link);

/* Readable when something arrived or the connection changed, and four times a second so
 * that its user can ask again for what was not answered. */
int jet_link_fd(const struct jet_link *link);
/* 0 while there is no connection; else a number that no earlier connection had. */
uint64_t jet_link_epoch(struct jet_link *link);
/* Largest message the server takes, bytes; 0: not known yet. */
int64_t jet_link_most(struct jet_link *link);
/* What libnats said last of why there is no connection. Borrowed until the next call. */
const char *jet_link_trouble(struct jet_link *link);

/* False: no connection, or the queue is full; nothing happens then. */
bool jet_link_send(struct jet_link *link, const struct jet_request *request);
int jet_link_next(struct jet_link *link, struct jet_message *out);

#endif
