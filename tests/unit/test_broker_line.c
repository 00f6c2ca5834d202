#include "tests/support/check.h"

#include "broker/admin.h"
#include "broker/journal_mem.h"
#include "broker/line.h"
#include "proto/wire/message.h"

#include <stdio.h>
#include <stdlib.h>

/* A line with one worker and one feeder, and a host that notes what was said. */
struct bench {
    struct journal *journal;
    struct line *line;
    struct settings settings;
    struct line_host host;
    struct frames message;
    const struct grant *grant; /* whose message it is */
    bool gone;                 /* JOBs cannot be sent */
    char said[256];            /* commands, in order, each with a space behind */
    uint64_t now_ms;
};

static int hear(void *context, enum frame_endpoint to, struct frames *message)
{
    struct bench *b = context;
    struct str command = frames_get(message, 1);
    (void)to;
    if (b->gone && str_is(command, "JOB"))
        return ERR_GONE;
    size_t at = strlen(b->said);
    snprintf(b->said + at, sizeof b->said - at, "%.*s ", STR_ARG(command));
    return 1;
}

static uint64_t wall_ms(void *context)
{
    (void)context;
    return 1700000000000;
}

static void make_token(void *context, unsigned char out[DISPATCH_TOKEN_BYTES])
{
    (void)context;
    memset(out, 7, DISPATCH_TOKEN_BYTES);
}

static int begin(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    b->host = (struct line_host){hear, make_token, b, "test", NULL, wall_ms};
    b->now_ms = 1000;
    b->settings = (struct settings){.queue_articles = 100,
                                    .queue_bytes = 1 << 20,
                                    .beat_ms = 100,
                                    .dead_ms = 400,
                                    .lease_ms = 5000,
                                    .deaths = 2,
                                    .failures = 3,
                                    .idle_flush_ms = 10,
                                    .drain_ms = 1000,
                                    .listen = "",
                                    .journal = ""};
    journal_open("mem:", &(struct journal_options){0}, &b->journal, NULL);
    b->line = line_new(&b->settings, &b->host, b->journal, b->now_ms);
    frames_init(&b->message);
    *state = b;
    return 0;
}

static int end(void **state)
{
    struct bench *b = *state;
    line_free(&b->line);
    journal_close(&b->journal);
    frames_clear(&b->message);
    free(b);
    return 0;
}

static void say(struct bench *b, enum frame_endpoint to, const char *command,
                struct str body)
{
    frames_clear(&b->message);
    frames_add_text(&b->message, "peer");
    frames_add_text(&b->message, command);
    if (to == FRAME_FEED)
        frames_add_text(&b->message, "tag");
    if (body.ptr)
        frames_add(&b->message, body);
    line_receive(b->line, to, b->grant, &b->message, b->now_ms);
}

static void ready(struct bench *b)
{
    say(b, FRAME_WORK, "READY",
        STR("\x83\xa4name\xa1w\xa9"
            "extractor\xa3x-1\xa6"
            "credit\x04"));
}

static void put(struct bench *b)
{
    say(b, FRAME_FEED, "PUT",
        STR("\x82\xa2id\xa1"
            "a\xa4text\xa4halo"));
}

/* Turns, as the loop makes them, for so long. */
static void pass(struct bench *b, uint64_t ms)
{
    for (uint64_t end_ms = b->now_ms + ms; b->now_ms < end_ms; b->now_ms += 10)
        line_turn(b->line, b->now_ms);
}

static uint32_t deaths_of_next(struct bench *b)
{
    struct journal_item item;
    struct err err = {0};
    assert_int_equal(journal_work(b->journal, 1, &item, &err), 1);
    return item.deaths;
}

static void work_is_given_out_before_the_article_is_acknowledged(void **state)
{
    struct bench *b = *state;
    ready(b);
    put(b);
    line_turn(b->line, b->now_ms);
    assert_string_equal(b->said, "HELLO JOB ACK ");
}

static void a_job_that_could_not_be_sent_counts_no_death(void **state)
{
    struct bench *b = *state;
    b->gone = true;
    ready(b);
    put(b);
    pass(b, 50);
    assert_null(dispatch_worker(b->line->dispatch, 0));
    assert_int_equal(deaths_of_next(b), 0);
}

static void a_silent_worker_is_dead_and_its_article_has_one_death(void **state)
{
    struct bench *b = *state;
    ready(b);
    put(b);
    pass(b, 350);
    assert_non_null(dispatch_worker(b->line->dispatch, 0));
    pass(b, 150);
    assert_null(dispatch_worker(b->line->dispatch, 0));
    pass(b, 50);
    assert_int_equal(deaths_of_next(b), 1);
}

