#ifndef WORKER_LEARN_LEARN_H
#define WORKER_LEARN_LEARN_H

/* The learn stage: what a model tells of a document's words. Names (name.h), tags and
 * trees (tree.h) are read when a later stage asks. */

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

/* block, lexicon: borrowed for the life of learn; everything is checked before use.
 * lexicon: what the names' tagger knows of words; may be NULL. ERR_FORMAT, ERR_VERSION,
 * ERR_CORRUPT; ERR_NOTFOUND: a section is missing. */
int learn_open(struct learn *learn, struct str block, const struct lexicon *lexicon,
               struct err *err);

/* Whether the treebanks leave this form whole, though it ends like an enclitic. lower: of
 * feature_word. */
bool learn_is_whole(const struct learn *learn, uint32_t lower);

/* doc must have been read by the text stage, and doc->lang be the model's language;
 * without a language nothing happens. learn is borrowed for the life of the document.
 * Allocates from doc->arena. */
void learn_read(const struct learn *learn, struct doc *doc);

/* The models of all packs that have one, opened once for a process. */
struct learn_set;

/* langs: borrowed for the life of the set. The errors of learn_open. */
int learn_set_open(const struct lang_set *langs, struct learn_set **out, struct err *err);
void learn_set_close(struct learn_set **set);
/* NULL: a pack without a model, or lang is NULL. */
const struct learn *learn_set_find(const struct learn_set *set, const struct lang *lang);

#endif
