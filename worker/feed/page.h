#ifndef WORKER_FEED_PAGE_H
#define WORKER_FEED_PAGE_H

/* The pages of articles: asked for like feeds (visit.h), tried again where that may help,
 * given up where not. Which articles want one is entry.h's business. */

#include "worker/feed/jail.h"
#include "worker/feed/visit.h"

#define PAGE_TRIES 3
#define PAGE_WAIT_MOST_MS                                                                \
    ((uint64_t)10 * 60 * 1000) /* a server that asks for more: given up */

#define PAGE_METRICS(X)                                                                  \
    X(pages, COUNTER, "pages that came")                                                 \
    X(retried, COUNTER, "pages asked for again")                                         \
    X(given_up, COUNTER, "pages that could not be had")
struct page_metrics {
    METRIC_FIELDS(PAGE_METRICS)
};

struct page_found {
    struct str html; /* UTF-8, in the arena; absent: it could not be had, and why */
    struct str at;   /* where it came from, behind all redirects; borrowed */
    struct err why;
};

struct pages_options {
    struct visits *visits; /* borrowed, like jail and arena */
    struct jail *jail;
    struct arena *arena;
    uint64_t retry_ms; /* before the second try; twice that before the third */
    /* Once for each that was asked for. */
    void (*found)(void *context, uint64_t token, const struct page_found *found);
    void *context;
};

struct pages;

struct pages *pages_new(const struct pages_options *options);
void pages_free(struct pages **pages);
/* url: of the web (link.h). */
void pages_ask(struct pages *pages, struct str url, uint64_t token, uint64_t now_ms);
struct page_metrics *pages_metrics(struct pages *pages);

#endif
