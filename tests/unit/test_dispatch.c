#include "tests/support/check.h"

#include "broker/dispatch.h"

#include <stdio.h>

static const struct dispatch_limits limits = {1000, 2, 3, 4};

static void make_token(void *context, unsigned char out[DISPATCH_TOKEN_BYTES])
{
    uint64_t *count = context;
    memset(out, 0, DISPATCH_TOKEN_BYTES);
    memcpy(out, &(uint64_t){++*count}, sizeof *count);
}

static uint64_t tokens;

static int begin(void **state)
{
    tokens = 0;
    *state = dispatch_new(&limits, make_token, &tokens);
    return 0;
}

static int end(void **state)
{
    struct dispatch *dispatch = *state;
    dispatch_free(&dispatch);
    return 0;
}

static void join(struct dispatch *d, uint32_t worker, uint32_t credit)
{
    char name[16];
    snprintf(name, sizeof name, "w%u", (unsigned)worker);
    dispatch_ready(d, worker, str_of(name), STR("x-1"), credit);
}

static struct lease *give(struct dispatch *d, uint64_t seq, uint64_t now_ms)
{
    const struct dispatch_article article = {.seq = seq, .id = STR("id")};
    assert_true(dispatch_wants(d));
    return (struct lease *)dispatch_assign(d, &article, now_ms);
}

static struct dispatch_action next(struct dispatch *d)
{
    struct dispatch_action action = {0};
    assert_int_equal(dispatch_next(d, &action), 1);
    return action;
}

static void assert_no_action(struct dispatch *d)
{
    struct dispatch_action action;
    assert_int_equal(dispatch_next(d, &action), 0);
}

static void the_least_loaded_for_its_credit_comes_first(void **state)
{
    struct dispatch *d = *state;
    join(d, 3, 2);
    join(d, 7, 4);
    uint32_t got[8] = {0};
    for (uint64_t seq = 1; seq <= 3; seq++)
        got[give(d, seq, 0)->worker]++;
    assert_int_equal(got[3], 1);
    assert_int_equal(got[7], 2);
}

static void nobody_gets_more_than_its_credit(void **state)
{
    struct dispatch *d = *state;
    assert_false(dispatch_wants(d));
    join(d, 0, 2);
    struct lease *first = give(d, 1, 0);
    give(d, 2, 0);
    assert_false(dispatch_wants(d));
    dispatch_done(d, first);
    assert_true(dispatch_wants(d));
}

static void a_token_is_good_for_its_worker_and_only_once(void **state)
{
    struct dispatch *d = *state;
    join(d, 0, 2);
    join(d, 1, 2);
    struct lease *lease = give(d, 1, 0);
    char copy[DISPATCH_TOKEN_BYTES];
    memcpy(copy, lease->token, sizeof copy);
    struct str token = str_make(copy, sizeof copy);
    assert_null(dispatch_find(d, 1 - lease->worker, token));
    assert_ptr_equal(dispatch_find(d, lease->worker, token), lease);
    dispatch_done(d, lease);
    assert_null(dispatch_find(d, 0, token));
    assert_null(dispatch_find(d, 0, STR("short")));
    assert_int_equal(dispatch_metrics(d)->stale.value, 3);
    assert_no_action(d);
}

static void a_death_counts_for_the_oldest_in_hand_only(void **state)
{
    struct dispatch *d = *state;
    join(d, 0, 4);
    struct lease *first = give(d, 1, 0);
    give(d, 2, 1);
    give(d, 3, 2);
    dispatch_done(d, first); /* so it was reading 2 */
    dispatch_leave(d, 0, DISPATCH_DIED);
    struct dispatch_action action = next(d);
    assert_int_equal(action.seq, 2);
    assert_int_equal(action.deaths, 1);
    assert_false(action.bury);
    assert_has(action.reason, "died");
    assert_string_equal(action.worker, "w0");
    assert_int_equal(action.outcome, DISPATCH_DEATH);
    action = next(d);
    assert_int_equal(action.seq, 3);
    assert_int_equal(action.deaths, 0);
    assert_no_action(d);
    assert_false(dispatch_wants(d));
}

static void bye_counts_nothing(void **state)
{
    struct dispatch *d = *state;
    join(d, 0, 4);
    give(d, 1, 0);
    dispatch_leave(d, 0, DISPATCH_BYE);
    struct dispatch_action action = next(d);
    assert_int_equal(action.deaths + action.failures, 0);
}

static void ready_again_is_a_death_only_under_another_name(void **state)
{
    struct dispatch *d = *state;
    join(d, 0, 4);
    give(d, 1, 0);
    join(d, 0, 4);
    assert_int_equal(next(d).deaths, 0);
    give(d, 1, 0);
    dispatch_ready(d, 0, STR("another"), STR("x-1"), 4);
    assert_int_equal(next(d).deaths, 1);
}

