/* The PostgreSQL engine of store.h. Everything lives in a schema named warta. One
 * transaction a batch; its statements go out in libpq's pipeline, so that a round trip is
 * paid for every WINDOW of them and not for each. */
#include "worker/sink/store.h"

#ifndef HAVE_LIBPQ

int store_open_postgres(const char *conninfo, struct store **store_out, struct err *err)
{
    (void)conninfo;
    *store_out = NULL;
    return err_set(err, ERR_BUILD,
                   "this program was built without libpq (package libpq-dev)");
}

#else

#include "proto/base/clock.h"
#include "proto/base/mem.h"
#include "worker/sink/store_private.h"

#include <assert.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Answers of so many statements (some 30 bytes each) fit any socket buffer: the server
 * never waits for us to read while we wait for it. */
#define WINDOW       256
#define NUMBER_BYTES 32
#define LOCK_KEY     "1466004577" /* "Wrta": one writer a database */
#define RETRY_MS     100

enum { CLEAR = ROWS_TABLES, ADD_REFUSED, ADD_GAP, MOVE, STATEMENTS };

/* $1 seq, $2 id, $3 url, $4 source: what the entry takes the place of goes, and is told.
 */
static const char *const statement_sql[STATEMENTS] = {
    [CLEAR] = "WITH old AS (DELETE FROM articles WHERE seq = $1::bigint OR id = $2"
              " OR (url = $3 AND source = $4) RETURNING *),"
              " facts_of AS (SELECT seq * 16384 AS a, seq * 16384 + 16383 AS b FROM old),"
              " m AS (DELETE FROM mentions USING facts_of WHERE fact BETWEEN a AND b),"
              " n AS (DELETE FROM names USING facts_of WHERE fact BETWEEN a AND b),"
              " f AS (DELETE FROM facts USING facts_of WHERE fact BETWEEN a AND b)"
              " INSERT INTO revisions SELECT seq, id, url, title, published, extractor,"
              " $1::bigint FROM old WHERE seq <> $1::bigint"
              " ON CONFLICT (seq) DO UPDATE SET replaced_by = excluded.replaced_by",
    [ADD_REFUSED] = "INSERT INTO refused VALUES ($1::bigint, $2::bigint, $3, $4::bytea)"
                    " ON CONFLICT (next, i) DO UPDATE SET reason = excluded.reason,"
                    " entry = excluded.entry",
    [ADD_GAP] = "INSERT INTO gaps VALUES ($1::bigint, $2::bigint, $3)"
                " ON CONFLICT (gap_from) DO UPDATE SET gap_to = excluded.gap_to,"
                " reason = excluded.reason",
    [MOVE] = "INSERT INTO positions VALUES ($1, $2::bigint)"
             " ON CONFLICT (name) DO UPDATE SET next = excluded.next",
};
static const char *const statement_name[STATEMENTS] = {
    "add_article", "add_fact",    "add_name", "add_mention",
    "clear",       "add_refused", "add_gap",  "move"};

struct postgres {
    struct store store;
    PGconn *link;
    int under_way;     /* statements whose answer has not been read */
    struct buf bytes;  /* texts of one statement, each with its NUL */
    struct err failed; /* the first answer of a transaction that was an error */
};

static struct postgres *postgres_of(struct store *store)
{
    return (struct postgres *)store;
}

/* libpq's words on one line. */
static int link_error(struct postgres *p, const char *message, const char *state,
                      struct err *err)
{
    struct str text = str_trim(str_of(message)), line = STR("no answer");
    int code = ERR_SYSTEM;
    str_split(&text, '\n', &line);
    /* What the server itself says has a state: without one the link is at fault, which may
     * not count as bad yet. 57P: operator intervention, it is going or starting. */
    if (PQstatus(p->link) == CONNECTION_BAD || state == NULL ||
        strncmp(state, "57P", 3) == 0)
        code = ERR_GONE;
    else if (strcmp(state, "23505") == 0) /* unique_violation */
        code = ERR_CONFLICT;
    else if (strncmp(state, "53", 2) == 0) /* insufficient resources */
        code = strcmp(state, "53100") == 0 ? ERR_NOSPACE : ERR_FULL;
    else if (strncmp(state, "28", 2) == 0) /* authorization */
        code = ERR_DENIED;
    return err_set(err, code, "PostgreSQL: %.*s", STR_ARG(line));
}

