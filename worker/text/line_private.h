#ifndef WORKER_TEXT_LINE_PRIVATE_H
#define WORKER_TEXT_LINE_PRIVATE_H

/* Classes of lines by the pack's lists teaser, prompt, furniture, byline and within.
 *
 * A key is one or more words as they stand in a line, without punctuation. Its value says
 * where it must stand: a place and conditions, separated by spaces. In the list `within`
 * the class stands in place of the place: keys of it may stand anywhere in the line.
 *
 *   start     the line begins with it
 *   equal     the line is nothing else
 *   insert    it begins what stands in square brackets
 *   outlet    (byline) the name of an outlet, for datelines and credits
 *   date, month   (byline) words of a line that holds nothing but date and time
 *
 *   colon     a colon follows
 *   upper     it is written in capitals and the line is not
 *   <number>  the line has no more words than that
 *
 * A key may have several places: `equal | start colon 12`. */

#include "worker/text/text_private.h"

/* A word of a line, as keys see it. */
struct line_word {
    uint32_t begin, end;
    bool capital; /* begins with a capital or a digit */
};

/* The word that begins at *at, which moves behind it; false where none begins there. */
bool line_word_next(struct str line, uint32_t *at, struct line_word *out);

/* Class of the whole line; *cue_out: the list. */
enum doc_drop line_class(struct str line, const struct text_lists *lists,
                         const char **cue_out);
/* The name of an outlet begins with this word: where it ends, else 0. */
uint32_t line_outlet(struct str line, const struct line_word *word,
                     const struct text_lists *lists);
/* The same for one sentence: by the list of teasers alone. */
bool line_is_teaser(struct str sentence, const struct text_lists *lists);
bool line_is_insert(struct str inside, const struct text_lists *lists);
bool line_is_upper(struct str s); /* holds capitals and no small letters (ASCII) */

#endif
