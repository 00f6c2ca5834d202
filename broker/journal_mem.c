/* A journal without a disk, for tests and for the simulator. */

#include "broker/journal_mem.h"

#include "broker/journal_mem_state.h"
#include "proto/base/clock.h"

#include <stdio.h>

#define MAX_PENDING 16384

/* Changes. */

static uint64_t add_outcome(struct mem *mem, const struct journal_outcome *outcome)
{
    if (mem->outcome_count == mem->outcome_cap) {
        mem->outcome_cap = mem->outcome_cap ? mem->outcome_cap * 2 : 64;
        mem->outcome = mem_grow(mem->outcome, mem->outcome_cap, sizeof *mem->outcome);
    }
    mem->outcome[mem->outcome_count] = *outcome;
    mem->outcome[mem->outcome_count++].ticket = ++mem->tickets;
    return mem->tickets;
}

static void add_entry(struct mem *mem, enum journal_stream stream,
                      const struct journal_entry *new)
{
    struct stream *s = &mem->stream[stream];
    uint64_t old = 0;

    if (s->count == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 64;
        s->entry = mem_grow(s->entry, s->cap, sizeof *s->entry);
    }
    bool was = map_get(s->ids, new->id, &old);
    s->entry[s->count++] = (struct entry){
        .id = mem_copy(new->id.ptr, new->id.len),
        .id_len = new->id.len,
        .bytes = mem_copy(new->bytes.len ? new->bytes.ptr : "", new->bytes.len),
        .bytes_len = new->bytes.len,
        .status.note = mem_copy(new->note.len ? new->note.ptr : "", new->note.len),
        .status.note_len = new->note.len,
        .stored_ms = mem->wall_ms ? mem->wall_ms : clock_wall_ms(),
        .status.state = stream == JOURNAL_ARTICLES ? WORK : FINISHED,
    };
    mem->bytes += new->bytes.len;
    mem->unfinished += stream == JOURNAL_ARTICLES;
    mem->unfinished_bytes += stream == JOURNAL_ARTICLES ? new->bytes.len : 0;
    map_put(s->ids, new->id, s->count);
    struct undo *undo = journal_mem_undo(mem, UNDO_APPEND);
    undo->stream = stream;
    undo->seq = s->count;
    undo->was = was;
    undo->old = old;
}

static int mem_append(void *impl, enum journal_stream stream,
                      const struct journal_entry *entry, uint64_t *ticket_out,
                      struct err *err)
{
    struct mem *mem = impl;
    struct journal_outcome outcome = {.stream = stream};
    struct entry *old = NULL;

    int rc = journal_mem_may_change(mem, err);
    if (rc < 0)
        return rc;
    if (mem->outcome_count - mem->outcome_head >= MAX_PENDING)
        return err_set(err, ERR_FULL,
                       "journal mem: too much waits for a flush or settle");
    if (map_get(mem->stream[stream].ids, entry->id, &outcome.seq))
        old = journal_mem_entry(mem, stream, outcome.seq);
    if (old && !old->damaged) {
        outcome.duplicate = true;
        outcome.differs = !str_eq(str_make(old->bytes, old->bytes_len), entry->bytes);
    } else {
        add_entry(mem, stream, entry);
        outcome.seq = mem->stream[stream].count;
    }
    *ticket_out = add_outcome(mem, &outcome);
    return 0;
}

static int mem_flush(void *impl, struct err *err)
{
    struct mem *mem = impl;
    uint64_t seq;
    int error = mem->undo_count ? mem->fail_flush : 0;

    if (journal_mem_may_change(mem, err) < 0)
        return mem->broken;

    for (size_t i = mem->outcome_done; error && i < mem->outcome_count; i++)
        mem->outcome[i] = (struct journal_outcome){.ticket = mem->outcome[i].ticket,
                                                   .stream = mem->outcome[i].stream,
                                                   .error = error};
    mem->outcome_done = mem->outcome_count;
    if (error) {
        mem->fail_flush = 0;
        mem->broken = error;
        journal_mem_undo_all(mem);
        return err_set(err, error, "journal mem: commit: failed as asked");
    }
    mem->flushes += mem->undo_count > 0;
    mem->flushed_ms = mem->wall_ms ? mem->wall_ms : clock_wall_ms();
    while (mem->undo_count > 0)
        journal_mem_drop_undo(&mem->undo[--mem->undo_count]);
    while (seqs_pop(&mem->held, &seq))
        seqs_push(&mem->ready, seq);
    for (int i = 0; i < JOURNAL_STREAMS; i++)
        mem->stream[i].durable = mem->stream[i].count;
    return 0;
}

