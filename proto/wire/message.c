#include "proto/wire/message.h"

#include "proto/wire/limits.h"
#include "proto/wire/sketch.h"

static const char *const message_names[] = {"",
#define X(name) #name,
                                            MESSAGE_LIST(X)
#undef X
};
#define MESSAGE_COUNT (sizeof message_names / sizeof *message_names)

enum message message_of(struct str command)
{
    for (size_t i = 1; i < MESSAGE_COUNT; i++)
        if (str_is(command, message_names[i]))
            return (enum message)i;
    return MESSAGE_NONE;
}

const char *message_name(enum message message)
{
    return (size_t)message < MESSAGE_COUNT ? message_names[message] : "";
}

int message_error_code(struct str code)
{
    for (int i = 1; i < ERR_COUNT; i++)
        if (str_is(code, err_name(-i)))
            return -i;
    return ERR_FORMAT;
}

/* FIELD(struct, TYPE, member, required[, .more = ...]) */
#define FIELD(record, kind, member, ...)                                                 \
    {                                                                                    \
        .key = #member, .key_len = sizeof(#member) - 1, .type = RECORD_##kind,           \
        .offset = offsetof(struct record, member), .required = __VA_ARGS__               \
    }
#define TABLE(short_name)                                                                \
    const struct record_table message_##short_name##_table = {                           \
        #short_name, sizeof(struct message_##short_name), RECORD_PASS_OVER,              \
        short_name##_fields}

static const char *const status_names[] = {"",     "stored",   "duplicate",
                                           "busy", "rejected", NULL};

static const struct record_field error_fields[] = {
    FIELD(message_error, STR, code, true, .max_bytes = 64),
    FIELD(message_error, STR, text, false),
    {0},
};
TABLE(error);

static const struct record_field result_fields[] = {
    FIELD(message_result, ENUM, status, true, .names = status_names),
    FIELD(message_result, STR, id, false, .max_bytes = LIMIT_ID_BYTES),
    FIELD(message_result, U64, seq, false),
    FIELD(message_result, U64, retry_ms, false),
    FIELD(message_result, MAP, error, false, .sub = &message_error_table),
    {0},
};
TABLE(result);

static const struct record_field ack_fields[] = {
    FIELD(message_ack, LIST, results, true, .sub = &message_result_table),
    {0},
};
TABLE(ack);

static const struct record_field offer_fields[] = {
    FIELD(message_offer, STR, feed, false, .max_bytes = 64),
    FIELD(message_offer, STR, lane, false, .max_bytes = 64),
    {0},
};
TABLE(offer);

static const struct record_field ready_fields[] = {
    FIELD(message_ready, U64, v, false),
    FIELD(message_ready, STR, name, false, .max_bytes = LIMIT_ID_BYTES),
    FIELD(message_ready, STR, extractor, true, .max_bytes = LIMIT_ID_BYTES),
    FIELD(message_ready, U64, credit, true),
    FIELD(message_ready, STRS, languages, false, .max_bytes = 35),
    {0},
};
TABLE(ready);

static const struct record_field hello_fields[] = {
    FIELD(message_hello, U64, v, false),
    FIELD(message_hello, STR, broker, false, .max_bytes = LIMIT_ID_BYTES),
    FIELD(message_hello, U64, beat_ms, false),
    FIELD(message_hello, U64, dead_ms, false),
    FIELD(message_hello, U64, lease_ms, false),
    FIELD(message_hello, U64, first, false),
    FIELD(message_hello, U64, last, false),
    {0},
};
TABLE(hello);

static const struct record_field job_fields[] = {
    FIELD(message_job, BIN, lease, true, .max_bytes = 16),
    FIELD(message_job, U64, seq, false),
    FIELD(message_job, U64, attempt, false),
    FIELD(message_job, STR, code, false, .max_bytes = 64),
    FIELD(message_job, STR, text, false),
    FIELD(message_job, BIN, sketch, false, .max_bytes = SKETCH_BYTES),
    {0},
};
TABLE(job);

static const struct record_field jobs_fields[] = {
    FIELD(message_jobs, LIST, jobs, true, .sub = &message_job_table),
    FIELD(message_jobs, STR, broker, false, .max_bytes = LIMIT_ID_BYTES),
    {0},
};
TABLE(jobs);

static const struct record_field from_fields[] = {
    FIELD(message_from, U64, v, false),
    {.key = "from",
     .type = RECORD_RAW,
     .offset = offsetof(struct message_from, from_raw),
     .max_bytes = 64},
    FIELD(message_from, U64, credit, false),
    FIELD(message_from, STR, name, false, .max_bytes = LIMIT_ID_BYTES),
    FIELD(message_from, STRS, kinds, false, .max_bytes = 64),
    FIELD(message_from, STRS, countries, false, .max_bytes = 64),
    FIELD(message_from, STRS, languages, false, .max_bytes = 64),
    FIELD(message_from, STRS, sources, false),
    {0},
};
TABLE(from);

static const struct record_field credit_fields[] = {
    FIELD(message_credit, U64, credit, true),
    FIELD(message_credit, STR, broker, false, .max_bytes = LIMIT_ID_BYTES),
    {0},
};
TABLE(credit);

static const struct record_field next_fields[] = {
    FIELD(message_next, U64, next, true),
    FIELD(message_next, STR, broker, false, .max_bytes = LIMIT_ID_BYTES),
    {0},
};
TABLE(next);

static const struct record_field gap_fields[] = {
    FIELD(message_gap, U64, from, true),
    FIELD(message_gap, U64, to, true),
    FIELD(message_gap, STR, reason, false),
    FIELD(message_gap, STR, broker, false, .max_bytes = LIMIT_ID_BYTES),
    {0},
};
TABLE(gap);
