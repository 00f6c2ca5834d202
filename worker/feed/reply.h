#ifndef WORKER_FEED_REPLY_H
#define WORKER_FEED_REPLY_H

/* An answer of HTTP as archives keep it: status line, header, body (RFC 9112). Archives
 * hold what a crawler wrote, so a body may be as it came over the wire (chunked, gzipped)
 * or have been undone already under a header that still says so: a body that does not
 * begin as its header says is taken as it stands. */

#include "proto/base/buf.h"
#include "proto/base/err.h"

#define REPLY_BODY_MOST ((size_t)8 * 1024 * 1024) /* undone */
#define REPLY_CODINGS   2                         /* one over the other, at most */

enum reply_coding { REPLY_GZIP, REPLY_DEFLATE, REPLY_UNKNOWN };

struct reply { /* borrowed from what was read */
    int status;
    struct str type; /* media type with its parameters; absent where not said */
    bool chunked;
    enum reply_coding coding[REPLY_CODINGS]; /* in the order they were done */
    int codings;                             /* REPLY_CODINGS + 1: more than are undone */
    struct str rest;                         /* the body as it stands */
};

/* ERR_FORMAT. */
int reply_read(struct str bytes, struct reply *out, struct err *err);
/* "text/html" of `type`, in any case of letters. */
bool reply_is_type(const struct reply *reply, const char *type);
/* The codings can be undone. */
bool reply_is_readable(const struct reply *reply);

/* The body, undone, in one of the two buffers or as it stands. cut: it may end anywhere.
 * ERR_FORMAT, ERR_LIMIT. */
int reply_body(const struct reply *reply, bool cut, struct buf scratch[2],
               struct str *out, struct err *err);

#endif
