/* The journal in a cluster, where it is not as the others: shared by several brokers. */

#include "tests/contract/journal_fixture.h"

#include "broker/journal_nats.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE_MS 15000

static const struct journal_release failed = {1, 2, {"parser died", 11}};

/* Another broker on the same journal. */
static struct journal *second(struct fixture *f)
{
    struct journal *journal;
    struct err err = {0};
    assert_ok(journal_open(f->uri, NULL, &journal, &err), &err);
    journal_want(journal, UINT32_MAX);
    return journal;
}

static void pause_for(struct journal *journal, int ms)
{
    struct pollfd fd = {.fd = journal_fd(journal), .events = POLLIN};
    (void)poll(&fd, 1, ms);
}

/* Take from both until n were taken; which of them each came from. */
static void take_all(struct journal *one, struct journal *two, int n, int count[2],
                     unsigned char *seen, size_t seen_len)
{
    struct journal *const both[] = {one, two};
    struct journal_item item;
    for (int tries = 0; n > 0 && tries < PATIENCE_MS / 10; tries++)
        for (int i = 0; i < 2; i++) {
            if (both[i] == NULL || journal_take(both[i], &item, NULL) != 1) {
                pause_for(one, 10);
                continue;
            }
            assert_true(item.seq < seen_len);
            seen[item.seq]++;
            count[i]++;
            n--;
        }
    assert_int_equal(n, 0);
}

static void an_article_is_given_to_one_of_the_brokers(void **state)
{
    struct fixture *f = *state;
    struct journal *other = second(f);
    unsigned char seen[401] = {0};
    int count[2] = {0};

    put_articles(f, 400);
    take_all(f->journal, other, 400, count, seen, sizeof seen);
    for (int seq = 1; seq <= 400; seq++)
        assert_int_equal(seen[seq], 1);
    journal_close(&other);
}

static void what_a_broker_leaves_behind_another_one_gets(void **state)
{
    struct fixture *f = *state;
    struct journal *other;
    unsigned char seen[21] = {0};
    int count[2] = {0};
    struct journal_item item;

    put_articles(f, 20);
    for (int i = 1; i <= 20; i++)
        take(f, (uint64_t)i);
    assert_int_equal(journal_finish(f->journal, 7, NULL), 0);
    assert_int_equal(journal_release(f->journal, 3, &failed, NULL), 0);
    flush(f);
    take(f, 3);
    other = second(f);
    journal_close(&f->journal);
    f->journal = other;
    take_all(f->journal, NULL, 19, count, seen, sizeof seen);
    for (int seq = 1; seq <= 20; seq++)
        assert_int_equal(seen[seq], seq != 7);
    assert_int_equal(journal_work(f->journal, 3, &item, NULL), 1);
    assert_int_equal(item.deaths, 1);
    assert_int_equal(item.failures, 2);
    assert_str(item.note, "parser died");
}

static void a_broker_that_can_give_nothing_away_keeps_nothing(void **state)
{
    struct fixture *f = *state;
    struct journal *other = second(f);
    unsigned char seen[51] = {0};
    int count[2] = {0};

    journal_want(other, 0);
    put_articles(f, 50);
    take_all(f->journal, other, 50, count, seen, sizeof seen);
    assert_int_equal(count[0], 50);
    journal_want(f->journal, 0); /* its workers are gone */
    journal_want(other, 100);
    memset(count, 0, sizeof count);
    take_all(f->journal, other, 50, count, seen, sizeof seen);
    assert_int_equal(count[1], 50);
    journal_close(&other);
}

static void entries_of_other_brokers_are_read_in_the_same_order(void **state)
{
    struct fixture *f = *state;
    struct journal *other = second(f);
    struct fixture g = *f;
    struct journal_item item, theirs;
    char id[16];

    g.journal = other;
    for (int i = 0; i < 40; i++) {
        snprintf(id, sizeof id, "f%d", i);
        assert_int_equal(put(i % 2 ? f : &g, JOURNAL_FACTS, id, id).seq, i + 1);
    }
    assert_int_equal(stats(f).last[JOURNAL_FACTS], 40);
    assert_int_equal(stats(&g).last[JOURNAL_FACTS], 40);
    for (uint64_t seq = 1; seq <= 40; seq++) {
        assert_int_equal(read_from(f, JOURNAL_FACTS, seq, &item), 1);
        assert_int_equal(read_from(&g, JOURNAL_FACTS, seq, &theirs), 1);
        assert_int_equal(item.seq, seq);
        assert_true(str_eq(item.id, theirs.id));
    }
    assert_true(put(&g, JOURNAL_FACTS, "f3", "f3").duplicate);
    journal_close(&other);
}

