#include "proto/base/hash.h"
#include "proto/base/program.h"
#include "proto/base/random.h"

#include <pthread.h>
#include <sodium.h>
#include <unistd.h>
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