static int result_error(struct postgres *p, const PGresult *result, struct err *err)
{
    return link_error(p, PQresultErrorMessage(result),
                      PQresultErrorField(result, PG_DIAG_SQLSTATE), err);
}

/* Run statements outside the pipeline. result_out: NULL, or to be cleared by the caller.
 */
static int run(struct postgres *p, const char *sql, PGresult **result_out,
               struct err *err)
{
    PGresult *result = PQexec(p->link, sql);
    ExecStatusType status = PQresultStatus(result);
    int rc = 0;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        rc = result_error(p, result, err);
    if (rc == 0 && result_out)
        *result_out = result;
    else
        PQclear(result);
    return rc;
}

/* Read the answers of all that is under way. */
static int settle(struct postgres *p, struct err *err)
{
    bool synced = false;
    if (p->under_way == 0)
        return p->failed.code ? (*err = p->failed).code : 0;
    if (PQpipelineSync(p->link) != 1)
        return link_error(p, PQerrorMessage(p->link), NULL, err);
    while (!synced) {
        PGresult *result = PQgetResult(p->link);
        if (result == NULL && PQstatus(p->link) == CONNECTION_BAD)
            return link_error(p, PQerrorMessage(p->link), NULL, err);
        if (result == NULL) /* the end of one statement's answer */
            continue;
        ExecStatusType status = PQresultStatus(result);
        synced = status == PGRES_PIPELINE_SYNC;
        if (status == PGRES_FATAL_ERROR && p->failed.code == 0)
            result_error(p, result, &p->failed);
        PQclear(result);
    }
    p->under_way = 0;
    if (p->failed.code && err)
        *err = p->failed;
    return p->failed.code;
}

/* A statement's parameters: texts in p->bytes, by offset while they are gathered. */
struct parameters {
    size_t at[ROWS_MOST];
    bool is[ROWS_MOST];
    int format[ROWS_MOST], length[ROWS_MOST];
    int count;
};

static void give(struct postgres *p, struct parameters *to, struct str text)
{
    to->at[to->count] = p->bytes.len;
    to->is[to->count] = text.ptr != NULL;
    to->format[to->count] = 0;
    to->length[to->count++] = (int)text.len;
    if (text.ptr)
        buf_add_str(&p->bytes, text);
    buf_add_char(&p->bytes, '\0');
}

static void give_integer(struct postgres *p, struct parameters *to, int64_t value)
{
    char text[NUMBER_BYTES];
    snprintf(text, sizeof text, "%" PRId64, value);
    give(p, to, str_of(text));
}

static void give_real(struct postgres *p, struct parameters *to, double value)
{
    char text[NUMBER_BYTES];
    snprintf(text, sizeof text, "%.17g", value);
    give(p, to, str_of(text));
}

static int send(struct postgres *p, int which, const struct parameters *from,
                struct err *err)
{
    const char *value[ROWS_MOST];
    for (int i = 0; i < from->count; i++)
        value[i] = from->is[i] ? p->bytes.ptr + from->at[i] : NULL;
    int sent = PQsendQueryPrepared(p->link, statement_name[which], from->count, value,
                                   from->length, from->format, 0);
    buf_clear(&p->bytes);
    if (sent != 1)
        return link_error(p, PQerrorMessage(p->link), NULL, err);
    return ++p->under_way < WINDOW ? 0 : settle(p, err);
}

static int add_row(void *context, enum rows_table table, const struct rows_value *values,
                   struct err *err)
{
    struct postgres *p = context;
    struct parameters row = {.count = 0};
    for (int i = 0; i < rows_columns[table].count; i++) {
        const struct rows_value *v = &values[i];
        if (v->type == ROWS_INTEGER)
            give_integer(p, &row, v->integer);
        else if (v->type == ROWS_REAL)
            give_real(p, &row, v->real);
        else
            give(p, &row, v->type == ROWS_TEXT ? v->text : STR_NONE);
    }
    p->store.counts.rows++;
    return send(p, (int)table, &row, err);
}

/* An absent string may be NULL; a NUL in one, as in rows.c, U+001A. */
static void give_clean(struct postgres *p, struct parameters *to, struct str text)
{
    give(p, to, text);
    for (size_t i = 0; i < text.len; i++)
        if (p->bytes.ptr[to->at[to->count - 1] + i] == '\0')
            p->bytes.ptr[to->at[to->count - 1] + i] = '\x1a';
}

