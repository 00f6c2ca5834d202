#include "worker/sink/web_query.h"

#include "proto/base/clock.h"
#include "proto/base/utf8.h"
#include "proto/wire/record.h"
#include "worker/sink/rows.h"

#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define BINDS_MOST 64
#define POSITION_MOST (UINT64_MAX / 4 / ROWS_ENTRY) /* fits SQLite's integers */

/* How a filter asks, in either list. %s: one or more "?"; NULL: not asked there. The + keeps
 * SQLite from an index that would have all rows sorted: the newest are soon found. */
static const struct clause {
    const char *name;
    const char *sql[2]; /* by enum web_list */
    bool many;          /* values separated by commas */
} clauses[WEB_FIELDS] = {
    [WEB_KIND] = {"kind", {"+f.kind IN (%s)", "EXISTS (SELECT 1 FROM facts f WHERE "
                           "f.seq = a.seq AND f.kind IN (%s))"}, true},
    [WEB_COUNTRY] = {"country", {"+f.country IN (%s)", "EXISTS (SELECT 1 FROM facts f WHERE "
                                 "f.seq = a.seq AND f.country IN (%s))"}, true},
    [WEB_ENTITY] = {"entity", {"f.fact IN (SELECT fact FROM names WHERE name = %s)",
                               "a.seq IN (SELECT fact / 16384 FROM names WHERE name = %s)"},
                    false},
    [WEB_TYPE] = {"type", {"+f.type IN (%s)", "EXISTS (SELECT 1 FROM facts f WHERE "
                           "f.seq = a.seq AND f.type IN (%s))"}, true},
    [WEB_TEXT] = {"text", {"f.fact IN (SELECT rowid FROM fact_search WHERE fact_search "
                           "MATCH %s AND rowid > ?1 AND rowid < ?2)",
                           "a.seq IN (SELECT rowid FROM article_search WHERE article_search "
                           "MATCH %s AND rowid > ?1 / 16384)"}, false},
    [WEB_SOURCE] = {"source", {"a.source IN (%s)", "a.source IN (%s)"}, true},
    [WEB_MODALITY] = {"modality", {"coalesce(f.modality, 'asserted') IN (%s)", NULL}, true},
    [WEB_UNIT] = {"unit", {"f.unit IN (%s)", NULL}, true},
    [WEB_NOUN] = {"noun", {"f.noun = %s", NULL}, false},
    [WEB_COPIES] = {"copies", {"(%s = 'yes' OR NOT EXISTS (SELECT 1 FROM copies c WHERE "
                               "c.seq = f.seq))", "(%s = 'yes' OR NOT EXISTS (SELECT 1 "
                               "FROM copies c WHERE c.seq = a.seq))"}, false},
    [WEB_FROM] = {"from", {"f.day >= %s", "a.day >= %s"}, false},
    [WEB_TO] = {"to", {"f.day <= %s", "a.day <= %s"}, false},
};

/* ---- reading ---- */

static bool read_position(struct str text, bool after, uint64_t *out)
{
    struct str rest = text, piece;
    uint64_t seq = 0, n = after ? ROWS_ENTRY - 1 : 0;
    if (str_split(&rest, '.', &piece) != 1 || !str_to_u64(piece, &seq) ||
        seq > POSITION_MOST)
        return false;
    if (rest.ptr && (!str_to_u64(rest, &n) || n >= ROWS_ENTRY))
        return false;
    *out = seq * ROWS_ENTRY + n;
    return true;
}

