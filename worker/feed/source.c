#include "worker/feed/source.h"

#include "proto/base/buf.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "proto/wire/limits.h"
#include "worker/feed/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES (256 * 1024)

struct source {
    struct walk *walk; /* the files to read, in order */
    struct source_options options;
    source_skip *skip;
    void *context;
    /* the file being read */
    char *path;
    int fd;          /* -1: none open */
    bool lines;      /* it is JSON Lines */
    bool at_end;     /* nothing left to read of it */
    struct buf data; /* read and not yet given out, from `begin` */
    size_t begin;
    uint64_t offset, line; /* behind what has been given out */
    struct buf place;
    uint64_t read_bytes, total_bytes;
};

int source_open(const char *path, const struct source_options *options, source_skip *skip,
                void *context, struct source **source_out, struct err *err)
{
    struct walk *walk;
    uint64_t total = 0;
    if (walk_open(path, &walk, &total, err) < 0)
        return err->code;
    struct source *source = mem_zero(1, sizeof *source);
    source->walk = walk;
    source->options = *options;
    source->skip = skip;
    source->context = context;
    source->fd = -1;
    source->total_bytes = total;
    *source_out = source;
    return 0;
}

static void close_file(struct source *source)
{
    if (source->fd > STDERR_FILENO)
        close(source->fd);
    source->fd = -1;
    mem_free(source->path);
    source->path = NULL;
    buf_clear(&source->data);
    source->begin = 0;
    source->offset = source->line = 0;
    source->at_end = false;
}

void source_close(struct source **source)
{
    if (*source == NULL)
        return;
    close_file(*source);
    walk_close(&(*source)->walk);
    buf_fini(&(*source)->data);
    buf_fini(&(*source)->place);
    mem_free(*source);
    *source = NULL;
}

static bool is_jsonl_name(const char *path)
{
    struct str s = str_of(path);
    return str_ends(s, STR(".jsonl")) || str_ends(s, STR(".ndjson")) || str_is(s, "-");
}

/* Go behind what was put before; a file that shrank is read from its begin. */
static int skip_behind(struct source *source, uint64_t done, struct err *err)
{
    struct stat st;
    if (fstat(source->fd, &st) < 0)
        return err_system(err, "%s", source->path);
    if (done > (uint64_t)st.st_size) {
        source->line = 0;
        return 0;
    }
    if (lseek(source->fd, (off_t)done, SEEK_SET) < 0)
        return err_system(err, "%s", source->path);
    source->offset = done;
    source->read_bytes += done;
    return 0;
}

/* Open the next file that has something left: 1, 0 none, negative (that file is passed
 * over). */
static int open_file(struct source *source, struct err *err)
{
    const char *path;
    while (walk_next(source->walk, &path) == 1) {
        uint64_t line = 0;
        uint64_t done = source->skip ? source->skip(source->context, path, &line) : 0;
        if (done == UINT64_MAX)
            continue;
        source->path = mem_copy(path, strlen(path));
        source->lines = source->options.jsonl || is_jsonl_name(path);
        source->line = line;
        source->fd = str_is(str_of(path), "-")
                         ? STDIN_FILENO
                         : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (source->fd < 0)
            return err_system(err, "%s", path);
        struct stat st;
        if (fstat(source->fd, &st) < 0 || S_ISDIR(st.st_mode))
            return err_set(err, ERR_SYSTEM, "%s: cannot be read as a file", path);
        if (done && skip_behind(source, done, err) < 0)
            return err->code;
        return 1;
    }
    return 0;
}

/* Read more of the open file into data. */
static int read_more(struct source *source, struct err *err)
{
    if (source->begin) {
        memmove(source->data.ptr, source->data.ptr + source->begin,
                source->data.len - source->begin);
        source->data.len -= source->begin;
        source->begin = 0;
    }
    char *room = buf_reserve(&source->data, READ_BYTES);
    ssize_t n;
    do
        n = read(source->fd, room, READ_BYTES);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_system(err, "%s", source->path);
    source->data.len += (size_t)n;
    source->read_bytes += (uint64_t)n;
    source->at_end = n == 0;
    return 0;
}

