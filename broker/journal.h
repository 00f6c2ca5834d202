#ifndef BROKER_JOURNAL_H
#define BROKER_JOURNAL_H

/* The journal: all the state Warta has. Two streams of entries, articles and facts; of
 * each article, whether it is finished; dead letters; marks of named consumers.
 *
 * The interface promises only what both an embedded LMDB and a replicated JetStream can
 * keep. In particular there is no transaction over two streams: exactly-once is made by
 * identity. Appending is idempotent by id. The order of use is
 *
 *     append(ARTICLES) … flush … settle           → acknowledge the feeder
 *     take → lease → append(FACTS) … settle → finish
 *
 * so that a crash between any two steps repeats work, never facts.
 *
 * Durability. append, finish, release, bury and mark take effect in memory; flush starts
 * making all of them durable (LMDB: one commit with its syncs, before flush returns;
 * JetStream: asynchronously). Each append has a ticket; journal_settle yields every
 * ticket once, in any order, with its outcome. Nothing may be acknowledged, published or
 * finished before its ticket has settled with error 0.
 *
 * Failure. If making durable fails, every unsettled ticket settles with the error, and
 * the journal is `degraded`: reads go on, appends answer ERR_NOSPACE or ERR_SYSTEM.
 * journal_recover reopens and verifies (never "tries the sync again"); what was taken is
 * takeable again afterwards. Where the failure was damage of the file (ERR_CORRUPT),
 * which the same change would meet again, it answers that each time: the broker must end.
 *
 * Bytes handed out are borrowed until the next call on the same journal. One thread owns
 * a journal. Sequence numbers ascend from 1 without a hole, per stream, and are never
 * reused (an append that failed was never given one that anybody saw). */

#include "proto/base/err.h"
#include "proto/base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum journal_stream { JOURNAL_ARTICLES, JOURNAL_FACTS, JOURNAL_STREAMS };

struct journal;

struct journal_options {
    uint64_t map_bytes; /* most the embedded file may grow to; 0: default (64 GiB) */
    bool read_only;     /* for `ctl check`; nothing is written */
};

struct journal_outcome {
    uint64_t ticket;
    enum journal_stream stream;
    int error;    /* 0 durable; negative: not stored, forget it */
    uint64_t seq; /* position in the stream; of a duplicate, where the first one stands */
    bool duplicate; /* an entry of this id was there already; nothing was added */
    bool differs;   /* duplicate, and the engine can tell that its bytes differ */
};

struct journal_item {
    uint64_t seq;
    struct str id;
    struct str bytes;
    uint64_t stored_ms; /* wall clock at append, Unix milliseconds */
    /* Taken articles and dead letters: attempts that ended so, and the note. */
    uint32_t deaths, failures;
    struct str note;
    /* Attempts begun since the last one that ended: of an article that is taken, those
     * that the broker itself did not live to see the end of. */
    uint32_t begun;
};

struct journal_release {
    uint32_t deaths, failures; /* new totals */
    struct str note;           /* in the place of the one there was */
};

/* A named consumer. */
struct journal_mark {
    struct str name;
    uint64_t position;  /* it has confirmed everything before */
    uint64_t marked_ms; /* wall clock, Unix milliseconds; 0: not known */
};

struct journal_stats {
    uint64_t first[JOURNAL_STREAMS];     /* oldest kept; last + 1 when empty */
    uint64_t last[JOURNAL_STREAMS];      /* newest durable; 0 when none ever */
    uint64_t oldest_ms[JOURNAL_STREAMS]; /* when the oldest kept was stored; 0: none */
    uint64_t trimmed[JOURNAL_STREAMS];   /* entries dropped by trim since open */
    uint64_t unfinished;                 /* articles neither finished nor buried */
    uint64_t unfinished_bytes;           /* of their entries */
    uint64_t dead;                       /* dead letters */
    uint64_t used_bytes, map_bytes;      /* mem: bytes of entries, and 0 */
    uint64_t flushes;                    /* commits since open */
    uint64_t flushed_ms;                 /* wall clock at the end of the last; 0: none */
    uint64_t flush_us, flush_most_us;    /* how long it took; the longest since open */
    uint64_t now_ms;                     /* the clock that entries are stamped by */
    bool pending; /* not all that the last flush held is durable yet */
    bool degraded;
};

