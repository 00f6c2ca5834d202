#include "broker/journal_lmdb.h"

#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* Readers killed in the act stop the reuse of pages: look for them so often. */
#define READER_CHECK_FLUSHES 1024
#define RESIDENT_BYTES       ((uint64_t)16 << 20) /* of the mapping, about, at most */
#define COUNT_FLUSHES        256 /* used_bytes in the statistics is at most that old */
#define TXN_PAGES            64 /* a commit's own: upper pages of the tables, free lists */
#define IDS_WAITING          65536 /* read again after a crash; fewer save fewer writes */
#define MAX_RESERVE_PAGES    4096
#define MIN_RESERVE_PAGES    96

/* Kept for finish, bury, mark and trim, which need some pages before they free any. */
static uint64_t reserve_bytes(const struct lmdb *lmdb)
{
    uint64_t pages = lmdb->map_pages / 16;

    if (pages > MAX_RESERVE_PAGES)
        pages = MAX_RESERVE_PAGES;
    return lmdb->page_bytes * (pages < MIN_RESERVE_PAGES ? MIN_RESERVE_PAGES : pages);
}

bool lmdb_has_room(const struct lmdb *lmdb, uint64_t bytes)
{
    return lmdb->room_bytes >= lmdb->spent_bytes + bytes + reserve_bytes(lmdb);
}

uint64_t lmdb_room_left(const struct lmdb *lmdb)
{
    return lmdb->room_bytes > lmdb->spent_bytes ? lmdb->room_bytes - lmdb->spent_bytes
                                                : 0;
}

/* LMDB counts pages up to the highest ever used; those freed below it are listed in its
 * table 0 by the transaction that freed them, first the number of pages. The next change
 * cannot yet use what the newest one freed. */
void lmdb_count_room(struct lmdb *lmdb)
{
    MDB_txn *txn;
    MDB_envinfo info;
    MDB_stat stat;
    MDB_cursor *cursor;
    MDB_val key, value;
    size_t txnid, count;
    uint64_t usable = 0, unused = 0;

    if (mdb_env_info(lmdb->env, &info) || mdb_env_stat(lmdb->env, &stat) ||
        lmdb_txn(lmdb, &txn, NULL) < 0 || mdb_cursor_open(txn, 0, &cursor))
        return;
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        memcpy(&txnid, key.mv_data, sizeof txnid);
        memcpy(&count, value.mv_data, sizeof count);
        unused += count;
        usable += txnid < info.me_last_txnid ? count : 0;
    }
    mdb_cursor_close(cursor);
    lmdb_end_read(lmdb);
    lmdb->page_bytes = stat.ms_psize;
    lmdb->map_pages = info.me_mapsize / stat.ms_psize;
    lmdb->room_bytes =
        lmdb->page_bytes * (lmdb->map_pages - info.me_last_pgno - 1 + usable);
    lmdb->used_pages = info.me_last_pgno + 1 - unused;
    lmdb->spent_bytes = 0;
    lmdb->dropped_some = false;
}

int lmdb_txn(struct lmdb *lmdb, MDB_txn **txn_out, struct err *err)
{
    int rc = 0;

    if (lmdb->env == NULL)
        return err_set(err, ERR_SYSTEM, "journal %s could not be opened again",
                       lmdb->path);
    if (lmdb->write) {
        *txn_out = lmdb->write;
        return 0;
    }
    if (!lmdb->read_live) {
        rc = lmdb->read ? mdb_txn_renew(lmdb->read)
                        : mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &lmdb->read);
        if (rc)
            return lmdb_error(lmdb, rc, "begin reading", err);
        lmdb->read_live = true;
    }
    *txn_out = lmdb->read;
    return 0;
}

void lmdb_end_read(struct lmdb *lmdb)
{
    if (lmdb->read_live)
        mdb_txn_reset(lmdb->read);
    lmdb->read_live = false;
}

int lmdb_say_broken(const struct lmdb *lmdb, struct err *err)
{
    if (lmdb->broken == ERR_CORRUPT)
        return err_set(err, ERR_CORRUPT,
                       "%s/data.mdb: its pages are damaged, and a change met them; see "
                       "\"warta ctl check\" and \"warta ctl restore\"",
                       lmdb->path);
    return err_set(err, lmdb->broken, "journal %s is degraded", lmdb->path);
}

