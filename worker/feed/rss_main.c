/* warta feed rss: watch feeds and put what is new in them. */
#include "worker/feed/rss_main.h"

#include "worker/feed/rss_private.h"

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/option.h"
#include "proto/base/program.h"
#include "proto/base/stop.h"
#include "worker/feed/link.h"
#include "worker/feed/opml.h"
#include "worker/feed/xml.h"

#include <stdio.h>

#define ARENA_BYTES ((size_t)256 * 1024 * 1024)
#define PROGRESS_MS ((uint64_t)500)
#define AGENT       "warta/" WARTA_VERSION " (feed reader)"

#define AT(member) offsetof(struct rss_settings, member)

static const struct option option_table[] = {
    FEEDER_OPTIONS(struct rss_settings, feeder),
    {"state", 's', OPTION_TEXT, AT(state), "FILE", NULL, 0, 0,
     "remember here what was seen, and when each feed is due"},
    {"once", '1', OPTION_FLAG, AT(once), NULL, NULL, 0, 0,
     "ask every feed once, now, and end"},
    {"show", 0, OPTION_FLAG, AT(show), NULL, NULL, 0, 0,
     "ask every feed once, print what is read as JSON, put and remember nothing"},
    {"status", 0, OPTION_FLAG, AT(status), NULL, NULL, 0, 0,
     "print what --state knows of each feed, and end"},
    {"opml", 0, OPTION_FLAG, AT(opml), NULL, NULL, 0, 0,
     "print the feeds of --state as OPML, and end"},
    {"interval", 'i', OPTION_MS, AT(first_ms), "TIME", "10m", 10, 604800000,
     "time between two requests for a feed, to begin with"},
    {"interval-least", 0, OPTION_MS, AT(least_ms), "TIME", "2m", 10, 604800000,
     "the same for a feed that always has something new"},
    {"interval-most", 0, OPTION_MS, AT(most_ms), "TIME", "2h", 10, 604800000,
     "the same for a feed that never has"},
    {"host-delay", 0, OPTION_MS, AT(site_delay_ms), "TIME", "1s", 0, 3600000,
     "time between two requests to a server"},
    {"host-requests", 0, OPTION_U64, AT(site_most), "N", "2", 1, 100,
     "requests to a server at a time"},
    {"requests", 0, OPTION_U64, AT(requests), "N", "50", 1, 500, "requests at a time"},
    {"timeout", 0, OPTION_MS, AT(timeout_ms), "TIME", "30s", 10, 600000,
     "time for an answer"},
    {"body-most", 0, OPTION_BYTES, AT(body_most), "SIZE", "8M", 1024, 8388608,
     "largest feed or page that is read"},
    {"pages", 0, OPTION_TEXT, AT(pages), "WHEN", "auto", 0, 0,
     "fetch an entry's page: auto (the feed has not all of the text), always, never"},
    {"page-retry", 0, OPTION_MS, AT(retry_ms), "TIME", "20s", 1, 300000,
     "try a page again after so long, and after twice that"},
    {"sitemap-age", 0, OPTION_MS, AT(sitemap_age_ms), "TIME", "72h", 0, 315360000000,
     "of sitemaps, and of indexes of them, what changed since (0: all)"},
    {"revisions", 0, OPTION_U64, AT(revisions), "N", "8", 0, 1000,
     "how often an entry that was edited is put again"},
    {"forget", 0, OPTION_MS, AT(keep_ms), "TIME", "2160h", 3600000, 315360000000,
     "forget entries that have been gone from their feed for so long"},
    {"agent", 0, OPTION_TEXT, AT(agent), "TEXT", AGENT, 0, 0,
     "who we say we are; servers like a way to reach you in it"},
    {"no-robots", 0, OPTION_FLAG, AT(no_robots), NULL, NULL, 0, 0,
     "do not heed robots.txt"},
    {"allow-private", 0, OPTION_FLAG, AT(private_too), NULL, NULL, 0, 0,
     "also connect to private addresses and any port"},
    {"report", 0, OPTION_MS, AT(report_ms), "TIME", "1m", 0, 86400000,
     "how often counts are logged (0: never)"},
    {"quiet", 'q', OPTION_FLAG, AT(quiet), NULL, NULL, 0, 0, "no progress, no summary"},
    {0},
};

