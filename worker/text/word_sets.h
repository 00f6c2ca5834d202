#ifndef WORKER_TEXT_WORD_SETS_H
#define WORKER_TEXT_WORD_SETS_H

/* Build time, part of lexicon_write.h: for every word that begins a key, the sets of
 * lists that have such a key, in the form that lexicon_word reads. */

#include "proto/base/buf.h"
#include "worker/text/lexicon_private.h"

struct word_sets;

struct word_sets *word_sets_new(void);
void word_sets_free(struct word_sets **sets);

/* A key of list (by index) begins with the word; whole: the word is all of the key. The
 * word is copied. */
void word_sets_add(struct word_sets *sets, struct str word, uint32_t list, bool whole);

struct word_sets_place { /* what the block's head says of them */
    size_t sets, sets_at, slots, slots_at;
};

/* Append to out; offsets count from byte `begin` of it. The same words give the same
 * bytes, in any order of adding. */
struct word_sets_place word_sets_put(struct word_sets *sets, uint32_t lists, size_t begin,
                                     struct buf *out);

#endif
