#ifndef BROKER_JOURNAL_LMDB_H
#define BROKER_JOURNAL_LMDB_H

/* Inside of the embedded engine, shared by the journal_lmdb*.c files; tests reach its
 * seams through journal_impl. Keys and values are described in journal.txt.
 *
 * There is one write transaction at most, begun at the first change after a flush and
 * committed by the next. While it is open everything is read through it, so that a caller
 * sees its own changes; otherwise through one read transaction, which no change outlives:
 * it can never hold back the reuse of pages. */

#include "broker/journal.h"
#include "broker/journal_queue.h"
#include "proto/base/buf.h"
#include "proto/base/map.h"

#include <endian.h>
#include <lmdb.h>

/* Of the whole file; the rule for bumping it is in journal.txt. */
#define LMDB_FORMAT 3

#define LMDB_RECORD      1    /* of one entry */
#define LMDB_RECORD_HEAD 24   /* bytes before an entry's id */
#define LMDB_CHUNK       4080 /* what an overflow page of 4 KiB holds */
#define LMDB_STATE_HEAD  24   /* bytes before the note in an article's state */
#define LMDB_MARK        24   /* the row of a named consumer */
#define LMDB_BOUNDS      56   /* the row of positions in meta */
#define LMDB_COUNTS      16   /* the row of counts in meta */
#define LMDB_ROW_BYTES   64   /* at most, a row's key, head and share of upper pages */

enum lmdb_table {
    LMDB_META,
    LMDB_ARTICLES, /* stream tables stand at LMDB_ARTICLES + stream */
    LMDB_FACTS,
    LMDB_ARTICLE_IDS, /* id tables at LMDB_ARTICLE_IDS + stream */
    LMDB_FACT_IDS,
    LMDB_WORK,
    LMDB_DEAD,
    LMDB_MARKS,
    LMDB_TABLES
};

/* An id that has not reached its table yet, and a part of the hash's range of those. */
#define LMDB_BUCKET_BITS 10
#define LMDB_BUCKETS     (1 << LMDB_BUCKET_BITS)
struct lmdb_id {
    uint64_t hash, seq;
};
struct lmdb_bucket {
    struct lmdb_id *row; /* owned */
    size_t count, cap;
};
/* Their hashes stand in meta, too, a row for so many entries that follow each other. */
#define LMDB_RUN 32
struct lmdb_ids {
    struct lmdb_bucket bucket[LMDB_BUCKETS];
    uint64_t waiting;       /* rows in all buckets */
    uint64_t next_bucket;   /* to be written next */
    uint64_t missing_from;  /* ids of all entries before it are in the table */
    uint64_t round_from;    /* and before this, when the last bucket is written */
    uint64_t run[LMDB_RUN]; /* hashes of the newest, until they are a row */
    size_t run_count;
};

struct lmdb {
    char *path;         /* owned; the directory */
    uint64_t map_bytes; /* as asked for */
    int lock_fd;        /* -1 when read-only */
    bool read_only;
    int broken; /* 0, or what changes are answered since a flush failed; ERR_CORRUPT stays
                 */
    bool damaged; /* the open change met a damaged page, and LMDB has given it up */

    MDB_env *env; /* NULL when not even reading was possible after a failure */
    MDB_dbi table[LMDB_TABLES];
    MDB_txn *write; /* NULL: nothing changed since the last flush */
    MDB_txn *read;
    bool read_live;   /* read holds a snapshot */
    uint64_t seed;    /* of the id hash, drawn when the journal was made */
    uint64_t id_mask; /* all ones; tests narrow it to make ids collide */
    uint32_t format;  /* of the file; an older one only where it is read-only */
    int fail_commit;  /* tests: the next commit fails with this */

