#include "proto/wire/fact.h"
#include "proto/wire/scan.h"
#include "tests/fuzz/door_private.h"
#include "tests/fuzz/fuzz.h"

enum { FRAME_ID, FRAME_COMMAND, FRAME_HEAD, FRAME_REST };

static void decode(struct door *door, const struct frames *message, int index,
                   const struct record_table *table, void *record)
{
    struct err err = {0};
    fuzz_require(index < message->count);
    fuzz_require(record_decode(table, frames_get(message, index), &door->arena, record,
                               &err) == 0);
}

static void check_error(const struct message_error *error)
{
    fuzz_require(str_is(error->code, err_name(message_error_code(error->code))));
    fuzz_require(fuzz_is_plain(error->text) &&
                 memchr(error->text.ptr, '\n', error->text.len) == NULL);
}

/* Commands of every door; true where it was one of them. */
static bool hear_common(struct door *door, const struct frames *message)
{
    struct message_error error;
    struct str command = frames_get(message, FRAME_COMMAND);
    if (str_is(command, "BEAT") || str_is(command, "DRAIN"))
        return message->count == 3;
    if (!str_is(command, "ERROR"))
        return false;
    fuzz_require(message->count == 3);
    decode(door, message, FRAME_HEAD, &message_error_table, &error);
    check_error(&error);
    return true;
}

/* ---- feeders ---- */

static void check_result(struct door *door, const struct message_result *result)
{
    struct journal_item item;
    bool kept = result->status == STATUS_STORED || result->status == STATUS_DUPLICATE;
    fuzz_require(result->status != STATUS_NONE);
    fuzz_require((result->status == STATUS_REJECTED) <= (result->error != NULL));
    if (result->error)
        check_error(result->error);
    if (!kept)
        return;
    int rc = journal_get(door->journal, JOURNAL_ARTICLES, result->seq, &item, NULL);
    if (rc == 1)
        fuzz_require(str_eq(item.id, result->id));
    else
        fuzz_require(rc == 0 || door->damaged); /* 0: trimmed since */
}

static void hear_feeder(struct door *door, const struct frames *message)
{
    struct message_ack ack;
    fuzz_require(str_is(frames_get(message, FRAME_COMMAND), "ACK"));
    fuzz_require(message->count == 4);
    fuzz_require(frames_get(message, FRAME_HEAD).len <= LIMIT_TAG_BYTES);
    decode(door, message, FRAME_REST, &message_ack_table, &ack);
    fuzz_require(ack.results.count > 0);
    for (uint32_t i = 0; i < ack.results.count; i++)
        check_result(door, (const struct message_result *)ack.results.item + i);
}

/* ---- workers ---- */

static void hear_job(struct door *door, const struct frames *message)
{
    struct message_jobs head;
    struct article article;
    decode(door, message, FRAME_HEAD, &message_jobs_table, &head);
    fuzz_require((int)head.jobs.count == message->count - FRAME_REST);
    const struct message_job *job = head.jobs.item;
    for (uint32_t i = 0; i < head.jobs.count; i++) {
        struct door_lease *lease = &door->lease[door->leases++ % DOOR_LEASES];
        struct str bytes = frames_get(message, FRAME_REST + (int)i);
        fuzz_require(job[i].lease.len == DISPATCH_TOKEN_BYTES && job[i].attempt >= 1);
        fuzz_require(article_decode(bytes, &door->arena, &article, NULL) == 0);
        memcpy(lease->token, job[i].lease.ptr, DISPATCH_TOKEN_BYTES);
        memcpy(lease->article, article.id.ptr, article.id.len);
        lease->article[article.id.len] = '\0';
    }
}

static void hear_worker(struct door *door, const struct frames *message)
{
    struct message_hello hello;
    if (str_is(frames_get(message, FRAME_COMMAND), "JOB")) {
        hear_job(door, message);
        return;
    }
    fuzz_require(str_is(frames_get(message, FRAME_COMMAND), "HELLO"));
    decode(door, message, FRAME_HEAD, &message_hello_table, &hello);
}

/* ---- consumers ---- */

/* sent: with its place in the log. */
static void check_record(struct door *door, struct str record, bool sent)
{
    struct fact fact;
    fuzz_require(fact_decode(record, &door->arena, &fact, NULL) == 0);
    fuzz_require(!sent || (fact.seq != UINT64_MAX && fact.seq > 0));
}

