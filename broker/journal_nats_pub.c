/* What is published, until it is stored for sure. An answer that does not come leaves it
 * unknown whether the message was stored: then the stream's leader is asked for it, and
 * it is sent again when it is not there, under the same Nats-Msg-Id, and only where its
 * subject has none. (Sending it again at once would be right, too, but a replicated
 * stream refuses a message only after its replicas have agreed on it.) */

#include "broker/journal_nats.h"

#include "proto/base/clock.h"
#include "proto/base/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* A refusal that may pass (an election, a server that starts): try again. */
#define AGAIN_MS 200
/* What was sent and is not there so long after may be sent again. */
#define ABSENT_MS     1000
#define LOOK_EVERY_MS 100

void jet_pubs_init(struct jet *jet)
{
    struct jet_pubs *pubs = &jet->pubs;
    pubs->item = mem_zero(JET_PUBS, sizeof *pubs->item);
    for (uint64_t i = 0; i < JET_PUBS; i++)
        seqs_push(&pubs->free, i);
}

void jet_pubs_fini(struct jet *jet)
{
    struct jet_pubs *pubs = &jet->pubs;
    for (int i = 0; pubs->item && i < JET_PUBS; i++)
        buf_fini(&pubs->item[i].data);
    mem_free(pubs->item);
    mem_free(pubs->outcome);
    seqs_fini(&pubs->free);
    seqs_fini(&pubs->due);
}

/* ---- slots ---- */

static size_t slot_of(const struct jet *jet, const struct jet_pub *pub)
{
    return (size_t)(pub - jet->pubs.item);
}

int jet_pub_new(struct jet *jet, enum jet_pub_kind kind, struct jet_pub **out,
                struct err *err)
{
    struct jet_pubs *pubs = &jet->pubs;
    uint64_t slot;
    /* What is not an append must get through while appends wait. */
    size_t spare = kind == JET_PUB_APPEND ? JET_PUBS / 4 : 0;
    if (pubs->used + spare >= JET_PUBS ||
        (kind == JET_PUB_APPEND && pubs->bytes >= JET_PUB_BYTES) ||
        !seqs_pop(&pubs->free, &slot))
        return err_set(err, ERR_FULL, "journal nats: too much waits to be stored");
    struct jet_pub *pub = &pubs->item[slot];
    struct buf data = pub->data;
    buf_clear(&data);
    *pub = (struct jet_pub){
        .kind = kind, .token = ++pubs->tokens, .began_ms = jet->now_ms, .data = data};
    pubs->used++;
    *out = pub;
    return 0;
}

static void drop(struct jet *jet, struct jet_pub *pub)
{
    struct jet_pubs *pubs = &jet->pubs;
    pubs->bytes -= pub->data.len;
    pubs->sending -= pub->step == JET_PUB_SENT || pub->step == JET_PUB_LOOKING;
    pubs->used--;
    if (pub->data.cap > 65536)
        buf_fini(&pub->data);
    pub->kind = JET_PUB_FREE;
    pub->token = 0;
    seqs_push(&pubs->free, slot_of(jet, pub));
}

void jet_pub_hold(struct jet *jet, struct jet_pub *pub)
{
    pub->step = JET_PUB_HELD;
    jet->pubs.bytes += pub->data.len;
    jet->pubs.held = true;
    seqs_push(&jet->pubs.due, slot_of(jet, pub));
}

void jet_pub_now(struct jet *jet, struct jet_pub *pub)
{
    pub->step = JET_PUB_DUE;
    jet->pubs.bytes += pub->data.len;
    seqs_push(&jet->pubs.due, slot_of(jet, pub));
}

/* ---- sending ---- */

static void send(struct jet *jet, struct jet_pub *pub)
{
    char token[JET_TOKEN_BYTES];
    snprintf(token, sizeof token, "p%zu.%llu", slot_of(jet, pub),
             (unsigned long long)pub->token);
    const struct jet_request request = {
        .subject = pub->subject,
        .token = token,
        .msg_id = *pub->msg_id ? pub->msg_id : NULL,
        .first = pub->first,
        .data = buf_str(&pub->data),
    };
    pub->step = JET_PUB_SENT;
    pub->absent_ms = 0;
    if (!jet_link_send(jet->link, &request))
        return;
    pub->was_sent = true;
    pub->due_ms = jet->now_ms + (pub->place ? JET_PATIENCE_MS : JET_RETRY_MS);
}

