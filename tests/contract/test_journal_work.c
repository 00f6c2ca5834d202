/* The life of an article as work, run against each journal engine. */

#include "tests/contract/journal_fixture.h"

#include "broker/journal_lmdb.h"
#include "broker/journal_mem.h"
#include "proto/base/mem.h"
#include "proto/wire/limits.h"

#include <errno.h>
#include <stdio.h>

static const struct journal_release failed = {1, 2, {"parser died", 11}};

static void articles_are_taken_once_in_order(void **state)
{
    struct fixture *f = *state;

    put_articles(f, 3);
    struct journal_item item = take(f, 1);
    assert_str(item.id, "a1");
    assert_str(item.bytes, "text of a1");
    assert_int_equal(item.deaths + item.failures, 0);
    take(f, 2);
    append(f, JOURNAL_ARTICLES, "unsettled", "x");
    take(f, 3);
    take(f, 4);
    take(f, 0);
}

static void finished_articles_do_not_come_back(void **state)
{
    struct fixture *f = *state;

    put_articles(f, 4);
    for (uint64_t seq = 1; seq <= 4; seq++)
        take(f, seq);
    assert_int_equal(journal_finish(f->journal, 2, NULL), 0);
    assert_int_equal(journal_finish(f->journal, 3, NULL), 0);
    assert_int_equal(journal_finish(f->journal, 3, NULL), 0); /* repeating is harmless */
    assert_int_equal(journal_finish(f->journal, 99, NULL), 0);
    assert_int_equal(stats(f).unfinished, 2);
    flush(f);
    take(f, 0);
    fixture_crash(f);
    assert_int_equal(stats(f).unfinished, 2);
    take(f, 1);
    take(f, 4);
    take(f, 0);
}

/* What one attempt after the other takes the broker along with is known by its count. */
static void attempts_that_began_are_counted_until_one_ends(void **state)
{
    struct fixture *f = *state;
    static const struct journal_release once = {0, 1, {"as asked", 8}};

    put_articles(f, 2);
    assert_int_equal(journal_begin(f->journal, 1, NULL), ERR_STATE);
    assert_int_equal(journal_begin(f->journal, 9, NULL), ERR_NOTFOUND);
    for (uint32_t round = 0; round < 3; round++) {
        assert_int_equal(take(f, 1).begun, round);
        assert_int_equal(journal_begin(f->journal, 1, NULL), 0);
        flush(f);
        fixture_crash(f);
    }
    assert_int_equal(take(f, 1).begun, 3);
    assert_int_equal(journal_begin(f->journal, 1, NULL), 0);
    fixture_crash(f); /* not flushed: it was not given to anybody */
    assert_int_equal(take(f, 1).begun, 3);
    assert_int_equal(journal_release(f->journal, 1, &once, NULL), 0);
    flush(f);
    struct journal_item item = take(f, 1);
    assert_int_equal(item.begun, 0);
    assert_int_equal(item.failures, 1);
    assert_int_equal(journal_begin(f->journal, 1, NULL), 0);
    assert_int_equal(journal_bury(f->journal, 1, &once, NULL), 0);
    assert_int_equal(journal_revive(f->journal, 1, NULL), 0);
    flush(f);
    item = take(f, 1);
    assert_int_equal(item.begun + item.failures, 0);
}

static void unfinished_bytes_are_those_of_the_articles_to_be_read(void **state)
{
    struct fixture *f = *state;

    put(f, JOURNAL_ARTICLES, "a", "four");
    put(f, JOURNAL_ARTICLES, "b", "twelve bytes");
    put(f, JOURNAL_ARTICLES, "c", "seven b");
    put(f, JOURNAL_FACTS, "f", "facts count for nothing");
    assert_int_equal(stats(f).unfinished_bytes, 23);
    take(f, 1);
    take(f, 2);
    take(f, 3);
    assert_int_equal(journal_finish(f->journal, 1, NULL), 0);
    assert_int_equal(stats(f).unfinished_bytes, 19);
    assert_int_equal(journal_release(f->journal, 2, &failed, NULL), 0);
    assert_int_equal(stats(f).unfinished_bytes, 19);
    assert_int_equal(journal_bury(f->journal, 3, &failed, NULL), 0);
    assert_int_equal(stats(f).unfinished_bytes, 12);
    flush(f);
    fixture_crash(f);
    assert_int_equal(stats(f).unfinished_bytes, 12);
    assert_int_equal(journal_revive(f->journal, 3, NULL), 0);
    assert_int_equal(stats(f).unfinished_bytes, 19);
    fixture_crash(f);
    assert_int_equal(stats(f).unfinished_bytes, 12);
}

