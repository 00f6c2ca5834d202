/* The line's side towards workers (proto/work.txt). */

#include "broker/line.h"

#include "proto/base/diag.h"
#include "proto/base/mem.h"
#include "proto/wire/message.h"

#include <stdio.h>

/* A worker begins to read when its message is there: smaller ones start the pool sooner,
 * bigger ones cost less. */
#define BATCH_BYTES (256 * 1024)
/* Articles given out in one turn, so that answers do not wait for a long queue. */
#define ARTICLES_A_TURN 1024
_Static_assert(ARTICLES_A_TURN <= LIMIT_PEERS, "batch_slot holds one entry an article");
/* After the journal had no room for a result: work that cannot be kept is not given out.
 */
#define HOLD_MS 1000

enum { FRAME_ID, FRAME_COMMAND, FRAME_HEAD, FRAME_ENTRIES };

struct batch {
    uint32_t count;
    size_t bytes;
    const struct lease *lease[LIMIT_BATCH];
    struct message_job job[LIMIT_BATCH];
    zmq_msg_t article[LIMIT_BATCH];
};

/* ---- what dispatch decided ---- */

static void bury(struct line *line, const struct dispatch_action *action,
                 const struct journal_release *release)
{
    struct err err = {0};
    if (journal_bury(line->journal, action->seq, release, &err) < 0)
        diag(DIAG_WARN, "broker", "article could not be buried", "seq",
             diag_u64(action->seq), "error", err.text, NULL);
    else
        diag(DIAG_WARN, "broker", "article is a dead letter", "seq",
             diag_u64(action->seq), "reason", action->reason, NULL);
    line_changed(line);
}

static void release(struct line *line, uint64_t seq, const struct journal_release *as)
{
    struct err err = {0};
    if (journal_release(line->journal, seq, as, &err) < 0)
        diag(DIAG_WARN, "broker", "article could not go back", "seq", diag_u64(seq),
             "error", err.text, NULL);
    line_changed(line);
}

/* The note with this attempt in it. */
static struct str write_note(struct line *line, const struct dispatch_action *action)
{
    static const char *const outcomes[] = {[DISPATCH_RETURNED] = "",
                                           [DISPATCH_DEATH] = "died",
                                           [DISPATCH_FAILURE] = "failed",
                                           [DISPATCH_EXPIRY] = "expired"};
    if (action->outcome == DISPATCH_RETURNED)
        return action->note;
    const struct note_attempt attempt = {
        line->host.wall_ms(line->host.context), str_of(action->worker),
        outcomes[action->outcome], str_of(action->reason)};
    buf_clear(&line->note);
    note_add(action->note, &attempt, &line->note);
    return buf_str(&line->note);
}

static void apply(struct line *line)
{
    struct dispatch_action action;
    while (dispatch_next(line->dispatch, &action) == 1) {
        const struct journal_release account = {action.deaths, action.failures,
                                                write_note(line, &action)};
        if (action.bury)
            bury(line, &action, &account);
        else
            release(line, action.seq, &account);
    }
}

static void lose(struct line *line, struct peer *peer, enum dispatch_leave why)
{
    dispatch_leave(line->dispatch, peer->slot, why);
    peers_drop(line->workers, peer);
}

void line_work_tick(struct line *line)
{
    if (line->now_ms - line->awake_ms >= line->settings.beat_ms)
        line->dispatch_due_ms = dispatch_tick(line->dispatch, line->now_ms);
    else
        line->dispatch_due_ms = line->awake_ms + line->settings.beat_ms;
    apply(line);
}

/* ---- signs of life ---- */

static void lose_silent(struct line *line)
{
    struct peer *peer;
    while ((peer = peers_oldest(line->workers))) {
        uint64_t heard_ms =
            peer->heard_ms > line->awake_ms ? peer->heard_ms : line->awake_ms;
        if (line->now_ms - heard_ms < line->settings.dead_ms)
            return;
        line->metrics.silent.value++;
        lose(line, peer, DISPATCH_DIED);
    }
}

