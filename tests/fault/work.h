#ifndef TESTS_FAULT_WORK_H
#define TESTS_FAULT_WORK_H

/* What a broker does with its journal, on a small scale: start, put 50 articles in groups,
 * hand them out, collect facts, finish, fail, bury, mark, trim, replay, end and start again
 * half-way. What was promised stands in a ledger that outlives the process. */

#include "broker/journal.h"

#define WORK_ARTICLES 50

struct ledger {
    uint64_t article[WORK_ARTICLES], fact[WORK_ARTICLES]; /* acknowledged at; 0: not */
    uint64_t marked;   /* position that a flush has held */
    uint64_t trimmed;  /* facts before it may be gone */
    uint64_t degraded; /* times a flush failed */
    uint64_t recovered;
};

struct ledger *ledger_new(void); /* shared with children */
void ledger_free(struct ledger *ledger);

/* Exit code of a broker: 0, or 111 where it ended since it could not go on. told: called
 * for each promise as it is made, or NULL. */
int work_run(const char *uri, struct ledger *ledger, void (*told)(uint64_t number));

/* Open again what is left of it and hold it against the ledger: 0, or what is wrong has
 * been printed. */
int work_check(const char *uri, const struct ledger *ledger);

/* The same in a child, which damaged pages may kill. */
int work_check_apart(const char *uri, const struct ledger *ledger);

#endif
