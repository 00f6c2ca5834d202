#ifndef WORKER_TRAIN_EVAL_H
#define WORKER_TRAIN_EVAL_H

/* How right a model is on a treebank: over syntactic words as the treebank has them,
 * punctuation counted, the parser on the tagger's own tags. */

#include "worker/learn/learn.h"
#include "worker/train/conllu.h"

struct eval {
    uint32_t words;
    uint32_t upos;         /* right tags */
    uint32_t head;         /* right heads */
    uint32_t label;        /* right heads with the right relation, without subtypes */
    uint32_t exact_label;  /* the same, with the subtypes of label.h */
};

/* parse: false leaves heads and relations at 0. Allocates from treebank's arena. */
void eval_run(const struct learn *learn, const struct conllu *treebank, bool parse,
              struct eval *eval_out);

#endif
