#include "tests/sim/actors.h"

#include "proto/base/mem.h"
#include "proto/wire/message.h"

#include <stdio.h>

#define WINDOW    3
#define BATCH     4
#define RESEND_MS 700

struct put {
    uint64_t tag, sent_ms; /* tag 0: free */
    uint32_t article[BATCH], count;
};

struct feeder {
    struct actor *actor;
    struct ledger *ledger;
    uint32_t todo[ARTICLES], todo_count;
    struct put put[WINDOW];
    uint64_t tags;
    struct arena arena;
    struct frames message;
};

uint32_t article_kind(struct str text)
{
    uint32_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9')
            n = n * 10 + (uint32_t)(text.ptr[i] - '0');
    return n % ARTICLE_KINDS;
}

bool article_is_poison(uint32_t n)
{
    return n % POISON_EVERY == 5;
}

uint32_t article_feed(uint32_t n)
{
    return n % FEEDS;
}

enum note_lane article_lane(uint32_t n)
{
    return n % 4 == 1 ? NOTE_BACKFILL : NOTE_LIVE;
}

static void compose(uint32_t n, bool with_id, struct buf *bytes)
{
    struct article article;
    char id[32], text[64];
    record_init(&article_table, &article);
    snprintf(id, sizeof id, "a-%u", n);
    snprintf(text, sizeof text, "%s number %u", article_is_poison(n) ? "Poison" : "Story",
             n);
    article.text = str_of(text);
    article.source = STR("sim.example");
    article.language = n % 2 ? STR("id") : STR("en");
    if (with_id)
        article.id = str_of(id);
    buf_clear(bytes);
    record_encode(&article_table, &article, bytes);
}

void article_of(uint32_t n, struct buf *bytes, struct buf *id)
{
    struct article article;
    struct arena arena;
    char made[19];
    arena_init(&arena, 1 << 20);
    compose(n, n % NAMELESS_EVERY != 3, bytes);
    article_decode(buf_str(bytes), &arena, &article, NULL);
    buf_clear(id);
    if (article.id.ptr) {
        buf_add_str(id, article.id);
    } else { /* as the broker stores it: the id first */
        struct buf with = {0};
        article_make_id(&article, made);
        buf_add_str(id, str_of(made));
        buf_add_char(&with, (char)(bytes->ptr[0] + 1));
        buf_add(&with, "\xa2id\xb2", 4);
        buf_add_str(&with, buf_str(id));
        buf_add(&with, bytes->ptr + 1, bytes->len - 1);
        buf_fini(bytes);
        *bytes = with;
    }
    arena_fini(&arena);
}

static void add_head(struct feeder *feeder, uint32_t n)
{
    struct buf bytes = {0};
    char feed[16];
    snprintf(feed, sizeof feed, "f%u", article_feed(n));
    const struct message_offer head = {str_of(feed),
                                       str_of(note_lane_name(article_lane(n)))};
    record_encode(&message_offer_table, &head, &bytes);
    frames_add(&feeder->message, buf_str(&bytes));
    buf_fini(&bytes);
}

static void send_put(struct world *world, struct feeder *feeder, struct put *put)
{
    struct buf bytes = {0};
    char tag[24];
    snprintf(tag, sizeof tag, "%llu", (unsigned long long)put->tag);
    frames_clear(&feeder->message);
    frames_add_text(&feeder->message, "OFFER");
    frames_add_text(&feeder->message, tag);
    add_head(feeder, put->article[0]);
    for (uint32_t i = 0; i < put->count; i++) {
        compose(put->article[i], put->article[i] % NAMELESS_EVERY != 3, &bytes);
        frames_add(&feeder->message, buf_str(&bytes));
    }
    buf_fini(&bytes);
    put->sent_ms = world->now_ms;
    world_send(world, feeder->actor, &feeder->message);
}

static void begin_put(struct world *world, struct feeder *feeder, struct put *put)
{
    put->tag = ++feeder->tags;
    put->count = 0;
    uint64_t most = world_between(world, 1, BATCH);
    while (feeder->todo_count > 0 && put->count < most) {
        uint32_t n = feeder->todo[feeder->todo_count - 1];
        if (put->count > 0 && (article_feed(n) != article_feed(put->article[0]) ||
                               article_lane(n) != article_lane(put->article[0])))
            break;
        put->article[put->count++] = n;
        feeder->todo_count--;
    }
    send_put(world, feeder, put);
}

static void wake(struct world *world, void *self)
{
    struct feeder *feeder = self;
    for (int i = 0; i < WINDOW; i++) {
        struct put *put = &feeder->put[i];
        if (put->tag == 0 && feeder->todo_count > 0)
            begin_put(world, feeder, put);
        else if (put->tag && world->now_ms - put->sent_ms >= RESEND_MS)
            send_put(world, feeder, put);
    }
    if (world_chance(world, 5))
        world_connect(world, feeder->actor);
    feeder->actor->wake_ms = world->now_ms + world_between(world, 20, 80);
}

static void take_result(struct world *world, struct feeder *feeder, uint32_t article,
                        const struct message_result *result)
{
    uint64_t *promised = &feeder->ledger->seq[article];
    if (result->status == STATUS_BUSY) {
        feeder->todo[feeder->todo_count++] = article;
        return;
    }
    if (result->status != STATUS_STORED && result->status != STATUS_DUPLICATE)
        fault(world, "a good article was rejected", article);
    if (*promised && *promised != result->seq)
        fault(world, "two positions were promised for one article", article);
    *promised = result->seq;
}

static void hear(struct world *world, void *self, const struct frames *message)
{
    struct feeder *feeder = self;
    struct message_ack ack;
    uint64_t tag = 0;
    if (!str_is(frames_get(message, 0), "ACK") ||
        !str_to_u64(frames_get(message, 1), &tag))
        fault(world, "a feeder heard something else than an ACK", 0);
    arena_reset(&feeder->arena);
    if (record_decode(&message_ack_table, frames_get(message, 2), &feeder->arena, &ack,
                      NULL) < 0)
        fault(world, "an ACK cannot be read", tag);
    for (int i = 0; i < WINDOW; i++) {
        struct put *put = &feeder->put[i];
        if (put->tag != tag)
            continue;
        if (ack.results.count != put->count)
            fault(world, "an ACK has not one result for each article", tag);
        put->tag = 0;
        for (uint32_t k = 0; k < put->count; k++)
            take_result(world, feeder, put->article[k],
                        (const struct message_result *)ack.results.item + k);
        return;
    }
}

struct feeder *feeder_new(struct world *world, struct ledger *ledger, uint32_t first,
                          uint32_t step)
{
    struct feeder *feeder = mem_zero(1, sizeof *feeder);
    feeder->ledger = ledger;
    arena_init(&feeder->arena, 1 << 20);
    frames_init(&feeder->message);
    for (uint32_t n = first; n < ARTICLES; n += step)
        feeder->todo[feeder->todo_count++] = n;
    feeder->actor = world_add(world, (struct actor){.endpoint = FRAME_FEED,
                                                    .hear = hear,
                                                    .wake = wake,
                                                    .self = feeder,
                                                    .wake_ms = world->now_ms});
    return feeder;
}

bool feeder_done(const struct feeder *feeder)
{
    for (int i = 0; i < WINDOW; i++)
        if (feeder->put[i].tag)
            return false;
    return feeder->todo_count == 0;
}

void feeder_free(struct feeder **feeder)
{
    arena_fini(&(*feeder)->arena);
    frames_clear(&(*feeder)->message);
    mem_free(*feeder);
    *feeder = NULL;
}
