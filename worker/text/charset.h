#ifndef WORKER_TEXT_CHARSET_H
#define WORKER_TEXT_CHARSET_H

/* Which characters the bytes of a document are, feed or page, and those bytes as UTF-8.
 *
 * In this order: a byte order mark, or UTF-16 and the like by the look of the first
 * bytes; the charset of HTTP; what the document says itself; else UTF-8. A byte here and
 * there that is no character becomes U+FFFD; what turns out to be something else than it
 * says is read as UTF-8 where it is that, as Windows-1252 where it is not. Labels mean
 * what browsers take them for (iso-8859-1 is Windows-1252, gb2312 is GB 18030; WHATWG,
 * Encoding Standard, 4.2). UTF-7 is not read at all: it hides markup. */

#include "proto/base/buf.h"

struct charset_found {
    char label[32]; /* lower case, as the document or HTTP names it, or what was found */
    bool wrong;     /* it said otherwise than it was */
};

/* Append bytes to out as UTF-8 without byte order mark. http: the charset parameter of
 * the Content-Type; inside: what the document says; or absent. Never fails. */
void charset_to_utf8(struct str bytes, struct str http, struct str inside,
                     struct buf *out, struct charset_found *found_out);

/* The charset parameter of a Content-Type; absent where there is none. Borrowed. */
struct str charset_of_type(struct str content_type);

/* The converters of the C library are libraries of their own: load those that feeds use,
 * so that a process which may open no file any more (worker/sandbox.h) has them for as
 * long as they are held here. */
struct charset_loaded {
    void *converter[32];
};
void charset_load(struct charset_loaded *loaded);
void charset_unload(struct charset_loaded *loaded);

#endif
