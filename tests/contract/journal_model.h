#ifndef TESTS_CONTRACT_JOURNAL_MODEL_H
#define TESTS_CONTRACT_JOURNAL_MODEL_H

/* A model of what a journal promises, and random calls on a journal beside it, which it
 * predicts the answers of: so a child can act on the journal and be killed, while its
 * parent only follows. */

#include "tests/contract/journal_fixture.h"

#include "proto/base/random.h"

#define MAX_ROWS  900 /* one trim walks them all */
#define MAX_BYTES 9000
#define NAMES     3
#define STEPS     1500

enum state { FINISHED, WORK, DEAD };

struct row {
    int id, variant;
    enum state state;
    uint32_t deaths, failures, begun;
    bool dropped;
};

/* What is kept over a crash. */
struct kept {
    struct row row[JOURNAL_STREAMS][MAX_ROWS];
    uint64_t count[JOURNAL_STREAMS];
    uint64_t mark[NAMES];
    bool marked[NAMES];
};

struct queue {
    uint64_t item[4 * MAX_ROWS];
    int count;
};

struct model {
    struct kept now, durable;
    uint64_t take_next;
    struct queue held, ready;
    struct journal_outcome outcome[4 * STEPS];
    int outcomes;
    uint64_t tickets;
    char bytes[MAX_BYTES];
};

struct run {
    struct fixture *fixture; /* NULL: only the model moves */
    struct model *model;
    struct random random;
};

/* Few ids may wait in memory, so that the table is used as in a large journal. */
void model_open_small(struct fixture *f);
/* NULL: there is no such entry (any more). Borrowed. */
struct row *model_row_at(struct kept *kept, enum journal_stream stream, uint64_t seq);
/* The journal's entry is what was put. */
void model_same_item(struct run *run, const struct row *row,
                     const struct journal_item *item);
uint64_t model_below(struct run *run, uint64_t bound);

/* One call, drawn by chance: made, and the answer compared. */
void model_step(struct run *run);
void model_flush(struct run *run);
/* Of the model alone; of the journal, too. */
void model_crash(struct model *model);
void model_crash_both(struct run *run);

#endif
