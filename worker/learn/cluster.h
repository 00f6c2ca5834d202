#ifndef WORKER_LEARN_CLUSTER_H
#define WORKER_LEARN_CLUSTER_H

/* Classes of words that stand in like company, learnt from plain news text
 * (worker/train/exchange.h), in two grains.
 *
 * Section "cluster" of a model file: words u32, slots u32, then slots of 8 bytes, open
 * addressing by feature_word.lower: that number u32, coarse u16, fine u16 (0: free). */

#include "proto/base/err.h"
#include "worker/learn/feature.h"

#define CLUSTER_HEAD_BYTES 8u
#define CLUSTER_SLOT_BYTES 8u

struct clusters {
    const char *slots; /* borrowed */
    uint32_t slot_count;
};

/* section: borrowed; absent: there are none. ERR_FORMAT. */
int clusters_open(struct clusters *clusters, struct str section, struct err *err);
/* Sets word->coarse and word->fine; 0 where the word has no class. */
void clusters_set(const struct clusters *clusters, struct feature_word *word);

static inline uint32_t cluster_home(uint32_t lower, uint32_t slots)
{
    return (uint32_t)((uint64_t)lower * slots >> 32);
}

#endif
