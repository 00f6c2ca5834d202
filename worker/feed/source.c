#include "worker/feed/source.h"

#include "proto/base/mem.h"
#include "proto/base/utf8.h"
#include "proto/wire/limits.h"
#include "worker/feed/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES      (256 * 1024)
#define BYTE_ORDER_MARK STR("\xef\xbb\xbf")

struct source {
    struct walk *walk; /* the files to read, in order */
    struct source_options options;
    bool ended; /* options.wait said to stop */
    /* the file being read */
    char *path;
    int fd;          /* -1: none open */
    bool lines;      /* it is JSON Lines */
    bool growing;    /* more may be written to it */
    bool may_wait;   /* a pipe or the like */
    bool at_end;     /* nothing left to read of it */
    struct buf data; /* read and not yet given out, from `begin` */
    size_t begin;
    uint64_t offset, line; /* behind what has been given out */
    struct buf place;
    uint64_t read_bytes, total_bytes;
};

int source_open(const char *path, const struct source_options *options,
                struct source **source_out, struct err *err)
{
    struct walk *walk;
    uint64_t total = 0;
    if (walk_open(path, &walk, &total, err) < 0)
        return err->code;
    struct source *source = mem_zero(1, sizeof *source);
    source->walk = walk;
    source->options = *options;
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
static int skip_behind(struct source *source, uint64_t done, uint64_t size,
                       struct err *err)
{
    if (done > size) {
        source->line = 0;
        return 0;
    }
    if (lseek(source->fd, (off_t)done, SEEK_SET) < 0)
        return err_system(err, "cannot go on behind byte %llu", (unsigned long long)done);
    source->offset = done;
    source->read_bytes += done;
    return 0;
}

static int open_path(struct source *source, uint64_t done, struct err *err)
{
    const char *path = source->path;
    bool is_input = str_is(str_of(path), "-");
    struct stat st;
    source->fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (source->fd < 0 || fstat(source->fd, &st) < 0)
        return err_system(err, "cannot be opened");
    if (S_ISDIR(st.st_mode))
        return err_set(err, ERR_SYSTEM, "is a directory");
    source->lines = source->options.jsonl || is_jsonl_name(path);
    source->may_wait = !S_ISREG(st.st_mode);
    source->growing = source->options.growing && !source->may_wait && !is_input;
    return done ? skip_behind(source, done, (uint64_t)st.st_size, err) : 0;
}

/* Open the next file that has something left: 1, 0 none, negative (that file is passed
 * over). */
static int open_file(struct source *source, struct err *err)
{
    const struct source_options *options = &source->options;
    const char *path;
    while (walk_next(source->walk, &path) == 1) {
        uint64_t line = 0, done = 0;
        if (options->skip)
            done = options->skip(options->skip_context, path, &line);
        if (done == UINT64_MAX)
            continue;
        source->path = mem_copy(path, strlen(path));
        source->line = line;
        int rc = open_path(source, done, err);
        return rc < 0 ? rc : 1;
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
    const struct source_options *options = &source->options;
    char *room = buf_reserve(&source->data, READ_BYTES);
    ssize_t n;
    do {
        if (source->may_wait && options->wait &&
            !options->wait(options->wait_context, source->fd)) {
            source->ended = true;
            return 0;
        }
        n = read(source->fd, room, READ_BYTES);
    } while (n < 0 && (errno == EINTR || (errno == EAGAIN && options->wait)));
    if (n < 0)
        return err_system(err, "cannot be read");
    source->data.len += (size_t)n;
    source->read_bytes += (uint64_t)n;
    source->at_end = n == 0;
    return 0;
}

void source_add_place(struct buf *out, const char *path, uint64_t line)
{
    for (const char *p = path, *end = path + strlen(path); p < end;) {
        uint32_t cp;
        unsigned len = utf8_decode(p, end, &cp);
        if (len == 0 || utf8_is_unsafe(cp)) {
            for (unsigned i = 0; i < (len ? len : 1); i++)
                buf_printf(out, "\\x%02x", (unsigned)(unsigned char)p[i]);
        } else {
            buf_add(out, p, len);
        }
        p += len ? len : 1;
    }
    if (line)
        buf_printf(out, ":%llu", (unsigned long long)line);
}

static void set_place(struct source *source, struct source_item *item)
{
    item->path = source->path;
    item->offset = source->offset;
    item->line = source->lines ? source->line : 0;
    buf_clear(&source->place);
    source_add_place(&source->place, item->path, item->line);
    item->place = buf_str(&source->place);
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

static bool is_bom_line(const struct source *source, struct str line)
{
    return source->line == 1 && str_starts(line, BYTE_ORDER_MARK);
}

/* Cut the next line off data, reading as needed. 1, 0 the end, ERR_LIMIT (the line is
 * passed over). *last_out: the last bytes of it, its end included. */
static int next_line(struct source *source, struct str *line_out, struct str *last_out,
                     struct err *err)
{
    size_t seen = 0;
    bool too_long = false;
    for (;;) {
        char *from = source->data.ptr + source->begin;
        size_t left = source->data.len - source->begin;
        char *at = left > seen ? memchr(from + seen, '\n', left - seen) : NULL;
        size_t len = at ? (size_t)(at - from) : left;
        if (at || (source->at_end && (left || too_long) && !source->growing)) {
            size_t all = len + (at != NULL);
            size_t last = all < SOURCE_LAST_BYTES ? all : SOURCE_LAST_BYTES;
            source->begin += all;
            source->offset += all;
            source->line++;
            *line_out = str_make(from, len);
            *last_out = str_make(from + all - last, last);
            if (too_long || len > LIMIT_JSON_LINE_BYTES)
                return err_set(err, ERR_LIMIT, "line is longer than %d bytes",
                               LIMIT_JSON_LINE_BYTES);
            return 1;
        }
        if (source->at_end || source->ended)
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
    do {
        rc = next_line(source, &line, &item->last, err);
        if (rc == 1 && is_bom_line(source, line))
            line = str_from(line, BYTE_ORDER_MARK.len);
    } while (rc == 1 && str_trim(line).len == 0);
    set_place(source, item);
    if (rc < 0 && err->code != ERR_LIMIT) { /* reading failed: go on with the next file */
        item->unread = true;
        source->at_end = true;
        buf_clear(&source->data);
        source->begin = 0;
    }
    if (rc <= 0)
        return rc;
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
    if (source->at_end)
        return 0;
    int rc = 0;
    while (rc == 0 && !source->at_end && !source->ended &&
           source->data.len <= LIMIT_TEXT_BYTES + BYTE_ORDER_MARK.len)
        rc = read_more(source, err);
    struct str text = buf_str(&source->data);
    bool is_too_long = !source->at_end;
    source->at_end = true; /* whatever it is, it has been read */
    source->offset = text.len;
    set_place(source, item);
    if (source->ended)
        return 0;
    if (rc < 0) {
        item->unread = true;
        return rc;
    }
    if (str_starts(text, BYTE_ORDER_MARK))
        text = str_from(text, BYTE_ORDER_MARK.len);
    if (is_too_long || text.len > LIMIT_TEXT_BYTES)
        return err_set(err, ERR_LIMIT, "is longer than %d bytes", LIMIT_TEXT_BYTES);
    if (str_trim(text).len == 0)
        return err_set(err, ERR_FIELD, "is empty");
    if (utf8_bad_at(text) != text.len)
        return err_set(err, ERR_UTF8, "is not UTF-8: see byte %zu", utf8_bad_at(text));
    record_init(&article_loose_table, &item->article);
    item->article.text = arena_str(arena, text);
    set_defaults(&source->options, &item->article);
    rc = article_check(&item->article, err);
    return rc < 0 ? rc : 1;
}

int source_next(struct source *source, struct arena *arena, struct source_item *item,
                struct err *err)
{
    *err = (struct err){0};
    *item = (struct source_item){0};
    if (source->fd < 0) /* of a file that could not be opened, its path was still told */
        close_file(source);
    while (!source->ended) {
        if (source->fd < 0) {
            int rc = open_file(source, err);
            if (rc < 0) {
                source->lines = false; /* its place has no line */
                set_place(source, item);
                item->unread = true;
                if (source->fd > STDERR_FILENO)
                    close(source->fd);
                source->fd = -1;
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
    return 0;
}

void source_progress(const struct source *source, uint64_t *read_out, uint64_t *total_out)
{
    *read_out = source->read_bytes;
    *total_out = source->total_bytes;
}
