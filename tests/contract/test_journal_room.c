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

static void collide(struct fixture *f)
{
    struct findings findings = {0};

    inside(f)->id_mask = 3;
    put_articles(f, 100);
    put_articles(f, 100);
    assert_int_equal(stats(f).last[JOURNAL_ARTICLES], 100);
    assert_int_equal(put(f, JOURNAL_ARTICLES, "a77", "text of a77").seq, 77);
    assert_true(put(f, JOURNAL_ARTICLES, "a50", "other").differs);
    for (uint64_t seq = 1; seq <= 60; seq++) {
        take(f, seq);
        assert_int_equal(journal_finish(f->journal, seq, NULL), 0);
    }
    assert_int_equal(journal_trim(f->journal, JOURNAL_ARTICLES, 61, NULL), 0);
    flush(f);
    assert_int_equal(put(f, JOURNAL_ARTICLES, "a50", "text of a50").seq, 101);
    assert_int_equal(put(f, JOURNAL_ARTICLES, "a99", "text of a99").seq, 99);
    assert_int_equal(journal_check(f->journal, keep_finding, &findings, NULL), 0);
}

static void ids_whose_hashes_collide_are_kept_apart(void **state)
{
    collide(*state);
}

static void ids_whose_hashes_collide_are_kept_apart_in_the_table(void **state)
{
    struct fixture *f = *state;

    inside(f)->ids_waiting_max = 0;
    collide(f);
    assert_int_equal(inside(f)->ids[JOURNAL_ARTICLES].waiting, 0);
}

static void flush_and_append(struct fixture *f)
{
    uint64_t ticket;
    char id[32];

    inside(f)->ids_waiting_max = 50;
    for (int i = 0; i < 3000; i++) {
        snprintf(id, sizeof id, "n%d", i);
        journal_append(f->journal, JOURNAL_FACTS, str_of(id), STR("x"), &ticket, NULL);
        struct journal_outcome outcome;
        if (i % 100 == 99)
            journal_flush(f->journal, NULL);
        while (journal_settle(f->journal, &outcome) == 1)
            ;
    }
}

static uint64_t least_waiting(const struct lmdb_ids *ids)
{
    uint64_t least = UINT64_MAX;

    for (size_t n = 0; n < LMDB_BUCKETS; n++)
        for (size_t i = 0; i < ids->bucket[n].count; i++)
            if (ids->bucket[n].row[i].seq < least)
                least = ids->bucket[n].row[i].seq;
    return least;
}

/* A start reads again from missing_from on: no id that waits may stand before it. */
static void what_a_start_reads_again_covers_all_ids_that_wait(void **state)
{
    struct fixture *f = *state;
    const struct lmdb_ids *ids = &inside(f)->ids[JOURNAL_FACTS];
    struct journal_outcome outcome;
    char id[32];

    inside(f)->ids_waiting_max = 300;
    for (int i = 0; i < 10000; i++) {
        snprintf(id, sizeof id, "n%d", i);
        append(f, JOURNAL_FACTS, id, "x");
        if (i % 20 != 19)
            continue;
        flush(f);
        assert_true(least_waiting(ids) >= ids->missing_from);
        assert_true(ids->waiting <= 400);
        while (journal_settle(f->journal, &outcome) == 1)
            ;
    }
    assert_true(ids->missing_from > 8000);
}

static void ids_that_had_not_reached_the_table_are_known_after_a_kill(void **state)
{
    struct fixture *f = *state;
    struct findings findings = {0};
    char id[32];

    in_dying_child(f, flush_and_append);
    const struct lmdb_ids *ids = &inside(f)->ids[JOURNAL_FACTS];
    assert_true(ids->missing_from > 2000 && ids->missing_from < 3000);
    assert_int_equal(ids->waiting, 3001 - ids->missing_from);
    for (int i = 0; i < 3000; i++) {
        snprintf(id, sizeof id, "n%d", i);
        append(f, JOURNAL_FACTS, id, "x");
    }
    flush(f);
    assert_int_equal(stats(f).last[JOURNAL_FACTS], 3000);
    reopen(f);
    assert_int_equal(inside(f)->ids[JOURNAL_FACTS].waiting, 0);
    assert_true(put(f, JOURNAL_FACTS, "n2999", "x").duplicate);
    assert_int_equal(journal_check(f->journal, keep_finding, &findings, NULL), 0);
}

static int fill(struct fixture *f, int from, const char *text, int *error_out)
{
    uint64_t ticket;
    char id[32];
    int n = from;

    for (;; n++) {
        snprintf(id, sizeof id, "fill%d", n);
        *error_out = journal_append(f->journal, JOURNAL_ARTICLES, str_of(id),
                                    str_of(text), &ticket, NULL);
        if (*error_out < 0)
            return n;
        if (n % 16 == 0)
            flush(f);
    }
}

static void settle_all(struct fixture *f)
{
    struct journal_outcome outcome;

    flush(f);
    while (journal_settle(f->journal, &outcome) == 1)
        assert_int_equal(outcome.error, 0);
}

