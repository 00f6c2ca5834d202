#ifndef WORKER_TEXT_MEMO_H
#define WORKER_TEXT_MEMO_H

/* What morphology said of a word form, kept from document to document: most words of any
 * text were in one read before. Of fixed size; what has once found a place stays, so
 * that results stay valid, and what finds none is worked out again. An answer is that of
 * lang->analyse byte for byte: no document changes what another one gives. */

#include "worker/lang/lang.h"

/* A slot is as small as one cache line, for they are read at random. A form, its lemma
 * and its clitic that are longer than MEMO_BYTES together have no place. */
#define MEMO_SLOTS      32768u /* a power of two */
#define MEMO_SLOT_BYTES 64u
#define MEMO_TRIES      4u /* slots that a form may have */
#define MEMO_BYTES      39u

struct memo;

struct memo *memo_new(void); /* new */
void memo_free(struct memo **memo);
/* What was put: true where the form has a place. out borrows from the memo. */
bool memo_get(const struct memo *memo, const struct lang *lang, struct str form,
              struct lang_word *out);
void memo_put(struct memo *memo, const struct lang *lang, struct str form,
              const struct lang_word *word);

#endif