static const struct option_program program = {
    .name = "warta feed rss",
    .usage = "[options] [FILE|URL]...",
    .summary =
        "Watch feeds (RSS, Atom, JSON Feed, sitemaps) and put what is new in them. "
        "FILE\nlists feeds: OPML, or an address a line.",
    .option = option_table,
    .help_tail =
        "Exit: 0 done, 1 some feeds could not be read (--once, --show), 100 wrong "
        "use,\n111 no broker.\n",
};

static void on_tell(void *context, const char *url, const struct err *why)
{
    struct rss_reader *r = context;
    r->failures++;
    progress_clear(&r->progress);
    diag(DIAG_WARN, "rss", "a feed is not read", "feed", url, "why", why->text, NULL);
}

static void on_tell_entry(void *context, const char *url, const struct err *why)
{
    struct rss_reader *r = context;
    progress_clear(&r->progress);
    diag(DIAG_WARN, "rss", "an entry is not put", "feed", url, "why", why->text, NULL);
}

/* --show: print, and give the feed back at once. */
static void on_show(void *context, struct watch_feed *feed, const struct rss_feed *read)
{
    struct rss_reader *r = context;
    struct buf out = {0};
    rss_show(read, str_of(watch_url(feed)), &out);
    progress_clear(&r->progress);
    fputs(buf_cstr(&out), stdout);
    buf_fini(&out);
    watch_settled(r->watch, feed, 0, true, clock_wall_ms(), NULL);
}

static void on_take(void *context, struct watch_feed *feed, const struct rss_feed *read)
{
    struct rss_reader *r = context;
    outbox_take(r->outbox, feed, read);
}

static int add_feed(void *context, const char *url, struct err *err)
{
    struct rss_reader *r = context;
    return watch_add(r->watch, url, clock_wall_ms(), err);
}

static int add_operand(struct rss_reader *r, const char *operand, struct err *err)
{
    if (link_is_web(str_of(operand)))
        return add_feed(r, operand, err);
    int rc = opml_read(operand, add_feed, r, err);
    return rc < 0 ? err_prefix(err, "%s", operand) : 0;
}

static int print_state(struct rss_reader *r, struct err *err)
{
    if (r->settings.state == NULL)
        return err_set(err, ERR_USAGE, "--status and --opml need --state");
    int rc = rss_state_open(r->settings.state, true, &r->state, err);
    if (rc < 0)
        return rc;
    return r->settings.status ? rss_print_status(r->state, err)
                              : rss_print_opml(r->state, err);
}

/* The way in: fetch, visits, and the feeds that are watched. */
static int open_in(struct rss_reader *r, struct err *err)
{
    const struct rss_settings *s = &r->settings;
    const struct fetch_options fetch = {.agent = s->agent,
                                        .private_too = s->private_too,
                                        .timeout_ms = s->timeout_ms,
                                        .bytes_most = s->body_most};
    if (fetch_open(&fetch, &r->fetch, err) < 0)
        return err->code;
    const struct visits_options visits = {.fetch = r->fetch,
                                          .agent = s->agent,
                                          .robots = !s->no_robots,
                                          .site_delay_ms = s->site_delay_ms,
                                          .site_most = s->site_most,
                                          .requests_most = s->requests};
    r->visits = visits_new(&visits);
    const struct watch_options watch = {
        .rule = {s->least_ms, s->first_ms, s->most_ms},
        .sitemap_age_ms = s->sitemap_age_ms,
        .once = s->once || s->show,
        .visits = r->visits,
        .jail = r->jail,
        .state = r->state,
        .take = s->show ? on_show : on_take,
        .tell = on_tell,
        .arena = &r->arena,
        .context = r,
    };
    r->watch = watch_new(&watch);
    return 0;
}