static void two_deaths_bury(void **state)
{
    struct dispatch *d = *state;
    const struct dispatch_article article = {.seq = 9, .id = STR("id"), .deaths = 1};
    join(d, 0, 1);
    dispatch_assign(d, &article, 0);
    dispatch_leave(d, 0, DISPATCH_DIED);
    struct dispatch_action action = next(d);
    assert_true(action.bury);
    assert_int_equal(action.deaths, 2);
}

static void an_article_with_a_death_is_read_alone(void **state)
{
    const struct dispatch_article suspect = {.seq = 9, .id = STR("id"), .deaths = 1};
    struct dispatch *d = *state;
    join(d, 0, 8);
    struct lease *before = give(d, 1, 0);
    assert_false(dispatch_has_idle(d));
    dispatch_done(d, before);
    assert_true(dispatch_has_idle(d));
    struct lease *lease = (struct lease *)dispatch_assign(d, &suspect, 0);
    assert_false(dispatch_wants(d));
    dispatch_done(d, lease);
    assert_true(dispatch_wants(d));
}

static void only_a_death_alone_buries(void **state)
{
    const struct dispatch_limits once = {1000, 1, 3, 4};
    struct dispatch *d = *state;
    dispatch_set_limits(d, &once);
    join(d, 0, 8);
    give(d, 1, 0);
    give(d, 2, 0);
    dispatch_leave(d, 0, DISPATCH_DIED);
    struct dispatch_action action = next(d);
    assert_int_equal(action.deaths, 1);
    assert_false(action.bury);
    next(d);
    join(d, 0, 8);
    give(d, 2, 0);
    dispatch_leave(d, 0, DISPATCH_DIED);
    assert_true(next(d).bury);
}

static void three_failures_bury_with_the_last_reason(void **state)
{
    struct dispatch *d = *state;
    const struct dispatch_article article = {.seq = 9, .id = STR("id"), .failures = 2};
    join(d, 0, 1);
    struct lease *lease = (struct lease *)dispatch_assign(d, &article, 0);
    dispatch_fail(d, lease, STR("limit: too long"), 0);
    struct dispatch_action action = next(d);
    assert_true(action.bury);
    assert_string_equal(action.reason, "limit: too long");
}

static void what_goes_back_uncounted_is_never_buried(void **state)
{
    struct dispatch *d = *state;
    const struct dispatch_article article = {
        .seq = 9, .id = STR("id"), .deaths = 1, .failures = 2};
    const struct dispatch_limits strict = {1000, 1, 1, 0};
    dispatch_set_limits(d, &strict);
    join(d, 0, 1);
    dispatch_return(d, (struct lease *)dispatch_assign(d, &article, 0));
    assert_false(next(d).bury);
}

static void a_lease_that_runs_out_fails_the_oldest_and_the_worker_rests(void **state)
{
    struct dispatch *d = *state;
    join(d, 0, 4);
    assert_int_equal(dispatch_tick(d, 0), UINT64_MAX);
    give(d, 1, 100);
    give(d, 2, 200);
    assert_int_equal(dispatch_tick(d, 1099), 1100);
    assert_no_action(d);
    dispatch_tick(d, 1100);
    struct dispatch_action action = next(d);
    assert_int_equal(action.seq, 1);
    assert_int_equal(action.failures, 1);
    action = next(d);
    assert_int_equal(action.seq, 2);
    assert_int_equal(action.failures, 0);
    assert_false(dispatch_wants(d));
    assert_int_equal(dispatch_tick(d, 1500), 2100);
    assert_false(dispatch_wants(d));
    dispatch_tick(d, 2100);
    assert_true(dispatch_wants(d));
}

static void a_resting_worker_wakes_by_beginning_anew(void **state)
{
    struct dispatch *d = *state;
    join(d, 0, 4);
    give(d, 1, 0);
    dispatch_tick(d, 1000);
    assert_false(dispatch_wants(d));
    join(d, 0, 4);
    assert_true(dispatch_wants(d));
}

static void draining_and_paused_workers_get_nothing(void **state)
{
    struct dispatch *d = *state;
    join(d, 0, 4);
    dispatch_pause(d, true);
    assert_false(dispatch_wants(d));
    dispatch_pause(d, false);
    struct lease *lease = give(d, 1, 0);
    dispatch_drain(d, 0);
    assert_false(dispatch_wants(d));
    dispatch_done(d, lease);
    assert_false(dispatch_wants(d));
}