int lmdb_begin(struct lmdb *lmdb, struct err *err)
{
    MDB_stat stat;

    if (lmdb->damaged)
        return lmdb_fail(lmdb, MDB_CORRUPTED, "change", err);
    if (lmdb->write)
        return 0;
    if (lmdb->read_only)
        return err_set(err, ERR_STATE, "journal %s is open for reading only", lmdb->path);
    if (lmdb->broken)
        return lmdb_say_broken(lmdb, err);
    lmdb_end_read(lmdb);
    /* Counting costs a walk over the free lists, so it waits until room seems short: the
     * estimates that room_bytes is lowered by are generous. */
    if (lmdb->room_bytes < 4 * reserve_bytes(lmdb))
        lmdb_count_room(lmdb);
    int rc = mdb_txn_begin(lmdb->env, NULL, 0, &lmdb->write);
    if (rc) {
        lmdb->write = NULL;
        return lmdb_fail(lmdb, rc, "begin", err);
    }
    lmdb->spent_bytes = TXN_PAGES * lmdb->page_bytes;
    lmdb->id_pages = lmdb->id_copied = lmdb->appended = 0;
    for (int i = 0; i < JOURNAL_STREAMS; i++)
        if (mdb_stat(lmdb->write, lmdb->table[LMDB_ARTICLE_IDS + i], &stat) == 0)
            lmdb->id_pages += stat.ms_leaf_pages + stat.ms_branch_pages;
    return 0;
}

int lmdb_fail(struct lmdb *lmdb, int rc, const char *what, struct err *err)
{
    int code = lmdb_error(lmdb, rc, what, err);

    lmdb->broken = code == ERR_NOSPACE || code == ERR_CORRUPT ? code : ERR_SYSTEM;
    for (size_t i = lmdb->outcome_done; i < lmdb->outcome_count; i++)
        lmdb->outcome[i] = (struct journal_outcome){.ticket = lmdb->outcome[i].ticket,
                                                    .stream = lmdb->outcome[i].stream,
                                                    .error = lmdb->broken};
    lmdb->outcome_done = lmdb->outcome_count;
    lmdb->pending_bytes = 0;
    lmdb_env_close(lmdb);
    if (lmdb_env_open(lmdb, true, NULL) == 0 && lmdb_load(lmdb, NULL) < 0)
        lmdb_env_close(lmdb);
    if (lmdb->broken == ERR_CORRUPT)
        lmdb_say_broken(lmdb, err);
    else if (err)
        err->code = lmdb->broken;
    return lmdb->broken;
}

static void settled(struct lmdb *lmdb)
{
    uint64_t seq;

    lmdb->outcome_done = lmdb->outcome_count;
    lmdb->pending_bytes = 0;
    while (seqs_pop(&lmdb->held, &seq))
        seqs_push(&lmdb->ready, seq);
    for (int i = 0; i < JOURNAL_STREAMS; i++)
        lmdb->durable[i] = lmdb->last[i];
}

static int commit(struct lmdb *lmdb)
{
    int rc = lmdb->fail_commit;

    lmdb->fail_commit = 0;
    for (int i = 0; rc == 0 && i < JOURNAL_STREAMS; i++)
        rc = lmdb_ids_sweep(lmdb, (enum journal_stream)i);
    if (rc == 0 && lmdb->bounds_changed)
        rc = lmdb_put_bounds(lmdb);
    if (rc == 0 && lmdb->counted_bytes != lmdb->unfinished_bytes)
        rc = lmdb_put_counts(lmdb, lmdb->write, lmdb->unfinished_bytes);
    lmdb->counted_bytes = lmdb->unfinished_bytes;
    MDB_txn *txn = lmdb->write;
    lmdb->write = NULL;
    if (rc == 0)
        return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return rc;
}

/* What was read stays resident in the mapping, and would grow with the journal: give it
 * back. */
static void rest(struct lmdb *lmdb)
{
    if (lmdb->touched_bytes < RESIDENT_BYTES)
        return;
    lmdb->touched_bytes = 0;
    if (lmdb->mapping.ptr == NULL) {
        char *file = mem_alloc(strlen(lmdb->path) + sizeof "/data.mdb");
        sprintf(file, "%s/data.mdb", lmdb->path);
        lmdb->mapping = file_mapping(file);
        mem_free(file);
    }
    file_rest(lmdb->mapping);
}

static int lmdb_flush(void *impl, struct err *err)
{
    struct lmdb *lmdb = impl;
    int dead;

    if (lmdb->write == NULL) {
        lmdb_end_read(lmdb);
        rest(lmdb);
        return lmdb->broken ? lmdb_say_broken(lmdb, err) : 0;
    }
    lmdb->touched_bytes += lmdb->spent_bytes;
    uint64_t begun_ns = clock_now_ns();
    int rc = commit(lmdb);
    if (rc)
        return lmdb_fail(lmdb, rc, "commit", err);
    settled(lmdb);
    lmdb->room_bytes = lmdb_room_left(lmdb);
    lmdb->spent_bytes = 0;
    lmdb->flushes++;
    lmdb->flushed_ms = clock_wall_ms();
    lmdb->flush_us = (clock_now_ns() - begun_ns) / 1000;
    if (lmdb->flush_us > lmdb->flush_most_us)
        lmdb->flush_most_us = lmdb->flush_us;
    if (lmdb->flushes % READER_CHECK_FLUSHES == 0)
        mdb_reader_check(lmdb->env, &dead);
    if (lmdb->dropped_some || lmdb->flushes % COUNT_FLUSHES == 0)
        lmdb_count_room(lmdb);
    rest(lmdb);
    return 0;
}

