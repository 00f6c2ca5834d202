#ifndef WORKER_TRAIN_TRAIN_TAG_H
#define WORKER_TRAIN_TRAIN_TAG_H

/* Trains the tagger of worker/learn/tag.h. In training, as later, a decision sees the tags
 * that were predicted to its left, right or wrong. */

#include "worker/learn/perceptron.h"
#include "worker/train/corpus.h"
#include "worker/train/trainer.h"

/* Which samples a training leaves out: sample i is of part i % parts. Parts 0: none. */
struct train_fold {
    uint32_t parts, skip;
};

/* Guided: features also see feature_word.guess, the tag another tagger would give. */
struct train_tag_options {
    struct train_fold fold;
    uint32_t epochs; /* of each run */
    uint32_t runs;   /* trainings whose mean is the result; 0 is 1 */
    uint64_t seed; /* of the order of samples */
    bool guided;
};

/* A trainer that has seen all samples. New. */
struct trainer *train_tag(const struct corpus *corpus,
                          const struct train_tag_options *options);

/* tag_words, guided or not. */
void train_tag_words(const struct perceptron *tagger, struct sample *sample, bool guided);

/* Sets word[].upos of all samples to what a tagger says that has not seen them: one for
 * each of `parts` parts, trained on the others. */
void train_tag_jackknife(const struct corpus *corpus, uint32_t parts,
                         const struct train_tag_options *options);

#endif
