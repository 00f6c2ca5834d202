/* Rows of a question as a table, JSON Lines or CSV. */
#include "worker/sink/query.h"

#include "proto/base/mem.h"
#include "proto/base/utf8.h"
#include "worker/sink/sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COLUMNS_MOST 64
#define TABLE_BYTES  (64u << 20) /* a table is laid out in memory */

struct cell {
    size_t begin, len; /* in the table's bytes */
    unsigned width;    /* code points */
};

struct table {
    struct buf bytes;
    struct cell *cell;
    size_t cells, cap;
    int columns;
    unsigned width[COLUMNS_MOST];
    bool number[COLUMNS_MOST];
};

/* Out with what has been printed: 0, or ERR_GONE when the reader of the pipe is gone. */
static int write_out(struct buf *out, struct err *err)
{
    struct str left = buf_str(out);
    while (left.len) {
        ssize_t n = write(STDOUT_FILENO, left.ptr, left.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EPIPE)
            return err_set(err, ERR_GONE, "nobody reads the answer");
        if (n < 0)
            return err_system(err, "standard output");
        left = str_from(left, (size_t)n);
    }
    buf_clear(out);
    return 0;
}

static struct str column_text(sqlite3_stmt *statement, int i)
{
    const unsigned char *text = sqlite3_column_text(statement, i);
    return str_make((const char *)text, (size_t)sqlite3_column_bytes(statement, i));
}

/* A number with the fewest digits that tell it. */
static void add_real(struct buf *out, double value)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits += 2) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    buf_add_str(out, str_of(text));
}

static void add_plain(struct buf *out, sqlite3_stmt *statement, int i)
{
    if (sqlite3_column_type(statement, i) == SQLITE_FLOAT)
        add_real(out, sqlite3_column_double(statement, i));
    else if (sqlite3_column_type(statement, i) != SQLITE_NULL)
        buf_add_str(out, column_text(statement, i));
}

/* ---- JSON Lines ---- */

static void add_string(struct buf *out, struct str s)
{
    const char *p = s.ptr, *end = s.ptr + s.len;
    buf_add_char(out, '"');
    while (p < end) {
        uint32_t cp;
        unsigned len = utf8_decode(p, end, &cp);
        if (len == 0)
            buf_add_str(out, STR("\xef\xbf\xbd")); /* a blob: U+FFFD */
        else if (cp == '"' || cp == '\\')
            buf_printf(out, "\\%c", (char)cp);
        else if (cp < 0x20)
            buf_printf(out, "\\u%04x", cp);
        else
            buf_add(out, p, len);
        p += len ? len : 1;
    }
    buf_add_char(out, '"');
}

static void print_json(sqlite3_stmt *statement, struct buf *out)
{
    char mark = '{';
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        int type = sqlite3_column_type(statement, i);
        if (type == SQLITE_NULL)
            continue;
        buf_add_char(out, mark);
        mark = ',';
        add_string(out, str_of(sqlite3_column_name(statement, i)));
        buf_add_char(out, ':');
        if (type == SQLITE_INTEGER || type == SQLITE_FLOAT)
            add_plain(out, statement, i);
        else
            add_string(out, column_text(statement, i));
    }
    buf_add_str(out, mark == '{' ? STR("{}\n") : STR("}\n"));
}

/* ---- CSV ---- */

static void add_quoted(struct buf *out, struct str s)
{
    bool quote = false;
    for (size_t i = 0; i < s.len; i++)
        quote |= strchr("\",\r\n", s.ptr[i]) != NULL;
    if (!quote) {
        buf_add_str(out, s);
        return;
    }
    buf_add_char(out, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '"')
            buf_add_char(out, '"');
        buf_add_char(out, s.ptr[i]);
    }
    buf_add_char(out, '"');
}

static void print_csv(sqlite3_stmt *statement, bool head, struct buf *out)
{
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        if (i)
            buf_add_char(out, ',');
        if (head)
            add_quoted(out, str_of(sqlite3_column_name(statement, i)));
        else if (sqlite3_column_type(statement, i) == SQLITE_FLOAT)
            add_plain(out, statement, i);
        else if (sqlite3_column_type(statement, i) != SQLITE_NULL)
            add_quoted(out, column_text(statement, i));
    }
    buf_add_str(out, STR("\r\n"));
}

/* ---- table ---- */

