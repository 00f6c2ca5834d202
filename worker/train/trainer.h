#ifndef WORKER_TRAIN_TRAINER_H
#define WORKER_TRAIN_TRAINER_H

/* Averaged perceptron, the training half (Collins 2002): after a wrong decision the
 * features' weights of the label that should have won go up by one, those of the label
 * that did win go down by one; what counts in the end is each weight's mean over all
 * examples. Everything is integers, so the same examples in the same order give the same
 * bytes on any machine. */

#include "proto/base/buf.h"

struct trainer;

struct trainer_options {
    uint32_t least_updates; /* features changed less often are left out */
    uint32_t least_weight;  /* stored weights nearer to 0 are left out */
};

struct trainer *trainer_new(uint32_t labels);
void trainer_free(struct trainer **trainer);
/* Scores of all labels by the current (not averaged) weights; set. */
void trainer_score(const struct trainer *trainer, const uint64_t *feature, uint32_t count,
                   int32_t *scores);
/* amount (1, or an example's own importance) to good, -amount to bad. */
void trainer_update(struct trainer *trainer, const uint64_t *feature, uint32_t count,
                    uint32_t good, uint32_t bad, int32_t amount);
/* One example is done: the clock of averaging. Call after each, updated or not. */
void trainer_step(struct trainer *trainer);
/* Current weights back to 0, those counted so far kept: what is averaged in the end are
 * several trainings (in several orders of the examples), one behind the other. */
void trainer_restart(struct trainer *trainer);
/* Append the section that perceptron_open reads. Ends the training. */
void trainer_finish(struct trainer *trainer, const struct trainer_options *options,
                    struct buf *out);

#endif
