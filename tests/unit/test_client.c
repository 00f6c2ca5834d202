/* put, take, tail and ask against a broker played by the test: a ROUTER socket whose
 * answers are written out one by one. */
#include "tests/support/check.h"

#include "proto/base/clock.h"
#include "proto/client/ask.h"
#include "proto/client/put.h"
#include "proto/client/tail.h"
#include "proto/client/take.h"
#include "proto/wire/fact.h"
#include "proto/wire/frame.h"

#include <pthread.h>
#include <stdio.h>

struct fake {
    char *dir;
    char base[200];
    void *context, *socket;
    struct frames in; /* routing id, command, ... */
    struct arena arena;
    struct buf buf;
};

static void start(struct fake *fake, enum frame_endpoint which)
{
    char endpoint[256];
    struct err err = {0};
    fake->context = zmq_ctx_new();
    fake->socket = frame_socket(fake->context, ZMQ_ROUTER, 1000, &err);
    assert_ok(frame_endpoint(fake->base, which, endpoint, &err), &err);
    assert_int_equal(zmq_bind(fake->socket, endpoint), 0);
}

static void stop(struct fake *fake)
{
    zmq_close(fake->socket);
    zmq_ctx_term(fake->context);
}

static int make(void **state)
{
    struct fake *fake = test_calloc(1, sizeof *fake);
    fake->dir = check_dir_make();
    snprintf(fake->base, sizeof fake->base, "ipc://%s", fake->dir);
    frames_init(&fake->in);
    arena_init(&fake->arena, 1 << 20);
    *state = fake;
    return 0;
}

static int end(void **state)
{
    struct fake *fake = *state;
    frames_clear(&fake->in);
    arena_fini(&fake->arena);
    buf_fini(&fake->buf);
    check_dir_remove(&fake->dir);
    test_free(fake);
    return 0;
}

/* Did the peer say this, within wait_ms? BEATs between are passed over. */
static bool hears(struct fake *fake, const char *command, int wait_ms)
{
    uint64_t until = clock_now_ms() + (uint64_t)wait_ms;
    for (;;) {
        zmq_pollitem_t item = {fake->socket, 0, ZMQ_POLLIN, 0};
        uint64_t now = clock_now_ms();
        zmq_poll(&item, 1, now < until ? (long)(until - now) : 0);
        if (frames_recv(fake->socket, &fake->in, NULL) <= 0)
            return false;
        if (str_is(frames_get(&fake->in, 1), command))
            return true;
        if (!str_is(frames_get(&fake->in, 1), "BEAT"))
            return false;
    }
}

/* Answer the peer heard last: command, then frames given as C strings with lengths. */
static void say(struct fake *fake, const char *command, struct str head, struct str first,
                struct str second)
{
    struct frames out;
    struct err err = {0};
    frames_init(&out);
    frames_add(&out, frames_get(&fake->in, 0));
    frames_add_text(&out, command);
    if (head.ptr)
        frames_add(&out, head);
    if (first.ptr)
        frames_add(&out, first);
    if (second.ptr)
        frames_add(&out, second);
    assert_ok(frames_send(fake->socket, &out, &err) == 1 ? 0 : ERR_GONE, &err);
    frames_clear(&out);
}

static struct str pack(struct fake *fake, const struct record_table *table,
                       const void *head)
{
    buf_clear(&fake->buf);
    record_encode(table, head, &fake->buf);
    return buf_str(&fake->buf);
}

/* ---- put ---- */

struct settled {
    int count;
    uint64_t token[16];
    int status[16];
};

static void note(void *context, uint64_t token, const struct message_result *result)
{
    struct settled *settled = context;
    settled->token[settled->count] = token;
    settled->status[settled->count++] = result->status;
}

static struct put *open_put(struct fake *fake, struct settled *settled, uint32_t batch,
                            uint64_t resend_ms)
{
    struct err err = {0};
    struct put *put = NULL;
    struct put_options options = {.base = fake->base,
                                  .window = 2,
                                  .batch = batch,
                                  .resend_ms = resend_ms,
                                  .settled = note,
                                  .context = settled};
    assert_ok(put_open(&options, &put, &err), &err);
    return put;
}

