#include "tests/support/check.h"

#include "worker/learn/label.h"
#include "worker/train/conllu.h"
#include "worker/train/legacy_split.h"

#define W(id, form, upos, head, deprel)                                                  \
    id "\t" form "\t_\t" upos "\t_\t_\t" head "\t" deprel "\t_\t_\n"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 16u << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static int parse(const char *text, struct conllu *out, struct err *err)
{
    *out = (struct conllu){.arena = &arena};
    return conllu_parse(out, str_of(text), "t", err);
}

static void words_ranges_and_trees_are_read(void **state)
{
    (void)state;
    struct conllu t;
    struct err err = {0};
    assert_ok(parse("# sent_id = 1\n"
                    "1-2\tBukunya\t_\t_\t_\t_\t_\t_\t_\t_\n"
                    W("1", "Buku", "NOUN", "3", "nsubj")
                    W("2", "nya", "PRON", "1", "nmod:poss")
                    W("3", "baru", "ADJ", "0", "root")
                    "3.1\tx\t_\t_\t_\t_\t_\t_\t_\t_\n"
                    "\n" W("1", "Ya", "INTJ", "0", "root"),
                    &t, &err),
              &err);
    assert_int_equal(t.count, 2);
    const struct conllu_sentence *s = &t.item[0];
    assert_int_equal(s->count, 3);
    assert_str(s->word[0].lower, "buku");
    assert_int_equal(s->word[0].head, 2);
    assert_int_equal(s->word[1].deprel, DEPREL_NMOD_POSS);
    assert_int_equal(s->word[2].head, 3);
    assert_int_equal(s->range_count, 1);
    assert_str(s->range[0].form, "Bukunya");
    assert_int_equal(s->range[0].end, 2);
    assert_int_equal(t.item[1].range_count, 0);
}

static void a_broken_file_is_refused_with_its_line(void **state)
{
    (void)state;
    static const char *const bad[] = {
        W("1", "a", "X", "2", "dep") "\n",                            /* head outside */
        W("1", "a", "X", "1", "dep") "\n",                            /* head of itself */
        W("2", "a", "X", "0", "root") "\n",                           /* numbered 2 */
        W("1", "a", "X", "0", "root") W("2", "b", "X", "0", "root"),  /* two roots */
        W("1", "", "X", "0", "root"),                                 /* no form */
        W("1", "\xff", "X", "0", "root"),                             /* not UTF-8 */
        "1\ta\tX\n",                                                  /* three fields */
        "1-3\ta\t_\t_\t_\t_\t_\t_\t_\t_\n" W("1", "a", "X", "0", "root"),
        "1-2\t\xff\t_\t_\t_\t_\t_\t_\t_\t_\n" W("1", "a", "X", "0", "root")
            W("2", "b", "X", "1", "dep"),
        "1-3\ta\t_\t_\t_\t_\t_\t_\t_\t_\n" /* a range that begins inside another */
        W("1", "a", "X", "0", "root") "2-3\ta\t_\t_\t_\t_\t_\t_\t_\t_\n"
            W("2", "b", "X", "1", "dep") W("3", "c", "X", "1", "dep"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct conllu t;
        struct err err = {0};
        assert_int_equal(parse(bad[i], &t, &err), ERR_FORMAT);
        assert_has(err.text, "t:");
    }
}

static void old_words_with_enclitics_are_split(void **state)
{
    (void)state;
    struct conllu old, modern, out = {.arena = &arena};
    struct err err = {0};
    assert_ok(parse(W("1", "buku", "NOUN", "0", "root") W("2", "hanya", "ADV", "1", "advmod"),
                    &modern, &err),
              &err);
    assert_ok(parse(W("1", "Bukunya", "NOUN", "3", "nsubj")
                    W("2", "hanya", "ADV", "3", "advmod")
                    W("3", "baru", "ADJ", "0", "root")
                    W("4", "untuknya", "ADP", "3", "case"),
                    &old, &err),
              &err);
    legacy_split(&old, &modern, &out);
    const struct conllu_sentence *s = &out.item[0];
    assert_int_equal(s->count, 5); /* "untuk" is no word of either treebank */
    assert_str(s->word[0].form, "Buku");
    assert_str(s->word[1].form, "nya");
    assert_int_equal(s->word[1].head, 0);
    assert_int_equal(s->word[1].deprel, DEPREL_NMOD_POSS);
    assert_int_equal(s->word[0].head, 3);
    assert_str(s->word[2].form, "hanya");
    assert_int_equal(s->range_count, 1);
}

static void old_doubled_words_are_put_together(void **state)
{
    (void)state;
    struct conllu old, modern = {.arena = &arena}, out = {.arena = &arena};
    struct err err = {0};
    assert_ok(parse(W("1", "Kota", "NOUN", "4", "nsubj") W("2", "-", "PUNCT", "1", "punct")
                    W("3", "kota", "NOUN", "1", "compound:plur")
                    W("4", "tumbuh", "VERB", "0", "root"),
                    &old, &err),
              &err);
    legacy_split(&old, &modern, &out);
    const struct conllu_sentence *s = &out.item[0];
    assert_int_equal(s->count, 2);
    assert_str(s->word[0].form, "Kota-kota");
    assert_str(s->word[0].lower, "kota-kota");
    assert_int_equal(s->word[0].head, 1);
    assert_int_equal(s->word[1].head, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_ranges_and_trees_are_read),
        cmocka_unit_test(a_broken_file_is_refused_with_its_line),
        cmocka_unit_test(old_words_with_enclitics_are_split),
        cmocka_unit_test(old_doubled_words_are_put_together),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
