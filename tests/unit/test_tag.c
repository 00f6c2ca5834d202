#include "tests/unit/text_fixture.h"

#include "worker/learn/label.h"
#include "worker/learn/learn.h"
#include "worker/learn/model_write.h"
#include "worker/learn/tag.h"
#include "worker/train/conllu.h"
#include "worker/train/exchange.h"
#include "worker/train/plain.h"
#include "worker/train/train_parse.h"
#include "worker/train/train_tag.h"

#define W(id, form, upos, head, deprel)                                                  \
    id "\t" form "\t_\t" upos "\t_\t_\t" head "\t" deprel "\t_\t_\n"

/* "nya" is a word of its own, "hanya" is not split. */
static const char treebank_text[] =
    W("1", "Ani", "PROPN", "2", "nsubj") W("2", "membaca", "VERB", "0", "root")
    W("3", "buku", "NOUN", "2", "obj") W("4", "nya", "PRON", "3", "nmod:poss")
    W("5", ".", "PUNCT", "2", "punct") "\n"
    W("1", "Budi", "PROPN", "3", "nsubj") W("2", "hanya", "ADV", "3", "advmod")
    W("3", "membaca", "VERB", "0", "root") W("4", "surat", "NOUN", "3", "obj")
    W("5", ".", "PUNCT", "3", "punct") "\n"
    W("1", "Buku", "NOUN", "3", "nsubj") W("2", "itu", "DET", "1", "det")
    W("3", "untuk", "ADP", "4", "case") W("4", "nya", "PRON", "0", "root")
    W("5", ".", "PUNCT", "4", "punct") "\n";

static const struct trainer_options keep_all = {1, 1};

static void add(struct model_writer *writer, const char *name, struct trainer **trainer)
{
    struct buf section = {0};
    trainer_finish(*trainer, &keep_all, &section);
    trainer_free(trainer);
    model_writer_add(writer, name, buf_str(&section));
    buf_fini(&section);
}

/* A model of the tiny treebank. */
static void make_model(struct arena *arena, struct buf *out)
{
    static const struct train_tag_options tag = {.epochs = 10, .seed = 1};
    static const struct train_parse_options parse = {.epochs = 10, .seed = 1};
    struct conllu treebank = {.arena = arena};
    struct corpus corpus = {.arena = arena};
    struct clusters none = {0};
    struct err err = {0};
    struct trainer *move, *label, *tagger;
    struct model_writer *writer = model_writer_new();
    assert_ok(conllu_parse(&treebank, STR(treebank_text), "t", &err), &err);
    corpus_add(&corpus, &treebank, &none, 1);
    tagger = train_tag(&corpus, &tag);
    for (uint32_t i = 0; i < corpus.count; i++)
        for (uint32_t j = 0; j < corpus.item[i].count; j++)
            corpus.item[i].word[j].upos = corpus.item[i].upos[j];
    train_parse(&corpus, &parse, &move, &label);
    add(writer, LEARN_TAG, &tagger);
    add(writer, LEARN_MOVE, &move);
    add(writer, LEARN_LABEL, &label);
    struct buf whole = {0};
    struct feature_word word;
    feature_word(&word, STR("hanya"), STR("hanya"));
    model_put_u32(&whole, word.lower);
    model_writer_add(writer, LEARN_WHOLE, buf_str(&whole));
    model_writer_finish(writer, out);
    model_writer_free(&writer);
    buf_fini(&whole);
}

static void read_with_model(void **state, const char *text, struct buf *block,
                            struct learn *learn)
{
    struct text_fixture *f = *state;
    struct err err = {0};
    struct doc *doc = text_fixture_read(state, text, "id");
    make_model(&f->arena, block);
    assert_ok(learn_open(learn, buf_str(block), &err), &err);
    learn_read(learn, doc);
}

