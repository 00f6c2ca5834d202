#include "tests/unit/fake_broker.h"

#include "proto/client/take.h"

static void say_jobs_of(struct fake *fake, const char *lease1, const char *lease2,
                        struct str broker)
{
    struct message_job job[2];
    struct message_jobs jobs = {{job, 2, 2}, broker};
    record_init(&message_job_table, &job[0]);
    record_init(&message_job_table, &job[1]);
    job[0].lease = str_make(lease1, 16);
    job[1].lease = str_make(lease2, 16);
    job[0].seq = 1;
    job[1].seq = 2;
    job[0].attempt = job[1].attempt = 1;
    fake_say(fake, "JOB", fake_pack(fake, &message_jobs_table, &jobs),
             STR("\x81\xa4text\xa1"
                 "1"),
             STR("\x81\xa4text\xa1"
                 "2"));
}

static void say_jobs(struct fake *fake, const char *lease1, const char *lease2)
{
    say_jobs_of(fake, lease1, lease2, STR_NONE);
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
    fake_start(fake, FRAME_WORK);
    struct take *take = open_take(fake);
    assert_true(fake_hears(fake, "READY", 2000));
    struct message_ready ready;
    assert_ok(record_decode(&message_ready_table, frames_get(&fake->in, 2), &fake->arena,
                            &ready, &err),
              &err);
    assert_str(ready.extractor, "none-1");
    assert_str(ready.languages.item[0], "id");
    fake_say_hello(fake, 3000, 0);
    say_jobs(fake, "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb");
    assert_int_equal(take_next(take, 2000, &job, &err), 1);
    assert_int_equal(job.seq, 1);
    assert_str(job.article, "\x81\xa4text\xa1"
                            "1");
    assert_ok(take_done(take, &job, STR("\x90"), STR_NONE, &err), &err);
    assert_int_equal(take_next(take, 2000, &job, &err), 1);
    assert_ok(take_done(take, &job, STR("\x91\x80"), STR_NONE, &err), &err);
    /* One DONE, or two where a millisecond passed between. */
    assert_true(fake_hears(fake, "DONE", 2000));
    if (fake->in.count == 5) {
        assert_str(leases_of(fake), "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb");
        assert_str(frames_get(&fake->in, 4), "\x91\x80");
    } else {
        assert_str(leases_of(fake), "aaaaaaaaaaaaaaaa");
        assert_true(fake_hears(fake, "DONE", 2000));
        assert_str(leases_of(fake), "bbbbbbbbbbbbbbbb");
    }
    /* A lease that has been answered is not answered again. */
    assert_ok(take_done(take, &job, STR("\x90"), STR_NONE, &err), &err);
    assert_int_equal(take_next(take, 50, &job, &err), 0);
    assert_false(fake_hears(fake, "DONE", 100));
    take_close(&take);
    assert_true(fake_hears(fake, "BYE", 2000));
    fake_stop(fake);
}

static void a_job_that_failed_is_told_with_its_reason(void **state)
{
    struct fake *fake = *state;
    struct take_job job;
    struct err err = {0};
    fake_start(fake, FRAME_WORK);
    struct take *take = open_take(fake);
    assert_true(fake_hears(fake, "READY", 2000));
    fake_say_hello(fake, 3000, 0);
    say_jobs(fake, "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb");
    assert_int_equal(take_next(take, 2000, &job, &err), 1);
    assert_ok(take_fail(take, &job, ERR_LIMIT, "arena full", &err), &err);
    assert_true(fake_hears(fake, "FAIL", 2000));
    struct message_jobs jobs;
    assert_ok(record_decode(&message_jobs_table, frames_get(&fake->in, 2), &fake->arena,
                            &jobs, &err),
              &err);
    const struct message_job *failed = jobs.jobs.item;
    assert_str(failed->code, "limit");
    assert_str(failed->text, "arena full");
    take_close(&take);
    fake_stop(fake);
}

static void a_drained_worker_finishes_what_it_has_and_leaves(void **state)
{
    struct fake *fake = *state;
    struct take_job job;
    struct err err = {0};
    fake_start(fake, FRAME_WORK);
    struct take *take = open_take(fake);
    assert_true(fake_hears(fake, "READY", 2000));
    fake_say_hello(fake, 3000, 0);
    say_jobs(fake, "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb");
    fake_say(fake, "DRAIN", STR("\x80"), STR_NONE, STR_NONE);
    say_jobs(fake, "cccccccccccccccc", "dddddddddddddddd"); /* too late */
    assert_int_equal(take_next(take, 2000, &job, &err), 1);
    assert_ok(take_done(take, &job, STR("\x90"), STR_NONE, &err), &err);
    assert_int_equal(take_next(take, 2000, &job, &err), 1);
    assert_int_equal(job.seq, 2);
    int rc = take_next(take, 200, &job, &err); /* b is still to be answered */
    assert_int_equal(rc, 0);
    struct take_job second = {.lease = "bbbbbbbbbbbbbbb"};
    second.lease[15] = 'b';
    assert_ok(take_done(take, &second, STR("\x90"), STR_NONE, &err), &err);
    assert_int_equal(take_next(take, 2000, &job, &err), ERR_GONE);
    take_close(&take);
    fake_stop(fake);
}

