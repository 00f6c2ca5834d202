#include "broker/journal_lmdb.h"

#include "proto/base/clock.h"
#include "proto/base/hash.h"

#include <errno.h>

#define MAX_PENDING 16384 /* appends that one flush may hold */
#define MAX_PENDING_BYTES                                                                \
    (128ULL << 20)        /* and their bytes: LMDB keeps them in memory                  \
                           */
#define INLINE_BYTES 2000 /* longer records have pages of their own */
#define TRIM_PAGES   4    /* pages copied to drop an entry: a leaf in each table */

MDB_val lmdb_state_value(char value[LMDB_STATE], uint64_t seq,
                         const struct lmdb_state *state)
{
    size_t len =
        state->note.len < JOURNAL_NOTE_BYTES ? state->note.len : JOURNAL_NOTE_BYTES;

    lmdb_put32(value + 8, state->deaths);
    lmdb_put32(value + 12, state->failures);
    lmdb_put32(value + 16, state->begun);
    lmdb_put32(value + 20, state->bytes);
    if (len)
        memmove(value + LMDB_STATE_HEAD, state->note.ptr, len);
    lmdb_put64(value, hash64(str_make(value + 8, LMDB_STATE_HEAD - 8 + len), seq));
    return lmdb_val(value, LMDB_STATE_HEAD + len);
}

static void fill_record(char *record, enum journal_stream stream, uint64_t seq,
                        const struct journal_entry *entry)
{
    struct str id = entry->id, bytes = entry->bytes;
    record[8] = LMDB_RECORD;
    record[9] = 0;
    lmdb_put16(record + 10, (uint16_t)id.len);
    lmdb_put32(record + 12, (uint32_t)bytes.len);
    lmdb_put64(record + 16, entry->stored_ms ? entry->stored_ms : clock_wall_ms());
    memcpy(record + LMDB_RECORD_HEAD, id.ptr, id.len);
    if (bytes.len)
        memcpy(record + LMDB_RECORD_HEAD + id.len, bytes.ptr, bytes.len);
    size_t rest = LMDB_RECORD_HEAD - 8 + id.len + bytes.len;
    lmdb_put64(record, lmdb_sum(stream, seq, str_make(record + 8, rest)));
}

/* An entry over one page is cut, so that LMDB never has to find pages that are
 * neighbours: in a file that trimming has made full of holes it would search long and
 * fail early. */
static int put_record(struct lmdb *lmdb, enum journal_stream stream, uint64_t seq,
                      const struct journal_entry *entry)
{
    MDB_dbi dbi = lmdb->table[LMDB_ARTICLES + stream];
    size_t total = LMDB_RECORD_HEAD + entry->id.len + entry->bytes.len;
    char key_bytes[LMDB_CHUNK_KEY];
    MDB_val key = lmdb_chunk_key(key_bytes, seq, 0), value = lmdb_val(NULL, total);
    int rc = 0;

    if (total <= LMDB_CHUNK) {
        rc = mdb_put(lmdb->write, dbi, &key, &value, MDB_APPEND | MDB_RESERVE);
        if (rc == 0)
            fill_record(value.mv_data, stream, seq, entry);
        return rc;
    }
    buf_clear(&lmdb->record);
    char *record = buf_reserve(&lmdb->record, total);
    fill_record(record, stream, seq, entry);
    for (size_t chunk = 0, at = 0; rc == 0 && at < total; chunk++, at += LMDB_CHUNK) {
        key = lmdb_chunk_key(key_bytes, seq, chunk);
        value = lmdb_val(record + at, total - at < LMDB_CHUNK ? total - at : LMDB_CHUNK);
        rc = mdb_put(lmdb->write, dbi, &key, &value, MDB_APPEND);
    }
    return rc;
}

