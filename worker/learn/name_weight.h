#ifndef WORKER_LEARN_NAME_WEIGHT_H
#define WORKER_LEARN_NAME_WEIGHT_H

/* Weights of the name tagger (name.h), laid out so that a feature costs one look at one
 * place, whether the model knows it or not, and no branch: most of them it does not know,
 * and adding them up is most of the work.
 *
 * Section "name" of a model file:
 *
 *   head    tag buckets u32, pair buckets u32, then i32 of each tag: what it has before
 *           any feature speaks (at most NAME_BIAS_MOST either way); zeros up to
 *           NAME_HEAD_BYTES
 *   shapes  for each shape of the word before and each of the word, NAME_SHAPES of both:
 *           weights of all pairs of tags, i16 each
 *   tags    buckets of features of one word, NAME_TAG_WEIGHTS each: by how much a feature
 *           speaks for each tag behind O rather than for O
 *   pairs   buckets of features of a word and the tag before, NAME_PAIR_WEIGHTS each:
 *           those of name_pairs
 *
 * A bucket has room for NAME_BUCKET features: the weights of one behind those of the
 * other, i8 each, then u16 of each, the high bits of its hash, odd (0: free). A feature
 * stands in the bucket that the low half of its hash points to or nowhere: one that is
 * full lacks the lightest. Any bytes of the right number are weights that can be added
 * up. */

#include "proto/base/err.h"
#include "worker/learn/feature.h"

#define NAME_SECTION      "name"
#define NAME_HEAD_BYTES   64u
#define NAME_SHAPES       16u /* feature_word.shape is below */
#define NAME_BUCKET       8u
#define NAME_TAG_WEIGHTS  6u
#define NAME_PAIR_WEIGHTS 16u
#define NAME_UNIT         100 /* steps of weights in the exponent of e */
#define NAME_WEIGHT_MOST  127 /* of a feature in a bucket, either way */
#define NAME_BUCKETS_MOST (1u << 20)
#define NAME_BIAS_MOST    (1 << 15) /* so that no sentence adds up to more than an int */

/* Tags: 0 for O, then B and I of each class. */
#define NAME_TAGS 7u
#define NAME_O    0u
#define NAME_B(c) (2u * (c)-1u)
#define NAME_I(c) (2u * (c))

/* What is scored: a tag, then the tag before and a tag. */
#define NAME_PAIRS             (NAME_TAGS * NAME_TAGS)
#define NAME_LABELS            (NAME_TAGS + NAME_PAIRS)
#define NAME_PAIR(before, tag) (NAME_TAGS + (before)*NAME_TAGS + (tag))

/* The pairs that features in buckets know: all but names directly behind names. */
extern const uint8_t name_pairs[NAME_PAIR_WEIGHTS];

struct name_features {
    struct features tag, pair; /* of one word, and of it and the tag before */
    uint8_t shape, shape_before;
};

struct name_weights {
    const char *tag, *pair; /* buckets; borrowed */
    uint32_t tag_buckets, pair_buckets;
    int32_t bias[NAME_TAGS];
    int32_t shape[NAME_SHAPES][NAME_SHAPES][NAME_PAIRS];
};

/* section: borrowed. ERR_FORMAT. */
int name_weights_open(struct name_weights *weights, struct str section, struct err *err);
/* Scores of one word, NAME_LABELS: set. */
void name_weigh(const struct name_weights *weights, const struct name_features *features,
                int32_t *scores);

/* Bytes of a bucket of features with so many weights. */
#define NAME_BUCKET_BYTES(weights) (NAME_BUCKET * ((weights) + 2u))

static inline uint32_t name_bucket(uint64_t feature, uint32_t buckets)
{
    return (uint32_t)((feature & UINT32_MAX) * buckets >> 32);
}

static inline uint16_t name_check(uint64_t feature)
{
    return (uint16_t)(feature >> 48 | 1);
}

#endif
