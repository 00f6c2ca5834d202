/* The line's side towards feeders (proto/feed.txt), and what of theirs waits. */

#include "broker/line.h"

#include "proto/base/diag.h"
#include "proto/wire/message.h"

/* As many as the journal takes in between two flushes, so that what came in a turn is
 * known to the shares before the next; after a start more than that may wait. */
#define FILE_A_TURN 16384

/* Where the journal keeps which feeds are paused: names, a line each. */
#define KEPT_PAUSED "paused"
/* A paused feed has a place in the shares: leave some for the others. */
#define PAUSED_MOST (SHARE_FEEDS / 2)

enum { FRAME_ID, FRAME_COMMAND, FRAME_TAG, FRAME_HEAD };

/* ---- articles in ---- */

/* Feeders keep no state but their counts: the one silent longest makes room. */
static void hear_feeder(struct line *line, struct str id)
{
    struct peer *peer = peers_find(line->feeders, id);
    if (peer && line_owns(line, peer)) {
        peers_heard(line->feeders, peer, line->now_ms);
        return;
    }
    if (peer) {
        line->metrics.stolen.value++;
        peers_drop(line->feeders, peer);
    } else if (peers_count(line->feeders) == LIMIT_PEERS) {
        peers_drop(line->feeders, peers_oldest(line->feeders));
    }
    line_claim(line, peers_add(line->feeders, id, line->now_ms));
}

/* A key's name is its feed; only where nobody is asked for keys, a feed is what it says.
 */
static int name_feed(const struct line *line, struct str asked, struct str *name_out,
                     struct err *err)
{
    const struct grant *grant = line->grant;
    *name_out = grant ? grant->name : asked.ptr ? asked : STR(NOTE_NO_FEED);
    if (asked.ptr == NULL)
        return 0;
    if (grant && !str_eq(asked, grant->name))
        return err_set(err, ERR_DENIED, "this key is the feed \"%.*s\"",
                       STR_ARG(grant->name));
    if (!key_is_name(asked))
        return err_set(err, ERR_FIELD,
                       "a feed's name has letters, digits, '.', '_', '-', "
                       "at most %d",
                       KEY_NAME_BYTES);
    return 0;
}

static bool may_use(const struct line *line, enum note_lane lane)
{
    return line->grant == NULL || (line->grant->lanes & 1u << lane);
}

static int choose_lane(const struct line *line, struct str asked,
                       enum note_lane *lane_out, struct err *err)
{
    *lane_out = asked.ptr ? note_lane_of(asked) : NOTE_LIVE;
    while (asked.ptr == NULL && *lane_out < NOTE_LANE_COUNT && !may_use(line, *lane_out))
        ++*lane_out;
    if (*lane_out == NOTE_LANE_COUNT)
        return err_set(err, ERR_FIELD, "no such lane: %.*s", STR_ARG(asked));
    if (!may_use(line, *lane_out))
        return err_set(err, ERR_DENIED, "this key may not use the lane \"%.*s\"",
                       STR_ARG(asked));
    return 0;
}

/* What its key may put of this message. */
static void limit(struct line *line, const struct frames *message, int first,
                  struct ingest_from *from)
{
    const struct grant *grant = line->grant;
    uint64_t count = message->count > first ? (uint64_t)(message->count - first) : 0;
    if (grant == NULL)
        return;
    from->waiting = grant->waiting;
    if (grant->rate)
        from->over = count - quota_take(line->quota, grant->name, grant->rate, count,
                                        line->now_ms, &from->over_ms);
}

static int read_from(struct line *line, const struct frames *message, bool offer,
                     struct ingest_from *from, struct err *err)
{
    struct message_offer head = {0};
    int rc = offer
                 ? line_head(line, message, FRAME_HEAD, &message_offer_table, &head, err)
                 : 0;
    if (rc == 0)
        rc = name_feed(line, head.feed, &from->name, err);
    if (rc == 0)
        rc = choose_lane(line, head.lane, &from->lane, err);
    if (rc < 0)
        return rc;
    from->feed = share_feed(line->share, from->name);
    limit(line, message, offer ? FRAME_HEAD + 1 : FRAME_HEAD, from);
    return 0;
}

void line_feed_receive(struct line *line, const struct frames *message)
{
    struct str id = frames_get(message, FRAME_ID);
    enum message command = message_of(frames_get(message, FRAME_COMMAND));
    struct ingest_from from = {.feed = SHARE_NONE};
    struct err err = {0};
    uint32_t appended = 0;
    hear_feeder(line, id);
    if (command != MESSAGE_PUT && command != MESSAGE_OFFER)
        err_set(&err, ERR_USAGE, "a feeder says PUT or OFFER, and nothing else");
    else if (read_from(line, message, command == MESSAGE_OFFER, &from, &err) == 0)
        ingest_put(line->ingest, message, &from, &appended, &err);
    line->appended += appended;
    if (err.code)
        line_say_error(line, FRAME_FEED, id, &err);
}

