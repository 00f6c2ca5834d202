#include "tests/support/check.h"

#include "broker/budget.h"

#include <fcntl.h>
#include <unistd.h>

static void the_door_shuts_before_the_end_and_opens_with_room(void **state)
{
    struct budget b;
    (void)state;
    budget_open(&b, 700);
    assert_int_equal(budget_judge(&b, 540), BUDGET_SAME);
    assert_int_equal(budget_judge(&b, 541), BUDGET_SHUT);
    assert_int_equal(budget_judge(&b, 690), BUDGET_SAME);
    assert_int_equal(budget_judge(&b, 380), BUDGET_SAME);
    assert_int_equal(b.metrics.shut.value, 1);
    assert_int_equal(budget_judge(&b, 379), BUDGET_OPEN);
    assert_int_equal(budget_judge(&b, 379), BUDGET_SAME);
    assert_int_equal(b.metrics.shuts.value, 1);
    budget_close(&b);
}

static void open_descriptors_are_counted_without_opening_one(void **state)
{
    struct budget b;
    (void)state;
    budget_open(&b, 100000);
    budget_look(&b, 0);
    uint64_t before = b.metrics.open_fds.value;
    int fd = open("/dev/null", O_RDONLY);
    budget_look(&b, 1);
    assert_int_equal(b.metrics.open_fds.value, before); /* not yet time */
    budget_look(&b, BUDGET_LOOK_MS);
    assert_int_equal(b.metrics.open_fds.value, before + 1);
    close(fd);
    budget_close(&b);
}

static void the_limit_of_the_process_counts_if_it_is_lower(void **state)
{
    struct budget b;
    (void)state;
    budget_open(&b, UINT64_MAX);
    assert_true(b.metrics.limit_fds.value < UINT64_MAX);
    budget_close(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_door_shuts_before_the_end_and_opens_with_room),
        cmocka_unit_test(open_descriptors_are_counted_without_opening_one),
        cmocka_unit_test(the_limit_of_the_process_counts_if_it_is_lower),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
