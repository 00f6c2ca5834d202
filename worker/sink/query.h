#ifndef WORKER_SINK_QUERY_H
#define WORKER_SINK_QUERY_H

/* The ready questions of `warta query`: a name, what it asks for, and one statement with
 * parameters. Nothing a user types becomes SQL. Parameters a statement may have:
 *   :words        the operands as an FTS5 query: all these words, each from its beginning
 *   :first :second  operands, as LIKE patterns that find them anywhere
 *   :exact        the first operand as it is
 *   :since :until :least :limit :no_copies  of the options
 * An operand that is not given is NULL. */

#include "proto/base/buf.h"
#include "proto/base/err.h"

#include <sqlite3.h>

struct query {
    const char *name;
    const char *operands; /* usage: "PERSON [WORD...]" */
    int least, most;      /* operands; most -1: any number */
    const char *help;
    const char *sql;
};
extern const struct query query_list[];           /* ends with a name NULL */
const struct query *query_find(const char *name); /* or NULL */

struct query_limits {
    const char *since, *until; /* days, or NULL */
    double least;              /* confidence */
    uint64_t rows;
    bool no_copies; /* each text once, as the view `copies` has it */
};
/* Bind what the statement asks for; ERR_USAGE where it asks for words and there are none.
 * scratch: owns the bytes that are bound, until the statement is finalised. */
int query_bind(sqlite3_stmt *statement, const char *const *operands,
               const struct query_limits *limits, struct buf scratch[3], struct err *err);

enum query_format { QUERY_TABLE, QUERY_JSON, QUERY_CSV };
/* Run the statement and print its rows: a table (columns: of the terminal, 0 any), JSON
 * Lines (what is NULL is left out), or CSV (RFC 4180, with a head). The rows printed, or
 * negative. */
int64_t query_print(sqlite3_stmt *statement, enum query_format format, unsigned columns,
                    struct err *err);

#endif
