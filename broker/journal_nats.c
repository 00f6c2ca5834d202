/* The journal in a NATS cluster: opening, handing out answers, failing. */

#include "broker/journal_nats.h"

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/mem.h"
#include "proto/base/random.h"
#include "proto/wire/limits.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>

#define OPEN_MS      5000
#define INFO_MS      1000
#define COUNT_LAG_MS 500
#define CORRECT_MS   1000

/* ---- asking ---- */

void jet_ask(struct jet *jet, const char *token, struct str body, const char *format, ...)
{
    char subject[JET_NAME_BYTES * 2 + 40] = "$JS.API.";
    va_list args;
    va_start(args, format);
    vsnprintf(subject + 8, sizeof subject - 8, format, args);
    va_end(args);
    const struct jet_request request = {.subject = subject, .token = token, .data = body};
    (void)jet_link_send(jet->link, &request);
}

void jet_say(struct jet *jet, const char *subject, struct str body)
{
    const struct jet_request request = {.subject = subject, .data = body};
    (void)jet_link_send(jet->link, &request);
}

static void change_stream(struct jet *jet, const char *how, enum jet_stream stream,
                          struct str which)
{
    char name[JET_NAME_BYTES], api[JET_NAME_BYTES + 40];
    jet_stream_name(&jet->place, stream, name);
    snprintf(api, sizeof api, "$JS.API.STREAM.%s.%s", how, name);
    jet_say(jet, api, which);
}

void jet_clear(struct jet *jet, enum jet_stream stream, uint64_t before)
{
    char which[40];
    snprintf(which, sizeof which, "{\"seq\":%llu}", (unsigned long long)before);
    change_stream(jet, "PURGE", stream, str_of(which));
}

void jet_drop(struct jet *jet, enum jet_stream stream, uint64_t seq)
{
    char which[60];
    snprintf(which, sizeof which, "{\"seq\":%llu,\"no_erase\":true}",
             (unsigned long long)seq);
    change_stream(jet, "MSG.DELETE", stream, str_of(which));
}

/* ---- failing ---- */

static void fail(struct jet *jet)
{
    if (jet->cause.code == 0)
        err_set(&jet->cause, ERR_SYSTEM, "nats: no answer%s%s",
                *jet_link_trouble(jet->link) ? ": " : "", jet_link_trouble(jet->link));
    diag(DIAG_WARN, "journal", "the cluster does not keep what it is given", "error",
         jet->cause.text, NULL);
    jet->broken = true;
    jet->step = JET_STEP_CONNECT;
    jet_pubs_fail(jet, ERR_SYSTEM);
    jet_work_drop(jet);
}

static void watch(struct jet *jet)
{
    uint64_t since = jet->pubs.since_ms;
    bool late = since && jet->now_ms - since > JET_PATIENCE_MS;
    bool away =
        jet->step != JET_STEP_READY && jet->now_ms - jet->step_ms > JET_PATIENCE_MS;
    if (!jet->broken && (late || away))
        fail(jet);
}

static void see_connection(struct jet *jet)
{
    uint64_t epoch = jet_link_epoch(jet->link);
    if (epoch == jet->epoch)
        return;
    if (epoch == 0 && jet->step == JET_STEP_READY)
        jet->step_ms = jet->now_ms;
    jet->epoch = epoch;
    if (epoch == 0) {
        /* Without a connection it is not ready, but what was verified stays so. */
        jet->step = JET_STEP_CONNECT;
        return;
    }
    jet->work.asked = 0;
    jet_pubs_reconnected(jet);
    jet_readers_reconnected(jet);
}

/* ---- the turn ---- */

/* The servers count with a delay: what was reckoned here a moment ago is better, but not
 * for long, since other brokers count too. */
static void correct(struct jet *jet, uint64_t unfinished)
{
    if (jet->info_ms < jet->work.counted_ms + COUNT_LAG_MS &&
        jet->now_ms - jet->work.corrected_ms < CORRECT_MS)
        return;
    jet->work.unfinished = unfinished;
    jet->work.corrected_ms = jet->now_ms;
}