static void look(struct jet *jet, struct jet_pub *pub)
{
    char token[JET_TOKEN_BYTES], name[JET_NAME_BYTES];
    snprintf(token, sizeof token, "c%zu.%llu", slot_of(jet, pub),
             (unsigned long long)pub->token);
    jet_stream_name(&jet->place, pub->stream == JOURNAL_FACTS ? JET_FACTS : JET_ARTICLES,
                    name);
    buf_clear(&jet->text);
    if (pub->seq)
        buf_printf(&jet->text, "{\"seq\":%llu}", (unsigned long long)pub->seq);
    else
        buf_printf(&jet->text, "{\"last_by_subj\":\"%s\"}", pub->subject);
    jet_ask(jet, token, buf_str(&jet->text), "STREAM.MSG.GET.%s", name);
    pub->step = JET_PUB_LOOKING;
    pub->due_ms = jet->now_ms + JET_RETRY_MS;
}

/* What has no identity may stand there twice: only the last of its subject counts. */
static void send_or_look(struct jet *jet, struct jet_pub *pub)
{
    if (pub->kind == JET_PUB_APPEND && pub->was_sent)
        look(jet, pub);
    else
        send(jet, pub);
}

static void pump(struct jet *jet)
{
    struct jet_pubs *pubs = &jet->pubs;
    uint64_t slot;
    while (jet->step == JET_STEP_READY && pubs->sending < JET_PUB_SENDING &&
           pubs->due.head < pubs->due.count) {
        struct jet_pub *pub = &pubs->item[pubs->due.item[pubs->due.head]];
        if (pub->step == JET_PUB_HELD)
            return; /* and all behind it wait for a flush too */
        (void)seqs_pop(&pubs->due, &slot);
        pubs->sending++;
        send(jet, pub);
    }
}

/* What is held stands behind what is due, so that a flush need only look from its end. */
void jet_pubs_flush(struct jet *jet)
{
    struct jet_pubs *pubs = &jet->pubs;
    for (size_t i = pubs->due.count; pubs->held && i-- > pubs->due.head;) {
        struct jet_pub *pub = &pubs->item[pubs->due.item[i]];
        if (pub->step == JET_PUB_HELD)
            pub->step = JET_PUB_DUE;
    }
    if (pubs->held)
        jet->flush_began_ms = jet->now_ms;
    pubs->held = false;
    pump(jet);
}

static void settle(struct jet *jet, struct jet_pub *pub,
                   const struct journal_outcome *outcome);

/* An entry with a place of its own is sent once: behind those that followed it, it would
 * stand elsewhere. (Nats-Expected-Last-Sequence would do, but a server of 2.9 compares it
 * with a count of its own where a stream does not begin at 1.) */
static void lose(struct jet *jet, struct jet_pub *pub)
{
    static const struct journal_outcome lost = {.error = ERR_SYSTEM};
    settle(jet, pub, &lost);
}

void jet_pubs_tick(struct jet *jet)
{
    struct jet_pubs *pubs = &jet->pubs;
    pump(jet);
    if (jet->now_ms < pubs->look_ms)
        return;
    pubs->look_ms = jet->now_ms + LOOK_EVERY_MS;
    pubs->since_ms = 0;
    for (size_t i = 0; pubs->sending > 0 && i < JET_PUBS; i++) {
        struct jet_pub *pub = &pubs->item[i];
        if (pub->kind == JET_PUB_FREE || pub->step < JET_PUB_SENT)
            continue;
        if (pubs->since_ms == 0 || pub->began_ms < pubs->since_ms)
            pubs->since_ms = pub->began_ms;
        if (jet->step != JET_STEP_READY || jet->now_ms < pub->due_ms)
            continue;
        if (pub->place && pub->was_sent && pub->step == JET_PUB_SENT)
            lose(jet, pub);
        else
            send_or_look(jet, pub);
    }
}

