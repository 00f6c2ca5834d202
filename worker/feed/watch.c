#include "worker/feed/watch.h"

#include "worker/feed/watch_private.h"

#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "worker/feed/link.h"

#include <assert.h>

#define FORBIDDEN_MS                                                                     \
    ((uint64_t)24 * 3600 * 1000) /* robots.txt is asked for that often                   \
                                  */

struct watch *watch_new(const struct watch_options *options)
{
    struct watch *w = mem_zero(1, sizeof *w);
    const struct watch_metrics metrics = METRIC_INIT(WATCH_METRICS);
    uint64_t seed;
    w->options = *options;
    w->metrics = metrics;
    heap_init(&w->due);
    w->feeds = map_new();
    w->sites = map_new();
    random_secret(&seed, sizeof seed);
    random_seed(&w->random, seed);
    return w;
}

void watch_free(struct watch **watch)
{
    struct watch *w = *watch;
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->count; i++) {
        struct watch_feed *feed = w->feed[i];
        rss_record_fini(&feed->record);
        buf_fini(&feed->next);
        buf_fini(&feed->etag);
        buf_fini(&feed->modified);
        mem_free(feed->url);
        mem_free(feed);
    }
    for (size_t i = 0; i < w->site_count; i++)
        watch_site_free(&w->site[i]);
    mem_free(w->feed);
    mem_free(w->site);
    map_free(&w->feeds);
    map_free(&w->sites);
    heap_fini(&w->due);
    mem_free(w);
    *watch = NULL;
}

static void set(struct buf *to, struct str value)
{
    buf_clear(to);
    buf_add_str(to, value);
    buf_cstr(to);
}

int watch_add(struct watch *w, const char *url, uint64_t now_ms, struct err *err)
{
    struct watch_feed *feed = mem_zero(1, sizeof *feed);
    struct buf canonical = {0};
    if (link_is_web(str_of(url)))
        link_canonical(str_of(url), &canonical);
    int rc = canonical.len == 0
                 ? err_set(err, ERR_FORMAT, "%.200s: is no web address", url)
             : w->count >= WATCH_FEEDS_MAX ? err_set(err, ERR_LIMIT, "too many feeds")
                                           : 0;
    if (rc == 0 && !map_get(w->feeds, buf_str(&canonical), NULL))
        rc = rss_state_find(w->options.state, buf_cstr(&canonical), &feed->record, err);
    else
        rc = rc < 0 ? rc : 2;
    if (rc < 0 || rc == 2) {
        rss_record_fini(&feed->record);
        mem_free(feed);
        buf_fini(&canonical);
        return rc < 0 ? rc : 0;
    }
    if (rc == 0) { /* new: not all at the same moment */
        set(&feed->record.at, buf_str(&canonical));
        feed->record.due_ms = now_ms;
    }
    if (w->options.once)
        feed->record.due_ms = now_ms;
    feed->token.feed = feed;
    feed->schedule = (struct schedule){feed->record.interval_ms, feed->record.errors};
    feed->url = mem_copy(canonical.ptr, canonical.len);
    if (w->count == w->cap) {
        w->cap = w->cap ? w->cap * 2 : 64;
        w->feed = mem_grow(w->feed, w->cap, sizeof *w->feed);
    }
    map_put(w->feeds, buf_str(&canonical), w->count);
    w->feed[w->count++] = feed;
    buf_fini(&canonical);
    if (!feed->record.gone)
        heap_put(&w->due, &feed->due, feed->record.due_ms);
    return 0;
}

