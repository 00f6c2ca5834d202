#ifndef WORKER_FEED_OPML_H
#define WORKER_FEED_OPML_H

/* Lists of feeds: OPML 2.0 (opml.org/spec2.opml), or a text file with an address a line;
 * what follows a '#' at the begin of a word is a comment. */

#include "proto/base/buf.h"
#include "proto/base/err.h"

/* Call `each` with every address in the file until it answers negative. */
int opml_read(const char *path,
              int (*each)(void *context, const char *url, struct err *err), void *context,
              struct err *err);

/* The same of what stands in such a file. */
int opml_read_bytes(struct str bytes,
                    int (*each)(void *context, const char *url, struct err *err),
                    void *context, struct err *err);

/* Append an OPML document: opml_begin, an opml_add for each feed, opml_end. */
void opml_begin(struct buf *out);
void opml_add(struct buf *out, struct str url, struct str title);
void opml_end(struct buf *out);

#endif
