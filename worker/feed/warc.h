#ifndef WORKER_FEED_WARC_H
#define WORKER_FEED_WARC_H

/* The records of a WARC archive (ISO 28500; versions 0.17 to 1.1), plain or gzipped, one
 * by one. A record that is broken is told with its place, and the next good one is looked
 * for: a line that begins with "WARC/", or the next good gzip member.
 *
 * A record is given out when all of it is known to be good: its length leads to the next
 * record or the end, and, where it is gzipped, the checksum of its member is right. So up
 * to WARC_BLOCK_MOST of a block is held in memory; of a longer one only its begin is
 * given. Going back, to look for records within a broken one, happens once for each byte
 * at most: whatever is in a file, it costs its size. */

#include "worker/feed/stream.h"

#define WARC_BLOCK_MOST  ((size_t)8 * 1024 * 1024)
#define WARC_BEGIN_BYTES ((size_t)64 * 1024) /* of a longer block */
#define WARC_HEAD_MOST   ((size_t)64 * 1024) /* a record's header */

enum warc_type {
    WARC_OTHER,
    WARC_INFO,
    WARC_RESPONSE,
    WARC_RESOURCE,
    WARC_REQUEST,
    WARC_METADATA,
    WARC_REVISIT,
    WARC_CONVERSION,
    WARC_CONTINUATION,
    WARC_TYPES
};
extern const char *const warc_type_names[WARC_TYPES]; /* "other", "warcinfo", … */

struct warc_record { /* strings are borrowed until the next warc_next */
    struct stream_at at, behind;
    enum warc_type type;
    struct str target, date, content_type;
    bool cut; /* the crawler stopped before its end: WARC-Truncated */
    uint64_t length;
    struct str block; /* `length` bytes, or WARC_BEGIN_BYTES of a longer one */
};

struct warc;

/* stream: borrowed, stands where a record begins. growing: more may be written to it. */
struct warc *warc_open(struct stream *stream, bool growing);
void warc_close(struct warc **warc);

/* 1 a record; 0 the end, or what is there of the last one is to be left alone; negative:
 * this one, at out->at, is broken (ERR_FORMAT, ERR_LIMIT) or cannot be read (ERR_SYSTEM).
 * Go on with the next call. */
int warc_next(struct warc *warc, struct warc_record *out, struct err *err);

#endif
