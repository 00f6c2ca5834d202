/* What every journal engine keeps, run against each of them. */

#include "tests/contract/journal_fixture.h"

#include "broker/journal_lmdb.h"
#include "broker/journal_mem.h"
#include "proto/base/mem.h"
#include "proto/wire/limits.h"

#include <errno.h>
#include <stdio.h>

static const struct journal_release failed = {1, 2, {"parser died", 11}};

/* Make the next commit fail with an error of the device. */
static void fail_next_flush(struct fixture *f)
{
    if (fixture_is_mem(f))
        journal_mem_fail_flush(f->journal, ERR_SYSTEM);
    else
        ((struct lmdb *)journal_impl(f->journal))->fail_commit = EPERM;
}

static void entries_are_read_in_the_order_of_appending(void **state)
{
    struct fixture *f = *state;
    struct journal_item item;
    char id[16];

    for (int i = 1; i <= 300; i++) {
        snprintf(id, sizeof id, "f%d", i);
        assert_int_equal(put(f, JOURNAL_FACTS, id, "x").seq, i);
    }
    for (uint64_t i = 1; i <= 300; i++) {
        assert_int_equal(read_from(f, JOURNAL_FACTS, i, &item), 1);
        assert_int_equal(item.seq, i);
        snprintf(id, sizeof id, "f%d", (int)i);
        assert_str(item.id, id);
        assert_str(item.bytes, "x");
        assert_true(item.stored_ms > 0);
    }
    assert_int_equal(read_from(f, JOURNAL_FACTS, 301, &item), 0);
    assert_int_equal(read_from(f, JOURNAL_FACTS, 0, &item), 1);
    assert_int_equal(item.seq, 1);
    assert_int_equal(stats(f).last[JOURNAL_FACTS], 300);
    assert_int_equal(stats(f).last[JOURNAL_ARTICLES], 0);
}

static void streams_count_apart(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(put(f, JOURNAL_ARTICLES, "same", "article").seq, 1);
    struct journal_outcome outcome = put(f, JOURNAL_FACTS, "same", "facts");
    assert_int_equal(outcome.seq, 1);
    assert_false(outcome.duplicate);
}

static void appending_an_id_again_adds_nothing(void **state)
{
    struct fixture *f = *state;

    put_articles(f, 3);
    struct journal_outcome outcome = put(f, JOURNAL_ARTICLES, "a2", "text of a2");
    assert_int_equal(outcome.error, 0);
    assert_true(outcome.duplicate);
    assert_false(outcome.differs);
    assert_int_equal(outcome.seq, 2);
    assert_int_equal(stats(f).last[JOURNAL_ARTICLES], 3);
    assert_int_equal(stats(f).unfinished, 3);
}

static void an_id_with_other_bytes_is_a_duplicate_that_differs(void **state)
{
    struct fixture *f = *state;
    struct journal_item item;

    put_articles(f, 3);
    struct journal_outcome outcome = put(f, JOURNAL_ARTICLES, "a2", "changed");
    assert_true(outcome.duplicate);
    assert_true(outcome.differs);
    assert_int_equal(outcome.seq, 2);
    assert_int_equal(get_at(f, JOURNAL_ARTICLES, 2, &item), 1);
    assert_str(item.bytes, "text of a2");
}

static void duplicates_inside_one_batch_are_seen(void **state)
{
    struct fixture *f = *state;
    struct journal_outcome outcome;

    append(f, JOURNAL_ARTICLES, "one", "x");
    append(f, JOURNAL_ARTICLES, "one", "x");
    append(f, JOURNAL_ARTICLES, "two", "x");
    append(f, JOURNAL_ARTICLES, "one", "y");
    flush(f);
    static const struct journal_outcome want[] = {
        {.ticket = 1, .seq = 1},
        {.ticket = 2, .seq = 1, .duplicate = true},
        {.ticket = 3, .seq = 2},
        {.ticket = 4, .seq = 1, .duplicate = true, .differs = true},
    };
    for (int n = 0; n < 4; n++) {
        assert_int_equal(journal_settle(f->journal, &outcome), 1);
        const struct journal_outcome *w = &want[outcome.ticket - 1];
        assert_int_equal(outcome.error, 0);
        assert_int_equal(outcome.seq, w->seq);
        assert_int_equal(outcome.duplicate, w->duplicate);
        assert_int_equal(outcome.differs, w->differs);
    }
    assert_int_equal(journal_settle(f->journal, &outcome), 0);
}

