#include "tests/unit/values_check.h"
#include "worker/extract/number.h"

struct number_case {
    const char *text; /* read from its first piece */
    const char
        *found; /* "value", "low..high", with " vague", " about", " article"; "" none */
    uint32_t pieces;
};

static void show(const struct number *n, struct buf *out)
{
    if (n->range) {
        values_add_number(out, n->low);
        buf_add(out, "..", 2);
        values_add_number(out, n->high);
    } else {
        values_add_number(out, n->value);
    }
    if (n->vague)
        buf_add(out, " vague", 6);
    if (n->about)
        buf_add(out, " about", 6);
    if (n->article)
        buf_add(out, " article", 8);
}

static void check(void **state, const struct number_case *cases, size_t count,
                  unsigned flags)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        struct values_bench *bench = *state;
        struct doc *doc = values_bench_read(bench, NULL, str_of(cases[i].text));
        struct values v;
        struct number number;
        struct buf out = {0};
        values_init(&v, doc);
        values_read(&v, 0);
        uint32_t n = number_read(&v, 0, flags, &number);
        if (n)
            show(&number, &out);
        if (n != cases[i].pieces || !str_is(buf_str(&out), cases[i].found)) {
            print_error("%s: found \"%.*s\" in %u pieces, wanted \"%s\" in %u\n",
                        cases[i].text, STR_ARG(buf_str(&out)), n, cases[i].found,
                        cases[i].pieces);
            wrong++;
        }
        buf_fini(&out);
    }
    assert_int_equal(wrong, 0);
}

#define CHECK(state, cases, flags)                                                       \
    check(state, cases, sizeof cases / sizeof *cases, flags)

static void reads_numbers_in_words(void **state)
{
    static const struct number_case cases[] = {
        {"lima ekor kuda", "5", 1},
        {"satu ekor kuda", "1 article", 1},
        {"sepuluh kuda", "10", 1},
        {"sebelas kuda", "11", 1},
        {"dua belas kuda", "12", 2},
        {"sembilan belas kuda", "19", 2},
        {"dua puluh kuda", "20", 2},
        {"tiga puluh lima kuda", "35", 3},
        {"seratus kuda", "100", 1},
        {"seratus lima belas kuda", "115", 3},
        {"empat ratus dua puluh satu kuda", "421", 5},
        {"seribu kuda", "1000", 1},
        {"seribu dua ratus kuda", "1200", 3},
        {"dua ribu lima ratus kuda", "2500", 4},
        {"tiga ratus lima puluh ribu kuda", "350000", 5},
        {"satu juta dua ratus ribu kuda", "1200000", 5},
        {"lima juta kuda", "5000000", 2},
        {"seribu triliun kuda", "1e+15", 2},
        {"tiga koma lima ekor", "3.5", 3},
        {"minus tiga ekor", "-3", 2},
        {"selusin telur", "12", 1},
        {"dua lusin telur", "24", 2},
        {"dua puluh tiga ratus kuda", "23", 3},
        {"kuda lima", "", 0},
        {"puluh kuda", "", 0},
        {"belas kuda", "", 0},
        {"sepuluh dua kuda", "10", 1},
        {"dua tiga kuda", "2", 1},
        {"setengah mati ia lari", "", 0},
    };
    CHECK(state, cases, 0);
}

static void reads_numerals_with_marks(void **state)
{
    static const struct number_case cases[] = {
        {"2.000.000 kuda", "2000000", 1},
        {"1,3 juta kuda", "1300000", 2},
        {"1.016,3 triliun lagi", "1.0163e+15", 2},
        {"1,016.3 kuda", "1016.3", 1},
        {"4.5 kilo", "4.5", 1},
        {"10,5 kilo", "10.5", 1},
        {"1,250,000 kuda", "1250000", 1},
        {"012 kuda", "12", 1},
        {"1.2.3 kuda", "", 0},
        {"1.00.000 kuda", "", 0},
        {"1,2,3 kuda", "", 0},
        {"25 ribu kuda", "25000", 2},
        {"1 juta 200 ribu kuda", "1200000", 4},
        {"2 ribu 500 kuda", "2000", 2},
        {"5 (lima) kuda", "5", 4},
        {"100 ribuan kuda", "100000 about", 2},
        {"20-an kuda", "20 about", 3},
    };
    CHECK(state, cases, 0);
}

static void reads_abbreviated_scales(void **state)
{
    static const struct number_case money[] = {
        {"8,3 T lagi", "8.3e+12", 2}, {"500 M lagi", "5e+11", 2},
        {"5jt lagi", "5000000", 2},   {"75 rb lagi", "75000", 2},
        {"10k lagi", "10000", 2},
    };
    static const struct number_case plain[] = {
        {"8,3 T lagi", "8.3", 1},
        {"5jt lagi", "5000000", 2},
        {"100rb kuda", "100000", 2},
        {"10km jauhnya", "10", 1},
    };
    CHECK(state, money, NUMBER_MONEY);
    CHECK(state, plain, 0);
}

