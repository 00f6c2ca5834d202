#include "tests/support/check.h"

#include "worker/feed/schedule.h"

#define SECOND ((uint64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static const struct schedule_rule rule = {2 * MINUTE, 10 * MINUTE, 2 * HOUR};

static uint64_t next(struct schedule *s, enum schedule_outcome outcome, uint64_t asked_ms)
{
    struct random random;
    random_seed(&random, 7);
    return schedule_next(&rule, s, outcome, asked_ms, &random);
}

static void assert_about(uint64_t ms, uint64_t want)
{
    assert_in_range(ms, want - want / 10, want + want / 10);
}

static void the_time_follows_the_feed(void **state)
{
    struct schedule s = {0};
    (void)state;
    assert_about(next(&s, OUTCOME_SAME, 0), 750 * SECOND);
    for (int i = 0; i < 30; i++)
        next(&s, OUTCOME_SAME, 0);
    assert_int_equal(s.interval_ms, rule.most_ms);
    assert_about(next(&s, OUTCOME_NEW, 0), 90 * MINUTE);
    for (int i = 0; i < 30; i++)
        next(&s, OUTCOME_NEW, 0);
    assert_int_equal(s.interval_ms, rule.least_ms);
}

static void errors_double_it_up_to_a_day_and_are_forgotten(void **state)
{
    struct schedule s = {0};
    uint64_t before = 0;
    (void)state;
    for (int i = 0; i < 5; i++) {
        uint64_t now = next(&s, OUTCOME_ERROR, 0);
        assert_true(now > before + before / 2);
        before = now;
    }
    for (int i = 0; i < 100; i++)
        before = next(&s, OUTCOME_ERROR, 0);
    assert_about(before, DAY);
    assert_about(next(&s, OUTCOME_SAME, 0), 750 * SECOND);
    assert_int_equal(s.errors, 0);
}

static void what_the_server_asks_for_is_kept_up_to_a_day(void **state)
{
    struct schedule s = {0};
    (void)state;
    assert_in_range(next(&s, OUTCOME_TOLD_WAIT, 3 * HOUR), 3 * HOUR,
                    3 * HOUR + 20 * MINUTE);
    assert_in_range(next(&s, OUTCOME_SAME, UINT64_MAX), DAY, DAY + 3 * HOUR);
    assert_about(next(&s, OUTCOME_NEW, 1), 562 * SECOND);
    assert_int_equal(s.errors, 0);
}

static void chance_keeps_feeds_apart(void **state)
{
    struct random random;
    uint64_t least = UINT64_MAX, most = 0;
    (void)state;
    random_seed(&random, 1);
    for (int i = 0; i < 1000; i++) {
        struct schedule s = {.interval_ms = HOUR};
        uint64_t ms = schedule_next(&rule, &s, OUTCOME_TOLD_WAIT, 0, &random);
        least = ms < least ? ms : least;
        most = ms > most ? ms : most;
    }
    assert_in_range(least, HOUR * 9 / 10, HOUR * 92 / 100);
    assert_in_range(most, HOUR * 108 / 100, HOUR * 11 / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_time_follows_the_feed),
        cmocka_unit_test(errors_double_it_up_to_a_day_and_are_forgotten),
        cmocka_unit_test(what_the_server_asks_for_is_kept_up_to_a_day),
        cmocka_unit_test(chance_keeps_feeds_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
