#ifndef WORKER_FEED_FRAGMENT_H
#define WORKER_FEED_FRAGMENT_H

/* What a feed says in HTML, as plain paragraphs: one line each, white space folded,
 * scripts and styles left out. For the fragments in feeds; pages have more around their
 * text than this can tell apart. */

#include "proto/base/buf.h"

/* Append the text of html (UTF-8) to out, without white space at either end. */
void fragment_add_text(struct buf *out, struct str html);

/* Append plain text as HTML that says the same. */
void fragment_escape(struct buf *out, struct str text);

#endif