void line_work_beat(struct line *line)
{
    lose_silent(line);
    for (uint32_t slot = 0, left = peers_count(line->workers); left > 0; slot++) {
        struct peer *peer = peers_at(line->workers, slot);
        if (peer == NULL)
            continue;
        left--;
        if (line->now_ms - peer->sent_ms < line->settings.beat_ms / 2)
            continue;
        peer->sent_ms = line->now_ms;
        bool draining = dispatch_worker(line->dispatch, slot)->draining;
        if (line_say(line, FRAME_WORK, peer->id, draining ? MESSAGE_DRAIN : MESSAGE_BEAT,
                     NULL, NULL) != 1)
            lose(line, peer, DISPATCH_DIED);
    }
    apply(line);
}

void line_work_drain(struct line *line, struct peer *peer)
{
    dispatch_drain(line->dispatch, peer->slot);
    peer->sent_ms = line->now_ms;
    if (line_say(line, FRAME_WORK, peer->id, MESSAGE_DRAIN, NULL, NULL) != 1)
        lose(line, peer, DISPATCH_DIED);
}

/* ---- articles out ---- */

static struct batch *batch_of(struct line *line, uint32_t slot)
{
    if (line->batch[slot] == NULL)
        line->batch[slot] = mem_zero(1, sizeof(struct batch));
    if (line->batch[slot]->count == 0)
        line->batch_slot[line->batch_count++] = slot;
    return line->batch[slot];
}

static void add_to_batch(struct batch *batch, const struct lease *lease, struct str bytes)
{
    uint32_t i = batch->count++;
    batch->lease[i] = lease;
    record_init(&message_job_table, &batch->job[i]);
    batch->job[i].lease = str_make((const char *)lease->token, DISPATCH_TOKEN_BYTES);
    batch->job[i].seq = lease->article.seq;
    batch->job[i].attempt = 1 + lease->article.deaths + lease->article.failures;
    if (zmq_msg_init_size(&batch->article[i], bytes.len) == 0 && bytes.len > 0)
        memcpy(zmq_msg_data(&batch->article[i]), bytes.ptr, bytes.len);
    batch->bytes += bytes.len;
}

/* A worker that cannot be reached has not seen these jobs: they go back uncounted before
 * it is called dead. (Its queue holds more than all its credit, so "full" is the same.)
 */
static void return_batch(struct line *line, struct batch *batch, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        dispatch_return(line->dispatch, (struct lease *)batch->lease[i]);
}

static void send_batch(struct line *line, uint32_t slot)
{
    struct batch *batch = line->batch[slot];
    struct peer *peer = peers_at(line->workers, slot);
    uint32_t count = batch->count;
    struct message_jobs head = {.jobs = {.item = batch->job, .count = count},
                                .broker = str_of(line->host.name)};
    buf_clear(&line->scratch);
    record_encode(&message_jobs_table, &head, &line->scratch);
    frames_clear(&line->out);
    frames_add(&line->out, peer->id);
    frames_add_text(&line->out, message_name(MESSAGE_JOB));
    frames_add(&line->out, buf_str(&line->scratch));
    for (uint32_t i = 0; i < count; i++) {
        frames_add_moved(&line->out, &batch->article[i]);
        zmq_msg_close(&batch->article[i]);
    }
    batch->count = 0;
    batch->bytes = 0;
    peer->sent_ms = line->now_ms;
    if (line_send_out(line, FRAME_WORK) == 1)
        return;
    return_batch(line, batch, count);
    lose(line, peer, DISPATCH_DIED);
}

static void send_batches(struct line *line)
{
    for (uint32_t i = 0; i < line->batch_count; i++)
        if (line->batch[line->batch_slot[i]]->count > 0)
            send_batch(line, line->batch_slot[i]);
    line->batch_count = 0;
}

