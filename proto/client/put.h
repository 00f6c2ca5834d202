#ifndef PROTO_CLIENT_PUT_H
#define PROTO_CLIENT_PUT_H

/* The feeder's side of proto/feed.txt: packs articles into PUTs, keeps a window of
 * unanswered ones, sends them again after silence, waits and retries on "busy".
 *
 * Give articles with put_add; call put_turn until every one has come back through
 * `settled`, which may be in another order. An article is kept (copied) until then. One
 * thread. */

#include "proto/base/err.h"
#include "proto/client/identity.h"
#include "proto/wire/article.h"
#include "proto/wire/message.h"

struct put;

struct put_options {
    const char *base; /* broker's base address; NULL: FRAME_BASE_DEFAULT */
    struct identity identity;
    const char *feed, *lane; /* proto/feed.txt; NULL: as the broker has it */
    uint32_t window;         /* unanswered PUTs; 0: 16 */
    uint32_t batch;          /* most articles a PUT; 0: 64 */
    uint64_t resend_ms;      /* 0: 10 s */
    /* Called from put_turn once for each article, when it is stored, a duplicate or
     * rejected. token is put_add's. */
    void (*settled)(void *context, uint64_t token, const struct message_result *result);
    void *context;
};

struct put_stats {
    uint64_t added, stored, duplicate, rejected, busy, resent;
    bool waiting; /* the broker said busy, or does not answer */
};

int put_open(const struct put_options *options, struct put **put_out, struct err *err);
void put_close(struct put **put);
/* 1 taken, 0 window full: call put_turn and offer it again, negative ERR_LIMIT (too large
 * to send). */
int put_add(struct put *put, const struct article *article, uint64_t token,
            struct err *err);
/* Send what is due and handle answers, waiting at most wait_ms for one. 1 there are
 * unsettled articles, 0 none. */
int put_turn(struct put *put, uint64_t wait_ms, struct err *err);
void put_stats(const struct put *put, struct put_stats *out);
void *put_socket(struct put *put); /* borrowed: to poll beside other things */

#endif
