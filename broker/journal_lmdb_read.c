#include "broker/journal_lmdb.h"

#include "proto/base/hash.h"
#include "proto/wire/limits.h"

uint64_t lmdb_sum(enum journal_stream stream, uint64_t seq, struct str rest)
{
    return hash64(rest, seq << 1 | (uint64_t)stream);
}

/* All but the note, which begins at head. */
static bool is_sound(uint64_t seq, struct str all, size_t head)
{
    return all.len >= head && lmdb_get64(all.ptr) == hash64(str_from(all, 8), seq);
}

struct lmdb_state lmdb_state_of_1(uint64_t seq, MDB_val value)
{
    struct str all = str_make(value.mv_data, value.mv_size);

    if (all.len == 0)
        return (struct lmdb_state){0};
    if (!is_sound(seq, all, 16))
        return (struct lmdb_state){.damaged = true};
    return (struct lmdb_state){.deaths = lmdb_get32(all.ptr + 8),
                               .failures = lmdb_get32(all.ptr + 12),
                               .note = str_from(all, 16)};
}

struct lmdb_state lmdb_state_of(const struct lmdb *lmdb, uint64_t seq, MDB_val value)
{
    struct str all = str_make(value.mv_data, value.mv_size);

    if (lmdb->format == 1)
        return lmdb_state_of_1(seq, value);
    if (!is_sound(seq, all, LMDB_STATE_HEAD))
        return (struct lmdb_state){.damaged = true};
    return (struct lmdb_state){.deaths = lmdb_get32(all.ptr + 8),
                               .failures = lmdb_get32(all.ptr + 12),
                               .begun = lmdb_get32(all.ptr + 16),
                               .bytes = lmdb_get32(all.ptr + 20),
                               .note = str_from(all, LMDB_STATE_HEAD)};
}

/* Bytes of the whole record, as its head claims; 0 where that cannot be. */
static size_t record_len(MDB_val head)
{
    const char *ptr = head.mv_data;

    if (head.mv_size < LMDB_RECORD_HEAD || ptr[8] != LMDB_RECORD)
        return 0;
    size_t id = lmdb_get16(ptr + 10), bytes = lmdb_get32(ptr + 12);
    if (id < 1 || id > LIMIT_ID_BYTES || bytes > LIMIT_ENTRY_BYTES)
        return 0;
    return LMDB_RECORD_HEAD + id + bytes;
}

/* Is it the way to the entry that is damaged? */
static bool is_damage(int rc)
{
    return rc == MDB_CORRUPTED || rc == MDB_PAGE_NOTFOUND || rc == MDB_CURSOR_FULL;
}

/* Put the chunks of an entry together. 0 or what LMDB says. */
static int join_chunks(struct lmdb *lmdb, MDB_txn *txn, MDB_dbi dbi, uint64_t seq,
                       size_t total)
{
    char bytes[LMDB_CHUNK_KEY];

    buf_clear(&lmdb->record);
    for (size_t chunk = 0; lmdb->record.len < total; chunk++) {
        MDB_val key = lmdb_chunk_key(bytes, seq, chunk), value;
        int rc = mdb_get(txn, dbi, &key, &value);
        if (rc)
            return rc;
        if (value.mv_size == 0)
            return MDB_NOTFOUND;
        buf_add(&lmdb->record, value.mv_data, value.mv_size);
    }
    return 0;
}

int lmdb_fetch(struct lmdb *lmdb, enum journal_stream stream, uint64_t seq,
               struct journal_item *out, struct err *err)
{
    MDB_dbi dbi = lmdb->table[LMDB_ARTICLES + stream];
    MDB_txn *txn;
    char bytes[LMDB_CHUNK_KEY];
    MDB_val key = lmdb_chunk_key(bytes, seq, 0), value;

    *out = (struct journal_item){.seq = seq};
    int rc = lmdb_txn(lmdb, &txn, err);
    if (rc < 0)
        return rc;
    rc = mdb_get(txn, dbi, &key, &value);
    if (rc == MDB_NOTFOUND)
        return 0;
    if (rc && !is_damage(rc))
        return lmdb_error(lmdb, rc, "read", err);
    struct str record = rc ? STR_NONE : str_make(value.mv_data, value.mv_size);
    size_t total = rc ? 0 : record_len(value);
    lmdb->touched_bytes += total;
    if (total > record.len) {
        rc = join_chunks(lmdb, txn, dbi, seq, total);
        if (rc && rc != MDB_NOTFOUND && !is_damage(rc))
            return lmdb_error(lmdb, rc, "read", err);
        record = buf_str(&lmdb->record);
    }
    if (total == 0 || record.len != total ||
        lmdb_get64(record.ptr) != lmdb_sum(stream, seq, str_from(record, 8))) {
        if (is_damage(rc))
            lmdb_leave_damage(lmdb);
        return err_set(err, ERR_CORRUPT, "journal %s: %s %llu is damaged", lmdb->path,
                       lmdb_stream_name(stream), (unsigned long long)seq);
    }
    size_t id_len = lmdb_get16(record.ptr + 10);
    out->id = str_slice(record, LMDB_RECORD_HEAD, LMDB_RECORD_HEAD + id_len);
    out->bytes = str_from(record, LMDB_RECORD_HEAD + id_len);
    out->stored_ms = lmdb_get64(record.ptr + 16);
    return 1;
}

