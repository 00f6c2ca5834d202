/* The shares alone, against a model: seeded puts, pauses, sizes. Nothing is lost, doubled
 * or out of order within its feed and lane, nothing of a paused feed comes out, and
 * nobody waits longer than share.h says: while an article waits that its feed has nothing
 * before, every other feed of its lane gets one visit, and every other lane its weight.
 *
 *     test_sim_share [--seeds N] [--first N] | --seed N */

#include "broker/share.h"
#include "proto/base/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SEEDS 1000
#define STEPS 3000
#define FEEDS 6
#define QUEUE 4096
#define LIVE  8 /* weights */
#define BYTES 60000

struct flow {
    uint64_t seq[QUEUE];
    uint32_t first, count;
    bool waiting_alone;    /* its first article found nothing before it */
    uint64_t other[FEEDS]; /* cost given to other feeds of its lane since */
    uint64_t lane[NOTE_LANE_COUNT];
};

struct model {
    struct random random;
    struct share *share;
    uint64_t seed, seqs, most_cost;
    uint32_t slot[FEEDS], flood;
    bool paused[FEEDS];
    struct flow flow[FEEDS][NOTE_LANE_COUNT];
    uint64_t waiting;
};

static void fault(const struct model *m, const char *what, uint64_t number)
{
    fprintf(stderr, "seed %" PRIu64 ": %s (%" PRIu64 ")\n", m->seed, what, number);
    exit(1);
}

static uint32_t any(struct model *m, uint32_t bound)
{
    return (uint32_t)random_below(&m->random, bound);
}

static void begin_waiting(struct flow *flow)
{
    flow->waiting_alone = true;
    memset(flow->other, 0, sizeof flow->other);
    memset(flow->lane, 0, sizeof flow->lane);
}

static void put(struct model *m, uint32_t feed, enum note_lane lane)
{
    struct flow *flow = &m->flow[feed][lane];
    if (flow->first + flow->count == QUEUE)
        return;
    if (flow->count == 0 && !m->paused[feed])
        begin_waiting(flow);
    flow->seq[flow->first + flow->count++] = ++m->seqs;
    share_put(m->share, m->slot[feed], lane, m->seqs);
    m->waiting++;
}

/* Of one lane against another, from the rounds both take (see share.h): what the other
 * got while this one had something, for what this one got. */
static uint64_t lane_bound(const struct model *m, int mine, int other, uint64_t got)
{
    const uint64_t weight[NOTE_LANE_COUNT] = {[NOTE_LIVE] = LIVE, [NOTE_BACKFILL] = 1};
    uint64_t rounds = (got + m->most_cost) / (weight[mine] * SHARE_QUANTUM_BYTES) + 2;
    return rounds * weight[other] * SHARE_QUANTUM_BYTES + m->most_cost;
}

static void check_waits(const struct model *m, uint32_t feed, int lane)
{
    const struct flow *flow = &m->flow[feed][lane];
    if (!flow->waiting_alone)
        return;
    for (uint32_t f = 0; f < FEEDS; f++)
        if (flow->other[f] > SHARE_QUANTUM_BYTES + m->most_cost)
            fault(m, "another feed got more than a visit", f);
    for (int l = 0; l < NOTE_LANE_COUNT; l++)
        if (l != lane && flow->lane[l] > lane_bound(m, lane, l, flow->lane[lane]))
            fault(m, "another lane got more than its weight", flow->lane[l]);
}

static void give(struct model *m, uint32_t feed, int lane, uint64_t cost)
{
    for (uint32_t f = 0; f < FEEDS; f++)
        for (int l = 0; l < NOTE_LANE_COUNT; l++) {
            struct flow *flow = &m->flow[f][l];
            if (l == lane && f != feed)
                flow->other[feed] += cost;
            flow->lane[lane] += cost;
            check_waits(m, f, l);
        }
}

static void take(struct model *m)
{
    struct share_pick pick;
    uint32_t feed = 0;
    if (share_next(m->share, &pick) == 0) {
        for (uint32_t f = 0; f < FEEDS; f++)
            for (int l = 0; l < NOTE_LANE_COUNT; l++)
                if (m->flow[f][l].count > 0 && !m->paused[f])
                    fault(m, "an article waits, and none is given", f);
        return;
    }
    while (feed < FEEDS && m->slot[feed] != pick.feed)
        feed++;
    struct flow *flow = feed < FEEDS ? &m->flow[feed][pick.lane] : NULL;
    if (flow == NULL || flow->count == 0 || flow->seq[flow->first] != pick.seq)
        fault(m, "not the oldest of its feed and lane", pick.seq);
    if (m->paused[feed])
        fault(m, "an article of a paused feed", pick.seq);
    uint64_t bytes = feed == m->flood ? any(m, 3000) : any(m, BYTES);
    flow->first++;
    flow->count--;
    flow->waiting_alone = false;
    m->waiting--;
    share_charge(m->share, &pick, bytes);
    give(m, feed, (int)pick.lane, bytes + SHARE_COST_BYTES);
}

/* A feed that is resumed begins its waiting anew. */
static void pause(struct model *m)
{
    uint32_t feed = any(m, FEEDS);
    bool paused = any(m, 2) == 0;
    if (paused == m->paused[feed])
        return;
    m->paused[feed] = paused;
    share_pause(m->share, m->slot[feed], paused);
    for (int l = 0; l < NOTE_LANE_COUNT; l++) {
        m->flow[feed][l].waiting_alone = false;
        if (!paused && m->flow[feed][l].count > 0)
            begin_waiting(&m->flow[feed][l]);
    }
}

static void step(struct model *m)
{
    uint32_t what = any(m, 100);
    if (what < 25)
        put(m, m->flood, any(m, 4) ? NOTE_LIVE : NOTE_BACKFILL);
    else if (what < 45)
        put(m, any(m, FEEDS), any(m, 2) ? NOTE_LIVE : NOTE_BACKFILL);
    else if (what < 97)
        take(m);
    else
        pause(m);
    if (share_metrics(m->share)->waiting.value != m->waiting)
        fault(m, "what waits is miscounted", m->waiting);
}

static void run(uint64_t seed)
{
    struct model *m = calloc(1, sizeof *m);
    char name[8];
    m->seed = seed;
    m->most_cost = BYTES + SHARE_COST_BYTES;
    random_seed(&m->random, seed);
    m->share = share_new();
    m->flood = any(m, FEEDS);
    for (uint32_t f = 0; f < FEEDS; f++) {
        snprintf(name, sizeof name, "f%u", f);
        m->slot[f] = share_feed(m->share, str_of(name));
        share_pause(m->share, m->slot[f], true);
        share_pause(m->share, m->slot[f], false);
    }
    for (uint32_t n = any(m, 500); n > 0; n--)
        put(m, m->flood, NOTE_LIVE);
    for (int i = 0; i < STEPS; i++)
        step(m);
    for (uint32_t f = 0; f < FEEDS; f++) {
        m->paused[f] = false;
        share_pause(m->share, m->slot[f], false);
        for (int l = 0; l < NOTE_LANE_COUNT; l++)
            m->flow[f][l].waiting_alone = false;
    }
    while (m->waiting > 0)
        take(m);
    take(m);
    share_free(&m->share);
    free(m);
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
