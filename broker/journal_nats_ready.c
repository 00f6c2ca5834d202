/* Becoming ready: one question at a time, until streams and consumer are there and as
 * they should be, and what has to be known is loaded. */

#include "broker/journal_nats.h"

#include "proto/base/diag.h"
#include "proto/wire/limits.h"

#include <stdio.h>

#define LOAD_MS 10000 /* what is to be loaded does not come: begin anew */
#define STEP_MS 1000  /* no answer to a step: ask again */

/* How many messages wait for a reader the servers count wrongly at times, and a server
 * that lags does not know the last. So a message of our own goes to the end of STATE. */
static void mark_end(struct jet *jet, const char *token)
{
    char subject[JET_SUBJECT_BYTES];
    jet_state_subject(&jet->place, JET_END, str_make((const char *)&jet->tag, 8),
                      subject);
    const struct jet_request request = {.subject = subject, .token = token};
    (void)jet_link_send(jet->link, &request);
}

static void ask_step(struct jet *jet)
{
    char name[JET_NAME_BYTES], token[JET_TOKEN_BYTES];
    jet->asked_ms = jet->now_ms;
    snprintf(token, sizeof token, "v%d.%d", jet->step, jet->looking);
    jet_stream_name(&jet->place, jet->looking, name);
    struct buf *body = &jet->scratch;
    buf_clear(body);
    switch (jet->step) {
    case JET_STEP_LOOK:
        jet_ask(jet, token, STR(""), "STREAM.INFO.%s", name);
        break;
    case JET_STEP_CREATE:
        jet_write_stream(&jet->place, jet->looking, body);
        jet_ask(jet, token, buf_str(body), "STREAM.CREATE.%s", name);
        break;
    case JET_STEP_WORKER:
        jet_ask(jet, token, STR(""), "CONSUMER.INFO.%s." JET_CONSUMER, name);
        break;
    case JET_STEP_WORKER_CREATE:
        jet_write_worker(&jet->place, body);
        jet_ask(jet, token, buf_str(body), "CONSUMER.DURABLE.CREATE.%s." JET_CONSUMER,
                name);
        break;
    case JET_STEP_LOAD:
        mark_end(jet, token);
        break;
    case JET_STEP_CONNECT:
    case JET_STEP_READY:
        break;
    }
}

static void go_to(struct jet *jet, enum jet_step step, enum jet_stream looking)
{
    jet->step = step;
    jet->looking = looking;
    jet->step_ms = jet->now_ms;
    ask_step(jet);
}

static void load(struct jet *jet)
{
    const struct jet_stream_state *facts = &jet->stream[JET_FACTS];
    uint64_t end = facts->last + 1;
    uint64_t from = end > JET_READER_ITEMS / 4 ? end - JET_READER_ITEMS / 4 : 1;
    jet->state_end = 0;
    jet_reader_start(jet, &jet->reader[JET_READER_STATE], JET_STATE, 1);
    if (!jet->reader[JET_READER_HEAD].used || jet->reader[JET_READER_HEAD].next > end)
        jet_reader_start(jet, &jet->reader[JET_READER_HEAD], JET_FACTS,
                         from > facts->first ? from : facts->first);
    go_to(jet, JET_STEP_LOAD, JET_STATE);
}

static void looked_at_stream(struct jet *jet, struct str json)
{
    static const char *const gone = "a stream that was there is gone";
    struct jet_error error;
    struct jet_stream_state state;
    if (jet_read_stream(json, &state, &error) < 0)
        return;
    if (error.err_code == JET_E_NOT_FOUND && jet->verified == 0) {
        go_to(jet, JET_STEP_CREATE, jet->looking);
        return;
    }
    if (error.code) {
        err_set(&jet->cause, ERR_SYSTEM, "nats: %s",
                error.err_code == JET_E_NOT_FOUND ? gone : error.text);
        return;
    }
    if (jet_compare_stream(&jet->place, jet->looking, json, &jet->refused) < 0)
        return;
    jet->refused.code = 0;
    jet->stream[jet->looking] = state;
    if (jet->looking + 1 < JET_STREAMS)
        go_to(jet, JET_STEP_LOOK, jet->looking + 1);
    else
        go_to(jet, JET_STEP_WORKER, JET_ARTICLES);
}

