/* warta feed rss: watch feeds and put what is new in them. */
#include "worker/feed/rss_main.h"

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/option.h"
#include "proto/base/program.h"
#include "proto/wire/frame.h"
#include "worker/feed/link.h"
#include "worker/feed/opml.h"
#include "worker/feed/outbox.h"
#include "worker/feed/xml.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define ARENA_BYTES ((size_t)256 * 1024 * 1024)
#define TURN_MS     ((uint64_t)1000)
#define ANSWER_MS   ((uint64_t)20) /* between looks for answers while some are due */
#define COMMIT_MS   ((uint64_t)500)
#define PROGRESS_MS ((uint64_t)500)
#define GIVE_UP_MS  ((uint64_t)5000)
#define FORGET_MS   ((uint64_t)24 * 3600 * 1000)
#define AGENT       "warta/" WARTA_VERSION " (feed reader)"

struct settings {
    const char *broker, *feed, *lane, *state, *agent;
    struct identity identity;
    uint64_t least_ms, first_ms, most_ms, site_delay_ms, site_most, requests, timeout_ms;
    uint64_t revisions, keep_ms, report_ms, body_most;
    bool once, show, status, opml, private_too, no_robots, quiet;
};

#define AT(member) offsetof(struct settings, member)

static const struct option option_table[] = {
    {"broker", 'b', OPTION_TEXT, AT(broker), "ADDRESS", FRAME_BASE_DEFAULT, 0, 0,
     "the broker's base address"},
    IDENTITY_OPTIONS(struct settings, identity),
    {"feed", 0, OPTION_TEXT, AT(feed), "NAME", NULL, 0, 0,
     "the feed these articles belong to, where the broker asks for no keys"},
    {"lane", 0, OPTION_TEXT, AT(lane), "LANE", NULL, 0, 0,
     "live, or backfill for what can wait"},
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
     "largest feed that is read"},
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

struct reader {
    struct settings settings;
    struct jail *jail;
    struct fetch *fetch;
    struct rss_state *state;
    struct watch *watch;
    struct outbox *outbox;
    struct put *put;
    struct arena arena;
    uint64_t shown_ms, saved_ms, reported_ms, forgotten_ms, stopping_ms;
    uint64_t failures;
    bool terminal, progress_shown, pushing;
};

static volatile sig_atomic_t stopped;

static void on_stop(int signal_number)
{
    (void)signal_number;
    if (stopped)
        _exit(EXIT_LATER);
    stopped = 1;
}

static void clear_progress(struct reader *r)
{
    if (r->progress_shown)
        fputs("\r\033[K", stderr);
    r->progress_shown = false;
}

static void show_progress(struct reader *r, uint64_t now_ms)
{
    if (!r->terminal || r->settings.quiet || r->outbox == NULL ||
        now_ms - r->shown_ms < PROGRESS_MS)
        return;
    const struct outbox_metrics *out = outbox_metrics(r->outbox);
    const struct watch_metrics *in = watch_metrics(r->watch);
    clear_progress(r);
    fprintf(stderr,
            "%zu feeds  %llu requests  %llu unchanged  %llu failed  %llu stored  %u "
            "asked now",
            watch_count(r->watch), (unsigned long long)in->requests.value,
            (unsigned long long)in->not_modified.value,
            (unsigned long long)in->failed.value, (unsigned long long)out->stored.value,
            fetch_count(r->fetch));
    fflush(stderr);
    r->progress_shown = true;
    r->shown_ms = now_ms;
}

static void report(struct reader *r, uint64_t now_ms)
{
    const struct outbox_metrics *out = outbox_metrics(r->outbox);
    const struct watch_metrics *in = watch_metrics(r->watch);
    r->reported_ms = now_ms;
    clear_progress(r);
    diag(DIAG_INFO, "rss", "counts", "feeds", diag_u64(watch_count(r->watch)), "requests",
         diag_u64(in->requests.value), "unchanged", diag_u64(in->not_modified.value),
         "read", diag_u64(in->read.value), "failed", diag_u64(in->failed.value),
         "entries", diag_u64(out->entries.value), "stored", diag_u64(out->stored.value),
         "duplicate", diag_u64(out->duplicate.value), "edited",
         diag_u64(out->edited.value), "rejected", diag_u64(out->rejected.value), NULL);
}

static void on_tell(void *context, const char *url, const struct err *why)
{
    struct reader *r = context;
    r->failures++;
    clear_progress(r);
    diag(DIAG_WARN, "rss", "a feed is not read", "feed", url, "why", why->text, NULL);
}

