#include "proto/base/heap.h"
#include "proto/base/mem.h"

#include <assert.h>

#define HEAP_LEAST 16

void heap_init(struct heap *heap)
{
    *heap = (struct heap){0};
}

void heap_fini(struct heap *heap)
{
    for (size_t i = 0; i < heap->count; i++)
        heap->slot[i]->place = 0;
    mem_free(heap->slot);
    *heap = (struct heap){0};
}

static void set(struct heap *heap, size_t place, struct heap_slot *slot)
{
    heap->slot[place - 1] = slot;
    slot->place = place;
}

static uint64_t key_at(const struct heap *heap, size_t place)
{
    return heap->slot[place - 1]->key;
}

static void sift_up(struct heap *heap, struct heap_slot *slot)
{
    size_t place = slot->place;
    while (place > 1 && key_at(heap, place / 2) > slot->key) {
        set(heap, place, heap->slot[place / 2 - 1]);
        place /= 2;
    }
    set(heap, place, slot);
}

static void sift_down(struct heap *heap, struct heap_slot *slot)
{
    size_t place = slot->place;
    for (;;) {
        size_t child = place * 2;
        if (child > heap->count)
            break;
        if (child < heap->count && key_at(heap, child + 1) < key_at(heap, child))
            child++;
        if (key_at(heap, child) >= slot->key)
            break;
        set(heap, place, heap->slot[child - 1]);
        place = child;
    }
    set(heap, place, slot);
}

/* The slot is in this heap and not in another. */
#define IS_IN(heap, s)                                                                   \
    ((s)->place <= (heap)->count && (heap)->slot[(s)->place - 1] == (s))

void heap_put(struct heap *heap, struct heap_slot *slot, uint64_t key)
{
    if (slot->place == 0) {
        if (heap->count == heap->cap) {
            heap->cap = heap->cap ? heap->cap * 2 : HEAP_LEAST;
            heap->slot = mem_grow(heap->slot, heap->cap, sizeof *heap->slot);
        }
        heap->count++;
        set(heap, heap->count, slot);
    }
    assert(IS_IN(heap, slot));
    slot->key = key;
    sift_up(heap, slot);
    sift_down(heap, slot);
}

void heap_del(struct heap *heap, struct heap_slot *slot)
{
    if (slot->place == 0)
        return;
    assert(IS_IN(heap, slot));
    struct heap_slot *last = heap->slot[--heap->count];
    if (last != slot) {
        set(heap, slot->place, last);
        sift_up(heap, last);
        sift_down(heap, last);
    }
    slot->place = 0;
}

struct heap_slot *heap_first(const struct heap *heap)
{
    return heap->count ? heap->slot[0] : NULL;
}
