/* The "mem:" journal's articles as work and as dead letters: what changes an article's
 * state, and who may take it. */

#include "broker/journal_mem_state.h"

static struct str seq_key(uint64_t seq, char bytes[8])
{
    memcpy(bytes, &seq, 8);
    return str_make(bytes, 8);
}

static struct entry *work_at(struct mem *mem, uint64_t seq)
{
    struct entry *entry = journal_mem_entry(mem, JOURNAL_ARTICLES, seq);
    return entry && entry->status.state == WORK ? entry : NULL;
}

int journal_mem_finish(void *impl, uint64_t seq, struct err *err)
{
    struct mem *mem = impl;

    int rc = journal_mem_may_change(mem, err);
    if (rc < 0 || work_at(mem, seq) == NULL)
        return rc;
    journal_mem_change(mem, JOURNAL_ARTICLES, seq)->state = FINISHED;
    mem->unfinished--;
    mem->unfinished_bytes -= mem->stream[JOURNAL_ARTICLES].entry[seq - 1].bytes_len;
    return 0;
}

static void set_state(struct mem *mem, uint64_t seq, enum article_state state,
                      const struct journal_release *release)
{
    struct status *status = journal_mem_change(mem, JOURNAL_ARTICLES, seq);
    size_t bytes = mem->stream[JOURNAL_ARTICLES].entry[seq - 1].bytes_len;

    mem->unfinished -= status->state == WORK;
    mem->unfinished_bytes -= status->state == WORK ? bytes : 0;
    mem->dead -= status->state == DEAD;
    status->state = state;
    mem->unfinished += state == WORK;
    mem->unfinished_bytes += state == WORK ? bytes : 0;
    mem->dead += state == DEAD;
    status->begun = 0;
    status->deaths = release->deaths;
    status->failures = release->failures;
    status->note_len =
        release->note.len < JOURNAL_NOTE_BYTES ? release->note.len : JOURNAL_NOTE_BYTES;
    status->note = mem_copy(release->note.ptr ? release->note.ptr : "", status->note_len);
}

static int check_taken(struct mem *mem, uint64_t seq, struct err *err)
{
    char bytes[8];

    int rc = journal_mem_may_change(mem, err);
    if (rc < 0)
        return rc;
    if (work_at(mem, seq) == NULL)
        return err_set(err, ERR_NOTFOUND, "article %llu is not work any more",
                       (unsigned long long)seq);
    if (seq >= mem->take_next || map_get(mem->queued, seq_key(seq, bytes), NULL))
        return err_set(err, ERR_STATE, "article %llu is not taken",
                       (unsigned long long)seq);
    return 0;
}

static void hold(struct mem *mem, uint64_t seq)
{
    char bytes[8];

    map_put(mem->queued, seq_key(seq, bytes), 1);
    seqs_push(&mem->held, seq);
}

int journal_mem_begin(void *impl, uint64_t seq, struct err *err)
{
    struct mem *mem = impl;

    int rc = check_taken(mem, seq, err);
    if (rc < 0)
        return rc;
    const struct status old = mem->stream[JOURNAL_ARTICLES].entry[seq - 1].status;
    struct status *status = journal_mem_change(mem, JOURNAL_ARTICLES, seq);
    status->begun++;
    status->note = mem_copy(old.note ? old.note : "", old.note_len);
    status->note_len = old.note_len;
    return 0;
}

int journal_mem_release(void *impl, uint64_t seq, const struct journal_release *release,
                        struct err *err)
{
    struct mem *mem = impl;

    int rc = check_taken(mem, seq, err);
    if (rc < 0)
        return rc;
    set_state(mem, seq, WORK, release);
    hold(mem, seq);
    return 0;
}

int journal_mem_bury(void *impl, uint64_t seq, const struct journal_release *release,
                     struct err *err)
{
    struct mem *mem = impl;

    int rc = check_taken(mem, seq, err);
    if (rc == 0)
        set_state(mem, seq, DEAD, release);
    return rc;
}

