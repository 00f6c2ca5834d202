#ifndef WORKER_TRAIN_LEGACY_H
#define WORKER_TRAIN_LEGACY_H

/* Brings the treebank GSD as of UD 2.0 (2017) nearer to today's guidelines. Then words
 * with enclitics were one word and doubled words (kota-kota) three; AUX, PART, DET and
 * SCONJ were used for other words; relations had hardly any subtypes.
 *
 *   split   enclitics off, doubled words together; heads follow
 *   retag   a tagger that was trained on today's treebanks and told what a tagger of the
 *           old ones would say (its guess), now told what the old treebank says
 *   relate  relations that follow from the new tags
 *
 * What cannot be known stays as it was. */

#include "worker/learn/cluster.h"
#include "worker/train/conllu.h"

/* Append old, converted, to out. modern: treebanks after today's guidelines. */
void legacy_convert(const struct conllu *old, const struct conllu *modern,
                    const struct clusters *clusters, struct conllu *out);

#endif
