#include "tests/support/check.h"

#include "proto/base/hash.h"
#include "worker/learn/feature.h"
#include "worker/learn/label.h"
#include "worker/learn/model.h"
#include "worker/learn/model_write.h"
#include "worker/learn/perceptron.h"
#include "worker/train/trainer.h"

static void make(struct buf *out)
{
    struct model_writer *writer = model_writer_new();
    model_writer_add(writer, "second", STR("two"));
    model_writer_add(writer, "first", STR("one"));
    model_writer_finish(writer, out);
    model_writer_free(&writer);
}

/* After a change on purpose: the checksum is right again. */
static void seal(struct buf *block)
{
    struct buf sum = {0};
    struct str body = str_from(buf_str(block), MODEL_HEAD_BYTES);
    model_put_u64(&sum, hash64(body, 0));
    memcpy(block->ptr + 32, sum.ptr, 8);
    buf_fini(&sum);
}

static void sections_are_found_by_name(void **state)
{
    (void)state;
    struct buf block = {0};
    struct model model;
    struct err err = {0};
    make(&block);
    assert_ok(model_open(&model, buf_str(&block), &err), &err);
    assert_str(model_section(&model, "first"), "one");
    assert_str(model_section(&model, "second"), "two");
    assert_null(model_section(&model, "third").ptr);
    assert_int_equal((model_section(&model, "second").ptr - block.ptr) % MODEL_ALIGN, 0);
    buf_fini(&block);
}

static void the_same_sections_give_the_same_bytes(void **state)
{
    (void)state;
    struct buf a = {0}, b = {0};
    struct model_writer *writer = model_writer_new();
    make(&a);
    model_writer_add(writer, "first", STR("one"));
    model_writer_add(writer, "second", STR("two"));
    model_writer_finish(writer, &b);
    assert_true(str_eq(buf_str(&a), buf_str(&b)));
    model_writer_free(&writer);
    buf_fini(&a);
    buf_fini(&b);
}

static void a_truncated_file_is_refused(void **state)
{
    (void)state;
    struct buf block = {0};
    struct model model;
    make(&block);
    for (size_t len = 0; len < block.len; len++)
        assert_true(model_open(&model, str_make(block.ptr, len), NULL) < 0);
    buf_fini(&block);
}

static void any_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct buf block = {0};
    struct model model;
    make(&block);
    for (size_t i = 0; i < block.len; i++) {
        if (i >= 20 && i < 24) /* the word that is zero and means nothing */
            continue;
        block.ptr[i] = (char)(block.ptr[i] ^ 4);
        assert_true(model_open(&model, buf_str(&block), NULL) < 0);
        block.ptr[i] = (char)(block.ptr[i] ^ 4);
    }
    assert_int_equal(model_open(&model, buf_str(&block), NULL), 0);
    buf_fini(&block);
}

static void another_version_is_refused_as_such(void **state)
{
    (void)state;
    struct buf block = {0};
    struct model model;
    struct err err = {0};
    make(&block);
    block.ptr[8]++;
    assert_int_equal(model_open(&model, buf_str(&block), &err), ERR_VERSION);
    assert_has(err.text, "format");
    block.ptr[8]--;
    block.ptr[12]++;
    assert_int_equal(model_open(&model, buf_str(&block), &err), ERR_VERSION);
    assert_has(err.text, "labels");
    buf_fini(&block);
}

static void
a_section_that_lies_outside_is_refused_though_the_checksum_is_right(void **state)
{
    (void)state;
    struct buf block = {0};
    struct model model;
    struct err err = {0};
    make(&block);
    char *size = block.ptr + MODEL_HEAD_BYTES + MODEL_NAME_BYTES + 8;
    size[7] = 1;
    seal(&block);
    assert_int_equal(model_open(&model, buf_str(&block), &err), ERR_FORMAT);
    assert_has(err.text, "outside");
    buf_fini(&block);
}

/* Label of each feature: feature i wants label i % labels. */
static void train(uint32_t labels, struct buf *out)
{
    static const struct trainer_options all = {1, 1};
    struct trainer *trainer = trainer_new(labels);
    int32_t scores[PERCEPTRON_LABELS];
    for (int turn = 0; turn < 5; turn++)
        for (uint32_t i = 0; i < 300; i++) {
            uint64_t feature = hash64(str_make((const char *)&i, sizeof i), 1);
            trainer_score(trainer, &feature, 1, scores);
            uint32_t best = perceptron_best(scores, labels);
            if (best != i % labels)
                trainer_update(trainer, &feature, 1, i % labels, best, 1);
            trainer_step(trainer);
        }
    trainer_finish(trainer, &all, out);
    trainer_free(&trainer);
}

