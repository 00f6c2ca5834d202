/* The line's side towards consumers (proto/tail.txt). */

#include "broker/line.h"

#include "proto/wire/message.h"

/* One message to one consumer, and one turn for all of them: so that a replay from far
 * back does not hold up those who are live. */
#define BATCH_BYTES   (256 * 1024)
#define READS_A_BATCH 256
#define BYTES_A_TURN  (4 * 1024 * 1024)

enum { FRAME_ID, FRAME_COMMAND, FRAME_HEAD };

static void forget(struct line *line, struct peer *peer)
{
    tail_leave(line->tails, peer->slot);
    peers_drop(line->consumers, peer);
}

/* True: sent. A full queue is tried again soon; a consumer that is gone is forgotten, so
 * after false the peer must not be touched. */
static bool was_sent(struct line *line, struct peer *peer, int rc)
{
    if (rc == 1) {
        peer->sent_ms = line->now_ms;
    } else if (rc == 0) {
        line->stuck = true;
        tail_metrics(line->tails)->full.value++;
    } else {
        forget(line, peer);
    }
    return rc == 1;
}

static bool say(struct line *line, struct peer *peer, enum message command,
                const struct record_table *table, const void *head)
{
    return was_sent(line, peer,
                    line_say(line, FRAME_TAIL, peer->id, command, table, head));
}

/* ---- replay and live ---- */

/* What one reading of the journal gave for one consumer. */
struct serving {
    uint64_t next;
    uint32_t entries;
    size_t bytes;
    uint64_t gap_to; /* positions from next to here cannot be had; 0: none */
    const char *reason;
};

static void add_entry(struct line *line, const struct tail *tail,
                      const struct journal_item *item, struct serving *serving)
{
    buf_clear(&line->scratch);
    if (tail_select(tail, item->seq, item->bytes, &line->scratch) > 0) {
        frames_add(&line->entries, buf_str(&line->scratch));
        serving->entries++;
        serving->bytes += line->scratch.len;
    } else {
        tail_metrics(line->tails)->skipped.value++;
    }
    serving->next = item->seq + 1;
}

/* Read on from the session's position until a message is full, credit is used up, or
 * something is missing. */
static void gather(struct line *line, const struct tail *tail, uint64_t last,
                   struct serving *serving)
{
    struct journal_item item;
    *serving = (struct serving){.next = tail->next};
    for (int reads = 0; reads < READS_A_BATCH && serving->next <= last; reads++) {
        if (serving->entries == tail->credit || serving->entries == LIMIT_BATCH ||
            serving->bytes >= BATCH_BYTES)
            return;
        int rc = journal_read(line->journal, JOURNAL_FACTS, serving->next, &item, NULL);
        if (rc == 0)
            item.seq = last + 1; /* the rest has been trimmed */
        else if (rc < 0 && rc != ERR_CORRUPT)
            return;
        if (item.seq > serving->next) {
            serving->gap_to = item.seq;
            serving->reason = "trimmed";
            return;
        }
        if (rc == ERR_CORRUPT) {
            serving->gap_to = item.seq + 1;
            serving->reason = "corrupt";
            return;
        }
        add_entry(line, tail, &item, serving);
    }
}

static bool send_facts(struct line *line, struct peer *peer,
                       const struct serving *serving)
{
    const struct message_next head = {serving->next, str_of(line->host.name)};
    buf_clear(&line->scratch);
    record_encode(&message_next_table, &head, &line->scratch);
    frames_clear(&line->out);
    frames_add(&line->out, peer->id);
    frames_add_text(&line->out, message_name(MESSAGE_FACT));
    frames_add(&line->out, buf_str(&line->scratch));
    for (int i = 0; i < line->entries.count; i++)
        frames_add_moved(&line->out, &line->entries.part[i]);
    struct tail_metrics *metrics = tail_metrics(line->tails);
    if (!was_sent(line, peer, line_send_out(line, FRAME_TAIL)))
        return false;
    metrics->entries.value += serving->entries;
    metrics->bytes.value += serving->bytes;
    tail_moved(line->tails, peer->slot, serving->next, serving->entries, true);
    return true;
}

static bool tell(struct line *line, struct peer *peer)
{
    const struct message_next head = {tail_at(line->tails, peer->slot)->next,
                                      str_of(line->host.name)};
    if (!say(line, peer, MESSAGE_FACT, &message_next_table, &head))
        return false;
    tail_moved(line->tails, peer->slot, head.next, 0, true);
    return true;
}