static int add(struct put *put, const char *id, uint64_t token)
{
    struct article article;
    record_init(&article_table, &article);
    article.id = str_of(id);
    article.text = STR("teks");
    return put_add(put, &article, token, NULL);
}

static void answer_put(struct fake *fake, const int *status, int count, uint64_t retry_ms)
{
    struct message_result result[8];
    struct message_ack ack = {{result, (uint32_t)count, (uint32_t)count}};
    for (int i = 0; i < count; i++) {
        record_init(&message_result_table, &result[i]);
        result[i].status = status[i];
        if (status[i] == STATUS_BUSY)
            result[i].retry_ms = retry_ms;
    }
    say(fake, "ACK", frames_get(&fake->in, 2), pack(fake, &message_ack_table, &ack),
        STR_NONE);
}

static struct str id_of(struct fake *fake, int index)
{
    struct article article;
    struct err err = {0};
    arena_reset(&fake->arena);
    assert_ok(
        article_decode(frames_get(&fake->in, 3 + index), &fake->arena, &article, &err),
        &err);
    return article.id;
}

static void what_was_busy_is_put_again_after_a_while_and_in_order(void **state)
{
    struct fake *fake = *state;
    struct settled settled = {0};
    struct put_stats stats;
    start(fake, FRAME_FEED);
    struct put *put = open_put(fake, &settled, 4, 0);
    assert_int_equal(add(put, "a", 1), 1);
    assert_int_equal(add(put, "b", 2), 1);
    assert_int_equal(add(put, "c", 3), 1);
    assert_int_equal(put_turn(put, 0, NULL), 1);
    assert_true(hears(fake, "PUT", 2000));
    assert_int_equal(fake->in.count, 6);
    answer_put(fake, (int[]){STATUS_BUSY, STATUS_STORED, STATUS_BUSY}, 3, 80);
    uint64_t told = clock_now_ms();
    assert_int_equal(add(put, "d", 4), 1); /* newer: stays behind a and c */
    while (!settled.count)
        assert_int_equal(put_turn(put, 1000, NULL), 1);
    put_stats(put, &stats);
    assert_true(stats.waiting);
    assert_int_equal(stats.busy, 2);
    /* d may have gone at once, before the answer was read; a and c come after the pause.
     */
    bool alone = false;
    for (int i = 0; i < 200 && !hears(fake, "PUT", 0); i++)
        put_turn(put, 10, NULL);
    if (fake->in.count == 4) {
        alone = true;
        assert_str(id_of(fake, 0), "d");
        answer_put(fake, (int[]){STATUS_STORED}, 1, 0);
        for (int i = 0; i < 200 && !hears(fake, "PUT", 0); i++)
            put_turn(put, 10, NULL);
    }
    assert_true(clock_now_ms() - told >= 80);
    assert_str(id_of(fake, 0), "a");
    assert_str(id_of(fake, 1), "c");
    if (!alone)
        assert_str(id_of(fake, 2), "d");
    answer_put(fake, (int[]){STATUS_STORED, STATUS_DUPLICATE, STATUS_STORED},
               fake->in.count - 3, 0);
    while (put_turn(put, 1000, NULL) > 0) {
    }
    assert_int_equal(settled.count, 4);
    assert_int_equal(settled.token[0], 2);
    assert_int_equal(settled.status[0], STATUS_STORED);
    put_close(&put);
    stop(fake);
}

