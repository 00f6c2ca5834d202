#ifndef WORKER_TRAIN_TRAIN_NAME_CHAIN_H
#define WORKER_TRAIN_TRAIN_NAME_CHAIN_H

/* How likely the tags of a sequence are, and each pair of neighbours, where all sequences
 * that name.h allows are weighted by the exponent of their score: forward-backward on a
 * linear chain (Lafferty, McCallum and Pereira 2001). Only the basic operations of IEEE
 * doubles, so the results are the same on any machine. */

#include "worker/learn/name.h"

struct chain {
    double (*factor)[NAME_TAGS * NAME_TAGS]; /* of each word: weight of tag before, tag */
    double (*forward)[NAME_TAGS], (*back)[NAME_TAGS];
};

/* For sequences of up to most words. */
void chain_init(struct chain *chain, uint32_t most);
void chain_fini(struct chain *chain);
/* Sets the factors of word i from scores as name_score gives them, in units of e. */
void chain_set(struct chain *chain, uint32_t i, const float *scores);
/* Adds sign times the likelihood of each label (NAME_LABELS a word) to out, among the
 * sequences whose tags are in allowed (bits, of each word). False, and nothing is added,
 * where there is none. At least one word. */
bool chain_expect(struct chain *chain, const uint8_t *allowed, uint32_t count,
                  double sign, double *out);

#endif
