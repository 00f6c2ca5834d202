#ifndef PROTO_BASE_MAP_H
#define PROTO_BASE_MAP_H

/* Open-addressing map from bytes to uint64, keys copied in. Keyed hash (hash.h); iteration
 * order is unspecified and must never reach a result. */

#include "proto/base/str.h"

struct map;

struct map *map_new(void);
void map_free(struct map **map);
void map_clear(struct map *map);
size_t map_count(const struct map *map);
void map_put(struct map *map, struct str key, uint64_t value); /* replaces */
bool map_get(const struct map *map, struct str key, uint64_t *value_out); /* out may be NULL */
bool map_del(struct map *map, struct str key);
/* Walk: start with *cursor 0; 1 while there is one. Do not change the map meanwhile. */
int map_next(const struct map *map, size_t *cursor, struct str *key_out, uint64_t *value_out);

#endif
