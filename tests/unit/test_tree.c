#include "tests/unit/text_fixture.h"

#include "worker/learn/label.h"
#include "worker/learn/model_write.h"
#include "worker/learn/tree.h"
#include "worker/train/conllu.h"
#include "worker/train/train_parse.h"
#include "worker/train/train_tag.h"

#define W(id, form, upos, head, deprel)                                                  \
    id "\t" form "\t_\t" upos "\t_\t_\t" head "\t" deprel "\t_\t_\n"

/* "nya" is a word of its own, "hanya" is not split. */
static const char treebank_text[] = W("1", "Ani", "PROPN", "2", "nsubj")
    W("2", "membaca", "VERB", "0", "root") W("3", "buku", "NOUN", "2", "obj")
        W("4", "nya", "PRON", "3", "nmod:poss") W("5", ".", "PUNCT", "2", "punct") "\n" W(
            "1", "Budi", "PROPN", "3", "nsubj") W("2", "hanya", "ADV", "3", "advmod")
            W("3", "membaca", "VERB", "0", "root") W("4", "surat", "NOUN", "3", "obj") W(
                "5", ".", "PUNCT", "3", "punct") "\n" W("1", "Buku", "NOUN", "3", "nsubj")
                W("2", "itu", "DET", "1", "det") W("3", "untuk", "ADP", "4", "case")
                    W("4", "nya", "PRON", "0", "root")
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
    assert_ok(learn_open(learn, buf_str(block), NULL, &err), &err);
    learn_read(learn, doc);
}

static const struct tree_word *word_at(void **state, uint32_t token)
{
    struct text_fixture *f = *state;
    const struct tree_word *word = tree_word(&f->doc, token);
    assert_non_null(word);
    return word;
}

static void words_of_a_document_get_tags_and_heads(void **state)
{
    struct text_fixture *f = *state;
    struct buf block = {0};
    struct learn learn;
    read_with_model(state, "Budi hanya membaca surat.", &block, &learn);
    assert_int_equal(f->doc.tokens.count, 5);
    assert_int_equal(word_at(state, 0)->upos, UPOS_PROPN);
    assert_int_equal(word_at(state, 1)->upos, UPOS_ADV);
    assert_int_equal(word_at(state, 2)->upos, UPOS_VERB);
    assert_int_equal(word_at(state, 2)->head, DOC_NONE);
    assert_int_equal(word_at(state, 2)->deprel, DEPREL_ROOT);
    assert_int_equal(word_at(state, 3)->head, 2);
    assert_int_equal(word_at(state, 3)->deprel, DEPREL_OBJ);
    assert_int_equal(word_at(state, 4)->upos, UPOS_PUNCT);
    buf_fini(&block);
}

static void a_token_with_an_enclitic_is_its_stem(void **state)
{
    struct text_fixture *f = *state;
    struct buf block = {0};
    struct learn learn;
    read_with_model(state, "Ani membaca bukunya.", &block, &learn);
    assert_int_equal(f->doc.tokens.count, 4);
    assert_int_equal(word_at(state, 2)->upos, UPOS_NOUN);
    assert_int_equal(word_at(state, 2)->deprel, DEPREL_OBJ);
    assert_int_equal(word_at(state, 2)->head, 1);
    assert_int_equal(word_at(state, 3)->head, 1);
    buf_fini(&block);
}

static void a_preposition_with_an_enclitic_is_the_enclitic(void **state)
{
    struct buf block = {0};
    struct learn learn;
    read_with_model(state, "Buku itu untuknya.", &block, &learn);
    assert_int_equal(word_at(state, 2)->upos, UPOS_PRON);
    assert_int_equal(word_at(state, 2)->deprel, DEPREL_ROOT);
    assert_int_equal(word_at(state, 0)->head, 2);
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
        const struct tree_word *t = word_at(state, i);
        assert_in_range(t->upos, 1, UPOS_COUNT - 1);
        assert_true(t->head == DOC_NONE || t->head < f->doc.tokens.count);
        assert_true(t->head != i);
    }
    buf_fini(&block);
    buf_fini(&text);
}

static void a_sentence_is_read_when_it_is_asked_for(void **state)
{
    struct text_fixture *f = *state;
    struct buf block = {0};
    struct learn learn;
    read_with_model(state, "Ani membaca buku. Budi membaca surat.", &block, &learn);
    assert_int_equal(f->doc.sentences.count, 2);
    assert_null(tree_known(&f->doc, 0));
    assert_int_equal(word_at(state, 5)->upos, UPOS_VERB);
    assert_null(tree_known(&f->doc, 0));
    assert_ptr_equal(tree_known(&f->doc, 4), word_at(state, 4));
    tree_all(&f->doc);
    assert_non_null(tree_known(&f->doc, 0));
    buf_fini(&block);
}

