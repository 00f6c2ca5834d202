#include "broker/journal_lmdb.h"

#include "proto/base/clock.h"
#include "proto/base/hash.h"

bool lmdb_mark_is_sound(const struct lmdb *lmdb, struct str name, struct str value)
{
    size_t len = lmdb->format == 1 ? LMDB_MARK - 8 : LMDB_MARK;

    return value.len == len &&
           lmdb_get64(value.ptr) == hash64(str_from(value, 8), hash64(name, 0));
}

int lmdb_mark(void *impl, struct str name, uint64_t position, struct err *err)
{
    struct lmdb *lmdb = impl;
    char bytes[LMDB_MARK];
    MDB_dbi dbi = lmdb->table[LMDB_MARKS];
    MDB_val key = lmdb_val(name.ptr, name.len), value = lmdb_val(bytes, sizeof bytes),
            old;
    MDB_stat stat;

    int rc = lmdb_begin(lmdb, err);
    if (rc < 0)
        return rc;
    rc = mdb_stat(lmdb->write, dbi, &stat);
    if (rc == 0 && stat.ms_entries >= JOURNAL_MARKS &&
        mdb_get(lmdb->write, dbi, &key, &old) == MDB_NOTFOUND)
        return err_set(err, ERR_LIMIT, "there are %d named consumers already",
                       JOURNAL_MARKS);
    lmdb_put64(bytes + 8, position);
    lmdb_put64(bytes + 16, clock_wall_ms());
    lmdb_put64(bytes, hash64(str_make(bytes + 8, sizeof bytes - 8), hash64(name, 0)));
    if (rc == 0)
        rc = mdb_put(lmdb->write, dbi, &key, &value, 0);
    return rc ? lmdb_fail(lmdb, rc, "mark", err) : 0;
}

int lmdb_marked(void *impl, struct str name, uint64_t *position_out)
{
    struct lmdb *lmdb = impl;
    MDB_txn *txn;
    MDB_val key = lmdb_val(name.ptr, name.len), value;

    if (lmdb_txn(lmdb, &txn, NULL) < 0 ||
        mdb_get(txn, lmdb->table[LMDB_MARKS], &key, &value))
        return 0;
    struct str bytes = str_make(value.mv_data, value.mv_size);
    if (!lmdb_mark_is_sound(lmdb, name, bytes))
        return 0; /* a consumer that starts over is safe; one that skips is not */
    *position_out = lmdb_get64(bytes.ptr + 8);
    return 1;
}

int lmdb_next_mark(void *impl, struct str after, struct journal_mark *out,
                   struct err *err)
{
    struct lmdb *lmdb = impl;
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_val key = lmdb_val(after.ptr, after.len), value;

    int rc = lmdb_txn(lmdb, &txn, err);
    if (rc < 0)
        return rc;
    rc = mdb_cursor_open(txn, lmdb->table[LMDB_MARKS], &cursor);
    if (rc)
        return lmdb_error(lmdb, rc, "read marks", err);
    rc = mdb_cursor_get(cursor, &key, &value, after.len ? MDB_SET_RANGE : MDB_FIRST);
    if (rc == 0 && after.len && str_eq(str_make(key.mv_data, key.mv_size), after))
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    mdb_cursor_close(cursor);
    if (rc == MDB_NOTFOUND)
        return 0;
    if (rc)
        return lmdb_error(lmdb, rc, "read marks", err);
    struct str bytes = str_make(value.mv_data, value.mv_size);
    out->name = str_make(key.mv_data, key.mv_size);
    if (!lmdb_mark_is_sound(lmdb, out->name, bytes))
        return 1;
    out->position = lmdb_get64(bytes.ptr + 8);
    out->marked_ms = bytes.len < LMDB_MARK ? 0 : lmdb_get64(bytes.ptr + 16);
    return 1;
}

int lmdb_forget(void *impl, struct str name, struct err *err)
{
    struct lmdb *lmdb = impl;
    MDB_val key = lmdb_val(name.ptr, name.len);

    int rc = lmdb_begin(lmdb, err);
    if (rc < 0)
        return rc;
    rc = mdb_del(lmdb->write, lmdb->table[LMDB_MARKS], &key, NULL);
    if (rc == MDB_NOTFOUND)
        return err_set(err, ERR_NOTFOUND, "nothing is confirmed under this name");
    return rc ? lmdb_fail(lmdb, rc, "forget", err) : 0;
}