static bool send_gap(struct line *line, struct peer *peer, const struct serving *serving)
{
    const struct message_gap gap = {serving->next, serving->gap_to,
                                    str_of(serving->reason), str_of(line->host.name)};
    if (!say(line, peer, MESSAGE_GAP, &message_gap_table, &gap))
        return false;
    tail_metrics(line->tails)->gaps.value++;
    tail_moved(line->tails, peer->slot, serving->gap_to, 0, true);
    return true;
}

static bool send_live(struct line *line, struct peer *peer)
{
    const struct message_next head = {tail_at(line->tails, peer->slot)->next,
                                      str_of(line->host.name)};
    if (!say(line, peer, MESSAGE_LIVE, &message_next_table, &head))
        return false;
    tail_said_live(line->tails, peer->slot);
    return true;
}

static void say_hello(struct line *line, struct peer *peer)
{
    struct message_hello hello;
    record_init(&message_hello_table, &hello);
    hello.v = MESSAGE_VERSION;
    hello.broker = str_of(line->host.name);
    hello.dead_ms = line->settings.dead_ms;
    hello.first = line->stats.first[JOURNAL_FACTS];
    hello.last = line->stats.last[JOURNAL_FACTS];
    if (say(line, peer, MESSAGE_HELLO, &message_hello_table, &hello))
        tail_said_hello(line->tails, peer->slot);
}

/* One message's worth; returns its bytes, or 0 where nothing could be sent. */
static size_t serve(struct line *line, struct peer *peer, uint64_t last)
{
    struct serving serving;
    bool ok = true;
    frames_clear(&line->entries);
    gather(line, tail_at(line->tails, peer->slot), last, &serving);
    bool moved = serving.next > tail_at(line->tails, peer->slot)->next;
    if (serving.entries > 0)
        ok = send_facts(line, peer, &serving);
    else if (moved)
        tail_moved(line->tails, peer->slot, serving.next, 0, false);
    if (ok && serving.gap_to)
        ok = send_gap(line, peer, &serving);
    if (ok && tail_should_tell(line->tails, peer->slot, false))
        ok = tell(line, peer);
    return ok && (moved || serving.gap_to) ? serving.bytes + 1 : 0;
}

/* In rounds, one message each: who replays does not starve who is live. Begins with
 * another one each turn. */
void line_tail_serve(struct line *line)
{
    uint64_t last = line->stats.last[JOURNAL_FACTS];
    size_t sent = 0;
    bool wanted = false;
    line->next_tail = (line->next_tail + 1) % LIMIT_PEERS;
    for (uint32_t i = 0, left = peers_count(line->consumers); left > 0; i++) {
        uint32_t slot = (line->next_tail + i) % LIMIT_PEERS;
        struct peer *peer = peers_at(line->consumers, slot);
        if (peer == NULL)
            continue;
        left--;
        if (!tail_at(line->tails, slot)->greeted)
            say_hello(line, peer);
        size_t bytes = 1;
        if (sent < BYTES_A_TURN && tail_wants(line->tails, slot, last))
            sent += bytes = serve(line, peer, last);
        wanted |= bytes > 0 && tail_wants(line->tails, slot, last);
        if (tail_arrived(line->tails, slot, last))
            send_live(line, peer);
    }
    line->more |= wanted;
}

/* ---- signs of life ---- */

static void forget_silent(struct line *line)
{
    struct peer *peer;
    while ((peer = peers_oldest(line->consumers))) {
        uint64_t heard_ms =
            peer->heard_ms > line->awake_ms ? peer->heard_ms : line->awake_ms;
        if (line->now_ms - heard_ms < line->settings.dead_ms)
            return;
        line->metrics.silent.value++;
        forget(line, peer);
    }
}

void line_tail_beat(struct line *line)
{
    forget_silent(line);
    for (uint32_t slot = 0, left = peers_count(line->consumers); left > 0; slot++) {
        struct peer *peer = peers_at(line->consumers, slot);
        if (peer == NULL)
            continue;
        left--;
        if (line->now_ms - peer->sent_ms < line->settings.beat_ms / 2)
            continue;
        if (tail_should_tell(line->tails, slot, true))
            tell(line, peer);
        else if (tail_at(line->tails, slot)->greeted)
            say(line, peer, MESSAGE_BEAT, NULL, NULL);
    }
}

