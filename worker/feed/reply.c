#include "worker/feed/reply.h"

#include "worker/feed/zip.h"

#include <assert.h>
#include <strings.h>

#define STEP_BYTES ((size_t)64 * 1024)
#define HEAD_MOST  ((size_t)64 * 1024)

static bool is_word(struct str s, const char *word)
{
    return s.len == strlen(word) && strncasecmp(s.ptr, word, s.len) == 0;
}

/* ---- the header ---- */

static int read_status(struct str line, int *status_out)
{
    struct str word;
    uint64_t status;
    if (!str_starts(line, STR("HTTP/")) || str_split(&line, ' ', &word) != 1)
        return ERR_FORMAT;
    line = str_trim(line);
    if (line.len > 3)
        line.len = 3;
    if (!str_to_u64(line, &status) || line.len != 3)
        return ERR_FORMAT;
    *status_out = (int)status;
    return 0;
}

static void add_codings(struct str value, struct reply *out)
{
    struct str word;
    while (str_split(&value, ',', &word) == 1) {
        word = str_trim(word);
        if (word.len == 0 || is_word(word, "identity"))
            continue;
        if (out->codings >= REPLY_CODINGS) {
            out->codings = REPLY_CODINGS + 1;
            return;
        }
        bool gzip = is_word(word, "gzip") || is_word(word, "x-gzip");
        out->coding[out->codings++] = gzip                       ? REPLY_GZIP
                                      : is_word(word, "deflate") ? REPLY_DEFLATE
                                                                 : REPLY_UNKNOWN;
    }
}

static void take_field(struct str line, struct reply *out)
{
    const char *colon = line.len ? memchr(line.ptr, ':', line.len) : NULL;
    if (colon == NULL)
        return;
    struct str name = str_trim(str_slice(line, 0, (size_t)(colon - line.ptr)));
    struct str value = str_trim(str_from(line, (size_t)(colon - line.ptr) + 1));
    if (is_word(name, "Content-Type"))
        out->type = value;
    else if (is_word(name, "Transfer-Encoding"))
        out->chunked =
            value.len >= 7 && is_word(str_from(value, value.len - 7), "chunked");
    else if (is_word(name, "Content-Encoding"))
        add_codings(value, out);
}

int reply_read(struct str bytes, struct reply *out, struct err *err)
{
    struct str rest = bytes, line;
    *out = (struct reply){0};
    if (rest.len > HEAD_MOST)
        rest.len = HEAD_MOST;
    str_split(&rest, '\n', &line);
    if (read_status(line, &out->status) < 0)
        return err_set(err, ERR_FORMAT, "its block is no answer of HTTP");
    while (str_split(&rest, '\n', &line) == 1 && rest.ptr) {
        if (line.len == 0 || str_is(line, "\r")) {
            out->rest = str_from(bytes, (size_t)(rest.ptr - bytes.ptr));
            return 0;
        }
        take_field(line, out);
    }
    return err_set(err, ERR_FORMAT, "the header of its HTTP answer does not end");
}

bool reply_is_type(const struct reply *reply, const char *type)
{
    struct str is = reply->type, word = STR_NONE;
    str_split(&is, ';', &word);
    return is_word(str_trim(word), type);
}

bool reply_is_readable(const struct reply *reply)
{
    for (int i = 0; i < reply->codings && i < REPLY_CODINGS; i++)
        if (reply->coding[i] == REPLY_UNKNOWN)
            return false;
    return reply->codings <= REPLY_CODINGS;
}

/* ---- the body ---- */

/* The size line of a chunk, its extensions passed over: false, it is none. */
static bool read_size(struct str line, size_t *size_out)
{
    size_t size = 0, digits = 0;
    for (; digits < line.len; digits++) {
        char c = line.ptr[digits];
        int d = c >= '0' && c <= '9'                 ? c - '0'
                : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                     : -1;
        if (d < 0)
            break;
        if (size > REPLY_BODY_MOST)
            return false;
        size = size * 16 + (size_t)d;
    }
    struct str behind = str_trim(str_from(line, digits));
    *size_out = size;
    return digits > 0 && (behind.len == 0 || behind.ptr[0] == ';');
}

