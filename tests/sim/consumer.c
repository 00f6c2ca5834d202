#include "tests/sim/actors.h"

#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/wire/message.h"
#include "proto/wire/scan.h"

#define CREDIT 5

/* What is kept together, as in one transaction: position and results. */
struct consumer {
    struct actor *actor;
    const char *kind;
    uint64_t next;
    uint64_t got[FACTS_MOST];
    uint64_t heard_ms, beat_ms;
    bool greeted;
    struct arena arena;
    struct frames message;
};

static void say(struct world *world, struct consumer *consumer, enum message command,
                const struct record_table *table, const void *head)
{
    struct buf bytes = {0};
    frames_clear(&consumer->message);
    frames_add_text(&consumer->message, message_name(command));
    if (table)
        record_encode(table, head, &bytes);
    else
        buf_add_char(&bytes, '\x80');
    frames_add(&consumer->message, buf_str(&bytes));
    buf_fini(&bytes);
    consumer->beat_ms = world->now_ms + 100;
    world_send(world, consumer->actor, &consumer->message);
}

static void begin(struct world *world, struct consumer *consumer)
{
    struct message_from from;
    struct str kind = str_of(consumer->kind);
    char position[9] = {'\xcf', 0, 0, 0, 0, 0, 0, 0, 0};
    for (int i = 0; i < 8; i++)
        position[8 - i] = (char)(consumer->next >> (8 * i));
    record_init(&message_from_table, &from);
    from.from_raw = str_make(position, sizeof position);
    from.credit = CREDIT;
    if (consumer->kind)
        from.kinds = (struct record_strs){&kind, 1, 1};
    consumer->heard_ms = world->now_ms;
    consumer->greeted = false;
    say(world, consumer, MESSAGE_FROM, &message_from_table, &from);
}

static void wake(struct world *world, void *self)
{
    struct consumer *consumer = self;
    bool silent = world->now_ms - consumer->heard_ms > world->settings.dead_ms;
    if (silent || world_chance(world, 10)) {
        world_connect(world, consumer->actor);
        begin(world, consumer);
    } else if (consumer->beat_ms <= world->now_ms) {
        say(world, consumer, MESSAGE_BEAT, NULL, NULL);
    }
    consumer->actor->wake_ms = world->now_ms + world_between(world, 20, 60);
}

static uint64_t seq_of(struct world *world, struct str entry)
{
    struct scan scan = scan_begin(entry), inner;
    struct scan_value array, record, seq;
    scan_next(&scan, &array);
    inner = scan_inside(&array);
    if (array.type != SCAN_ARRAY || scan_next(&inner, &record) != 1 ||
        !scan_find(&record, STR("seq"), &seq) || seq.type != SCAN_UINT)
        fault(world, "an entry has no seq", 0);
    return seq.as.natural;
}

static void take_facts(struct world *world, struct consumer *consumer,
                       const struct frames *message, uint64_t next)
{
    if (message->count - 2 > CREDIT)
        fault(world, "more entries than credit", consumer->next);
    for (int i = 2; i < message->count; i++) {
        struct str entry = frames_get(message, i);
        uint64_t seq = seq_of(world, entry);
        bool expected = consumer->kind ? seq >= consumer->next : seq == consumer->next;
        if (!expected || seq >= next || seq >= FACTS_MOST)
            fault(world, "an entry out of order", seq);
        consumer->got[seq] = hash64(entry, 0);
        consumer->next = seq + 1;
    }
    if (next < consumer->next || (!consumer->kind && next != consumer->next))
        fault(world, "next does not fit the entries", next);
    consumer->next = next;
    const struct message_credit credit = {.credit = (uint64_t)(message->count - 2)};
    if (credit.credit > 0)
        say(world, consumer, MESSAGE_CREDIT, &message_credit_table, &credit);
}

static void hear(struct world *world, void *self, const struct frames *message)
{
    struct consumer *consumer = self;
    struct message_next head;
    enum message command = message_of(frames_get(message, 0));
    consumer->heard_ms = world->now_ms;
    if (command == MESSAGE_ERROR) {
        begin(world, consumer);
        return;
    }
    if (command == MESSAGE_GAP)
        fault(world, "a gap in a journal nobody trimmed", consumer->next);
    consumer->greeted |= command == MESSAGE_HELLO;
    if ((command != MESSAGE_FACT && command != MESSAGE_LIVE) || !consumer->greeted)
        return;
    arena_reset(&consumer->arena);
    if (record_decode(&message_next_table, frames_get(message, 1), &consumer->arena,
                      &head, NULL) < 0)
        fault(world, "a FACT cannot be read", consumer->next);
    take_facts(world, consumer, message, head.next);
}

struct consumer *consumer_new(struct world *world, const char *kind)
{
    struct consumer *consumer = mem_zero(1, sizeof *consumer);
    consumer->kind = kind;
    consumer->next = 1;
    arena_init(&consumer->arena, 1 << 20);
    frames_init(&consumer->message);
    consumer->actor = world_add(world, (struct actor){.endpoint = FRAME_TAIL,
                                                      .ordered = true,
                                                      .hear = hear,
                                                      .wake = wake,
                                                      .self = consumer,
                                                      .wake_ms = world->now_ms});
    return consumer;
}

uint64_t consumer_next(const struct consumer *consumer)
{
    return consumer->next;
}

uint64_t consumer_got(const struct consumer *consumer, uint64_t seq)
{
    return consumer->got[seq];
}

void consumer_free(struct consumer **consumer)
{
    arena_fini(&(*consumer)->arena);
    frames_clear(&(*consumer)->message);
    mem_free(*consumer);
    *consumer = NULL;
}
