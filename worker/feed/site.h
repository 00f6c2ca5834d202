#ifndef WORKER_FEED_SITE_H
#define WORKER_FEED_SITE_H

/* A server, for visit.c: who waits for it, how many ask it now, and when and for what its
 * robots.txt (RFC 9309) lets it be asked. Decides only: no clock, no network. */

#include "worker/feed/visit.h"

struct site_queue {
    struct visit *first, *last;
};

struct site {
    struct heap_slot due; /* when it may be asked again, where something waits */
    char *origin;         /* "https://host:port" */
    struct site_queue queue[VISIT_KINDS];
    uint32_t under_way;
    uint64_t free_ms; /* when it may be asked again */
    /* of robots.txt */
    struct visit visit;
    struct buf robots;
    bool known, away; /* until until_ms; away: it could not be had */
    uint64_t until_ms, delay_ms;
};

struct site *site_new(struct str origin);
void site_free(struct site **site);

void site_queue_put(struct site *site, struct visit *visit);
struct visit *
site_queue_first(const struct site *site); /* feeds before pages; NULL: none */
struct visit *site_queue_take(struct site *site);

/* Is robots.txt to be asked for before anything else? */
bool site_wants_robots(const struct site *site, uint64_t now_ms);
/* What came for robots.txt. */
void site_take_robots(struct site *site, const struct fetch_answer *answer,
                      const char *agent, uint64_t now_ms);
void site_forget_robots(struct site *site);
/* May url, of this server, be asked for? 0; ERR_DENIED; ERR_GONE: not as long as its
 * robots.txt cannot be had. */
int site_may(const struct site *site, struct str url, const char *agent, struct err *err);

#endif
