#ifndef BROKER_JOURNAL_NATS_H
#define BROKER_JOURNAL_NATS_H

/* Inside of the "nats:" journal: three JetStream streams in a cluster, shared by any
 * number of brokers.
 *
 *   ARTICLES  one message an article, subject made of its id; the durable consumer "work"
 *             gives each to one broker, and to another one when nothing is heard of it
 *   FACTS     one message an entry, likewise; read by position
 *   STATE     the last message of each subject: attempts, dead letters, marks, and what
 *             the broker keeps
 *
 * Everything is asked for and answered by messages (journal_nats_link.h); nothing waits.
 * Each part below asks, keeps what it waits for, and asks again when no answer comes:
 *
 *   jet_pub    what is published, until it is stored for sure; tickets and outcomes
 *   jet_work   the articles this broker has in hand
 *   jet_read   windows of the streams around the positions somebody reads at
 *   jet_state  a copy of STATE, kept up to date
 *   journal_nats.c  opens, verifies, hands out answers, and says when it has failed
 *
 * Time is CLOCK_MONOTONIC in ms, taken once each time the engine is called. */

#include "broker/journal.h"
#include "broker/journal_nats_api.h"
#include "broker/journal_nats_link.h"
#include "broker/journal_queue.h"

#include "proto/base/buf.h"
#include "proto/base/map.h"

/* No answer for so long: ask again. */
#define JET_RETRY_MS 2000
/* Something is not stored after so long, or there is no connection: the journal has
 * failed. Longer than an election of a stream's leader takes as a rule. */
#define JET_PATIENCE_MS 8000
#define JET_TOKEN_BYTES 32

struct jet;

/* ---- publications (journal_nats_pub.c) ---- */

enum jet_pub_kind {
    JET_PUB_FREE,
    JET_PUB_APPEND,   /* has a ticket; its entry's seq is a tag of this one sending */
    JET_PUB_ATTEMPTS, /* of an article in hand */
    JET_PUB_REVIVE,
    JET_PUB_STATE /* marks, what is kept, and state that is gone */
};

/* LOOKING: is it there already? */
enum jet_pub_step { JET_PUB_HELD, JET_PUB_DUE, JET_PUB_SENT, JET_PUB_LOOKING };

#define JET_PUBS      4096
#define JET_PUB_BYTES (48u << 20)
/* Under way at a time: a leader's queue is not to grow without bound. */
#define JET_PUB_SENDING 512

struct jet_pub {
    enum jet_pub_kind kind;
    enum jet_pub_step step;
    enum journal_stream stream; /* of an append */
    uint64_t token, ticket;
    uint64_t seq;  /* the article's position it is about; of a duplicate, its own */
    size_t copied; /* of state: which of the copies it makes durable */
    uint64_t due_ms, began_ms;
    char subject[JET_SUBJECT_BYTES];
    char msg_id[JET_SUBJECT_BYTES];
    bool first;         /* only where its subject has none */
    bool was_sent;      /* and may be stored, whatever was answered */
    bool is_known;      /* the servers say that they had its identity */
    uint64_t absent_ms; /* was sent, and when it was not there; 0: not looked yet */
    uint64_t place;     /* not 0: only at this position */
    struct buf data;    /* owned; the entry, encoded */
};

struct jet_pubs {
    struct jet_pub *item; /* owned; JET_PUBS */
    struct seqs free, due;
    size_t bytes, used, sending;
    uint64_t tokens, tickets;
    struct journal_outcome *outcome; /* owned; [head..count) wait */
    size_t outcome_cap, outcome_head, outcome_count;
    bool held; /* some wait for a flush */
    uint64_t look_ms;
    uint64_t since_ms; /* since when the oldest one sent is not stored; 0: none is */
};

void jet_pubs_init(struct jet *jet);
void jet_pubs_fini(struct jet *jet);
/* ERR_FULL. The caller fills subject, msg_id, data and what its kind wants. */
int jet_pub_new(struct jet *jet, enum jet_pub_kind kind, struct jet_pub **out,
                struct err *err);
/* It waits for the next flush, or (now) not even for that. */
void jet_pub_hold(struct jet *jet, struct jet_pub *pub);
void jet_pub_now(struct jet *jet, struct jet_pub *pub);
void jet_pubs_flush(struct jet *jet);
void jet_pubs_tick(struct jet *jet);
/* An answer to what was published ('p'), or the entry asked for ('c'). */
void jet_pubs_answer(struct jet *jet, const struct jet_message *message);
void jet_pubs_reconnected(struct jet *jet);
/* Whatever is not stored settles with the error, or is forgotten. */
void jet_pubs_fail(struct jet *jet, int error);
int jet_pubs_settle(struct jet *jet, struct journal_outcome *out);

/* ---- articles in hand (journal_nats_work.c) ---- */

#define JET_HANDS      8192
#define JET_HAND_BYTES (64u << 20)

enum jet_hand_step {
    JET_HAND_ASKING, /* what is known of its attempts? */
    JET_HAND_READY,  /* may be taken */
    JET_HAND_TAKEN,
    JET_HAND_RELEASED, /* becomes ready when its attempts are stored */
    JET_HAND_BURIED    /* is done when the dead letter is stored */
};

