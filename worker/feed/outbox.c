#include "worker/feed/outbox.h"

#include "proto/base/clock.h"
#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/wire/limits.h"
#include "worker/feed/link.h"

/* A record has room for a page and so much of a feed's text besides, to be read where the
 * page holds no article. */
#define TEXT_BESIDES ((size_t)32 * 1024)

struct batch { /* of one feed, until it goes back */
    struct batch *next;
    struct watch_feed *feed;
    uint64_t waiting, found, pages;
    bool put;  /* all that is to be of it was put, or waits for its page */
    bool left; /* something of it was left for the next time */
};

struct slip {            /* of one article: its token is its place */
    struct batch *batch; /* NULL: free */
    struct entry *kept;  /* until its page comes; or NULL */
    uint64_t who, says;
    uint64_t next_free;
};

struct outbox {
    struct outbox_options options;
    struct watch *watch;
    struct pages *pages;
    struct put *put;
    struct batch *batches;
    struct batch *taking; /* the one that is being put */
    struct rss_feed read;
    struct map *repeated;
    uint32_t at;         /* next entry of read */
    struct map *on_way;  /* who is under way now */
    uint64_t page_token; /* of the page that came, or NO_SLIP */
    struct page_found page;
    size_t kept, kept_bytes; /* entries that wait for their pages */
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
    o->free = o->page_token = NO_SLIP;
    o->on_way = map_new();
    return o;
}

void outbox_connect(struct outbox *o, struct watch *watch, struct pages *pages,
                    struct put *put)
{
    o->watch = watch;
    o->pages = pages;
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
    for (uint64_t i = 0; i < o->count; i++)
        mem_free(o->slip[i].kept);
    map_free(&o->repeated);
    map_free(&o->on_way);
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
    if (str_is(read->kind, "index")) /* the watch has seen to it */
        o->read.entries.count = 0;
    o->at = 0;
    map_free(&o->repeated);
    o->repeated = entry_repeated(read);
}

static struct str key_of(const uint64_t *who)
{
    return str_make((const char *)who, sizeof *who);
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
    o->slip[token] = (struct slip){o->taking, NULL, entry->who, entry->says, NO_SLIP};
    map_put(o->on_way, key_of(&entry->who), token);
    return token;
}

static void give_back(struct outbox *o, uint64_t token)
{
    map_del(o->on_way, key_of(&o->slip[token].who));
    o->slip[token] = (struct slip){.next_free = o->free};
    o->free = token;
}

static uint64_t feed_hash(const struct watch_feed *feed)
{
    return hash64(str_of(watch_url(feed)), 0);
}

/* Is it to be put? 1, 0 or negative. What another feed has brought a moment ago is not.
 */
static int is_wanted(struct outbox *o, const struct entry *entry, uint64_t now_ms,
                     struct err *err)
{
    uint64_t revisions;
    if (map_get(o->on_way, key_of(&entry->who), NULL))
        return 0;
    int seen = rss_state_seen(o->options.state, entry->who, feed_hash(o->taking->feed),
                              entry->says, now_ms, &revisions, err);
    if (seen == SEEN_EDITED)
        return revisions <= o->options.revisions_most;
    return seen < 0 ? seen : seen == SEEN_NOT;
}

/* Keep it until its page comes; or leave it to the next time. */
static void keep(struct outbox *o, const struct entry *entry, uint64_t now_ms)
{
    size_t bytes = entry_bytes(entry);
    if (o->kept >= OUTBOX_PAGES_MAX || o->taking->pages >= OUTBOX_PAGES_OF_FEED ||
        o->kept_bytes + bytes > OUTBOX_PAGES_BYTES) {
        o->taking->left = true;
        return;
    }
    uint64_t token = take_slip(o, entry);
    o->slip[token].kept = entry_copy(entry);
    o->kept++;
    o->kept_bytes += bytes;
    o->taking->pages++;
    o->taking->waiting++;
    pages_ask(o->pages, entry->article.url, token, now_ms);
}

/* It will never be put: noted as seen, or it would come again and again. */
static int do_without(struct outbox *o, uint64_t token, const struct err *why,
                      uint64_t now_ms, struct err *err)
{
    const struct slip *slip = &o->slip[token];
    const struct watch_feed *feed = slip->batch->feed;
    o->options.tell(o->options.context, watch_url(feed), why);
    int rc = rss_state_mark(o->options.state, slip->who, feed_hash(feed), slip->says,
                            now_ms, err);
    give_back(o, token);
    return rc < 0 ? rc : 1;
}

