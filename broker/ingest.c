/* A PUT under way is one allocation: its results, and a buffer with the texts they point
 * into (routing id, tag, ids, errors) by offset. While the journal works, a ticket leads
 * to its result; the result leads to its PUT. */

#include "broker/ingest.h"

#include "proto/base/map.h"
#include "proto/base/mem.h"
#include "proto/wire/article.h"
#include "proto/wire/message.h"
#include "proto/wire/scan.h"

#include <assert.h>

/* When to come back: the queue shrinks as workers read; the disk is tried every second.
 */
#define RETRY_FULL_MS     200
#define RETRY_DEGRADED_MS 1000

/* An article has no lists; what it costs is its record. */
#define ARENA_BYTES (1024 * 1024)

enum { FRAME_ID, FRAME_COMMAND, FRAME_TAG, FRAME_PUT_FIRST, FRAME_OFFER_FIRST };

struct piece {
    uint32_t at, len; /* in put.text; len 0: absent */
};

struct result {
    struct put *put;
    int status;
    struct piece id;
    uint64_t seq, retry_ms;
    int code; /* 0: no error */
    struct piece text;
};

struct put {
    struct put *next;
    struct buf text;
    struct piece peer, tag;
    uint32_t count, open; /* results; those not decided */
    struct result result[];
};

struct ingest {
    struct journal *journal;
    struct share *share;
    struct ingest_from from; /* of the PUT being read */
    struct buf note;         /* of its articles */
    bool is_over;            /* the article being read is beyond its key's rate */
    struct ingest_limits limits;
    bool closed;
    uint64_t unfinished, unfinished_bytes; /* as the journal said, and what came since */
    struct map *by_ticket;
    struct put *first, **last; /* decided, to be answered */
    struct arena arena;
    struct buf scratch;
    struct ingest_metrics metrics;
};

struct ingest *ingest_new(struct journal *journal, struct share *share,
                          const struct ingest_limits *limits)
{
    struct ingest *in = mem_zero(1, sizeof *in);
    *in = (struct ingest){.journal = journal,
                          .share = share,
                          .limits = *limits,
                          .by_ticket = map_new(),
                          .metrics = METRIC_INIT(INGEST_METRICS)};
    in->last = &in->first;
    arena_init(&in->arena, ARENA_BYTES);
    return in;
}

static void free_put(struct put *put)
{
    buf_fini(&put->text);
    mem_free(put);
}

/* PUTs whose tickets never settled are found through those tickets. */
static void free_unsettled(struct ingest *in)
{
    size_t cursor = 0;
    struct str key;
    uint64_t value;
    while (map_next(in->by_ticket, &cursor, &key, &value)) {
        struct put *put = ((struct result *)(uintptr_t)value)->put;
        if (--put->open == 0)
            free_put(put);
    }
}

void ingest_free(struct ingest **ingest)
{
    struct ingest *in = *ingest;
    if (in == NULL)
        return;
    free_unsettled(in);
    while (in->first) {
        struct put *put = in->first;
        in->first = put->next;
        free_put(put);
    }
    map_free(&in->by_ticket);
    arena_fini(&in->arena);
    buf_fini(&in->scratch);
    buf_fini(&in->note);
    mem_free(in);
    *ingest = NULL;
}

void ingest_set_limits(struct ingest *ingest, const struct ingest_limits *limits)
{
    ingest->limits = *limits;
}

void ingest_close(struct ingest *ingest)
{
    ingest->closed = true;
}

void ingest_queue(struct ingest *ingest, uint64_t unfinished, uint64_t unfinished_bytes)
{
    ingest->unfinished = unfinished;
    ingest->unfinished_bytes = unfinished_bytes;
    ingest->metrics.queued_bytes.value = unfinished_bytes;
}

struct ingest_metrics *ingest_metrics(struct ingest *ingest)
{
    return &ingest->metrics;
}

/* ---- results ---- */

static struct piece keep(struct put *put, struct str s)
{
    struct piece piece = {(uint32_t)put->text.len, (uint32_t)s.len};
    buf_add_str(&put->text, s);
    return piece;
}

static struct str piece_str(const struct put *put, struct piece piece)
{
    return piece.len ? str_make(put->text.ptr + piece.at, piece.len) : STR_NONE;
}

static void decide(struct ingest *in, struct result *result, int status)
{
    struct put *put = result->put;
    result->status = status;
    if (--put->open > 0)
        return;
    put->next = NULL;
    *in->last = put;
    in->last = &put->next;
}

static void reject(struct ingest *in, struct result *result, int code, const char *text)
{
    in->metrics.rejected.value++;
    result->code = code;
    result->text = keep(result->put, str_of(text));
    decide(in, result, STATUS_REJECTED);
}

/* code 0: nothing is wrong but the queue is full. */
static void send_away(struct ingest *in, struct result *result, int code,
                      const char *text)
{
    in->metrics.busy.value++;
    result->retry_ms = code ? RETRY_DEGRADED_MS : RETRY_FULL_MS;
    result->code = code;
    if (code)
        result->text = keep(result->put, str_of(text));
    decide(in, result, STATUS_BUSY);
}

