#ifndef WORKER_FEED_RSS_PRIVATE_H
#define WORKER_FEED_RSS_PRIVATE_H

/* What the parts of `warta feed rss` share: rss_main.c (settings, begin and end),
 * rss_run.c (the loop), rss_print.c (what it tells of its state). */

#include "proto/base/ready.h"
#include "worker/feed/feeder.h"
#include "worker/feed/outbox.h"
#include "worker/feed/progress.h"

struct rss_settings {
    struct feeder feeder;
    const char *state, *agent, *pages;
    uint64_t least_ms, first_ms, most_ms, site_delay_ms, site_most, requests, timeout_ms;
    uint64_t revisions, keep_ms, report_ms, body_most, retry_ms, sitemap_age_ms;
    bool once, show, status, opml, private_too, no_robots, quiet;
};

struct rss_reader {
    struct rss_settings settings;
    enum entry_pages page_rule;
    struct jail *jail;
    struct fetch *fetch;
    struct rss_state *state;
    struct visits *visits;
    struct watch *watch;
    struct pages *pages;
    struct outbox *outbox; /* NULL with --show, like put and pages */
    struct put *put;
    struct ready told;  /* who supervises */
    struct arena arena; /* of the feed or page that came last */
    struct progress progress;
    uint64_t saved_ms, reported_ms, forgotten_ms, stopping_ms;
    uint64_t failures;
    bool pushing; /* what came last is not all on its way */
};

/* Until nothing is left to do (--once), or a signal says stop. */
int rss_run(struct rss_reader *reader, struct err *err);
void rss_report(struct rss_reader *reader, uint64_t now_ms);

/* --status and --opml, from a state that is open. */
int rss_print_status(struct rss_state *state, struct err *err);
int rss_print_opml(struct rss_state *state, struct err *err);

#endif