static void info_answered(struct jet *jet, const struct jet_message *message)
{
    struct jet_error error;
    struct jet_stream_state state;
    struct jet_consumer_state consumer;
    if (message->status || message->token.len < 2)
        return;
    char which = message->token.ptr[1];
    if (which == 'w') {
        if (jet_read_consumer(message->data, &consumer, &error) == 0 && error.code == 0) {
            correct(jet, consumer.waiting + consumer.in_hand);
            jet->floor = consumer.floor;
            jet->fresh++;
        }
        return;
    }
    enum jet_stream stream = which == '0' ? JET_ARTICLES : JET_FACTS;
    if (jet_read_stream(message->data, &state, &error) < 0 || error.code)
        return;
    /* An answer may be older than what this broker has stored or trimmed since. */
    if (state.last < jet->stream[stream].last)
        state.last = jet->stream[stream].last;
    if (state.first < jet->stream[stream].first) {
        state.first = jet->stream[stream].first;
        state.first_ms = jet->stream[stream].first_ms;
    }
    jet->stream[stream] = state;
    jet->work.unfinished_bytes = jet->stream[JET_ARTICLES].messages
                                     ? jet->stream[JET_ARTICLES].bytes /
                                           jet->stream[JET_ARTICLES].messages *
                                           jet->work.unfinished
                                     : 0;
    jet->fresh++;
}

static void ask_info(struct jet *jet)
{
    char articles[JET_NAME_BYTES], facts[JET_NAME_BYTES];
    jet->info_ms = jet->now_ms;
    jet_stream_name(&jet->place, JET_ARTICLES, articles);
    jet_stream_name(&jet->place, JET_FACTS, facts);
    jet_ask(jet, "i0", STR(""), "STREAM.INFO.%s", articles);
    jet_ask(jet, "i1", STR(""), "STREAM.INFO.%s", facts);
    jet_ask(jet, "iw", STR(""), "CONSUMER.INFO.%s." JET_CONSUMER, articles);
}

static void arrived(struct jet *jet, const struct jet_message *message)
{
    struct jet_delivery delivery;
    if (message->token.ptr == NULL) {
        if (jet_read_delivery(message->reply, &delivery) == 0 &&
            !jet_readers_arrived(jet, message, &delivery) &&
            str_is(delivery.consumer, JET_CONSUMER))
            jet_work_arrived(jet, message, &delivery);
        return;
    }
    switch (message->token.len ? message->token.ptr[0] : 0) {
    case 'a':
        jet_work_attempts(jet, message);
        break;
    case 'c':
    case 'p':
        jet_pubs_answer(jet, message);
        break;
    case 'f':
        jet_states_answer(jet, message);
        break;
    case 'i':
        info_answered(jet, message);
        break;
    case 'n':
    case 'r':
        jet_readers_answer(jet, message);
        break;
    case 'v':
        jet_ready_answer(jet, message);
        break;
    case 'w':
        jet_work_status(jet, message);
        break;
    default:
        break;
    }
}

void jet_turn(struct jet *jet)
{
    struct jet_message message;
    jet->now_ms = clock_now_ms();
    see_connection(jet);
    while (jet_link_next(jet->link, &message) == 1)
        arrived(jet, &message);
    jet_ready_step(jet);
    watch(jet);
    if (jet->step == JET_STEP_READY && jet->now_ms - jet->info_ms >= INFO_MS)
        ask_info(jet);
    jet_pubs_tick(jet);
    jet_readers_tick(jet);
    jet_work_tick(jet);
}

/* ---- the engine's calls ---- */

int jet_may_change(const struct jet *jet, struct err *err)
{
    if (!jet->broken)
        return 0;
    return err_set(err, ERR_SYSTEM, "%s",
                   jet->refused.code ? jet->refused.text
                   : jet->cause.code ? jet->cause.text
                                     : "nats: not verified again yet");
}

static int nats_append(void *impl, enum journal_stream stream,
                       const struct journal_entry *entry, uint64_t *ticket_out,
                       struct err *err)
{
    struct jet *jet = impl;
    struct jet_pub *pub;
    int rc = jet_may_change(jet, err);
    if (rc == 0)
        rc = jet_pub_new(jet, JET_PUB_APPEND, &pub, err);
    if (rc < 0)
        return rc;
    jet_entry_subject(&jet->place, stream == JOURNAL_FACTS ? JET_FACTS : JET_ARTICLES,
                      entry->id, pub->subject);
    memcpy(pub->msg_id, pub->subject, sizeof pub->msg_id);
    pub->stream = stream;
    pub->first = entry->seq == 0;
    pub->place = entry->seq;
    pub->ticket = *ticket_out = ++jet->pubs.tickets;
    const struct jet_entry written = {.id = entry->id,
                                      .note = entry->note,
                                      .bytes = entry->bytes,
                                      .stored_ms = entry->stored_ms ? entry->stored_ms
                                                                    : clock_wall_ms(),
                                      .seq = jet->tag + pub->ticket};
    jet_write_entry(&written, &pub->data);
    jet_pub_hold(jet, pub);
    return 0;
}