static int mem_settle(void *impl, struct journal_outcome *out)
{
    struct mem *mem = impl;

    if (mem->outcome_head == mem->outcome_done)
        return 0;
    *out = mem->outcome[mem->outcome_head++];
    if (mem->outcome_head == mem->outcome_count)
        mem->outcome_head = mem->outcome_done = mem->outcome_count = 0;
    return 1;
}

static int mem_fd(const void *impl)
{
    (void)impl;
    return -1;
}

/* Reading. */

int journal_mem_fill(const struct entry *entry, uint64_t seq, struct journal_item *out,
                     struct err *err)
{
    *out = (struct journal_item){.seq = seq};
    if (entry->damaged)
        return err_set(err, ERR_CORRUPT, "journal mem: %llu is damaged",
                       (unsigned long long)seq);
    out->id = str_make(entry->id, entry->id_len);
    out->bytes = str_make(entry->bytes, entry->bytes_len);
    out->stored_ms = entry->stored_ms;
    return 1;
}

static int mem_read(void *impl, enum journal_stream stream, uint64_t from,
                    struct journal_item *out, struct err *err)
{
    struct mem *mem = impl;

    for (uint64_t seq = from ? from : 1; seq <= mem->stream[stream].durable; seq++) {
        struct entry *entry = journal_mem_entry(mem, stream, seq);
        if (entry)
            return journal_mem_fill(entry, seq, out, err);
    }
    return 0;
}

static int mem_get(void *impl, enum journal_stream stream, uint64_t seq,
                   struct journal_item *out, struct err *err)
{
    struct entry *entry = journal_mem_entry(impl, stream, seq);
    return entry ? journal_mem_fill(entry, seq, out, err) : 0;
}

static int mem_keep(void *impl, struct str name, struct str bytes, struct err *err)
{
    struct mem *mem = impl;

    int rc = journal_mem_may_change(mem, err);
    if (rc < 0)
        return rc;
    journal_mem_keep(mem, name, bytes);
    return 0;
}

static void drop(struct mem *mem, enum journal_stream stream, uint64_t seq)
{
    struct stream *s = &mem->stream[stream];
    struct entry *entry = &s->entry[seq - 1];
    struct str id = str_make(entry->id, entry->id_len);
    uint64_t owner;

    journal_mem_change(mem, stream, seq)->dropped = true;
    mem->bytes -= entry->bytes_len;
    s->dropped++;
    if (map_get(s->ids, id, &owner) && owner == seq) {
        map_del(s->ids, id);
        mem->undo[mem->undo_count - 1].was = true;
    }
}

static int mem_trim(void *impl, enum journal_stream stream, uint64_t before,
                    struct err *err)
{
    struct mem *mem = impl;
    struct stream *s = &mem->stream[stream];
    int budget = JOURNAL_TRIM_STEP;

    if (before > s->durable + 1)
        before = s->durable + 1;
    if (before <= s->first)
        return 0;
    int rc = journal_mem_may_change(mem, err);
    if (rc < 0)
        return rc;
    uint64_t seq = s->trim_next > s->first ? s->trim_next : s->first;
    for (; budget > 0 && seq < before; seq++) {
        if (s->entry[seq - 1].status.dropped)
            continue;
        budget--;
        if (s->entry[seq - 1].status.state == FINISHED)
            drop(mem, stream, seq);
    }
    s->trim_next = seq < before ? seq : 0;
    while (s->first <= s->durable && s->entry[s->first - 1].status.dropped)
        s->first++;
    return 0;
}

static int mem_recover(void *impl, struct err *err)
{
    struct mem *mem = impl;

    if (mem->broken == ERR_CORRUPT)
        return err_set(err, ERR_CORRUPT, "journal mem: is damaged");
    mem->broken = 0;
    return 0;
}