static void a_released_article_comes_back_after_a_flush_with_its_attempts(void **state)
{
    struct fixture *f = *state;

    put_articles(f, 3);
    take(f, 1);
    take(f, 2);
    assert_int_equal(journal_release(f->journal, 2, &failed, NULL), 0);
    assert_int_equal(journal_release(f->journal, 1, &failed, NULL), 0);
    take(f, 3);
    take(f, 0);
    flush(f);
    struct journal_item item = take(f, 2);
    assert_int_equal(item.deaths, 1);
    assert_int_equal(item.failures, 2);
    assert_str(item.bytes, "text of a2");
    take(f, 1);
    take(f, 0);
}

static void attempts_survive_a_crash(void **state)
{
    struct fixture *f = *state;

    put_articles(f, 2);
    take(f, 1);
    take(f, 2);
    assert_int_equal(journal_release(f->journal, 2, &failed, NULL), 0);
    flush(f);
    fixture_crash(f);
    assert_int_equal(take(f, 1).failures, 0);
    assert_int_equal(take(f, 2).failures, 2);
}

static void only_a_taken_article_is_released_or_buried(void **state)
{
    struct fixture *f = *state;

    put_articles(f, 2);
    assert_int_equal(journal_release(f->journal, 1, &failed, NULL), ERR_STATE);
    assert_int_equal(journal_bury(f->journal, 1, &failed, NULL), ERR_STATE);
    take(f, 1);
    assert_int_equal(journal_release(f->journal, 1, &failed, NULL), 0);
    assert_int_equal(journal_release(f->journal, 1, &failed, NULL), ERR_STATE);
    flush(f);
    take(f, 1);
    assert_int_equal(journal_finish(f->journal, 1, NULL), 0);
    assert_int_equal(journal_release(f->journal, 1, &failed, NULL), ERR_NOTFOUND);
    assert_int_equal(journal_bury(f->journal, 1, &failed, NULL), ERR_NOTFOUND);
    assert_int_equal(journal_release(f->journal, 77, &failed, NULL), ERR_NOTFOUND);
}

static void a_released_article_may_be_finished_late(void **state)
{
    struct fixture *f = *state;

    put_articles(f, 2);
    take(f, 1);
    assert_int_equal(journal_release(f->journal, 1, &failed, NULL), 0);
    flush(f);
    assert_int_equal(journal_finish(f->journal, 1, NULL), 0);
    take(f, 2);
    take(f, 0);
}

static void buried_articles_are_dead_letters_with_note_and_bytes(void **state)
{
    struct fixture *f = *state;
    struct journal_item item;

    put_articles(f, 3);
    for (uint64_t seq = 1; seq <= 3; seq++)
        take(f, seq);
    assert_int_equal(journal_bury(f->journal, 3, &failed, NULL), 0);
    assert_int_equal(journal_bury(f->journal, 1, &failed, NULL), 0);
    flush(f);
    fixture_crash(f);

    assert_int_equal(stats(f).dead, 2);
    assert_int_equal(stats(f).unfinished, 1);
    assert_int_equal(journal_dead(f->journal, 0, &item, NULL), 1);
    assert_int_equal(item.seq, 1);
    assert_str(item.id, "a1");
    assert_str(item.bytes, "text of a1");
    assert_str(item.note, "parser died");
    assert_int_equal(item.deaths, 1);
    assert_int_equal(item.failures, 2);
    assert_int_equal(journal_dead(f->journal, 2, &item, NULL), 1);
    assert_int_equal(item.seq, 3);
    assert_int_equal(journal_dead(f->journal, 4, &item, NULL), 0);
    take(f, 2);
    take(f, 0);
}

