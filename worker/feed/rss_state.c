#include "worker/feed/rss_state.h"

#include "proto/base/mem.h"

#include <sqlite3.h>

#define VERSION 2
#define TEXTS   6 /* columns of a feed, then numbers */
#define TOUCH_MS                                                                         \
    ((uint64_t)24 * 3600 * 1000) /* an entry that is still there is noted daily */

enum { FIND, KEEP, DROP, EACH, SEEN, TOUCH, MARK, FORGET, BEGIN, COMMIT, STATEMENTS };

#define COLUMNS                                                                          \
    "at, etag, modified, title, error, index_url, interval_ms, due_ms, asked_ms, "       \
    "found_ms, "                                                                         \
    "found, errors, status, gone"

static const char *const sql[STATEMENTS] = {
    [FIND] = "SELECT url, " COLUMNS " FROM feed WHERE url = ?1",
    [KEEP] = "INSERT OR REPLACE INTO feed (url, " COLUMNS ") "
             "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)",
    [DROP] = "DELETE FROM feed WHERE url = ?1",
    [EACH] = "SELECT url, " COLUMNS " FROM feed ORDER BY url",
    [SEEN] = "SELECT feed, content, revisions, at_ms FROM entry WHERE id = ?1",
    [TOUCH] = "UPDATE entry SET at_ms = ?2 WHERE id = ?1",
    [MARK] =
        ("INSERT INTO entry VALUES (?1, ?2, ?3, 1, ?4) ON CONFLICT (id) DO UPDATE SET "
         "content = excluded.content, at_ms = excluded.at_ms, revisions = revisions + 1"),
    [FORGET] = "DELETE FROM entry WHERE at_ms < ?1",
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
};

