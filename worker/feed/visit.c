#include "worker/feed/visit.h"

#include "proto/base/map.h"
#include "proto/base/mem.h"
#include "worker/feed/link.h"
#include "worker/feed/site.h"

#include <assert.h>

#define PAGE_BYTES_MOST   ((size_t)4 * 1024 * 1024)
#define ROBOTS_BYTES_MOST ((size_t)64 * 1024 * 1024) /* kept of all servers */

struct visits {
    struct visits_options options;
    struct heap due, sites; /* of visits; of servers that can be asked at their time */
    struct map *origins;    /* origin -> place in site */
    struct site **site;
    size_t site_count, site_cap, count, robots_bytes;
    struct visit *refused; /* heard of next */
    struct visit_metrics metrics;
};

struct visits *visits_new(const struct visits_options *options)
{
    struct visits *v = mem_zero(1, sizeof *v);
    const struct visit_metrics metrics = METRIC_INIT(VISIT_METRICS);
    v->options = *options;
    v->metrics = metrics;
    heap_init(&v->due);
    heap_init(&v->sites);
    v->origins = map_new();
    return v;
}

void visits_free(struct visits **visits)
{
    struct visits *v = *visits;
    if (v == NULL)
        return;
    heap_fini(&v->sites); /* they look at what is in them */
    heap_fini(&v->due);
    for (size_t i = 0; i < v->site_count; i++)
        site_free(&v->site[i]);
    mem_free(v->site);
    map_free(&v->origins);
    mem_free(v);
    *visits = NULL;
}

void visit_fini(struct visit *visit)
{
    mem_free(visit->refused);
    visit->refused = NULL;
    buf_fini(&visit->at);
}

static void set_at(struct visit *visit, struct str url)
{
    buf_clear(&visit->at);
    buf_add_str(&visit->at, url);
    buf_cstr(&visit->at);
}

static struct site *site_of(struct visits *v, struct str url)
{
    struct str origin = link_origin(url);
    uint64_t at;
    if (map_get(v->origins, origin, &at))
        return v->site[at];
    if (v->site_count == v->site_cap) {
        v->site_cap = v->site_cap ? v->site_cap * 2 : 16;
        v->site = mem_grow(v->site, v->site_cap, sizeof *v->site);
    }
    map_put(v->origins, origin, v->site_count);
    return v->site[v->site_count++] = site_new(origin);
}

void visits_at(struct visits *v, struct visit *visit, struct str url, uint64_t due_ms)
{
    assert(visit->state == VISIT_IDLE);
    set_at(visit, url);
    visit->moves = 0;
    visit->for_good = true;
    visit->state = VISIT_DUE;
    v->count++;
    heap_put(&v->due, &visit->due, due_ms);
}

bool visits_cancel(struct visits *v, struct visit *visit)
{
    if (visit->state == VISIT_DUE) {
        heap_del(&v->due, &visit->due);
        visit->state = VISIT_IDLE;
        v->count--;
    }
    return visit->state == VISIT_IDLE;
}

static bool is_full(const struct visits *v)
{
    return fetch_count(v->options.fetch) >= v->options.requests_most;
}

/* Heard of in the next visits_hear, like an answer. */
static void refuse(struct visits *v, struct visit *visit, const struct err *why)
{
    visit->refused = mem_alloc(sizeof *visit->refused);
    *visit->refused = *why;
    visit->behind = v->refused;
    v->refused = visit;
}

static int request(struct visits *v, struct visit *visit, struct err *err)
{
    bool page = visit->kind == VISIT_PAGE;
    const struct fetch_request request = {
        .url = buf_cstr(&visit->at),
        .etag = visit->etag,
        .modified = visit->modified,
        .accept = page ? FETCH_ACCEPT_PAGE : FETCH_ACCEPT_FEED,
        .bytes_most = page ? PAGE_BYTES_MOST : 0,
        .token = visit,
    };
    return fetch_begin(v->options.fetch, &request, err);
}

/* What cannot be asked for will be told of when something else of the server is. */
static void ask_robots(struct visits *v, struct site *site, uint64_t now_ms)
{
    const struct fetch_answer none = {0};
    struct buf url = {0};
    buf_printf(&url, "%s/robots.txt", site->origin);
    set_at(&site->visit, buf_str(&url));
    buf_fini(&url);
    site->visit.moves = 0;
    v->metrics.robots.value++;
    if (request(v, &site->visit, NULL) == 0)
        site->visit.state = VISIT_ASKED;
    else
        site_take_robots(site, &none, v->options.agent, now_ms);
}

static void ask_first(struct visits *v, struct site *site, uint64_t now_ms)
{
    struct visit *visit = site_queue_take(site);
    struct err why = {0};
    uint64_t delay = v->options.site_delay_ms;
    int rc = v->options.robots
                 ? site_may(site, buf_str(&visit->at), v->options.agent, &why)
                 : 0;
    visit->state = VISIT_ASKED;
    v->metrics.forbidden.value += rc == ERR_DENIED;
    if (rc == 0)
        rc = request(v, visit, &why);
    if (rc < 0) {
        refuse(v, visit, &why);
        return;
    }
    v->metrics.requests.value++;
    site->under_way++;
    site->free_ms = now_ms + (delay > site->delay_ms ? delay : site->delay_ms);
}

