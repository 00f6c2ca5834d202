#ifndef PROTO_BASE_ERR_H
#define PROTO_BASE_ERR_H

/* Error codes and error texts.
 *
 * A function that can fail returns 0, or a negative code from this list. Readers and
 * iterators return 1 (here is one), 0 (none now) or a negative code. A function that
 * touches the outside world takes `struct err *err` last: it fills code and text where
 * the failure happened, and callers prefix the text on the way up. `err` may be NULL. */

#define ERR_LIST(X)                                                                      \
    X(ERR_SYSTEM, "system", "a system call failed")                                      \
    X(ERR_USAGE, "usage", "wrong argument or setting")                                   \
    X(ERR_FORMAT, "format", "bytes that do not keep their format")                       \
    X(ERR_LIMIT, "limit", "over a limit")                                                \
    X(ERR_FIELD, "field", "a field is missing, unknown or of the wrong type")            \
    X(ERR_UTF8, "utf8", "text is not valid UTF-8")                                       \
    X(ERR_VERSION, "version", "written by a version this program does not know")         \
    X(ERR_CORRUPT, "corrupt", "stored bytes fail their checksum")                        \
    X(ERR_FULL, "full", "no room now")                                                   \
    X(ERR_NOSPACE, "nospace", "no room on the device")                                   \
    X(ERR_GONE, "gone", "the peer is not there")                                         \
    X(ERR_LOCKED, "locked", "somebody else holds it")                                    \
    X(ERR_NOTFOUND, "notfound", "no such thing")                                         \
    X(ERR_CONFLICT, "conflict", "exists with other content")                             \
    X(ERR_TIMEOUT, "timeout", "took too long")                                           \
    X(ERR_STALE, "stale", "the lease or session is over")                                \
    X(ERR_STATE, "state", "not possible in this state")                                  \
    X(ERR_BUILD, "build", "this program was built without it")                           \
    X(ERR_DENIED, "denied", "not allowed to this key, or to others than its owner")

enum err_code {
    ERR_NONE = 0,
#define X(code, name, text) code##_POSITIVE,
    ERR_LIST(X)
#undef X
        ERR_COUNT,
#define X(code, name, text) code = -(int)code##_POSITIVE,
    ERR_LIST(X)
#undef X
};

struct err {
    int code;       /* 0 or a negative err_code */
    char text[320]; /* what and where, for a person; UTF-8, no control characters */
};

/* Fill err and return code, so that `return err_set(err, ERR_LIMIT, "...")` reads well. */
int err_set(struct err *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a failed system call: code ERR_SYSTEM (ERR_NOSPACE for ENOSPC, EDQUOT, EFBIG),
 * text "<formatted>: <strerror(errno)>". */
int err_system(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Put "<formatted>: " before the text; returns err->code (ERR_SYSTEM where err is NULL: a
 * caller that may be given NULL keeps the code it got). */
int err_prefix(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Short stable name for the wire and for metrics ("limit"); borrowed, static. */
const char *err_name(int code);

/* One sentence on the code; borrowed, static. */
const char *err_meaning(int code);

#endif
