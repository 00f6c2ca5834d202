#ifndef WORKER_SINK_ROWS_H
#define WORKER_SINK_ROWS_H

/* An entry of the log as the rows of schema.sql: which columns there are, and what stands
 * in them. Knows no database; both engines write what this gives. */

#include "proto/wire/fact.h"

#define ROWS_ENTRY ((uint64_t)16384) /* fact = seq * this + n; over LIMIT_FACTS */
#define ROWS_MOST  64                /* columns of one table at most */

enum rows_table { ROWS_ARTICLES, ROWS_FACTS, ROWS_NAMES, ROWS_MENTIONS, ROWS_TABLES };

struct rows_columns {
    const char *table;
    const char *const *column;
    int count;
};
extern const struct rows_columns rows_columns[ROWS_TABLES];

enum rows_type { ROWS_NULL, ROWS_INTEGER, ROWS_REAL, ROWS_TEXT };
struct rows_value {
    enum rows_type type;
    int64_t integer;
    double real;
    struct str text; /* borrowed: from the entry, or in the arena of rows_read */
};

/* An entry, decoded. Lives as long as entry and arena. */
struct rows {
    uint64_t seq;
    struct fact article;
    struct fact *item; /* those behind the article record */
    uint32_t count, cap;
    struct fact_last last; /* what they share: not to be moved */
};

/* ERR_FORMAT, ERR_LIMIT, ERR_FIELD, ERR_UTF8: what is wrong with the entry. */
int rows_read(struct str entry, struct arena *arena, struct rows *out, struct err *err);

/* One row; values are those of rows_columns[table], borrowed. Negative stops rows_each.
 */
typedef int rows_add(void *context, enum rows_table table,
                     const struct rows_value *values, struct err *err);
/* All rows of an entry, the article's first. */
int rows_each(const struct rows *rows, struct arena *arena, rows_add *add, void *context,
              struct err *err);

#endif
