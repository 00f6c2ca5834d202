/* Dispatch alone, against a model: seeded events on a few workers and articles. After
 * each event: nobody holds more than its credit, an article is in one hand at most, a
 * lease that ended gave its article back exactly once, one event blames one article per
 * worker at most, and no lease outlives its deadline.
 *
 *     test_sim_dispatch [--seeds N] [--first N] | --seed N */

#include "broker/dispatch.h"
#include "proto/base/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SEEDS    2000
#define STEPS    400
#define WORKERS  5
#define ARTICLES 40
#define LEASE_MS 100
#define STREAK   4
#define FAILURE  "limit: too long"

enum where { WAITING, LEASED, DONE, BURIED };

struct article {
    enum where where;
    uint32_t deaths, failures, worker;
    uint64_t since_ms, order; /* order: of all leases given */
    char token[DISPATCH_TOKEN_BYTES];
};

struct model {
    struct random random;
    struct dispatch *dispatch;
    uint64_t seed, now_ms, tokens;
    struct article article[ARTICLES];
    bool here[WORKERS], draining[WORKERS], paused;
    uint32_t credit[WORKERS], held[WORKERS], streak[WORKERS];
    uint64_t benched_ms[WORKERS]; /* until then */
    bool is_two[WORKERS];
};

static void fault(const struct model *m, const char *what, uint64_t number)
{
    fprintf(stderr, "seed %" PRIu64 ": at %" PRIu64 " ms: %s (%" PRIu64 ")\n", m->seed,
            m->now_ms, what, number);
    exit(1);
}

static uint32_t any(struct model *m, uint32_t bound)
{
    return (uint32_t)random_below(&m->random, bound);
}

static void make_token(void *context, unsigned char out[DISPATCH_TOKEN_BYTES])
{
    struct model *m = context;
    uint64_t word[2] = {++m->tokens, random_next(&m->random)};
    memcpy(out, word, DISPATCH_TOKEN_BYTES);
}

/* Unless the worker itself named it, the blame is for the oldest in its hand. */
static void check_blame(const struct model *m, const struct article *blamed,
                        const struct dispatch_action *action)
{
    if (action->reason[0] == '\0')
        fault(m, "blamed without a reason", action->seq);
    if (strcmp(action->reason, FAILURE) == 0)
        return;
    for (uint32_t n = 0; n < ARTICLES; n++)
        if (m->article[n].where == LEASED && m->article[n].worker == blamed->worker &&
            m->article[n].order < blamed->order)
            fault(m, "blamed, but an older one was in hand", action->seq);
}

/* Take the actions of one event: which articles came back, and who was blamed. */
static void take_back(struct model *m)
{
    struct dispatch_action action;
    uint32_t blamed[WORKERS] = {0};
    while (dispatch_next(m->dispatch, &action) == 1) {
        struct article *a = &m->article[action.seq];
        if (a->where != LEASED)
            fault(m, "an article came back that was not out", action.seq);
        uint32_t more = action.deaths + action.failures - a->deaths - a->failures;
        if (more > 1)
            fault(m, "more than one attempt counted", action.seq);
        blamed[a->worker] += more;
        if (more)
            check_blame(m, a, &action);
        if (action.bury != (more && (action.deaths >= 2 || action.failures >= 3)))
            fault(m, "buried too early or too late", action.seq);
        if (action.deaths < a->deaths || action.failures < a->failures)
            fault(m, "the account shrinks", action.seq);
        a->deaths = action.deaths;
        a->failures = action.failures;
        a->where = action.bury ? BURIED : WAITING;
        m->held[a->worker]--;
    }
    for (uint32_t w = 0; w < WORKERS; w++)
        if (blamed[w] > 1)
            fault(m, "one event blamed two articles", w);
}

static void assign(struct model *m)
{
    uint32_t n = any(m, ARTICLES);
    struct article *a = &m->article[n];
    if (a->where == DONE || a->where == BURIED)
        *a = (struct article){0}; /* another article of that number */
    if (!dispatch_wants(m->dispatch) || a->where != WAITING)
        return;
    if (a->deaths > 0 && !dispatch_has_idle(m->dispatch))
        return;
    const struct dispatch_article article = {n, STR("id"), a->deaths, a->failures,
                                             STR_NONE};
    const struct lease *lease = dispatch_assign(m->dispatch, &article, m->now_ms);
    uint32_t w = lease->worker;
    if (m->paused || w >= WORKERS || !m->here[w] || m->draining[w])
        fault(m, "a job for one who wants none", w);
    if (m->now_ms < m->benched_ms[w])
        fault(m, "a job for one on the bench", w);
    if (++m->held[w] > (m->streak[w] >= STREAK ? 1 : m->credit[w]))
        fault(m, "more than its credit", w);
    for (uint32_t i = 0; i < ARTICLES; i++)
        if (m->article[i].where == LEASED && m->article[i].worker == w &&
            (a->deaths > 0 || m->article[i].deaths > 0))
            fault(m, "an article with a death is not alone", i);
    a->where = LEASED;
    a->worker = w;
    a->since_ms = m->now_ms;
    a->order = m->tokens;
    memcpy(a->token, lease->token, sizeof a->token);
}

