#include "tests/support/check.h"

#include "worker/text/lexicon.h"
#include "worker/text/lexicon_write.h"

#include <stdio.h>

static struct lexicon *open_lists(struct buf *block, const char *text, const char *other)
{
    struct err err = {0};
    struct lexicon *lexicon = NULL;
    struct lexicon_writer *writer = lexicon_writer_new();
    assert_ok(lexicon_writer_add(writer, "words.txt", str_of(text), &err), &err);
    if (other)
        assert_ok(lexicon_writer_add(writer, "other.txt", str_of(other), &err), &err);
    buf_clear(block);
    lexicon_writer_finish(writer, block);
    lexicon_writer_free(&writer);
    assert_ok(lexicon_open(buf_str(block), &lexicon, &err), &err);
    return lexicon;
}

static void keys_are_found_with_their_values(void **state)
{
    (void)state;
    struct buf block = {0};
    struct str value = STR_NONE;
    struct lexicon *lexicon = open_lists(
        &block, "# a comment\nsatu\t1\nKorea Utara\tGPE KP\n\nkosong\nempty\t\n", NULL);
    const struct wordlist *list = lexicon_list(lexicon, "words");
    assert_non_null(list);
    assert_int_equal(wordlist_count(list), 4);
    assert_true(wordlist_get(list, STR("satu"), &value));
    assert_str(value, "1");
    assert_true(wordlist_get(list, STR("korea utara"), &value));
    assert_str(value, "GPE KP");
    assert_true(wordlist_get(list, STR("kosong"), &value));
    assert_null(value.ptr);
    assert_true(wordlist_get(list, STR("empty"), &value));
    assert_str(value, "");
    assert_false(wordlist_get(list, STR("Korea Utara"), NULL));
    assert_false(wordlist_get(list, STR("korea"), NULL));
    assert_false(wordlist_get(list, STR(""), NULL));
    lexicon_close(&lexicon);
    buf_fini(&block);
}

static void case_exact_keeps_capitals(void **state)
{
    (void)state;
    struct buf block = {0};
    struct lexicon *lexicon = open_lists(&block, "# case: exact\nTNI\n", "TNI\n");
    assert_true(wordlist_exact(lexicon_list(lexicon, "words")));
    assert_false(wordlist_exact(lexicon_list(lexicon, "other")));
    assert_true(wordlist_get(lexicon_list(lexicon, "words"), STR("TNI"), NULL));
    assert_false(wordlist_get(lexicon_list(lexicon, "words"), STR("tni"), NULL));
    assert_true(wordlist_get(lexicon_list(lexicon, "other"), STR("tni"), NULL));
    lexicon_close(&lexicon);
    buf_fini(&block);
}

static void a_path_leads_as_far_as_keys_do(void **state)
{
    (void)state;
    struct buf block = {0};
    struct lexicon *lexicon =
        open_lists(&block, "jawa\t1\njawa barat daya\t2\nbali\t3\n", "barat\n");
    const struct wordlist *list = lexicon_list(lexicon, "words");
    struct str value = STR_NONE;
    struct lexicon_path path = lexicon_word(lexicon, STR("jawa"));
    assert_true(wordlist_take(list, path, STR_NONE, &value));
    assert_str(value, "1");
    assert_true(wordlist_goes_on(list, path));
    path = lexicon_on(lexicon, path, STR("barat"));
    assert_true(wordlist_begins(list, path));
    assert_false(wordlist_ends(list, path));
    assert_false(wordlist_take(list, path, STR_NONE, &value));
    path = lexicon_on(lexicon, path, STR("daya"));
    assert_true(wordlist_take(list, path, STR_NONE, &value));
    assert_str(value, "2");
    assert_false(wordlist_goes_on(list, path));
    assert_false(lexicon_knows(lexicon_on(lexicon, path, STR("raya"))));
    /* A word that begins a key of another list is no second word of this one. */
    assert_false(lexicon_knows(
        lexicon_on(lexicon, lexicon_word(lexicon, STR("bali")), STR("barat"))));
    assert_false(wordlist_begins(list, lexicon_word(lexicon, STR("barat"))));
    lexicon_close(&lexicon);
    buf_fini(&block);
}

static void keys_that_differ_in_case_alone_share_a_path(void **state)
{
    (void)state;
    struct buf block = {0};
    struct str value;
    struct lexicon *lexicon =
        open_lists(&block, "# case: exact\nWHO\t1\nWho\t2\nWho Knows\t3\n", NULL);
    const struct wordlist *list = lexicon_list(lexicon, "words");
    struct lexicon_path path = lexicon_word(lexicon, STR("who"));
    assert_true(wordlist_take(list, path, STR("Who"), &value));
    assert_str(value, "2");
    assert_true(wordlist_take(list, path, STR("WHO"), &value));
    assert_str(value, "1");
    assert_false(wordlist_take(list, path, STR("who"), &value));
    assert_true(wordlist_get(list, STR("Who Knows"), &value));
    assert_str(value, "3");
    lexicon_close(&lexicon);
    buf_fini(&block);
}

