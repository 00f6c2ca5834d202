#include "tests/support/check.h"

#include "worker/feed/reply.h"

#include <stdio.h>
#include <zlib.h>

static struct buf scratch[2];

static int clean(void **state)
{
    (void)state;
    buf_fini(&scratch[0]);
    buf_fini(&scratch[1]);
    return 0;
}

static struct reply read_head(struct str bytes)
{
    struct reply reply;
    struct err err = {0};
    assert_ok(reply_read(bytes, &reply, &err), &err);
    return reply;
}

/* The body, or "! " and what is wrong. */
static const char *body_of(struct str bytes, bool cut)
{
    static char said[400];
    struct reply reply = read_head(bytes);
    struct err err = {0};
    struct str body;
    if (reply_body(&reply, cut, scratch, &body, &err) < 0)
        snprintf(said, sizeof said, "! %s", err.text);
    else
        snprintf(said, sizeof said, "%.*s", STR_ARG(body));
    return said;
}

static struct str zipped(struct str plain, int kind, const char *head, struct buf *out)
{
    z_stream zip = {0};
    assert_int_equal(deflateInit2(&zip, 9, Z_DEFLATED, kind, 8, 0), Z_OK);
    buf_add_str(out, str_of(head));
    size_t room = plain.len + 100;
    zip.next_out = (unsigned char *)buf_reserve(out, room);
    zip.avail_out = (unsigned)room;
    zip.next_in = (unsigned char *)plain.ptr;
    zip.avail_in = (unsigned)plain.len;
    assert_int_equal(deflate(&zip, Z_FINISH), Z_STREAM_END);
    out->len += room - zip.avail_out;
    deflateEnd(&zip);
    return buf_str(out);
}

static void the_header_is_read_in_any_case_and_the_last_type_wins(void **state)
{
    (void)state;
    struct reply r =
        read_head(STR("HTTP/1.0 404 Not Found\r\ncontent-TYPE: text/plain\r\n"
                      "Content-Type: Text/HTML ; charset=x\r\n\r\nbody"));
    assert_int_equal(r.status, 404);
    assert_true(reply_is_type(&r, "text/html"));
    assert_false(reply_is_type(&r, "text/htm"));
    assert_str(r.rest, "body");
    r = read_head(STR("HTTP/2 200\n\n"));
    assert_int_equal(r.status, 200);
    assert_int_equal(r.rest.len, 0);
}

static void what_is_no_answer_is_told(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "HTTP/1.1\r\n\r\n",
                                      "HTTP/1.1 20 OK\r\n\r\n",
                                      "HTTP/1.1 2x0 OK\r\n\r\n",
                                      "GET / HTTP/1.1\r\n\r\n",
                                      "HTTP/1.1 200 OK\r\nA: b\r\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct reply reply;
        assert_int_equal(reply_read(str_of(bad[i]), &reply, NULL), ERR_FORMAT);
    }
}

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

static void chunks_are_put_together(void **state)
{
    (void)state;
    assert_string_equal(
        body_of(STR(CHUNKED "3\r\none\r\n3;x=y\r\ntwo\r\n0\r\n\r\n"), false), "onetwo");
    assert_string_equal(body_of(STR(CHUNKED "A\none two x  \n0\n"), false),
                        "! byte 12 of its body should end a chunk");
}

static void chunks_that_are_none_are_told_or_taken_as_they_stand(void **state)
{
    (void)state;
    assert_string_equal(body_of(STR(CHUNKED "<p>already undone\n</p>"), false),
                        "<p>already undone\n</p>");
    assert_string_equal(body_of(STR(CHUNKED "3\r\none\r\nzz\r\n"), false),
                        "! byte 8 of its body is no size of a chunk");
    assert_string_equal(body_of(STR(CHUNKED "3\r\nonetwo\r\n0\r\n"), false),
                        "! byte 6 of its body should end a chunk");
    assert_string_equal(body_of(STR(CHUNKED "9\r\nonetwo"), false),
                        "! its body ends within a chunk");
    assert_string_equal(body_of(STR(CHUNKED "9\r\nonetwo"), true), "onetwo");
    assert_string_equal(body_of(STR(CHUNKED "ffffffffffffffff\r\nx"), false),
                        "ffffffffffffffff\r\nx");
}

