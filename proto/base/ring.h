#ifndef PROTO_BASE_RING_H
#define PROTO_BASE_RING_H

/* Bounded first-in first-out queue of uint64 (sequence numbers, indexes). */

#include "proto/base/mem.h"

#include <stdbool.h>
#include <stdint.h>

struct ring {
    uint64_t *item;
    size_t cap, head, count;
};

static inline void ring_init(struct ring *ring, size_t cap)
{
    *ring = (struct ring){.item = mem_zero(cap, sizeof *ring->item), .cap = cap};
}

static inline void ring_fini(struct ring *ring)
{
    mem_free(ring->item);
    *ring = (struct ring){0};
}

static inline bool ring_push(struct ring *ring, uint64_t value) /* false: full */
{
    if (ring->count == ring->cap)
        return false;
    ring->item[(ring->head + ring->count++) % ring->cap] = value;
    return true;
}

static inline bool ring_pop(struct ring *ring, uint64_t *value_out) /* false: empty */
{
    if (ring->count == 0)
        return false;
    *value_out = ring->item[ring->head];
    ring->head = (ring->head + 1) % ring->cap;
    ring->count--;
    return true;
}

#endif
