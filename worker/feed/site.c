#include "worker/feed/site.h"

#include "proto/base/mem.h"
#include "worker/feed/robots.h"

#define ROBOTS_DAY_MS   ((uint64_t)24 * 3600 * 1000)
#define ROBOTS_AGAIN_MS ((uint64_t)10 * 60 * 1000) /* when it could not be had */

struct site *site_new(struct str origin)
{
    struct site *site = mem_zero(1, sizeof *site);
    site->origin = mem_copy(origin.ptr, origin.len);
    site->visit.kind = VISIT_ROBOTS;
    site->visit.site = site;
    return site;
}

void site_free(struct site **site)
{
    visit_fini(&(*site)->visit);
    buf_fini(&(*site)->robots);
    mem_free((*site)->origin);
    mem_free(*site);
    *site = NULL;
}

void site_queue_put(struct site *site, struct visit *visit)
{
    struct site_queue *queue = &site->queue[visit->kind];
    visit->behind = NULL;
    visit->site = site;
    if (queue->first)
        queue->last->behind = visit;
    else
        queue->first = visit;
    queue->last = visit;
}

struct visit *site_queue_first(const struct site *site)
{
    for (int kind = 0; kind < VISIT_KINDS; kind++)
        if (site->queue[kind].first)
            return site->queue[kind].first;
    return NULL;
}

struct visit *site_queue_take(struct site *site)
{
    struct visit *visit = site_queue_first(site);
    if (visit)
        site->queue[visit->kind].first = visit->behind;
    return visit;
}

bool site_wants_robots(const struct site *site, uint64_t now_ms)
{
    return !site->known || now_ms >= site->until_ms;
}

/* 4xx: there is none, all is allowed; an error of the server: nothing is, for a while; no
 * answer: whoever asks for more will see (RFC 9309, 2.3.1). */
void site_take_robots(struct site *site, const struct fetch_answer *answer,
                      const char *agent, uint64_t now_ms)
{
    bool silent = answer->status == 0;
    site->known = true;
    site->away = answer->status >= 500 || answer->status == 429;
    site->until_ms = now_ms + (silent || site->away ? ROBOTS_AGAIN_MS : ROBOTS_DAY_MS);
    buf_clear(&site->robots);
    if (answer->status == 200)
        buf_add(&site->robots, answer->body.ptr,
                answer->body.len < ROBOTS_BYTES_MAX ? answer->body.len
                                                    : ROBOTS_BYTES_MAX);
    site->delay_ms = robots_delay_ms(buf_str(&site->robots), str_of(agent));
}

void site_forget_robots(struct site *site)
{
    buf_fini(&site->robots);
    site->known = false;
}

int site_may(const struct site *site, struct str url, const char *agent, struct err *err)
{
    struct str path = str_from(url, strlen(site->origin));
    if (site->known && site->away)
        return err_set(err, ERR_GONE, "its robots.txt cannot be had now");
    if (robots_allow(buf_str(&site->robots), str_of(agent), path.len ? path : STR("/")))
        return 0;
    return err_set(err, ERR_DENIED, "its robots.txt forbids it");
}
