/* warta sink: what the broker publishes, into a database or into files, from where it
 * left off. */

#include "proto/base/buf.h"
#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/mem.h"
#include "proto/base/option.h"
#include "proto/base/program.h"
#include "proto/base/ready.h"
#include "proto/base/stop.h"
#include "proto/client/tail.h"
#include "proto/wire/frame.h"
#include "proto/wire/limits.h"
#include "worker/sink/files.h"
#include "worker/sink/idle.h"
#include "worker/sink/store.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BATCH_BYTES   ((size_t)16 * 1024 * 1024) /* a batch is held in memory */
#define GAPS          16                         /* of one batch; more begin another */
#define DEFAULT_NAME  "sink"
#define IDLE_ASK_MS   200
#define RETRY_MS      1000
#define RETRY_MOST_MS 30000

struct settings {
    const char *broker, *from, *name, *format;
    struct identity identity;
    struct option_list languages, sources;
    bool until_live, until_idle, quiet;
    uint64_t batch, delay_ms, rotate_bytes, rotate_age_ms;
    const char *kind, *target; /* the operands */
};

#define AT(member) offsetof(struct settings, member)

static const struct option option_table[] = {
    {"broker", 'b', OPTION_TEXT, AT(broker), "ADDRESS", FRAME_BASE_DEFAULT, 0, 0,
     "base address of the broker, or of several"},
    IDENTITY_OPTIONS(struct settings, identity),
    {"name", 0, OPTION_TEXT, AT(name), "NAME", NULL, 0, 0,
     "name this consumer; the broker keeps for it what it has not read"},
    {"from", 'f', OPTION_TEXT, AT(from), "POSITION", "mark", 0, 0,
     "where to begin: mark (where this name left off, or first), first, new, a position"},
    {"language", 0, OPTION_LIST, AT(languages), "CODE", NULL, 0, 0,
     "only articles in these languages"},
    {"source", 0, OPTION_LIST, AT(sources), "DOMAIN", NULL, 0, 0,
     "only articles of these outlets"},
    {"batch", 0, OPTION_U64, AT(batch), "N", "256", 1, LIMIT_CREDIT,
     "articles in one transaction at most"},
    {"delay", 0, OPTION_MS, AT(delay_ms), "TIME", "500ms", 0, 60000,
     "commit what has come at least this often"},
    {"format", 0, OPTION_TEXT, AT(format), "FORMAT", "jsonl", 0, 0,
     "files: jsonl or msgpack"},
    {"rotate-size", 0, OPTION_BYTES, AT(rotate_bytes), "BYTES", "64M", 1, 0x100000000,
     "files: begin another when one has this many bytes"},
    {"rotate-age", 0, OPTION_MS, AT(rotate_age_ms), "TIME", "24h", 1000, 0x100000000,
     "files: or when it is as old as this"},
    {"until-live", 0, OPTION_FLAG, AT(until_live), NULL, NULL, 0, 0,
     "stop when all there is has been written"},
    {"until-idle", 0, OPTION_FLAG, AT(until_idle), NULL, NULL, 0, 0,
     "stop when nothing is left to be read either"},
    {"quiet", 'q', OPTION_FLAG, AT(quiet), NULL, NULL, 0, 0, "no account at the end"},
    {0},
};

static const struct option_program program = {
    .name = "warta sink",
    .usage = "[options] sqlite FILE | postgres CONNINFO | files DIRECTORY",
    .summary =
        "Write the facts a broker publishes into a database or into files, and go on\n"
        "where the last run stopped: nothing is left out, nothing stands twice.",
    .option = option_table,
    .help_tail =
        "See warta query for questions to a SQLite file. Exit: 0 done, 100 wrong "
        "use or\nunusable target, 111 may work later.\n",
};

struct sink {
    const struct settings *settings;
    const char *name;
    struct store *store;
    struct tail *tail;
    struct ready told; /* who supervises */
    /* the batch that is being gathered */
    struct buf bytes;
    size_t *end; /* of each entry in bytes */
    struct str *entry;
    size_t entries;
    struct store_gap gap[GAPS];
    struct buf reason[GAPS];
    size_t gaps;
    bool moved;        /* next is not yet written */
    uint64_t since_ms; /* when the batch began */
    uint64_t next;
    bool live, said_waiting;
    struct store_counts counts; /* of stores that were closed */
};

