#ifndef WORKER_LANG_ID_ID_H
#define WORKER_LANG_ID_ID_H

/* The functions of the Indonesian pack; lang.c finds them by their names. */

#include "worker/lang/lang.h"

/* As lang.analyse. Lists: root (form, `a` for adjectives), exception (form; lemma with _
 * for a space, a, p, m, n or -, enclitic). */
void lang_id_analyse(const struct lang *lang, struct str form, struct arena *arena,
                     struct lang_word *out);

#endif
