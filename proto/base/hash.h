#ifndef PROTO_BASE_HASH_H
#define PROTO_BASE_HASH_H

/* Two kinds of hash, not to be mixed. Stable ones make ids and checksums: XXH3, the same
 * on every machine and in every version. The keyed one is for tables that hold what
 * strangers send: SipHash-2-4 with a key drawn once per process (hash flooding). */

#include "proto/base/str.h"

struct hash128 {
    uint64_t high, low;
};

uint64_t hash64(struct str s, uint64_t seed);
/* The hash64 (seed 0) of bytes that come in pieces. */
struct hash_stream {
    _Alignas(64) unsigned char state[576]; /* XXH3's */
};
void hash_begin(struct hash_stream *stream);
void hash_add(struct hash_stream *stream, struct str piece);
uint64_t hash_end(const struct hash_stream *stream);
struct hash128 hash128(struct str s);
uint64_t hash_keyed(struct str s);
void hash_hex(uint64_t value, char out[17]); /* 16 lower-case hex digits and a NUL */

#endif
