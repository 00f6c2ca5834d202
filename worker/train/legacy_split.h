#ifndef WORKER_TRAIN_LEGACY_SPLIT_H
#define WORKER_TRAIN_LEGACY_SPLIT_H

/* legacy.h, first step: the words. */

#include "worker/train/conllu.h"

void legacy_split(const struct conllu *old, const struct conllu *modern,
                  struct conllu *out);

#endif
