#include "tests/support/check.h"

#include "proto/base/utf8.h"

#include <stdio.h>

static void every_scalar_value_survives_both_ways(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
        if (cp >= 0xd800 && cp < 0xe000)
            continue;
        char bytes[4];
        uint32_t back;
        unsigned len = utf8_encode(cp, bytes);
        if (utf8_decode(bytes, bytes + len, &back) != len || back != cp)
            fail_msg("U+%04X", cp);
        for (unsigned cut = 1; cut < len; cut++)
            if (utf8_decode(bytes, bytes + cut, &back) != 0)
                fail_msg("U+%04X cut to %u bytes", cp, cut);
    }
}

static void forbidden_forms_are_bad_where_they_begin(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x9f\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\x80",
        "\xff",
        "\xc3",
        "\xe2\x82",
        "\xe2\x28\xa1",
        "\xf0\x9f\x98",
        "\xc3\x28",
        "\xf0\x9f\x28\x80",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[64];
        uint32_t cp;
        size_t len = (size_t)snprintf(text, sizeof text, "abcdefghij\xc3\xa9%s", bad[i]);
        assert_int_equal(utf8_bad_at(str_make(text, len)), 12);
        assert_int_equal(utf8_decode(text + 12, text + len, &cp), 0);
        assert_int_equal(cp, 0xfffd);
    }
}

static void good_text_of_any_length_has_no_bad_place(void **state)
{
    (void)state;
    const char *text =
        "Rp 5 triliun \xe2\x80\x9cya\xe2\x80\x9d, kata \xc3\xa9 \xf0\x9f\x98\x80.";
    assert_int_equal(utf8_bad_at(str_of(text)), strlen(text));
    for (size_t len = 0; len < 12; len++)
        assert_int_equal(utf8_bad_at(str_make(text, len)), len);
    assert_int_equal(utf8_bad_at(STR_NONE), 0);
}

static void classes_hold_in_and_out_of_ascii(void **state)
{
    (void)state;
    assert_true(utf8_is_upper('A') && utf8_is_upper(0xc9) && !utf8_is_upper('a'));
    assert_true(utf8_is_lower('z') && utf8_is_lower(0xe9) && !utf8_is_lower('Z'));
    assert_true(utf8_is_letter('q') && utf8_is_letter(0x4e2d) && utf8_is_letter(0x301));
    assert_false(utf8_is_letter('[') || utf8_is_letter('@') || utf8_is_letter('1'));
    assert_true(utf8_is_digit('0') && utf8_is_digit(0x0663) && !utf8_is_digit(0xbd));
    static const uint32_t space[] = {' ',    '\t',   '\n',   '\r',   0xa0,  0x2003,
                                     0x200b, 0x200d, 0x2028, 0x3000, 0xfeff};
    for (size_t i = 0; i < sizeof space / sizeof *space; i++)
        assert_true(utf8_is_space(space[i]));
    assert_false(utf8_is_space('a') || utf8_is_space(0x2010) || utf8_is_space(0));
}

static void lower_case_fits_its_room_for_every_character(void **state)
{
    (void)state;
    for (uint32_t cp = 1; cp <= 0x10ffff; cp++) {
        char in[4], out[12];
        if (cp >= 0xd800 && cp < 0xe000)
            continue;
        unsigned len = utf8_encode(cp, in);
        size_t put = utf8_lower_str(str_make(in, len), out);
        if (put > len * 2)
            fail_msg("U+%04X grows from %u to %zu bytes", cp, len, put);
    }
}

static void lower_case_leaves_bad_bytes_alone(void **state)
{
    (void)state;
    char out[64];
    size_t len = utf8_lower_str(STR("\xc3\x89"
                                    "BUDI\xff"
                                    "X"),
                                out);
    assert_str(str_make(out, len), "\xc3\xa9"
                                   "budi\xff"
                                   "x");
    assert_int_equal(utf8_upper(0xe9), 0xc9);
    assert_int_equal(utf8_upper('b'), 'B');
}

static void what_strangers_wrote_becomes_one_safe_line(void **state)
{
    (void)state;
    struct buf out = {0};
    utf8_add_safe(&out, STR("a b\n\tc\x1b[2J\x7f\xff\xc2\x9b\xe2\x80\xa8\xe2\x80\xae\xc3\xa9"),
                  '_');
    utf8_add_safe(&out, STR_NONE, '_');
    assert_str(buf_str(&out), "a_b__c?[2J?????\xc3\xa9");
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scalar_value_survives_both_ways),
        cmocka_unit_test(forbidden_forms_are_bad_where_they_begin),
        cmocka_unit_test(good_text_of_any_length_has_no_bad_place),
        cmocka_unit_test(classes_hold_in_and_out_of_ascii),
        cmocka_unit_test(what_strangers_wrote_becomes_one_safe_line),
        cmocka_unit_test(lower_case_fits_its_room_for_every_character),
        cmocka_unit_test(lower_case_leaves_bad_bytes_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
