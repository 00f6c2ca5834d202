#include "tests/unit/fake_broker.h"

#include "proto/client/put.h"

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
    fake_say(fake, "ACK", frames_get(&fake->in, 2),
             fake_pack(fake, &message_ack_table, &ack), STR_NONE);
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

static void settle_all(struct put *put)
{
    int rc;
    do
        rc = put_turn(put, 1000, NULL);
    while (rc > 0);
    assert_int_equal(rc, 0);
}

static void what_was_busy_is_put_again_after_a_while_and_in_order(void **state)
{
    struct fake *fake = *state;
    struct settled settled = {0};
    struct put_stats stats;
    fake_start(fake, FRAME_FEED);
    struct put *put = open_put(fake, &settled, 4, 0);
    assert_int_equal(add(put, "a", 1), 1);
    assert_int_equal(add(put, "b", 2), 1);
    assert_int_equal(add(put, "c", 3), 1);
    assert_int_equal(put_turn(put, 0, NULL), 1);
    assert_true(fake_hears(fake, "PUT", 2000));
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
    for (int i = 0; i < 200 && !fake_hears(fake, "PUT", 0); i++)
        put_turn(put, 10, NULL);
    if (fake->in.count == 4) {
        alone = true;
        assert_str(id_of(fake, 0), "d");
        answer_put(fake, (int[]){STATUS_STORED}, 1, 0);
        for (int i = 0; i < 200 && !fake_hears(fake, "PUT", 0); i++)
            put_turn(put, 10, NULL);
    }
    assert_true(clock_now_ms() - told >= 80);
    assert_str(id_of(fake, 0), "a");
    assert_str(id_of(fake, 1), "c");
    if (!alone)
        assert_str(id_of(fake, 2), "d");
    answer_put(fake, (int[]){STATUS_STORED, STATUS_DUPLICATE, STATUS_STORED},
               fake->in.count - 3, 0);
    settle_all(put);
    assert_int_equal(settled.count, 4);
    assert_int_equal(settled.token[0], 2);
    assert_int_equal(settled.status[0], STATUS_STORED);
    put_close(&put);
    fake_stop(fake);
}

static void what_stays_unanswered_is_put_again_with_the_same_ids(void **state)
{
    struct fake *fake = *state;
    struct settled settled = {0};
    struct put_stats stats;
    fake_start(fake, FRAME_FEED);
    struct put *put = open_put(fake, &settled, 4, 150);
    add(put, "a", 1);
    put_turn(put, 0, NULL);
    assert_true(fake_hears(fake, "PUT", 2000));
    uint64_t heard = clock_now_ms();
    for (int i = 0; i < 200 && !fake_hears(fake, "PUT", 0); i++)
        put_turn(put, 10, NULL);
    assert_true(clock_now_ms() - heard >= 100);
    assert_str(id_of(fake, 0), "a");
    put_stats(put, &stats);
    assert_true(stats.waiting);
    assert_int_equal(stats.resent, 1);
    answer_put(fake, (int[]){STATUS_DUPLICATE}, 1, 0);
    answer_put(fake, (int[]){STATUS_STORED}, 1, 0); /* a second answer changes nothing */
    settle_all(put);
    assert_int_equal(put_turn(put, 50, NULL), 0);
    assert_int_equal(settled.count, 1);
    put_stats(put, &stats);
    assert_false(stats.waiting);
    put_close(&put);
    fake_stop(fake);
}

static void puts_survive_a_broker_that_comes_back(void **state)
{
    struct fake *fake = *state;
    struct settled settled = {0};
    fake_start(fake, FRAME_FEED);
    struct put *put = open_put(fake, &settled, 4, 200);
    add(put, "a", 1);
    put_turn(put, 0, NULL);
    assert_true(fake_hears(fake, "PUT", 2000));
    fake_stop(fake);
    for (int i = 0; i < 50; i++)
        put_turn(put, 10, NULL);
    fake_start(fake, FRAME_FEED);
    for (int i = 0; i < 400 && !fake_hears(fake, "PUT", 0); i++)
        put_turn(put, 10, NULL);
    assert_str(id_of(fake, 0), "a");
    answer_put(fake, (int[]){STATUS_REJECTED}, 1, 0);
    settle_all(put);
    assert_int_equal(settled.count, 1);
    assert_int_equal(settled.status[0], STATUS_REJECTED);
    put_close(&put);
    fake_stop(fake);
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
    fake_start(fake, FRAME_FEED);
    struct put *put = open_put(fake, &settled, 2, 0);
    add(put, "a", 1);
    put_turn(put, 0, NULL);
    assert_true(fake_hears(fake, "PUT", 2000));
    fake_say(fake, "ERROR", fake_pack(fake, &message_error_table, &error), STR_NONE,
             STR_NONE);
    assert_int_equal(put_turn(put, 2000, &err), ERR_VERSION);
    assert_has(err.text, "it speaks 2");
    put_close(&put);
    fake_stop(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(what_was_busy_is_put_again_after_a_while_and_in_order),
        FAKE_TEST(what_stays_unanswered_is_put_again_with_the_same_ids),
        FAKE_TEST(puts_survive_a_broker_that_comes_back),
        FAKE_TEST(the_window_bounds_what_is_taken),
        FAKE_TEST(an_error_of_the_broker_ends_the_conversation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