static void entries_come_in_order_of_key(void **state)
{
    (void)state;
    struct buf block = {0};
    struct str key, value;
    struct lexicon *lexicon = open_lists(&block, "c\t3\na\t1\nb\t2\n", NULL);
    const struct wordlist *list = lexicon_list(lexicon, "words");
    for (size_t i = 0; i < 3; i++) {
        wordlist_at(list, i, &key, &value);
        assert_int_equal(key.ptr[0], 'a' + (int)i);
        assert_int_equal(value.ptr[0], '1' + (int)i);
    }
    lexicon_close(&lexicon);
    buf_fini(&block);
}

static void many_keys_are_all_found_and_no_others(void **state)
{
    (void)state;
    struct buf text = {0}, block = {0};
    char word[32];
    for (int i = 0; i < 5000; i++)
        buf_printf(&text, "kata%d kedua\t%d\n", i * 7, i);
    struct lexicon *lexicon = open_lists(&block, buf_cstr(&text), NULL);
    const struct wordlist *list = lexicon_list(lexicon, "words");
    for (int i = 0; i < 35000; i++) {
        int len = snprintf(word, sizeof word, "kata%d kedua", i);
        assert_int_equal(wordlist_get(list, str_make(word, (size_t)len), NULL),
                         i % 7 == 0);
        len = snprintf(word, sizeof word, "kata%d", i);
        struct lexicon_path path = lexicon_word(lexicon, str_make(word, (size_t)len));
        assert_int_equal(wordlist_goes_on(list, path), i % 7 == 0);
    }
    lexicon_close(&lexicon);
    buf_fini(&text);
    buf_fini(&block);
}

static void a_word_looked_up_once_tells_the_lists_that_it_begins(void **state)
{
    (void)state;
    struct buf block = {0};
    struct lexicon *lexicon =
        open_lists(&block, "jawa\njawa barat\n", "# case: exact\nJawa Tengah\nTNI\n");
    const struct wordlist *words = lexicon_list(lexicon, "words");
    const struct wordlist *other = lexicon_list(lexicon, "other");
    struct lexicon_path jawa = lexicon_word(lexicon, STR("jawa"));
    struct lexicon_path tni = lexicon_word(lexicon, STR("tni"));
    struct lexicon_path barat = lexicon_word(lexicon, STR("barat"));
    assert_true(wordlist_begins(words, jawa));
    assert_true(wordlist_ends(words, jawa));
    assert_true(wordlist_begins(other, jawa));
    assert_false(wordlist_ends(other, jawa));
    assert_false(wordlist_begins(words, tni));
    assert_true(wordlist_ends(other, tni));
    assert_true(lexicon_knows(jawa));
    assert_false(lexicon_knows(barat));
    assert_false(wordlist_begins(words, barat));
    assert_false(wordlist_ends(words, barat));
    lexicon_close(&lexicon);
    buf_fini(&block);
}

static void without_a_lexicon_no_word_is_known(void **state)
{
    (void)state;
    struct buf block = {0};
    struct lexicon *lexicon = open_lists(&block, "satu\n", "dua\n");
    assert_false(lexicon_knows(lexicon_word(NULL, STR("satu"))));
    assert_false(wordlist_begins(NULL, lexicon_word(lexicon, STR("satu"))));
    assert_false(lexicon_knows(lexicon_word(lexicon, STR("tiga"))));
    assert_false(lexicon_knows(lexicon_word(lexicon, STR(""))));
    lexicon_close(&lexicon);
    buf_fini(&block);
}

/* More lists than a byte, or a machine word, has bits. */
static void every_list_of_many_has_its_own_bit(void **state)
{
    (void)state;
    enum { LISTS = 150 };
    struct buf block = {0};
    struct err err = {0};
    struct lexicon *lexicon = NULL;
    struct lexicon_writer *writer = lexicon_writer_new();
    for (int i = 0; i < LISTS; i++) {
        char name[16], text[32];
        snprintf(name, sizeof name, "l%03d.txt", i);
        snprintf(text, sizeof text, "w%d\nall x\n", i);
        assert_ok(lexicon_writer_add(writer, name, str_of(text), &err), &err);
    }
    lexicon_writer_finish(writer, &block);
    lexicon_writer_free(&writer);
    assert_ok(lexicon_open(buf_str(&block), &lexicon, &err), &err);
    struct lexicon_path all = lexicon_word(lexicon, STR("all"));
    for (int i = 0; i < LISTS; i++) {
        char name[16], form[16];
        snprintf(name, sizeof name, "l%03d", i);
        const struct wordlist *list = lexicon_list(lexicon, name);
        assert_true(wordlist_begins(list, all));
        assert_false(wordlist_ends(list, all));
        for (int j = 0; j < LISTS; j++) {
            snprintf(form, sizeof form, "w%d", j);
            assert_int_equal(wordlist_ends(list, lexicon_word(lexicon, str_of(form))),
                             i == j);
        }
    }
    lexicon_close(&lexicon);
    buf_fini(&block);
}

