#include "tests/support/check.h"

#include "broker/share.h"

#include <stdio.h>

static int begin(void **state)
{
    *state = share_new();
    return 0;
}

static int end(void **state)
{
    struct share *share = *state;
    share_free(&share);
    return 0;
}

static void put(struct share *s, const char *feed, enum note_lane lane, uint64_t seq)
{
    uint32_t slot = share_feed(s, str_of(feed));
    assert_true(slot != SHARE_NONE);
    share_put(s, slot, lane, seq);
}

/* The next one's seq, charged as of so many bytes; 0: none. */
static uint64_t next(struct share *s, uint64_t bytes)
{
    struct share_pick pick;
    if (share_next(s, &pick) == 0)
        return 0;
    share_charge(s, &pick, bytes);
    return pick.seq;
}

static void one_feed_is_read_in_order(void **state)
{
    struct share *s = *state;
    for (uint64_t seq = 1; seq <= 20; seq++)
        put(s, "a", NOTE_LIVE, seq);
    for (uint64_t seq = 1; seq <= 20; seq++)
        assert_int_equal(next(s, 3000), seq);
    assert_int_equal(next(s, 0), 0);
}

static void what_came_back_goes_before_what_is_new(void **state)
{
    struct share *s = *state;
    for (uint64_t seq = 1; seq <= 4; seq++)
        put(s, "a", NOTE_LIVE, seq);
    assert_int_equal(next(s, 0), 1);
    put(s, "a", NOTE_LIVE, 1);
    assert_int_equal(next(s, 0), 1);
    assert_int_equal(next(s, 0), 2);
}

static void a_quiet_feed_waits_for_one_visit_of_a_flood(void **state)
{
    struct share *s = *state;
    for (uint64_t seq = 1; seq <= 100000; seq++)
        put(s, "flood", NOTE_LIVE, seq);
    for (int i = 0; i < 1000; i++)
        next(s, 0);
    put(s, "quiet", NOTE_LIVE, 100001);
    int waited = 0;
    while (next(s, 0) != 100001)
        waited++;
    assert_true(waited <= SHARE_VISIT);
}

static void shares_are_of_bytes_not_of_articles(void **state)
{
    struct share *s = *state;
    uint64_t small = 0, big = 0;
    for (uint64_t seq = 1; seq <= 20000; seq++)
        put(s, seq % 2 ? "small" : "big", NOTE_LIVE, seq);
    for (int i = 0; i < 4000; i++) {
        struct share_pick pick;
        assert_int_equal(share_next(s, &pick), 1);
        uint64_t bytes = pick.seq % 2 ? 1024 : 63 * 1024;
        *(pick.seq % 2 ? &small : &big) += bytes + SHARE_COST_BYTES;
        share_charge(s, &pick, bytes);
    }
    assert_true(small * 10 > big * 9 && big * 10 > small * 9);
}

static void lanes_take_turns_by_weight(void **state)
{
    struct share *s = *state;
    int live = 0;
    for (uint64_t seq = 1; seq <= 20000; seq++)
        put(s, "a", seq % 2 ? NOTE_LIVE : NOTE_BACKFILL, seq);
    for (int i = 0; i < 9000; i++)
        live += next(s, 1000) % 2 == 1;
    assert_true(live > 7900 && live < 8100);
}

static void a_pinned_feed_keeps_its_slot_while_others_come(void **state)
{
    struct share *s = *state;
    char name[16];
    uint32_t pinned = share_feed(s, STR("pinned"));
    share_pin(s, pinned);
    for (int i = 0; i < 2 * SHARE_FEEDS; i++) {
        snprintf(name, sizeof name, "f%d", i);
        assert_int_not_equal(share_feed(s, str_of(name)), pinned);
    }
    assert_int_equal(share_feed(s, STR("pinned")), pinned);
    share_pin(s, SHARE_NONE);
    for (int i = 0; i < SHARE_FEEDS; i++) {
        snprintf(name, sizeof name, "g%d", i);
        share_feed(s, str_of(name));
    }
    assert_false(str_is(share_at(s, pinned)->name, "pinned"));
}