    uint64_t first[JOURNAL_STREAMS], last[JOURNAL_STREAMS]; /* last: unsettled counted */
    uint64_t durable[JOURNAL_STREAMS];
    uint64_t trimmed[JOURNAL_STREAMS];   /* below it holes are rightful */
    uint64_t trim_next[JOURNAL_STREAMS]; /* where the next trim goes on */
    uint64_t dropped[JOURNAL_STREAMS];   /* by trim, since open */
    bool dropped_some;                   /* and used_pages does not know it yet */
    uint64_t unfinished, unfinished_bytes, dead, flushes;
    uint64_t oldest_ms[JOURNAL_STREAMS]; /* of entry first; 0: there is none */
    uint64_t flushed_ms, flush_us, flush_most_us;

    uint64_t take_next; /* work below it was taken, or is in held or ready */
    struct seqs held;   /* given back since the last flush */
    struct seqs ready;  /* given back durably, to be taken again */
    struct map *queued; /* owned; the members of held and ready */

    struct journal_outcome *outcome; /* owned; [head..done) may be settled */
    size_t outcome_cap, outcome_head, outcome_done, outcome_count;
    uint64_t tickets, pending_bytes;

    uint64_t page_bytes, map_pages, used_pages;
    uint64_t room_bytes;    /* at least so much was free when the transaction began */
    uint64_t spent_bytes;   /* at most so much it has taken */
    uint64_t id_pages;      /* of the id tables then: at most so many are copied */
    uint64_t id_copied;     /* of them, at most */
    uint64_t appended;      /* since then */
    bool bounds_changed;    /* the row is to be written with the next commit */
    uint64_t counted_bytes; /* unfinished_bytes as the row of counts has it */

    struct lmdb_ids ids[JOURNAL_STREAMS];
    uint64_t ids_waiting_max; /* about so many wait in each; tests lower it */
    struct buf record;        /* an entry of several chunks, put together */
    struct str mapping;       /* where LMDB has the file in memory */
    uint64_t touched_bytes;   /* of entries read there since its pages were given back */
};

static inline MDB_val lmdb_val(const void *ptr, size_t len)
{
    return (MDB_val){.mv_size = len, .mv_data = (void *)(uintptr_t)ptr};
}

static inline void lmdb_put64(void *to, uint64_t value)
{
    value = htobe64(value);
    memcpy(to, &value, sizeof value);
}

static inline uint64_t lmdb_get64(const void *from)
{
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return be64toh(value);
}

static inline void lmdb_put32(void *to, uint32_t value)
{
    value = htobe32(value);
    memcpy(to, &value, sizeof value);
}

static inline uint32_t lmdb_get32(const void *from)
{
    uint32_t value;
    memcpy(&value, from, sizeof value);
    return be32toh(value);
}

static inline void lmdb_put16(void *to, uint16_t value)
{
    value = htobe16(value);
    memcpy(to, &value, sizeof value);
}

static inline uint16_t lmdb_get16(const void *from)
{
    uint16_t value;
    memcpy(&value, from, sizeof value);
    return be16toh(value);
}

static inline const char *lmdb_stream_name(enum journal_stream stream)
{
    return stream == JOURNAL_ARTICLES ? "articles" : "facts";
}

/* Key of one chunk of an entry. */
#define LMDB_CHUNK_KEY 10
static inline MDB_val lmdb_chunk_key(char key[LMDB_CHUNK_KEY], uint64_t seq, size_t chunk)
{
    lmdb_put64(key, seq);
    lmdb_put16(key + 8, (uint16_t)chunk);
    return lmdb_val(key, LMDB_CHUNK_KEY);
}

static inline MDB_val lmdb_seq_key(char key[8], uint64_t seq)
{
    lmdb_put64(key, seq);
    return lmdb_val(key, 8);
}

/* No entry stands beyond: a number that does not fit is not counted on from. */
#define LMDB_SEQ_MOST ((uint64_t)INT64_MAX - 1)
/* Does a key begin with a number that an entry can have? Keys are under no checksum: rows
 * with others are passed over, and check tells of them. */