static uint64_t add_outcome(struct lmdb *lmdb, const struct journal_outcome *outcome)
{
    if (lmdb->outcome_count == lmdb->outcome_cap && lmdb->outcome_head > 0) {
        lmdb->outcome_count -= lmdb->outcome_head;
        lmdb->outcome_done -= lmdb->outcome_head;
        memmove(lmdb->outcome, lmdb->outcome + lmdb->outcome_head,
                lmdb->outcome_count * sizeof *lmdb->outcome);
        lmdb->outcome_head = 0;
    }
    if (lmdb->outcome_count == lmdb->outcome_cap) {
        lmdb->outcome_cap = lmdb->outcome_cap ? lmdb->outcome_cap * 2 : 256;
        lmdb->outcome = mem_grow(lmdb->outcome, lmdb->outcome_cap, sizeof *lmdb->outcome);
    }
    lmdb->outcome[lmdb->outcome_count] = *outcome;
    lmdb->outcome[lmdb->outcome_count++].ticket = ++lmdb->tickets;
    return lmdb->tickets;
}

/* Most an append can add to the file: a leaf may be half empty. Its id has a part of a
 * row in the run, and is counted again when it goes to the table. */
static uint64_t append_bytes(const struct lmdb *lmdb, size_t total)
{
    uint64_t bytes = 3 * LMDB_ROW_BYTES;

    if (total <= INLINE_BYTES)
        return bytes + 2 * (total + LMDB_ROW_BYTES);
    return bytes + (total / LMDB_CHUNK + 1) * (lmdb->page_bytes + LMDB_ROW_BYTES);
}

static int check_room(const struct lmdb *lmdb, size_t total, struct err *err)
{
    if (lmdb->outcome_count - lmdb->outcome_head >= MAX_PENDING ||
        lmdb->pending_bytes + total > MAX_PENDING_BYTES)
        return err_set(err, ERR_FULL, "journal %s: too much waits for a flush or settle",
                       lmdb->path);
    if (!lmdb_has_room(lmdb, append_bytes(lmdb, total)))
        return err_set(err, ERR_NOSPACE, "journal %s is full: %llu MiB", lmdb->path,
                       (unsigned long long)(lmdb->map_pages * lmdb->page_bytes >> 20));
    return 0;
}

static int put_state(struct lmdb *lmdb, enum lmdb_table table, uint64_t seq,
                     const struct lmdb_state *state, unsigned flags)
{
    char key_bytes[8], value_bytes[LMDB_STATE];
    MDB_val key = lmdb_seq_key(key_bytes, seq);
    MDB_val value = lmdb_state_value(value_bytes, seq, state);

    return mdb_put(lmdb->write, lmdb->table[table], &key, &value, flags);
}

/* Write the entry under the next sequence number. */
static int store(struct lmdb *lmdb, enum journal_stream stream,
                 const struct journal_entry *entry)
{
    uint64_t seq = lmdb->last[stream] + 1;
    const struct lmdb_state state = {.bytes = (uint32_t)entry->bytes.len,
                                     .note = entry->note};

    int rc = put_record(lmdb, stream, seq, entry);
    if (rc == 0 && stream == JOURNAL_ARTICLES) {
        rc = put_state(lmdb, LMDB_WORK, seq, &state, MDB_APPEND);
        lmdb->unfinished++;
        lmdb->unfinished_bytes += state.bytes;
    }
    if (rc == 0)
        rc = lmdb_ids_add(lmdb, stream, entry->id, seq);
    lmdb->last[stream] = seq;
    if (lmdb->first[stream] == seq)
        lmdb_note_oldest(lmdb, stream);
    return rc;
}

int lmdb_append(void *impl, enum journal_stream stream, const struct journal_entry *entry,
                uint64_t *ticket_out, struct err *err)
{
    struct lmdb *lmdb = impl;
    struct journal_item old;
    struct journal_outcome outcome = {.stream = stream};
    size_t total = LMDB_RECORD_HEAD + entry->id.len + entry->bytes.len + entry->note.len;

    int rc = lmdb_begin(lmdb, err);
    if (rc == 0)
        rc = check_room(lmdb, total, err);
    if (rc == 0 && entry->seq && entry->seq != lmdb->last[stream] + 1)
        rc = err_set(err, ERR_CONFLICT, "journal %s: %llu would be %llu", lmdb->path,
                     (unsigned long long)entry->seq,
                     (unsigned long long)lmdb->last[stream] + 1);
    if (rc == 0)
        rc = lmdb_ids_find(lmdb, stream, entry->id, &old, err);
    if (rc < 0)
        return rc;
    if (rc == 1) {
        outcome.seq = old.seq;
        outcome.duplicate = true;
        outcome.differs = !str_eq(old.bytes, entry->bytes);
        *ticket_out = add_outcome(lmdb, &outcome);
        return 0;
    }
    rc = store(lmdb, stream, entry);
    if (rc)
        return lmdb_fail(lmdb, rc, "append", err);
    lmdb->spent_bytes += append_bytes(lmdb, total);
    lmdb->pending_bytes += total;
    lmdb->appended++;
    outcome.seq = lmdb->last[stream];
    *ticket_out = add_outcome(lmdb, &outcome);
    return 0;
}