static void words_of_a_document_get_tags_heads_and_lemmas(void **state)
{
    struct text_fixture *f = *state;
    struct buf block = {0};
    struct learn learn;
    read_with_model(state, "Budi hanya membaca surat.", &block, &learn);
    const struct token *t = f->doc.tokens.item;
    assert_int_equal(f->doc.tokens.count, 5);
    assert_int_equal(t[0].upos, UPOS_PROPN);
    assert_int_equal(t[1].upos, UPOS_ADV);
    assert_int_equal(t[2].upos, UPOS_VERB);
    assert_int_equal(t[2].head, DOC_NONE);
    assert_int_equal(t[2].deprel, DEPREL_ROOT);
    assert_int_equal(t[3].head, 2);
    assert_int_equal(t[3].deprel, DEPREL_OBJ);
    assert_str(t[2].lemma, "baca");
    assert_int_equal(t[4].upos, UPOS_PUNCT);
    buf_fini(&block);
}

static void a_token_with_an_enclitic_is_its_stem(void **state)
{
    struct text_fixture *f = *state;
    struct buf block = {0};
    struct learn learn;
    read_with_model(state, "Ani membaca bukunya.", &block, &learn);
    const struct token *t = f->doc.tokens.item;
    assert_int_equal(f->doc.tokens.count, 4);
    assert_int_equal(t[2].upos, UPOS_NOUN);
    assert_int_equal(t[2].deprel, DEPREL_OBJ);
    assert_int_equal(t[2].head, 1);
    assert_str(t[2].lemma, "buku");
    assert_int_equal(t[3].head, 1);
    buf_fini(&block);
}

static void a_preposition_with_an_enclitic_is_the_enclitic(void **state)
{
    struct text_fixture *f = *state;
    struct buf block = {0};
    struct learn learn;
    read_with_model(state, "Buku itu untuknya.", &block, &learn);
    const struct token *t = f->doc.tokens.item;
    assert_int_equal(t[2].upos, UPOS_PRON);
    assert_int_equal(t[2].deprel, DEPREL_ROOT);
    assert_int_equal(t[0].head, 2);
    buf_fini(&block);
}

static void a_sentence_without_end_is_read_in_pieces(void **state)
{
    struct text_fixture *f = *state;
    struct buf block = {0}, text = {0};
    struct learn learn;
    for (int i = 0; i < 3000; i++)
        buf_add_str(&text, STR("bukunya "));
    read_with_model(state, buf_cstr(&text), &block, &learn);
    assert_in_range(f->doc.tokens.count, 3000, 3000);
    for (uint32_t i = 0; i < f->doc.tokens.count; i++) {
        const struct token *t = &f->doc.tokens.item[i];
        assert_in_range(t->upos, 1, UPOS_COUNT - 1);
        assert_true(t->head == DOC_NONE || t->head < f->doc.tokens.count);
        assert_true(t->head != i);
    }
    buf_fini(&block);
    buf_fini(&text);
}

static void a_document_without_language_is_left_alone(void **state)
{
    struct text_fixture *f = *state;
    struct buf block = {0};
    struct learn learn;
    read_with_model(state, "Ani membaca buku.", &block, &learn);
    f->doc.tokens.item[0].upos = 0;
    f->doc.lang = NULL;
    learn_read(&learn, &f->doc);
    assert_int_equal(f->doc.tokens.item[0].upos, 0);
    buf_fini(&block);
}

static void a_model_without_a_section_is_refused(void **state)
{
    (void)state;
    struct model_writer *writer = model_writer_new();
    struct buf block = {0};
    struct learn learn;
    struct err err = {0};
    model_writer_finish(writer, &block);
    assert_int_equal(learn_open(&learn, buf_str(&block), &err), ERR_NOTFOUND);
    assert_has(err.text, LEARN_TAG);
    model_writer_free(&writer);
    buf_fini(&block);
}

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
        cmocka_unit_test(words_of_a_document_get_tags_heads_and_lemmas),
        cmocka_unit_test(a_token_with_an_enclitic_is_its_stem),
        cmocka_unit_test(a_preposition_with_an_enclitic_is_the_enclitic),
        cmocka_unit_test(a_sentence_without_end_is_read_in_pieces),
        cmocka_unit_test(a_document_without_language_is_left_alone),
        cmocka_unit_test(a_model_without_a_section_is_refused),
        cmocka_unit_test(shapes_and_affixes_tell_words_apart),
        cmocka_unit_test(words_of_like_company_share_a_class),
        cmocka_unit_test(clusters_are_found_by_word_and_take_enclitics_off),
    };
    return cmocka_run_group_tests(tests, text_fixture_setup, text_fixture_teardown);
}
