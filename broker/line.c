#include "broker/line.h"

#include "proto/base/diag.h"
#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/wire/message.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/* Heads are small; a DONE of LIMIT_HEAD_BYTES claims at most as many jobs as bytes. */
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)

#define RECOVER_EVERY_MS 1000
#define STUCK_RETRY_MS   10
#define HEARD_A_TURN     256 /* rows of copies: some milliseconds */

enum { FRAME_ID, FRAME_COMMAND };

static struct dispatch_limits dispatch_limits_of(const struct settings *settings)
{
    return (struct dispatch_limits){settings->lease_ms, settings->deaths,
                                    settings->failures, settings->worker_failures};
}

static struct ingest_limits ingest_limits_of(const struct settings *settings)
{
    return (struct ingest_limits){settings->queue_articles, settings->queue_bytes};
}

static struct retain_limits retain_limits_of(const struct settings *settings)
{
    return (struct retain_limits){settings->retain_age_ms, settings->retain_bytes,
                                  settings->retain_most_bytes, settings->drop_unread};
}

/* Among brokers that share a journal: the same after a start, another one's elsewhere. */
static uint32_t self_of(const struct settings *settings)
{
    char name[HOST_NAME_MAX + 1] = "";
    uint64_t hash;
    (void)gethostname(name, sizeof name - 1);
    hash = hash64(str_of(settings->listen), hash64(str_of(name), 0));
    return (uint32_t)hash | 1;
}

struct line *line_new(const struct settings *settings, const struct line_host *host,
                      struct journal *journal, uint64_t now_ms)
{
    struct line *line = mem_zero(1, sizeof *line);
    struct ingest_limits ingest = ingest_limits_of(settings);
    struct dispatch_limits dispatch = dispatch_limits_of(settings);
    struct retain_limits retain = retain_limits_of(settings);
    const struct copies_options copies = {
        .window_ms = settings->copy_window_ms,
        .least = (uint32_t)settings->copy_least,
        .self = journal_is_shared(journal) ? self_of(settings) : 0};
    line->settings = *settings;
    line->host = *host;
    line->journal = journal;
    line->share = share_new();
    line->quota = quota_new();
    line->ingest = ingest_new(journal, line->share, &ingest);
    line->dispatch = dispatch_new(&dispatch, host->token, host->context);
    line->tails = tails_new();
    line->public = public_new();
    line->retain = retain_new(journal, &retain);
    line->feeders = peers_new();
    line->workers = peers_new();
    line->consumers = peers_new();
    line->now_ms = line->started_ms = line->turned_ms = line->awake_ms = now_ms;
    line->beat_due_ms = now_ms;
    line->metrics = (struct line_metrics)METRIC_INIT(LINE_METRICS);
    frames_init(&line->out);
    frames_init(&line->entries);
    arena_init(&line->arena, ARENA_BYTES);
    journal_stats(journal, &line->stats);
    line->collect = collect_new(journal, &copies, line->stats.now_ms);
    ingest_queue(line->ingest, line->stats.unfinished, line->stats.unfinished_bytes);
    line_feed_load(line);
    return line;
}

static void free_batches(struct line *line)
{
    for (uint32_t slot = 0; slot < LIMIT_PEERS; slot++)
        mem_free(line->batch[slot]);
}

void line_free(struct line **line)
{
    struct line *l = *line;
    if (l == NULL)
        return;
    ingest_free(&l->ingest);
    share_free(&l->share);
    quota_free(&l->quota);
    dispatch_free(&l->dispatch);
    collect_free(&l->collect);
    tails_free(&l->tails);
    public_free(&l->public);
    retain_free(&l->retain);
    peers_free(&l->feeders);
    peers_free(&l->workers);
    peers_free(&l->consumers);
    free_batches(l);
    frames_clear(&l->out);
    frames_clear(&l->entries);
    buf_fini(&l->scratch);
    buf_fini(&l->note);
    arena_fini(&l->arena);
    mem_free(l);
    *line = NULL;
}

void line_configure(struct line *line, const struct settings *settings)
{
    struct ingest_limits ingest = ingest_limits_of(settings);
    struct dispatch_limits dispatch = dispatch_limits_of(settings);
    struct retain_limits retain = retain_limits_of(settings);
    line->settings = *settings;
    retain_set_limits(line->retain, &retain);
    ingest_set_limits(line->ingest, &ingest);
    dispatch_set_limits(line->dispatch, &dispatch);
}

