#include "tests/unit/text_fixture.h"

#include "worker/extract/extract.h"
#include "worker/learn/name.h"
#include "worker/text/lexicon_write.h"
#include "worker/train/train_name.h"
#include "worker/train/train_name_chain.h"

#define PER NAME_CLASS_PER
#define ORG NAME_CLASS_ORG
#define LOC NAME_CLASS_LOC

static const char corpus_text[] = "Zarmi NNP B-PER\nVolda NNP I-PER\nberangkat VB O\nke "
                                  "IN O\nQuiset NNP B-LOC\n. Z O\n\n"
                                  "Menurut IN O\nGrimex NNP B-ORG\n, Z O\nZarmi NNP "
                                  "B-PER\nke IN O\nTorvad NNP B-LOC\n\n"
                                  "Warga NN O\nberangkat VB O\nke IN O\nTorvad NNP "
                                  "B-LOC\nmenurut IN O\nGrimex NNP B-ORG\n";

static const struct name_source whole = {.amount = 1};

static void read_corpus(struct name_corpus *corpus, struct arena *arena, const char *text,
                        const struct name_source *source)
{
    struct err err = {0};
    name_corpus_init(corpus, arena, NULL);
    assert_ok(name_corpus_parse(corpus, str_of(text), "t", source, &err), &err);
}

/* The section of a tagger that has learnt corpus_text by heart. */
static void make_section(struct arena *arena, struct buf *out)
{
    static const struct train_name_options options = {
        .runs = 2, .epochs = 40, .hide = 10, .rate = 0.05, .seed = 1};
    struct clusters none = {0};
    struct name_corpus corpus;
    read_corpus(&corpus, arena, corpus_text, &whole);
    train_name(&corpus, &none, &options, out);
    name_corpus_fini(&corpus);
}

