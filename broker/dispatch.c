/* Workers with room stand in a heap by load, leases in a heap by deadline and in a list
 * per worker from oldest to newest. Ending a lease never calls out: those that are over
 * wait in a list of their own until the caller asks what is to be done, so that a burst
 * of ends needs no more memory than the leases had. */

#include "broker/dispatch.h"

#include "proto/base/map.h"
#include "proto/base/mem.h"
#include "proto/wire/limits.h"

#include <assert.h>

struct dispatch {
    struct dispatch_limits limits;
    dispatch_token *token;
    void *context;
    bool paused;
    uint32_t resting; /* workers that rest */
    uint32_t credit;  /* of all workers here */
    struct worker worker[LIMIT_PEERS];
    struct heap roomy;              /* workers by load */
    struct heap deadlines;          /* leases */
    struct map *by_token;           /* token -> lease */
    struct lease *over, *over_last; /* in order of their ends */
    struct lease *told;             /* whose texts the last action borrowed */
    struct dispatch_metrics metrics;
};

struct dispatch *dispatch_new(const struct dispatch_limits *limits, dispatch_token *token,
                              void *context)
{
    struct dispatch *d = mem_zero(1, sizeof *d);
    *d = (struct dispatch){.limits = *limits,
                           .token = token,
                           .context = context,
                           .metrics = METRIC_INIT(DISPATCH_METRICS)};
    heap_init(&d->roomy);
    heap_init(&d->deadlines);
    d->by_token = map_new();
    return d;
}

static void forget_worker(struct worker *worker)
{
    mem_free((char *)worker->name.ptr);
    mem_free((char *)worker->extractor.ptr);
    *worker = (struct worker){0};
}

void dispatch_free(struct dispatch **dispatch)
{
    struct dispatch *d = *dispatch;
    if (d == NULL)
        return;
    dispatch_forget(d);
    for (uint32_t i = 0; i < LIMIT_PEERS; i++)
        forget_worker(&d->worker[i]);
    heap_fini(&d->roomy);
    heap_fini(&d->deadlines);
    map_free(&d->by_token);
    mem_free(d);
    *dispatch = NULL;
}

void dispatch_set_limits(struct dispatch *dispatch, const struct dispatch_limits *limits)
{
    dispatch->limits = *limits;
}

static bool is_suspect(const struct dispatch *d, const struct worker *worker)
{
    return d->limits.streak > 0 && worker->streak >= d->limits.streak;
}

/* The worker's place in the heap of those with room; by share of its credit that is out,
 * then by slot, so that equal loads have one order. */
static void weigh(struct dispatch *d, struct worker *worker)
{
    uint32_t most = is_suspect(d, worker) ? 1 : worker->credit;
    bool alone = worker->oldest && worker->oldest->article.deaths > 0;
    if (!worker->here || worker->draining || worker->resting || alone ||
        worker->leased >= most) {
        heap_del(&d->roomy, &worker->load);
        return;
    }
    uint64_t share = ((uint64_t)worker->leased << 32) / worker->credit;
    heap_put(&d->roomy, &worker->load,
             share * LIMIT_PEERS + (uint64_t)(worker - d->worker));
}

static void rest(struct dispatch *d, struct worker *worker, uint64_t until_ms)
{
    d->resting += !worker->resting;
    worker->resting = true;
    worker->rest_until_ms = until_ms;
    weigh(d, worker);
}

static void wake(struct dispatch *d, struct worker *worker)
{
    if (!worker->resting)
        return;
    worker->resting = false;
    d->resting--;
    weigh(d, worker);
}

/* ---- ends of leases ---- */

static void free_lease(struct lease *lease)
{
    if (lease == NULL)
        return;
    mem_free((char *)lease->article.id.ptr);
    mem_free((char *)lease->article.note.ptr);
    mem_free(lease->verdict);
    mem_free(lease);
}

static void end(struct dispatch *d, struct lease *lease)
{
    struct worker *worker = &d->worker[lease->worker];
    map_del(d->by_token, str_make((const char *)lease->token, DISPATCH_TOKEN_BYTES));
    heap_del(&d->deadlines, &lease->deadline);
    *(lease->older ? &lease->older->newer : &worker->oldest) = lease->newer;
    *(lease->newer ? &lease->newer->older : &worker->newest) = lease->older;
    lease->newer = lease->older = NULL;
    worker->leased--;
    d->metrics.leased.value--;
    weigh(d, worker);
}

int dispatch_next(struct dispatch *dispatch, struct dispatch_action *out)
{
    struct lease *lease = dispatch->over;
    free_lease(dispatch->told);
    dispatch->told = lease;
    if (lease == NULL)
        return 0;
    dispatch->over = lease->newer;
    const struct dispatch_verdict *verdict = lease->verdict;
    *out = (struct dispatch_action){
        .bury = verdict && verdict->bury,
        .outcome = verdict ? verdict->outcome : DISPATCH_RETURNED,
        .seq = lease->article.seq,
        .deaths = lease->article.deaths,
        .failures = lease->article.failures,
        .worker = verdict ? verdict->worker : "",
        .reason = verdict ? verdict->reason : "",
        .note = lease->article.note,
    };
    return 1;
}