static void offer(struct bench *b, const char *head, const char *article)
{
    frames_clear(&b->message);
    frames_add_text(&b->message, "peer");
    frames_add_text(&b->message, "OFFER");
    frames_add_text(&b->message, "tag");
    frames_add_text(&b->message, head);
    frames_add_text(&b->message, article);
    line_receive(b->line, FRAME_FEED, b->grant, &b->message, b->now_ms);
}

static void ask(struct bench *b, const char *words)
{
    frames_clear(&b->message);
    frames_add_text(&b->message, "peer");
    frames_add_text(&b->message, words);
    line_receive(b->line, FRAME_ADMIN, NULL, &b->message, b->now_ms);
}

#define ARTICLE                                                                          \
    "\x82\xa2id\xa1"                                                                     \
    "b\xa4text\xa4halo"
#define HEAD_OLD                                                                         \
    "\x82\xa4"                                                                           \
    "feed\xa3old\xa4lane\xa8"                                                            \
    "backfill"

static void an_offer_says_whose_articles_these_are(void **state)
{
    struct bench *b = *state;
    struct journal_item item;
    offer(b, HEAD_OLD, ARTICLE);
    pass(b, 20);
    assert_string_equal(b->said, "ACK ");
    assert_int_equal(journal_work(b->journal, 1, &item, NULL), 1);
    assert_str(item.note, "@backfill old");
    offer(b, "\x81\xa4lane\xa4slow", ARTICLE);
    offer(b,
          "\x81\xa4"
          "feed\xa3"
          "a b",
          ARTICLE);
    assert_string_equal(b->said, "ACK ERROR ERROR ");
}

static void a_key_is_its_feed_and_uses_its_lanes_only(void **state)
{
    struct bench *b = *state;
    struct grant grant = {
        .name = STR("agency"), .roles = GRANT_FEEDER, .lanes = 1u << NOTE_BACKFILL};
    struct journal_item item;
    b->grant = &grant;
    offer(b, HEAD_OLD, ARTICLE); /* another feed */
    offer(b, "\x81\xa4lane\xa4live", ARTICLE);
    assert_string_equal(b->said, "ERROR ERROR ");
    put(b); /* its own lane, unasked */
    pass(b, 20);
    assert_int_equal(journal_work(b->journal, 1, &item, NULL), 1);
    assert_str(item.note, "@backfill agency");
}

static void a_paused_feed_is_held_until_it_is_resumed(void **state)
{
    struct bench *b = *state;
    ask(b, "feed-pause old");
    offer(b, HEAD_OLD, ARTICLE);
    ready(b);
    pass(b, 50);
    assert_string_equal(b->said, "OK HELLO ACK ");
    /* a broker that starts over finds the pause */
    line_feed_load(b->line);
    pass(b, 20);
    assert_int_equal(share_metrics(b->line->share)->held.value, 1);
    ask(b, "feed-resume old");
    pass(b, 20);
    assert_has(b->said, "OK JOB ");
    ask(b, "feed-pause");
    ask(b, "feed-pause a/b");
    assert_has(b->said, "ERROR ERROR ");
}

static void a_death_is_in_the_history(void **state)
{
    struct bench *b = *state;
    struct journal_item item;
    ready(b);
    offer(b, HEAD_OLD, ARTICLE);
    pass(b, 560);
    assert_int_equal(journal_work(b->journal, 1, &item, NULL), 1);
    assert_str(item.note, "@backfill old\n"
                          "2023-11-14T22:13:20.000Z w died the worker died of it");
}

/* What no flush held is gone, and the broker with it; another one begins. */
static void crash(struct bench *b)
{
    line_free(&b->line);
    journal_mem_crash(b->journal);
    b->line = line_new(&b->settings, &b->host, b->journal, b->now_ms);
}

/* A worker took the article along, and another is there; turns until it has the JOB. */
static void give_again(struct bench *b)
{
    b->said[0] = '\0';
    ready(b);
    for (int turns = 0; turns < 10 && strstr(b->said, "JOB") == NULL; turns++)
        pass(b, 10);
    assert_non_null(strstr(b->said, "JOB"));
}

static void an_attempt_at_a_suspect_is_durable_before_it_begins(void **state)
{
    struct bench *b = *state;
    struct journal_item item;
    ready(b);
    put(b);
    pass(b, 560); /* it dies, silently */
    for (uint32_t deaths = 2; deaths <= 3; deaths++) {
        give_again(b);
        crash(b);
        ready(b);
        pass(b, 30);
        if (deaths == 2)
            assert_int_equal(deaths_of_next(b), 2);
    }
    assert_int_equal(journal_dead(b->journal, 1, &item, NULL), 1);
    assert_int_equal(item.deaths, 3);
    assert_str(item.note,
               "2023-11-14T22:13:20.000Z w died the worker died of it\n"
               "2023-11-14T22:13:20.000Z - died the broker ended while it was read\n"
               "2023-11-14T22:13:20.000Z - died the broker ended while it was read");
}