static void marks_and_dead_letters_are_known_to_all(void **state)
{
    struct fixture *f = *state;
    struct journal *other = second(f);
    struct fixture g = *f;
    struct journal_item item;
    uint64_t position = 0;

    g.journal = other;
    journal_want(other, 0);
    put_articles(f, 1);
    take(f, 1);
    assert_int_equal(journal_mark(f->journal, STR("desk"), 17, NULL), 0);
    assert_int_equal(journal_bury(f->journal, 1, &failed, NULL), 0);
    flush(f);
    for (int i = 0; i < PATIENCE_MS / 10 && position == 0; i++) {
        pause_for(other, 10);
        stats(&g);
        journal_marked(other, STR("desk"), &position);
    }
    assert_int_equal(position, 17);
    assert_int_equal(stats(&g).dead, 1);
    assert_int_equal(journal_dead(other, 1, &item, NULL), 1);
    assert_str(item.bytes, "text of a1");
    assert_str(item.note, "parser died");

    /* Revived by the other, it is work again, at a position of its own. */
    assert_int_equal(journal_revive(other, 1, NULL), 0);
    flush(&g);
    assert_int_equal(stats(&g).dead, 0);
    item = take(f, 2);
    assert_str(item.id, "a1");
    assert_int_equal(item.deaths + item.failures, 0);
    journal_close(&other);
}

static void what_one_keeps_the_others_hear(void **state)
{
    struct fixture *f = *state;
    struct journal *other = second(f);
    struct fixture g = *f;
    struct str name, bytes;
    int heard = 0;

    g.journal = other;
    assert_int_equal(journal_heard(other, &name, &bytes), 0);
    assert_int_equal(journal_keep(f->journal, STR("paused"), STR("desk"), NULL), 0);
    flush(f);
    for (int i = 0; i < PATIENCE_MS / 10 && heard == 0; i++) {
        pause_for(other, 10);
        stats(&g);
        heard = journal_heard(other, &name, &bytes);
    }
    assert_int_equal(heard, 1);
    assert_str(name, "paused");
    assert_str(bytes, "desk");
    assert_int_equal(journal_heard(other, &name, &bytes), 0);
    stats(f);
    assert_int_equal(journal_heard(f->journal, &name, &bytes), 0); /* its own */
    journal_close(&other);
    other = second(f); /* at the start, all there is */
    assert_int_equal(journal_heard(other, &name, &bytes), 1);
    assert_str(bytes, "desk");
    journal_close(&other);
}

static void articles_are_trimmed_as_far_as_all_are_finished(void **state)
{
    struct fixture *f = *state;

    put_articles(f, 4);
    for (uint64_t seq = 1; seq <= 4; seq++)
        take(f, seq);
    assert_int_equal(journal_finish(f->journal, 1, NULL), 0);
    assert_int_equal(journal_finish(f->journal, 3, NULL), 0);
    for (int i = 0; i < 50 && stats(f).first[JOURNAL_ARTICLES] < 2; i++)
        assert_int_equal(journal_trim(f->journal, JOURNAL_ARTICLES, 5, NULL), 0);
    assert_int_equal(stats(f).first[JOURNAL_ARTICLES], 2);
    struct journal_outcome again = put(f, JOURNAL_ARTICLES, "a3", "text of a3");
    assert_true(again.duplicate);
    assert_int_equal(again.seq, 3);
}

static void facts_are_trimmed_by_position(void **state)
{
    struct fixture *f = *state;
    struct journal_item item;

    put(f, JOURNAL_FACTS, "f1", "x");
    put(f, JOURNAL_FACTS, "f2", "x");
    put(f, JOURNAL_FACTS, "f3", "x");
    assert_int_equal(journal_trim(f->journal, JOURNAL_FACTS, 3, NULL), 0);
    fixture_crash(f);
    assert_int_equal(stats(f).first[JOURNAL_FACTS], 3);
    assert_int_equal(read_from(f, JOURNAL_FACTS, 1, &item), 1);
    assert_int_equal(item.seq, 3);
    assert_int_equal(journal_trim(f->journal, JOURNAL_FACTS, 1000, NULL), 0);
    fixture_crash(f);
    assert_int_equal(stats(f).first[JOURNAL_FACTS], 4);
    assert_int_equal(put(f, JOURNAL_FACTS, "f4", "x").seq, 4);
}

