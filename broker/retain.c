#include "broker/retain.h"

#include "proto/base/diag.h"
#include "proto/base/mem.h"

#define LOOK_EVERY_MS 1000 /* when nothing is over its time */
#define WORK_EVERY_MS 20   /* when there is more to trim */
#define TELL_EVERY_MS 60000
#define SIZE_STEP     256 /* entries given up before the size is looked at again */

struct retain {
    struct journal *journal; /* borrowed */
    struct retain_limits limits;
    struct retain_metrics metrics;
    uint64_t due_ms, told_ms;
    uint64_t wall_base_ms, base_ms; /* the two clocks when first asked */
    uint64_t next[JOURNAL_STREAMS]; /* the time of what stands before it is over */
    uint64_t flushes;               /* commits there were when something was trimmed */
};

struct retain *retain_new(struct journal *journal, const struct retain_limits *limits)
{
    struct retain *retain = mem_zero(1, sizeof *retain);
    retain->journal = journal;
    retain->limits = *limits;
    retain->flushes = UINT64_MAX;
    retain->metrics = (struct retain_metrics)METRIC_INIT(RETAIN_METRICS);
    return retain;
}

void retain_free(struct retain **retain)
{
    mem_free(*retain);
    *retain = NULL;
}

void retain_set_limits(struct retain *retain, const struct retain_limits *limits)
{
    retain->limits = *limits;
}

struct retain_metrics *retain_metrics(struct retain *retain)
{
    return &retain->metrics;
}

/* ---- who has not read ---- */

int retain_laggard(struct journal *journal, struct laggard *out, struct err *err)
{
    struct journal_mark mark;
    char after[LIMIT_ID_BYTES];
    size_t len = 0;
    int rc;

    *out = (struct laggard){.position = UINT64_MAX};
    while ((rc = journal_next_mark(journal, str_make(after, len), &mark, err)) == 1) {
        len = mark.name.len;
        memcpy(after, mark.name.ptr, len);
        out->count++;
        /* A damaged mark has no position: its consumer begins again from the oldest. */
        if (mark.position == 0 || mark.position >= out->position)
            continue;
        out->position = mark.position;
        memcpy(out->name, after, len);
        out->name[len] = '\0';
    }
    return rc;
}

static bool is_told(struct retain *retain, uint64_t now_ms)
{
    if (retain->told_ms && now_ms - retain->told_ms < TELL_EVERY_MS)
        return true;
    retain->told_ms = now_ms ? now_ms : 1;
    return false;
}

static void tell_held(struct retain *retain, const struct laggard *laggard, uint64_t held,
                      uint64_t now_ms)
{
    retain->metrics.held.value = held;
    if (held == 0 || is_told(retain, now_ms))
        return;
    diag(DIAG_WARN, "retain", "facts are kept only for a consumer that does not read",
         "name", laggard->name, "position", diag_u64(laggard->position), "held",
         diag_u64(held), NULL);
}

static void tell_dropped(struct retain *retain, const struct laggard *laggard,
                         uint64_t from, uint64_t to, uint64_t now_ms)
{
    if (from < laggard->position)
        from = laggard->position;
    if (to <= from)
        return;
    retain->metrics.unread_dropped.value += to - from;
    if (is_told(retain, now_ms))
        return;
    diag(DIAG_WARN, "retain", "facts are dropped that a consumer has not read", "name",
         laggard->name, "from", diag_u64(from), "to", diag_u64(to - 1), NULL);
}

/* ---- whose time is over ---- */

/* The wall clock, unless it has run ahead of the monotonic one. */
static uint64_t wall_ms(struct retain *retain, const struct journal_stats *stats,
                        uint64_t now_ms)
{
    if (retain->wall_base_ms == 0) {
        retain->wall_base_ms = stats->now_ms;
        retain->base_ms = now_ms;
    }
    uint64_t steady = retain->wall_base_ms + (now_ms - retain->base_ms);
    return stats->now_ms < steady ? stats->now_ms : steady;
}

/* 1 with when the next one was stored, 0: there is none. A damaged one is as old as can
 * be: it goes with its neighbours. */
static int peek(struct retain *retain, enum journal_stream stream, uint64_t *stored_out)
{
    struct journal_item item;
    int rc = journal_read(retain->journal, stream, retain->next[stream], &item, NULL);

    if (rc == 0 || (rc < 0 && rc != ERR_CORRUPT))
        return 0;
    retain->next[stream] = item.seq;
    *stored_out = item.stored_ms;
    return 1;
}

