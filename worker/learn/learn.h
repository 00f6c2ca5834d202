#ifndef WORKER_LEARN_LEARN_H
#define WORKER_LEARN_LEARN_H

/* The learn stage: what a model tells of a document's words. It fills of each token upos,
 * deprel, head, lemma and name, sentence by sentence; those of dropped sentences stay as they
 * were.
 *
 * Models are learnt from treebanks, which take enclitics off: "bukunya" is two words there
 * (buku, nya). So a token whose pack says that it ends in an enclitic is read as two words,
 * unless the treebanks leave that form whole, and the token gets tag, relation and head
 * from whichever of the two hangs outside: "bukunya" those of buku, "untuknya" those of
 * nya. */

#include "worker/learn/cluster.h"
#include "worker/learn/model.h"
#include "worker/learn/name.h"
#include "worker/learn/parse.h"
#include "worker/learn/perceptron.h"
#include "worker/text/doc.h"

/* Sections of a model file. */
#define LEARN_CLUSTER "cluster"
#define LEARN_TAG     "tag"
#define LEARN_MOVE    "parse.move"
#define LEARN_LABEL   "parse.label"
#define LEARN_WHOLE   "whole"

/* Tokens that are read at a time; longer sentences are cut. */
#define LEARN_TOKENS_MOST 800u

/* Forms that end like an enclitic and have none: feature_word.lower of each, sorted. */
struct learn_whole {
    const char *item; /* u32 each; borrowed */
    uint32_t count;
};

struct learn {
    struct model model;
    struct clusters clusters;
    struct perceptron tagger;
    struct parser parser;
    struct learn_whole whole;
    struct name_tagger names;
    bool has_names; /* a model may lack that section */
};

/* block: borrowed for the life of learn; everything is checked before use. ERR_FORMAT,
 * ERR_VERSION, ERR_CORRUPT; ERR_NOTFOUND: a section is missing. */
int learn_open(struct learn *learn, struct str block, struct err *err);

/* doc must have been read by the text stage, and doc->lang be the model's language;
 * without a language nothing happens. Allocates from doc->arena, once a document. */
void learn_read(const struct learn *learn, struct doc *doc);

#endif