/* Leaves the row of seq in work, 0 or LMDB's error; bytes is what it counted for. */
static int drop_work(struct lmdb *lmdb, uint64_t seq, uint64_t bytes)
{
    char key_bytes[8];
    MDB_val key = lmdb_seq_key(key_bytes, seq);

    int rc = mdb_del(lmdb->write, lmdb->table[LMDB_WORK], &key, NULL);
    if (rc == 0) {
        lmdb->unfinished--;
        lmdb->unfinished_bytes -=
            bytes < lmdb->unfinished_bytes ? bytes : lmdb->unfinished_bytes;
    }
    return rc;
}

int lmdb_finish(void *impl, uint64_t seq, struct err *err)
{
    struct lmdb *lmdb = impl;
    struct lmdb_state state;

    int rc = lmdb_begin(lmdb, err);
    if (rc == 0)
        rc = lmdb_find_state(lmdb, LMDB_WORK, seq, &state, err);
    if (rc <= 0)
        return rc;
    rc = drop_work(lmdb, seq, state.bytes);
    return rc ? lmdb_fail(lmdb, rc, "finish", err) : 0;
}

/* May seq be given back or buried? Leaves a write transaction open. The state is borrowed
 * until the next change. */
static int check_taken(struct lmdb *lmdb, uint64_t seq, struct lmdb_state *out,
                       struct err *err)
{
    char bytes[8];

    int rc = lmdb_begin(lmdb, err);
    if (rc == 0)
        rc = lmdb_find_state(lmdb, LMDB_WORK, seq, out, err);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return err_set(err, ERR_NOTFOUND, "article %llu is not work any more",
                       (unsigned long long)seq);
    lmdb_put64(bytes, seq);
    if (seq >= lmdb->take_next || map_get(lmdb->queued, str_make(bytes, 8), NULL))
        return err_set(err, ERR_STATE, "article %llu is not taken",
                       (unsigned long long)seq);
    return 0;
}

int lmdb_begin_attempt(void *impl, uint64_t seq, struct err *err)
{
    struct lmdb *lmdb = impl;
    struct lmdb_state state;

    int rc = check_taken(lmdb, seq, &state, err);
    if (rc < 0)
        return rc;
    state.begun++;
    rc = put_state(lmdb, LMDB_WORK, seq, &state, 0);
    return rc ? lmdb_fail(lmdb, rc, "begin attempt", err) : 0;
}

static void hold(struct lmdb *lmdb, uint64_t seq)
{
    char bytes[8];

    lmdb_put64(bytes, seq);
    map_put(lmdb->queued, str_make(bytes, 8), 1);
    seqs_push(&lmdb->held, seq);
}

/* What is kept of an attempt that ended. */
static struct lmdb_state ended(const struct lmdb_state *old,
                               const struct journal_release *release)
{
    return (struct lmdb_state){.deaths = release->deaths,
                               .failures = release->failures,
                               .bytes = old->bytes,
                               .note = release->note};
}

int lmdb_release(void *impl, uint64_t seq, const struct journal_release *release,
                 struct err *err)
{
    struct lmdb *lmdb = impl;
    struct lmdb_state old;

    int rc = check_taken(lmdb, seq, &old, err);
    if (rc < 0)
        return rc;
    struct lmdb_state state = ended(&old, release);
    rc = put_state(lmdb, LMDB_WORK, seq, &state, 0);
    if (rc)
        return lmdb_fail(lmdb, rc, "release", err);
    hold(lmdb, seq);
    return 0;
}

