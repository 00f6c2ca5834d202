#ifndef WORKER_TRAIN_TRAIN_NAME_WRITE_H
#define WORKER_TRAIN_TRAIN_NAME_WRITE_H

/* Makes the section of a model file that worker/learn/name_weight.h describes from the
 * weights of features. Weights are logarithms (units of 1 in the exponent of e) and are
 * rounded to steps of 1 / NAME_UNIT. */

#include "proto/base/buf.h"
#include "worker/learn/name_weight.h"

struct name_writer;

/* least: a weight nearer to 0 is left out. New. */
struct name_writer *name_writer_new(double least);
void name_writer_free(struct name_writer **writer);
/* Weights of a feature of one word: NAME_TAGS. Each feature once. */
void name_writer_tag(struct name_writer *writer, uint64_t feature, const double *weights);
/* Of a feature of a word and the tag before: NAME_PAIRS. */
void name_writer_pair(struct name_writer *writer, uint64_t feature,
                      const double *weights);
/* Appends the section. bonus: in steps. */
void name_writer_finish(struct name_writer *writer, int32_t bonus, struct buf *out);

#endif