static void codings_are_undone_the_last_first(void **state)
{
    (void)state;
    struct buf a = {0}, b = {0}, chunked = {0};
    zipped(STR("body"), 31, "", &a);
    zipped(buf_str(&a), 31, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, X-gzip\r\n\r\n",
           &b);
    assert_string_equal(body_of(buf_str(&b), false), "body");
    buf_printf(&chunked, CHUNKED);
    chunked.len -= 2;
    buf_printf(&chunked, "Content-Encoding: gzip\r\n\r\n%zx\r\n", a.len);
    buf_add_str(&chunked, buf_str(&a));
    buf_printf(&chunked, "\r\n0\r\n\r\n");
    assert_string_equal(body_of(buf_str(&chunked), false), "body");
    buf_fini(&a);
    buf_fini(&b);
    buf_fini(&chunked);
}

static void deflate_is_read_with_and_without_its_header(void **state)
{
    (void)state;
    for (int kind = -15; kind <= 15; kind += 30) {
        struct buf b = {0};
        zipped(STR("body"), kind, "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n",
               &b);
        assert_string_equal(body_of(buf_str(&b), false), "body");
        buf_fini(&b);
    }
}

static void what_is_undone_already_is_taken_as_it_stands(void **state)
{
    (void)state;
    assert_string_equal(
        body_of(STR("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n<p>"), false),
        "<p>");
    assert_string_equal(
        body_of(STR("HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n<p>"), false),
        "<p>");
}

static void codings_that_are_not_known_are_not_undone(void **state)
{
    (void)state;
    struct reply r = read_head(STR("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n"));
    assert_false(reply_is_readable(&r));
    r = read_head(STR("HTTP/1.1 200 OK\r\nContent-Encoding: gzip,gzip, gzip\r\n\r\n"));
    assert_false(reply_is_readable(&r));
    r = read_head(STR("HTTP/1.1 200 OK\r\nContent-Encoding: identity, gzip\r\n\r\n"));
    assert_true(reply_is_readable(&r));
}

static void damaged_gzip_is_told_unless_the_crawler_cut_it(void **state)
{
    (void)state;
    struct buf b = {0};
    struct str all = zipped(
        STR("a body that is long enough to be cut off before its end, here and there"),
        31, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", &b);
    struct str half = str_slice(all, 0, all.len - 9);
    assert_string_equal(body_of(half, false), "! its body ends within its gzip data");
    assert_has(body_of(half, true), "a body that is long");
    b.ptr[b.len - 6] ^= 1;
    assert_string_equal(body_of(all, false), "! its body: incorrect data check");
    buf_fini(&b);
}

static void a_body_that_grows_too_much_is_told(void **state)
{
    (void)state;
    struct buf plain = {0}, b = {0};
    memset(buf_reserve(&plain, 9u << 20), 'x', 9u << 20);
    plain.len = 9u << 20;
    zipped(buf_str(&plain), 31, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", &b);
    assert_true(b.len < 20000);
    assert_string_equal(body_of(buf_str(&b), false),
                        "! its body is longer than 8388608 bytes");
    buf_fini(&plain);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_read_in_any_case_and_the_last_type_wins),
        cmocka_unit_test(what_is_no_answer_is_told),
        cmocka_unit_test(chunks_are_put_together),
        cmocka_unit_test(chunks_that_are_none_are_told_or_taken_as_they_stand),
        cmocka_unit_test(codings_are_undone_the_last_first),
        cmocka_unit_test(deflate_is_read_with_and_without_its_header),
        cmocka_unit_test(what_is_undone_already_is_taken_as_it_stands),
        cmocka_unit_test(codings_that_are_not_known_are_not_undone),
        cmocka_unit_test(damaged_gzip_is_told_unless_the_crawler_cut_it),
        cmocka_unit_test(a_body_that_grows_too_much_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, clean);
}
