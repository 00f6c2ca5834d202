#ifndef PROTO_BASE_FILE_H
#define PROTO_BASE_FILE_H

/* Files: read whole, map, replace atomically. Errors name the path. */

#include "proto/base/buf.h"
#include "proto/base/err.h"

/* Append the whole of path ("-" is standard input) to buf; more than max_bytes is
 * ERR_LIMIT. On an error buf is as it was. */
int file_read(const char *path, size_t max_bytes, struct buf *buf, struct err *err);

/* Map path read-only; *map_out stays valid until file_unmap. An empty file is {"", 0}. */
int file_map(const char *path, struct str *map_out, struct err *err);
void file_unmap(struct str *map);

/* Write path.tmp (mode 0600), fsync, rename over path, fsync the directory. */
int file_replace(const char *path, struct str bytes, struct err *err);

/* fsync the directory that path is in: a rename or a new name is durable then. */
int file_sync_parent(const char *path, struct err *err);

/* mkdir -p with mode 0700 for what it makes. */
int file_make_dir(const char *path, struct err *err);

/* Where a library has mapped path in this process (/proc/self/maps); {NULL, 0} where it
 * has not. file_rest gives its resident pages back to the system (MADV_DONTNEED): they
 * stay in the page cache, and come again when touched. Only for shared, unwritten
 * mappings. */
struct str file_mapping(const char *path);
void file_rest(struct str mapping);

#endif
