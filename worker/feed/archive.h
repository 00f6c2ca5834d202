#ifndef WORKER_FEED_ARCHIVE_H
#define WORKER_FEED_ARCHIVE_H

/* The articles of a WARC archive: what was answered with status 200 and text/html, as
 * pages for the workers, with address and time of fetching. All other records are passed
 * over and counted. */

#include "proto/base/arena.h"
#include "proto/base/buf.h"
#include "proto/wire/article.h"
#include "worker/feed/warc.h"

/* Why a record is none of ours: the first that holds. */
#define ARCHIVE_PASSED(X)                                                                \
    X(NO_RESPONSE, "of other types")                                                     \
    X(NO_HTTP, "not of HTTP")                                                            \
    X(NO_200, "of another status than 200")                                              \
    X(NO_HTML, "not of text/html")                                                       \
    X(CODED, "in a coding that is not known here")                                       \
    X(EMPTY, "empty")

enum archive_passed {
#define X(name, text) ARCHIVE_##name,
    ARCHIVE_PASSED(X)
#undef X
        ARCHIVE_REASONS
};

struct archive_counts { /* since it was zeroed; several archives may share it */
    uint64_t records, pages, broken;
    uint64_t passed[ARCHIVE_REASONS];
};

struct archive;

/* stream: borrowed, stands at a record. counts: borrowed. */
struct archive *archive_open(struct stream *stream, bool growing,
                             struct archive_counts *counts);
void archive_close(struct archive **archive);

struct archive_item {
    struct stream_at at, behind; /* of the record */
    bool passed;                 /* there is no article: only the place moved on */
};

/* 1 *article_out, checked by no one yet, in arena; or, now and then while none comes,
 * out->passed. 0 the end. Negative: the record at out->at is broken, or its page is; go
 * on with the next call. */
int archive_next(struct archive *archive, struct arena *arena, struct archive_item *out,
                 struct article *article_out, struct err *err);

/* "12 records: 4 pages; passed over: 3 of other types, 5 not of text/html; 1 broken" */
void archive_tell(const struct archive_counts *counts, struct buf *out);

#endif
