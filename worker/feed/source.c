#include "worker/feed/source.h"

#include "proto/base/mem.h"
#include "proto/base/utf8.h"
#include "proto/wire/limits.h"
#include "worker/feed/markup.h"
#include "worker/feed/walk.h"
#include "worker/text/html.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTE_ORDER_MARK STR("\xef\xbb\xbf")
#define FIRST_BYTES     5  /* that tell a page and an archive from the rest */
#define LAST_BYTES      64 /* of what a gzipped file or an archive is known again by */

enum kind { KIND_LINES, KIND_ARCHIVE, KIND_PAGE, KIND_TEXT };

struct source {
    struct walk *walk; /* the files to read, in order */
    struct source_options options;
    struct archive_counts counts; /* where options has none */
    /* the file being read */
    char *path;
    int fd; /* -1: none open */
    struct stream *stream;
    struct archive *archive;
    enum kind kind;
    bool growing;   /* more may be written to it */
    bool is_over;   /* nothing left to read of it */
    uint64_t count; /* lines or records read */
    struct buf place;
    char last[LAST_BYTES];
    uint64_t read_bytes, skipped_bytes; /* of files before; of all so far */
};

int source_open(const char *path, const struct source_options *options,
                struct source **source_out, struct err *err)
{
    struct walk *walk;
    if (walk_open(path, &walk, err) < 0)
        return err->code;
    struct source *source = mem_zero(1, sizeof *source);
    source->walk = walk;
    source->options = *options;
    if (options->counts == NULL)
        source->options.counts = &source->counts;
    source->fd = -1;
    *source_out = source;
    return 0;
}

static void close_file(struct source *source)
{
    if (source->stream)
        source->read_bytes += stream_read(source->stream);
    archive_close(&source->archive);
    stream_close(&source->stream);
    if (source->fd > STDERR_FILENO)
        close(source->fd);
    source->fd = -1;
    mem_free(source->path);
    source->path = NULL;
    source->count = 0;
    source->is_over = false;
}

void source_close(struct source **source)
{
    if (*source == NULL)
        return;
    close_file(*source);
    walk_close(&(*source)->walk);
    buf_fini(&(*source)->place);
    mem_free(*source);
    *source = NULL;
}

/* ---- places ---- */

static void add_path(struct buf *out, const char *path)
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
}

void source_add_place(struct buf *out, const struct source_item *item)
{
    add_path(out, item->path);
    if (item->in_archive) {
        buf_printf(out, "@%llu", (unsigned long long)item->at.offset);
        if (item->at.within)
            buf_printf(out, "+%llu", (unsigned long long)item->at.within);
    } else if (item->behind.count) {
        buf_printf(out, ":%llu", (unsigned long long)item->behind.count);
    }
}

/* What goes into item->last, unless the window has it. */
static struct str last_of_file(struct source *source, struct stream_at at)
{
    size_t len = stream_before(source->stream, at, source->last, LAST_BYTES);
    return str_make(source->last, len);
}