static void what_stays_unanswered_is_put_again_with_the_same_ids(void **state)
{
    struct fake *fake = *state;
    struct settled settled = {0};
    struct put_stats stats;
    start(fake, FRAME_FEED);
    struct put *put = open_put(fake, &settled, 4, 150);
    add(put, "a", 1);
    put_turn(put, 0, NULL);
    assert_true(hears(fake, "PUT", 2000));
    uint64_t heard = clock_now_ms();
    for (int i = 0; i < 200 && !hears(fake, "PUT", 0); i++)
        put_turn(put, 10, NULL);
    assert_true(clock_now_ms() - heard >= 100);
    assert_str(id_of(fake, 0), "a");
    put_stats(put, &stats);
    assert_true(stats.waiting);
    assert_int_equal(stats.resent, 1);
    answer_put(fake, (int[]){STATUS_DUPLICATE}, 1, 0);
    answer_put(fake, (int[]){STATUS_STORED}, 1, 0); /* a second answer changes nothing */
    while (put_turn(put, 1000, NULL) > 0) {
    }
    put_turn(put, 50, NULL);
    assert_int_equal(settled.count, 1);
    put_stats(put, &stats);
    assert_false(stats.waiting);
    put_close(&put);
    stop(fake);
}

static void puts_survive_a_broker_that_comes_back(void **state)
{
    struct fake *fake = *state;
    struct settled settled = {0};
    start(fake, FRAME_FEED);
    struct put *put = open_put(fake, &settled, 4, 200);
    add(put, "a", 1);
    put_turn(put, 0, NULL);
    assert_true(hears(fake, "PUT", 2000));
    stop(fake);
    for (int i = 0; i < 50; i++)
        put_turn(put, 10, NULL);
    start(fake, FRAME_FEED);
    for (int i = 0; i < 400 && !hears(fake, "PUT", 0); i++)
        put_turn(put, 10, NULL);
    assert_str(id_of(fake, 0), "a");
    answer_put(fake, (int[]){STATUS_REJECTED}, 1, 0);
    while (put_turn(put, 1000, NULL) > 0) {
    }
    assert_int_equal(settled.count, 1);
    assert_int_equal(settled.status[0], STATUS_REJECTED);
    put_close(&put);
    stop(fake);
}

static void the_window_bounds_what_is_taken(void **state)
{
    struct fake *fake = *state;
    struct settled settled = {0};
    struct put *put = open_put(fake, &settled, 2, 0); /* nobody listens */
    for (uint64_t i = 0; i < 4; i++)
        assert_int_equal(add(put, "x", i), 1);
    assert_int_equal(add(put, "x", 5), 0);
    put_close(&put);
}

static void an_error_of_the_broker_ends_the_conversation(void **state)
{
    struct fake *fake = *state;
    struct settled settled = {0};
    struct message_error error = {STR("version"), STR("it speaks 2")};
    struct err err = {0};
    start(fake, FRAME_FEED);
    struct put *put = open_put(fake, &settled, 2, 0);
    add(put, "a", 1);
    put_turn(put, 0, NULL);
    assert_true(hears(fake, "PUT", 2000));
    say(fake, "ERROR", pack(fake, &message_error_table, &error), STR_NONE, STR_NONE);
    assert_int_equal(put_turn(put, 2000, &err), ERR_VERSION);
    assert_has(err.text, "it speaks 2");
    put_close(&put);
    stop(fake);
}

/* ---- take ---- */

static void say_hello(struct fake *fake, uint64_t dead_ms, uint64_t last)
{
    struct message_hello hello;
    record_init(&message_hello_table, &hello);
    hello.v = 1;
    hello.beat_ms = dead_ms / 3;
    hello.dead_ms = dead_ms;
    hello.last = last;
    say(fake, "HELLO", pack(fake, &message_hello_table, &hello), STR_NONE, STR_NONE);
}

static void say_jobs(struct fake *fake, const char *lease1, const char *lease2)
{
    struct message_job job[2];
    struct message_jobs jobs = {{job, 2, 2}};
    record_init(&message_job_table, &job[0]);
    record_init(&message_job_table, &job[1]);
    job[0].lease = str_make(lease1, 16);
    job[1].lease = str_make(lease2, 16);
    job[0].seq = 1;
    job[1].seq = 2;
    job[0].attempt = job[1].attempt = 1;
    say(fake, "JOB", pack(fake, &message_jobs_table, &jobs),
        STR("\x81\xa4text\xa1"
            "1"),
        STR("\x81\xa4text\xa1"
            "2"));
}

