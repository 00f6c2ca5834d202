/* Moving another journal into this one. */

#include "broker/journal_lmdb.h"

int lmdb_start_at(void *impl, enum journal_stream stream, uint64_t seq, struct err *err)
{
    struct lmdb *lmdb = impl;

    int rc = lmdb_begin(lmdb, err);
    if (rc < 0)
        return rc;
    if (lmdb->last[stream] != 0)
        return err_set(err, ERR_STATE, "journal %s: there were %s before", lmdb->path,
                       lmdb_stream_name(stream));
    if (seq > LMDB_SEQ_MOST)
        return err_set(err, ERR_LIMIT, "journal %s: no entry stands at %llu", lmdb->path,
                       (unsigned long long)seq);
    lmdb->first[stream] = lmdb->trimmed[stream] = seq;
    lmdb->last[stream] = seq - 1;
    lmdb->ids[stream].missing_from = lmdb->ids[stream].round_from = seq;
    lmdb->bounds_changed = true;
    return 0;
}

int lmdb_put_aside(void *impl, uint64_t seq, const struct journal_item *item,
                   struct err *err)
{
    struct lmdb *lmdb = impl;
    struct lmdb_state state;

    int rc = lmdb_begin(lmdb, err);
    if (rc == 0)
        rc = lmdb_find_state(lmdb, LMDB_WORK, seq, &state, err);
    if (rc == 0)
        return err_set(err, ERR_NOTFOUND, "article %llu is not work",
                       (unsigned long long)seq);
    if (rc < 0)
        return rc;
    state.deaths = item->deaths;
    state.failures = item->failures;
    state.note = item->note;
    return lmdb_set_aside(lmdb, seq, &state, err);
}
