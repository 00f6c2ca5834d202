#ifndef WORKER_FEED_CHECKPOINT_H
#define WORKER_FEED_CHECKPOINT_H

/* What of each file has been put and answered, so that a feed that is started again goes
 * on behind it. Articles settle in any order; a file counts as done up to the first that
 * has not. Putting twice is harmless (same id, or same text), so a checkpoint may lag but
 * never runs ahead.
 *
 * Lines and archives are gone on with behind what was done while the file is the same
 * (inode) and still holds, before that place, the bytes it held there; else they are read
 * from their begin. So is a gzipped file that was left within a member, once its size or
 * time has changed. A file that is read as a whole is done until inode, size or time
 * change.
 *
 * The file: a first line "warta-feed 2", then one line a file read: the byte gone on
 * from, lines or records done (0: read as a whole), inode, modification time in ns, size,
 * length and hash of what stood before that byte (at most CHECKPOINT_LAST_BYTES), bytes
 * of content gone on behind from there (struct stream_at; not there in "warta-feed 1"),
 * path (backslash and newline escaped). Written whole and renamed into place. */

#include "proto/base/err.h"
#include "worker/feed/source.h"

#include <stdint.h>

#define CHECKPOINT_LAST_BYTES SOURCE_LAST_BYTES

struct checkpoint;

/* path NULL: kept in memory only (--watch needs one). A file that is not there yet is
 * fine. ERR_FORMAT, ERR_VERSION. */
int checkpoint_open(const char *path, struct checkpoint **checkpoint_out,
                    struct err *err);
void checkpoint_close(struct checkpoint **checkpoint);

bool checkpoint_skip(void *checkpoint, const char *path,
                     struct source_position *done_out); /* source_options.skip */

/* The item's article is on its way: a token for the calls below. */
uint64_t checkpoint_sent(struct checkpoint *checkpoint, const struct source_item *item);
void checkpoint_settled(struct checkpoint *checkpoint, uint64_t token);

/* Append the place ("FILE:LINE") of an article that has not settled. */
void checkpoint_place(const struct checkpoint *checkpoint, uint64_t token,
                      struct buf *out);

int checkpoint_save(struct checkpoint *checkpoint,
                    struct err *err); /* nothing new: does nothing */

#endif