/* 1 undone into out; 0 it was not chunked at all. */
static int undo_chunks(struct str body, bool cut, struct buf *out, struct err *err)
{
    struct str rest = body, line;
    size_t size;
    buf_clear(out);
    while (str_split(&rest, '\n', &line) == 1 && rest.ptr) {
        size_t at = (size_t)(line.ptr - body.ptr);
        if (!read_size(line, &size))
            return at == 0 ? 0
                           : err_set(err, ERR_FORMAT,
                                     "byte %zu of its body is no size of a chunk", at);
        if (size == 0)
            return 1;
        if (size > rest.len) {
            buf_add_str(out, rest);
            break;
        }
        buf_add(out, rest.ptr, size);
        rest = str_from(rest, size);
        if (!str_starts(rest, STR("\n")) && !str_starts(rest, STR("\r\n")) &&
            rest.len > 1)
            return err_set(err, ERR_FORMAT, "byte %zu of its body should end a chunk",
                           body.len - rest.len);
        str_split(&rest, '\n', &line);
    }
    if (out->len == 0 && body.len > 0 && !cut)
        return 0;
    return cut ? 1 : err_set(err, ERR_FORMAT, "its body ends within a chunk");
}

/* 1 all of it, 0 more is wanted than there is, ERR_FORMAT, ERR_LIMIT. */
static int inflate_all(z_stream *zip, struct buf *out, struct err *err)
{
    for (;;) {
        char *room = buf_reserve(out, STEP_BYTES);
        zip->next_out = (unsigned char *)room;
        zip->avail_out = STEP_BYTES;
        int rc = inflate(zip, Z_NO_FLUSH);
        out->len += STEP_BYTES - zip->avail_out;
        if (out->len > REPLY_BODY_MOST)
            return err_set(err, ERR_LIMIT, "its body is longer than %zu bytes",
                           REPLY_BODY_MOST);
        if (rc == Z_STREAM_END)
            return 1;
        if (rc != Z_OK && rc != Z_BUF_ERROR)
            return err_set(err, ERR_FORMAT, "its body: %s",
                           zip->msg ? zip->msg : "damaged");
        if (zip->avail_in == 0 && zip->avail_out > 0)
            return 0;
    }
}

static int undo_zip(struct str body, int kind, bool cut, struct buf *out, struct err *err)
{
    z_stream zip;
    buf_clear(out);
    zip_begin(&zip, kind);
    zip.next_in = (unsigned char *)body.ptr;
    zip.avail_in = (unsigned)body.len;
    int rc = inflate_all(&zip, out, err);
    inflateEnd(&zip);
    if (rc == 0 && !cut)
        return err_set(err, ERR_FORMAT, "its body ends within its gzip data");
    if (rc == ERR_FORMAT && cut && out->len > 0)
        return 1;
    return rc < 0 ? rc : 1;
}

/* 1 undone, 0 it was not coded so. */
static int undo(enum reply_coding coding, struct str body, bool cut, struct buf *out,
                struct err *err)
{
    unsigned char first = body.len ? (unsigned char)body.ptr[0] : 0;
    unsigned char second = body.len > 1 ? (unsigned char)body.ptr[1] : 0;
    if (coding == REPLY_GZIP)
        return first == 0x1f && second == 0x8b ? undo_zip(body, ZIP_GZIP, cut, out, err)
                                               : 0;
    /* "deflate" is zlib's format, and raw in the hands of some. */
    bool zlib = (first & 0x0f) == Z_DEFLATED && (first << 8 | second) % 31 == 0;
    int rc = undo_zip(body, zlib ? ZIP_ZLIB : ZIP_RAW, cut, out, err);
    return rc == ERR_FORMAT && !zlib ? 0 : rc;
}

int reply_body(const struct reply *reply, bool cut, struct buf scratch[2],
               struct str *out, struct err *err)
{
    int at = 0, rc = 0;
    assert(reply_is_readable(reply));
    *out = reply->rest;
    if (reply->chunked && (rc = undo_chunks(*out, cut, &scratch[at], err)) == 1)
        *out = buf_str(&scratch[at++]);
    for (int i = reply->codings; rc >= 0 && i > 0; i--) {
        rc = undo(reply->coding[i - 1], *out, cut, &scratch[at & 1], err);
        if (rc == 1)
            *out = buf_str(&scratch[at++ & 1]);
    }
    if (rc >= 0 && out->len > REPLY_BODY_MOST)
        rc =
            err_set(err, ERR_LIMIT, "its body is longer than %zu bytes", REPLY_BODY_MOST);
    return rc < 0 ? rc : 0;
}
