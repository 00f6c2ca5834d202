#ifndef WORKER_TRAIN_RECIPE_H
#define WORKER_TRAIN_RECIPE_H

/* How the shipped model is made: which data, in which steps, with which numbers. The same
 * data give the same bytes. */

#include "proto/base/buf.h"
#include "proto/base/err.h"
#include "proto/base/str.h"

struct recipe {
    const char *data;          /* directory with ud/, ner/ and news/ */
    const char *const *without; /* names of treebanks to leave out */
    size_t without_count;
    void (*say)(const char *step); /* told of each step; or NULL */
};

/* Append the model file to out. Errors of reading name the file. */
int recipe_make(const struct recipe *recipe, struct buf *out, struct err *err);

#endif
