#ifndef WORKER_FEED_SOURCE_H
#define WORKER_FEED_SOURCE_H

/* A source yields articles one by one. Each has a `place`, for errors ("news.jsonl:17"),
 * and a position: the source can be opened again behind it (checkpoint.h).
 *
 *     lines     .jsonl, .ndjson, standard input: one JSON object a line; unknown keys and
 *               nulls are passed over, empty lines too; a broken line is reported and
 *               passed over
 *     archive   .warc, and what begins as one: pages of a crawl (archive.h)
 *     page      .html, .htm, and what begins as one: one article
 *     text      any other file: one article
 *     directory every file below it that has one of these names, or .txt, in their order
 *
 * All of them may be gzipped; lines and archives are read as a stream, whatever their
 * size. A byte order mark at the begin of a file is passed over. */

#include "proto/base/arena.h"
#include "proto/base/buf.h"
#include "proto/base/err.h"
#include "proto/wire/article.h"
#include "worker/feed/archive.h"
#include "worker/feed/mapping.h"

struct source;

/* As much of what was read last is remembered to know a file again. */
#define SOURCE_LAST_BYTES 4096

/* How far into a file something is: a place in it (stream.h), and the number of lines or
 * records before it. */
struct source_position {
    struct stream_at at;
    uint64_t count;
};

struct source_options {
    const char *source, *language, *published; /* for articles that lack it; NULL: none */
    const struct mapping *mapping; /* of JSON Lines; NULL: keys are those of an article */
    struct archive_counts *counts; /* of archives; borrowed */
    bool jsonl;                    /* read files as JSON Lines whatever their names */
    bool growing; /* files may still be written to: leave what is unfinished alone */
    /* Called before each read of what may keep us waiting (a pipe, a terminal): to come
     * back when fd can be read. False: stop reading for good. NULL: just read. */
    bool (*wait)(void *context, int fd);
    /* Asked for every file once. True: all of it was put before, done_out->at.offset
     * bytes in the file. False: go on behind *done_out. May be NULL. */
    bool (*skip)(void *context, const char *path, struct source_position *done_out);
    void *wait_context, *skip_context;
};

struct source_item {
    struct article article; /* borrowed until the next source_next */
    bool passed;            /* there is none: only the position moved on */
    struct str place;       /* "FILE:LINE", "FILE@OFFSET+WITHIN" or "FILE"; borrowed */
    const char *path;       /* the file it came from; "-" for standard input; borrowed */
    struct source_position behind; /* it; count: its number, from 1; 0: the whole file */
    struct stream_at at;           /* where it begins, in an archive */
    bool in_archive;
    struct str last; /* bytes of the file before `behind`, where known; borrowed */
    bool unread;     /* with an error: the file could not be opened or read; there is no
                        position to remember */
};

/* path is a file, a directory or "-" (standard input). */
int source_open(const char *path, const struct source_options *options,
                struct source **source_out, struct err *err);
void source_close(struct source **source);

/* 1 an article; 0 the end (of a pipe or of all files); negative: this one could not be
 * read, err says why and item->place where; go on with the next call. A source that
 * cannot go on at all answers 0 next. */
int source_next(struct source *source, struct arena *arena, struct source_item *item,
                struct err *err);

/* Bytes of files read, and bytes that were put before and need not be, so far. */
void source_progress(const struct source *source, uint64_t *read_out,
                     uint64_t *skipped_out);

/* Append the place, control characters in it shown as \xNN. */
void source_add_place(struct buf *out, const struct source_item *item);

#endif
