#include "worker/feed/outbox.h"

#include "proto/base/clock.h"
#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "worker/feed/entry.h"

struct batch { /* of one feed, until it goes back */
    struct batch *next;
    struct watch_feed *feed;
    uint64_t waiting, found;
    bool whole; /* all its entries were put */
};

struct slip {            /* of one article: its token is its place */
    struct batch *batch; /* NULL: free */
    uint64_t who, says;
    uint64_t next_free;
};

struct outbox {
    struct outbox_options options;
    struct watch *watch;
    struct put *put;
    struct batch *batches, *taking; /* taking is the one that is being put */
    struct rss_feed read;
    struct map *repeated;
    uint32_t at; /* next entry of read */
    struct slip *slip;
    uint64_t count, cap, free, waiting;
    struct err failure; /* of noting what was answered */
    struct outbox_metrics metrics;
};

#define NO_SLIP UINT64_MAX

struct outbox *outbox_new(const struct outbox_options *options)
{
    struct outbox *o = mem_zero(1, sizeof *o);
    const struct outbox_metrics metrics = METRIC_INIT(OUTBOX_METRICS);
    o->options = *options;
    o->metrics = metrics;
    o->free = NO_SLIP;
    return o;
}

void outbox_connect(struct outbox *o, struct watch *watch, struct put *put)
{
    o->watch = watch;
    o->put = put;
}

void outbox_free(struct outbox **outbox)
{
    struct outbox *o = *outbox;
    if (o == NULL)
        return;
    for (struct batch *b = o->batches, *next; b; b = next) {
        next = b->next;
        mem_free(b);
    }
    map_free(&o->repeated);
    mem_free(o->slip);
    mem_free(o);
    *outbox = NULL;
}

void outbox_take(struct outbox *o, struct watch_feed *feed, const struct rss_feed *read)
{
    struct batch *batch = mem_zero(1, sizeof *batch);
    *batch = (struct batch){.next = o->batches, .feed = feed};
    o->batches = o->taking = batch;
    o->read = *read;
    o->at = 0;
    map_free(&o->repeated);
    o->repeated = entry_repeated(read);
}

static uint64_t take_slip(struct outbox *o, const struct entry *entry)
{
    uint64_t token = o->free;
    if (token == NO_SLIP) {
        if (o->count == o->cap) {
            o->cap = o->cap ? o->cap * 2 : 256;
            o->slip = mem_grow(o->slip, o->cap, sizeof *o->slip);
        }
        token = o->count++;
    } else {
        o->free = o->slip[token].next_free;
    }
    o->slip[token] = (struct slip){o->taking, entry->who, entry->says, NO_SLIP};
    return token;
}

static void give_back(struct outbox *o, uint64_t token)
{
    o->slip[token] = (struct slip){.next_free = o->free};
    o->free = token;
}

static uint64_t feed_hash(const struct watch_feed *feed)
{
    return hash64(str_of(watch_url(feed)), 0);
}

/* Is it to be put? 1, 0 or negative. */
static int is_wanted(struct outbox *o, const struct entry *entry, uint64_t now_ms,
                     struct err *err)
{
    uint64_t revisions;
    int seen = rss_state_seen(o->options.state, entry->who, feed_hash(o->taking->feed),
                              entry->says, now_ms, &revisions, err);
    if (seen == SEEN_EDITED)
        return revisions <= o->options.revisions_most;
    return seen < 0 ? seen : seen == SEEN_NOT;
}

static int put_entry(struct outbox *o, const struct rss_entry *read, uint64_t now_ms,
                     struct err *err)
{
    struct entry entry;
    if (!entry_make(&o->read, read, o->repeated, watch_at(o->taking->feed),
                    o->options.arena, &entry))
        return 1;
    int rc = is_wanted(o, &entry, now_ms, err);
    if (rc <= 0)
        return rc < 0 ? rc : 1;
    uint64_t token = take_slip(o, &entry);
    struct err why = {0};
    rc = o->put ? put_add(o->put, &entry.article, token, &why) : 0;
    if (rc > 0) {
        o->waiting++;
        o->taking->waiting++;
        return 1;
    }
    give_back(o, token);
    if (rc == 0)
        return 0;
    o->metrics.rejected.value++;
    o->options.tell(o->options.context, watch_url(o->taking->feed), &why);
    rc = rss_state_mark(o->options.state, entry.who, feed_hash(o->taking->feed),
                        entry.says, now_ms, err);
    return rc < 0 ? rc : 1;
}

int outbox_push(struct outbox *o, uint64_t now_ms, struct err *err)
{
    int rc = 1;
    while (o->taking && o->at < o->read.entries.count) {
        /* The last is put first: feeds have the newest on top. */
        uint32_t at = o->read.entries.count - 1 - o->at;
        rc = put_entry(o, &o->read.entries.item[at], now_ms, err);
        if (rc <= 0)
            return rc < 0 ? rc : 1;
        o->at++;
        o->metrics.entries.value++;
    }
    if (o->taking)
        o->taking->whole = true;
    o->taking = NULL;
    return 0;
}

void outbox_settle(void *context, uint64_t token, const struct message_result *result)
{
    struct outbox *o = context;
    struct slip slip = o->slip[token];
    bool there =
        result->status == STATUS_REJECTED && result->error &&
        str_is(result->error->code, "conflict"); /* it says the same: see entry.h */
    uint64_t revisions;
    give_back(o, token);
    o->waiting--;
    slip.batch->waiting--;
    if (result->status == STATUS_REJECTED && !there) {
        struct err why;
        err_set(&why, ERR_FIELD, "rejected: %.*s",
                STR_ARG(result->error ? result->error->text : STR("")));
        o->metrics.rejected.value++;
        o->options.tell(o->options.context, watch_url(slip.batch->feed), &why);
    } else if (result->status == STATUS_STORED) {
        o->metrics.stored.value++;
        slip.batch->found++;
    } else {
        o->metrics.duplicate.value++;
    }
    uint64_t now_ms = clock_wall_ms(), feed = feed_hash(slip.batch->feed);
    struct err *err = &o->failure;
    int seen = rss_state_seen(o->options.state, slip.who, feed, slip.says, now_ms,
                              &revisions, err);
    if (seen == SEEN_EDITED)
        o->metrics.edited.value++;
    else if (seen == SEEN_NOT)
        o->metrics.new_entries.value++;
    if (seen >= 0)
        rss_state_mark(o->options.state, slip.who, feed, slip.says, now_ms, err);
}

int outbox_return(struct outbox *o, uint64_t now_ms, struct err *err)
{
    struct batch **at = &o->batches;
    if (o->failure.code) {
        *err = o->failure;
        return err->code;
    }
    while (*at) {
        struct batch *batch = *at;
        if (!batch->whole || batch->waiting) {
            at = &batch->next;
            continue;
        }
        *at = batch->next;
        int rc = watch_settled(o->watch, batch->feed, batch->found, now_ms, err);
        mem_free(batch);
        if (rc < 0)
            return rc;
    }
    return 0;
}

size_t outbox_waiting(const struct outbox *o)
{
    return o->waiting;
}

struct outbox_metrics *outbox_metrics(struct outbox *o)
{
    return &o->metrics;
}
