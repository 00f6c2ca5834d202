#ifndef TESTS_CONTRACT_JOURNAL_FIXTURE_H
#define TESTS_CONTRACT_JOURNAL_FIXTURE_H

/* A journal of one engine in a scratch directory, and short ways to use it. */

#include "tests/support/check.h"

#include "broker/journal.h"

struct fixture {
    const char *engine; /* "mem", "lmdb" or "nats" */
    char *dir;          /* owned */
    char uri[300];
    struct journal_options options;
    struct journal *journal;
};

struct fixture *fixture_new(const char *engine);
void fixture_free(struct fixture *fixture);
bool fixture_is_mem(const struct fixture *fixture);
bool fixture_is_nats(const struct fixture *fixture);
/* Is there a server to be started? One is, for all tests of the program. */
bool fixture_has_nats(void);

/* A power cut as the engine sees it: what no flush held is lost. */
void fixture_crash(struct fixture *fixture);

/* Append and expect it to be accepted; the ticket. */
uint64_t append(struct fixture *fixture, enum journal_stream stream, const char *id,
                const char *bytes);
void flush(struct fixture *fixture);
/* Append, flush, settle: the outcome. */
struct journal_outcome put(struct fixture *fixture, enum journal_stream stream,
                           const char *id, const char *bytes);
/* n articles "a1".."an" with bytes "text of aN", flushed. */
void put_articles(struct fixture *fixture, int n);
/* Take and expect article seq, or 0 for none; the item lives until the next call. */
struct journal_item take(struct fixture *fixture, uint64_t seq);
struct journal_stats stats(const struct fixture *fixture);
/* journal_read and journal_get, after waiting for what is on its way. */
int read_from(struct fixture *fixture, enum journal_stream stream, uint64_t from,
              struct journal_item *out);
int get_at(struct fixture *fixture, enum journal_stream stream, uint64_t seq,
           struct journal_item *out);

/* cmocka's set-up and tear-down: *state is a fixture on that engine. */
int fixture_setup_mem(void **state);
int fixture_setup_lmdb(void **state);
int fixture_setup_nats(void **state);
int fixture_teardown(void **state);

/* A test on one engine alone, and one on both that need nothing but themselves. */
#define ON_NATS(test)                                                                    \
    {                                                                                    \
        "nats: " #test, test, fixture_setup_nats, fixture_teardown, NULL                 \
    }
#define ON_LMDB(test)                                                                    \
    cmocka_unit_test_setup_teardown(test, fixture_setup_lmdb, fixture_teardown)
#define ON_BOTH(test)                                                                    \
    {"mem: " #test, test, fixture_setup_mem, fixture_teardown, NULL},                    \
    {                                                                                    \
        "lmdb: " #test, test, fixture_setup_lmdb, fixture_teardown, NULL                 \
    }

#endif
