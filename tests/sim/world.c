#include "tests/sim/world.h"

#include "broker/journal_mem.h"
#include "proto/base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define DELAY_MOST_MS 8
#define LATE_MOST_MS  300

struct mail {
    struct mail *next;
    uint64_t at_ms, connection;
    struct actor *actor;
    bool to_broker;
    int count;
    zmq_msg_t part[];
};

/* ---- chance ---- */

bool world_chance(struct world *world, unsigned per_mille)
{
    return random_below(&world->random, 1000) < per_mille && !world->calm;
}

uint64_t world_between(struct world *world, uint64_t least, uint64_t most)
{
    return least + random_below(&world->random, most - least + 1);
}

/* ---- the network ---- */

static void free_note(struct mail *note)
{
    for (int i = 0; i < note->count; i++)
        zmq_msg_close(&note->part[i]);
    mem_free(note);
}

static uint64_t delay(struct world *world, const struct actor *actor)
{
    bool late = !actor->ordered && world_chance(world, 20);
    return world_between(world, 0, late ? LATE_MOST_MS : DELAY_MOST_MS);
}

/* parts from `first` on are moved out of message. */
static void post(struct world *world, struct actor *actor, bool to_broker,
                 struct frames *message, int first)
{
    int count = message->count - first;
    if (!actor->ordered && world_chance(world, 10)) {
        world->lost++;
        frames_clear(message);
        return;
    }
    struct mail *note = mem_alloc(sizeof *note + (size_t)count * sizeof note->part[0]);
    uint64_t *clear_ms = to_broker ? &actor->heard_ms : &actor->clear_ms;
    *note = (struct mail){.at_ms = world->now_ms + delay(world, actor),
                          .connection = actor->connection,
                          .actor = actor,
                          .to_broker = to_broker,
                          .count = count};
    if (actor->ordered && note->at_ms < *clear_ms)
        note->at_ms = *clear_ms;
    *clear_ms = note->at_ms;
    for (int i = 0; i < count; i++) {
        zmq_msg_init(&note->part[i]);
        zmq_msg_move(&note->part[i], &message->part[first + i]);
    }
    frames_clear(message);
    struct mail **at = &world->notes;
    while (*at && (*at)->at_ms <= note->at_ms)
        at = &(*at)->next;
    note->next = *at;
    *at = note;
}

void world_send(struct world *world, struct actor *actor, struct frames *message)
{
    if (actor->connection)
        post(world, actor, true, message, 0);
    else
        frames_clear(message);
}

static int line_sends(void *context, enum frame_endpoint to, struct frames *message)
{
    struct world *world = context;
    char id[32];
    struct str peer = frames_get(message, 0);
    for (int i = 0; i < world->actors; i++) {
        struct actor *actor = &world->actor[i];
        snprintf(id, sizeof id, "c%llu", (unsigned long long)actor->connection);
        if (actor->endpoint != to || actor->connection == 0 || !str_is(peer, id))
            continue;
        if (to == FRAME_TAIL && world_chance(world, 10))
            return 0;
        if (world->see)
            world->see(world, world->seer, i, message);
        post(world, actor, false, message, 1);
        return 1;
    }
    return ERR_GONE;
}

static void deliver(struct world *world, struct mail *note)
{
    char id[32];
    if (note->connection != note->actor->connection)
        return;
    frames_clear(&world->message);
    if (note->to_broker) {
        snprintf(id, sizeof id, "c%llu", (unsigned long long)note->connection);
        frames_add_text(&world->message, id);
    }
    for (int i = 0; i < note->count; i++)
        frames_add_moved(&world->message, &note->part[i]);
    if (note->to_broker) {
        line_receive(world->line, note->actor->endpoint, NULL, &world->message,
                     world->now_ms);
        world->turn_ms = world->now_ms;
    } else if (!note->actor->deaf) {
        note->actor->hear(world, note->actor->self, &world->message);
    }
}

struct actor *world_add(struct world *world, struct actor actor)
{
    struct actor *added = &world->actor[world->actors++];
    *added = actor;
    world_connect(world, added);
    return added;
}

void world_connect(struct world *world, struct actor *actor)
{
    actor->connection = ++world->connections;
    actor->clear_ms = actor->heard_ms = 0;
}

void world_hang_up(struct world *world, struct actor *actor)
{
    (void)world;
    actor->connection = 0;
}

/* ---- the broker ---- */

