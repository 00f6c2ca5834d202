#include "tests/support/check.h"

#include "proto/base/buf.h"

static void a_zeroed_buf_is_empty_and_ready(void **state)
{
    (void)state;
    struct buf buf = {0};
    assert_str(buf_str(&buf), "");
    assert_string_equal(buf_cstr(&buf), "");
    buf_fini(&buf);
}

static void parts_are_added_in_order(void **state)
{
    (void)state;
    struct buf buf = {0};
    buf_add(&buf, "ab", 2);
    buf_add_str(&buf, STR("cd"));
    buf_add_str(&buf, STR_NONE);
    buf_add_char(&buf, 'e');
    buf_printf(&buf, "%d", 42);
    assert_str(buf_str(&buf), "abcde42");
    assert_int_equal(buf_cstr(&buf)[7], '\0');
    assert_int_equal(buf.len, 7);
    buf_fini(&buf);
}

static void printf_longer_than_the_room_is_whole(void **state)
{
    (void)state;
    for (int width = 60; width < 300; width++) {
        struct buf buf = {0};
        buf_printf(&buf, "%0*d", width, 7);
        assert_int_equal(buf.len, width);
        assert_int_equal(buf.ptr[width - 1], '7');
        buf_fini(&buf);
    }
}

static void clear_keeps_the_memory(void **state)
{
    (void)state;
    struct buf buf = {0};
    for (int i = 0; i < 10000; i++)
        buf_add_char(&buf, (char)i);
    char *before = buf.ptr;
    buf_clear(&buf);
    buf_add_char(&buf, 'x');
    assert_ptr_equal(buf.ptr, before);
    assert_str(buf_str(&buf), "x");
    buf_fini(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zeroed_buf_is_empty_and_ready),
        cmocka_unit_test(parts_are_added_in_order),
        cmocka_unit_test(printf_longer_than_the_room_is_whole),
        cmocka_unit_test(clear_keeps_the_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
