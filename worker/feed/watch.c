#include "worker/feed/watch.h"

#include "worker/feed/watch_private.h"

#include "proto/base/mem.h"
#include "worker/feed/link.h"

#include <assert.h>

#define FORBIDDEN_MS ((uint64_t)24 * 3600 * 1000) /* robots.txt is asked for that often  \
                                                   */
#define TTL_MOST 1440 /* minutes; more is a mistake for seconds */

struct watch *watch_new(const struct watch_options *options)
{
    struct watch *w = mem_zero(1, sizeof *w);
    const struct watch_metrics metrics = METRIC_INIT(WATCH_METRICS);
    uint64_t seed;
    w->options = *options;
    w->metrics = metrics;
    w->feeds = map_new();
    random_secret(&seed, sizeof seed);
    random_seed(&w->random, seed);
    return w;
}

static void feed_free(struct watch_feed *feed)
{
    visit_fini(&feed->visit);
    rss_record_fini(&feed->record);
    buf_fini(&feed->etag);
    buf_fini(&feed->modified);
    mem_free(feed->url);
    mem_free(feed);
}

void watch_free(struct watch **watch)
{
    struct watch *w = *watch;
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->count; i++)
        feed_free(w->feed[i]);
    mem_free(w->feed);
    map_free(&w->feeds);
    mem_free(w);
    *watch = NULL;
}

static void set(struct buf *to, struct str value)
{
    buf_clear(to);
    buf_add_str(to, value);
    buf_cstr(to);
}

/* Ask for it at its time, if ever again. */
static void await(struct watch *w, struct watch_feed *feed)
{
    struct rss_record *r = &feed->record;
    feed->visit.etag = r->etag.len ? buf_cstr(&r->etag) : NULL;
    feed->visit.modified = r->modified.len ? buf_cstr(&r->modified) : NULL;
    if (!r->gone)
        visits_at(w->options.visits, &feed->visit, buf_str(&r->at), r->due_ms);
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
    w->handed -= feed->handed;
    feed->handed = false;
    if (feed->dropped)
        return rss_state_drop(w->options.state, feed->url, err);
    if (!w->options.once)
        await(w, feed);
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

static int read_feed(struct watch *w, struct watch_feed *feed,
                     const struct fetch_answer *answer, uint64_t now_ms, struct err *err)
{
    struct rss_feed read;
    struct err why = {0};
    const struct rss_document document = {answer->body, buf_str(&feed->visit.at),
                                          answer->type};
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
    if (str_to_u64(read.ttl, &ttl) && ttl < TTL_MOST && feed->wait_ms < ttl * 60000)
        feed->wait_ms = ttl * 60000;
    set(&feed->record.title, read.title);
    set(&feed->record.error, STR(""));
    feed->handed = true;
    w->handed++;
    if (str_is(read.kind, "index"))
        rc = watch_parts(w, feed, &read, now_ms, err);
    else if (str_is(read.kind, "sitemap"))
        watch_pass_over(w, &read, now_ms);
    if (rc >= 0)
        w->options.take(w->options.context, feed, &read);
    return rc;
}

/* What has status comes from where the feed is from now on, if it was moved for good. */
static int hear(void *context, const struct fetch_answer *answer, uint64_t now_ms,
                struct err *err)
{
    struct watch_feed *feed = context;
    struct watch *w = feed->watch;
    struct err why = answer->why;
    int status = answer->status;
    bool read = status >= 200 && status < 300;
    feed->record.status = (uint32_t)status;
    if (feed->visit.moves && feed->visit.for_good && (status == 304 || read))
        set(&feed->record.at, buf_str(&feed->visit.at));
    if (status == 304) {
        w->metrics.not_modified.value++;
        set(&feed->record.error, STR(""));
        return rest(w, feed, OUTCOME_SAME, answer->wait_ms, now_ms, err);
    }
    if (read)
        return read_feed(w, feed, answer, now_ms, err);
    uint64_t wait_ms = status == 429 || status == 503 ? answer->wait_ms : 0;
    if (status == 410) {
        w->metrics.gone.value++;
        feed->record.gone = true;
    }
    if (status)
        err_set(&why, ERR_GONE, status == 410 ? "is gone for good (410)" : "answers %d",
                status);
    else if (why.code == ERR_DENIED)
        wait_ms = FORBIDDEN_MS;
    return fail(w, feed, &why, wait_ms, now_ms, err);
}

static void list(struct watch *w, struct watch_feed *feed)
{
    if (w->count == w->cap) {
        w->cap = w->cap ? w->cap * 2 : 64;
        w->feed = mem_grow(w->feed, w->cap, sizeof *w->feed);
    }
    map_put(w->feeds, str_of(feed->url), w->count);
    w->feed[w->count++] = feed;
}

int watch_put(struct watch *w, struct str url, struct watch_feed *index, uint64_t now_ms,
              struct watch_feed **feed_out, struct err *err)
{
    uint64_t at;
    if (map_get(w->feeds, url, &at)) {
        *feed_out = w->feed[at];
        return 0;
    }
    if (w->count >= WATCH_FEEDS_MAX)
        return err_set(err, ERR_LIMIT, "too many feeds");
    struct watch_feed *feed = mem_zero(1, sizeof *feed);
    feed->watch = w;
    feed->url = mem_copy(url.ptr, url.len);
    feed->depth = index ? index->depth + 1 : 0;
    feed->visit.kind = VISIT_FEED;
    feed->visit.heard = hear;
    feed->visit.owner = feed;
    int known = rss_state_find(w->options.state, feed->url, &feed->record, err);
    if (known < 0) {
        feed_free(feed);
        return known;
    }
    if (known == 0)
        set(&feed->record.at, url);
    if (known == 0 || w->options.once)
        feed->record.due_ms = now_ms;
    set(&feed->record.index, index ? str_of(index->url) : STR(""));
    feed->schedule = (struct schedule){feed->record.interval_ms, feed->record.errors};
    list(w, feed);
    await(w, feed);
    *feed_out = feed;
    return 0;
}

void watch_take_back(struct watch *w, struct watch_feed *feed, uint64_t now_ms)
{
    feed->dropped = false;
    if (feed->handed || feed->visit.state != VISIT_IDLE)
        return; /* it comes back by itself */
    feed->record.due_ms = now_ms;
    await(w, feed);
}

int watch_add(struct watch *w, const char *url, uint64_t now_ms, struct err *err)
{
    struct watch_feed *feed;
    struct buf canonical = {0};
    if (!link_is_web(str_of(url)))
        return err_set(err, ERR_FORMAT, "%.200s: is no web address", url);
    link_canonical(str_of(url), &canonical);
    int rc = watch_put(w, buf_str(&canonical), NULL, now_ms, &feed, err);
    buf_fini(&canonical);
    return rc;
}

int watch_settled(struct watch *w, struct watch_feed *feed, uint64_t found, bool whole,
                  uint64_t now_ms, struct err *err)
{
    assert(feed->handed);
    struct rss_record *r = &feed->record;
    set(&r->etag, whole ? buf_str(&feed->etag) : STR(""));
    set(&r->modified, whole ? buf_str(&feed->modified) : STR(""));
    r->found += found;
    if (found)
        r->found_ms = now_ms;
    return rest(w, feed, found ? OUTCOME_NEW : OUTCOME_SAME, whole ? feed->wait_ms : 0,
                now_ms, err);
}

bool watch_over(const struct watch *w)
{
    return w->handed == 0 && visits_count(w->options.visits) == 0;
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
