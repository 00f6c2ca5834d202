#include "worker/feed/page.h"

#include "proto/base/mem.h"

#include <strings.h>

struct page {
    struct visit visit;
    struct page *before, *behind;
    struct pages *pages;
    char *url;
    uint64_t token;
    unsigned tries;
};

struct pages {
    struct pages_options options;
    struct page *all;
    struct page_metrics metrics;
};

struct pages *pages_new(const struct pages_options *options)
{
    struct pages *p = mem_zero(1, sizeof *p);
    const struct page_metrics metrics = METRIC_INIT(PAGE_METRICS);
    p->options = *options;
    p->metrics = metrics;
    return p;
}

static void page_free(struct page *page)
{
    if (page->before)
        page->before->behind = page->behind;
    else
        page->pages->all = page->behind;
    if (page->behind)
        page->behind->before = page->before;
    visit_fini(&page->visit);
    mem_free(page->url);
    mem_free(page);
}

void pages_free(struct pages **pages)
{
    struct pages *p = *pages;
    if (p == NULL)
        return;
    while (p->all)
        page_free(p->all);
    mem_free(p);
    *pages = NULL;
}

static bool is_html(struct str type)
{
    static const char *const kinds[] = {"text/html", "application/xhtml+xml"};
    if (type.len == 0) /* it does not say */
        return true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (type.len >= strlen(kinds[i]) &&
            strncasecmp(type.ptr, kinds[i], strlen(kinds[i])) == 0)
            return true;
    return false;
}

/* Can another try help? */
static bool may_come(const struct fetch_answer *answer)
{
    int status = answer->status;
    if (status == 0)
        return answer->why.code == ERR_TIMEOUT || answer->why.code == ERR_GONE;
    return status == 408 || status == 425 || status == 429 || status >= 500;
}

/* Milliseconds to the next try, 0: there is none. */
static uint64_t next_try(const struct page *page, const struct fetch_answer *answer)
{
    uint64_t wait_ms = page->pages->options.retry_ms << (page->tries - 1);
    bool told = answer->status == 429 || answer->status == 503;
    if (page->tries >= PAGE_TRIES || !may_come(answer))
        return 0;
    if (told && answer->wait_ms > wait_ms)
        wait_ms = answer->wait_ms;
    return wait_ms <= PAGE_WAIT_MOST_MS ? wait_ms + 1 : 0;
}

/* ERR_GONE: the jail is; all else is in *found. */
static int look(struct page *page, const struct fetch_answer *answer,
                struct page_found *found, struct err *err)
{
    struct pages *p = page->pages;
    const struct rss_document document = {answer->body, found->at, answer->type};
    if (answer->status < 200 || answer->status >= 300) {
        found->why = answer->why;
        if (answer->status)
            err_set(&found->why, ERR_GONE, "answers %d", answer->status);
        return 0;
    }
    if (!is_html(answer->type)) {
        err_set(&found->why, ERR_FORMAT, "is no page");
        return 0;
    }
    int rc = jail_page(p->options.jail, &document, p->options.arena, &found->html,
                       &found->why);
    if (rc == 0 && found->html.len == 0)
        err_set(&found->why, ERR_FORMAT, "is empty");
    if (rc == ERR_GONE)
        *err = found->why;
    return rc == ERR_GONE ? rc : 0;
}

static int hear(void *context, const struct fetch_answer *answer, uint64_t now_ms,
                struct err *err)
{
    struct page *page = context;
    struct pages *p = page->pages;
    struct page_found found = {.at = buf_str(&page->visit.at)};
    page->tries++;
    uint64_t again_ms = next_try(page, answer);
    if (again_ms) {
        p->metrics.retried.value++;
        visits_at(p->options.visits, &page->visit, str_of(page->url), now_ms + again_ms);
        return 0;
    }
    int rc = look(page, answer, &found, err);
    if (rc == 0) {
        p->metrics.pages.value += found.html.len != 0;
        p->metrics.given_up.value += found.html.len == 0;
        p->options.found(p->options.context, page->token, &found);
    }
    page_free(page);
    return rc;
}

void pages_ask(struct pages *p, struct str url, uint64_t token, uint64_t now_ms)
{
    struct page *page = mem_zero(1, sizeof *page);
    page->pages = p;
    page->token = token;
    page->url = mem_copy(url.ptr, url.len);
    page->visit.kind = VISIT_PAGE;
    page->visit.heard = hear;
    page->visit.owner = page;
    page->behind = p->all;
    if (p->all)
        p->all->before = page;
    p->all = page;
    visits_at(p->options.visits, &page->visit, str_of(page->url), now_ms);
}

struct page_metrics *pages_metrics(struct pages *p)
{
    return &p->metrics;
}
