#ifndef WORKER_TRAIN_PLAIN_H
#define WORKER_TRAIN_PLAIN_H

/* Running text without annotation, from which word clusters are learnt. It is cut into
 * words here, apart from the text stage, so that clusters change with nothing but the
 * text: at white space and signs, numbers and hyphenated words in one. Enclitics come off
 * where what is left is a word of the text as well, as treebanks have it. */

#include "proto/base/buf.h"
#include "proto/base/err.h"

struct plain;

struct plain_options {
    uint32_t least_count;  /* words seen less often share one class */
    uint32_t coarse, fine; /* classes */
    uint32_t turns;        /* of the exchange, at most */
};

struct plain *plain_new(void);
void plain_free(struct plain **plain);
/* A line or more of text; a line end is a border. */
void plain_add(struct plain *plain, struct str text);
/* "text" of each object of a JSON Lines file. */
int plain_add_jsonl(struct plain *plain, const char *path, struct err *err);
/* Append the section "cluster" (worker/learn/cluster.h) to out. */
void plain_clusters(struct plain *plain, const struct plain_options *options,
                    struct buf *out);

#endif
