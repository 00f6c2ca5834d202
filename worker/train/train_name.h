#ifndef WORKER_TRAIN_TRAIN_NAME_H
#define WORKER_TRAIN_TRAIN_NAME_H

/* Trains the tagger of worker/learn/name.h (train_name_field.h says how) and tells how
 * right it is. */

#include "worker/learn/learn.h"
#include "worker/train/name_corpus.h"

#define TRAIN_NAME_SOURCES 4

struct train_name_options {
    uint32_t runs, epochs; /* of runs, each in another order, the mean is taken */
    uint32_t hide;         /* per cent of features, below 100 */
    double rate;           /* of the first step; goes down to 0 in each run */
    uint64_t seed;         /* of order and hiding */
    double least;          /* weights nearer to 0 are left out */
    int32_t bonus;         /* of O, in steps (NAME_UNIT) */
};

/* Appends the section of a model file that was learnt from all samples. clusters: those
 * the tagger will have. */
void train_name(const struct name_corpus *corpus, const struct clusters *clusters,
                const struct train_name_options *options, struct buf *out);

struct name_score {
    uint32_t right[4], said[4], gold[4]; /* names, by class; 0: all */
};

/* Counts names: right are those with the same words and class as in the corpus. */
void train_name_score(const struct name_corpus *corpus, const struct name_tagger *tagger,
                      struct name_score *score_out);

/* Append the section of a model file, learnt from the corpora in directory data. Errors
 * of reading name the file. */
int train_name_make(const char *data, const struct clusters *clusters, struct buf *out,
                    struct err *err);
/* How right the names of a model are on a corpus file. ERR_NOTFOUND: it has none. */
int train_name_judge(const struct learn *learn, const char *path,
                     struct name_score *score_out, struct err *err);

#endif
