#ifndef WORKER_TRAIN_TRAIN_PARSE_H
#define WORKER_TRAIN_TRAIN_PARSE_H

/* Trains the parser of worker/learn/parse.h with a dynamic oracle and exploration
 * (Goldberg and Nivre 2012): after the first turn the parser mostly goes where it would
 * go itself, and learns the best way on from there. The samples' word[].upos are what
 * the parser will see, so they should be as good and as bad as the tagger's. */

#include "worker/train/corpus.h"
#include "worker/train/trainer.h"

struct train_parse_options {
    uint32_t epochs; /* of each run */
    uint32_t runs;   /* trainings whose mean is the result; 0 is 1 */
    uint64_t seed;
};

/* Trainers of moves and of relations. New, both. */
void train_parse(const struct corpus *corpus, const struct train_parse_options *options,
                 struct trainer **move_out, struct trainer **label_out);

#endif