/* ---- messages out ---- */

int line_send_out(struct line *line, enum frame_endpoint to)
{
    int rc = line->host.send(line->host.context, to, &line->out);
    frames_clear(&line->out);
    return rc;
}

int line_say(struct line *line, enum frame_endpoint to, struct str id,
             enum message command, const struct record_table *table, const void *head)
{
    frames_clear(&line->out);
    frames_add(&line->out, id);
    frames_add_text(&line->out, message_name(command));
    buf_clear(&line->scratch);
    if (table)
        record_encode(table, head, &line->scratch);
    else
        buf_add_char(&line->scratch, '\x80'); /* the empty map */
    frames_add(&line->out, buf_str(&line->scratch));
    return line_send_out(line, to);
}

void line_say_error(struct line *line, enum frame_endpoint to, struct str id,
                    const struct err *err)
{
    struct message_error error = {str_of(err_name(err->code)), str_of(err->text)};
    line->metrics.errors.value++;
    if (line_say(line, to, id, MESSAGE_ERROR, &message_error_table, &error) != 1)
        line->metrics.undelivered.value++;
}

int line_head(struct line *line, const struct frames *message, int index,
              const struct record_table *table, void *head, struct err *err)
{
    struct str frame = frames_get(message, index);
    if (index >= message->count)
        return err_set(err, ERR_USAGE, "the head is missing");
    if (frame.len > LIMIT_HEAD_BYTES)
        return err_set(err, ERR_LIMIT, "a head has at most %d bytes", LIMIT_HEAD_BYTES);
    arena_reset(&line->arena);
    return record_decode(table, frame, &line->arena, head, err);
}

/* ---- whose session ---- */

void line_claim(const struct line *line, struct peer *peer)
{
    if (line->grant == NULL)
        return;
    memcpy(peer->user, line->grant->key, sizeof peer->user);
    snprintf(peer->name, sizeof peer->name, "%.*s", STR_ARG(line->grant->name));
    peer->rights = line->grant->rights;
}

bool line_owns(const struct line *line, const struct peer *peer)
{
    return line->grant == NULL || strcmp(peer->user, line->grant->key) == 0;
}

bool line_is_foreign(struct line *line, struct str broker, struct err *err)
{
    if (broker.ptr == NULL || str_is(broker, line->host.name))
        return false;
    line->metrics.foreign.value++;
    err_set(err, ERR_STALE, "meant for another run of the broker");
    return true;
}

bool line_may_stay(const struct peer *peer, const struct grants *grants,
                   enum frame_endpoint endpoint)
{
    const struct grant *grant = grants_find(grants, str_of(peer->user));
    return grant && grant_opens(grant, endpoint) && grant->rights == peer->rights;
}

void line_recheck(struct line *line, const struct grants *grants)
{
    line->grant = NULL;
    line_feed_recheck(line, grants);
    line_work_recheck(line, grants);
    line_tail_recheck(line, grants);
}

void line_forget_public(struct line *line)
{
    public_forget(line->public);
    line->flooded = false;
}

/* ---- messages in ---- */

void line_receive(struct line *line, enum frame_endpoint from, const struct grant *grant,
                  const struct frames *message, uint64_t now_ms)
{
    line->now_ms = now_ms;
    line->grant = grant;
    if (message->count == 0)
        return;
    switch (from) {
    case FRAME_FEED:
        line_feed_receive(line, message);
        break;
    case FRAME_WORK:
        line_work_receive(line, message);
        break;
    case FRAME_TAIL:
        line_tail_receive(line, message);
        break;
    case FRAME_PUBLIC:
        line->flooded |= !public_heard(
            line->public, grant ? str_of(grant->key) : STR_NONE, frames_get(message, 0));
        break;
    case FRAME_ADMIN:
        line_admin_receive(line, message);
        break;
    default:
        break;
    }
}

/* ---- durability ---- */

void line_changed(struct line *line)
{
    if (line->changed_ms == 0)
        line->changed_ms = line->now_ms ? line->now_ms : 1;
}

