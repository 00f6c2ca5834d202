#include "tests/support/check.h"

#include "worker/text/text_private.h"

#include "proto/base/buf.h"
#include "proto/base/utf8.h"

static struct arena arena;

static struct str clean(struct str raw)
{
    return clean_text(raw, &arena);
}

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)64 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static void clean_text_is_borrowed_as_it_stands(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "Presiden tiba di Jakarta.\nBaris kedua.\tTab.",
        "“Kutip” – garis — ‘tunggal’ … caf\xc3\xa9 \xe2\x82\xac",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct str got = clean(str_of(texts[i]));
        assert_ptr_equal(got.ptr, texts[i]);
        assert_int_equal(got.len, strlen(texts[i]));
    }
}

static void each_fault_is_repaired(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *want;
    } cases[] = {
        /* double encoding */
        {"\xc3\xa2\xe2\x82\xac\xc5\x93kata\xc3\xa2\xe2\x82\xac\xc2\x9d", "“kata”"},
        {"\xc3\xa2\xe2\x82\xac\xc5\x93kata\xc3\xa2\xe2\x82\xac ujar", "“kata” ujar"},
        {"caf\xc3\x83\xc2\xa9", "caf\xc3\xa9"},
        {"Rp\xc3\x82\xc2\xa0"
         "5",
         "Rp 5"},
        /* stray bytes of Windows-1252 */
        {"\x93kata\x94 \x96 a", "“kata” – a"},
        {"caf\xe9 b", "caf\xc3\xa9 b"},
        {"a\xc2\x93"
         "b",
         "a“b"},
        /* not UTF-8 at all */
        {"a\xe2\x80", "a\xef\xbf\xbd"},
        {"a\xc0\xaf"
         "b",
         "a\xef\xbf\xbd"
         "b"},
        {"a\xed\xa0\x80"
         "b",
         "a\xef\xbf\xbd"
         "b"},
        {"a\xf8\x88\x80\x80\x80"
         "b",
         "a\xef\xbf\xbd"
         "b"},
        {"\x80\x80\x80", "\xef\xbf\xbd"},
        /* control characters, zero widths, bidi, byte order mark */
        {"a\x01\x1b[0mb\x7f", "a[0mb"},
        {"\xef\xbb\xbfJoko\xe2\x80\x8b Wi\xc2\xad"
         "dodo",
         "Joko Widodo"},
        {"1\xe2\x80\xae"
         "23\xe2\x80\xac",
         "123"},
        /* white space and line ends */
        {"a\xc2\xa0"
         "b\xe2\x80\xaf"
         "c",
         "a b c"},
        {"a\r\nb\rc\xe2\x80\xa8"
         "d\xe2\x80\xa9"
         "e\x0c"
         "f",
         "a\nb\nc\nd\ne\nf"},
        /* normal form */
        {"caf"
         "e\xcc\x81 x",
         "caf\xc3\xa9 x"},
        {"\xe2\x84\xab", "\xc3\x85"},
        {"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c"},
        {"a\xcc\x81\xcc\xa7", "\xc3\xa1\xcc\xa7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_str(clean(str_of(cases[i].raw)), cases[i].want);
}

static void nul_bytes_go(void **state)
{
    (void)state;
    assert_str(clean(STR("a\0b\0")), "ab");
}

static void marks_in_a_row_are_capped(void **state)
{
    (void)state;
    struct buf raw = {0};
    buf_add_char(&raw, 'x');
    for (int i = 0; i < 10000; i++)
        buf_add_str(&raw, STR("\xcc\xb2"));
    buf_add_char(&raw, 'y');
    struct str got = clean(buf_str(&raw));
    assert_int_equal(got.len, 1 + 2 * TEXT_MARKS_MOST + 1);
    buf_fini(&raw);
}

static void any_mixture_comes_out_as_clean_utf8(void **state)
{
    (void)state;
    static const char alphabet[][8] = {"a",
                                       "e",
                                       "\xcc\x81",
                                       "\xcc\xa7",
                                       "\xc3\xa2",
                                       "\xe2\x82\xac",
                                       "\xc5\x93",
                                       "\x93",
                                       "\xe2",
                                       "\x80",
                                       "\n",
                                       "\r",
                                       "\xc2\xad",
                                       "\xe1\x84\x92",
                                       "\xe1\x85\xa1",
                                       "\xc2",
                                       "\xf0\x9f\x98\x80",
                                       " ",
                                       "\xef\xbb\xbf",
                                       "\xc3\x83",
                                       "\xc2\xa9"};
    uint32_t seed = 1;
    for (int turn = 0; turn < 20000; turn++) {
        char raw[64];
        size_t len = 0;
        for (int i = 0; i < 7; i++) {
            seed = seed * 1664525u + 1013904223u;
            const char *piece =
                alphabet[(seed >> 16) % (sizeof alphabet / sizeof alphabet[0])];
            memcpy(raw + len, piece, strlen(piece));
            len += strlen(piece);
        }
        struct str once = clean(str_make(raw, len));
        assert_int_equal(utf8_bad_at(once), once.len);
        for (size_t i = 0; i < once.len; i++)
            assert_true((unsigned char)once.ptr[i] >= 0x20 || once.ptr[i] == '\n');
        arena_reset(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_text_is_borrowed_as_it_stands),
        cmocka_unit_test(each_fault_is_repaired),
        cmocka_unit_test(nul_bytes_go),
        cmocka_unit_test(marks_in_a_row_are_capped),
        cmocka_unit_test(any_mixture_comes_out_as_clean_utf8),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
