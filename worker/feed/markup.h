#ifndef WORKER_FEED_MARKUP_H
#define WORKER_FEED_MARKUP_H

/* A page on its way to a worker, which finds the article in it (worker/text/html.h). */

#include "proto/base/arena.h"
#include "proto/base/err.h"

/* As article.html: UTF-8, without scripts, styles and the like, which tell nothing and
 * weigh the most. charset: of HTTP, or absent. In arena: up to 32 MiB of it. ERR_LIMIT:
 * it is too large; ERR_FIELD: nothing is in it. */
int markup_read(struct str bytes, struct str charset, struct arena *arena,
                struct str *html_out, struct err *err);

#endif
