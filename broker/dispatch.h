#ifndef BROKER_DISPATCH_H
#define BROKER_DISPATCH_H

/* Which worker reads which article: credit, leases, attempts.
 *
 * Pure: no socket, no file, no clock. Events and `now` go in; what must be done about
 * articles comes out of dispatch_next. A worker is known by its slot (peers.h).
 *
 * A worker has credit, how many articles it wants in flight; an article goes to the
 * worker that is least loaded for its credit, under a lease: a random token bound to that
 * worker, with a deadline. The lease ends by dispatch_done    the result was taken over,
 *   dispatch_fail    the worker could not read it: a failure is counted,
 *   dispatch_return  nobody's fault: nothing is counted,
 *   the deadline, or the worker's leaving: see below.
 *
 * Who is to blame. A worker reads its jobs in the order they were given, so it was
 * reading the oldest lease it has in hand. When the worker dies, a death is counted for
 * that one article; when a deadline passes, a failure is. The others in its hand go back
 * uncounted. A worker whose lease ran out gets nothing new until it answers, begins anew,
 * or one lease time has passed.
 *
 * An article with `deaths` deaths or `failures` failures is buried with its reason. But
 * the oldest may have been read, and its result been lost with the worker: so an article
 * with a death is read alone from then on, by a worker that has nothing else in hand, and
 * only a death alone buries. Such an attempt is counted durably before it begins: one
 * that the broker did not live to see the end of is a death that nobody saw. It counts,
 * but takes one more than the others to bury, since the broker may have died of something
 * else.
 *
 * A worker that told `streak` failures in a row, and no result between, is benched: what
 * it has in hand goes to others uncounted, and it rests, a second first, twice as long
 * each time, a minute at most. After that it gets one article at a time until it has a
 * result to show. So a worker that cannot read at all buries few articles. */

#include "proto/base/buf.h"
#include "proto/base/heap.h"
#include "proto/base/metric.h"
#include "proto/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define DISPATCH_TOKEN_BYTES   16
#define DISPATCH_REASON_BYTES  256
#define DISPATCH_NAME_BYTES    64 /* of a worker's name, in an action */
#define DISPATCH_BENCH_MS      1000
#define DISPATCH_BENCH_MOST_MS 60000

struct dispatch_limits {
    uint64_t lease_ms;
    uint64_t deaths, failures;
    uint64_t streak; /* 0: nobody is benched */
};

/* Where tokens come from: the system in a broker, a seed in a simulation. */
typedef void dispatch_token(void *context, unsigned char out[DISPATCH_TOKEN_BYTES]);

struct dispatch_article {
    uint64_t seq;
    struct str id;
    uint32_t deaths, failures; /* attempts that ended so */
    struct str note;           /* goes back with it */
};

enum dispatch_outcome {
    DISPATCH_RETURNED, /* nothing is counted */
    DISPATCH_DEATH,
    DISPATCH_FAILURE,
    DISPATCH_EXPIRY, /* counted as a failure */
};

struct lease {
    unsigned char token[DISPATCH_TOKEN_BYTES];
    struct dispatch_article article; /* id and note are owned by the lease */
    uint32_t worker;
    struct heap_slot deadline;
    struct lease *older, *newer;      /* in the hand of the same worker; of those that are
                                         over, newer is the next */
    struct dispatch_verdict *verdict; /* owned; NULL: nothing is counted */
};

struct worker {
    bool here;
    bool draining;
    bool resting; /* a lease ran out: no new job before rest_until_ms */
    uint64_t rest_until_ms;
    uint32_t credit, leased;
    uint64_t done, failed;
    uint64_t streak;               /* failures since the last result */
    struct str name, extractor;    /* owned */
    struct lease *oldest, *newest; /* in its hand */
    struct heap_slot load;         /* in the heap while it has room */
};

/* What is to be done about an article that is nobody's any more. */
struct dispatch_verdict {
    enum dispatch_outcome outcome;
    bool bury;
    char worker[DISPATCH_NAME_BYTES];
    char reason[DISPATCH_REASON_BYTES];
};
struct dispatch_action {
    bool bury; /* else it goes back as work */
    enum dispatch_outcome outcome;
    uint64_t seq;
    uint32_t deaths, failures;   /* new totals */
    const char *worker, *reason; /* "" where nothing is counted */
    struct str note;             /* as it was given */
};

