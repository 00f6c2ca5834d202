#include "tests/unit/fake_broker.h"

#include "proto/client/tail.h"

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
    struct message_next head = {.next = next};
    char entry[2][8] = {"\x91\x81\xa3seq", "\x91\x81\xa3seq"};
    entry[0][6] = (char)first;
    entry[1][6] = (char)second;
    fake_say(fake, "FACT", fake_pack(fake, &message_next_table, &head),
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
    fake_start(fake, FRAME_TAIL);
    struct tail *tail = open_tail(fake, TAIL_FIRST, "me");
    assert_true(fake_hears(fake, "FROM", 2000));
    struct message_from from = from_of(fake);
    assert_str(from.from_raw, "\xa5"
                              "first");
    assert_str(from.kinds.item[0], "quantity");
    assert_int_equal(from.credit, 4);
    assert_false(tail_connected(tail));
    fake_say_hello(fake, 3000, 9);
    say_facts(fake, 8, 2, 5);
    expect_entry(tail, 2, 3);
    assert_true(tail_connected(tail));
    expect_entry(tail, 5, 8); /* 6 and 7 were filtered away */
    say_facts(fake, 12, 0, 0);
    assert_int_equal(tail_next(tail, 2000, &item, &err), 1);
    assert_int_equal(item.what, TAIL_MOVED);
    assert_int_equal(item.next, 12);
    assert_true(fake_hears(fake, "CREDIT", 2000));
    struct message_gap gap = {.from = 12, .to = 15, .reason = STR("trimmed")};
    fake_say(fake, "GAP", fake_pack(fake, &message_gap_table, &gap), STR_NONE, STR_NONE);
    assert_int_equal(tail_next(tail, 2000, &item, &err), 1);
    assert_int_equal(item.what, TAIL_GAP);
    assert_int_equal(item.gap_from, 12);
    assert_int_equal(item.gap_to, 15);
    assert_str(item.reason, "trimmed");
    struct message_next live = {.next = 15};
    fake_say(fake, "LIVE", fake_pack(fake, &message_next_table, &live), STR_NONE,
             STR_NONE);
    assert_int_equal(tail_next(tail, 2000, &item, &err), 1);
    assert_int_equal(item.what, TAIL_LIVE);
    assert_int_equal(item.next, 15);
    assert_ok(tail_confirm(tail, 15, &err), &err);
    assert_true(fake_hears(fake, "CONFIRM", 2000));
    assert_int_equal(tail_next(tail, 0, &item, &err), 0);
    tail_close(&tail);
    assert_true(fake_hears(fake, "BYE", 2000));
    fake_stop(fake);
}

static void after_a_restart_nothing_is_missed_and_nothing_comes_twice(void **state)
{
    struct fake *fake = *state;
    struct tail_item item;
    struct err err = {0};
    fake_start(fake, FRAME_TAIL);
    struct tail *tail = open_tail(fake, 2, NULL);
    assert_true(fake_hears(fake, "FROM", 2000));
    assert_str(from_of(fake).from_raw, "\x02");
    fake_say_hello(fake, 300, 9);
    say_facts(fake, 4, 2, 3);
    expect_entry(tail, 2, 3); /* 3 has come but is not given out yet */
    fake_stop(fake);
    fake_start(fake, FRAME_TAIL);
    bool again = false;
    for (int i = 0; i < 300 && !again; i++) {
        int rc = tail_next(tail, 10, &item, &err);
        assert_true(rc >= 0);
        if (rc == 1) { /* given out before the silence was noticed */
            assert_int_equal(item.entry.ptr[6], 3);
            assert_int_equal(item.next, 4);
        }
        again = fake_hears(fake, "FROM", 0);
    }
    assert_true(again);
    assert_str(from_of(fake).from_raw, "\x04");
    fake_say_hello(fake, 3000, 9);
    say_facts(fake, 5, 3, 4); /* a broker that begins too early */
    expect_entry(tail, 4, 5);
    assert_int_equal(tail_confirm(tail, 5, &err), ERR_STATE);
    tail_close(&tail);
    fake_stop(fake);
}

static void new_keeps_its_place_when_the_broker_restarts(void **state)
{
    struct fake *fake = *state;
    struct tail_item item;
    struct err err = {0};
    struct message_error error = {STR("usage"), STR("no FROM yet")};
    fake_start(fake, FRAME_TAIL);
    struct tail *tail = open_tail(fake, TAIL_NEW, NULL);
    assert_true(fake_hears(fake, "FROM", 2000));
    assert_str(from_of(fake).from_raw, "\xa3new");
    fake_say_hello(fake, 3000, 9);
    assert_int_equal(tail_next(tail, 100, &item, &err), 0);
    fake_say(fake, "ERROR", fake_pack(fake, &message_error_table, &error), STR_NONE,
             STR_NONE);
    assert_int_equal(tail_next(tail, 100, &item, &err), 0);
    assert_true(fake_hears(fake, "FROM", 2000));
    assert_str(from_of(fake).from_raw, "\x0a");
    fake_say(fake, "ERROR", fake_pack(fake, &message_error_table, &error), STR_NONE,
             STR_NONE);
    assert_int_equal(tail_next(tail, 2000, &item, &err), ERR_USAGE);
    tail_close(&tail);
    fake_stop(fake);
}

static void what_another_run_of_the_broker_said_is_passed_over(void **state)
{
    struct fake *fake = *state;
    struct tail_item item;
    struct message_next head = {.next = 9, .broker = STR("first run")}, confirm;
    struct message_error error = {STR("stale"), STR("meant for another run")};
    struct err err = {0};
    fake_start(fake, FRAME_TAIL);
    struct tail *tail = open_tail(fake, 2, "me");
    assert_true(fake_hears(fake, "FROM", 2000));
    fake_say_hello_of(fake, "second run", 3000, 9);
    fake_say(fake, "FACT", fake_pack(fake, &message_next_table, &head), STR_NONE,
             STR_NONE);
    assert_int_equal(tail_next(tail, 200, &item, &err), 0);
    assert_ok(tail_confirm(tail, 2, &err), &err);
    assert_true(fake_hears(fake, "CONFIRM", 2000));
    assert_ok(record_decode(&message_next_table, frames_get(&fake->in, 2), &fake->arena,
                            &confirm, &err),
              &err);
    assert_str(confirm.broker, "second run");
    /* It is another by now: begin with that one. */
    fake_say(fake, "ERROR", fake_pack(fake, &message_error_table, &error), STR_NONE,
             STR_NONE);
    assert_int_equal(tail_next(tail, 200, &item, &err), 0);
    assert_true(fake_hears(fake, "FROM", 2000));
    assert_str(from_of(fake).from_raw, "\x02");
    tail_close(&tail);
    fake_stop(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(entries_come_with_the_position_to_resume_from),
        FAKE_TEST(after_a_restart_nothing_is_missed_and_nothing_comes_twice),
        FAKE_TEST(new_keeps_its_place_when_the_broker_restarts),
        FAKE_TEST(what_another_run_of_the_broker_said_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