static void finish(struct line *line, uint64_t seq)
{
    struct err err = {0};
    if (journal_finish(line->journal, seq, &err) < 0)
        diag(DIAG_WARN, "broker", "article could not be finished", "seq", diag_u64(seq),
             "error", err.text, NULL);
    line_changed(line);
}

static void settle(struct line *line, const struct err *cause)
{
    struct journal_outcome outcome;
    uint64_t seq;
    while (journal_settle(line->journal, &outcome) == 1) {
        line->appended -= line->appended > 0;
        if (outcome.stream == JOURNAL_ARTICLES)
            ingest_settled(line->ingest, &outcome, cause);
        else if (collect_settled(line->collect, &outcome, &seq) == 1)
            finish(line, seq);
    }
}

/* Nothing that was taken since the last flush can be relied on: every lease is over, and
 * once the journal has recovered it gives the articles out again. */
static void degrade(struct line *line, const struct err *err)
{
    diag(DIAG_ERROR, "broker",
         "the journal failed; nothing is taken in until it recovers", "error", err->text,
         NULL);
    line->degraded = true;
    line->metrics.degraded.value++;
    line->recover_due_ms = line->now_ms + RECOVER_EVERY_MS;
    dispatch_forget(line->dispatch);
    share_clear(line->share);
    share_pin(line->share, SHARE_NONE);
    line->hold = LINE_HOLD_NONE;
}

int line_flush(struct line *line, struct err *err)
{
    int rc = collect_flush(line->collect, err);
    return rc < 0 ? rc : journal_flush(line->journal, err);
}

static bool flush_is_due(const struct line *line)
{
    if (line->degraded)
        return false;
    return line->appended > 0 || line->hold == LINE_HOLD_COUNTING ||
           (line->changed_ms &&
            line->now_ms - line->changed_ms >= line->settings.idle_flush_ms) ||
           (line->changed_ms && line->stopping);
}

static void keep(struct line *line)
{
    struct err err = {0};
    if (flush_is_due(line)) {
        line->changed_ms = 0; /* settling may set it again */
        if (line_flush(line, &err) < 0)
            degrade(line, &err);
    }
    settle(line, &err);
    journal_stats(line->journal, &line->stats);
    if (line->hold == LINE_HOLD_COUNTING && !line->stats.pending) {
        line->hold = LINE_HOLD_COUNTED;
        line->more = true;
    }
    if (line->stats.degraded && !line->degraded)
        degrade(line, &err);
    ingest_queue(line->ingest, line->stats.unfinished, line->stats.unfinished_bytes);
}

/* A damaged journal fails as often as it recovers; whoever looks at it must know. */
static void give_up(struct line *line, const struct err *err)
{
    diag(DIAG_ERROR, "broker",
         "the journal is damaged, and the broker ends: look at it with warta ctl check, "
         "put "
         "a backup back with warta ctl restore",
         "error", err->text, NULL);
    line->failed = err->code;
}

static void recover(struct line *line)
{
    struct err err = {0};
    if (!line->degraded || line->now_ms < line->recover_due_ms)
        return;
    line->recover_due_ms = line->now_ms + RECOVER_EVERY_MS;
    int rc = journal_recover(line->journal, &err);
    if (rc == ERR_CORRUPT || rc == ERR_FORMAT)
        give_up(line, &err);
    if (rc < 0)
        return; /* said once, when it failed; tried until it works */
    line->degraded = false;
    line->appended = 0;
    line->changed_ms = 0;
    line->more = true;
    line_feed_load(line);
    settle(line, &err);
    journal_stats(line->journal, &line->stats);
    diag(DIAG_INFO, "broker", "the journal has recovered", NULL);
}

void line_trim(struct line *line, enum journal_stream stream, uint64_t before)
{
    uint64_t kept = line->stats.last[stream] + 1 - line->stats.first[stream];
    line->trim[stream].before = before;
    line->trim[stream].steps = kept / JOURNAL_TRIM_STEP + 1;
}

static void trim(struct line *line)
{
    struct err err = {0};
    for (int s = 0; s < JOURNAL_STREAMS && !line->degraded; s++) {
        if (line->trim[s].steps == 0)
            continue;
        line->trim[s].steps--;
        if (journal_trim(line->journal, (enum journal_stream)s, line->trim[s].before,
                         &err) < 0) {
            diag(DIAG_WARN, "broker", "could not trim", "error", err.text, NULL);
            line->trim[s].steps = 0;
        }
        line_changed(line);
        line->more |= line->trim[s].steps > 0;
    }
}