/* 1: it is under way, or cannot be put at all; 0: no room now, its slip is kept. */
static int put(struct outbox *o, const struct article *article, uint64_t token,
               uint64_t now_ms, struct err *err)
{
    struct err why = {0};
    int rc = o->put ? put_add(o->put, article, token, &why) : 0;
    if (rc > 0) {
        o->waiting++;
        o->slip[token].batch->waiting++;
    }
    if (rc >= 0)
        return rc;
    o->metrics.rejected.value++;
    return do_without(o, token, &why, now_ms, err);
}

static int put_entry(struct outbox *o, const struct rss_entry *read, uint64_t now_ms,
                     struct err *err)
{
    const struct entry_source source = {&o->read, o->repeated, watch_at(o->taking->feed),
                                        o->options.pages};
    struct entry entry;
    if (!entry_make(&source, read, o->options.arena, &entry))
        return 1;
    int rc = is_wanted(o, &entry, now_ms, err);
    if (rc <= 0)
        return rc < 0 ? rc : 1;
    if (entry.wants_page) {
        keep(o, &entry, now_ms);
        return 1;
    }
    uint64_t token = take_slip(o, &entry);
    rc = put(o, &entry.article, token, now_ms, err);
    if (rc == 0)
        give_back(o, token);
    return rc;
}

void outbox_found(void *context, uint64_t token, const struct page_found *found)
{
    struct outbox *o = context;
    o->page_token = token;
    o->page = *found;
    o->page.at = arena_str(o->options.arena, found->at);
}

/* What the page adds: where it is in the end, and itself. */
static struct article with_page(const struct entry *entry, const struct page_found *page)
{
    struct article article = entry->article;
    if (page->html.len == 0)
        return article;
    article.html = page->html;
    if (page->at.len <= LIMIT_FIELD_BYTES) {
        article.url = page->at;
        article.source = link_outlet(page->at);
    }
    if (entry->undated)
        article.published = STR_NONE;
    if (article.text.len > TEXT_BESIDES)
        article.text = STR_NONE;
    return article;
}

/* The page that came, or did not. As put. */
static int put_page(struct outbox *o, uint64_t now_ms, struct err *err)
{
    uint64_t token = o->page_token;
    struct slip *slip = &o->slip[token];
    struct batch *batch = slip->batch;
    struct entry *kept = slip->kept;
    struct article article = with_page(kept, &o->page);
    struct err why = {0};
    int rc;
    slip->kept = NULL;
    if (article.html.len || article.text.len) {
        rc = put(o, &article, token, now_ms, err);
    } else {
        o->metrics.empty.value++;
        err_set(&why, o->page.why.code, "%.*s: %s", STR_ARG(article.url),
                o->page.why.text);
        rc = do_without(o, token, &why, now_ms, err);
    }
    if (rc == 0) {
        slip->kept = kept;
        return 0;
    }
    batch->waiting--;
    o->kept--;
    o->kept_bytes -= entry_bytes(kept);
    mem_free(kept);
    o->page_token = NO_SLIP;
    return rc;
}

/* The last is put first, for feeds have the newest on top; but not where there may be
 * more than one reading takes, for the newest matters most. */
static uint32_t place(const struct outbox *o)
{
    uint32_t count = o->read.entries.count;
    return count > OUTBOX_PAGES_OF_FEED ? o->at : count - 1 - o->at;
}

int outbox_push(struct outbox *o, uint64_t now_ms, struct err *err)
{
    int rc = 1;
    if (o->page_token != NO_SLIP && (rc = put_page(o, now_ms, err)) <= 0)
        return rc < 0 ? rc : 1;
    while (o->taking && o->at < o->read.entries.count) {
        uint32_t at = place(o);
        rc = put_entry(o, &o->read.entries.item[at], now_ms, err);
        if (rc <= 0)
            return rc < 0 ? rc : 1;
        o->at++;
        o->metrics.entries.value++;
    }
    if (o->taking)
        o->taking->put = true;
    o->taking = NULL;
    return 0;
}

/* The broker's answer. It has an article of that id with other content: a page, or a
 * date, that has changed since, but the same entry that says the same (entry.h). */
void outbox_settle(void *context, uint64_t token, const struct message_result *result)
{
    struct outbox *o = context;
    struct slip slip = o->slip[token];
    bool there = result->status == STATUS_REJECTED && result->error &&
                 str_is(result->error->code, "conflict");
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
        if (!batch->put || batch->waiting) {
            at = &batch->next;
            continue;
        }
        *at = batch->next;
        int rc =
            watch_settled(o->watch, batch->feed, batch->found, !batch->left, now_ms, err);
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
