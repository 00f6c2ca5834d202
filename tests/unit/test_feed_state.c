#include "tests/support/check.h"

#include "proto/base/file.h"
#include "worker/feed/rss_state.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#define URL "http://situs.example/rss"

struct scratch {
    char *dir;
    const char *path;
    struct rss_state *state;
    struct err err;
};

static int make(void **state)
{
    static struct scratch s;
    s = (struct scratch){.dir = check_dir_make()};
    s.path = check_path(s.dir, "state");
    assert_ok(rss_state_open(s.path, false, &s.state, &s.err), &s.err);
    *state = &s;
    return 0;
}

static int clean(void **state)
{
    struct scratch *s = *state;
    rss_state_close(&s->state);
    check_dir_remove(&s->dir);
    return 0;
}

static int open_again(struct scratch *s)
{
    rss_state_close(&s->state);
    return rss_state_open(s->path, false, &s->state, &s->err);
}

static void keep_feed(struct scratch *s, const char *url, const char *index)
{
    struct rss_record r = {
        .interval_ms = 600000, .due_ms = 77, .found = 3, .status = 200};
    buf_add_str(&r.at, STR("http://baru.example/rss"));
    buf_add_str(&r.etag, STR("\"x\""));
    buf_add_str(&r.index, str_of(index));
    assert_ok(rss_state_keep(s->state, url, &r, &s->err), &s->err);
    rss_record_fini(&r);
}

static int seen(struct scratch *s, uint64_t entry, uint64_t feed, uint64_t content)
{
    uint64_t revisions;
    return rss_state_seen(s->state, entry, feed, content, 1000, &revisions, &s->err);
}

static void what_was_committed_is_there_again(void **state)
{
    struct scratch *s = *state;
    struct rss_record r = {0};
    keep_feed(s, URL, "http://situs.example/index");
    assert_ok(rss_state_mark(s->state, 1, 2, 3, 1000, &s->err), &s->err);
    assert_ok(rss_state_commit(s->state, &s->err), &s->err);
    assert_ok(rss_state_mark(s->state, 9, 2, 3, 1000, &s->err), &s->err);
    assert_ok(open_again(s), &s->err); /* closed without a commit: as if killed */
    assert_int_equal(rss_state_find(s->state, URL, &r, &s->err), 1);
    assert_str(buf_str(&r.at), "http://baru.example/rss");
    assert_str(buf_str(&r.etag), "\"x\"");
    assert_str(buf_str(&r.index), "http://situs.example/index");
    assert_int_equal(r.interval_ms, 600000);
    assert_int_equal(r.due_ms, 77);
    assert_int_equal(r.found, 3);
    assert_int_equal(r.status, 200);
    assert_false(r.gone);
    assert_int_equal(seen(s, 1, 2, 3), SEEN_SAME);
    assert_int_equal(seen(s, 9, 2, 3), SEEN_NOT);
    assert_int_equal(rss_state_find(s->state, "http://none.example/", &r, &s->err), 0);
    rss_record_fini(&r);
}

static void an_entry_is_new_the_same_edited_or_of_another_feed(void **state)
{
    struct scratch *s = *state;
    uint64_t revisions;
    assert_int_equal(seen(s, 1, 2, 3), SEEN_NOT);
    assert_ok(rss_state_mark(s->state, 1, 2, 3, 1000, &s->err), &s->err);
    assert_int_equal(seen(s, 1, 2, 3), SEEN_SAME);
    assert_int_equal(seen(s, 1, 2, 4), SEEN_EDITED);
    assert_int_equal(seen(s, 1, 5, 4), SEEN_ELSEWHERE);
    assert_ok(rss_state_mark(s->state, 1, 2, 4, 1000, &s->err), &s->err);
    assert_int_equal(rss_state_seen(s->state, 1, 2, 5, 1000, &revisions, &s->err),
                     SEEN_EDITED);
    assert_int_equal(revisions, 2);
    assert_int_equal(seen(s, UINT64_MAX, UINT64_MAX, UINT64_MAX), SEEN_NOT);
    assert_ok(rss_state_mark(s->state, UINT64_MAX, UINT64_MAX, UINT64_MAX, 1, &s->err),
              &s->err);
    assert_int_equal(seen(s, UINT64_MAX, UINT64_MAX, UINT64_MAX), SEEN_SAME);
}

/* Looked at daily, it stays; gone from its feed for long, it is forgotten. */
static void entries_that_are_gone_are_forgotten(void **state)
{
    struct scratch *s = *state;
    const uint64_t day = 24 * 3600 * 1000;
    uint64_t revisions;
    assert_ok(rss_state_mark(s->state, 1, 2, 3, day, &s->err), &s->err);
    assert_ok(rss_state_mark(s->state, 4, 2, 3, day, &s->err), &s->err);
    rss_state_seen(s->state, 1, 2, 3, 3 * day, &revisions, &s->err);
    assert_ok(rss_state_forget(s->state, 2 * day, &s->err), &s->err);
    assert_int_equal(seen(s, 1, 2, 3), SEEN_SAME);
    assert_int_equal(seen(s, 4, 2, 3), SEEN_NOT);
}