static int clear(struct store *store, const struct rows *rows, struct err *err)
{
    struct postgres *p = postgres_of(store);
    const struct article *article = rows->article.article;
    struct parameters which = {.count = 0};
    give_integer(p, &which, (int64_t)rows->seq);
    give_clean(p, &which, article->id);
    give_clean(p, &which, article->url);
    give_clean(p, &which, article->source);
    return send(p, CLEAR, &which, err);
}

static int refuse(struct store *store, uint64_t next, uint64_t i, const char *reason,
                  struct str entry, struct err *err)
{
    struct postgres *p = postgres_of(store);
    struct parameters row = {.count = 0};
    give_integer(p, &row, (int64_t)next);
    give_integer(p, &row, (int64_t)i);
    give(p, &row, str_of(reason));
    give(p, &row, entry);
    row.format[row.count - 1] = 1; /* as bytes */
    return send(p, ADD_REFUSED, &row, err);
}

static int add_gap(struct store *store, const struct store_gap *gap, struct err *err)
{
    struct postgres *p = postgres_of(store);
    struct parameters row = {.count = 0};
    give_integer(p, &row, (int64_t)gap->from);
    give_integer(p, &row, (int64_t)gap->to);
    give_clean(p, &row, gap->reason);
    return send(p, ADD_GAP, &row, err);
}

static int move(struct store *store, const char *name, uint64_t next, struct err *err)
{
    struct postgres *p = postgres_of(store);
    struct parameters row = {.count = 0};
    give(p, &row, str_of(name));
    give_integer(p, &row, (int64_t)next);
    return send(p, MOVE, &row, err);
}

static int begin(struct store *store, struct err *err)
{
    struct postgres *p = postgres_of(store);
    p->failed = (struct err){0};
    int rc = run(p, "BEGIN", NULL, err);
    if (rc == 0 && PQenterPipelineMode(p->link) != 1)
        rc = link_error(p, PQerrorMessage(p->link), NULL, err);
    return rc;
}

static int commit(struct store *store, struct err *err)
{
    struct postgres *p = postgres_of(store);
    int rc = settle(p, err);
    if (rc == 0 && PQexitPipelineMode(p->link) != 1)
        rc = link_error(p, PQerrorMessage(p->link), NULL, err);
    return rc < 0 ? rc : run(p, "COMMIT", NULL, err);
}

static void rollback(struct store *store)
{
    struct postgres *p = postgres_of(store);
    struct err ignored;
    if (PQpipelineStatus(p->link) != PQ_PIPELINE_OFF) {
        settle(p, &ignored);
        PQexitPipelineMode(p->link);
    }
    if (PQtransactionStatus(p->link) != PQTRANS_IDLE)
        run(p, "ROLLBACK", NULL, NULL);
}

static int apply(struct store *store, const struct store_batch *batch, struct err *err)
{
    static const struct store_steps steps = {begin,   clear, add_row, refuse,
                                             add_gap, move,  commit,  rollback};
    return store_transact(store, &steps, batch, err);
}

static int position(struct store *store, const char *name, uint64_t *next_out,
                    struct err *err)
{
    struct postgres *p = postgres_of(store);
    PGresult *result = PQexecParams(p->link, "SELECT next FROM positions WHERE name = $1",
                                    1, NULL, &name, NULL, NULL, 0);
    int rc = PQresultStatus(result) == PGRES_TUPLES_OK ? 0 : result_error(p, result, err);
    if (rc == 0 && PQntuples(result) == 1)
        rc = str_to_u64(str_of(PQgetvalue(result, 0, 0)), next_out);
    PQclear(result);
    return rc;
}

static void close_store(struct store *store)
{
    struct postgres *p = postgres_of(store);
    PQfinish(p->link);
    buf_fini(&p->bytes);
    store_fini(store);
    mem_free(p);
}

/* ---- opening ---- */

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

