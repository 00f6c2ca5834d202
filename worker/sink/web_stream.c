#include "worker/sink/web_stream.h"

#include "proto/base/mem.h"
#include "worker/sink/rows.h"
#include "worker/sink/web_api.h"

#include <inttypes.h>
#include <sqlite3.h>

#define FILL_ROWS 500 /* in one go: others wait meanwhile */

struct web_stream {
    struct web_filter filter; /* points into text */
    struct buf text;
    uint64_t at;      /* position: this entry and all before have been sent */
    uint64_t sent_ms; /* the last time anything was */
    bool greeted;
};

static int find_begin(struct web_stream *stream, const struct web_request *request,
                      uint64_t now_at, struct err *err)
{
    struct web_filter *filter = &stream->filter;
    stream->at = now_at;
    if (request->last_event_id.len)
        return str_to_u64(request->last_event_id, &stream->at) &&
                       stream->at < INT64_MAX / ROWS_ENTRY
                   ? 0
                   : err_set(err, ERR_USAGE, "Last-Event-ID takes a position: 17");
    if (filter->oldest && filter->after == UINT64_MAX)
        return err_set(err, ERR_USAGE, "after takes a position: 17");
    if (filter->oldest)
        stream->at = filter->after / ROWS_ENTRY;
    return 0;
}

int web_stream_new(const struct web_request *request, uint64_t now_at,
                   struct web_stream **out, struct err *err)
{
    struct web_stream *stream = mem_zero(1, sizeof *stream);
    int rc = web_filter_read(request, &stream->filter, err);
    if (rc == 0)
        rc = find_begin(stream, request, now_at, err);
    if (rc < 0) {
        mem_free(stream);
        return rc;
    }
    /* The request does not outlive this call: its values are kept here. */
    size_t total = 0;
    for (int i = 0; i < WEB_FIELDS; i++)
        total += stream->filter.value[i].len;
    buf_reserve(&stream->text, total + 1);
    for (int i = 0; i < WEB_FIELDS; i++) {
        struct str *value = &stream->filter.value[i];
        const char *copy = stream->text.ptr + stream->text.len;
        if (value->ptr == NULL)
            continue;
        buf_add_str(&stream->text, *value);
        value->ptr = copy;
    }
    stream->filter.oldest = true;
    *out = stream;
    return 0;
}

void web_stream_free(struct web_stream **stream)
{
    if (*stream)
        buf_fini(&(*stream)->text);
    mem_free(*stream);
    *stream = NULL;
}

static void begin_event(uint64_t seq, struct sqlite3_stmt *statement, struct buf *out)
{
    buf_printf(out, "id: %" PRIu64 "\nevent: entry\ndata: {\"facts\":[", seq);
    web_api_fact(statement, out);
}

/* The rows of whole entries: the last one only where it cannot have been cut off. */
static int add_rows(struct web_stream *stream, struct sqlite3_stmt *statement,
                    uint64_t last, struct buf *out, struct err *err)
{
    uint64_t seq = 0, rows = 0;
    size_t whole = out->len;
    int rc;
    while ((rc = web_step(statement, err)) == 1) {
        uint64_t of = (uint64_t)sqlite3_column_int64(statement, 0);
        if (of != seq && seq) {
            buf_add_str(out, STR("]}\n\n"));
            whole = out->len;
            stream->at = seq;
            if (rows >= FILL_ROWS) {
                return 1;
            }
        }
        if (of != seq) {
            begin_event(of, statement, out);
        } else {
            buf_add_char(out, ',');
            web_api_fact(statement, out);
        }
        seq = of;
        rows++;
    }
    if (rc < 0) {
        out->len = whole; /* what was begun is not sent */
        return rc;
    }
    if (seq)
        buf_add_str(out, STR("]}\n\n"));
    stream->at = last;
    return 0;
}

int web_stream_fill(struct web_stream *stream, struct sqlite3 *db, uint64_t last,
                    uint64_t now_ms, struct buf *out, struct err *err)
{
    size_t had = out->len;
    int rc = 0;
    if (!stream->greeted)
        buf_printf(out, "retry: 2000\nid: %" PRIu64 "\nevent: begin\ndata: {}\n\n",
                   stream->at);
    stream->greeted = true;
    if (last > stream->at) {
        struct sqlite3_stmt *statement = NULL;
        stream->filter.after = stream->at * ROWS_ENTRY + ROWS_ENTRY - 1;
        stream->filter.before = (last + 1) * ROWS_ENTRY;
        stream->filter.limit = ROWS_ENTRY + FILL_ROWS;
        rc = web_query(db, WEB_FACTS, WEB_FACT_COLUMNS, &stream->filter, &statement, err);
        if (rc == 0)
            rc = add_rows(stream, statement, last, out, err);
        sqlite3_finalize(statement);
    }
    if (rc >= 0 && out->len == had && now_ms - stream->sent_ms >= WEB_BEAT_MS)
        buf_printf(out, "id: %" PRIu64 "\nevent: beat\ndata: {}\n\n", stream->at);
    if (out->len > had)
        stream->sent_ms = now_ms;
    return rc;
}
