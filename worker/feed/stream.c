#include "worker/feed/stream.h"

#include "proto/base/buf.h"
#include "proto/base/mem.h"
#include "worker/feed/zip.h"

#include <assert.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES    ((size_t)256 * 1024)
#define INFLATE_BYTES ((size_t)128 * 1024)
#define MEMBERS       1024 /* begins remembered; between them `within` counts on */
#define MAGIC_BYTES   4

enum kind { KIND_UNKNOWN, KIND_PLAIN, KIND_GZIP };

struct member {
    uint64_t content, offset; /* where it begins, of all content and in the file */
};

struct stream {
    int fd;
    struct stream_options options;
    enum kind kind;
    bool is_file, at_end, stopped;
    struct err damage; /* of what comes behind the window; code 0: none */
    struct buf window; /* content from `begin` on */
    size_t begin;
    uint64_t content; /* all of it before the window */
    uint64_t base;    /* plain: the file's byte at which content 0 stands */
    uint64_t read_bytes;
    /* gzip */
    z_stream zip;
    bool in_member;
    struct buf raw; /* of the file, from raw_begin on */
    size_t raw_begin;
    uint64_t raw_offset; /* of raw's byte 0 in the file */
    uint64_t member_offset, member_bytes;
    struct member member[MEMBERS];
    uint32_t members;
};

struct stream *stream_open(int fd, const struct stream_options *options)
{
    struct stream *s = mem_zero(1, sizeof *s);
    struct stat st;
    s->fd = fd;
    s->options = *options;
    s->is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    return s;
}

void stream_close(struct stream **stream)
{
    struct stream *s = *stream;
    if (s == NULL)
        return;
    if (s->kind == KIND_GZIP)
        inflateEnd(&s->zip);
    buf_fini(&s->window);
    buf_fini(&s->raw);
    mem_free(s);
    *stream = NULL;
}

/* ---- bytes of the file ---- */

/* 1 some were added to out, 0 the end or told to stop. */
static int read_file(struct stream *s, struct buf *out, struct err *err)
{
    char *room = buf_reserve(out, READ_BYTES);
    ssize_t n;
    if (s->at_end)
        return 0;
    do {
        if (!s->is_file && s->options.wait &&
            !s->options.wait(s->options.wait_context, s->fd)) {
            s->stopped = true;
            return 0;
        }
        n = read(s->fd, room, READ_BYTES);
    } while (n < 0 && (errno == EINTR || (errno == EAGAIN && s->options.wait)));
    if (n < 0) {
        s->at_end = true;
        return err_system(err, "cannot be read");
    }
    out->len += (size_t)n;
    s->read_bytes += (uint64_t)n;
    s->at_end = n == 0;
    return n > 0;
}

static bool is_magic(const char *p)
{
    return p[0] == 0x1f && (unsigned char)p[1] == 0x8b;
}

/* What kind of file it is: by its first bytes, wherever reading begins. What has been
 * read to learn that is in raw. */
static int learn_kind(struct stream *s, struct err *err)
{
    char first[2] = {0};
    bool is_gzip;
    off_t at = lseek(s->fd, 0, SEEK_CUR);
    if (s->is_file) {
        is_gzip = pread(s->fd, first, sizeof first, 0) == 2 && is_magic(first);
    } else {
        int rc = 1;
        while (rc == 1 && s->raw.len < sizeof first)
            rc = read_file(s, &s->raw, err);
        if (rc < 0 || s->stopped)
            return rc;
        is_gzip = s->raw.len >= sizeof first && is_magic(s->raw.ptr);
    }
    s->base = s->raw_offset = s->is_file && at > 0 ? (uint64_t)at : 0;
    if (is_gzip)
        zip_begin(&s->zip, ZIP_GZIP);
    s->kind = is_gzip ? KIND_GZIP : KIND_PLAIN;
    if (!is_gzip)
        buf_add_str(&s->window, buf_str(&s->raw));
    return s->window.len > 0;
}

/* ---- gzip ---- */

static uint64_t window_end(const struct stream *s)
{
    return s->content + (s->window.len - s->begin);
}

static uint64_t raw_at(const struct stream *s)
{
    return s->raw_offset + s->raw_begin;
}

