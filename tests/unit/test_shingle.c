#include "tests/unit/text_fixture.h"

#include "worker/text/shingle.h"

#include <stdio.h>

#define STORY                                                                            \
    "Presiden meresmikan jembatan baru di Sungai Musi pada hari Senin. Jembatan itu "    \
    "menghubungkan dua kecamatan yang dahulu hanya dilalui perahu. Warga menyambutnya "  \
    "dengan arak-arakan dan doa bersama di tepi sungai. Gubernur berharap harga beras "  \
    "turun karena ongkos angkut lebih murah."

static struct sketch sketch_of(void **state, const char *text, const char *language)
{
    struct sketch sketch;
    shingle_sketch(text_fixture_read(state, text, language), &sketch);
    return sketch;
}

static void the_same_words_are_the_same_sketch(void **state)
{
    struct sketch a = sketch_of(state, STORY, "id");
    assert_int_equal(a.count, SKETCH_VALUES);
    struct sketch b = sketch_of(
        state,
        "PRESIDEN meresmikan jembatan baru, di Sungai Musi, pada hari Senin.\nJembatan itu "
        "menghubungkan dua kecamatan yang dahulu hanya dilalui perahu. Warga menyambutnya "
        "dengan arak-arakan, dan doa bersama di tepi sungai. \"Gubernur berharap harga beras "
        "turun karena ongkos angkut lebih murah.\"",
        "id");
    assert_memory_equal(&a, &b, sizeof a);
}

static void what_is_not_read_is_not_in_it(void **state)
{
    struct sketch a = sketch_of(state, STORY, "id");
    struct sketch b = sketch_of(state, STORY "\nBaca Juga: Jembatan lain yang runtuh", "id");
    assert_memory_equal(&a, &b, sizeof a);
}

static void a_language_without_a_pack_has_sketches_too(void **state)
{
    struct sketch a = sketch_of(state, STORY, "id"), b = sketch_of(state, STORY, "xx");
    assert_memory_equal(&a, &b, sizeof a);
}

static void other_texts_have_little_in_common(void **state)
{
    struct sketch a = sketch_of(state, STORY, "id");
    struct sketch b = sketch_of(
        state,
        "Tim nasional kalah dua gol dari tamunya di Surabaya. Pelatih menyalahkan lapangan "
        "yang basah dan wasit yang lalai. Pertandingan berikutnya digelar pekan depan di "
        "Bandung, dan kapten tim sudah pulih dari cedera lututnya sejak bulan lalu.",
        "id");
    assert_int_equal(sketch_share(&a, &b), 0);
    assert_int_equal(sketch_share(&a, &a), 100);
}

static void a_few_words_have_none(void **state)
{
    assert_int_equal(sketch_of(state, "Presiden tiba di Medan.", "id").count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_words_are_the_same_sketch),
        cmocka_unit_test(what_is_not_read_is_not_in_it),
        cmocka_unit_test(a_language_without_a_pack_has_sketches_too),
        cmocka_unit_test(other_texts_have_little_in_common),
        cmocka_unit_test(a_few_words_have_none),
    };
    return cmocka_run_group_tests(tests, text_fixture_setup, text_fixture_teardown);
}
