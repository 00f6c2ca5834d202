/* What only the embedded engine can get wrong: files, locks, damage, a full disk, death.
 */

#include "tests/contract/journal_fixture.h"

#include "broker/journal_lmdb.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct lmdb *inside(const struct fixture *f)
{
    return journal_impl(f->journal);
}

static const char *data_path(const struct fixture *f)
{
    return check_path(f->dir, "journal/data.mdb");
}

static void reopen(struct fixture *f)
{
    fixture_crash(f);
}

/* Change the bytes of the closed journal where `old` stands, everywhere. */
static int rewrite(struct fixture *f, struct str old, struct str new_bytes)
{
    struct buf all = {0};
    int changed = 0;

    assert_int_equal(file_read(data_path(f), 1u << 30, &all, NULL), 0);
    for (size_t at = 0; at + old.len <= all.len; at++)
        if (memcmp(all.ptr + at, old.ptr, old.len) == 0) {
            memcpy(all.ptr + at, new_bytes.ptr, new_bytes.len);
            changed++;
        }
    int fd = open(data_path(f), O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, all.ptr, all.len, 0), all.len);
    close(fd);
    buf_fini(&all);
    return changed;
}

/* Run `act` on the journal, opened in a child, which then dies without closing it. */
static void in_dying_child(struct fixture *f, void (*act)(struct fixture *f))
{
    int status;

    journal_close(&f->journal);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (journal_open(f->uri, &f->options, &f->journal, NULL) < 0)
            _exit(2);
        act(f);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    struct err err = {0};
    assert_ok(journal_open(f->uri, &f->options, &f->journal, &err), &err);
}

static void append_three(struct fixture *f)
{
    uint64_t ticket;

    journal_append(f->journal, JOURNAL_ARTICLES, STR("k1"), STR("x"), &ticket, NULL);
    journal_append(f->journal, JOURNAL_ARTICLES, STR("k2"), STR("x"), &ticket, NULL);
    journal_append(f->journal, JOURNAL_ARTICLES, STR("k3"), STR("x"), &ticket, NULL);
}

static void append_three_and_flush(struct fixture *f)
{
    append_three(f);
    journal_flush(f->journal, NULL);
}

static void a_process_killed_before_the_flush_leaves_nothing(void **state)
{
    struct fixture *f = *state;

    put_articles(f, 2);
    in_dying_child(f, append_three);
    assert_int_equal(stats(f).last[JOURNAL_ARTICLES], 2);
    assert_int_equal(put(f, JOURNAL_ARTICLES, "k1", "x").seq, 3);
}

static void a_process_killed_after_the_flush_leaves_all(void **state)
{
    struct fixture *f = *state;

    put_articles(f, 2);
    in_dying_child(f, append_three_and_flush);
    assert_int_equal(stats(f).last[JOURNAL_ARTICLES], 5);
    assert_true(put(f, JOURNAL_ARTICLES, "k3", "x").duplicate);
}

static void a_second_open_is_refused_with_the_pid(void **state)
{
    struct fixture *f = *state;
    struct journal *second = NULL;
    struct err err = {0};
    char want[64];
    int status;

    snprintf(want, sizeof want, "is held by process %d", (int)getpid());
    assert_int_equal(journal_open(f->uri, NULL, &second, &err), ERR_LOCKED);
    assert_has(err.text, want);
    assert_null(second);

    pid_t pid = fork();
    if (pid == 0)
        _exit(journal_open(f->uri, NULL, &second, NULL) == ERR_LOCKED ? 0 : 1);
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    put_articles(f, 1);
}

