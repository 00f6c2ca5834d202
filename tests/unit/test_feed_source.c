#include "tests/support/check.h"

#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "proto/wire/limits.h"
#include "worker/feed/source.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Everything a source says, one line an item: "place|offset|line|text" for articles,
 * "place! error" for the others. */
static char said[8192];

static int make(void **state)
{
    *state = check_dir_make();
    return 0;
}

static int clean(void **state)
{
    char *dir = *state;
    check_dir_remove(&dir);
    return 0;
}

static void put(void **state, const char *name, const char *bytes)
{
    struct err err = {0};
    assert_ok(file_replace(check_path(*state, name), str_of(bytes), &err), &err);
}

static void tell(const char *dir, int rc, const struct source_item *item,
                 const struct err *err, struct buf *out)
{
    struct str place = item->place;
    struct str prefix = str_of(dir);
    if (str_starts(place, prefix) && place.len > prefix.len)
        place = str_from(place, prefix.len + 1);
    if (rc < 0)
        buf_printf(out, "%.*s! %s\n", STR_ARG(place), err->text);
    else
        buf_printf(
            out, "%.*s|%d|%d|%.*s\n", STR_ARG(place), (int)item->behind.at.offset,
            (int)item->behind.count,
            STR_ARG(item->article.html.ptr ? item->article.html : item->article.text));
}

static const char *read_with(void **state, const char *name,
                             const struct source_options *options)
{
    struct err err = {0};
    struct arena arena;
    struct source *source;
    struct source_item item;
    struct buf out = {0};
    int rc;
    arena_init(&arena, (size_t)64 << 20);
    const char *path = *name ? check_path(*state, name) : *state;
    assert_ok(source_open(path, options, &source, &err), &err);
    while ((rc = source_next(source, &arena, &item, &err)) != 0)
        tell(*state, rc, &item, &err, &out);
    assert_int_equal(source_next(source, &arena, &item, &err), 0);
    source_close(&source);
    arena_fini(&arena);
    assert_true(out.len < sizeof said);
    memcpy(said, buf_cstr(&out), out.len + 1);
    buf_fini(&out);
    return said;
}

static const char *read_all(void **state, const char *name)
{
    return read_with(state, name, &(struct source_options){0});
}

static void lines_are_articles_with_place_and_position(void **state)
{
    put(state, "a.jsonl", "{\"text\":\"one\"}\n{\"text\":\"two\",\"more\":[1,{}]}\n");
    assert_string_equal(read_all(state, "a.jsonl"),
                        "a.jsonl:1|15|1|one\na.jsonl:2|44|2|two\n");
}

static void a_broken_line_is_told_and_the_next_is_read(void **state)
{
    put(state, "a.jsonl",
        "{\"text\":\"one\"}\n{\"text\":\n[]\n{}\n{\"text\":\"\"}\n"
        "{\"text\":7}\n{\"text\":\"two\"}\n");
    const char *got = read_all(state, "a.jsonl");
    assert_has(got, "a.jsonl:1|15|1|one\na.jsonl:2! ");
    assert_has(got, "\na.jsonl:3! ");
    assert_has(got, "\na.jsonl:4! article.text is missing\n");
    assert_has(got, "\na.jsonl:5! article.text is empty\n");
    assert_has(got, "\na.jsonl:6! ");
    assert_has(got, "\na.jsonl:7|68|7|two\n");
}

static void line_ends_marks_and_nulls_are_passed_over(void **state)
{
    put(state, "a.jsonl",
        "\xef\xbb\xbf{\"text\":\"one\",\"title\":null}\r\n\r\n  \n"
        "{\"text\":\"two\"}");
    assert_string_equal(read_all(state, "a.jsonl"),
                        "a.jsonl:1|32|1|one\na.jsonl:4|51|4|two\n");
}

static void a_growing_file_keeps_its_unfinished_line(void **state)
{
    put(state, "a.jsonl", "{\"text\":\"one\"}\n{\"text\":\"tw");
    struct source_options options = {.growing = true};
    assert_string_equal(read_with(state, "a.jsonl", &options), "a.jsonl:1|15|1|one\n");
}

