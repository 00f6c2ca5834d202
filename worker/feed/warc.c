#include "worker/feed/warc.h"

#include "proto/base/buf.h"
#include "proto/base/mem.h"

#include <strings.h>
#include <sys/stat.h>

#define MAGIC       STR("WARC/")
#define MAGIC_BYTES 16 /* "WARC/1.0" and its line end, with room */
#define STEP_BYTES  ((size_t)64 * 1024)
#define END_BYTES   4 /* two line ends follow a block */

const char *const warc_type_names[WARC_TYPES] = {
    "other",    "warcinfo", "response",   "resource",    "request",
    "metadata", "revisit",  "conversion", "continuation"};

struct warc {
    struct stream *stream;
    bool growing;
    bool lost;            /* where the next record begins is to be found out */
    size_t done;          /* bytes of the window that the last record takes */
    uint64_t read, again; /* content read; read once more up to here */
    struct buf head;      /* unfolded */
    struct buf begin;     /* of a long block */
};

struct warc *warc_open(struct stream *stream, bool growing)
{
    struct warc *w = mem_zero(1, sizeof *w);
    *w = (struct warc){.stream = stream, .growing = growing};
    return w;
}

void warc_close(struct warc **warc)
{
    if (*warc == NULL)
        return;
    buf_fini(&(*warc)->head);
    buf_fini(&(*warc)->begin);
    mem_free(*warc);
    *warc = NULL;
}

static void skip(struct warc *w, size_t n)
{
    stream_skip(w->stream, n);
    w->read += n;
}

/* ---- where records begin ---- */

static bool is_version(struct str line)
{
    static const char *const known[] = {"1.0", "1.1", "0.17", "0.18"};
    if (!str_starts(line, MAGIC))
        return false;
    struct str version = str_trim(str_from(line, MAGIC.len));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_is(version, known[i]))
            return true;
    return false;
}

/* Does a record begin at `at` of the window, as far as its first line tells? front: a
 * line may begin with the window. */
static bool begins(const struct warc *w, struct str window, size_t at, bool front)
{
    struct str rest = str_from(window, at), line;
    bool first =
        at == 0 ? front
                : window.ptr[at - 1] == '\n' || (stream_is_gzip(w->stream) &&
                                                 stream_where(w->stream, at).within == 0);
    if (rest.len > MAGIC_BYTES)
        rest.len = MAGIC_BYTES;
    return first && str_split(&rest, '\n', &line) == 1 && rest.ptr && is_version(line);
}

/* Move to where the next record begins: 1, 0, negative. */
static int find(struct warc *w, struct err *err)
{
    struct str window;
    bool front = true;
    for (;;) {
        int rc = stream_peek(w->stream, STEP_BYTES, &window, err);
        /* A line that is not there as a whole is looked at again, with what stands
         * before. */
        size_t most = rc == 1 ? window.len - MAGIC_BYTES : window.len, found;
        for (size_t at = 0; at < most; at++) {
            found = str_find(str_from(window, at), MAGIC);
            if (found == (size_t)-1 || (at += found) >= most)
                break;
            if (begins(w, window, at, front)) {
                skip(w, at);
                return 1;
            }
        }
        skip(w, rc == 1 ? most - 1 : most);
        front = rc != 1;
        if (rc == ERR_FORMAT)
            rc = stream_mend(w->stream, err);
        if (rc <= 0)
            return rc;
    }
}

/* ---- the header ---- */

static bool is_name(struct str name, const char *is)
{
    return name.len == strlen(is) && strncasecmp(name.ptr, is, name.len) == 0;
}

static enum warc_type type_of(struct str value)
{
    for (int i = WARC_INFO; i < WARC_TYPES; i++)
        if (is_name(value, warc_type_names[i]))
            return (enum warc_type)i;
    return WARC_OTHER;
}

struct header {
    bool has_type, has_length;
};

static int take_field(struct str name, struct str value, struct header *header,
                      struct warc_record *out, struct err *err)
{
    uint64_t length;
    if (is_name(name, "WARC-Type")) {
        out->type = type_of(value);
        header->has_type = value.len > 0;
    } else if (is_name(name, "WARC-Target-URI")) {
        bool wrapped = value.len > 2 && value.ptr[0] == '<'; /* as 1.0's grammar has it */
        out->target = wrapped ? str_slice(value, 1, value.len - 1) : value;
    } else if (is_name(name, "WARC-Date")) {
        out->date = value;
    } else if (is_name(name, "Content-Type")) {
        out->content_type = value;
    } else if (is_name(name, "WARC-Truncated")) {
        out->cut = true;
    } else if (is_name(name, "Content-Length")) {
        if (!str_to_u64(value, &length) || length > INT64_MAX)
            return err_set(err, ERR_FORMAT, "its Content-Length is no number of bytes");
        if (header->has_length && length != out->length)
            return err_set(err, ERR_FORMAT, "it has two Content-Lengths");
        header->has_length = true;
        out->length = length;
    }
    return 0;
}