static void add_cell(struct table *table, int column, struct str text)
{
    if (table->cells == table->cap) {
        table->cap = table->cap ? table->cap * 2 : 256;
        table->cell = mem_grow(table->cell, table->cap, sizeof *table->cell);
    }
    struct cell *cell = &table->cell[table->cells++];
    *cell = (struct cell){.begin = table->bytes.len};
    utf8_add_safe(&table->bytes, text, ' ');
    cell->len = table->bytes.len - cell->begin;
    for (size_t i = cell->begin; i < table->bytes.len; i++)
        cell->width += (table->bytes.ptr[i] & 0xc0) != 0x80;
    if (table->width[column] < cell->width)
        table->width[column] = cell->width;
}

static void gather(sqlite3_stmt *statement, bool head, struct table *table)
{
    struct buf plain = {0};
    for (int i = 0; i < table->columns; i++) {
        int type = head ? SQLITE_TEXT : sqlite3_column_type(statement, i);
        buf_clear(&plain);
        if (head)
            buf_add_str(&plain, str_of(sqlite3_column_name(statement, i)));
        else
            add_plain(&plain, statement, i);
        if (type == SQLITE_INTEGER || type == SQLITE_FLOAT)
            table->number[i] = true;
        add_cell(table, i, buf_str(&plain));
    }
    buf_fini(&plain);
}

/* Narrow the widest column, again and again, until all fit. */
static void fit(struct table *table, unsigned columns)
{
    unsigned all = 2u * (unsigned)(table->columns - 1);
    for (int i = 0; i < table->columns; i++)
        all += table->width[i];
    while (columns && all > columns) {
        int widest = 0;
        for (int i = 1; i < table->columns; i++)
            if (table->width[i] > table->width[widest])
                widest = i;
        if (table->width[widest] <= 8)
            return;
        /* Far too wide ones come down at once. */
        unsigned less =
            table->width[widest] > 2 * columns ? table->width[widest] - columns : 1;
        table->width[widest] -= less;
        all -= less;
    }
}

static void print_cell(const struct table *table, const struct cell *cell, int column,
                       struct buf *out)
{
    unsigned width = table->width[column];
    unsigned shown = cell->width > width ? width : cell->width;
    bool cut = cell->width > width, last = column == table->columns - 1;
    unsigned left = width - shown;
    if (column)
        buf_add_str(out, STR("  "));
    for (; table->number[column] && left; left--)
        buf_add_char(out, ' ');
    size_t at = cell->begin, end = cell->begin + cell->len;
    for (unsigned n = cut ? shown - 1 : shown; n && at < end; n--) {
        size_t begin = at++;
        while (at < end && (table->bytes.ptr[at] & 0xc0) == 0x80)
            at++;
        buf_add(out, table->bytes.ptr + begin, at - begin);
    }
    if (cut)
        buf_add_str(out, STR("…"));
    for (; !last && left; left--)
        buf_add_char(out, ' ');
}

static void print_table(struct table *table, unsigned columns, struct buf *out)
{
    fit(table, columns);
    for (size_t i = 0; i < table->cells; i++) {
        int column = (int)(i % (size_t)table->columns);
        print_cell(table, &table->cell[i], column, out);
        if (column == table->columns - 1)
            buf_add_char(out, '\n');
    }
}

/* ---- all ---- */

static int print_row(sqlite3_stmt *statement, enum query_format format, bool head,
                     struct table *table, struct buf *out)
{
    if (format == QUERY_TABLE)
        gather(statement, head, table);
    else if (format == QUERY_CSV)
        print_csv(statement, head, out);
    else if (!head)
        print_json(statement, out);
    return 0;
}

int64_t query_print(sqlite3_stmt *statement, enum query_format format, unsigned columns,
                    struct err *err)
{
    struct table table = {.columns = sqlite3_column_count(statement)};
    struct buf out = {0};
    int64_t rows = 0;
    int code = SQLITE_ROW, rc = 0;
    if (table.columns == 0 || table.columns > COLUMNS_MOST)
        return err_set(err, ERR_LIMIT, "an answer has 1 to %d columns", COLUMNS_MOST);
    for (bool head = true; rc == 0 && code == SQLITE_ROW; head = false) {
        if (!head && (code = sqlite3_step(statement)) != SQLITE_ROW)
            break;
        print_row(statement, format, head, &table, &out);
        rows += !head;
        if (out.len > 65536)
            rc = write_out(&out, err);
        if (table.bytes.len > TABLE_BYTES)
            rc = err_set(err, ERR_LIMIT, "too much for a table: use --json or --csv");
    }
    if (rc == 0 && code != SQLITE_DONE)
        rc = sqlite_error(sqlite3_db_handle(statement), code, "database", err);
    if (rc == 0 && format == QUERY_TABLE && rows)
        print_table(&table, columns, &out);
    if (rc == 0)
        rc = write_out(&out, err);
    buf_fini(&out);
    buf_fini(&table.bytes);
    mem_free(table.cell);
    return rc < 0 ? rc : rows;
}
