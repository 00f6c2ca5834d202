#ifndef BROKER_JOURNAL_MEM_STATE_H
#define BROKER_JOURNAL_MEM_STATE_H

/* Inside of the "mem:" journal. Changes are made in place, each with a note of how to
 * undo it; a flush drops the notes, a failed one or a power cut plays them backwards. */

#include "broker/journal.h"
#include "broker/journal_queue.h"
#include "proto/base/map.h"

enum article_state { FINISHED, WORK, DEAD };

/* What of an entry changes, and is put back by undoing. */
struct status {
    enum article_state state;
    uint32_t deaths, failures, begun;
    char *note; /* owned; NULL is none */
    size_t note_len;
    bool dropped; /* trimmed */
};

struct entry {
    char *id, *bytes; /* owned */
    size_t id_len, bytes_len;
    uint64_t stored_ms;
    bool damaged;
    struct status status;
};

struct stream {
    struct entry *entry; /* owned; sequence number n is entry[n - 1] */
    size_t cap, count, durable;
    struct map *ids; /* owned */
    uint64_t first, trim_next, dropped;
};

enum undo_kind { UNDO_APPEND, UNDO_STATUS, UNDO_MARK, UNDO_KEEP };

struct undo {
    enum undo_kind kind;
    enum journal_stream stream;
    uint64_t seq;
    uint64_t old;         /* position of the mark, or the entry that had the id */
    struct status status; /* taken from the entry; what was kept, as its note */
    char *name;           /* owned; of a mark, of what is kept */
    size_t name_len;
    bool was; /* there was a mark; the id was in the table */
};

struct kept {
    char *name, *bytes; /* owned; bytes NULL: undone */
    size_t name_len, bytes_len;
};

struct mem {
    struct stream stream[JOURNAL_STREAMS];
    struct map *marks, *mark_ms; /* owned; by name, position and when it was made */
    struct kept *kept;           /* owned */
    size_t kept_count;
    struct undo *undo; /* owned */
    size_t undo_cap, undo_count;
    struct journal_outcome *outcome; /* owned; [head..done) may be settled */
    size_t outcome_cap, outcome_head, outcome_done, outcome_count;
    uint64_t tickets, take_next, unfinished, dead, flushes, flushed_ms;
    uint64_t unfinished_bytes, bytes; /* of work, and of all entries */
    struct seqs held, ready;
    struct map *queued; /* owned; the members of held and ready */
    uint64_t wall_ms;   /* 0: ask the clock */
    int fail_flush, broken;
};

/* 0, or what changes are answered since a flush failed. */
int journal_mem_may_change(const struct mem *mem, struct err *err);

/* Entry of a sequence number; NULL where there is none (any more). */
struct entry *journal_mem_entry(struct mem *mem, enum journal_stream stream,
                                uint64_t seq);
void journal_mem_entry_fini(struct entry *entry);

/* What the broker keeps under a name: set it, with a way to undo that; 1 and it, or 0. */
void journal_mem_keep(struct mem *mem, struct str name, struct str bytes);
int journal_mem_kept(void *mem, struct str name, struct str *bytes_out);
void journal_mem_kept_fini(struct mem *mem);

/* A new note, for the caller to fill. */
struct undo *journal_mem_undo(struct mem *mem, enum undo_kind kind);
/* Note the status of an entry and hand it out for changing, without its note. */
struct status *journal_mem_change(struct mem *mem, enum journal_stream stream,
                                  uint64_t seq);
void journal_mem_drop_undo(struct undo *undo);
/* Back to what is durable, nothing taken. */
void journal_mem_undo_all(struct mem *mem);

/* What is read of an entry. 1, or ERR_CORRUPT. */
int journal_mem_fill(const struct entry *entry, uint64_t seq, struct journal_item *out,
                     struct err *err);

/* journal_mem_work.c: the engine's calls (journal.h). */
int journal_mem_finish(void *impl, uint64_t seq, struct err *err);
int journal_mem_begin(void *impl, uint64_t seq, struct err *err);
int journal_mem_release(void *impl, uint64_t seq, const struct journal_release *release,
                        struct err *err);
int journal_mem_bury(void *impl, uint64_t seq, const struct journal_release *release,
                     struct err *err);
int journal_mem_revive(void *impl, uint64_t seq, struct err *err);
int journal_mem_purge(void *impl, uint64_t seq, struct err *err);
int journal_mem_take(void *impl, struct journal_item *out, struct err *err);
int journal_mem_next(void *impl, struct journal_item *out, struct err *err);
int journal_mem_work(void *impl, uint64_t seq, struct journal_item *out, struct err *err);
int journal_mem_dead(void *impl, uint64_t from, struct journal_item *out,
                     struct err *err);

/* journal_mem_marks.c: the engine's calls (journal.h). */
int journal_mem_mark(void *impl, struct str name, uint64_t position, struct err *err);
int journal_mem_marked(void *impl, struct str name, uint64_t *position_out);
int journal_mem_next_mark(void *impl, struct str after, struct journal_mark *out,
                          struct err *err);
int journal_mem_forget(void *impl, struct str name, struct err *err);

#endif