static inline bool lmdb_is_place(MDB_val key)
{
    return (key.mv_size == 8 || key.mv_size == LMDB_CHUNK_KEY) &&
           lmdb_get64(key.mv_data) <= LMDB_SEQ_MOST;
}

/* How often an article was tried, and the note beside it. */
struct lmdb_state {
    uint32_t deaths, failures, begun;
    uint32_t bytes;  /* of the article's entry */
    struct str note; /* borrowed */
    bool damaged;    /* the checksum is wrong, and the rest is empty */
};

/* Key in meta of what the broker keeps under a name. */
#define LMDB_KEEP_KEY 70
static inline MDB_val lmdb_keep_key(char key[LMDB_KEEP_KEY], struct str name)
{
    memcpy(key, "keep/", 5);
    memcpy(key + 5, name.ptr, name.len);
    return lmdb_val(key, 5 + name.len);
}

/* The value of seq in the tables work and dead, in the format of now. */
#define LMDB_STATE (LMDB_STATE_HEAD + JOURNAL_NOTE_BYTES)
MDB_val lmdb_state_value(char value[LMDB_STATE], uint64_t seq,
                         const struct lmdb_state *state);
/* And read, in the file's own format. */
struct lmdb_state lmdb_state_of(const struct lmdb *lmdb, uint64_t seq, MDB_val value);
struct lmdb_state lmdb_state_of_1(uint64_t seq, MDB_val value);

/* journal_lmdb_env.c: the environment, its lock and its failures. */

/* Code and text for what LMDB answered; returns the code. Notes where it is damage. */
int lmdb_error(struct lmdb *lmdb, int rc, const char *what, struct err *err);
/* Where there is no journal in the directory, make one. */
int lmdb_make(struct lmdb *lmdb, struct err *err);
int lmdb_env_open(struct lmdb *lmdb, bool read_only, struct err *err);
void lmdb_env_close(struct lmdb *lmdb);
/* A damaged page was met. The transaction answers nothing any more: the next read begins
 * another; the one that holds changes is lost, and the next change or flush says so. */
void lmdb_leave_damage(struct lmdb *lmdb);
/* Make the directory, or see that nobody else can write in it. */
int lmdb_make_dir(struct lmdb *lmdb, struct err *err);
/* statfs's f_type of a file system whose locks and mappings LMDB cannot trust. */
bool lmdb_is_remote(unsigned long fs_type);
int lmdb_lock(struct lmdb *lmdb, struct err *err);
/* Make the directory, and what is in it by name, durable. */
int lmdb_sync_names(const struct lmdb *lmdb, struct err *err);
/* Set a row of meta. 0 or LMDB's error. */
int lmdb_put_meta(const struct lmdb *lmdb, MDB_txn *txn, const char *name,
                  const void *ptr, size_t len);

/* journal_lmdb_load.c */

/* Go on with what is durable: positions and counts anew, nothing taken. */
int lmdb_load(struct lmdb *lmdb, struct err *err);
int lmdb_recover(void *impl, struct err *err);
/* Bytes of unfinished articles, counted one by one. 0 or LMDB's error. */
int lmdb_sum_work(const struct lmdb *lmdb, MDB_txn *txn, uint64_t *bytes_out);
/* And as the row in meta has them; false where it is missing or damaged. */
bool lmdb_counts(const struct lmdb *lmdb, MDB_txn *txn, uint64_t *bytes_out);
/* Write that row. 0 or LMDB's error. */
int lmdb_put_counts(const struct lmdb *lmdb, MDB_txn *txn, uint64_t bytes);

/* journal_lmdb.c: transactions and tickets. */

/* The transaction to read through: the open change, or a fresh snapshot. */
int lmdb_txn(struct lmdb *lmdb, MDB_txn **txn_out, struct err *err);
void lmdb_end_read(struct lmdb *lmdb);
/* Make sure that there is a write transaction. */
int lmdb_begin(struct lmdb *lmdb, struct err *err);
/* What a journal that is degraded answers; returns the code. */
int lmdb_say_broken(const struct lmdb *lmdb, struct err *err);
/* A change failed half-way: the transaction is lost, the journal degraded. Returns the
 * code. */
