#ifndef WORKER_TEXT_LEXICON_PATHS_H
#define WORKER_TEXT_LEXICON_PATHS_H

/* Build time, part of lexicon_write.h: all rows of words that keys begin with, of all
 * lists, in the form that lexicon_word and lexicon_on read. */

#include "proto/base/buf.h"
#include "worker/text/lexicon_private.h"

struct lexicon_paths;

struct lexicon_paths *lexicon_paths_new(void);
void lexicon_paths_free(struct lexicon_paths **paths);

/* A key of list (by index) in lower case; entry: its own. It is copied. */
void lexicon_paths_add(struct lexicon_paths *paths, struct str key, uint32_t list,
                       uint32_t entry);

struct lexicon_paths_place { /* what the block's head says of them, in its order */
    size_t sets, sets_at, slots, slots_at, uses, uses_at;
};

/* Append to out; offsets count from byte `begin` of it. The same keys give the same
 * bytes, in any order of adding. */
struct lexicon_paths_place lexicon_paths_put(struct lexicon_paths *paths, uint32_t lists,
                                             size_t begin, struct buf *out);

#endif
