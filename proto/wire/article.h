#ifndef PROTO_WIRE_ARTICLE_H
#define PROTO_WIRE_ARTICLE_H

/* The article record (proto/article.txt). */

#include "proto/wire/record.h"

struct article {
    struct str id, url, source, title, published, fetched, language, author, text;
    struct str html; /* the page, where the worker is to find the text in it */
};

extern const struct record_table article_table; /* strict: unknown keys are refused */
extern const struct record_table
    article_loose_table; /* same fields, unknown keys passed over */

/* Decode and check: text not empty, lengths, id printable and without white space. A
 * missing id stays absent (see article_make_id). */
int article_decode(struct str frame, struct arena *arena, struct article *out,
                   struct err *err);
int article_check(const struct article *article, struct err *err);

/* Read a line of JSON Lines: an object, keys that are not an article's passed over, a
 * null as good as a key that is not there. Strings are copied into arena. Nothing is
 * checked that article_check checks, so that a caller can fill in what is missing first.
 */
int article_from_line(struct str line, struct arena *arena, struct article *out,
                      struct err *err);

/* The same of an object that has been parsed; it loses its nulls. */
int article_from_json(json_t *object, struct arena *arena, struct article *out,
                      struct err *err);

/* "h-" and 16 hex digits: hash64 over source, url, title, text, and html where there is
 * one, each followed by a newline. */
void article_make_id(const struct article *article, char out[19]);

#endif
