#include "tests/support/check.h"

#include "proto/base/file.h"
#include "proto/base/hash.h"
#include "worker/feed/checkpoint.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char one[] = "{\"text\":\"one\"}\n", two[] = "{\"text\":\"two\"}\n";

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

/* In place: the inode stays. */
static void write_file(const char *path, int flags, const char *bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | flags, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
    close(fd);
}

static struct checkpoint *open_in(void **state)
{
    struct err err = {0};
    struct checkpoint *cp;
    assert_ok(checkpoint_open(check_path(*state, "cp"), &cp, &err), &err);
    return cp;
}

static void save_and_close(struct checkpoint *cp)
{
    struct err err = {0};
    assert_ok(checkpoint_save(cp, &err), &err);
    checkpoint_close(&cp);
    assert_null(cp);
}

/* The byte to go on from; UINT64_MAX: all of it is done. */
static uint64_t go_on(struct checkpoint *cp, const char *path, uint64_t *line_out)
{
    struct source_position done;
    bool all = checkpoint_skip(cp, path, &done);
    *line_out = done.count;
    return all ? UINT64_MAX : done.at.offset;
}

static uint64_t send_line(struct checkpoint *cp, const char *path, uint64_t line,
                          const char *bytes)
{
    struct source_item item = {
        .path = path, .behind = {{line * strlen(bytes), 0}, line}, .last = str_of(bytes)};
    return checkpoint_sent(cp, &item);
}

/* Where a new feed of the file goes on. */
static uint64_t position_after(void **state, uint64_t *line_out)
{
    struct checkpoint *cp = open_in(state);
    uint64_t at = go_on(cp, check_path(*state, "f.jsonl"), line_out);
    checkpoint_close(&cp);
    return at;
}

static void feed_both_lines(void **state)
{
    uint64_t line;
    const char *path = check_path(*state, "f.jsonl");
    write_file(path, O_TRUNC, one);
    write_file(path, O_APPEND, two);
    struct checkpoint *cp = open_in(state);
    assert_int_equal(go_on(cp, path, &line), 0);
    checkpoint_settled(cp, send_line(cp, path, 1, one));
    checkpoint_settled(cp, send_line(cp, path, 2, two));
    save_and_close(cp);
}

static void it_never_runs_ahead_of_what_has_settled(void **state)
{
    uint64_t line;
    const char *path = check_path(*state, "f.jsonl");
    write_file(path, 0, one);
    write_file(path, O_APPEND, two);
    struct checkpoint *cp = open_in(state);
    assert_int_equal(go_on(cp, path, &line), 0);
    uint64_t first = send_line(cp, path, 1, one), second = send_line(cp, path, 2, two);
    checkpoint_settled(cp, second);
    save_and_close(cp);
    assert_int_equal(position_after(state, &line), 0);
    cp = open_in(state);
    assert_int_equal(go_on(cp, path, &line), 0);
    first = send_line(cp, path, 1, one);
    send_line(cp, path, 2, two);
    checkpoint_settled(cp, first);
    save_and_close(cp);
    assert_int_equal(position_after(state, &line), strlen(one));
    assert_int_equal(line, 1);
}

static void many_articles_may_be_under_way_and_settle_backwards(void **state)
{
    enum { COUNT = 3000 };
    uint64_t line, token[COUNT];
    const char *path = check_path(*state, "f.jsonl");
    struct checkpoint *cp = open_in(state);
    for (uint64_t i = 0; i < COUNT; i++) {
        write_file(path, O_APPEND, one);
        token[i] = send_line(cp, path, i + 1, one);
    }
    go_on(cp, path, &line);
    struct buf place = {0};
    checkpoint_place(cp, token[COUNT - 1], &place);
    assert_true(str_ends(buf_str(&place), STR("/f.jsonl:3000")));
    buf_fini(&place);
    checkpoint_close(&cp);
    cp = open_in(state);
    go_on(cp, path, &line);
    for (uint64_t i = 0; i < COUNT; i++)
        token[i] = send_line(cp, path, i + 1, one);
    for (uint64_t i = COUNT; i-- > 1;)
        checkpoint_settled(cp, token[i]);
    assert_int_equal(go_on(cp, path, &line), 0);
    checkpoint_close(&cp);
}