static struct take *open_take(struct fake *fake)
{
    struct err err = {0};
    struct take *take = NULL;
    static const char *const languages[] = {"id", NULL};
    struct take_options options = {
        .base = fake->base, .name = "t", .extractor = "none-1", .languages = languages};
    assert_ok(take_open(&options, &take, &err), &err);
    return take;
}

/* The leases of a DONE or FAIL heard last, in order, joined. */
static struct str leases_of(struct fake *fake)
{
    struct message_jobs jobs;
    struct err err = {0};
    arena_reset(&fake->arena);
    assert_ok(record_decode(&message_jobs_table, frames_get(&fake->in, 2), &fake->arena,
                            &jobs, &err),
              &err);
    const struct message_job *job = jobs.jobs.item;
    char *all = arena_alloc(&fake->arena, 16 * jobs.jobs.count + 1);
    for (uint32_t i = 0; i < jobs.jobs.count; i++)
        memcpy(all + 16 * (size_t)i, job[i].lease.ptr, 16);
    return str_make(all, 16 * jobs.jobs.count);
}

static void jobs_are_handed_out_and_their_results_packed(void **state)
{
    struct fake *fake = *state;
    struct take_job job;
    struct err err = {0};
    start(fake, FRAME_WORK);
    struct take *take = open_take(fake);
    assert_true(hears(fake, "READY", 2000));
    struct message_ready ready;
    assert_ok(record_decode(&message_ready_table, frames_get(&fake->in, 2), &fake->arena,
                            &ready, &err),
              &err);
    assert_str(ready.extractor, "none-1");
    assert_str(ready.languages.item[0], "id");
    say_hello(fake, 3000, 0);
    say_jobs(fake, "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb");
    assert_int_equal(take_next(take, 2000, &job, &err), 1);
    assert_int_equal(job.seq, 1);
    assert_str(job.article, "\x81\xa4text\xa1"
                            "1");
    assert_ok(take_done(take, &job, STR("\x90"), &err), &err);
    assert_int_equal(take_next(take, 2000, &job, &err), 1);
    assert_ok(take_done(take, &job, STR("\x91\x80"), &err), &err);
    /* One DONE, or two where a millisecond passed between. */
    assert_true(hears(fake, "DONE", 2000));
    if (fake->in.count == 5) {
        assert_str(leases_of(fake), "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb");
        assert_str(frames_get(&fake->in, 4), "\x91\x80");
    } else {
        assert_str(leases_of(fake), "aaaaaaaaaaaaaaaa");
        assert_true(hears(fake, "DONE", 2000));
        assert_str(leases_of(fake), "bbbbbbbbbbbbbbbb");
    }
    /* A lease that has been answered is not answered again. */
    assert_ok(take_done(take, &job, STR("\x90"), &err), &err);
    assert_int_equal(take_next(take, 50, &job, &err), 0);
    assert_false(hears(fake, "DONE", 100));
    take_close(&take);
    assert_true(hears(fake, "BYE", 2000));
    stop(fake);
}

static void a_job_that_failed_is_told_with_its_reason(void **state)
{
    struct fake *fake = *state;
    struct take_job job;
    struct err err = {0};
    start(fake, FRAME_WORK);
    struct take *take = open_take(fake);
    assert_true(hears(fake, "READY", 2000));
    say_hello(fake, 3000, 0);
    say_jobs(fake, "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb");
    assert_int_equal(take_next(take, 2000, &job, &err), 1);
    assert_ok(take_fail(take, &job, ERR_LIMIT, "arena full", &err), &err);
    assert_true(hears(fake, "FAIL", 2000));
    struct message_jobs jobs;
    assert_ok(record_decode(&message_jobs_table, frames_get(&fake->in, 2), &fake->arena,
                            &jobs, &err),
              &err);
    const struct message_job *failed = jobs.jobs.item;
    assert_str(failed->code, "limit");
    assert_str(failed->text, "arena full");
    take_close(&take);
    stop(fake);
}

