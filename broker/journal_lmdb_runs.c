/* Ids that have not reached their table, as the file has them: hashes in the order of
 * their entries, a row for each LMDB_RUN of these. So a start that follows a crash reads
 * eight bytes an id; without the rows it would read the entries. They are a help only:
 * where one is missing or damaged the entries are read. */

#include "broker/journal_lmdb.h"

#include "proto/base/hash.h"

#include <assert.h>

#define RUN_KEY   13
#define RUN_BYTES (8 + 8 * LMDB_RUN)

static MDB_val run_key(char key[RUN_KEY], enum journal_stream stream, uint64_t first)
{
    memcpy(key, stream == JOURNAL_ARTICLES ? "run/a" : "run/f", 5);
    lmdb_put64(key + 5, first);
    return lmdb_val(key, RUN_KEY);
}

/* Of the bytes behind it; the key is the seed, so that a row in another's place is wrong
 * too. */
static uint64_t sum_of(MDB_val key, struct str rest)
{
    return hash64(rest, hash64(str_make(key.mv_data, key.mv_size), 0));
}

static bool is_sound(MDB_val key, MDB_val value)
{
    const char *bytes = value.mv_data;

    return value.mv_size == RUN_BYTES &&
           lmdb_get64(bytes) == sum_of(key, str_make(bytes + 8, RUN_BYTES - 8));
}

bool lmdb_run_note(struct lmdb_ids *ids, uint64_t seq, uint64_t hash)
{
    uint64_t at = seq - lmdb_run_first(seq);

    if (at == 0)
        ids->run_count = 0;
    if (ids->run_count != at)
        return false; /* its begin is not known: no row */
    ids->run[ids->run_count++] = hash;
    return ids->run_count == LMDB_RUN;
}

int lmdb_run_write(struct lmdb *lmdb, enum journal_stream stream, uint64_t last)
{
    const struct lmdb_ids *ids = &lmdb->ids[stream];
    char key_bytes[RUN_KEY], bytes[RUN_BYTES];
    MDB_val key = run_key(key_bytes, stream, lmdb_run_first(last)),
            value = lmdb_val(bytes, sizeof bytes);

    assert(ids->run_count == LMDB_RUN);
    for (size_t i = 0; i < LMDB_RUN; i++)
        lmdb_put64(bytes + 8 + 8 * i, ids->run[i]);
    lmdb_put64(bytes, sum_of(key, str_make(bytes + 8, RUN_BYTES - 8)));
    return mdb_put(lmdb->write, lmdb->table[LMDB_META], &key, &value, 0);
}

int lmdb_run_read(struct lmdb *lmdb, enum journal_stream stream, uint64_t first,
                  uint64_t hash_out[LMDB_RUN], struct err *err)
{
    char bytes[RUN_KEY];
    MDB_val key = run_key(bytes, stream, first), value;
    MDB_txn *txn;

    int rc = lmdb_txn(lmdb, &txn, err);
    if (rc < 0)
        return rc;
    rc = mdb_get(txn, lmdb->table[LMDB_META], &key, &value);
    if (rc == MDB_NOTFOUND)
        return 0;
    if (rc)
        return lmdb_error(lmdb, rc, "read ids", err);
    if (!is_sound(key, value))
        return ERR_CORRUPT;
    for (size_t i = 0; i < LMDB_RUN; i++)
        hash_out[i] = lmdb_get64((const char *)value.mv_data + 8 + 8 * i);
    return 1;
}

/* The first row of the stream that lies before end; 1 and the cursor on it, 0, or LMDB's
 * error. */
static int find_before(MDB_cursor *cursor, enum journal_stream stream, MDB_val end)
{
    char bytes[RUN_KEY];
    MDB_val key = run_key(bytes, stream, 0), value;

    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    if (rc)
        return rc == MDB_NOTFOUND ? 0 : rc;
    return key.mv_size == RUN_KEY && memcmp(key.mv_data, end.mv_data, RUN_KEY) < 0;
}

int lmdb_runs_drop(struct lmdb *lmdb, enum journal_stream stream, uint64_t before)
{
    char bytes[RUN_KEY];
    MDB_val end = run_key(bytes, stream, lmdb_run_first(before));
    MDB_cursor *cursor;

    int rc = mdb_cursor_open(lmdb->write, lmdb->table[LMDB_META], &cursor);
    if (rc)
        return rc;
    while ((rc = find_before(cursor, stream, end)) == 1) {
        rc = mdb_cursor_del(cursor, 0);
        if (rc)
            break;
    }
    mdb_cursor_close(cursor);
    return rc;
}
