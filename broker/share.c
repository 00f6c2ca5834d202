/* Flows (a feed's queue in one lane) that have something to give stand in a ring for each
 * lane; the one whose visit it is stands first. A debt is paid with the visits it takes;
 * what is left of a visit when the flow has run dry is forfeited, and so is a flow's
 * debt. A lane's debt is not: one large article after another would be a lane's whole
 * share. */

#include "broker/share.h"

#include "broker/journal_queue.h"
#include "proto/base/map.h"
#include "proto/base/mem.h"

#include <assert.h>

/* Visits a lane is worth, against the others. */
static const int64_t weights[NOTE_LANE_COUNT] = {[NOTE_LIVE] = 8, [NOTE_BACKFILL] = 1};

/* A queue that has run dry gives its memory back beyond this. */
#define KEEP_ITEMS 1024

struct flow {
    struct seqs fresh, again; /* in order of seq; those that came back */
    uint64_t last;            /* newest seq ever put */
    uint64_t expected;
    int64_t deficit;
    struct flow *next, *prev; /* in the ring of its lane; NULL: in none */
};

struct feed {
    struct share_feed shown;
    struct flow flow[NOTE_LANE_COUNT];
};

struct share {
    struct feed feed[SHARE_FEEDS];
    struct map *by_name;
    uint32_t hand;   /* where a slot was looked for last */
    uint32_t pinned; /* SHARE_NONE: no slot is */
    struct flow *ring[NOTE_LANE_COUNT];
    int64_t deficit[NOTE_LANE_COUNT];
    int lane;          /* whose turn it is */
    uint64_t expected; /* by all flows */
    struct share_metrics metrics;
};

struct share *share_new(void)
{
    struct share *share = mem_zero(1, sizeof *share);
    share->by_name = map_new();
    share->metrics = (struct share_metrics)METRIC_INIT(SHARE_METRICS);
    share->pinned = SHARE_NONE;
    uint32_t rest = share_feed(share, STR(NOTE_NO_FEED));
    assert(rest == SHARE_REST);
    return share;
}

void share_free(struct share **share)
{
    if (*share == NULL)
        return;
    share_clear(*share);
    for (uint32_t i = 0; i < SHARE_FEEDS; i++)
        mem_free((char *)(*share)->feed[i].shown.name.ptr);
    map_free(&(*share)->by_name);
    mem_free(*share);
    *share = NULL;
}

/* ---- rings ---- */

static void enter(struct share *share, struct flow *flow, int lane)
{
    struct flow **first = &share->ring[lane];
    if (flow->next)
        return;
    if (*first == NULL) {
        flow->next = flow->prev = *first = flow;
        if (share->deficit[lane] >= 0)
            share->deficit[lane] = weights[lane] * SHARE_QUANTUM_BYTES;
    } else {
        flow->next = *first;
        flow->prev = (*first)->prev;
        flow->prev->next = flow->next->prev = flow;
    }
    flow->deficit = SHARE_QUANTUM_BYTES;
}

static void leave(struct share *share, struct flow *flow, int lane)
{
    if (flow->next == NULL)
        return;
    if (share->ring[lane] == flow)
        share->ring[lane] = flow->next == flow ? NULL : flow->next;
    flow->prev->next = flow->next;
    flow->next->prev = flow->prev;
    flow->next = flow->prev = NULL;
}

/* ---- feeds ---- */

static bool is_idle(const struct feed *feed)
{
    if (feed->shown.paused)
        return false;
    for (int lane = 0; lane < NOTE_LANE_COUNT; lane++)
        if (feed->shown.waiting[lane] > 0 || feed->flow[lane].expected > 0)
            return false;
    return true;
}

static void forget(struct share *share, struct feed *feed)
{
    if (feed->shown.name.ptr == NULL)
        return;
    map_del(share->by_name, feed->shown.name);
    mem_free((char *)feed->shown.name.ptr);
    for (int lane = 0; lane < NOTE_LANE_COUNT; lane++) {
        seqs_fini(&feed->flow[lane].fresh);
        seqs_fini(&feed->flow[lane].again);
    }
    *feed = (struct feed){0};
    share->metrics.known.value--;
}

uint32_t share_feed(struct share *share, struct str name)
{
    uint64_t found;
    if (map_get(share->by_name, name, &found))
        return (uint32_t)found;
    for (uint32_t tries = 0; tries < SHARE_FEEDS; tries++) {
        uint32_t slot = share->hand;
        struct feed *feed = &share->feed[slot];
        share->hand = (share->hand + 1) % SHARE_FEEDS;
        bool kept = slot == SHARE_REST || slot == share->pinned || !is_idle(feed);
        if (feed->shown.name.ptr && kept)
            continue;
        forget(share, feed);
        feed->shown.name = str_make(mem_copy(name.ptr, name.len), name.len);
        map_put(share->by_name, name, slot);
        share->metrics.known.value++;
        return slot;
    }
    return SHARE_NONE;
}

const struct share_feed *share_at(const struct share *share, uint32_t feed)
{
    if (feed >= SHARE_FEEDS || share->feed[feed].shown.name.ptr == NULL)
        return NULL;
    return &share->feed[feed].shown;
}

/* ---- in ---- */

bool share_admits(struct share *share, uint32_t feed, enum note_lane lane, uint64_t room)
{
    const struct feed *f = feed < SHARE_FEEDS ? &share->feed[feed] : NULL;
    if (f && f->shown.waiting[lane] + f->flow[lane].expected < SHARE_ROOM * room)
        return true;
    share->metrics.crowded.value++;
    return false;
}

