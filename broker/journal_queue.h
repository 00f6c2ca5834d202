#ifndef BROKER_JOURNAL_QUEUE_H
#define BROKER_JOURNAL_QUEUE_H

/* Growing first-in first-out queue of sequence numbers: what engines keep of released
 * articles. Bounded by the articles that are taken, hence by the leases there can be.
 * Zero-initialised is empty and ready. */

#include "proto/base/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct seqs {
    uint64_t *item;          /* owned */
    size_t cap, head, count; /* item[head..count) wait */
};

static inline void seqs_fini(struct seqs *seqs)
{
    mem_free(seqs->item);
    *seqs = (struct seqs){0};
}

static inline void seqs_clear(struct seqs *seqs)
{
    seqs->head = seqs->count = 0;
}

static inline void seqs_push(struct seqs *seqs, uint64_t seq)
{
    if (seqs->count == seqs->cap && seqs->head > seqs->cap / 2) {
        seqs->count -= seqs->head;
        memmove(seqs->item, seqs->item + seqs->head, seqs->count * sizeof *seqs->item);
        seqs->head = 0;
    }
    if (seqs->count == seqs->cap) {
        seqs->cap = seqs->cap ? seqs->cap * 2 : 64;
        seqs->item = mem_grow(seqs->item, seqs->cap, sizeof *seqs->item);
    }
    seqs->item[seqs->count++] = seq;
}

static inline bool seqs_pop(struct seqs *seqs, uint64_t *seq_out) /* false: empty */
{
    if (seqs->head == seqs->count)
        return false;
    *seq_out = seqs->item[seqs->head++];
    if (seqs->head == seqs->count)
        seqs_clear(seqs);
    return true;
}

#endif