static void mem_stats(const void *impl, struct journal_stats *out)
{
    const struct mem *mem = impl;

    for (int i = 0; i < JOURNAL_STREAMS; i++) {
        out->first[i] = mem->stream[i].first;
        out->last[i] = mem->stream[i].durable;
        out->trimmed[i] = mem->stream[i].dropped;
        if (out->first[i] <= out->last[i])
            out->oldest_ms[i] = mem->stream[i].entry[out->first[i] - 1].stored_ms;
    }
    out->unfinished = mem->unfinished;
    out->unfinished_bytes = mem->unfinished_bytes;
    out->used_bytes = mem->bytes;
    out->flushed_ms = mem->flushed_ms;
    out->now_ms = mem->wall_ms ? mem->wall_ms : clock_wall_ms();
    out->dead = mem->dead;
    out->flushes = mem->flushes;
    out->degraded = mem->broken != 0;
}

static int mem_check(void *impl, void (*report)(void *context, const char *finding),
                     void *context, struct err *err)
{
    static const char *const names[] = {"articles", "facts"};
    struct mem *mem = impl;
    char text[80];
    int findings = 0;

    (void)err;
    for (int i = 0; i < JOURNAL_STREAMS; i++)
        for (size_t n = 0; n < mem->stream[i].count; n++) {
            const struct entry *entry = &mem->stream[i].entry[n];
            if (entry->status.dropped || !entry->damaged)
                continue;
            snprintf(text, sizeof text, "%s %zu: checksum does not match", names[i],
                     n + 1);
            report(context, text);
            findings++;
        }
    return findings;
}

static int mem_open(const char *rest, const struct journal_options *options,
                    void **impl_out, struct err *err)
{
    (void)options;
    if (*rest)
        return err_set(err, ERR_USAGE, "journal mem:%s: nothing may follow mem:", rest);
    struct mem *mem = mem_zero(1, sizeof *mem);
    for (int i = 0; i < JOURNAL_STREAMS; i++) {
        mem->stream[i].ids = map_new();
        mem->stream[i].first = 1;
    }
    mem->marks = map_new();
    mem->mark_ms = map_new();
    mem->queued = map_new();
    mem->take_next = 1;
    *impl_out = mem;
    return 0;
}

static void mem_close(void *impl)
{
    struct mem *mem = impl;

    while (mem->undo_count > 0)
        journal_mem_drop_undo(&mem->undo[--mem->undo_count]);
    for (int i = 0; i < JOURNAL_STREAMS; i++) {
        for (size_t n = 0; n < mem->stream[i].count; n++)
            journal_mem_entry_fini(&mem->stream[i].entry[n]);
        mem_free(mem->stream[i].entry);
        map_free(&mem->stream[i].ids);
    }
    journal_mem_kept_fini(mem);
    map_free(&mem->marks);
    map_free(&mem->mark_ms);
    map_free(&mem->queued);
    seqs_fini(&mem->held);
    seqs_fini(&mem->ready);
    mem_free(mem->undo);
    mem_free(mem->outcome);
    mem_free(mem);
}

const struct journal_engine journal_engine_mem = {
    .scheme = "mem",
    .open = mem_open,
    .close = mem_close,
    .append = mem_append,
    .flush = mem_flush,
    .settle = mem_settle,
    .fd = mem_fd,
    .take = journal_mem_take,
    .next = journal_mem_next,
    .work = journal_mem_work,
    .finish = journal_mem_finish,
    .begin = journal_mem_begin,
    .release = journal_mem_release,
    .bury = journal_mem_bury,
    .revive = journal_mem_revive,
    .purge = journal_mem_purge,
    .dead = journal_mem_dead,
    .read = mem_read,
    .get = mem_get,
    .mark = journal_mem_mark,
    .marked = journal_mem_marked,
    .next_mark = journal_mem_next_mark,
    .forget = journal_mem_forget,
    .keep = mem_keep,
    .kept = journal_mem_kept,
    .trim = mem_trim,
    .recover = mem_recover,
    .stats = mem_stats,
    .check = mem_check,
};
