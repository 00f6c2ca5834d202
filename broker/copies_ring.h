#ifndef BROKER_COPIES_RING_H
#define BROKER_COPIES_RING_H

/* The sketches of the newest articles, and which of them have values in common with a
 * given one (copies.h). Articles are numbered as they come; one more than `most`
 * displaces the oldest. Memory: 450 bytes an article and its id, made at once. */

#include "proto/wire/sketch.h"

#include <stdbool.h>
#include <stdint.h>

#define COPIES_CHAIN 64u

struct copies_ring;

struct copies_kept {
    uint64_t number; /* from 1; 0: dropped, or never used */
    uint64_t ms;     /* when it came */
    uint64_t url;    /* hash; 0: it has none */
    struct str id;
    struct sketch sketch;
};

/* most: a power of two. */
struct copies_ring *copies_ring_new(uint32_t most);
void copies_ring_free(struct copies_ring **ring);

/* The number given last; 0: none yet. */
uint64_t copies_ring_last(const struct copies_ring *ring);
/* The next number is above this one. */
void copies_ring_skip(struct copies_ring *ring, uint64_t number);
/* Remember a copy of it. Its number is above the last one. */
void copies_ring_put(struct copies_ring *ring, const struct copies_kept *kept);
void copies_ring_drop(struct copies_ring *ring, uint64_t number);
/* NULL: it was dropped, displaced, or never there. Borrowed until the next put. */
const struct copies_kept *copies_ring_at(const struct copies_ring *ring, uint64_t number);

/* The article that came first of those that have at least `least` per cent of the
 * sketched text in common and came at `since_ms` or later; NULL: none. Of each value, the
 * newest COPIES_CHAIN articles that have it are looked at. */
const struct copies_kept *copies_ring_find(struct copies_ring *ring,
                                           const struct sketch *sketch, uint32_t least,
                                           uint64_t since_ms);

#endif
