#include "broker/journal_lmdb.h"

#include <stdarg.h>
#include <stdio.h>

#define STEP                                                                             \
    1000 /* entries a snapshot is kept for: a long one stops the reuse of pages */

struct check {
    struct lmdb *lmdb;
    void (*report)(void *context, const char *finding);
    void *context;
    int findings;
    /* The run that was looked at last. */
    uint64_t run_first[JOURNAL_STREAMS], run[LMDB_RUN];
    int run_rc;
};

__attribute__((format(printf, 2, 3))) static void note(struct check *check,
                                                       const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    check->findings++;
    check->report(check->context, text);
}

/* Is this pair in the table? A damaged page is a no. */
static bool has_pair(struct lmdb *lmdb, enum lmdb_table table, MDB_val key, MDB_val value)
{
    MDB_txn *txn;
    MDB_cursor *cursor;

    if (lmdb_txn(lmdb, &txn, NULL) < 0 ||
        mdb_cursor_open(txn, lmdb->table[table], &cursor))
        return false;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_GET_BOTH);
    mdb_cursor_close(cursor);
    return rc == 0;
}

static bool has_key(struct lmdb *lmdb, enum lmdb_table table, const void *ptr, size_t len)
{
    MDB_txn *txn;
    MDB_val key = lmdb_val(ptr, len), value;

    return lmdb_txn(lmdb, &txn, NULL) == 0 &&
           mdb_get(txn, lmdb->table[table], &key, &value) == 0;
}

static bool has_entry(struct lmdb *lmdb, enum journal_stream stream, uint64_t seq)
{
    char bytes[LMDB_CHUNK_KEY];

    lmdb_chunk_key(bytes, seq, 0);
    return has_key(lmdb, (enum lmdb_table)(LMDB_ARTICLES + stream), bytes, sizeof bytes);
}

/* Where an entry's id is not in its table it may stand in a run. */
static void check_run(struct check *check, enum journal_stream stream, uint64_t seq,
                      MDB_val key)
{
    uint64_t first = lmdb_run_first(seq);
    struct lmdb *lmdb = check->lmdb;

    if (check->run_first[stream] != first) {
        check->run_first[stream] = first;
        check->run_rc = lmdb_run_read(lmdb, stream, first, check->run, NULL);
        if (check->run_rc == ERR_CORRUPT)
            note(check, "%s %llu: the ids from there on are damaged",
                 lmdb_stream_name(stream), (unsigned long long)first);
    }
    if (check->run_rc == 1 && check->run[seq - first] != lmdb_get64(key.mv_data))
        note(check, "%s %llu: its id is another among those from %llu on",
             lmdb_stream_name(stream), (unsigned long long)seq,
             (unsigned long long)first);
}

static int check_entry(struct check *check, enum journal_stream stream, uint64_t seq)
{
    struct lmdb *lmdb = check->lmdb;
    const char *name = lmdb_stream_name(stream);
    struct journal_item item;
    struct err err = {0};
    char id[8], place[8];

    int rc = lmdb_fetch(lmdb, stream, seq, &item, &err);
    if (rc < 0 && rc != ERR_CORRUPT)
        return rc;
    if (rc != 1) {
        note(check, "%s %llu: checksum does not match", name, (unsigned long long)seq);
        return 0;
    }
    if (seq >= lmdb->ids[stream].missing_from)
        check_run(check, stream, seq, lmdb_id_key(lmdb, id, item.id));
    else if (!has_pair(lmdb, (enum lmdb_table)(LMDB_ARTICLE_IDS + stream),
                       lmdb_id_key(lmdb, id, item.id), lmdb_seq_key(place, seq)))
        note(check, "%s %llu: its id is not in the id table", name,
             (unsigned long long)seq);
    return 0;
}

/* Rows behind every number that an entry can have. */
static void check_beyond(struct check *check, enum journal_stream stream)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    char bytes[8];
    MDB_val key = lmdb_seq_key(bytes, LMDB_SEQ_MOST + 1), value;

    if (lmdb_txn(check->lmdb, &txn, NULL) < 0 ||
        mdb_cursor_open(txn, check->lmdb->table[LMDB_ARTICLES + stream], &cursor) != 0)
        return;
    if (mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE) == 0)
        note(check, "%s: a row beyond all positions", lmdb_stream_name(stream));
    mdb_cursor_close(cursor);
}

