#ifndef WORKER_FEED_WALK_H
#define WORKER_FEED_WALK_H

/* The files a path means: itself, or everything readable below it (.txt, .jsonl, .ndjson;
 * names that begin with a dot are passed over, links below it are not followed), in order
 * of name. A directory that cannot be read is given out like a file: opening it tells
 * why. */

#include "proto/base/err.h"

#include <stdint.h>

struct walk;

/* total_bytes_out: size of all files together; 0 for "-". ERR_NOTFOUND, ERR_SYSTEM. */
int walk_open(const char *path, struct walk **walk_out, uint64_t *total_bytes_out,
              struct err *err);
void walk_close(struct walk **walk);
int walk_next(struct walk *walk, const char **path_out); /* 1, 0; borrowed till close */

#endif