struct jet_hand {
    uint64_t seq;
    enum jet_hand_step step;
    uint64_t asked_ms;
    uint32_t deaths, failures, begun;
    bool corrupt;
    uint64_t record; /* where in STATE the record of its attempts stands; 0: nowhere */
    char *data;      /* owned; the message */
    size_t data_len;
    struct jet_entry entry; /* borrowed from data */
    struct buf note;        /* owned */
    char reply[JET_SUBJECT_BYTES];
};

#define JET_DONE 4096

struct jet_work {
    struct map *by_seq;          /* owned; index into hand */
    struct jet_hand *hand;       /* owned; JET_HANDS */
    struct seqs free;            /* indexes */
    struct seqs released, fresh; /* positions that may be taken */
    size_t count, bytes;
    uint32_t want;  /* articles to have in hand */
    uint64_t asked; /* messages asked for that have not come */
    uint64_t asked_ms, look_ms, beat_ms;
    uint64_t done[JET_DONE]; /* finished last: acknowledged again when they come back */
    size_t done_next;
    uint64_t unfinished, unfinished_bytes; /* of all brokers; reckoned, then corrected */
    uint64_t counted_ms, corrected_ms;
};

void jet_work_init(struct jet *jet);
void jet_work_fini(struct jet *jet);
void jet_work_tick(struct jet *jet);
void jet_work_arrived(struct jet *jet, const struct jet_message *message,
                      const struct jet_delivery *delivery);
void jet_work_status(struct jet *jet, const struct jet_message *message);
/* The record of an article's attempts, or that there is none. */
void jet_work_attempts(struct jet *jet, const struct jet_message *message);
void jet_work_stored(struct jet *jet, const struct jet_pub *pub, uint64_t record);
/* Its dead letter is stored: it is no work any more. */
void jet_work_buried(struct jet *jet, uint64_t seq);
/* Give everything back to the cluster, for whoever asks next in some seconds. */
void jet_work_drop(struct jet *jet);
int jet_take(void *impl, struct journal_item *out, struct err *err);
int jet_next(void *impl, struct journal_item *out, struct err *err);
int jet_work_at(void *impl, uint64_t seq, struct journal_item *out, struct err *err);
int jet_finish(void *impl, uint64_t seq, struct err *err);
int jet_begin(void *impl, uint64_t seq, struct err *err);
int jet_release(void *impl, uint64_t seq, const struct journal_release *release,
                struct err *err);
int jet_bury(void *impl, uint64_t seq, const struct journal_release *release,
             struct err *err);
bool jet_want(void *impl, uint32_t articles);

/* ---- reading (journal_nats_read.c) ---- */

#define JET_READERS      16
#define JET_READER_ITEMS 1024
#define JET_READER_BYTES (16u << 20)

struct jet_copy {
    uint64_t seq, stored_ms;
    char *data; /* owned */
    size_t len;
    int error; /* ERR_CORRUPT, or 0 */
};

struct jet_reader {
    enum jet_stream stream;
    bool used, creating;
    char consumer[JET_NAME_BYTES]; /* empty: none yet */
    unsigned life;                 /* of the consumer; answers to earlier ones are old */
    uint64_t asked, asked_ms, consumer_seq;
    uint64_t moved_ms;    /* when it was made, or something came */
    uint64_t cover, next; /* [cover, next) was delivered; what is missing is no more */
    uint64_t want;        /* highest position asked for */
    uint64_t used_ms, started_ms;
    struct jet_copy *item; /* owned ring of JET_READER_ITEMS; NULL: of STATE */
    size_t head, count, bytes;
};

enum { JET_READER_HEAD, JET_READER_STATE, JET_READER_FIRST };

void jet_readers_init(struct jet *jet);
void jet_readers_fini(struct jet *jet);
void jet_readers_tick(struct jet *jet);
void jet_readers_reconnected(struct jet *jet);
/* Begin to read at a position, with a new consumer. */
void jet_reader_start(struct jet *jet, struct jet_reader *reader, enum jet_stream stream,
                      uint64_t from);
bool jet_readers_arrived(struct jet *jet, const struct jet_message *message,
                         const struct jet_delivery *delivery);
void jet_readers_answer(struct jet *jet, const struct jet_message *message);
int jet_read(void *impl, enum journal_stream stream, uint64_t from,
             struct journal_item *out, struct err *err);
int jet_get(void *impl, enum journal_stream stream, uint64_t seq,
            struct journal_item *out, struct err *err);

/* ---- state (journal_nats_state.c) ---- */

/* A named thing: a mark, what is kept, or a dead letter. */
struct jet_copied {
    char kind;  /* enum jet_state; 0: free */
    char *name; /* owned; of a dead letter its position in decimal */
    size_t name_len;
    uint64_t position, ms;      /* of a mark; when it was made, an article stored */
    struct buf bytes, id, note; /* owned; of a dead letter, and what is kept */
    bool at_hand;               /* its bytes are */
    uint32_t deaths, failures;
    uint64_t seq;    /* in STATE */
    unsigned unsaid; /* publications of it under way: what arrives meanwhile is older */
    bool dirty;      /* to be published with the next flush */
    bool heard;      /* it came from the cluster, and nobody here was told */
    bool gone;
};

