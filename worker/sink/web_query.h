#ifndef WORKER_SINK_WEB_QUERY_H
#define WORKER_SINK_WEB_QUERY_H

/* From a request's filters to one SQL statement, and from its rows to JSON. Every value goes
 * in as a bound parameter; names of columns come from here alone.
 *
 * Positions are "SEQ" or "SEQ.N": an entry of the log, or a fact of it. `after` reads on,
 * oldest first; `before`, or neither, reads back, newest first. */

#include "worker/sink/web.h"

struct sqlite3;
struct sqlite3_stmt;

#define WEB_LIMIT      100  /* rows of an answer, unless told */
#define WEB_LIMIT_MOST 1000
#define WEB_ANSWER_BYTES ((size_t)8 << 20) /* an answer ends early behind this */
#define WEB_QUERY_MS   3000 /* a question to the store may take */

enum web_field {
    WEB_KIND,
    WEB_COUNTRY,
    WEB_ENTITY,
    WEB_TYPE,
    WEB_TEXT,
    WEB_SOURCE,
    WEB_MODALITY,
    WEB_UNIT,
    WEB_NOUN,
    WEB_COPIES, /* no: not of what stands in the view copies; yes */
    WEB_FROM,
    WEB_TO,
    WEB_FIELDS
};

struct web_filter {
    struct str value[WEB_FIELDS]; /* borrowed; absent: all */
    struct str after_name;        /* `after` as it stands, for lists in order of names */
    uint64_t after, before;       /* facts, seq * 16384 + n; not included */
    bool oldest;                  /* `after` was given */
    uint64_t limit;
};

enum web_list { WEB_FACTS, WEB_ARTICLES };

/* ERR_USAGE names the parameter that is unknown, given twice or not what it should be. */
int web_filter_read(const struct web_request *request, struct web_filter *out,
                    struct err *err);

/* SELECT `columns` of a list's rows that pass, in order, one more than the limit; bound.
 * Finalise it. ERR_SYSTEM: SQLite's own words. */
int web_query(struct sqlite3 *db, enum web_list list, const char *columns,
              const struct web_filter *filter, struct sqlite3_stmt **out, struct err *err);
/* Any statement, with `count` texts bound in order; absent ones as NULL. */
int web_prepare(struct sqlite3 *db, const char *sql, const struct str *value, size_t count,
                struct sqlite3_stmt **out, struct err *err);
/* 1: a row, 0: no more, ERR_TIMEOUT: over WEB_QUERY_MS since the handle's last web_prepare,
 * ERR_SYSTEM. */
int web_step(struct sqlite3_stmt *statement, struct err *err);

/* The row as members of an object: NULLs left out, lists as lists, columns whose name begins
 * with '_' passed over. Without braces; true where there is one. */
bool web_row(struct sqlite3_stmt *statement, struct buf *out);
/* All rows of a statement as an array of objects. Finalises it. */
int web_rows(struct sqlite3_stmt **statement, struct buf *out, struct err *err);
struct str web_column(struct sqlite3_stmt *statement, int column); /* borrowed till step */

/* What people type as an FTS5 expression: all words, the last one as a beginning. */
void web_match(struct str words, struct buf *out);

#endif
