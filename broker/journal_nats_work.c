/* The articles this broker has in hand. JetStream's consumer "work" gives each to one
 * broker and waits for a word every 30 s; a broker that dies is silent. An article is
 * acknowledged when its facts are stored, which forgets it as work. */

#include "broker/journal_nats.h"

#include "proto/base/mem.h"

#include <stdio.h>

#define PULL_MOST    128
#define PULL_MS      2000
#define PULL_LOST_MS (PULL_MS + 2000)
/* Given back, it comes when every request that was under way has run out: a server of 2.9
 * that gives it to one whose asker is gone counts its position wrongly then, and forgets
 * it until the time of the acknowledgement is over. */
#define LATER   "-NAK {\"delay\": 3000000000}"
#define BEAT_MS (JET_ACK_WAIT_MS / 3)

static struct str seq_key(uint64_t seq, char bytes[8])
{
    memcpy(bytes, &seq, 8);
    return str_make(bytes, 8);
}

void jet_work_init(struct jet *jet)
{
    struct jet_work *work = &jet->work;
    work->hand = mem_zero(JET_HANDS, sizeof *work->hand);
    work->by_seq = map_new();
    for (uint64_t i = 0; i < JET_HANDS; i++)
        seqs_push(&work->free, i);
}

static void clear(struct jet_hand *hand)
{
    mem_free(hand->data);
    buf_fini(&hand->note);
    *hand = (struct jet_hand){0};
}

void jet_work_fini(struct jet *jet)
{
    struct jet_work *work = &jet->work;
    for (int i = 0; work->hand && i < JET_HANDS; i++)
        clear(&work->hand[i]);
    mem_free(work->hand);
    map_free(&work->by_seq);
    seqs_fini(&work->free);
    seqs_fini(&work->released);
    seqs_fini(&work->fresh);
}

static struct jet_hand *find(struct jet *jet, uint64_t seq)
{
    char bytes[8];
    uint64_t at;
    return map_get(jet->work.by_seq, seq_key(seq, bytes), &at) ? &jet->work.hand[at]
                                                               : NULL;
}

static void let_go(struct jet *jet, struct jet_hand *hand)
{
    struct jet_work *work = &jet->work;
    char bytes[8];
    map_del(work->by_seq, seq_key(hand->seq, bytes));
    work->count--;
    work->bytes -= hand->data_len;
    seqs_push(&work->free, (uint64_t)(hand - work->hand));
    clear(hand);
}

static void answer(struct jet *jet, const char *reply, const char *what)
{
    jet_say(jet, reply, str_of(what));
}

/* ---- getting ---- */

static void pull(struct jet *jet)
{
    struct jet_work *work = &jet->work;
    char name[JET_NAME_BYTES];
    size_t mean = work->count ? work->bytes / work->count + 1 : 16384;
    size_t room = work->want > work->count ? work->want - work->count : 0;
    size_t fit = work->bytes < JET_HAND_BYTES ? (JET_HAND_BYTES - work->bytes) / mean : 0;

    if (work->asked && jet->now_ms - work->asked_ms > PULL_LOST_MS)
        work->asked = 0;
    if (room > fit)
        room = fit;
    if (room > PULL_MOST)
        room = PULL_MOST;
    if (room <= work->asked || (work->asked && work->asked > room / 2))
        return;
    room -= work->asked;
    jet_stream_name(&jet->place, JET_ARTICLES, name);
    buf_clear(&jet->text);
    jet_write_pull((unsigned)room, 0, PULL_MS, &jet->text);
    jet_ask(jet, "w", buf_str(&jet->text), "CONSUMER.MSG.NEXT.%s." JET_CONSUMER, name);
    work->asked += room;
    work->asked_ms = jet->now_ms;
}

static void ask_attempts(struct jet *jet, struct jet_hand *hand)
{
    char token[JET_TOKEN_BYTES], name[JET_NAME_BYTES], key[24],
        subject[JET_SUBJECT_BYTES];
    snprintf(key, sizeof key, "%llu", (unsigned long long)hand->seq);
    snprintf(token, sizeof token, "a%s", key);
    jet_state_subject(&jet->place, JET_ATTEMPTS, str_of(key), subject);
    jet_stream_name(&jet->place, JET_STATE, name);
    buf_clear(&jet->text);
    buf_printf(&jet->text, "{\"last_by_subj\":\"%s\"}", subject);
    jet_ask(jet, token, buf_str(&jet->text), "STREAM.MSG.GET.%s", name);
    hand->asked_ms = jet->now_ms;
}

