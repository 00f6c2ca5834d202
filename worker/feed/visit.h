#ifndef WORKER_FEED_VISIT_H
#define WORKER_FEED_VISIT_H

/* Visits: asking servers for addresses, politely.
 *
 *          due                its server may be asked             answer
 *     DUE -----> QUEUED ----------------------------> ASKED -----------------> IDLE
 *                   ^                                    |                  (`heard`)
 *                   +------------------------------------+
 *                        redirect, to another server too
 *
 * A server (scheme, host and port) is asked by `site_most` requests at a time,
 * `site_delay_ms` apart or what its robots.txt says, which is asked for first and once a
 * day; feeds before pages. Every step of a redirect is as polite as the first, and as
 * careful (fetch.h, address.h). Times are of the wall clock, in milliseconds. */

#include "proto/base/heap.h"
#include "proto/base/metric.h"
#include "worker/feed/fetch.h"

#define VISIT_MOVES_MAX 4 /* redirects in a row */

#define VISIT_METRICS(X)                                                                 \
    X(requests, COUNTER, "requests for feeds and pages")                                 \
    X(moved, COUNTER, "redirects followed")                                              \
    X(told_wait, COUNTER, "answers 429 or 503 that say how long to wait")                \
    X(forbidden, COUNTER, "requests not made because of robots.txt")                     \
    X(robots, COUNTER, "requests for robots.txt")                                        \
    X(body_bytes, COUNTER, "bytes of bodies")
struct visit_metrics {
    METRIC_FIELDS(VISIT_METRICS)
};

enum visit_state { VISIT_IDLE, VISIT_DUE, VISIT_QUEUED, VISIT_ASKED };
enum visit_kind { VISIT_FEED, VISIT_PAGE, VISIT_KINDS, VISIT_ROBOTS = VISIT_KINDS };

struct site;

/* Embedded by its owner, who sets the first part before visits_at. */
struct visit {
    enum visit_kind kind;
    const char *etag, *modified; /* borrowed; NULL: all of it is wanted */
    /* What came, in the end: a status, or none and why. visit->at is where from. */
    int (*heard)(void *owner, const struct fetch_answer *answer, uint64_t now_ms,
                 struct err *err);
    void *owner;
    /* of visit.c */
    struct buf at; /* NUL behind it */
    enum visit_state state;
    unsigned moves;
    bool for_good; /* all moves so far were permanent */
    struct heap_slot due;
    struct site *site;
    struct visit *behind;
    struct err *refused; /* why it is not asked for at all; NULL: nothing says so */
};

struct visits;

struct visits_options {
    struct fetch *fetch; /* borrowed */
    const char *agent;
    bool robots; /* heed robots.txt */
    uint64_t site_delay_ms, site_most, requests_most;
};

struct visits *visits_new(const struct visits_options *options);
/* Before the owners of visits are, for it looks at these; nothing more is heard of any.
 */
void visits_free(struct visits **visits);

/* Ask for url when it is due. The visit is idle. */
void visits_at(struct visits *visits, struct visit *visit, struct str url,
               uint64_t due_ms);
/* Forget it: true; false where it is QUEUED or ASKED, and will be heard of. */
bool visits_cancel(struct visits *visits, struct visit *visit);
void visit_fini(struct visit *visit); /* what it holds; whatever its state */

/* Begin what is due. Returns when something is due next, UINT64_MAX: nothing is. */
uint64_t visits_begin(struct visits *visits, uint64_t now_ms);
/* Handle one answer: 1 there was one, 0 none now, negative what `heard` says. */
int visits_hear(struct visits *visits, uint64_t now_ms, struct err *err);

size_t visits_count(const struct visits *visits); /* that are not idle */
struct visit_metrics *visits_metrics(struct visits *visits);

#endif