/* Open by URI: "lmdb:PATH" (a directory, made if absent, mode 0700), "nats://HOST,…" (a
 * cluster, shared with other brokers; deploy/CLUSTER.md) or "mem:" (tests; nothing
 * outlives close). ERR_LOCKED with the holder's pid when another broker has it;
 * ERR_VERSION when a newer Warta wrote it; ERR_BUILD for an engine this program was built
 * without; ERR_USAGE for an unknown scheme. */
int journal_open(const char *uri, const struct journal_options *options,
                 struct journal **journal_out, struct err *err);
void journal_close(struct journal **journal);

/* id: 1..LIMIT_ID_BYTES bytes. 0, ERR_FULL (come back after the next settle),
 * ERR_NOSPACE, ERR_SYSTEM. */
int journal_append(struct journal *journal, enum journal_stream stream, struct str id,
                   struct str bytes, uint64_t *ticket_out, struct err *err);
/* An article with a note: text of the caller's (broker/note.h), not looked at, which
 * stays beside the article while that is work or a dead letter. Of a note
 * JOURNAL_NOTE_BYTES are kept. */
#define JOURNAL_NOTE_BYTES 1024
int journal_append_noted(struct journal *journal, struct str id, struct str bytes,
                         struct str note, uint64_t *ticket_out, struct err *err);
/* Nothing to do is 0, without a sync. Where it fails, tickets settle with the error and
 * the journal is degraded; and while it is, since a change that failed took all others
 * since the last flush with it. */
int journal_flush(struct journal *journal, struct err *err);
int journal_settle(struct journal *journal, struct journal_outcome *out);

/* Readable when something may have settled or become takeable; -1 when calls alone change
 * it. */
int journal_fd(const struct journal *journal);

/* Next article that is unfinished, not buried and not yet taken since open: released ones
 * first, in order of release, then in order of seq. It may be one whose ticket has not
 * settled. None while degraded. 1, 0, or negative (ERR_CORRUPT: item->seq is damaged, was
 * set aside as a dead letter with the note "corrupt"; call again). */
int journal_take(struct journal *journal, struct journal_item *out, struct err *err);
/* The same in two steps, for who takes long before he reads: next takes without id and
 * bytes, is cheap and never ERR_CORRUPT; work has all of an article that is taken. 1, 0
 * (it is not work any more), or negative as take. */
int journal_next(struct journal *journal, struct journal_item *out, struct err *err);
int journal_work(struct journal *journal, uint64_t seq, struct journal_item *out,
                 struct err *err);

/* How many articles the caller can give away. An engine that shares its work with other
 * brokers keeps no more than that from them, and none before the first call; 0 says that
 * nothing taken is in anybody's hand. True: what was taken has gone back, and is taken no
 * more. An engine that has all work for itself does not mind, and keeps it. */
bool journal_want(struct journal *journal, uint32_t articles);

/* A taken article: its facts are durable; forget it as work. Repeating is harmless. */
int journal_finish(struct journal *journal, uint64_t seq, struct err *err);
/* A taken article is given to a worker: one more attempt has begun. Durable with the next
 * flush, so that an article which takes the broker along is known by its count; release,
 * bury and revive begin to count anew. Errors as release. */
int journal_begin(struct journal *journal, uint64_t seq, struct err *err);
/* A taken article goes back with its attempts counted; take yields it again after a flush
 * that held it. ERR_STATE: it is not taken; ERR_NOTFOUND: it is not work any more. */
int journal_release(struct journal *journal, uint64_t seq,
                    const struct journal_release *release, struct err *err);
/* A taken article becomes a dead letter, with its bytes kept. Errors as release. */
int journal_bury(struct journal *journal, uint64_t seq,
                 const struct journal_release *release, struct err *err);
/* A dead letter becomes work again, attempts 0, with its note. ERR_NOTFOUND. */
int journal_revive(struct journal *journal, uint64_t seq, struct err *err);
/* A dead letter is given up: neither work nor dead letter any more. Its entry stays until
 * it is trimmed, and until then its id is known. ERR_NOTFOUND. */