static void the_first_attempt_waits_for_no_flush(void **state)
{
    struct bench *b = *state;
    ready(b);
    put(b);
    line_turn(b->line, b->now_ms);
    crash(b);
    ready(b);
    put(b);
    pass(b, 30);
    assert_int_equal(deaths_of_next(b), 0);
}

static void an_attempt_that_was_counted_and_not_made_is_taken_back(void **state)
{
    struct bench *b = *state;
    struct journal_item item;
    ready(b);
    put(b);
    pass(b, 560);
    b->said[0] = '\0';
    ready(b);
    line_turn(b->line, b->now_ms);
    assert_int_equal(b->line->hold, LINE_HOLD_COUNTED);
    assert_int_equal(journal_work(b->journal, 1, &item, NULL), 1);
    assert_int_equal(item.begun, 1);
    line_stop(b->line, b->now_ms);
    pass(b, 30);
    assert_null(strstr(b->said, "JOB"));
    assert_int_equal(journal_work(b->journal, 1, &item, NULL), 1);
    assert_int_equal(item.begun, 0);
    assert_int_equal(item.deaths, 1);
}

static void a_broker_that_was_held_up_calls_nobody_silent(void **state)
{
    struct bench *b = *state;
    ready(b);
    pass(b, 50);
    b->now_ms += 5000;
    pass(b, 300);
    assert_non_null(dispatch_worker(b->line->dispatch, 0));
    assert_int_equal(b->line->metrics.stalls.value, 1);
}

static void who_does_not_begin_with_ready_or_from_is_told_so(void **state)
{
    struct bench *b = *state;
    say(b, FRAME_WORK, "BEAT", STR("\x80"));
    say(b, FRAME_TAIL, "BEAT", STR("\x80"));
    say(b, FRAME_FEED, "GET", STR("\x80"));
    assert_string_equal(b->said, "ERROR ERROR ERROR ");
}

static void a_stopping_line_gives_nothing_out_and_waits_for_what_is_out(void **state)
{
    struct bench *b = *state;
    ready(b);
    put(b);
    line_turn(b->line, b->now_ms);
    line_stop(b->line, b->now_ms);
    line_turn(b->line, b->now_ms);
    assert_false(line_stopped(b->line));
    say(b, FRAME_WORK, "BYE", STR("\x80"));
    pass(b, 20);
    assert_true(line_stopped(b->line));
    assert_int_equal(dispatch_metrics(b->line->dispatch)->jobs.value, 1);
}

static void a_stopping_line_does_not_wait_for_ever(void **state)
{
    struct bench *b = *state;
    ready(b);
    put(b);
    line_turn(b->line, b->now_ms);
    line_stop(b->line, b->now_ms);
    for (int i = 0; i < 11; i++) {
        say(b, FRAME_WORK, "BEAT", STR("\x80"));
        pass(b, 100);
    }
    assert_true(line_stopped(b->line));
}

/* A DONE or FAIL for the one lease there is, with an entry that is none. */
static void done(struct bench *b, const char *command, struct str broker)
{
    struct message_job job;
    struct message_jobs head = {{&job, 1, 1}, broker};
    struct buf bytes = {0};
    record_init(&message_job_table, &job);
    job.lease = STR("\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7");
    record_encode(&message_jobs_table, &head, &bytes);
    frames_clear(&b->message);
    frames_add_text(&b->message, "peer");
    frames_add_text(&b->message, command);
    frames_add(&b->message, buf_str(&bytes));
    frames_add_text(&b->message, "no entry");
    line_receive(b->line, FRAME_WORK, b->grant, &b->message, b->now_ms);
    buf_fini(&bytes);
}

static void what_was_meant_for_another_run_is_dropped(void **state)
{
    struct bench *b = *state;
    const struct dispatch_metrics *dispatch = dispatch_metrics(b->line->dispatch);
    ready(b);
    put(b);
    line_turn(b->line, b->now_ms);
    done(b, "DONE", STR("the one before"));
    done(b, "FAIL", STR("the one before"));
    assert_string_equal(b->said, "HELLO JOB ACK ERROR ERROR ");
    assert_int_equal(b->line->metrics.foreign.value, 2);
    assert_int_equal(dispatch->leased.value, 1);
    assert_int_equal(dispatch->failed.value, 0);
    done(b, "DONE", STR("test"));
    assert_int_equal(dispatch->failed.value, 1);
    say(b, FRAME_TAIL, "FROM", STR("\x82\xa4name\xa1n\xa6"
                                   "credit\x01"));
    say(b, FRAME_TAIL, "CONFIRM", STR("\x82\xa4next\x07\xa6"
                                      "broker\xa1x"));
    say(b, FRAME_TAIL, "CREDIT", STR("\x82\xa6"
                                     "credit\x07\xa6"
                                     "broker\xa1x"));
    assert_int_equal(b->line->metrics.foreign.value, 4);
    assert_int_equal(tail_at(b->line->tails, 0)->credit, 1);
    assert_int_equal(journal_marked(b->journal, STR("n"), &(uint64_t){0}), 0);
}