static void answer(struct model *m)
{
    uint32_t n = any(m, ARTICLES), asker = any(m, WORKERS), how = any(m, 8);
    struct article *a = &m->article[n];
    struct lease *lease =
        dispatch_find(m->dispatch, asker, str_make(a->token, sizeof a->token));
    if ((lease != NULL) != (a->where == LEASED && a->worker == asker))
        fault(m, "a token that is good for another, or for nobody", n);
    if (lease == NULL)
        return;
    if (how < 6) {
        dispatch_done(m->dispatch, lease);
        a->where = DONE;
        m->held[asker]--;
        m->streak[asker] = 0;
        m->benched_ms[asker] = 0;
    } else if (how == 6) {
        dispatch_fail(m->dispatch, lease, STR(FAILURE), m->now_ms);
        if (++m->streak[asker] >= STREAK)
            m->benched_ms[asker] =
                m->now_ms + (DISPATCH_BENCH_MS << (m->streak[asker] - STREAK));
    } else {
        dispatch_return(m->dispatch, lease);
    }
}

static void join_or_leave(struct model *m)
{
    uint32_t w = any(m, WORKERS);
    if (m->here[w] && any(m, 2)) {
        dispatch_leave(m->dispatch, w, any(m, 3) ? DISPATCH_DIED : DISPATCH_BYE);
        m->here[w] = false;
        m->streak[w] = 0;
        m->benched_ms[w] = 0;
        return;
    }
    bool two = any(m, 2);
    m->credit[w] = 1 + any(m, 6);
    dispatch_ready(m->dispatch, w, two ? STR("two") : STR("one"), STR("x-1"),
                   m->credit[w]);
    if (!m->here[w] || two != m->is_two[w])
        m->streak[w] = 0;
    m->benched_ms[w] = 0;
    m->is_two[w] = two;
    m->here[w] = true;
    m->draining[w] = false;
}

static void forget(struct model *m)
{
    dispatch_forget(m->dispatch);
    for (uint32_t n = 0; n < ARTICLES; n++)
        if (m->article[n].where == LEASED)
            m->article[n].where = WAITING;
    memset(m->held, 0, sizeof m->held);
}

static void tick(struct model *m)
{
    m->now_ms += any(m, LEASE_MS / 4);
    dispatch_tick(m->dispatch, m->now_ms);
    take_back(m);
    for (uint32_t n = 0; n < ARTICLES; n++)
        if (m->article[n].where == LEASED &&
            m->now_ms - m->article[n].since_ms >= LEASE_MS)
            fault(m, "a lease outlived its deadline", n);
}

static void step(struct model *m)
{
    uint32_t what = any(m, 100), w = any(m, WORKERS);
    if (what < 45)
        assign(m);
    else if (what < 80)
        answer(m);
    else if (what < 90)
        tick(m);
    else if (what < 95)
        join_or_leave(m);
    else if (what < 97)
        dispatch_pause(m->dispatch, m->paused = any(m, 3) == 0);
    else if (what == 97 && m->here[w])
        dispatch_drain(m->dispatch, w), m->draining[w] = true;
    else if (what == 98)
        forget(m);
    take_back(m);
    uint64_t leased = 0;
    for (w = 0; w < WORKERS; w++)
        leased += m->held[w];
    if (dispatch_metrics(m->dispatch)->leased.value != leased)
        fault(m, "leases are miscounted", leased);
}

/* All workers well again: whatever is left must come to an end. */
static void finish(struct model *m)
{
    dispatch_pause(m->dispatch, m->paused = false);
    for (uint32_t w = 0; w < WORKERS; w++) {
        m->credit[w] = 4;
        dispatch_ready(m->dispatch, w, STR("last"), STR("x-1"), 4);
        m->here[w] = true;
        m->draining[w] = false;
    }
    take_back(m);
    for (uint32_t n = 0; n < ARTICLES; n++) {
        struct article *a = &m->article[n];
        if (a->where != WAITING)
            continue;
        if (!dispatch_wants(m->dispatch))
            fault(m, "nobody wants an article", n);
        const struct dispatch_article article = {n, STR("id"), a->deaths, a->failures,
                                                 STR_NONE};
        dispatch_done(m->dispatch,
                      (struct lease *)dispatch_assign(m->dispatch, &article, m->now_ms));
    }
}

static void run(uint64_t seed)
{
    const struct dispatch_limits limits = {LEASE_MS, 2, 3, STREAK};
    struct model m = {.seed = seed, .now_ms = 1};
    random_seed(&m.random, seed);
    m.dispatch = dispatch_new(&limits, make_token, &m);
    for (int i = 0; i < STEPS; i++)
        step(&m);
    finish(&m);
    dispatch_free(&m.dispatch);
}

int main(int argc, char **argv)
{
    uint64_t first = 1, seeds = SEEDS, value;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!str_to_u64(str_of(argv[i + 1]), &value))
            return 2;
        if (strcmp(argv[i], "--seeds") == 0)
            seeds = value;
        else
            first = value;
        if (strcmp(argv[i], "--seed") == 0)
            seeds = 1;
    }
    for (uint64_t seed = first; seed < first + seeds; seed++)
        run(seed);
    printf("%" PRIu64 " seeds\n", seeds);
    return 0;
}
