#ifndef WORKER_FEED_STREAM_H
#define WORKER_FEED_STREAM_H

/* What a file or a pipe holds, gunzipped where it is gzipped (its first two bytes tell),
 * through a window that its reader moves: peek at what comes, skip what is done with.
 *
 * A gzipped file is a row of members, each whole in itself with a checksum at its end.
 * One that is damaged ends what can be read up to it; stream_mend goes on with the next
 * good one. Hostile files: memory is what is peeked at, twice at most, and a member that
 * grows beyond STREAM_RATIO times its size counts as damaged. */

#include "proto/base/err.h"
#include "proto/base/str.h"

#define STREAM_RATIO       200u
#define STREAM_RATIO_BYTES ((uint64_t)16 * 1024 * 1024) /* so much a member may hold */

/* A place in a file that can be gone back to. A plain one: the byte. A gzipped one: where
 * a member begins, and bytes of content from there on, over its end, too. */
struct stream_at {
    uint64_t offset, within;
};

struct stream_options {
    /* See source.h. */
    bool (*wait)(void *context, int fd);
    void *wait_context;
};

struct stream;

/* fd: borrowed; read from where it stands, which of a file is its begin. */
struct stream *stream_open(int fd, const struct stream_options *options);
void stream_close(struct stream **stream);

/* The window: at least `want` bytes of it, borrowed until the next call. 1 they are
 * there; 0 the end comes before, or wait said to stop; ERR_FORMAT damage comes before,
 * ERR_SYSTEM cannot be read: *out holds what there is up to it. */
int stream_peek(struct stream *stream, size_t want, struct str *out, struct err *err);
/* n: at most what was peeked at. */
void stream_skip(struct stream *stream, size_t n);
/* Where the byte is that lies `ahead` bytes behind the window's begin. */
struct stream_at stream_where(const struct stream *stream, size_t ahead);
/* Damage at its front: go on behind it. 1 there is more, 0 there is not. Errors as
 * above. */
int stream_mend(struct stream *stream, struct err *err);

/* Of a file that can be gone back in; a pipe cannot. */
bool stream_is_file(const struct stream *stream);
int stream_seek(struct stream *stream, struct stream_at at, struct err *err);
/* Bytes of the file before `at` as they stand in it, at most `most`: how many. */
size_t stream_before(const struct stream *stream, struct stream_at at, char *out,
                     size_t most);

/* Bytes of a plain file from the window on; UINT64_MAX where that is not known. */
uint64_t stream_left(const struct stream *stream);

bool stream_is_gzip(const struct stream *stream); /* known once something was peeked at */
bool stream_at_end(const struct stream *stream);  /* the file has been read to its end */
bool stream_stopped(const struct stream *stream); /* wait said so */
uint64_t stream_read(const struct stream *stream); /* bytes of the file read so far */

#endif