static int check_stream(struct check *check, enum journal_stream stream, struct err *err)
{
    struct lmdb *lmdb = check->lmdb;
    const char *name = lmdb_stream_name(stream);
    uint64_t seq = 0, expected = lmdb->trimmed[stream] ? lmdb->trimmed[stream] : 1;

    for (uint64_t from = 0, n = 1;; from = seq + 1, n++) {
        int rc =
            lmdb_seek(lmdb, (enum lmdb_table)(LMDB_ARTICLES + stream), from, &seq, err);
        if (rc < 0)
            return rc;
        if (rc == 0 || seq > lmdb->last[stream])
            break;
        if (seq > expected)
            note(check, "%s %llu to %llu: missing", name, (unsigned long long)expected,
                 (unsigned long long)(seq - 1));
        if (seq >= expected)
            expected = seq + 1;
        rc = check_entry(check, stream, seq);
        if (rc < 0)
            return err_set(err, rc, "journal %s: cannot read", lmdb->path);
        if (n % STEP == 0)
            lmdb_end_read(lmdb);
    }
    if (expected <= lmdb->last[stream])
        note(check, "%s %llu to %llu: missing", name, (unsigned long long)expected,
             (unsigned long long)lmdb->last[stream]);
    check_beyond(check, stream);
    return 0;
}

/* Walk over a table; the next pair behind (key, value), which are the caller's copies.
 * 1, 0, negative. */
static int next_pair(struct lmdb *lmdb, enum lmdb_table table, struct buf *key,
                     struct buf *value, struct err *err)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_val k = lmdb_val(key->ptr, key->len), v = lmdb_val(value->ptr, value->len);
    bool pairs = table == LMDB_ARTICLE_IDS || table == LMDB_FACT_IDS;

    int rc = lmdb_txn(lmdb, &txn, err);
    if (rc < 0)
        return rc;
    rc = mdb_cursor_open(txn, lmdb->table[table], &cursor);
    if (rc)
        return lmdb_error(lmdb, rc, "walk", err);
    if (key->len == 0)
        rc = mdb_cursor_get(cursor, &k, &v, MDB_FIRST);
    else if (pairs && mdb_cursor_get(cursor, &k, &v, MDB_GET_BOTH) == 0)
        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    else if ((rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE)) == 0 &&
             str_eq(str_make(k.mv_data, k.mv_size), buf_str(key)))
        rc = mdb_cursor_get(cursor, &k, &v, pairs ? MDB_NEXT_NODUP : MDB_NEXT);
    if (rc == 0) {
        buf_clear(key);
        buf_add(key, k.mv_data, k.mv_size);
        buf_clear(value);
        buf_add(value, v.mv_data, v.mv_size);
    }
    mdb_cursor_close(cursor);
    if (rc == MDB_NOTFOUND)
        return 0;
    return rc ? lmdb_error(lmdb, rc, "walk", err) : 1;
}

static void check_pair(struct check *check, enum lmdb_table table, struct str key,
                       struct str value)
{
    struct lmdb *lmdb = check->lmdb;

    if (table == LMDB_ARTICLE_IDS || table == LMDB_FACT_IDS) {
        enum journal_stream stream = (enum journal_stream)(table - LMDB_ARTICLE_IDS);
        if (value.len != 8 || !has_entry(lmdb, stream, lmdb_get64(value.ptr)))
            note(check, "%s: an id points to no entry", lmdb_stream_name(stream));
    } else if (table == LMDB_MARKS) {
        if (!lmdb_mark_is_sound(lmdb, key, value))
            note(check, "marks: a position is damaged");
    } else {
        const char *name = table == LMDB_WORK ? "work" : "dead";
        uint64_t seq = key.len == 8 ? lmdb_get64(key.ptr) : 0;
        if (!has_entry(lmdb, JOURNAL_ARTICLES, seq))
            note(check, "%s %llu: there is no such article", name,
                 (unsigned long long)seq);
        if (lmdb_state_of(lmdb, seq, lmdb_val(value.ptr, value.len)).damaged)
            note(check, "%s %llu: checksum does not match", name,
                 (unsigned long long)seq);
        if (table == LMDB_DEAD && has_key(lmdb, LMDB_WORK, key.ptr, key.len))
            note(check, "dead %llu: is work too", (unsigned long long)seq);
    }
}

