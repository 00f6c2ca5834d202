#ifndef WORKER_FEED_PLAIN_H
#define WORKER_FEED_PLAIN_H

/* What a feed says in HTML, as plain paragraphs: one line each, white space folded,
 * scripts and styles left out. For the fragments in feeds; pages have more around their
 * text than this can tell apart. */

#include "proto/base/buf.h"

/* Append the text of html (UTF-8) to out, without white space at either end. */
void plain_add(struct buf *out, struct str html);

/* Append plain text as HTML that says the same. */
void plain_escape(struct buf *out, struct str text);

#endif
