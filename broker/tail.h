#ifndef BROKER_TAIL_H
#define BROKER_TAIL_H

/* Fourth stage: consumers and where they are (proto/tail.txt).
 *
 * Pure session logic by slot (peers.h): position, credit, filters, and whether HELLO and
 * LIVE were said. The caller reads the journal from tail_position, asks tail_select what
 * of an entry passes, and reports with tail_moved what was really sent; a message that
 * could not be sent is thus built again from the same position. */

#include "proto/base/buf.h"
#include "proto/base/err.h"
#include "proto/base/metric.h"
#include "proto/wire/message.h"

#include <stdbool.h>
#include <stdint.h>

#define TAIL_CREDIT_DEFAULT 100
#define TAIL_CREDIT_MOST    (1024 * 1024)
/* A consumer whose filter passes nothing is told its position at least so often. */
#define TAIL_TELL_EVERY 256

/* What FROM may mean just now. */
struct tail_places {
    uint64_t first, last; /* oldest kept (last + 1 where nothing is) and newest durable */
    bool marked;          /* a position is kept under this name */
    uint64_t mark;
};

struct tail_filter {
    struct str *item; /* owned */
    uint32_t count;   /* 0: everything passes */
};
enum { TAIL_KINDS, TAIL_COUNTRIES, TAIL_LANGUAGES, TAIL_SOURCES, TAIL_FILTERS };

struct tail {
    bool here;
    bool greeted, live; /* HELLO, LIVE were said */
    uint64_t next;      /* position to read from */
    uint64_t told;      /* last position the consumer knows */
    uint64_t credit;
    struct str name; /* owned; ptr NULL: none */
    struct tail_filter filter[TAIL_FILTERS];
};

#define TAIL_METRICS(X)                                                                  \
    X(sessions, GAUGE, "consumers here now")                                             \
    X(entries, COUNTER, "entries sent")                                                  \
    X(bytes, COUNTER, "bytes of entries sent")                                           \
    X(skipped, COUNTER, "entries of which nothing passed the filter")                    \
    X(gaps, COUNTER, "gaps told")                                                        \
    X(full, COUNTER, "messages put off since a consumer's queue was full")

struct tail_metrics {
    METRIC_FIELDS(TAIL_METRICS)
};

struct tails;

struct tails *tails_new(void);
void tails_free(struct tails **tails);

/* A session begins, or begins anew. ERR_USAGE, ERR_LIMIT: the slot is as it was. */
int tail_begin(struct tails *tails, uint32_t slot, const struct message_from *from,
               const struct tail_places *places, struct err *err);
void tail_leave(struct tails *tails, uint32_t slot);
void tail_credit(struct tails *tails, uint32_t slot, uint64_t more);

void tail_said_hello(struct tails *tails, uint32_t slot); /* nothing is sent before it */

/* May entries up to `last` be sent to it: is there one, and credit for it? */
bool tail_wants(const struct tails *tails, uint32_t slot, uint64_t last);
/* Is it time to say LIVE? */
bool tail_arrived(const struct tails *tails, uint32_t slot, uint64_t last);
void tail_said_live(struct tails *tails, uint32_t slot);
/* Should the position be told, though there is no entry to send? idle: a beat is due. */
bool tail_should_tell(const struct tails *tails, uint32_t slot, bool idle);

/* Append the records of entry that pass, each with its seq, as a msgpack array; returns
 * how many they are (0: nothing appended). */
uint32_t tail_select(const struct tail *tail, uint64_t seq, struct str entry,
                     struct buf *out);
/* The session stands at next now; entries used up credit. told: the consumer knows. */
void tail_moved(struct tails *tails, uint32_t slot, uint64_t next, uint32_t entries,
                bool told);

const struct tail *tail_at(const struct tails *tails, uint32_t slot); /* NULL: none */
struct tail_metrics *tail_metrics(struct tails *tails);               /* borrowed */

#endif