static void after_forgetting_there_is_no_lease_and_no_action(void **state)
{
    struct dispatch *d = *state;
    join(d, 0, 4);
    dispatch_return(d, give(d, 1, 0));
    give(d, 2, 0);
    dispatch_forget(d);
    assert_no_action(d);
    assert_int_equal(dispatch_metrics(d)->leased.value, 0);
    assert_int_equal(dispatch_tick(d, 5000), UINT64_MAX);
    assert_true(dispatch_wants(d));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static void fail_streak(struct dispatch *d, uint64_t *seq, uint64_t now_ms)
{
    for (uint64_t n = 0; n < limits.streak; n++) {
        dispatch_fail(d, give(d, ++*seq, now_ms), STR("no model"), now_ms);
        next(d);
    }
}

static void a_worker_that_fails_over_and_over_is_benched(void **state)
{
    struct dispatch *d = *state;
    uint64_t seq = 0;
    join(d, 0, 10);
    fail_streak(d, &seq, 0);
    assert_false(dispatch_wants(d));
    assert_int_equal(dispatch_tick(d, 500), DISPATCH_BENCH_MS);
    assert_false(dispatch_wants(d));
    dispatch_tick(d, DISPATCH_BENCH_MS);
    struct lease *trial = give(d, ++seq, DISPATCH_BENCH_MS);
    assert_false(dispatch_wants(d)); /* one at a time */
    dispatch_fail(d, trial, STR("no model"), DISPATCH_BENCH_MS);
    next(d);
    dispatch_tick(d, 2 * DISPATCH_BENCH_MS + 1);
    assert_false(dispatch_wants(d)); /* twice as long */
    dispatch_tick(d, 3 * DISPATCH_BENCH_MS);
    dispatch_done(d, give(d, ++seq, 3 * DISPATCH_BENCH_MS));
    give(d, ++seq, 0);
    assert_true(dispatch_wants(d)); /* all its credit again */
    assert_int_equal(dispatch_metrics(d)->benched.value, 2);
}

static void what_a_benched_worker_has_in_hand_goes_to_others_uncounted(void **state)
{
    struct dispatch *d = *state;
    uint64_t seq = 0;
    join(d, 0, 10);
    give(d, 100, 0);
    give(d, 101, 0);
    fail_streak(d, &seq, 0);
    for (uint64_t in_hand = 100; in_hand <= 101; in_hand++) {
        struct dispatch_action action = next(d);
        assert_int_equal(action.seq, in_hand);
        assert_int_equal(action.deaths + action.failures, 0);
    }
    assert_no_action(d);
}

static void a_result_between_failures_keeps_a_worker_off_the_bench(void **state)
{
    struct dispatch *d = *state;
    join(d, 0, 4);
    for (uint64_t seq = 1; seq < 30; seq++) {
        if (seq % limits.streak == 0) {
            dispatch_done(d, give(d, seq, 0));
            continue;
        }
        dispatch_fail(d, give(d, seq, 0), STR("bad text"), 0);
        next(d);
    }
    assert_true(dispatch_wants(d));
}

static void a_note_goes_back_with_its_article(void **state)
{
    struct dispatch *d = *state;
    const struct dispatch_article article = {
        .seq = 9, .id = STR("id"), .note = STR("@live agency")};
    join(d, 0, 1);
    dispatch_return(d, (struct lease *)dispatch_assign(d, &article, 0));
    struct dispatch_action action = next(d);
    assert_str(action.note, "@live agency");
    assert_string_equal(action.reason, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_least_loaded_for_its_credit_comes_first),
        TEST(nobody_gets_more_than_its_credit),
        TEST(a_token_is_good_for_its_worker_and_only_once),
        TEST(a_death_counts_for_the_oldest_in_hand_only),
        TEST(bye_counts_nothing),
        TEST(ready_again_is_a_death_only_under_another_name),
        TEST(two_deaths_bury),
        TEST(an_article_with_a_death_is_read_alone),
        TEST(only_a_death_alone_buries),
        TEST(three_failures_bury_with_the_last_reason),
        TEST(a_worker_that_fails_over_and_over_is_benched),
        TEST(what_a_benched_worker_has_in_hand_goes_to_others_uncounted),
        TEST(a_result_between_failures_keeps_a_worker_off_the_bench),
        TEST(a_note_goes_back_with_its_article),
        TEST(what_goes_back_uncounted_is_never_buried),
        TEST(a_lease_that_runs_out_fails_the_oldest_and_the_worker_rests),
        TEST(a_resting_worker_wakes_by_beginning_anew),
        TEST(draining_and_paused_workers_get_nothing),
        TEST(after_forgetting_there_is_no_lease_and_no_action),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