/* A batch that would grow too big leaves first. */
static void lease_out(struct line *line, const struct journal_item *item)
{
    const struct dispatch_article article = {item->seq, item->id, item->deaths,
                                             item->failures, item->note};
    const struct lease *lease = dispatch_assign(line->dispatch, &article, line->now_ms);
    struct batch *batch = batch_of(line, lease->worker);
    add_to_batch(batch, lease, item->bytes);
    if (batch->count == LIMIT_BATCH || batch->bytes >= BATCH_BYTES)
        send_batch(line, lease->worker);
}

/* ---- suspects: articles that a worker died of ---- */

static void hold(struct line *line, const struct share_pick *pick, enum line_hold as)
{
    line->hold = as;
    line->held = *pick;
    share_pin(line->share, as == LINE_HOLD_NONE ? SHARE_NONE : pick->feed);
}

void line_work_put_back(struct line *line)
{
    const struct share_pick pick = line->held;
    enum line_hold was = line->hold;
    struct journal_item item;
    if (was == LINE_HOLD_NONE)
        return;
    hold(line, &pick, LINE_HOLD_NONE);
    if (was == LINE_HOLD_WAITS) {
        share_put(line->share, pick.feed, pick.lane, pick.seq);
    } else if (journal_work(line->journal, pick.seq, &item, NULL) == 1) {
        buf_clear(&line->note);
        buf_add_str(&line->note, item.note);
        /* It was counted, and does not begin after all. */
        const struct journal_release as_it_was = {item.deaths, item.failures,
                                                  buf_str(&line->note)};
        release(line, pick.seq, &as_it_was);
    }
}

/* An attempt that an earlier run of the broker began, and nobody saw the end of. */
static void count_unseen(struct line *line, const struct journal_item *item)
{
    struct dispatch_action action = {.seq = item->seq,
                                     .outcome = DISPATCH_DEATH,
                                     .worker = "-",
                                     .reason = "the broker ended while it was read",
                                     .note = item->note};
    struct dispatch_article article = {.deaths = item->deaths};
    action.bury = dispatch_unseen(line->dispatch, &article, item->begun);
    const struct journal_release account = {article.deaths, item->failures,
                                            write_note(line, &action)};
    if (action.bury)
        bury(line, &action, &account);
    else
        release(line, item->seq, &account);
}

/* One who has nothing in hand reads a suspect, and the attempt is durable before it
 * begins. So long no other article is given out, or nobody might ever be idle. Is it
 * ready to be leased? */
static bool is_ready(struct line *line, const struct share_pick *pick,
                     const struct journal_item *item)
{
    bool counted = line->hold == LINE_HOLD_COUNTED;
    struct err err = {0};
    if (item->begun > counted) {
        hold(line, pick, LINE_HOLD_NONE);
        count_unseen(line, item);
        return false;
    }
    bool idle = dispatch_has_idle(line->dispatch);
    if (item->deaths == 0 || (counted && idle)) {
        hold(line, pick, LINE_HOLD_NONE);
        return true;
    }
    if (counted || !idle) {
        hold(line, pick, counted ? LINE_HOLD_COUNTED : LINE_HOLD_WAITS);
        return false;
    }
    hold(line, pick, LINE_HOLD_COUNTING);
    if (journal_begin(line->journal, pick->seq, &err) < 0)
        diag(DIAG_WARN, "broker", "attempt could not be counted", "seq",
             diag_u64(pick->seq), "error", err.text, NULL);
    line_changed(line);
    return false;
}

/* 1 it was leased to a worker. */
static int give(struct line *line, const struct share_pick *pick)
{
    struct journal_item item;
    struct err err = {0};
    int rc = journal_work(line->journal, pick->seq, &item, &err);
    if (rc == 1 && !is_ready(line, pick, &item))
        return 0;
    if (rc == 1) {
        share_charge(line->share, pick, item.bytes.len);
        lease_out(line, &item);
        return 1;
    }
    hold(line, pick, LINE_HOLD_NONE);
    if (rc == ERR_CORRUPT) {
        diag(DIAG_ERROR, "broker", "article is damaged and set aside", "seq",
             diag_u64(item.seq), NULL);
        line_changed(line);
    }
    return 0;
}