int journal_purge(struct journal *journal, uint64_t seq, struct err *err);
/* Dead letters in order of seq: first one with seq >= from. 1, 0, negative. A damaged one
 * has an empty id and no bytes. */
int journal_dead(struct journal *journal, uint64_t from, struct journal_item *out,
                 struct err *err);

/* First durable entry with seq >= from. 1, 0, or negative (ERR_CORRUPT: out->seq is
 * damaged, go on behind it; ERR_FULL: it is on its way here, come back when journal_fd is
 * readable). */
int journal_read(struct journal *journal, enum journal_stream stream, uint64_t from,
                 struct journal_item *out, struct err *err);
/* One entry by seq, settled or not. 1, 0 (none), negative. */
int journal_get(struct journal *journal, enum journal_stream stream, uint64_t seq,
                struct journal_item *out, struct err *err);

/* Named consumers: position each has confirmed; marked answers 1 or 0. A name has 1 to
 * LIMIT_ID_BYTES bytes. ERR_LIMIT: there are JOURNAL_MARKS names already. */
#define JOURNAL_MARKS 1024
int journal_mark(struct journal *journal, struct str name, uint64_t position,
                 struct err *err);
int journal_marked(struct journal *journal, struct str name, uint64_t *position_out);
/* In the order of their names' bytes: the first name behind `after` (empty: of all). 1,
 * 0, negative. A damaged mark has position 0. */
int journal_next_mark(struct journal *journal, struct str after, struct journal_mark *out,
                      struct err *err);
/* ERR_NOTFOUND. */
int journal_forget(struct journal *journal, struct str name, struct err *err);

/* What the broker keeps for itself: a few names (1 to 64 bytes), each with some bytes.
 * kept: 1 and the bytes, borrowed until the next call, or 0. */
#define JOURNAL_KEEP_BYTES 4000
int journal_keep(struct journal *journal, struct str name, struct str bytes,
                 struct err *err);
int journal_kept(struct journal *journal, struct str name, struct str *bytes_out);
/* What other brokers of a shared journal have kept, and at the start all that is kept:
 * each as it is now, once for each time it changed or less often. 1, name and bytes
 * borrowed until the next call; 0: nothing more for now. */
int journal_heard(struct journal *journal, struct str *name_out, struct str *bytes_out);

/* Drop durable entries with seq < before and their ids; unfinished articles and dead
 * letters stay. A call looks at JOURNAL_TRIM_STEP entries at most, goes on where the last
 * one stopped and starts over at the end, so that a caller repeats it turn by turn with
 * the same or a greater `before`. */
#define JOURNAL_TRIM_STEP 1000
int journal_trim(struct journal *journal, enum journal_stream stream, uint64_t before,
                 struct err *err);

/* For who moves a journal into another one (copy.c). ERR_BUILD: not this engine. */

/* Other brokers may be at it, and its work can only be had by taking it. */
bool journal_is_shared(const struct journal *journal);
/* A stream that never had an entry: the first one gets this position. ERR_STATE. */
int journal_start_at(struct journal *journal, enum journal_stream stream, uint64_t seq,
                     struct err *err);
/* As append, of an entry and its note as another journal has them, with the time it was
 * stored there; a fact at no other position than item->seq, or else it settles with
 * ERR_CONFLICT. */
int journal_append_copy(struct journal *journal, enum journal_stream stream,
                        const struct journal_item *item, uint64_t *ticket_out,
                        struct err *err);
/* An article that was appended and has settled as seq becomes a dead letter with the
 * attempts and the note of item. ERR_NOTFOUND: it is one already, or no work. */
int journal_put_aside(struct journal *journal, uint64_t seq,
                      const struct journal_item *item, struct err *err);

int journal_recover(struct journal *journal, struct err *err);
void journal_stats(const struct journal *journal, struct journal_stats *out);

/* Verify every entry's checksum, the order and the id table. Calls report for each
 * finding; returns their count or negative. */
