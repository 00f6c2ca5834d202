#include "proto/base/arena.h"
#include "proto/base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_ALIGN       16
#define ARENA_CHUNK_BYTES ((size_t)64 * 1024)
#define ARENA_LEAST_ITEMS 8

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_SINGLE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_SINGLE 1
#endif
#endif
#ifndef ARENA_SINGLE
#define ARENA_SINGLE 0
#endif

struct arena_chunk {
    _Alignas(ARENA_ALIGN) struct arena_chunk *next;
    size_t cap, used;
    _Alignas(ARENA_ALIGN) char data[];
};

void arena_init(struct arena *arena, size_t cap_bytes)
{
    *arena = (struct arena){.cap_bytes = cap_bytes};
}

/* The chunk that link points to, and those behind it. */
static void free_chunks(struct arena *arena, struct arena_chunk **link)
{
    struct arena_chunk *chunk = *link;
    *link = NULL;
    while (chunk) {
        struct arena_chunk *next = chunk->next;
        arena->held_bytes -= chunk->cap;
        mem_free(chunk);
        chunk = next;
    }
}

void arena_fini(struct arena *arena)
{
    free_chunks(arena, &arena->first);
    *arena = (struct arena){0};
}

void arena_reset(struct arena *arena)
{
    struct arena_chunk **link = &arena->first;
    bool used = arena->current && !ARENA_SINGLE;
    size_t keep_bytes = ARENA_SINGLE ? 0 : ARENA_KEEP_BYTES, kept_bytes = 0;
    while (*link && (used || kept_bytes + (*link)->cap <= keep_bytes)) {
        used = used && *link != arena->current;
        kept_bytes += (*link)->cap;
        (*link)->used = 0;
        link = &(*link)->next;
    }
    free_chunks(arena, link);
    arena->current = NULL;
    arena->used_bytes = 0;
}

/* Make a chunk with room for size_bytes the current one: the next kept one if it is large
 * enough, else a new one put before it, or in the place of all that are left where they
 * would be too much together. */
static void *take_chunk(struct arena *arena, size_t size_bytes, size_t chunk_bytes)
{
    struct arena_chunk **link = arena->current ? &arena->current->next : &arena->first;
    struct arena_chunk *chunk = *link;
    if (chunk == NULL || chunk->cap < size_bytes) {
        size_t cap = size_bytes > chunk_bytes ? size_bytes : chunk_bytes;
        if (arena->held_bytes > ARENA_KEEP_BYTES &&
            arena->held_bytes - ARENA_KEEP_BYTES + cap > arena->cap_bytes)
            free_chunks(arena, link);
        chunk = mem_alloc(sizeof *chunk + cap);
        *chunk = (struct arena_chunk){.next = *link, .cap = cap};
        *link = chunk;
        arena->held_bytes += cap;
    }
    arena->current = chunk;
    chunk->used = size_bytes;
    return chunk->data;
}

static void refuse(struct arena *arena)
{
    if (arena->full)
        arena->full(arena->context);
    abort(); /* no `full`, or one that returned */
}

void *arena_alloc(struct arena *arena, size_t size_bytes)
{
    if (size_bytes > arena->cap_bytes - arena->used_bytes)
        refuse(arena);
    size_t rounded = (size_bytes + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (rounded < size_bytes || rounded > arena->cap_bytes - arena->used_bytes)
        refuse(arena);
    arena->used_bytes += rounded;
    if (arena->used_bytes > arena->high_bytes)
        arena->high_bytes = arena->used_bytes;

    struct arena_chunk *chunk = arena->current;
    if (ARENA_SINGLE)
        return take_chunk(arena, size_bytes, 0);
    if (chunk == NULL || rounded > chunk->cap - chunk->used)
        return take_chunk(arena, rounded, ARENA_CHUNK_BYTES);
    void *p = chunk->data + chunk->used;
    chunk->used += rounded;
    return p;
}

void *arena_zero(struct arena *arena, size_t count, size_t size_bytes)
{
    size_t total;
    if (__builtin_mul_overflow(count, size_bytes, &total))
        refuse(arena);
    return memset(arena_alloc(arena, total), 0, total);
}

struct str arena_str(struct arena *arena, struct str s)
{
    if (s.ptr == NULL)
        return STR_NONE;
    char *copy = arena_alloc(arena, s.len);
    memcpy(copy, s.ptr, s.len);
    return str_make(copy, s.len);
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0); /* fails only on a format the compiler refuses */
    char *text = arena_alloc(arena, (size_t)len + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return str_make(text, (size_t)len);
}

void *arena_grow(struct arena *arena, void *old, uint32_t count, uint32_t *cap,
                 size_t size_bytes)
{
    size_t total;
    if (*cap > UINT32_MAX / 2)
        refuse(arena);
    uint32_t more = *cap ? *cap * 2 : ARENA_LEAST_ITEMS;
    if (__builtin_mul_overflow((size_t)more, size_bytes, &total))
        refuse(arena);
    void *item = arena_alloc(arena, total);
    if (count)
        memcpy(item, old, count * size_bytes);
    *cap = more;
    return item;
}