/* ---- articles ---- */

static bool is_full(const struct ingest *in, size_t size_bytes)
{
    return in->unfinished >= in->limits.queue_articles ||
           in->unfinished_bytes + size_bytes > in->limits.queue_bytes;
}

/* Has its feed as much waiting as it may, beside the others? */
static bool is_crowded(const struct ingest *in)
{
    uint64_t room = in->limits.queue_articles - in->unfinished;
    uint64_t mean = in->unfinished ? in->unfinished_bytes / in->unfinished : 0;
    uint64_t bytes = in->limits.queue_bytes - in->unfinished_bytes;
    if (mean > 0 && bytes / mean < room)
        room = bytes / mean;
    return !share_admits(in->share, in->from.feed, in->from.lane, room);
}

/* Is its key at one of the limits that the allow list sets? */
static bool is_limited(const struct ingest *in)
{
    return in->is_over || (in->from.waiting &&
                           share_waiting(in->share, in->from.feed) >= in->from.waiting);
}

static void hold_off(struct ingest *in, struct result *result)
{
    in->metrics.limited.value++;
    send_away(in, result, ERR_LIMIT,
              in->is_over ? "faster than this key may put"
                          : "as many articles wait as this key may have");
    if (in->is_over)
        result->retry_ms = in->from.over_ms;
}

static bool is_paused(const struct ingest *in)
{
    const struct share_feed *feed = share_at(in->share, in->from.feed);
    return feed && feed->paused;
}

/* The article with its id put first: the map's header counts one pair more. */
static struct str add_id(struct ingest *in, struct article *article, struct str frame,
                         char id[19])
{
    struct scan scan = scan_begin(frame);
    struct scan_value map;
    article_make_id(article, id);
    article->id = str_of(id);
    if (scan_next(&scan, &map) != 1)
        return frame;
    struct str pairs = str_from(frame, (size_t)(scan_inside(&map).at - frame.ptr));
    uint32_t count = map.count + 1;
    unsigned char head[5] = {0xdf, (unsigned char)(count >> 24),
                             (unsigned char)(count >> 16), (unsigned char)(count >> 8),
                             (unsigned char)count};
    unsigned char small = (unsigned char)(0x80 | count);
    struct buf *out = &in->scratch;
    buf_clear(out);
    buf_add(out, count < 16 ? &small : head, count < 16 ? 1 : sizeof head);
    buf_add(out, "\xa2id\xb2", 4); /* a key of 2 bytes, a string of 18 */
    buf_add_str(out, article->id);
    buf_add_str(out, pairs);
    return buf_str(out);
}

static int append(struct ingest *in, struct result *result, struct str id,
                  struct str bytes, struct err *err)
{
    uint64_t ticket;
    int rc =
        journal_append_noted(in->journal, id, bytes, buf_str(&in->note), &ticket, err);
    if (rc < 0)
        return rc;
    share_expect(in->share, in->from.feed, in->from.lane);
    map_put(in->by_ticket, str_make((const char *)&ticket, sizeof ticket),
            (uint64_t)(uintptr_t)result);
    in->unfinished++;
    in->unfinished_bytes += bytes.len;
    return 0;
}

/* 1 it waits for the journal, 0 it is decided. */
static int take_in(struct ingest *in, struct result *result, struct str frame)
{
    struct article article;
    struct err err = {0};
    char id[19];
    int rc = frame.len > LIMIT_ARTICLE_BYTES
                 ? err_set(&err, ERR_LIMIT, "article has %zu bytes, at most %d are taken",
                           frame.len, LIMIT_ARTICLE_BYTES)
                 : article_decode(frame, &in->arena, &article, &err);
    if (rc < 0) {
        reject(in, result, err.code, err.text);
        return 0;
    }
    if (article.id.ptr == NULL)
        frame = add_id(in, &article, frame, id);
    result->id = keep(result->put, article.id);
    if (in->closed || is_full(in, frame.len)) {
        send_away(in, result, 0, NULL);
        return 0;
    }
    if (is_limited(in)) {
        hold_off(in, result);
        return 0;
    }
    if (is_crowded(in)) {
        bool paused = is_paused(in);
        send_away(in, result, paused ? ERR_STATE : 0, "this feed is paused");
        return 0;
    }
    rc = append(in, result, article.id, frame, &err);
    if (rc == ERR_FULL)
        send_away(in, result, 0, NULL);
    else if (rc < 0)
        send_away(in, result, err.code, err.text);
    return rc == 0;
}

static int first_article(const struct frames *message)
{
    return message_of(frames_get(message, FRAME_COMMAND)) == MESSAGE_OFFER
               ? FRAME_OFFER_FIRST
               : FRAME_PUT_FIRST;
}