static void a_file_that_grew_is_gone_on_with(void **state)
{
    uint64_t line;
    const char *path = check_path(*state, "f.jsonl");
    feed_both_lines(state);
    assert_int_equal(position_after(state, &line), UINT64_MAX);
    write_file(path, O_APPEND, one);
    assert_int_equal(position_after(state, &line), strlen(one) * 2);
    assert_int_equal(line, 2);
}

static void a_file_that_shrank_is_read_from_its_begin(void **state)
{
    uint64_t line;
    feed_both_lines(state);
    write_file(check_path(*state, "f.jsonl"), O_TRUNC, one);
    assert_int_equal(position_after(state, &line), 0);
}

static void a_file_that_was_replaced_is_read_from_its_begin(void **state)
{
    uint64_t line;
    const char *path = check_path(*state, "f.jsonl");
    feed_both_lines(state);
    write_file(check_path(*state, "new"), 0, one);
    write_file(check_path(*state, "new"), O_APPEND, two);
    write_file(check_path(*state, "new"), O_APPEND, two);
    assert_int_equal(rename(check_path(*state, "new"), path), 0);
    assert_int_equal(position_after(state, &line), 0);
    assert_int_equal(line, 0);
}

static void a_file_written_anew_in_place_is_read_from_its_begin(void **state)
{
    uint64_t line;
    const char *path = check_path(*state, "f.jsonl");
    feed_both_lines(state);
    write_file(path, O_TRUNC, two);
    write_file(path, O_APPEND, one);
    write_file(path, O_APPEND, one);
    assert_int_equal(position_after(state, &line), 0);
}

static void a_file_under_a_new_name_is_read_and_so_is_its_successor(void **state)
{
    uint64_t line;
    const char *path = check_path(*state, "f.jsonl"),
               *old = check_path(*state, "old.jsonl");
    feed_both_lines(state);
    assert_int_equal(rename(path, old), 0);
    write_file(path, 0, one);
    struct checkpoint *cp = open_in(state);
    assert_int_equal(go_on(cp, old, &line), 0);
    assert_int_equal(go_on(cp, path, &line), 0);
    checkpoint_close(&cp);
}

static void answers_to_a_former_file_say_nothing_of_its_successor(void **state)
{
    uint64_t line;
    const char *path = check_path(*state, "f.jsonl");
    write_file(path, 0, one);
    struct checkpoint *cp = open_in(state);
    assert_int_equal(go_on(cp, path, &line), 0);
    uint64_t token = send_line(cp, path, 1, one);
    write_file(check_path(*state, "new"), 0, one);
    write_file(check_path(*state, "new"), O_APPEND, two);
    assert_int_equal(rename(check_path(*state, "new"), path), 0);
    assert_int_equal(go_on(cp, path, &line), 0);
    checkpoint_settled(cp, token);
    save_and_close(cp);
    assert_int_equal(position_after(state, &line), 0);
}

static void a_text_file_is_done_until_it_changes(void **state)
{
    uint64_t line;
    const char *path = check_path(*state, "f.jsonl");
    write_file(path, 0, "");
    struct checkpoint *cp = open_in(state);
    assert_int_equal(go_on(cp, path, &line), 0);
    struct source_item item = {.path = path};
    checkpoint_settled(cp, checkpoint_sent(cp, &item));
    save_and_close(cp);
    assert_int_equal(position_after(state, &line), UINT64_MAX);
    write_file(path, 0, "x");
    assert_int_equal(position_after(state, &line), 0);
}

static void names_may_hold_anything(void **state)
{
    uint64_t line;
    char path[300];
    snprintf(path, sizeof path, "%s/a\nb \\n\\", (char *)*state);
    write_file(path, 0, one);
    struct checkpoint *cp = open_in(state);
    assert_int_equal(go_on(cp, path, &line), 0);
    checkpoint_settled(cp, send_line(cp, path, 1, one));
    save_and_close(cp);
    cp = open_in(state);
    assert_int_equal(go_on(cp, path, &line), UINT64_MAX);
    checkpoint_close(&cp);
}

static void standard_input_is_not_remembered(void **state)
{
    uint64_t line;
    struct checkpoint *cp = open_in(state);
    checkpoint_settled(cp, send_line(cp, "-", 1, one));
    assert_int_equal(go_on(cp, "-", &line), 0);
    save_and_close(cp);
    struct buf bytes = {0};
    struct err err = {0};
    assert_ok(file_read(check_path(*state, "cp"), 100, &bytes, &err), &err);
    assert_str(buf_str(&bytes), "warta-feed 2\n");
    buf_fini(&bytes);
}

