#include "proto/client/put.h"

#include "proto/base/clock.h"
#include "proto/base/mem.h"
#include "proto/base/random.h"
#include "proto/client/link.h"

#include <assert.h>

#define WINDOW_DEFAULT 16
#define BATCH_DEFAULT  64
#define RESEND_MS      10000
#define PAUSE_MOST_MS  10000
/* Half of what the broker takes: room for the largest article on top. */
#define BATCH_BYTES (LIMIT_BATCH_BYTES / 2)

struct item {
    struct item *prev, *next; /* in the waiting list */
    uint64_t token, order;
    size_t len;
    char bytes[];
};

struct flight {      /* a PUT without an answer; free where count is 0 */
    uint32_t number; /* tells an answer to it from a late one to its predecessor */
    uint32_t count;
    bool sent; /* false: the socket was full, or it is to be sent again */
    uint64_t sent_ms;
    struct item *item[LIMIT_BATCH];
};

struct put {
    struct link link;
    struct put_options options;
    struct item *first, *last; /* waiting, in the order they were added */
    struct flight *flight;
    uint64_t unsettled, unsettled_bytes;
    uint64_t pause_ms, resume_ms; /* after "busy": how long, and until when */
    bool silent;                  /* something had to be sent again; no answer since */
    uint32_t number;
    struct random random;
    struct put_stats stats;
    struct frames frames;
};

int put_open(const struct put_options *options, struct put **put_out, struct err *err)
{
    struct put *put = mem_zero(1, sizeof *put);
    int rc = link_open(&put->link, options->base, &options->identity, FRAME_FEED, err);
    if (rc < 0) {
        mem_free(put);
        return rc;
    }
    put->options = *options;
    if (put->options.window == 0)
        put->options.window = WINDOW_DEFAULT;
    if (put->options.batch == 0)
        put->options.batch = BATCH_DEFAULT;
    if (put->options.batch > LIMIT_BATCH)
        put->options.batch = LIMIT_BATCH;
    if (put->options.resend_ms == 0)
        put->options.resend_ms = RESEND_MS;
    put->flight = mem_zero(put->options.window, sizeof *put->flight);
    uint64_t seed;
    random_secret(&seed, sizeof seed);
    random_seed(&put->random, seed);
    frames_init(&put->frames);
    *put_out = put;
    return 0;
}

static void forget(struct put *put, struct item *item)
{
    put->unsettled--;
    put->unsettled_bytes -= item->len;
    mem_free(item);
}

static void insert_by_order(struct put *put, struct item *item)
{
    /* What comes back is older than most of what waits: look from the front; what is new
     * goes to the end at once. */
    struct item *after = put->last;
    if (after && after->order > item->order) {
        struct item *before = put->first;
        while (before->order < item->order)
            before = before->next;
        after = before->prev;
    }
    item->prev = after;
    item->next = after ? after->next : put->first;
    *(item->prev ? &item->prev->next : &put->first) = item;
    *(item->next ? &item->next->prev : &put->last) = item;
}

static struct item *take_first(struct put *put)
{
    struct item *item = put->first;
    put->first = item->next;
    *(put->first ? &put->first->prev : &put->last) = NULL;
    return item;
}

void put_close(struct put **put_in)
{
    struct put *put = *put_in;
    if (put == NULL)
        return;
    while (put->first)
        forget(put, take_first(put));
    for (uint32_t f = 0; f < put->options.window; f++)
        for (uint32_t i = 0; i < put->flight[f].count; i++)
            forget(put, put->flight[f].item[i]);
    assert(put->unsettled == 0);
    frames_clear(&put->frames);
    link_close(&put->link, false);
    mem_free(put->flight);
    mem_free(put);
    *put_in = NULL;
}

