#ifndef WORKER_TRAIN_CONLLU_H
#define WORKER_TRAIN_CONLLU_H

/* Reads treebanks in CoNLL-U: ten tab-separated fields a word, an empty line behind each
 * sentence, # comments. Of the fields those are kept that training uses. Surface words
 * of several syntactic words (6-7) are kept apart; empty nodes (6.1) are passed over. */

#include "proto/base/arena.h"
#include "proto/base/err.h"

#define CONLLU_WORDS_MOST 1024       /* in one sentence */
#define CONLLU_FILE_BYTES (64u << 20) /* the largest treebank is a fraction */

struct conllu_word {
    struct str form, lower;
    uint8_t upos, deprel; /* label.h; 0 where the file has none that is known */
    uint16_t head;        /* index of a word of the sentence; its count: the root */
};

struct conllu_range {
    struct str form;
    uint32_t first, end; /* the words it stands for */
};

struct conllu_sentence {
    struct conllu_word *word;
    uint32_t count;
    struct conllu_range *range;
    uint32_t range_count;
};

struct conllu {
    struct conllu_sentence *item;
    uint32_t count, cap;
    struct arena *arena; /* borrowed; everything lives in it */
};

/* Append all sentences of text; name is for errors ("FILE:12: ..."). ERR_FORMAT. */
int conllu_parse(struct conllu *treebank, struct str text, const char *name,
                 struct err *err);
/* The same for a file ("-": standard input). */
int conllu_read(struct conllu *treebank, const char *path, struct err *err);

#endif