static void pass_old(struct retain *retain, const struct journal_stats *stats,
                     uint64_t wall_now_ms)
{
    uint64_t stored_ms;

    if (retain->limits.age_ms == 0 || wall_now_ms < retain->limits.age_ms)
        return;
    for (int i = 0; i < JOURNAL_STREAMS; i++) {
        enum journal_stream stream = (enum journal_stream)i;
        for (int n = 0; n < JOURNAL_TRIM_STEP && retain->next[i] <= stats->last[i]; n++) {
            if (peek(retain, stream, &stored_ms) == 0 ||
                stored_ms >= wall_now_ms - retain->limits.age_ms)
                break;
            retain->next[i]++;
        }
    }
}

/* The older stream gives up its oldest; facts not beyond `most`. What was given up before
 * must have been counted, so there must have been a flush. */
static void pass_size(struct retain *retain, const struct journal_stats *stats,
                      uint64_t most)
{
    if (retain->limits.bytes == 0 || stats->used_bytes <= retain->limits.bytes ||
        stats->flushes == retain->flushes)
        return;
    for (int n = 0; n < SIZE_STEP; n++) {
        uint64_t stored_ms[JOURNAL_STREAMS] = {UINT64_MAX, UINT64_MAX};
        for (int i = 0; i < JOURNAL_STREAMS; i++)
            peek(retain, (enum journal_stream)i, &stored_ms[i]);
        if (retain->next[JOURNAL_FACTS] >= most)
            stored_ms[JOURNAL_FACTS] = UINT64_MAX;
        int older = stored_ms[JOURNAL_FACTS] < stored_ms[JOURNAL_ARTICLES];
        if (stored_ms[older] == UINT64_MAX)
            return;
        retain->next[older]++;
    }
}

/* ---- away with it ---- */

static bool trim(struct retain *retain, const struct journal_stats *before,
                 enum journal_stream stream, uint64_t to)
{
    struct journal_stats after;
    struct err err = {0};

    if (to <= before->first[stream])
        return false;
    if (journal_trim(retain->journal, stream, to, &err) < 0) {
        diag(DIAG_WARN, "retain", "could not trim", "error", err.text, NULL);
        return false;
    }
    journal_stats(retain->journal, &after);
    uint64_t gone = after.trimmed[stream] - before->trimmed[stream];
    struct metric *count = stream == JOURNAL_FACTS ? &retain->metrics.trimmed_facts
                                                   : &retain->metrics.trimmed_articles;
    count->value += gone;
    return gone > 0;
}

static uint64_t cap(const struct retain *retain, const struct journal_stats *stats)
{
    if (retain->limits.most_bytes)
        return retain->limits.most_bytes;
    return stats->map_bytes ? stats->map_bytes / 10 * 9 : UINT64_MAX;
}

static bool trim_facts(struct retain *retain, const struct journal_stats *stats,
                       const struct laggard *laggard, uint64_t most, uint64_t now_ms)
{
    struct journal_stats after;
    uint64_t first = stats->first[JOURNAL_FACTS], to = retain->next[JOURNAL_FACTS];

    tell_held(retain, laggard, to > most ? to - (most > first ? most : first) : 0,
              now_ms);
    if (!trim(retain, stats, JOURNAL_FACTS, to < most ? to : most))
        return false;
    journal_stats(retain->journal, &after);
    tell_dropped(retain, laggard, first, after.first[JOURNAL_FACTS], now_ms);
    return true;
}

static bool act(struct retain *retain, const struct journal_stats *stats, uint64_t now_ms)
{
    struct laggard laggard;
    bool held = !retain->limits.drop_unread && stats->used_bytes <= cap(retain, stats);

    if (retain_laggard(retain->journal, &laggard, NULL) < 0)
        return false;
    retain->metrics.consumers.value = laggard.count;
    uint64_t most = held ? laggard.position : UINT64_MAX;
    for (int i = 0; i < JOURNAL_STREAMS; i++)
        if (retain->next[i] < stats->first[i])
            retain->next[i] = stats->first[i];
    pass_old(retain, stats, wall_ms(retain, stats, now_ms));
    pass_size(retain, stats, most);

    bool changed = trim(retain, stats, JOURNAL_ARTICLES, retain->next[JOURNAL_ARTICLES]);
    return trim_facts(retain, stats, &laggard, most, now_ms) || changed;
}

bool retain_turn(struct retain *retain, const struct journal_stats *stats,
                 uint64_t now_ms)
{
    bool wanted = retain->limits.age_ms || retain->limits.bytes;

    if (!wanted || now_ms < retain->due_ms || stats->degraded)
        return false;
    bool changed = act(retain, stats, now_ms);
    retain->due_ms = now_ms + (changed ? WORK_EVERY_MS : LOOK_EVERY_MS);
    if (changed)
        retain->flushes = stats->flushes;
    return changed;
}
