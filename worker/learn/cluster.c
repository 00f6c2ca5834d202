#include "worker/learn/cluster.h"

#include "worker/learn/model.h"

static const char *slot_at(const struct clusters *c, uint32_t i)
{
    return c->slots + (size_t)i * CLUSTER_SLOT_BYTES;
}

int clusters_open(struct clusters *c, struct str section, struct err *err)
{
    *c = (struct clusters){0};
    if (section.ptr == NULL)
        return 0;
    if (section.len < CLUSTER_HEAD_BYTES)
        return err_set(err, ERR_FORMAT, "clusters: no head");
    uint32_t words = model_u32(section.ptr), slots = model_u32(section.ptr + 4), used = 0;
    if (words >= slots ||
        section.len != CLUSTER_HEAD_BYTES + (uint64_t)slots * CLUSTER_SLOT_BYTES)
        return err_set(err, ERR_FORMAT, "clusters: sizes that do not fit");
    *c = (struct clusters){section.ptr + CLUSTER_HEAD_BYTES, slots};
    for (uint32_t i = 0; i < slots; i++)
        used += model_u16(slot_at(c, i) + 6) != 0;
    if (used != words)
        return err_set(err, ERR_FORMAT, "clusters: %u words of %u", used, words);
    return 0;
}

void clusters_set(const struct clusters *c, struct feature_word *word)
{
    if (c->slot_count == 0)
        return;
    uint32_t at = cluster_home(word->lower, c->slot_count);
    for (;;) {
        const char *slot = slot_at(c, at);
        uint16_t fine = model_u16(slot + 6);
        if (fine == 0)
            return;
        if (model_u32(slot) == word->lower) {
            word->coarse = model_u16(slot + 4);
            word->fine = fine;
            return;
        }
        at = at + 1 == c->slot_count ? 0 : at + 1;
    }
}
