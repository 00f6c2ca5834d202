#ifndef PROTO_BASE_RANDOM_H
#define PROTO_BASE_RANDOM_H

/* Seeded generator (xoshiro256**, Blackman and Vigna 2018, seeded by splitmix64) for tests,
 * jitter and sampling; and the system's own for tokens and keys. */

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state[4];
};

void random_seed(struct random *random, uint64_t seed);
uint64_t random_next(struct random *random);
uint64_t random_below(struct random *random, uint64_t bound); /* [0, bound), bound > 0 */
double random_unit(struct random *random);                    /* [0, 1) */
void random_secret(void *out, size_t len); /* getrandom(2); ends the process if it fails */

#endif