static void a_line_over_the_limit_is_told_and_the_next_is_read(void **state)
{
    struct err err = {0};
    struct buf all = {0};
    buf_add_str(&all, STR("{\"text\":\""));
    memset(buf_reserve(&all, 9u << 20), 'x', 9u << 20);
    all.len += 9u << 20;
    buf_add_str(&all, STR("\"}\n{\"text\":\"two\"}\n"));
    assert_ok(file_replace(check_path(*state, "a.jsonl"), buf_str(&all), &err), &err);
    char want[200];
    snprintf(want, sizeof want,
             "a.jsonl:1! line is longer than %d bytes\na.jsonl:2|%d|2|two\n",
             LIMIT_JSON_LINE_BYTES, (int)all.len);
    assert_string_equal(read_all(state, "a.jsonl"), want);
    all.len -= strlen("\"}\n{\"text\":\"two\"}\n");
    assert_ok(file_replace(check_path(*state, "a.jsonl"), buf_str(&all), &err), &err);
    assert_has(read_all(state, "a.jsonl"), "a.jsonl:1! line is longer");
    buf_fini(&all);
}

static void an_empty_file_of_lines_has_nothing(void **state)
{
    put(state, "a.jsonl", "");
    assert_string_equal(read_all(state, "a.jsonl"), "");
}

static void a_text_file_is_one_article(void **state)
{
    put(state, "a.txt", "\xef\xbb\xbfone\r\ntwo");
    assert_string_equal(read_all(state, "a.txt"), "a.txt|11|0|one\r\ntwo\n");
}

static void a_text_file_that_is_none_is_told(void **state)
{
    put(state, "a.txt", " \n");
    assert_string_equal(read_all(state, "a.txt"), "a.txt! is empty\n");
    put(state, "a.txt", "");
    assert_string_equal(read_all(state, "a.txt"), "a.txt! is empty\n");
    put(state, "a.txt", "caf\xe9");
    assert_string_equal(read_all(state, "a.txt"), "a.txt! is not UTF-8: see byte 3\n");
}

static void a_text_file_may_be_as_long_as_a_text_and_no_longer(void **state)
{
    struct err err = {0};
    char *text = mem_zero(1, LIMIT_TEXT_BYTES + 1);
    memset(text, 'x', LIMIT_TEXT_BYTES + 1);
    const char *path = check_path(*state, "a.txt");
    assert_ok(file_replace(path, str_make(text, LIMIT_TEXT_BYTES + 1), &err), &err);
    assert_string_equal(read_all(state, "a.txt"),
                        "a.txt! is longer than 1048576 bytes\n");
    assert_ok(file_replace(path, str_make(text, LIMIT_TEXT_BYTES), &err), &err);
    struct source_options options = {0};
    struct source *source;
    struct source_item item;
    struct arena arena;
    arena_init(&arena, (size_t)64 << 20);
    assert_ok(source_open(path, &options, &source, &err), &err);
    assert_int_equal(source_next(source, &arena, &item, &err), 1);
    assert_int_equal(item.article.text.len, LIMIT_TEXT_BYTES);
    source_close(&source);
    arena_fini(&arena);
    mem_free(text);
}

static void a_directory_is_read_in_order_of_name(void **state)
{
    mkdir(check_path(*state, "b"), 0700);
    mkdir(check_path(*state, ".hidden"), 0700);
    put(state, "c.jsonl", "{\"text\":\"4\"}\n");
    put(state, "b/z.txt", "3");
    put(state, "b/a.ndjson", "{\"text\":\"2\"}\n");
    put(state, "a.txt", "1");
    put(state, ".hidden/a.txt", "no");
    put(state, ".a.txt", "no");
    put(state, "a.pdf", "no");
    put(state, "b.html", "<p>5");
    assert_int_equal(symlink("a.txt", check_path(*state, "link.txt")), 0);
    assert_string_equal(read_all(state, ""), "a.txt|1|0|1\nb/a.ndjson:1|13|1|2\n"
                                             "b/z.txt|1|0|3\nb.html|4|0|<p>5\n"
                                             "c.jsonl:1|13|1|4\n");
}

static void a_link_to_a_directory_may_be_named(void **state)
{
    mkdir(check_path(*state, "b"), 0700);
    put(state, "b/z.txt", "3");
    assert_int_equal(symlink("b", check_path(*state, "link")), 0);
    assert_string_equal(read_all(state, "link"), "link/z.txt|1|0|3\n");
}