static void set_place(struct source *source, struct source_item *item)
{
    item->path = source->path;
    buf_clear(&source->place);
    source_add_place(&source->place, item);
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

static int finish_article(struct source *source, struct source_item *item,
                          struct err *err)
{
    set_defaults(&source->options, &item->article);
    return article_check(&item->article, err) < 0 ? err->code : 1;
}

/* ---- files ---- */

static enum kind kind_of(const struct source *source, struct str first)
{
    struct str name = str_of(source->path);
    if (str_ends(name, STR(".gz")))
        name.len -= 3;
    if (source->options.jsonl || str_ends(name, STR(".jsonl")) ||
        str_ends(name, STR(".ndjson")))
        return KIND_LINES;
    if (str_ends(name, STR(".warc")) || str_starts(first, STR("WARC/")))
        return KIND_ARCHIVE;
    if (str_ends(name, STR(".html")) || str_ends(name, STR(".htm")) || html_is(first))
        return KIND_PAGE;
    return str_is(name, "-") ? KIND_LINES : KIND_TEXT;
}

/* Go behind what was put before; a file that shrank is read from its begin. */
static int go_behind(struct source *source, const struct source_position *done,
                     uint64_t size, struct err *err)
{
    if (done->at.offset > size || (done->at.offset | done->at.within) == 0)
        return 0;
    if (stream_seek(source->stream, done->at, err) < 0)
        return err->code;
    source->count = done->count;
    source->skipped_bytes += done->at.offset;
    return 0;
}

static int open_path(struct source *source, const struct source_position *done,
                     struct err *err)
{
    const char *path = source->path;
    bool is_input = str_is(str_of(path), "-");
    struct str first;
    struct stat st;
    source->fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (source->fd < 0 || fstat(source->fd, &st) < 0)
        return err_system(err, "cannot be opened");
    if (S_ISDIR(st.st_mode))
        return err_set(err, ERR_SYSTEM, "is a directory");
    const struct stream_options options = {source->options.wait,
                                           source->options.wait_context};
    source->stream = stream_open(source->fd, &options);
    source->growing = source->options.growing && S_ISREG(st.st_mode) && !is_input;
    if (go_behind(source, done, (uint64_t)st.st_size, err) < 0)
        return err->code;
    /* What is wrong with the first bytes is told by who reads on. */
    stream_peek(source->stream, FIRST_BYTES, &first, err);
    source->kind = kind_of(source, first);
    if (source->kind == KIND_ARCHIVE)
        source->archive =
            archive_open(source->stream, source->growing, source->options.counts);
    return 0;
}

/* Open the next file that has something left: 1, 0 none, negative (that file is passed
 * over). */
static int open_file(struct source *source, struct err *err)
{
    const struct source_options *options = &source->options;
    const char *path;
    while (walk_next(source->walk, &path) == 1) {
        struct source_position done = {0};
        if (options->skip && options->skip(options->skip_context, path, &done)) {
            source->skipped_bytes += done.at.offset;
            continue;
        }
        source->path = mem_copy(path, strlen(path));
        return open_path(source, &done, err) < 0 ? err->code : 1;
    }
    return 0;
}

/* ---- lines ---- */

/* The next line: 1, 0 the end, ERR_LIMIT it is passed over, others as stream_peek. */
static int next_line(struct source *source, struct str *line_out, struct err *err)
{
    struct stream *stream = source->stream;
    struct str window = STR_NONE;
    bool too_long = false;
    size_t seen = 0;
    for (;;) {
        int rc = stream_peek(stream, seen + 1, &window, err);
        const char *at =
            window.len > seen ? memchr(window.ptr + seen, '\n', window.len - seen) : NULL;
        if (rc < 0 && at == NULL)
            return rc;
        if (at || (rc == 0 && !stream_stopped(stream) && !source->growing &&
                   (window.len > 0 || too_long))) {
            size_t all = at ? (size_t)(at - window.ptr) + 1 : window.len;
            stream_skip(stream, all);
            source->count++;
            *line_out = str_make(window.ptr, all);
            if (too_long || all > LIMIT_JSON_LINE_BYTES + 1)
                return err_set(err, ERR_LIMIT, "line is longer than %d bytes",
                               LIMIT_JSON_LINE_BYTES);
            return 1;
        }
        if (rc == 0)
            return 0;
        seen = window.len;
        if (seen > LIMIT_JSON_LINE_BYTES) { /* drop what cannot be used, keep counting */
            stream_skip(stream, seen);
            seen = 0;
            too_long = true;
        }
    }
}

/* The bytes to know the file again by: of the line itself, which the window holds. */
static struct str last_of_line(struct source *source, struct str line)
{
    if (stream_is_gzip(source->stream))
        return last_of_file(source, stream_where(source->stream, 0));
    return line.len > SOURCE_LAST_BYTES ? str_from(line, line.len - SOURCE_LAST_BYTES)
                                        : line;
}

static int next_of_lines(struct source *source, struct arena *arena,
                         struct source_item *item, struct err *err)
{
    const struct source_options *options = &source->options;
    struct str line = STR_NONE, text;
    int rc;
    do {
        rc = next_line(source, &line, err);
        text = rc == 1 ? line : STR_NONE;
        if (rc == 1 && source->count == 1 && str_starts(text, BYTE_ORDER_MARK))
            text = str_from(text, BYTE_ORDER_MARK.len);
        text = str_trim(text);
    } while (rc == 1 && text.len == 0);
    item->behind =
        (struct source_position){stream_where(source->stream, 0), source->count};
    set_place(source, item);
    if (rc == 1 || rc == ERR_LIMIT)
        item->last = last_of_line(source, line);
    if (rc == ERR_FORMAT) { /* gzip: go on behind the damage, if there is anything */
        struct err ignored;
        item->unread = true;
        source->is_over = stream_mend(source->stream, &ignored) != 1;
    } else if (rc == ERR_SYSTEM) {
        item->unread = source->is_over = true;
    }
    if (rc <= 0)
        return rc;
    rc = options->mapping
             ? mapping_read(options->mapping, text, arena, &item->article, err)
             : article_from_line(text, arena, &item->article, err);
    return rc < 0 ? rc : finish_article(source, item, err);
}

/* ---- archives ---- */

static int next_of_archive(struct source *source, struct arena *arena,
                           struct source_item *item, struct err *err)
{
    struct archive_item found;
    int rc = archive_next(source->archive, arena, &found, &item->article, err);
    source->count++;
    item->in_archive = true;
    item->at = found.at;
    item->behind = (struct source_position){found.behind, source->count};
    item->passed = found.passed;
    item->unread = rc == ERR_SYSTEM;
    item->last = last_of_file(source, found.behind);
    set_place(source, item);
    return rc == 1 && !item->passed ? finish_article(source, item, err) : rc;
}

/* ---- whole files ---- */

/* All of it, up to `most` bytes. */
static int read_whole(struct source *source, size_t most, struct source_item *item,
                      struct str *out, struct err *err)
{
    int rc = stream_peek(source->stream, most + 1, out, err);
    source->is_over = true; /* whatever it is, it has been read */
    item->behind.at.offset = out->len;
    set_place(source, item);
    if (rc == 0)
        return stream_stopped(source->stream) ? 0 : 1;
    item->unread = rc == ERR_SYSTEM;
    return rc < 0 ? rc : err_set(err, ERR_LIMIT, "is longer than %zu bytes", most);
}

static int next_of_page(struct source *source, struct arena *arena,
                        struct source_item *item, struct err *err)
{
    struct str page;
    int rc = read_whole(source, HTML_BYTES_MOST, item, &page, err);
    record_init(&article_table, &item->article);
    if (rc == 1 && markup_read(page, STR_NONE, arena, &item->article.html, err) < 0)
        rc = err->code;
    return rc < 1 ? rc : finish_article(source, item, err);
}

static int next_of_text(struct source *source, struct arena *arena,
                        struct source_item *item, struct err *err)
{
    struct str text;
    int rc = read_whole(source, LIMIT_TEXT_BYTES + BYTE_ORDER_MARK.len, item, &text, err);
    if (rc < 1)
        return rc;
    if (str_starts(text, BYTE_ORDER_MARK))
        text = str_from(text, BYTE_ORDER_MARK.len);
    if (text.len > LIMIT_TEXT_BYTES)
        return err_set(err, ERR_LIMIT, "is longer than %d bytes", LIMIT_TEXT_BYTES);
    if (str_trim(text).len == 0)
        return err_set(err, ERR_FIELD, "is empty");
    if (utf8_bad_at(text) != text.len)
        return err_set(err, ERR_UTF8, "is not UTF-8: see byte %zu", utf8_bad_at(text));
    record_init(&article_loose_table, &item->article);
    item->article.text = arena_str(arena, text);
    return finish_article(source, item, err);
}

/* ---- the next one ---- */

static int next_of_file(struct source *source, struct arena *arena,
                        struct source_item *item, struct err *err)
{
    if (source->is_over)
        return 0;
    switch (source->kind) {
    case KIND_LINES:
        return next_of_lines(source, arena, item, err);
    case KIND_ARCHIVE:
        return next_of_archive(source, arena, item, err);
    case KIND_PAGE:
        return next_of_page(source, arena, item, err);
    case KIND_TEXT:
        break;
    }
    return next_of_text(source, arena, item, err);
}

int source_next(struct source *source, struct arena *arena, struct source_item *item,
                struct err *err)
{
    *err = (struct err){0};
    *item = (struct source_item){0};
    if (source->stream ==
        NULL) /* of a file that could not be opened, its path was told */
        close_file(source);
    while (source->stream == NULL || !stream_stopped(source->stream)) {
        if (source->stream == NULL) {
            int rc = open_file(source, err);
            if (rc < 0) {
                set_place(source, item);
                item->unread = true;
                stream_close(&source->stream);
            }
            if (rc <= 0)
                return rc;
        }
        int rc = next_of_file(source, arena, item, err);
        if (rc != 0)
            return rc;
        if (stream_stopped(source->stream))
            break;
        close_file(source);
        *item = (struct source_item){0};
    }
    return 0;
}

void source_progress(const struct source *source, uint64_t *read_out,
                     uint64_t *skipped_out)
{
    *read_out = source->read_bytes + (source->stream ? stream_read(source->stream) : 0);
    *skipped_out = source->skipped_bytes;
}