/* Those whose attempts were asked for, and nothing came. */
static void ask_again(struct jet *jet)
{
    for (int i = 0; i < JET_HANDS; i++) {
        struct jet_hand *hand = &jet->work.hand[i];
        if (hand->seq && hand->step == JET_HAND_ASKING &&
            jet->now_ms - hand->asked_ms >= JET_RETRY_MS)
            ask_attempts(jet, hand);
    }
}

static void beat(struct jet *jet)
{
    for (int i = 0; i < JET_HANDS; i++)
        if (jet->work.hand[i].seq)
            answer(jet, jet->work.hand[i].reply, "+WPI");
}

void jet_work_tick(struct jet *jet)
{
    if (jet->step != JET_STEP_READY)
        return;
    pull(jet);
    if (jet->now_ms - jet->work.look_ms >= JET_RETRY_MS / 2) {
        jet->work.look_ms = jet->now_ms;
        ask_again(jet);
    }
    if (jet->now_ms - jet->work.beat_ms >= BEAT_MS) {
        jet->work.beat_ms = jet->now_ms;
        beat(jet);
    }
}

static bool was_done(const struct jet_work *work, uint64_t seq)
{
    for (int i = 0; i < JET_DONE; i++)
        if (work->done[i] == seq)
            return true;
    return false;
}

static void ready(struct jet *jet, struct jet_hand *hand)
{
    hand->step = JET_HAND_READY;
    seqs_push(&jet->work.fresh, hand->seq);
}

static void pick_up(struct jet *jet, const struct jet_message *message,
                    const struct jet_delivery *delivery)
{
    struct jet_work *work = &jet->work;
    char bytes[8];
    uint64_t at;
    if (!seqs_pop(&work->free, &at))
        return; /* more than was asked for: another broker gets it in time */
    struct jet_hand *hand = &work->hand[at];
    *hand = (struct jet_hand){.seq = delivery->seq,
                              .data = mem_copy(message->data.ptr, message->data.len),
                              .data_len = message->data.len};
    snprintf(hand->reply, sizeof hand->reply, "%.*s", STR_ARG(message->reply));
    hand->corrupt =
        jet_read_entry(str_make(hand->data, hand->data_len), &hand->entry) < 0;
    buf_add_str(&hand->note, hand->entry.note);
    map_put(work->by_seq, seq_key(hand->seq, bytes), at);
    work->count++;
    work->bytes += hand->data_len;
    if (delivery->delivered == 1) {
        ready(jet, hand);
        return;
    }
    hand->step = JET_HAND_ASKING;
    ask_attempts(jet, hand);
}

void jet_work_arrived(struct jet *jet, const struct jet_message *message,
                      const struct jet_delivery *delivery)
{
    char reply[JET_SUBJECT_BYTES];
    if (jet->work.asked > 0)
        jet->work.asked--;
    if (message->reply.len >= sizeof reply)
        return;
    snprintf(reply, sizeof reply, "%.*s", STR_ARG(message->reply));
    struct jet_hand *hand = find(jet, delivery->seq);
    if (jet->work.want == 0 && hand == NULL)
        answer(jet, reply, LATER);
    else if (hand)
        memcpy(hand->reply, reply, sizeof reply);
    else if (jet_states_is_dead(jet, delivery->seq) ||
             (delivery->delivered > 1 && was_done(&jet->work, delivery->seq)))
        answer(jet, reply, "+ACK");
    else
        pick_up(jet, message, delivery);
}

void jet_work_status(struct jet *jet, const struct jet_message *message)
{
    struct jet_work *work = &jet->work;
    if (message->status == 503 || message->pending == 0)
        work->asked = 0;
    else
        work->asked -= message->pending < work->asked ? message->pending : work->asked;
    if (message->status == 503)
        work->asked_ms = jet->now_ms;
}

