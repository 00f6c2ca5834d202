/* warta feed: put articles from JSON Lines, archives, pages, text files, directories of
 * them, and standard input. */

#include "proto/base/clock.h"
#include "proto/base/map.h"
#include "proto/base/option.h"
#include "proto/base/program.h"
#include "proto/base/stop.h"
#include "worker/feed/bar.h"
#include "worker/feed/checkpoint.h"
#include "worker/feed/feeder.h"
#include "worker/feed/progress.h"
#include "worker/feed/rss_main.h"
#include "worker/feed/source.h"
#include "worker/feed/walk.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

#define PROGRESS_MS 200
#define SAVE_MS     1000
#define GIVE_UP_MS  5000 /* after a signal, wait so long for answers */
#define QUIET_MS    3000 /* without progress for so long: say that we wait */
#define ANSWERS_MS  50   /* how often answers are looked for while input is awaited */
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)

struct settings {
    struct feeder feeder;
    const char *source, *language, *published, *checkpoint;
    struct option_list jsonl, map;
    bool watch, quiet, dry_run;
    uint64_t interval_ms, window, batch, wait_ms;
};

#define AT(member) offsetof(struct settings, member)

static const struct option option_table[] = {
    FEEDER_OPTIONS(struct settings, feeder),
    {"jsonl", 0, OPTION_LIST, AT(jsonl), "FILE", NULL, 0, 0,
     "read FILE as JSON Lines whatever its name (- is standard input)"},
    {"map", 'm', OPTION_LIST, AT(map), "FIELD=KEY", NULL, 0, 0,
     "JSON Lines have the article's FIELD under KEY (text=body,url=meta.link)"},
    {"source", 0, OPTION_TEXT, AT(source), "DOMAIN", NULL, 0, 0,
     "outlet of articles that do not say"},
    {"language", 0, OPTION_TEXT, AT(language), "CODE", NULL, 0, 0,
     "language of articles that do not say"},
    {"published", 0, OPTION_TEXT, AT(published), "TIME", NULL, 0, 0,
     "publication time of articles that do not say (RFC 3339)"},
    {"watch", 'w', OPTION_FLAG, AT(watch), NULL, NULL, 0, 0,
     "go on: look again for new files and new lines"},
    {"interval", 0, OPTION_MS, AT(interval_ms), "TIME", "1s", 10, 86400000,
     "how often --watch looks"},
    {"checkpoint", 'c', OPTION_TEXT, AT(checkpoint), "FILE", NULL, 0, 0,
     "remember here what has been put, and go on behind it next time"},
    {"window", 0, OPTION_U64, AT(window), "N", "16", 1, 1024,
     "unanswered messages at most"},
    {"batch", 0, OPTION_U64, AT(batch), "N", "64", 1, LIMIT_BATCH,
     "articles in a message at most"},
    {"wait", 0, OPTION_MS, AT(wait_ms), "TIME", "0", 0, 0,
     "give up when no answer came for so long (0: never)"},
    {"dry-run", 'n', OPTION_FLAG, AT(dry_run), NULL, NULL, 0, 0,
     "read and check the articles, put and remember none"},
    {"quiet", 'q', OPTION_FLAG, AT(quiet), NULL, NULL, 0, 0, "no progress, no summary"},
    {0},
};

static const struct option_program program = {
    .name = "warta feed",
    .usage = "[options] [FILE|DIRECTORY|-]...",
    .summary =
        "Put articles: JSON Lines (.jsonl), web archives (.warc), pages (.html), "
        "plain text\n(any other file, one article each), all of them also gzipped; "
        "directories of\nthem; or any of these on standard input (-), where JSON "
        "Lines is the usual one.",
    .option = option_table,
    .help_tail = "`warta feed rss` watches feeds of the web: see its own --help.\n"
                 "Exit: 0 all taken, 1 some were broken or rejected (each is named on "
                 "standard\nerror), 100 wrong use, 111 no broker.\n",
};