#define JET_DEAD_BYTES (16u << 20) /* of dead letters are at hand */

struct jet_states {
    struct jet_copied *item; /* owned */
    size_t cap, count;
    struct map *by_name; /* owned; kind and name to index */
    size_t dead_bytes;
    uint64_t marks, dead;
    struct seqs free;  /* indexes of items that are free */
    struct seqs dirty; /* and of those to be published; each once */
    struct seqs heard; /* and of those kept that were heard; each once */
    struct buf scratch;
};

void jet_states_init(struct jet *jet);
void jet_states_fini(struct jet *jet);
void jet_states_arrived(struct jet *jet, const struct jet_message *message,
                        const struct jet_delivery *delivery);
void jet_states_flush(struct jet *jet);
/* seq 0: it was not. */
void jet_states_stored(struct jet *jet, const struct jet_pub *pub, uint64_t seq);
/* The bytes of a dead letter. */
void jet_states_answer(struct jet *jet, const struct jet_message *message);
/* A dead letter of this broker, or of another one. */
bool jet_states_is_dead(struct jet *jet, uint64_t seq);
void jet_states_bury(struct jet *jet, const struct jet_hand *hand);
int jet_revive(void *impl, uint64_t seq, struct err *err);
int jet_purge(void *impl, uint64_t seq, struct err *err);
int jet_dead(void *impl, uint64_t from, struct journal_item *out, struct err *err);
int jet_put_aside(void *impl, uint64_t seq, const struct journal_item *item,
                  struct err *err);
int jet_mark(void *impl, struct str name, uint64_t position, struct err *err);
int jet_marked(void *impl, struct str name, uint64_t *position_out);
int jet_next_mark(void *impl, struct str after, struct journal_mark *out,
                  struct err *err);
int jet_forget(void *impl, struct str name, struct err *err);
int jet_keep(void *impl, struct str name, struct str bytes, struct err *err);
int jet_kept(void *impl, struct str name, struct str *bytes_out);
int jet_heard(void *impl, struct str *name_out, struct str *bytes_out);

/* ---- becoming ready (journal_nats_ready.c) ---- */

/* Ask again where no answer came; go on where one did. */
void jet_ready_step(struct jet *jet);
void jet_ready_answer(struct jet *jet, const struct jet_message *message);

/* ---- the whole ---- */

enum jet_step {
    JET_STEP_CONNECT,
    JET_STEP_LOOK,   /* at a stream */
    JET_STEP_CREATE, /* it is not there */
    JET_STEP_WORKER,
    JET_STEP_WORKER_CREATE,
    JET_STEP_LOAD, /* STATE is being copied, the end of FACTS looked for */
    JET_STEP_READY
};

struct jet {
    struct jet_place place;
    struct jet_link *link; /* owned */
    uint64_t now_ms, epoch;
    enum jet_step step;
    enum jet_stream looking; /* at which stream */
    uint64_t asked_ms, step_ms;
    uint64_t state_end; /* STATE is loaded as far as this is read; 0: not known yet */
    unsigned verified;  /* times it went through all steps */
    bool broken;        /* failed, and not recovered by its user yet */
    struct err refused; /* settings that do not fit; code 0: none */
    struct err cause;

    struct jet_stream_state stream[JET_STREAMS];
    uint64_t info_ms;
    uint64_t dropped[JOURNAL_STREAMS];
    uint64_t flushes, flushed_ms, flush_began_ms, flush_us, flush_most_us;
    uint64_t floor; /* articles up to here are finished */
    uint64_t tag;   /* of this run of the broker, in what it appends */
    unsigned fresh; /* answers about streams that came */

    struct jet_pubs pubs;
    struct jet_work work;
    struct jet_reader reader[JET_READERS];
    struct jet_states states;
    struct buf scratch, text;
};

/* Look at the clock, hand out what has arrived, ask again where it is time. */
void jet_turn(struct jet *jet);
/* 0, or why nothing can be changed now. */
int jet_may_change(const struct jet *jet, struct err *err);
/* Ask the JetStream API: subject is what follows "$JS.API."; the answer carries token. */
void jet_ask(struct jet *jet, const char *token, struct str body, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The same without an answer. */
void jet_say(struct jet *jet, const char *subject, struct str body);
/* Drop the messages of a stream before a position; or one message. (A purge by subject
 * would do for what is known by its subject, but with it a 2.9 server has other readers
 * of the stream skip what they have not had yet.) */
void jet_clear(struct jet *jet, enum jet_stream stream, uint64_t before);
void jet_drop(struct jet *jet, enum jet_stream stream, uint64_t seq);
/* Newest position that somebody may read. */
uint64_t jet_last(const struct jet *jet, enum journal_stream stream);

/* Tests: wait until all that was flushed is stored and the counts are fresh. */
int journal_nats_wait(struct journal *journal, uint64_t ms, struct err *err);

#endif
