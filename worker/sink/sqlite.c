/* The SQLite engine of store.h: prepared statements, one for each thing that is written.
 */
#include "worker/sink/sqlite.h"

#include "proto/base/mem.h"
#include "worker/sink/store_private.h"

#include <assert.h>

/* What an entry takes the place of: the same article, or the same page under another id.
 * One row at a time, by its seq. */
#define FORMER   "(id = ?2 OR (url = ?3 AND source = ?4))"
#define FACTS_OF "BETWEEN ?1 * 16384 AND ?1 * 16384 + 16383"

enum {
    FIND_FORMER = ROWS_TABLES, /* those before it add a row of that table */
    KEEP_FORMER,
    DROP_MENTIONS,
    DROP_NAMES,
    DROP_FACTS,
    DROP_ARTICLE,
    ADD_REFUSED,
    ADD_GAP,
    MOVE,
    POSITION,
    STATEMENTS
};

static const char *const statement_sql[STATEMENTS] = {
    [FIND_FORMER] = "SELECT seq FROM articles WHERE " FORMER " LIMIT 1",
    [KEEP_FORMER] =
        "INSERT INTO revisions SELECT seq, id, url, title, published, extractor, ?2"
        " FROM articles WHERE seq = ?1 AND seq <> ?2"
        " ON CONFLICT (seq) DO UPDATE SET replaced_by = excluded.replaced_by",
    [DROP_MENTIONS] = "DELETE FROM mentions WHERE fact " FACTS_OF,
    [DROP_NAMES] = "DELETE FROM names WHERE fact " FACTS_OF,
    [DROP_FACTS] = "DELETE FROM facts WHERE fact " FACTS_OF,
    [DROP_ARTICLE] = "DELETE FROM articles WHERE seq = ?1",
    [ADD_REFUSED] = "INSERT INTO refused VALUES (?1, ?2, ?3, ?4)"
                    " ON CONFLICT (next, i) DO UPDATE SET reason = excluded.reason,"
                    " entry = excluded.entry",
    [ADD_GAP] = "INSERT INTO gaps VALUES (?1, ?2, ?3)"
                " ON CONFLICT (gap_from) DO UPDATE SET gap_to = excluded.gap_to,"
                " reason = excluded.reason",
    [MOVE] = "INSERT INTO positions VALUES (?1, ?2)"
             " ON CONFLICT (name) DO UPDATE SET next = excluded.next",
    [POSITION] = "SELECT next FROM positions WHERE name = ?1",
};

struct sqlite_store {
    struct store store;
    sqlite3 *db;
    sqlite3_stmt *statement[STATEMENTS]; /* NULL in a store that is read */
};

static struct sqlite_store *sqlite_of(struct store *store)
{
    return (struct sqlite_store *)store;
}

/* Run a bound statement that answers nothing, and make it ready for its next use. */
static int finish(struct sqlite_store *s, int which, struct err *err)
{
    int code = sqlite3_step(s->statement[which]);
    int rc = code == SQLITE_DONE ? 0 : sqlite_error(s->db, code, "database", err);
    sqlite3_reset(s->statement[which]);
    return rc;
}

/* The same for one that answers a number: 1, 0 (no row), negative. */
static int answer(struct sqlite_store *s, int which, int64_t *out, struct err *err)
{
    int code = sqlite3_step(s->statement[which]);
    int rc = code == SQLITE_ROW;
    if (rc)
        *out = sqlite3_column_int64(s->statement[which], 0);
    else if (code != SQLITE_DONE)
        rc = sqlite_error(s->db, code, "database", err);
    sqlite3_reset(s->statement[which]);
    return rc;
}

static void bind_text(sqlite3_stmt *statement, int at, struct str text)
{
    if (text.ptr)
        sqlite3_bind_text(statement, at, text.ptr, (int)text.len, SQLITE_STATIC);
    else
        sqlite3_bind_null(statement, at);
}

static int add_row(void *context, enum rows_table table, const struct rows_value *values,
                   struct err *err)
{
    struct sqlite_store *s = context;
    sqlite3_stmt *statement = s->statement[table];
    for (int i = 0; i < rows_columns[table].count; i++) {
        const struct rows_value *v = &values[i];
        if (v->type == ROWS_INTEGER)
            sqlite3_bind_int64(statement, i + 1, v->integer);
        else if (v->type == ROWS_REAL)
            sqlite3_bind_double(statement, i + 1, v->real);
        else
            bind_text(statement, i + 1, v->type == ROWS_TEXT ? v->text : STR_NONE);
    }
    s->store.counts.rows++;
    return finish(s, (int)table, err);
}

static int drop_former(struct sqlite_store *s, int64_t former, uint64_t by,
                       struct err *err)
{
    int rc = 0;
    s->store.counts.replaced++;
    for (int which = KEEP_FORMER; rc == 0 && which <= DROP_ARTICLE; which++) {
        sqlite3_bind_int64(s->statement[which], 1, former);
        if (which == KEEP_FORMER)
            sqlite3_bind_int64(s->statement[which], 2, (int64_t)by);
        rc = finish(s, which, err);
    }
    return rc;
}

