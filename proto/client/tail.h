#ifndef PROTO_CLIENT_TAIL_H
#define PROTO_CLIENT_TAIL_H

/* The consumer's side of proto/tail.txt: FROM with filters, credit, beats, and beginning
 * again from the next position after the broker was silent or restarted. One thread. */

#include "proto/base/err.h"
#include "proto/base/str.h"
#include "proto/client/identity.h"

struct tail;

#define TAIL_FIRST ((uint64_t)0)  /* the oldest kept */
#define TAIL_NEW   ((uint64_t)-1) /* only what comes from now on */
#define TAIL_MARK  ((uint64_t)-2) /* where tail_confirm of this name left off */

struct tail_options {
    const char *base;
    struct identity identity;
    uint64_t from;    /* a position, or TAIL_… */
    uint32_t credit;  /* entries under way; 0: 256 */
    const char *name; /* NULL: none */
    const char *const *kinds, *const *countries,
                                  *const *languages,
                                      *const *sources; /* NULL-terminated or NULL */
};

enum tail_what { TAIL_ENTRY, TAIL_LIVE, TAIL_GAP, TAIL_MOVED };

struct tail_item {
    enum tail_what what;
    struct str
        entry; /* TAIL_ENTRY: msgpack array of records, borrowed until the next call */
    uint64_t next; /* position to resume from once this item has been dealt with, and all
                      before it */
    uint64_t gap_from, gap_to; /* TAIL_GAP */
    struct str reason;         /* TAIL_GAP: borrowed */
};

int tail_open(const struct tail_options *options, struct tail **tail_out,
              struct err *err);
void tail_close(struct tail **tail);
/* 1, 0 (nothing within wait_ms), negative (ERR_USAGE and such: the broker refused;
 * ERR_TIMEOUT is not used: it reconnects for ever). Credit is given back in passing. */
int tail_next(struct tail *tail, uint64_t wait_ms, struct tail_item *out,
              struct err *err);
int tail_confirm(struct tail *tail, uint64_t next, struct err *err);
bool tail_connected(const struct tail *tail); /* HELLO seen and not silent since */
void *tail_socket(struct tail *tail);         /* borrowed */

#endif