struct feed {
    struct settings *settings;
    struct put *put;
    struct checkpoint *checkpoint;
    struct arena arena;
    struct mapping *mapping;
    struct archive_counts counts;
    struct source *source; /* being read, for the progress line */
    struct map *unread;    /* paths that could not be opened, told once */
    struct err failure;    /* of the broker's side, while input was awaited */
    uint64_t read, under_way, broken, rejected, busy;
    uint64_t done_bytes, skipped_bytes, total_bytes; /* of sources before; of all */
    uint64_t started_ms, saved_ms;
    uint64_t heard_ms, moved_ms; /* last answer; last answer that was not "busy" */
    bool said_waiting;
    struct progress progress;
};

static void add_counts(struct feed *feed, uint64_t elapsed_ms, struct buf *out)
{
    struct put_stats stats = {0};
    double seconds = (double)elapsed_ms / 1000;
    if (feed->put)
        put_stats(feed->put, &stats);
    buf_printf(out, "%llu stored  %llu duplicate  %llu rejected  %llu broken  %.0f/s",
               (unsigned long long)stats.stored, (unsigned long long)stats.duplicate,
               (unsigned long long)feed->rejected, (unsigned long long)feed->broken,
               seconds > 0 ? (double)(stats.stored + stats.duplicate) / seconds : 0);
    if (stats.waiting)
        buf_add_str(out, STR("  (waiting for the broker)"));
}

static void show_progress(struct feed *feed)
{
    uint64_t now = clock_now_ms(), done = 0, skipped = 0;
    if (!progress_begin(&feed->progress, now))
        return;
    struct buf counts = {0}, line = {0};
    if (feed->source)
        source_progress(feed->source, &done, &skipped);
    skipped += feed->skipped_bytes;
    add_counts(feed, now - feed->started_ms, &counts);
    bar_line(&line, buf_str(&counts), feed->done_bytes + done,
             feed->total_bytes > skipped ? feed->total_bytes - skipped : 0,
             now - feed->started_ms, bar_columns());
    fputs(buf_cstr(&line), stderr);
    progress_end(&feed->progress);
    buf_fini(&counts);
    buf_fini(&line);
}

static void on_settled(void *context, uint64_t token, const struct message_result *result)
{
    struct feed *feed = context;
    feed->heard_ms = feed->moved_ms = clock_now_ms();
    feed->said_waiting = false;
    feed->under_way--;
    if (result->status == STATUS_REJECTED) {
        struct buf place = {0};
        struct str code = result->error ? result->error->code : STR("unknown");
        struct str text = result->error ? result->error->text : STR("");
        checkpoint_place(feed->checkpoint, token, &place);
        progress_clear(&feed->progress);
        fprintf(stderr, "warta feed: %s: rejected: %.*s: %.*s\n", buf_cstr(&place),
                STR_ARG(code), STR_ARG(text));
        buf_fini(&place);
        feed->rejected++;
    }
    checkpoint_settled(feed->checkpoint, token);
}

static int save(struct feed *feed, bool now, struct err *err)
{
    uint64_t at = clock_now_ms();
    if (feed->settings->dry_run || (!now && at - feed->saved_ms < SAVE_MS))
        return 0;
    feed->saved_ms = at;
    return checkpoint_save(feed->checkpoint, err);
}

/* Say once what keeps us waiting. */
static void say_waiting(struct feed *feed, uint64_t now_ms)
{
    bool away = now_ms - feed->heard_ms > QUIET_MS;
    if (feed->said_waiting || feed->settings->quiet || now_ms - feed->moved_ms < QUIET_MS)
        return;
    feed->said_waiting = true;
    progress_clear(&feed->progress);
    if (away)
        fprintf(stderr, "warta feed: no answer from %s: waiting for a broker\n",
                feed->settings->feeder.broker);
    else
        fputs("warta feed: the broker is busy (its queue or disk is full): waiting\n",
              stderr);
}