static int end_of(MDB_cursor *cursor, MDB_cursor_op outermost, MDB_cursor_op inward,
                  uint64_t *seq_out)
{
    MDB_val key, value;

    *seq_out = 0;
    int rc = mdb_cursor_get(cursor, &key, &value, outermost);
    while (rc == 0 && !lmdb_is_place(key))
        rc = mdb_cursor_get(cursor, &key, &value, inward);
    if (rc == 0)
        *seq_out = lmdb_get64(key.mv_data);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

int lmdb_ends(struct lmdb *lmdb, enum lmdb_table table, uint64_t *first_out,
              uint64_t *last_out, struct err *err)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_val key, value;
    bool beyond = false;

    int rc = lmdb_txn(lmdb, &txn, err);
    if (rc < 0)
        return rc;
    rc = mdb_cursor_open(txn, lmdb->table[table], &cursor);
    if (rc)
        return lmdb_error(lmdb, rc, "read positions", err);
    rc = end_of(cursor, MDB_FIRST, MDB_NEXT, first_out);
    if (rc == 0)
        rc = end_of(cursor, MDB_LAST, MDB_PREV, last_out);
    if (rc == 0 && mdb_cursor_get(cursor, &key, &value, MDB_LAST) == 0)
        beyond = !lmdb_is_place(key);
    mdb_cursor_close(cursor);
    if (rc)
        return lmdb_error(lmdb, rc, "read positions", err);
    if (beyond && !lmdb->read_only)
        return err_set(err, ERR_CORRUPT,
                       "journal %s: a damaged row stands behind all others; restore a "
                       "backup",
                       lmdb->path);
    return 0;
}

int lmdb_seek(struct lmdb *lmdb, enum lmdb_table table, uint64_t from, uint64_t *seq_out,
              struct err *err)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    char bytes[8];
    MDB_val key = lmdb_seq_key(bytes, from), value;

    int rc = lmdb_txn(lmdb, &txn, err);
    if (rc < 0)
        return rc;
    rc = mdb_cursor_open(txn, lmdb->table[table], &cursor);
    if (rc)
        return lmdb_error(lmdb, rc, "seek", err);
    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (rc == 0 && !lmdb_is_place(key))
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    mdb_cursor_close(cursor);
    if (rc == MDB_NOTFOUND)
        return 0;
    if (rc)
        return lmdb_error(lmdb, rc, "seek", err);
    *seq_out = lmdb_get64(key.mv_data);
    return 1;
}

int lmdb_find_state(struct lmdb *lmdb, enum lmdb_table table, uint64_t seq,
                    struct lmdb_state *out, struct err *err)
{
    MDB_txn *txn;
    char bytes[8];
    MDB_val key = lmdb_seq_key(bytes, seq), value;

    int rc = lmdb_txn(lmdb, &txn, err);
    if (rc < 0)
        return rc;
    rc = mdb_get(txn, lmdb->table[table], &key, &value);
    if (rc == MDB_NOTFOUND)
        return 0;
    if (rc)
        return lmdb_error(lmdb, rc, "read state", err);
    *out = lmdb_state_of(lmdb, seq, value);
    return 1;
}

/* 1, 0 (not work any more), negative. */
static int take_one(struct lmdb *lmdb, uint64_t seq, bool with_entry,
                    struct journal_item *out, struct err *err)
{
    struct lmdb_state state;

    int rc = lmdb_find_state(lmdb, LMDB_WORK, seq, &state, err);
    if (rc <= 0)
        return rc;
    if (with_entry)
        rc = lmdb_fetch(lmdb, JOURNAL_ARTICLES, seq, out, err);
    out->seq = seq;
    out->deaths = state.deaths;
    out->failures = state.failures;
    out->begun = state.begun;
    out->note = state.note;
    if (rc == 1 || (rc < 0 && rc != ERR_CORRUPT))
        return rc;
    state.note = STR("corrupt");
    int aside = lmdb_set_aside(lmdb, seq, &state, err);
    if (aside < 0)
        return aside;
    return err_set(err, ERR_CORRUPT, "journal %s: article %llu is damaged, set aside",
                   lmdb->path, (unsigned long long)seq);
}

