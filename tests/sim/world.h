#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

/* A simulated world round one broker: a clock, a network that delays, reorders and loses,
 * and actors (feeders, workers, consumers) that talk to the broker's line (broker/line.h)
 * over a "mem:" journal. Everything follows from one seed.
 *
 * An actor has one connection at a time; what is under way on a connection that broke is
 * lost. Messages to and from consumers keep their order and are lost only by breaking the
 * connection, as TCP has it; feeders and workers must stand worse. */

#include "broker/journal.h"
#include "broker/line.h"
#include "proto/base/random.h"

#define WORLD_ACTORS 16

struct world;

/* A message at an actor; parts as on the wire, without routing id. */
typedef void actor_hear(struct world *world, void *self, const struct frames *message);
/* The actor's timer. */
typedef void actor_wake(struct world *world, void *self);

struct actor {
    enum frame_endpoint endpoint;
    bool ordered; /* no loss, no reordering on a connection */
    actor_hear *hear;
    actor_wake *wake;
    void *self;
    uint64_t wake_ms;    /* UINT64_MAX: never */
    uint64_t connection; /* number of its connection; 0: none */
    bool deaf;           /* takes messages and does nothing: a hung process */
    uint64_t clear_ms;   /* ordered: nothing arrives before what was sent earlier */
    uint64_t heard_ms;   /* when the broker's clear_ms for it was last moved */
};

/* Sees what the broker sends to an actor (by its index), routing id first. */
typedef void world_see(struct world *world, void *seer, int to,
                       const struct frames *message);

struct mail; /* a message under way */

struct world {
    struct random random;
    uint64_t now_ms, turn_ms;
    bool calm; /* no more faults: all must come to rest */
    struct settings settings;
    struct journal *journal;
    struct line *line;
    struct actor actor[WORLD_ACTORS];
    int actors;
    uint64_t connections;
    struct mail *notes; /* in order of arrival */
    uint64_t crashes, failed_flushes, lost;
    uint64_t foreign; /* messages dropped that were meant for a run before a crash */
    char broker[32];  /* this run's name */
    world_see *see; /* NULL: nobody does */
    void *seer;
    struct frames message;
};

void world_init(struct world *world, uint64_t seed);
void world_fini(struct world *world);

struct actor *world_add(struct world *world, struct actor actor); /* borrowed */
/* A fresh connection; what was under way on the old one is lost. */
void world_connect(struct world *world, struct actor *actor);
void world_hang_up(struct world *world, struct actor *actor);
/* Send message (taken) to the broker. */
void world_send(struct world *world, struct actor *actor, struct frames *message);

bool world_chance(struct world *world, unsigned per_mille); /* never when calm */
uint64_t world_between(struct world *world, uint64_t least, uint64_t most);

/* Do the next thing that is due, and let the clock run up to it. */
void world_step(struct world *world);

#endif
