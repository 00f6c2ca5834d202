#ifndef WORKER_TEXT_SHINGLE_H
#define WORKER_TEXT_SHINGLE_H

/* The sketch of a document, by which copies of it are known (proto/wire/sketch.h): runs
 * of SHINGLE_WORDS words of its body, without title, teasers, bylines and the like. A
 * word is what stands between spaces and marks, in lower case where it is ASCII: no
 * knowledge of the language is needed. */

#include "proto/wire/sketch.h"
#include "worker/text/doc.h"

#define SHINGLE_WORDS 3 /* shingle.c hashes three */

/* text_read has been done. count 0: too little text. */
void shingle_sketch(const struct doc *doc, struct sketch *out);

#endif