/* Lines that begin with white space go on with the one before. */
static void unfold(struct str head, struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < head.len; i++) {
        bool folds = head.ptr[i] == '\n' && i + 1 < head.len &&
                     (head.ptr[i + 1] == ' ' || head.ptr[i + 1] == '\t');
        if (head.ptr[i] != '\r' && !folds)
            buf_add_char(out, head.ptr[i]);
    }
}

static int read_head(struct warc *w, struct str head, struct warc_record *out,
                     struct err *err)
{
    struct header header = {0};
    struct str line;
    unfold(head, &w->head);
    struct str rest = buf_str(&w->head);
    str_split(&rest, '\n', &line);
    while (str_split(&rest, '\n', &line) == 1) {
        const char *colon = line.len ? memchr(line.ptr, ':', line.len) : NULL;
        if (line.len == 0)
            continue;
        if (colon == NULL)
            return err_set(err, ERR_FORMAT, "a line of its header has no colon");
        size_t at = (size_t)(colon - line.ptr);
        int rc = take_field(str_trim(str_slice(line, 0, at)),
                            str_trim(str_from(line, at + 1)), &header, out, err);
        if (rc < 0)
            return rc;
    }
    if (!header.has_type)
        return err_set(err, ERR_FORMAT, "it has no WARC-Type");
    if (!header.has_length)
        return err_set(err, ERR_FORMAT, "it has no Content-Length");
    return 0;
}

/* Look on through the header from *at, a line's begin: 1 it ends, *at is behind its empty
 * line; 0 it does not end within `seen`; ERR_FORMAT another record begins at *at. */
static int walk_head(struct str seen, size_t *at, struct err *err)
{
    struct str rest = str_from(seen, *at), line;
    while (str_split(&rest, '\n', &line) == 1 && rest.ptr) {
        if (*at > 0 && is_version(line))
            return err_set(err, ERR_FORMAT, "another record begins within its header");
        *at = seen.len - rest.len;
        if (line.len == 0 || str_is(line, "\r"))
            return 1;
    }
    return 0;
}

/* Peek until all of the header is there: *bytes_out of it, or how far it was looked at.
 */
static int peek_head(struct warc *w, struct str *window, size_t *bytes_out,
                     struct err *err)
{
    int ended = 0, rc = 1;
    *bytes_out = 0;
    while ((ended = walk_head(*window, bytes_out, err)) == 0 && rc == 1) {
        if (window->len > WARC_HEAD_MOST)
            break;
        rc = stream_peek(w->stream, window->len + 1, window, err);
    }
    if (ended < 0 || (ended == 1 && *bytes_out <= WARC_HEAD_MOST))
        return ended;
    if (*bytes_out > WARC_HEAD_MOST || window->len > WARC_HEAD_MOST)
        return err_set(err, ERR_LIMIT, "its header is longer than %zu bytes",
                       WARC_HEAD_MOST);
    *bytes_out = window->len;
    return rc < 0 ? rc : err_set(err, ERR_FORMAT, "the file ends in its header");
}

/* ---- the block ---- */

static bool is_line_end(char c)
{
    return c == '\r' || c == '\n';
}

static size_t line_ends(struct str window, size_t at)
{
    size_t end = at;
    while (end < window.len && end < at + END_BYTES && is_line_end(window.ptr[end]))
        end++;
    return end;
}

/* Behind the block, at `at` of the window: *end_out is where the record ends. The member
 * of gzip that holds it ends with its checksum, which is looked at on the way to what
 * follows. */
static int check_end(struct warc *w, size_t at, struct str *window, size_t *end_out,
                     struct err *err)
{
    int rc = stream_peek(w->stream, at + END_BYTES, window, err);
    size_t end = line_ends(*window, at);
    bool gzip = stream_is_gzip(w->stream);
    *end_out = end;
    if (!gzip &&
        (end - at == END_BYTES || str_starts(str_from(*window, at), STR("\n\n"))))
        return 1;
    rc = stream_peek(w->stream, end + MAGIC.len, window, err);
    struct str rest = str_from(*window, end);
    if (str_starts(rest, MAGIC))
        return 1;
    if (gzip && stream_where(w->stream, end).within == 0)
        return 1; /* what follows is another member, and no matter of ours */
    if (rc < 0)
        return rc;
    if (rest.len == 0)
        return 1;
    return err_set(err, ERR_FORMAT, "its length does not lead to the next record");
}

