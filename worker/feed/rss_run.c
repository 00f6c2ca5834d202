#include "worker/feed/rss_private.h"

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/stop.h"

#include <stdio.h>

#define TURN_MS    ((uint64_t)1000)
#define ANSWER_MS  ((uint64_t)20) /* between looks for answers while some are due */
#define COMMIT_MS  ((uint64_t)500)
#define GIVE_UP_MS ((uint64_t)5000)
#define FORGET_MS  ((uint64_t)24 * 3600 * 1000)

static void show_progress(struct rss_reader *r, uint64_t now_ms)
{
    if (r->outbox == NULL || !progress_begin(&r->progress, now_ms))
        return;
    const struct outbox_metrics *out = outbox_metrics(r->outbox);
    const struct watch_metrics *in = watch_metrics(r->watch);
    fprintf(stderr,
            "%zu feeds  %llu requests  %llu unchanged  %llu failed  %llu pages  %llu "
            "stored  %u asked now",
            watch_count(r->watch),
            (unsigned long long)visits_metrics(r->visits)->requests.value,
            (unsigned long long)in->not_modified.value,
            (unsigned long long)in->failed.value,
            (unsigned long long)pages_metrics(r->pages)->pages.value,
            (unsigned long long)out->stored.value, fetch_count(r->fetch));
    progress_end(&r->progress);
}

void rss_report(struct rss_reader *r, uint64_t now_ms)
{
    const struct outbox_metrics *out = outbox_metrics(r->outbox);
    const struct watch_metrics *in = watch_metrics(r->watch);
    const struct page_metrics *pages = pages_metrics(r->pages);
    r->reported_ms = now_ms;
    progress_clear(&r->progress);
    diag(DIAG_INFO, "rss", "counts", "feeds", diag_u64(watch_count(r->watch)), "requests",
         diag_u64(visits_metrics(r->visits)->requests.value), "unchanged",
         diag_u64(in->not_modified.value), "read", diag_u64(in->read.value), "failed",
         diag_u64(in->failed.value), "too_old", diag_u64(in->too_old.value), "pages",
         diag_u64(pages->pages.value), "pages_failed", diag_u64(pages->given_up.value),
         "entries", diag_u64(out->entries.value), "stored", diag_u64(out->stored.value),
         "duplicate", diag_u64(out->duplicate.value), "edited",
         diag_u64(out->edited.value), "rejected", diag_u64(out->rejected.value), NULL);
}

static int save(struct rss_reader *r, bool now, uint64_t now_ms, struct err *err)
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
static int hear(struct rss_reader *r, uint64_t now_ms, struct err *err)
{
    int rc = 1;
    while (rc > 0) {
        if (r->outbox && (rc = outbox_push(r->outbox, now_ms, err)) != 0) {
            r->pushing = true;
            return rc < 0 ? rc : 0;
        }
        r->pushing = false;
        if (stop_asked())
            return 0;
        arena_reset(&r->arena);
        rc = visits_hear(r->visits, now_ms, err);
    }
    return rc;
}

static int turn(struct rss_reader *r, struct err *err)
{
    uint64_t now_ms = clock_wall_ms(), wait = TURN_MS;
    uint64_t due = stop_asked() ? UINT64_MAX : visits_begin(r->visits, now_ms);
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
        rss_report(r, now_ms);
    return rc;
}

/* Stopped: what was put is waited for, for a while; what was not is put next time. */
static bool is_over(struct rss_reader *r)
{
    bool waiting = r->outbox && outbox_waiting(r->outbox);
    if (!stop_asked())
        return !waiting && !r->pushing && watch_over(r->watch);
    uint64_t now_ms = clock_now_ms();
    if (r->stopping_ms == 0) {
        r->stopping_ms = now_ms;
        ready_stopping(&r->told);
    }
    return !waiting || now_ms - r->stopping_ms > GIVE_UP_MS;
}

int rss_run(struct rss_reader *r, struct err *err)
{
    int rc = 0;
    r->reported_ms = clock_wall_ms();
    ready_say(&r->told);
    while (rc >= 0 && !is_over(r))
        rc = turn(r, err);
    struct err after = {0};
    int saved = save(r, true, clock_wall_ms(), &after);
    if (rc >= 0 && saved < 0)
        *err = after;
    return rc < 0 ? rc : saved;
}
