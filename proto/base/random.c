#include "proto/base/random.h"
#include "proto/base/program.h"

#include <errno.h>
#include <sys/random.h>
#include <unistd.h>

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

/* splitmix64 (Steele, Lea, Flood 2014): any seed, even 0, gives a good state. */
static uint64_t split(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void random_seed(struct random *random, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        random->state[i] = split(&seed);
}

uint64_t random_next(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t random_below(struct random *random, uint64_t bound)
{
    /* Drop the first 2^64 mod bound values, so that each residue is as likely. */
    uint64_t least = -bound % bound, value;
    do
        value = random_next(random);
    while (value < least);
    return value % bound;
}

double random_unit(struct random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53; /* a double has 53 bits */
}

void random_secret(void *out, size_t len)
{
    static const char line[] = "level=error mod=random msg=\"getrandom failed\"\n";
    char *at = out;
    while (len) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            ssize_t ignored = write(STDERR_FILENO, line, sizeof line - 1);
            (void)ignored;
            _exit(EXIT_LATER);
        }
        at += got;
        len -= (size_t)got;
    }
}