static void check_weights(uint32_t labels)
{
    struct buf section = {0};
    struct perceptron p;
    struct err err = {0};
    int32_t scores[PERCEPTRON_LABELS];
    train(labels, &section);
    assert_ok(perceptron_open(&p, buf_str(&section), &err), &err);
    assert_int_equal(p.labels, labels);
    for (uint32_t i = 0; i < 300; i++) {
        uint64_t feature = hash64(str_make((const char *)&i, sizeof i), 1);
        perceptron_score(&p, &feature, 1, scores);
        assert_int_equal(perceptron_best(scores, labels), i % labels);
    }
    uint64_t unknown[2] = {12345, 0};
    perceptron_score(&p, unknown, 2, scores);
    for (uint32_t i = 0; i < labels; i++)
        assert_int_equal(scores[i], 0);
    buf_fini(&section);
}

static void weights_of_few_labels_come_back(void **state)
{
    (void)state;
    check_weights(2);
    check_weights(3);
}

static void weights_of_many_labels_come_back(void **state)
{
    (void)state;
    check_weights(4);
    check_weights(PERCEPTRON_LABELS);
}

static void weights_of_wrong_size_label_or_place_are_refused(void **state)
{
    (void)state;
    struct buf section = {0};
    struct perceptron p;
    train(17, &section);
    for (size_t len = 0; len < section.len; len++)
        assert_int_equal(perceptron_open(&p, str_make(section.ptr, len), NULL),
                         ERR_FORMAT);
    section.ptr[section.len - 1] = (char)0xfc; /* label 63 */
    assert_int_equal(perceptron_open(&p, buf_str(&section), NULL), ERR_FORMAT);
    section.len = 0;
    train(17, &section);
    size_t filter = ((size_t)1 << model_u32(section.ptr + 16)) / 8;
    for (char *slot = section.ptr + PERCEPTRON_HEAD_BYTES + filter;;
         slot += PERCEPTRON_SLOT_BYTES)
        if (model_u64(slot) >> 40) {
            memset(slot, 0xff, 4);
            break;
        }
    assert_int_equal(perceptron_open(&p, buf_str(&section), NULL), ERR_FORMAT);
    buf_fini(&section);
}

static void a_label_that_stands_twice_in_a_slot_is_refused(void **state)
{
    (void)state;
    struct buf section = {0};
    struct perceptron p;
    train(17, &section);
    const char *slot = section.ptr + PERCEPTRON_HEAD_BYTES +
                       ((size_t)1 << model_u32(section.ptr + 16)) / 8;
    while (model_u64(slot) >> 40 == 0 || (model_u64(slot) >> 32 & 0xff) < 2 ||
           model_u32(slot) & PERCEPTRON_BLOCKS)
        slot += PERCEPTRON_SLOT_BYTES;
    size_t cells = section.len - 2 * (size_t)model_u32(section.ptr + 12);
    char *first = section.ptr + cells + 2 * (size_t)model_u32(slot);
    memcpy(first + 2, first, 2);
    assert_int_equal(perceptron_open(&p, buf_str(&section), NULL), ERR_FORMAT);
    buf_fini(&section);
}

/* One feature that many labels have weights of: label i + 1 has i times that of label 1.
 */
static void train_blocks(uint64_t feature, struct buf *out)
{
    static const struct trainer_options all = {1, 1};
    struct trainer *trainer = trainer_new(45);
    for (uint32_t i = 1; i < 45; i++)
        trainer_update(trainer, &feature, 1, i, 0, (int32_t)i);
    trainer_step(trainer);
    trainer_finish(trainer, &all, out);
    trainer_free(&trainer);
}

static void weights_of_one_feature_for_many_labels_come_back(void **state)
{
    (void)state;
    struct buf section = {0};
    struct perceptron p;
    int32_t one[45], many[45];
    uint64_t feature[FEATURES_MOST];
    for (uint32_t i = 0; i < FEATURES_MOST; i++)
        feature[i] = 0x1234567812345678u;
    train_blocks(feature[0], &section);
    assert_int_equal(perceptron_open(&p, buf_str(&section), NULL), 0);
    perceptron_score(&p, feature, 1, one);
    assert_int_equal(one[0], -(int32_t)PERCEPTRON_WEIGHT);
    for (int32_t i = 1; i < 45; i++)
        assert_in_range(990 + one[i] * 990 - 511 * i, 0, 2 * 990);
    perceptron_score(&p, feature, FEATURES_MOST, many);
    for (uint32_t i = 0; i < 45; i++)
        assert_int_equal(many[i], one[i] * FEATURES_MOST);
    buf_fini(&section);
}

