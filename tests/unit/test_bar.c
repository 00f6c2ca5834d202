#include "tests/support/check.h"

#include "worker/feed/bar.h"

#include <stdio.h>

static char said[300];

static const char *line(uint64_t done, uint64_t total, uint64_t ms, size_t columns)
{
    struct buf out = {0};
    bar_line(&out, STR("7 stored"), done, total, ms, columns);
    snprintf(said, sizeof said, "%s", buf_cstr(&out));
    buf_fini(&out);
    return said;
}

static void it_tells_share_rate_and_time_left(void **state)
{
    (void)state;
    assert_string_equal(
        line(250000000, 1000000000, 10000, 100),
        "7 stored  25 %  [######..................]  25.0 MB/s  0:30 left");
    assert_has(line(1000000, 100000000000, 1000, 100), "  1.0 MB/s  1 d 3 h left");
    assert_has(line(1000000, 4000000000, 1000, 100), "  1:06:39 left");
    assert_has(line(1000, 1000, 1000, 100), "100 %  [########################]");
}

static void without_a_total_there_is_no_bar(void **state)
{
    (void)state;
    assert_string_equal(line(2000000, 0, 1000, 100), "7 stored  2.0 MB/s");
    assert_string_equal(line(0, 100, 0, 100),
                        "7 stored  0 %  [........................]  0.0 MB/s");
}

static void it_is_never_wider_than_the_terminal(void **state)
{
    (void)state;
    for (size_t columns = 0; columns < 120; columns++)
        assert_true(strlen(line(12345678, 99999999, 4321, columns)) <= columns);
    assert_has(line(1, 100, 1000, 40), "left");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_tells_share_rate_and_time_left),
        cmocka_unit_test(without_a_total_there_is_no_bar),
        cmocka_unit_test(it_is_never_wider_than_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
