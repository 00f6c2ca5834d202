#include "tests/support/check.h"

#include "proto/wire/article.h"
#include "proto/wire/limits.h"

static int make(void **state)
{
    struct arena *arena = test_calloc(1, sizeof *arena);
    arena_init(arena, 1 << 20);
    *state = arena;
    return 0;
}

static int end(void **state)
{
    arena_fini(*state);
    test_free(*state);
    return 0;
}

static struct article sample(void)
{
    struct article article;
    record_init(&article_table, &article);
    article.id = STR("mine-1");
    article.source = STR("detik.com");
    article.title = STR("Judul");
    article.text = STR("Teks.");
    return article;
}

static void an_article_comes_back_field_by_field(void **state)
{
    struct article article = sample(), back;
    struct buf buf = {0};
    struct err err = {0};
    article.author = STR("A");
    article.language = STR("id");
    record_encode(&article_table, &article, &buf);
    assert_ok(article_decode(buf_str(&buf), *state, &back, &err), &err);
    assert_str(back.id, "mine-1");
    assert_str(back.author, "A");
    assert_str(back.language, "id");
    assert_null(back.url.ptr);
    assert_true(record_equal(&article_table, &article, &back));
    buf_fini(&buf);
}

static void an_article_without_id_is_fine_and_gets_a_stable_one(void **state)
{
    (void)state;
    struct article article = sample();
    struct err err = {0};
    char id[19], other[19];
    article.id = STR_NONE;
    assert_ok(article_check(&article, &err), &err);
    article_make_id(&article, id);
    assert_string_equal(id, "h-fe3752721f7884e2");
    /* What is not in the hash does not change it; what is does, in whichever field. */
    article.author = STR("B");
    article_make_id(&article, other);
    assert_string_equal(id, other);
    article.url = article.title;
    article.title = STR_NONE;
    article_make_id(&article, other);
    assert_string_not_equal(id, other);
}

static void what_breaks_the_rules_is_refused_by_name(void **state)
{
    (void)state;
    static char long_id[LIMIT_ID_BYTES + 1], long_text[LIMIT_TEXT_BYTES + 1];
    memset(long_id, 'x', sizeof long_id);
    memset(long_text, 'x', sizeof long_text);
    struct article row[8];
    static const struct {
        int code;
        const char *text;
    } want[8] = {
        {ERR_FIELD, "article.text is missing"},
        {ERR_FIELD, "article.text is empty"},
        {ERR_FIELD, "article.id is empty"},
        {ERR_FIELD, "article.id has white space"},
        {ERR_FIELD, "article.id has white space"},
        {ERR_FIELD, "article.id has white space"},
        {ERR_LIMIT, "article.id is longer than 256 bytes"},
        {ERR_LIMIT, "article.text is longer than 1048576 bytes"},
    };
    for (int i = 0; i < 8; i++)
        row[i] = sample();
    row[0].text = STR_NONE;
    row[1].text = STR("");
    row[2].id = STR("");
    row[3].id = STR("a b");
    row[4].id = STR("a\n");
    row[5].id = STR("a\xc2\xa0"
                    "b"); /* no-break space */
    row[6].id = str_make(long_id, sizeof long_id);
    row[7].text = str_make(long_text, sizeof long_text);
    for (int i = 0; i < 8; i++) {
        struct err err = {0};
        assert_int_equal(article_check(&row[i], &err), want[i].code);
        assert_has(err.text, want[i].text);
    }
    row[7].text.len--;
    assert_int_equal(article_check(&row[7], NULL), 0);
}

static void a_typing_error_in_a_key_is_seen(void **state)
{
    struct article out;
    struct err err = {0};
    struct str frame = STR("\x82\xa4text\xa1t\xa5titel\xa1t");
    assert_int_equal(article_decode(frame, *state, &out, &err), ERR_FIELD);
    assert_has(err.text, "article.titel");
}

/* Whatever the short way reads, the long one reads the same. */
static void a_flat_line_is_read_as_the_tree_of_it_would_be(void **state)
{
    static const char *const lines[] = {
        "{\"text\":\"Teks.\"}",
        " { \"id\" : \"a\" ,\t\"text\" : \"satu\\n\\\"dua\\\"\\t\\/\\\\\" } \r\n",
        "{\"text\":\"\",\"title\":\"–é\",\"url\":\"\\b\\f\\r\"}",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct str line = str_of(lines[i]);
        struct article flat, tree;
        struct err err = {0};
        assert_true(record_load_flat(&article_loose_table, line, *state, &flat));
        json_t *json = record_load_json(line, &err);
        assert_non_null(json);
        assert_ok(record_from_json(&article_loose_table, json, *state, &tree, &err),
                  &err);
        json_decref(json);
        assert_true(record_equal(&article_loose_table, &flat, &tree));
    }
}

static void a_null_in_a_flat_line_is_as_good_as_absent(void **state)
{
    struct article flat;
    assert_true(record_load_flat(&article_loose_table,
                                 STR("{\"url\":null,\"text\":\"T\"}"), *state, &flat));
    assert_null(flat.url.ptr);
    assert_str(flat.text, "T");
}

static void what_is_not_flat_or_not_right_is_left_to_the_tree(void **state)
{
    static const char *const lines[] = {
        "",
        "{",
        "{}",
        "null",
        "[\"text\"]",
        "{\"text\":\"T\"} x",
        "{\"text\":\"T\",}",
        "{\"text\":\"T\" \"id\":\"a\"}",
        "{\"text\":1}",
        "{\"text\":\"T",
        "{\"text\":\"T\\",
        "{\"text\":\"T\\u0041\"}",
        "{\"text\":\"T\\q\"}",
        "{\"text\":\"T\n\"}",
        "{\"text\":\"\xff\"}",
        "{\"text\":\"T\",\"text\":\"T\"}",
        "{\"text\":\"T\",\"id\":null,\"id\":\"a\"}",
        "{\"text\":\"T\",\"other\":\"a\"}",
        "{\"te\\/xt\":\"T\"}",
        "{\"text\":\"T\",\"language\":\"123456789012345678901234567890123456\"}",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct article article;
        const struct arena *arena = *state;
        size_t used = arena->used_bytes;
        assert_false(
            record_load_flat(&article_loose_table, str_of(lines[i]), *state, &article));
        assert_int_equal(arena->used_bytes, used);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_article_comes_back_field_by_field, make, end),
        cmocka_unit_test_setup_teardown(
            an_article_without_id_is_fine_and_gets_a_stable_one, make, end),
        cmocka_unit_test_setup_teardown(what_breaks_the_rules_is_refused_by_name, make,
                                        end),
        cmocka_unit_test_setup_teardown(a_typing_error_in_a_key_is_seen, make, end),
        cmocka_unit_test_setup_teardown(a_flat_line_is_read_as_the_tree_of_it_would_be,
                                        make, end),
        cmocka_unit_test_setup_teardown(a_null_in_a_flat_line_is_as_good_as_absent, make,
                                        end),
        cmocka_unit_test_setup_teardown(what_is_not_flat_or_not_right_is_left_to_the_tree,
                                        make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
