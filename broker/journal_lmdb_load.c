/* What a journal knows of itself when it is opened, and how it goes on after a failure.
 */

#include "broker/journal_lmdb.h"

#include "proto/base/hash.h"
#include "proto/wire/limits.h"

#include <fcntl.h>
#include <unistd.h>

#define COUNTS         "counts"
#define VERIFY_ENTRIES 256 /* newest ones that recovery reads again */

/* Last sequence number a stream ever gave, even where trimming emptied it. */
static int load_stream(struct lmdb *lmdb, enum journal_stream stream,
                       const struct str *bounds, struct err *err)
{
    uint64_t first, last;

    int rc =
        lmdb_ends(lmdb, (enum lmdb_table)(LMDB_ARTICLES + stream), &first, &last, err);
    if (rc < 0)
        return rc;
    if (bounds->len == 0 && first == 0 && bounds->ptr)
        return err_set(err, ERR_CORRUPT, "journal %s: the position of %s is damaged",
                       lmdb->path, lmdb_stream_name(stream));

    lmdb->trimmed[stream] = bounds->len ? lmdb_get64(bounds->ptr + 8 + 24 * stream) : 0;
    uint64_t kept = bounds->len ? lmdb_get64(bounds->ptr + 16 + 24 * stream) : 0;
    lmdb->last[stream] = lmdb->durable[stream] = last > kept ? last : kept;
    lmdb->first[stream] = first ? first : lmdb->last[stream] + 1;
    lmdb->trim_next[stream] = 0;
    lmdb->ids[stream].missing_from =
        bounds->len ? lmdb_get64(bounds->ptr + 24 + 24 * stream) : 1;
    return 0;
}

static void forget_taken(struct lmdb *lmdb)
{
    lmdb->take_next = 1;
    seqs_clear(&lmdb->held);
    seqs_clear(&lmdb->ready);
    map_clear(lmdb->queued);
}

int lmdb_sum_work(const struct lmdb *lmdb, MDB_txn *txn, uint64_t *bytes_out)
{
    MDB_cursor *cursor;
    MDB_val key, value;

    *bytes_out = 0;
    int rc = mdb_cursor_open(txn, lmdb->table[LMDB_WORK], &cursor);
    if (rc)
        return rc;
    while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0)
        if (key.mv_size == 8 && lmdb_is_place(key))
            *bytes_out += lmdb_state_of(lmdb, lmdb_get64(key.mv_data), value).bytes;
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

bool lmdb_counts(const struct lmdb *lmdb, MDB_txn *txn, uint64_t *bytes_out)
{
    MDB_val key = lmdb_val(COUNTS, strlen(COUNTS)), value;

    if (mdb_get(txn, lmdb->table[LMDB_META], &key, &value) ||
        value.mv_size != LMDB_COUNTS)
        return false;
    struct str bytes = str_make(value.mv_data, value.mv_size);
    *bytes_out = lmdb_get64(bytes.ptr + 8);
    return lmdb_get64(bytes.ptr) == hash64(str_from(bytes, 8), 0);
}

int lmdb_put_counts(const struct lmdb *lmdb, MDB_txn *txn, uint64_t bytes)
{
    char row[LMDB_COUNTS];

    lmdb_put64(row + 8, bytes);
    lmdb_put64(row, hash64(str_make(row + 8, sizeof row - 8), 0));
    return lmdb_put_meta(lmdb, txn, COUNTS, row, sizeof row);
}

/* What waits is counted by LMDB; its bytes stand in a row, and are added up only where
 * that cannot be right: a walk over all that waits takes long. */
static int load_counts(struct lmdb *lmdb, MDB_txn *txn)
{
    MDB_stat work, dead;
    uint64_t bytes = 0;

    int rc = mdb_stat(txn, lmdb->table[LMDB_WORK], &work);
    if (rc == 0)
        rc = mdb_stat(txn, lmdb->table[LMDB_DEAD], &dead);
    if (rc)
        return rc;
    bool known =
        lmdb_counts(lmdb, txn, &bytes) && bytes / LIMIT_ENTRY_BYTES <= work.ms_entries;
    lmdb->counted_bytes = known ? bytes : UINT64_MAX;
    if (!known)
        rc = lmdb_sum_work(lmdb, txn, &bytes);
    lmdb->unfinished = work.ms_entries;
    lmdb->unfinished_bytes = bytes;
    lmdb->dead = dead.ms_entries;
    return rc;
}

static bool bounds_are_sound(struct str bounds)
{
    if (bounds.len != LMDB_BOUNDS ||
        lmdb_get64(bounds.ptr) != hash64(str_from(bounds, 8), 0))
        return false;
    for (size_t at = 8; at < bounds.len; at += 8)
        if (lmdb_get64(bounds.ptr + at) > LMDB_SEQ_MOST)
            return false;
    return true;
}

