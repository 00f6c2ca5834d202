#include "broker/copies_ring.h"

#include "proto/base/mem.h"

#include <assert.h>

#define HEAD_BITS  20
#define HEADS      (1u << HEAD_BITS)
#define HITS       4096        /* a power of two above SKETCH_VALUES * COPIES_CHAIN */
#define HITS_LEAST 3           /* values in common, before more is looked at */
#define MIX        0x9e3779b1u /* 2^32 over the golden ratio: odd */

/* How many values an article has in common with the one that is looked up. */
struct hit {
    uint64_t number;
    uint32_t look, count;
};

/* Number n stands in slot n % most until n + most does. Value j of article n is the node
 * n * SKETCH_VALUES + j (below 2^32: numbers come round); nodes of one hash are a chain
 * from the newest to the oldest. A chain is left where it reaches an article that is
 * gone: all behind it are. */
struct copies_ring {
    uint32_t most;
    struct copies_kept *slot; /* their ids owned */
    uint32_t *head;           /* node + 1; 0: none */
    uint32_t *next;
    uint64_t last;
    struct hit hit[HITS];
    uint32_t look;
};

struct copies_ring *copies_ring_new(uint32_t most)
{
    struct copies_ring *ring = mem_zero(1, sizeof *ring);
    assert((most & (most - 1)) == 0);
    ring->most = most;
    ring->slot = mem_zero(most, sizeof *ring->slot);
    ring->head = mem_zero(HEADS, sizeof *ring->head);
    ring->next = mem_zero((size_t)most * SKETCH_VALUES, sizeof *ring->next);
    return ring;
}

void copies_ring_free(struct copies_ring **ring)
{
    struct copies_ring *r = *ring;
    if (r == NULL)
        return;
    for (uint32_t i = 0; i < r->most; i++)
        mem_free((void *)(uintptr_t)r->slot[i].id.ptr);
    mem_free(r->slot);
    mem_free(r->head);
    mem_free(r->next);
    mem_free(r);
    *ring = NULL;
}

static struct copies_kept *slot_of(const struct copies_ring *ring, uint64_t number)
{
    return &ring->slot[number & (ring->most - 1)];
}

static uint32_t *head_of(const struct copies_ring *ring, uint32_t value)
{
    return &ring->head[(value * MIX) >> (32 - HEAD_BITS)];
}

uint64_t copies_ring_last(const struct copies_ring *ring)
{
    return ring->last;
}

void copies_ring_skip(struct copies_ring *ring, uint64_t number)
{
    if (number > ring->last)
        ring->last = number;
}

const struct copies_kept *copies_ring_at(const struct copies_ring *ring, uint64_t number)
{
    const struct copies_kept *slot = slot_of(ring, number);
    return number && slot->number == number ? slot : NULL;
}

void copies_ring_put(struct copies_ring *ring, const struct copies_kept *kept)
{
    struct copies_kept *slot = slot_of(ring, kept->number);
    assert(kept->number > ring->last);
    ring->last = kept->number;
    mem_free((void *)(uintptr_t)slot->id.ptr);
    *slot = *kept;
    slot->id.ptr = mem_copy(kept->id.ptr, kept->id.len);
    for (uint32_t j = 0; j < kept->sketch.count; j++) {
        uint32_t node = (uint32_t)kept->number * SKETCH_VALUES + j;
        uint32_t *head = head_of(ring, kept->sketch.value[j]);
        ring->next[node & (ring->most * SKETCH_VALUES - 1)] = *head;
        *head = node + 1;
    }
}

void copies_ring_drop(struct copies_ring *ring, uint64_t number)
{
    if (number && slot_of(ring, number)->number == number)
        slot_of(ring, number)->number = 0;
}

/* ---- looking up ---- */

static uint32_t count_hit(struct copies_ring *ring, uint64_t number)
{
    uint32_t at = (uint32_t)number * MIX & (HITS - 1);
    while (ring->hit[at].look == ring->look && ring->hit[at].number != number)
        at = (at + 1) & (HITS - 1);
    if (ring->hit[at].look != ring->look)
        ring->hit[at] = (struct hit){number, ring->look, 0};
    return ++ring->hit[at].count;
}

const struct copies_kept *copies_ring_find(struct copies_ring *ring,
                                           const struct sketch *sketch, uint32_t least,
                                           uint64_t since_ms)
{
    uint64_t best = 0;
    ring->look++;
    for (uint32_t j = 0; j < sketch->count; j++) {
        uint32_t node = *head_of(ring, sketch->value[j]);
        for (uint32_t steps = 0; node && steps < COPIES_CHAIN; steps++) {
            uint32_t back = ((uint32_t)ring->last - (node - 1) / SKETCH_VALUES) &
                            (UINT32_MAX / SKETCH_VALUES);
            uint64_t number = ring->last - back;
            const struct copies_kept *slot = slot_of(ring, number);
            if (back >= ring->most || back >= ring->last)
                break;
            if (slot->number == number && (best == 0 || number < best) &&
                slot->sketch.value[(node - 1) % SKETCH_VALUES] == sketch->value[j] &&
                count_hit(ring, number) == HITS_LEAST && slot->ms >= since_ms &&
                sketch_share(sketch, &slot->sketch) >= (int)least)
                best = number;
            node = ring->next[(node - 1) & (ring->most * SKETCH_VALUES - 1)];
        }
    }
    return copies_ring_at(ring, best);
}
