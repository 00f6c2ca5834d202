#ifndef PROTO_BASE_ARENA_H
#define PROTO_BASE_ARENA_H

/* Memory of one document: allocated in order, never freed singly, reset as a whole.
 *
 * It has a hard cap. Passing it calls `full`, which must not return (the worker's long
 * jumps to where the document began, and the document is refused); so arena_alloc never
 * returns NULL and stages need no checks. With `full` NULL passing the cap aborts.
 * A reset keeps what was used since the last one, for the next document may be like this
 * one and the system's pages are dear; of what was not used, so much that it has
 * ARENA_KEEP_BYTES. It never holds more than the cap and that. Under AddressSanitizer
 * every allocation is a malloc of its own, so that overruns show. */

#include "proto/base/str.h"

/* What a usual document needs; the memory of a rare large one goes back to the system
 * with the document behind it. */
#define ARENA_KEEP_BYTES ((size_t)4 * 1024 * 1024)

struct arena_chunk;

struct arena {
    struct arena_chunk *first, *current;
    size_t used_bytes; /* handed out since the last reset */
    size_t held_bytes; /* in chunks */
    size_t high_bytes; /* most ever handed out between two resets */
    size_t cap_bytes;
    void (*full)(void *context); /* must not return */
    void *context;
};

void arena_init(struct arena *arena, size_t cap_bytes);
void arena_fini(struct arena *arena);
void arena_reset(struct arena *arena);

void *arena_alloc(struct arena *arena,
                  size_t size_bytes); /* aligned to 16, not cleared */
void *arena_zero(struct arena *arena, size_t count, size_t size_bytes);
struct str arena_str(struct arena *arena, struct str s); /* a copy */
/* NUL behind it, not counted. */
struct str arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Growable array in an arena: *ARENA_PUSH(arena, list) = item; with list a pointer to
 * struct { T *item; uint32_t count, cap; }, evaluated several times. Growth doubles and
 * copies, so the total stays linear; the new item is not cleared. */
void *arena_grow(struct arena *arena, void *old, uint32_t count, uint32_t *cap,
                 size_t size_bytes);
#define ARENA_PUSH(arena, list)                                                          \
    ((list)->count == (list)->cap                                                        \
         ? (void)((list)->item = arena_grow(arena, (list)->item, (list)->count,          \
                                            &(list)->cap, sizeof *(list)->item))         \
         : (void)0,                                                                      \
     &(list)->item[(list)->count++])

#endif