/* The way out: pages, and the broker. */
static int open_out(struct rss_reader *r, struct err *err)
{
    const struct rss_settings *s = &r->settings;
    const struct outbox_options outbox = {.state = r->state,
                                          .arena = &r->arena,
                                          .revisions_most = s->revisions,
                                          .pages = r->page_rule,
                                          .tell = on_tell_entry,
                                          .context = r};
    r->outbox = outbox_new(&outbox);
    const struct pages_options pages = {.visits = r->visits,
                                        .jail = r->jail,
                                        .arena = &r->arena,
                                        .retry_ms = s->retry_ms,
                                        .found = outbox_found,
                                        .context = r->outbox};
    r->pages = pages_new(&pages);
    const struct put_options put = {.base = s->feeder.broker,
                                    .identity = s->feeder.identity,
                                    .feed = s->feeder.feed,
                                    .lane = s->feeder.lane,
                                    .settled = outbox_settle,
                                    .context = r->outbox};
    int rc = put_open(&put, &r->put, err);
    outbox_connect(r->outbox, r->watch, r->pages, r->put);
    return rc;
}

static int start(struct rss_reader *r, struct err *err)
{
    const struct rss_settings *s = &r->settings;
    int rc = jail_open(&r->jail, err); /* before anything has threads */
    ready_open(&r->told, 0);
    stop_catch();
    arena_init(&r->arena, ARENA_BYTES);
    progress_init(&r->progress, s->quiet, PROGRESS_MS);
    xml_init();
    if (rc == 0)
        rc = rss_state_open(s->show ? NULL : s->state, false, &r->state, err);
    if (rc == 0)
        rc = open_in(r, err);
    if (rc == 0 && !s->show)
        rc = open_out(r, err);
    return rc;
}

static void finish(struct rss_reader *r)
{
    put_close(&r->put);
    fetch_close(&r->fetch);
    visits_free(&r->visits);
    outbox_free(&r->outbox);
    pages_free(&r->pages);
    watch_free(&r->watch);
    rss_state_close(&r->state);
    jail_close(&r->jail);
    ready_close(&r->told);
    arena_fini(&r->arena);
}

static int watch_all(struct rss_reader *r, const char **operands, struct err *err)
{
    int rc = operands[0] ? start(r, err)
                         : err_set(err, ERR_USAGE,
                                   "nothing to watch: name addresses, or files "
                                   "that list them");
    for (size_t i = 0; rc >= 0 && operands[i]; i++)
        rc = add_operand(r, operands[i], err);
    if (rc >= 0)
        rc = watch_add_parts(r->watch, clock_wall_ms(), err);
    if (rc >= 0)
        rc = rss_run(r, err);
    if (r->outbox && !r->settings.quiet)
        rss_report(r, clock_wall_ms());
    return rc;
}

int rss_main(int argc, char **argv)
{
    struct rss_reader reader = {.told = {-1, -1}};
    struct option_set *set = NULL;
    const char **operands;
    struct err err = {0};
    int rc = option_parse(&program, argc, argv, &reader.settings, &set, &operands, &err);
    bool go = rc == 1;
    const struct rss_settings *s = &reader.settings;
    if (go && (s->least_ms > s->first_ms || s->first_ms > s->most_ms))
        rc = err_set(&err, ERR_USAGE,
                     "--interval is not between --interval-least and --interval-most");
    else if (go && !entry_pages_of(s->pages, &reader.page_rule))
        rc = err_set(&err, ERR_USAGE, "--pages is auto, always or never");
    else if (go && (s->status || s->opml))
        rc = print_state(&reader, &err);
    else if (go)
        rc = watch_all(&reader, operands, &err);
    bool complete = reader.failures == 0 || !(s->once || s->show);
    finish(&reader);
    option_free(&set);
    if (rc >= 0)
        return complete ? EXIT_DONE : EXIT_NO;
    fprintf(stderr, "warta feed rss: %s\n", err.text);
    return rc == ERR_TIMEOUT || rc == ERR_GONE || rc == ERR_LOCKED || rc == ERR_NOSPACE
               ? EXIT_LATER
               : EXIT_NEVER;
}
