#include "worker/text/lexicon_paths.h"

#include "proto/base/map.h"
#include "proto/base/mem.h"

#include <assert.h>
#include <stdlib.h>

#define GOES_ON UINT32_MAX /* in place of an entry: the key is longer than the path */

struct use {
    struct str path; /* words with single spaces; in a key */
    uint32_t list, entry;
};

struct lexicon_paths {
    char **key; /* each owned */
    size_t keys, key_cap;
    struct use *use;
    size_t count, cap;
};

struct lexicon_paths *lexicon_paths_new(void)
{
    return mem_zero(1, sizeof(struct lexicon_paths));
}

void lexicon_paths_free(struct lexicon_paths **paths)
{
    if (*paths == NULL)
        return;
    for (size_t i = 0; i < (*paths)->keys; i++)
        mem_free((*paths)->key[i]);
    mem_free((*paths)->key);
    mem_free((*paths)->use);
    mem_free(*paths);
    *paths = NULL;
}

static void add_use(struct lexicon_paths *paths, struct str path, uint32_t list,
                    uint32_t entry)
{
    if (paths->count == paths->cap) {
        paths->cap = paths->cap ? paths->cap * 2 : 1024;
        paths->use = mem_grow(paths->use, paths->cap, sizeof *paths->use);
    }
    paths->use[paths->count++] = (struct use){path, list, entry};
}

void lexicon_paths_add(struct lexicon_paths *paths, struct str key, uint32_t list,
                       uint32_t entry)
{
    char *copy = mem_alloc(key.len + 1);
    memcpy(copy, key.ptr, key.len);
    if (paths->keys == paths->key_cap) {
        paths->key_cap = paths->key_cap ? paths->key_cap * 2 : 1024;
        paths->key = mem_grow(paths->key, paths->key_cap, sizeof *paths->key);
    }
    paths->key[paths->keys++] = copy;
    for (size_t i = 0; i < key.len; i++)
        if (copy[i] == ' ')
            add_use(paths, str_make(copy, i), list, GOES_ON);
    add_use(paths, str_make(copy, key.len), list, entry);
}

static int by_path(const void *a, const void *b)
{
    const struct use *x = a, *y = b;
    int order = str_cmp(x->path, y->path);
    if (order == 0)
        order = (x->list > y->list) - (x->list < y->list);
    return order ? order : (x->entry > y->entry) - (x->entry < y->entry);
}

/* The uses of one path are use[first, end): its set into `bits`, the keys it is to
 * `uses`. */
static size_t read_path(const struct lexicon_paths *paths, size_t first, uint32_t third,
                        char *bits, struct buf *uses)
{
    size_t end = first;
    memset(bits, 0, 3 * (size_t)third);
    for (; end < paths->count && str_eq(paths->use[end].path, paths->use[first].path);
         end++) {
        const struct use *use = &paths->use[end];
        bool whole = use->entry != GOES_ON;
        char bit = (char)(1u << (use->list & 7));
        bits[use->list >> 3] |= bit;
        bits[(whole ? third : 2 * third) + (use->list >> 3)] |= bit;
        if (whole) {
            size_t at = lexicon_take(uses, LEXICON_USE_BYTES);
            lexicon_put_u32(uses->ptr + at, use->list);
            lexicon_put_u32(uses->ptr + at + 4, use->entry);
        }
    }
    return end;
}

/* Few sets are many paths': each is written once. */
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

static size_t count_paths(const struct lexicon_paths *paths)
{
    size_t count = 0;
    for (size_t i = 0; i < paths->count; i++)
        count += i == 0 || !str_eq(paths->use[i - 1].path, paths->use[i].path);
    return count;
}

/* The table of slots on its way. */
struct table {
    struct buf *out;
    size_t begin, slots_at;
    uint32_t slots;
    struct map *slot; /* by path: 1 + slot */
};

/* All of a path but its last word: 1 + slot, 0 where it is one word. It comes before in
 * the order of paths. */
static uint32_t parent_of(const struct table *table, struct str path, struct str *last)
{
    const char *space = path.len ? memrchr(path.ptr, ' ', path.len) : NULL;
    uint64_t parent = 0;
    *last = path;
    if (space == NULL)
        return 0;
    *last = str_from(path, (size_t)(space - path.ptr) + 1);
    bool known =
        map_get(table->slot, str_make(path.ptr, (size_t)(space - path.ptr)), &parent);
    assert(known);
    return (uint32_t)parent;
}

static void put_slot(struct table *table, struct str path, size_t set, size_t use,
                     size_t uses)
{
    struct str last;
    uint32_t parent = parent_of(table, path, &last);
    uint64_t hash = lexicon_path_hash(parent, last);
    uint32_t at = (uint32_t)hash & (table->slots - 1);
    const size_t field[LEXICON_PATH_FIELDS] = {
        [LEXICON_CHECK] = hash >> 32,
        [LEXICON_PARENT] = parent,
        [LEXICON_LAST_AT] = table->out->len - table->begin,
        [LEXICON_LAST_LEN] = last.len,
        [LEXICON_SET] = set,
        [LEXICON_USE] = use,
        [LEXICON_USES] = uses,
    };
    buf_add_str(table->out, last);
    char *slot;
    while (slot = table->out->ptr + table->slots_at + (size_t)at * LEXICON_PATH_BYTES,
           lexicon_u32(slot + 4 * (size_t)LEXICON_SET) != 0)
        at = (at + 1) & (table->slots - 1);
    for (unsigned i = 0; i < LEXICON_PATH_FIELDS; i++)
        lexicon_put_u32(slot + 4 * (size_t)i, field[i]);
    map_put(table->slot, path, at + 1);
}

static void put_paths(const struct lexicon_paths *paths, uint32_t third,
                      struct table *table, struct map *known, struct buf *sets,
                      struct buf *uses)
{
    char *bits = mem_zero(3, third);
    put_set(sets, known, str_make(bits, 3 * (size_t)third)); /* set 0: in no list */
    for (size_t i = 0; i < paths->count;) {
        struct str path = paths->use[i].path;
        size_t use = uses->len / LEXICON_USE_BYTES;
        i = read_path(paths, i, third, bits, uses);
        size_t set = put_set(sets, known, str_make(bits, 3 * (size_t)third));
        put_slot(table, path, set, use, uses->len / LEXICON_USE_BYTES - use);
    }
    mem_free(bits);
}

struct lexicon_paths_place lexicon_paths_put(struct lexicon_paths *paths, uint32_t lists,
                                             size_t begin, struct buf *out)
{
    struct buf sets = {0}, uses = {0};
    struct map *known = map_new();
    struct table table = {.out = out, .begin = begin, .slot = map_new()};
    if (paths->count)
        qsort(paths->use, paths->count, sizeof *paths->use, by_path);
    table.slots = lexicon_slots_for(count_paths(paths));
    table.slots_at = lexicon_take(out, (size_t)table.slots * LEXICON_PATH_BYTES);
    put_paths(paths, lexicon_third(lists), &table, known, &sets, &uses);

    struct lexicon_paths_place place = {
        .sets = map_count(known),
        .sets_at = out->len - begin,
        .slots = table.slots,
        .slots_at = table.slots_at - begin,
        .uses = uses.len / LEXICON_USE_BYTES,
        .uses_at = out->len + sets.len - begin,
    };
    buf_add_str(out, buf_str(&sets));
    buf_add_str(out, buf_str(&uses));
    map_free(&known);
    map_free(&table.slot);
    buf_fini(&sets);
    buf_fini(&uses);
    return place;
}
