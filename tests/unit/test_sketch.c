#include "tests/support/check.h"

#include "proto/base/random.h"
#include "proto/wire/sketch.h"

static struct sketch of(const uint32_t *value, size_t count)
{
    struct sketch s = {0};
    for (size_t i = 0; i < count; i++)
        sketch_add(&s, value[i]);
    return s;
}

static void the_smallest_values_stay_in_order_and_once(void **state)
{
    (void)state;
    struct sketch s = {0};
    for (uint32_t i = 0; i < 1000; i++)
        sketch_add(&s, (i * 7919) % 500); /* each of 0 to 499 twice */
    assert_int_equal(s.count, SKETCH_VALUES);
    for (uint32_t i = 0; i < SKETCH_VALUES; i++)
        assert_int_equal(s.value[i], i);
    assert_false(sketch_wants(&s, SKETCH_VALUES));
    assert_true(sketch_wants(&s, 5));
}

static void bytes_are_read_back_and_wrong_ones_are_refused(void **state)
{
    (void)state;
    char bytes[SKETCH_BYTES];
    struct sketch s = of((uint32_t[]){9, 0xfedcba98, 1}, 3), again;
    assert_int_equal(sketch_encode(&s, bytes), 12);
    assert_memory_equal(bytes, "\0\0\0\1\0\0\0\x09\xfe\xdc\xba\x98", 12);
    assert_true(sketch_decode(str_make(bytes, 12), &again));
    assert_memory_equal(&s, &again, sizeof s);
    assert_true(sketch_decode(STR_NONE, &again));
    assert_false(sketch_decode(str_make(bytes, 11), &again));
    assert_false(sketch_decode(STR("\0\0\0\2\0\0\0\1"), &again));
    assert_false(sketch_decode(STR("\0\0\0\1\0\0\0\1"), &again));
    char longer[SKETCH_BYTES + 4] = {0};
    assert_false(sketch_decode(str_make(longer, sizeof longer), &again));
}

static void too_little_tells_nothing(void **state)
{
    (void)state;
    struct sketch few = of((uint32_t[]){1, 2, 3, 4}, 4);
    assert_int_equal(sketch_share(&few, &few), -1);
    struct sketch more = of((uint32_t[]){1, 2, 3, 4, 5}, 5);
    assert_int_equal(sketch_share(&more, &more), 100);
    assert_int_equal(sketch_share(&more, &few), 80);
}

/* Texts of random runs: `both` of them in both, the rest in one. */
static void the_share_is_about_what_stands_in_the_other(void **state)
{
    (void)state;
    static const struct {
        int mine, both, other;
    } texts[] = {{0, 300, 0},   {100, 200, 100}, {200, 100, 200}, {300, 0, 300},
                 {0, 100, 300}, {0, 300, 300},   {300, 300, 0},   {270, 30, 270}};
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        int want = 100 * texts[t].both / (texts[t].mine + texts[t].both);
        long sum = 0, rounds = 200;
        struct random random;
        random_seed(&random, t);
        for (long round = 0; round < rounds; round++) {
            struct sketch mine = {0}, other = {0};
            for (int i = 0; i < texts[t].both; i++) {
                uint32_t value = (uint32_t)random_next(&random);
                sketch_add(&mine, value);
                sketch_add(&other, value);
            }
            for (int i = 0; i < texts[t].mine; i++)
                sketch_add(&mine, (uint32_t)random_next(&random));
            for (int i = 0; i < texts[t].other; i++)
                sketch_add(&other, (uint32_t)random_next(&random));
            int share = sketch_share(&mine, &other);
            sum += share < 0 ? want : share;
            assert_true(share < 0 || (share > want - 60 && share < want + 60));
        }
        assert_true(sum / rounds > want - 4 && sum / rounds < want + 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_values_stay_in_order_and_once),
        cmocka_unit_test(bytes_are_read_back_and_wrong_ones_are_refused),
        cmocka_unit_test(too_little_tells_nothing),
        cmocka_unit_test(the_share_is_about_what_stands_in_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
