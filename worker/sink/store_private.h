#ifndef WORKER_SINK_STORE_PRIVATE_H
#define WORKER_SINK_STORE_PRIVATE_H

/* What a kind of store must be able to do, and what those that keep rows share. */

#include "proto/wire/limits.h"
#include "worker/sink/rows.h"
#include "worker/sink/store.h"

/* Decoding an entry takes some multiple of its bytes. */
#define STORE_ARENA_BYTES ((size_t)LIMIT_ENTRY_BYTES * 64)

struct store_engine {
    int (*apply)(struct store *store, const struct store_batch *batch, struct err *err);
    int (*position)(struct store *store, const char *name, uint64_t *next_out,
                    struct err *err);
    void (*close)(struct store *store); /* frees it */
};

struct store { /* the first member of each engine's own struct */
    const struct store_engine *engine;
    struct store_counts counts;
    struct arena arena;
};

void store_init(struct store *store, const struct store_engine *engine);
void store_fini(struct store *store);

/* The steps of a transaction, for engines that keep rows. `clear` takes out what the
 * entry takes the place of; all answer 0 or negative. */
struct store_steps {
    int (*begin)(struct store *store, struct err *err);
    int (*clear)(struct store *store, const struct rows *rows, struct err *err);
    rows_add *add; /* context: the store */
    int (*refuse)(struct store *store, uint64_t next, uint64_t i, const char *reason,
                  struct str entry, struct err *err);
    int (*gap)(struct store *store, const struct store_gap *gap, struct err *err);
    int (*move)(struct store *store, const char *name, uint64_t next, struct err *err);
    int (*commit)(struct store *store, struct err *err);
    void (*rollback)(struct store *store);
};
int store_transact(struct store *store, const struct store_steps *steps,
                   const struct store_batch *batch, struct err *err);

extern const char store_schema_sqlite[], store_schema_postgres[],
    store_schema_upgrade[];    /* from the .sql files; the last: from version 1 */
#define STORE_SCHEMA_VERSION 2 /* another meaning or another column: one more */

#endif
