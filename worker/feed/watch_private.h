#ifndef WORKER_FEED_WATCH_PRIVATE_H
#define WORKER_FEED_WATCH_PRIVATE_H

/* What watch.c (feeds) and watch_site.c (servers) share. */

#include "proto/base/heap.h"
#include "proto/base/map.h"
#include "worker/feed/watch.h"

enum watch_state { WATCH_IDLE, WATCH_ASKED, WATCH_HANDED };

struct watch_token { /* what a request was for: one of the two */
    struct watch_feed *feed;
    struct watch_site *site;
};

struct watch_site { /* a server: scheme, host and port */
    struct watch_token token;
    char *origin;
    struct buf robots;
    bool asked, known; /* for robots.txt; until until_ms */
    uint64_t until_ms;
    uint64_t free_ms;  /* when it may be asked again */
    uint64_t delay_ms; /* of robots.txt */
    uint32_t under_way;
};

struct watch_feed {
    struct watch_token token;
    struct heap_slot due;
    char *url;
    enum watch_state state;
    struct rss_record record;
    struct schedule schedule;
    struct watch_site *site; /* that is asked right now */
    struct buf next;         /* the address that is asked right now */
    unsigned moves;
    bool for_good; /* all moves so far were permanent */
    bool asked_once;
    struct buf etag, modified; /* of the answer, until its entries are settled */
    uint64_t wait_ms;
};

struct watch {
    struct watch_options options;
    struct heap due;
    struct map *feeds, *sites; /* address, origin -> place */
    struct watch_feed **feed;
    struct watch_site **site;
    size_t count, cap, site_count, site_cap;
    size_t busy; /* feeds that are not idle */
    struct random random;
    struct watch_metrics metrics;
};

struct watch_site *watch_site_of(struct watch *watch, struct str url);
void watch_site_free(struct watch_site **site);

enum site_answer { SITE_GO, SITE_LATER, SITE_FORBIDS };

/* May url be asked for now? SITE_LATER: not before *later_out. Asks for robots.txt where
 * that is not known. */
enum site_answer watch_site_may(struct watch *watch, struct watch_site *site,
                                struct str url, uint64_t now_ms, uint64_t *later_out);
void watch_site_hear(struct watch *watch, struct watch_site *site,
                     const struct fetch_answer *answer, uint64_t now_ms);
/* A request to it begins, ends. */
void watch_site_begin(struct watch *watch, struct watch_site *site, uint64_t now_ms);
void watch_site_end(struct watch_site *site);

#endif
