#ifndef PROTO_WIRE_MESSAGE_H
#define PROTO_WIRE_MESSAGE_H

/* Commands of feed.txt, work.txt and tail.txt, and the heads they carry, as records. */

#include "proto/wire/record.h"

#define MESSAGE_LIST(X)                                                                  \
    X(PUT)                                                                               \
    X(OFFER)                                                                             \
    X(ACK)                                                                               \
    X(READY) X(HELLO) X(JOB) X(DONE) X(FAIL) X(BEAT) X(DRAIN) X(BYE) X(FROM) X(CREDIT)   \
        X(CONFIRM) X(FACT) X(LIVE) X(GAP) X(ERROR)

enum message {
    MESSAGE_NONE,
#define X(name) MESSAGE_##name,
    MESSAGE_LIST(X)
#undef X
};

enum message message_of(struct str command); /* MESSAGE_NONE where it is none */
const char *message_name(enum message message);

/* The error code of this name, as ERROR and results carry it; ERR_FORMAT where there is
 * none. */
int message_error_code(struct str code);

#define MESSAGE_VERSION 1

struct message_error { /* ERROR, and "error" of a result */
    struct str code, text;
};
enum message_status {
    STATUS_NONE,
    STATUS_STORED,
    STATUS_DUPLICATE,
    STATUS_BUSY,
    STATUS_REJECTED
};
struct message_result {
    int status;
    struct str id;
    uint64_t seq, retry_ms;
    struct message_error *error;
};
struct message_ack {
    struct record_list results; /* struct message_result */
};
struct message_offer { /* whose the articles are, and how they may wait */
    struct str feed, lane;
};
struct message_ready {
    uint64_t v;
    struct str name, extractor;
    uint64_t credit;
    struct record_strs languages;
};
struct message_hello { /* to workers and consumers; absent fields are not sent */
    uint64_t v;
    struct str broker;
    uint64_t beat_ms, dead_ms, lease_ms, first, last;
};
struct message_job {
    struct str lease; /* 16 bytes */
    uint64_t seq, attempt;
    struct str code, text; /* FAIL only */
    struct str sketch;     /* DONE only; sketch.h */
};
/* broker: the run of the broker that is meant, or that says it; see proto/README.md. */
struct message_jobs {        /* JOB, DONE, FAIL */
    struct record_list jobs; /* struct message_job */
    struct str broker;
};
struct message_from {
    uint64_t v;
    struct str from_raw; /* RECORD_RAW: uint, or "first", "new", "mark" */
    uint64_t credit;
    struct str name;
    struct record_strs kinds, countries, languages, sources;
};
struct message_credit {
    uint64_t credit;
    struct str broker;
};
struct message_next { /* CONFIRM, FACT, LIVE */
    uint64_t next;
    struct str broker;
};
struct message_gap {
    uint64_t from, to;
    struct str reason, broker;
};

extern const struct record_table message_error_table, message_result_table,
    message_ack_table, message_offer_table, message_ready_table, message_hello_table,
    message_job_table, message_jobs_table, message_from_table, message_credit_table,
    message_next_table, message_gap_table;

#endif
