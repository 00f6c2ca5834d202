/* What a start of the embedded engine reads, after a kill too: little, however much the
 * journal holds, and enough. */

#include "tests/contract/journal_fixture.h"

#include "broker/journal_lmdb.h"

#include <stdio.h>
#include <unistd.h>

#define ENTRIES 3000
#define TEXT    "a text that is long enough to be told from the bytes of its id"

static struct lmdb *inside(const struct fixture *f)
{
    return journal_impl(f->journal);
}

static void settle(struct fixture *f)
{
    struct journal_outcome outcome;

    flush(f);
    while (journal_settle(f->journal, &outcome) == 1)
        assert_int_equal(outcome.error, 0);
}

static void put_facts(struct fixture *f, int from, int to)
{
    char id[32];

    for (int i = from; i <= to; i++) {
        snprintf(id, sizeof id, "n%d", i);
        append(f, JOURNAL_FACTS, id, TEXT);
        if (i % 100 == 0 || i == to)
            settle(f);
    }
}

/* As a kill leaves it: nothing is written at the end. */
static void kill_and_open(struct fixture *f)
{
    struct err err = {0};

    for (int i = 0; i < JOURNAL_STREAMS; i++)
        inside(f)->ids[i].waiting = 0;
    journal_close(&f->journal);
    assert_ok(journal_open(f->uri, &f->options, &f->journal, &err), &err);
}

static void all_are_known(struct fixture *f, int from, int to)
{
    uint64_t last = stats(f).last[JOURNAL_FACTS];

    put_facts(f, from, to);
    assert_int_equal(stats(f).last[JOURNAL_FACTS], last);
}

struct findings {
    int count;
    char last[200];
};

static void keep_finding(void *context, const char *finding)
{
    struct findings *findings = context;

    findings->count++;
    snprintf(findings->last, sizeof findings->last, "%s", finding);
}

static struct findings check(struct fixture *f)
{
    struct findings findings = {0};
    struct err err = {0};

    assert_true(journal_check(f->journal, keep_finding, &findings, &err) >= 0);
    return findings;
}

