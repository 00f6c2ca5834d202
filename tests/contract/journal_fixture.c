#include "tests/contract/journal_fixture.h"

#include "broker/journal_mem.h"
#include "proto/base/mem.h"

#include <stdio.h>

struct fixture *fixture_new(const char *engine)
{
    struct fixture *fixture = mem_zero(1, sizeof *fixture);
    struct err err = {0};

    fixture->engine = engine;
    fixture->dir = check_dir_make();
    if (fixture_is_mem(fixture))
        snprintf(fixture->uri, sizeof fixture->uri, "mem:");
    else
        snprintf(fixture->uri, sizeof fixture->uri, "lmdb:%s/journal", fixture->dir);
    fixture->options.map_bytes = 64 << 20;
    assert_ok(journal_open(fixture->uri, &fixture->options, &fixture->journal, &err),
              &err);
    return fixture;
}

void fixture_free(struct fixture *fixture)
{
    journal_close(&fixture->journal);
    check_dir_remove(&fixture->dir);
    mem_free(fixture);
}

bool fixture_is_mem(const struct fixture *fixture)
{
    return strcmp(fixture->engine, "mem") == 0;
}

void fixture_crash(struct fixture *fixture)
{
    struct err err = {0};

    if (fixture_is_mem(fixture)) {
        journal_mem_crash(fixture->journal);
        return;
    }
    journal_close(&fixture->journal);
    assert_ok(journal_open(fixture->uri, &fixture->options, &fixture->journal, &err),
              &err);
}

uint64_t append(struct fixture *fixture, enum journal_stream stream, const char *id,
                const char *bytes)
{
    struct err err = {0};
    uint64_t ticket = 0;

    assert_ok(journal_append(fixture->journal, stream, str_of(id), str_of(bytes), &ticket,
                             &err),
              &err);
    assert_true(ticket > 0);
    return ticket;
}

void flush(struct fixture *fixture)
{
    struct err err = {0};
    assert_ok(journal_flush(fixture->journal, &err), &err);
}

struct journal_outcome put(struct fixture *fixture, enum journal_stream stream,
                           const char *id, const char *bytes)
{
    struct journal_outcome outcome = {0};
    uint64_t ticket = append(fixture, stream, id, bytes);

    flush(fixture);
    assert_int_equal(journal_settle(fixture->journal, &outcome), 1);
    assert_int_equal(outcome.ticket, ticket);
    assert_int_equal(outcome.stream, stream);
    return outcome;
}

void put_articles(struct fixture *fixture, int n)
{
    struct journal_outcome outcome;
    char id[32], bytes[64];

    for (int i = 1; i <= n; i++) {
        snprintf(id, sizeof id, "a%d", i);
        snprintf(bytes, sizeof bytes, "text of a%d", i);
        append(fixture, JOURNAL_ARTICLES, id, bytes);
    }
    flush(fixture);
    while (journal_settle(fixture->journal, &outcome) == 1)
        assert_int_equal(outcome.error, 0);
}

struct journal_item take(struct fixture *fixture, uint64_t seq)
{
    struct journal_item item;
    struct err err = {0};

    int rc = journal_take(fixture->journal, &item, &err);
    assert_int_equal(rc, seq ? 1 : 0);
    if (seq)
        assert_int_equal(item.seq, seq);
    return item;
}

struct journal_stats stats(const struct fixture *fixture)
{
    struct journal_stats now;
    journal_stats(fixture->journal, &now);
    return now;
}

int fixture_setup_mem(void **state)
{
    *state = fixture_new("mem");
    return 0;
}

int fixture_setup_lmdb(void **state)
{
    *state = fixture_new("lmdb");
    return 0;
}

int fixture_teardown(void **state)
{
    fixture_free(*state);
    return 0;
}