static int turn(struct feed *feed, uint64_t wait_ms, struct err *err)
{
    int rc = put_turn(feed->put, wait_ms, err);
    struct put_stats stats;
    uint64_t now_ms = clock_now_ms();
    put_stats(feed->put, &stats);
    if (rc == 0)
        feed->moved_ms = now_ms;
    if (rc == 0 || stats.busy != feed->busy)
        feed->heard_ms = now_ms;
    feed->busy = stats.busy;
    show_progress(feed);
    if (rc >= 0 && save(feed, false, err) < 0)
        return err->code;
    uint64_t patience = feed->settings->wait_ms;
    if (rc > 0 && patience && now_ms - feed->heard_ms > patience)
        return err_set(err, ERR_TIMEOUT, "no answer from %s for %llu ms",
                       feed->settings->feeder.broker, (unsigned long long)patience);
    if (rc > 0)
        say_waiting(feed, now_ms);
    return rc;
}

/* While a pipe has nothing for us, answers are handled and what was busy is put again. */
static bool wait_for_input(void *context, int fd)
{
    struct feed *feed = context;
    struct pollfd input = {.fd = fd, .events = POLLIN};
    while (!stop_asked()) {
        int n = poll(&input, 1, feed->under_way ? ANSWERS_MS : (int)SAVE_MS);
        if (n > 0 || (n < 0 && errno != EINTR))
            return true;
        if (feed->put && turn(feed, 0, &feed->failure) < 0)
            return false;
    }
    return false;
}

static void report(struct feed *feed, struct str place, const struct err *err)
{
    progress_clear(&feed->progress);
    fprintf(stderr, "warta feed: %.*s: %s\n", STR_ARG(place), err->text);
    feed->broken++;
}

/* With --watch the same path is tried again and again: tell once. */
static void report_unread(struct feed *feed, const char *path, struct str place,
                          const struct err *err)
{
    uint64_t before;
    if (map_get(feed->unread, str_of(path), &before))
        return;
    map_put(feed->unread, str_of(path), 1);
    report(feed, place, err);
}

static void report_broken(struct feed *feed, const struct source_item *item,
                          const struct err *err)
{
    if (item->unread) {
        report_unread(feed, item->path, item->place, err);
        return;
    }
    report(feed, item->place, err);
    checkpoint_settled(feed->checkpoint, checkpoint_sent(feed->checkpoint, item));
}

static int put_item(struct feed *feed, const struct source_item *item, struct err *err)
{
    uint64_t token = checkpoint_sent(feed->checkpoint, item);
    feed->read += !item->passed;
    if (feed->settings->dry_run || item->passed) {
        checkpoint_settled(feed->checkpoint, token);
        show_progress(feed);
        return feed->under_way ? turn(feed, 0, err) : 0;
    }
    if (feed->under_way == 0)
        feed->heard_ms = feed->moved_ms = clock_now_ms();
    for (;;) {
        int rc = put_add(feed->put, &item->article, token, err);
        if (rc > 0) {
            feed->under_way++;
            return turn(feed, 0, err);
        }
        if (rc < 0) {
            report(feed, item->place, err);
            checkpoint_settled(feed->checkpoint, token);
            return 0;
        }
        if (stop_asked()) /* not sent, so not settled: it is read again next time */
            return 0;
        if ((rc = turn(feed, 100, err)) < 0)
            return rc;
    }
}