void jet_work_attempts(struct jet *jet, const struct jet_message *message)
{
    uint64_t seq, at;
    struct jet_error error = {0};
    struct jet_entry entry;
    if (!str_to_u64(str_from(message->token, 1), &seq))
        return;
    struct jet_hand *hand = find(jet, seq);
    if (hand == NULL || hand->step != JET_HAND_ASKING || message->status ||
        jet_read_message(message->data, &at, &jet->scratch, &error) < 0 ||
        (error.code && error.err_code != JET_E_NO_MESSAGE))
        return; /* asked again when its time is over */
    if (error.code == 0 && jet_read_entry(buf_str(&jet->scratch), &entry) == 0 &&
        !entry.gone) {
        hand->record = at;
        hand->deaths = entry.deaths;
        hand->failures = entry.failures;
        hand->begun = entry.begun;
        buf_clear(&hand->note);
        buf_add_str(&hand->note, entry.note);
    }
    ready(jet, hand);
}

/* ---- handing out ---- */

static int item_of(const struct jet_hand *hand, bool whole, struct journal_item *out,
                   struct err *err)
{
    *out = (struct journal_item){.seq = hand->seq,
                                 .stored_ms = hand->entry.stored_ms,
                                 .deaths = hand->deaths,
                                 .failures = hand->failures,
                                 .begun = hand->begun,
                                 .note = buf_str(&hand->note)};
    if (whole && hand->corrupt)
        return err_set(err, ERR_CORRUPT, "journal nats: article %llu is damaged",
                       (unsigned long long)hand->seq);
    if (whole) {
        out->id = hand->entry.id;
        out->bytes = hand->entry.bytes;
    }
    return 1;
}

static void bury(struct jet *jet, struct jet_hand *hand,
                 const struct journal_release *release)
{
    struct str note = release->note;
    if (note.len > JOURNAL_NOTE_BYTES)
        note.len = JOURNAL_NOTE_BYTES;
    hand->deaths = release->deaths;
    hand->failures = release->failures;
    buf_clear(&hand->note);
    buf_add_str(&hand->note, note);
    hand->step = JET_HAND_BURIED;
    jet->work.unfinished -= jet->work.unfinished > 0;
    jet->work.counted_ms = jet->now_ms;
    jet_states_bury(jet, hand);
}

static int hand_out(struct jet *jet, struct jet_hand *hand, bool whole,
                    struct journal_item *out, struct err *err)
{
    hand->step = JET_HAND_TAKEN;
    int rc = item_of(hand, whole, out, err);
    if (rc == ERR_CORRUPT) {
        const struct journal_release as = {hand->deaths, hand->failures, STR("corrupt")};
        bury(jet, hand, &as);
    }
    return rc;
}

static int take(struct jet *jet, bool whole, struct journal_item *out, struct err *err)
{
    uint64_t seq;
    jet_turn(jet);
    if (jet->broken)
        return 0;
    while (seqs_pop(&jet->work.released, &seq) || seqs_pop(&jet->work.fresh, &seq)) {
        struct jet_hand *hand = find(jet, seq);
        if (hand && hand->step == JET_HAND_READY)
            return hand_out(jet, hand, whole, out, err);
    }
    return 0;
}

int jet_take(void *impl, struct journal_item *out, struct err *err)
{
    return take(impl, true, out, err);
}

int jet_next(void *impl, struct journal_item *out, struct err *err)
{
    return take(impl, false, out, err);
}

int jet_work_at(void *impl, uint64_t seq, struct journal_item *out, struct err *err)
{
    struct jet *jet = impl;
    struct jet_hand *hand = find(jet, seq);
    if (jet->broken || hand == NULL || hand->step == JET_HAND_BURIED)
        return 0;
    return hand->corrupt ? hand_out(jet, hand, true, out, err)
                         : item_of(hand, true, out, err);
}

/* ---- what becomes of them ---- */

static void done(struct jet *jet, struct jet_hand *hand)
{
    struct jet_work *work = &jet->work;
    answer(jet, hand->reply, "+ACK");
    work->done[work->done_next++ % JET_DONE] = hand->seq;
    if (hand->record)
        jet_drop(jet, JET_STATE, hand->record);
    let_go(jet, hand);
}

int jet_finish(void *impl, uint64_t seq, struct err *err)
{
    struct jet *jet = impl;
    int rc = jet_may_change(jet, err);
    struct jet_hand *hand = find(jet, seq);
    if (rc < 0 || hand == NULL || hand->step == JET_HAND_BURIED)
        return rc;
    jet->work.unfinished -= jet->work.unfinished > 0;
    jet->work.counted_ms = jet->now_ms;
    size_t len = hand->data_len;
    jet->work.unfinished_bytes -=
        len < jet->work.unfinished_bytes ? len : jet->work.unfinished_bytes;
    done(jet, hand);
    return 0;
}