/* Who is next: 1, or 0 nobody now. */
static int pick_next(struct line *line, struct share_pick *out)
{
    if (line->hold == LINE_HOLD_NONE)
        return share_next(line->share, out);
    *out = line->held;
    return line->hold != LINE_HOLD_COUNTING && dispatch_has_idle(line->dispatch);
}

void line_work_hand_out(struct line *line)
{
    struct share_pick pick;
    dispatch_pause(line->dispatch, line->paused || line->stopping || line->degraded ||
                                       line->now_ms < line->hold_until_ms);
    int rc = 0, given = 0;
    while (given < ARTICLES_A_TURN && dispatch_wants(line->dispatch)) {
        if ((rc = pick_next(line, &pick)) == 0)
            break;
        given += give(line, &pick);
    }
    send_batches(line);
    apply(line);
    line->more |= rc == 1 && dispatch_wants(line->dispatch);
}

/* ---- results in ---- */

static bool is_journal_trouble(int code)
{
    return code == ERR_FULL || code == ERR_NOSPACE || code == ERR_SYSTEM;
}

static void take_entry(struct line *line, struct lease *lease, struct str entry,
                       struct str sketch, struct err *err)
{
    const struct worker *worker = dispatch_worker(line->dispatch, lease->worker);
    const struct collect_job job = {lease->article.seq, lease->article.id,
                                    worker->extractor, sketch, line->stats.now_ms};
    struct err why = {0};
    if (collect_entry(line->collect, &job, entry, &why) == 0) {
        line->appended++;
        dispatch_done(line->dispatch, lease);
    } else if (is_journal_trouble(why.code)) {
        line->hold_until_ms = line->now_ms + HOLD_MS;
        dispatch_return(line->dispatch, lease);
    } else {
        dispatch_fail(line->dispatch, lease, str_of(why.text), line->now_ms);
        err_set(err, ERR_FORMAT, "%s", why.text);
    }
}

/* Every job that is named is decided, whatever is wrong with another; the worker hears of
 * the last fault. */
static void take_done(struct line *line, struct peer *peer, const struct frames *message,
                      struct err *err)
{
    struct message_jobs head;
    if (line_head(line, message, FRAME_HEAD, &message_jobs_table, &head, err) < 0 ||
        line_is_foreign(line, head.broker, err))
        return;
    const struct message_job *job = head.jobs.item;
    bool matches = !message->truncated &&
                   head.jobs.count == (uint32_t)(message->count - FRAME_ENTRIES);
    if (!matches)
        err_set(err, ERR_FORMAT, "DONE needs one entry for each job, at most %d",
                LIMIT_BATCH);
    for (uint32_t i = 0; i < head.jobs.count; i++) {
        struct lease *lease = dispatch_find(line->dispatch, peer->slot, job[i].lease);
        if (lease == NULL)
            err_set(err, ERR_STALE, "the lease is over");
        else if (matches)
            take_entry(line, lease, frames_get(message, FRAME_ENTRIES + (int)i),
                       job[i].sketch, err);
        else
            dispatch_fail(line->dispatch, lease, STR("DONE without its entry"),
                          line->now_ms);
    }
}

static void take_fail(struct line *line, struct peer *peer, const struct frames *message,
                      struct err *err)
{
    struct message_jobs head;
    char reason[DISPATCH_REASON_BYTES];
    if (line_head(line, message, FRAME_HEAD, &message_jobs_table, &head, err) < 0 ||
        line_is_foreign(line, head.broker, err))
        return;
    const struct message_job *job = head.jobs.item;
    for (uint32_t i = 0; i < head.jobs.count; i++) {
        struct lease *lease = dispatch_find(line->dispatch, peer->slot, job[i].lease);
        snprintf(reason, sizeof reason, "%.*s: %.*s", (int)job[i].code.len,
                 job[i].code.ptr ? job[i].code.ptr : "", (int)job[i].text.len,
                 job[i].text.ptr ? job[i].text.ptr : "");
        if (lease)
            dispatch_fail(line->dispatch, lease, str_of(reason), line->now_ms);
        else
            err_set(err, ERR_STALE, "the lease is over");
    }
}