static int feed_input(struct feed *feed, const char *path, bool jsonl, struct err *err)
{
    const struct settings *s = feed->settings;
    struct source_options options = {
        .source = s->source,
        .language = s->language,
        .published = s->published,
        .mapping = feed->mapping,
        .counts = &feed->counts,
        .jsonl = jsonl,
        .growing = s->watch,
        .wait = wait_for_input,
        .wait_context = feed,
        .skip = checkpoint_skip,
        .skip_context = feed->checkpoint,
    };
    if (source_open(path, &options, &feed->source, err) < 0) {
        report_unread(feed, path, STR("cannot read"), err);
        return 0;
    }
    int rc = 0;
    while (!stop_asked() && rc >= 0) {
        struct source_item item;
        arena_reset(&feed->arena);
        rc = source_next(feed->source, &feed->arena, &item, err);
        if (rc == 0)
            break;
        if (rc > 0) {
            rc = put_item(feed, &item, err);
        } else {
            report_broken(feed, &item, err);
            rc = 0;
        }
    }
    uint64_t done, skipped;
    source_progress(feed->source, &done, &skipped);
    feed->done_bytes += done;
    feed->skipped_bytes += skipped;
    source_close(&feed->source);
    if (rc >= 0 && feed->failure.code) {
        *err = feed->failure;
        rc = err->code;
    }
    return rc < 0 ? rc : 0;
}

/* Standard input ends once: it is read in the first round only. */
static bool is_due(const char *path, bool first)
{
    return !stop_asked() && (first || strcmp(path, "-") != 0);
}

static uint64_t bytes_of(const char *path)
{
    struct walk *walk;
    if (walk_open(path, &walk, NULL) < 0)
        return 0; /* who reads it tells why */
    uint64_t bytes = walk_bytes(walk);
    walk_close(&walk);
    return bytes;
}

/* For the progress line: how much there is to do. */
static void size_up(struct feed *feed, const char **operands)
{
    const struct option_list *jsonl = &feed->settings->jsonl;
    feed->done_bytes = feed->skipped_bytes = feed->total_bytes = 0;
    if (!feed->progress.on)
        return;
    for (size_t i = 0; i < jsonl->count; i++)
        feed->total_bytes += bytes_of(jsonl->item[i]);
    for (size_t i = 0; operands[i]; i++)
        feed->total_bytes += bytes_of(operands[i]);
}

static int feed_all(struct feed *feed, const char **operands, bool first, struct err *err)
{
    const struct option_list *jsonl = &feed->settings->jsonl;
    int rc = 0;
    size_up(feed, operands);
    for (size_t i = 0; rc >= 0 && i < jsonl->count; i++)
        if (is_due(jsonl->item[i], first))
            rc = feed_input(feed, jsonl->item[i], true, err);
    for (size_t i = 0; rc >= 0 && operands[i]; i++)
        if (is_due(operands[i], first))
            rc = feed_input(feed, operands[i], false, err);
    return rc;
}

/* Wait until every article has been answered; after a signal, not for ever. */
static int drain(struct feed *feed, struct err *err)
{
    uint64_t since = 0;
    int rc = 0;
    while (feed->put && (rc = turn(feed, 100, err)) > 0) {
        if (stop_asked() && since == 0)
            since = clock_now_ms();
        if (since && clock_now_ms() - since > GIVE_UP_MS)
            return err_set(err, ERR_TIMEOUT, "stopped with articles unanswered");
    }
    return rc;
}

/* Is there anything that another round could find more in? */
static bool can_grow(const struct feed *feed, const char **operands)
{
    const struct option_list *jsonl = &feed->settings->jsonl;
    for (size_t i = 0; i < jsonl->count; i++)
        if (is_due(jsonl->item[i], false))
            return true;
    for (size_t i = 0; operands[i]; i++)
        if (is_due(operands[i], false))
            return true;
    return false;
}

static int run(struct feed *feed, const char **operands, struct err *err)
{
    const struct timespec nap = {.tv_nsec = 10 * 1000 * 1000};
    bool first = true, watch = feed->settings->watch && can_grow(feed, operands);
    int rc;
    do {
        rc = feed_all(feed, operands, first, err);
        if (rc >= 0)
            rc = drain(feed, err);
        if (rc >= 0 && save(feed, true, err) < 0)
            rc = err->code;
        first = false;
        uint64_t until = clock_now_ms() + feed->settings->interval_ms;
        while (rc >= 0 && watch && !stop_asked() && clock_now_ms() < until)
            nanosleep(&nap, NULL);
    } while (rc >= 0 && watch && !stop_asked());
    if (rc < 0)
        save(feed, true, NULL); /* as much as is known; the first error is the one told */
    return rc;
}