static void a_drained_worker_finishes_what_it_has_and_leaves(void **state)
{
    struct fake *fake = *state;
    struct take_job job;
    struct err err = {0};
    start(fake, FRAME_WORK);
    struct take *take = open_take(fake);
    assert_true(hears(fake, "READY", 2000));
    say_hello(fake, 3000, 0);
    say_jobs(fake, "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb");
    say(fake, "DRAIN", STR("\x80"), STR_NONE, STR_NONE);
    say_jobs(fake, "cccccccccccccccc", "dddddddddddddddd"); /* too late */
    assert_int_equal(take_next(take, 2000, &job, &err), 1);
    assert_ok(take_done(take, &job, STR("\x90"), &err), &err);
    assert_int_equal(take_next(take, 2000, &job, &err), 1);
    assert_int_equal(job.seq, 2);
    int rc = take_next(take, 200, &job, &err); /* b is still to be answered */
    assert_int_equal(rc, 0);
    struct take_job second = {.lease = "bbbbbbbbbbbbbbb"};
    second.lease[15] = 'b';
    assert_ok(take_done(take, &second, STR("\x90"), &err), &err);
    assert_int_equal(take_next(take, 2000, &job, &err), ERR_GONE);
    take_close(&take);
    stop(fake);
}

static void silence_of_the_broker_begins_a_new_session(void **state)
{
    struct fake *fake = *state;
    struct take_job job, old;
    struct err err = {0};
    start(fake, FRAME_WORK);
    struct take *take = open_take(fake);
    assert_true(hears(fake, "READY", 2000));
    say_hello(fake, 200, 0);
    say_jobs(fake, "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb");
    assert_int_equal(take_next(take, 2000, &old, &err), 1);
    /* Beats come while nothing else is said, then READY again. */
    bool again = false;
    uint64_t since = clock_now_ms();
    while (!again && clock_now_ms() - since < 3000) {
        assert_true(take_next(take, 20, &job, &err) >= 0);
        again = hears(fake, "READY", 0);
    }
    assert_true(again);
    say_hello(fake, 3000, 0);
    assert_int_equal(take_next(take, 100, &job, &err), 0);
    /* The result of the lease that is over goes nowhere. */
    assert_ok(take_done(take, &old, STR("\x90"), &err), &err);
    assert_int_equal(take_next(take, 50, &job, &err), 0);
    assert_false(hears(fake, "DONE", 100));
    take_close(&take);
    stop(fake);
}

static void a_broker_that_forgot_the_worker_is_told_ready_again(void **state)
{
    struct fake *fake = *state;
    struct take_job job;
    struct err err = {0};
    struct message_error error = {STR("usage"), STR("first message was no READY")};
    start(fake, FRAME_WORK);
    struct take *take = open_take(fake);
    assert_true(hears(fake, "READY", 2000));
    say_hello(fake, 3000, 0);
    assert_int_equal(take_next(take, 100, &job, &err), 0);
    say(fake, "ERROR", pack(fake, &message_error_table, &error), STR_NONE, STR_NONE);
    assert_int_equal(take_next(take, 200, &job, &err), 0);
    assert_true(hears(fake, "READY", 2000));
    /* The same answer to READY itself is final. */
    say(fake, "ERROR", pack(fake, &message_error_table, &error), STR_NONE, STR_NONE);
    assert_int_equal(take_next(take, 2000, &job, &err), ERR_USAGE);
    assert_has(err.text, "no READY");
    take_close(&take);
    stop(fake);
}

/* ---- tail ---- */

static struct tail *open_tail(struct fake *fake, uint64_t from, const char *name)
{
    struct err err = {0};
    struct tail *tail = NULL;
    static const char *const kinds[] = {"quantity", NULL};
    struct tail_options options = {
        .base = fake->base, .from = from, .credit = 4, .kinds = kinds, .name = name};
    assert_ok(tail_open(&options, &tail, &err), &err);
    return tail;
}

static struct message_from from_of(struct fake *fake)
{
    struct message_from from;
    struct err err = {0};
    assert_ok(record_decode(&message_from_table, frames_get(&fake->in, 2), &fake->arena,
                            &from, &err),
              &err);
    return from;
}

