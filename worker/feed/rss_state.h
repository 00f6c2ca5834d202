#ifndef WORKER_FEED_RSS_STATE_H
#define WORKER_FEED_RSS_STATE_H

/* What of the feeds is remembered from run to run, in one SQLite file: of each feed where
 * it is now, what it was like when it was asked last and when it is due; of each entry
 * that the broker has answered for, what it said. Changes are gathered and made durable
 * together by rss_state_commit (write-ahead log, synchronous = full).
 *
 * Nothing is noted before it is true: an entry after the broker's answer, what a server
 * said of a feed (ETag and the like) after all its entries. So a run that is killed does
 * some things again, and leaves none out; the broker knows the articles by their ids. */

#include "proto/base/buf.h"
#include "proto/base/err.h"

struct rss_state;

struct rss_record { /* of a feed; strings are new in rss_state_find, see rss_record_fini
                     */
    struct buf at;  /* where it is now: its url, or where it has moved for good */
    struct buf etag, modified, title, error;
    struct buf index;             /* the index of sitemaps that names it; empty: none */
    uint64_t interval_ms, due_ms; /* wall clock */
    uint64_t asked_ms, found_ms;  /* wall clock: last request, last new entry */
    uint64_t found;               /* entries in all */
    uint32_t errors, status;
    bool gone;
};

/* path NULL: in memory. A file of an earlier version is brought up to date, unless it is
 * only to be read. ERR_LOCKED: another process is writing to it; ERR_VERSION. */
int rss_state_open(const char *path, bool read_only, struct rss_state **state_out,
                   struct err *err);
void rss_state_close(struct rss_state **state);
int rss_state_commit(struct rss_state *state, struct err *err); /* nothing new: nothing */

/* 1 known, 0 not; what was in *out is replaced. */
int rss_state_find(struct rss_state *state, const char *url, struct rss_record *out,
                   struct err *err);
int rss_state_keep(struct rss_state *state, const char *url,
                   const struct rss_record *record, struct err *err);
int rss_state_drop(struct rss_state *state, const char *url, struct err *err);
/* Every feed there is, in order of url, until `each` answers something else than 0. */
int rss_state_each(struct rss_state *state,
                   int (*each)(void *context, const char *url, const struct rss_record *),
                   void *context, struct err *err);
void rss_record_fini(struct rss_record *record);

enum rss_seen { SEEN_NOT, SEEN_SAME, SEEN_EDITED, SEEN_ELSEWHERE };

/* Of an entry: never seen; seen so; seen with other content; in the hands of another
 * feed, which is the one to tell of its changes. revisions_out: how often it was sent. */
int rss_state_seen(struct rss_state *state, uint64_t entry, uint64_t feed,
                   uint64_t content, uint64_t now_ms, uint64_t *revisions_out,
                   struct err *err);
int rss_state_mark(struct rss_state *state, uint64_t entry, uint64_t feed,
                   uint64_t content, uint64_t now_ms, struct err *err);
/* Entries no feed has had since before_ms. */
int rss_state_forget(struct rss_state *state, uint64_t before_ms, struct err *err);

#endif
