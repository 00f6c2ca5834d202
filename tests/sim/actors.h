#ifndef TESTS_SIM_ACTORS_H
#define TESTS_SIM_ACTORS_H

/* Those who talk to the broker, written from the specs in proto/: a feeder with a window
 * and a ledger, a worker that may hang, die and lie, a consumer that keeps its position.
 * A breach they see themselves is told to `fault`. */

#include "tests/sim/world.h"

#include "proto/wire/article.h"

#define ARTICLES       48
#define FACTS_MOST     (ARTICLES + 8)
#define POISON_EVERY   12
#define NAMELESS_EVERY 11
#define FEEDS          3

void fault(struct world *world, const char *what, uint64_t number); /* ends the program */

/* The articles of this world: n in [0, ARTICLES). */
bool article_is_poison(uint32_t n);
/* Articles are copies of each other where they are of one kind, as their text says: below
 * ARTICLE_KINDS. */
#define ARTICLE_KINDS 7
uint32_t article_kind(struct str text);
uint32_t article_feed(uint32_t n); /* feed "f0", "f1"… */
enum note_lane article_lane(uint32_t n);
void article_of(uint32_t n, struct buf *bytes, struct buf *id); /* as it is stored */

/* What the feeders were promised. */
struct ledger {
    uint64_t seq[ARTICLES]; /* 0: no promise */
};

struct feeder *feeder_new(struct world *world, struct ledger *ledger, uint32_t first,
                          uint32_t step);
bool feeder_done(const struct feeder *feeder);
void feeder_free(struct feeder **feeder);

struct worker_actor *worker_new(struct world *world);
void worker_free(struct worker_actor **worker);

/* There is one in a world. */
struct boss *boss_new(struct world *world);
/* Did the broker say that the article at this position is given up? */
bool boss_purged(const struct boss *boss, uint64_t seq);
void boss_free(struct boss **boss);

struct consumer *consumer_new(struct world *world, const char *kind); /* NULL: all */
uint64_t consumer_next(const struct consumer *consumer);
/* Hash of what it got of entry seq; 0: nothing. */
uint64_t consumer_got(const struct consumer *consumer, uint64_t seq);
void consumer_free(struct consumer **consumer);

#endif