void jet_pubs_reconnected(struct jet *jet)
{
    for (size_t i = 0; i < JET_PUBS; i++)
        jet->pubs.item[i].due_ms = 0;
    jet->pubs.look_ms = 0;
}

/* ---- outcomes ---- */

static void add_outcome(struct jet_pubs *pubs, const struct journal_outcome *outcome)
{
    if (pubs->outcome_count == pubs->outcome_cap) {
        pubs->outcome_cap = pubs->outcome_cap ? pubs->outcome_cap * 2 : 64;
        pubs->outcome = mem_grow(pubs->outcome, pubs->outcome_cap, sizeof *pubs->outcome);
    }
    pubs->outcome[pubs->outcome_count++] = *outcome;
}

int jet_pubs_settle(struct jet *jet, struct journal_outcome *out)
{
    struct jet_pubs *pubs = &jet->pubs;
    if (pubs->outcome_head == pubs->outcome_count)
        return 0;
    *out = pubs->outcome[pubs->outcome_head++];
    if (pubs->outcome_head == pubs->outcome_count)
        pubs->outcome_head = pubs->outcome_count = 0;
    return 1;
}

static void note_flush(struct jet *jet)
{
    if (jet->pubs.used > 0 || jet->flush_began_ms == 0)
        return;
    jet->flushes++;
    jet->flushed_ms = clock_wall_ms();
    jet->flush_us = (jet->now_ms - jet->flush_began_ms) * 1000;
    if (jet->flush_us > jet->flush_most_us)
        jet->flush_most_us = jet->flush_us;
    jet->flush_began_ms = 0;
}

static void count_append(struct jet *jet, const struct jet_pub *pub,
                         const struct journal_outcome *outcome)
{
    if (outcome->error || pub->stream != JOURNAL_ARTICLES)
        return;
    struct jet_stream_state *state = &jet->stream[JET_ARTICLES];
    if (outcome->seq > state->last)
        state->last = outcome->seq;
    if (outcome->duplicate)
        return;
    jet->work.counted_ms = jet->now_ms;
    jet->work.unfinished++;
    jet->work.unfinished_bytes += pub->data.len;
}

static void settle(struct jet *jet, struct jet_pub *pub,
                   const struct journal_outcome *outcome)
{
    struct journal_outcome done = *outcome;
    if (pub->place && done.error == 0 && done.seq != pub->place)
        done = (struct journal_outcome){.error = ERR_CONFLICT};
    switch (pub->kind) {
    case JET_PUB_APPEND:
        done.ticket = pub->ticket;
        done.stream = pub->stream;
        add_outcome(&jet->pubs, &done);
        count_append(jet, pub, &done);
        break;
    case JET_PUB_ATTEMPTS:
        if (done.error == 0)
            jet_work_stored(jet, pub, done.seq);
        break;
    case JET_PUB_REVIVE:
    case JET_PUB_STATE:
        jet_states_stored(jet, pub, done.error ? 0 : done.seq);
        break;
    case JET_PUB_FREE:
        return;
    }
    drop(jet, pub);
    note_flush(jet);
}

void jet_pubs_fail(struct jet *jet, int error)
{
    const struct journal_outcome outcome = {.error = error};
    seqs_clear(&jet->pubs.due);
    for (size_t i = 0; i < JET_PUBS; i++)
        if (jet->pubs.item[i].kind != JET_PUB_FREE)
            settle(jet, &jet->pubs.item[i], &outcome);
    jet->pubs.held = false;
}

/* ---- answers ---- */

static struct jet_pub *pub_of(struct jet *jet, struct str token)
{
    struct str rest = str_from(token, 1), slot;
    uint64_t at, number;
    if (str_split(&rest, '.', &slot) != 1 || !str_to_u64(slot, &at) || rest.ptr == NULL ||
        !str_to_u64(rest, &number) || at >= JET_PUBS)
        return NULL;
    struct jet_pub *pub = &jet->pubs.item[at];
    return pub->token == number && pub->kind != JET_PUB_FREE ? pub : NULL;
}

static void try_again(struct jet *jet, struct jet_pub *pub)
{
    if (pub->place)
        lose(jet, pub);
    else
        pub->due_ms = jet->now_ms + AGAIN_MS;
}

/* The servers had its identity before, at seq; at 0: it is being stored, or was refused
 * after they had noted the identity, which of replicas one cannot tell. */