static void a_list_that_is_absent_finds_nothing(void **state)
{
    (void)state;
    struct buf block = {0};
    struct lexicon *lexicon = open_lists(&block, "", "x\n");
    assert_null(lexicon_list(lexicon, "missing"));
    assert_null(lexicon_list(NULL, "words"));
    assert_false(wordlist_get(NULL, STR("x"), NULL));
    assert_false(wordlist_take(NULL, lexicon_word(lexicon, STR("x")), STR("x"), NULL));
    assert_int_equal(wordlist_count(NULL), 0);
    assert_false(wordlist_get(lexicon_list(lexicon, "words"), STR("x"), NULL));
    lexicon_close(&lexicon);
    buf_fini(&block);
}

static void order_of_adding_does_not_show(void **state)
{
    (void)state;
    struct buf block[2] = {{0}};
    const char *names[] = {"a.txt", "b.txt", "ab.txt"};
    for (int turn = 0; turn < 2; turn++) {
        struct lexicon_writer *writer = lexicon_writer_new();
        for (int i = 0; i < 3; i++)
            assert_int_equal(lexicon_writer_add(writer, names[turn ? 2 - i : i],
                                                str_of(names[turn ? 2 - i : i]), NULL),
                             0);
        lexicon_writer_finish(writer, &block[turn]);
        lexicon_writer_free(&writer);
    }
    assert_true(str_eq(buf_str(&block[0]), buf_str(&block[1])));
    buf_fini(&block[0]);
    buf_fini(&block[1]);
}

static void version_follows_the_lists(void **state)
{
    (void)state;
    struct buf block = {0};
    struct lexicon *lexicon = open_lists(&block, "a\n", NULL);
    uint64_t before = lexicon_version(lexicon);
    lexicon_close(&lexicon);
    lexicon = open_lists(&block, "b\n", NULL);
    assert_true(lexicon_version(lexicon) != before);
    lexicon_close(&lexicon);
    buf_fini(&block);
}

static void bad_lines_are_errors_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"a\nb\nA\n", "bad.txt:3: key \"a\" stands in line 1 already"},
        {"x\n a\n", "bad.txt:2"},
        {"a  b\n", "bad.txt:1"},
        {"\tvalue\n", "empty key"},
        {"a\tb\tc\n", "more than one tab"},
        {"satu dua tiga empat lima enam tujuh delapan sembilan\n", "too many words"},
        {"e\xcc\x81\n", "not in NFC"},
        {"\xff\n", "not UTF-8"},
        {"satu # one\n", "comment"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        struct lexicon_writer *writer = lexicon_writer_new();
        assert_int_equal(
            lexicon_writer_add(writer, "bad.txt", str_of(cases[i].text), &err),
            ERR_FORMAT);
        assert_has(err.text, cases[i].says);
        lexicon_writer_free(&writer);
    }
}

static void a_changed_block_is_refused(void **state)
{
    (void)state;
    struct buf block = {0};
    struct err err = {0};
    struct lexicon *lexicon = open_lists(&block, "satu\t1\ndua\t2\n", NULL);
    lexicon_close(&lexicon);
    for (size_t i = 0; i < block.len; i++) {
        block.ptr[i] = (char)(block.ptr[i] ^ 0x20);
        assert_true(lexicon_open(buf_str(&block), &lexicon, &err) < 0);
        block.ptr[i] = (char)(block.ptr[i] ^ 0x20);
    }
    for (size_t len = 0; len < block.len; len++)
        assert_true(lexicon_open(str_make(block.ptr, len), &lexicon, &err) < 0);
    buf_fini(&block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_found_with_their_values),
        cmocka_unit_test(case_exact_keeps_capitals),
        cmocka_unit_test(a_path_leads_as_far_as_keys_do),
        cmocka_unit_test(keys_that_differ_in_case_alone_share_a_path),
        cmocka_unit_test(entries_come_in_order_of_key),
        cmocka_unit_test(many_keys_are_all_found_and_no_others),
        cmocka_unit_test(a_word_looked_up_once_tells_the_lists_that_it_begins),
        cmocka_unit_test(without_a_lexicon_no_word_is_known),
        cmocka_unit_test(every_list_of_many_has_its_own_bit),
        cmocka_unit_test(a_list_that_is_absent_finds_nothing),
        cmocka_unit_test(order_of_adding_does_not_show),
        cmocka_unit_test(version_follows_the_lists),
        cmocka_unit_test(bad_lines_are_errors_with_their_place),
        cmocka_unit_test(a_changed_block_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
