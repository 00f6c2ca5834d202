/* Damaged pages met by a change: LMDB gives the whole transaction up. The journal must
 * not recover, do the same again and fail again, for ever. */

#include "tests/contract/journal_fixture.h"

#include "broker/journal_lmdb.h"
#include "proto/base/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE     4096
#define ARTICLES 2000
#define MIDDLE   1000 /* neither the first page of a table nor the last holds it */

static struct lmdb *inside(const struct fixture *f)
{
    return journal_impl(f->journal);
}

static uint16_t get16(const char *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* Does a leaf hold this key? (LMDB's pages are described in journal_lmdb_pages.c.) */
static bool holds(const char page[PAGE], struct str key)
{
    unsigned lower = get16(page + 12);

    if (get16(page + 10) != 2 || lower > PAGE)
        return false;
    for (unsigned at = 16; at < lower; at += 2) {
        unsigned node = get16(page + at);
        if (node + 8 + key.len <= PAGE && get16(page + node + 6) == key.len &&
            memcmp(page + node + 8, key.ptr, key.len) == 0)
            return true;
    }
    return false;
}

/* Every leaf that holds the key is one no more; their number. */
static int damage_leaves_of(struct fixture *f, struct str key)
{
    const char *path = check_path(f->dir, "journal/data.mdb");
    char page[PAGE];
    int fd = open(path, O_RDWR), damaged = 0;
    const char none[2] = {0};

    assert_true(fd >= 0);
    for (off_t at = 0; pread(fd, page, PAGE, at) == PAGE; at += PAGE)
        if (holds(page, key)) {
            assert_int_equal(pwrite(fd, none, 2, at + 10), 2);
            damaged++;
        }
    close(fd);
    return damaged;
}

static void fill(struct fixture *f)
{
    char id[32];

    inside(f)->ids_waiting_max = 0;
    for (int i = 0; i < 4; i++)
        put_articles(f, ARTICLES / 4 * (i + 1));
    for (int i = 0; i < 40; i++) { /* ids go to the table a bucket at a time */
        snprintf(id, sizeof id, "f%d", i);
        put(f, JOURNAL_FACTS, id, "x");
    }
    assert_int_equal(inside(f)->ids[JOURNAL_ARTICLES].waiting, 0);
}

/* It has said so, stays degraded, and does not recover; what is whole can be read. */
static void has_given_up(struct fixture *f)
{
    struct err err = {0};
    struct journal_outcome outcome;
    struct journal_item item;

    while (journal_settle(f->journal, &outcome) == 1)
        assert_int_equal(outcome.error, ERR_CORRUPT);
    for (int i = 0; i < 3; i++) {
        assert_true(stats(f).degraded);
        assert_int_equal(journal_recover(f->journal, &err), ERR_CORRUPT);
        assert_has(err.text, "journal/data.mdb: its pages are damaged");
        assert_has(err.text, "warta ctl check");
        assert_has(err.text, "warta ctl restore");
        assert_int_equal(journal_flush(f->journal, &err), ERR_CORRUPT);
    }
    assert_int_equal(journal_read(f->journal, JOURNAL_ARTICLES, 1, &item, NULL), 1);
    assert_int_equal(journal_read(f->journal, JOURNAL_FACTS, 1, &item, NULL), 1);
}

static void a_finish_that_meets_damage_ends_the_changes(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    char key[8];

    fill(f);
    for (uint64_t seq = 1; seq <= MIDDLE; seq++)
        take(f, seq);
    lmdb_put64(key, MIDDLE);
    assert_true(damage_leaves_of(f, str_make(key, 8)) > 0);
    append(f, JOURNAL_ARTICLES, "new", "is not acknowledged");
    assert_int_equal(journal_finish(f->journal, MIDDLE, &err), ERR_CORRUPT);
    journal_flush(f->journal, NULL);
    has_given_up(f);
}

static void an_append_whose_id_lies_behind_damage_ends_the_changes(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    uint64_t ticket;
    char key[8];

    fill(f);
    lmdb_id_key(inside(f), key, STR("a1000"));
    assert_true(damage_leaves_of(f, str_make(key, 8)) > 0);
    assert_int_equal(journal_append(f->journal, JOURNAL_ARTICLES, STR("a1000"), STR("x"),
                                    &ticket, &err),
                     ERR_CORRUPT);
    has_given_up(f); /* with nothing to flush */
}

static void a_read_that_meets_damage_takes_the_open_change_along(void **state)
{
    struct fixture *f = *state;
    struct journal_item item;
    char key[LMDB_CHUNK_KEY];

    fill(f);
    lmdb_chunk_key(key, MIDDLE, 0);
    assert_true(damage_leaves_of(f, str_make(key, sizeof key)) > 0);
    append(f, JOURNAL_ARTICLES, "new", "is not acknowledged");
    assert_int_equal(journal_get(f->journal, JOURNAL_ARTICLES, MIDDLE, &item, NULL),
                     ERR_CORRUPT);
    assert_true(stats(f).degraded);
    assert_int_equal(journal_flush(f->journal, NULL), ERR_CORRUPT);
    has_given_up(f);
}

static void without_an_open_change_only_what_is_damaged_cannot_be_read(void **state)
{
    struct fixture *f = *state;
    struct journal_item item;
    char key[LMDB_CHUNK_KEY];

    fill(f);
    lmdb_chunk_key(key, MIDDLE, 0);
    assert_true(damage_leaves_of(f, str_make(key, sizeof key)) > 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(journal_get(f->journal, JOURNAL_ARTICLES, MIDDLE, &item, NULL),
                         ERR_CORRUPT);
    assert_int_equal(journal_get(f->journal, JOURNAL_ARTICLES, 1, &item, NULL), 1);
    assert_false(stats(f).degraded);
    put(f, JOURNAL_ARTICLES, "new", "x");
}

static void a_trim_that_meets_damage_ends_the_changes(void **state)
{
    struct fixture *f = *state;
    char key[LMDB_CHUNK_KEY];

    fill(f);
    take(f, 1);
    assert_int_equal(journal_finish(f->journal, 1, NULL), 0);
    flush(f);
    lmdb_chunk_key(key, 1, 0);
    assert_true(damage_leaves_of(f, str_make(key, sizeof key)) > 0);
    assert_int_equal(journal_trim(f->journal, JOURNAL_ARTICLES, 2, NULL), ERR_CORRUPT);
    assert_true(stats(f).degraded);
    assert_int_equal(journal_recover(f->journal, NULL), ERR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_LMDB(a_finish_that_meets_damage_ends_the_changes),
        ON_LMDB(an_append_whose_id_lies_behind_damage_ends_the_changes),
        ON_LMDB(a_read_that_meets_damage_takes_the_open_change_along),
        ON_LMDB(without_an_open_change_only_what_is_damaged_cannot_be_read),
        ON_LMDB(a_trim_that_meets_damage_ends_the_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