static void a_long_note_is_cut(void **state)
{
    struct fixture *f = *state;
    struct journal_item item;
    char note[3000];
    memset(note, 'r', sizeof note);
    struct journal_release long_one = {0, 1, str_make(note, sizeof note)};

    put_articles(f, 1);
    take(f, 1);
    assert_int_equal(journal_bury(f->journal, 1, &long_one, NULL), 0);
    assert_int_equal(journal_dead(f->journal, 0, &item, NULL), 1);
    assert_int_equal(item.note.len, 1024);
}

static void a_revived_dead_letter_is_work_without_attempts(void **state)
{
    struct fixture *f = *state;

    put_articles(f, 2);
    take(f, 1);
    take(f, 2);
    assert_int_equal(journal_bury(f->journal, 2, &failed, NULL), 0);
    flush(f);
    assert_int_equal(journal_revive(f->journal, 1, NULL), ERR_NOTFOUND);
    assert_int_equal(journal_revive(f->journal, 2, NULL), 0);
    assert_int_equal(journal_revive(f->journal, 2, NULL), ERR_NOTFOUND);
    take(f, 0);
    flush(f);
    struct journal_item item = take(f, 2);
    assert_int_equal(item.deaths + item.failures, 0);
    take(f, 0);
    assert_int_equal(stats(f).dead, 0);

    assert_int_equal(journal_bury(f->journal, 2, &failed, NULL), 0);
    flush(f);
    fixture_crash(f);
    assert_int_equal(journal_revive(f->journal, 2, NULL), 0);
    take(f, 1);
    take(f, 2);
    take(f, 0);
}

static void a_note_stays_with_an_article_until_it_is_finished(void **state)
{
    struct fixture *f = *state;
    uint64_t ticket;

    assert_int_equal(journal_append_noted(f->journal, STR("a"), STR("text"),
                                          STR("whose it is"), &ticket, NULL),
                     0);
    flush(f);
    assert_str(take(f, 1).note, "whose it is");
    fixture_crash(f);
    struct journal_item item = take(f, 1);
    assert_str(item.note, "whose it is");
    assert_int_equal(item.deaths + item.failures, 0);
    assert_int_equal(journal_bury(f->journal, 1, &failed, NULL), 0);
    assert_int_equal(journal_revive(f->journal, 1, NULL), 0);
    flush(f);
    item = take(f, 1);
    assert_str(item.note, "parser died");
    assert_int_equal(item.deaths + item.failures, 0);
}

static void next_takes_without_the_bytes(void **state)
{
    struct fixture *f = *state;
    struct journal_item item;

    put_articles(f, 2);
    assert_int_equal(journal_next(f->journal, &item, NULL), 1);
    assert_int_equal(item.seq, 1);
    assert_int_equal(item.bytes.len, 0);
    take(f, 2);
    assert_int_equal(journal_next(f->journal, &item, NULL), 0);
    assert_int_equal(journal_release(f->journal, 1, &failed, NULL), 0);
    flush(f);
    assert_int_equal(journal_next(f->journal, &item, NULL), 1);
    assert_int_equal(item.seq, 1);
    assert_int_equal(item.failures, 2);
    assert_str(item.note, "parser died");
    assert_int_equal(journal_work(f->journal, 1, &item, NULL), 1);
    assert_str(item.id, "a1");
    assert_str(item.bytes, "text of a1");
    assert_str(item.note, "parser died");
    assert_int_equal(item.failures, 2);
    assert_int_equal(journal_finish(f->journal, 1, NULL), 0);
    assert_int_equal(journal_work(f->journal, 1, &item, NULL), 0);
}

