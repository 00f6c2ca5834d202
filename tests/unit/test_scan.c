#include "tests/support/check.h"

#include "proto/base/buf.h"
#include "proto/wire/limits.h"
#include "proto/wire/scan.h"

#include <stdio.h>

static const struct scan_limits limits = {LIMIT_DEPTH, LIMIT_OBJECTS};

#define FRAME(literal)                                                                   \
    {                                                                                    \
        literal, sizeof(literal) - 1                                                     \
    }

static const struct {
    struct str frame;
    int want;
    const char *text; /* what the error says, or NULL */
} table[] = {
    /* Good ones. */
    {FRAME("\x80"), 0, NULL},
    {FRAME("\x90"), 0, NULL},
    {FRAME("\x07"), 0, NULL},
    {FRAME("\xa0"), 0, NULL},
    {FRAME("\xc0"), 0, NULL},
    {FRAME("\x81\xa1k\xa3v\xc3\xa9"), 0, NULL},
    {FRAME("\x82\xa1k\xc2\xa1l\x81\xa1k\xc3"), 0, NULL}, /* the same key one deeper */
    {FRAME("\x82\xa1m\x81\xa1k\x01\xa1k\x02"), 0, NULL}, /* and the other way round */
    {FRAME("\xcb\x80\0\0\0\0\0\0\0"), 0, NULL},          /* -0.0 */
    {FRAME("\xd3\x80\0\0\0\0\0\0\0"), 0, NULL},          /* -2^63 */
    {FRAME("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), 0, NULL},
    {FRAME("\xa1\0"), 0, NULL}, /* NUL is a character */
    {FRAME("\xc4\x02\xff\xfe"), 0, NULL},
    /* Not one value. */
    {FRAME(""), ERR_FORMAT, "at byte 0"},
    {FRAME("\xc1"), ERR_FORMAT, "not accepted at byte 0"},
    {FRAME("\x80\x80"), ERR_FORMAT, "behind the value at byte 1"},
    {FRAME("\x80\0"), ERR_FORMAT, "at byte 1"},
    /* Headers that lie. */
    {FRAME("\xdd\xff\xff\xff\xff"), ERR_FORMAT, "claims more"},
    {FRAME("\xdd\x10\x00\x00\x00"), ERR_FORMAT, "claims more"},
    {FRAME("\xdf\xff\xff\xff\xff"), ERR_FORMAT, "claims more"},
    {FRAME("\xdb\xff\xff\xff\xff"), ERR_FORMAT, "ends inside"},
    {FRAME("\xc6\x7f\xff\xff\xff"), ERR_FORMAT, "ends inside"},
    {FRAME("\x81\xa1k"), ERR_FORMAT, "ends inside"},
    {FRAME("\x82\xa1k\x01"), ERR_FORMAT, "claims more"},
    {FRAME("\x92\x91\x01"), ERR_FORMAT, "ends inside"},
    /* Keys. */
    {FRAME("\x82\xa1k\x01\xa1k\x02"), ERR_FIELD, "second time at byte 4"},
    {FRAME("\x82\xa1k\x01\xd9\x01k\x02"), ERR_FIELD, "second time"},
    {FRAME("\x81\x01\x02"), ERR_FORMAT, "no string at byte 1"},
    {FRAME("\x81\xc4\x01k\x02"), ERR_FORMAT, "no string"},
    {FRAME("\x81\x80\x02"), ERR_FORMAT, "no string"},
    {FRAME("\x81\xc0\x02"), ERR_FORMAT, "no string"},
    /* Strings. */
    {FRAME("\xa2\xc0\xaf"), ERR_UTF8, "not UTF-8 at byte 1"}, /* overlong */
    {FRAME("\xa3\xed\xa0\x80"), ERR_UTF8, "at byte 1"},       /* surrogate */
    {FRAME("\xa4\xf4\x90\x80\x80"), ERR_UTF8, "at byte 1"},   /* U+110000 */
    {FRAME("\xac"
           "eight of it\x80"),
     ERR_UTF8, "at byte 12"}, /* lone tail */
    {FRAME("\xa9"
           "12345678\xc3"),
     ERR_UTF8, "at byte 9"}, /* cut */
    {FRAME("\x81\xa1\xff\x01"), ERR_UTF8, "at byte 2"},
    {FRAME("\x81\xa1k\xa1\xff"), ERR_UTF8, "at byte 4"},
    /* Numbers. */
    {FRAME("\xcb\x7f\xf8\0\0\0\0\0\0"), ERR_FORMAT, "not finite"},
    {FRAME("\xcb\x7f\xf0\0\0\0\0\0\0"), ERR_FORMAT, "not finite"},
    {FRAME("\xca\xff\x80\0\0"), ERR_FORMAT, "not finite"},
    /* Extension types. */
    {FRAME("\xd4\x01\x00"), ERR_FORMAT, "not accepted"},
    {FRAME("\xc7\x00\x01"), ERR_FORMAT, "not accepted"},
    {FRAME("\xd7\xff\xff\xff\xff\xff\xff\xff\xff\xff"), ERR_FORMAT, "not accepted"},
    {FRAME("\x81\xa1k\xd6\x01\x00\x00\x00\x00"), ERR_FORMAT, "not accepted at byte 3"},
};

static void each_hostile_frame_has_its_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        int rc = scan_check(table[i].frame, &limits, &err);
        if (rc != table[i].want)
            fail_msg("frame %zu: %s, wanted %s (%s)", i, err_name(rc),
                     err_name(table[i].want), err.text);
        if (table[i].text)
            assert_has(err.text, table[i].text);
    }
}

