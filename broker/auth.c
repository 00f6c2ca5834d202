#include "broker/auth.h"

#include "proto/base/diag.h"
#include "proto/base/map.h"
#include "proto/base/mem.h"

#include <stdio.h>

#define ZAP_ADDRESS "inproc://zeromq.zap.01"
#define ZAP_VERSION "1.0"
/* So many answers a turn, that a crowd at the door does not hold up those inside. */
#define ANSWERS_A_TURN 64

/* A question's frames (the REP socket keeps the envelope). */
enum {
    ASK_VERSION,
    ASK_ID,
    ASK_DOMAIN,
    ASK_ADDRESS,
    ASK_IDENTITY,
    ASK_MECHANISM,
    ASK_KEY
};

#define KEY_BINARY_BYTES 32

struct auth {
    struct grants *grants;
    void *context, *socket;
    void *watcher[FRAME_ENDPOINTS]; /* what the sockets' monitors say */
    struct frames message;
    struct map *barred; /* keys that had the public stream and must not */
    unsigned watched; /* monitors there ever were */
    struct auth_metrics metrics;
};

int auth_open(void *zmq_context, const char *allow_path, struct auth **auth_out,
              struct err *err)
{
    const int linger_ms = 0;
    struct auth *auth = mem_zero(1, sizeof *auth);
    auth->metrics = (struct auth_metrics)METRIC_INIT(AUTH_METRICS);
    auth->context = zmq_context;
    frames_init(&auth->message);
    auth->barred = map_new();
    int rc = grants_open(allow_path, &auth->grants, err);
    if (rc == 0) {
        auth->metrics.keys.value = grants_count(auth->grants);
        auth->socket = zmq_socket(zmq_context, ZMQ_REP);
        if (auth->socket == NULL ||
            zmq_setsockopt(auth->socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms) != 0 ||
            zmq_bind(auth->socket, ZAP_ADDRESS) != 0)
            rc = err_set(err, ERR_SYSTEM, ZAP_ADDRESS ": %s", zmq_strerror(zmq_errno()));
    }
    if (rc < 0)
        auth_close(&auth);
    *auth_out = auth;
    return rc;
}

void auth_close(struct auth **auth)
{
    if (*auth == NULL)
        return;
    for (int i = 0; i < FRAME_ENDPOINTS; i++)
        if ((*auth)->watcher[i])
            zmq_close((*auth)->watcher[i]);
    if ((*auth)->socket)
        zmq_close((*auth)->socket);
    grants_close(&(*auth)->grants);
    map_free(&(*auth)->barred);
    frames_clear(&(*auth)->message);
    mem_free(*auth);
    *auth = NULL;
}

void *auth_socket(struct auth *auth)
{
    return auth->socket;
}

/* ---- questions ---- */

static bool endpoint_of(struct str domain, enum frame_endpoint *endpoint_out)
{
    for (int i = 0; i < FRAME_ENDPOINTS; i++)
        if (str_is(domain, frame_endpoint_name((enum frame_endpoint)i))) {
            *endpoint_out = (enum frame_endpoint)i;
            return true;
        }
    return false;
}

static bool opens(const struct auth *auth, const struct grant *grant,
                  enum frame_endpoint endpoint)
{
    return grant_opens(grant, endpoint) &&
           !(endpoint == FRAME_PUBLIC &&
             map_get(auth->barred, str_of(grant->key), NULL));
}

/* NULL, with why: this peer must not get in. */
static const struct grant *judge(const struct auth *auth, char key[KEY_TEXT_BYTES],
                                 const char **why_out)
{
    const struct frames *message = &auth->message;
    struct str binary = frames_get(message, ASK_KEY);
    enum frame_endpoint endpoint;
    snprintf(key, KEY_TEXT_BYTES, "-");
    *why_out = "not a question of a CURVE socket of ours";
    if (message->count != ASK_KEY + 1 ||
        !str_is(frames_get(message, ASK_VERSION), ZAP_VERSION) ||
        !str_is(frames_get(message, ASK_MECHANISM), "CURVE") ||
        binary.len != KEY_BINARY_BYTES ||
        !endpoint_of(frames_get(message, ASK_DOMAIN), &endpoint))
        return NULL;
    zmq_z85_encode(key, (const uint8_t *)binary.ptr, binary.len);
    const struct grant *grant = grants_find(auth->grants, str_of(key));
    *why_out = grant ? "the key's role is another" : "the key is not listed";
    return grant && opens(auth, grant, endpoint) ? grant : NULL;
}

