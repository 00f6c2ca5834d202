/* The whole line of the broker under seeded faults: loss, delay, reordering, workers that
 * die, hang and lie, consumers that reconnect, failed flushes, power cuts, an operator
 * who pauses feeds, drains workers, gives dead letters up and puts them back. After some
 * seconds of that the world is calm; then everything must come to rest, and the journal
 * must hold what was promised (I1 to I6 and I9 below).
 *
 *     test_sim_line [--seeds N] [--first N] | --seed N */

#include "tests/sim/actors.h"

#include "proto/base/diag.h"
#include "proto/base/hash.h"
#include "proto/base/map.h"
#include "proto/base/mem.h"
#include "proto/wire/fact.h"
#include "proto/wire/scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SEEDS     1500
#define STORM_MS  6000
#define REST_MS   120000
#define FEEDERS   3
#define WORKERS   3
#define CONSUMERS 2

static uint64_t current_seed; /* for the message of a failure only */

struct scene {
    struct world world;
    struct ledger ledger;
    struct feeder *feeder[FEEDERS];
    struct worker_actor *worker[WORKERS];
    struct consumer *consumer[CONSUMERS];
    struct boss *boss;
};

struct totals {
    uint64_t crashes, failed_flushes, lost, foreign, dead, purged, entries;
};

void fault(struct world *world, const char *what, uint64_t number)
{
    fprintf(stderr, "seed %" PRIu64 ": at %" PRIu64 " ms: %s (%" PRIu64 ")\n",
            current_seed, world->now_ms, what, number);
    exit(1);
}

static void begin(struct scene *scene, uint64_t seed)
{
    static const char *const kinds[CONSUMERS] = {NULL, "entity"};
    world_init(&scene->world, seed);
    for (uint32_t i = 0; i < FEEDERS; i++) /* the last one puts all articles again */
        scene->feeder[i] = feeder_new(&scene->world, &scene->ledger,
                                      i == FEEDERS - 1 ? 0 : i, i == FEEDERS - 1 ? 1 : 2);
    for (uint32_t i = 0; i < WORKERS; i++)
        scene->worker[i] = worker_new(&scene->world);
    for (uint32_t i = 0; i < CONSUMERS; i++)
        scene->consumer[i] = consumer_new(&scene->world, kinds[i]);
    scene->boss = boss_new(&scene->world);
}

static void end(struct scene *scene)
{
    for (uint32_t i = 0; i < FEEDERS; i++)
        feeder_free(&scene->feeder[i]);
    for (uint32_t i = 0; i < WORKERS; i++)
        worker_free(&scene->worker[i]);
    for (uint32_t i = 0; i < CONSUMERS; i++)
        consumer_free(&scene->consumer[i]);
    boss_free(&scene->boss);
    world_fini(&scene->world);
}

static bool at_rest(struct scene *scene)
{
    struct journal_stats stats;
    journal_stats(scene->world.journal, &stats);
    if (stats.unfinished > 0 || stats.degraded)
        return false;
    for (uint32_t i = 0; i < FEEDERS; i++)
        if (!feeder_done(scene->feeder[i]))
            return false;
    for (uint32_t i = 0; i < CONSUMERS; i++)
        if (consumer_next(scene->consumer[i]) <= stats.last[JOURNAL_FACTS])
            return false;
    return true;
}

/* ---- what must hold ---- */

/* I1, I2, I6: every promised article stands once, at its position, with its bytes;
 * positions have no hole. */
static void check_articles(struct scene *scene, struct map *seq_of_id)
{
    struct journal *journal = scene->world.journal;
    struct journal_stats stats;
    struct journal_item item;
    struct buf bytes = {0}, id = {0};
    journal_stats(journal, &stats);
    for (uint64_t seq = 1; seq <= stats.last[JOURNAL_ARTICLES]; seq++) {
        if (journal_read(journal, JOURNAL_ARTICLES, seq, &item, NULL) != 1 ||
            item.seq != seq)
            fault(&scene->world, "a hole in the articles", seq);
        if (map_get(seq_of_id, item.id, NULL))
            fault(&scene->world, "an article stands twice", seq);
        map_put(seq_of_id, item.id, seq);
    }
    for (uint32_t n = 0; n < ARTICLES; n++) {
        uint64_t seq = scene->ledger.seq[n];
        if (seq == 0)
            fault(&scene->world, "an article was never acknowledged", n);
        article_of(n, &bytes, &id);
        if (journal_read(journal, JOURNAL_ARTICLES, seq, &item, NULL) != 1 ||
            item.seq != seq || !str_eq(item.id, buf_str(&id)) ||
            !str_eq(item.bytes, buf_str(&bytes)))
            fault(&scene->world, "an acknowledged article is not what was put", n);
    }
    if (map_count(seq_of_id) != ARTICLES)
        fault(&scene->world, "articles nobody put", map_count(seq_of_id));
    buf_fini(&bytes);
    buf_fini(&id);
}

