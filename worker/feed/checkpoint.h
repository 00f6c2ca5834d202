#ifndef WORKER_FEED_CHECKPOINT_H
#define WORKER_FEED_CHECKPOINT_H

/* What of each file has been put and answered, so that a feed that is started again goes
 * on behind it. Articles settle in any order; a file counts as done up to the first that
 * has not. Putting twice is harmless (same id, or same text), so a checkpoint may lag but
 * never runs ahead.
 *
 * The file: a first line "warta-feed 1", then one line a file read: bytes done, lines
 * done, inode, modification time in ns, path. Written whole and renamed into place. */

#include "proto/base/err.h"

#include <stdint.h>

struct checkpoint;

/* path NULL: kept in memory only (--watch needs one). A file that is not there yet is
 * fine. ERR_FORMAT, ERR_VERSION. */
int checkpoint_open(const char *path, struct checkpoint **checkpoint_out,
                    struct err *err);
void checkpoint_close(struct checkpoint **checkpoint);

/* A source_skip (source.h); context is the checkpoint. lines: JSON Lines files are gone
 * on with behind what was done as long as the inode is the same; files read as a whole
 * must be unchanged. */
uint64_t checkpoint_skip(void *checkpoint, const char *path, uint64_t *line_out);

/* An article of path that ends at offset and line is on its way: a token for
 * checkpoint_settled. */
uint64_t checkpoint_sent(struct checkpoint *checkpoint, const char *path, uint64_t offset,
                         uint64_t line);
void checkpoint_settled(struct checkpoint *checkpoint, uint64_t token);

int checkpoint_save(struct checkpoint *checkpoint,
                    struct err *err); /* nothing new: does nothing */

#endif