static int answer_one(struct auth *auth, struct err *err)
{
    char key[KEY_TEXT_BYTES], id[256];
    const char *why;
    const struct grant *grant = judge(auth, key, &why);
    struct str asked = frames_get(&auth->message, ASK_ID);
    size_t id_len = asked.len < sizeof id ? asked.len : 0;
    memcpy(id, asked.ptr, id_len);
    if (grant)
        auth->metrics.accepted.value++;
    else
        auth->metrics.refused.value++;
    diag(DIAG_DEBUG, "auth", grant ? "let in" : why, "address",
         diag_str(frames_get(&auth->message, ASK_ADDRESS)), "endpoint",
         diag_str(frames_get(&auth->message, ASK_DOMAIN)), "key", key, NULL);
    frames_clear(&auth->message);
    frames_add_text(&auth->message, ZAP_VERSION);
    frames_add(&auth->message, str_make(id, id_len));
    frames_add_text(&auth->message, grant ? "200" : "400");
    frames_add_text(&auth->message, grant ? "OK" : "refused");
    frames_add_text(&auth->message, grant ? grant->key : "");
    frames_add_text(&auth->message, "");
    int rc = frames_send(auth->socket, &auth->message, err);
    frames_clear(&auth->message);
    /* A question whose asker is gone needs no answer; REP drops it itself. */
    return rc == 0 ? err_set(err, ERR_STATE, "an answer could not be sent") : rc;
}

int auth_answer(struct auth *auth, struct err *err)
{
    for (int i = 0; i < ANSWERS_A_TURN; i++) {
        int rc = frames_recv(auth->socket, &auth->message, err);
        if (rc == 1)
            rc = answer_one(auth, err);
        if (rc < 0)
            return err_prefix(err, "the handler of handshakes");
        if (rc == 0)
            break;
    }
    return 0;
}

/* ---- what fails before ---- */

int auth_watch(struct auth *auth, void *socket, enum frame_endpoint endpoint,
               struct err *err)
{
    char address[64];
    /* A name of its own: the one before is free only some time after its socket closed.
     */
    snprintf(address, sizeof address, "inproc://watch-%u", ++auth->watched);
    if (auth->watcher[endpoint])
        zmq_close(auth->watcher[endpoint]);
    auth->watcher[endpoint] = zmq_socket(auth->context, ZMQ_PAIR);
    if (zmq_socket_monitor(socket, address,
                           ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                               ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL) == 0 &&
        auth->watcher[endpoint] && zmq_connect(auth->watcher[endpoint], address) == 0)
        return 0;
    return err_set(err, ERR_SYSTEM, "%s: %s", address, zmq_strerror(zmq_errno()));
}

void auth_count(struct auth *auth)
{
    for (int i = 0; i < FRAME_ENDPOINTS; i++)
        while (auth->watcher[i] &&
               frames_recv(auth->watcher[i], &auth->message, NULL) == 1)
            auth->metrics.failed.value++;
    frames_clear(&auth->message);
}

/* ---- the list ---- */

int auth_reload(struct auth *auth, const char *allow_path, bool *public_cut_out,
                struct err *err)
{
    struct grants *grants;
    *public_cut_out = false;
    int rc = grants_open(allow_path, &grants, err);
    if (rc < 0)
        return rc;
    const struct grant *old, *new;
    for (size_t i = 0; (old = grants_at(auth->grants, i)); i++) {
        new = grants_find(grants, str_of(old->key));
        if (grant_opens(old, FRAME_PUBLIC) &&
            (new == NULL || !grant_opens(new, FRAME_PUBLIC)))
            *public_cut_out = true;
    }
    grants_close(&auth->grants);
    auth->grants = grants;
    map_clear(auth->barred);
    auth->metrics.keys.value = grants_count(grants);
    return 0;
}

const struct grant *auth_grant(struct auth *auth, enum frame_endpoint endpoint,
                               struct str user)
{
    const struct grant *grant = grants_find(auth->grants, user);
    if (user.ptr == NULL)
        auth->metrics.nameless.value++;
    else if (grant == NULL || !opens(auth, grant, endpoint))
        auth->metrics.revoked.value++;
    else
        return grant;
    return NULL;
}

void auth_bar_public(struct auth *auth, struct str user)
{
    map_put(auth->barred, user, 1);
}

const struct grants *auth_grants(const struct auth *auth)
{
    return auth->grants;
}

const struct auth_metrics *auth_metrics(const struct auth *auth)
{
    return &auth->metrics;
}
