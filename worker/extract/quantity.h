#ifndef WORKER_EXTRACT_QUANTITY_H
#define WORKER_EXTRACT_QUANTITY_H

/* Numbers of something: a number with a unit that has a code, or with a counted noun. */

#include "worker/extract/number.h"
#include "worker/extract/unit.h"

enum quantity_bound { BOUND_NONE, BOUND_ABOUT, BOUND_MIN, BOUND_MAX };

/* A counted noun phrase: its head [first, head_end), its words up to end. */
struct noun {
    uint32_t first, head_end, end;
};

/* Facts of the sentence that v holds, in which times have been marked. */
void quantities_read(struct values *v);

/* The noun phrase that begins at a piece; pieces taken, 0 none. Stops before what cannot
 * belong to it: words of list nounstop.txt, verbs, numbers, names behind a common noun,
 * punctuation. */
uint32_t noun_read(const struct values *v, uint32_t at, struct noun *out);

/* What has the amount that begins at a piece: the noun phrase before it, over words like
 * "sebesar" (aboutcue.txt) and words of change. Absent where there is none. */
struct str noun_before(const struct values *v, uint32_t at);

#endif