static void set_place(struct source *source, struct source_item *item)
{
    buf_clear(&source->place);
    if (source->lines)
        buf_printf(&source->place, "%s:%llu", source->path,
                   (unsigned long long)source->line);
    else
        buf_printf(&source->place, "%s", source->path);
    item->place = buf_str(&source->place);
    item->path = source->path;
    item->offset = source->offset;
    item->line = source->line;
}

static void set_defaults(const struct source_options *options, struct article *article)
{
    if (article->source.ptr == NULL)
        article->source = str_of(options->source);
    if (article->language.ptr == NULL)
        article->language = str_of(options->language);
    if (article->published.ptr == NULL)
        article->published = str_of(options->published);
}

/* Cut the next line off data, reading as needed. 1, 0 the end, ERR_LIMIT (the line is
 * passed over). */
static int next_line(struct source *source, struct str *line_out, struct err *err)
{
    size_t seen = 0;
    bool too_long = false;
    for (;;) {
        char *from = source->data.ptr + source->begin;
        size_t left = source->data.len - source->begin;
        char *at = left > seen ? memchr(from + seen, '\n', left - seen) : NULL;
        size_t len = at ? (size_t)(at - from) : left;
        if (at || (source->at_end && left && !source->options.growing)) {
            source->begin += len + (at != NULL);
            source->offset += len + (at != NULL);
            source->line++;
            *line_out = str_make(from, len);
            if (too_long || len > LIMIT_JSON_LINE_BYTES)
                return err_set(err, ERR_LIMIT, "line is longer than %d bytes",
                               LIMIT_JSON_LINE_BYTES);
            return 1;
        }
        if (source->at_end)
            return 0;
        seen = left;
        if (left > LIMIT_JSON_LINE_BYTES) { /* drop what cannot be used, keep counting */
            source->offset += left;
            source->begin = source->data.len;
            seen = 0;
            too_long = true;
        }
        if (read_more(source, err) < 0)
            return err->code;
    }
}

static int next_of_lines(struct source *source, struct arena *arena,
                         struct source_item *item, struct err *err)
{
    struct str line;
    int rc;
    do
        rc = next_line(source, &line, err);
    while (rc == 1 && str_trim(line).len == 0);
    set_place(source, item);
    if (rc <= 0) {
        if (rc < 0 &&
            err->code == ERR_SYSTEM) { /* reading failed: go on with the next file */
            source->at_end = true;
            buf_clear(&source->data);
            source->begin = 0;
        }
        return rc;
    }
    rc = article_from_line(line, arena, &item->article, err);
    if (rc == 0) {
        set_defaults(&source->options, &item->article);
        rc = article_check(&item->article, err);
    }
    return rc < 0 ? rc : 1;
}

/* A plain-text file is one article; its text is what the file holds. */
static int next_of_text(struct source *source, struct arena *arena,
                        struct source_item *item, struct err *err)
{
    if (source->offset)
        return 0;
    while (!source->at_end && source->data.len <= LIMIT_TEXT_BYTES)
        if (read_more(source, err) < 0)
            break;
    source->offset = source->data.len ? source->data.len : 1;
    set_place(source, item);
    if (!source->at_end && err->code == ERR_SYSTEM)
        return err->code;
    if (source->data.len > LIMIT_TEXT_BYTES)
        return err_set(err, ERR_LIMIT, "longer than %d bytes", LIMIT_TEXT_BYTES);
    record_init(&article_loose_table, &item->article);
    item->article.text = arena_str(arena, buf_str(&source->data));
    set_defaults(&source->options, &item->article);
    int rc = article_check(&item->article, err);
    return rc < 0 ? rc : 1;
}

int source_next(struct source *source, struct arena *arena, struct source_item *item,
                struct err *err)
{
    *err = (struct err){0};
    for (;;) {
        if (source->path == NULL) {
            int rc = open_file(source, err);
            if (rc < 0) {
                set_place(source, item);
                item->place = arena_str(arena, item->place);
                item->path = NULL; /* nothing to remember of it */
                close_file(source);
            }
            if (rc <= 0)
                return rc;
        }
        int rc = source->lines ? next_of_lines(source, arena, item, err)
                               : next_of_text(source, arena, item, err);
        if (rc != 0)
            return rc;
        close_file(source);
    }
}

void source_progress(const struct source *source, uint64_t *read_out, uint64_t *total_out)
{
    *read_out = source->read_bytes;
    *total_out = source->total_bytes;
}
