#include "tests/support/check.h"

#include "proto/base/diag.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static char last[8192];
static int lines;

static void keep(enum diag_level level, struct str line, void *context)
{
    (void)level;
    (void)context;
    snprintf(last, sizeof last, "%.*s", STR_ARG(line));
    lines++;
}

static int begin(void **state)
{
    (void)state;
    lines = 0;
    last[0] = '\0';
    diag_set_level(DIAG_INFO);
    diag_hook(keep, NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    diag_hook(NULL, NULL);
    diag_set_level(DIAG_INFO);
    diag_limit(0, 0);
    return 0;
}

static void a_line_has_level_module_message_and_pairs(void **state)
{
    (void)state;
    diag(DIAG_WARN, "dispatch", "lease expired", "seq", diag_u64(17), "why", "too late",
         "none", (const char *)NULL, NULL);
    assert_string_equal(last, "level=warn mod=dispatch msg=\"lease expired\" seq=17 "
                              "why=\"too late\" none=-");
}

static void no_value_can_forge_a_line(void **state)
{
    (void)state;
    diag(DIAG_ERROR, "x", "m", "v",
         "a\nlevel=warn \"q\" \\ \x1b[0m\x7f \xc2\x85 \xe2\x80\xa8 \xff", NULL);
    assert_string_equal(last,
                        "level=error mod=x msg=\"m\" v=\"a\\x0alevel=warn \\\"q\\\" "
                        "\\\\ \\x1b[0m\\x7f \\xc2\\x85 \\xe2\\x80\\xa8 \\xff\"");
}

static void values_are_cut_between_characters(void **state)
{
    (void)state;
    char value[400];
    memset(value, 'a', sizeof value);
    memcpy(value + 199, "\xc3\xa9", 2); /* stands across the cut */
    value[399] = '\0';
    diag(DIAG_INFO, "x", "m", "v", value, NULL);
    assert_has(last, "a...\"");
    assert_int_equal(strlen(last), strlen("level=info mod=x msg=\"m\" v=\"...\"") + 199);
}

static void too_many_pairs_leave_whole_ones(void **state)
{
    (void)state;
    char v[200];
    memset(v, '\x01', sizeof v);
    v[199] = '\0';
    diag(DIAG_INFO, "x", "m", "a", v, "b", v, "c", v, "d", v, "e", v, "f", v, "end", "1",
         NULL);
    assert_true(strlen(last) < 4096);
    assert_has(last, " end=1");
    assert_null(strstr(last, " f="));
}

static void levels_below_the_least_are_silent(void **state)
{
    (void)state;
    diag(DIAG_DEBUG, "x", "m", NULL);
    assert_int_equal(lines, 0);
    diag_set_level(DIAG_DEBUG);
    diag(DIAG_DEBUG, "x", "m", NULL);
    assert_int_equal(lines, 1);
    assert_int_equal(diag_level_of("warn"), DIAG_WARN);
    assert_int_equal(diag_level_of("loud"), -1);
}

static void errno_is_told_and_kept(void **state)
{
    (void)state;
    errno = ENOENT;
    diag_errno(DIAG_WARN, "x", "open", "path", "/a b", NULL);
    assert_string_equal(last, "level=warn mod=x msg=\"open\" path=\"/a b\" "
                              "error=\"No such file or directory\"");
    assert_int_equal(errno, ENOENT);
}

static void sixteen_texts_live_at_a_time(void **state)
{
    (void)state;
    const char *text[16];
    for (uint64_t i = 0; i < 16; i++)
        text[i] = diag_u64(i);
    for (int i = 0; i < 16; i++)
        assert_int_equal(atoi(text[i]), i);
    assert_string_equal(diag_str(STR("a\0b")), "a?b");
    assert_string_equal(diag_str(STR_NONE), "-");
}

static void expected_warnings_pass_the_capture(void **state)
{
    (void)state;
    check_diag_begin();
    diag(DIAG_INFO, "x", "only talk", NULL);
    diag(DIAG_WARN, "x", "disk is full", NULL);
    check_diag_expect("disk is full");
    check_diag_end();
}

static void what_repeats_is_counted_and_told(void **state)
{
    (void)state;
    diag_limit(3, 3600 * 1000);
    for (int i = 0; i < 100; i++)
        diag(DIAG_WARN, "x", "a peer does it again", "n", diag_u64((uint64_t)i), NULL);
    assert_int_equal(lines, 3);
    diag_settle(false); /* its hour is not over */
    assert_int_equal(lines, 3);
    diag(DIAG_INFO, "x", "something else", NULL);
    assert_int_equal(lines, 4);
    diag_settle(true);
    assert_string_equal(last,
                        "level=warn mod=x msg=\"a peer does it again\" suppressed=97");
    diag_settle(true);
    assert_int_equal(lines, 5);
}

static void without_a_limit_every_line_is_said(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++)
        diag(DIAG_WARN, "x", "line is not JSON", NULL);
    diag_settle(true);
    assert_int_equal(lines, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_has_level_module_message_and_pairs, begin,
                                        end),
        cmocka_unit_test_setup_teardown(no_value_can_forge_a_line, begin, end),
        cmocka_unit_test_setup_teardown(values_are_cut_between_characters, begin, end),
        cmocka_unit_test_setup_teardown(too_many_pairs_leave_whole_ones, begin, end),
        cmocka_unit_test_setup_teardown(levels_below_the_least_are_silent, begin, end),
        cmocka_unit_test_setup_teardown(errno_is_told_and_kept, begin, end),
        cmocka_unit_test_setup_teardown(sixteen_texts_live_at_a_time, begin, end),
        cmocka_unit_test_setup_teardown(expected_warnings_pass_the_capture, begin, end),
        cmocka_unit_test_setup_teardown(what_repeats_is_counted_and_told, begin, end),
        cmocka_unit_test_setup_teardown(without_a_limit_every_line_is_said, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
