#ifndef WORKER_LEARN_PERCEPTRON_H
#define WORKER_LEARN_PERCEPTRON_H

/* Linear scores of labels: each feature (feature.h) that the model knows adds its weights
 * to the labels' scores. Weights come from an averaged perceptron (Collins 2002), trained
 * by worker/train/trainer.h; only those that are not zero are stored.
 *
 * Section of a model file:
 *
 *   head    labels u32, features u32, slots u32, cells u32, filter u32, zero u32
 *   filter  a bit for each value of `filter` bits of the hash from PERCEPTRON_FILTER_AT on:
 *           1 where the model has a feature with it. Most features of a text are not in
 *           the model, and the filter, being small, says so without a look at the slots.
 *   slots   8 bytes each, open addressing by the low half of the feature's hash, scaled to
 *           the number of slots; never full. Up to PERCEPTRON_NARROW labels: high 16 bits
 *           of the hash (0: free) and the weights of the labels, i16 each. More: u32 of
 *           the first cell, u8 of cells, 24 high bits of the hash (0: free).
 *   cells   u16 each: label << 10 | weight + 512; those of a slot in order of label. Where
 *           the first cell has PERCEPTRON_BLOCKS added, the weights of many labels come in
 *           blocks of eight labels, i16 each, and the u8 is a set of blocks (bit i: labels
 *           8i and on): those are the features that most decisions see, and a block is
 *           added at once.
 *
 * A feature whose high bits are 0 uses 1 for them. */

#include "proto/base/err.h"
#include "proto/base/str.h"

#define PERCEPTRON_LABELS       64u /* most labels: 6 bits in a cell */
#define PERCEPTRON_NARROW       3u
#define PERCEPTRON_HEAD_BYTES   24u
#define PERCEPTRON_SLOT_BYTES   8u
#define PERCEPTRON_FILTER_AT    24 /* mostly apart from the bits of place and check */
#define PERCEPTRON_FILTER_LEAST 6
#define PERCEPTRON_FILTER_MOST  24
#define PERCEPTRON_CELL_BIAS    512
#define PERCEPTRON_CELL_SHIFT   10
#define PERCEPTRON_WEIGHT       511u /* most that a weight is, either way */
#define PERCEPTRON_BLOCKS       0x80000000u
#define PERCEPTRON_BLOCK        8u

struct perceptron {
    const char *filter, *slots, *cells; /* borrowed */
    uint32_t labels, slot_count, filter_mask;
};

/* section: borrowed. Checks every offset. ERR_FORMAT. */
int perceptron_open(struct perceptron *perceptron, struct str section, struct err *err);
/* scores: of perceptron->labels, set. feature: at most FEATURES_MOST. */
void perceptron_score(const struct perceptron *perceptron, const uint64_t *feature,
                      uint32_t count, int32_t *scores);

static inline uint32_t perceptron_best(const int32_t *scores, uint32_t count)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < count; i++)
        best = scores[i] > scores[best] ? i : best;
    return best;
}

static inline uint32_t perceptron_home(uint64_t feature, uint32_t slots)
{
    return (uint32_t)((feature & UINT32_MAX) * slots >> 32);
}

static inline uint32_t perceptron_filter(uint64_t feature, uint32_t mask)
{
    return (uint32_t)(feature >> PERCEPTRON_FILTER_AT) & mask;
}

static inline uint32_t perceptron_check(uint64_t feature, unsigned bits)
{
    uint32_t check = (uint32_t)(feature >> (64 - bits));
    return check ? check : 1;
}

#endif