static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS feed (url TEXT PRIMARY KEY, at TEXT, etag TEXT, "
    "modified TEXT, title TEXT, error TEXT, interval_ms INTEGER, due_ms INTEGER, "
    "asked_ms INTEGER, found_ms INTEGER, found INTEGER, errors INTEGER, status INTEGER, "
    "gone INTEGER, index_url TEXT DEFAULT '') WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, feed INTEGER, "
    "content INTEGER, revisions INTEGER, at_ms INTEGER);"
    "PRAGMA user_version = 2; COMMIT;";

/* Version 1 knew no indexes of sitemaps. */
static const char from_version_1[] =
    "BEGIN IMMEDIATE;"
    "ALTER TABLE feed ADD COLUMN index_url TEXT DEFAULT '';"
    "PRAGMA user_version = 2; COMMIT;";

struct rss_state {
    sqlite3 *db;
    sqlite3_stmt *statement[STATEMENTS];
    bool writing;
};

static int fail(struct rss_state *s, struct err *err)
{
    int code = sqlite3_errcode(s->db), rc = ERR_SYSTEM;
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        rc = ERR_LOCKED;
    if (code == SQLITE_FULL)
        rc = ERR_NOSPACE;
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
        rc = ERR_CORRUPT;
    return err_set(err, rc, "state: %s",
                   rc == ERR_LOCKED ? "another process feeds from it"
                                    : sqlite3_errmsg(s->db));
}

static int run(struct rss_state *s, const char *text, struct err *err)
{
    return sqlite3_exec(s->db, text, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(s, err);
}

/* 1 a row, 0 none, negative. The caller resets. */
static int step(struct rss_state *s, int which, struct err *err)
{
    int code = sqlite3_step(s->statement[which]);
    return code == SQLITE_ROW ? 1 : code == SQLITE_DONE ? 0 : fail(s, err);
}

static int finish(struct rss_state *s, int which, struct err *err)
{
    int rc = step(s, which, err);
    sqlite3_reset(s->statement[which]);
    return rc < 0 ? rc : 0;
}

static int begin(struct rss_state *s, struct err *err)
{
    if (s->writing)
        return 0;
    s->writing = true;
    return finish(s, BEGIN, err);
}

int rss_state_commit(struct rss_state *s, struct err *err)
{
    if (!s->writing)
        return 0;
    s->writing = false;
    return finish(s, COMMIT, err);
}

static int version_of(struct rss_state *s, int *version_out, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    bool right = sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &statement, NULL) ==
                     SQLITE_OK &&
                 sqlite3_step(statement) == SQLITE_ROW;
    *version_out = right ? sqlite3_column_int(statement, 0) : 0;
    sqlite3_finalize(statement);
    return right ? 0 : fail(s, err);
}

static int renew(struct rss_state *s, const char *path, bool read_only, struct err *err)
{
    int version, rc = version_of(s, &version, err);
    if (rc < 0)
        return rc;
    if (version > VERSION)
        return err_set(err, ERR_VERSION, "%s: was written by a later version", path);
    if (read_only)
        return version == VERSION
                   ? 0
                   : err_set(err, ERR_VERSION,
                             "%s: is of an earlier version, or new; feeds must be "
                             "watched with it first",
                             path);
    rc = run(s, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", err);
    if (rc == 0 && version < VERSION)
        rc = run(s, version == 1 ? from_version_1 : schema, err);
    return rc;
}

static int set_up(struct rss_state *s, const char *path, bool read_only, struct err *err)
{
    int rc = renew(s, path, read_only, err);
    for (int i = 0; rc == 0 && i < STATEMENTS; i++)
        if (sqlite3_prepare_v2(s->db, sql[i], -1, &s->statement[i], NULL) != SQLITE_OK)
            rc = fail(s, err);
    return rc;
}

int rss_state_open(const char *path, bool read_only, struct rss_state **state_out,
                   struct err *err)
{
    struct rss_state *s = mem_zero(1, sizeof *s);
    int flags =
        read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int rc = 0;
    if (path == NULL)
        path = ":memory:";
    if (sqlite3_open_v2(path, &s->db, flags, NULL) != SQLITE_OK)
        rc = err_set(err, ERR_SYSTEM, "%s: %s", path, sqlite3_errmsg(s->db));
    if (rc == 0) {
        sqlite3_busy_timeout(s->db, 2000);
        rc = set_up(s, path, read_only, err);
    }
    if (rc < 0)
        rss_state_close(&s);
    *state_out = s;
    return rc;
}

void rss_state_close(struct rss_state **state)
{
    struct rss_state *s = *state;
    if (s == NULL)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(s->statement[i]);
    sqlite3_close(s->db);
    mem_free(s);
    *state = NULL;
}

static void column(sqlite3_stmt *row, int i, struct buf *out)
{
    buf_clear(out);
    buf_add(out,
            sqlite3_column_text(row, i) ? (const char *)sqlite3_column_text(row, i) : "",
            (size_t)sqlite3_column_bytes(row, i));
    buf_cstr(out);
}

static void read_row(sqlite3_stmt *row, struct rss_record *out)
{
    struct buf *const texts[] = {&out->at,    &out->etag,  &out->modified,
                                 &out->title, &out->error, &out->index};
    uint64_t *const numbers[] = {&out->interval_ms, &out->due_ms, &out->asked_ms,
                                 &out->found_ms, &out->found};
    for (int i = 0; i < TEXTS; i++)
        column(row, i + 1, texts[i]);
    for (int i = 0; i < 5; i++)
        *numbers[i] = (uint64_t)sqlite3_column_int64(row, i + 1 + TEXTS);
    out->errors = (uint32_t)sqlite3_column_int64(row, TEXTS + 6);
    out->status = (uint32_t)sqlite3_column_int64(row, TEXTS + 7);
    out->gone = sqlite3_column_int(row, TEXTS + 8) != 0;
}

int rss_state_find(struct rss_state *s, const char *url, struct rss_record *out,
                   struct err *err)
{
    sqlite3_bind_text(s->statement[FIND], 1, url, -1, SQLITE_STATIC);
    int rc = step(s, FIND, err);
    if (rc > 0)
        read_row(s->statement[FIND], out);
    sqlite3_reset(s->statement[FIND]);
    return rc;
}

int rss_state_each(struct rss_state *s,
                   int (*each)(void *context, const char *url, const struct rss_record *),
                   void *context, struct err *err)
{
    struct rss_record record = {0};
    int rc;
    while ((rc = step(s, EACH, err)) > 0) {
        read_row(s->statement[EACH], &record);
        if (each(context, (const char *)sqlite3_column_text(s->statement[EACH], 0),
                 &record))
            break;
    }
    sqlite3_reset(s->statement[EACH]);
    rss_record_fini(&record);
    return rc < 0 ? rc : 0;
}

int rss_state_keep(struct rss_state *s, const char *url, const struct rss_record *r,
                   struct err *err)
{
    sqlite3_stmt *row = s->statement[KEEP];
    const struct buf *const texts[] = {&r->at,    &r->etag,  &r->modified,
                                       &r->title, &r->error, &r->index};
    const uint64_t numbers[] = {r->interval_ms, r->due_ms, r->asked_ms, r->found_ms,
                                r->found,       r->errors, r->status,   r->gone};
    int rc = begin(s, err);
    sqlite3_bind_text(row, 1, url, -1, SQLITE_STATIC);
    for (int i = 0; i < TEXTS; i++)
        sqlite3_bind_text(row, i + 2, texts[i]->ptr ? texts[i]->ptr : "",
                          (int)texts[i]->len, SQLITE_STATIC);
    for (int i = 0; i < 8; i++)
        sqlite3_bind_int64(row, i + 2 + TEXTS, (sqlite3_int64)numbers[i]);
    return rc == 0 ? finish(s, KEEP, err) : rc;
}

int rss_state_drop(struct rss_state *s, const char *url, struct err *err)
{
    int rc = begin(s, err);
    sqlite3_bind_text(s->statement[DROP], 1, url, -1, SQLITE_STATIC);
    return rc == 0 ? finish(s, DROP, err) : rc;
}

void rss_record_fini(struct rss_record *r)
{
    buf_fini(&r->index);
    buf_fini(&r->at);
    buf_fini(&r->etag);
    buf_fini(&r->modified);
    buf_fini(&r->title);
    buf_fini(&r->error);
}

static int touch(struct rss_state *s, uint64_t entry, uint64_t now_ms, struct err *err)
{
    int rc = begin(s, err);
    sqlite3_bind_int64(s->statement[TOUCH], 1, (sqlite3_int64)entry);
    sqlite3_bind_int64(s->statement[TOUCH], 2, (sqlite3_int64)now_ms);
    return rc == 0 ? finish(s, TOUCH, err) : rc;
}

int rss_state_seen(struct rss_state *s, uint64_t entry, uint64_t feed, uint64_t content,
                   uint64_t now_ms, uint64_t *revisions_out, struct err *err)
{
    sqlite3_stmt *row = s->statement[SEEN];
    *revisions_out = 0;
    sqlite3_bind_int64(row, 1, (sqlite3_int64)entry);
    int rc = step(s, SEEN, err), seen = SEEN_NOT;
    if (rc > 0) {
        bool ours = (uint64_t)sqlite3_column_int64(row, 0) == feed;
        bool same = (uint64_t)sqlite3_column_int64(row, 1) == content;
        uint64_t at_ms = (uint64_t)sqlite3_column_int64(row, 3);
        *revisions_out = (uint64_t)sqlite3_column_int64(row, 2);
        seen = !ours ? SEEN_ELSEWHERE : same ? SEEN_SAME : SEEN_EDITED;
        if (ours && now_ms > at_ms + TOUCH_MS)
            rc = touch(s, entry, now_ms, err);
    }
    sqlite3_reset(row);
    return rc < 0 ? rc : seen;
}

int rss_state_mark(struct rss_state *s, uint64_t entry, uint64_t feed, uint64_t content,
                   uint64_t now_ms, struct err *err)
{
    const uint64_t numbers[] = {entry, feed, content, now_ms};
    int rc = begin(s, err);
    for (int i = 0; i < 4; i++)
        sqlite3_bind_int64(s->statement[MARK], i + 1, (sqlite3_int64)numbers[i]);
    return rc == 0 ? finish(s, MARK, err) : rc;
}

int rss_state_forget(struct rss_state *s, uint64_t before_ms, struct err *err)
{
    int rc = begin(s, err);
    sqlite3_bind_int64(s->statement[FORGET], 1, (sqlite3_int64)before_ms);
    return rc == 0 ? finish(s, FORGET, err) : rc;
}
