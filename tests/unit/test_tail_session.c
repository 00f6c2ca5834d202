#include "tests/support/check.h"

#include "broker/tail.h"
#include "proto/wire/fact.h"
#include "proto/wire/limits.h"
#include "proto/wire/scan.h"

static const struct tail_places places = {5, 20, true, 9};

static int begin(void **state)
{
    *state = tails_new();
    return 0;
}

static int end(void **state)
{
    struct tails *tails = *state;
    tails_free(&tails);
    return 0;
}

static struct message_from from_raw(struct str raw)
{
    struct message_from from;
    record_init(&message_from_table, &from);
    from.from_raw = raw;
    return from;
}

static uint64_t begun_at(struct tails *tails, struct message_from from)
{
    struct err err = {0};
    assert_ok(tail_begin(tails, 2, &from, &places, &err), &err);
    tail_said_hello(tails, 2);
    return tail_at(tails, 2)->next;
}

static void from_names_where_to_begin(void **state)
{
    struct tails *tails = *state;
    assert_int_equal(begun_at(tails, from_raw(STR_NONE)), 5);
    assert_int_equal(begun_at(tails, from_raw(STR("\xa5"
                                                  "first"))),
                     5);
    assert_int_equal(begun_at(tails, from_raw(STR("\xa3"
                                                  "new"))),
                     21);
    assert_int_equal(begun_at(tails, from_raw(STR("\x07"))), 7);
    assert_int_equal(begun_at(tails, from_raw(STR("\x00"))), 1);
    struct message_from from = from_raw(STR("\xa4"
                                            "mark"));
    from.name = STR("me");
    assert_int_equal(begun_at(tails, from), 9);
    assert_int_equal(tail_metrics(tails)->sessions.value, 1);
}

static void a_wrong_from_leaves_the_session_as_it_was(void **state)
{
    struct tails *tails = *state;
    struct err err = {0};
    begun_at(tails, from_raw(STR("\x07")));
    struct message_from from = from_raw(STR("\xa4"
                                            "mark")); /* no name */
    assert_int_equal(tail_begin(tails, 2, &from, &places, &err), ERR_USAGE);
    from = from_raw(STR("\xff")); /* -1 */
    assert_int_equal(tail_begin(tails, 2, &from, &places, &err), ERR_USAGE);
    from = from_raw(STR("\xcf\x80\0\0\0\0\0\0\0")); /* 2^63: could not be said again */
    assert_int_equal(tail_begin(tails, 2, &from, &places, &err), ERR_FIELD);
    from = from_raw(STR_NONE);
    from.kinds.count = LIMIT_FILTER + 1;
    assert_int_equal(tail_begin(tails, 2, &from, &places, &err), ERR_LIMIT);
    assert_int_equal(tail_at(tails, 2)->next, 7);
}

static void nothing_is_wanted_without_credit_or_before_hello(void **state)
{
    struct tails *tails = *state;
    struct err err = {0};
    struct message_from from = from_raw(STR("\x07"));
    from.credit = 2;
    assert_ok(tail_begin(tails, 2, &from, &places, &err), &err);
    assert_false(tail_wants(tails, 2, 20));
    tail_said_hello(tails, 2);
    assert_true(tail_wants(tails, 2, 20));
    assert_false(tail_wants(tails, 2, 6));
    tail_moved(tails, 2, 9, 2, true);
    assert_false(tail_wants(tails, 2, 20));
    tail_credit(tails, 2, UINT64_MAX);
    assert_true(tail_wants(tails, 2, 20));
    assert_int_equal(tail_at(tails, 2)->credit, TAIL_CREDIT_MOST);
}

static void live_is_said_once_when_all_has_been_sent(void **state)
{
    struct tails *tails = *state;
    begun_at(tails, from_raw(STR("\x07")));
    assert_false(tail_arrived(tails, 2, 20));
    tail_moved(tails, 2, 21, 14, true);
    assert_true(tail_arrived(tails, 2, 20));
    tail_said_live(tails, 2);
    assert_false(tail_arrived(tails, 2, 20));
    assert_false(tail_arrived(tails, 3, 20));
}