static void copy_text(char *to, size_t size_bytes, struct str text)
{
    size_t len = text.len < size_bytes ? text.len : size_bytes - 1;
    if (len > 0)
        memcpy(to, text.ptr, len);
    to[len] = '\0';
}

static void judge(struct dispatch *d, struct lease *lease, enum dispatch_outcome outcome,
                  struct str reason)
{
    struct dispatch_article *article = &lease->article;
    const struct worker *worker = &d->worker[lease->worker];
    struct dispatch_verdict *verdict = mem_zero(1, sizeof *verdict);
    article->deaths += outcome == DISPATCH_DEATH;
    article->failures += outcome != DISPATCH_DEATH;
    verdict->outcome = outcome;
    verdict->bury = article->failures >= d->limits.failures ||
                    (article->deaths >= d->limits.deaths && worker->leased == 1);
    copy_text(verdict->worker, sizeof verdict->worker, worker->name);
    copy_text(verdict->reason, sizeof verdict->reason, reason);
    d->metrics.buried.value += verdict->bury;
    lease->verdict = verdict;
}

/* The article goes back, or is buried, with what this attempt adds to its account. */
static void give_back(struct dispatch *d, struct lease *lease,
                      enum dispatch_outcome outcome, struct str reason)
{
    if (outcome != DISPATCH_RETURNED)
        judge(d, lease, outcome, reason);
    end(d, lease);
    *(d->over ? &d->over_last->newer : &d->over) = lease;
    d->over_last = lease;
}

static void return_all(struct dispatch *d, struct worker *worker)
{
    while (worker->oldest)
        dispatch_return(d, worker->oldest);
}

static void bench(struct dispatch *d, struct worker *worker, uint64_t now_ms)
{
    uint64_t bench_ms = DISPATCH_BENCH_MS;
    for (uint64_t n = d->limits.streak;
         n < worker->streak && bench_ms < DISPATCH_BENCH_MOST_MS; n++)
        bench_ms *= 2;
    if (bench_ms > DISPATCH_BENCH_MOST_MS)
        bench_ms = DISPATCH_BENCH_MOST_MS;
    d->metrics.benched.value++;
    rest(d, worker, now_ms + bench_ms);
    return_all(d, worker);
}

void dispatch_done(struct dispatch *dispatch, struct lease *lease)
{
    struct worker *worker = &dispatch->worker[lease->worker];
    worker->done++;
    worker->streak = 0;
    dispatch->metrics.done.value++;
    end(dispatch, lease);
    free_lease(lease);
    wake(dispatch, worker);
}

void dispatch_fail(struct dispatch *dispatch, struct lease *lease, struct str reason,
                   uint64_t now_ms)
{
    struct worker *worker = &dispatch->worker[lease->worker];
    worker->failed++;
    worker->streak++;
    dispatch->metrics.failed.value++;
    give_back(dispatch, lease, DISPATCH_FAILURE, reason);
    if (is_suspect(dispatch, worker))
        bench(dispatch, worker, now_ms);
    else
        wake(dispatch, worker);
}

void dispatch_return(struct dispatch *dispatch, struct lease *lease)
{
    dispatch->metrics.returned.value++;
    give_back(dispatch, lease, DISPATCH_RETURNED, STR_NONE);
}

static void blame_death(struct dispatch *d, struct worker *worker)
{
    if (worker->oldest == NULL)
        return;
    d->metrics.deaths.value++;
    give_back(d, worker->oldest, DISPATCH_DEATH, STR("the worker died of it"));
}

static void expire(struct dispatch *d, struct lease *lease, uint64_t now_ms)
{
    struct worker *worker = &d->worker[lease->worker];
    d->metrics.expired.value++;
    rest(d, worker, now_ms + d->limits.lease_ms);
    if (lease == worker->oldest)
        give_back(d, lease, DISPATCH_EXPIRY, STR("its lease ran out"));
    return_all(d, worker);
}

uint64_t dispatch_tick(struct dispatch *dispatch, uint64_t now_ms)
{
    struct heap_slot *first;
    uint64_t next_ms = UINT64_MAX;
    while ((first = heap_first(&dispatch->deadlines)) && first->key <= now_ms)
        expire(dispatch, HEAP_OWNER(first, struct lease, deadline), now_ms);
    if (first)
        next_ms = first->key;
    for (uint32_t i = 0; i < LIMIT_PEERS && dispatch->resting > 0; i++) {
        struct worker *worker = &dispatch->worker[i];
        if (worker->resting && worker->rest_until_ms <= now_ms)
            wake(dispatch, worker);
        else if (worker->resting && worker->rest_until_ms < next_ms)
            next_ms = worker->rest_until_ms;
    }
    return next_ms;
}

void dispatch_forget(struct dispatch *dispatch)
{
    struct lease *lease;
    for (uint32_t i = 0; i < LIMIT_PEERS; i++)
        while ((lease = dispatch->worker[i].oldest)) {
            end(dispatch, lease);
            free_lease(lease);
        }
    while (dispatch->over) {
        lease = dispatch->over;
        dispatch->over = lease->newer;
        free_lease(lease);
    }
    free_lease(dispatch->told);
    dispatch->told = NULL;
}