static int clear(struct store *store, const struct rows *rows, struct err *err)
{
    struct sqlite_store *s = sqlite_of(store);
    const struct article *article = rows->article.article;
    for (;;) {
        int64_t former;
        bind_text(s->statement[FIND_FORMER], 2, article->id);
        bind_text(s->statement[FIND_FORMER], 3, article->url);
        bind_text(s->statement[FIND_FORMER], 4, article->source);
        int rc = answer(s, FIND_FORMER, &former, err);
        if (rc == 1)
            rc = drop_former(s, former, rows->seq, err);
        else
            return rc;
        if (rc < 0)
            return rc;
    }
}

static int refuse(struct store *store, uint64_t next, uint64_t i, const char *reason,
                  struct str entry, struct err *err)
{
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *statement = s->statement[ADD_REFUSED];
    sqlite3_bind_int64(statement, 1, (int64_t)next);
    sqlite3_bind_int64(statement, 2, (int64_t)i);
    sqlite3_bind_text(statement, 3, reason, -1, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 4, entry.ptr, (int)entry.len, SQLITE_STATIC);
    return finish(s, ADD_REFUSED, err);
}

static int add_gap(struct store *store, const struct store_gap *gap, struct err *err)
{
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_bind_int64(s->statement[ADD_GAP], 1, (int64_t)gap->from);
    sqlite3_bind_int64(s->statement[ADD_GAP], 2, (int64_t)gap->to);
    bind_text(s->statement[ADD_GAP], 3, gap->reason);
    return finish(s, ADD_GAP, err);
}

static int move(struct store *store, const char *name, uint64_t next, struct err *err)
{
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_bind_text(s->statement[MOVE], 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s->statement[MOVE], 2, (int64_t)next);
    return finish(s, MOVE, err);
}

static int begin(struct store *store, struct err *err)
{
    return sqlite_run(sqlite_of(store)->db, "BEGIN IMMEDIATE", err);
}

static int commit(struct store *store, struct err *err)
{
    return sqlite_run(sqlite_of(store)->db, "COMMIT", err);
}

static void rollback(struct store *store)
{
    /* A full disk or an error of reading has rolled back already. */
    if (!sqlite3_get_autocommit(sqlite_of(store)->db))
        sqlite_run(sqlite_of(store)->db, "ROLLBACK", NULL);
}

static int apply(struct store *store, const struct store_batch *batch, struct err *err)
{
    static const struct store_steps steps = {begin,   clear, add_row, refuse,
                                             add_gap, move,  commit,  rollback};
    assert(sqlite_of(store)->statement[0]);
    return store_transact(store, &steps, batch, err);
}

static int position(struct store *store, const char *name, uint64_t *next_out,
                    struct err *err)
{
    struct sqlite_store *s = sqlite_of(store);
    int64_t next;
    sqlite3_bind_text(s->statement[POSITION], 1, name, -1, SQLITE_STATIC);
    int rc = answer(s, POSITION, &next, err);
    if (rc == 1)
        *next_out = (uint64_t)next;
    return rc;
}

static void close_store(struct store *store)
{
    struct sqlite_store *s = sqlite_of(store);
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(s->statement[i]);
    sqlite3_close(s->db);
    store_fini(store);
    mem_free(s);
}

/* "INSERT INTO table (column, ...) VALUES (?, ...)" */
static void write_insert(enum rows_table table, struct buf *sql)
{
    const struct rows_columns *columns = &rows_columns[table];
    buf_printf(sql, "INSERT INTO %s (", columns->table);
    for (int i = 0; i < columns->count; i++)
        buf_printf(sql, "%s%s", i ? ", " : "", columns->column[i]);
    buf_printf(sql, ") VALUES (?");
    for (int i = 1; i < columns->count; i++)
        buf_printf(sql, ", ?");
    buf_add_char(sql, ')');
}

static int prepare(struct sqlite_store *s, int which, struct err *err)
{
    struct buf sql = {0};
    if (which < ROWS_TABLES)
        write_insert((enum rows_table)which, &sql);
    else
        buf_printf(&sql, "%s", statement_sql[which]);
    int code = sqlite3_prepare_v3(s->db, buf_cstr(&sql), -1, SQLITE_PREPARE_PERSISTENT,
                                  &s->statement[which], NULL);
    buf_fini(&sql);
    return code == SQLITE_OK ? 0 : sqlite_error(s->db, code, "database", err);
}

static const struct store_engine engine = {apply, position, close_store};

int store_open(const char *path, enum store_mode mode, struct store **store_out,
               struct err *err)
{
    sqlite3 *db;
    *store_out = NULL;
    int rc = sqlite_connect(path, mode, &db, err);
    if (rc < 0)
        return rc;
    struct sqlite_store *s = mem_zero(1, sizeof *s);
    store_init(&s->store, &engine);
    s->db = db;
    /* A reader may ask for positions, and writes nothing. */
    for (int i = mode == STORE_READ ? POSITION : 0; rc == 0 && i < STATEMENTS; i++)
        rc = prepare(s, i, err);
    if (rc < 0) {
        err_prefix(err, "%s", path);
        close_store(&s->store);
        return rc;
    }
    *store_out = &s->store;
    return 0;
}

struct sqlite3 *store_database(struct store *store)
{
    return store->engine == &engine ? sqlite_of(store)->db : NULL;
}
