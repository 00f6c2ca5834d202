#include "tests/unit/text_fixture.h"

#include "proto/base/buf.h"
#include "proto/base/mem.h"
#include "proto/base/utf8.h"
#include "proto/wire/limits.h"

/* Texts of a megabyte, each a repetition that some scanner might take badly. The test's
 * time limit is what fails where reading one is not linear. */
static const char *const floods[] = {
    "(",
    "((((",
    "( ",
    "\"",
    "\" ",
    "' a",
    "a.b.c.",
    "aa.bb.cc.",
    "S.H",
    "dan dan dan ",
    ", ",
    "12 ",
    "1,2,",
    "1.2.3",
    "a-",
    "Aa-Bb-",
    "ke-1-",
    ". ",
    ". ( ( ( ",
    "Baca juga: ",
    "Presiden tiba di Kota Bandung. ",
    "Presiden tiba di Kota Bandung\n",
    "@",
    "a@",
    "http://",
    "[Gambas:",
    ".(ab",
    "Jakarta, ",
    "Jakarta (ANTARA) - ",
    "x\xcc\x81",
    "\xcc\x81",
    "\xe1\x84\x92\xe1\x85\xa1",
    "\xc3\xa2\xe2\x82\xac",
    "\xff",
    "\xff"
    "a",
    "\xe6\x97\xa5",
    "\xe2\x80\xae"
    "1",
    "aB",
    "detik.com/",
    "\n",
    "Rp",
    "Dr. ",
    "A. B ",
    "\xf0\x9f\x98\x80 ",
    "\xc8\xba",
};

static void check_spans(const struct doc *doc)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < doc->tokens.count; i++) {
        const struct token *token = &doc->tokens.item[i];
        assert_true(token->span.begin >= at && token->span.end > token->span.begin);
        assert_true(token->sentence < doc->sentences.count);
        at = token->span.end;
    }
    assert_true(at <= doc->text.len);
    uint32_t next = 0;
    for (uint32_t i = 0; i < doc->sentences.count; i++) {
        assert_int_equal(doc->sentences.item[i].first, next);
        next = doc->sentences.item[i].end;
    }
    assert_int_equal(next, doc->tokens.count);
}

static void floods_are_read_in_linear_time(void **state)
{
    struct text_fixture *f = *state;
    struct buf text = {0};
    for (size_t i = 0; i < sizeof floods / sizeof floods[0]; i++) {
        struct err err = {0};
        size_t len = strlen(floods[i]);
        buf_clear(&text);
        while (text.len + len <= LIMIT_TEXT_BYTES)
            buf_add(&text, floods[i], len);
        int result = text_fixture_try(state, buf_str(&text), "id", &err);
        if (result == 0)
            check_spans(&f->doc);
        else
            assert_int_equal(result, ERR_LIMIT);
        assert_int_equal(utf8_bad_at(f->doc.text), f->doc.text.len);
    }
    buf_fini(&text);
}

static void a_text_cut_anywhere_is_read(void **state)
{
    struct text_fixture *f = *state;
    static const char text[] =
        "Jakarta (ANTARA) - “Kami siap,” kata Drs. H. Ma'ruf "
        "\xc3\xa2\xe2\x82\xac\xc5\x93 "
        "Rp8,3 di km2 \xf0\x9f\x98\x80 e\xcc\x81 www.a.id a@b.id (abs/jal)\nBaca juga: X";
    for (size_t begin = 0; begin < sizeof text - 1; begin++)
        for (size_t end = begin; end < sizeof text; end += 3) {
            size_t len = end - begin;
            char *exact = memcpy(mem_alloc(len ? len : 1), text + begin, len);
            struct err err = {0};
            assert_ok(text_fixture_try(state, str_make(exact, len), "id", &err), &err);
            check_spans(&f->doc);
            mem_free(exact);
        }
}

static void nothing_in_nothing_out(void **state)
{
    static const char *const texts[] = {"", " ", "\n\n", "\xef\xbb\xbf", "\x01"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct doc *doc = text_fixture_read(state, texts[i], "id");
        assert_int_equal(doc->lines.count, 0);
        assert_int_equal(doc->tokens.count, 0);
        assert_int_equal(doc->sentences.count, 0);
    }
}

static void the_title_is_cleaned_too(void **state)
{
    struct text_fixture *f = *state;
    struct err err = {0};
    struct article article = {.text = STR("Dia pergi."),
                              .title = STR("caf\xc3\x83\xc2\xa9"),
                              .language = STR("id")};
    arena_reset(&f->arena);
    doc_init(&f->doc, &f->arena, &article);
    assert_ok(text_read(&f->doc, f->langs, &err), &err);
    assert_str(f->doc.article.title, "caf\xc3\xa9");
    assert_str(f->doc.article.text, "Dia pergi.");
    assert_null(f->doc.article.author.ptr);
}

static void matches_are_the_longest_and_stay_inside(void **state)
{
    struct text_fixture *f = *state;
    struct str value;
    struct doc *doc = text_fixture_read(state, "Baca Juga di sini baca juga", "id");
    const struct wordlist *list = lexicon_list(doc->lang->lexicon, "teaser");
    assert_int_equal(doc_match(doc, list, 0, doc->tokens.count, &value), 2);
    assert_str(value, "start");
    assert_int_equal(doc_match(doc, list, 0, 1, &value), 1);
    assert_int_equal(doc_match(doc, list, 4, 5, &value), 1);
    assert_int_equal(doc_match(doc, list, 4, 6, &value), 2);
    assert_int_equal(doc_match(doc, list, 2, doc->tokens.count, &value), 0);
    assert_int_equal(doc_match(doc, list, doc->tokens.count, doc->tokens.count, NULL), 0);
    assert_int_equal(doc_match(doc, NULL, 0, doc->tokens.count, NULL), 0);
    struct found *found = doc_add(doc, FACT_TIME, 1, 3, "test", 0.5);
    assert_str(found->fact.text, "Juga di");
    assert_int_equal(found->entity, DOC_NONE);
    assert_int_equal(f->doc.found.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floods_are_read_in_linear_time),
        cmocka_unit_test(a_text_cut_anywhere_is_read),
        cmocka_unit_test(nothing_in_nothing_out),
        cmocka_unit_test(the_title_is_cleaned_too),
        cmocka_unit_test(matches_are_the_longest_and_stay_inside),
    };
    return cmocka_run_group_tests(tests, text_fixture_setup, text_fixture_teardown);
}
