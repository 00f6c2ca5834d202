#include "tests/support/check.h"

#include "deploy/version.h"

static void versions_are_compared_number_by_number(void **state)
{
    (void)state;
    assert_true(version_is_least("4.3.4", "4.3.4"));
    assert_true(version_is_least("4.3.10", "4.3.4"));
    assert_true(version_is_least("5", "4.3.4"));
    assert_true(version_is_least("2.14", "2.14"));
    assert_true(version_is_least("2.14.1", "2.14"));
    assert_true(version_is_least("2.0", "2"));
    assert_false(version_is_least("4.3.3", "4.3.4"));
    assert_false(version_is_least("4.3", "4.3.4"));
    assert_false(version_is_least("0.9.9", "0.9.24"));
    assert_false(version_is_least("", "1"));
}

static void what_this_machine_has_will_do_and_is_named(void **state)
{
    (void)state;
    struct err err = {0};
    struct buf out = {0};
    assert_ok(version_check(&err), &err);
    version_print(&out);
    assert_has(buf_cstr(&out), "warta " WARTA_VERSION "\nlibzmq 4.");
    assert_has(buf_cstr(&out), "\nlmdb 0.9.");
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_compared_number_by_number),
        cmocka_unit_test(what_this_machine_has_will_do_and_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
