#include "tests/support/check.h"

#include "broker/quota.h"

static uint64_t take(struct quota *quota, const char *name, uint64_t count,
                     uint64_t now_ms)
{
    uint64_t retry_ms;
    uint64_t taken = quota_take(quota, str_of(name), 10, count, now_ms, &retry_ms);
    assert_int_equal(taken == count, retry_ms == 0);
    return taken;
}

static void a_bucket_begins_with_a_second_s_worth(void **state)
{
    (void)state;
    struct quota *quota = quota_new();
    assert_int_equal(take(quota, "a", 7, 1000), 7);
    assert_int_equal(take(quota, "a", 7, 1000), 3);
    assert_int_equal(take(quota, "a", 7, 1000), 0);
    assert_int_equal(take(quota, "b", 7, 1000), 7);
    quota_clear(quota);
    assert_int_equal(take(quota, "a", 10, 1000), 10);
    quota_free(&quota);
    quota_free(&quota);
}

static void it_fills_with_time_to_no_more_than_a_second_s_worth(void **state)
{
    (void)state;
    struct quota *quota = quota_new();
    assert_int_equal(take(quota, "a", 10, 1000), 10);
    assert_int_equal(take(quota, "a", 1, 1099), 0);
    assert_int_equal(take(quota, "a", 1, 1100), 1);
    assert_int_equal(take(quota, "a", 100, 1000000), 10);
    assert_int_equal(take(quota, "a", 1, 1000000), 0);
    quota_free(&quota);
}

static void over_a_long_time_the_rate_is_what_was_asked_for(void **state)
{
    (void)state;
    struct quota *quota = quota_new();
    uint64_t taken = 0;
    for (uint64_t now_ms = 0; now_ms < 100000; now_ms += 3)
        taken += take(quota, "a", 2, now_ms);
    assert_in_range(taken, 1000, 1010);
    quota_free(&quota);
}

static void who_comes_back_when_told_is_let_through(void **state)
{
    (void)state;
    struct quota *quota = quota_new();
    uint64_t retry_ms, now_ms = 5;
    assert_int_equal(quota_take(quota, STR("a"), 3, 3, now_ms, &retry_ms), 3);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(quota_take(quota, STR("a"), 3, 1, now_ms, &retry_ms), 0);
        assert_in_range(retry_ms, 1, 1001);
        now_ms += retry_ms;
        assert_int_equal(quota_take(quota, STR("a"), 3, 1, now_ms, &retry_ms), 1);
    }
    quota_free(&quota);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_begins_with_a_second_s_worth),
        cmocka_unit_test(it_fills_with_time_to_no_more_than_a_second_s_worth),
        cmocka_unit_test(over_a_long_time_the_rate_is_what_was_asked_for),
        cmocka_unit_test(who_comes_back_when_told_is_let_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
