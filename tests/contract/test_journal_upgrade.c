/* Journals that older programs wrote (journals/formatN.mdb, made by journals/make.py) are
 * turned into the format of now, and keep what they held. */

#include "tests/contract/journal_fixture.h"

#include "broker/journal_lmdb.h"
#include "proto/base/file.h"

#include <stdio.h>

static struct lmdb *inside(const struct fixture *f)
{
    return journal_impl(f->journal);
}

/* The closed journal becomes that of an older program. */
static void use_format(struct fixture *f, int format)
{
    struct buf bytes = {0};
    struct err err = {0};
    char name[32];

    journal_close(&f->journal);
    snprintf(name, sizeof name, "format%d.mdb", format);
    assert_ok(file_read(check_path(JOURNALS, name), 1 << 24, &bytes, &err), &err);
    assert_ok(file_replace(check_path(f->dir, "journal/data.mdb"), buf_str(&bytes), &err),
              &err);
    buf_fini(&bytes);
}

static void open_again(struct fixture *f)
{
    struct err err = {0};
    assert_ok(journal_open(f->uri, &f->options, &f->journal, &err), &err);
}

static void print_finding(void *context, const char *finding)
{
    (void)context;
    print_error("%s\n", finding);
}

/* What make.py put in. */
static void holds_what_was_made(struct fixture *f, bool knows_bytes)
{
    struct journal_item item;
    uint64_t position, bytes = 0;
    char id[16];

    assert_int_equal(stats(f).first[JOURNAL_ARTICLES], 3);
    assert_int_equal(stats(f).last[JOURNAL_ARTICLES], 12);
    assert_int_equal(stats(f).first[JOURNAL_FACTS], 3);
    assert_int_equal(stats(f).last[JOURNAL_FACTS], 6);
    assert_int_equal(stats(f).unfinished, 5);
    assert_int_equal(stats(f).dead, 1);
    for (uint64_t seq = 3; seq <= 12; seq++) {
        snprintf(id, sizeof id, "a-%d", (int)seq);
        assert_int_equal(journal_get(f->journal, JOURNAL_ARTICLES, seq, &item, NULL), 1);
        assert_str(item.id, id);
        bytes += seq >= 8 ? item.bytes.len : 0;
    }
    assert_int_equal(stats(f).unfinished_bytes, knows_bytes ? bytes : 0);
    assert_int_equal(journal_marked(f->journal, STR("web"), &position), 1);
    assert_int_equal(position, 4);
    assert_int_equal(journal_marked(f->journal, STR("archive"), &position), 1);
    assert_int_equal(position, 7);
    assert_int_equal(journal_dead(f->journal, 1, &item, NULL), 1);
    assert_int_equal(item.seq, 7);
    assert_int_equal(item.failures, 3);
    assert_true(str_ends(item.note, STR("format: as asked")));
    assert_int_equal(journal_check(f->journal, print_finding, NULL, NULL), 0);
}

static void upgrade(struct fixture *f, int format)
{
    use_format(f, format);
    open_again(f);
    assert_int_equal(inside(f)->format, LMDB_FORMAT);
    holds_what_was_made(f, true);
    struct journal_item item = take(f, 8);
    assert_int_equal(item.failures, 1);
    assert_int_equal(item.begun, 0);
    for (uint64_t seq = 9; seq <= 12; seq++)
        assert_int_equal(take(f, seq).failures, 0);
    take(f, 0);
    assert_int_equal(journal_begin(f->journal, 8, NULL), 0);
    assert_int_equal(journal_finish(f->journal, 9, NULL), 0);
    put(f, JOURNAL_ARTICLES, "a-13", "new");
    fixture_crash(f);
    assert_int_equal(inside(f)->format, LMDB_FORMAT);
    assert_int_equal(take(f, 8).begun, 1);
    take(f, 10);
    assert_int_equal(journal_check(f->journal, print_finding, NULL, NULL), 0);
}

static void format_1_is_turned_into_that_of_now_and_keeps_what_it_held(void **state)
{
    upgrade(*state, 1);
}

static void format_2_is_turned_into_that_of_now_and_keeps_what_it_held(void **state)
{
    upgrade(*state, 2);
}

static void an_older_format_is_read_without_being_changed(void **state)
{
    struct fixture *f = *state;

    for (int format = 1; format < LMDB_FORMAT; format++) {
        use_format(f, format);
        f->options.read_only = true;
        for (int i = 0; i < 2; i++) {
            open_again(f);
            assert_int_equal(inside(f)->format, format);
            holds_what_was_made(f, format > 1);
            journal_close(&f->journal);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_LMDB(format_1_is_turned_into_that_of_now_and_keeps_what_it_held),
        ON_LMDB(format_2_is_turned_into_that_of_now_and_keeps_what_it_held),
        ON_LMDB(an_older_format_is_read_without_being_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