static void names_do_not_reach_the_screen_as_they_are(void **state)
{
    put(state, "a\n\x1b[2J.txt", "");
    assert_string_equal(read_all(state, ""), "a\\x0a\\x1b[2J.txt! is empty\n");
}

static void what_cannot_be_opened_is_told_and_the_rest_is_read(void **state)
{
    struct err err = {0};
    struct source *source;
    struct source_item item;
    struct arena arena;
    struct source_options options = {0};
    put(state, "a.txt", "1");
    put(state, "b.txt", "2");
    put(state, "c.txt", "3");
    arena_init(&arena, 1 << 20);
    assert_ok(source_open(*state, &options, &source, &err), &err);
    assert_int_equal(source_next(source, &arena, &item, &err), 1);
    unlink(check_path(*state, "b.txt"));
    assert_true(source_next(source, &arena, &item, &err) < 0);
    assert_string_equal(err.text, "cannot be opened: No such file or directory");
    assert_true(str_ends(item.place, STR("/b.txt")));
    assert_true(item.unread);
    assert_string_equal(item.path, check_path(*state, "b.txt"));
    assert_int_equal(source_next(source, &arena, &item, &err), 1);
    assert_str(item.article.text, "3");
    assert_int_equal(source_next(source, &arena, &item, &err), 0);
    source_close(&source);
    arena_fini(&arena);
    assert_int_equal(source_open(check_path(*state, "none"), &options, &source, &err),
                     ERR_SYSTEM);
}

static void what_articles_lack_is_filled_in(void **state)
{
    struct err err = {0};
    struct source *source;
    struct source_item item;
    struct arena arena;
    struct source_options options = {
        .source = "s.example", .language = "id", .jsonl = true};
    put(state, "a", "{\"text\":\"one\",\"source\":\"own.example\"}\n");
    arena_init(&arena, 1 << 20);
    assert_ok(source_open(check_path(*state, "a"), &options, &source, &err), &err);
    assert_int_equal(source_next(source, &arena, &item, &err), 1);
    assert_str(item.article.source, "own.example");
    assert_str(item.article.language, "id");
    assert_null(item.article.published.ptr);
    source_close(&source);
    arena_fini(&arena);
}

static bool count_and_stop(void *context, int fd)
{
    (void)fd;
    int *left = context;
    return (*left)-- > 0;
}

static void a_pipe_is_waited_for_and_can_be_left(void **state)
{
    struct err err = {0};
    struct source *source;
    struct source_item item;
    struct arena arena;
    int left = 1, ends[2];
    char path[32];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "{\"text\":\"one\"}\n{\"te", 19), 19);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    struct source_options options = {
        .jsonl = true, .wait = count_and_stop, .wait_context = &left};
    arena_init(&arena, 1 << 20);
    assert_ok(source_open(path, &options, &source, &err), &err);
    assert_int_equal(source_next(source, &arena, &item, &err), 1);
    assert_int_equal(source_next(source, &arena, &item, &err), 0);
    assert_int_equal(source_next(source, &arena, &item, &err), 0);
    assert_int_equal(left, -1);
    source_close(&source);
    arena_fini(&arena);
    close(ends[0]);
    close(ends[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_are_articles_with_place_and_position),
        TEST(a_broken_line_is_told_and_the_next_is_read),
        TEST(line_ends_marks_and_nulls_are_passed_over),
        TEST(a_growing_file_keeps_its_unfinished_line),
        TEST(a_line_over_the_limit_is_told_and_the_next_is_read),
        TEST(an_empty_file_of_lines_has_nothing),
        TEST(a_text_file_is_one_article),
        TEST(a_text_file_that_is_none_is_told),
        TEST(a_text_file_may_be_as_long_as_a_text_and_no_longer),
        TEST(a_directory_is_read_in_order_of_name),
        TEST(a_link_to_a_directory_may_be_named),
        TEST(names_do_not_reach_the_screen_as_they_are),
        TEST(what_cannot_be_opened_is_told_and_the_rest_is_read),
        TEST(what_articles_lack_is_filled_in),
        TEST(a_pipe_is_waited_for_and_can_be_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
