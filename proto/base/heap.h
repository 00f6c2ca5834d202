#ifndef PROTO_BASE_HEAP_H
#define PROTO_BASE_HEAP_H

/* Binary min-heap of pointers by a uint64 key (a deadline). Each element embeds a
 * `struct heap_slot` that knows its place, so removing one is O(log n). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_slot {
    uint64_t key;
    size_t place; /* 1-based; 0 when in no heap */
};

struct heap {
    struct heap_slot **slot;
    size_t count, cap;
};

void heap_init(struct heap *heap);
void heap_fini(struct heap *heap);
void heap_put(struct heap *heap, struct heap_slot *slot, uint64_t key); /* put or move */
void heap_del(struct heap *heap, struct heap_slot *slot);               /* absent is fine */
struct heap_slot *heap_first(const struct heap *heap); /* borrowed; NULL when empty */

/* The object a slot is embedded in. */
#define HEAP_OWNER(slot_ptr, type, member)                                               \
    ((type *)(void *)((char *)(slot_ptr)-offsetof(type, member)))

#endif