int lmdb_set_aside(struct lmdb *lmdb, uint64_t seq, const struct lmdb_state *state,
                   struct err *err)
{
    int rc = lmdb_begin(lmdb, err);
    if (rc < 0)
        return rc;
    rc = put_state(lmdb, LMDB_DEAD, seq, state, 0);
    if (rc == 0)
        rc = drop_work(lmdb, seq, state->bytes);
    if (rc)
        return lmdb_fail(lmdb, rc, "bury", err);
    lmdb->dead++;
    return 0;
}

int lmdb_bury(void *impl, uint64_t seq, const struct journal_release *release,
              struct err *err)
{
    struct lmdb_state old;

    int rc = check_taken(impl, seq, &old, err);
    if (rc < 0)
        return rc;
    struct lmdb_state state = ended(&old, release);
    return lmdb_set_aside(impl, seq, &state, err);
}

/* Take seq out of the dead letters. */
static int raise(struct lmdb *lmdb, uint64_t seq, struct lmdb_state *state_out,
                 struct err *err)
{
    char bytes[8];
    MDB_val key = lmdb_seq_key(bytes, seq);

    int rc = lmdb_begin(lmdb, err);
    if (rc == 0)
        rc = lmdb_find_state(lmdb, LMDB_DEAD, seq, state_out, err);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return err_set(err, ERR_NOTFOUND, "article %llu is no dead letter",
                       (unsigned long long)seq);
    buf_clear(&lmdb->record);
    buf_add_str(&lmdb->record, state_out->note);
    state_out->note = buf_str(&lmdb->record);
    rc = mdb_del(lmdb->write, lmdb->table[LMDB_DEAD], &key, NULL);
    if (rc)
        return lmdb_fail(lmdb, rc, "raise", err);
    lmdb->dead--;
    return 0;
}

int lmdb_purge(void *impl, uint64_t seq, struct err *err)
{
    struct lmdb_state state;
    return raise(impl, seq, &state, err);
}

int lmdb_revive(void *impl, uint64_t seq, struct err *err)
{
    struct lmdb *lmdb = impl;
    struct lmdb_state old;

    int rc = raise(lmdb, seq, &old, err);
    if (rc < 0)
        return rc;
    const struct lmdb_state state = {.bytes = old.bytes, .note = old.note};
    rc = put_state(lmdb, LMDB_WORK, seq, &state, 0);
    if (rc)
        return lmdb_fail(lmdb, rc, "revive", err);
    lmdb->unfinished++;
    lmdb->unfinished_bytes += state.bytes;
    if (seq < lmdb->take_next)
        hold(lmdb, seq);
    return 0;
}

int lmdb_keep(void *impl, struct str name, struct str bytes, struct err *err)
{
    struct lmdb *lmdb = impl;
    char key_bytes[LMDB_KEEP_KEY], value_bytes[8 + JOURNAL_KEEP_BYTES];
    MDB_val key = lmdb_keep_key(key_bytes, name);

    int rc = lmdb_begin(lmdb, err);
    if (rc < 0)
        return rc;
    lmdb_put64(value_bytes, hash64(bytes, hash64(name, 0)));
    if (bytes.len)
        memcpy(value_bytes + 8, bytes.ptr, bytes.len);
    MDB_val value = lmdb_val(value_bytes, 8 + bytes.len);
    rc = mdb_put(lmdb->write, lmdb->table[LMDB_META], &key, &value, 0);
    return rc ? lmdb_fail(lmdb, rc, "keep", err) : 0;
}

int lmdb_put_bounds(struct lmdb *lmdb)
{
    char bytes[LMDB_BOUNDS];

    for (int i = 0; i < JOURNAL_STREAMS; i++) {
        char *row = bytes + 8 + 24 * i;
        lmdb_put64(row, lmdb->trimmed[i]);
        lmdb_put64(row + 8, lmdb->last[i]);
        lmdb_put64(row + 16, lmdb->ids[i].missing_from);
    }
    lmdb_put64(bytes, hash64(str_make(bytes + 8, sizeof bytes - 8), 0));
    lmdb->bounds_changed = false;
    return lmdb_put_meta(lmdb, lmdb->write, "bounds", bytes, sizeof bytes);
}

