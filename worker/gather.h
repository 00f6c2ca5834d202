#ifndef WORKER_GATHER_H
#define WORKER_GATHER_H

/* Several processes that share one input, and one output in the input's order.
 *
 * Each child reads the whole input, does every Nth item, and sends what it has to say of
 * it through a pipe. The parent reads the pipes in turn: child i modulo N has item i. A
 * child that is ahead waits in its write, so little is held in memory. */

#include "proto/base/buf.h"
#include "proto/base/err.h"
#include "proto/wire/fact.h"

/* What one item gives. */
struct piece {
    struct buf out, talk; /* for standard output, for standard error */
    uint64_t count[FACT_KINDS];
    bool failed;
};

void piece_clear(struct piece *piece);
void piece_fini(struct piece *piece);

/* In child number 0 to N - 1: gather_send a piece for each of its items to fd, and one
 * that says at_end behind them. */
typedef int gather_share(void *context, uint64_t number, int fd, struct err *err);
/* In the parent: the pieces in order. */
typedef int gather_print(void *context, const struct piece *piece, struct err *err);

/* Forks `jobs` children. ERR_GONE when one dies. */
int gather_run(uint64_t jobs, gather_share *share, gather_print *print, void *context,
               struct err *err);
int gather_send(int fd, const struct piece *piece, bool at_end, struct err *err);

/* All of bytes, however often it takes. */
int gather_write(int fd, const void *bytes, size_t len, struct err *err);

#endif