static void reads_vague_and_broken_numbers(void **state)
{
    static const struct number_case cases[] = {
        {"puluhan kuda", "10 vague", 1},
        {"belasan kuda", "11 vague", 1},
        {"ratusan ribu kuda", "100000 vague", 2},
        {"jutaan kuda", "1000000 vague", 1},
        {"puluhan ribu kuda", "10000 vague", 2},
        {"ratusan miliar rupiah", "1e+11 vague", 2},
        {"beberapa ratus kuda", "100 vague", 2},
        {"setengah juta kuda", "500000", 2},
        {"dua setengah juta kuda", "2500000", 3},
        {"dua pertiga kuda", "0.6666666667", 2},
        {"tiga perempat kuda", "0.75", 2},
        {"seperempat kuda", "0.25", 1},
    };
    CHECK(state, cases, 0);
}

static void reads_ranges(void **state)
{
    static const struct number_case cases[] = {
        {"10.000 hingga 12.000 kuda", "10000..12000", 3},
        {"5-7 kuda", "5..7", 3},
        {"5 – 7 kuda", "5..7", 3},
        {"30 sampai 40 juta kuda", "30000000..40000000", 4},
        {"dua sampai tiga kuda", "2..3", 3},
        {"dua atau tiga kuda", "2..3", 3},
        {"dua dan tiga kuda", "2", 1},
        {"7-5 kuda", "7", 1},
        {"5 s/d 7 kuda", "5..7", 5},
        {"900 ribu hingga 1,2 juta kuda", "900000..1200000", 5},
    };
    static const struct number_case between[] = {{"dua dan tiga kuda", "2..3", 3}};
    CHECK(state, cases, 0);
    CHECK(state, between, NUMBER_AND);
}

static void reads_ordinals(void **state)
{
    static const struct {
        const char *text;
        int ordinal;
        uint32_t pieces;
    } cases[] = {
        {"ketiga kali", 3, 1}, {"ke-3 kali", 3, 3}, {"III dan", 3, 1},
        {"IV dan", 4, 1},      {"2 kali", 2, 1},    {"pertama kali", 1, 1},
        {"kuda lari", 0, 0},   {"XLIV dan", 44, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct values v;
        int ordinal = 0;
        values_init(&v, values_bench_read(*state, NULL, str_of(cases[i].text)));
        values_read(&v, 0);
        assert_int_equal(number_read_ordinal(&v, 0, &ordinal), cases[i].pieces);
        if (cases[i].pieces)
            assert_int_equal(ordinal, cases[i].ordinal);
    }
}

static void cuts_the_same_pieces_however_words_touch(void **state)
{
    struct values v;
    static const char *const pieces[] = {"Rp", "129", "triliun", "28,1", "%",   "12",
                                         "/",  "9",   "III",     "-",    "2023"};
    values_init(
        &v, values_bench_read(*state, NULL, STR("Rp129 triliun 28,1% 12/9 III-2023")));
    values_read(&v, 0);
    assert_int_equal(v.count, sizeof pieces / sizeof *pieces);
    for (uint32_t i = 0; i < v.count; i++)
        assert_str(v.item[i].text, pieces[i]);
    assert_true(values_glued(&v, 1));
    assert_false(values_glued(&v, 2));
}

static void finds_phrases_of_a_list_by_the_longest(void **state)
{
    struct values v;
    struct str value;
    values_init(&v, values_bench_read(*state, NULL,
                                      STR("lebih dari tidak kurang dari US$ km/jam")));
    values_read(&v, 0);
    assert_int_equal(values_match(&v, v.list.bound, 0, &value), 2);
    assert_str(value, "min");
    assert_int_equal(values_match(&v, v.list.bound, 2, &value), 3);
    assert_int_equal(values_match(&v, v.list.currency, 5, &value), 2);
    assert_int_equal(values_match(&v, v.list.unit, 7, &value), 3);
    assert_str(value, "km/h");
    assert_int_equal(values_match(&v, NULL, 0, &value), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_numbers_in_words),
        cmocka_unit_test(reads_numerals_with_marks),
        cmocka_unit_test(reads_abbreviated_scales),
        cmocka_unit_test(reads_vague_and_broken_numbers),
        cmocka_unit_test(reads_ranges),
        cmocka_unit_test(reads_ordinals),
        cmocka_unit_test(cuts_the_same_pieces_however_words_touch),
        cmocka_unit_test(finds_phrases_of_a_list_by_the_longest),
    };
    return cmocka_run_group_tests(tests, values_bench_open, values_bench_close);
}
