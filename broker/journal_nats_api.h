#ifndef BROKER_JOURNAL_NATS_API_H
#define BROKER_JOURNAL_NATS_API_H

/* What is said with JetStream: its streams and requests as JSON ("JetStream wire API
 * reference", NATS documentation), and our own entries inside its messages. Nothing here
 * keeps state. What a server says is not trusted: whatever does not fit is an error. */

#include "broker/journal.h"
#include "broker/journal_nats_link.h"

#include "proto/base/buf.h"

enum jet_stream { JET_ARTICLES, JET_FACTS, JET_STATE, JET_STREAMS };

#define JET_CONSUMER "work" /* of the articles, shared by all brokers */
/* How long a broker may keep an article without a word before another one gets it. */
#define JET_ACK_WAIT_MS 30000
/* How long JetStream knows by itself what was published: beyond any retry of ours.
 * After it the subject, made of the entry's id, does the same. */
#define JET_WINDOW_MS 120000
/* Articles that all brokers together may have in hand. */
#define JET_MAX_PENDING 32768

#define JET_NAME_BYTES    96
#define JET_SUBJECT_BYTES 160

void jet_stream_name(const struct jet_place *place, enum jet_stream stream,
                     char out[JET_NAME_BYTES]);
/* Subject of an entry: one id, one subject. */
void jet_entry_subject(const struct jet_place *place, enum jet_stream stream,
                       struct str id, char out[JET_SUBJECT_BYTES]);
/* Subject of a piece of state: its kind, and of what it is. The stream keeps the last
 * message of each subject. */
enum jet_state {
    JET_ATTEMPTS = 'a', /* of the article of this position, in decimal */
    JET_DEAD = 'd',     /* likewise */
    JET_KEPT = 'k',     /* under this name */
    JET_MARK = 'm',     /* of the consumer of this name */
    JET_END = 'e'       /* who has read this one has read all that was there before */
};
void jet_state_subject(const struct jet_place *place, enum jet_state kind, struct str key,
                       char out[JET_SUBJECT_BYTES]);
/* 0 where it is the subject of no state. */
char jet_state_kind(struct str subject);

/* Error codes of JetStream that mean something to us (its errors.json). */
enum {
    JET_E_NOT_FOUND = 10059, /* stream */
    JET_E_NO_MESSAGE = 10037,
    JET_E_NO_CONSUMER = 10014,
    JET_E_OTHER_LAST = 10071, /* the subject has a message already */
    JET_E_MAX_BYTES = 10077,  /* a limit of the stream is reached */
    JET_E_STORAGE = 10047,
    JET_E_RESOURCES = 10023,
    JET_E_TOO_BIG = 10054
};

struct jet_error {
    int code, err_code; /* 0, 0: none */
    char text[160];
};

struct jet_ack {
    struct jet_error error;
    uint64_t seq; /* of a refusal with JET_E_OTHER_LAST: where the other one stands */
    bool duplicate;
};

struct jet_stream_state {
    uint64_t first, last, messages, bytes, first_ms;
};

struct jet_consumer_state {
    char name[JET_NAME_BYTES];
    uint64_t waiting; /* not delivered yet */
    uint64_t in_hand; /* delivered, not acknowledged */
    uint64_t floor;   /* all up to this position in the stream are acknowledged */
};

/* 0, or ERR_FORMAT where the answer is not one. An error of the server's is in *error. */
int jet_read_ack(struct str json, struct jet_ack *out);
int jet_read_stream(struct str json, struct jet_stream_state *out,
                    struct jet_error *error);
int jet_read_consumer(struct str json, struct jet_consumer_state *out,
                      struct jet_error *error);
/* A stored message, as STREAM.MSG.GET answers; data is decoded into *data. */
int jet_read_message(struct str json, uint64_t *seq_out, struct buf *data,
                     struct jet_error *error);

void jet_write_stream(const struct jet_place *place, enum jet_stream stream,
                      struct buf *out);
/* Does the stream of this answer to STREAM.INFO keep what we promise? ERR_CONFLICT says
 * which setting is how, and how it should be. */
int jet_compare_stream(const struct jet_place *place, enum jet_stream stream,
                       struct str json, struct err *err);
void jet_write_worker(const struct jet_place *place, struct buf *out);
/* A reader of its own from a position on, without acknowledgements. */
void jet_write_reader(const struct jet_place *place, enum jet_stream stream,
                      uint64_t from, struct buf *out);
void jet_write_pull(unsigned messages, size_t bytes, unsigned expires_ms,
                    struct buf *out);

/* What the reply subject of a delivered message tells (ADR-15 of NATS, both forms). */
struct jet_delivery {
    struct str consumer;
    uint64_t delivered; /* 1 the first time */
    uint64_t seq, consumer_seq;
};
int jet_read_delivery(struct str reply, struct jet_delivery *out);

/* An entry inside a message: magic, version, lengths, times and counts, a checksum over
 * all of it; little-endian. */
struct jet_entry {
    struct str id, note, bytes;
    uint64_t stored_ms;
    uint32_t deaths, failures, begun; /* of state; else 0 */
    uint64_t seq; /* of state: its article's position, or the consumer's; else 0 */
    bool gone;    /* of state: there is none any more */
};
#define JET_ENTRY_OVERHEAD 64
void jet_write_entry(const struct jet_entry *entry, struct buf *out);
/* Borrowed from data. ERR_CORRUPT; ERR_VERSION of a newer Warta. */
int jet_read_entry(struct str data, struct jet_entry *out);

#endif
