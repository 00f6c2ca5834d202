#include "tests/support/check.h"

#include "proto/base/ring.h"

static void first_in_is_first_out_across_the_seam(void **state)
{
    (void)state;
    struct ring ring;
    uint64_t put = 0, got = 0, value;
    ring_init(&ring, 5);
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 3; i++)
            assert_true(ring_push(&ring, put++));
        for (int i = 0; i < 3; i++) {
            assert_true(ring_pop(&ring, &value));
            assert_true(value == got++);
        }
    }
    ring_fini(&ring);
}

static void a_full_ring_refuses_and_an_empty_one_has_nothing(void **state)
{
    (void)state;
    struct ring ring;
    uint64_t value = 9;
    ring_init(&ring, 2);
    assert_false(ring_pop(&ring, &value));
    assert_true(ring_push(&ring, 1) && ring_push(&ring, 2));
    assert_false(ring_push(&ring, 3));
    assert_true(ring_pop(&ring, &value));
    assert_int_equal(value, 1);
    ring_fini(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_in_is_first_out_across_the_seam),
        cmocka_unit_test(a_full_ring_refuses_and_an_empty_one_has_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