int lmdb_load(struct lmdb *lmdb, struct err *err)
{
    MDB_txn *txn;
    MDB_val key = lmdb_val("bounds", 6), value;

    forget_taken(lmdb);
    lmdb->bounds_changed = false;
    int rc = lmdb_txn(lmdb, &txn, err);
    if (rc < 0)
        return rc;
    struct str bounds = STR_NONE;
    if (mdb_get(txn, lmdb->table[LMDB_META], &key, &value) == 0) {
        bounds = str_make(value.mv_data, value.mv_size);
        if (!bounds_are_sound(bounds))
            bounds.len = 0;
    }
    uint64_t first, last;
    if ((rc = lmdb_ends(lmdb, LMDB_WORK, &first, &last, err)) < 0 ||
        (rc = lmdb_ends(lmdb, LMDB_DEAD, &first, &last, err)) < 0)
        return rc;
    for (int i = 0; i < JOURNAL_STREAMS; i++) {
        rc = load_stream(lmdb, (enum journal_stream)i, &bounds, err);
        if (rc < 0)
            return rc;
    }
    for (int i = 0; i < JOURNAL_STREAMS; i++)
        lmdb_note_oldest(lmdb, (enum journal_stream)i);
    rc = lmdb_txn(lmdb, &txn, err); /* another one where an oldest entry is damaged */
    if (rc < 0)
        return rc;
    rc = load_counts(lmdb, txn);
    if (rc)
        return lmdb_error(lmdb, rc, "count", err);
    lmdb_end_read(lmdb);
    lmdb_count_room(lmdb);
    return 0;
}

/* After a failed sync the page cache may hold pages that never reached the device; what
 * is verified must be what the device has. */
static void drop_cache(const struct lmdb *lmdb)
{
    struct buf path = {0};

    buf_printf(&path, "%s/data.mdb", lmdb->path);
    int fd = open(buf_cstr(&path), O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        close(fd);
    }
    buf_fini(&path);
}

static int verify_newest(struct lmdb *lmdb, struct err *err)
{
    struct journal_item item;

    for (int i = 0; i < JOURNAL_STREAMS; i++) {
        uint64_t last = lmdb->last[i];
        uint64_t seq = last > VERIFY_ENTRIES ? last - VERIFY_ENTRIES + 1 : 1;
        for (; seq <= last; seq++) {
            int rc = lmdb_fetch(lmdb, (enum journal_stream)i, seq, &item, err);
            if (rc == 0 && seq >= lmdb->trimmed[i])
                rc = err_set(err, ERR_CORRUPT, "journal %s: %s %llu is missing",
                             lmdb->path, lmdb_stream_name((enum journal_stream)i),
                             (unsigned long long)seq);
            if (rc < 0)
                return rc;
        }
    }
    return 0;
}

/* A commit that changes nothing but proves that the device takes writes again. */
static int probe(struct lmdb *lmdb, struct err *err)
{
    MDB_txn *txn;
    char format[4];

    int rc = mdb_txn_begin(lmdb->env, NULL, 0, &txn);
    if (rc)
        return lmdb_error(lmdb, rc, "begin", err);
    lmdb_put32(format, LMDB_FORMAT);
    rc = lmdb_put_meta(lmdb, txn, "format", format, sizeof format);
    if (rc)
        mdb_txn_abort(txn);
    else
        rc = mdb_txn_commit(txn);
    return rc ? lmdb_error(lmdb, rc, "probe", err) : 0;
}

int lmdb_recover(void *impl, struct err *err)
{
    struct lmdb *lmdb = impl;

    if (lmdb->damaged)
        lmdb_fail(lmdb, MDB_CORRUPTED, "change", NULL);
    if (!lmdb->broken)
        return 0;
    if (lmdb->broken == ERR_CORRUPT)
        return lmdb_say_broken(lmdb, err); /* the same change would meet it again */
    lmdb_env_close(lmdb);
    drop_cache(lmdb);
    int rc = lmdb_env_open(lmdb, false, err);
    if (rc == 0)
        rc = lmdb_load(lmdb, err);
    if (rc == 0)
        rc = verify_newest(lmdb, err);
    if (rc == 0)
        rc = lmdb_ids_load(lmdb, err);
    if (rc == 0)
        rc = probe(lmdb, err);
    if (rc == 0) {
        lmdb->broken = 0;
        return 0;
    }
    lmdb_env_close(lmdb);
    if (lmdb_env_open(lmdb, true, NULL) == 0 && lmdb_load(lmdb, NULL) < 0)
        lmdb_env_close(lmdb);
    return rc;
}