/* It loses nothing but its counts. What waits for its answer is answered all the same. */
void line_feed_beat(struct line *line)
{
    struct peer *peer;
    while (line->settings.feeder_idle_ms > 0 && (peer = peers_oldest(line->feeders)) &&
           line->now_ms - peer->heard_ms >= line->settings.feeder_idle_ms) {
        line->metrics.idle.value++;
        peers_drop(line->feeders, peer);
    }
}

void line_feed_recheck(struct line *line, const struct grants *grants)
{
    quota_clear(line->quota);
    for (uint32_t slot = 0; slot < LIMIT_PEERS; slot++) {
        struct peer *peer = peers_at(line->feeders, slot);
        if (peer == NULL || line_may_stay(peer, grants, FRAME_FEED))
            continue;
        line->metrics.cut.value++;
        peers_drop(line->feeders, peer);
    }
}

/* ---- what waits ---- */

/* A journal that other brokers share lends us what our workers can have in hand, and
 * three times as much so that nobody waits for a round trip; what paused feeds hold comes
 * on top. Without workers all of it goes back. */
#define WANT_CREDITS 4

static void say_want(struct line *line)
{
    bool shut = line->paused || line->stopping;
    uint32_t credit = shut ? 0 : dispatch_credit(line->dispatch);
    if (credit == 0 && dispatch_metrics(line->dispatch)->leased.value > 0)
        return;
    uint32_t held = credit ? (uint32_t)share_metrics(line->share)->held.value : 0;
    if (!journal_want(line->journal, WANT_CREDITS * credit + held))
        return;
    line->hold = LINE_HOLD_NONE;
    share_pin(line->share, SHARE_NONE);
    share_clear(line->share);
}

void line_feed_file(struct line *line)
{
    struct journal_item item;
    struct note note;
    int rc = 0;
    say_want(line);
    for (int filed = 0; filed < FILE_A_TURN; filed++) {
        if ((rc = journal_next(line->journal, &item, NULL)) != 1)
            break;
        note_read(item.note, &note);
        uint32_t feed = share_feed(line->share, note.feed);
        share_put(line->share, feed == SHARE_NONE ? SHARE_REST : feed, note.lane,
                  item.seq);
    }
    share_settled(line->share);
    line->more |= rc == 1;
}

/* ---- pauses ---- */

void line_feed_load(struct line *line)
{
    struct str names, name;
    for (uint32_t i = 0; i < SHARE_FEEDS; i++)
        if (share_at(line->share, i))
            share_pause(line->share, i, false);
    if (journal_kept(line->journal, STR(KEPT_PAUSED), &names) != 1)
        return;
    while (str_split(&names, '\n', &name) == 1) {
        uint32_t feed = name.len ? share_feed(line->share, name) : SHARE_NONE;
        if (feed != SHARE_NONE)
            share_pause(line->share, feed, true);
    }
}

bool line_feed_hear(struct line *line, struct str name)
{
    if (!str_is(name, KEPT_PAUSED))
        return false;
    line_work_put_back(line); /* it may be of a feed that is paused now */
    line_feed_load(line);
    return true;
}

static int keep_paused(struct line *line, struct err *err)
{
    struct buf names = {0};
    for (uint32_t i = 0; i < SHARE_FEEDS; i++) {
        const struct share_feed *feed = share_at(line->share, i);
        if (feed && feed->paused)
            buf_printf(&names, "%.*s\n", STR_ARG(feed->name));
    }
    int rc = journal_keep(line->journal, STR(KEPT_PAUSED), buf_str(&names), err);
    if (rc == 0)
        rc = line_flush(line, err);
    buf_fini(&names);
    return rc;
}

int line_feed_pause(struct line *line, struct str name, bool paused, struct err *err)
{
    if (!key_is_name(name) && !str_is(name, NOTE_NO_FEED))
        return err_set(err, ERR_USAGE, "not a feed's name: %.*s", STR_ARG(name));
    if (line->degraded)
        return err_set(err, ERR_STATE, "the journal has failed: nothing can be kept");
    uint32_t feed = share_feed(line->share, name);
    if (feed == SHARE_NONE ||
        (paused && share_metrics(line->share)->paused.value >= PAUSED_MOST))
        return err_set(err, ERR_LIMIT, "too many feeds are known, or paused");
    bool before = share_at(line->share, feed)->paused;
    if (before == paused)
        return 0;
    line_work_put_back(line); /* it may be of this feed */
    share_pause(line->share, feed, paused);
    int rc = keep_paused(line, err);
    if (rc < 0)
        share_pause(line->share, feed, before);
    return rc;
}
