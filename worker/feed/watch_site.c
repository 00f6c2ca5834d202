#include "worker/feed/watch_private.h"

#include "proto/base/mem.h"
#include "worker/feed/link.h"
#include "worker/feed/robots.h"

#define ROBOTS_DAY_MS   ((uint64_t)24 * 3600 * 1000)
#define ROBOTS_AGAIN_MS ((uint64_t)10 * 60 * 1000) /* when it could not be had */
#define LOOK_AGAIN_MS   50

struct watch_site *watch_site_of(struct watch *w, struct str url)
{
    struct str origin = link_origin(url);
    uint64_t at;
    if (map_get(w->sites, origin, &at))
        return w->site[at];
    if (w->site_count == w->site_cap) {
        w->site_cap = w->site_cap ? w->site_cap * 2 : 16;
        w->site = mem_grow(w->site, w->site_cap, sizeof *w->site);
    }
    struct watch_site *site = mem_zero(1, sizeof *site);
    site->origin = mem_copy(origin.ptr, origin.len);
    site->token.site = site;
    map_put(w->sites, origin, w->site_count);
    return w->site[w->site_count++] = site;
}

void watch_site_free(struct watch_site **site)
{
    buf_fini(&(*site)->robots);
    mem_free((*site)->origin);
    mem_free(*site);
    *site = NULL;
}

static void ask_robots(struct watch *w, struct watch_site *site, uint64_t now_ms)
{
    struct buf url = {0};
    struct err err;
    buf_printf(&url, "%s/robots.txt", site->origin);
    const struct fetch_request request = {.url = buf_cstr(&url), .token = &site->token};
    w->metrics.robots.value++;
    if (fetch_begin(w->options.fetch, &request, &err) == 0) {
        site->asked = true;
    } else {
        site->known =
            true; /* what cannot be asked for will be told of when the feed is */
        site->until_ms = now_ms + ROBOTS_AGAIN_MS;
    }
    buf_fini(&url);
}

/* 4xx: there is none, all is allowed; an error of the server or no answer: nothing is,
 * for a while (RFC 9309, 2.3.1). A redirect counts as none: few servers do that. */
void watch_site_hear(struct watch *w, struct watch_site *site,
                     const struct fetch_answer *answer, uint64_t now_ms)
{
    bool away = answer->status == 0 || answer->status >= 500;
    site->asked = false;
    site->known = true;
    site->until_ms = now_ms + (away ? ROBOTS_AGAIN_MS : ROBOTS_DAY_MS);
    buf_clear(&site->robots);
    if (answer->status == 200)
        buf_add_str(&site->robots, answer->body);
    else if (answer->status >= 500)
        buf_add_str(&site->robots, STR("User-agent: *\nDisallow: /\n"));
    site->delay_ms = robots_delay_ms(buf_str(&site->robots), str_of(w->options.agent));
}

enum site_answer watch_site_may(struct watch *w, struct watch_site *site, struct str url,
                                uint64_t now_ms, uint64_t *later_out)
{
    *later_out = now_ms + LOOK_AGAIN_MS;
    if (w->options.robots && (!site->known || now_ms >= site->until_ms)) {
        if (!site->asked)
            ask_robots(w, site, now_ms);
        if (site->asked)
            return SITE_LATER;
    }
    struct str path = str_from(url, strlen(site->origin));
    if (w->options.robots &&
        !robots_allow(buf_str(&site->robots), str_of(w->options.agent),
                      path.len ? path : STR("/")))
        return SITE_FORBIDS;
    if (now_ms < site->free_ms) {
        *later_out = site->free_ms;
        return SITE_LATER;
    }
    return site->under_way < w->options.site_most ? SITE_GO : SITE_LATER;
}

void watch_site_begin(struct watch *w, struct watch_site *site, uint64_t now_ms)
{
    uint64_t delay = w->options.site_delay_ms;
    site->under_way++;
    site->free_ms = now_ms + (delay > site->delay_ms ? delay : site->delay_ms);
}

void watch_site_end(struct watch_site *site)
{
    site->under_way--;
}
