#ifndef WORKER_TEXT_TOKEN_PRIVATE_H
#define WORKER_TEXT_TOKEN_PRIVATE_H

/* The tokeniser's state inside one line, and its rules on words (token_word.c), numbers
 * and links (token_number.c), and quotation marks (token_quote.c). Each rule looks ahead
 * by a bounded number of bytes, or only over bytes it then takes, so the whole is linear.
 */

#include "worker/text/text_private.h"

struct reader {
    struct doc *doc;
    const struct text_lists *lists;
    const char *text;                  /* doc.text */
    const char *lower;                 /* the same with A-Z lowered: same offsets */
    uint32_t begin, end;               /* the line */
    uint32_t at;                       /* next byte to read */
    uint32_t line_first;               /* index of the line's first token */
    bool space;                        /* white space stands before `at` */
    bool mail;                         /* the line holds an @ */
    uint32_t open_double, open_single; /* quotation marks not closed yet */
};

enum char_class { CHAR_OTHER, CHAR_SPACE, CHAR_LETTER, CHAR_DIGIT };

/* Class and length of the character at byte `at` < r->end. */
enum char_class token_class(const struct reader *r, uint32_t at, uint32_t *len_out);
/* White space at `at`, or the line's end. */
bool token_gap(const struct reader *r, uint32_t at);

/* The bytes [r->at, end) are one token; moves on. */
void token_push(struct reader *r, uint32_t end, enum token_kind kind,
                enum token_mark mark);
static inline struct str token_lower(const struct reader *r, uint32_t begin, uint32_t end)
{
    return str_make(r->lower + begin, end - begin);
}

void token_word(struct reader *r);   /* at a letter */
void token_number(struct reader *r); /* at a digit */
/* A URL, e-mail address, handle or tag that begins at `at`: its end, or 0. */
uint32_t token_link(const struct reader *r);
/* At a quotation mark of len bytes: what it does here. glyph: MARK_QUOTE_OPEN or _CLOSE
 * where its form says so, else MARK_NONE. */
enum token_mark token_quote(struct reader *r, uint32_t len, enum token_mark glyph,
                            bool single);

#endif