/* One byte of a row of meta changes; its length too, where at is beyond it. */
static void damage(struct fixture *f, const void *name, size_t len, size_t at)
{
    struct lmdb *lmdb = inside(f);
    MDB_txn *txn;
    MDB_val key = lmdb_val(name, len), value;
    char bytes[4096] = {0};

    assert_int_equal(mdb_txn_begin(lmdb->env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_get(txn, lmdb->table[LMDB_META], &key, &value), 0);
    assert_true(value.mv_size < sizeof bytes);
    memcpy(bytes, value.mv_data, value.mv_size);
    size_t changed = at < value.mv_size ? value.mv_size : at + 1;
    bytes[at] = (char)(bytes[at] ^ 1);
    value = lmdb_val(bytes, changed);
    assert_int_equal(mdb_put(txn, lmdb->table[LMDB_META], &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
}

static void damage_run(struct fixture *f, uint64_t first, size_t at)
{
    char key[13] = "run/f";

    lmdb_put64(key + 5, first);
    damage(f, key, sizeof key, at);
}

static bool has_run(struct fixture *f, uint64_t first)
{
    uint64_t hash[LMDB_RUN];
    bool has = lmdb_run_read(inside(f), JOURNAL_FACTS, first, hash, NULL) == 1;

    lmdb_end_read(inside(f));
    return has;
}

static void a_start_after_a_kill_reads_the_newest_entries_only(void **state)
{
    struct fixture *f = *state;

    put_facts(f, 1, ENTRIES);
    kill_and_open(f);
    assert_int_equal(inside(f)->ids[JOURNAL_FACTS].waiting, ENTRIES);
    assert_true(inside(f)->touched_bytes < (LMDB_RUN + 1) * (sizeof TEXT + 40));
    all_are_known(f, 1, ENTRIES);
    assert_int_equal(check(f).count, 0);
}

static void a_run_goes_on_where_a_start_found_it(void **state)
{
    struct fixture *f = *state;

    put_facts(f, 1, 3 * LMDB_RUN + 10);
    for (int i = 0; i < 2; i++)
        kill_and_open(f);
    put_facts(f, 3 * LMDB_RUN + 11, 5 * LMDB_RUN);
    for (uint64_t n = 0; n < 5; n++)
        assert_true(has_run(f, n * LMDB_RUN + 1));
    kill_and_open(f);
    assert_int_equal(inside(f)->touched_bytes, sizeof TEXT - 1 + 24 + 2); /* the oldest */
    all_are_known(f, 1, 5 * LMDB_RUN);
}

static void a_clean_end_leaves_no_run_and_the_one_it_cut_is_not_written(void **state)
{
    struct fixture *f = *state;

    put_facts(f, 1, LMDB_RUN + 10);
    assert_true(has_run(f, 1));
    fixture_crash(f); /* a close, for this engine */
    assert_false(has_run(f, 1));
    assert_int_equal(inside(f)->ids[JOURNAL_FACTS].waiting, 0);
    put_facts(f, LMDB_RUN + 11, 4 * LMDB_RUN);
    assert_false(has_run(f, LMDB_RUN + 1));
    assert_true(has_run(f, 2 * LMDB_RUN + 1));
    kill_and_open(f);
    all_are_known(f, 1, 4 * LMDB_RUN);
    assert_int_equal(check(f).count, 0);
}

static void a_damaged_run_is_found_and_its_entries_are_read(void **state)
{
    struct fixture *f = *state;

    put_facts(f, 1, ENTRIES);
    damage_run(f, LMDB_RUN + 1, 100);
    assert_int_equal(check(f).count, 1);
    assert_has(check(f).last, "facts 33: the ids from there on are damaged");
    kill_and_open(f);
    all_are_known(f, 1, ENTRIES);
    damage_run(f, 1, 300);
    kill_and_open(f);
    all_are_known(f, 1, ENTRIES);
}

static void a_run_of_other_ids_is_found(void **state)
{
    struct fixture *f = *state;
    struct lmdb *lmdb = inside(f);

    put_facts(f, 1, LMDB_RUN);
    assert_int_equal(lmdb_begin(lmdb, NULL), 0);
    lmdb->ids[JOURNAL_FACTS].run[7] ^= 1;
    assert_int_equal(lmdb_run_write(lmdb, JOURNAL_FACTS, LMDB_RUN), 0);
    flush(f);
    assert_int_equal(check(f).count, 1);
    assert_has(check(f).last, "facts 8: its id is another among those from 1 on");
}

static void trimmed_entries_do_not_come_back_with_their_runs(void **state)
{
    struct fixture *f = *state;

    put_facts(f, 1, ENTRIES);
    while (stats(f).first[JOURNAL_FACTS] < 2001) {
        assert_int_equal(journal_trim(f->journal, JOURNAL_FACTS, 2001, NULL), 0);
        flush(f);
    }
    kill_and_open(f);
    assert_int_equal(inside(f)->ids[JOURNAL_FACTS].waiting, ENTRIES - 2000);
    put_facts(f, 7, 7);
    assert_int_equal(stats(f).last[JOURNAL_FACTS], ENTRIES + 1);
    fixture_crash(f);
    assert_int_equal(check(f).count, 0);
}

/* With a short retention few ids ever wait, and what a start goes through must be short
 * all the same. */
static void what_a_start_goes_through_stays_short_where_much_is_trimmed(void **state)
{
    struct fixture *f = *state;
    const struct lmdb_ids *ids = &inside(f)->ids[JOURNAL_FACTS];

    inside(f)->ids_waiting_max = 500;
    for (int i = 0; i < 300; i++) {
        put_facts(f, 100 * i + 1, 100 * i + 100);
        journal_trim(f->journal, JOURNAL_FACTS, stats(f).last[JOURNAL_FACTS] - 100, NULL);
        flush(f);
        assert_true(ids->waiting < 500);
        assert_true(stats(f).last[JOURNAL_FACTS] < ids->missing_from + 8000);
    }
    assert_false(has_run(f, 1));
    kill_and_open(f);
    all_are_known(f, 29950, 30000);
    assert_int_equal(check(f).count, 0);
}

static void bytes_that_wait_are_known_without_a_count(void **state)
{
    struct fixture *f = *state;
    uint64_t counted;
    MDB_txn *txn;

    put_articles(f, 50);
    uint64_t waiting = stats(f).unfinished_bytes;
    assert_true(waiting > 50);
    kill_and_open(f);
    assert_int_equal(stats(f).unfinished_bytes, waiting);
    assert_int_equal(inside(f)->counted_bytes, waiting);
    assert_int_equal(lmdb_txn(inside(f), &txn, NULL), 0);
    assert_int_equal(lmdb_sum_work(inside(f), txn, &counted), 0);
    assert_int_equal(counted, waiting);
    take(f, 1);
    journal_finish(f->journal, 1, NULL);
    settle(f);
    waiting = stats(f).unfinished_bytes;
    kill_and_open(f);
    assert_int_equal(stats(f).unfinished_bytes, waiting);
}

static void damaged_counts_are_found_and_made_anew(void **state)
{
    struct fixture *f = *state;

    put_articles(f, 50);
    uint64_t waiting = stats(f).unfinished_bytes;
    for (size_t at = 0; at <= LMDB_COUNTS; at++) {
        damage(f, "counts", 6, at);
        assert_int_equal(check(f).count, 1);
        assert_has(check(f).last, "the counts are damaged");
        kill_and_open(f);
        assert_int_equal(stats(f).unfinished_bytes, waiting);
        put(f, JOURNAL_FACTS, "f", "x"); /* a commit writes them again */
        put(f, JOURNAL_FACTS, at % 2 ? "f1" : "f2", "x");
        lmdb_begin(inside(f), NULL);
        flush(f);
        assert_int_equal(check(f).count, 0);
    }
}

static void counts_that_are_wrong_are_found(void **state)
{
    struct fixture *f = *state;
    MDB_txn *txn;

    put_articles(f, 50);
    const uint64_t wrong[] = {1, UINT64_MAX};
    uint64_t waiting = stats(f).unfinished_bytes;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(mdb_txn_begin(inside(f)->env, NULL, 0, &txn), 0);
        assert_int_equal(lmdb_put_counts(inside(f), txn, wrong[i]), 0);
        assert_int_equal(mdb_txn_commit(txn), 0);
        assert_int_equal(check(f).count, 1);
        assert_has(check(f).last, "and it says");
        kill_and_open(f);
    }
    assert_int_equal(stats(f).unfinished_bytes, waiting); /* the last cannot be */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_LMDB(a_start_after_a_kill_reads_the_newest_entries_only),
        ON_LMDB(a_run_goes_on_where_a_start_found_it),
        ON_LMDB(a_clean_end_leaves_no_run_and_the_one_it_cut_is_not_written),
        ON_LMDB(a_damaged_run_is_found_and_its_entries_are_read),
        ON_LMDB(a_run_of_other_ids_is_found),
        ON_LMDB(trimmed_entries_do_not_come_back_with_their_runs),
        ON_LMDB(what_a_start_goes_through_stays_short_where_much_is_trimmed),
        ON_LMDB(bytes_that_wait_are_known_without_a_count),
        ON_LMDB(damaged_counts_are_found_and_made_anew),
        ON_LMDB(counts_that_are_wrong_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
