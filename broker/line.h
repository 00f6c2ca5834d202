#ifndef BROKER_LINE_H
#define BROKER_LINE_H

/* The line: all stages of the broker put together over a journal, without a socket and
 * without a clock. A message and `now` go in through line_receive; line_turn does what is
 * due and says when to come again; messages go out through one function. broker.c binds
 * this to ZeroMQ and to the clock, the simulator to a seed.
 *
 * A turn, after all that had arrived was received:
 *   give work out  (before the flush, so that workers read while the disk turns)
 *   flush once, settle: answer feeders, finish articles
 *   serve consumers and the public stream what is durable
 *   signs of life
 *
 * The parts are line.c (turn and durability), line_feed.c, line_work.c, line_tail.c and
 * admin.c. */

#include "broker/collect.h"
#include "broker/dispatch.h"
#include "broker/grant.h"
#include "broker/ingest.h"
#include "broker/journal.h"
#include "broker/peers.h"
#include "broker/public.h"
#include "broker/quota.h"
#include "broker/retain.h"
#include "broker/settings.h"
#include "broker/tail.h"
#include "proto/wire/frame.h"

/* message: routing id first, save to FRAME_PUBLIC. 1 sent, 0 the peer's queue is full,
 * ERR_GONE. The parts may be left or taken. */
typedef int line_send(void *context, enum frame_endpoint to, struct frames *message);

struct line_host {
    line_send *send;
    dispatch_token *token;
    void *context;
    const char *name; /* this run of the broker, as HELLO tells it */
    /* the host's own counters; or NULL */
    void (*stats)(void *context, metric_say *say, struct buf *out);
    uint64_t (*wall_ms)(void *context); /* for the history of attempts: data only */
};

#define LINE_METRICS(X)                                                                  \
    X(turns, COUNTER, "turns of the loop")                                               \
    X(errors, COUNTER, "ERROR answers sent")                                             \
    X(refused, COUNTER, "peers turned away since there are too many")                    \
    X(undelivered, COUNTER, "answers whose peer was gone or too slow")                   \
    X(silent, COUNTER, "workers and consumers gone silent")                              \
    X(idle, COUNTER, "feeders forgotten since they put nothing for long")                \
    X(foreign, COUNTER, "messages dropped that were meant for another run of the broker")\
    X(stolen, COUNTER, "sessions ended since another key came under their routing id")   \
    X(cut, COUNTER, "sessions ended since their key's rights changed")                   \
    X(stalls, COUNTER, "times the broker itself was held up for longer than a beat")     \
    X(degraded, COUNTER, "times the journal failed")

struct line_metrics {
    METRIC_FIELDS(LINE_METRICS)
};

struct batch; /* a JOB message being packed (line_work.c) */

/* An article that a worker died of, picked and not given yet. */
enum line_hold {
    LINE_HOLD_NONE,
    LINE_HOLD_WAITS,    /* for a worker that has nothing in hand */
    LINE_HOLD_COUNTING, /* the attempt has begun, and is not durable */
    LINE_HOLD_COUNTED,  /* and is: it goes to the next idle worker */
};

struct line {
    struct settings settings;
    struct line_host host;
    struct journal *journal;
    struct journal_stats stats; /* as of the last settling */
    struct ingest *ingest;
    struct share *share;
    struct quota *quota; /* of feeders with a rate */
    struct dispatch *dispatch;
    struct collect *collect;
    struct tails *tails;
    struct public *public;
    struct retain *retain;
    struct peers *feeders, *workers, *consumers;

    const struct grant *grant; /* of who sent the message being received; NULL: anyone */
    uint64_t now_ms, started_ms, turned_ms;
    uint64_t awake_ms;    /* since then the broker has not been held up */
    uint64_t beat_due_ms; /* next look at who needs a sign of life, and who gave none */
    uint64_t dispatch_due_ms;
    uint64_t hold_until_ms; /* no new jobs before: the journal had no room for a result */
    uint64_t recover_due_ms;
    uint64_t stop_due_ms;
    bool paused, stopping, degraded;
    int failed;          /* 0, or why the broker must end: nobody but a person can help */
    uint32_t appended;   /* tickets that have not settled */
    uint64_t changed_ms; /* since then something nobody waits for is not durable; 0 */
    bool more;           /* this turn left work for the next */
    bool flooded;        /* with subscriptions: the public stream must be opened anew */
    bool stuck;          /* a consumer's queue was full */
    enum line_hold hold;
    struct share_pick held;
    uint32_t next_tail; /* slot that is served first */
    struct {
        uint64_t before, steps; /* journal_trim calls that are left, one a turn */
    } trim[JOURNAL_STREAMS];