/* Why a worker has no leases any more. */
enum dispatch_leave {
    DISPATCH_BYE,  /* it said so: nothing is counted */
    DISPATCH_DIED, /* silent, or its connection is gone: a death is counted */
};

#define DISPATCH_METRICS(X)                                                              \
    X(jobs, COUNTER, "articles leased to a worker")                                      \
    X(done, COUNTER, "leases that ended with a result")                                  \
    X(failed, COUNTER, "leases that ended with a failure the worker told")               \
    X(expired, COUNTER, "leases that ran out")                                           \
    X(deaths, COUNTER, "deaths counted against an article")                              \
    X(benched, COUNTER, "times a worker was benched for failing over and over")          \
    X(returned, COUNTER, "leases that ended with nothing counted")                       \
    X(stale, COUNTER, "results for a lease that was over")                               \
    X(buried, COUNTER, "articles made dead letters")                                     \
    X(leased, GAUGE, "leases out now")                                                   \
    X(workers, GAUGE, "workers here now")

struct dispatch_metrics {
    METRIC_FIELDS(DISPATCH_METRICS)
};

struct dispatch;

struct dispatch *dispatch_new(const struct dispatch_limits *limits, dispatch_token *token,
                              void *context);
void dispatch_free(struct dispatch **dispatch);
void dispatch_set_limits(struct dispatch *dispatch, const struct dispatch_limits *limits);

/* A session begins. Leases of a former one are over; where the former worker had another
 * name, it died. credit: 1..LIMIT_CREDIT. */
void dispatch_ready(struct dispatch *dispatch, uint32_t worker, struct str name,
                    struct str extractor, uint32_t credit);
void dispatch_leave(struct dispatch *dispatch, uint32_t worker, enum dispatch_leave why);
void dispatch_drain(struct dispatch *dispatch, uint32_t worker); /* no new jobs for it */
void dispatch_pause(struct dispatch *dispatch, bool paused);     /* nor for anybody */

/* Articles that all workers here together would have in hand. */
uint32_t dispatch_credit(const struct dispatch *dispatch);
/* Does any worker want an article now? */
bool dispatch_wants(const struct dispatch *dispatch);
/* Has such a worker nothing in hand? */
bool dispatch_has_idle(const struct dispatch *dispatch);
/* Attempts at this article have begun, so many, whose end nobody saw: they count as
 * deaths. Is it to be buried? */
bool dispatch_unseen(struct dispatch *dispatch, struct dispatch_article *article,
                     uint32_t begun);
/* Lease to the least loaded worker; only when dispatch_wants, and for an article with a
 * death when dispatch_has_idle. Borrowed until it ends. */
const struct lease *dispatch_assign(struct dispatch *dispatch,
                                    const struct dispatch_article *article,
                                    uint64_t now_ms);
/* The lease of a token in this worker's hand; NULL (counted stale) when it is over. */
struct lease *dispatch_find(struct dispatch *dispatch, uint32_t worker, struct str token);

/* End a lease; it must not be touched afterwards, nor may others of a worker that failed
 * (it may be benched). */
void dispatch_done(struct dispatch *dispatch, struct lease *lease);
void dispatch_fail(struct dispatch *dispatch, struct lease *lease, struct str reason,
                   uint64_t now_ms);
void dispatch_return(struct dispatch *dispatch, struct lease *lease);

/* Deadlines that have passed. Returns when to come again, UINT64_MAX: no deadline. */
uint64_t dispatch_tick(struct dispatch *dispatch, uint64_t now_ms);
/* All leases are over without a word (the journal takes the articles up again). */
void dispatch_forget(struct dispatch *dispatch);
/* Next thing to be done: 1, or 0 none. Its texts are borrowed until the next call. */
int dispatch_next(struct dispatch *dispatch, struct dispatch_action *out);

/* Borrowed; NULL when there is none in this slot. */
const struct worker *dispatch_worker(const struct dispatch *dispatch, uint32_t slot);
struct dispatch_metrics *dispatch_metrics(struct dispatch *dispatch); /* borrowed */

#endif