static void nothing_settles_before_a_flush(void **state)
{
    struct fixture *f = *state;
    struct journal_outcome outcome;
    struct journal_item item;

    append(f, JOURNAL_ARTICLES, "a", "x");
    assert_int_equal(journal_settle(f->journal, &outcome), 0);
    assert_int_equal(stats(f).last[JOURNAL_ARTICLES], 0);
    flush(f);
    assert_int_equal(journal_settle(f->journal, &outcome), 1);
    assert_int_equal(journal_settle(f->journal, &outcome), 0);
    assert_int_equal(read_from(f, JOURNAL_ARTICLES, 1, &item), 1);
}

static void reading_never_shows_what_has_not_settled(void **state)
{
    struct fixture *f = *state;
    struct journal_item item;

    put_articles(f, 1);
    append(f, JOURNAL_ARTICLES, "new", "x");
    assert_int_equal(read_from(f, JOURNAL_ARTICLES, 2, &item), 0);
    assert_int_equal(get_at(f, JOURNAL_ARTICLES, 2, &item), 1);
    assert_str(item.id, "new");
    assert_int_equal(get_at(f, JOURNAL_ARTICLES, 3, &item), 0);
    flush(f);
    assert_int_equal(read_from(f, JOURNAL_ARTICLES, 2, &item), 1);
}

static void what_was_flushed_survives_a_crash_and_the_rest_does_not(void **state)
{
    struct fixture *f = *state;
    struct journal_item item;
    uint64_t position = 0;

    put_articles(f, 2);
    assert_int_equal(journal_mark(f->journal, STR("sink"), 7, NULL), 0);
    flush(f);
    append(f, JOURNAL_ARTICLES, "lost", "x");
    take(f, 1);
    assert_int_equal(journal_finish(f->journal, 1, NULL), 0);
    assert_int_equal(journal_mark(f->journal, STR("sink"), 9, NULL), 0);
    fixture_crash(f);

    assert_int_equal(stats(f).last[JOURNAL_ARTICLES], 2);
    assert_int_equal(stats(f).unfinished, 2);
    assert_int_equal(get_at(f, JOURNAL_ARTICLES, 3, &item), 0);
    assert_int_equal(journal_marked(f->journal, STR("sink"), &position), 1);
    assert_int_equal(position, 7);
    struct journal_outcome outcome = put(f, JOURNAL_ARTICLES, "lost", "x");
    assert_int_equal(outcome.seq, 3);
    assert_false(outcome.duplicate);
}

static void flushing_nothing_commits_nothing(void **state)
{
    struct fixture *f = *state;

    put_articles(f, 1);
    uint64_t flushes = stats(f).flushes;
    flush(f);
    flush(f);
    assert_int_equal(stats(f).flushes, flushes);
    put_articles(f, 2);
    assert_int_equal(stats(f).flushes, flushes + 1);
}

static void sequence_numbers_have_no_hole_over_restarts(void **state)
{
    struct fixture *f = *state;
    struct journal_item item;
    char id[32];
    uint64_t last = 0;

    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 10; i++) {
            snprintf(id, sizeof id, "r%d.%d", round, i);
            assert_int_equal(put(f, JOURNAL_ARTICLES, id, "x").seq, ++last);
        }
        snprintf(id, sizeof id, "unflushed%d", round);
        append(f, JOURNAL_ARTICLES, id, "x");
        fixture_crash(f);
    }
    for (uint64_t seq = 1; seq <= last; seq++) {
        assert_int_equal(read_from(f, JOURNAL_ARTICLES, seq, &item), 1);
        assert_int_equal(item.seq, seq);
    }
}

static void marks_remember_each_consumer(void **state)
{
    struct fixture *f = *state;
    uint64_t position = 0;

    assert_int_equal(journal_marked(f->journal, STR("web"), &position), 0);
    assert_int_equal(journal_mark(f->journal, STR("web"), 5, NULL), 0);
    assert_int_equal(journal_mark(f->journal, STR("sqlite"), 6, NULL), 0);
    assert_int_equal(journal_mark(f->journal, STR("web"), 8, NULL), 0);
    assert_int_equal(journal_marked(f->journal, STR("web"), &position), 1);
    assert_int_equal(position, 8);
    flush(f);
    fixture_crash(f);
    assert_int_equal(journal_marked(f->journal, STR("web"), &position), 1);
    assert_int_equal(position, 8);
    assert_int_equal(journal_marked(f->journal, STR("sqlite"), &position), 1);
    assert_int_equal(position, 6);
    assert_int_equal(journal_mark(f->journal, STR(""), 1, NULL), ERR_LIMIT);
    assert_int_equal(journal_marked(f->journal, STR(""), &position), 0);
}