static void a_newer_format_is_refused_with_both_versions(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    char has[16], knows[16], format[4] = {0, 0, 0, LMDB_FORMAT + 1};
    MDB_txn *txn;
    MDB_val key = lmdb_val("format", 6), value = lmdb_val(format, 4);

    assert_int_equal(mdb_txn_begin(inside(f)->env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_put(txn, inside(f)->table[LMDB_META], &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    journal_close(&f->journal);
    assert_int_equal(journal_open(f->uri, NULL, &f->journal, &err), ERR_VERSION);
    snprintf(has, sizeof has, "has format %d", LMDB_FORMAT + 1);
    snprintf(knows, sizeof knows, "up to %d", LMDB_FORMAT);
    assert_has(err.text, has);
    assert_has(err.text, knows);
}

static void a_file_of_something_else_is_refused(void **state)
{
    struct fixture *f = *state;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_env *env;
    struct err err = {0};
    const char *path = check_path(f->dir, "other");
    char uri[300];

    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 2), 0);
    assert_int_equal(mdb_env_open(env, path, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "theirs", MDB_CREATE, &dbi), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
    snprintf(uri, sizeof uri, "lmdb:%s", path);
    struct journal *other;
    assert_int_equal(journal_open(uri, NULL, &other, &err), ERR_FORMAT);
    assert_has(err.text, "is not a journal");
}

static void a_directory_others_may_write_is_refused(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    const char *path = check_path(f->dir, "journal");

    journal_close(&f->journal);
    assert_int_equal(chmod(path, 0777), 0);
    assert_int_equal(journal_open(f->uri, NULL, &f->journal, &err), ERR_USAGE);
    assert_int_equal(chmod(path, 0700), 0);
}

static void network_file_systems_are_known(void **state)
{
    (void)state;
    assert_true(lmdb_is_remote(0x6969));     /* nfs */
    assert_true(lmdb_is_remote(0xff534d42)); /* cifs */
    assert_false(lmdb_is_remote(0xef53));    /* ext4 */
    assert_false(lmdb_is_remote(0x58465342));
    assert_false(lmdb_is_remote(0x01021994)); /* tmpfs */
}

/* A write that only begins below the limit is cut short, which LMDB calls EIO. */
static void a_limit_of_the_file_size_is_no_room(void **state)
{
    struct fixture *f = *state;
    struct rlimit old, tight;
    struct stat st;
    struct err err = {0};

    put_articles(f, 20);
    assert_int_equal(stat(data_path(f), &st), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = old;
    tight.rlim_cur = (rlim_t)st.st_size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    int code = lmdb_error(inside(f), EIO, "commit", &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(code, ERR_NOSPACE);
    assert_int_equal(lmdb_error(inside(f), EIO, "commit", &err), ERR_SYSTEM);
}

struct findings {
    int count;
    char first[200];
};

static void keep_finding(void *context, const char *finding)
{
    struct findings *findings = context;
    if (findings->count++ == 0)
        snprintf(findings->first, sizeof findings->first, "%s", finding);
}

static void a_flipped_byte_damages_one_entry_only(void **state)
{
    struct fixture *f = *state;
    struct journal_item item;
    struct findings findings = {0};
    struct err err = {0};

    put_articles(f, 5);
    journal_close(&f->journal);
    assert_true(rewrite(f, STR("text of a3"), STR("tExt of a3")) > 0);
    reopen(f);

    assert_int_equal(journal_check(f->journal, keep_finding, &findings, NULL), 1);
    assert_string_equal(findings.first, "articles 3: checksum does not match");
    for (uint64_t seq = 1; seq <= 5; seq++) {
        int rc = journal_read(f->journal, JOURNAL_ARTICLES, seq, &item, &err);
        assert_int_equal(rc, seq == 3 ? ERR_CORRUPT : 1);
        assert_int_equal(item.seq, seq);
    }
    take(f, 1);
    take(f, 2);
    assert_int_equal(journal_take(f->journal, &item, NULL), ERR_CORRUPT);
    assert_int_equal(item.seq, 3);
    take(f, 4);
    assert_int_equal(journal_dead(f->journal, 0, &item, NULL), 1);
    assert_int_equal(item.seq, 3);
    assert_str(item.note, "corrupt");
    assert_int_equal(item.bytes.len, 0);
    flush(f);
    reopen(f);
    assert_int_equal(stats(f).dead, 1);
    assert_int_equal(stats(f).unfinished, 4);

    /* Put again, it is stored again: the damaged one does not stand in its way. */
    struct journal_outcome outcome = put(f, JOURNAL_ARTICLES, "a3", "text of a3");
    assert_false(outcome.duplicate);
    assert_int_equal(outcome.seq, 6);
    assert_true(put(f, JOURNAL_ARTICLES, "a3", "text of a3").duplicate);
}

static void damage_in_any_chunk_of_a_long_entry_is_seen(void **state)
{
    struct fixture *f = *state;
    struct journal_item item;
    char *text = mem_zero(1, 20001);

    memset(text, 'u', 20000);
    memcpy(text + 15000, "needle", 6);
    put(f, JOURNAL_FACTS, "long", text);
    put(f, JOURNAL_FACTS, "short", "x");
    journal_close(&f->journal);
    assert_true(rewrite(f, STR("needle"), STR("noodle")) > 0);
    reopen(f);
    assert_int_equal(journal_read(f->journal, JOURNAL_FACTS, 1, &item, NULL),
                     ERR_CORRUPT);
    assert_int_equal(journal_read(f->journal, JOURNAL_FACTS, 2, &item, NULL), 1);
    mem_free(text);
}

static void damaged_entries_are_trimmed_like_others(void **state)
{
    struct fixture *f = *state;
    struct findings findings = {0};

    put(f, JOURNAL_FACTS, "f1", "first facts");
    put(f, JOURNAL_FACTS, "f2", "second facts");
    journal_close(&f->journal);
    assert_true(rewrite(f, STR("first facts"), STR("f1rst facts")) > 0);
    reopen(f);
    assert_int_equal(journal_trim(f->journal, JOURNAL_FACTS, 2, NULL), 0);
    flush(f);
    assert_int_equal(stats(f).first[JOURNAL_FACTS], 2);
    assert_int_equal(journal_check(f->journal, keep_finding, &findings, NULL), 1);
    assert_string_equal(findings.first, "facts: an id points to no entry");
    assert_false(put(f, JOURNAL_FACTS, "f1", "first facts").duplicate);
}

static void a_damaged_mark_is_no_mark(void **state)
{
    struct fixture *f = *state;
    struct findings findings = {0};
    uint64_t position;
    char bytes[8], other[8];

    lmdb_put64(bytes, 0x1122334455667788);
    lmdb_put64(other, 0x1122334455667789);
    assert_int_equal(journal_mark(f->journal, STR("web"), 0x1122334455667788, NULL), 0);
    flush(f);
    journal_close(&f->journal);
    assert_true(rewrite(f, str_make(bytes, 8), str_make(other, 8)) > 0);
    reopen(f);
    assert_int_equal(journal_marked(f->journal, STR("web"), &position), 0);
    assert_int_equal(journal_check(f->journal, keep_finding, &findings, NULL), 1);
}

static void put_row(struct fixture *f, enum lmdb_table table, uint64_t seq)
{
    char bytes[LMDB_CHUNK_KEY];
    MDB_val key =
        table == LMDB_WORK ? lmdb_seq_key(bytes, seq) : lmdb_chunk_key(bytes, seq, 0);
    MDB_val value = lmdb_val("x", 1);
    struct lmdb *lmdb = inside(f);
    assert_int_equal(lmdb_begin(lmdb, NULL), 0);
    assert_int_equal(mdb_put(lmdb->write, lmdb->table[table], &key, &value, 0), 0);
}

static void a_row_that_no_entry_can_have_is_refused_and_found(void **state)
{
    struct fixture *f = *state;
    struct findings findings = {0};
    struct journal_item item;
    struct err err = {0};

    put_articles(f, 2);
    append(f, JOURNAL_FACTS, "f1", "facts");
    put_row(f, LMDB_FACTS, UINT64_MAX);
    put_row(f, LMDB_WORK, UINT64_MAX);
    flush(f);
    journal_close(&f->journal);
    assert_int_equal(journal_open(f->uri, &f->options, &f->journal, &err), ERR_CORRUPT);
    assert_has(err.text, "behind all others");
    f->options.read_only = true;
    assert_ok(journal_open(f->uri, &f->options, &f->journal, &err), &err);
    assert_int_equal(stats(f).last[JOURNAL_FACTS], 1);
    assert_int_equal(journal_read(f->journal, JOURNAL_FACTS, 2, &item, NULL), 0);
    assert_true(journal_check(f->journal, keep_finding, &findings, NULL) >= 2);
    assert_has(findings.first, "facts: a row beyond all positions");
}

static void the_check_finds_missing_entries_and_ids(void **state)
{
    struct fixture *f = *state;
    struct findings findings = {0};
    char bytes[LMDB_CHUNK_KEY];
    MDB_txn *txn;

    put_articles(f, 5);
    reopen(f); /* a clean end writes all ids to the table */
    assert_int_equal(mdb_txn_begin(inside(f)->env, NULL, 0, &txn), 0);
    MDB_val key = lmdb_chunk_key(bytes, 2, 0);
    assert_int_equal(mdb_del(txn, inside(f)->table[LMDB_ARTICLES], &key, NULL), 0);
    key = lmdb_id_key(inside(f), bytes, STR("a4"));
    assert_int_equal(mdb_del(txn, inside(f)->table[LMDB_ARTICLE_IDS], &key, NULL), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    /* the entry; its id; its work; the other id */
    assert_int_equal(journal_check(f->journal, keep_finding, &findings, NULL), 4);
    assert_string_equal(findings.first, "articles 2 to 2: missing");
}

static void recovery_refuses_damaged_newest_entries(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};

    put_articles(f, 3);
    append(f, JOURNAL_ARTICLES, "lost", "x");
    inside(f)->fail_commit = EIO;
    assert_int_equal(journal_flush(f->journal, NULL), ERR_SYSTEM);
    assert_true(rewrite(f, STR("text of a3"), STR("tExt of a3")) > 0);
    assert_int_equal(journal_recover(f->journal, &err), ERR_CORRUPT);
    assert_true(stats(f).degraded);
    struct journal_item item;
    assert_int_equal(journal_read(f->journal, JOURNAL_ARTICLES, 2, &item, NULL), 1);
    assert_true(rewrite(f, STR("tExt of a3"), STR("text of a3")) > 0);
    assert_ok(journal_recover(f->journal, &err), &err);
    struct journal_outcome outcome;
    assert_int_equal(journal_settle(f->journal, &outcome), 1);
    put_articles(f, 4);
}

static void a_read_only_open_reads_beside_the_broker_and_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct journal_options read_only = {.read_only = true};
    struct journal_item item;
    int status;

    put_articles(f, 3);
    pid_t pid = fork();
    if (pid == 0) {
        struct journal *journal = NULL;
        struct findings findings = {0};
        uint64_t ticket;
        if (journal_open(f->uri, &read_only, &journal, NULL) < 0)
            _exit(2);
        if (journal_read(journal, JOURNAL_ARTICLES, 3, &item, NULL) != 1)
            _exit(3);
        if (journal_append(journal, JOURNAL_ARTICLES, STR("x"), STR("x"), &ticket,
                           NULL) != ERR_STATE)
            _exit(4);
        if (journal_check(journal, keep_finding, &findings, NULL) != 0)
            _exit(5);
        if (journal_take(journal, &item, NULL) != 0)
            _exit(6);
        journal_close(&journal);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);

    char uri[300];
    struct err err = {0};
    struct journal *absent;
    snprintf(uri, sizeof uri, "lmdb:%s", check_path(f->dir, "absent"));
    assert_int_equal(journal_open(uri, &read_only, &absent, &err), ERR_NOTFOUND);
}

static int count_dead_readers(struct fixture *f)
{
    int dead = -1;
    assert_int_equal(mdb_reader_check(inside(f)->env, &dead), 0);
    return dead;
}

/* A reader killed in the act would keep every page it saw from being used again. */
static void a_reader_that_died_is_cleared_within_1024_flushes(void **state)
{
    struct fixture *f = *state;
    struct journal_options read_only = {.read_only = true};
    struct journal_item item;
    int status;

    put_articles(f, 1);
    for (int round = 0; round < 2; round++) {
        pid_t pid = fork();
        if (pid == 0) {
            struct journal *journal = NULL;
            if (journal_open(f->uri, &read_only, &journal, NULL) == 0)
                journal_read(journal, JOURNAL_ARTICLES, 1, &item, NULL);
            kill(getpid(), SIGKILL);
        }
        waitpid(pid, &status, 0);
        assert_true(WIFSIGNALED(status));
        if (round == 0)
            assert_int_equal(count_dead_readers(f), 1); /* the test can see one */
    }
    inside(f)->flushes = 1023;
    put(f, JOURNAL_ARTICLES, "more", "x");
    assert_int_equal(count_dead_readers(f), 0);
}

static void unknown_schemes_are_refused(void **state)
{
    struct journal *journal;
    (void)state;

    assert_int_equal(journal_open("file:x", NULL, &journal, NULL), ERR_USAGE);
    assert_int_equal(journal_open("/var/lib/warta", NULL, &journal, NULL), ERR_USAGE);
    assert_int_equal(journal_open("lmdb:", NULL, &journal, NULL), ERR_USAGE);
    assert_int_equal(journal_open("mem:x", NULL, &journal, NULL), ERR_USAGE);
#ifdef HAVE_NATS
    assert_int_equal(journal_open("nats:host", NULL, &journal, NULL), ERR_USAGE);
#else
    struct err err = {0};
    assert_int_equal(journal_open("nats://host", NULL, &journal, &err), ERR_BUILD);
    assert_non_null(strstr(err.text, "libnats"));
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_LMDB(a_process_killed_before_the_flush_leaves_nothing),
        ON_LMDB(a_process_killed_after_the_flush_leaves_all),
        ON_LMDB(a_second_open_is_refused_with_the_pid),
        ON_LMDB(a_newer_format_is_refused_with_both_versions),
        ON_LMDB(a_file_of_something_else_is_refused),
        ON_LMDB(network_file_systems_are_known),
        ON_LMDB(a_limit_of_the_file_size_is_no_room),
        ON_LMDB(a_directory_others_may_write_is_refused),
        ON_LMDB(a_flipped_byte_damages_one_entry_only),
        ON_LMDB(damage_in_any_chunk_of_a_long_entry_is_seen),
        ON_LMDB(damaged_entries_are_trimmed_like_others),
        ON_LMDB(a_damaged_mark_is_no_mark),
        ON_LMDB(a_row_that_no_entry_can_have_is_refused_and_found),
        ON_LMDB(the_check_finds_missing_entries_and_ids),
        ON_LMDB(recovery_refuses_damaged_newest_entries),
        ON_LMDB(a_read_only_open_reads_beside_the_broker_and_changes_nothing),
        ON_LMDB(a_reader_that_died_is_cleared_within_1024_flushes),
        ON_LMDB(unknown_schemes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