/* --show: print, and give the feed back at once. */
static void on_show(void *context, struct watch_feed *feed, const struct rss_feed *read)
{
    struct reader *r = context;
    struct buf out = {0};
    rss_show(read, str_of(watch_url(feed)), &out);
    clear_progress(r);
    fputs(buf_cstr(&out), stdout);
    buf_fini(&out);
    watch_settled(r->watch, feed, 0, clock_wall_ms(), NULL);
}

static void on_take(void *context, struct watch_feed *feed, const struct rss_feed *read)
{
    struct reader *r = context;
    outbox_take(r->outbox, feed, read);
}

static int save(struct reader *r, bool now, uint64_t now_ms, struct err *err)
{
    if (!now && now_ms - r->saved_ms < COMMIT_MS)
        return 0;
    r->saved_ms = now_ms;
    if (now_ms - r->forgotten_ms > FORGET_MS) {
        r->forgotten_ms = now_ms;
        if (rss_state_forget(r->state, now_ms - r->settings.keep_ms, err) < 0)
            return err->code;
    }
    return rss_state_commit(r->state, err);
}

/* Answers of servers, one at a time, each only when the one before is on its way. */
static int hear(struct reader *r, uint64_t now_ms, struct err *err)
{
    int rc = 1;
    while (rc > 0) {
        if (r->outbox && (rc = outbox_push(r->outbox, now_ms, err)) != 0) {
            r->pushing = true;
            return rc < 0 ? rc : 0;
        }
        r->pushing = false;
        if (stopped)
            return 0;
        arena_reset(&r->arena);
        rc = watch_hear(r->watch, now_ms, err);
    }
    return rc;
}

static int turn(struct reader *r, struct err *err)
{
    uint64_t now_ms = clock_wall_ms(), wait = TURN_MS;
    uint64_t due = stopped ? UINT64_MAX : watch_begin(r->watch, now_ms);
    if (due < now_ms + wait)
        wait = due > now_ms ? due - now_ms : 0;
    if (r->pushing || (r->outbox && outbox_waiting(r->outbox)))
        wait = wait < ANSWER_MS ? wait : ANSWER_MS;
    fetch_turn(r->fetch, wait, -1);
    int rc = r->put ? put_turn(r->put, 0, err) : 0;
    if (rc >= 0)
        rc = hear(r, now_ms, err);
    if (rc >= 0 && r->outbox)
        rc = outbox_return(r->outbox, clock_wall_ms(), err);
    if (rc >= 0)
        rc = save(r, false, now_ms, err);
    show_progress(r, now_ms);
    if (r->outbox && r->settings.report_ms &&
        now_ms - r->reported_ms >= r->settings.report_ms)
        report(r, now_ms);
    return rc;
}

/* Stopped: what was put is waited for, for a while; what was not is put next time. */
static bool is_over(struct reader *r)
{
    bool waiting = r->outbox && outbox_waiting(r->outbox);
    if (!stopped)
        return !waiting && !r->pushing && watch_over(r->watch);
    uint64_t now_ms = clock_now_ms();
    if (r->stopping_ms == 0)
        r->stopping_ms = now_ms;
    return !waiting || now_ms - r->stopping_ms > GIVE_UP_MS;
}

static int run(struct reader *r, struct err *err)
{
    int rc = 0;
    r->reported_ms = clock_wall_ms();
    while (rc >= 0 && !is_over(r))
        rc = turn(r, err);
    struct err after = {0};
    int saved = save(r, true, clock_wall_ms(), &after);
    if (rc >= 0 && saved < 0)
        *err = after;
    return rc < 0 ? rc : saved;
}

static int add_feed(void *context, const char *url, struct err *err)
{
    struct reader *r = context;
    return watch_add(r->watch, url, clock_wall_ms(), err);
}

static int add_operand(struct reader *r, const char *operand, struct err *err)
{
    if (link_is_web(str_of(operand)))
        return add_feed(r, operand, err);
    int rc = opml_read(operand, add_feed, r, err);
    return rc < 0 ? err_prefix(err, "%s", operand) : 0;
}

static int print_status(void *context, const char *url, const struct rss_record *record)
{
    char due[32], found[32];
    (void)context;
    clock_rfc3339(record->due_ms, due);
    clock_rfc3339(record->found_ms, found);
    printf("%s status=%u %s=%s found=%llu last=%s interval=%llus errors=%u%s%s%s%s\n",
           url, record->status, record->gone ? "gone" : "due", record->gone ? "yes" : due,
           (unsigned long long)record->found, record->found_ms ? found : "never",
           (unsigned long long)(record->interval_ms / 1000), record->errors,
           strcmp(url, record->at.ptr) ? " moved=" : "",
           strcmp(url, record->at.ptr) ? record->at.ptr : "",
           record->error.len ? " error: " : "",
           record->error.len ? record->error.ptr : "");
    return 0;
}