static void sleep_ms(uint64_t ms)
{
    struct timespec wait = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
    nanosleep(&wait, NULL); /* a signal ends it early, as it should */
}

/* A database that is away comes back, and may be starting, or not have noticed yet that
 * the former connection is gone. */
static bool may_pass(int code)
{
    return code == ERR_NOSPACE || code == ERR_LOCKED || code == ERR_GONE;
}

static void keep_counts(struct sink *sink)
{
    struct store_counts now = store_counts(sink->store), *sum = &sink->counts;
    sum->articles += now.articles;
    sum->facts += now.facts;
    sum->rows += now.rows;
    sum->replaced += now.replaced;
    sum->refused += now.refused;
}

static int open_target(const struct settings *s, struct store **out, struct err *err)
{
    struct str format = str_of(s->format);
    if (str_is(str_of(s->kind), "sqlite"))
        return store_open(s->target, STORE_WRITE, out, err);
    if (str_is(str_of(s->kind), "postgres"))
        return store_open_postgres(s->target, out, err);
    if (!str_is(str_of(s->kind), "files"))
        return err_set(err, ERR_USAGE, "a sink is sqlite, postgres or files, not \"%s\"",
                       s->kind);
    if (!str_is(format, "jsonl") && !str_is(format, "msgpack"))
        return err_set(err, ERR_USAGE, "--format takes jsonl or msgpack, not \"%s\"",
                       s->format);
    const struct files_options options = {.msgpack = str_is(format, "msgpack"),
                                          .rotate_bytes = s->rotate_bytes,
                                          .rotate_age_ms = s->rotate_age_ms};
    return files_open(s->target, &options, out, err);
}

/* Connect anew, and see whether the batch was written before the connection went: that
 * its answer is missing does not tell. 1 it was, 0 it was not. */
static int reconnect(struct sink *sink, const struct store_batch *batch, struct err *err)
{
    uint64_t next = 0;
    if (sink->store) {
        keep_counts(sink);
        store_close(&sink->store);
    }
    int rc = open_target(sink->settings, &sink->store, err);
    if (rc == 0)
        rc = store_position(sink->store, sink->name, &next, err);
    return rc < 0 ? rc : rc == 1 && next >= batch->next;
}

/* Write the batch; wait where there is no room, another holds the file, or the database
 * is away. */
static int write_batch(struct sink *sink, const struct store_batch *batch,
                       struct err *err)
{
    bool away = false;
    for (uint64_t wait_ms = RETRY_MS;;
         wait_ms = wait_ms * 2 > RETRY_MOST_MS ? RETRY_MOST_MS : wait_ms * 2) {
        int rc = away ? reconnect(sink, batch, err) : 0;
        if (rc == 0)
            rc = store_apply(sink->store, batch, err);
        if (rc >= 0 && wait_ms > RETRY_MS)
            diag(DIAG_INFO, "sink", "writing again", "next", diag_u64(batch->next), NULL);
        if (rc >= 0)
            return 0;
        if (!may_pass(rc) || stop_asked())
            return rc;
        away = away || rc == ERR_GONE;
        diag(DIAG_WARN, "sink", "cannot write now, waiting", "reason", err->text, "next",
             diag_u64(batch->next), NULL);
        sleep_ms(wait_ms);
    }
}

/* What has been gathered becomes durable with its position; then the broker may forget
 * it. */
