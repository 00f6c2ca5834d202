#include "tests/support/check.h"

#include "worker/learn/name.h"
#include "worker/train/train_name_write.h"

#include <stdlib.h>

#define MANY 4000u

static uint64_t feature_of(uint32_t i)
{
    return feature_hash(7, i, 0, 0);
}

/* Weights of feature i, whole steps. */
static int step_of(uint32_t i, uint32_t label)
{
    return (int)((i * 31 + label * 17) % 41) - 20;
}

static void put_many(struct name_writer *writer, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        double tag[NAME_TAGS], pair[NAME_PAIRS];
        for (uint32_t t = 0; t < NAME_TAGS; t++)
            tag[t] = (double)step_of(i, t) / NAME_UNIT;
        for (uint32_t k = 0; k < NAME_PAIRS; k++)
            pair[k] = (double)step_of(i, k) / NAME_UNIT;
        name_writer_tag(writer, feature_of(i), tag);
        name_writer_pair(writer, feature_of(i), pair);
    }
}

static void finish(struct name_writer **writer, int32_t bonus, struct buf *section,
                   struct name_weights *weights)
{
    struct err err = {0};
    name_writer_finish(*writer, bonus, section);
    name_writer_free(writer);
    assert_ok(name_weights_open(weights, buf_str(section), &err), &err);
}

static void weigh_one(const struct name_weights *weights, uint64_t feature,
                      int32_t *scores)
{
    struct name_features f = {0};
    f.tag.id[f.tag.count++] = f.pair.id[f.pair.count++] = feature;
    name_weigh(weights, &f, scores);
}

static void test_weights_are_those_that_were_put_in(void **state)
{
    struct name_writer *writer = name_writer_new(0);
    struct name_weights *weights = malloc(sizeof *weights);
    struct buf section = {0};
    uint32_t lost = 0;
    (void)state;
    put_many(writer, MANY);
    finish(&writer, 3, &section, weights);
    for (uint32_t i = 0; i < MANY; i++) {
        int32_t scores[NAME_LABELS];
        bool tags = true, pairs = true;
        weigh_one(weights, feature_of(i), scores);
        assert_int_equal(scores[NAME_O], 3);
        for (uint32_t t = 1; t < NAME_TAGS; t++)
            tags = tags && scores[t] == step_of(i, t) - step_of(i, NAME_O);
        for (uint32_t k = 0; k < NAME_PAIR_WEIGHTS; k++)
            pairs =
                pairs && scores[NAME_TAGS + name_pairs[k]] == step_of(i, name_pairs[k]);
        lost += !tags + !pairs;
    }
    assert_true(lost < MANY / 10); /* found no room in full buckets */
    buf_fini(&section);
    free(weights);
}

static void test_features_that_are_not_known_add_nothing(void **state)
{
    static const int32_t none[NAME_LABELS] = {[NAME_O] = 9};
    struct name_writer *writer = name_writer_new(0);
    struct name_weights *weights = malloc(sizeof *weights);
    struct buf section = {0};
    uint32_t wrong = 0;
    (void)state;
    put_many(writer, 200);
    finish(&writer, 9, &section, weights);
    for (uint32_t i = 200; i < 2200; i++) {
        int32_t scores[NAME_LABELS];
        weigh_one(weights, feature_of(i), scores);
        wrong += memcmp(scores, none, sizeof none) != 0;
    }
    assert_true(wrong < 10);
    buf_fini(&section);
    free(weights);
}

static void test_many_features_of_one_word_add_up(void **state)
{
    struct name_writer *writer = name_writer_new(0);
    struct name_weights *weights = malloc(sizeof *weights);
    struct buf section = {0};
    struct name_features f = {0};
    double tag[NAME_TAGS] = {[NAME_I(3)] = -(double)NAME_WEIGHT_MOST / NAME_UNIT};
    double pair[NAME_PAIRS] = {[0] = (double)NAME_WEIGHT_MOST / NAME_UNIT};
    int32_t scores[NAME_LABELS];
    (void)state;
    name_writer_tag(writer, 1, tag);
    name_writer_pair(writer, 1, pair);
    finish(&writer, 0, &section, weights);
    for (; f.tag.count < FEATURES_MOST; f.tag.count++, f.pair.count++)
        f.tag.id[f.tag.count] = f.pair.id[f.pair.count] = 1;
    name_weigh(weights, &f, scores);
    assert_int_equal(scores[NAME_I(3)], -NAME_WEIGHT_MOST * (int)FEATURES_MOST);
    assert_int_equal(scores[NAME_PAIR(0, 0)], NAME_WEIGHT_MOST * (int)FEATURES_MOST);
    buf_fini(&section);
    free(weights);
}

static void test_a_full_bucket_lacks_the_lightest(void **state)
{
    struct name_writer *writer = name_writer_new(0);
    struct name_weights *weights = malloc(sizeof *weights);
    struct buf section = {0};
    (void)state;
    for (uint64_t i = 0; i <= NAME_BUCKET; i++) {
        double tag[NAME_TAGS] = {[1] = (double)(i + 1) / NAME_UNIT};
        name_writer_tag(writer, i << 50 | 5, tag);
    }
    finish(&writer, 0, &section, weights);
    for (uint64_t i = 0; i <= NAME_BUCKET; i++) {
        int32_t scores[NAME_LABELS];
        weigh_one(weights, i << 50 | 5, scores);
        assert_int_equal(scores[1], i ? (int)i + 1 : 0);
    }
    buf_fini(&section);
    free(weights);
}

