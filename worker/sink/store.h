#ifndef WORKER_SINK_STORE_H
#define WORKER_SINK_STORE_H

/* Where facts are kept for questions: tables (schema.sql) in a SQLite file or a
 * PostgreSQL database. Rows and the position a consumer goes on from are written in one
 * transaction, so that whatever dies, the position is that of the rows.
 *
 * A SQLite store is in WAL mode: readers (warta query, warta web, sqlite3) go on while it
 * is written. One writer at a time; a second one is ERR_LOCKED after STORE_WAIT_MS. Every
 * commit is synced (synchronous = FULL): what store_apply answered 0 to survives power
 * loss.
 *
 * Not thread-safe: one store for each thread. */

#include "proto/base/err.h"
#include "proto/base/str.h"

struct store;
struct sqlite3;

#define STORE_WAIT_MS 5000 /* for another's lock */

enum store_mode {
    STORE_WRITE, /* made where it is not there, of this schema where it is older */
    STORE_READ,  /* must be there, of this schema; nothing can be written through it */
};

/* A SQLite file. ERR_NOTFOUND (STORE_READ: no such file, or nothing in it yet),
 * ERR_VERSION (a newer schema; to read, an older one, too: err names both versions), ERR_FORMAT
 * (a database of something else), ERR_CORRUPT (not a database, or damaged), ERR_LOCKED,
 * ERR_NOSPACE, ERR_SYSTEM. */
int store_open(const char *path, enum store_mode mode, struct store **store_out,
               struct err *err);
/* A PostgreSQL database, to write (conninfo as libpq takes it; its password, if any, is
 * never in an error). ERR_BUILD where this program was built without libpq. */
int store_open_postgres(const char *conninfo, struct store **store_out, struct err *err);
void store_close(struct store **store);

struct store_gap {
    uint64_t from, to; /* from <= p < to */
    struct str reason;
};

struct store_batch {
    const struct str
        *entry; /* msgpack arrays of records with seq, as the broker sends them */
    size_t entries;
    const struct store_gap *gap;
    size_t gaps;
    const char *name; /* of the consumer */
    uint64_t next;    /* position to go on from after all of this */
};

/* All of the batch, and its position, in one transaction. On an error nothing of it is
 * written: ERR_NOSPACE, ERR_LOCKED and ERR_GONE may pass, and the same batch may be given
 * again; ERR_CORRUPT and others will not. An entry that cannot be read is kept as it is
 * in the table `refused`, and counted. */
int store_apply(struct store *store, const struct store_batch *batch, struct err *err);

/* Where consumer `name` goes on: 1, 0 (no such name yet), negative. */
int store_position(struct store *store, const char *name, uint64_t *next_out,
                   struct err *err);

struct store_counts {
    uint64_t articles, facts, rows, replaced, refused; /* written through this handle */
};
struct store_counts store_counts(const struct store *store);

/* The SQLite connection, borrowed, for questions of one's own; NULL for PostgreSQL. With
 * STORE_READ it is opened read-only and query_only is on. Finalise all statements before
 * store_close, and hold none open across a wait: an open reader keeps the WAL from being
 * cut. */
struct sqlite3 *store_database(struct store *store);

#endif