int put_add(struct put *put, const struct article *article, uint64_t token,
            struct err *err)
{
    const uint64_t most = (uint64_t)put->options.window * put->options.batch;
    if (put->unsettled >= most ||
        put->unsettled_bytes >= (uint64_t)put->options.window * BATCH_BYTES)
        return 0;
    struct buf buf = {0};
    record_encode(&article_table, article, &buf);
    if (buf.len > LIMIT_ARTICLE_BYTES) {
        int rc = err_set(err, ERR_LIMIT, "the article is %zu bytes long, %d are allowed",
                         buf.len, LIMIT_ARTICLE_BYTES);
        buf_fini(&buf);
        return rc;
    }
    struct item *item = mem_alloc(sizeof *item + buf.len);
    item->token = token;
    item->order = put->stats.added++;
    item->len = buf.len;
    memcpy(item->bytes, buf.ptr, buf.len);
    insert_by_order(put, item);
    put->unsettled++;
    put->unsettled_bytes += item->len;
    buf_fini(&buf);
    return 1;
}

static void pause_after_busy(struct put *put, uint64_t retry_ms, uint64_t now_ms)
{
    if (now_ms < put->resume_ms)
        return; /* another answer of the same time */
    put->pause_ms *= 2;
    if (put->pause_ms < retry_ms)
        put->pause_ms = retry_ms;
    if (put->pause_ms < 1)
        put->pause_ms = 1;
    if (put->pause_ms > PAUSE_MOST_MS)
        put->pause_ms = PAUSE_MOST_MS;
    put->resume_ms =
        now_ms + put->pause_ms + random_below(&put->random, put->pause_ms / 4 + 1);
}

static void settle(struct put *put, struct item *item,
                   const struct message_result *result, uint64_t now_ms)
{
    switch (result->status) {
    case STATUS_BUSY:
        put->stats.busy++;
        insert_by_order(put, item);
        pause_after_busy(put, result->retry_ms == UINT64_MAX ? 0 : result->retry_ms,
                         now_ms);
        return;
    case STATUS_STORED:
        put->stats.stored++;
        put->pause_ms = 0;
        break;
    case STATUS_DUPLICATE:
        put->stats.duplicate++;
        break;
    default:
        put->stats.rejected++;
    }
    uint64_t token = item->token;
    forget(put, item);
    if (put->options.settled)
        put->options.settled(put->options.context, token, result);
}

static int handle_ack(struct put *put, struct err *err)
{
    struct message_ack ack;
    struct str tag = frames_get(&put->frames, 1);
    uint32_t mark[2];
    if (tag.len != sizeof mark)
        return 0; /* not ours */
    memcpy(mark, tag.ptr, sizeof mark);
    if (mark[0] >= put->options.window)
        return 0;
    struct flight *flight = &put->flight[mark[0]];
    if (flight->number != mark[1] || flight->count == 0)
        return 0; /* the second answer, to what was sent again */
    arena_reset(&put->link.arena);
    int rc = record_decode(&message_ack_table, frames_get(&put->frames, 2),
                           &put->link.arena, &ack, err);
    if (rc < 0)
        return err_prefix(err, "ACK"), rc;
    if (ack.results.count != flight->count)
        return err_set(err, ERR_FORMAT, "ACK has %u results for %u articles",
                       ack.results.count, flight->count);
    const struct message_result *result = ack.results.item;
    uint64_t now_ms = clock_now_ms();
    uint32_t count = flight->count;
    put->silent = false;
    flight->count = 0;
    for (uint32_t i = 0; i < count; i++)
        settle(put, flight->item[i], &result[i], now_ms);
    return 0;
}

/* 1 something came, 0 nothing. */
static int handle_answers(struct put *put, struct err *err)
{
    int any = 0, rc;
    while ((rc = link_recv(&put->link, &put->frames, err)) > 0) {
        enum message message = message_of(frames_get(&put->frames, 0));
        any = 1;
        rc = 0;
        if (message == MESSAGE_ACK)
            rc = handle_ack(put, err);
        else if (message == MESSAGE_ERROR)
            rc = link_error(&put->link, &put->frames, err);
        if (rc < 0)
            return rc;
    }
    return rc < 0 ? rc : any;
}

static void add_head(const struct put *put, struct frames *frames)
{
    const struct message_offer head = {str_of(put->options.feed),
                                       str_of(put->options.lane)};
    struct buf bytes = {0};
    record_encode(&message_offer_table, &head, &bytes);
    frames_add(frames, buf_str(&bytes));
    buf_fini(&bytes);
}

