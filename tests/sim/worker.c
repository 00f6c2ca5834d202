#include "tests/sim/actors.h"

#include "proto/base/mem.h"
#include "proto/wire/fact.h"
#include "proto/wire/message.h"
#include "proto/wire/sketch.h"

#include <stdio.h>

#define HAND      32
#define CREDIT    6
#define EXTRACTOR "sim-1"

enum state { AWAY, WAITING, AT_WORK, HUNG };

struct job {
    char lease[16];
    struct buf article;
};

struct worker_actor {
    struct actor *actor;
    enum state state;
    uint32_t lives;
    uint64_t heard_ms, beat_ms, job_ms, back_ms; /* last heard; next beat, result, life */
    struct job job[HAND];
    uint32_t jobs;
    bool leaving; /* when it has nothing in hand */
    char broker[32]; /* the run that said HELLO; "": none yet */
    struct arena arena;
    struct frames message;
};

static void say(struct world *world, struct worker_actor *worker, enum message command,
                const struct record_table *table, const void *head)
{
    struct buf bytes = {0};
    frames_clear(&worker->message);
    frames_add_text(&worker->message, message_name(command));
    if (table)
        record_encode(table, head, &bytes);
    else
        buf_add_char(&bytes, '\x80');
    frames_add(&worker->message, buf_str(&bytes));
    buf_fini(&bytes);
    worker->beat_ms = world->now_ms + 100;
    world_send(world, worker->actor, &worker->message);
}

static void drop_jobs(struct worker_actor *worker)
{
    while (worker->jobs > 0)
        buf_fini(&worker->job[--worker->jobs].article);
}

static void begin(struct world *world, struct worker_actor *worker)
{
    struct message_ready ready;
    char name[32];
    drop_jobs(worker);
    snprintf(name, sizeof name, "sim/%u", worker->lives);
    record_init(&message_ready_table, &ready);
    ready.name = str_of(name);
    ready.extractor = STR(EXTRACTOR);
    ready.credit = CREDIT;
    worker->state = WAITING;
    worker->leaving = false;
    worker->broker[0] = '\0';
    worker->heard_ms = world->now_ms;
    say(world, worker, MESSAGE_READY, &message_ready_table, &ready);
}

/* Either the connection breaks with it, or nobody notices. */
static void die(struct world *world, struct worker_actor *worker)
{
    if (world_between(world, 0, 1))
        world_hang_up(world, worker->actor);
    worker->actor->deaf = true;
    worker->state = AWAY;
    worker->lives++;
    worker->back_ms = world->now_ms + world_between(world, 1, 1200);
    drop_jobs(worker);
}

static void come_back(struct world *world, struct worker_actor *worker)
{
    worker->actor->deaf = false;
    world_connect(world, worker->actor);
    begin(world, worker);
}

/* ---- results ---- */

static void add_record(struct buf *entry, const struct fact *fact)
{
    record_encode(fact_tables[fact->kind], fact, entry);
}

/* The same bytes for the same article, as promised. Every third article has no facts. */
static void make_entry(struct worker_actor *worker, struct str bytes, struct buf *entry,
                       struct sketch *sketch)
{
    struct article article, brief;
    struct fact fact;
    arena_reset(&worker->arena);
    article_decode(bytes, &worker->arena, &article, NULL);
    *sketch = (struct sketch){0};
    for (uint32_t i = 0; i < SKETCH_VALUES; i++)
        sketch_add(sketch, i * ARTICLE_KINDS + article_kind(article.text));
    bool empty = article.text.len % 3 == 0;
    buf_add_char(entry, empty ? '\x91' : '\x92');
    fact_init(&fact, FACT_ARTICLE);
    fact.n = 0;
    fact.article = &article;
    fact.extractor = STR(EXTRACTOR);
    fact_make_id(&fact, article.id, STR(EXTRACTOR), &worker->arena);
    add_record(entry, &fact);
    if (empty)
        return;
    brief = article;
    brief.text = STR_NONE;
    fact_init(&fact, FACT_ENTITY);
    fact.n = 1;
    fact.article = &brief;
    fact.sentence = 0;
    fact.span = (struct span){0, 5};
    fact.text = str_slice(article.text, 0, 5);
    fact.confidence = 0.5;
    fact.type = FACT_PER;
    fact.name = fact.text;
    struct span mention = fact.span;
    fact.mentions = (struct record_spans){&mention, 1, 1};
    fact_make_id(&fact, article.id, STR(EXTRACTOR), &worker->arena);
    add_record(entry, &fact);
}

static void send_result(struct world *world, struct worker_actor *worker, bool garbage)
{
    struct message_job job;
    struct message_jobs head = {.jobs = {.item = &job, .count = 1}};
    if (worker->broker[0])
        head.broker = str_of(worker->broker);
    struct buf entry = {0};
    struct sketch sketch;
    char packed[SKETCH_BYTES];
    record_init(&message_job_table, &job);
    job.lease = str_make(worker->job[0].lease, 16);
    bool fails = world_chance(world, 20);
    if (fails) {
        job.code = STR("limit");
        job.text = STR("more than it can read");
        say(world, worker, MESSAGE_FAIL, &message_jobs_table, &head);
        return;
    }
    make_entry(worker, buf_str(&worker->job[0].article), &entry, &sketch);
    job.sketch = str_make(packed, sketch_encode(&sketch, packed));
    if (garbage)
        entry.ptr[world_between(world, 0, entry.len / 4)] ^= 0x5a;
    struct buf bytes = {0};
    record_encode(&message_jobs_table, &head, &bytes);
    frames_clear(&worker->message);
    frames_add_text(&worker->message, "DONE");
    frames_add(&worker->message, buf_str(&bytes));
    if (!garbage || world_between(world, 0, 3))
        frames_add(&worker->message, buf_str(&entry));
    worker->beat_ms = world->now_ms + 100;
    world_send(world, worker->actor, &worker->message);
    buf_fini(&bytes);
    buf_fini(&entry);
}