static void consumers_are_listed_by_name_and_can_be_forgotten(void **state)
{
    struct fixture *f = *state;
    struct journal_mark mark;
    uint64_t position;

    assert_int_equal(journal_next_mark(f->journal, STR(""), &mark, NULL), 0);
    assert_int_equal(journal_mark(f->journal, STR("web"), 5, NULL), 0);
    assert_int_equal(journal_mark(f->journal, STR("archive"), 6, NULL), 0);
    assert_int_equal(journal_mark(f->journal, STR("we"), 7, NULL), 0);
    flush(f);
    assert_int_equal(journal_next_mark(f->journal, STR(""), &mark, NULL), 1);
    assert_str(mark.name, "archive");
    assert_int_equal(mark.position, 6);
    assert_true(mark.marked_ms > 0);
    assert_int_equal(journal_next_mark(f->journal, STR("archive"), &mark, NULL), 1);
    assert_str(mark.name, "we");
    assert_int_equal(journal_next_mark(f->journal, STR("wd"), &mark, NULL), 1);
    assert_str(mark.name, "we");
    assert_int_equal(journal_forget(f->journal, STR("we"), NULL), 0);
    assert_int_equal(journal_next_mark(f->journal, STR("archive"), &mark, NULL), 1);
    assert_str(mark.name, "web");
    assert_int_equal(journal_next_mark(f->journal, STR("web"), &mark, NULL), 0);
    assert_int_equal(journal_forget(f->journal, STR("we"), NULL), ERR_NOTFOUND);

    fixture_crash(f); /* forgetting was not flushed */
    assert_int_equal(journal_marked(f->journal, STR("we"), &position), 1);
    assert_int_equal(position, 7);
}

static void names_of_consumers_are_bounded(void **state)
{
    struct fixture *f = *state;
    char name[16];

    for (int i = 0; i < JOURNAL_MARKS; i++) {
        snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(journal_mark(f->journal, str_of(name), 1, NULL), 0);
    }
    assert_int_equal(journal_mark(f->journal, STR("more"), 1, NULL), ERR_LIMIT);
    assert_int_equal(journal_mark(f->journal, STR("n7"), 2, NULL), 0);
    assert_int_equal(journal_forget(f->journal, STR("n7"), NULL), 0);
    assert_int_equal(journal_mark(f->journal, STR("more"), 1, NULL), 0);
    flush(f);
}

static void the_oldest_entry_is_known_by_its_time(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(stats(f).oldest_ms[JOURNAL_FACTS], 0);
    put(f, JOURNAL_FACTS, "f1", "x");
    uint64_t first_ms = stats(f).oldest_ms[JOURNAL_FACTS];
    assert_true(first_ms > 0);
    assert_true(stats(f).flushed_ms >= first_ms);
    put(f, JOURNAL_FACTS, "f2", "x");
    assert_int_equal(stats(f).oldest_ms[JOURNAL_FACTS], first_ms);
    fixture_crash(f);
    assert_int_equal(stats(f).oldest_ms[JOURNAL_FACTS], first_ms);
    assert_int_equal(journal_trim(f->journal, JOURNAL_FACTS, 3, NULL), 0);
    assert_int_equal(stats(f).oldest_ms[JOURNAL_FACTS], 0);
}

