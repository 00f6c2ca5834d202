#include "tests/support/check.h"

#include "proto/base/tally.h"

#include <stdio.h>

static bool say(struct tally *tally, const char *text, uint64_t now_ms,
                uint64_t *suppressed_out)
{
    return tally_admit(tally, 2, "m", text, now_ms, suppressed_out);
}

static void the_next_time_tells_what_the_last_one_kept(void **state)
{
    (void)state;
    struct tally tally = {.lines = 2, .per_ms = 100};
    uint64_t suppressed;
    assert_true(say(&tally, "a", 1000, &suppressed));
    assert_true(say(&tally, "a", 1010, &suppressed));
    for (uint64_t i = 0; i < 50; i++)
        assert_false(say(&tally, "a", 1020 + i, &suppressed));
    assert_true(say(&tally, "b", 1050, &suppressed)); /* another message is another's */
    assert_true(say(&tally, "a", 1100, &suppressed));
    assert_int_equal(suppressed, 50);
    assert_true(say(&tally, "a", 1101, &suppressed));
    assert_int_equal(suppressed, 0);
}

static void what_never_comes_again_is_told_when_its_time_is_over(void **state)
{
    (void)state;
    struct tally tally = {.lines = 1, .per_ms = 100};
    struct tally_message due;
    uint64_t suppressed;
    for (int i = 0; i < 8; i++)
        say(&tally, "a", 1000, &suppressed);
    assert_int_equal(tally_due(&tally, 1099, false, &due), 0);
    assert_int_equal(tally_due(&tally, 1100, false, &due), 1);
    assert_string_equal(due.module, "m");
    assert_string_equal(due.text, "a");
    assert_int_equal(due.level, 2);
    assert_int_equal(due.suppressed, 7);
    assert_int_equal(tally_due(&tally, 5000, true, &due), 0);
}

static void more_messages_than_places_pass(void **state)
{
    (void)state;
    struct tally tally = {.lines = 1, .per_ms = 100};
    uint64_t suppressed;
    char text[16];
    for (int turn = 0; turn < 2; turn++)
        for (int i = 0; i < TALLY_MESSAGES; i++) {
            snprintf(text, sizeof text, "%d", i);
            assert_int_equal(say(&tally, text, 1000, &suppressed), turn == 0);
        }
    for (int i = 0; i < 3; i++)
        assert_true(say(&tally, "one more", 1000, &suppressed));
}

static void a_place_is_given_on_when_its_message_has_gone(void **state)
{
    (void)state;
    struct tally tally = {.lines = 1, .per_ms = 100};
    uint64_t suppressed;
    char text[16];
    for (int i = 0; i < 10 * TALLY_MESSAGES; i++) {
        snprintf(text, sizeof text, "%d", i);
        assert_true(say(&tally, text, 1000 + (uint64_t)i * 100, &suppressed));
        assert_false(say(&tally, text, 1000 + (uint64_t)i * 100, &suppressed));
        struct tally_message due;
        while (tally_due(&tally, 1000 + (uint64_t)i * 100, true, &due))
            assert_int_equal(due.suppressed, 1);
    }
}

static void without_a_limit_all_passes(void **state)
{
    (void)state;
    struct tally tally = {0};
    uint64_t suppressed;
    for (int i = 0; i < 100; i++)
        assert_true(say(&tally, "a", 1000, &suppressed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_time_tells_what_the_last_one_kept),
        cmocka_unit_test(what_never_comes_again_is_told_when_its_time_is_over),
        cmocka_unit_test(more_messages_than_places_pass),
        cmocka_unit_test(a_place_is_given_on_when_its_message_has_gone),
        cmocka_unit_test(without_a_limit_all_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