/* 1: the article must stay. */
static int is_kept(struct lmdb *lmdb, enum journal_stream stream, uint64_t seq,
                   int *rc_out)
{
    static const enum lmdb_table keepers[] = {LMDB_WORK, LMDB_DEAD};
    char bytes[8];
    MDB_val key = lmdb_seq_key(bytes, seq), value;

    *rc_out = 0;
    if (stream != JOURNAL_ARTICLES)
        return 0;
    for (size_t i = 0; i < sizeof keepers / sizeof *keepers; i++) {
        int rc = mdb_get(lmdb->write, lmdb->table[keepers[i]], &key, &value);
        if (rc == 0)
            return 1;
        if (rc != MDB_NOTFOUND)
            *rc_out = rc;
    }
    return 0;
}

/* The id of a damaged entry cannot be trusted; what then stays behind in the id table
 * points nowhere, which lmdb_ids_find passes over. */
static int drop(struct lmdb *lmdb, enum journal_stream stream, uint64_t seq)
{
    struct journal_item item;
    MDB_dbi dbi = lmdb->table[LMDB_ARTICLES + stream];
    char key_bytes[LMDB_CHUNK_KEY];
    int rc = 0;

    if (lmdb_fetch(lmdb, stream, seq, &item, NULL) == 1)
        rc = lmdb_ids_drop(lmdb, stream, item.id, seq);
    if (rc)
        return rc;
    for (size_t chunk = 0;; chunk++) {
        MDB_val key = lmdb_chunk_key(key_bytes, seq, chunk);
        rc = mdb_del(lmdb->write, dbi, &key, NULL);
        if (rc == MDB_NOTFOUND && chunk > 0)
            return 0;
        if (rc && rc != MDB_NOTFOUND)
            return rc;
    }
}

/* Look at up to `budget` entries from trim_next; 0 or LMDB's error. */
static int trim_some(struct lmdb *lmdb, enum journal_stream stream, uint64_t before,
                     uint64_t budget, struct err *err)
{
    enum lmdb_table table = (enum lmdb_table)(LMDB_ARTICLES + stream);
    uint64_t seq = 0;
    int rc = 0;

    while (budget-- > 0 && rc == 0) {
        int code = lmdb_seek(lmdb, table, lmdb->trim_next[stream], &seq, err);
        if (code < 0)
            return code == ERR_CORRUPT ? MDB_CORRUPTED : EIO;
        if (code == 0 || seq >= before) {
            lmdb->trim_next[stream] = 0;
            break;
        }
        lmdb->trim_next[stream] = seq + 1;
        if (is_kept(lmdb, stream, seq, &rc) || rc)
            continue;
        rc = drop(lmdb, stream, seq);
        lmdb->dropped[stream]++;
        lmdb->dropped_some = true;
        lmdb->spent_bytes += TRIM_PAGES * lmdb->page_bytes;
        if (seq < lmdb->trimmed[stream])
            continue;
        lmdb->trimmed[stream] = seq + 1;
        lmdb->bounds_changed = true;
    }
    return rc;
}

int lmdb_trim(void *impl, enum journal_stream stream, uint64_t before, struct err *err)
{
    struct lmdb *lmdb = impl;
    enum lmdb_table table = (enum lmdb_table)(LMDB_ARTICLES + stream);
    uint64_t budget = JOURNAL_TRIM_STEP, seq;

    if (before > lmdb->durable[stream] + 1)
        before = lmdb->durable[stream] + 1;
    if (before <= lmdb->first[stream])
        return 0;
    int rc = lmdb_begin(lmdb, err);
    if (rc < 0)
        return rc;
    uint64_t affordable = lmdb_room_left(lmdb) / (TRIM_PAGES * lmdb->page_bytes);
    if (budget > affordable)
        budget = affordable;
    rc = trim_some(lmdb, stream, before, budget, err);
    if (rc)
        return lmdb_fail(lmdb, rc, "trim", err);
    int code = lmdb_seek(lmdb, table, 0, &seq, err);
    if (code < 0)
        return code;
    lmdb->first[stream] =
        code == 1 && seq <= lmdb->durable[stream] ? seq : lmdb->durable[stream] + 1;
    lmdb_note_oldest(lmdb, stream);
    return 0;
}