static struct str article_id_of(struct world *world, const struct journal_item *item)
{
    struct scan scan = scan_begin(item->bytes), inner;
    struct scan_value array, record, article, id;
    if (scan_next(&scan, &array) != 1 || array.type != SCAN_ARRAY)
        fault(world, "an entry is no array", item->seq);
    inner = scan_inside(&array);
    if (scan_next(&inner, &record) != 1 ||
        !scan_find(&record, STR("article"), &article) ||
        !scan_find(&article, STR("id"), &id))
        fault(world, "an entry names no article", item->seq);
    return id.bytes;
}

/* Of each kind of articles the first in the log, which all others are copies of. */
struct originals {
    struct buf id[ARTICLE_KINDS];
    uint32_t copies;
};

/* I9: an entry says of which article it is a copy, whatever was lost, repeated or killed:
 * of the first of its kind, and that one of none. */
static void check_copy(struct world *world, const struct journal_item *item,
                       struct originals *originals)
{
    struct scan scan = scan_begin(item->bytes), inner;
    struct scan_value array, record, article, id, text, copy_of;
    scan_next(&scan, &array);
    inner = scan_inside(&array);
    scan_next(&inner, &record);
    scan_find(&record, STR("article"), &article);
    scan_find(&article, STR("id"), &id);
    scan_find(&article, STR("text"), &text);
    struct buf *first = &originals->id[article_kind(text.bytes)];
    bool is_copy = scan_find(&record, STR("copy_of"), &copy_of);
    if (is_copy != (first->len > 0))
        fault(world, is_copy ? "the first is a copy" : "a copy was not seen", item->seq);
    if (is_copy && !str_eq(copy_of.bytes, buf_str(first)))
        fault(world, "a copy of another than the first", item->seq);
    if (!is_copy)
        buf_add_str(first, id.bytes);
    originals->copies += is_copy;
}

/* I4, I5: each article's entry stands once; what the consumers got is the log. */
static void check_facts(struct scene *scene, struct map *facts_of_id)
{
    struct tail all = {.here = true}, some = {.here = true};
    struct str entity = STR("entity");
    struct journal_stats stats;
    struct journal_item item;
    struct originals originals = {0};
    struct buf shown = {0};
    some.filter[TAIL_KINDS] = (struct tail_filter){&entity, 1};
    journal_stats(scene->world.journal, &stats);
    for (uint64_t seq = 1; seq <= stats.last[JOURNAL_FACTS]; seq++) {
        if (journal_read(scene->world.journal, JOURNAL_FACTS, seq, &item, NULL) != 1 ||
            item.seq != seq)
            fault(&scene->world, "a hole in the facts", seq);
        struct str id = article_id_of(&scene->world, &item);
        if (map_get(facts_of_id, id, NULL))
            fault(&scene->world, "an article's facts stand twice", seq);
        map_put(facts_of_id, id, seq);
        check_copy(&scene->world, &item, &originals);
        for (int i = 0; i < CONSUMERS; i++) {
            buf_clear(&shown);
            uint64_t count = tail_select(i ? &some : &all, seq, item.bytes, &shown);
            if (consumer_got(scene->consumer[i], seq) !=
                (count ? hash64(buf_str(&shown), 0) : 0))
                fault(&scene->world, "a consumer got something else", seq);
        }
    }
    buf_fini(&shown);
    for (int i = 0; i < ARTICLE_KINDS; i++)
        buf_fini(&originals.id[i]);
    if (stats.last[JOURNAL_FACTS] > 2 * ARTICLE_KINDS && originals.copies == 0)
        fault(&scene->world, "no copies", 0);
}