static void say_facts(struct fake *fake, uint64_t next, int first, int second)
{
    struct message_next head = {next};
    char entry[2][8] = {"\x91\x81\xa3seq", "\x91\x81\xa3seq"};
    entry[0][6] = (char)first;
    entry[1][6] = (char)second;
    say(fake, "FACT", pack(fake, &message_next_table, &head),
        first ? str_make(entry[0], 7) : STR_NONE,
        second ? str_make(entry[1], 7) : STR_NONE);
}

static void expect_entry(struct tail *tail, int seq, uint64_t next)
{
    struct tail_item item;
    struct err err = {0};
    assert_int_equal(tail_next(tail, 2000, &item, &err), 1);
    assert_int_equal(item.what, TAIL_ENTRY);
    assert_int_equal(item.entry.ptr[6], seq);
    assert_int_equal(item.next, next);
}

static void entries_come_with_the_position_to_resume_from(void **state)
{
    struct fake *fake = *state;
    struct tail_item item;
    struct err err = {0};
    start(fake, FRAME_TAIL);
    struct tail *tail = open_tail(fake, TAIL_FIRST, "me");
    assert_true(hears(fake, "FROM", 2000));
    struct message_from from = from_of(fake);
    assert_str(from.from_raw, "\xa5"
                              "first");
    assert_str(from.kinds.item[0], "quantity");
    assert_int_equal(from.credit, 4);
    assert_false(tail_connected(tail));
    say_hello(fake, 3000, 9);
    say_facts(fake, 8, 2, 5);
    expect_entry(tail, 2, 3);
    assert_true(tail_connected(tail));
    expect_entry(tail, 5, 8); /* 6 and 7 were filtered away */
    say_facts(fake, 12, 0, 0);
    assert_int_equal(tail_next(tail, 2000, &item, &err), 1);
    assert_int_equal(item.what, TAIL_MOVED);
    assert_int_equal(item.next, 12);
    assert_true(hears(fake, "CREDIT", 2000));
    struct message_gap gap = {12, 15, STR("trimmed")};
    say(fake, "GAP", pack(fake, &message_gap_table, &gap), STR_NONE, STR_NONE);
    assert_int_equal(tail_next(tail, 2000, &item, &err), 1);
    assert_int_equal(item.what, TAIL_GAP);
    assert_int_equal(item.gap_from, 12);
    assert_int_equal(item.gap_to, 15);
    assert_str(item.reason, "trimmed");
    struct message_next live = {15};
    say(fake, "LIVE", pack(fake, &message_next_table, &live), STR_NONE, STR_NONE);
    assert_int_equal(tail_next(tail, 2000, &item, &err), 1);
    assert_int_equal(item.what, TAIL_LIVE);
    assert_int_equal(item.next, 15);
    assert_ok(tail_confirm(tail, 15, &err), &err);
    assert_true(hears(fake, "CONFIRM", 2000));
    assert_int_equal(tail_next(tail, 0, &item, &err), 0);
    tail_close(&tail);
    assert_true(hears(fake, "BYE", 2000));
    stop(fake);
}

static void after_a_restart_nothing_is_missed_and_nothing_comes_twice(void **state)
{
    struct fake *fake = *state;
    struct tail_item item;
    struct err err = {0};
    start(fake, FRAME_TAIL);
    struct tail *tail = open_tail(fake, 2, NULL);
    assert_true(hears(fake, "FROM", 2000));
    assert_str(from_of(fake).from_raw, "\x02");
    say_hello(fake, 300, 9);
    say_facts(fake, 4, 2, 3);
    expect_entry(tail, 2, 3); /* 3 has come but is not given out yet */
    stop(fake);
    start(fake, FRAME_TAIL);
    bool again = false;
    for (int i = 0; i < 300 && !again; i++) {
        int rc = tail_next(tail, 10, &item, &err);
        assert_true(rc >= 0);
        if (rc == 1) { /* given out before the silence was noticed */
            assert_int_equal(item.entry.ptr[6], 3);
            assert_int_equal(item.next, 4);
        }
        again = hears(fake, "FROM", 0);
    }
    assert_true(again);
    assert_str(from_of(fake).from_raw, "\x04");
    say_hello(fake, 3000, 9);
    say_facts(fake, 5, 3, 4); /* a broker that begins too early */
    expect_entry(tail, 4, 5);
    assert_int_equal(tail_confirm(tail, 5, &err), ERR_STATE);
    tail_close(&tail);
    stop(fake);
}

