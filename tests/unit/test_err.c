#include "tests/support/check.h"

#include <errno.h>

static void set_returns_its_code_and_keeps_the_text(void **state)
{
    (void)state;
    struct err err = {0};
    assert_int_equal(err_set(&err, ERR_LIMIT, "%d bytes", 7), ERR_LIMIT);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_string_equal(err.text, "7 bytes");
}

static void a_null_err_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(err_set(NULL, ERR_FIELD, "x"), ERR_FIELD);
    errno = ENOSPC;
    assert_int_equal(err_system(NULL, "x"), ERR_NOSPACE);
    assert_true(err_prefix(NULL, "x") < 0);
}

static void system_errors_tell_a_full_device_from_others(void **state)
{
    (void)state;
    struct err err = {0};
    errno = ENOENT;
    assert_int_equal(err_system(&err, "open %s", "f"), ERR_SYSTEM);
    assert_string_equal(err.text, "open f: No such file or directory");
    errno = ENOSPC;
    assert_int_equal(err_system(&err, "write"), ERR_NOSPACE);
    errno = EDQUOT;
    assert_int_equal(err_system(&err, "write"), ERR_NOSPACE);
}

static void prefixes_stack_in_front(void **state)
{
    (void)state;
    struct err err = {0};
    err_set(&err, ERR_CORRUPT, "checksum");
    assert_int_equal(err_prefix(&err, "entry %d", 3), ERR_CORRUPT);
    err_prefix(&err, "journal");
    assert_string_equal(err.text, "journal: entry 3: checksum");
}

static void long_text_is_cut_and_ended(void **state)
{
    (void)state;
    struct err err;
    err_set(&err, ERR_FORMAT, "%0400d", 1);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    err_prefix(&err, "%0310d", 2);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    errno = ENOENT;
    err_system(&err, "%0318d", 2);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void a_newline_cannot_get_into_the_text(void **state)
{
    (void)state;
    struct err err;
    err_set(&err, ERR_FORMAT, "a\nb\tc");
    assert_string_equal(err.text, "a b c");
}

static void what_strangers_sent_is_shown_as_plain_utf8(void **state)
{
    (void)state;
    struct err err;
    err_set(&err, ERR_FORMAT, "%s", "a\x1b[2J\x7f\xc2\x9b\xe2\x80\xa8|\xff\xc3\xa9\xc3");
    assert_string_equal(err.text, "a [2J      |?\xc3\xa9?");
    err_set(&err, ERR_FORMAT, "%0318d\xc3\xa9", 2); /* cut in the middle of the last */
    assert_int_equal(err.text[318], '?');
}

static void every_code_is_negative_and_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int code = -1; code > -ERR_COUNT; code--) {
        assert_string_not_equal(err_name(code), "unknown");
        for (int other = -1; other > code; other--)
            assert_string_not_equal(err_name(code), err_name(other));
    }
    assert_string_equal(err_name(ERR_LIMIT), "limit");
    assert_string_equal(err_name(-ERR_COUNT), "unknown");
    assert_string_equal(err_meaning(ERR_STALE), "the lease or session is over");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_returns_its_code_and_keeps_the_text),
        cmocka_unit_test(a_null_err_is_allowed),
        cmocka_unit_test(system_errors_tell_a_full_device_from_others),
        cmocka_unit_test(prefixes_stack_in_front),
        cmocka_unit_test(long_text_is_cut_and_ended),
        cmocka_unit_test(a_newline_cannot_get_into_the_text),
        cmocka_unit_test(what_strangers_sent_is_shown_as_plain_utf8),
        cmocka_unit_test(every_code_is_negative_and_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