/* ---- sessions ---- */

/* Not a death: what it had goes to another worker uncounted. */
void line_work_recheck(struct line *line, const struct grants *grants)
{
    for (uint32_t slot = 0; slot < LIMIT_PEERS; slot++) {
        struct peer *peer = peers_at(line->workers, slot);
        if (peer == NULL || line_may_stay(peer, grants, FRAME_WORK))
            continue;
        line->metrics.cut.value++;
        lose(line, peer, DISPATCH_BYE);
    }
    apply(line);
}

static int check_ready(const struct message_ready *ready, struct err *err)
{
    if (ready->v != UINT64_MAX && ready->v != MESSAGE_VERSION)
        return err_set(err, ERR_VERSION, "this broker speaks version %d",
                       MESSAGE_VERSION);
    if (ready->credit < 1 || ready->credit > LIMIT_CREDIT)
        return err_set(err, ERR_LIMIT, "credit is 1 to %d", LIMIT_CREDIT);
    if (ready->extractor.len == 0)
        return err_set(err, ERR_FIELD, "extractor is empty");
    return 0;
}

static void begin(struct line *line, struct peer *peer, const struct frames *message,
                  struct err *err)
{
    struct message_ready ready;
    struct message_hello hello;
    struct str id = frames_get(message, FRAME_ID);
    if (line_head(line, message, FRAME_HEAD, &message_ready_table, &ready, err) < 0 ||
        check_ready(&ready, err) < 0)
        return;
    if (peer == NULL && (peer = peers_add(line->workers, id, line->now_ms)) == NULL) {
        line->metrics.refused.value++;
        err_set(err, ERR_LIMIT, "there are %d workers already", LIMIT_PEERS);
        return;
    }
    line_claim(line, peer);
    dispatch_ready(line->dispatch, peer->slot, ready.name.ptr ? ready.name : STR("-"),
                   ready.extractor, (uint32_t)ready.credit);
    record_init(&message_hello_table, &hello);
    hello.v = MESSAGE_VERSION;
    hello.broker = str_of(line->host.name);
    hello.beat_ms = line->settings.beat_ms;
    hello.dead_ms = line->settings.dead_ms;
    hello.lease_ms = line->settings.lease_ms;
    peer->sent_ms = line->now_ms;
    if (line_say(line, FRAME_WORK, peer->id, MESSAGE_HELLO, &message_hello_table,
                 &hello) != 1)
        lose(line, peer, DISPATCH_BYE);
}

void line_work_receive(struct line *line, const struct frames *message)
{
    struct str id = frames_get(message, FRAME_ID);
    enum message command = message_of(frames_get(message, FRAME_COMMAND));
    struct peer *peer = peers_find(line->workers, id);
    struct err err = {0};
    if (peer && !line_owns(line, peer)) {
        line->metrics.stolen.value++;
        lose(line, peer, DISPATCH_BYE);
        peer = NULL;
    }
    if (peer)
        peers_heard(line->workers, peer, line->now_ms);
    if (command == MESSAGE_READY)
        begin(line, peer, message, &err);
    else if (command == MESSAGE_BYE) {
        if (peer)
            lose(line, peer, DISPATCH_BYE);
    } else if (peer == NULL)
        err_set(&err, ERR_USAGE, "the first message is READY");
    else if (command == MESSAGE_DONE)
        take_done(line, peer, message, &err);
    else if (command == MESSAGE_FAIL)
        take_fail(line, peer, message, &err);
    else if (command != MESSAGE_BEAT)
        err_set(&err, ERR_USAGE, "no such command");
    if (err.code)
        line_say_error(line, FRAME_WORK, id, &err);
}