/* ---- workers ---- */

void dispatch_ready(struct dispatch *dispatch, uint32_t slot, struct str name,
                    struct str extractor, uint32_t credit)
{
    assert(slot < LIMIT_PEERS && credit >= 1 && credit <= LIMIT_CREDIT);
    struct worker *worker = &dispatch->worker[slot];
    uint64_t streak = 0;
    if (worker->here) {
        bool same = str_eq(worker->name, name);
        streak = same ? worker->streak : 0;
        dispatch_leave(dispatch, slot, same ? DISPATCH_BYE : DISPATCH_DIED);
    }
    *worker = (struct worker){
        .here = true,
        .streak = streak,
        .credit = credit,
        .name = str_make(mem_copy(name.ptr, name.len), name.len),
        .extractor = str_make(mem_copy(extractor.ptr, extractor.len), extractor.len),
    };
    dispatch->metrics.workers.value++;
    dispatch->credit += credit;
    weigh(dispatch, worker);
}

void dispatch_leave(struct dispatch *dispatch, uint32_t slot, enum dispatch_leave why)
{
    assert(slot < LIMIT_PEERS);
    struct worker *worker = &dispatch->worker[slot];
    if (!worker->here)
        return;
    wake(dispatch, worker);
    if (why == DISPATCH_DIED)
        blame_death(dispatch, worker);
    return_all(dispatch, worker);
    heap_del(&dispatch->roomy, &worker->load);
    dispatch->credit -= worker->credit;
    forget_worker(worker);
    dispatch->metrics.workers.value--;
}

void dispatch_drain(struct dispatch *dispatch, uint32_t slot)
{
    assert(slot < LIMIT_PEERS);
    dispatch->worker[slot].draining = true;
    weigh(dispatch, &dispatch->worker[slot]);
}

uint32_t dispatch_credit(const struct dispatch *dispatch)
{
    return dispatch->credit;
}

void dispatch_pause(struct dispatch *dispatch, bool paused)
{
    dispatch->paused = paused;
}

const struct worker *dispatch_worker(const struct dispatch *dispatch, uint32_t slot)
{
    return slot < LIMIT_PEERS && dispatch->worker[slot].here ? &dispatch->worker[slot]
                                                             : NULL;
}

struct dispatch_metrics *dispatch_metrics(struct dispatch *dispatch)
{
    return &dispatch->metrics;
}

/* ---- leases ---- */

bool dispatch_wants(const struct dispatch *dispatch)
{
    return !dispatch->paused && heap_first(&dispatch->roomy) != NULL;
}

bool dispatch_has_idle(const struct dispatch *dispatch)
{
    struct heap_slot *least = heap_first(&dispatch->roomy);
    return least && HEAP_OWNER(least, struct worker, load)->leased == 0;
}

bool dispatch_unseen(struct dispatch *dispatch, struct dispatch_article *article,
                     uint32_t begun)
{
    article->deaths += begun;
    dispatch->metrics.deaths.value += begun;
    bool bury = article->deaths > dispatch->limits.deaths;
    dispatch->metrics.buried.value += bury;
    return bury;
}

const struct lease *dispatch_assign(struct dispatch *dispatch,
                                    const struct dispatch_article *article,
                                    uint64_t now_ms)
{
    struct heap_slot *least = heap_first(&dispatch->roomy);
    assert(least && !dispatch->paused);
    struct worker *worker = HEAP_OWNER(least, struct worker, load);
    assert(article->deaths == 0 || worker->leased == 0);
    struct lease *lease = mem_zero(1, sizeof *lease);
    lease->article = *article;
    lease->article.id.ptr = mem_copy(article->id.ptr, article->id.len);
    lease->article.note = STR_NONE;
    if (article->note.len > 0)
        lease->article.note =
            str_make(mem_copy(article->note.ptr, article->note.len), article->note.len);
    lease->worker = (uint32_t)(worker - dispatch->worker);
    dispatch->token(dispatch->context, lease->token);
    map_put(dispatch->by_token,
            str_make((const char *)lease->token, DISPATCH_TOKEN_BYTES),
            (uint64_t)(uintptr_t)lease);
    heap_put(&dispatch->deadlines, &lease->deadline, now_ms + dispatch->limits.lease_ms);
    lease->older = worker->newest;
    *(worker->newest ? &worker->newest->newer : &worker->oldest) = lease;
    worker->newest = lease;
    worker->leased++;
    weigh(dispatch, worker);
    dispatch->metrics.jobs.value++;
    dispatch->metrics.leased.value++;
    return lease;
}

struct lease *dispatch_find(struct dispatch *dispatch, uint32_t worker, struct str token)
{
    uint64_t value;
    if (token.len == DISPATCH_TOKEN_BYTES && map_get(dispatch->by_token, token, &value)) {
        struct lease *lease = (struct lease *)(uintptr_t)value;
        if (lease->worker == worker)
            return lease;
    }
    dispatch->metrics.stale.value++;
    return NULL;
}