static void a_paused_feed_keeps_what_it_has(void **state)
{
    struct share *s = *state;
    put(s, "a", NOTE_LIVE, 1);
    put(s, "b", NOTE_LIVE, 2);
    uint32_t a = share_feed(s, STR("a"));
    share_pause(s, a, true);
    put(s, "a", NOTE_BACKFILL, 3);
    assert_int_equal(share_metrics(s)->held.value, 2);
    assert_int_equal(next(s, 0), 2);
    assert_int_equal(next(s, 0), 0);
    share_pause(s, a, false);
    assert_int_equal(share_metrics(s)->held.value, 0);
    assert_int_equal(next(s, 0), 1);
    assert_int_equal(next(s, 0), 3);
}

static void one_feed_alone_leaves_a_quarter_of_the_queue(void **state)
{
    struct share *s = *state;
    uint32_t a = share_feed(s, STR("a")), b = share_feed(s, STR("b"));
    uint64_t had = 0;
    while (share_admits(s, a, NOTE_LIVE, 1000 - had)) {
        share_expect(s, a, NOTE_LIVE);
        share_put(s, a, NOTE_LIVE, ++had);
        share_settled(s);
    }
    assert_int_equal(had, 750);
    assert_true(share_admits(s, b, NOTE_LIVE, 250));
    assert_true(share_admits(s, a, NOTE_BACKFILL, 250));
    assert_false(share_admits(s, SHARE_NONE, NOTE_LIVE, 250));
}

static void what_is_expected_counts_until_it_is_put(void **state)
{
    struct share *s = *state;
    for (int i = 0; i < 30; i++)
        share_expect(s, SHARE_REST, NOTE_LIVE);
    assert_false(share_admits(s, SHARE_REST, NOTE_LIVE, 10));
    share_settled(s);
    assert_true(share_admits(s, SHARE_REST, NOTE_LIVE, 10));
}

static void feeds_with_nothing_waiting_make_room(void **state)
{
    struct share *s = *state;
    char name[16];
    put(s, "kept", NOTE_LIVE, 1);
    share_pause(s, share_feed(s, STR("paused")), true);
    for (int i = 0; i < 5 * SHARE_FEEDS; i++) {
        snprintf(name, sizeof name, "f%d", i);
        assert_true(share_feed(s, str_of(name)) != SHARE_NONE);
    }
    assert_int_equal(next(s, 0), 1);
    assert_true(share_at(s, share_feed(s, STR("paused")))->paused);
    for (int i = 0; i < SHARE_FEEDS; i++) {
        snprintf(name, sizeof name, "g%d", i);
        uint32_t feed = share_feed(s, str_of(name));
        if (feed == SHARE_NONE)
            break;
        share_put(s, feed, NOTE_LIVE, 10 + (uint64_t)i);
    }
    assert_int_equal(share_feed(s, STR("one more")), SHARE_NONE);
    assert_int_equal(share_metrics(s)->known.value, SHARE_FEEDS);
}

static void after_clear_nothing_waits_and_pauses_stay(void **state)
{
    struct share *s = *state;
    put(s, "a", NOTE_LIVE, 1);
    share_pause(s, share_feed(s, STR("a")), true);
    put(s, "b", NOTE_BACKFILL, 2);
    share_clear(s);
    assert_int_equal(next(s, 0), 0);
    assert_int_equal(share_metrics(s)->waiting.value, 0);
    assert_true(share_at(s, share_feed(s, STR("a")))->paused);
    put(s, "b", NOTE_LIVE, 2);
    assert_int_equal(next(s, 0), 2);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(one_feed_is_read_in_order),
        TEST(what_came_back_goes_before_what_is_new),
        TEST(a_quiet_feed_waits_for_one_visit_of_a_flood),
        TEST(shares_are_of_bytes_not_of_articles),
        TEST(lanes_take_turns_by_weight),
        TEST(a_pinned_feed_keeps_its_slot_while_others_come),
        TEST(a_paused_feed_keeps_what_it_has),
        TEST(one_feed_alone_leaves_a_quarter_of_the_queue),
        TEST(what_is_expected_counts_until_it_is_put),
        TEST(feeds_with_nothing_waiting_make_room),
        TEST(after_clear_nothing_waits_and_pauses_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