static void a_damaged_file_is_named_with_its_line(void **state)
{
    static const char *const bad[][2] = {
        {"", ":1: is no checkpoint"},
        {"warta-feed 3\n", ":1: is no checkpoint"},
        {"warta-feed 2\n1 1 3 4 5 1 7 a\n", ":2: damaged line"},
        {"warta-feed 1\n\n1 2 3\n", ":3: damaged line"},
        {"warta-feed 1\n1 1 3 4 5 6 7 a\n", ":2: damaged line"},
        {"warta-feed 1\n9 1 3 4 5 6 7 \n", ":2: damaged line"},
        {"warta-feed 1\n99999 1 3 4 5 5000 7 a\n", ":2: damaged line"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err err = {0};
        struct checkpoint *cp;
        write_file(check_path(*state, "cp"), O_TRUNC, bad[i][0]);
        assert_true(checkpoint_open(check_path(*state, "cp"), &cp, &err) < 0);
        assert_has(err.text, bad[i][1]);
        assert_null(cp);
    }
}

static void a_file_of_the_former_version_is_read(void **state)
{
    uint64_t line;
    char text[200];
    struct stat st;
    const char *path = check_path(*state, "f.jsonl");
    write_file(path, 0, one);
    assert_int_equal(stat(path, &st), 0);
    snprintf(text, sizeof text, "warta-feed 1\n0 1 %llu 7 8 0 %llu %s\n",
             (unsigned long long)st.st_ino, (unsigned long long)hash64(STR(""), 0), path);
    write_file(check_path(*state, "cp"), 0, text);
    struct checkpoint *cp = open_in(state);
    assert_int_equal(go_on(cp, path, &line), 0);
    assert_int_equal(line, 1);
    checkpoint_close(&cp);
}

static void a_place_within_a_member_holds_while_the_file_is_the_same(void **state)
{
    struct source_position done;
    const char *path = check_path(*state, "f.warc.gz");
    write_file(path, 0, one);
    struct checkpoint *cp = open_in(state);
    assert_false(checkpoint_skip(cp, path, &done));
    struct source_item item = {
        .path = path, .behind = {{4, 1000}, 3}, .last = STR("{\"te")};
    checkpoint_settled(cp, checkpoint_sent(cp, &item));
    save_and_close(cp);
    cp = open_in(state);
    assert_false(checkpoint_skip(cp, path, &done));
    assert_int_equal(done.at.offset, 4);
    assert_int_equal(done.at.within, 1000);
    assert_int_equal(done.count, 3);
    checkpoint_close(&cp);
    write_file(path, O_APPEND, two);
    cp = open_in(state);
    assert_false(checkpoint_skip(cp, path, &done));
    assert_int_equal(done.at.offset + done.at.within + done.count, 0);
    checkpoint_close(&cp);
}

static void a_path_with_a_nul_byte_is_damage(void **state)
{
    static const char bytes[] = "warta-feed 1\n9 1 3 4 5 6 7 a\0b\n";
    struct err err = {0};
    struct checkpoint *cp;
    int fd = open(check_path(*state, "cp"), O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, bytes, sizeof bytes - 1), sizeof bytes - 1);
    close(fd);
    assert_int_equal(checkpoint_open(check_path(*state, "cp"), &cp, &err), ERR_FORMAT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_never_runs_ahead_of_what_has_settled),
        TEST(many_articles_may_be_under_way_and_settle_backwards),
        TEST(a_file_that_grew_is_gone_on_with),
        TEST(a_file_that_shrank_is_read_from_its_begin),
        TEST(a_file_that_was_replaced_is_read_from_its_begin),
        TEST(a_file_written_anew_in_place_is_read_from_its_begin),
        TEST(a_file_under_a_new_name_is_read_and_so_is_its_successor),
        TEST(answers_to_a_former_file_say_nothing_of_its_successor),
        TEST(a_text_file_is_done_until_it_changes),
        TEST(names_may_hold_anything),
        TEST(standard_input_is_not_remembered),
        TEST(a_path_with_a_nul_byte_is_damage),
        TEST(a_file_of_the_former_version_is_read),
        TEST(a_place_within_a_member_holds_while_the_file_is_the_same),
        TEST(a_damaged_file_is_named_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