int lmdb_fail(struct lmdb *lmdb, int rc, const char *what, struct err *err);
/* Is there so much besides the reserve? */
bool lmdb_has_room(const struct lmdb *lmdb, uint64_t bytes);
/* What a change may still use when it is one that frees some. */
uint64_t lmdb_room_left(const struct lmdb *lmdb);
/* Count free pages anew; no transaction may be open. */
void lmdb_count_room(struct lmdb *lmdb);

/* journal_lmdb_ids.c */

/* Key of an id in its table. */
MDB_val lmdb_id_key(const struct lmdb *lmdb, char key[8], struct str id);
/* Is there a sound entry of this id? 1 with it, 0, negative. Wants a write transaction.
 */
int lmdb_ids_find(struct lmdb *lmdb, enum journal_stream stream, struct str id,
                  struct journal_item *out, struct err *err);
/* The id of an entry just written. 0 or LMDB's error. */
int lmdb_ids_add(struct lmdb *lmdb, enum journal_stream stream, struct str id,
                 uint64_t seq);
/* 0 or LMDB's error. */
int lmdb_ids_drop(struct lmdb *lmdb, enum journal_stream stream, struct str id,
                  uint64_t seq);
/* Before a commit: write some of those that wait to the table. 0 or LMDB's error. */
int lmdb_ids_sweep(struct lmdb *lmdb, enum journal_stream stream);
/* After lmdb_load, where there will be appends: read what the table lacks, from the runs,
 * and of the newest from the entries themselves. */
int lmdb_ids_load(struct lmdb *lmdb, struct err *err);
/* Before a clean end, so that the next start has nothing to read again. */
void lmdb_ids_write_all(struct lmdb *lmdb);
void lmdb_ids_fini(struct lmdb *lmdb);

/* journal_lmdb_runs.c */

/* The first of the entries that share a row with seq. */
static inline uint64_t lmdb_run_first(uint64_t seq)
{
    return seq == 0 ? 0 : seq - (seq - 1) % LMDB_RUN;
}
/* The hash of the next entry's id; true: with it there are enough for a row. */
bool lmdb_run_note(struct lmdb_ids *ids, uint64_t seq, uint64_t hash);
/* Write the row that `last` completes. 0 or LMDB's error. */
int lmdb_run_write(struct lmdb *lmdb, enum journal_stream stream, uint64_t last);
/* The row that begins with entry `first`. 1, 0 (there is none), ERR_CORRUPT (it is
 * damaged), or another error. */
int lmdb_run_read(struct lmdb *lmdb, enum journal_stream stream, uint64_t first,
                  uint64_t hash_out[LMDB_RUN], struct err *err);
/* Rows of entries that all stand before this go. 0 or LMDB's error. */
int lmdb_runs_drop(struct lmdb *lmdb, enum journal_stream stream, uint64_t before);

/* journal_lmdb_write.c */

/* Positions that the streams alone do not tell. 0 or LMDB's error. */
int lmdb_put_bounds(struct lmdb *lmdb);
int lmdb_begin_attempt(void *impl, uint64_t seq, struct err *err);
int lmdb_append(void *impl, enum journal_stream stream, const struct journal_entry *entry,
                uint64_t *ticket_out, struct err *err);
int lmdb_finish(void *impl, uint64_t seq, struct err *err);
int lmdb_release(void *impl, uint64_t seq, const struct journal_release *release,
                 struct err *err);
int lmdb_bury(void *impl, uint64_t seq, const struct journal_release *release,
              struct err *err);
int lmdb_revive(void *impl, uint64_t seq, struct err *err);
int lmdb_purge(void *impl, uint64_t seq, struct err *err);
int lmdb_keep(void *impl, struct str name, struct str bytes, struct err *err);
int lmdb_trim(void *impl, enum journal_stream stream, uint64_t before, struct err *err);
/* Work becomes a dead letter, taken or not. */
int lmdb_set_aside(struct lmdb *lmdb, uint64_t seq, const struct lmdb_state *state,
                   struct err *err);