/* ---- sessions ---- */

void line_tail_recheck(struct line *line, const struct grants *grants)
{
    for (uint32_t slot = 0; slot < LIMIT_PEERS; slot++) {
        struct peer *peer = peers_at(line->consumers, slot);
        if (peer == NULL || line_may_stay(peer, grants, FRAME_TAIL))
            continue;
        line->metrics.cut.value++;
        forget(line, peer);
    }
}

/* What this key may read, and a name that is its own: marks of one key are out of another
 * one's reach. */
static int limit(struct line *line, struct message_from *from, struct err *err)
{
    if (line->grant == NULL)
        return 0;
    if (from->name.ptr)
        from->name = arena_printf(&line->arena, "%.*s/%.*s", STR_ARG(line->grant->name),
                                  STR_ARG(from->name));
    if (from->name.len > LIMIT_ID_BYTES)
        return err_set(err, ERR_LIMIT, "the name is too long");
    return grant_limit(line->grant, from, err);
}

static void begin(struct line *line, struct peer *peer, const struct frames *message,
                  struct err *err)
{
    struct message_from from;
    struct tail_places places = {line->stats.first[JOURNAL_FACTS],
                                 line->stats.last[JOURNAL_FACTS], false, 0};
    if (line_head(line, message, FRAME_HEAD, &message_from_table, &from, err) < 0)
        return;
    if (from.v != UINT64_MAX && from.v != MESSAGE_VERSION) {
        err_set(err, ERR_VERSION, "this broker speaks version %d", MESSAGE_VERSION);
        return;
    }
    if (limit(line, &from, err) < 0)
        return;
    if (from.name.ptr)
        places.marked = journal_marked(line->journal, from.name, &places.mark) == 1;
    bool is_new = peer == NULL;
    if (is_new && (peer = peers_add(line->consumers, frames_get(message, FRAME_ID),
                                    line->now_ms)) == NULL) {
        line->metrics.refused.value++;
        err_set(err, ERR_LIMIT, "there are %d consumers already", LIMIT_PEERS);
        return;
    }
    int rc = tail_begin(line->tails, peer->slot, &from, &places, err);
    if (rc < 0 && is_new)
        peers_drop(line->consumers, peer);
    else if (rc == 0)
        line_claim(line, peer); /* HELLO is said as it is served */
}

static void take_credit(struct line *line, struct peer *peer,
                        const struct frames *message, struct err *err)
{
    struct message_credit credit;
    if (line_head(line, message, FRAME_HEAD, &message_credit_table, &credit, err) == 0 &&
        !line_is_foreign(line, credit.broker, err))
        tail_credit(line->tails, peer->slot, credit.credit);
}

static void confirm(struct line *line, struct peer *peer, const struct frames *message,
                    struct err *err)
{
    struct message_next next;
    struct str name = tail_at(line->tails, peer->slot)->name;
    if (line_head(line, message, FRAME_HEAD, &message_next_table, &next, err) < 0 ||
        line_is_foreign(line, next.broker, err))
        return;
    if (name.len == 0)
        err_set(err, ERR_STATE, "CONFIRM needs the name that FROM gave");
    else if (journal_mark(line->journal, name, next.next, err) == 0)
        line_changed(line);
}

void line_tail_receive(struct line *line, const struct frames *message)
{
    struct str id = frames_get(message, FRAME_ID);
    enum message command = message_of(frames_get(message, FRAME_COMMAND));
    struct peer *peer = peers_find(line->consumers, id);
    struct err err = {0};
    if (peer && !line_owns(line, peer)) {
        line->metrics.stolen.value++;
        forget(line, peer);
        peer = NULL;
    }
    if (peer)
        peers_heard(line->consumers, peer, line->now_ms);
    if (command == MESSAGE_FROM)
        begin(line, peer, message, &err);
    else if (peer == NULL && command != MESSAGE_BYE)
        err_set(&err, ERR_USAGE, "the first message is FROM");
    else if (command == MESSAGE_CREDIT)
        take_credit(line, peer, message, &err);
    else if (command == MESSAGE_CONFIRM)
        confirm(line, peer, message, &err);
    else if (command == MESSAGE_BYE && peer)
        forget(line, peer);
    else if (command != MESSAGE_BEAT && command != MESSAGE_BYE)
        err_set(&err, ERR_USAGE, "no such command");
    if (err.code)
        line_say_error(line, FRAME_TAIL, id, &err);
}