static void a_purged_dead_letter_is_gone_and_its_id_known(void **state)
{
    struct fixture *f = *state;
    struct journal_item item;

    put_articles(f, 2);
    take(f, 1);
    assert_int_equal(journal_purge(f->journal, 1, NULL), ERR_NOTFOUND);
    assert_int_equal(journal_bury(f->journal, 1, &failed, NULL), 0);
    flush(f);
    assert_int_equal(journal_purge(f->journal, 1, NULL), 0);
    assert_int_equal(journal_purge(f->journal, 1, NULL), ERR_NOTFOUND);
    assert_int_equal(stats(f).dead, 0);
    flush(f);
    fixture_crash(f);
    assert_int_equal(journal_dead(f->journal, 1, &item, NULL), 0);
    take(f, 2);
    take(f, 0);
    assert_true(put(f, JOURNAL_ARTICLES, "a1", "text of a1").duplicate);
    assert_int_equal(journal_finish(f->journal, 2, NULL), 0);
    assert_int_equal(journal_trim(f->journal, JOURNAL_ARTICLES, 3, NULL), 0);
    assert_int_equal(stats(f).first[JOURNAL_ARTICLES], 3);
}

static void what_is_kept_outlives_the_broker(void **state)
{
    struct fixture *f = *state;
    struct str bytes;

    assert_int_equal(journal_kept(f->journal, STR("paused"), &bytes), 0);
    assert_int_equal(journal_keep(f->journal, STR("paused"), STR("a b"), NULL), 0);
    flush(f);
    assert_int_equal(journal_keep(f->journal, STR("paused"), STR("lost"), NULL), 0);
    fixture_crash(f);
    assert_int_equal(journal_kept(f->journal, STR("paused"), &bytes), 1);
    assert_str(bytes, "a b");
    assert_int_equal(journal_keep(f->journal, STR("paused"), STR(""), NULL), 0);
    assert_int_equal(journal_kept(f->journal, STR("paused"), &bytes), 1);
    assert_int_equal(bytes.len, 0);
    assert_int_equal(journal_keep(f->journal, STR(""), STR("x"), NULL), ERR_LIMIT);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        ON_BOTH(articles_are_taken_once_in_order),
        ON_BOTH(finished_articles_do_not_come_back),
        ON_BOTH(attempts_that_began_are_counted_until_one_ends),
        ON_BOTH(unfinished_bytes_are_those_of_the_articles_to_be_read),
        ON_BOTH(a_released_article_comes_back_after_a_flush_with_its_attempts),
        ON_BOTH(attempts_survive_a_crash),
        ON_BOTH(only_a_taken_article_is_released_or_buried),
        ON_BOTH(a_released_article_may_be_finished_late),
        ON_BOTH(buried_articles_are_dead_letters_with_note_and_bytes),
        ON_BOTH(a_long_note_is_cut),
        ON_BOTH(a_note_stays_with_an_article_until_it_is_finished),
        ON_BOTH(next_takes_without_the_bytes),
        ON_BOTH(a_purged_dead_letter_is_gone_and_its_id_known),
        ON_BOTH(what_is_kept_outlives_the_broker),
        ON_BOTH(a_revived_dead_letter_is_work_without_attempts),
    };
    /* The others: tests/contract/README.md says how a cluster differs. */
    const struct CMUnitTest in_cluster[] = {
        ON_NATS(finished_articles_do_not_come_back),
        ON_NATS(a_released_article_comes_back_after_a_flush_with_its_attempts),
        ON_NATS(attempts_survive_a_crash),
        ON_NATS(only_a_taken_article_is_released_or_buried),
        ON_NATS(a_released_article_may_be_finished_late),
        ON_NATS(buried_articles_are_dead_letters_with_note_and_bytes),
        ON_NATS(a_long_note_is_cut),
        ON_NATS(next_takes_without_the_bytes),
        ON_NATS(what_is_kept_outlives_the_broker),
    };
    int wrong = cmocka_run_group_tests(tests, NULL, NULL);
    if (fixture_has_nats())
        wrong += cmocka_run_group_tests(in_cluster, NULL, NULL);
    return wrong;
}