int journal_mem_revive(void *impl, uint64_t seq, struct err *err)
{
    struct mem *mem = impl;

    int rc = journal_mem_may_change(mem, err);
    if (rc < 0)
        return rc;
    struct entry *entry = journal_mem_entry(mem, JOURNAL_ARTICLES, seq);
    if (entry == NULL || entry->status.state != DEAD)
        return err_set(err, ERR_NOTFOUND, "article %llu is no dead letter",
                       (unsigned long long)seq);
    const struct journal_release fresh = {
        .note = str_make(entry->status.note, entry->status.note_len)};
    set_state(mem, seq, WORK, &fresh);
    if (seq < mem->take_next)
        hold(mem, seq);
    return 0;
}

int journal_mem_purge(void *impl, uint64_t seq, struct err *err)
{
    static const struct journal_release nothing = {0};
    struct mem *mem = impl;

    int rc = journal_mem_may_change(mem, err);
    if (rc < 0)
        return rc;
    struct entry *entry = journal_mem_entry(mem, JOURNAL_ARTICLES, seq);
    if (entry == NULL || entry->status.state != DEAD)
        return err_set(err, ERR_NOTFOUND, "article %llu is no dead letter",
                       (unsigned long long)seq);
    set_state(mem, seq, FINISHED, &nothing);
    return 0;
}

static int take_one(struct mem *mem, uint64_t seq, bool with_entry,
                    struct journal_item *out, struct err *err)
{
    struct entry *entry = work_at(mem, seq);
    int rc = 1;

    if (entry == NULL)
        return 0;
    if (with_entry)
        rc = journal_mem_fill(entry, seq, out, err);
    out->seq = seq;
    out->note = str_make(entry->status.note, entry->status.note_len);
    out->deaths = entry->status.deaths;
    out->failures = entry->status.failures;
    out->begun = entry->status.begun;
    if (rc < 0) {
        struct journal_release release = {out->deaths, out->failures, STR("corrupt")};
        set_state(mem, seq, DEAD, &release);
    }
    return rc;
}

static int take(struct mem *mem, bool with_entry, struct journal_item *out,
                struct err *err)
{
    uint64_t seq;
    char bytes[8];

    if (mem->broken)
        return 0;
    while (seqs_pop(&mem->ready, &seq)) {
        map_del(mem->queued, seq_key(seq, bytes));
        int rc = take_one(mem, seq, with_entry, out, err);
        if (rc != 0)
            return rc;
    }
    while (mem->take_next <= mem->stream[JOURNAL_ARTICLES].count) {
        int rc = take_one(mem, mem->take_next++, with_entry, out, err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

int journal_mem_take(void *impl, struct journal_item *out, struct err *err)
{
    return take(impl, true, out, err);
}

int journal_mem_next(void *impl, struct journal_item *out, struct err *err)
{
    return take(impl, false, out, err);
}

int journal_mem_work(void *impl, uint64_t seq, struct journal_item *out, struct err *err)
{
    struct mem *mem = impl;
    return mem->broken ? 0 : take_one(mem, seq, true, out, err);
}

int journal_mem_dead(void *impl, uint64_t from, struct journal_item *out, struct err *err)
{
    struct mem *mem = impl;

    for (uint64_t seq = from ? from : 1; seq <= mem->stream[JOURNAL_ARTICLES].count;
         seq++) {
        struct entry *entry = journal_mem_entry(mem, JOURNAL_ARTICLES, seq);
        if (entry == NULL || entry->status.state != DEAD)
            continue;
        if (journal_mem_fill(entry, seq, out, err) < 0)
            *out = (struct journal_item){.seq = seq, .id = STR(""), .bytes = STR("")};
        out->deaths = entry->status.deaths;
        out->failures = entry->status.failures;
        out->note = str_make(entry->status.note, entry->status.note_len);
        return 1;
    }
    return 0;
}