/* Raw bytes, `want` at least unless the file ends before. */
static int need_raw(struct stream *s, size_t want, struct err *err)
{
    int rc = 1;
    if (s->raw_begin > 0 && s->raw_begin >= s->raw.len - s->raw_begin) {
        memmove(s->raw.ptr, s->raw.ptr + s->raw_begin, s->raw.len - s->raw_begin);
        s->raw.len -= s->raw_begin;
        s->raw_offset += s->raw_begin;
        s->raw_begin = 0;
    }
    while (rc == 1 && s->raw.len - s->raw_begin < want)
        rc = read_file(s, &s->raw, err);
    return rc;
}

/* Begins that the window has left behind are forgotten, save the last. */
static void note_member(struct stream *s)
{
    uint32_t gone = 0;
    while (gone + 1 < s->members && s->member[gone + 1].content <= s->content)
        gone++;
    if (gone) {
        s->members -= gone;
        memmove(s->member, s->member + gone, s->members * sizeof *s->member);
    }
    uint64_t content = window_end(s);
    if (s->members && s->member[s->members - 1].content == content)
        s->members--; /* an empty one */
    if (s->members < MEMBERS)
        s->member[s->members++] = (struct member){content, s->member_offset};
}

/* At the begin of a member: 1, 0 the end. Zeros that fill a file up are passed over. */
static int begin_member(struct stream *s, struct err *err)
{
    for (;;) {
        int rc = need_raw(s, 1, err);
        if (rc < 0)
            return rc;
        if (s->raw_begin == s->raw.len)
            return 0;
        if (s->raw.ptr[s->raw_begin])
            break;
        s->raw_begin++;
    }
    s->member_offset = raw_at(s);
    s->member_bytes = 0;
    s->in_member = true;
    note_member(s);
    inflateReset(&s->zip);
    return 1;
}

static int damaged(struct stream *s, struct err *err, const char *why)
{
    err_set(err, ERR_FORMAT, "gzip member at byte %llu: %s",
            (unsigned long long)s->member_offset, why);
    s->damage = *err;
    return err->code;
}

/* One step of inflating: 1 with content added or a member ended, 0 the end, negative. */
static int inflate_some(struct stream *s, struct err *err)
{
    int rc;
    if (!s->in_member && (rc = begin_member(s, err)) <= 0)
        return rc;
    if ((rc = need_raw(s, 1, err)) < 0 || s->stopped)
        return rc;
    char *room = buf_reserve(&s->window, INFLATE_BYTES);
    s->zip.next_in = (unsigned char *)s->raw.ptr + s->raw_begin;
    s->zip.avail_in = (unsigned)(s->raw.len - s->raw_begin);
    s->zip.next_out = (unsigned char *)room;
    s->zip.avail_out = INFLATE_BYTES;
    size_t given = s->zip.avail_in;
    rc = inflate(&s->zip, Z_NO_FLUSH);
    size_t made = INFLATE_BYTES - s->zip.avail_out;
    s->raw_begin += given - s->zip.avail_in;
    s->window.len += made;
    s->member_bytes += made;
    if (rc == Z_STREAM_END) {
        s->in_member = false;
        return 1;
    }
    if (rc != Z_OK && rc != Z_BUF_ERROR)
        return damaged(s, err, s->zip.msg ? s->zip.msg : "damaged");
    if (given == 0 && made == 0)
        return damaged(s, err, "the file ends within it");
    if (s->member_bytes > STREAM_RATIO_BYTES &&
        s->member_bytes / STREAM_RATIO > raw_at(s) - s->member_offset)
        return damaged(s, err, "holds more than its size allows");
    return 1;
}

/* ---- the window ---- */

static int fill(struct stream *s, struct err *err)
{
    if (s->begin > 0 && s->begin >= s->window.len - s->begin) {
        memmove(s->window.ptr, s->window.ptr + s->begin, s->window.len - s->begin);
        s->window.len -= s->begin;
        s->begin = 0;
    }
    if (s->kind == KIND_UNKNOWN) {
        int rc = learn_kind(s, err);
        if (rc != 0 || s->kind == KIND_UNKNOWN)
            return rc;
    }
    if (s->kind == KIND_PLAIN)
        return read_file(s, &s->window, err);
    if (s->damage.code) {
        *err = s->damage;
        return err->code;
    }
    return inflate_some(s, err);
}

int stream_peek(struct stream *s, size_t want, struct str *out, struct err *err)
{
    int rc = 1;
    while (rc == 1 && s->window.len - s->begin < want)
        rc = fill(s, err);
    *out =
        str_make(s->window.ptr ? s->window.ptr + s->begin : "", s->window.len - s->begin);
    return out->len >= want ? 1 : rc;
}

