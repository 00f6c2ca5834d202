/* The operator: one who pauses and resumes feeds, drains workers, gives dead letters up
 * and puts them back, one request at a time; and who sees what the broker says to others:
 * nothing of a paused feed goes out, and nothing to one who was told to leave. */

#include "tests/sim/actors.h"

#include "proto/base/mem.h"
#include "proto/wire/message.h"

#include <inttypes.h>
#include <stdio.h>

#define PATIENCE_MS 600

enum asked { NOTHING, PAUSE, RESUME, DRAIN, LIST, PURGE, REPLAY };

struct boss {
    struct actor *actor;
    enum asked asked;
    uint32_t feed;
    uint64_t seq, asked_ms;
    uint64_t listed; /* a dead letter it has seen; 0: none */
    bool paused[FEEDS];
    uint64_t drained[WORLD_ACTORS]; /* connection of that actor that is to end; 0: none */
    bool purged[ARTICLES + 1];      /* by position */
    struct frames message;
};

/* ---- what the broker says, as it says it ---- */

/* Number of an article, by its text. */
static uint32_t number_of(struct str article)
{
    static const char mark[] = " number ";
    uint32_t n = 0;
    size_t at = str_find(article, STR(" number ")) + sizeof mark - 1;
    for (; at < article.len && article.ptr[at] >= '0' && article.ptr[at] <= '9'; at++)
        n = 10 * n + (uint32_t)(article.ptr[at] - '0');
    return n;
}

static void see_job(struct world *world, const struct boss *boss, int to,
                    const struct frames *message)
{
    if (boss->drained[to] == world->actor[to].connection)
        fault(world, "a job for a worker that is draining", boss->drained[to]);
    for (int i = 3; i < message->count; i++) {
        uint32_t n = number_of(frames_get(message, i));
        if (boss->paused[article_feed(n)])
            fault(world, "a job of a paused feed", n);
    }
}

static void see(struct world *world, void *self, int to, const struct frames *message)
{
    struct boss *boss = self;
    struct str command = frames_get(message, 1);
    if (str_is(command, "JOB"))
        see_job(world, boss, to, message);
    else if (str_is(command, "DRAIN"))
        boss->drained[to] = world->actor[to].connection;
    else if (str_is(command, "HELLO"))
        boss->drained[to] = 0;
    else if (&world->actor[to] == boss->actor && str_is(command, "OK")) {
        if (boss->asked == PAUSE || boss->asked == RESUME)
            boss->paused[boss->feed] = boss->asked == PAUSE;
        else if (boss->asked == PURGE && boss->seq <= ARTICLES)
            boss->purged[boss->seq] = true;
    }
}

/* ---- what it asks ---- */

static void ask(struct world *world, struct boss *boss, enum asked what)
{
    char words[64];
    const char *const names[] = {
        [PAUSE] = "feed-pause f", [RESUME] = "feed-resume f", [DRAIN] = "drain",
        [LIST] = "dead",          [PURGE] = "dead-purge ",    [REPLAY] = "dead-replay "};
    snprintf(words, sizeof words, "%s", names[what]);
    size_t len = strlen(words);
    if (what == PAUSE || what == RESUME)
        snprintf(words + len, sizeof words - len, "%" PRIu32, boss->feed);
    else if (what == PURGE || what == REPLAY)
        snprintf(words + len, sizeof words - len, "%" PRIu64, boss->seq);
    boss->asked = what;
    boss->asked_ms = world->now_ms;
    frames_clear(&boss->message);
    frames_add_text(&boss->message, words);
    world_send(world, boss->actor, &boss->message);
}

static void resume_any(struct world *world, struct boss *boss)
{
    for (uint32_t feed = 0; feed < FEEDS; feed++)
        if (boss->paused[feed]) {
            boss->feed = feed;
            ask(world, boss, RESUME);
            return;
        }
}

static void do_something(struct world *world, struct boss *boss)
{
    boss->feed = (uint32_t)world_between(world, 0, FEEDS - 1);
    boss->seq = boss->listed;
    boss->listed = 0;
    if (boss->seq)
        ask(world, boss, world_between(world, 0, 1) ? PURGE : REPLAY);
    else
        ask(world, boss, (enum asked)world_between(world, PAUSE, LIST));
}

static void wake(struct world *world, void *self)
{
    struct boss *boss = self;
    if (boss->asked != NOTHING && world->now_ms - boss->asked_ms > PATIENCE_MS) {
        world_connect(world, boss->actor); /* what it asked may have been done */
        boss->asked = NOTHING;
    }
    if (boss->asked == NOTHING && world->calm)
        resume_any(world, boss);
    else if (boss->asked == NOTHING)
        do_something(world, boss);
    boss->actor->wake_ms = world->now_ms + world_between(world, 20, 400);
}

static void hear(struct world *world, void *self, const struct frames *message)
{
    struct boss *boss = self;
    struct str rest = frames_get(message, 1), word;
    (void)world;
    if (boss->asked == LIST && str_is(frames_get(message, 0), "OK") && rest.len > 0 &&
        str_split(&rest, ' ', &word) == 1)
        str_to_u64(word, &boss->listed);
    boss->asked = NOTHING;
}

struct boss *boss_new(struct world *world)
{
    struct boss *boss = mem_zero(1, sizeof *boss);
    frames_init(&boss->message);
    boss->actor = world_add(world, (struct actor){.endpoint = FRAME_ADMIN,
                                                  .hear = hear,
                                                  .wake = wake,
                                                  .self = boss,
                                                  .wake_ms = world->now_ms});
    world->see = see;
    world->seer = boss;
    return boss;
}

bool boss_purged(const struct boss *boss, uint64_t seq)
{
    return seq <= ARTICLES && boss->purged[seq];
}

void boss_free(struct boss **boss)
{
    frames_clear(&(*boss)->message);
    mem_free(*boss);
    *boss = NULL;
}