static int nats_flush(void *impl, struct err *err)
{
    struct jet *jet = impl;
    int rc = jet_may_change(jet, err);
    if (rc < 0)
        return rc;
    jet->now_ms = clock_now_ms();
    jet_states_flush(jet);
    jet_pubs_flush(jet);
    return 0;
}

static int nats_settle(void *impl, struct journal_outcome *out)
{
    struct jet *jet = impl;
    if (jet_pubs_settle(jet, out) == 1)
        return 1;
    jet_turn(jet);
    return jet_pubs_settle(jet, out);
}

static int nats_fd(const void *impl)
{
    return jet_link_fd(((const struct jet *)impl)->link);
}

/* Articles go as far as all before them are finished; the consumer's floor says so. */
static int nats_trim(void *impl, enum journal_stream stream, uint64_t before,
                     struct err *err)
{
    struct jet *jet = impl;
    enum jet_stream of = stream == JOURNAL_FACTS ? JET_FACTS : JET_ARTICLES;
    int rc = jet_may_change(jet, err);
    if (rc < 0)
        return rc;
    if (before > jet_last(jet, stream) + 1)
        before = jet_last(jet, stream) + 1;
    if (stream == JOURNAL_ARTICLES && before > jet->floor + 1)
        before = jet->floor + 1;
    if (before <= jet->stream[of].first)
        return 0;
    jet_clear(jet, of, before);
    jet->dropped[stream] += before - jet->stream[of].first;
    jet->stream[of].first = before;
    return 0;
}

/* A purge up to a position beyond the end moves the end there. */
static int nats_start_at(void *impl, enum journal_stream stream, uint64_t seq,
                         struct err *err)
{
    struct jet *jet = impl;
    enum jet_stream of = stream == JOURNAL_FACTS ? JET_FACTS : JET_ARTICLES;
    int rc = jet_may_change(jet, err);
    if (rc < 0)
        return rc;
    if (jet->stream[of].last != 0)
        return err_set(err, ERR_STATE, "nats: stream %s had entries before",
                       jet->place.name);
    if (seq > 1)
        jet_clear(jet, of, seq);
    jet->stream[of].first = seq;
    jet->stream[of].last = seq - 1;
    if (stream == JOURNAL_FACTS)
        jet_reader_start(jet, &jet->reader[JET_READER_HEAD], JET_FACTS, seq);
    return 0;
}

static int nats_recover(void *impl, struct err *err)
{
    struct jet *jet = impl;
    jet_turn(jet);
    if (jet->step == JET_STEP_READY) {
        jet->broken = false;
        return 0;
    }
    return jet_may_change(jet, err);
}

static void nats_stats(const void *impl, struct journal_stats *out)
{
    const struct jet *jet = impl;
    for (int i = 0; i < JOURNAL_STREAMS; i++) {
        enum jet_stream of = i == JOURNAL_FACTS ? JET_FACTS : JET_ARTICLES;
        out->first[i] = jet->stream[of].first ? jet->stream[of].first : 1;
        out->last[i] = jet_last(jet, (enum journal_stream)i);
        if (out->first[i] <= out->last[i])
            out->oldest_ms[i] = jet->stream[of].first_ms;
        out->trimmed[i] = jet->dropped[i];
        out->used_bytes += jet->stream[of].bytes;
    }
    out->unfinished = jet->work.unfinished;
    out->unfinished_bytes = jet->work.unfinished_bytes;
    out->dead = jet->states.dead;
    out->flushes = jet->flushes;
    out->flushed_ms = jet->flushed_ms;
    out->flush_us = jet->flush_us;
    out->flush_most_us = jet->flush_most_us;
    out->now_ms = clock_wall_ms();
    out->pending = jet->pubs.used > 0;
    out->degraded = jet->broken;
}