/* journal_lmdb_read.c */

/* One entry with its checksum verified. 1, 0 (no such), ERR_CORRUPT, ERR_SYSTEM. */
int lmdb_fetch(struct lmdb *lmdb, enum journal_stream stream, uint64_t seq,
               struct journal_item *out, struct err *err);
/* Numbers of the first and the last row that has one (lmdb_is_place); 0: there is none.
 * ERR_CORRUPT, where there will be appends: a row that has none stands behind them, and
 * new ones go behind the last. */
int lmdb_ends(struct lmdb *lmdb, enum lmdb_table table, uint64_t *first_out,
              uint64_t *last_out, struct err *err);
/* First sequence number >= from in a table. 1, 0, negative. */
int lmdb_seek(struct lmdb *lmdb, enum lmdb_table table, uint64_t from, uint64_t *seq_out,
              struct err *err);
int lmdb_take(void *impl, struct journal_item *out, struct err *err);
int lmdb_next(void *impl, struct journal_item *out, struct err *err);
int lmdb_work(void *impl, uint64_t seq, struct journal_item *out, struct err *err);
int lmdb_dead(void *impl, uint64_t from, struct journal_item *out, struct err *err);
int lmdb_read(void *impl, enum journal_stream stream, uint64_t from,
              struct journal_item *out, struct err *err);
int lmdb_get(void *impl, enum journal_stream stream, uint64_t seq,
             struct journal_item *out, struct err *err);
int lmdb_kept(void *impl, struct str name, struct str *bytes_out);
/* See anew when the oldest entry was stored. */
void lmdb_note_oldest(struct lmdb *lmdb, enum journal_stream stream);
/* State of seq in work or dead. 1, 0 (not there), negative. */
int lmdb_find_state(struct lmdb *lmdb, enum lmdb_table table, uint64_t seq,
                    struct lmdb_state *out, struct err *err);
/* Checksum of an entry: its bytes behind the checksum, seeded with its place. */
uint64_t lmdb_sum(enum journal_stream stream, uint64_t seq, struct str rest);

/* journal_lmdb_marks.c */
int lmdb_mark(void *impl, struct str name, uint64_t position, struct err *err);
int lmdb_marked(void *impl, struct str name, uint64_t *position_out);
int lmdb_next_mark(void *impl, struct str after, struct journal_mark *out,
                   struct err *err);
int lmdb_forget(void *impl, struct str name, struct err *err);
/* The value of a name's row is sound. */
bool lmdb_mark_is_sound(const struct lmdb *lmdb, struct str name, struct str value);

/* journal_lmdb_upgrade.c */

/* Turn a file of lmdb->format into LMDB_FORMAT, step by step, in the transaction that
 * opened its tables. 0 or LMDB's error. */
int lmdb_upgrade(struct lmdb *lmdb, MDB_txn *txn);

/* journal_lmdb_pages.c */

/* Walk every page of the newest snapshot, not trusting any; calls note for each finding.
 * Their count, or negative. */
int lmdb_check_pages(struct lmdb *lmdb, void (*note)(void *context, const char *finding),
                     void *context, struct err *err);

/* journal_lmdb_backup.c */
int lmdb_backup(void *impl, const char *file, struct err *err);
int lmdb_restore(const char *path, const char *file, bool replace, struct err *err);

/* journal_lmdb_copy.c */
int lmdb_start_at(void *impl, enum journal_stream stream, uint64_t seq, struct err *err);
int lmdb_put_aside(void *impl, uint64_t seq, const struct journal_item *item,
                   struct err *err);

/* journal_lmdb_check.c */
int lmdb_check(void *impl, void (*report)(void *context, const char *finding),
               void *context, struct err *err);

#endif
