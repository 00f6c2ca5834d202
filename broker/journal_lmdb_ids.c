/* Ids and where their entries stand. The table in the file is keyed by a hash, so that
 * each new id falls on another page: written one by one, they would be most of what a
 * commit writes. So new ones wait in memory, in buckets by their hash, and go to the
 * table a bucket at a time, where neighbours share pages. Nothing is lost with the
 * memory: what had not reached the table is read again, from the runs
 * (journal_lmdb_runs.c) or from the entries, which hold their ids. */

#include "broker/journal_lmdb.h"

#include "proto/base/diag.h"
#include "proto/base/hash.h"

#include <stdlib.h>

#define ID_COPIES 3 /* pages copied for one id: a leaf and what leads to it */
/* Where trimming has taken most of what waited, rounds would end ever more rarely, and a
 * start would go through all positions since the last: from so many times the ids that
 * wait on, buckets are written even so, as many at each commit. */
#define SPREAD         4
#define SPREAD_BUCKETS 64

MDB_val lmdb_id_key(const struct lmdb *lmdb, char key[8], struct str id)
{
    return lmdb_seq_key(key, hash64(id, lmdb->seed) & lmdb->id_mask);
}

static uint64_t hash_of(const struct lmdb *lmdb, struct str id)
{
    return hash64(id, lmdb->seed) & lmdb->id_mask;
}

static struct lmdb_bucket *bucket_of(struct lmdb_ids *ids, uint64_t hash)
{
    return &ids->bucket[hash >> (64 - LMDB_BUCKET_BITS)];
}

static MDB_dbi id_table(const struct lmdb *lmdb, enum journal_stream stream)
{
    return lmdb->table[LMDB_ARTICLE_IDS + stream];
}

void lmdb_ids_fini(struct lmdb *lmdb)
{
    for (int i = 0; i < JOURNAL_STREAMS; i++)
        for (size_t n = 0; n < LMDB_BUCKETS; n++)
            mem_free(lmdb->ids[i].bucket[n].row);
}

static void add(struct lmdb_ids *ids, uint64_t hash, uint64_t seq)
{
    struct lmdb_bucket *bucket = bucket_of(ids, hash);

    if (bucket->count == bucket->cap) {
        bucket->cap = bucket->cap ? bucket->cap * 2 : 16;
        bucket->row = mem_grow(bucket->row, bucket->cap, sizeof *bucket->row);
    }
    bucket->row[bucket->count++] = (struct lmdb_id){.hash = hash, .seq = seq};
    ids->waiting++;
}

int lmdb_ids_add(struct lmdb *lmdb, enum journal_stream stream, struct str id,
                 uint64_t seq)
{
    uint64_t hash = hash_of(lmdb, id);

    add(&lmdb->ids[stream], hash, seq);
    return lmdb_run_note(&lmdb->ids[stream], seq, hash)
               ? lmdb_run_write(lmdb, stream, seq)
               : 0;
}

/* Is it this id that stands at seq? A damaged entry is not asked twice: it does not
 * count, which lets a feeder put the article again. */
static int is_at(struct lmdb *lmdb, enum journal_stream stream, struct str id,
                 uint64_t seq, struct journal_item *out, struct err *err)
{
    int rc = lmdb_fetch(lmdb, stream, seq, out, err);

    if (rc == 1)
        return str_eq(out->id, id);
    return rc == ERR_CORRUPT ? 0 : rc;
}

static int find_in_table(struct lmdb *lmdb, enum journal_stream stream, struct str id,
                         struct journal_item *out, struct err *err)
{
    MDB_cursor *cursor;
    char bytes[8];
    MDB_val key = lmdb_id_key(lmdb, bytes, id), value;
    int code = 0;

    int rc = mdb_get(lmdb->write, id_table(lmdb, stream), &key, &value);
    if (rc == MDB_NOTFOUND)
        return 0; /* nearly always, and without a cursor */
    rc = mdb_cursor_open(lmdb->write, id_table(lmdb, stream), &cursor);
    if (rc)
        return lmdb_error(lmdb, rc, "find id", err);
    for (rc = mdb_cursor_get(cursor, &key, &value, MDB_SET); rc == 0 && code == 0;
         rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT_DUP))
        code = is_at(lmdb, stream, id, lmdb_get64(value.mv_data), out, err);
    mdb_cursor_close(cursor);
    if (code == 0 && rc && rc != MDB_NOTFOUND)
        return lmdb_error(lmdb, rc, "find id", err);
    return code;
}

int lmdb_ids_find(struct lmdb *lmdb, enum journal_stream stream, struct str id,
                  struct journal_item *out, struct err *err)
{
    uint64_t hash = hash_of(lmdb, id);
    const struct lmdb_bucket *bucket = bucket_of(&lmdb->ids[stream], hash);