/* Every row stands behind the one before: where a damaged page breaks that, a walk may
 * come by the same rows for ever. */
static int check_table(struct check *check, enum lmdb_table table, struct err *err)
{
    struct buf key = {0}, value = {0}, last_key = {0}, last_value = {0};
    int rc;

    for (uint64_t n = 1; (rc = next_pair(check->lmdb, table, &key, &value, err)) == 1;
         n++) {
        int order = str_cmp(buf_str(&key), buf_str(&last_key));
        if (n > 1 && (order < 0 || (order == 0 && str_cmp(buf_str(&value),
                                                          buf_str(&last_value)) <= 0))) {
            note(check, "table %d: its rows are out of order", (int)table);
            rc = 0;
            break;
        }
        buf_clear(&last_key);
        buf_add_str(&last_key, buf_str(&key));
        buf_clear(&last_value);
        buf_add_str(&last_value, buf_str(&value));
        check_pair(check, table, buf_str(&key), buf_str(&value));
        if (n % STEP == 0)
            lmdb_end_read(check->lmdb);
    }
    buf_fini(&last_key);
    buf_fini(&last_value);
    buf_fini(&key);
    buf_fini(&value);
    return rc;
}

/* What waits is what the row of counts says, which is written at a flush. */
static int check_counts(struct check *check, struct err *err)
{
    struct lmdb *lmdb = check->lmdb;
    uint64_t said = 0, is = 0;
    MDB_txn *txn;

    int rc = lmdb_txn(lmdb, &txn, err);
    if (rc < 0 || lmdb->format < 3 || lmdb->write)
        return rc;
    rc = lmdb_sum_work(lmdb, txn, &is);
    if (rc)
        return lmdb_error(lmdb, rc, "count", err);
    if (!lmdb_counts(lmdb, txn, &said))
        note(check, "meta: the counts are damaged");
    else if (said != is)
        note(check, "meta: %llu bytes of articles wait, and it says %llu",
             (unsigned long long)is, (unsigned long long)said);
    return 0;
}

/* Damage that LMDB sees is a finding; what keeps from looking at all is an error. */
static int finding_of(struct check *check, int rc, struct err *err)
{
    if (rc != ERR_CORRUPT && rc != ERR_FORMAT)
        return rc;
    note(check, "%s", err->text);
    return 0;
}

static void pass_on(void *context, const char *finding)
{
    struct check *check = context;
    note(check, "%s", finding);
}

int lmdb_check(void *impl, void (*report)(void *context, const char *finding),
               void *context, struct err *err)
{
    static const enum lmdb_table others[] = {LMDB_ARTICLE_IDS, LMDB_FACT_IDS, LMDB_WORK,
                                             LMDB_DEAD, LMDB_MARKS};
    struct check check = {.lmdb = impl, .report = report, .context = context};
    struct err own = {0};
    err = err ? err : &own;

    int rc = lmdb_check_pages(check.lmdb, pass_on, &check, err);
    if (rc > 0)
        note(&check, "entries were not looked at: their way leads over damaged pages");
    if (rc != 0)
        return rc < 0 ? rc : check.findings;
    for (int i = 0; rc == 0 && i < JOURNAL_STREAMS; i++)
        rc = finding_of(&check, check_stream(&check, (enum journal_stream)i, err), err);
    for (size_t i = 0; rc == 0 && i < sizeof others / sizeof *others; i++)
        rc = finding_of(&check, check_table(&check, others[i], err), err);
    if (rc == 0)
        rc = finding_of(&check, check_counts(&check, err), err);
    lmdb_end_read(check.lmdb);
    return rc < 0 ? rc : check.findings;
}