int journal_check(struct journal *journal,
                  void (*report)(void *context, const char *finding), void *context,
                  struct err *err);

/* Write all that is durable now into a new file, and that to the disk; a broker may go on
 * meanwhile in another process, but reuses no pages. Restore makes a journal of such a
 * file: ERR_LOCKED where a broker has it, ERR_CONFLICT where there is one and it is not
 * to be replaced (the old one is kept beside). ERR_BUILD: this engine has no files. */
int journal_backup(struct journal *journal, const char *file, struct err *err);
int journal_restore(const char *uri, const char *file, bool replace, struct err *err);

/* For engines (journal_lmdb.c, journal_mem.c): the same calls as a table; journal.c
 * dispatches and keeps no state of its own. */
struct journal_entry {
    struct str id, bytes, note;
    uint64_t stored_ms; /* 0: now */
    uint64_t seq;       /* 0: the next; else this, or not at all */
};
struct journal_engine {
    const char *scheme;
    int (*open)(const char *rest, const struct journal_options *options, void **impl_out,
                struct err *err);
    void (*close)(void *impl);
    int (*append)(void *impl, enum journal_stream stream,
                  const struct journal_entry *entry, uint64_t *ticket_out,
                  struct err *err);
    int (*flush)(void *impl, struct err *err);
    int (*settle)(void *impl, struct journal_outcome *out);
    int (*fd)(const void *impl);
    int (*take)(void *impl, struct journal_item *out, struct err *err);
    int (*next)(void *impl, struct journal_item *out, struct err *err);
    int (*work)(void *impl, uint64_t seq, struct journal_item *out, struct err *err);
    bool (*want)(void *impl, uint32_t articles); /* NULL: it does not mind */
    int (*heard)(void *impl, struct str *name_out, struct str *bytes_out); /* NULL: 0 */
    int (*finish)(void *impl, uint64_t seq, struct err *err);
    int (*begin)(void *impl, uint64_t seq, struct err *err);
    int (*release)(void *impl, uint64_t seq, const struct journal_release *release,
                   struct err *err);
    int (*bury)(void *impl, uint64_t seq, const struct journal_release *release,
                struct err *err);
    int (*revive)(void *impl, uint64_t seq, struct err *err);
    int (*purge)(void *impl, uint64_t seq, struct err *err);
    int (*dead)(void *impl, uint64_t from, struct journal_item *out, struct err *err);
    int (*read)(void *impl, enum journal_stream stream, uint64_t from,
                struct journal_item *out, struct err *err);
    int (*get)(void *impl, enum journal_stream stream, uint64_t seq,
               struct journal_item *out, struct err *err);
    int (*mark)(void *impl, struct str name, uint64_t position, struct err *err);
    int (*marked)(void *impl, struct str name, uint64_t *position_out);
    int (*next_mark)(void *impl, struct str after, struct journal_mark *out,
                     struct err *err);
    int (*forget)(void *impl, struct str name, struct err *err);
    int (*keep)(void *impl, struct str name, struct str bytes, struct err *err);
    int (*kept)(void *impl, struct str name, struct str *bytes_out);
    int (*trim)(void *impl, enum journal_stream stream, uint64_t before, struct err *err);
    /* NULL: cannot be moved into. */
    int (*start_at)(void *impl, enum journal_stream stream, uint64_t seq,
                    struct err *err);
    int (*put_aside)(void *impl, uint64_t seq, const struct journal_item *item,
                     struct err *err);
    int (*recover)(void *impl, struct err *err);
    void (*stats)(const void *impl, struct journal_stats *out);
    int (*check)(void *impl, void (*report)(void *context, const char *finding),
                 void *context, struct err *err);
    /* NULL where there is no file to be copied. */
    int (*backup)(void *impl, const char *file, struct err *err);
    int (*restore)(const char *rest, const char *file, bool replace, struct err *err);
};

/* What the engine's open handed out, for the seams of its own tests. */
void *journal_impl(const struct journal *journal);

extern const struct journal_engine journal_engine_lmdb;
extern const struct journal_engine journal_engine_mem;
extern const struct journal_engine journal_engine_nats; /* HAVE_NATS */

#endif
