#include "tests/support/check.h"

#include "proto/base/file.h"
#include "worker/feed/warc.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

/* What a file holds, one word a record: "type@offset+within=block", or "!@offset" where
 * one is broken. */
static char said[8192];
static char why[400]; /* of the last broken one */

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

static void say(const struct warc_record *record, int rc, struct buf *out)
{
    buf_printf(out, "%s%s@%d", out->len ? " " : "",
               rc < 0 ? "!" : warc_type_names[record->type], (int)record->at.offset);
    if (record->at.within)
        buf_printf(out, "+%d", (int)record->at.within);
    if (rc > 0)
        buf_printf(out, "=%.*s", record->block.len < 20 ? (int)record->block.len : 20,
                   record->block.ptr);
}

static const char *read_fd(int fd, struct stream_at from, bool growing)
{
    const struct stream_options options = {0};
    struct stream *stream = stream_open(fd, &options);
    struct err err = {0};
    struct warc_record record;
    struct buf out = {0};
    int rc, records = 0;
    if (from.offset || from.within)
        assert_ok(stream_seek(stream, from, &err), &err);
    struct warc *warc = warc_open(stream, growing);
    while ((rc = warc_next(warc, &record, &err)) != 0) {
        assert_true(records++ < 1000);
        say(&record, rc, &out);
        if (rc < 0)
            snprintf(why, sizeof why, "%s", err.text);
    }
    warc_close(&warc);
    stream_close(&stream);
    assert_true(out.len < sizeof said);
    memcpy(said, buf_cstr(&out), out.len + 1);
    buf_fini(&out);
    return said;
}

static const char *read_bytes(void **state, struct str bytes)
{
    struct err err = {0};
    const char *path = check_path(*state, "w");
    *why = '\0';
    assert_ok(file_replace(path, bytes, &err), &err);
    int fd = open(path, O_RDONLY);
    read_fd(fd, (struct stream_at){0}, false);
    close(fd);
    return said;
}

static struct str record(struct buf *out, const char *type, const char *block)
{
    size_t begin = out->len;
    buf_printf(out, "WARC/1.0\r\nWARC-Type: %s\r\nContent-Length: %zu\r\n\r\n%s\r\n\r\n",
               type, strlen(block), block);
    return str_make(out->ptr + begin, out->len - begin);
}

/* As one member of gzip. */
static void zip(struct buf *out, struct str plain)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, 0), Z_OK);
    size_t room = plain.len + 100;
    z.next_out = (unsigned char *)buf_reserve(out, room);
    z.avail_out = (unsigned)room;
    z.next_in = (unsigned char *)plain.ptr;
    z.avail_in = (unsigned)plain.len;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->len += room - z.avail_out;
    deflateEnd(&z);
}

/* Three records, each a member: where they begin. */
static void zip_three(struct buf *out, size_t at[4])
{
    static const char *const block[] = {"one", "two", "three"};
    for (int i = 0; i < 3; i++) {
        struct buf plain = {0};
        at[i] = out->len;
        zip(out, record(&plain, "response", block[i]));
        buf_fini(&plain);
    }
    at[3] = out->len;
}

static void records_come_one_by_one(void **state)
{
    struct buf b = {0};
    record(&b, "warcinfo", "one");
    record(&b, "Response", "");
    record(&b, "else", "three");
    assert_string_equal(read_bytes(state, buf_str(&b)),
                        "warcinfo@0=one response@59= other@115=three");
    buf_fini(&b);
}

static void headers_may_be_folded_and_lines_end_plainly(void **state)
{
    assert_string_equal(
        read_bytes(state, STR("WARC/1.1\nWARC-Type:\n  response\nX: y\n"
                              "content-length : 2\n\nab\n\nWARC/0.18\r\nWARC-Type: "
                              "metadata\r\nContent-Length: 0\r\n\r\n\r\n\r\n")),
        "response@0=ab metadata@60=");
}

static void the_last_line_ends_may_be_missing(void **state)
{
    struct buf b = {0};
    record(&b, "response", "one");
    b.len -= 4;
    assert_string_equal(read_bytes(state, buf_str(&b)), "response@0=one");
    record(&b, "response", "two");
    assert_string_equal(read_bytes(state, buf_str(&b)), "response@0=one response@55=two");
    buf_fini(&b);
}

