#include "worker/text/word_sets.h"

#include "proto/base/map.h"
#include "proto/base/mem.h"

#include <stdlib.h>

struct use {
    struct str word; /* owned */
    uint32_t list;
    bool whole;
};

struct word_sets {
    struct use *use;
    size_t count, cap;
};

struct word_sets *word_sets_new(void)
{
    return mem_zero(1, sizeof(struct word_sets));
}

void word_sets_free(struct word_sets **sets)
{
    if (*sets == NULL)
        return;
    for (size_t i = 0; i < (*sets)->count; i++)
        mem_free((char *)(uintptr_t)(*sets)->use[i].word.ptr);
    mem_free((*sets)->use);
    mem_free(*sets);
    *sets = NULL;
}

void word_sets_add(struct word_sets *sets, struct str word, uint32_t list, bool whole)
{
    char *copy = mem_alloc(word.len + 1);
    memcpy(copy, word.ptr, word.len);
    if (sets->count == sets->cap) {
        sets->cap = sets->cap ? sets->cap * 2 : 1024;
        sets->use = mem_grow(sets->use, sets->cap, sizeof *sets->use);
    }
    sets->use[sets->count++] =
        (struct use){.word = str_make(copy, word.len), .list = list, .whole = whole};
}

static int by_word(const void *a, const void *b)
{
    const struct use *x = a, *y = b;
    return str_cmp(x->word, y->word);
}

/* The uses of one word are use[first, end): its set into `bits`. */
static size_t read_word(const struct word_sets *sets, size_t first, uint32_t half,
                        char *bits)
{
    size_t end = first;
    memset(bits, 0, 2 * (size_t)half);
    for (; end < sets->count && str_eq(sets->use[end].word, sets->use[first].word);
         end++) {
        const struct use *use = &sets->use[end];
        char bit = (char)(1u << (use->list & 7));
        bits[use->list >> 3] |= bit;
        if (use->whole)
            bits[half + (use->list >> 3)] |= bit;
    }
    return end;
}

/* Few sets are many words': each is written once. */
static size_t put_set(struct buf *out, struct map *known, struct str bits)
{
    uint64_t index;
    if (!map_get(known, bits, &index)) {
        index = map_count(known);
        map_put(known, bits, index);
        buf_add_str(out, bits);
    }
    return (size_t)index * bits.len;
}

static size_t count_words(const struct word_sets *sets)
{
    size_t count = 0;
    for (size_t i = 0; i < sets->count; i++)
        count += i == 0 || !str_eq(sets->use[i - 1].word, sets->use[i].word);
    return count;
}

static void put_slot(struct buf *out, size_t slots_at, uint32_t slots, uint64_t hash,
                     const size_t field[3])
{
    uint32_t at = (uint32_t)hash & (slots - 1);
    char *slot;
    while (slot = out->ptr + slots_at + (size_t)at * LEXICON_WORD_BYTES,
           lexicon_u32(slot + 12) != 0)
        at = (at + 1) & (slots - 1);
    lexicon_put_u32(slot, hash >> 32);
    for (unsigned i = 0; i < 3; i++)
        lexicon_put_u32(slot + 4 + 4 * (size_t)i, field[i]);
}

struct word_sets_place word_sets_put(struct word_sets *sets, uint32_t lists, size_t begin,
                                     struct buf *out)
{
    uint32_t half = lexicon_half(lists);
    struct buf bytes = {0};
    struct map *known = map_new();
    char *bits = mem_alloc(2 * (size_t)half);
    uint32_t slots = lexicon_slots_for(count_words(sets));
    struct word_sets_place place = {.slots = slots};

    if (sets->count)
        qsort(sets->use, sets->count, sizeof *sets->use, by_word);
    size_t slots_at = lexicon_take(out, (size_t)slots * LEXICON_WORD_BYTES);
    memset(bits, 0xff, 2 * (size_t)half);
    put_set(&bytes, known, str_make(bits, 2 * (size_t)half)); /* not looked up */
    memset(bits, 0, 2 * (size_t)half);
    put_set(&bytes, known, str_make(bits, 2 * (size_t)half)); /* in no list */
    for (size_t i = 0; i < sets->count;) {
        struct str word = sets->use[i].word;
        i = read_word(sets, i, half, bits);
        size_t set = put_set(&bytes, known, str_make(bits, 2 * (size_t)half));
        size_t word_at = out->len - begin;
        buf_add_str(out, word);
        put_slot(out, slots_at, slots, lexicon_hash(word),
                 (size_t[3]){word_at, word.len, set});
    }
    place.sets = map_count(known);
    place.sets_at = out->len - begin;
    place.slots_at = slots_at - begin;
    buf_add_str(out, buf_str(&bytes));
    mem_free(bits);
    map_free(&known);
    buf_fini(&bytes);
    return place;
}
