#ifndef PROTO_CLIENT_ASK_H
#define PROTO_CLIENT_ASK_H

/* One request to a running broker (proto/admin.txt) and its answer. */

#include "proto/base/buf.h"
#include "proto/base/err.h"

/* Appends the answer's text. ERR_TIMEOUT when nobody answers within wait_ms; the broker's
 * own ERROR as code and text. */
int ask(const char *base, struct str request, uint64_t wait_ms, struct buf *answer,
        struct err *err);

#endif