static void check_tags(struct doc *doc, const uint8_t *want, uint32_t count)
{
    assert_int_equal(doc->tokens.count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(name_token(doc, i)->name, 1 + want[i]);
}

static void test_names_learnt_are_found_in_a_document(void **state)
{
    static const uint8_t want[] = {NAME_O, NAME_B(PER), NAME_I(PER), NAME_O,
                                   NAME_O, NAME_B(LOC), NAME_O};
    struct doc *doc =
        text_fixture_read(state, "Menurut Zarmi Volda berangkat ke Quiset.", "id");
    struct clusters none = {0};
    struct buf section = {0};
    struct name_tagger tagger;
    struct err err = {0};
    make_section(doc->arena, &section);
    assert_ok(name_open(&tagger, buf_str(&section), &none, NULL, &err), &err);
    name_begin(&tagger, doc);
    check_tags(doc, want, sizeof want);
    buf_fini(&section);
}

static void test_names_are_read_where_they_are_asked_for(void **state)
{
    struct doc *doc =
        text_fixture_read(state, "Zarmi Volda hari ini tidak berangkat ke Quiset.", "id");
    struct clusters none = {0};
    struct buf section = {0};
    struct name_tagger tagger;
    struct err err = {0};
    const struct token *token = doc->tokens.item;
    make_section(doc->arena, &section);
    assert_int_equal(name_token(doc, 0)->name, 0); /* nobody reads names */
    assert_ok(name_open(&tagger, buf_str(&section), &none, NULL, &err), &err);
    name_begin(&tagger, doc);
    assert_int_equal(name_token(doc, 1)->name, 1 + NAME_I(PER));
    assert_int_equal(token[0].name, 1 + NAME_B(PER));
    assert_int_equal(token[2].name, 1 + NAME_O);
    for (uint32_t i = 3; i < doc->tokens.count; i++)
        assert_int_equal(token[i].name, 0);
    assert_int_equal(name_token(doc, 4)->name, 1 + NAME_O); /* far from any capital */
    assert_int_equal(token[4].name_margin, UINT8_MAX);
    assert_int_equal(name_token(doc, 7)->name, 1 + NAME_B(LOC));
    buf_fini(&section);
}

static void test_a_stretch_goes_over_small_words_between_capitals(void **state)
{
    struct doc *doc = text_fixture_read(
        state, "orang Zarmi dan para Volda dari jauh sekali Quiset", "id");
    struct name_stretch stretch = {.from = 0, .limit = doc->tokens.count};
    for (uint32_t at = 0; at < 6; at++) {
        assert_true(name_stretch_at(doc, at, &stretch));
        assert_int_equal(stretch.first, 0);
        assert_int_equal(stretch.end, 6);
    }
    assert_false(name_stretch_at(doc, 6, &stretch));
    assert_true(name_stretch_at(doc, 7, &stretch));
    assert_int_equal(stretch.first, 7);
    assert_int_equal(stretch.end, 9);
    stretch.limit = 4; /* a piece that ends there */
    assert_true(name_stretch_at(doc, 1, &stretch));
    assert_int_equal(stretch.end, 3);
}

static void test_the_same_corpus_gives_the_same_bytes(void **state)
{
    struct arena arena;
    struct buf a = {0}, b = {0};
    (void)state;
    arena_init(&arena, 1 << 26);
    make_section(&arena, &a);
    make_section(&arena, &b);
    assert_true(str_eq(buf_str(&a), buf_str(&b)));
    buf_fini(&a);
    buf_fini(&b);
    arena_fini(&arena);
}

static void test_a_name_goes_on_only_behind_its_own_begin(void **state)
{
    int32_t scores[3 * NAME_LABELS] = {0}, room[3 * 2 * NAME_TAGS], margin[3];
    uint8_t tag[3];
    (void)state;
    scores[NAME_B(PER)] = 5;
    scores[NAME_LABELS + NAME_I(ORG)] = 50; /* best alone, but may not stand there */
    scores[NAME_LABELS + NAME_I(PER)] = 4;
    name_decode(scores, 3, room, tag, margin);
    /* PER, then O, loses what B-ORG, I-ORG gains */
    assert_int_equal(tag[0], NAME_B(ORG));
    assert_int_equal(tag[1], NAME_I(ORG));
    assert_int_equal(tag[2], NAME_O);
    assert_int_equal(margin[1], 50 - 9);
    assert_int_equal(margin[2], 0);
}

static void test_pair_scores_decide_between_equal_tags(void **state)
{
    int32_t scores[2 * NAME_LABELS] = {0}, room[2 * 2 * NAME_TAGS];
    uint8_t tag[2];
    (void)state;
    scores[NAME_LABELS + NAME_PAIR(NAME_B(LOC), NAME_I(LOC))] = 1;
    name_decode(scores, 2, room, tag, NULL);
    assert_int_equal(tag[0], NAME_B(LOC));
    assert_int_equal(tag[1], NAME_I(LOC));
}

static void assert_share(double share, double want)
{
    assert_true(share > want - 1e-9 && share < want + 1e-9);
}

static void test_likelihoods_count_only_sequences_that_may_be(void **state)
{
    static const float none[NAME_LABELS] = {0};
    float twice[NAME_LABELS] = {0};
    double share[2 * NAME_LABELS] = {0};
    uint8_t allowed[2] = {0x7f, 0x7f};
    struct chain chain;
    (void)state;
    twice[NAME_B(ORG)] = 0.69314718056f; /* e to it is 2 */
    chain_init(&chain, 2);
    chain_set(&chain, 0, twice);
    chain_set(&chain, 1, none);
    assert_true(chain_expect(&chain, allowed, 2, 1, share));
    /* O: 4 tags may follow; B: 5 each, ORG counts twice: 4 + 5 + 10 + 5 */
    assert_true(share[NAME_B(ORG)] > 10 / 24.0 - 1e-6);
    assert_true(share[NAME_B(ORG)] < 10 / 24.0 + 1e-6);
    assert_share(share[NAME_I(ORG)], 0);
    assert_share(share[NAME_LABELS + NAME_PAIR(NAME_O, NAME_I(PER))], 0);
    allowed[0] = 1u << NAME_O;
    allowed[1] = 1u << NAME_I(PER);
    assert_false(chain_expect(&chain, allowed, 2, 1, share));
    chain_fini(&chain);
}

static void test_brackets_that_touch_a_word_are_cut_off(void **state)
{
    struct arena arena;
    struct name_corpus corpus;
    (void)state;
    arena_init(&arena, 1 << 20);
    read_corpus(&corpus, &arena, "Grimex B-ORG\n(GX) I-ORG\n(Torvad) B-LOC\n", &whole);
    static const uint8_t want[] = {NAME_B(ORG), NAME_I(ORG), NAME_I(ORG), NAME_I(ORG),
                                   NAME_O,      NAME_B(LOC), NAME_O};
    assert_int_equal(corpus.item[0].end, sizeof want);
    assert_memory_equal(corpus.item[0].tag, want, sizeof want);
    assert_int_equal(corpus.item[0].origin[3], corpus.item[0].origin[1]);
    name_corpus_fini(&corpus);
    arena_fini(&arena);
}

static void test_small_corpora_get_capitals_back(void **state)
{
    static const struct name_source small = {.number = 1, .amount = 1, .small = true};
    struct arena arena;
    struct name_corpus corpus;
    struct err err = {0};
    (void)state;
    arena_init(&arena, 1 << 20);
    read_corpus(&corpus, &arena, "di O\nGrimex B-ORG\nkota O\n", &whole);
    assert_ok(name_corpus_parse(&corpus,
                                STR("kota\tO\ngrimex\tO\nzarmi\tB-PPL\nkota\tO\n"), "s",
                                &small, &err),
              &err);
    const struct name_sample *sample = &corpus.item[1];
    const struct token *token = corpus.doc.tokens.item + sample->first;
    assert_true(str_is(token[0].text, "Kota"));
    assert_true(str_is(token[1].text, "Grimex"));
    assert_true(str_is(token[2].text, "Zarmi"));
    assert_true(str_is(token[3].text, "kota"));
    static const uint8_t want[] = {NAME_O, NAME_OPEN, NAME_B(PER), NAME_O};
    assert_memory_equal(sample->tag, want, sizeof want);
    name_corpus_fini(&corpus);
    arena_fini(&arena);
}

static void test_held_out_sentences_are_not_learnt_from(void **state)
{
    struct arena arena;
    struct name_corpus judge, train;
    struct err err = {0};
    (void)state;
    arena_init(&arena, 1 << 20);
    read_corpus(&judge, &arena, "Grimex B-ORG\n. O\n", &whole);
    name_corpus_init(&train, &arena, NULL);
    name_corpus_hold_out(&train, &judge);
    assert_ok(
        name_corpus_parse(&train, STR("grimex O\n\nTorvad B-LOC\n"), "t", &whole, &err),
        &err);
    assert_int_equal(train.count, 1);
    assert_true(str_is(train.doc.tokens.item[train.item[0].first].text, "Torvad"));
    name_corpus_fini(&judge);
    name_corpus_fini(&train);
    arena_fini(&arena);
}

static void test_lines_without_a_tag_are_named(void **state)
{
    struct arena arena;
    struct name_corpus corpus;
    struct err err = {0};
    (void)state;
    arena_init(&arena, 1 << 20);
    name_corpus_init(&corpus, &arena, NULL);
    assert_int_equal(name_corpus_parse(&corpus, STR("a O\nb\n"), "file", &whole, &err),
                     ERR_FORMAT);
    assert_non_null(strstr(err.text, "file:2"));
    name_corpus_fini(&corpus);
    arena_fini(&arena);
}

static void test_an_unknown_kind_of_evidence_is_refused(void **state)
{
    struct lexicon_writer *writer = lexicon_writer_new();
    struct name_evidence evidence;
    struct lexicon *lexicon = NULL;
    struct buf block = {0};
    struct err err = {0};
    (void)state;
    assert_ok(lexicon_writer_add(writer, "evidence.txt", STR("place\thearsay\n"), &err),
              &err);
    lexicon_writer_finish(writer, &block);
    assert_ok(lexicon_open(buf_str(&block), &lexicon, &err), &err);
    assert_int_equal(name_evidence_open(&evidence, lexicon, NULL), ERR_FORMAT);
    lexicon_close(&lexicon);
    lexicon_writer_free(&writer);
    buf_fini(&block);
}

static void tag_token(struct doc *doc, const char *form, uint8_t tag, uint8_t margin)
{
    for (uint32_t i = 0; i < doc->tokens.count; i++)
        if (str_is(doc->tokens.item[i].text, form)) {
            doc->tokens.item[i].name = (uint8_t)(1 + tag);
            doc->tokens.item[i].name_margin = margin;
        }
}

static void test_mentions_take_what_only_the_model_knows(void **state)
{
    struct doc *doc = text_fixture_read(state, "Xelvan tidur. Rumah itu sepi.", "id");
    extract_mentions(doc);
    assert_int_equal(doc->mentions.count, 0);
    doc = text_fixture_read(state, "Xelvan tidur. Rumah itu sepi.", "id");
    tag_token(doc, "Xelvan", NAME_B(PER), 255);
    extract_mentions(doc);
    assert_int_equal(doc->mentions.count, 1);
    assert_int_equal(doc->mentions.item[0].type, ENTITY_PER);
}

static void test_an_unsure_tag_adds_no_mention(void **state)
{
    struct doc *doc = text_fixture_read(state, "Xelvan tidur. Rumah itu sepi.", "id");
    tag_token(doc, "Xelvan", NAME_B(PER), 3);
    extract_mentions(doc);
    assert_int_equal(doc->mentions.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names_learnt_are_found_in_a_document,
                                        text_fixture_setup, text_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_names_are_read_where_they_are_asked_for,
                                        text_fixture_setup, text_fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_a_stretch_goes_over_small_words_between_capitals, text_fixture_setup,
            text_fixture_teardown),
        cmocka_unit_test(test_the_same_corpus_gives_the_same_bytes),
        cmocka_unit_test(test_a_name_goes_on_only_behind_its_own_begin),
        cmocka_unit_test(test_pair_scores_decide_between_equal_tags),
        cmocka_unit_test(test_likelihoods_count_only_sequences_that_may_be),
        cmocka_unit_test(test_brackets_that_touch_a_word_are_cut_off),
        cmocka_unit_test(test_small_corpora_get_capitals_back),
        cmocka_unit_test(test_held_out_sentences_are_not_learnt_from),
        cmocka_unit_test(test_lines_without_a_tag_are_named),
        cmocka_unit_test(test_an_unknown_kind_of_evidence_is_refused),
        cmocka_unit_test_setup_teardown(test_mentions_take_what_only_the_model_knows,
                                        text_fixture_setup, text_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_an_unsure_tag_adds_no_mention,
                                        text_fixture_setup, text_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
