#ifndef WORKER_TRAIN_CORPUS_H
#define WORKER_TRAIN_CORPUS_H

/* Treebanks in the form the trainers take: words as features see them, beside them what
 * the treebank says. */

#include "worker/learn/cluster.h"
#include "worker/train/conllu.h"

#include "proto/base/random.h"

struct sample {
    struct feature_word *word; /* with margins on both sides; upos: what was predicted */
    uint8_t *upos, *deprel;    /* gold */
    uint16_t *head;            /* gold; count: the root */
    uint32_t count;
    int32_t amount; /* importance: what an update adds */
};

struct corpus {
    struct sample *item;
    uint32_t count, cap;
    struct arena *arena; /* borrowed */
};

/* Append all sentences of a treebank. */
void corpus_add(struct corpus *corpus, const struct conllu *treebank,
                const struct clusters *clusters, int32_t amount);
/* An order of all samples, shuffled (Fisher and Yates). order: room for count. */
void corpus_shuffle(const struct corpus *corpus, struct random *random, uint32_t *order);

#endif
