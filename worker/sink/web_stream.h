#ifndef WORKER_SINK_WEB_STREAM_H
#define WORKER_SINK_WEB_STREAM_H

/* What one reader of /api/v1/stream is sent: server-sent events, one for each article whose
 * facts pass its filters, in the log's order, with the position as id; so that a reader who
 * comes back (Last-Event-ID) goes on exactly there. Read from the store as the reader takes
 * them: a slow one costs a position, no memory. */

#include "worker/sink/web_query.h"

struct web_stream;

#define WEB_BEAT_MS 10000 /* a comment at least so often: proxies and readers wait for it */

/* New. It begins behind Last-Event-ID, or else `after`, or else `now_at`: only what comes. */
int web_stream_new(const struct web_request *request, uint64_t now_at,
                   struct web_stream **out, struct err *err);
void web_stream_free(struct web_stream **stream);
/* Append what there is up to position `last`, some 64 KB at most: 1 there may be more, 0
 * nothing now, negative: over. */
int web_stream_fill(struct web_stream *stream, struct sqlite3 *db, uint64_t last,
                    uint64_t now_ms, struct buf *out, struct err *err);

#endif
