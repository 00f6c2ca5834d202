#include "tests/support/check.h"

#include "worker/feed/archive.h"

#include <stdio.h>
#include <unistd.h>

#define HTML "Content-Type: text/html; charset=iso-8859-1\r\n"

/* A line an item: "url|source|fetched|html", "passed", or "! why". */
static char said[4096];
static struct archive_counts counts;

static void add(struct buf *out, const char *head, const char *block)
{
    buf_printf(out, "WARC/1.1\r\n%sContent-Length: %zu\r\n\r\n%s\r\n\r\n", head,
               strlen(block), block);
}

static void add_answer(struct buf *out, const char *url, const char *block)
{
    char head[500];
    snprintf(head, sizeof head,
             "WARC-Type: response\r\nContent-Type: application/http; msgtype=response\r\n"
             "WARC-Date: 2024-05-06T07:08:09Z\r\nWARC-Target-URI: %s\r\n",
             url);
    add(out, head, block);
}

static const char *read_all(const struct buf *bytes)
{
    const struct stream_options options = {0};
    struct archive_item item;
    struct article a;
    struct err err = {0};
    struct arena arena;
    struct buf out = {0};
    FILE *file = tmpfile();
    int rc;
    fwrite(bytes->ptr, 1, bytes->len, file);
    fflush(file);
    lseek(fileno(file), 0, SEEK_SET);
    arena_init(&arena, (size_t)64 << 20);
    counts = (struct archive_counts){0};
    struct stream *stream = stream_open(fileno(file), &options);
    struct archive *archive = archive_open(stream, false, &counts);
    while ((rc = archive_next(archive, &arena, &item, &a, &err)) != 0) {
        if (rc < 0)
            buf_printf(&out, "! %s\n", err.text);
        else if (item.passed)
            buf_printf(&out, "passed\n");
        else
            buf_printf(&out, "%.*s|%.*s|%.*s|%.*s\n", STR_ARG(a.url), STR_ARG(a.source),
                       STR_ARG(a.fetched), STR_ARG(a.html));
    }
    archive_close(&archive);
    stream_close(&stream);
    arena_fini(&arena);
    fclose(file);
    assert_true(out.len < sizeof said);
    memcpy(said, buf_cstr(&out), out.len + 1);
    buf_fini(&out);
    return said;
}

static void a_page_is_an_article_with_address_and_time(void **state)
{
    (void)state;
    struct buf b = {0};
    add_answer(&b, "<HTTPS://www.Berita.co.id/a b?utm_source=x&id=1#top>",
               "HTTP/1.1 200 OK\r\n" HTML "\r\n<p>Caf\xe9</p><script>no</script>");
    assert_string_equal(read_all(&b), "https://www.berita.co.id/a%20b?id=1|berita.co.id|"
                                      "2024-05-06T07:08:09+00:00|<p>Caf\xc3\xa9</p>\n");
    buf_fini(&b);
}

static void others_are_passed_over_and_counted(void **state)
{
    (void)state;
    struct buf b = {0}, told = {0};
    add(&b, "WARC-Type: warcinfo\r\n", "software: x");
    add(&b, "WARC-Type: response\r\nContent-Type: text/dns\r\n", "a.example");
    add_answer(&b, "http://a.example/", "HTTP/1.1 404 No\r\n" HTML "\r\n<p>no</p>");
    add_answer(&b, "http://a.example/",
               "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nx");
    add_answer(&b, "http://a.example/",
               "HTTP/1.1 200 OK\r\n" HTML "Content-Encoding: br\r\n\r\nx");
    add_answer(&b, "http://a.example/", "HTTP/1.1 200 OK\r\n" HTML "\r\n");
    add_answer(&b, "http://a.example/",
               "HTTP/1.1 200 OK\r\n" HTML "\r\n <script>only</script> ");
    add_answer(&b, "ftp://a.example/", "HTTP/1.1 200 OK\r\n" HTML "\r\n<p>x");
    assert_string_equal(read_all(&b), "||2024-05-06T07:08:09+00:00|<p>x\n");
    archive_tell(&counts, &told);
    assert_str(buf_str(&told),
               "8 records: 1 pages; passed over: 1 of other types, 1 not of HTTP, 1 of "
               "another status than 200, 1 not of text/html, 1 in a coding that is not "
               "known here, 2 empty; 0 broken");
    buf_fini(&b);
    buf_fini(&told);
}

static void broken_answers_are_told(void **state)
{
    (void)state;
    struct buf b = {0};
    add_answer(&b, "http://a.example/", "no answer");
    add_answer(&b, "http://a.example/",
               "HTTP/1.1 200 OK\r\n" HTML "Transfer-Encoding: chunked\r\n\r\n9\r\nx\r\n");
    add_answer(&b, "http://b.example/", "HTTP/1.1 200 OK\r\n" HTML "\r\n<p>x");
    read_all(&b);
    assert_has(said,
               "! its block is no answer of HTTP\n! its body ends within a chunk\n");
    assert_has(said, "http://b.example/|b.example|");
    assert_int_equal(counts.broken, 2);
    buf_fini(&b);
}

static void long_runs_of_others_give_way_now_and_then(void **state)
{
    (void)state;
    struct buf b = {0};
    for (int i = 0; i < 300; i++)
        add(&b, "WARC-Type: request\r\n", "x");
    assert_string_equal(read_all(&b), "passed\npassed\n");
    assert_int_equal(counts.records, 300);
    buf_fini(&b);
}

static void a_page_that_is_too_large_is_told(void **state)
{
    (void)state;
    struct buf block = {0}, b = {0};
    buf_add_str(&block, STR("HTTP/1.1 200 OK\r\n" HTML "\r\n<p>"));
    memset(buf_reserve(&block, 9u << 20), 'x', 9u << 20);
    block.len += 9u << 20;
    add_answer(&b, "http://a.example/", buf_cstr(&block));
    assert_string_equal(read_all(&b), "! its page is longer than 8388608 bytes\n");
    buf_clear(&b);
    block.len = 5u << 20;
    add_answer(&b, "http://a.example/", buf_cstr(&block));
    assert_string_equal(read_all(&b), "! the page is longer than 4194304 bytes\n");
    buf_clear(&b);
    block.len = 2u << 20;
    add_answer(&b, "http://a.example/", buf_cstr(&block));
    assert_has(read_all(&b), "! the page is longer than 1048576 bytes, even without");
    buf_fini(&block);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_an_article_with_address_and_time),
        cmocka_unit_test(others_are_passed_over_and_counted),
        cmocka_unit_test(broken_answers_are_told),
        cmocka_unit_test(long_runs_of_others_give_way_now_and_then),
        cmocka_unit_test(a_page_that_is_too_large_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