static int flush(struct sink *sink, struct err *err)
{
    if (!sink->moved)
        return 0;
    for (size_t i = 0, begin = 0; i < sink->entries; begin = sink->end[i++])
        sink->entry[i] = str_slice(buf_str(&sink->bytes), begin, sink->end[i]);
    for (size_t i = 0; i < sink->gaps; i++)
        sink->gap[i].reason = buf_str(&sink->reason[i]);
    const struct store_batch batch = {.entry = sink->entry,
                                      .entries = sink->entries,
                                      .gap = sink->gap,
                                      .gaps = sink->gaps,
                                      .name = sink->name,
                                      .next = sink->next};
    int rc = write_batch(sink, &batch, err);
    if (rc < 0)
        return rc;
    buf_clear(&sink->bytes);
    sink->entries = sink->gaps = 0;
    sink->moved = false;
    if (sink->settings->name == NULL)
        return 0;
    rc = tail_confirm(sink->tail, sink->next, err);
    return rc == ERR_FULL ? 0 : rc; /* the next one tells the same, and more */
}

static void gather(struct sink *sink, const struct tail_item *item)
{
    if (!sink->moved)
        sink->since_ms = clock_now_ms();
    sink->moved = true;
    sink->next = item->next;
    if (item->what == TAIL_ENTRY) {
        buf_add_str(&sink->bytes, item->entry);
        sink->end[sink->entries++] = sink->bytes.len;
    } else if (item->what == TAIL_GAP) {
        diag(DIAG_WARN, "sink", "positions cannot be had", "from",
             diag_u64(item->gap_from), "to", diag_u64(item->gap_to), "reason",
             diag_str(item->reason), NULL);
        buf_clear(&sink->reason[sink->gaps]);
        buf_add_str(&sink->reason[sink->gaps], item->reason);
        sink->gap[sink->gaps++] =
            (struct store_gap){.from = item->gap_from, .to = item->gap_to};
    } else if (item->what == TAIL_LIVE) {
        sink->live = true;
    }
}

static bool is_due(const struct sink *sink)
{
    return sink->entries >= sink->settings->batch || sink->bytes.len >= BATCH_BYTES ||
           sink->gaps == GAPS ||
           (sink->moved && clock_now_ms() - sink->since_ms >= sink->settings->delay_ms);
}

/* Nothing came for a while. 1: and nothing more is to be expected; 0; negative. */
static int rest(struct sink *sink, struct err *err)
{
    bool connected = tail_connected(sink->tail);
    int rc = flush(sink, err);
    if (rc < 0)
        return rc;
    if (!connected && !sink->said_waiting)
        fprintf(stderr, "warta sink: no answer from %s: waiting for a broker\n",
                sink->settings->broker);
    sink->said_waiting = !connected;
    if (!sink->settings->until_idle || !sink->live || !connected)
        return 0;
    return idle_ask(sink->settings->broker, &sink->settings->identity, sink->next, err);
}

static int follow(struct sink *sink, struct err *err)
{
    int rc = 0;
    while (rc == 0 && !stop_asked()) {
        struct tail_item item;
        /* What lies ready is gathered; when there is none, what has been is written. */
        uint64_t wait_ms = sink->moved ? 5 : sink->live ? IDLE_ASK_MS : 1000;
        rc = tail_next(sink->tail, wait_ms, &item, err);
        if (rc < 0)
            return rc;
        bool none = rc == 0;
        if (!none)
            gather(sink, &item);
        rc = none ? rest(sink, err) : is_due(sink) ? flush(sink, err) : 0;
        if (rc == 0 && sink->live && sink->settings->until_live)
            break;
    }
    return rc < 0 ? rc : flush(sink, err);
}

static int find_begin(struct sink *sink, uint64_t *from_out, struct err *err)
{
    struct str from = str_of(sink->settings->from);
    int rc = store_position(sink->store, sink->name, from_out, err);
    if (rc < 0)
        return rc;
    if (rc == 1 && !str_is(from, "mark") && str_is(str_of(sink->settings->kind), "files"))
        return err_set(err, ERR_USAGE,
                       "these files end at a position: to begin elsewhere take another "
                       "directory");
    if (str_is(from, "mark")) {
        if (rc == 0)
            *from_out = TAIL_FIRST;
    } else if (str_is(from, "first")) {
        *from_out = TAIL_FIRST;
    } else if (str_is(from, "new")) {
        *from_out = TAIL_NEW;
    } else if (!str_to_u64(from, from_out) || *from_out >= TAIL_MARK) {
        return err_set(err, ERR_USAGE,
                       "--from takes mark, first, new or a position, not \"%s\"",
                       sink->settings->from);
    }
    sink->next = *from_out;
    return 0;
}