static void a_position_that_only_moved_is_told_now_and_then(void **state)
{
    struct tails *tails = *state;
    begun_at(tails, from_raw(STR("\x07")));
    assert_false(tail_should_tell(tails, 2, true));
    tail_moved(tails, 2, 8, 0, false);
    assert_true(tail_should_tell(tails, 2, true));
    assert_false(tail_should_tell(tails, 2, false));
    tail_moved(tails, 2, 7 + TAIL_TELL_EVERY, 0, false);
    assert_true(tail_should_tell(tails, 2, false));
    tail_moved(tails, 2, 7 + TAIL_TELL_EVERY, 0, true);
    assert_false(tail_should_tell(tails, 2, true));
}

/* ---- what passes ---- */

static void add_fact(struct buf *entry, enum fact_kind kind, uint64_t n)
{
    struct article article;
    struct fact fact;
    record_init(&article_table, &article);
    article.id = STR("a");
    article.text = STR("Jakarta");
    article.language = STR("id");
    fact_init(&fact, kind);
    fact.n = n;
    fact.article = &article;
    fact.id = STR("0123456789abcdef");
    if (kind == FACT_ARTICLE) {
        fact.extractor = STR("x-1");
    } else {
        article.text = STR_NONE;
        fact.sentence = 0;
        fact.span = (struct span){0, 7};
        fact.text = STR("Jakarta");
        fact.confidence = 1;
        fact.type = FACT_GPE;
        fact.name = STR("Jakarta");
        fact.country = STR("ID");
    }
    record_encode(fact_tables[kind], &fact, entry);
}

static void entry_of(uint32_t facts, struct buf *entry)
{
    buf_clear(entry);
    if (facts + 1 < 16) {
        buf_add_char(entry, (char)(0x90 | (facts + 1)));
    } else {
        buf_add_char(entry, '\xdc');
        buf_add_char(entry, (char)((facts + 1) >> 8));
        buf_add_char(entry, (char)(facts + 1));
    }
    add_fact(entry, FACT_ARTICLE, 0);
    for (uint32_t n = 1; n <= facts; n++)
        add_fact(entry, FACT_ENTITY, n);
}

static uint32_t selected(struct tails *tails, struct message_from from, uint32_t facts)
{
    const struct scan_limits most = {LIMIT_DEPTH, LIMIT_OBJECTS};
    struct buf entry = {0}, out = {0};
    struct scan_value array;
    struct err err = {0};
    begun_at(tails, from);
    entry_of(facts, &entry);
    uint32_t count = tail_select(tail_at(tails, 2), 300, buf_str(&entry), &out);
    if (count > 0) {
        struct scan scan = scan_begin(buf_str(&out)), inner;
        struct scan_value record, seq;
        assert_ok(scan_check(buf_str(&out), &most, &err), &err);
        assert_int_equal(scan_next(&scan, &array), 1);
        assert_int_equal(array.count, count);
        inner = scan_inside(&array);
        assert_int_equal(scan_next(&inner, &record), 1);
        assert_true(scan_find(&record, STR("seq"), &seq));
        assert_int_equal(seq.as.natural, 300);
    } else {
        assert_int_equal(out.len, 0);
    }
    buf_fini(&entry);
    buf_fini(&out);
    return count;
}

static void filters_choose_records(void **state)
{
    struct tails *tails = *state;
    struct str kinds[] = {STR("entity"), STR("quote")}, country[] = {STR("ID")},
               none[] = {STR("-")}, language[] = {STR("en")};
    struct message_from from = from_raw(STR_NONE);
    assert_int_equal(selected(tails, from, 2), 3);
    assert_int_equal(selected(tails, from, 14), 15);
    assert_int_equal(selected(tails, from, 15), 16);
    assert_int_equal(selected(tails, from, 300), 301);
    from.kinds = (struct record_strs){kinds, 2, 2};
    assert_int_equal(selected(tails, from, 2), 2);
    from.countries = (struct record_strs){country, 1, 1};
    assert_int_equal(selected(tails, from, 2), 2);
    from.countries = (struct record_strs){none, 1, 1};
    assert_int_equal(selected(tails, from, 2), 0);
    from = from_raw(STR_NONE);
    from.languages = (struct record_strs){language, 1, 1};
    assert_int_equal(selected(tails, from, 2), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(from_names_where_to_begin),
        TEST(a_wrong_from_leaves_the_session_as_it_was),
        TEST(nothing_is_wanted_without_credit_or_before_hello),
        TEST(live_is_said_once_when_all_has_been_sent),
        TEST(a_position_that_only_moved_is_told_now_and_then),
        TEST(filters_choose_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
