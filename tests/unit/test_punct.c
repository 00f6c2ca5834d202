#include "tests/support/check.h"

#include "proto/base/random.h"
#include "worker/learn/label.h"
#include "worker/learn/punct.h"

#include <stdio.h>
#include <stdlib.h>

#define WORDS 40

struct sentence_of_words {
    struct feature_word room[WORDS + 2 * PUNCT_MARGIN], *word;
    uint16_t head[WORDS];
    uint32_t count;
};

/* Words with blanks between; signs are punctuation. Each word but those hangs at `head`,
 * by number from 1, 0 for the root, as the digits of heads say ("-" for a sign). */
static void make(struct sentence_of_words *s, const char *text, const char *heads)
{
    struct str rest = str_of(text), heads_left = str_of(heads), form, head = STR_NONE;
    *s = (struct sentence_of_words){.word = s->room + PUNCT_MARGIN};
    while (str_split(&rest, ' ', &form)) {
        struct feature_word *word = &s->word[s->count];
        char lower[32];
        for (size_t i = 0; i < form.len; i++)
            lower[i] = (char)(form.ptr[i] >= 'A' && form.ptr[i] <= 'Z' ? form.ptr[i] | 32
                                                                       : form.ptr[i]);
        feature_word(word, form, str_make(lower, form.len));
        word->upos = word->sign ? UPOS_PUNCT : UPOS_NOUN;
        assert_true(str_split(&heads_left, ' ', &head));
        s->head[s->count++] = (uint16_t)(head.ptr[0] == '-' ? 0 : atoi(head.ptr));
    }
    for (uint32_t i = 0; i < s->count; i++)
        s->head[i] = (uint16_t)(s->head[i] ? s->head[i] - 1u : s->count);
}

/* Heads of the signs, once they hang. */
#define assert_hung(text, heads, wanted) check_hung((text), (heads), (wanted), __LINE__)
static void check_hung(const char *text, const char *heads, const char *wanted, int line)
{
    struct sentence_of_words s;
    uint16_t room[WORDS];
    char got[4 * WORDS] = "";
    make(&s, text, heads);
    punct_hang(s.word, s.count, s.head, room);
    for (uint32_t i = 0; i < s.count; i++)
        if (s.word[i].upos == UPOS_PUNCT)
            snprintf(got + strlen(got), sizeof got - strlen(got), "%s%u", *got ? " " : "",
                     s.head[i] == s.count ? 0 : s.head[i] + 1u);
    if (strcmp(got, wanted) != 0)
        fail_msg("line %d: %s: %s, not %s", line, text, got, wanted);
}

static void commas_hang_at_the_phrase_that_depends_on_the_other(void **state)
{
    (void)state;
    assert_hung("apel , jeruk dan pisang", "0 - 1 5 1", "3");
    assert_hung("kemarin , Ani tiba", "4 - 4 0", "1");
    assert_hung("Ani , dokter muda , tiba", "6 - 1 3 - 0", "3 1");
}

static void pairs_hang_at_the_head_of_what_they_enclose(void **state)
{
    (void)state;
    assert_hung("jeruk ( sangat manis ) itu", "0 - 4 1 - 1", "4 4");
    assert_hung("kata \" saya suka \" Ani", "0 - 4 1 - 1", "4 4");
    assert_hung("“ saya suka ” kata Ani", "- 3 5 - 0 5", "3 3");
    assert_hung("jeruk ( ( manis ) ) itu", "0 - - 1 - - 1", "4 4 4 4");
    assert_hung("jeruk ) manis ( itu", "0 - 1 - 1", "3 5"); /* no pair */
}

static void a_stop_hangs_at_the_top_of_its_own_sentence(void **state)
{
    (void)state;
    assert_hung("Ani tiba .", "2 0 -", "2");
    assert_hung("Ani tiba . Budi pulang .", "2 0 - 5 2 -", "2 5");
    assert_hung("Ani tiba ? Budi pulang !", "2 0 - 5 2 -", "2 5");
}