static void new_keeps_its_place_when_the_broker_restarts(void **state)
{
    struct fake *fake = *state;
    struct tail_item item;
    struct err err = {0};
    struct message_error error = {STR("usage"), STR("no FROM yet")};
    start(fake, FRAME_TAIL);
    struct tail *tail = open_tail(fake, TAIL_NEW, NULL);
    assert_true(hears(fake, "FROM", 2000));
    assert_str(from_of(fake).from_raw, "\xa3new");
    say_hello(fake, 3000, 9);
    assert_int_equal(tail_next(tail, 100, &item, &err), 0);
    say(fake, "ERROR", pack(fake, &message_error_table, &error), STR_NONE, STR_NONE);
    assert_int_equal(tail_next(tail, 100, &item, &err), 0);
    assert_true(hears(fake, "FROM", 2000));
    assert_str(from_of(fake).from_raw, "\x0a");
    say(fake, "ERROR", pack(fake, &message_error_table, &error), STR_NONE, STR_NONE);
    assert_int_equal(tail_next(tail, 2000, &item, &err), ERR_USAGE);
    tail_close(&tail);
    stop(fake);
}

/* ---- ask ---- */

static void *answer_admin(void *context)
{
    struct fake *fake = context;
    for (int i = 0; i < 2; i++) {
        zmq_pollitem_t item = {fake->socket, 0, ZMQ_POLLIN, 0};
        zmq_poll(&item, 1, 2000);
        if (frames_recv(fake->socket, &fake->in, NULL) != 1)
            return NULL;
        bool known = str_is(frames_get(&fake->in, 1), "status");
        say(fake, known ? "OK" : "ERROR",
            known ? STR("version 1\n") : STR("usage: no such command"), STR_NONE,
            STR_NONE);
    }
    return NULL;
}

static void a_request_is_answered_refused_or_times_out(void **state)
{
    struct fake *fake = *state;
    struct buf answer = {0};
    struct err err = {0};
    pthread_t thread;
    assert_int_equal(ask(fake->base, STR("status"), 50, &answer, &err), ERR_TIMEOUT);
    start(fake, FRAME_ADMIN);
    assert_int_equal(pthread_create(&thread, NULL, answer_admin, fake), 0);
    assert_ok(ask(fake->base, STR("status"), 2000, &answer, &err), &err);
    assert_str(buf_str(&answer), "version 1\n");
    assert_int_equal(ask(fake->base, STR("what"), 2000, &answer, &err), ERR_USAGE);
    assert_string_equal(err.text, "no such command");
    pthread_join(thread, NULL);
    buf_fini(&answer);
    stop(fake);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_busy_is_put_again_after_a_while_and_in_order),
        TEST(what_stays_unanswered_is_put_again_with_the_same_ids),
        TEST(puts_survive_a_broker_that_comes_back),
        TEST(the_window_bounds_what_is_taken),
        TEST(an_error_of_the_broker_ends_the_conversation),
        TEST(jobs_are_handed_out_and_their_results_packed),
        TEST(a_job_that_failed_is_told_with_its_reason),
        TEST(a_drained_worker_finishes_what_it_has_and_leaves),
        TEST(silence_of_the_broker_begins_a_new_session),
        TEST(a_broker_that_forgot_the_worker_is_told_ready_again),
        TEST(entries_come_with_the_position_to_resume_from),
        TEST(after_a_restart_nothing_is_missed_and_nothing_comes_twice),
        TEST(new_keeps_its_place_when_the_broker_restarts),
        TEST(a_request_is_answered_refused_or_times_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
