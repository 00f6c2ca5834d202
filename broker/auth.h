#ifndef BROKER_AUTH_H
#define BROKER_AUTH_H

/* The door: answers libzmq's questions (ZAP, rfc.zeromq.org/spec/27) whether a key may
 * connect to an endpoint, by the allow list, and tells later whose messages these are.
 *
 * The user id of a peer is its public key. libzmq sets it; the routing id, which a peer
 * chooses itself, means nothing here. Rights are looked up for every message, so a key
 * that is no longer listed is cut off with the next reading of the list.
 *
 * libzmq lets everybody in once nobody answers its questions. So auth_open comes before
 * the first bind; an error of auth_answer must end the process; and a message without a
 * user id is nobody's (auth_grant). While the loop is held up, handshakes wait. */

#include "broker/grant.h"
#include "proto/base/metric.h"

#define AUTH_METRICS(X)                                                                  \
    X(accepted, COUNTER, "handshakes of keys that are listed")                           \
    X(refused, COUNTER, "handshakes of keys that are not, or not for this endpoint")     \
    X(failed, COUNTER,                                                                   \
      "handshakes that did not come so far: no key, no ZeroMQ, silence")                 \
    X(nameless, COUNTER, "messages dropped since they carry no user id")                 \
    X(revoked, COUNTER, "messages dropped since their key is no longer allowed")         \
    X(keys, GAUGE, "keys listed")

struct auth_metrics {
    METRIC_FIELDS(AUTH_METRICS)
};

struct auth;

/* Binds inproc://zeromq.zap.01 in this context and reads the allow list. */
int auth_open(void *zmq_context, const char *allow_path, struct auth **auth_out,
              struct err *err);
void auth_close(struct auth **auth); /* after the sockets it guards */

void *auth_socket(struct auth *auth); /* borrowed: to poll */
/* Answer what is asked. An error: the door cannot be kept any more. */
int auth_answer(struct auth *auth, struct err *err);

/* Count what fails before it comes to a question: from before the socket's bind on. */
int auth_watch(struct auth *auth, void *socket, enum frame_endpoint endpoint,
               struct err *err);
void auth_count(struct auth *auth); /* now and then */

/* Read the allow list again. On an error the old one stays. public_cut_out: somebody who
 * could open the public stream no longer can. */
int auth_reload(struct auth *auth, const char *allow_path, bool *public_cut_out,
                struct err *err);

/* Whose message is it? NULL: nobody's who may send here (counted); drop it. */
const struct grant *auth_grant(struct auth *auth, enum frame_endpoint endpoint,
                               struct str user);
/* This key has no public stream from now on, until the list is read again. */
void auth_bar_public(struct auth *auth, struct str user);
const struct grants *auth_grants(const struct auth *auth); /* until the next reload */
const struct auth_metrics *auth_metrics(const struct auth *auth);

#endif