static int print_outline(void *context, const char *url, const struct rss_record *record)
{
    (void)url;
    if (!record->gone)
        opml_add(context, buf_str(&record->at), buf_str(&record->title));
    return 0;
}

static int print_state(struct reader *r, struct err *err)
{
    struct buf out = {0};
    if (r->settings.state == NULL)
        return err_set(err, ERR_USAGE, "--status and --opml need --state");
    int rc = rss_state_open(r->settings.state, true, &r->state, err);
    if (rc == 0 && r->settings.status)
        return rss_state_each(r->state, print_status, NULL, err);
    if (rc == 0) {
        opml_begin(&out);
        rc = rss_state_each(r->state, print_outline, &out, err);
        opml_end(&out);
        fputs(buf_cstr(&out), stdout);
    }
    buf_fini(&out);
    return rc;
}

static int open_put(struct reader *r, struct err *err)
{
    const struct settings *s = &r->settings;
    const struct outbox_options outbox = {.state = r->state,
                                          .arena = &r->arena,
                                          .revisions_most = s->revisions,
                                          .tell = on_tell,
                                          .context = r};
    r->outbox = outbox_new(&outbox);
    const struct put_options put = {.base = s->broker,
                                    .identity = s->identity,
                                    .feed = s->feed,
                                    .lane = s->lane,
                                    .settled = outbox_settle,
                                    .context = r->outbox};
    return put_open(&put, &r->put, err);
}

static int start(struct reader *r, struct err *err)
{
    const struct settings *s = &r->settings;
    struct sigaction stop = {.sa_handler = on_stop};
    int rc = jail_open(&r->jail, err); /* before anything has threads */
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    arena_init(&r->arena, ARENA_BYTES);
    r->terminal = isatty(STDERR_FILENO);
    xml_init();
    if (rc == 0)
        rc = rss_state_open(s->show ? NULL : s->state, false, &r->state, err);
    const struct fetch_options fetch = {.agent = s->agent,
                                        .private_too = s->private_too,
                                        .timeout_ms = s->timeout_ms,
                                        .bytes_most = s->body_most};
    if (rc == 0)
        rc = fetch_open(&fetch, &r->fetch, err);
    if (rc == 0 && !s->show)
        rc = open_put(r, err);
    const struct watch_options watch = {
        .rule = {s->least_ms, s->first_ms, s->most_ms},
        .site_delay_ms = s->site_delay_ms,
        .site_most = s->site_most,
        .requests_most = s->requests,
        .agent = s->agent,
        .robots = !s->no_robots,
        .once = s->once || s->show,
        .fetch = r->fetch,
        .jail = r->jail,
        .state = r->state,
        .take = s->show ? on_show : on_take,
        .tell = on_tell,
        .arena = &r->arena,
        .context = r,
    };
    if (rc == 0)
        r->watch = watch_new(&watch);
    if (rc == 0 && r->outbox)
        outbox_connect(r->outbox, r->watch, r->put);
    return rc;
}

static void finish(struct reader *r)
{
    put_close(&r->put);
    fetch_close(&r->fetch);
    outbox_free(&r->outbox);
    watch_free(&r->watch);
    rss_state_close(&r->state);
    jail_close(&r->jail);
    arena_fini(&r->arena);
}

static int watch_all(struct reader *r, const char **operands, struct err *err)
{
    int rc = operands[0] ? start(r, err)
                         : err_set(err, ERR_USAGE,
                                   "nothing to watch: name addresses, or files "
                                   "that list them");
    for (size_t i = 0; rc >= 0 && operands[i]; i++)
        rc = add_operand(r, operands[i], err);
    if (rc >= 0)
        rc = run(r, err);
    if (r->watch && r->outbox && !r->settings.quiet)
        report(r, clock_wall_ms());
    return rc;
}

int rss_main(int argc, char **argv)
{
    struct reader reader = {0};
    struct option_set *set = NULL;
    const char **operands;
    struct err err = {0};
    int rc = option_parse(&program, argc, argv, &reader.settings, &set, &operands, &err);
    bool go = rc == 1;
    const struct settings *s = &reader.settings;
    if (go && (s->least_ms > s->first_ms || s->first_ms > s->most_ms))
        rc = err_set(&err, ERR_USAGE,
                     "--interval is not between --interval-least and --interval-most");
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
