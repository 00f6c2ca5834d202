#include "worker/feed/archive.h"

#include "proto/base/mem.h"
#include "proto/base/utf8.h"
#include "proto/wire/limits.h"
#include "worker/text/charset.h"
#include "worker/feed/link.h"
#include "worker/feed/markup.h"
#include "worker/text/pubdate.h"
#include "worker/feed/reply.h"

/* So many records are passed over in one call, so that its caller can look elsewhere. */
#define PASSED_AT_ONCE 256

struct archive {
    struct warc *warc;
    struct archive_counts *counts;
    struct buf scratch[2];
};

struct archive *archive_open(struct stream *stream, bool growing,
                             struct archive_counts *counts)
{
    struct archive *a = mem_zero(1, sizeof *a);
    a->warc = warc_open(stream, growing);
    a->counts = counts;
    return a;
}

void archive_close(struct archive **archive)
{
    if (*archive == NULL)
        return;
    warc_close(&(*archive)->warc);
    buf_fini(&(*archive)->scratch[0]);
    buf_fini(&(*archive)->scratch[1]);
    mem_free(*archive);
    *archive = NULL;
}

static struct str url_of(struct str target, struct arena *arena)
{
    struct buf url = {0};
    struct str out = STR_NONE;
    target =
        link_resolve(target, STR_NONE, arena); /* what may not stand there, escaped */
    if (link_is_web(target))
        link_canonical(target, &url);
    if (url.len > 0 && url.len <= LIMIT_FIELD_BYTES &&
        utf8_bad_at(buf_str(&url)) == url.len)
        out = arena_str(arena, buf_str(&url));
    buf_fini(&url);
    return out;
}

static struct str time_of(struct str date, struct arena *arena)
{
    char text[32];
    return date.len > 0 && pubdate_read(date, text) ? arena_str(arena, str_of(text))
                                                    : STR_NONE;
}

static bool is_http(const struct warc_record *record)
{
    return str_starts(record->content_type, STR("application/http"));
}

/* The reason to pass it over, or ARCHIVE_REASONS. Negative: it is broken. */
static int judge(const struct warc_record *record, struct reply *reply, struct err *err)
{
    if (record->type != WARC_RESPONSE)
        return ARCHIVE_NO_RESPONSE;
    if (!is_http(record))
        return ARCHIVE_NO_HTTP;
    int rc = reply_read(record->block, reply, err);
    if (rc < 0)
        return rc;
    if (reply->status != 200)
        return ARCHIVE_NO_200;
    if (!reply_is_type(reply, "text/html"))
        return ARCHIVE_NO_HTML;
    if (!reply_is_readable(reply))
        return ARCHIVE_CODED;
    return reply->rest.len == 0 ? ARCHIVE_EMPTY : ARCHIVE_REASONS;
}

static int read_page(struct archive *a, const struct warc_record *record,
                     const struct reply *reply, struct arena *arena, struct article *out,
                     struct err *err)
{
    struct str body;
    if (record->block.len < record->length)
        return err_set(err, ERR_LIMIT, "its page is longer than %zu bytes",
                       WARC_BLOCK_MOST);
    record_init(&article_table, out);
    int rc = reply_body(reply, record->cut, a->scratch, &body, err);
    if (rc == 0)
        rc = markup_read(body, charset_of_type(reply->type), arena, &out->html, err);
    if (rc < 0)
        return rc;
    out->url = url_of(record->target, arena);
    out->source = link_outlet(out->url);
    out->fetched = time_of(record->date, arena);
    return 0;
}

/* 1 an article, 0 it is passed over, negative it is broken. */
static int take_record(struct archive *a, const struct warc_record *record,
                       struct arena *arena, struct article *out, struct err *err)
{
    struct reply reply;
    int rc = judge(record, &reply, err);
    if (rc == ARCHIVE_REASONS) {
        rc = read_page(a, record, &reply, arena, out, err);
        if (rc == 0) {
            a->counts->pages++;
            return 1;
        }
        if (rc == ERR_FIELD)
            rc = ARCHIVE_EMPTY;
    }
    if (rc < 0)
        return rc;
    a->counts->passed[rc]++;
    return 0;
}

int archive_next(struct archive *a, struct arena *arena, struct archive_item *out,
                 struct article *article_out, struct err *err)
{
    *out = (struct archive_item){0};
    for (int passed = 0; passed < PASSED_AT_ONCE; passed++) {
        struct warc_record record;
        int rc = warc_next(a->warc, &record, err);
        out->at = record.at;
        out->behind = record.behind;
        if (rc == 0) { /* the last that were passed over are done with, too */
            out->passed = passed > 0;
            return out->passed;
        }
        a->counts->records += rc == 1;
        if (rc == 1)
            rc = take_record(a, &record, arena, article_out, err);
        if (rc < 0)
            a->counts->broken++;
        if (rc != 0)
            return rc;
    }
    out->passed = true;
    return 1;
}

void archive_tell(const struct archive_counts *counts, struct buf *out)
{
    static const char *const why[ARCHIVE_REASONS] = {
#define X(name, text) text,
        ARCHIVE_PASSED(X)
#undef X
    };
    const char *mark = "; passed over: ";
    buf_printf(out, "%llu records: %llu pages", (unsigned long long)counts->records,
               (unsigned long long)counts->pages);
    for (int i = 0; i < ARCHIVE_REASONS; i++) {
        if (counts->passed[i] == 0)
            continue;
        buf_printf(out, "%s%llu %s", mark, (unsigned long long)counts->passed[i], why[i]);
        mark = ", ";
    }
    buf_printf(out, "; %llu broken", (unsigned long long)counts->broken);
}
