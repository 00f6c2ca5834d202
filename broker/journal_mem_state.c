#include "broker/journal_mem_state.h"

#include "broker/journal_mem.h"

#include <assert.h>

int journal_mem_may_change(const struct mem *mem, struct err *err)
{
    if (mem->broken)
        return err_set(err, mem->broken, "journal mem: is degraded");
    return 0;
}

struct entry *journal_mem_entry(struct mem *mem, enum journal_stream stream, uint64_t seq)
{
    struct stream *s = &mem->stream[stream];

    if (seq < 1 || seq > s->count || s->entry[seq - 1].status.dropped)
        return NULL;
    return &s->entry[seq - 1];
}

static struct kept *find_kept(struct mem *mem, struct str name)
{
    for (size_t n = 0; n < mem->kept_count; n++)
        if (str_eq(name, str_make(mem->kept[n].name, mem->kept[n].name_len)))
            return &mem->kept[n];
    return NULL;
}

static void forget_taken(struct mem *mem)
{
    mem->take_next = 1;
    seqs_clear(&mem->held);
    seqs_clear(&mem->ready);
    map_clear(mem->queued);
}

static void recount(struct mem *mem)
{
    mem->unfinished = mem->dead = mem->unfinished_bytes = mem->bytes = 0;
    for (int i = 0; i < JOURNAL_STREAMS; i++) {
        struct stream *s = &mem->stream[i];
        s->first = s->durable + 1;
        for (size_t n = s->count; n > 0; n--) {
            const struct entry *entry = &s->entry[n - 1];
            if (entry->status.dropped)
                continue;
            mem->bytes += entry->bytes_len;
            mem->unfinished += entry->status.state == WORK;
            mem->unfinished_bytes += entry->status.state == WORK ? entry->bytes_len : 0;
            mem->dead += entry->status.state == DEAD;
            if (n <= s->durable)
                s->first = n;
        }
    }
}

struct undo *journal_mem_undo(struct mem *mem, enum undo_kind kind)
{
    if (mem->undo_count == mem->undo_cap) {
        mem->undo_cap = mem->undo_cap ? mem->undo_cap * 2 : 64;
        mem->undo = mem_grow(mem->undo, mem->undo_cap, sizeof *mem->undo);
    }
    struct undo *undo = &mem->undo[mem->undo_count++];
    *undo = (struct undo){.kind = kind};
    return undo;
}

struct status *journal_mem_change(struct mem *mem, enum journal_stream stream,
                                  uint64_t seq)
{
    struct status *status = &mem->stream[stream].entry[seq - 1].status;
    struct undo *undo = journal_mem_undo(mem, UNDO_STATUS);

    undo->stream = stream;
    undo->seq = seq;
    undo->status = *status;
    status->note = NULL;
    status->note_len = 0;
    return status;
}

void journal_mem_drop_undo(struct undo *undo)
{
    mem_free(undo->status.note);
    mem_free(undo->name);
    *undo = (struct undo){0};
}

void journal_mem_keep(struct mem *mem, struct str name, struct str bytes)
{
    struct kept *kept = find_kept(mem, name);
    if (kept == NULL) {
        mem->kept = mem_grow(mem->kept, ++mem->kept_count, sizeof *mem->kept);
        kept = &mem->kept[mem->kept_count - 1];
        *kept = (struct kept){.name = mem_copy(name.ptr, name.len), .name_len = name.len};
    }
    struct undo *undo = journal_mem_undo(mem, UNDO_KEEP);
    undo->name = mem_copy(name.ptr, name.len);
    undo->name_len = name.len;
    undo->status = (struct status){.note = kept->bytes, .note_len = kept->bytes_len};
    kept->bytes = mem_copy(bytes.len ? bytes.ptr : "", bytes.len);
    kept->bytes_len = bytes.len;
}

int journal_mem_kept(void *mem, struct str name, struct str *bytes_out)
{
    const struct kept *kept = find_kept(mem, name);
    if (kept == NULL || kept->bytes == NULL)
        return 0;
    *bytes_out = str_make(kept->bytes, kept->bytes_len);
    return 1;
}

void journal_mem_kept_fini(struct mem *mem)
{
    for (size_t n = 0; n < mem->kept_count; n++) {
        mem_free(mem->kept[n].name);
        mem_free(mem->kept[n].bytes);
    }
    mem_free(mem->kept);
}

void journal_mem_entry_fini(struct entry *entry)
{
    mem_free(entry->id);
    mem_free(entry->bytes);
    mem_free(entry->status.note);
}

static void undo_one(struct mem *mem, struct undo *undo)
{
    struct stream *s = &mem->stream[undo->stream];

    if (undo->kind == UNDO_MARK) {
        if (undo->was)
            map_put(mem->marks, str_make(undo->name, undo->name_len), undo->old);
        else
            map_del(mem->marks, str_make(undo->name, undo->name_len));
        return;
    }
    if (undo->kind == UNDO_KEEP) {
        struct kept *kept = find_kept(mem, str_make(undo->name, undo->name_len));
        mem_free(kept->bytes);
        kept->bytes = undo->status.note;
        kept->bytes_len = undo->status.note_len;
        undo->status.note = NULL;
        return;
    }
    struct entry *entry = &s->entry[undo->seq - 1];
    struct str id = str_make(entry->id, entry->id_len);
    if (undo->kind == UNDO_APPEND) {
        map_del(s->ids, id);
        if (undo->was)
            map_put(s->ids, id, undo->old);
        journal_mem_entry_fini(entry);
        s->count--;
        return;
    }
    if (entry->status.dropped && !undo->status.dropped && undo->was)
        map_put(s->ids, id, undo->seq);
    mem_free(entry->status.note);
    entry->status = undo->status;
    undo->status.note = NULL;
}

void journal_mem_undo_all(struct mem *mem)
{
    while (mem->undo_count > 0) {
        undo_one(mem, &mem->undo[--mem->undo_count]);
        journal_mem_drop_undo(&mem->undo[mem->undo_count]);
    }
    forget_taken(mem);
    recount(mem);
    for (int i = 0; i < JOURNAL_STREAMS; i++)
        mem->stream[i].trim_next = 0;
}

/* The seams. */

void journal_mem_fail_flush(struct journal *journal, int error)
{
    struct mem *mem = journal_impl(journal);
    mem->fail_flush = error;
}

void journal_mem_crash(struct journal *journal)
{
    struct mem *mem = journal_impl(journal);

    journal_mem_undo_all(mem);
    mem->outcome_head = mem->outcome_done = mem->outcome_count = 0;
    mem->broken = mem->fail_flush = 0;
}

void journal_mem_set_ms(struct journal *journal, uint64_t wall_ms)
{
    struct mem *mem = journal_impl(journal);
    mem->wall_ms = wall_ms;
}

void journal_mem_damage(struct journal *journal, enum journal_stream stream, uint64_t seq)
{
    struct entry *entry = journal_mem_entry(journal_impl(journal), stream, seq);

    assert(entry);
    entry->damaged = true;
}