static void every_ext_type_is_refused(void **state)
{
    (void)state;
    for (int type = 0; type < 256; type++) {
        char frame[] = {(char)0xd4, (char)type, 0};
        assert_int_equal(scan_check(str_make(frame, 3), &limits, NULL), ERR_FORMAT);
    }
}

static int check_nested(size_t levels)
{
    struct buf buf = {0};
    for (size_t i = 0; i + 1 < levels; i++)
        buf_add_char(&buf, (char)0x91);
    buf_add_char(&buf, (char)0x90);
    int rc = scan_check(buf_str(&buf), &limits, NULL);
    buf_fini(&buf);
    return rc;
}

static void nesting_ends_at_the_limit(void **state)
{
    (void)state;
    assert_int_equal(check_nested(LIMIT_DEPTH), 0);
    assert_int_equal(check_nested(LIMIT_DEPTH + 1), ERR_LIMIT);
    assert_int_equal(check_nested(32), ERR_LIMIT);
    assert_int_equal(check_nested(33), ERR_LIMIT);
    assert_int_equal(check_nested(100000), ERR_LIMIT);
}

static void four_megabytes_of_empty_arrays_are_too_many_values(void **state)
{
    (void)state;
    struct buf buf = {0};
    const uint32_t count = 4 * 1024 * 1024 - 5;
    buf_add(&buf, "\xdd\x00\x3f\xff\xfb", 5);
    memset(buf_reserve(&buf, count), 0x90, count);
    buf.len += count;
    assert_int_equal(scan_check(buf_str(&buf), &limits, NULL), ERR_LIMIT);
    buf_fini(&buf);
}

static struct str many_keys(struct buf *buf, unsigned count)
{
    char head[] = {(char)0xdf, 0, 0, (char)(count >> 8), (char)count};
    buf_clear(buf);
    buf_add(buf, head, sizeof head);
    for (unsigned i = 0; i < count; i++)
        buf_printf(buf, "\xa4%04x\xc0", i);
    return buf_str(buf);
}