/* Done with it for now: note it, and when it is due again. */
static int rest(struct watch *w, struct watch_feed *feed, enum schedule_outcome outcome,
                uint64_t wait_ms, uint64_t now_ms, struct err *err)
{
    struct rss_record *r = &feed->record;
    r->due_ms = now_ms + schedule_next(&w->options.rule, &feed->schedule, outcome,
                                       wait_ms, &w->random);
    r->interval_ms = feed->schedule.interval_ms;
    r->errors = feed->schedule.errors;
    r->asked_ms = now_ms;
    w->busy -= feed->state != WATCH_IDLE;
    feed->state = WATCH_IDLE;
    feed->asked_once = true;
    if (!r->gone && !w->options.once)
        heap_put(&w->due, &feed->due, r->due_ms);
    return rss_state_keep(w->options.state, feed->url, r, err);
}

static int fail(struct watch *w, struct watch_feed *feed, const struct err *why,
                uint64_t wait_ms, uint64_t now_ms, struct err *err)
{
    set(&feed->record.error, str_of(why->text));
    w->metrics.failed.value++;
    w->options.tell(w->options.context, feed->url, why);
    return rest(w, feed, wait_ms ? OUTCOME_TOLD_WAIT : OUTCOME_ERROR, wait_ms, now_ms,
                err);
}

/* Ask for feed->next, or say when that can be tried. */
static void ask(struct watch *w, struct watch_feed *feed, uint64_t now_ms)
{
    struct rss_record *r = &feed->record;
    struct err err = {0};
    uint64_t later;
    struct watch_site *site = watch_site_of(w, buf_str(&feed->next));
    enum site_answer may = watch_site_may(w, site, buf_str(&feed->next), now_ms, &later);
    if (may == SITE_LATER) {
        heap_put(&w->due, &feed->due, later);
        return;
    }
    w->busy += feed->state == WATCH_IDLE;
    feed->state = WATCH_ASKED;
    const struct fetch_request request = {
        .url = buf_cstr(&feed->next),
        .etag = r->etag.len ? buf_cstr(&r->etag) : NULL,
        .modified = r->modified.len ? buf_cstr(&r->modified) : NULL,
        .token = &feed->token,
    };
    int rc = 0;
    if (may == SITE_FORBIDS) {
        w->metrics.forbidden.value++;
        rc = err_set(&err, ERR_DENIED, "its robots.txt forbids it");
    } else {
        rc = fetch_begin(w->options.fetch, &request, &err);
    }
    if (rc < 0) {
        fail(w, feed, &err, FORBIDDEN_MS, now_ms, NULL);
        return;
    }
    w->metrics.requests.value++;
    feed->site = site;
    watch_site_begin(w, site, now_ms);
}

uint64_t watch_begin(struct watch *w, uint64_t now_ms)
{
    struct heap_slot *slot;
    while ((slot = heap_first(&w->due)) && slot->key <= now_ms) {
        struct watch_feed *feed = HEAP_OWNER(slot, struct watch_feed, due);
        if (fetch_count(w->options.fetch) >= w->options.requests_most)
            return UINT64_MAX; /* an answer wakes us */
        heap_del(&w->due, slot);
        if (feed->state == WATCH_IDLE) {
            set(&feed->next, buf_str(&feed->record.at));
            feed->moves = 0;
            feed->for_good = true;
        }
        ask(w, feed, now_ms);
    }
    return slot ? slot->key : UINT64_MAX;
}

static int move(struct watch *w, struct watch_feed *feed,
                const struct fetch_answer *answer, uint64_t now_ms, struct err *err)
{
    struct err why;
    struct buf to = {0};
    w->metrics.moved.value++;
    link_canonical(answer->location, &to);
    if (++feed->moves > WATCH_MOVES_MAX || !link_is_web(buf_str(&to))) {
        buf_fini(&to);
        err_set(&why, ERR_LIMIT,
                "is moved too often, or to where it cannot be asked for");
        return fail(w, feed, &why, 0, now_ms, err);
    }
    feed->for_good = feed->for_good && (answer->status == 301 || answer->status == 308);
    set(&feed->next, buf_str(&to));
    buf_fini(&to);
    ask(w, feed, now_ms);
    return 0;
}