    struct batch *batch[LIMIT_PEERS];
    uint32_t batch_slot[LIMIT_PEERS], batch_count; /* those with jobs in them */
    struct frames out, entries;
    struct buf scratch, note;
    struct arena arena;
    struct line_metrics metrics;
};

/* Borrows journal; settings are copied (their texts are borrowed). */
struct line *line_new(const struct settings *settings, const struct line_host *host,
                      struct journal *journal, uint64_t now_ms);
void line_free(struct line **line);
void line_configure(struct line *line, const struct settings *settings);

/* A whole message from a peer: routing id first (FRAME_PUBLIC: one frame, a
 * subscription). Whatever is in it, it is answered, counted or dropped. grant: whose it
 * is, allowed to use this endpoint; NULL where the transport is trusted and nobody is
 * asked. */
void line_receive(struct line *line, enum frame_endpoint from, const struct grant *grant,
                  const struct frames *message, uint64_t now_ms);
/* The allow list was read again: sessions whose key it does not allow any more, or allows
 * something else, end. */
void line_recheck(struct line *line, const struct grants *grants);
/* Nobody is subscribed to the public stream any more: its socket was closed. */
void line_forget_public(struct line *line);
/* Returns how many milliseconds the next turn may be put off. */
uint64_t line_turn(struct line *line, uint64_t now_ms);

/* Drop entries below a position, over the next turns. */
void line_trim(struct line *line, enum journal_stream stream, uint64_t before);

/* No new articles and no new jobs from now on; what workers have in hand is waited for,
 * at most settings.drain_ms. */
void line_stop(struct line *line, uint64_t now_ms);
bool line_is_stopping(const struct line *line);
bool line_stopped(const struct line *line);

/* ---- between the parts ---- */

/* Say `command` with one encoded head (table NULL: the empty map) to a peer. 1 sent, 0
 * its queue is full, ERR_GONE. */
int line_say(struct line *line, enum frame_endpoint to, struct str id,
             enum message command, const struct record_table *table, const void *head);
void line_say_error(struct line *line, enum frame_endpoint to, struct str id,
                    const struct err *err);
/* Send line->out. 1, 0, ERR_GONE. */
int line_send_out(struct line *line, enum frame_endpoint to);
/* Frame `index` as a head of a table: bounds and format are checked. */
int line_head(struct line *line, const struct frames *message, int index,
              const struct record_table *table, void *head, struct err *err);
/* A session belongs to the key that began it, whoever comes under its routing id later.
 * With nobody asked for keys everything is everybody's. */
void line_claim(const struct line *line, struct peer *peer);
bool line_owns(const struct line *line, const struct peer *peer);
/* Has its key still the rights it began with? */
bool line_may_stay(const struct peer *peer, const struct grants *grants,
                   enum frame_endpoint endpoint);
/* Was this message meant for another run of the broker (its head's "broker")? Then it is
 * to be dropped: counted, and ERR_STALE. */
bool line_is_foreign(struct line *line, struct str broker, struct err *err);
/* Something changed in the journal that nobody waits for. */
void line_changed(struct line *line);
/* Make durable what was changed: the only way to the journal's flush. */
int line_flush(struct line *line, struct err *err);

void line_feed_receive(struct line *line, const struct frames *message);
void line_feed_recheck(struct line *line, const struct grants *grants);
void line_feed_beat(struct line *line); /* forgets who has been silent for long */
/* What the journal has to be read goes into the shares. */
void line_feed_file(struct line *line);
/* Pauses as the journal keeps them: at a start, and when it has recovered. */
void line_feed_load(struct line *line);
/* What another broker of the journal keeps under this name is heard: it may be the pauses.
 * True: it was. */
bool line_feed_hear(struct line *line, struct str name);
/* Durable when it returns 0. ERR_USAGE, ERR_LIMIT, ERR_STATE; or the journal's, and all
 * is as it was. */
int line_feed_pause(struct line *line, struct str name, bool paused, struct err *err);

void line_work_receive(struct line *line, const struct frames *message);
void line_work_tick(struct line *line);     /* deadlines */
void line_work_hand_out(struct line *line); /* articles to workers that want some */
void line_work_beat(struct line *line);     /* signs of life, both ways */
/* What is held for an idle worker goes back to where it was picked. */
void line_work_put_back(struct line *line);
void line_work_drain(struct line *line, struct peer *peer);
void line_work_recheck(struct line *line, const struct grants *grants);

void line_tail_receive(struct line *line, const struct frames *message);
void line_tail_serve(struct line *line);
void line_tail_beat(struct line *line);
void line_tail_recheck(struct line *line, const struct grants *grants);

void line_admin_receive(struct line *line, const struct frames *message);

#endif
