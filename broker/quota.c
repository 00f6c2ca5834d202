#include "broker/quota.h"

#include "proto/base/map.h"
#include "proto/base/mem.h"

#define SECOND_MS 1000

struct bucket {
    uint64_t level; /* thousandths of articles */
    uint64_t at_ms; /* when that was right */
};

struct quota {
    struct map *by_name; /* -> index */
    struct bucket *bucket;
    uint32_t count, cap;
};

struct quota *quota_new(void)
{
    struct quota *quota = mem_zero(1, sizeof *quota);
    quota->by_name = map_new();
    return quota;
}

void quota_free(struct quota **quota)
{
    if (*quota == NULL)
        return;
    map_free(&(*quota)->by_name);
    mem_free((*quota)->bucket);
    mem_free(*quota);
    *quota = NULL;
}

static struct bucket *bucket_of(struct quota *quota, struct str name, uint64_t per_s,
                                uint64_t now_ms)
{
    uint64_t index;
    if (map_get(quota->by_name, name, &index))
        return &quota->bucket[index];
    if (quota->count == quota->cap) {
        quota->cap = quota->cap ? 2 * quota->cap : 16;
        quota->bucket = mem_grow(quota->bucket, quota->cap, sizeof *quota->bucket);
    }
    map_put(quota->by_name, name, quota->count);
    quota->bucket[quota->count] = (struct bucket){per_s * SECOND_MS, now_ms};
    return &quota->bucket[quota->count++];
}

uint64_t quota_take(struct quota *quota, struct str name, uint64_t per_s, uint64_t count,
                    uint64_t now_ms, uint64_t *retry_ms_out)
{
    struct bucket *bucket = bucket_of(quota, name, per_s, now_ms);
    uint64_t passed_ms = now_ms - bucket->at_ms, most = per_s * SECOND_MS;
    bucket->at_ms = now_ms;
    bucket->level += (passed_ms < SECOND_MS ? passed_ms : SECOND_MS) * per_s;
    if (bucket->level > most)
        bucket->level = most;
    uint64_t may = bucket->level / SECOND_MS;
    uint64_t taken = may < count ? may : count;
    bucket->level -= taken * SECOND_MS;
    uint64_t rest = count - taken < per_s ? count - taken : per_s;
    *retry_ms_out = rest ? (rest * SECOND_MS - bucket->level % SECOND_MS) / per_s + 1 : 0;
    return taken;
}

void quota_clear(struct quota *quota)
{
    map_clear(quota->by_name);
    quota->count = 0;
}
