#include "worker/learn/perceptron.h"

#include "worker/learn/feature.h"
#include "worker/learn/model.h"

#include <assert.h>

#define CHECK_NARROW 16
#define CHECK_WIDE   24

static uint64_t slot_at(const struct perceptron *p, uint32_t i)
{
    return model_u64(p->slots + (size_t)i * PERCEPTRON_SLOT_BYTES);
}

static uint32_t label_at(const struct perceptron *p, uint64_t cell)
{
    return model_u16(p->cells + cell * 2) >> PERCEPTRON_CELL_SHIFT;
}

/* A label once in a slot, so that features add up to what an int holds. */
static bool labels_ascend(const struct perceptron *p, uint64_t cell, uint64_t end)
{
    for (; cell + 1 < end; cell++)
        if (label_at(p, cell) >= label_at(p, cell + 1))
            return false;
    return true;
}

static int check_slots(const struct perceptron *p, uint32_t features, uint32_t cells,
                       struct err *err)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < p->slot_count; i++) {
        uint64_t slot = slot_at(p, i);
        bool free_slot = p->labels <= PERCEPTRON_NARROW ? (slot & 0xffff) == 0
                                                        : slot >> 40 == 0;
        used += !free_slot;
        if (p->labels <= PERCEPTRON_NARROW || free_slot)
            continue;
        uint64_t first = slot & UINT32_MAX, end = first + (slot >> 32 & 0xff);
        if (end > cells)
            return err_set(err, ERR_FORMAT, "weights: cells lie outside");
        if (!labels_ascend(p, first, end))
            return err_set(err, ERR_FORMAT, "weights: labels out of order");
    }
    if (used != features)
        return err_set(err, ERR_FORMAT, "weights: %u features of %u", used, features);
    return 0;
}

int perceptron_open(struct perceptron *p, struct str section, struct err *err)
{
    if (section.len < PERCEPTRON_HEAD_BYTES)
        return err_set(err, ERR_FORMAT, "weights: no head");
    uint32_t features = model_u32(section.ptr + 4), cells = model_u32(section.ptr + 12);
    *p = (struct perceptron){.labels = model_u32(section.ptr),
                             .slot_count = model_u32(section.ptr + 8),
                             .filter = section.ptr + PERCEPTRON_HEAD_BYTES};
    uint32_t bits = model_u32(section.ptr + 16);
    if (bits < PERCEPTRON_FILTER_LEAST || bits > PERCEPTRON_FILTER_MOST)
        return err_set(err, ERR_FORMAT, "weights: a filter of %u bits", bits);
    p->filter_mask = (1u << bits) - 1;
    uint64_t size = PERCEPTRON_HEAD_BYTES + (1u << bits) / 8u +
                    (uint64_t)p->slot_count * PERCEPTRON_SLOT_BYTES + (uint64_t)cells * 2;
    if (p->labels == 0 || p->labels > PERCEPTRON_LABELS || features >= p->slot_count ||
        size != section.len)
        return err_set(err, ERR_FORMAT, "weights: sizes that do not fit");
    p->slots = p->filter + (1u << bits) / 8u;
    p->cells = p->slots + (size_t)p->slot_count * PERCEPTRON_SLOT_BYTES;
    for (uint32_t i = 0; i < cells; i++)
        if (label_at(p, i) >= p->labels)
            return err_set(err, ERR_FORMAT, "weights: a label that is none");
    return check_slots(p, features, cells, err);
}

/* The features that the filter lets pass; their slots are being fetched. */
static uint32_t filter(const struct perceptron *p, const uint64_t *feature,
                       uint32_t count, uint64_t *kept_out)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bit = perceptron_filter(feature[i], p->filter_mask);
        kept_out[kept] = feature[i];
        kept += (unsigned char)p->filter[bit >> 3] >> (bit & 7) & 1u;
    }
    for (uint32_t i = 0; i < kept; i++) {
        uint32_t home = perceptron_home(kept_out[i], p->slot_count);
        __builtin_prefetch(p->slots + (size_t)home * PERCEPTRON_SLOT_BYTES);
    }
    return kept;
}

static uint32_t next_slot(const struct perceptron *p, uint32_t i)
{
    return i + 1 == p->slot_count ? 0 : i + 1;
}

static void score_narrow(const struct perceptron *p, const uint64_t *feature,
                         uint32_t count, int32_t *scores)
{
    int32_t sum[PERCEPTRON_NARROW] = {0};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t check = perceptron_check(feature[i], CHECK_NARROW);
        uint32_t at = perceptron_home(feature[i], p->slot_count);
        uint64_t slot = slot_at(p, at);
        while ((slot & 0xffff) != check && slot & 0xffff) {
            at = next_slot(p, at);
            slot = slot_at(p, at);
        }
        if ((slot & 0xffff) == 0)
            continue;
        sum[0] += (int16_t)(slot >> 16 & 0xffff);
        sum[1] += (int16_t)(slot >> 32 & 0xffff);
        sum[2] += (int16_t)(slot >> 48);
    }
    for (uint32_t i = 0; i < p->labels; i++)
        scores[i] = sum[i];
}

/* The slots of all known features, their cells being fetched. */
static uint32_t find_wide(const struct perceptron *p, const uint64_t *feature,
                          uint32_t count, uint64_t *slots_out)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t check = perceptron_check(feature[i], CHECK_WIDE);
        uint32_t at = perceptron_home(feature[i], p->slot_count);
        uint64_t slot = slot_at(p, at);
        while (slot >> 40 != check && slot >> 40) {
            at = next_slot(p, at);
            slot = slot_at(p, at);
        }
        if (slot >> 40 == 0)
            continue;
        __builtin_prefetch(p->cells + (slot & UINT32_MAX) * 2);
        slots_out[found++] = slot;
    }
    return found;
}

static void score_wide(const struct perceptron *p, const uint64_t *feature,
                       uint32_t count, int32_t *scores)
{
    uint64_t slot[FEATURES_MOST];
    uint32_t found = find_wide(p, feature, count, slot);
    memset(scores, 0, p->labels * sizeof *scores);
    for (uint32_t i = 0; i < found; i++) {
        const char *cell = p->cells + (slot[i] & UINT32_MAX) * 2;
        const char *end = cell + (slot[i] >> 32 & 0xff) * 2;
        for (; cell < end; cell += 2) {
            uint32_t v = model_u16(cell);
            scores[v >> PERCEPTRON_CELL_SHIFT] +=
                (int32_t)(v & ((1u << PERCEPTRON_CELL_SHIFT) - 1)) - PERCEPTRON_CELL_BIAS;
        }
    }
}

void perceptron_score(const struct perceptron *p, const uint64_t *feature, uint32_t count,
                      int32_t *scores)
{
    uint64_t kept[FEATURES_MOST + 1];
    assert(count <= FEATURES_MOST);
    count = filter(p, feature, count, kept);
    if (p->labels <= PERCEPTRON_NARROW)
        score_narrow(p, kept, count, scores);
    else
        score_wide(p, kept, count, scores);
}