static void test_small_weights_are_left_out_and_large_ones_cut(void **state)
{
    struct name_writer *writer = name_writer_new(0.25);
    struct name_weights *weights = malloc(sizeof *weights);
    struct buf section = {0};
    double tag[NAME_TAGS] = {0, 0.24, -0.24, 0.26, -0.26, 9, -9};
    int32_t scores[NAME_LABELS];
    (void)state;
    name_writer_tag(writer, 5, tag);
    finish(&writer, 0, &section, weights);
    weigh_one(weights, 5, scores);
    assert_int_equal(scores[1], 0);
    assert_int_equal(scores[2], 0);
    assert_int_equal(scores[3], (int)(0.26 * NAME_UNIT + 0.5));
    assert_int_equal(scores[4], -(int)(0.26 * NAME_UNIT + 0.5));
    assert_int_equal(scores[5], NAME_WEIGHT_MOST);
    assert_int_equal(scores[6], -NAME_WEIGHT_MOST);
    buf_fini(&section);
    free(weights);
}

static void test_bias_and_shapes_are_summed_up_beforehand(void **state)
{
    struct name_writer *writer = name_writer_new(0);
    struct name_weights *weights = malloc(sizeof *weights);
    struct buf section = {0};
    struct name_features f = {.shape = 2, .shape_before = 5};
    double tag[NAME_TAGS] = {-1, 4}, any[NAME_PAIRS] = {[8] = -2};
    double shapes[NAME_PAIRS] = {[8] = 5};
    int32_t scores[NAME_LABELS];
    (void)state;
    name_writer_tag(writer, name_feature_bias(), tag);
    name_writer_pair(writer, name_feature_any(), any);
    name_writer_pair(writer, name_feature_shapes(5, 2), shapes);
    finish(&writer, 7, &section, weights);
    name_weigh(weights, &f, scores);
    assert_int_equal(scores[NAME_O], 7);
    assert_int_equal(scores[1], 5 * NAME_UNIT);
    assert_int_equal(scores[NAME_TAGS + 8], 3 * NAME_UNIT);
    f.shape_before = 2;
    name_weigh(weights, &f, scores);
    assert_int_equal(scores[NAME_TAGS + 8], -2 * NAME_UNIT);
    buf_fini(&section);
    free(weights);
}

static void test_the_order_of_features_changes_nothing(void **state)
{
    struct name_writer *a = name_writer_new(0), *b = name_writer_new(0);
    struct buf one = {0}, two = {0};
    double first[NAME_TAGS] = {0, 0.5}, second[NAME_TAGS] = {0, 0, 0.5};
    (void)state;
    name_writer_tag(a, 1, first);
    name_writer_tag(a, 2, second);
    name_writer_tag(b, 2, second);
    name_writer_tag(b, 1, first);
    name_writer_finish(a, 0, &one);
    name_writer_finish(b, 0, &two);
    assert_true(str_eq(buf_str(&one), buf_str(&two)));
    name_writer_free(&a);
    name_writer_free(&b);
    buf_fini(&one);
    buf_fini(&two);
}

static void test_broken_sections_are_refused(void **state)
{
    struct name_writer *writer = name_writer_new(0);
    struct name_weights *weights = malloc(sizeof *weights);
    struct buf section = {0};
    (void)state;
    put_many(writer, 50);
    finish(&writer, 0, &section, weights);
    struct str bytes = buf_str(&section);
    for (size_t cut = 1; cut <= bytes.len; cut = cut * 2 + 1)
        assert_int_equal(
            name_weights_open(weights, str_slice(bytes, 0, bytes.len - cut), NULL),
            ERR_FORMAT);
    section.ptr[0]++; /* a bucket more than there are */
    assert_int_equal(name_weights_open(weights, bytes, NULL), ERR_FORMAT);
    section.ptr[0]--;
    section.ptr[3] = 0x7f; /* so many that their size does not fit */
    assert_int_equal(name_weights_open(weights, bytes, NULL), ERR_FORMAT);
    section.ptr[3] = 0;
    assert_int_equal(name_weights_open(weights, bytes, NULL), 0);
    section.ptr[10] = 1; /* a bias of more than 1 << 15 */
    assert_int_equal(name_weights_open(weights, bytes, NULL), ERR_FORMAT);
    buf_fini(&section);
    free(weights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights_are_those_that_were_put_in),
        cmocka_unit_test(test_features_that_are_not_known_add_nothing),
        cmocka_unit_test(test_many_features_of_one_word_add_up),
        cmocka_unit_test(test_a_full_bucket_lacks_the_lightest),
        cmocka_unit_test(test_small_weights_are_left_out_and_large_ones_cut),
        cmocka_unit_test(test_bias_and_shapes_are_summed_up_beforehand),
        cmocka_unit_test(test_the_order_of_features_changes_nothing),
        cmocka_unit_test(test_broken_sections_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
