#include "tests/support/check.h"

#include "worker/text/memo.h"

#include <stdio.h>

static const struct lang one = {.code = "one"}, other = {.code = "other"};

static void what_was_put_is_given_again(void **state)
{
    (void)state;
    struct memo *memo = memo_new();
    struct lang_word word = {
        .lemma = STR("buku"), .path = {4, 7}, .clitic = STR("nya"), .noun = true};
    struct lang_word got;
    assert_false(memo_get(memo, &one, STR("bukunya"), &got));
    memo_put(memo, &one, STR("bukunya"), &word);
    assert_true(memo_get(memo, &one, STR("bukunya"), &got));
    assert_str(got.lemma, "buku");
    assert_int_equal(got.path.set, 4);
    assert_int_equal(got.path.slot, 7);
    assert_str(got.clitic, "nya");
    assert_int_equal(got.voice, 0);
    assert_true(got.noun);
    assert_false(memo_get(memo, &one, STR("bukumu"), &got));
    memo_free(&memo);
}

static void an_absent_clitic_is_not_an_empty_one(void **state)
{
    (void)state;
    struct memo *memo = memo_new();
    struct lang_word absent = {.lemma = STR("baca"), .voice = 'a'};
    struct lang_word empty = {.lemma = STR("tulis"), .clitic = STR("")};
    struct lang_word got;
    memo_put(memo, &one, STR("membaca"), &absent);
    memo_put(memo, &one, STR("menulis"), &empty);
    assert_true(memo_get(memo, &one, STR("membaca"), &got));
    assert_null(got.clitic.ptr);
    assert_int_equal(got.voice, 'a');
    assert_true(memo_get(memo, &one, STR("menulis"), &got));
    assert_non_null(got.clitic.ptr);
    assert_int_equal(got.clitic.len, 0);
    memo_free(&memo);
}

static void languages_are_kept_apart(void **state)
{
    (void)state;
    struct memo *memo = memo_new();
    struct lang_word first = {.lemma = STR("a")}, second = {.lemma = STR("b")}, got;
    memo_put(memo, &one, STR("kata"), &first);
    assert_false(memo_get(memo, &other, STR("kata"), &got));
    memo_put(memo, &other, STR("kata"), &second);
    assert_true(memo_get(memo, &one, STR("kata"), &got));
    assert_str(got.lemma, "a");
    assert_true(memo_get(memo, &other, STR("kata"), &got));
    assert_str(got.lemma, "b");
    memo_free(&memo);
}

static void what_found_a_place_stays_however_many_come(void **state)
{
    (void)state;
    struct memo *memo = memo_new();
    struct lang_word got;
    unsigned kept = 0, before = 0;
    char form[32], lemma[32];
    for (unsigned turn = 0; turn < 2; turn++) {
        for (unsigned i = 0; i < 3 * MEMO_SLOTS; i++) {
            int len = snprintf(form, sizeof form, "ber%ukan", i);
            int root = snprintf(lemma, sizeof lemma, "%u", i);
            struct str key = str_make(form, (size_t)len);
            struct lang_word word = {.lemma = str_make(lemma, (size_t)root)};
            if (memo_get(memo, &one, key, &got)) {
                kept++;
                assert_true(str_eq(got.lemma, word.lemma));
            } else {
                memo_put(memo, &one, key, &word);
            }
        }
        if (turn == 0)
            before = kept;
    }
    assert_int_equal(before, 0);
    assert_in_range(kept, MEMO_SLOTS / 2, MEMO_SLOTS);
    memo_free(&memo);
}

static void what_is_too_long_has_no_place(void **state)
{
    (void)state;
    struct memo *memo = memo_new();
    char form[MEMO_BYTES + 1];
    struct lang_word got;
    memset(form, 'a', sizeof form);
    struct str half = str_make(form, MEMO_BYTES / 2);
    struct str more = str_make(form, MEMO_BYTES / 2 + 1);
    struct lang_word same = {.lemma = half}, longer = {.lemma = more};
    memo_put(memo, &one, half, &same);
    memo_put(memo, &one, more, &longer);
    assert_true(memo_get(memo, &one, half, &got));
    assert_int_equal(got.lemma.len, half.len);
    assert_false(memo_get(memo, &one, more, &got));
    memo_free(&memo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_given_again),
        cmocka_unit_test(an_absent_clitic_is_not_an_empty_one),
        cmocka_unit_test(languages_are_kept_apart),
        cmocka_unit_test(what_found_a_place_stays_however_many_come),
        cmocka_unit_test(what_is_too_long_has_no_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