static int count(void *context, const char *url, const struct rss_record *record)
{
    (void)url, (void)record;
    ++*(int *)context;
    return 0;
}

static void a_feed_can_be_dropped(void **state)
{
    struct scratch *s = *state;
    int feeds = 0;
    keep_feed(s, URL, "");
    keep_feed(s, URL "/2", "");
    assert_ok(rss_state_drop(s->state, URL, &s->err), &s->err);
    assert_ok(rss_state_each(s->state, count, &feeds, &s->err), &s->err);
    assert_int_equal(feeds, 1);
}

static void run(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* As the first version wrote it. */
static void a_file_of_version_1_is_brought_up_to_date(void **state)
{
    struct scratch *s = *state;
    const char *path = check_path(s->dir, "old");
    struct rss_record r = {0};
    run(path,
        "CREATE TABLE feed (url TEXT PRIMARY KEY, at TEXT, etag TEXT, modified TEXT, "
        "title TEXT, error TEXT, interval_ms INTEGER, due_ms INTEGER, asked_ms "
        "INTEGER, found_ms INTEGER, found INTEGER, errors INTEGER, status INTEGER, "
        "gone INTEGER) WITHOUT ROWID; CREATE TABLE entry (id INTEGER PRIMARY KEY, "
        "feed INTEGER, content INTEGER, revisions INTEGER, at_ms INTEGER);"
        "INSERT INTO feed VALUES ('" URL "', 'http://b.example/', '\"e\"', 'm', 't', "
        "'x', 1, 2, 3, 4, 5, 6, 410, 1); INSERT INTO entry VALUES (1, 2, 3, 1, 9);"
        "PRAGMA user_version = 1;");
    rss_state_close(&s->state);
    assert_int_equal(rss_state_open(path, true, &s->state, &s->err), ERR_VERSION);
    for (int twice = 0; twice < 2; twice++) {
        rss_state_close(&s->state);
        assert_ok(rss_state_open(path, false, &s->state, &s->err), &s->err);
    }
    assert_int_equal(rss_state_find(s->state, URL, &r, &s->err), 1);
    assert_str(buf_str(&r.at), "http://b.example/");
    assert_str(buf_str(&r.error), "x");
    assert_str(buf_str(&r.index), "");
    assert_int_equal(r.errors, 6);
    assert_true(r.gone);
    assert_int_equal(seen(s, 1, 2, 3), SEEN_SAME);
    rss_record_fini(&r);
}

static void a_file_of_a_later_version_is_refused(void **state)
{
    struct scratch *s = *state;
    rss_state_close(&s->state);
    run(s->path, "PRAGMA user_version = 3;");
    assert_int_equal(rss_state_open(s->path, false, &s->state, &s->err), ERR_VERSION);
    assert_has(s->err.text, "later version");
    assert_null(s->state);
}

/* Cut anywhere, or with a page of noise: opened, or refused in words; never worse. */
static void a_torn_file_is_refused_or_read(void **state)
{
    struct scratch *s = *state;
    struct buf whole = {0};
    int refused = 0, read = 0;
    for (uint64_t i = 1; i < 2000; i++)
        assert_ok(rss_state_mark(s->state, i, 2, 3, 1000, &s->err), &s->err);
    assert_ok(rss_state_commit(s->state, &s->err), &s->err);
    rss_state_close(&s->state);
    assert_ok(file_read(s->path, (size_t)16 << 20, &whole, &s->err), &s->err);
    for (size_t cut = 0; cut < whole.len; cut += whole.len / 40 + 1) {
        const char *path = check_path(s->dir, "torn");
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        assert_int_equal(write(fd, whole.ptr, cut), (ssize_t)cut);
        close(fd);
        s->err = (struct err){0};
        int rc = rss_state_open(path, false, &s->state, &s->err);
        for (uint64_t i = 1; rc >= 0 && i < 2000; i += 50)
            rc = rss_state_seen(s->state, i, 2, 3, 1000, &(uint64_t){0}, &s->err);
        refused += rc < 0;
        read += rc >= 0;
        if (rc < 0 && (s->err.code != rc || s->err.text[0] == '\0'))
            fail_msg("cut at %zu: %d, \"%s\"", cut, rc, s->err.text);
        rss_state_close(&s->state);
    }
    assert_true(refused > 20 && read > 0); /* an empty file is a new one */
    buf_fini(&whole);
}

static void two_that_write_are_told(void **state)
{
    struct scratch *s = *state;
    struct rss_state *other = NULL;
    assert_ok(rss_state_mark(s->state, 1, 2, 3, 1000, &s->err), &s->err);
    assert_ok(rss_state_open(s->path, false, &other, &s->err), &s->err);
    assert_int_equal(rss_state_mark(other, 2, 2, 3, 1000, &s->err), ERR_LOCKED);
    rss_state_close(&other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_committed_is_there_again),
        TEST(an_entry_is_new_the_same_edited_or_of_another_feed),
        TEST(entries_that_are_gone_are_forgotten),
        TEST(a_feed_can_be_dropped),
        TEST(a_file_of_version_1_is_brought_up_to_date),
        TEST(a_file_of_a_later_version_is_refused),
        TEST(a_torn_file_is_refused_or_read),
        TEST(two_that_write_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
