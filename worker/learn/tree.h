#ifndef WORKER_LEARN_TREE_H
#define WORKER_LEARN_TREE_H

/* Parts of speech and dependency trees of a document's sentences. They cost more than all
 * else that reads a text, and most sentences hold nothing that a rule would ask them
 * about: so a sentence is tagged and parsed when somebody asks for one of its words, and
 * only once.
 *
 * Models are learnt from treebanks, which take enclitics off: "bukunya" is two words
 * there (buku, nya). So a token whose pack says that it ends in an enclitic is read as
 * two words, unless the treebanks leave that form whole, and the token gets tag, relation
 * and head from whichever of the two hangs outside: "bukunya" those of buku, "untuknya"
 * those of nya. */

#include "worker/learn/learn.h"

/* Tokens that are read at a time; longer sentences are cut, each piece is a tree. */
#define TREE_TOKENS_MOST 800u

struct tree_word {
    uint32_t head;  /* token index; DOC_NONE: the root */
    uint8_t upos;   /* enum upos */
    uint8_t deprel; /* enum deprel */
};

/* Lets learn read doc's sentences when they are asked for; both are borrowed for the life
 * of the document. doc must have been read by the text stage, and doc->lang be the
 * model's language. */
void tree_begin(const struct learn *learn, struct doc *doc);

/* A token's place in its sentence's tree. NULL: nothing is known, for there is no model
 * or the sentence is dropped. Valid as long as the document. May end the document
 * (doc_check, a full arena), so it is for stages of the job. */
const struct tree_word *tree_word(struct doc *doc, uint32_t token);
/* Reads all sentences that are not dropped. */
void tree_all(struct doc *doc);

/* The same as tree_word where the sentence has been parsed already; else NULL. */
const struct tree_word *tree_known(const struct doc *doc, uint32_t token);

#endif
