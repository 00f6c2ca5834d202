#include "tests/support/check.h"

#include "proto/base/mem.h"
#include "worker/feed/entry.h"

static struct arena arena;

static bool make(const struct rss_feed *feed, enum entry_pages pages, struct entry *out)
{
    struct map *repeated = entry_repeated(feed);
    const struct entry_source source = {feed, repeated, "http://rss.situs.example/x",
                                        pages};
    bool made = entry_make(&source, feed->entries.item, &arena, out);
    map_free(&repeated);
    return made;
}

static struct entry made_of(struct rss_entry read, enum entry_pages pages)
{
    struct rss_feed feed = {.language = STR("id"), .entries = {&read, 1, 1}};
    struct entry entry;
    assert_true(make(&feed, pages, &entry));
    return entry;
}

static struct str text_of(size_t len, const char *end)
{
    char *text = arena_alloc(&arena, len);
    memset(text, 'a', len);
    memcpy(text + len - strlen(end), end, strlen(end));
    return str_make(text, len);
}

static void a_page_is_wanted_where_the_text_is_not_whole(void **state)
{
    struct rss_entry read = {.url = STR("http://www.situs.example/a?utm_source=rss"),
                             .title = STR("Judul"),
                             .summary = STR("Teras.")};
    struct rss_entry nowhere = {.title = STR("Judul"), .summary = STR("Teras.")};
    (void)state;
    assert_true(made_of(read, PAGES_AUTO).wants_page);
    assert_false(made_of(read, PAGES_NEVER).wants_page);
    assert_false(made_of(nowhere, PAGES_ALWAYS).wants_page);
    read.content = text_of(ENTRY_WHOLE_BYTES, ".");
    assert_false(made_of(read, PAGES_AUTO).wants_page);
    assert_true(made_of(read, PAGES_ALWAYS).wants_page);
    read.content = text_of(ENTRY_WHOLE_BYTES, "[…] ");
    assert_true(made_of(read, PAGES_AUTO).wants_page);
    read.content = text_of(ENTRY_WHOLE_BYTES, "...");
    assert_true(made_of(read, PAGES_AUTO).wants_page);
}

static void an_address_alone_is_worth_its_page(void **state)
{
    struct rss_entry read = {.url = STR("http://www.situs.example/a"),
                             .updated = STR("2025-02-08")};
    struct rss_feed feed = {.entries = {&read, 1, 1}};
    struct entry entry;
    (void)state;
    assert_true(make(&feed, PAGES_AUTO, &entry));
    assert_true(entry.wants_page && entry.undated);
    assert_int_equal(entry.article.text.len, 0);
    assert_false(make(&feed, PAGES_NEVER, &entry));
}

static void who_it_is_survives_an_edit_and_what_it_says_does_not(void **state)
{
    struct rss_entry read = {.id = STR("7"),
                             .url = STR("http://www.situs.example/a"),
                             .title = STR("Judul"),
                             .summary = STR("Teras.")};
    struct entry first = made_of(read, PAGES_AUTO), second;
    (void)state;
    read.title = STR("Judul lain");
    second = made_of(read, PAGES_ALWAYS);
    assert_int_equal(first.who, second.who);
    assert_int_not_equal(first.says, second.says);
    assert_memory_equal(first.article.id.ptr, second.article.id.ptr, 18);
    assert_str(first.article.source, "situs.example");
    read.id = STR("8");
    assert_int_not_equal(made_of(read, PAGES_AUTO).who, first.who);
    read.id = STR_NONE;
    read.url = STR("http://www.situs.example/a?fbclid=1#x");
    uint64_t who = made_of(read, PAGES_AUTO).who;
    read.url = STR("HTTP://WWW.situs.example:80/a");
    assert_int_equal(made_of(read, PAGES_AUTO).who, who);
}

static void a_copy_stands_by_itself(void **state)
{
    struct rss_entry read = {.id = STR("7"),
                             .url = STR("http://www.situs.example/a"),
                             .title = STR("Judul"),
                             .summary = STR("Teras."),
                             .author = STR("Sari")};
    struct entry entry = made_of(read, PAGES_AUTO), *copy = entry_copy(&entry);
    (void)state;
    assert_int_equal(entry_bytes(copy), entry_bytes(&entry));
    arena_reset(&arena);
    memset(arena_alloc(&arena, 4096), 'x', 4096);
    assert_str(copy->article.text, "Teras.");
    assert_str(copy->article.author, "Sari");
    assert_str(copy->article.url, "http://www.situs.example/a");
    assert_null(copy->article.published.ptr);
    assert_int_equal(copy->who, entry.who);
    mem_free(copy);
}

static void rules_have_names(void **state)
{
    enum entry_pages rule;
    (void)state;
    assert_true(entry_pages_of("never", &rule) && rule == PAGES_NEVER);
    assert_true(entry_pages_of("auto", &rule) && rule == PAGES_AUTO);
    assert_false(entry_pages_of("Auto", &rule));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_wanted_where_the_text_is_not_whole),
        cmocka_unit_test(an_address_alone_is_worth_its_page),
        cmocka_unit_test(who_it_is_survives_an_edit_and_what_it_says_does_not),
        cmocka_unit_test(a_copy_stands_by_itself),
        cmocka_unit_test(rules_have_names),
    };
    arena_init(&arena, (size_t)8 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_fini(&arena);
    return failed;
}