static void compare(struct jet *jet, struct jet_pub *pub, uint64_t seq)
{
    pub->seq = seq;
    pub->is_known = seq > 0 || jet->place.replicas == 1;
    if (pub->kind != JET_PUB_APPEND) {
        const struct journal_outcome outcome = {.seq = seq, .duplicate = true};
        settle(jet, pub, &outcome);
        return;
    }
    look(jet, pub);
}

static void refused(struct jet *jet, struct jet_pub *pub, const struct jet_ack *ack)
{
    struct journal_outcome outcome = {.error = ERR_SYSTEM};
    switch (ack->error.err_code) {
    case JET_E_OTHER_LAST:
        compare(jet, pub, ack->seq);
        return;
    case JET_E_MAX_BYTES:
    case JET_E_STORAGE:
    case JET_E_RESOURCES:
        outcome.error = ERR_NOSPACE;
        break;
    case JET_E_TOO_BIG:
        outcome.error = ERR_LIMIT;
        break;
    default:
        err_set(&jet->cause, ERR_SYSTEM, "nats: %s", ack->error.text);
        try_again(jet, pub);
        return;
    }
    settle(jet, pub, &outcome);
}

static void published(struct jet *jet, struct jet_pub *pub,
                      const struct jet_message *message)
{
    struct jet_ack ack;
    if (message->status || jet_read_ack(message->data, &ack) < 0) {
        err_set(&jet->cause, ERR_SYSTEM, "nats: nobody keeps the stream (%d)",
                message->status);
        try_again(jet, pub);
    } else if (ack.error.code) {
        refused(jet, pub, &ack);
    } else if (ack.seq == 0 || (ack.duplicate && pub->kind == JET_PUB_APPEND)) {
        compare(jet, pub, ack.seq);
    } else {
        const struct journal_outcome outcome = {.seq = ack.seq};
        settle(jet, pub, &outcome);
    }
}

static void is_absent(struct jet *jet, struct jet_pub *pub)
{
    pub->seq = 0;
    if (pub->is_known) /* not any more: under another identity it is as new */
        *pub->msg_id = '\0';
    if (pub->absent_ms == 0)
        pub->absent_ms = jet->now_ms;
    bool may_come = jet->now_ms - pub->absent_ms < ABSENT_MS;
    if (may_come && !pub->is_known) {
        pub->due_ms = jet->now_ms + ABSENT_MS;
        return;
    }
    pub->is_known = false;
    send(jet, pub);
}

/* The entry that has the id already: ours, sent before, or another one? */
static void compared(struct jet *jet, struct jet_pub *pub,
                     const struct jet_message *message)
{
    struct journal_outcome outcome = {.duplicate = true};
    struct jet_entry ours, stored;
    struct jet_error error = {0};
    uint64_t seq = 0;

    if (message->status ||
        jet_read_message(message->data, &seq, &jet->scratch, &error) < 0 ||
        (error.code && error.err_code != JET_E_NO_MESSAGE)) {
        try_again(jet, pub);
        return;
    }
    if (error.code) {
        is_absent(jet, pub);
        return;
    }
    outcome.seq = seq;
    int rc = jet_read_entry(buf_str(&pub->data), &ours);
    if (rc == 0)
        rc = jet_read_entry(buf_str(&jet->scratch), &stored);
    outcome.differs =
        rc < 0 || !str_eq(ours.id, stored.id) || !str_eq(ours.bytes, stored.bytes);
    /* The tag of the sending is ours: an earlier try of this very append was stored. */
    if (rc == 0 && ours.seq == stored.seq && ours.stored_ms == stored.stored_ms &&
        !outcome.differs)
        outcome.duplicate = false;
    settle(jet, pub, &outcome);
}

void jet_pubs_answer(struct jet *jet, const struct jet_message *message)
{
    struct jet_pub *pub = pub_of(jet, message->token);
    if (pub == NULL)
        return;
    if (message->token.ptr[0] == 'p' && pub->was_sent)
        published(jet, pub, message);
    else if (message->token.ptr[0] == 'c' && pub->step == JET_PUB_LOOKING)
        compared(jet, pub, message);
}