static int taken(struct jet *jet, uint64_t seq, struct jet_hand **out, struct err *err)
{
    int rc = jet_may_change(jet, err);
    if (rc < 0)
        return rc;
    *out = find(jet, seq);
    if (*out == NULL || (*out)->step == JET_HAND_BURIED)
        return err_set(err, ERR_NOTFOUND, "article %llu is not work any more",
                       (unsigned long long)seq);
    if ((*out)->step != JET_HAND_TAKEN)
        return err_set(err, ERR_STATE, "article %llu is not taken",
                       (unsigned long long)seq);
    return 0;
}

static int store_attempts(struct jet *jet, const struct jet_hand *hand, struct err *err)
{
    struct jet_pub *pub;
    char key[24];
    int rc = jet_pub_new(jet, JET_PUB_ATTEMPTS, &pub, err);
    if (rc < 0)
        return rc;
    snprintf(key, sizeof key, "%llu", (unsigned long long)hand->seq);
    jet_state_subject(&jet->place, JET_ATTEMPTS, str_of(key), pub->subject);
    pub->seq = hand->seq;
    const struct jet_entry entry = {.note = buf_str(&hand->note),
                                    .deaths = hand->deaths,
                                    .failures = hand->failures,
                                    .begun = hand->begun,
                                    .seq = hand->seq};
    jet_write_entry(&entry, &pub->data);
    jet_pub_hold(jet, pub);
    return 0;
}

int jet_begin(void *impl, uint64_t seq, struct err *err)
{
    struct jet_hand *hand;
    int rc = taken(impl, seq, &hand, err);
    if (rc < 0)
        return rc;
    hand->begun++;
    return store_attempts(impl, hand, err);
}

int jet_release(void *impl, uint64_t seq, const struct journal_release *release,
                struct err *err)
{
    struct jet_hand *hand;
    int rc = taken(impl, seq, &hand, err);
    if (rc < 0)
        return rc;
    struct str note = release->note;
    if (note.len > JOURNAL_NOTE_BYTES)
        note.len = JOURNAL_NOTE_BYTES;
    hand->deaths = release->deaths;
    hand->failures = release->failures;
    hand->begun = 0;
    buf_clear(&hand->note);
    buf_add_str(&hand->note, note);
    rc = store_attempts(impl, hand, err);
    if (rc == 0)
        hand->step = JET_HAND_RELEASED;
    return rc;
}

int jet_bury(void *impl, uint64_t seq, const struct journal_release *release,
             struct err *err)
{
    struct jet_hand *hand;
    int rc = taken(impl, seq, &hand, err);
    if (rc == 0)
        bury(impl, hand, release);
    return rc;
}

void jet_work_stored(struct jet *jet, const struct jet_pub *pub, uint64_t record)
{
    struct jet_hand *hand = find(jet, pub->seq);
    if (hand == NULL)
        return;
    hand->record = record;
    if (hand->step != JET_HAND_RELEASED)
        return;
    hand->step = JET_HAND_READY;
    seqs_push(&jet->work.released, hand->seq);
}

void jet_work_buried(struct jet *jet, uint64_t seq)
{
    struct jet_hand *hand = find(jet, seq);
    if (hand && hand->step == JET_HAND_BURIED)
        done(jet, hand);
}

/* ---- giving back ---- */

void jet_work_drop(struct jet *jet)
{
    struct jet_work *work = &jet->work;
    for (int i = 0; i < JET_HANDS; i++) {
        struct jet_hand *hand = &work->hand[i];
        if (hand->seq == 0)
            continue;
        answer(jet, hand->reply, LATER);
        let_go(jet, hand);
    }
    seqs_clear(&work->fresh);
    seqs_clear(&work->released);
    work->asked = 0;
}

bool jet_want(void *impl, uint32_t articles)
{
    struct jet *jet = impl;
    jet->work.want = articles < JET_HANDS ? articles : JET_HANDS;
    if (articles > 0 || jet->work.count == 0)
        return false;
    jet_work_drop(jet);
    return true;
}