/* A broken record between good ones, whatever is wrong with it. */
static void a_broken_record_is_told_and_the_next_is_found(void **state)
{
    static const char *const bad[][2] = {
        {"WARC/1.0\r\nWARC-Type: response\r\n\r\n", "it has no Content-Length"},
        {"WARC/1.0\r\nContent-Length: 0\r\n\r\n\r\n\r\n", "it has no WARC-Type"},
        {"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: -1\r\n\r\nx\r\n\r\n",
         "its Content-Length is no number of bytes"},
        {"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 9223372036854775808\r\n\r\n",
         "its Content-Length is no number of bytes"},
        {"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 9223372036854775807\r\n\r\n",
         "the file ends within it"},
        {"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 90\r\n\r\nx\r\n\r\n",
         "the file ends within it"},
        {"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 12\r\n\r\nx\r\n\r\n",
         "its length does not lead to the next record"},
        {"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 1\r\n\r\nlong\r\n\r\n",
         "its length does not lead to the next record"},
        {"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 1\r\nContent-Length: "
         "2\r\n\r\nx\r\n\r\n",
         "it has two Content-Lengths"},
        {"WARC/1.0\r\nno colon\r\n\r\n", "a line of its header has no colon"},
        {"WARC/1.0\r\nWARC-Ty", "no record"},
        {"WARC/1.0\r\nWARC-Type: x\r\n", "another record begins within its header"},
        {"WARC/2.0\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n\r\n\r\n",
         "no WARC record begins here"},
        {"garbage", "no WARC record begins here"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct buf b = {0};
        char want[100];
        record(&b, "request", "a");
        size_t at = b.len;
        buf_add_str(&b, str_of(bad[i][0]));
        if (!str_ends(buf_str(&b), STR("\n")))
            buf_add_str(&b, STR("\r\n"));
        snprintf(want, sizeof want, "request@0=a !@%zu resource@%zu=b", at, b.len);
        record(&b, "resource", "b");
        assert_string_equal(read_bytes(state, buf_str(&b)), want);
        if (strcmp(bad[i][1], "no record") != 0)
            assert_string_equal(why, bad[i][1]);
        buf_fini(&b);
    }
}

static void a_long_header_is_told(void **state)
{
    struct buf b = {0};
    buf_add_str(&b, STR("WARC/1.0\r\nX: "));
    memset(buf_reserve(&b, 1u << 20), 'x', 1u << 20);
    b.len += 1u << 20;
    buf_add_str(&b, STR("\r\n\r\n"));
    size_t at = b.len;
    char want[50];
    record(&b, "response", "b");
    snprintf(want, sizeof want, "!@0 response@%zu=b", at);
    assert_string_equal(read_bytes(state, buf_str(&b)), want);
    assert_string_equal(why, "its header is longer than 65536 bytes");
    buf_fini(&b);
}

static void long_blocks_are_passed_and_searched_when_wrong(void **state)
{
    struct buf b = {0};
    char want[100];
    size_t size = WARC_BLOCK_MOST + 5;
    buf_printf(&b, "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: %zu\r\n\r\n",
               size);
    memset(buf_reserve(&b, size), 'x', size);
    b.len += size;
    buf_add_str(&b, STR("\r\n\r\n"));
    size_t second = b.len;
    record(&b, "request", "a");
    snprintf(want, sizeof want, "response@0=xxxxxxxxxxxxxxxxxxxx request@%zu=a", second);
    assert_string_equal(read_bytes(state, buf_str(&b)), want);
    /* Claims more than it has, and ends in the middle of what follows. */
    b.ptr[second] = 'w';
    size_t third = b.len;
    record(&b, "request", "b");
    memset(buf_reserve(&b, 1000), 'x', 1000);
    b.len += 1000;
    char *digit = strstr(b.ptr, "8388613");
    memcpy(digit, "8388999", 7);
    snprintf(want, sizeof want, "!@0 request@%zu=b !@%zu", third, third + 56);
    assert_string_equal(read_bytes(state, buf_str(&b)), want);
    buf_fini(&b);
}

static void each_member_of_gzip_is_a_place_to_go_on_from(void **state)
{
    struct buf b = {0};
    char want[200];
    size_t at[4];
    zip_three(&b, at);
    snprintf(want, sizeof want, "response@0=one response@%zu=two response@%zu=three",
             at[1], at[2]);
    assert_string_equal(read_bytes(state, buf_str(&b)), want);
    int fd = open(check_path(*state, "w"), O_RDONLY);
    snprintf(want, sizeof want, "response@%zu=three", at[2]);
    assert_string_equal(read_fd(fd, (struct stream_at){at[2], 0}, false), want);
    assert_string_equal(read_fd(fd, (struct stream_at){at[3], 0}, false), "");
    close(fd);
    buf_fini(&b);
}

static void one_member_may_hold_many_records(void **state)
{
    struct buf plain = {0}, b = {0};
    record(&plain, "response", "one");
    record(&plain, "response", "two");
    zip(&b, buf_str(&plain));
    size_t second = b.len;
    char want[100];
    plain.len = 0;
    record(&plain, "response", "three");
    zip(&b, buf_str(&plain));
    snprintf(want, sizeof want, "response@0=one response@0+59=two response@%zu=three",
             second);
    assert_string_equal(read_bytes(state, buf_str(&b)), want);
    int fd = open(check_path(*state, "w"), O_RDONLY);
    snprintf(want, sizeof want, "response@0+59=two response@%zu=three", second);
    assert_string_equal(read_fd(fd, (struct stream_at){0, 59}, false), want);
    close(fd);
    buf_fini(&plain);
    buf_fini(&b);
}

/* Every bit of the second member but those of its header that nobody looks at. */
static void a_damaged_member_costs_its_own_record_only(void **state)
{
    struct buf b = {0};
    size_t at[4];
    char want[3][100];
    zip_three(&b, at);
    snprintf(want[0], 100, "response@0=one !@%zu response@%zu=three", at[1], at[2]);
    for (size_t i = at[1]; i < at[2]; i++) {
        if (i >= at[1] + 4 && i < at[1] + 10) /* time, flags, system */
            continue;
        b.ptr[i] ^= 0x10;
        read_bytes(state, buf_str(&b));
        if (i ==
            at[1] + 3) /* flags: the header is longer than it is, or has a checksum */
            assert_has(said, "three");
        else
            assert_string_equal(said, want[0]);
        b.ptr[i] ^= 0x10;
    }
    b.ptr[at[2] - 8] ^= 1;
    read_bytes(state, buf_str(&b));
    assert_has(why, "incorrect data check");
    buf_fini(&b);
}

static void a_file_that_is_cut_off_is_told_wherever_it_is_cut(void **state)
{
    struct buf b = {0};
    size_t at[4];
    char want[100];
    zip_three(&b, at);
    snprintf(want, sizeof want, "response@0=one response@%zu=two !@%zu", at[1], at[2]);
    for (size_t len = at[2] + 1; len < at[3]; len++)
        assert_string_equal(read_bytes(state, str_make(b.ptr, len)), want);
    assert_has(why, "the file ends within it");
    buf_fini(&b);
}

static void zeros_behind_members_are_passed_over_and_garbage_is_told(void **state)
{
    struct buf b = {0};
    size_t at[4];
    char want[200];
    zip_three(&b, at);
    snprintf(want, sizeof want, "response@0=one response@%zu=two response@%zu=three",
             at[1], at[2]);
    buf_add(&b, "\0\0\0\0", 4);
    assert_string_equal(read_bytes(state, buf_str(&b)), want);
    buf_add_str(&b, STR("garbage"));
    assert_true(str_starts(str_of(read_bytes(state, buf_str(&b))), str_of(want)));
    assert_has(said, " !@");
    buf_fini(&b);
}

static void a_member_that_grows_without_measure_ends_early(void **state)
{
    struct buf plain = {0}, b = {0};
    size_t size = (size_t)40 << 20;
    memset(buf_reserve(&plain, size), 0, size);
    plain.len = size;
    zip(&b, buf_str(&plain));
    size_t at = b.len;
    char want[100];
    buf_clear(&plain);
    record(&plain, "response", "one");
    zip(&b, buf_str(&plain));
    snprintf(want, sizeof want, "!@0 response@%zu=one", at);
    assert_string_equal(read_bytes(state, buf_str(&b)), want);
    buf_fini(&plain);
    buf_fini(&b);
}

static void what_a_growing_file_has_not_finished_is_left_alone(void **state)
{
    struct buf b = {0};
    struct err err = {0};
    record(&b, "response", "one");
    record(&b, "response", "two");
    for (size_t len = 56; len < b.len - 4; len++) {
        assert_ok(file_replace(check_path(*state, "w"), str_make(b.ptr, len), &err),
                  &err);
        int fd = open(check_path(*state, "w"), O_RDONLY);
        assert_string_equal(read_fd(fd, (struct stream_at){0}, true), "response@0=one");
        close(fd);
    }
    buf_fini(&b);
}

static void a_pipe_is_read_like_a_file(void **state)
{
    struct buf b = {0};
    size_t at[4];
    char want[200];
    int ends[2];
    (void)state;
    zip_three(&b, at);
    snprintf(want, sizeof want, "response@0=one response@%zu=two response@%zu=three",
             at[1], at[2]);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], b.ptr, b.len), b.len);
    close(ends[1]);
    assert_string_equal(read_fd(ends[0], (struct stream_at){0}, false), want);
    close(ends[0]);
    buf_fini(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(records_come_one_by_one),
        TEST(headers_may_be_folded_and_lines_end_plainly),
        TEST(the_last_line_ends_may_be_missing),
        TEST(a_broken_record_is_told_and_the_next_is_found),
        TEST(a_long_header_is_told),
        TEST(long_blocks_are_passed_and_searched_when_wrong),
        TEST(each_member_of_gzip_is_a_place_to_go_on_from),
        TEST(one_member_may_hold_many_records),
        TEST(a_damaged_member_costs_its_own_record_only),
        TEST(a_file_that_is_cut_off_is_told_wherever_it_is_cut),
        TEST(zeros_behind_members_are_passed_over_and_garbage_is_told),
        TEST(a_member_that_grows_without_measure_ends_early),
        TEST(what_a_growing_file_has_not_finished_is_left_alone),
        TEST(a_pipe_is_read_like_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