static void a_feeder_that_is_silent_for_long_is_forgotten(void **state)
{
    struct bench *b = *state;
    b->settings.feeder_idle_ms = 2000;
    line_configure(b->line, &b->settings);
    put(b);
    pass(b, 1900);
    assert_int_equal(peers_count(b->line->feeders), 1);
    pass(b, 200);
    assert_int_equal(peers_count(b->line->feeders), 0);
    assert_int_equal(b->line->metrics.idle.value, 1);
    put(b); /* it is served as before */
    pass(b, 20);
    assert_string_equal(b->said, "ACK ACK ");
}

static void listings_name_the_key_of_a_peer(void **state)
{
    struct bench *b = *state;
    struct buf out = {0};
    struct err err = {0};
    struct grant grant = {.key = "k",
                          .name = STR("desk.1"),
                          .roles = GRANT_FEEDER | GRANT_WORKER | GRANT_CONSUMER,
                          .lanes = 1u << NOTE_LIVE};
    b->grant = &grant;
    ready(b);
    put(b);
    say(b, FRAME_TAIL, "FROM", STR("\x80"));
    b->line->grant = NULL;
    assert_ok(admin_answer(b->line, STR("workers"), &out, &err), &err);
    assert_str(buf_str(&out), "w x-1 4 0 0 0 0 desk.1\n");
    buf_clear(&out);
    assert_ok(admin_answer(b->line, STR("feeders"), &out, &err), &err);
    assert_str(buf_str(&out), "70656572 0 0 0 0 0 desk.1\n");
    buf_clear(&out);
    assert_ok(admin_answer(b->line, STR("tails"), &out, &err), &err);
    assert_str(buf_str(&out), "- 1 0 100 0 desk.1\n");
    buf_fini(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static void a_flush_that_failed_is_followed_by_recovery(void **state)
{
    struct bench *b = *state;
    check_diag_begin();
    journal_mem_fail_flush(b->journal, ERR_SYSTEM);
    put(b);
    pass(b, 100);
    check_diag_expect("the journal failed");
    assert_true(b->line->degraded);
    pass(b, 2000);
    check_diag_end();
    assert_false(b->line->degraded);
    assert_int_equal(b->line->failed, 0);
    put(b);
    pass(b, 100);
    assert_int_equal(b->line->stats.last[JOURNAL_ARTICLES], 1);
}

/* It would meet the damage again, and again. */
static void a_damaged_journal_ends_the_line(void **state)
{
    struct bench *b = *state;
    check_diag_begin();
    journal_mem_fail_flush(b->journal, ERR_CORRUPT);
    put(b);
    pass(b, 100);
    check_diag_expect("the journal failed");
    assert_has(b->said, "ACK"); /* busy */
    assert_int_equal(b->line->failed, 0);
    pass(b, 1000);
    check_diag_expect("the journal is damaged, and the broker ends");
    check_diag_end();
    assert_true(b->line->degraded);
    assert_int_equal(b->line->failed, ERR_CORRUPT);
    assert_int_equal(b->line->metrics.degraded.value, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(work_is_given_out_before_the_article_is_acknowledged),
        TEST(a_job_that_could_not_be_sent_counts_no_death),
        TEST(a_silent_worker_is_dead_and_its_article_has_one_death),
        TEST(an_offer_says_whose_articles_these_are),
        TEST(a_key_is_its_feed_and_uses_its_lanes_only),
        TEST(a_paused_feed_is_held_until_it_is_resumed),
        TEST(a_death_is_in_the_history),
        TEST(an_attempt_at_a_suspect_is_durable_before_it_begins),
        TEST(the_first_attempt_waits_for_no_flush),
        TEST(an_attempt_that_was_counted_and_not_made_is_taken_back),
        TEST(a_broker_that_was_held_up_calls_nobody_silent),
        TEST(who_does_not_begin_with_ready_or_from_is_told_so),
        TEST(a_stopping_line_gives_nothing_out_and_waits_for_what_is_out),
        TEST(a_stopping_line_does_not_wait_for_ever),
        TEST(a_flush_that_failed_is_followed_by_recovery),
        TEST(a_damaged_journal_ends_the_line),
        TEST(what_was_meant_for_another_run_is_dropped),
        TEST(a_feeder_that_is_silent_for_long_is_forgotten),
        TEST(listings_name_the_key_of_a_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