/* A block that is too long to be held: skipped, and its end looked at. */
static int pass_block(struct warc *w, struct str window, size_t head,
                      struct warc_record *out, struct err *err)
{
    const struct stream_at back = stream_where(w->stream, head);
    uint64_t left = out->length, behind = w->read + head;
    size_t end;
    buf_clear(&w->begin);
    int rc = stream_peek(w->stream, head + WARC_BEGIN_BYTES, &window, err);
    if (rc == 1)
        buf_add(&w->begin, window.ptr + head, WARC_BEGIN_BYTES);
    skip(w, head);
    w->done = 0;
    while (rc == 1 && left > 0) {
        rc = stream_peek(w->stream, left < STEP_BYTES ? (size_t)left : STEP_BYTES,
                         &window, err);
        size_t n = window.len < left ? window.len : (size_t)left;
        skip(w, n);
        left -= n;
    }
    if (rc == 0)
        rc = err_set(err, ERR_FORMAT, "the file ends within it");
    if (rc == 1)
        rc = check_end(w, 0, &window, &end, err);
    if (rc == 1) {
        w->done = end;
        out->block = buf_str(&w->begin);
        out->behind = stream_where(w->stream, end);
        return 1;
    }
    struct err why = *err;
    if (behind >= w->again && stream_is_file(w->stream)) {
        w->again = w->read;
        w->read = behind;
        if (stream_seek(w->stream, back, err) < 0)
            return err->code;
    }
    *err = why;
    return rc;
}

static int take_block(struct warc *w, struct str window, size_t head,
                      struct warc_record *out, struct err *err)
{
    size_t end, length = (size_t)out->length;
    if (out->length > stream_left(w->stream)) /* how much there is need not be read */
        return w->growing ? 0 : err_set(err, ERR_FORMAT, "the file ends within it");
    if (out->length > WARC_BLOCK_MOST)
        return pass_block(w, window, head, out, err);
    int rc = stream_peek(w->stream, head + length, &window, err);
    if (rc == 0)
        rc = err_set(err, ERR_FORMAT, "the file ends within it");
    if (rc == 1)
        rc = check_end(w, head + length, &window, &end, err);
    if (rc != 1)
        return rc;
    w->done = end;
    out->block = str_slice(window, head, head + length);
    out->behind = stream_where(w->stream, end);
    return 1;
}

/* ---- records ---- */

/* After an error w->done says from where on a good record is to be looked for: no byte of
 * a header is looked at twice. */
static int read_record(struct warc *w, struct str window, struct warc_record *out,
                       struct err *err)
{
    struct str rest = window, line;
    size_t head;
    str_split(&rest, '\n', &line);
    if (!is_version(line)) {
        bool whole = stream_peek(w->stream, MAGIC_BYTES, &window, err) >= 0;
        return whole ? err_set(err, ERR_FORMAT, "no WARC record begins here") : err->code;
    }
    int rc = peek_head(w, &window, &head, err);
    w->done = head ? head : 1;
    if (rc == 1)
        rc = read_head(w, str_slice(window, 0, head), out, err);
    return rc < 0 ? rc : take_block(w, window, head, out, err);
}

/* Move to where a record begins or should: 1, 0 the end, negative. */
static int move(struct warc *w, struct str *window, struct err *err)
{
    int rc;
    skip(w, w->done);
    w->done = 0;
    if (w->lost) {
        if ((rc = find(w, err)) == 1)
            w->lost = false;
        else
            return rc;
    }
    rc = stream_peek(w->stream, MAGIC_BYTES, window, err);
    while (window->len > 0 && is_line_end(window->ptr[0])) { /* more than are needed */
        skip(w, 1);
        rc = stream_peek(w->stream, MAGIC_BYTES, window, err);
    }
    return window->len > 0 ? 1 : rc;
}

int warc_next(struct warc *w, struct warc_record *out, struct err *err)
{
    struct str window;
    *out = (struct warc_record){0};
    int rc = move(w, &window, err);
    out->at = out->behind = stream_where(w->stream, 0);
    if (rc == 1)
        rc = read_record(w, window, out, err);
    if (rc >= 0)
        return rc;
    if (stream_stopped(w->stream) || (w->growing && stream_at_end(w->stream)))
        return 0;
    w->lost = true;
    return rc;
}
