/* Opening a SQLite file: whose it is, which version it has, how it is synced. */
#include "worker/sink/sqlite.h"

#include "worker/sink/store_private.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#define APPLICATION_ID                                                                   \
    0x57727461 /* "Wrta", in the file's header: file(1) and we know it */

/* Right after the call: a write over a limit of size or quota shows in errno alone. */
static int code_of(int code)
{
    int saved = errno;
    switch (code & 0xff) {
    case SQLITE_FULL:
        return ERR_NOSPACE;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_LOCKED;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_CORRUPT;
    case SQLITE_CONSTRAINT: /* a position is there already, with another article */
        return ERR_CONFLICT;
    case SQLITE_TOOBIG:
        return ERR_LIMIT;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return ERR_DENIED;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return saved == ENOSPC || saved == EDQUOT || saved == EFBIG ? ERR_NOSPACE
                                                                    : ERR_SYSTEM;
    default:
        return ERR_SYSTEM;
    }
}

int sqlite_error(sqlite3 *db, int code, const char *what, struct err *err)
{
    int mine = code_of(code);
    return err_set(err, mine, "%s: %s%s", what, mine == ERR_CORRUPT ? "damaged: " : "",
                   db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

int sqlite_run(sqlite3 *db, const char *sql, struct err *err)
{
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : sqlite_error(db, code, "database", err);
}

/* The number a statement answers with. */
static int number(sqlite3 *db, const char *sql, int64_t *out, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    int rc = code == SQLITE_ROW ? 0 : sqlite_error(db, code, "database", err);
    sqlite3_finalize(statement);
    return rc;
}

/* The schema's version, of ours; 0: an empty database; negative: neither, or too new. */
static int check_owner(sqlite3 *db, struct err *err)
{
    int64_t owner = 0, version = 0, things = 0;
    int rc = number(db, "PRAGMA application_id", &owner, err);
    rc = rc ? rc : number(db, "PRAGMA user_version", &version, err);
    rc = rc ? rc : number(db, "SELECT COUNT(*) FROM sqlite_schema", &things, err);
    if (rc < 0)
        return rc;
    if (owner == 0 && things == 0)
        return 0;
    if (owner != APPLICATION_ID)
        return err_set(err, ERR_FORMAT, "a database of something else than warta");
    if (version < 1 || version > STORE_SCHEMA_VERSION)
        return err_set(err, ERR_VERSION,
                       "has schema version %lld, this program knows version %d: use the "
                       "newer program that wrote it",
                       (long long)version, STORE_SCHEMA_VERSION);
    return (int)version;
}

/* The tables, new or those of version 1 brought up, in one transaction: a file is empty or
 * whole, old or new. Somebody else may have been faster. */
static int bring_up(sqlite3 *db, struct err *err)
{
    char stamp[96];
    snprintf(stamp, sizeof stamp, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             APPLICATION_ID, STORE_SCHEMA_VERSION);
    int rc = sqlite_run(db, "BEGIN IMMEDIATE", err);
    if (rc < 0)
        return rc;
    int version = check_owner(db, err);
    rc = version < 0 ? version : 0;
    if (rc == 0 && version < STORE_SCHEMA_VERSION) {
        rc = sqlite_run(db, version ? store_schema_upgrade : store_schema_sqlite, err);
        rc = rc ? rc : sqlite_run(db, stamp, err);
    }
    rc = rc ? rc : sqlite_run(db, "COMMIT", err);
    if (rc < 0 && !sqlite3_get_autocommit(db))
        sqlite_run(db, "ROLLBACK", NULL);
    return rc;
}

static int prepare_to_write(sqlite3 *db, struct err *err)
{
    int rc = check_owner(db, err);
    if (rc < 0)
        return rc;
    int version = rc;
    /* The WAL is cut back to 64 MiB after a checkpoint that emptied it. */
    rc = sqlite_run(db,
                    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                    "PRAGMA journal_size_limit = 67108864;"
                    "PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -65536",
                    err);
    if (rc == 0 && version < STORE_SCHEMA_VERSION)
        rc = bring_up(db, err);
    return rc;
}

static int prepare_to_read(sqlite3 *db, struct err *err)
{
    int rc = check_owner(db, err);
    if (rc == 0)
        rc = err_set(err, ERR_NOTFOUND, "an empty database");
    else if (rc > 0 && rc < STORE_SCHEMA_VERSION)
        rc = err_set(err, ERR_VERSION,
                     "has schema version %d, this program reads version %d: warta sink "
                     "sqlite of this version brings it up to date",
                     rc, STORE_SCHEMA_VERSION);
    if (rc < 0)
        return rc;
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return sqlite_run(db, "PRAGMA query_only = ON; PRAGMA cache_size = -65536", err);
}

int sqlite_connect(const char *path, enum store_mode mode, sqlite3 **db_out,
                   struct err *err)
{
    struct stat file;
    sqlite3 *db = NULL;
    *db_out = NULL;
    if (mode == STORE_READ && stat(path, &file) < 0 && errno == ENOENT)
        return err_set(err, ERR_NOTFOUND, "%s: no such file", path);
    int flags = mode == STORE_READ ? SQLITE_OPEN_READONLY
                                   : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int code = sqlite3_open_v2(path, &db,
                               flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    int rc = code == SQLITE_OK ? 0 : sqlite_error(db, code, "cannot be opened", err);
    if (rc == 0) {
        sqlite3_busy_timeout(db, STORE_WAIT_MS);
        rc = mode == STORE_READ ? prepare_to_read(db, err) : prepare_to_write(db, err);
    }
    if (rc < 0) {
        err_prefix(err, "%s", path);
        sqlite3_close(db);
        return rc;
    }
    *db_out = db;
    return 0;
}