static void a_map_may_have_only_so_many_keys(void **state)
{
    (void)state;
    struct buf buf = {0};
    assert_int_equal(scan_check(many_keys(&buf, LIMIT_MAP_KEYS), &limits, NULL), 0);
    assert_int_equal(scan_check(many_keys(&buf, LIMIT_MAP_KEYS + 1), &limits, NULL),
                     ERR_LIMIT);
    assert_int_equal(scan_check(many_keys(&buf, 65535), &limits, NULL), ERR_LIMIT);
    buf_fini(&buf);
}

/* {"id":"a-1","n":[1,-2,300,70000,1.5],"m":{"k":true,"é":bin,"x":nil}} */
static const struct str valid = FRAME("\x83\xa2id\xa3"
                                      "a-1"
                                      "\xa1n\x95\x01\xfe\xcd\x01\x2c\xce\x00\x01\x11\x70"
                                      "\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"
                                      "\xa1m\x83\xa1k\xc3\xa2\xc3\xa9\xc4\x02zz"
                                      "\xa1x\xc0");

static void each_truncation_of_a_valid_frame_is_refused(void **state)
{
    (void)state;
    assert_int_equal(scan_check(valid, &limits, NULL), 0);
    for (size_t len = 0; len < valid.len; len++) {
        /* A copy of its own, so that reading behind it shows under the sanitizer. */
        char *copy = test_malloc(len + 1);
        memcpy(copy + 1, valid.ptr, len);
        int rc = scan_check(str_make(copy + 1, len), &limits, NULL);
        assert_int_equal(rc, ERR_FORMAT);
        test_free(copy);
    }
}

static void utf8_is_checked_at_every_offset_of_long_text(void **state)
{
    (void)state;
    char frame[102] = {(char)0xd9, 100};
    for (int at = 0; at < 100; at++) {
        memset(frame + 2, 'a', 100);
        assert_int_equal(scan_check(str_make(frame, 102), &limits, NULL), 0);
        frame[2 + at] = (char)0x80;
        struct err err = {0};
        char want[32];
        assert_int_equal(scan_check(str_make(frame, 102), &limits, &err), ERR_UTF8);
        snprintf(want, sizeof want, "at byte %d", at + 2);
        assert_has(err.text, want);
    }
}

static void a_cursor_walks_what_was_checked(void **state)
{
    (void)state;
    struct scan scan = scan_begin(valid);
    struct scan_value map, value, item;
    assert_int_equal(scan_next(&scan, &map), 1);
    assert_int_equal(map.type, SCAN_MAP);
    assert_int_equal(map.count, 3);
    assert_int_equal(map.raw.len, valid.len);
    assert_int_equal(scan_next(&scan, &value), 0);
    assert_true(scan_find(&map, STR("id"), &value));
    assert_str(value.bytes, "a-1");
    assert_false(scan_find(&map, STR("k"), &value));
    assert_true(scan_find(&map, STR("n"), &value));
    scan = scan_inside(&value);
    assert_int_equal(scan_next(&scan, &item), 1);
    assert_int_equal(item.as.natural, 1);
    assert_int_equal(scan_next(&scan, &item), 1);
    assert_int_equal(item.type, SCAN_INT);
    assert_int_equal(item.as.integer, -2);
    assert_int_equal(scan_next(&scan, &item), 1);
    assert_int_equal(item.as.natural, 300);
    assert_int_equal(scan_next(&scan, &item), 1);
    assert_int_equal(item.as.natural, 70000);
    assert_int_equal(scan_next(&scan, &item), 1);
    assert_true(item.as.real == 1.5);
    assert_int_equal(scan_next(&scan, &item), 0);
    assert_true(scan_find(&map, STR("m"), &value));
    assert_true(scan_find(&value, STR("\xc3\xa9"), &item));
    assert_int_equal(item.type, SCAN_BIN);
    assert_str(item.bytes, "zz");
    assert_true(scan_find(&value, STR("k"), &item) && item.as.boolean);
    assert_true(scan_find(&value, STR("x"), &item) && item.type == SCAN_NIL);
}