static void settings_that_do_not_fit_are_refused(void **state)
{
    struct fixture *f = *state;
    struct journal *other = NULL;
    struct err err = {0};
    char uri[sizeof f->uri + 16];

    snprintf(uri, sizeof uri, "%s&replicas=3", f->uri);
    assert_int_equal(journal_open(uri, NULL, &other, &err), ERR_CONFLICT);
    assert_non_null(strstr(err.text, "num_replicas 1"));
    assert_null(other);
}

static void a_place_is_read_or_refused_with_the_reason(void **state)
{
    static const struct {
        const char *rest, *reason; /* NULL: fine */
    } places[] = {
        {"//a,b:4222,[::1]:4222?name=news&replicas=3", NULL},
        {"//a?creds=/etc/warta/creds", NULL},
        {"a", "want nats://"},
        {"//", "not a server"},
        {"//a,,b", "not a server"},
        {"//me:secret@a", "no user or password"},
        {"//a?name=", "1 to 40"},
        {"//a?name=a.b", "letters"},
        {"//a?replicas=2", "1, 3 or 5"},
        {"//a?nkey=U", "go together"},
        {"//a?colour=red", "unknown setting"},
        {"//a?name", "key=value"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct jet_place place;
        struct err err = {0};
        int rc = jet_place_read(places[i].rest, &place, &err);
        assert_int_equal(rc, places[i].reason ? ERR_USAGE : 0);
        if (places[i].reason && !strstr(err.text, places[i].reason))
            fail_msg("%s: %s", places[i].rest, err.text);
        if (rc == 0)
            jet_place_fini(&place);
    }
}

static void an_entry_survives_and_a_changed_byte_is_seen(void **state)
{
    const struct jet_entry entry = {.id = STR("a1"),
                                    .note = STR("note"),
                                    .bytes = STR("bytes"),
                                    .stored_ms = 12,
                                    .deaths = 1,
                                    .seq = 99};
    struct jet_entry back;
    struct buf buf = {0};
    (void)state;
    jet_write_entry(&entry, &buf);
    assert_int_equal(jet_read_entry(buf_str(&buf), &back), 0);
    assert_str(back.id, "a1");
    assert_str(back.note, "note");
    assert_str(back.bytes, "bytes");
    assert_int_equal(back.seq, 99);
    for (size_t i = 0; i < buf.len; i++) {
        buf.ptr[i] ^= 4;
        assert_true(jet_read_entry(buf_str(&buf), &back) < 0);
        buf.ptr[i] ^= 4;
    }
    for (size_t len = 0; len < buf.len; len++)
        assert_true(jet_read_entry(str_make(buf.ptr, len), &back) < 0);
    buf_fini(&buf);
}

static void a_cluster_that_is_not_there_is_waited_for(void **state)
{
    struct journal *journal;
    struct journal_stats now = {0};
    struct err err = {0};
    uint64_t ticket;
    (void)state;
    /* Nobody listens on port 1. */
    assert_ok(journal_open("nats://127.0.0.1:1", NULL, &journal, &err), &err);
    journal_stats(journal, &now);
    assert_true(now.degraded);
    assert_true(journal_recover(journal, &err) < 0);
    assert_true(
        journal_append(journal, JOURNAL_FACTS, STR("f"), STR("x"), &ticket, &err) < 0);
    journal_close(&journal);
}

int main(void)
{
    const struct CMUnitTest alone[] = {
        cmocka_unit_test(a_place_is_read_or_refused_with_the_reason),
        cmocka_unit_test(an_entry_survives_and_a_changed_byte_is_seen),
        cmocka_unit_test(a_cluster_that_is_not_there_is_waited_for),
    };
    const struct CMUnitTest in_cluster[] = {
        ON_NATS(an_article_is_given_to_one_of_the_brokers),
        ON_NATS(what_a_broker_leaves_behind_another_one_gets),
        ON_NATS(a_broker_that_can_give_nothing_away_keeps_nothing),
        ON_NATS(entries_of_other_brokers_are_read_in_the_same_order),
        ON_NATS(marks_and_dead_letters_are_known_to_all),
        ON_NATS(what_one_keeps_the_others_hear),
        ON_NATS(articles_are_trimmed_as_far_as_all_are_finished),
        ON_NATS(facts_are_trimmed_by_position),
        ON_NATS(settings_that_do_not_fit_are_refused),
    };
    int wrong = cmocka_run_group_tests(alone, NULL, NULL);
    if (fixture_has_nats())
        wrong += cmocka_run_group_tests(in_cluster, NULL, NULL);
    return wrong;
}