uint64_t share_waiting(const struct share *share, uint32_t feed)
{
    uint64_t waiting = 0;
    for (int lane = 0; feed < SHARE_FEEDS && lane < NOTE_LANE_COUNT; lane++)
        waiting += share->feed[feed].shown.waiting[lane] +
                   share->feed[feed].flow[lane].expected;
    return waiting;
}

void share_expect(struct share *share, uint32_t feed, enum note_lane lane)
{
    share->feed[feed].flow[lane].expected++;
    share->expected++;
}

void share_settled(struct share *share)
{
    for (uint32_t i = 0; i < SHARE_FEEDS && share->expected > 0; i++)
        for (int lane = 0; lane < NOTE_LANE_COUNT; lane++) {
            share->expected -= share->feed[i].flow[lane].expected;
            share->feed[i].flow[lane].expected = 0;
        }
}

void share_put(struct share *share, uint32_t feed, enum note_lane lane, uint64_t seq)
{
    struct share_feed *shown = &share->feed[feed].shown;
    struct flow *flow = &share->feed[feed].flow[lane];
    assert(shown->name.ptr);
    seqs_push(seq > flow->last ? &flow->fresh : &flow->again, seq);
    if (seq > flow->last)
        flow->last = seq;
    shown->waiting[lane]++;
    share->metrics.waiting.value++;
    if (shown->paused)
        share->metrics.held.value++;
    else
        enter(share, flow, lane);
}

/* ---- out ---- */

/* The lane whose turn it is; NOTE_LANE_COUNT when nothing waits anywhere. */
static int turn(struct share *share)
{
    int empty = 0;
    while (empty < NOTE_LANE_COUNT) {
        int lane = share->lane;
        bool waits = share->ring[lane] != NULL;
        if (waits && share->deficit[lane] > 0)
            return lane;
        share->deficit[lane] += weights[lane] * SHARE_QUANTUM_BYTES;
        if (!waits && share->deficit[lane] > 0)
            share->deficit[lane] = 0;
        empty = waits ? 0 : empty + 1;
        share->lane = (lane + 1) % NOTE_LANE_COUNT;
    }
    return NOTE_LANE_COUNT;
}

static struct feed *owner(struct share *share, const struct flow *flow)
{
    size_t at = (size_t)((const char *)flow - (const char *)share->feed);
    return &share->feed[at / sizeof share->feed[0]];
}

static void count(struct share *share, int lane)
{
    share->metrics.waiting.value--;
    if (lane == NOTE_LIVE)
        share->metrics.live.value++;
    else
        share->metrics.backfill.value++;
}

int share_next(struct share *share, struct share_pick *out)
{
    int lane = turn(share);
    if (lane == NOTE_LANE_COUNT)
        return 0;
    struct flow *flow = share->ring[lane];
    while (flow->deficit <= 0) { /* its visit is over */
        flow->deficit += SHARE_QUANTUM_BYTES;
        flow = share->ring[lane] = flow->next;
    }
    struct feed *feed = owner(share, flow);
    if (!seqs_pop(&flow->again, &out->seq))
        seqs_pop(&flow->fresh, &out->seq);
    out->feed = (uint32_t)(feed - share->feed);
    out->lane = (enum note_lane)lane;
    feed->shown.given++;
    if (--feed->shown.waiting[lane] == 0) {
        leave(share, flow, lane);
        if (flow->fresh.cap > KEEP_ITEMS)
            seqs_fini(&flow->fresh);
    }
    count(share, lane);
    return 1;
}

void share_charge(struct share *share, const struct share_pick *pick, uint64_t bytes)
{
    int64_t cost = SHARE_COST_BYTES + (int64_t)bytes;
    struct flow *flow = &share->feed[pick->feed].flow[pick->lane];
    share->deficit[pick->lane] -= cost;
    if (flow->next)
        flow->deficit -= cost;
}

void share_pin(struct share *share, uint32_t feed)
{
    share->pinned = feed;
}

/* ---- pauses ---- */

void share_pause(struct share *share, uint32_t feed, bool paused)
{
    struct feed *f = &share->feed[feed];
    if (f->shown.paused == paused)
        return;
    f->shown.paused = paused;
    for (int lane = 0; lane < NOTE_LANE_COUNT; lane++) {
        uint64_t waiting = f->shown.waiting[lane];
        if (paused)
            leave(share, &f->flow[lane], lane);
        else if (waiting > 0)
            enter(share, &f->flow[lane], lane);
        share->metrics.held.value += paused ? waiting : -waiting;
    }
    share->metrics.paused.value += paused ? 1 : (uint64_t)-1;
}

void share_clear(struct share *share)
{
    for (uint32_t i = 0; i < SHARE_FEEDS; i++)
        for (int lane = 0; lane < NOTE_LANE_COUNT; lane++) {
            struct flow *flow = &share->feed[i].flow[lane];
            leave(share, flow, lane);
            seqs_fini(&flow->fresh);
            seqs_fini(&flow->again);
            *flow = (struct flow){0};
            share->feed[i].shown.waiting[lane] = 0;
        }
    share->expected = 0;
    share->metrics.waiting.value = share->metrics.held.value = 0;
}

struct share_metrics *share_metrics(struct share *share)
{
    return &share->metrics;
}
