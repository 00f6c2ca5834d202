#ifndef WORKER_SINK_FILES_H
#define WORKER_SINK_FILES_H

/* Facts as files in a directory: JSON Lines (one record a line, as warta tail --json
 * prints them) or msgpack (one entry after the other).
 *
 *     facts-000000000001.jsonl.gz   finished: gzipped, never touched again
 *     facts-000000005120.jsonl      being written; its name is the position it begins
 * with position                      next, and which file has how many good bytes lock
 *
 * Order on disk: bytes and fdatasync, then position (written aside, synced, renamed). At
 * the start the file that is being written is cut to the length in `position`, so a kill
 * at any instant leaves neither a hole nor a double. A full file is gzipped aside,
 * synced, renamed; then position forgets it; then the plain one goes.
 *
 * Gaps and entries that cannot be read are lines of their own: {"kind":"gap","from","to",
 * "reason"} and {"kind":"refused","next","reason","entry":hex}; in msgpack the same maps.
 */

#include "worker/sink/store.h"

struct files_options {
    bool msgpack;
    uint64_t rotate_bytes, rotate_age_ms;
};

/* Made where it is not there. ERR_LOCKED: another sink writes there; ERR_CORRUPT:
 * position and files do not agree; ERR_CONFLICT: it is written in the other format. A
 * store of files knows one consumer: the name of a batch is not looked at. */
int files_open(const char *dir, const struct files_options *options,
               struct store **store_out, struct err *err);

#endif