static void check_entry(struct door *door, struct str entry, bool sent)
{
    const struct scan_limits limits = {LIMIT_DEPTH, LIMIT_OBJECTS};
    struct scan_value array, record;
    fuzz_require(scan_check(entry, &limits, NULL) == 0);
    struct scan outer = scan_begin(entry);
    fuzz_require(scan_next(&outer, &array) == 1 && array.type == SCAN_ARRAY);
    struct scan inner = scan_inside(&array);
    while (scan_next(&inner, &record) == 1)
        check_record(door, record.raw, sent);
}

static void hear_consumer(struct door *door, const struct frames *message)
{
    struct str command = frames_get(message, FRAME_COMMAND);
    struct message_next next;
    struct message_hello hello;
    struct message_gap gap;
    if (str_is(command, "HELLO")) {
        decode(door, message, FRAME_HEAD, &message_hello_table, &hello);
    } else if (str_is(command, "GAP")) {
        decode(door, message, FRAME_HEAD, &message_gap_table, &gap);
        fuzz_require(gap.from < gap.to);
    } else {
        fuzz_require(str_is(command, "FACT") || str_is(command, "LIVE"));
        decode(door, message, FRAME_HEAD, &message_next_table, &next);
        for (int i = FRAME_REST; i < message->count; i++)
            check_entry(door, frames_get(message, i), true);
    }
}

/* ---- all ---- */

static void hear_public(struct door *door, const struct frames *message)
{
    fuzz_require(message->count == 2);
    fuzz_require(str_starts(frames_get(message, 0), STR("fact.")));
    check_record(door, frames_get(message, 1), true);
}

static void hear_operator(const struct frames *message)
{
    struct str verdict = frames_get(message, message->count - 2);
    fuzz_require(message->count == 3 || message->count == 4);
    fuzz_require(str_is(verdict, "OK") || str_is(verdict, "ERROR"));
    fuzz_require(fuzz_is_plain(frames_get(message, message->count - 1)));
}

int door_hear(void *context, enum frame_endpoint to, struct frames *message)
{
    struct door *door = context;
    arena_reset(&door->arena);
    fuzz_require(message->count >= 2);
    if (to == FRAME_PUBLIC) {
        hear_public(door, message);
        return 1;
    }
    struct str id = frames_get(message, FRAME_ID);
    fuzz_require(id.len == 2 && id.ptr[0] == 'p');
    if (to == FRAME_ADMIN)
        hear_operator(message);
    else if (hear_common(door, message))
        return 1;
    else if (to == FRAME_FEED)
        hear_feeder(door, message);
    else if (to == FRAME_WORK)
        hear_worker(door, message);
    else
        hear_consumer(door, message);
    return 1;
}

/* ---- the journal ---- */

static void count_finding(void *context, const char *finding)
{
    (void)finding;
    ++*(unsigned *)context;
}

static void check_articles(struct door *door)
{
    struct journal_item item;
    struct article article;
    int rc;
    for (uint64_t seq = 1;
         (rc = journal_read(door->journal, JOURNAL_ARTICLES, seq, &item, NULL)) != 0;
         seq = item.seq + 1) {
        fuzz_require(rc == 1 || (rc == ERR_CORRUPT && door->damaged));
        arena_reset(&door->arena);
        if (rc != 1)
            continue;
        fuzz_require(article_decode(item.bytes, &door->arena, &article, NULL) == 0);
        fuzz_require(str_eq(article.id, item.id));
    }
}

static void check_facts(struct door *door)
{
    struct journal_item item;
    int rc;
    for (uint64_t seq = 1;
         (rc = journal_read(door->journal, JOURNAL_FACTS, seq, &item, NULL)) != 0;
         seq = item.seq + 1) {
        fuzz_require(rc == 1 || (rc == ERR_CORRUPT && door->damaged));
        arena_reset(&door->arena);
        if (rc == 1)
            check_entry(door, item.bytes, false);
    }
}

void door_check_journal(struct door *door)
{
    struct journal_stats stats;
    unsigned findings = 0;
    journal_stats(door->journal, &stats);
    fuzz_require(stats.unfinished + stats.dead <= stats.last[JOURNAL_ARTICLES]);
    journal_check(door->journal, count_finding, &findings, NULL);
    fuzz_require(findings == 0 || door->damaged);
    check_articles(door);
    check_facts(door);
}