/* Ask it for as much as may be asked now; see to it that the rest is looked at again. */
static void serve(struct visits *v, struct site *site, uint64_t now_ms)
{
    heap_del(&v->sites, &site->due);
    while (site_queue_first(site)) {
        if (site->visit.state == VISIT_ASKED || site->under_way >= v->options.site_most)
            return; /* an answer of it leads back here */
        uint64_t when = is_full(v) || now_ms >= site->free_ms ? now_ms : site->free_ms;
        if (is_full(v) || when > now_ms) {
            heap_put(&v->sites, &site->due, when);
            return;
        }
        if (v->options.robots && site_wants_robots(site, now_ms))
            ask_robots(v, site, now_ms);
        else
            ask_first(v, site, now_ms);
    }
}

static void queue(struct visits *v, struct visit *visit, uint64_t now_ms)
{
    struct site *site = site_of(v, buf_str(&visit->at));
    visit->state = VISIT_QUEUED;
    site_queue_put(site, visit);
    serve(v, site, now_ms);
}

uint64_t visits_begin(struct visits *v, uint64_t now_ms)
{
    struct heap_slot *slot;
    uint64_t next = UINT64_MAX;
    if (v->refused)
        return now_ms;
    while (!is_full(v) && (slot = heap_first(&v->sites)) && slot->key <= now_ms)
        serve(v, HEAP_OWNER(slot, struct site, due), now_ms);
    while (!is_full(v) && (slot = heap_first(&v->due)) && slot->key <= now_ms) {
        heap_del(&v->due, slot);
        queue(v, HEAP_OWNER(slot, struct visit, due), now_ms);
    }
    if (is_full(v))
        return next; /* an answer wakes us */
    if ((slot = heap_first(&v->sites)))
        next = slot->key;
    if ((slot = heap_first(&v->due)) && slot->key < next)
        next = slot->key;
    return v->refused ? now_ms : next;
}

static bool is_redirect(const struct fetch_answer *answer)
{
    return answer->location.len && answer->status >= 301 && answer->status <= 308 &&
           answer->status != 304;
}

/* Go where the answer says; false: that is no way to go. */
static bool follow(struct visits *v, struct visit *visit,
                   const struct fetch_answer *answer)
{
    struct buf to = {0};
    link_canonical(answer->location, &to);
    bool right = ++visit->moves <= VISIT_MOVES_MAX && link_is_web(buf_str(&to));
    v->metrics.moved.value++;
    visit->for_good = visit->for_good && (answer->status == 301 || answer->status == 308);
    if (right)
        set_at(visit, buf_str(&to));
    buf_fini(&to);
    return right;
}

static int end(struct visits *v, struct visit *visit, const struct fetch_answer *answer,
               uint64_t now_ms, struct err *err)
{
    visit->state = VISIT_IDLE;
    v->count--;
    v->metrics.body_bytes.value += answer->body.len;
    v->metrics.told_wait.value +=
        (answer->status == 429 || answer->status == 503) && answer->wait_ms;
    int rc = visit->heard(visit->owner, answer, now_ms, err);
    return rc < 0 ? rc : 1;
}

static int hear_refused(struct visits *v, uint64_t now_ms, struct err *err)
{
    struct visit *visit = v->refused;
    struct fetch_answer answer = {.why = *visit->refused};
    v->refused = visit->behind;
    mem_free(visit->refused);
    visit->refused = NULL;
    return end(v, visit, &answer, now_ms, err);
}

/* So that addresses of ever more servers do not fill the memory. */
static void forget_robots(struct visits *v)
{
    v->robots_bytes = 0;
    for (size_t i = 0; i < v->site_count; i++) {
        struct site *site = v->site[i];
        if (site->under_way == 0 && site_queue_first(site) == NULL)
            site_forget_robots(site);
        v->robots_bytes += site->robots.len;
    }
}

static int hear_robots(struct visits *v, struct site *site,
                       const struct fetch_answer *answer, uint64_t now_ms)
{
    bool on = is_redirect(answer) && follow(v, &site->visit, answer) &&
              request(v, &site->visit, NULL) == 0;
    if (!on) {
        site->visit.state = VISIT_IDLE;
        site_take_robots(site, answer, v->options.agent, now_ms);
        v->robots_bytes += site->robots.len;
        serve(v, site, now_ms);
        if (v->robots_bytes > ROBOTS_BYTES_MOST)
            forget_robots(v);
    }
    return 1;
}

int visits_hear(struct visits *v, uint64_t now_ms, struct err *err)
{
    struct fetch_answer answer;
    if (v->refused)
        return hear_refused(v, now_ms, err);
    if (fetch_next(v->options.fetch, &answer) == 0)
        return 0;
    struct visit *visit = answer.token;
    if (visit->kind == VISIT_ROBOTS)
        return hear_robots(v, visit->site, &answer, now_ms);
    visit->site->under_way--;
    serve(v, visit->site, now_ms);
    if (is_redirect(&answer)) {
        if (follow(v, visit, &answer)) {
            queue(v, visit, now_ms);
            return 1;
        }
        answer = (struct fetch_answer){0};
        err_set(&answer.why, ERR_LIMIT,
                "is moved too often, or to where it cannot be asked for");
    }
    return end(v, visit, &answer, now_ms, err);
}

size_t visits_count(const struct visits *v)
{
    return v->count;
}

struct visit_metrics *visits_metrics(struct visits *v)
{
    return &v->metrics;
}