static void answer(struct line *line)
{
    while (ingest_answer(line->ingest, line->feeders, &line->out) == 1)
        if (line_send_out(line, FRAME_FEED) != 1)
            line->metrics.undelivered.value++;
}

/* ---- the turn ---- */

/* A broker that was held up (a slow disk, a stopped process) has not listened: nobody is
 * called silent, and no lease over, before there was time to hear them. */
static void notice_stall(struct line *line, uint64_t last_ms)
{
    if (line->now_ms - last_ms < line->settings.beat_ms + line->settings.dead_ms / 2)
        return;
    line->awake_ms = line->now_ms;
    line->metrics.stalls.value++;
}

static int publish(void *context, struct frames *message)
{
    struct line *line = context;
    return line->host.send(line->host.context, FRAME_PUBLIC, message);
}

static void hear(struct line *line)
{
    struct str name, bytes;
    for (int heard = 0; journal_heard(line->journal, &name, &bytes) == 1; heard++) {
        if (!line_feed_hear(line, name))
            collect_hear(line->collect, name, bytes, line->stats.now_ms);
        if (heard == HEARD_A_TURN) {
            line->more = true;
            return;
        }
    }
}

static void beat(struct line *line)
{
    if (line->now_ms < line->beat_due_ms)
        return;
    line->beat_due_ms = line->now_ms + (line->settings.beat_ms + 1) / 2;
    line_feed_beat(line);
    line_work_beat(line);
    line_tail_beat(line);
}

static uint64_t wait_until(uint64_t wait_ms, uint64_t now_ms, uint64_t due_ms)
{
    uint64_t left = due_ms > now_ms ? due_ms - now_ms : 0;
    return left < wait_ms ? left : wait_ms;
}

static uint64_t next_turn(const struct line *line)
{
    uint64_t now = line->now_ms;
    uint64_t wait = wait_until(UINT64_MAX, now, line->beat_due_ms);
    if (line->more)
        return 0;
    if (line->stuck && wait > STUCK_RETRY_MS)
        wait = STUCK_RETRY_MS;
    if (line->changed_ms && !line->degraded)
        wait = wait_until(wait, now, line->changed_ms + line->settings.idle_flush_ms);
    if (line->degraded)
        wait = wait_until(wait, now, line->recover_due_ms);
    if (line->hold_until_ms > now)
        wait = wait_until(wait, now, line->hold_until_ms);
    if (line->stopping)
        wait = wait_until(wait, now, line->stop_due_ms);
    return wait_until(wait, now, line->dispatch_due_ms);
}

uint64_t line_turn(struct line *line, uint64_t now_ms)
{
    uint64_t last_ms = line->turned_ms;
    line->now_ms = now_ms;
    line->turned_ms = now_ms;
    line->more = line->stuck = false;
    line->metrics.turns.value++;
    notice_stall(line, last_ms);
    recover(line);
    hear(line);
    trim(line);
    if (retain_turn(line->retain, &line->stats, now_ms))
        line_changed(line);
    line_work_tick(line);
    line_feed_file(line);
    line_work_hand_out(line);
    keep(line);
    answer(line);
    line_tail_serve(line);
    line->more |= public_publish(line->public, line->journal,
                                 line->stats.last[JOURNAL_FACTS], publish, line);
    beat(line);
    return next_turn(line);
}

/* ---- the end ---- */

void line_stop(struct line *line, uint64_t now_ms)
{
    if (line->stopping)
        return;
    line->stopping = true;
    line_work_put_back(line);
    line->stop_due_ms = now_ms + line->settings.drain_ms;
    ingest_close(line->ingest);
}

bool line_is_stopping(const struct line *line)
{
    return line->stopping;
}

bool line_stopped(const struct line *line)
{
    if (!line->stopping)
        return false;
    bool idle = dispatch_metrics(line->dispatch)->leased.value == 0 &&
                collect_waiting(line->collect) == 0 && line->appended == 0 &&
                (line->changed_ms == 0 || line->degraded);
    return idle || line->now_ms >= line->stop_due_ms;
}