static bool is_day(struct str s)
{
    if (s.len != 10)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (i == 4 || i == 7 ? s.ptr[i] != '-' : s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    return true;
}

static int read_param(const struct web_param *param, struct web_filter *out,
                      struct err *err)
{
    struct str value = param->value;
    for (int i = 0; i < WEB_FIELDS; i++) {
        if (!str_is(param->name, clauses[i].name))
            continue;
        if (out->value[i].ptr)
            return err_set(err, ERR_USAGE, "%s is given twice", clauses[i].name);
        if ((i == WEB_FROM || i == WEB_TO) && value.len && !is_day(value))
            return err_set(err, ERR_USAGE, "%s takes a day: 2024-06-19", clauses[i].name);
        if (i == WEB_COPIES && value.len && !str_is(value, "no") && !str_is(value, "yes"))
            return err_set(err, ERR_USAGE, "copies takes yes or no");
        out->value[i] = value.len ? value : STR_NONE;
        return 0;
    }
    if (str_is(param->name, "after")) {
        out->oldest = true;
        out->after_name = value;
        if (!read_position(value, true, &out->after))
            out->after = UINT64_MAX; /* a name, where the list is one of names */
        return 0;
    }
    if (str_is(param->name, "before"))
        return read_position(value, false, &out->before)
                   ? 0
                   : err_set(err, ERR_USAGE, "before takes a position: 17 or 17.3");
    if (str_is(param->name, "limit"))
        return str_to_u64(value, &out->limit) && out->limit >= 1 &&
                       out->limit <= WEB_LIMIT_MOST
                   ? 0
                   : err_set(err, ERR_USAGE, "limit takes 1 to %d", WEB_LIMIT_MOST);
    return err_set(err, ERR_USAGE, "no such parameter \"%.*s\"", STR_ARG(param->name));
}

int web_filter_read(const struct web_request *request, struct web_filter *out,
                    struct err *err)
{
    *out = (struct web_filter){.before = INT64_MAX, .limit = WEB_LIMIT};
    for (size_t i = 0; i < request->params; i++)
        if (read_param(&request->param[i], out, err) < 0)
            return err->code;
    return 0;
}

/* ---- asking ---- */

struct question {
    struct buf sql, match;
    struct str bind[BINDS_MOST];
    int binds;
};

static void bind(struct question *q, struct str value, struct buf *marks)
{
    if (q->binds == BINDS_MOST)
        return;
    buf_printf(marks, "%s?%d", marks->len ? ", " : "", q->binds + 3); /* behind the bounds */
    q->bind[q->binds++] = value;
}

static void add_clause(struct question *q, int field, enum web_list list, struct str value)
{
    const char *sql = clauses[field].sql[list], *hole = sql ? strstr(sql, "%s") : NULL;
    struct buf marks = {0};
    struct str rest = value, piece;
    if (hole == NULL)
        return;
    if (field == WEB_TEXT) {
        web_match(value, &q->match);
        rest = buf_str(&q->match);
    }
    if (clauses[field].many)
        while (str_split(&rest, ',', &piece))
            bind(q, piece, &marks);
    else
        bind(q, rest, &marks);
    buf_add_str(&q->sql, STR(" AND "));
    buf_add(&q->sql, sql, (size_t)(hole - sql));
    buf_add_str(&q->sql, buf_str(&marks));
    buf_add_str(&q->sql, str_of(hole + 2));
    buf_fini(&marks);
}

void web_match(struct str words, struct buf *out)
{
    size_t i = 0;
    while (i < words.len) {
        if (words.ptr[i] == ' ') {
            i++;
            continue;
        }
        buf_add_str(out, out->len ? STR(" \"") : STR("\""));
        for (; i < words.len && words.ptr[i] != ' '; i++) {
            if (words.ptr[i] == '"')
                buf_add_char(out, '"');
            buf_add_char(out, words.ptr[i]);
        }
        buf_add_char(out, '"');
    }
    buf_add_str(out, out->len ? STR("*") : STR("\"\""));
}

static int sqlite_error(sqlite3 *db, struct err *err)
{
    return err_set(err, ERR_SYSTEM, "the store: %s", sqlite3_errmsg(db));
}

static int on_progress(void *deadline)
{
    return clock_now_ms() > (uint64_t)(uintptr_t)deadline;
}

static int prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct err *err)
{
    uint64_t deadline = clock_now_ms() + WEB_QUERY_MS;
    sqlite3_progress_handler(db, 10000, on_progress, (void *)(uintptr_t)deadline);
    return sqlite3_prepare_v2(db, sql, -1, out, NULL) == SQLITE_OK ? 0
                                                                   : sqlite_error(db, err);
}

static void bind_text(sqlite3_stmt *statement, int at, struct str value)
{
    if (value.ptr)
        sqlite3_bind_text(statement, at, value.ptr, (int)value.len, SQLITE_TRANSIENT);
}