/* The servers check what they store; here every entry's own checksum is seen when it is
 * read. */
static int nats_check(void *impl, void (*report)(void *context, const char *finding),
                      void *context, struct err *err)
{
    (void)impl;
    (void)report;
    (void)context;
    return err_set(err, ERR_BUILD,
                   "journal nats: the cluster checks its own files; read "
                   "the facts with tail to check the entries");
}

static void nats_close(void *impl)
{
    struct jet *jet = impl;
    if (jet->link)
        jet_work_drop(jet);
    jet_link_close(&jet->link);
    jet_pubs_fini(jet);
    jet_work_fini(jet);
    jet_readers_fini(jet);
    jet_states_fini(jet);
    jet_place_fini(&jet->place);
    buf_fini(&jet->scratch);
    buf_fini(&jet->text);
    mem_free(jet);
}

static void wait_for_link(struct jet *jet, int ms)
{
    struct pollfd poll_fd = {.fd = jet_link_fd(jet->link), .events = POLLIN};
    (void)poll(&poll_fd, 1, ms);
}

/* Settings that do not fit end it; a cluster that is not there yet does not. */
static int wait_ready(struct jet *jet, struct err *err)
{
    uint64_t until = clock_now_ms() + OPEN_MS;
    jet->step_ms = clock_now_ms();
    jet_turn(jet);
    while (jet->step != JET_STEP_READY && jet->refused.code == 0 && jet->now_ms < until) {
        wait_for_link(jet, 50);
        jet_turn(jet);
    }
    if (jet->refused.code)
        return err_set(err, jet->refused.code, "%s", jet->refused.text);
    if (jet->step != JET_STEP_READY)
        fail(jet);
    return 0;
}

static int nats_open(const char *rest, const struct journal_options *options,
                     void **impl_out, struct err *err)
{
    struct jet *jet = mem_zero(1, sizeof *jet);
    (void)options;
    jet_pubs_init(jet);
    jet_work_init(jet);
    jet_readers_init(jet);
    jet_states_init(jet);
    random_secret(&jet->tag, sizeof jet->tag);
    int rc = jet_place_read(rest, &jet->place, err);
    if (rc == 0)
        rc = jet_link_open(&jet->place, &jet->link, err);
    if (rc == 0)
        rc = wait_ready(jet, err);
    if (rc < 0)
        nats_close(jet);
    else
        *impl_out = jet;
    return rc;
}

int journal_nats_wait(struct journal *journal, uint64_t ms, struct err *err)
{
    struct jet *jet = journal_impl(journal);
    uint64_t until = clock_now_ms() + ms;
    unsigned asked = 0;
    jet_turn(jet);
    while (jet->now_ms < until) {
        if (asked && jet->fresh >= asked &&
            jet_last(jet, JOURNAL_FACTS) >= jet->stream[JET_FACTS].last)
            return 0;
        if (!asked && jet->pubs.sending == 0 && jet->step == JET_STEP_READY) {
            jet->fresh = 0;
            asked = 3;
            ask_info(jet);
        }
        wait_for_link(jet, 20);
        jet_turn(jet);
    }
    return err_set(err, ERR_TIMEOUT, "journal nats: not settled after %llu ms",
                   (unsigned long long)ms);
}

const struct journal_engine journal_engine_nats = {
    .scheme = "nats",
    .open = nats_open,
    .close = nats_close,
    .append = nats_append,
    .flush = nats_flush,
    .settle = nats_settle,
    .fd = nats_fd,
    .take = jet_take,
    .next = jet_next,
    .work = jet_work_at,
    .finish = jet_finish,
    .begin = jet_begin,
    .release = jet_release,
    .bury = jet_bury,
    .revive = jet_revive,
    .purge = jet_purge,
    .dead = jet_dead,
    .read = jet_read,
    .get = jet_get,
    .want = jet_want,
    .mark = jet_mark,
    .marked = jet_marked,
    .next_mark = jet_next_mark,
    .forget = jet_forget,
    .keep = jet_keep,
    .kept = jet_kept,
    .heard = jet_heard,
    .trim = nats_trim,
    .start_at = nats_start_at,
    .put_aside = jet_put_aside,
    .recover = nats_recover,
    .stats = nats_stats,
    .check = nats_check,
};
