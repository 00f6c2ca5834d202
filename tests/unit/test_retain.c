#include "tests/support/check.h"

#include "broker/journal_mem.h"
#include "broker/retain.h"

#include <stdio.h>
#include <stdlib.h>

#define WALL_MS 1700000000000

struct bench {
    struct journal *journal;
    struct retain *retain;
    struct retain_limits limits;
    uint64_t now_ms, wall_ms;
};

static int begin(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    journal_open("mem:", &(struct journal_options){0}, &b->journal, NULL);
    b->retain = retain_new(b->journal, &b->limits);
    b->now_ms = 5000;
    b->wall_ms = WALL_MS;
    journal_mem_set_ms(b->journal, b->wall_ms);
    *state = b;
    return 0;
}

static int end(void **state)
{
    struct bench *b = *state;
    retain_free(&b->retain);
    journal_close(&b->journal);
    free(b);
    return 0;
}

static void limit(struct bench *b, struct retain_limits limits)
{
    retain_set_limits(b->retain, &limits);
}

static void pass(struct bench *b, uint64_t ms)
{
    b->now_ms += ms;
    b->wall_ms += ms;
    journal_mem_set_ms(b->journal, b->wall_ms);
}

static void put(struct bench *b, enum journal_stream stream, int n)
{
    struct journal_outcome outcome;
    uint64_t ticket;
    char id[32];
    for (int i = 0; i < n; i++) {
        snprintf(id, sizeof id, "%llu.%d", (unsigned long long)b->wall_ms, i);
        journal_append(b->journal, stream, str_of(id), STR("0123456789"), &ticket, NULL);
    }
    journal_flush(b->journal, NULL);
    while (journal_settle(b->journal, &outcome) == 1)
        ;
}

static struct journal_stats stats(const struct bench *b)
{
    struct journal_stats stats;
    journal_stats(b->journal, &stats);
    return stats;
}

/* Turns until nothing is done any more. */
static void turns(struct bench *b)
{
    for (int idle = 0; idle < 3; idle++, pass(b, 1000)) {
        struct journal_stats now = stats(b);
        if (retain_turn(b->retain, &now, b->now_ms))
            idle = 0;
        journal_flush(b->journal, NULL);
    }
}

static void mark(struct bench *b, const char *name, uint64_t position)
{
    journal_mark(b->journal, str_of(name), position, NULL);
    journal_flush(b->journal, NULL);
}

static void without_limits_everything_is_kept(void **state)
{
    struct bench *b = *state;
    put(b, JOURNAL_FACTS, 10);
    pass(b, 365 * 86400000ULL);
    turns(b);
    assert_int_equal(stats(b).first[JOURNAL_FACTS], 1);
}

static void what_is_older_than_the_age_goes_and_the_rest_stays(void **state)
{
    struct bench *b = *state;
    limit(b, (struct retain_limits){.age_ms = 60000});
    turns(b); /* both clocks are known */
    put(b, JOURNAL_FACTS, 3000);
    pass(b, 40000);
    put(b, JOURNAL_FACTS, 5);
    turns(b);
    assert_int_equal(stats(b).first[JOURNAL_FACTS], 1);
    pass(b, 30000);
    turns(b);
    assert_int_equal(stats(b).first[JOURNAL_FACTS], 3001);
    assert_int_equal(retain_metrics(b->retain)->trimmed_facts.value, 3000);
    assert_int_equal(retain_metrics(b->retain)->unread_dropped.value, 0);
}

static void unread_articles_and_dead_letters_stay_whatever_their_age(void **state)
{
    struct bench *b = *state;
    static const struct journal_release failed = {0, 3, {"why", 3}};
    struct journal_item item;
    limit(b, (struct retain_limits){.age_ms = 1000});
    turns(b);
    put(b, JOURNAL_ARTICLES, 4);
    for (int i = 0; i < 3; i++)
        journal_take(b->journal, &item, NULL);
    journal_bury(b->journal, 1, &failed, NULL);
    journal_finish(b->journal, 2, NULL);
    journal_flush(b->journal, NULL);
    pass(b, 10000);
    turns(b);
    assert_int_equal(retain_metrics(b->retain)->trimmed_articles.value, 1);
    assert_int_equal(journal_get(b->journal, JOURNAL_ARTICLES, 1, &item, NULL), 1);
    assert_int_equal(journal_get(b->journal, JOURNAL_ARTICLES, 2, &item, NULL), 0);
    assert_int_equal(journal_get(b->journal, JOURNAL_ARTICLES, 3, &item, NULL), 1);
    /* Finished later, it goes. */
    journal_finish(b->journal, 3, NULL);
    journal_flush(b->journal, NULL);
    turns(b);
    assert_int_equal(journal_get(b->journal, JOURNAL_ARTICLES, 3, &item, NULL), 0);
}