static void summary(struct feed *feed)
{
    struct put_stats stats = {0};
    if (feed->put)
        put_stats(feed->put, &stats);
    progress_clear(&feed->progress);
    if (feed->settings->quiet)
        return;
    if (feed->counts.records || feed->counts.broken) {
        struct buf said = {0};
        archive_tell(&feed->counts, &said);
        fprintf(stderr, "archives: %s\n", buf_cstr(&said));
        buf_fini(&said);
    }
    if (feed->settings->dry_run) {
        fprintf(stderr, "%llu articles read, %llu broken; none put (dry run)\n",
                (unsigned long long)feed->read, (unsigned long long)feed->broken);
        return;
    }
    double seconds = (double)(clock_now_ms() - feed->started_ms) / 1000;
    fprintf(stderr,
            "%llu articles read: %llu stored, %llu duplicate, %llu rejected; "
            "%llu broken; %.1f s\n",
            (unsigned long long)feed->read, (unsigned long long)stats.stored,
            (unsigned long long)stats.duplicate, (unsigned long long)feed->rejected,
            (unsigned long long)feed->broken, seconds);
}

static int start(struct feed *feed, struct err *err)
{
    const struct settings *s = feed->settings;
    struct put_options options = {
        .base = s->feeder.broker,
        .identity = s->feeder.identity,
        .feed = s->feeder.feed,
        .lane = s->feeder.lane,
        .window = (uint32_t)s->window,
        .batch = (uint32_t)s->batch,
        .settled = on_settled,
        .context = feed,
    };
    stop_catch();
    arena_init(&feed->arena, ARENA_BYTES);
    progress_init(&feed->progress, s->quiet, PROGRESS_MS);
    feed->started_ms = feed->heard_ms = feed->moved_ms = clock_now_ms();
    feed->unread = map_new();
    int rc = checkpoint_open(s->checkpoint, &feed->checkpoint, err);
    if (rc == 0 && s->map.count)
        rc = mapping_new(s->map.item, s->map.count, &feed->mapping, err);
    if (rc == 0 && !s->dry_run)
        rc = put_open(&options, &feed->put, err);
    return rc;
}

static void finish(struct feed *feed)
{
    put_close(&feed->put);
    checkpoint_close(&feed->checkpoint);
    mapping_free(&feed->mapping);
    map_free(&feed->unread);
    arena_fini(&feed->arena);
}

int feed_main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "rss") == 0)
        return rss_main(argc - 1, argv + 1);
    struct settings settings = {0};
    struct feed feed = {.settings = &settings};
    struct option_set *set = NULL;
    const char **operands;
    struct err err = {0};
    int rc = option_parse(&program, argc, argv, &settings, &set, &operands, &err);
    bool go = rc == 1;
    if (go && operands[0] == NULL && settings.jsonl.count == 0)
        rc = err_set(&err, ERR_USAGE,
                     "nothing to feed: name files, directories, or - for "
                     "JSON Lines on standard input");
    else if (go && (rc = start(&feed, &err)) == 0) {
        rc = run(&feed, operands, &err);
        summary(&feed);
    }
    bool complete = feed.broken == 0 && feed.rejected == 0;
    if (go)
        finish(&feed);
    option_free(&set);
    if (rc >= 0)
        return complete ? EXIT_DONE : EXIT_NO;
    fprintf(stderr, "warta feed: %s\n", err.text);
    return rc == ERR_TIMEOUT || rc == ERR_GONE ? EXIT_LATER : EXIT_NEVER;
}