static void trimming_drops_entries_and_their_ids_but_no_work(void **state)
{
    struct fixture *f = *state;
    struct journal_item item;

    put_articles(f, 6);
    for (uint64_t seq = 1; seq <= 6; seq++)
        take(f, seq);
    assert_int_equal(journal_bury(f->journal, 2, &failed, NULL), 0);
    for (uint64_t seq = 3; seq <= 6; seq++)
        assert_int_equal(journal_finish(f->journal, seq, NULL), 0);
    flush(f);
    assert_int_equal(journal_trim(f->journal, JOURNAL_ARTICLES, 5, NULL), 0);
    flush(f);
    fixture_crash(f);
    static const int kept[] = {1, 1, 0, 0, 1, 1};
    for (uint64_t seq = 1; seq <= 6; seq++)
        assert_int_equal(get_at(f, JOURNAL_ARTICLES, seq, &item), kept[seq - 1]);
    assert_int_equal(stats(f).first[JOURNAL_ARTICLES], 1);
    assert_int_equal(put(f, JOURNAL_ARTICLES, "a3", "again").seq, 7);
    assert_true(put(f, JOURNAL_ARTICLES, "a1", "text of a1").duplicate);

    take(f, 1); /* finished at last, it is dropped by the next trims */
    assert_int_equal(journal_finish(f->journal, 1, NULL), 0);
    flush(f);
    assert_int_equal(journal_trim(f->journal, JOURNAL_ARTICLES, 5, NULL), 0);
    assert_int_equal(get_at(f, JOURNAL_ARTICLES, 1, &item), 0);
    assert_int_equal(stats(f).first[JOURNAL_ARTICLES], 2);
}

static void a_stream_trimmed_empty_goes_on_where_it_was(void **state)
{
    struct fixture *f = *state;
    struct journal_item item;

    put(f, JOURNAL_FACTS, "f1", "x");
    put(f, JOURNAL_FACTS, "f2", "x");
    append(f, JOURNAL_FACTS, "unsettled", "x");
    assert_int_equal(journal_trim(f->journal, JOURNAL_FACTS, 1000, NULL), 0);
    assert_int_equal(get_at(f, JOURNAL_FACTS, 3, &item), 1);
    fixture_crash(f);
    assert_int_equal(stats(f).first[JOURNAL_FACTS], 1);
    assert_int_equal(journal_trim(f->journal, JOURNAL_FACTS, 1000, NULL), 0);
    flush(f);
    fixture_crash(f);
    assert_int_equal(stats(f).first[JOURNAL_FACTS], 3);
    assert_int_equal(stats(f).last[JOURNAL_FACTS], 2);
    assert_int_equal(read_from(f, JOURNAL_FACTS, 0, &item), 0);
    assert_int_equal(put(f, JOURNAL_FACTS, "f3", "x").seq, 3);
}

static void trimming_works_in_bounded_steps(void **state)
{
    struct fixture *f = *state;
    char id[16];

    for (int i = 0; i < 2500; i++) {
        snprintf(id, sizeof id, "f%d", i);
        append(f, JOURNAL_FACTS, id, "x");
    }
    flush(f);
    static const uint64_t first[] = {1001, 2001, 2401, 2401};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(journal_trim(f->journal, JOURNAL_FACTS, 2401, NULL), 0);
        flush(f);
        assert_int_equal(stats(f).first[JOURNAL_FACTS], first[i]);
    }
}

static void ids_of_1_to_256_bytes_are_taken(void **state)
{
    struct fixture *f = *state;
    char id[LIMIT_ID_BYTES + 1];
    uint64_t ticket;
    struct journal_item item;

    memset(id, 'i', sizeof id);
    id[5] = '\0'; /* any bytes will do */
    assert_int_equal(journal_append(f->journal, JOURNAL_ARTICLES, str_make(id, 0),
                                    STR("x"), &ticket, NULL),
                     ERR_LIMIT);
    assert_int_equal(journal_append(f->journal, JOURNAL_ARTICLES, str_make(id, sizeof id),
                                    STR("x"), &ticket, NULL),
                     ERR_LIMIT);
    assert_int_equal(journal_append(f->journal, JOURNAL_ARTICLES,
                                    str_make(id, LIMIT_ID_BYTES), STR(""), &ticket, NULL),
                     0);
    flush(f);
    assert_int_equal(read_from(f, JOURNAL_ARTICLES, 1, &item), 1);
    assert_true(str_eq(item.id, str_make(id, LIMIT_ID_BYTES)));
    assert_int_equal(item.bytes.len, 0);
}