/* A NULL-terminated copy of an option's values. */
static const char **strings(const struct option_list *list)
{
    const char **copy = mem_zero(list->count + 1, sizeof *copy);
    for (size_t i = 0; i < list->count; i++)
        copy[i] = list->item[i];
    return copy;
}

static void account(struct sink *sink, uint64_t began_ms)
{
    if (sink->store)
        keep_counts(sink);
    struct store_counts counts = sink->counts;
    double seconds = (double)(clock_now_ms() - began_ms) / 1000;
    if (sink->settings->quiet)
        return;
    fprintf(stderr,
            "warta sink: %llu articles, %llu facts, %llu rows in %.1f s (%.0f rows/s)"
            ", %llu replaced, %llu refused; next is %llu\n",
            (unsigned long long)counts.articles, (unsigned long long)counts.facts,
            (unsigned long long)counts.rows, seconds,
            seconds > 0 ? (double)counts.rows / seconds : 0,
            (unsigned long long)counts.replaced, (unsigned long long)counts.refused,
            (unsigned long long)sink->next);
}

static int run(struct sink *sink, struct err *err)
{
    const struct settings *s = sink->settings;
    const char **languages = strings(&s->languages), **sources = strings(&s->sources);
    uint64_t from = 0, began_ms = clock_now_ms();
    int rc = open_target(s, &sink->store, err);
    rc = rc ? rc : find_begin(sink, &from, err);
    if (rc == 0) {
        const struct tail_options options = {
            .base = s->broker,
            .identity = s->identity,
            .from = from,
            .credit = (uint32_t)s->batch * 2 > LIMIT_CREDIT ? LIMIT_CREDIT
                                                            : (uint32_t)s->batch * 2,
            .name = s->name,
            .languages = languages,
            .sources = sources,
        };
        rc = tail_open(&options, &sink->tail, err);
    }
    if (rc == 0) {
        ready_say(&sink->told);
        rc = follow(sink, err);
        ready_stopping(&sink->told);
        account(sink, began_ms);
    }
    tail_close(&sink->tail);
    store_close(&sink->store);
    mem_free(languages);
    mem_free(sources);
    return rc;
}

static int start(struct settings *settings, const char *const *operands, struct err *err)
{
    if (operands[0] == NULL || operands[1] == NULL || operands[2] != NULL)
        return err_set(err, ERR_USAGE,
                       "which sink? sqlite FILE, postgres CONNINFO or files DIRECTORY");
    settings->kind = operands[0];
    settings->target = operands[1];
    struct sink sink = {.settings = settings,
                        .name = settings->name ? settings->name : DEFAULT_NAME};
    stop_catch();
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is an error of write */
    sink.end = mem_zero(settings->batch, sizeof *sink.end);
    sink.entry = mem_zero(settings->batch, sizeof *sink.entry);
    ready_open(&sink.told, 0);
    int rc = run(&sink, err);
    ready_close(&sink.told);
    buf_fini(&sink.bytes);
    for (size_t i = 0; i < GAPS; i++)
        buf_fini(&sink.reason[i]);
    mem_free(sink.end);
    mem_free(sink.entry);
    return rc;
}

static int exit_code(int rc)
{
    switch (rc) {
    case ERR_USAGE:
    case ERR_VERSION:
    case ERR_FORMAT:
    case ERR_CORRUPT:
    case ERR_CONFLICT:
    case ERR_BUILD:
    case ERR_DENIED:
        return EXIT_NEVER;
    default:
        return EXIT_LATER;
    }
}

int sink_main(int argc, char **argv)
{
    struct settings settings = {0};
    struct option_set *set = NULL;
    const char **operands;
    struct err err = {0};
    int rc = option_parse(&program, argc, argv, &settings, &set, &operands, &err);
    if (rc == 1)
        rc = start(&settings, operands, &err);
    option_free(&set);
    if (rc == 0)
        return EXIT_DONE;
    fprintf(stderr, "warta sink: %s\n", err.text);
    return exit_code(rc);
}
