#include "tests/support/check.h"

#include "proto/base/clock.h"
#include "proto/base/random.h"

static void a_seed_gives_the_published_sequence(void **state)
{
    (void)state;
    /* What the reference code gives first for the state 1, 2, 3, 4. */
    static const uint64_t want[] = {11520,
                                    0,
                                    1509978240u,
                                    1215971899390074240u,
                                    1216172134540287360u,
                                    607988272756665600u,
                                    16172922978634559625u,
                                    8476171486693032832u};
    struct random random = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_true(random_next(&random) == want[i]);
    random_seed(&random, 0); /* splitmix64's first output for 0 */
    assert_true(random.state[0] == 0xe220a8397b1dcdafu);
}

static void below_stays_below_and_reaches_all(void **state)
{
    (void)state;
    struct random random;
    int met[10] = {0};
    random_seed(&random, 3);
    for (int i = 0; i < 10000; i++)
        met[random_below(&random, 10)]++;
    for (int i = 0; i < 10; i++)
        assert_in_range(met[i], 850, 1150);
    assert_true(random_below(&random, 1) == 0);
}

static void below_is_even_for_large_bounds(void **state)
{
    (void)state;
    const uint64_t bound = (uint64_t)3
                           << 62; /* a plain remainder doubles its low third */
    struct random random;
    int low = 0;
    random_seed(&random, 5);
    for (int i = 0; i < 9000; i++)
        low += random_below(&random, bound) < bound / 3;
    assert_in_range(low, 2800, 3200);
}

static void unit_is_from_zero_to_below_one(void **state)
{
    (void)state;
    struct random random;
    double sum = 0;
    random_seed(&random, 4);
    for (int i = 0; i < 10000; i++) {
        double u = random_unit(&random);
        assert_true(u >= 0 && u < 1);
        sum += u;
    }
    assert_true(sum > 4800 && sum < 5200);
}

static void secrets_differ_and_fill_all_bytes(void **state)
{
    (void)state;
    unsigned char a[1000] = {0}, b[1000] = {0};
    random_secret(a, sizeof a);
    random_secret(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a + 984, b + 984, 16);
}

static void stamps_are_rfc3339_in_utc(void **state)
{
    (void)state;
    char text[32];
    clock_rfc3339(1718758923004u, text);
    assert_string_equal(text, "2024-06-19T01:02:03.004Z");
    clock_rfc3339(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    clock_rfc3339(UINT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
}

static void monotonic_time_does_not_go_back(void **state)
{
    (void)state;
    uint64_t before = clock_now_ns();
    assert_true(clock_now_ns() >= before);
    assert_true(clock_now_ms() >= before / 1000000);
    assert_true(clock_wall_ms() > 1700000000000u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_gives_the_published_sequence),
        cmocka_unit_test(below_stays_below_and_reaches_all),
        cmocka_unit_test(below_is_even_for_large_bounds),
        cmocka_unit_test(unit_is_from_zero_to_below_one),
        cmocka_unit_test(secrets_differ_and_fill_all_bytes),
        cmocka_unit_test(stamps_are_rfc3339_in_utc),
        cmocka_unit_test(monotonic_time_does_not_go_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