    for (size_t i = 0; i < bucket->count; i++) {
        if (bucket->row[i].hash != hash)
            continue;
        int rc = is_at(lmdb, stream, id, bucket->row[i].seq, out, err);
        if (rc != 0)
            return rc;
    }
    return find_in_table(lmdb, stream, id, out, err);
}

int lmdb_ids_drop(struct lmdb *lmdb, enum journal_stream stream, struct str id,
                  uint64_t seq)
{
    char id_bytes[8], seq_bytes[8];
    MDB_val key = lmdb_id_key(lmdb, id_bytes, id), value = lmdb_seq_key(seq_bytes, seq);
    struct lmdb_bucket *bucket = bucket_of(&lmdb->ids[stream], hash_of(lmdb, id));

    for (size_t i = 0; i < bucket->count; i++)
        if (bucket->row[i].seq == seq) {
            bucket->row[i] = bucket->row[--bucket->count];
            lmdb->ids[stream].waiting--;
            break;
        }
    /* What was read again after a crash may stand in both. */
    int rc = mdb_del(lmdb->write, id_table(lmdb, stream), &key, &value);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int by_hash(const void *a, const void *b)
{
    const struct lmdb_id *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

/* Most that writing so many ids can add to the file: each copies pages, until all of the
 * tables is copied. */
static uint64_t cost_bytes(const struct lmdb *lmdb, uint64_t count)
{
    uint64_t left =
        lmdb->id_pages > lmdb->id_copied ? lmdb->id_pages - lmdb->id_copied : 0;
    uint64_t copies = count * ID_COPIES < left ? count * ID_COPIES : left;

    return copies * lmdb->page_bytes + count * 2 * LMDB_ROW_BYTES;
}

/* All ids that stood before a position are in the table. 0 or LMDB's error. */
static int end_round(struct lmdb *lmdb, enum journal_stream stream)
{
    struct lmdb_ids *ids = &lmdb->ids[stream];

    ids->next_bucket = 0;
    ids->missing_from = ids->round_from;
    ids->round_from = lmdb->last[stream] + 1;
    lmdb->bounds_changed = true;
    return lmdb_runs_drop(lmdb, stream, ids->missing_from);
}

/* Write one bucket to the table and go on to the next. 0 or LMDB's error. */
static int sweep_bucket(struct lmdb *lmdb, enum journal_stream stream)
{
    struct lmdb_ids *ids = &lmdb->ids[stream];
    struct lmdb_bucket *bucket = &ids->bucket[ids->next_bucket];
    char id_bytes[8], seq_bytes[8];

    if (bucket->count > 1)
        qsort(bucket->row, bucket->count, sizeof *bucket->row, by_hash);
    for (size_t i = 0; i < bucket->count; i++) {
        MDB_val key = lmdb_seq_key(id_bytes, bucket->row[i].hash);
        MDB_val value = lmdb_seq_key(seq_bytes, bucket->row[i].seq);
        int rc =
            mdb_put(lmdb->write, id_table(lmdb, stream), &key, &value, MDB_NODUPDATA);
        if (rc && rc != MDB_KEYEXIST)
            return rc;
    }
    lmdb->spent_bytes += cost_bytes(lmdb, bucket->count);
    lmdb->id_copied += bucket->count * ID_COPIES;
    ids->waiting -= bucket->count;
    bucket->count = 0;
    return ++ids->next_bucket == LMDB_BUCKETS ? end_round(lmdb, stream) : 0;
}

static bool is_spread(const struct lmdb *lmdb, enum journal_stream stream)
{
    uint64_t from = lmdb->ids[stream].missing_from, last = lmdb->last[stream];

    return last > from && last - from > SPREAD * lmdb->ids_waiting_max;
}

/* What came in since the last flush may go out, and a little more; never on the cost of
 * the reserve, since all of it can wait. */
int lmdb_ids_sweep(struct lmdb *lmdb, enum journal_stream stream)
{
    struct lmdb_ids *ids = &lmdb->ids[stream];
    uint64_t keep = ids->waiting;
    int rc = 0, spare = is_spread(lmdb, stream) ? SPREAD_BUCKETS : 0;

    keep -= keep > 2 * lmdb->appended + 64 ? 2 * lmdb->appended + 64 : keep;
    if (keep < lmdb->ids_waiting_max)
        keep = lmdb->ids_waiting_max;
    while (rc == 0 && (ids->waiting > keep || spare-- > 0) &&
           lmdb_has_room(lmdb, cost_bytes(lmdb, ids->bucket[ids->next_bucket].count)))
        rc = sweep_bucket(lmdb, stream);
    return rc;
}

/* Whether an id of a run still has an entry: trimming leaves the row as it is. */
static bool is_there(struct lmdb *lmdb, enum journal_stream stream, uint64_t seq)
{
    MDB_txn *txn;
    char bytes[LMDB_CHUNK_KEY];
    MDB_val key = lmdb_chunk_key(bytes, seq, 0), value;

    return seq >= lmdb->trimmed[stream] ||
           (lmdb_txn(lmdb, &txn, NULL) == 0 &&
            mdb_get(txn, lmdb->table[LMDB_ARTICLES + stream], &key, &value) == 0);
}

/* From *seq on, out of the row that holds it. 1 and *seq behind it, 0 where there is
 * none, negative. */
static int load_run(struct lmdb *lmdb, enum journal_stream stream, uint64_t *seq,
                    struct err *err)
{
    uint64_t hash[LMDB_RUN], first = lmdb_run_first(*seq);

    int rc = lmdb_run_read(lmdb, stream, first, hash, err);
    if (rc != 1)
        return rc == ERR_CORRUPT ? 0 : rc;
    for (; *seq < first + LMDB_RUN; ++*seq)
        if (*seq <= lmdb->last[stream] && is_there(lmdb, stream, *seq))
            add(&lmdb->ids[stream], hash[*seq - first], *seq);
    return 1;
}

/* From *seq on, out of the entry there or the next that there is. 1 and *seq behind it, 0
 * where no more come, negative. */
static int load_entry(struct lmdb *lmdb, enum journal_stream stream, uint64_t *seq,
                      uint64_t *damaged, struct err *err)
{
    enum lmdb_table table = (enum lmdb_table)(LMDB_ARTICLES + stream);
    struct journal_item item;

    int rc = lmdb_fetch(lmdb, stream, *seq, &item, err);
    if (rc == 0)
        return lmdb_seek(lmdb, table, *seq + 1, seq, err); /* over what was trimmed */
    if (rc < 0 && rc != ERR_CORRUPT)
        return rc;
    if (rc == 1) {
        add(&lmdb->ids[stream], hash_of(lmdb, item.id), *seq);
        lmdb_run_note(&lmdb->ids[stream], *seq, hash_of(lmdb, item.id));
    }
    *damaged += rc == ERR_CORRUPT;
    ++*seq;
    return 1;
}

static int load_stream(struct lmdb *lmdb, enum journal_stream stream, struct err *err)
{
    uint64_t seq = lmdb->ids[stream].missing_from, damaged = 0;
    int rc = 1;

    seq += seq == 0;
    while (rc == 1 && seq <= lmdb->last[stream]) {
        rc = load_run(lmdb, stream, &seq, err);
        if (rc == 0)
            rc = load_entry(lmdb, stream, &seq, &damaged, err);
    }
    if (damaged > 0)
        diag(DIAG_ERROR, "journal", "entries are damaged: see warta ctl check", "path",
             lmdb->path, "stream", lmdb_stream_name(stream), "entries", diag_u64(damaged),
             NULL);
    return rc < 0 ? rc : 0;
}

int lmdb_ids_load(struct lmdb *lmdb, struct err *err)
{
    for (int i = 0; i < JOURNAL_STREAMS; i++) {
        enum journal_stream stream = (enum journal_stream)i;
        struct lmdb_ids *ids = &lmdb->ids[i];
        for (size_t n = 0; n < LMDB_BUCKETS; n++)
            ids->bucket[n].count = 0;
        ids->waiting = ids->next_bucket = ids->run_count = 0;
        ids->round_from = lmdb->last[i] + 1;
        int rc = load_stream(lmdb, stream, err);
        if (rc < 0)
            return rc;
    }
    lmdb_end_read(lmdb);
    return 0;
}

/* Before a clean end, so that the next start has nothing to read again. */
void lmdb_ids_write_all(struct lmdb *lmdb)
{
    int rc = 0;

    if (lmdb->write || (lmdb->ids[0].waiting == 0 && lmdb->ids[1].waiting == 0) ||
        lmdb_begin(lmdb, NULL) < 0)
        return;
    for (int i = 0; i < JOURNAL_STREAMS; i++) {
        struct lmdb_ids *ids = &lmdb->ids[i];
        for (ids->next_bucket = 0; rc == 0 && ids->waiting > 0;)
            if (lmdb_has_room(lmdb, cost_bytes(lmdb, ids->waiting)))
                rc = sweep_bucket(lmdb, (enum journal_stream)i);
            else
                rc = MDB_MAP_FULL;
        ids->missing_from = lmdb->last[i] + 1;
        if (rc == 0)
            rc = lmdb_runs_drop(lmdb, (enum journal_stream)i, ids->missing_from);
    }
    if (rc == 0)
        rc = lmdb_put_bounds(lmdb);
    MDB_txn *txn = lmdb->write;
    lmdb->write = NULL;
    if (rc)
        mdb_txn_abort(txn);
    else
        mdb_txn_commit(txn);
}