/* Whoever asks first, for whatever, the answers are the same. */
static void trees_do_not_depend_on_the_order_of_asking(void **state)
{
    static const char text[] = "Ani membaca bukunya. Buku itu untuknya. Budi membaca.";
    struct text_fixture *f = *state;
    struct buf block = {0};
    struct learn learn;
    struct tree_word forward[16];
    read_with_model(state, text, &block, &learn);
    uint32_t count = f->doc.tokens.count;
    assert_in_range(count, 5, 16);
    for (uint32_t i = 0; i < count; i++)
        forward[i] = *word_at(state, i);
    buf_fini(&block);
    block = (struct buf){0};
    read_with_model(state, text, &block, &learn);
    for (uint32_t i = count; i-- > 0;)
        assert_memory_equal(&forward[i], word_at(state, i), sizeof forward[i]);
    buf_fini(&block);
}

static void nothing_is_known_of_a_dropped_sentence(void **state)
{
    struct text_fixture *f = *state;
    struct buf block = {0};
    struct learn learn;
    read_with_model(state,
                    "Ani dan Budi membaca buku itu.\nAni dan Budi membaca buku itu.",
                    &block, &learn);
    assert_int_equal(f->doc.sentences.count, 2);
    assert_int_equal(f->doc.sentences.item[1].drop, DROP_REPEAT);
    tree_all(&f->doc);
    assert_non_null(tree_word(&f->doc, 0));
    assert_null(tree_word(&f->doc, 7));
    buf_fini(&block);
}

static void nothing_is_known_without_language_or_model(void **state)
{
    struct text_fixture *f = *state;
    struct buf block = {0};
    struct learn learn;
    text_fixture_read(state, "Ani membaca buku.", "id");
    assert_null(tree_word(&f->doc, 0));
    tree_all(&f->doc);
    assert_null(tree_known(&f->doc, 0));
    make_model(&f->arena, &block);
    assert_ok(learn_open(&learn, buf_str(&block), NULL, NULL), NULL);
    f->doc.lang = NULL;
    learn_read(&learn, &f->doc);
    assert_null(tree_word(&f->doc, 0));
    buf_fini(&block);
}

/* The program's own: what a process opens once for all its documents. */
static void packs_bring_their_models(void **state)
{
    struct text_fixture *f = *state;
    struct learn_set *set = NULL;
    struct err err = {0};
    assert_ok(learn_set_open(f->langs, &set, &err), &err);
    assert_null(learn_set_find(set, NULL));
    for (size_t i = 0; i < lang_count(f->langs); i++) {
        const struct lang *lang = lang_at(f->langs, i);
        const struct learn *learn = learn_set_find(set, lang);
        assert_int_equal(learn != NULL, lang->model.ptr != NULL);
        assert_int_equal((uintptr_t)lang->model.ptr % MODEL_ALIGN, 0);
    }
    const struct learn *learn = learn_set_find(set, lang_find(f->langs, STR("id")));
    assert_non_null(learn);
    learn_read(learn, text_fixture_read(state, "Mereka membaca surat itu.", "id"));
    assert_int_equal(word_at(state, 1)->upos, UPOS_VERB);
    assert_int_equal(word_at(state, 0)->head, 1);
    learn_set_close(&set);
}

static void a_pack_without_a_model_is_read_by_rules_alone(void **state)
{
    struct text_fixture *f = *state;
    struct learn_set *set = NULL;
    struct err err = {0};
    struct lang *lang = (struct lang *)lang_at(f->langs, 0);
    struct str model = lang->model;
    lang->model = STR_NONE;
    assert_ok(learn_set_open(f->langs, &set, &err), &err);
    assert_null(learn_set_find(set, lang));
    learn_set_close(&set);
    lang->model = str_make("no model", 8);
    assert_int_equal(learn_set_open(f->langs, &set, &err), ERR_FORMAT);
    assert_has(err.text, lang->code);
    assert_null(set);
    lang->model = model;
}

static void a_model_without_a_section_is_refused(void **state)
{
    (void)state;
    struct model_writer *writer = model_writer_new();
    struct buf block = {0};
    struct learn learn;
    struct err err = {0};
    model_writer_finish(writer, &block);
    assert_int_equal(learn_open(&learn, buf_str(&block), NULL, &err), ERR_NOTFOUND);
    assert_has(err.text, LEARN_TAG);
    model_writer_free(&writer);
    buf_fini(&block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_a_document_get_tags_and_heads),
        cmocka_unit_test(a_token_with_an_enclitic_is_its_stem),
        cmocka_unit_test(a_preposition_with_an_enclitic_is_the_enclitic),
        cmocka_unit_test(a_sentence_without_end_is_read_in_pieces),
        cmocka_unit_test(a_sentence_is_read_when_it_is_asked_for),
        cmocka_unit_test(trees_do_not_depend_on_the_order_of_asking),
        cmocka_unit_test(nothing_is_known_of_a_dropped_sentence),
        cmocka_unit_test(nothing_is_known_without_language_or_model),
        cmocka_unit_test(packs_bring_their_models),
        cmocka_unit_test(a_pack_without_a_model_is_read_by_rules_alone),
        cmocka_unit_test(a_model_without_a_section_is_refused),
    };
    return cmocka_run_group_tests(tests, text_fixture_setup, text_fixture_teardown);
}
