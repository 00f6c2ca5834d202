#include "tests/support/check.h"

#include "broker/public.h"

#include <stdio.h>

#define ANYONE STR_NONE

static bool hear(struct public *public, struct str user, bool on, unsigned number)
{
    char frame[32];
    snprintf(frame, sizeof frame, "%cfact.%u", on ? 1 : 0, number);
    return public_heard(public, user, str_make(frame, 1 + strlen(frame + 1)));
}

static uint64_t topics(struct public *public)
{
    return public_metrics(public)->topics.value;
}

static void topics_come_and_go(void **state)
{
    (void)state;
    struct public *public = public_new();
    assert_true(hear(public, ANYONE, true, 1));
    assert_true(hear(public, ANYONE, true, 1));
    assert_int_equal(topics(public), 1);
    assert_true(hear(public, ANYONE, false, 2));
    assert_int_equal(topics(public), 1);
    assert_true(hear(public, ANYONE, false, 1));
    assert_int_equal(topics(public), 0);
    assert_true(public_heard(public, ANYONE, STR("")));
    assert_true(public_heard(public, ANYONE, STR("\x07what")));
    assert_int_equal(topics(public), 0);
    public_free(&public);
    public_free(&public);
}

static void a_key_may_have_so_many_topics_and_no_more(void **state)
{
    (void)state;
    struct public *public = public_new();
    for (unsigned i = 0; i < PUBLIC_TOPICS_EACH; i++)
        assert_true(hear(public, STR("a"), true, i));
    assert_true(hear(public, STR("b"), true, 1000000));
    assert_false(hear(public, STR("a"), true, 1000001));
    assert_int_equal(public_metrics(public)->flooded.value, 1);
    public_forget(public);
    assert_int_equal(topics(public), 0);
    assert_true(hear(public, STR("a"), true, 1));
    public_free(&public);
}

/* Who leaves is not named: the topic itself says whose it was. */
static void topics_that_end_make_room_for_their_key(void **state)
{
    (void)state;
    struct public *public = public_new();
    for (unsigned i = 0; i < 10 * PUBLIC_TOPICS_EACH; i++) {
        assert_true(hear(public, STR("a"), true, i));
        assert_true(hear(public, ANYONE, false, i));
    }
    public_free(&public);
}

static void all_together_have_a_limit_too(void **state)
{
    (void)state;
    struct public *public = public_new();
    for (unsigned i = 0; i < PUBLIC_TOPICS; i++)
        assert_true(hear(public, ANYONE, true, i));
    assert_false(hear(public, ANYONE, true, PUBLIC_TOPICS));
    public_free(&public);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topics_come_and_go),
        cmocka_unit_test(a_key_may_have_so_many_topics_and_no_more),
        cmocka_unit_test(topics_that_end_make_room_for_their_key),
        cmocka_unit_test(all_together_have_a_limit_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
