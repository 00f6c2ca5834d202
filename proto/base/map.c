/* Linear probing over a power-of-two table, at most three quarters full. Deleting shifts
 * the run behind the hole back, so there are no tombstones and no slow decay. */

#include "proto/base/map.h"
#include "proto/base/hash.h"
#include "proto/base/mem.h"

#define MAP_LEAST 16

struct slot {
    char *key; /* owned; NULL where the slot is free */
    size_t len;
    uint64_t hash, value;
};

struct map {
    struct slot *slot;
    size_t cap, count; /* cap is a power of two */
};

struct map *map_new(void)
{
    struct map *map = mem_zero(1, sizeof *map);
    map->slot = mem_zero(MAP_LEAST, sizeof *map->slot);
    map->cap = MAP_LEAST;
    return map;
}

static void free_keys(struct map *map)
{
    for (size_t i = 0; i < map->cap; i++)
        mem_free(map->slot[i].key);
}

void map_free(struct map **map)
{
    if (*map == NULL)
        return;
    free_keys(*map);
    mem_free((*map)->slot);
    mem_free(*map);
    *map = NULL;
}

void map_clear(struct map *map)
{
    free_keys(map);
    memset(map->slot, 0, map->cap * sizeof *map->slot);
    map->count = 0;
}

size_t map_count(const struct map *map)
{
    return map->count;
}

/* The slot of key, or the free one it would go into. */
static size_t find(const struct map *map, struct str key, uint64_t hash)
{
    size_t mask = map->cap - 1, i = hash & mask;
    while (map->slot[i].key &&
           (map->slot[i].hash != hash ||
            !str_eq(str_make(map->slot[i].key, map->slot[i].len), key)))
        i = (i + 1) & mask;
    return i;
}

static void grow(struct map *map)
{
    struct slot *old = map->slot;
    size_t old_cap = map->cap;
    map->slot = mem_zero(old_cap * 2, sizeof *map->slot);
    map->cap = old_cap * 2;
    for (size_t i = 0; i < old_cap; i++)
        if (old[i].key)
            map->slot[find(map, str_make(old[i].key, old[i].len), old[i].hash)] = old[i];
    mem_free(old);
}

void map_put(struct map *map, struct str key, uint64_t value)
{
    uint64_t hash = hash_keyed(key);
    size_t i = find(map, key, hash);
    if (map->slot[i].key) {
        map->slot[i].value = value;
        return;
    }
    if ((map->count + 1) * 4 > map->cap * 3) {
        grow(map);
        i = find(map, key, hash);
    }
    map->slot[i] = (struct slot){mem_copy(key.ptr, key.len), key.len, hash, value};
    map->count++;
}

bool map_get(const struct map *map, struct str key, uint64_t *value_out)
{
    const struct slot *slot = &map->slot[find(map, key, hash_keyed(key))];
    if (slot->key && value_out)
        *value_out = slot->value;
    return slot->key != NULL;
}

bool map_del(struct map *map, struct str key)
{
    size_t mask = map->cap - 1, hole = find(map, key, hash_keyed(key));
    if (map->slot[hole].key == NULL)
        return false;
    mem_free(map->slot[hole].key);
    for (size_t i = (hole + 1) & mask; map->slot[i].key; i = (i + 1) & mask) {
        /* One may move into the hole if its home is not behind the hole. */
        size_t home = map->slot[i].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            map->slot[hole] = map->slot[i];
            hole = i;
        }
    }
    map->slot[hole] = (struct slot){0};
    map->count--;
    return true;
}

int map_next(const struct map *map, size_t *cursor, struct str *key_out,
             uint64_t *value_out)
{
    while (*cursor < map->cap) {
        const struct slot *slot = &map->slot[(*cursor)++];
        if (slot->key == NULL)
            continue;
        *key_out = str_make(slot->key, slot->len);
        *value_out = slot->value;
        return 1;
    }
    return 0;
}