static int send_flight(struct put *put, uint32_t index, uint64_t now_ms, struct err *err)
{
    struct flight *flight = &put->flight[index];
    uint32_t mark[2] = {index, flight->number};
    struct frames frames;
    frames_init(&frames);
    bool offers = put->options.feed || put->options.lane;
    frames_add_text(&frames, message_name(offers ? MESSAGE_OFFER : MESSAGE_PUT));
    frames_add(&frames, str_make((const char *)mark, sizeof mark));
    if (offers)
        add_head(put, &frames);
    for (uint32_t i = 0; i < flight->count; i++)
        frames_add(&frames, str_make(flight->item[i]->bytes, flight->item[i]->len));
    int rc = link_send(&put->link, &frames, err);
    frames_clear(&frames);
    flight->sent = rc > 0;
    flight->sent_ms = now_ms;
    return rc;
}

static void fill_flight(struct put *put, struct flight *flight)
{
    size_t bytes = 0;
    flight->number = ++put->number;
    flight->count = 0;
    while (put->first && flight->count < put->options.batch &&
           (flight->count == 0 || bytes + put->first->len <= BATCH_BYTES)) {
        bytes += put->first->len;
        flight->item[flight->count++] = take_first(put);
    }
}

/* What has been silent for too long is marked to be sent again. */
static int find_silent(struct put *put, uint64_t now_ms, struct err *err)
{
    bool dead = now_ms - put->link.heard_ms >= put->options.resend_ms;
    bool late = false;
    for (uint32_t f = 0; f < put->options.window; f++) {
        struct flight *flight = &put->flight[f];
        if (flight->count == 0 || !flight->sent ||
            now_ms - flight->sent_ms < put->options.resend_ms)
            continue;
        flight->sent = false;
        late = true;
        put->stats.resent += flight->count;
    }
    put->silent |= late;
    if (!put->link.parted && !(late && dead))
        return 0;
    /* Nothing at all was heard, or will be: what lies in the queue would come twice. */
    for (uint32_t f = 0; f < put->options.window; f++)
        put->flight[f].sent = false;
    return link_again(&put->link, err);
}

static int send_due(struct put *put, struct err *err)
{
    uint64_t now_ms = clock_now_ms();
    int rc = find_silent(put, now_ms, err);
    for (uint32_t f = 0; rc >= 0 && f < put->options.window; f++) {
        struct flight *flight = &put->flight[f];
        if (flight->count == 0 && put->first && now_ms >= put->resume_ms)
            fill_flight(put, flight);
        else if (flight->count == 0 || flight->sent)
            continue;
        rc = send_flight(put, f, now_ms, err);
        if (rc == 0)
            return 0; /* full */
    }
    return rc < 0 ? rc : 1;
}

/* Milliseconds until something is due. */
static uint64_t due_ms(const struct put *put)
{
    uint64_t now_ms = clock_now_ms(), at = UINT64_MAX;
    bool room = false;
    for (uint32_t f = 0; f < put->options.window; f++) {
        const struct flight *flight = &put->flight[f];
        if (flight->count == 0)
            room = true;
        else if (flight->sent && flight->sent_ms + put->options.resend_ms < at)
            at = flight->sent_ms + put->options.resend_ms;
    }
    if (room && put->first && put->resume_ms < at)
        at = put->resume_ms;
    return at > now_ms ? at - now_ms : 0;
}

int put_turn(struct put *put, uint64_t wait_ms, struct err *err)
{
    int any = handle_answers(put, err);
    int rc = any < 0 ? any : send_due(put, err);
    if (rc < 0)
        return rc;
    if (!any && wait_ms > 0 && put->unsettled > 0) {
        uint64_t due = due_ms(put);
        if (due > 0 || rc == 0)
            link_wait(&put->link, wait_ms < due || rc == 0 ? wait_ms : due,
                      ZMQ_POLLIN | (rc == 0 ? ZMQ_POLLOUT : 0));
        if ((rc = handle_answers(put, err)) < 0 || (rc = send_due(put, err)) < 0)
            return rc;
    }
    return put->unsettled > 0;
}

void put_stats(const struct put *put, struct put_stats *out)
{
    *out = put->stats;
    out->waiting = put->silent || clock_now_ms() < put->resume_ms;
}

void *put_socket(struct put *put)
{
    return put->link.socket;
}