static void looked_at_worker(struct jet *jet, struct str json)
{
    struct jet_error error;
    struct jet_consumer_state state;
    if (jet_read_consumer(json, &state, &error) < 0)
        return;
    if (error.err_code == JET_E_NO_CONSUMER && jet->step == JET_STEP_WORKER)
        go_to(jet, JET_STEP_WORKER_CREATE, JET_ARTICLES);
    if (error.code) {
        err_set(&jet->cause, ERR_SYSTEM, "nats: %s", error.text);
        return;
    }
    jet->work.unfinished = state.waiting + state.in_hand;
    jet->work.corrected_ms = jet->now_ms;
    load(jet);
}

static void marked_end(struct jet *jet, struct str json)
{
    struct jet_ack ack;
    if (jet_read_ack(json, &ack) < 0)
        return;
    if (ack.error.code)
        err_set(&jet->cause, ERR_SYSTEM, "nats: %s", ack.error.text);
    else
        jet->state_end = ack.seq;
}

void jet_ready_answer(struct jet *jet, const struct jet_message *message)
{
    char token[JET_TOKEN_BYTES];
    struct jet_error error;
    struct jet_stream_state state;
    snprintf(token, sizeof token, "v%d.%d", jet->step, jet->looking);
    if (!str_is(message->token, token))
        return;
    if (message->status) {
        err_set(&jet->cause, ERR_SYSTEM, "nats: JetStream does not answer (%d)",
                message->status);
        return;
    }
    if (jet->step == JET_STEP_LOOK)
        looked_at_stream(jet, message->data);
    else if (jet->step == JET_STEP_WORKER || jet->step == JET_STEP_WORKER_CREATE)
        looked_at_worker(jet, message->data);
    else if (jet->step == JET_STEP_LOAD)
        marked_end(jet, message->data);
    else if (jet->step == JET_STEP_CREATE) {
        if (jet_read_stream(message->data, &state, &error) < 0 || error.code)
            err_set(&jet->cause, ERR_SYSTEM, "nats: stream cannot be made: %s",
                    error.text);
        go_to(jet, JET_STEP_LOOK, jet->looking);
    }
}

static int too_small(struct jet *jet)
{
    int64_t most = jet_link_most(jet->link);
    if (most <= 0 || most >= LIMIT_ENTRY_BYTES + JET_ENTRY_OVERHEAD + LIMIT_ID_BYTES)
        return 0;
    return err_set(&jet->refused, ERR_CONFLICT,
                   "nats: the servers take messages of %lld bytes at most, and an entry "
                   "may have %d: set max_payload: 8MB in their settings",
                   (long long)most, LIMIT_ENTRY_BYTES);
}

static bool is_loaded(const struct jet *jet)
{
    return jet->reader[JET_READER_HEAD].next > jet->stream[JET_FACTS].last &&
           jet->state_end && jet->reader[JET_READER_STATE].next > jet->state_end;
}

/* Servers that have just come together may forget a reader they made. */
static void load_again(struct jet *jet)
{
    err_set(&jet->cause, ERR_SYSTEM,
            "nats: only facts up to %llu of %llu and state up to %llu of %llu come",
            (unsigned long long)jet->reader[JET_READER_HEAD].next - 1,
            (unsigned long long)jet->stream[JET_FACTS].last,
            (unsigned long long)jet->reader[JET_READER_STATE].next - 1,
            (unsigned long long)jet->state_end);
    diag(DIAG_WARN, "journal", "the cluster does not load", "error", jet->cause.text,
         NULL);
    jet->reader[JET_READER_HEAD].used = false;
    go_to(jet, JET_STEP_LOOK, JET_ARTICLES);
}

void jet_ready_step(struct jet *jet)
{
    if (jet->step == JET_STEP_CONNECT && jet->epoch && too_small(jet) == 0) {
        go_to(jet, JET_STEP_LOOK, JET_ARTICLES);
    } else if (jet->step == JET_STEP_LOAD) {
        if (is_loaded(jet)) {
            jet_drop(jet, JET_STATE, jet->state_end);
            jet->step = JET_STEP_READY;
            jet->verified++;
            jet->cause.code = 0;
        } else if (jet->now_ms - jet->step_ms >= LOAD_MS) {
            load_again(jet);
        }
    }
    bool waits =
        jet->step > JET_STEP_CONNECT &&
        (jet->step < JET_STEP_LOAD || (jet->step == JET_STEP_LOAD && !jet->state_end));
    if (waits && jet->now_ms - jet->asked_ms >= STEP_MS)
        ask_step(jet);
}