static void entries_of_every_size_come_back_whole(void **state)
{
    static const size_t sizes[] = {0,    1,    1500,   2000,    2040,
                                   4000, 4050, 4079,   4080,    4081,
                                   8160, 8161, 100000, 1 << 20, LIMIT_ENTRY_BYTES};
    struct fixture *f = *state;
    struct journal_item item;
    char *bytes = mem_alloc(LIMIT_ENTRY_BYTES + 1), id[16];
    uint64_t ticket;

    for (size_t i = 0; i <= LIMIT_ENTRY_BYTES; i++)
        bytes[i] = (char)(i * 2654435761u >> 13);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        snprintf(id, sizeof id, "%zu", sizes[i]);
        assert_int_equal(journal_append(f->journal, JOURNAL_FACTS, str_of(id),
                                        str_make(bytes, sizes[i]), &ticket, NULL),
                         0);
    }
    flush(f);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(read_from(f, JOURNAL_FACTS, i + 1, &item), 1);
        assert_true(str_eq(item.bytes, str_make(bytes, sizes[i])));
    }
    assert_int_equal(journal_append(f->journal, JOURNAL_FACTS, STR("big"),
                                    str_make(bytes, LIMIT_ENTRY_BYTES + 1), &ticket,
                                    NULL),
                     ERR_LIMIT);
    mem_free(bytes);
}

static void a_failed_flush_settles_with_the_error_and_degrades(void **state)
{
    struct fixture *f = *state;
    struct journal_outcome outcome;
    struct journal_item item;
    struct err err = {0};
    uint64_t ticket;

    put_articles(f, 2);
    take(f, 1);
    append(f, JOURNAL_ARTICLES, "lost", "x");
    append(f, JOURNAL_ARTICLES, "a1", "text of a1");
    assert_int_equal(journal_finish(f->journal, 1, NULL), 0);
    fail_next_flush(f);
    assert_int_equal(journal_flush(f->journal, &err), ERR_SYSTEM);
    assert_int_equal(err.code, ERR_SYSTEM);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(journal_settle(f->journal, &outcome), 1);
        assert_int_equal(outcome.error, ERR_SYSTEM);
    }
    assert_int_equal(journal_settle(f->journal, &outcome), 0);

    assert_true(stats(f).degraded);
    assert_int_equal(stats(f).last[JOURNAL_ARTICLES], 2);
    assert_int_equal(
        journal_append(f->journal, JOURNAL_ARTICLES, STR("no"), STR("x"), &ticket, NULL),
        ERR_SYSTEM);
    assert_int_equal(journal_finish(f->journal, 1, NULL), ERR_SYSTEM);
    assert_int_equal(journal_mark(f->journal, STR("m"), 1, NULL), ERR_SYSTEM);
    assert_int_equal(journal_flush(f->journal, NULL), ERR_SYSTEM);
    take(f, 0);
    assert_int_equal(read_from(f, JOURNAL_ARTICLES, 2, &item), 1);
    assert_str(item.bytes, "text of a2");
    assert_int_equal(get_at(f, JOURNAL_ARTICLES, 3, &item), 0);
}

static void recovering_makes_all_work_takeable_again(void **state)
{
    struct fixture *f = *state;
    struct journal_outcome outcome;
    struct err err = {0};

    put_articles(f, 3);
    take(f, 1);
    take(f, 2);
    append(f, JOURNAL_ARTICLES, "lost", "x");
    assert_int_equal(journal_finish(f->journal, 1, NULL), 0);
    fail_next_flush(f);
    assert_int_equal(journal_flush(f->journal, NULL), ERR_SYSTEM);
    assert_ok(journal_recover(f->journal, &err), &err);
    assert_false(stats(f).degraded);
    assert_int_equal(journal_settle(f->journal, &outcome), 1);
    assert_int_equal(outcome.error, ERR_SYSTEM);
    assert_int_equal(stats(f).unfinished, 3);
    for (uint64_t seq = 1; seq <= 3; seq++)
        take(f, seq);
    take(f, 0);
    outcome = put(f, JOURNAL_ARTICLES, "lost", "x");
    assert_int_equal(outcome.seq, 4);
    assert_false(outcome.duplicate);
    assert_int_equal(journal_recover(f->journal, NULL), 0); /* nothing to do */
}

static void too_much_unflushed_is_refused_until_it_settles(void **state)
{
    struct fixture *f = *state;
    struct journal_outcome outcome;
    uint64_t ticket, count = 0;
    char id[24];
    int rc;

    do {
        snprintf(id, sizeof id, "f%d", (int)count);
        rc = journal_append(f->journal, JOURNAL_FACTS, str_of(id), STR("x"), &ticket,
                            NULL);
    } while (rc == 0 && ++count < 1000000);
    assert_int_equal(rc, ERR_FULL);
    assert_true(count >= LIMIT_BATCH * 16);
    flush(f);
    while (journal_settle(f->journal, &outcome) == 1)
        count--;
    assert_int_equal(count, 0);
    append(f, JOURNAL_FACTS, "room", "x");
}

