#ifndef WORKER_LEARN_TAG_H
#define WORKER_LEARN_TAG_H

/* Parts of speech, word by word from the left. Each decision sees the words around, their
 * ends, looks and clusters, and the tags given so far. */

#include "worker/learn/feature.h"
#include "worker/learn/perceptron.h"

/* Words that must stand on either side of a sentence in memory, made by
 * feature_word_outside: templates look so far. */
#define TAG_MARGIN 2

/* Templates of one decision. word[-TAG_MARGIN] to word[TAG_MARGIN] are looked at; upos
 * of those before must be set. */
void tag_features(const struct feature_word *word, struct features *out);

/* Sets upos of word[0] to word[count - 1]. tagger: of UPOS_COUNT - 1 labels, label i being
 * upos i + 1. */
void tag_words(const struct perceptron *tagger, struct feature_word *word,
               uint32_t count);

#endif