static int read_feed(struct watch *w, struct watch_feed *feed,
                     const struct fetch_answer *answer, uint64_t now_ms, struct err *err)
{
    struct rss_feed read;
    struct err why = {0};
    const struct rss_document document = {answer->body, buf_str(&feed->next),
                                          answer->type};
    w->metrics.body_bytes.value += answer->body.len;
    int rc = jail_read(w->options.jail, &document, w->options.arena, &read, &why);
    if (rc == ERR_GONE) {
        *err = why;
        return rc;
    }
    if (rc < 0)
        return fail(w, feed, &why, 0, now_ms, err);
    w->metrics.read.value++;
    set(&feed->etag, answer->etag);
    set(&feed->modified, answer->modified);
    feed->wait_ms = answer->wait_ms;
    uint64_t ttl = 0;
    if (str_to_u64(read.ttl, &ttl) && ttl < 1440 && feed->wait_ms < ttl * 60000)
        feed->wait_ms = ttl * 60000;
    set(&feed->record.title, read.title);
    set(&feed->record.error, STR(""));
    feed->state = WATCH_HANDED;
    w->options.take(w->options.context, feed, &read);
    return 0;
}

static int hear_feed(struct watch *w, struct watch_feed *feed,
                     const struct fetch_answer *answer, uint64_t now_ms, struct err *err)
{
    struct err why = answer->why;
    int status = answer->status;
    watch_site_end(feed->site);
    feed->record.status = (uint32_t)status;
    if (feed->moves && feed->for_good &&
        (status == 304 || (status >= 200 && status < 300)))
        set(&feed->record.at, buf_str(&feed->next));
    if (status == 304) {
        w->metrics.not_modified.value++;
        set(&feed->record.error, STR(""));
        return rest(w, feed, OUTCOME_SAME, answer->wait_ms, now_ms, err);
    }
    if (answer->location.len && status >= 301 && status <= 308 && status != 304)
        return move(w, feed, answer, now_ms, err);
    if (status >= 200 && status < 300)
        return read_feed(w, feed, answer, now_ms, err);
    if (status == 410) {
        w->metrics.gone.value++;
        feed->record.gone = true;
    }
    bool told = (status == 429 || status == 503) && answer->wait_ms;
    w->metrics.told_wait.value += told;
    if (status)
        err_set(&why, ERR_GONE, status == 410 ? "is gone for good (410)" : "answers %d",
                status);
    return fail(w, feed, &why, told ? answer->wait_ms : 0, now_ms, err);
}

int watch_hear(struct watch *w, uint64_t now_ms, struct err *err)
{
    struct fetch_answer answer;
    if (fetch_next(w->options.fetch, &answer) == 0)
        return 0;
    const struct watch_token *token = answer.token;
    if (token->site) {
        watch_site_hear(w, token->site, &answer, now_ms);
        return 1;
    }
    int rc = hear_feed(w, token->feed, &answer, now_ms, err);
    return rc < 0 ? rc : 1;
}

int watch_settled(struct watch *w, struct watch_feed *feed, uint64_t found,
                  uint64_t now_ms, struct err *err)
{
    assert(feed->state == WATCH_HANDED);
    struct rss_record *r = &feed->record;
    set(&r->etag, buf_str(&feed->etag));
    set(&r->modified, buf_str(&feed->modified));
    r->found += found;
    if (found)
        r->found_ms = now_ms;
    return rest(w, feed, found ? OUTCOME_NEW : OUTCOME_SAME, feed->wait_ms, now_ms, err);
}

bool watch_over(const struct watch *w)
{
    return w->busy == 0 && heap_first(&w->due) == NULL;
}

const char *watch_url(const struct watch_feed *feed)
{
    return feed->url;
}

const char *watch_at(const struct watch_feed *feed)
{
    return feed->record.at.ptr;
}

struct watch_metrics *watch_metrics(struct watch *w)
{
    return &w->metrics;
}

size_t watch_count(const struct watch *w)
{
    return w->count;
}
