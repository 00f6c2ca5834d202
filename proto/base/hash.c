#include "proto/base/hash.h"
#include "proto/base/program.h"
#include "proto/base/random.h"

#include <pthread.h>
#include <sodium.h>
#include <unistd.h>
/* The size of XXH3's state is part of its interface only so; no other thing is used. */
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

/* Drawn once, then only read: the one state a keyed hash cannot do without. */
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static unsigned char key[crypto_shorthash_KEYBYTES];

static const char *bytes_of(struct str s)
{
    return s.len ? s.ptr : "";
}

uint64_t hash64(struct str s, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes_of(s), s.len, seed);
}

static XXH3_state_t *state_of(const struct hash_stream *stream)
{
    _Static_assert(sizeof(XXH3_state_t) <= sizeof stream->state, "room for the state");
    return (XXH3_state_t *)(uintptr_t)stream->state;
}

void hash_begin(struct hash_stream *stream)
{
    XXH3_INITSTATE(state_of(stream));
    XXH3_64bits_reset(state_of(stream));
}

void hash_add(struct hash_stream *stream, struct str piece)
{
    XXH3_64bits_update(state_of(stream), bytes_of(piece), piece.len);
}

uint64_t hash_end(const struct hash_stream *stream)
{
    return XXH3_64bits_digest(state_of(stream));
}

struct hash128 hash128(struct str s)
{
    XXH128_hash_t h = XXH3_128bits(bytes_of(s), s.len);
    return (struct hash128){.high = h.high64, .low = h.low64};
}

static void draw_key(void)
{
    if (sodium_init() < 0)
        _exit(EXIT_LATER);
    random_secret(key, sizeof key);
}

uint64_t hash_keyed(struct str s)
{
    unsigned char out[crypto_shorthash_BYTES];
    uint64_t value;
    _Static_assert(sizeof out == sizeof value, "SipHash-2-4 gives 64 bits");
    pthread_once(&key_once, draw_key);
    crypto_shorthash(out, (const unsigned char *)bytes_of(s), s.len, key);
    memcpy(&value, out, sizeof value);
    return value;
}

void hash_hex(uint64_t value, char out[17])
{
    for (int i = 0; i < 16; i++)
        out[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
    out[16] = '\0';
}
