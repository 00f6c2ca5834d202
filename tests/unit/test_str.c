#include "tests/support/check.h"

static void absent_and_empty_differ_but_compare_equal(void **state)
{
    (void)state;
    assert_null(str_of(NULL).ptr);
    assert_non_null(str_of("").ptr);
    assert_true(str_eq(STR_NONE, STR("")));
    assert_int_equal(str_cmp(STR_NONE, STR("")), 0);
}

static void order_is_by_bytes_then_shorter_first(void **state)
{
    (void)state;
    assert_true(str_cmp(STR("a"), STR("ab")) < 0);
    assert_true(str_cmp(STR("b"), STR("ab")) > 0);
    assert_true(str_cmp(STR("\xff"), STR("a")) > 0);
}

static void starts_and_ends_take_absent_strings(void **state)
{
    (void)state;
    assert_true(str_starts(STR_NONE, STR_NONE));
    assert_true(str_ends(STR("x"), STR_NONE));
    assert_true(str_starts(STR("menteri"), STR("men")));
    assert_true(str_ends(STR("menteri"), STR("eri")));
    assert_false(str_ends(STR("ri"), STR("eri")));
}

static void trim_takes_white_space_but_no_nul(void **state)
{
    (void)state;
    assert_str(str_trim(STR(" \t a b\r\n")), "a b");
    assert_int_equal(str_trim(STR("\0 ")).len, 1);
    assert_int_equal(str_trim(STR("   ")).len, 0);
}

static void split_yields_every_piece_also_empty_ones(void **state)
{
    (void)state;
    struct str rest = STR("a,,b,"), piece;
    const char *want[] = {"a", "", "b", ""};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(str_split(&rest, ',', &piece), 1);
        assert_str(piece, want[i]);
    }
    assert_int_equal(str_split(&rest, ',', &piece), 0);
}

static void find_gives_the_first_place(void **state)
{
    (void)state;
    assert_int_equal(str_find(STR("abcabc"), STR("ca")), 2);
    assert_int_equal(str_find(STR("abc"), STR("x")), (size_t)-1);
    assert_int_equal(str_find(STR("abc"), STR_NONE), 0);
    assert_int_equal(str_find(STR_NONE, STR("x")), (size_t)-1);
}

static void numbers_must_be_whole_and_fit(void **state)
{
    (void)state;
    uint64_t v = 0;
    assert_true(str_to_u64(STR("18446744073709551615"), &v));
    assert_true(v == UINT64_MAX);
    assert_false(str_to_u64(STR("18446744073709551616"), &v));
    assert_false(str_to_u64(STR(""), &v));
    assert_false(str_to_u64(STR("-1"), &v));
    assert_false(str_to_u64(STR("1 "), &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_and_empty_differ_but_compare_equal),
        cmocka_unit_test(order_is_by_bytes_then_shorter_first),
        cmocka_unit_test(starts_and_ends_take_absent_strings),
        cmocka_unit_test(trim_takes_white_space_but_no_nul),
        cmocka_unit_test(split_yields_every_piece_also_empty_ones),
        cmocka_unit_test(find_gives_the_first_place),
        cmocka_unit_test(numbers_must_be_whole_and_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