static int lmdb_settle(void *impl, struct journal_outcome *out)
{
    struct lmdb *lmdb = impl;

    if (lmdb->outcome_head == lmdb->outcome_done)
        return 0;
    *out = lmdb->outcome[lmdb->outcome_head++];
    if (lmdb->outcome_head == lmdb->outcome_count)
        lmdb->outcome_head = lmdb->outcome_done = lmdb->outcome_count = 0;
    return 1;
}

static int lmdb_fd(const void *impl)
{
    (void)impl;
    return -1;
}

static void lmdb_stats(const void *impl, struct journal_stats *out)
{
    const struct lmdb *lmdb = impl;

    for (int i = 0; i < JOURNAL_STREAMS; i++) {
        out->first[i] = lmdb->first[i];
        out->last[i] = lmdb->durable[i];
        out->oldest_ms[i] = lmdb->oldest_ms[i];
        out->trimmed[i] = lmdb->dropped[i];
    }
    out->unfinished = lmdb->unfinished;
    out->unfinished_bytes = lmdb->unfinished_bytes;
    out->dead = lmdb->dead;
    out->used_bytes = lmdb->used_pages * lmdb->page_bytes;
    out->map_bytes = lmdb->map_pages * lmdb->page_bytes;
    out->flushes = lmdb->flushes;
    out->flushed_ms = lmdb->flushed_ms;
    out->flush_us = lmdb->flush_us;
    out->flush_most_us = lmdb->flush_most_us;
    out->now_ms = clock_wall_ms();
    out->degraded = lmdb->broken != 0 || lmdb->damaged;
}

static void lmdb_free(struct lmdb *lmdb)
{
    lmdb_env_close(lmdb);
    if (lmdb->lock_fd >= 0)
        close(lmdb->lock_fd);
    seqs_fini(&lmdb->held);
    seqs_fini(&lmdb->ready);
    map_free(&lmdb->queued);
    lmdb_ids_fini(lmdb);
    buf_fini(&lmdb->record);
    mem_free(lmdb->outcome);
    mem_free(lmdb->path);
    mem_free(lmdb);
}

static void lmdb_close(void *impl)
{
    lmdb_ids_write_all(impl);
    lmdb_free(impl);
}

static int lmdb_open(const char *rest, const struct journal_options *options,
                     void **impl_out, struct err *err)
{
    if (*rest == '\0')
        return err_set(err, ERR_USAGE, "journal lmdb: names no directory");
    struct lmdb *lmdb = mem_zero(1, sizeof *lmdb);
    lmdb->path = mem_copy(rest, strlen(rest));
    lmdb->map_bytes = options->map_bytes;
    lmdb->read_only = options->read_only;
    lmdb->lock_fd = -1;
    lmdb->id_mask = UINT64_MAX;
    lmdb->ids_waiting_max = IDS_WAITING;
    lmdb->queued = map_new();

    int rc = 0;
    if (!lmdb->read_only) {
        rc = lmdb_make_dir(lmdb, err);
        if (rc == 0)
            rc = lmdb_lock(lmdb, err);
        if (rc == 0)
            rc = lmdb_make(lmdb, err);
    }
    if (rc == 0)
        rc = lmdb_env_open(lmdb, lmdb->read_only, err);
    if (rc == 0)
        rc = lmdb_load(lmdb, err);
    if (rc == 0 && !lmdb->read_only)
        rc = lmdb_ids_load(lmdb, err);
    if (rc < 0) {
        lmdb_free(lmdb);
        return rc;
    }
    *impl_out = lmdb;
    return 0;
}

const struct journal_engine journal_engine_lmdb = {
    .scheme = "lmdb",
    .open = lmdb_open,
    .close = lmdb_close,
    .append = lmdb_append,
    .flush = lmdb_flush,
    .settle = lmdb_settle,
    .fd = lmdb_fd,
    .take = lmdb_take,
    .next = lmdb_next,
    .work = lmdb_work,
    .finish = lmdb_finish,
    .begin = lmdb_begin_attempt,
    .release = lmdb_release,
    .bury = lmdb_bury,
    .revive = lmdb_revive,
    .purge = lmdb_purge,
    .dead = lmdb_dead,
    .read = lmdb_read,
    .get = lmdb_get,
    .mark = lmdb_mark,
    .marked = lmdb_marked,
    .next_mark = lmdb_next_mark,
    .forget = lmdb_forget,
    .keep = lmdb_keep,
    .kept = lmdb_kept,
    .trim = lmdb_trim,
    .start_at = lmdb_start_at,
    .put_aside = lmdb_put_aside,
    .recover = lmdb_recover,
    .stats = lmdb_stats,
    .check = lmdb_check,
    .backup = lmdb_backup,
    .restore = lmdb_restore,
};
