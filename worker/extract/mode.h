#ifndef WORKER_EXTRACT_MODE_H
#define WORKER_EXTRACT_MODE_H

/* How real what is said is, by cues of list mode and their reach: the clause around, and
 * for a condition its sentence. */

#include "worker/extract/clause.h"

struct modes {
    const struct clause *clause;
    uint8_t *mode; /* by token: enum fact_modality of the cue that begins there */
};

/* Finds the cues of the whole document; clause is borrowed. */
void mode_init(struct modes *modes, const struct clause *clause);

struct mode {
    int is;          /* enum fact_modality */
    struct span cue; /* what says so; empty where nothing does */
};

/* Modality of what stands in tokens [first, end), looked for in [from, to) around it. */
struct mode mode_read(const struct modes *modes, uint32_t first, uint32_t end,
                      uint32_t from, uint32_t to);
/* The fact is so, and by which cue, unless it is something stronger already. */
void mode_set(struct fact *fact, struct mode mode);
/* Of a single word, such as a verb of speech that denies. */
int mode_of_word(const struct doc *doc, struct str lower);

#endif