void stream_skip(struct stream *s, size_t n)
{
    assert(n <= s->window.len - s->begin);
    s->begin += n;
    s->content += n;
}

struct stream_at stream_where(const struct stream *s, size_t ahead)
{
    uint64_t content = s->content + ahead;
    if (s->kind != KIND_GZIP)
        return (struct stream_at){s->base + content, 0};
    if (!s->in_member && content == window_end(s))
        return (struct stream_at){raw_at(s), 0};
    uint32_t i = s->members;
    while (i > 1 && s->member[i - 1].content > content)
        i--;
    if (i == 0)
        return (struct stream_at){raw_at(s), 0};
    return (struct stream_at){s->member[i - 1].offset,
                              content - s->member[i - 1].content};
}

/* Could a member begin here? Flags and system are what gzip writes. */
static bool may_begin(const char *p)
{
    return is_magic(p) && p[2] == Z_DEFLATED && ((unsigned char)p[3] & 0xe0) == 0;
}

int stream_mend(struct stream *s, struct err *err)
{
    s->content += s->window.len - s->begin;
    buf_clear(&s->window);
    s->begin = 0;
    s->damage = (struct err){0};
    if (s->kind != KIND_GZIP)
        return 0;
    if (s->is_file) { /* else we go on behind what was read of it */
        if (lseek(s->fd, (off_t)s->member_offset + 1, SEEK_SET) < 0)
            return err_system(err, "cannot be read");
        buf_clear(&s->raw);
        s->raw_begin = 0;
        s->raw_offset = s->member_offset + 1;
        s->at_end = false;
    }
    s->in_member = false;
    for (;;) {
        int rc = need_raw(s, MAGIC_BYTES, err);
        size_t left = s->raw.len - s->raw_begin;
        if (rc < 0 || left < MAGIC_BYTES)
            return rc < 0 ? rc : 0;
        const char *p = s->raw.ptr + s->raw_begin;
        const char *at = memchr(p, 0x1f, left - (MAGIC_BYTES - 1));
        s->raw_begin += at ? (size_t)(at - p) : left - (MAGIC_BYTES - 1);
        if (at && may_begin(at))
            return 1;
        s->raw_begin += at != NULL;
    }
}

/* ---- files ---- */

bool stream_is_file(const struct stream *s)
{
    return s->is_file;
}

int stream_seek(struct stream *s, struct stream_at at, struct err *err)
{
    assert(s->is_file);
    if (lseek(s->fd, (off_t)at.offset, SEEK_SET) < 0)
        return err_system(err, "cannot go on behind byte %llu",
                          (unsigned long long)at.offset);
    if (s->kind == KIND_GZIP)
        inflateEnd(&s->zip);
    s->kind = KIND_UNKNOWN;
    s->at_end = s->in_member = false;
    s->damage = (struct err){0};
    buf_clear(&s->window);
    buf_clear(&s->raw);
    s->begin = s->raw_begin = s->content = s->members = 0;
    while (at.within) {
        struct str seen;
        int rc = stream_peek(s, 1, &seen, err);
        if (rc <= 0)
            return rc < 0 ? rc : err_set(err, ERR_FORMAT, "ends before what was read");
        size_t n = seen.len < at.within ? seen.len : (size_t)at.within;
        stream_skip(s, n);
        at.within -= n;
    }
    return 0;
}

size_t stream_before(const struct stream *s, struct stream_at at, char *out, size_t most)
{
    size_t len = at.offset < most ? (size_t)at.offset : most;
    return s->is_file && pread(s->fd, out, len, (off_t)(at.offset - len)) == (ssize_t)len
               ? len
               : 0;
}

uint64_t stream_left(const struct stream *s)
{
    struct stat st;
    uint64_t at = s->base + s->content;
    if (!s->is_file || s->kind != KIND_PLAIN || fstat(s->fd, &st) < 0)
        return UINT64_MAX;
    return (uint64_t)st.st_size > at ? (uint64_t)st.st_size - at : 0;
}

bool stream_is_gzip(const struct stream *s)
{
    return s->kind == KIND_GZIP;
}

bool stream_stopped(const struct stream *s)
{
    return s->stopped;
}

bool stream_at_end(const struct stream *s)
{
    return s->at_end;
}

uint64_t stream_read(const struct stream *s)
{
    return s->read_bytes;
}
