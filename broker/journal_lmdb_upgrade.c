/* From older formats to that of now. A step knows both of its formats by heart and is
 * never changed again. */

#include "broker/journal_lmdb.h"

#include "proto/base/hash.h"

/* What the head of an article's record says of its bytes; 0 where it is not there. */
static uint32_t bytes_of_article(const struct lmdb *lmdb, MDB_txn *txn, uint64_t seq)
{
    char bytes[LMDB_CHUNK_KEY];
    MDB_val key = lmdb_chunk_key(bytes, seq, 0), head;

    if (mdb_get(txn, lmdb->table[LMDB_ARTICLES], &key, &head) ||
        head.mv_size < LMDB_RECORD_HEAD)
        return 0;
    return lmdb_get32((const char *)head.mv_data + 12);
}

/* One row behind key, which the caller owns; MDB_NOTFOUND at the end. */
static int next_row(MDB_txn *txn, MDB_dbi dbi, struct buf *key, MDB_val *value_out)
{
    MDB_cursor *cursor;
    MDB_val k = lmdb_val(key->ptr, key->len);

    int rc = mdb_cursor_open(txn, dbi, &cursor);
    if (rc)
        return rc;
    rc = mdb_cursor_get(cursor, &k, value_out, key->len ? MDB_SET_RANGE : MDB_FIRST);
    if (rc == 0 && str_eq(str_make(k.mv_data, k.mv_size), buf_str(key)))
        rc = mdb_cursor_get(cursor, &k, value_out, MDB_NEXT);
    if (rc == 0) {
        buf_clear(key);
        buf_add(key, k.mv_data, k.mv_size);
    }
    mdb_cursor_close(cursor);
    return rc;
}

/* States know their article's bytes, and attempts that have begun. */
static int states_from_1(struct lmdb *lmdb, MDB_txn *txn, enum lmdb_table table)
{
    struct buf key = {0};
    MDB_val value;
    char bytes[LMDB_STATE];
    int rc;

    while ((rc = next_row(txn, lmdb->table[table], &key, &value)) == 0) {
        uint64_t seq = key.len == 8 ? lmdb_get64(key.ptr) : 0;
        struct lmdb_state state = lmdb_state_of_1(seq, value);
        state.bytes = bytes_of_article(lmdb, txn, seq);
        MDB_val name = lmdb_val(key.ptr, key.len);
        value = lmdb_state_value(bytes, seq, &state);
        rc = mdb_put(txn, lmdb->table[table], &name, &value, 0);
        if (rc)
            break;
    }
    buf_fini(&key);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Marks know when they were made: those of before do not. A damaged one stays so. */
static int marks_from_1(struct lmdb *lmdb, MDB_txn *txn)
{
    struct buf key = {0};
    MDB_val value;
    char bytes[LMDB_MARK] = {0};
    int rc;

    while ((rc = next_row(txn, lmdb->table[LMDB_MARKS], &key, &value)) == 0) {
        struct str old = str_make(value.mv_data, value.mv_size);
        uint64_t seed = hash64(buf_str(&key), 0);
        bool sound =
            old.len == 16 && lmdb_get64(old.ptr) == hash64(str_from(old, 8), seed);
        memcpy(bytes + 8, sound ? old.ptr + 8 : bytes + 16, 8);
        uint64_t sum = hash64(str_make(bytes + 8, sizeof bytes - 8), seed);
        lmdb_put64(bytes, sound ? sum : ~sum);
        MDB_val name = lmdb_val(key.ptr, key.len);
        value = lmdb_val(bytes, sizeof bytes);
        rc = mdb_put(txn, lmdb->table[LMDB_MARKS], &name, &value, 0);
        if (rc)
            break;
    }
    buf_fini(&key);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int step_1_to_2(struct lmdb *lmdb, MDB_txn *txn)
{
    int rc = states_from_1(lmdb, txn, LMDB_WORK);

    if (rc == 0)
        rc = states_from_1(lmdb, txn, LMDB_DEAD);
    return rc ? rc : marks_from_1(lmdb, txn);
}

/* The bytes of what waits stand in a row. */
static int step_2_to_3(struct lmdb *lmdb, MDB_txn *txn)
{
    uint64_t bytes;
    int rc = lmdb_sum_work(lmdb, txn, &bytes);

    return rc ? rc : lmdb_put_counts(lmdb, txn, bytes);
}

int lmdb_upgrade(struct lmdb *lmdb, MDB_txn *txn)
{
    static int (*const step[])(struct lmdb *,
                               MDB_txn *) = {[1] = step_1_to_2, [2] = step_2_to_3};
    MDB_val key = lmdb_val("format", 6), value;
    char bytes[4];
    int rc = 0;

    for (; rc == 0 && lmdb->format < LMDB_FORMAT; lmdb->format++)
        rc = step[lmdb->format](lmdb, txn);
    lmdb_put32(bytes, LMDB_FORMAT);
    value = lmdb_val(bytes, sizeof bytes);
    return rc ? rc : mdb_put(txn, lmdb->table[LMDB_META], &key, &value, 0);
}
