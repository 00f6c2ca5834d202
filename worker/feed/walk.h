#ifndef WORKER_FEED_WALK_H
#define WORKER_FEED_WALK_H

/* The files a path means: itself, or everything readable below it (.txt, .jsonl, .ndjson,
 * .html, .htm, .warc, each also with .gz behind it; names that begin with a dot are
 * passed over, links below it are not followed), in order of name. A directory that
 * cannot be read is given out like a file: opening it tells why. */

#include "proto/base/err.h"

#include <stdint.h>

struct walk;

/* ERR_NOTFOUND, ERR_SYSTEM. */
int walk_open(const char *path, struct walk **walk_out, struct err *err);
void walk_close(struct walk **walk);
int walk_next(struct walk *walk, const char **path_out); /* 1, 0; borrowed till close */
uint64_t walk_bytes(const struct walk *walk);            /* of all files together */

#endif