/* The one cell of an answer; false where there is none. */
static int ask(struct postgres *p, const char *sql, char out[NUMBER_BYTES],
               struct err *err)
{
    PGresult *result = NULL;
    int rc = run(p, sql, &result, err);
    out[0] = '\0';
    if (rc == 0 && PQntuples(result) == 1)
        snprintf(out, NUMBER_BYTES, "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    return rc;
}

static int take_lock(struct postgres *p, struct err *err)
{
    const struct timespec pause = {0, RETRY_MS * 1000000L};
    uint64_t until = clock_now_ms() + STORE_WAIT_MS;
    for (;;) {
        char got[NUMBER_BYTES];
        int rc = ask(p, "SELECT pg_try_advisory_lock(" LOCK_KEY ")", got, err);
        if (rc < 0 || strcmp(got, "t") == 0)
            return rc;
        if (clock_now_ms() >= until)
            return err_set(err, ERR_LOCKED,
                           "another warta sink writes into this database");
        nanosleep(&pause, NULL);
    }
}

/* The tables, new (from 0) or those of version 1 brought up, in one transaction. */
static int bring_up(struct postgres *p, int from, struct err *err)
{
    struct buf sql = {0};
    if (from == 0)
        buf_printf(&sql,
                   "BEGIN; CREATE SCHEMA IF NOT EXISTS warta;\n%s\n"
                   "CREATE TABLE schema_version (version BIGINT NOT NULL);"
                   "INSERT INTO schema_version VALUES (%d); COMMIT",
                   store_schema_postgres, STORE_SCHEMA_VERSION);
    else
        buf_printf(&sql, "BEGIN;\n%s\nUPDATE schema_version SET version = %d; COMMIT",
                   store_schema_upgrade, STORE_SCHEMA_VERSION);
    int rc = run(p, buf_cstr(&sql), NULL, err);
    buf_fini(&sql);
    if (rc < 0)
        run(p, "ROLLBACK", NULL, NULL);
    return rc;
}

static int check_schema(struct postgres *p, struct err *err)
{
    char cell[NUMBER_BYTES];
    int rc = run(p,
                 "SET client_encoding TO UTF8; SET search_path TO warta;"
                 "SET synchronous_commit TO on; SET client_min_messages TO warning",
                 NULL, err);
    rc = rc ? rc : ask(p, "SHOW server_encoding", cell, err);
    if (rc == 0 && strcmp(cell, "UTF8") != 0)
        rc = err_set(err, ERR_FORMAT, "the database is %s, and must be UTF8", cell);
    rc = rc ? rc : take_lock(p, err);
    rc = rc ? rc : ask(p, "SELECT to_regclass('warta.schema_version')", cell, err);
    if (rc < 0)
        return rc;
    if (cell[0] == '\0')
        return bring_up(p, 0, err);
    rc = ask(p, "SELECT version FROM schema_version", cell, err);
    int version = atoi(cell);
    if (rc == 0 && (version < 1 || version > STORE_SCHEMA_VERSION))
        rc = err_set(err, ERR_VERSION,
                     "the schema warta has version %s, this program knows version %d",
                     cell, STORE_SCHEMA_VERSION);
    if (rc == 0 && version < STORE_SCHEMA_VERSION)
        rc = bring_up(p, version, err);
    return rc;
}

static void write_insert(enum rows_table table, struct buf *sql)
{
    const struct rows_columns *columns = &rows_columns[table];
    buf_printf(sql, "INSERT INTO %s (", columns->table);
    for (int i = 0; i < columns->count; i++)
        buf_printf(sql, "%s%s", i ? ", " : "", columns->column[i]);
    for (int i = 0; i < columns->count; i++)
        buf_printf(sql, "%s$%d", i ? ", " : ") VALUES (", i + 1);
    buf_add_char(sql, ')');
}

static int prepare(struct postgres *p, int which, struct err *err)
{
    struct buf sql = {0};
    if (which < ROWS_TABLES)
        write_insert((enum rows_table)which, &sql);
    else
        buf_add_str(&sql, str_of(statement_sql[which]));
    PGresult *result = PQprepare(p->link, statement_name[which], buf_cstr(&sql), 0, NULL);
    int rc =
        PQresultStatus(result) == PGRES_COMMAND_OK ? 0 : result_error(p, result, err);
    PQclear(result);
    buf_fini(&sql);
    return rc;
}

int store_open_postgres(const char *conninfo, struct store **store_out, struct err *err)
{
    static const struct store_engine engine = {apply, position, close_store};
    *store_out = NULL;
    struct postgres *p = mem_zero(1, sizeof *p);
    store_init(&p->store, &engine);
    p->link = PQconnectdb(conninfo);
    int rc = 0;
    if (PQstatus(p->link) != CONNECTION_OK)
        rc = link_error(p, PQerrorMessage(p->link), NULL, err);
    if (rc == 0)
        PQsetNoticeReceiver(p->link, ignore_notice, NULL);
    rc = rc ? rc : check_schema(p, err);
    for (int i = 0; rc == 0 && i < STATEMENTS; i++)
        rc = prepare(p, i, err);
    if (rc < 0) {
        close_store(&p->store);
        return rc;
    }
    *store_out = &p->store;
    return 0;
}

#endif
