#ifndef PROTO_CLIENT_ASK_H
#define PROTO_CLIENT_ASK_H

/* One request to a running broker (proto/admin.txt) and its answer. */

#include "proto/base/buf.h"
#include "proto/base/err.h"
#include "proto/client/identity.h"

struct ask_options {
    const char *base; /* broker's base address */
    struct identity identity;
    uint64_t wait_ms;
};

/* Appends the answer's text. ERR_TIMEOUT when nobody answers within wait_ms; ERR_DENIED
 * when the broker does not let us; its own ERROR as code and text. */
int ask(const struct ask_options *options, struct str request, struct buf *answer,
        struct err *err);

#endif
