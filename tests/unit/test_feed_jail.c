#include "tests/support/check.h"

#include "worker/feed/jail.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static struct jail *jail;
static struct arena arena;

static int make(void **state)
{
    struct err err = {0};
    (void)state;
    arena_init(&arena, (size_t)64 << 20);
    return jail_open(&jail, &err);
}

static int clean(void **state)
{
    (void)state;
    jail_close(&jail);
    arena_fini(&arena);
    return 0;
}

static int read_feed(const char *text, struct rss_feed *out, struct err *err)
{
    const struct rss_document document = {str_of(text), STR("http://situs.example/"),
                                          STR("text/xml")};
    return jail_read(jail, &document, &arena, out, err);
}

static void a_feed_comes_back_as_it_was_read(void **state)
{
    struct rss_feed feed;
    struct err err = {0};
    (void)state;
    for (int i = 0; i < 20; i++)
        assert_ok(read_feed("<rss><channel><title>Berita</title><item><link>/a</link>"
                            "<description>Isi.</description></item></channel></rss>",
                            &feed, &err),
                  &err);
    assert_str(feed.title, "Berita");
    assert_int_equal(feed.entries.count, 1);
    assert_str(feed.entries.item[0].url, "http://situs.example/a");
}

static void what_cannot_be_read_is_told_in_the_readers_words(void **state)
{
    struct rss_feed feed;
    struct err err = {0};
    (void)state;
    assert_int_equal(read_feed("<html/>", &feed, &err), ERR_FORMAT);
    assert_has(err.text, "no feed");
    assert_int_equal(read_feed("", &feed, &err), ERR_FORMAT);
}

static void a_page_becomes_utf_8_and_slim(void **state)
{
    const struct rss_document document = {
        STR("<p>Caf\xE9<script>x()</script> \x93senja\x94</p>"),
        STR("http://situs.example/"), STR("text/html; charset=windows-1252")};
    struct rss_document huge = document;
    struct str page;
    struct err err = {0};
    (void)state;
    assert_ok(jail_page(jail, &document, &arena, &page, &err), &err);
    assert_str(page, "<p>Café “senja”</p>");
    huge.bytes.len = (size_t)3 << 20;
    char *bytes = malloc(huge.bytes.len);
    memset(bytes, 'x', huge.bytes.len);
    huge.bytes.ptr = bytes;
    assert_int_equal(jail_page(jail, &huge, &arena, &page, &err), ERR_LIMIT);
    assert_null(page.ptr);
    free(bytes);
}

/* Children of this process, as the kernel lists them. */
static pid_t warden(void)
{
    char path[64];
    long pid = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(path, "r");
    if (f) {
        if (fscanf(f, "%ld", &pid) != 1)
            pid = 0;
        fclose(f);
    }
    return (pid_t)pid;
}

static void without_its_warden_it_says_so(void **state)
{
    struct rss_feed feed;
    struct str page;
    struct err err = {0};
    const struct rss_document document = {STR("<p>"), STR("http://a.id/"), STR_NONE};
    (void)state;
    pid_t pid = warden();
    if (pid == 0)
        skip();
    kill(pid, SIGKILL);
    assert_int_equal(read_feed("<rss/>", &feed, &err), ERR_GONE);
    assert_int_equal(jail_page(jail, &document, &arena, &page, &err), ERR_GONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_feed_comes_back_as_it_was_read),
        TEST(what_cannot_be_read_is_told_in_the_readers_words),
        TEST(a_page_becomes_utf_8_and_slim),
        TEST(without_its_warden_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