static void a_stop_behind_an_abbreviation_hangs_there(void **state)
{
    (void)state;
    assert_hung("Kami temui Dr . Ani kemarin .", "2 0 2 - 3 2 -", "3 2");
    assert_hung("Kami temui R . Ani kemarin .", "2 0 2 - 3 2 -", "3 2");
    assert_hung("ia / dia pergi", "4 - 1 0", "1");
}

static void signs_alone_hang_at_the_first(void **state)
{
    (void)state;
    assert_hung("( . )", "- - -", "0 1 1");
    assert_hung("*", "-", "0");
}

static void what_is_taken_out_is_told_by_its_neighbours(void **state)
{
    (void)state;
    struct sentence_of_words s;
    struct feature_word room[WORDS + 2 * PUNCT_MARGIN], *kept = room + PUNCT_MARGIN;
    uint16_t at[WORDS];
    make(&s, "( Ani \" , tiba .", "- 5 - - 0 -");
    assert_int_equal(punct_take_out(s.word, s.count, kept, at), 2);
    assert_int_equal(at[0], 1);
    assert_int_equal(at[1], 4);
    assert_int_equal(kept[0].before, SIGN_ROUND);
    assert_int_equal(kept[0].behind, SIGN_COMMA << FEATURE_SIGN_BITS | SIGN_DOUBLE);
    assert_int_equal(kept[1].before, SIGN_DOUBLE << FEATURE_SIGN_BITS | SIGN_COMMA);
    assert_int_equal(kept[1].behind, SIGN_STOP);
    assert_int_equal(kept[-1].lower, FEATURE_BEFORE);
    assert_int_equal(kept[2].lower, FEATURE_BEHIND);
    assert_int_equal(kept[2].before, SIGN_STOP);
}

/* Words at random under words before them; signs wherever. */
static void whatever_the_tree_signs_keep_it_one(void **state)
{
    (void)state;
    static const char *const forms[] = {"a",  "B", "Kota", "ia", ".", ",", "(", ")",
                                        "\"", "?", "/",    "-",  "“", "”", "’"};
    struct random random;
    random_seed(&random, 11);
    for (int turn = 0; turn < 3000; turn++) {
        struct sentence_of_words s = {.word = s.room + PUNCT_MARGIN};
        uint16_t room[WORDS];
        uint32_t before = UINT32_MAX, roots = 0;
        s.count = 1 + (uint32_t)random_below(&random, WORDS);
        for (uint32_t i = 0; i < s.count; i++) {
            struct str form = str_of(forms[random_below(&random, 15)]);
            feature_word(&s.word[i], form, form);
            s.word[i].upos = s.word[i].sign ? UPOS_PUNCT : UPOS_NOUN;
            s.head[i] = (uint16_t)(before == UINT32_MAX ? s.count : before);
            if (s.word[i].upos == UPOS_NOUN && random_below(&random, 2))
                before = i;
            else if (s.word[i].upos == UPOS_NOUN && before == UINT32_MAX)
                before = i;
        }
        punct_hang(s.word, s.count, s.head, room);
        for (uint32_t i = 0; i < s.count; i++) {
            uint32_t steps = 0, at = i;
            roots += s.head[i] == s.count;
            while (at != s.count && steps++ <= s.count)
                at = s.head[at];
            assert_int_equal(at, s.count);
        }
        assert_int_equal(roots, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_hang_at_the_phrase_that_depends_on_the_other),
        cmocka_unit_test(pairs_hang_at_the_head_of_what_they_enclose),
        cmocka_unit_test(a_stop_hangs_at_the_top_of_its_own_sentence),
        cmocka_unit_test(a_stop_behind_an_abbreviation_hangs_there),
        cmocka_unit_test(signs_alone_hang_at_the_first),
        cmocka_unit_test(what_is_taken_out_is_told_by_its_neighbours),
        cmocka_unit_test(whatever_the_tree_signs_keep_it_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