static void blocks_of_labels_that_are_none_are_refused(void **state)
{
    (void)state;
    struct buf section = {0};
    struct perceptron p;
    train_blocks(1, &section);
    char *slot = section.ptr + PERCEPTRON_HEAD_BYTES +
                 ((size_t)1 << model_u32(section.ptr + 16)) / 8;
    while (model_u64(slot) >> 40 == 0)
        slot += PERCEPTRON_SLOT_BYTES;
    assert_true(model_u32(slot) & PERCEPTRON_BLOCKS);
    assert_int_equal(slot[4], 0x3f);
    slot[4] = 0x5f; /* labels from 48 on */
    assert_int_equal(perceptron_open(&p, buf_str(&section), NULL), ERR_FORMAT);
    slot[4] = 0x3f;
    assert_int_equal(perceptron_open(&p, buf_str(&section), NULL), 0);
    section.ptr[section.len - 1] = 2; /* a weight of more than 511 */
    assert_int_equal(perceptron_open(&p, buf_str(&section), NULL), ERR_FORMAT);
    buf_fini(&section);
}

static void a_table_without_a_free_slot_is_refused(void **state)
{
    (void)state;
    struct buf section = {0};
    struct perceptron p;
    model_put_u32(&section, 2);
    model_put_u32(&section, 1);
    model_put_u32(&section, 1);
    model_put_u32(&section, 0);
    model_put_u32(&section, PERCEPTRON_FILTER_LEAST);
    model_put_u32(&section, 0);
    model_put_u64(&section, UINT64_MAX); /* filter */
    model_put_u64(&section, 7);
    assert_int_equal(perceptron_open(&p, buf_str(&section), NULL), ERR_FORMAT);
    buf_fini(&section);
}

static void weights_are_the_mean_over_all_examples(void **state)
{
    (void)state;
    static const struct trainer_options all = {1, 1};
    struct trainer *trainer = trainer_new(2);
    struct buf section = {0};
    struct perceptron p;
    uint64_t early = 0x1111111100000001u, late = 0x2222222200000002u;
    int32_t a[2], b[2];
    trainer_update(trainer, &early, 1, 0, 1, 1); /* holds for 4 steps */
    for (int i = 0; i < 3; i++)
        trainer_step(trainer);
    trainer_update(trainer, &late, 1, 0, 1, 1); /* holds for 1 */
    trainer_step(trainer);
    trainer_finish(trainer, &all, &section);
    assert_int_equal(perceptron_open(&p, buf_str(&section), NULL), 0);
    perceptron_score(&p, &early, 1, a);
    perceptron_score(&p, &late, 1, b);
    assert_in_range(a[0], 4 * b[0] - 4, 4 * b[0] + 4);
    assert_int_equal(a[1], -a[0]);
    trainer_free(&trainer);
    buf_fini(&section);
}

static void labels_have_names_and_bases(void **state)
{
    (void)state;
    assert_int_equal(upos_of(STR("VERB")), UPOS_VERB);
    assert_int_equal(upos_of(STR("X")), UPOS_X);
    assert_int_equal(upos_of(STR("_")), UPOS_NONE);
    assert_string_equal(deprel_name(DEPREL_NSUBJ_PASS), "nsubj:pass");
    assert_int_equal(deprel_of(STR("nsubj:pass")), DEPREL_NSUBJ_PASS);
    assert_int_equal(deprel_of(STR("compound:a")), DEPREL_COMPOUND);
    assert_int_equal(deprel_of(STR("nothing")), DEPREL_NONE);
    assert_int_equal(deprel_base(DEPREL_ACL_RELCL), DEPREL_ACL);
    assert_int_equal(deprel_base(DEPREL_ROOT), DEPREL_ROOT);
    for (unsigned i = 1; i < DEPREL_COUNT; i++)
        assert_int_equal(deprel_of(str_of(deprel_name(i))), i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_are_found_by_name),
        cmocka_unit_test(the_same_sections_give_the_same_bytes),
        cmocka_unit_test(a_truncated_file_is_refused),
        cmocka_unit_test(any_flipped_bit_is_refused),
        cmocka_unit_test(another_version_is_refused_as_such),
        cmocka_unit_test(
            a_section_that_lies_outside_is_refused_though_the_checksum_is_right),
        cmocka_unit_test(weights_of_few_labels_come_back),
        cmocka_unit_test(weights_of_many_labels_come_back),
        cmocka_unit_test(weights_of_one_feature_for_many_labels_come_back),
        cmocka_unit_test(blocks_of_labels_that_are_none_are_refused),
        cmocka_unit_test(weights_of_wrong_size_label_or_place_are_refused),
        cmocka_unit_test(a_label_that_stands_twice_in_a_slot_is_refused),
        cmocka_unit_test(a_table_without_a_free_slot_is_refused),
        cmocka_unit_test(weights_are_the_mean_over_all_examples),
        cmocka_unit_test(labels_have_names_and_bases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
