#ifndef WORKER_TEXT_TEXT_PRIVATE_H
#define WORKER_TEXT_TEXT_PRIVATE_H

/* What the parts of the text stage share. */

#include "worker/text/text.h"

/* The pack's lists, looked up once a document; each may be NULL. */
struct text_lists {
    const struct lexicon *lexicon; /* that they are of; or NULL */
    const struct wordlist *abbrev; /* "drs." → how its stop is read, see sentence.c */
    const struct wordlist *domain; /* ends of host names that are written as words */
    const struct wordlist *glue;   /* words that bad scrapes glue to the next one */
    const struct wordlist *hyphen; /* parts that hold or break a hyphenated word */
    const struct wordlist *letter; /* words before a single letter that is a label */
    const struct wordlist *stop;   /* function words */
    const struct wordlist *teaser, *prompt, *furniture, *byline, *within; /* line.c */
};

void text_lists_open(struct text_lists *lists, const struct lang *lang);

/* clean.c: the cleaned text; raw itself where it is clean, else in arena. */
struct str clean_text(struct str raw, struct arena *arena);

/* line.c: doc.lines from doc.text; classes from the pack's lists (lang NULL: none). */
void line_read(struct doc *doc, const struct text_lists *lists);

/* detect.c: the pack that reads this text; NULL where none does. `said`: the feeder's
 * word or absent. code_out: what to publish as the language; absent: not known. */
const struct lang *detect_language(struct str text, struct str said,
                                   const struct lang_set *langs, struct str *code_out);

/* token.c: appends the tokens of every line; token.sentence is left for sentence.c.
 * ERR_LIMIT past TEXT_TOKENS_MOST. */
int token_read(struct doc *doc, const struct text_lists *lists, struct err *err);

/* sentence.c: sentences out of lines and tokens, and what repeats. */
void sentence_read(struct doc *doc, const struct text_lists *lists);

#endif
