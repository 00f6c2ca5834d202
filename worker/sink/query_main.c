/* warta query: ready questions to the facts in a SQLite file, and SQL of one's own. */

#include "proto/base/option.h"
#include "proto/base/program.h"
#include "worker/sink/query.h"
#include "worker/sink/sqlite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DATABASE_DEFAULT "warta.db"
#define PERCENT          100.0

struct settings {
    const char *database, *since, *until, *sql;
    uint64_t rows, least_percent;
    bool json, csv, no_copies;
};

#define AT(member) offsetof(struct settings, member)

static const struct option option_table[] = {
    {"database", 'd', OPTION_TEXT, AT(database), "FILE", DATABASE_DEFAULT, 0, 0,
     "what warta sink sqlite writes"},
    {"since", 0, OPTION_TEXT, AT(since), "DAY", NULL, 0, 0, "only from this day on"},
    {"until", 0, OPTION_TEXT, AT(until), "DAY", NULL, 0, 0, "only up to this day"},
    {"confidence", 0, OPTION_U64, AT(least_percent), "PERCENT", "0", 0, 100,
     "only facts at least this likely"},
    {"no-copies", 0, OPTION_FLAG, AT(no_copies), NULL, NULL, 0, 0,
     "each text once, whoever else carried it"},
    {"limit", 'n', OPTION_U64, AT(rows), "N", "50", 1, INT64_MAX, "rows at most"},
    {"json", 0, OPTION_FLAG, AT(json), NULL, NULL, 0, 0, "JSON Lines"},
    {"csv", 0, OPTION_FLAG, AT(csv), NULL, NULL, 0, 0, "comma-separated, with a head"},
    {"sql", 0, OPTION_TEXT, AT(sql), "STATEMENT", NULL, 0, 0,
     "a statement of your own that reads; operands are its parameters ?1 ?2 ..."},
    {0},
};

static const struct option_program program = {
    .name = "warta query",
    .usage = "[options] QUESTION [OPERAND...] | list",
    .summary = "Ask what the facts say: ready questions to what warta sink sqlite wrote.",
    .option = option_table,
    .help_tail =
        "warta query list tells the questions. A day is YYYY-MM-DD. Exit: 0 there is "
        "an\nanswer, 1 there is none, 100 wrong use, 111 may work later.\n",
};

static int print_list(void)
{
    for (const struct query *q = query_list; q->name; q++)
        printf("%-16s%-16s%s\n", q->name, q->operands, q->help);
    return EXIT_DONE;
}

static bool is_day(const char *text)
{
    static const char shape[] = "0000-00-00";
    for (int i = 0; shape[i]; i++)
        if (shape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != '-')
            return false;
    return text[sizeof shape - 1] == '\0';
}

static int count(const char *const *operands)
{
    int n = 0;
    while (operands[n])
        n++;
    return n;
}

static int check(const struct settings *s, const char *const *operands,
                 const struct query **query_out, struct err *err)
{
    if (s->json && s->csv)
        return err_set(err, ERR_USAGE, "--json and --csv exclude each other");
    if ((s->since && !is_day(s->since)) || (s->until && !is_day(s->until)))
        return err_set(err, ERR_USAGE, "a day is YYYY-MM-DD");
    if (s->sql)
        return 0;
    if (operands[0] == NULL)
        return err_set(err, ERR_USAGE, "which question? warta query list tells them");
    const struct query *query = query_find(operands[0]);
    if (query == NULL)
        return err_set(err, ERR_USAGE, "no question \"%s\"; warta query list tells them",
                       operands[0]);
    int given = count(operands) - 1;
    if (given < query->least || (query->most >= 0 && given > query->most))
        return err_set(err, ERR_USAGE, "usage: warta query %s %s", query->name,
                       query->operands);
    *query_out = query;
    return 0;
}

static int prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct err *err)
{
    const char *rest = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, out, &rest);
    if (code != SQLITE_OK)
        return err_set(err, ERR_USAGE, "%s", sqlite3_errmsg(db));
    if (*out == NULL)
        return err_set(err, ERR_USAGE, "--sql takes a statement");
    if (rest && str_trim(str_of(rest)).len)
        return err_set(err, ERR_USAGE, "--sql takes one statement");
    if (!sqlite3_stmt_readonly(*out))
        return err_set(err, ERR_USAGE,
                       "this statement would write: only reading is open");
    return 0;
}

static int bind_operands(sqlite3_stmt *statement, const char *const *operands,
                         struct err *err)
{
    if (count(operands) > sqlite3_bind_parameter_count(statement))
        return err_set(err, ERR_USAGE, "more operands than parameters in the statement");
    for (int i = 0; operands[i]; i++)
        sqlite3_bind_text(statement, i + 1, operands[i], -1, SQLITE_STATIC);
    return 0;
}

/* The rows printed, or negative. */
static int64_t answer(const struct settings *s, const struct query *query,
                      const char *const *operands, struct store *store, struct err *err)
{
    const struct query_limits limits = {s->since, s->until,
                                        (double)s->least_percent / PERCENT, s->rows,
                                        s->no_copies};
    struct buf scratch[3] = {0};
    struct winsize size = {0};
    sqlite3_stmt *statement = NULL;
    sqlite3 *db = store_database(store);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    int64_t rc = prepare(db, query ? query->sql : s->sql, &statement, err);
    if (rc == 0)
        rc = query ? query_bind(statement, operands + 1, &limits, scratch, err)
                   : bind_operands(statement, operands, err);
    if (isatty(STDOUT_FILENO))
        ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    if (rc == 0)
        rc = query_print(statement,
                         s->json  ? QUERY_JSON
                         : s->csv ? QUERY_CSV
                                  : QUERY_TABLE,
                         size.ws_col, err);
    sqlite3_finalize(statement);
    for (size_t i = 0; i < sizeof scratch / sizeof *scratch; i++)
        buf_fini(&scratch[i]);
    return rc;
}

static int exit_code(int64_t rc, const struct err *err)
{
    if (rc == ERR_GONE) /* the reader of the pipe has seen enough */
        return EXIT_DONE;
    if (rc == 0 && isatty(STDERR_FILENO))
        fputs("warta query: nothing found\n", stderr);
    if (rc >= 0)
        return rc ? EXIT_DONE : EXIT_NO;
    fprintf(stderr, "warta query: %s\n", err->text);
    return rc == ERR_LOCKED || rc == ERR_SYSTEM || rc == ERR_NOSPACE ? EXIT_LATER
                                                                     : EXIT_NEVER;
}

int query_main(int argc, char **argv)
{
    struct settings settings = {0};
    struct option_set *set = NULL;
    struct store *store = NULL;
    const struct query *query = NULL;
    const char **operands;
    struct err err = {0};
    int64_t rc = option_parse(&program, argc, argv, &settings, &set, &operands, &err);
    if (rc == 0) {
        option_free(&set);
        return EXIT_DONE;
    }
    if (rc == 1 && !settings.sql && operands[0] && strcmp(operands[0], "list") == 0) {
        option_free(&set);
        return print_list();
    }
    signal(SIGPIPE, SIG_IGN);
    if (rc == 1)
        rc = check(&settings, operands, &query, &err);
    if (rc == 0)
        rc = store_open(settings.database, STORE_READ, &store, &err);
    if (rc == 0)
        rc = answer(&settings, query, operands, store, &err);
    store_close(&store);
    option_free(&set);
    return exit_code(rc, &err);
}
