#ifndef WORKER_SINK_SQLITE_H
#define WORKER_SINK_SQLITE_H

/* What everything that speaks to SQLite shares: errors, and opening a file of ours. */

#include "worker/sink/store.h"

#include <sqlite3.h>

/* The error a call on this connection answered, as a code of err.h with SQLite's own
 * words behind `what`. */
int sqlite_error(sqlite3 *db, int code, const char *what, struct err *err);
/* Run statements without a result. */
int sqlite_run(sqlite3 *db, const char *sql, struct err *err);
/* A connection as store_open says; closed by sqlite3_close. */
int sqlite_connect(const char *path, enum store_mode mode, sqlite3 **db_out,
                   struct err *err);

#endif