static int take(struct lmdb *lmdb, bool with_entry, struct journal_item *out,
                struct err *err)
{
    uint64_t seq;
    char bytes[8];
    int rc;

    if (lmdb->broken || lmdb->read_only)
        return 0;
    while (seqs_pop(&lmdb->ready, &seq)) {
        lmdb_put64(bytes, seq);
        map_del(lmdb->queued, str_make(bytes, 8));
        rc = take_one(lmdb, seq, with_entry, out, err);
        if (rc != 0)
            return rc;
    }
    if (lmdb->take_next > lmdb->last[JOURNAL_ARTICLES])
        return 0;
    /* New work has no holes, so that the seek is mostly spared. */
    seq = lmdb->take_next;
    rc = take_one(lmdb, seq, with_entry, out, err);
    if (rc == 0) {
        rc = lmdb_seek(lmdb, LMDB_WORK, lmdb->take_next, &seq, err);
        if (rc == 0)
            seq = lmdb->last[JOURNAL_ARTICLES];
        if (rc == 1)
            rc = take_one(lmdb, seq, with_entry, out, err);
    }
    if (rc >= 0 || rc == ERR_CORRUPT)
        lmdb->take_next = seq + 1;
    return rc;
}

int lmdb_take(void *impl, struct journal_item *out, struct err *err)
{
    return take(impl, true, out, err);
}

int lmdb_next(void *impl, struct journal_item *out, struct err *err)
{
    return take(impl, false, out, err);
}

int lmdb_work(void *impl, uint64_t seq, struct journal_item *out, struct err *err)
{
    struct lmdb *lmdb = impl;
    return lmdb->broken || lmdb->read_only ? 0 : take_one(lmdb, seq, true, out, err);
}

int lmdb_dead(void *impl, uint64_t from, struct journal_item *out, struct err *err)
{
    struct lmdb *lmdb = impl;
    struct lmdb_state state = {.damaged = true};
    uint64_t seq;

    int rc = lmdb_seek(lmdb, LMDB_DEAD, from, &seq, err);
    if (rc <= 0)
        return rc;
    rc = lmdb_fetch(lmdb, JOURNAL_ARTICLES, seq, out, err);
    if (rc < 0 && rc != ERR_CORRUPT)
        return rc;
    if (rc != 1)
        *out = (struct journal_item){.seq = seq, .id = STR(""), .bytes = STR("")};
    rc = lmdb_find_state(lmdb, LMDB_DEAD, seq, &state, err);
    if (rc < 0)
        return rc;
    out->deaths = state.deaths;
    out->failures = state.failures;
    out->note = state.damaged ? STR("unknown") : state.note;
    return 1;
}

int lmdb_read(void *impl, enum journal_stream stream, uint64_t from,
              struct journal_item *out, struct err *err)
{
    struct lmdb *lmdb = impl;
    enum lmdb_table table = (enum lmdb_table)(LMDB_ARTICLES + stream);
    uint64_t seq;

    if (from > lmdb->durable[stream])
        return 0;
    int rc = lmdb_fetch(lmdb, stream, from, out, err);
    if (rc != 0)
        return rc;
    rc = lmdb_seek(lmdb, table, from, &seq, err);
    if (rc <= 0 || seq > lmdb->durable[stream])
        return rc < 0 ? rc : 0;
    rc = lmdb_fetch(lmdb, stream, seq, out, err);
    if (rc != 0)
        return rc;
    return err_set(err, ERR_CORRUPT, "journal %s: %s %llu has lost its head", lmdb->path,
                   lmdb_stream_name(stream), (unsigned long long)seq);
}

int lmdb_get(void *impl, enum journal_stream stream, uint64_t seq,
             struct journal_item *out, struct err *err)
{
    return lmdb_fetch(impl, stream, seq, out, err);
}

void lmdb_note_oldest(struct lmdb *lmdb, enum journal_stream stream)
{
    struct journal_item item;

    lmdb->oldest_ms[stream] = 0;
    if (lmdb_fetch(lmdb, stream, lmdb->first[stream], &item, NULL) == 1)
        lmdb->oldest_ms[stream] = item.stored_ms;
}

int lmdb_kept(void *impl, struct str name, struct str *bytes_out)
{
    struct lmdb *lmdb = impl;
    MDB_txn *txn;
    char bytes[LMDB_KEEP_KEY];
    MDB_val key = lmdb_keep_key(bytes, name), value;

    if (lmdb_txn(lmdb, &txn, NULL) < 0 ||
        mdb_get(txn, lmdb->table[LMDB_META], &key, &value) || value.mv_size < 8)
        return 0;
    struct str all = str_make(value.mv_data, value.mv_size);
    if (lmdb_get64(all.ptr) != hash64(str_from(all, 8), hash64(name, 0)))
        return 0;
    *bytes_out = str_from(all, 8);
    return 1;
}
