#include "worker/sink/web_follow.h"

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/mem.h"
#include "proto/client/tail.h"
#include "worker/sink/store.h"

#define NAME        "sink" /* as in sink_main.c */
#define BATCH       256
#define BATCH_BYTES ((size_t)4 << 20)
#define MORE_MS     5    /* more that lies ready goes into the same batch */
#define BATCH_MS    250  /* but readers wait no longer than this */
#define RETRY_MS    1000 /* a store that is full or locked */

struct web_follow {
    struct web *web;
    struct store *store;
    struct tail *tail;
    struct buf bytes;
    size_t end[BATCH];
    size_t entries;
    struct store_gap gap;
    char reason[64];
    bool has_gap, moved;
    uint64_t next, retry_ms;
};

int web_follow_open(struct web *web, const char *broker, const struct identity *identity,
                    const char *database, struct web_follow **out, struct err *err)
{
    struct web_follow *follow = mem_zero(1, sizeof *follow);
    struct tail_options options = {.base = broker,
                                   .identity = *identity,
                                   .from = TAIL_FIRST,
                                   .credit = BATCH * 2};
    follow->web = web;
    int rc = store_open(database, STORE_WRITE, &follow->store, err);
    if (rc == 0)
        rc = store_position(follow->store, NAME, &options.from, err);
    if (rc >= 0)
        rc = tail_open(&options, &follow->tail, err);
    if (rc < 0)
        web_follow_close(&follow);
    *out = follow;
    return rc;
}

void web_follow_close(struct web_follow **follow_at)
{
    struct web_follow *follow = *follow_at;
    if (follow == NULL)
        return;
    tail_close(&follow->tail);
    store_close(&follow->store);
    buf_fini(&follow->bytes);
    mem_free(follow);
    *follow_at = NULL;
}

static void gather(struct web_follow *follow, const struct tail_item *item)
{
    follow->moved = true;
    follow->next = item->next;
    if (item->what == TAIL_ENTRY) {
        buf_add_str(&follow->bytes, item->entry);
        follow->end[follow->entries++] = follow->bytes.len;
    } else if (item->what == TAIL_GAP) {
        size_t len = item->reason.len < sizeof follow->reason ? item->reason.len
                                                              : sizeof follow->reason;
        memcpy(follow->reason, item->reason.ptr, len);
        follow->gap = (struct store_gap){item->gap_from, item->gap_to,
                                         str_make(follow->reason, len)};
        follow->has_gap = true;
        diag(DIAG_WARN, "web", "positions cannot be had", "from",
             diag_u64(item->gap_from), "to", diag_u64(item->gap_to), NULL);
    }
}

static bool is_full(const struct web_follow *follow)
{
    return follow->entries == BATCH || follow->bytes.len >= BATCH_BYTES ||
           follow->has_gap;
}

/* 1 written, 0 to be tried again, negative. */
static int write_batch(struct web_follow *follow, struct err *err)
{
    struct str entry[BATCH];
    struct store_counts before = store_counts(follow->store);
    for (size_t i = 0; i < follow->entries; i++)
        entry[i] = str_slice(buf_str(&follow->bytes), i ? follow->end[i - 1] : 0,
                             follow->end[i]);
    const struct store_batch batch = {.entry = entry,
                                      .entries = follow->entries,
                                      .gap = &follow->gap,
                                      .gaps = follow->has_gap,
                                      .name = NAME,
                                      .next = follow->next};
    int rc = store_apply(follow->store, &batch, err);
    if (rc < 0) {
        pthread_mutex_lock(&follow->web->lock);
        follow->web->metrics.follow_errors.value++;
        pthread_mutex_unlock(&follow->web->lock);
    }
    if (rc == ERR_NOSPACE || rc == ERR_LOCKED) {
        diag(DIAG_WARN, "web", "the store cannot be written now", "why", err->text, NULL);
        follow->retry_ms = clock_now_ms() + RETRY_MS;
        return 0;
    }
    if (rc < 0)
        return rc;
    struct store_counts after = store_counts(follow->store);
    uint64_t articles = after.articles - before.articles, facts = after.facts - before.facts;
    pthread_mutex_lock(&follow->web->lock);
    follow->web->metrics.follow_articles.value += articles;
    follow->web->metrics.follow_facts.value += facts;
    pthread_mutex_unlock(&follow->web->lock);
    web_count(follow->web, clock_wall_ms(), articles, facts);
    if (follow->next > 0)
        web_set_position(follow->web, follow->next - 1);
    buf_clear(&follow->bytes);
    follow->entries = 0;
    follow->has_gap = follow->moved = false;
    return 1;
}

int web_follow_turn(struct web_follow *follow, uint64_t wait_ms, struct err *err)
{
    uint64_t began = clock_now_ms();
    while (!is_full(follow)) {
        struct tail_item item;
        int rc = tail_next(follow->tail, follow->moved ? MORE_MS : wait_ms, &item, err);
        if (rc < 0)
            return rc;
        if (rc == 0)
            break;
        gather(follow, &item);
        if (clock_now_ms() - began > BATCH_MS)
            break;
    }
    if (!follow->moved || clock_now_ms() < follow->retry_ms)
        return 0;
    return write_batch(follow, err);
}