static void a_key_that_stands_twice_is_found_among_many(void **state)
{
    (void)state;
    enum { KEYS = 60 };
    struct buf frame = {0};
    for (int twice = -1; twice < KEYS - 1; twice++) {
        buf_clear(&frame);
        buf_add(&frame, "\xde\x00", 2);
        buf_add_char(&frame, KEYS);
        for (int i = 0; i < KEYS; i++)
            buf_printf(&frame, "\xa3k%02d\x01", i == KEYS - 1 && twice >= 0 ? twice : i);
        assert_int_equal(scan_check(buf_str(&frame), &limits, NULL),
                         twice < 0 ? 0 : ERR_FIELD);
    }
    buf_fini(&frame);
}

/* What skips a value and what reads it must agree on its length. */
static void every_type_is_skipped_as_it_is_read(void **state)
{
    (void)state;
    static const struct str one[] = {
        FRAME("\x05"),
        FRAME("\xff"),
        FRAME("\xc0"),
        FRAME("\xc2"),
        FRAME("\xc3"),
        FRAME("\xa0"),
        FRAME("\xa2xy"),
        FRAME("\xd9\x02xy"),
        FRAME("\xda\x00\x02xy"),
        FRAME("\xdb\x00\x00\x00\x02xy"),
        FRAME("\xc4\x02xy"),
        FRAME("\xc5\x00\x02xy"),
        FRAME("\xc6\x00\x00\x00\x02xy"),
        FRAME("\xcc\x80"),
        FRAME("\xcd\x80\x00"),
        FRAME("\xce\x80\x00\x00\x00"),
        FRAME("\xcf\x80\x00\x00\x00\x00\x00\x00\x00"),
        FRAME("\xd0\x80"),
        FRAME("\xd1\x80\x00"),
        FRAME("\xd2\x80\x00\x00\x00"),
        FRAME("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"),
        FRAME("\xca\x3f\x00\x00\x00"),
        FRAME("\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00"),
        FRAME("\x90"),
        FRAME("\x92\x01\x02"),
        FRAME("\xdc\x00\x01\x01"),
        FRAME("\xdd\x00\x00\x00\x01\x01"),
        FRAME("\x80"),
        FRAME("\x81\xa1k\x91\x01"),
        FRAME("\xde\x00\x01\xa1k\x01"),
        FRAME("\xdf\x00\x00\x00\x01\xa1k\x01"),
    };
    for (size_t i = 0; i < sizeof one / sizeof one[0]; i++) {
        struct buf frame = {0};
        struct scan_value value, head;
        buf_add(&frame, "\x92\x91", 2);
        buf_add_str(&frame, one[i]);
        buf_add_char(&frame, '\x07');
        assert_int_equal(scan_check(buf_str(&frame), &limits, NULL), 0);
        struct scan scan = scan_begin(buf_str(&frame));
        assert_int_equal(scan_next(&scan, &value), 1);
        scan = scan_inside(&value);
        assert_int_equal(scan_next(&scan, &head), 1);
        assert_int_equal(head.raw.len, one[i].len + 1);
        assert_int_equal(scan_next(&scan, &head), 1);
        assert_int_equal(head.as.natural, 7);
        assert_int_equal(scan_next(&scan, &head), 0);
        buf_fini(&frame);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_that_stands_twice_is_found_among_many),
        cmocka_unit_test(every_type_is_skipped_as_it_is_read),
        cmocka_unit_test(each_hostile_frame_has_its_answer),
        cmocka_unit_test(every_ext_type_is_refused),
        cmocka_unit_test(nesting_ends_at_the_limit),
        cmocka_unit_test(four_megabytes_of_empty_arrays_are_too_many_values),
        cmocka_unit_test(a_map_may_have_only_so_many_keys),
        cmocka_unit_test(each_truncation_of_a_valid_frame_is_refused),
        cmocka_unit_test(utf8_is_checked_at_every_offset_of_long_text),
        cmocka_unit_test(a_cursor_walks_what_was_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
