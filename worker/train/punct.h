#ifndef WORKER_TRAIN_PUNCT_H
#define WORKER_TRAIN_PUNCT_H

/* Hangs the punctuation of a sentence where today's guidelines of Universal Dependencies
 * want it: what stands in pairs at the head of what it encloses; what stands between two
 * phrases at the one that depends on the other side; a stop behind an abbreviation, and a
 * slash, at the word before; what ends the sentence at its root. */

#include "worker/train/conllu.h"

void punct_attach(struct conllu_sentence *sentence, struct arena *arena);

#endif