static void make_token(void *context, unsigned char out[DISPATCH_TOKEN_BYTES])
{
    struct world *world = context;
    for (int i = 0; i < DISPATCH_TOKEN_BYTES; i += 8) {
        uint64_t word = random_next(&world->random);
        memcpy(out + i, &word, sizeof word);
    }
}

static uint64_t wall_ms(void *context)
{
    return 1700000000000 + ((struct world *)context)->now_ms;
}

static void start_broker(struct world *world)
{
    snprintf(world->broker, sizeof world->broker, "sim-%llu",
             (unsigned long long)world->crashes);
    const struct line_host host = {line_sends, make_token,    world,
                                   world->broker, NULL, wall_ms};
    world->line = line_new(&world->settings, &host, world->journal, world->now_ms);
    world->turn_ms = world->now_ms;
}

/* What a peer had still to send when its connection broke is sent over the next one. */
static void connect_anew(struct world *world, struct actor *actor)
{
    uint64_t old = actor->connection;
    bool sends_on = actor->endpoint == FRAME_WORK && world_chance(world, 500);
    world_connect(world, actor);
    for (struct mail *note = world->notes; note && sends_on; note = note->next)
        if (note->actor == actor && note->to_broker && note->connection == old)
            note->connection = actor->connection;
}

/* Power goes: what no flush held is gone, and every connection with it. */
static void crash_broker(struct world *world)
{
    world->crashes++;
    world->foreign += world->line->metrics.foreign.value;
    line_free(&world->line);
    journal_mem_crash(world->journal);
    for (int i = 0; i < world->actors; i++)
        if (world->actor[i].connection)
            connect_anew(world, &world->actor[i]);
    world->now_ms += world_between(world, 1, 500);
    start_broker(world);
}

static void turn_broker(struct world *world)
{
    if (world_chance(world, 2)) {
        crash_broker(world);
        return;
    }
    if (world_chance(world, 2)) {
        world->failed_flushes++;
        journal_mem_fail_flush(world->journal,
                               world_chance(world, 500) ? ERR_NOSPACE : ERR_SYSTEM);
    }
    uint64_t wait_ms = line_turn(world->line, world->now_ms);
    world->turn_ms = world->now_ms + (wait_ms ? wait_ms : 1);
}

/* ---- time ---- */

static struct actor *next_actor(struct world *world)
{
    struct actor *next = NULL;
    for (int i = 0; i < world->actors; i++)
        if (next == NULL || world->actor[i].wake_ms < next->wake_ms)
            next = &world->actor[i];
    return next;
}

static void advance(struct world *world, uint64_t to_ms)
{
    if (to_ms > world->now_ms)
        world->now_ms = to_ms;
}

void world_step(struct world *world)
{
    struct actor *actor = next_actor(world);
    struct mail *note = world->notes;
    if (note && note->at_ms <= world->turn_ms && note->at_ms <= actor->wake_ms) {
        advance(world, note->at_ms);
        world->notes = note->next;
        deliver(world, note);
        free_note(note);
    } else if (actor->wake_ms <= world->turn_ms) {
        advance(world, actor->wake_ms);
        actor->wake_ms = UINT64_MAX;
        actor->wake(world, actor->self);
    } else {
        advance(world, world->turn_ms);
        turn_broker(world);
    }
}

void world_init(struct world *world, uint64_t seed)
{
    struct err err = {0};
    *world = (struct world){.now_ms = 1000};
    random_seed(&world->random, seed);
    frames_init(&world->message);
    world->settings = (struct settings){.listen = "sim",
                                        .journal = "mem:",
                                        .queue_articles = world_between(world, 4, 60),
                                        .queue_bytes = 1 << 20,
                                        .beat_ms = 100,
                                        .dead_ms = 600,
                                        .lease_ms = 2000,
                                        .feeder_idle_ms = 300,
                                        .deaths = 2,
                                        .failures = 3,
                                        .copy_window_ms = 3600000,
                                        .copy_least = 50,
                                        .idle_flush_ms = world_between(world, 1, 50),
                                        .drain_ms = 1000};
    if (journal_open("mem:", &(struct journal_options){0}, &world->journal, &err) < 0) {
        fprintf(stderr, "mem: %s\n", err.text);
        exit(99);
    }
    start_broker(world);
}

void world_fini(struct world *world)
{
    line_free(&world->line);
    journal_close(&world->journal);
    while (world->notes) {
        struct mail *note = world->notes;
        world->notes = note->next;
        free_note(note);
    }
    frames_clear(&world->message);
}