static int check_message(struct ingest *in, const struct frames *message, struct err *err)
{
    size_t bytes = 0;
    int rc = 0, first = first_article(message);
    for (int i = first; i < message->count; i++)
        bytes += frames_get(message, i).len;
    if (message->count <= first)
        rc = err_set(err, ERR_USAGE, "PUT needs a tag and at least one article");
    else if (frames_get(message, FRAME_TAG).len > LIMIT_TAG_BYTES)
        rc = err_set(err, ERR_LIMIT, "a tag has at most %d bytes", LIMIT_TAG_BYTES);
    else if (message->truncated || message->count - first > LIMIT_BATCH)
        rc = err_set(err, ERR_LIMIT, "a PUT has at most %d articles", LIMIT_BATCH);
    else if (bytes > LIMIT_BATCH_BYTES)
        rc = err_set(err, ERR_LIMIT, "a PUT has at most %d bytes", LIMIT_BATCH_BYTES);
    in->metrics.malformed.value += rc < 0;
    return rc;
}

int ingest_put(struct ingest *ingest, const struct frames *message,
               const struct ingest_from *from, uint32_t *appended_out, struct err *err)
{
    int first = first_article(message);
    *appended_out = 0;
    int rc = check_message(ingest, message, err);
    if (rc < 0)
        return rc;
    uint32_t count = (uint32_t)(message->count - first);
    struct put *put = mem_zero(1, sizeof *put + count * sizeof put->result[0]);
    put->count = put->open = count;
    put->peer = keep(put, frames_get(message, FRAME_ID));
    put->tag = keep(put, frames_get(message, FRAME_TAG));
    ingest->metrics.puts.value++;
    ingest->from = *from;
    buf_clear(&ingest->note);
    note_begin(from->lane, from->name, &ingest->note);
    for (uint32_t i = 0; i < count; i++) {
        put->result[i].put = put;
        arena_reset(&ingest->arena);
        ingest->is_over = i + from->over >= count;
        *appended_out += (uint32_t)take_in(ingest, &put->result[i],
                                           frames_get(message, first + (int)i));
    }
    return 0;
}

void ingest_settled(struct ingest *ingest, const struct journal_outcome *outcome,
                    const struct err *cause)
{
    uint64_t value;
    struct str key = str_make((const char *)&outcome->ticket, sizeof outcome->ticket);
    if (!map_get(ingest->by_ticket, key, &value))
        return;
    map_del(ingest->by_ticket, key);
    struct result *result = (struct result *)(uintptr_t)value;
    result->seq = outcome->seq;
    if (outcome->error == 0 && !outcome->duplicate) {
        ingest->metrics.stored.value++;
        decide(ingest, result, STATUS_STORED);
        return;
    }
    if (outcome->error < 0) {
        send_away(ingest, result, outcome->error,
                  cause->code ? cause->text : err_meaning(outcome->error));
    } else if (outcome->differs) {
        reject(ingest, result, ERR_CONFLICT, "this id exists with other content");
    } else {
        ingest->metrics.duplicate.value++;
        decide(ingest, result, STATUS_DUPLICATE);
    }
}

/* ---- answers ---- */

static void count_for(struct peer *feeder, int status)
{
    if (feeder == NULL)
        return;
    feeder->stored += status == STATUS_STORED;
    feeder->duplicate += status == STATUS_DUPLICATE;
    feeder->rejected += status == STATUS_REJECTED;
    feeder->busy += status == STATUS_BUSY;
}

static void fill(const struct result *result, struct message_result *out,
                 struct message_error *error)
{
    bool placed = result->status == STATUS_STORED || result->status == STATUS_DUPLICATE;
    record_init(&message_result_table, out);
    out->status = result->status;
    out->id = piece_str(result->put, result->id);
    if (placed)
        out->seq = result->seq;
    if (result->status == STATUS_BUSY)
        out->retry_ms = result->retry_ms;
    if (result->code == 0)
        return;
    *error = (struct message_error){str_of(err_name(result->code)),
                                    piece_str(result->put, result->text)};
    out->error = error;
}

int ingest_answer(struct ingest *ingest, const struct peers *feeders, struct frames *out)
{
    struct put *put = ingest->first;
    if (put == NULL)
        return 0;
    ingest->first = put->next;
    if (put->next == NULL)
        ingest->last = &ingest->first;

    arena_reset(&ingest->arena);
    struct message_result *results =
        arena_zero(&ingest->arena, put->count, sizeof *results);
    struct message_error *errors = arena_zero(&ingest->arena, put->count, sizeof *errors);
    struct peer *feeder = peers_find(feeders, piece_str(put, put->peer));
    for (uint32_t i = 0; i < put->count; i++) {
        fill(&put->result[i], &results[i], &errors[i]);
        count_for(feeder, put->result[i].status);
    }
    struct message_ack ack = {.results = {.item = results, .count = put->count}};
    buf_clear(&ingest->scratch);
    record_encode(&message_ack_table, &ack, &ingest->scratch);
    frames_clear(out);
    frames_add(out, piece_str(put, put->peer));
    frames_add_text(out, message_name(MESSAGE_ACK));
    frames_add(out, put->tag.len ? piece_str(put, put->tag) : STR(""));
    frames_add(out, buf_str(&ingest->scratch));
    free_put(put);
    return 1;
}