/* A dead letter knows whose it was, and has an attempt for each that was counted since it
 * was put back last, or more. */
static void check_note(struct scene *scene, uint32_t n, const struct journal_item *item)
{
    struct note note;
    struct str line;
    char feed[16];
    uint32_t attempts = 0;
    if (item == NULL)
        return;
    note_read(item->note, &note);
    snprintf(feed, sizeof feed, "f%u", article_feed(n));
    if (!str_is(note.feed, feed) || note.lane != article_lane(n))
        fault(&scene->world, "a dead letter of another feed", n);
    while (str_split(&note.history, '\n', &line) == 1)
        attempts++;
    if (attempts < item->deaths + item->failures)
        fault(&scene->world, "attempts that nothing is told of", n);
}

/* I3: each article is a dead letter with a reason to be, or has its facts, or was given
 * up. */
static void check_ends(struct scene *scene, const struct map *facts_of_id,
                       uint64_t *dead_out, uint64_t *purged_out)
{
    struct buf bytes = {0}, id = {0};
    struct journal_item item;
    *dead_out = *purged_out = 0;
    for (uint32_t n = 0; n < ARTICLES; n++) {
        uint64_t seq = scene->ledger.seq[n];
        article_of(n, &bytes, &id);
        bool dead =
            journal_dead(scene->world.journal, seq, &item, NULL) == 1 && item.seq == seq;
        bool read = map_get(facts_of_id, buf_str(&id), NULL);
        bool purged = boss_purged(scene->boss, seq);
        if (!dead && !read && !purged)
            fault(&scene->world, "an article was lost", n);
        if (dead && item.deaths < 2 && item.failures < 3)
            fault(&scene->world, "an article was buried alive", n);
        if (dead && item.note.len == 0)
            fault(&scene->world, "a dead letter without a reason", n);
        check_note(scene, n, dead ? &item : NULL);
        if (article_is_poison(n) && !dead && !purged)
            fault(&scene->world, "poison is no dead letter", n);
        *dead_out += dead;
        *purged_out += !dead && !read;
    }
    buf_fini(&bytes);
    buf_fini(&id);
}

static void check(struct scene *scene, struct totals *totals)
{
    struct map *seq_of_id = map_new(), *facts_of_id = map_new();
    uint64_t dead, purged;
    check_articles(scene, seq_of_id);
    check_facts(scene, facts_of_id);
    check_ends(scene, facts_of_id, &dead, &purged);
    totals->crashes += scene->world.crashes;
    totals->failed_flushes += scene->world.failed_flushes;
    totals->lost += scene->world.lost;
    totals->foreign += scene->world.foreign + scene->world.line->metrics.foreign.value;
    totals->dead += dead;
    totals->purged += purged;
    totals->entries += map_count(facts_of_id);
    map_free(&seq_of_id);
    map_free(&facts_of_id);
}

static void run(uint64_t seed, struct totals *totals)
{
    struct scene *scene = mem_zero(1, sizeof *scene);
    current_seed = seed;
    begin(scene, seed);
    while (scene->world.now_ms < STORM_MS)
        world_step(&scene->world);
    scene->world.calm = true;
    while (!at_rest(scene)) {
        if (scene->world.now_ms > STORM_MS + REST_MS)
            fault(&scene->world, "does not come to rest", 0);
        world_step(&scene->world);
    }
    check(scene, totals);
    end(scene);
    mem_free(scene);
}

int main(int argc, char **argv)
{
    uint64_t first = 1, seeds = SEEDS, value;
    struct totals totals = {0};
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
    diag_set_level((enum diag_level)(DIAG_ERROR + 1)); /* faults are what is tested */
    for (uint64_t seed = first; seed < first + seeds; seed++)
        run(seed, &totals);
    printf("%" PRIu64 " seeds: %" PRIu64 " crashes, %" PRIu64 " failed flushes, %" PRIu64
           " messages lost, %" PRIu64 " of an earlier run, %" PRIu64 " dead letters, %" PRIu64 " given up, %" PRIu64
           " entries\n",
           seeds, totals.crashes, totals.failed_flushes, totals.lost, totals.foreign, totals.dead,
           totals.purged, totals.entries);
    return 0;
}