static void facts_a_named_consumer_has_not_read_are_held_and_it_is_named(void **state)
{
    struct bench *b = *state;
    limit(b, (struct retain_limits){.age_ms = 1000});
    turns(b);
    put(b, JOURNAL_FACTS, 100);
    mark(b, "web", 80);
    mark(b, "archive", 31);
    pass(b, 10000);
    check_diag_begin();
    turns(b);
    check_diag_expect("kept only for a consumer that does not read\" name=archive "
                      "position=31 held=70");
    check_diag_end();
    assert_int_equal(stats(b).first[JOURNAL_FACTS], 31);
    assert_int_equal(retain_metrics(b->retain)->held.value, 70);
    assert_int_equal(retain_metrics(b->retain)->consumers.value, 2);
    mark(b, "archive", 90);
    turns(b);
    assert_int_equal(stats(b).first[JOURNAL_FACTS], 80);
    journal_forget(b->journal, STR("web"), NULL);
    turns(b);
    assert_int_equal(stats(b).first[JOURNAL_FACTS], 90);
    mark(b, "archive", 101);
    turns(b);
    assert_int_equal(stats(b).first[JOURNAL_FACTS], 101);
    assert_int_equal(retain_metrics(b->retain)->held.value, 0);
    assert_int_equal(retain_metrics(b->retain)->unread_dropped.value, 0);
}

static void where_unread_facts_are_dropped_it_is_said_whose(void **state)
{
    struct bench *b = *state;
    limit(b, (struct retain_limits){.age_ms = 1000, .drop_unread = true});
    turns(b);
    put(b, JOURNAL_FACTS, 100);
    mark(b, "archive", 31);
    pass(b, 10000);
    check_diag_begin();
    turns(b);
    check_diag_expect("dropped that a consumer has not read\" name=archive from=31 "
                      "to=100");
    check_diag_end();
    assert_int_equal(stats(b).first[JOURNAL_FACTS], 101);
    assert_int_equal(retain_metrics(b->retain)->unread_dropped.value, 70);
}

static void over_its_size_the_journal_gives_up_its_oldest(void **state)
{
    struct bench *b = *state;
    struct journal_item item;
    turns(b);
    for (int i = 0; i < 10; i++) {
        put(b, JOURNAL_FACTS, 100);
        put(b, JOURNAL_ARTICLES, 100);
        pass(b, 10);
    }
    while (journal_take(b->journal, &item, NULL) == 1)
        journal_finish(b->journal, item.seq, NULL);
    journal_flush(b->journal, NULL);
    assert_int_equal(stats(b).used_bytes, 20000);
    limit(b, (struct retain_limits){.bytes = 12000});
    turns(b);
    assert_true(stats(b).used_bytes <= 12000);
    assert_true(stats(b).used_bytes > 8000);
    uint64_t facts = stats(b).first[JOURNAL_FACTS],
             articles = stats(b).first[JOURNAL_ARTICLES];
    assert_true(facts > articles ? facts - articles <= 100 : articles - facts <= 100);
}

static void near_full_unread_facts_are_dropped_all_the_same(void **state)
{
    struct bench *b = *state;
    turns(b);
    put(b, JOURNAL_FACTS, 2000);
    mark(b, "archive", 5);
    limit(b, (struct retain_limits){.bytes = 5000, .most_bytes = 15000});
    check_diag_begin();
    turns(b);
    check_diag_expect("name=archive");
    check_diag_end();
    assert_true(stats(b).used_bytes <= 15000);
    assert_true(stats(b).used_bytes > 11000);
    assert_true(retain_metrics(b->retain)->unread_dropped.value > 0);
    mark(b, "archive", 2001);
    turns(b);
    assert_true(stats(b).used_bytes <= 5000);
}

static void a_clock_that_jumps_ahead_ages_nothing(void **state)
{
    struct bench *b = *state;
    limit(b, (struct retain_limits){.age_ms = 60000});
    turns(b);
    put(b, JOURNAL_FACTS, 10);
    b->wall_ms += 365 * 86400000ULL;
    turns(b);
    assert_int_equal(stats(b).first[JOURNAL_FACTS], 1);
    b->wall_ms = 1000; /* and back to 1970 */
    put(b, JOURNAL_FACTS, 10);
    turns(b);
    assert_int_equal(stats(b).first[JOURNAL_FACTS], 1);
}

static void damaged_entries_go_with_their_neighbours(void **state)
{
    struct bench *b = *state;
    limit(b, (struct retain_limits){.age_ms = 1000});
    turns(b);
    put(b, JOURNAL_FACTS, 9);
    journal_mem_damage(b->journal, JOURNAL_FACTS, 4);
    pass(b, 10000);
    turns(b);
    assert_int_equal(stats(b).first[JOURNAL_FACTS], 10);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(without_limits_everything_is_kept),
        CASE(what_is_older_than_the_age_goes_and_the_rest_stays),
        CASE(unread_articles_and_dead_letters_stay_whatever_their_age),
        CASE(facts_a_named_consumer_has_not_read_are_held_and_it_is_named),
        CASE(where_unread_facts_are_dropped_it_is_said_whose),
        CASE(over_its_size_the_journal_gives_up_its_oldest),
        CASE(near_full_unread_facts_are_dropped_all_the_same),
        CASE(a_clock_that_jumps_ahead_ages_nothing),
        CASE(damaged_entries_go_with_their_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