static bool is_poison(const struct job *job)
{
    return str_find(buf_str(&job->article), STR("Poison")) != (size_t)-1;
}

static void shift(struct worker_actor *worker)
{
    buf_fini(&worker->job[0].article);
    memmove(worker->job, worker->job + 1, --worker->jobs * sizeof worker->job[0]);
}

static void finish_job(struct world *world, struct worker_actor *worker)
{
    if (is_poison(&worker->job[0]) || world_chance(world, 10)) {
        die(world, worker);
        return;
    }
    bool garbage = world_chance(world, 15);
    send_result(world, worker, garbage);
    if (world_chance(world, 20))
        send_result(world, worker, garbage); /* twice */
    shift(worker);
    worker->job_ms = world->now_ms + world_between(world, 1, 40);
    worker->state = worker->jobs ? AT_WORK : WAITING;
    if (world_chance(world, 10)) { /* beats, but does not read */
        worker->state = HUNG;
        worker->job_ms = world->now_ms + world_between(world, 1000, 5000);
    }
}

/* ---- life ---- */

static void wake(struct world *world, void *self)
{
    struct worker_actor *worker = self;
    if (worker->state == AWAY) {
        if (worker->back_ms <= world->now_ms)
            come_back(world, worker);
    } else if (world->now_ms - worker->heard_ms > world->settings.dead_ms) {
        world_connect(world, worker->actor);
        begin(world, worker);
    } else if (worker->jobs > 0 && worker->job_ms <= world->now_ms) {
        finish_job(world, worker);
    } else if (world_chance(world, 1) || (worker->leaving && worker->jobs == 0)) {
        say(world, worker, MESSAGE_BYE, NULL, NULL);
        die(world, worker);
    }
    if (worker->state != AWAY && worker->beat_ms <= world->now_ms)
        say(world, worker, MESSAGE_BEAT, NULL, NULL);
    worker->actor->wake_ms = world->now_ms + world_between(world, 5, 20);
}

static void take_jobs(struct world *world, struct worker_actor *worker,
                      const struct frames *message)
{
    struct message_jobs head;
    arena_reset(&worker->arena);
    if (record_decode(&message_jobs_table, frames_get(message, 1), &worker->arena, &head,
                      NULL) < 0 ||
        head.jobs.count != (uint32_t)message->count - 2)
        fault(world, "a JOB cannot be read", 0);
    if (!str_is(head.broker, world->broker))
        fault(world, "a JOB of another run", head.jobs.count);
    const struct message_job *job = head.jobs.item;
    for (uint32_t i = 0; i < head.jobs.count; i++) {
        if (worker->jobs == HAND)
            fault(world, "a worker has far more than its credit", worker->jobs);
        struct job *mine = &worker->job[worker->jobs++];
        *mine = (struct job){{0}, {0}};
        memcpy(mine->lease, job[i].lease.ptr, 16);
        buf_add_str(&mine->article, frames_get(message, 2 + (int)i));
    }
    if (worker->state == WAITING) {
        worker->state = AT_WORK;
        worker->job_ms = world->now_ms + world_between(world, 1, 40);
    }
}

static void take_hello(struct worker_actor *worker, const struct frames *message)
{
    struct message_hello hello;
    arena_reset(&worker->arena);
    if (record_decode(&message_hello_table, frames_get(message, 1), &worker->arena,
                      &hello, NULL) == 0)
        snprintf(worker->broker, sizeof worker->broker, "%.*s", STR_ARG(hello.broker));
}

static void hear(struct world *world, void *self, const struct frames *message)
{
    struct worker_actor *worker = self;
    struct message_error error;
    worker->heard_ms = world->now_ms;
    switch (message_of(frames_get(message, 0))) {
    case MESSAGE_HELLO:
        take_hello(worker, message);
        break;
    case MESSAGE_JOB:
        take_jobs(world, worker, message);
        break;
    case MESSAGE_DRAIN:
        worker->leaving = true;
        break;
    case MESSAGE_ERROR:
        arena_reset(&worker->arena);
        record_decode(&message_error_table, frames_get(message, 1), &worker->arena,
                      &error, NULL);
        if (str_is(error.code, "usage"))
            begin(world, worker);
        break;
    default:
        break;
    }
}

struct worker_actor *worker_new(struct world *world)
{
    struct worker_actor *worker = mem_zero(1, sizeof *worker);
    arena_init(&worker->arena, 1 << 20);
    frames_init(&worker->message);
    worker->lives = (uint32_t)world->actors * 1000;
    worker->actor = world_add(world, (struct actor){.endpoint = FRAME_WORK,
                                                    .hear = hear,
                                                    .wake = wake,
                                                    .self = worker,
                                                    .wake_ms = world->now_ms});
    worker->back_ms = world->now_ms + world_between(world, 1, 200);
    return worker;
}

void worker_free(struct worker_actor **worker)
{
    drop_jobs(*worker);
    arena_fini(&(*worker)->arena);
    frames_clear(&(*worker)->message);
    mem_free(*worker);
    *worker = NULL;
}