static void silence_of_the_broker_begins_a_new_session(void **state)
{
    struct fake *fake = *state;
    struct take_job job, old;
    struct err err = {0};
    fake_start(fake, FRAME_WORK);
    struct take *take = open_take(fake);
    assert_true(fake_hears(fake, "READY", 2000));
    fake_say_hello(fake, 200, 0);
    say_jobs(fake, "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb");
    assert_int_equal(take_next(take, 2000, &old, &err), 1);
    /* Beats come while nothing else is said, then READY again. */
    bool again = false;
    uint64_t since = clock_now_ms();
    while (!again && clock_now_ms() - since < 3000) {
        assert_true(take_next(take, 20, &job, &err) >= 0);
        again = fake_hears(fake, "READY", 0);
    }
    assert_true(again);
    fake_say_hello(fake, 3000, 0);
    assert_int_equal(take_next(take, 100, &job, &err), 0);
    /* The result of the lease that is over goes nowhere. */
    assert_ok(take_done(take, &old, STR("\x90"), STR_NONE, &err), &err);
    assert_int_equal(take_next(take, 50, &job, &err), 0);
    assert_false(fake_hears(fake, "DONE", 100));
    take_close(&take);
    fake_stop(fake);
}

static void a_broker_that_forgot_the_worker_is_told_ready_again(void **state)
{
    struct fake *fake = *state;
    struct take_job job;
    struct err err = {0};
    struct message_error error = {STR("usage"), STR("first message was no READY")};
    fake_start(fake, FRAME_WORK);
    struct take *take = open_take(fake);
    assert_true(fake_hears(fake, "READY", 2000));
    fake_say_hello(fake, 3000, 0);
    assert_int_equal(take_next(take, 100, &job, &err), 0);
    fake_say(fake, "ERROR", fake_pack(fake, &message_error_table, &error), STR_NONE,
             STR_NONE);
    assert_int_equal(take_next(take, 200, &job, &err), 0);
    assert_true(fake_hears(fake, "READY", 2000));
    /* The same answer to READY itself is final. */
    fake_say(fake, "ERROR", fake_pack(fake, &message_error_table, &error), STR_NONE,
             STR_NONE);
    assert_int_equal(take_next(take, 2000, &job, &err), ERR_USAGE);
    assert_has(err.text, "no READY");
    take_close(&take);
    fake_stop(fake);
}

static void jobs_of_another_run_of_the_broker_are_passed_over(void **state)
{
    struct fake *fake = *state;
    struct take_job job;
    struct message_jobs jobs;
    struct err err = {0};
    fake_start(fake, FRAME_WORK);
    struct take *take = open_take(fake);
    assert_true(fake_hears(fake, "READY", 2000));
    fake_say_hello_of(fake, "second run", 3000, 0);
    say_jobs_of(fake, "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", STR("first run"));
    assert_int_equal(take_next(take, 200, &job, &err), 0);
    say_jobs_of(fake, "cccccccccccccccc", "dddddddddddddddd", STR("second run"));
    assert_int_equal(take_next(take, 2000, &job, &err), 1);
    assert_memory_equal(job.lease, "cccccccccccccccc", 16);
    assert_ok(take_fail(take, &job, ERR_LIMIT, "no", &err), &err);
    assert_true(fake_hears(fake, "FAIL", 2000));
    assert_ok(record_decode(&message_jobs_table, frames_get(&fake->in, 2), &fake->arena,
                            &jobs, &err),
              &err);
    assert_str(jobs.broker, "second run");
    take_close(&take);
    fake_stop(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(jobs_are_handed_out_and_their_results_packed),
        FAKE_TEST(a_job_that_failed_is_told_with_its_reason),
        FAKE_TEST(a_drained_worker_finishes_what_it_has_and_leaves),
        FAKE_TEST(silence_of_the_broker_begins_a_new_session),
        FAKE_TEST(a_broker_that_forgot_the_worker_is_told_ready_again),
        FAKE_TEST(jobs_of_another_run_of_the_broker_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
