#ifndef WORKER_FEED_SOURCE_H
#define WORKER_FEED_SOURCE_H

/* A source yields articles one by one. Each has a `place`, for errors ("news.jsonl:17"),
 * and a position: the source can be opened again behind it (checkpoint.h).
 *
 *     jsonl   one JSON object a line; unknown keys and nulls are passed over, empty lines
 *             too; a broken line is reported and passed over
 *     file    a plain-text file is one article
 *     dir     every .txt, .jsonl and .ndjson file below a directory, in order of name
 *
 * A byte order mark at the begin of a file is passed over. */

#include "proto/base/arena.h"
#include "proto/base/buf.h"
#include "proto/base/err.h"
#include "proto/wire/article.h"

struct source;

/* As much of what was read last is remembered to know a file again. */
#define SOURCE_LAST_BYTES 4096

struct source_options {
    const char *source, *language, *published; /* for articles that lack it; NULL: none */
    bool jsonl;   /* read files as JSON Lines whatever their names */
    bool growing; /* files may still be written to: leave an unfinished last line alone */
    /* Called before each read of what may keep us waiting (a pipe, a terminal): to come
     * back when fd can be read. False: stop reading for good. NULL: just read. */
    bool (*wait)(void *context, int fd);
    /* Asked for every file once: how many of its bytes were put before (UINT64_MAX: all);
     * *line_out is the number of lines in them. May be NULL. */
    uint64_t (*skip)(void *context, const char *path, uint64_t *line_out);
    void *wait_context, *skip_context;
};

struct source_item {
    struct article article; /* borrowed until the next source_next */
    struct str place;       /* "FILE:LINE" or "FILE", borrowed */
    const char *path;       /* the file it came from; "-" for standard input; borrowed */
    uint64_t offset;        /* jsonl: position behind this line; file: its size */
    uint64_t line;          /* jsonl: number of this line, from 1; file: 0 */
    struct str last;        /* jsonl: the last bytes before offset, borrowed */
    bool unread; /* with an error: the file could not be opened or read; there is no
                    position to remember */
};

/* path is a file, a directory or "-" (standard input: JSON Lines). */
int source_open(const char *path, const struct source_options *options,
                struct source **source_out, struct err *err);
void source_close(struct source **source);

/* 1 an article; 0 the end (of a pipe or of all files); negative: this one could not be
 * read, err says why and item->place where; go on with the next call. A source that
 * cannot go on at all answers 0 next. */
int source_next(struct source *source, struct arena *arena, struct source_item *item,
                struct err *err);

/* Bytes read and bytes there are in all, as far as known (0: unknown), for the progress
 * line. */
void source_progress(const struct source *source, uint64_t *read_out,
                     uint64_t *total_out);

/* Append "PATH:LINE" ("PATH" for line 0), control characters in it shown as \xNN. */
void source_add_place(struct buf *out, const char *path, uint64_t line);

#endif