static void count_finding(void *context, const char *finding)
{
    (void)finding;
    ++*(int *)context;
}

static void a_sound_journal_passes_its_check(void **state)
{
    struct fixture *f = *state;
    int findings = 0;

    put_articles(f, 1500);
    for (uint64_t seq = 1; seq <= 5; seq++)
        take(f, seq);
    assert_int_equal(journal_bury(f->journal, 4, &failed, NULL), 0);
    assert_int_equal(journal_release(f->journal, 5, &failed, NULL), 0);
    for (uint64_t seq = 1; seq <= 3; seq++)
        assert_int_equal(journal_finish(f->journal, seq, NULL), 0);
    put(f, JOURNAL_FACTS, "f1", "x");
    assert_int_equal(journal_mark(f->journal, STR("m"), 1, NULL), 0);
    assert_int_equal(journal_trim(f->journal, JOURNAL_ARTICLES, 6, NULL), 0);
    flush(f);
    assert_int_equal(journal_check(f->journal, count_finding, &findings, NULL), 0);
    assert_int_equal(findings, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        ON_BOTH(entries_are_read_in_the_order_of_appending),
        ON_BOTH(streams_count_apart),
        ON_BOTH(appending_an_id_again_adds_nothing),
        ON_BOTH(an_id_with_other_bytes_is_a_duplicate_that_differs),
        ON_BOTH(duplicates_inside_one_batch_are_seen),
        ON_BOTH(nothing_settles_before_a_flush),
        ON_BOTH(reading_never_shows_what_has_not_settled),
        ON_BOTH(what_was_flushed_survives_a_crash_and_the_rest_does_not),
        ON_BOTH(flushing_nothing_commits_nothing),
        ON_BOTH(sequence_numbers_have_no_hole_over_restarts),
        ON_BOTH(marks_remember_each_consumer),
        ON_BOTH(consumers_are_listed_by_name_and_can_be_forgotten),
        ON_BOTH(names_of_consumers_are_bounded),
        ON_BOTH(the_oldest_entry_is_known_by_its_time),
        ON_BOTH(trimming_drops_entries_and_their_ids_but_no_work),
        ON_BOTH(a_stream_trimmed_empty_goes_on_where_it_was),
        ON_BOTH(trimming_works_in_bounded_steps),
        ON_BOTH(ids_of_1_to_256_bytes_are_taken),
        ON_BOTH(entries_of_every_size_come_back_whole),
        ON_BOTH(a_failed_flush_settles_with_the_error_and_degrades),
        ON_BOTH(recovering_makes_all_work_takeable_again),
        ON_BOTH(too_much_unflushed_is_refused_until_it_settles),
        ON_BOTH(a_sound_journal_passes_its_check),
    };
    /* The others: tests/contract/README.md says how a cluster differs. */
    const struct CMUnitTest in_cluster[] = {
        ON_NATS(entries_are_read_in_the_order_of_appending),
        ON_NATS(streams_count_apart),
        ON_NATS(appending_an_id_again_adds_nothing),
        ON_NATS(an_id_with_other_bytes_is_a_duplicate_that_differs),
        ON_NATS(duplicates_inside_one_batch_are_seen),
        ON_NATS(nothing_settles_before_a_flush),
        ON_NATS(flushing_nothing_commits_nothing),
        ON_NATS(sequence_numbers_have_no_hole_over_restarts),
        ON_NATS(marks_remember_each_consumer),
        ON_NATS(consumers_are_listed_by_name_and_can_be_forgotten),
        ON_NATS(names_of_consumers_are_bounded),
        ON_NATS(the_oldest_entry_is_known_by_its_time),
        ON_NATS(ids_of_1_to_256_bytes_are_taken),
        ON_NATS(entries_of_every_size_come_back_whole),
    };
    int wrong = cmocka_run_group_tests(tests, NULL, NULL);
    if (fixture_has_nats())
        wrong += cmocka_run_group_tests(in_cluster, NULL, NULL);
    return wrong;
}