static void a_full_map_refuses_appends_but_lets_old_work_drain(void **state)
{
    struct fixture *f = *state;
    struct findings findings = {0};
    char text[3501] = {0};
    int error, n = 0;

    journal_close(&f->journal);
    f->options.map_bytes = 4 << 20;
    reopen(f);
    memset(text, 't', sizeof text - 1);
    for (int round = 0; round < 8; round++) {
        n = fill(f, n, text, &error);
        assert_int_equal(error, ERR_NOSPACE);
        assert_false(stats(f).degraded);
        settle_all(f); /* what was accepted is stored */
        uint64_t last = stats(f).last[JOURNAL_ARTICLES];
        assert_int_equal(last, n);
        struct journal_item item;
        while (journal_take(f->journal, &item, NULL) == 1) {
            assert_int_equal(journal_finish(f->journal, item.seq, NULL), 0);
            assert_int_equal(journal_mark(f->journal, STR("m"), item.seq, NULL), 0);
            if (item.seq % 64 == 0)
                flush(f);
        }
        uint64_t before = last - 50 * (uint64_t)(round % 2);
        for (int step = 0; stats(f).first[JOURNAL_ARTICLES] < before; step++) {
            assert_true(step < 1000);
            assert_int_equal(journal_trim(f->journal, JOURNAL_ARTICLES, before, NULL), 0);
            flush(f);
        }
        flush(f);
    }
    assert_true(n > 3000);
    assert_int_equal(journal_check(f->journal, keep_finding, &findings, NULL), 0);
}

static void long_entries_fit_into_scattered_holes(void **state)
{
    struct fixture *f = *state;
    char *text = mem_zero(1, 60001);
    int error, n = 0;

    journal_close(&f->journal);
    f->options.map_bytes = 8 << 20;
    reopen(f);
    memset(text, 't', 60000);
    text[3500] = '\0';
    n = fill(f, n, text, &error);
    assert_int_equal(error, ERR_NOSPACE);
    settle_all(f);
    for (uint64_t seq = 1; seq <= (uint64_t)n; seq++) { /* every second one stays */
        take(f, seq);
        if (seq % 2)
            assert_int_equal(journal_finish(f->journal, seq, NULL), 0);
        if (seq % 64 == 0)
            flush(f);
    }
    for (int step = 0; step < 200; step++) {
        assert_int_equal(journal_trim(f->journal, JOURNAL_ARTICLES, (uint64_t)n, NULL),
                         0);
        flush(f);
    }
    text[3500] = 't';
    int more = fill(f, n, text, &error) - n;
    assert_int_equal(error, ERR_NOSPACE);
    assert_true(more >= 25); /* of 60 kB: the holes hold some 50 */
    settle_all(f);
    mem_free(text);
}

static void a_refused_write_degrades_and_recovers(void **state)
{
    struct fixture *f = *state;
    struct journal_outcome outcome;
    struct journal_item item;
    struct rlimit old, tight;
    struct stat st;
    struct err err = {0};
    char text[3501] = {0};

    put_articles(f, 20);
    assert_int_equal(stat(data_path(f), &st), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = old;
    tight.rlim_cur = (rlim_t)st.st_size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    memset(text, 't', sizeof text - 1);
    for (int i = 0; i < 100; i++) {
        char id[16];
        snprintf(id, sizeof id, "b%d", i);
        append(f, JOURNAL_ARTICLES, id, text);
    }
    int rc = journal_flush(f->journal, &err);
    int again = journal_recover(f->journal, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(rc, ERR_NOSPACE);
    assert_has(err.text, "commit");
    (void)again; /* the probe is small and may find a free page below the limit */

    for (int i = 0; i < 100; i++) {
        assert_int_equal(journal_settle(f->journal, &outcome), 1);
        assert_int_equal(outcome.error, ERR_NOSPACE);
    }
    assert_int_equal(journal_read(f->journal, JOURNAL_ARTICLES, 20, &item, NULL), 1);
    assert_int_equal(journal_read(f->journal, JOURNAL_ARTICLES, 21, &item, NULL), 0);
    assert_ok(journal_recover(f->journal, &err), &err);
    assert_int_equal(put(f, JOURNAL_ARTICLES, "b0", text).seq, 21);
    reopen(f);
    assert_int_equal(stats(f).last[JOURNAL_ARTICLES], 21);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_LMDB(ids_whose_hashes_collide_are_kept_apart),
        ON_LMDB(ids_whose_hashes_collide_are_kept_apart_in_the_table),
        ON_LMDB(what_a_start_reads_again_covers_all_ids_that_wait),
        ON_LMDB(ids_that_had_not_reached_the_table_are_known_after_a_kill),
        ON_LMDB(a_full_map_refuses_appends_but_lets_old_work_drain),
        ON_LMDB(long_entries_fit_into_scattered_holes),
        ON_LMDB(a_refused_write_degrades_and_recovers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