int web_query(sqlite3 *db, enum web_list list, const char *columns,
              const struct web_filter *filter, sqlite3_stmt **out, struct err *err)
{
    static const char *const table[] = {"facts f CROSS JOIN articles a ON a.seq = f.seq",
                                        "articles a"};
    static const char *const place[] = {"f.fact", "a.seq * 16384"};
    static const char *const order[] = {"f.fact", "a.seq"};
    struct question q = {0};
    if (filter->oldest && filter->after == UINT64_MAX)
        return err_set(err, ERR_USAGE, "after takes a position: 17 or 17.3");
    buf_printf(&q.sql, "SELECT %s FROM %s WHERE %s > ?1 AND %s < ?2", columns, table[list],
               place[list], place[list]);
    if (list == WEB_ARTICLES)
        buf_add_str(&q.sql, STR(" AND a.seq >= ?1 / 16384 AND a.seq <= ?2 / 16384"));
    for (int i = 0; i < WEB_FIELDS; i++)
        if (filter->value[i].ptr)
            add_clause(&q, i, list, filter->value[i]);
    buf_printf(&q.sql, " ORDER BY %s %s LIMIT %" PRIu64, order[list],
               filter->oldest ? "ASC" : "DESC", filter->limit + 1);
    int rc = q.binds == BINDS_MOST
                 ? err_set(err, ERR_USAGE, "at most %d values of filters", BINDS_MOST - 1)
                 : prepare(db, buf_cstr(&q.sql), out, err);
    if (rc == 0) {
        sqlite3_bind_int64(*out, 1, (int64_t)filter->after - (filter->oldest ? 0 : 1));
        sqlite3_bind_int64(*out, 2, (int64_t)filter->before);
        for (int i = 0; i < q.binds; i++)
            bind_text(*out, i + 3, q.bind[i]);
    }
    buf_fini(&q.sql);
    buf_fini(&q.match);
    return rc;
}

int web_prepare(sqlite3 *db, const char *sql, const struct str *value, size_t count,
                sqlite3_stmt **out, struct err *err)
{
    int rc = prepare(db, sql, out, err);
    for (size_t i = 0; rc == 0 && i < count; i++)
        bind_text(*out, (int)i + 1, value[i]);
    return rc;
}

int web_step(sqlite3_stmt *statement, struct err *err)
{
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        return rc == SQLITE_ROW;
    if (rc == SQLITE_INTERRUPT)
        return err_set(err, ERR_TIMEOUT,
                       "the question takes too long: ask for less (from, to, kind)");
    return sqlite_error(sqlite3_db_handle(statement), err);
}

/* ---- answering ---- */

struct str web_column(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    int len = sqlite3_column_bytes(statement, column);
    return str_make((const char *)text, text ? (size_t)len : 0);
}

static bool is_list(const char *name)
{
    static const char *const lists[] = {"source_via", "actors",   "targets",
                                        "sentences",  "mentions", "boilerplate"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strcmp(name, lists[i]) == 0)
            return true;
    return false;
}

static void print_real(struct buf *out, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) != value)
        snprintf(text, sizeof text, "%.17g", value);
    buf_add_str(out, isfinite(value) ? str_of(text) : STR("null"));
}

bool web_row(sqlite3_stmt *statement, struct buf *out)
{
    bool any = false;
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const char *name = sqlite3_column_name(statement, i);
        int type = sqlite3_column_type(statement, i);
        if (name[0] == '_' || type == SQLITE_NULL)
            continue;
        buf_printf(out, "%s\"%s\":", any ? "," : "", name);
        if (type == SQLITE_INTEGER)
            buf_printf(out, "%lld", (long long)sqlite3_column_int64(statement, i));
        else if (type == SQLITE_FLOAT)
            print_real(out, sqlite3_column_double(statement, i));
        else if (is_list(name))
            buf_add_str(out, web_column(statement, i));
        else
            record_print_text(web_column(statement, i), out);
        any = true;
    }
    return any;
}

int web_rows(sqlite3_stmt **statement, struct buf *out, struct err *err)
{
    int rc;
    bool any = false;
    buf_add_char(out, '[');
    while ((rc = web_step(*statement, err)) == 1) {
        buf_add_str(out, any ? STR(",{") : STR("{"));
        web_row(*statement, out);
        buf_add_char(out, '}');
        any = true;
    }
    buf_add_char(out, ']');
    sqlite3_finalize(*statement);
    *statement = NULL;
    return rc;
}
