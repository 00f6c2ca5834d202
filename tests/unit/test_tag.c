#include "tests/unit/text_fixture.h"

#include "worker/learn/cluster.h"
#include "worker/learn/feature.h"
#include "worker/train/exchange.h"
#include "worker/train/plain.h"

static void shapes_and_affixes_tell_words_apart(void **state)
{
    (void)state;
    struct feature_word a, b;
    feature_word(&a, STR("Membaca"), STR("membaca"));
    feature_word(&b, STR("membeli"), STR("membeli"));
    assert_int_equal(a.shape, FEATURE_CAPITAL);
    assert_int_equal(b.shape, FEATURE_LOWER);
    assert_int_equal(a.prefix[3], b.prefix[3]);
    assert_int_not_equal(a.prefix[4], b.prefix[4]);
    assert_int_not_equal(a.suffix[0], b.suffix[0]);
    feature_word(&a, STR("1.250"), STR("1.250"));
    feature_word(&b, STR("9.999"), STR("9.999"));
    assert_int_equal(a.lower, b.lower);
    assert_int_equal(a.shape, FEATURE_NUMBER);
    feature_word(&a, STR("ke-5"), STR("ke-5"));
    assert_int_equal(a.shape, FEATURE_DIGITS + FEATURE_HYPHEN);
    feature_word(&a, STR("DPR"), STR("dpr"));
    assert_int_equal(a.shape, FEATURE_UPPER);
    feature_word(&a, STR("yg"), STR("yg"));
    assert_int_equal(a.suffix[2], 0);
}

static void words_of_like_company_share_a_class(void **state)
{
    (void)state;
    /* 2 and 3 stand before 4 or 5, behind 6 */
    static const uint32_t text[] = {0, 6, 2, 4, 0, 6, 3, 5, 0, 6, 2, 5, 0,
                                    6, 3, 4, 0, 6, 2, 4, 0, 6, 3, 5, 0};
    const struct exchange_text t = {text, sizeof text / sizeof text[0], 7};
    uint16_t class_of[7];
    exchange_run(&t, 5, 10, class_of);
    assert_int_equal(class_of[0], EXCHANGE_BORDER);
    assert_int_equal(class_of[2], class_of[3]);
    assert_int_equal(class_of[4], class_of[5]);
    assert_int_not_equal(class_of[2], class_of[4]);
    assert_int_not_equal(class_of[2], class_of[6]);
}

static void clusters_are_found_by_word_and_take_enclitics_off(void **state)
{
    (void)state;
    static const struct plain_options options = {
        .least_count = 2, .coarse = 4, .fine = 6, .turns = 4};
    struct plain *plain = plain_new();
    struct buf section = {0};
    struct clusters clusters;
    struct feature_word word;
    struct err err = {0};
    for (int i = 0; i < 4; i++)
        plain_add(plain, STR("Ani membaca buku baru.\nAni membaca bukunya."));
    plain_clusters(plain, &options, &section);
    assert_ok(clusters_open(&clusters, buf_str(&section), &err), &err);
    feature_word(&word, STR("buku"), STR("buku"));
    clusters_set(&clusters, &word);
    assert_in_range(word.fine, 2, 5);
    assert_in_range(word.coarse, 2, 3);
    feature_word(&word, STR("bukunya"), STR("bukunya"));
    clusters_set(&clusters, &word);
    assert_int_equal(word.fine, 0);
    for (size_t len = 0; len < section.len; len++)
        assert_int_equal(clusters_open(&clusters, str_make(section.ptr, len), NULL),
                         ERR_FORMAT);
    plain_free(&plain);
    buf_fini(&section);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_and_affixes_tell_words_apart),
        cmocka_unit_test(words_of_like_company_share_a_class),
        cmocka_unit_test(clusters_are_found_by_word_and_take_enclitics_off),
    };
    return cmocka_run_group_tests(tests, text_fixture_setup, text_fixture_teardown);
}
