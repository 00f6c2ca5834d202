#include "tests/support/check.h"

#include "worker/feed/mapping.h"

#include <stdio.h>

static char said[1000];

/* "url|title|published|id|text" of the line, or "! why". */
static const char *map_line(const char *const *pairs, size_t count, const char *line)
{
    struct mapping *mapping;
    struct arena arena;
    struct article a;
    struct err err = {0};
    assert_ok(mapping_new(pairs, count, &mapping, &err), &err);
    arena_init(&arena, 1 << 20);
    if (mapping_read(mapping, str_of(line), &arena, &a, &err) < 0)
        snprintf(said, sizeof said, "! %s", err.text);
    else
        snprintf(said, sizeof said, "%.*s|%.*s|%.*s|%.*s|%.*s", STR_ARG(a.url),
                 STR_ARG(a.title), STR_ARG(a.published), STR_ARG(a.id), STR_ARG(a.text));
    arena_fini(&arena);
    mapping_free(&mapping);
    return said;
}

#define MAP(line, ...)                                                                   \
    map_line((const char *const[]){__VA_ARGS__},                                         \
             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), line)

static void keys_are_read_as_fields_and_for_nothing_else(void **state)
{
    (void)state;
    assert_string_equal(MAP("{\"body\":\"b\",\"link\":\"u\",\"title\":\"t\",\"x\":1}",
                            "text=body", "url=link"),
                        "u|t|||b");
    assert_string_equal(MAP("{\"title\":\"t\",\"text\":\"x\"}", "text=title"), "||||t");
    assert_string_equal(
        MAP("{\"title\":\"b\",\"text\":\"t\"}", "text=title", "title=text"), "|t|||b");
}

static void paths_go_into_objects(void **state)
{
    (void)state;
    assert_string_equal(
        MAP("{\"meta\":{\"title\":\"t\",\"no\":{}},\"a\":{\"b\":{\"c\":\"x\"}}}",
            "title=meta.title", "text=a.b.c"),
        "|t|||x");
    assert_string_equal(MAP("{\"text\":\"x\",\"meta\":7}", "title=meta.title"), "||||x");
}

static void numbers_lists_and_dates_are_understood(void **state)
{
    (void)state;
    assert_string_equal(MAP("{\"n\":17,\"p\":[\"one\",\"two\"],\"d\":1714979289}", "id=n",
                            "text=p", "published=d"),
                        "||2024-05-06T07:08:09Z|17|one\ntwo");
    assert_string_equal(MAP("{\"text\":\"x\",\"d\":1714979289123}", "published=d"),
                        "||2024-05-06T07:08:09Z||x");
    assert_string_equal(
        MAP("{\"text\":\"x\",\"d\":\"Senin, 6 Mei 2024 07:08 WIB\"}", "published=d"),
        "||2024-05-06T07:08:00+07:00||x");
    assert_string_equal(MAP("{\"text\":\"x\",\"d\":\"2024-05-06\"}", "published=d"),
                        "||2024-05-06||x");
}

static void nulls_are_as_good_as_absent(void **state)
{
    (void)state;
    assert_string_equal(MAP("{\"b\":\"x\",\"url\":\"u\",\"l\":null}", "text=b", "url=l"),
                        "||||x");
}

static void what_cannot_be_the_field_is_told(void **state)
{
    (void)state;
    assert_string_equal(MAP("{\"b\":{}}", "text=b"), "! b cannot be article.text");
    assert_string_equal(MAP("{\"b\":[\"x\",1]}", "text=b"), "! b cannot be article.text");
    assert_string_equal(MAP("{\"b\":-1,\"text\":\"x\"}", "published=b"),
                        "! b cannot be article.published");
    assert_has(MAP("[]", "text=b"), "! ");
    assert_has(MAP("{\"b\":", "text=b"), "! ");
}

static void wrong_pairs_are_refused(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"text", "text=a"},   {"text=", "url=b"}, {"body=a", "url=b"},
        {"text=a", "text=b"}, {"=a", "url=b"},    {"", "url=b"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct mapping *mapping;
        assert_int_equal(mapping_new(bad[i], 2, &mapping, NULL), ERR_USAGE);
        assert_null(mapping);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_read_as_fields_and_for_nothing_else),
        cmocka_unit_test(paths_go_into_objects),
        cmocka_unit_test(numbers_lists_and_dates_are_understood),
        cmocka_unit_test(nulls_are_as_good_as_absent),
        cmocka_unit_test(what_cannot_be_the_field_is_told),
        cmocka_unit_test(wrong_pairs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
