#ifndef WORKER_LEARN_FEATURE_H
#define WORKER_LEARN_FEATURE_H

/* Features of words. A feature is a number: the hash of its template and of the values
 * the template takes. They are made into a fixed buffer, without allocation, from what
 * feature_word says of each word once. */

#include "proto/base/str.h"

#define FEATURES_MOST 128 /* templates of one decision */
#define FEATURE_AFFIX 5   /* bytes of the longest prefix and suffix */

/* Values outside a sentence: "before it" and "behind it". */
#define FEATURE_BEFORE 1u
#define FEATURE_BEHIND 2u

struct features {
    uint64_t id[FEATURES_MOST];
    uint32_t count;
};

/* How a word looks; the classes are those of token.shape, and more. */
enum feature_shape {
    FEATURE_LOWER = 1,
    FEATURE_CAPITAL,
    FEATURE_UPPER,
    FEATURE_MIXED,
    FEATURE_NUMBER,    /* digits and what stands between them */
    FEATURE_DIGITS,    /* digits and letters */
    FEATURE_SIGN,      /* no letters, no digits */
    FEATURE_HYPHEN = 8 /* added where there is a hyphen inside */
};

/* What a sign does. Signs in pairs stand behind SIGN_PAIRED, two numbers a pair: what
 * opens, what closes; from SIGN_DOUBLE on one sign does both. */
enum feature_sign {
    SIGN_NONE,
    SIGN_STOP,
    SIGN_END, /* ? ! … */
    SIGN_COMMA,
    SIGN_COLON,
    SIGN_SEMICOLON,
    SIGN_DASH,
    SIGN_SLASH,
    SIGN_OTHER,
    SIGN_PAIRED,
    SIGN_ROUND = SIGN_PAIRED,
    SIGN_SQUARE = SIGN_ROUND + 2,
    SIGN_CURLED = SIGN_SQUARE + 2,
    SIGN_CURLED_SINGLE = SIGN_CURLED + 2,
    SIGN_ANGLED = SIGN_CURLED_SINGLE + 2,
    SIGN_DOUBLE = SIGN_ANGLED + 2,
    SIGN_SINGLE = SIGN_DOUBLE + 2,
    SIGN_COUNT = SIGN_SINGLE + 2
};
#define SIGN_PAIRS        ((SIGN_COUNT - SIGN_PAIRED) / 2)
#define FEATURE_SIGN_BITS 5

/* What all templates take from one word. Affixes longer than the word are 0. */
struct feature_word {
    uint32_t lower; /* of the lower-case form, digits made equal */
    uint32_t prefix[FEATURE_AFFIX], suffix[FEATURE_AFFIX];
    uint16_t coarse, fine;   /* clusters (cluster.h), 0 unknown */
    uint16_t before, behind; /* signs beside it that were taken out (punct.h), 0 none */
    uint8_t shape;
    uint8_t sign;  /* enum feature_sign */
    uint8_t first; /* of its sentence */
    uint8_t upos;  /* once tagged */
    uint8_t guess; /* free for who tags in several turns */
};

/* All but clusters, first, upos and what was taken out. */
void feature_word(struct feature_word *out, struct str form, struct str lower);
/* A word outside the sentence: FEATURE_BEFORE or FEATURE_BEHIND. */
void feature_word_outside(struct feature_word *out, uint32_t place);

/* Three values and the template's number, mixed (multiply and shift, after
 * splitmix64; stable: model files depend on it). */
static inline uint64_t feature_hash(uint64_t template, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t x = (a ^ template << 40) * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 32 ^ b) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 29 ^ c) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static inline void feature_add(struct features *out, uint64_t template, uint64_t a,
                               uint64_t b, uint64_t c)
{
    out->id[out->count++] = feature_hash(template, a, b, c);
}

#endif
