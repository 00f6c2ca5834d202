#ifndef WORKER_TRAIN_TRAIN_NAME_FIELD_H
#define WORKER_TRAIN_TRAIN_NAME_FIELD_H

/* Learns the weights of the name tagger: a conditional random field (train_name_chain.h),
 * by stochastic gradient steps that get smaller towards the end of each run. What keeps
 * it from learning by heart is that it stops early and that some features are hidden in
 * each decision.
 *
 * Corpora do not agree on what a name is. So each feature has weights that all corpora
 * share and, beside them, weights of each corpus (Daumé 2007); what is kept is the sum of
 * both of corpus 0. */

#include "worker/train/train_name.h"
#include "worker/train/train_name_write.h"

struct field;

/* Words of the corpus as features. Borrows nothing. New. */
struct field *field_new(const struct name_corpus *corpus, const struct clusters *clusters,
                        const struct train_name_options *options);
void field_free(struct field **field);
/* All runs of the options, one behind the other. */
void field_learn(struct field *field);
/* The mean weights of the runs. */
void field_give(const struct field *field, struct name_writer *writer);

#endif
