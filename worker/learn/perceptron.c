#include "worker/learn/perceptron.h"

#include "worker/learn/feature.h"
#include "worker/learn/model.h"

#include <assert.h>
#include <stdlib.h>

#define CHECK_NARROW 16
#define CHECK_WIDE   24

static uint64_t slot_at(const struct perceptron *p, uint32_t i)
{
    return model_u64(p->slots + (size_t)i * PERCEPTRON_SLOT_BYTES);
}

static bool is_free(const struct perceptron *p, uint64_t slot)
{
    return p->labels <= PERCEPTRON_NARROW ? (slot & 0xffff) == 0 : slot >> 40 == 0;
}

static bool has_blocks(uint64_t slot)
{
    return slot & PERCEPTRON_BLOCKS;
}

static const char *cells_of(const struct perceptron *p, uint64_t slot)
{
    return p->cells + (slot & (PERCEPTRON_BLOCKS - 1)) * 2;
}

static uint32_t cell_count(uint64_t slot)
{
    return (uint32_t)(slot >> 32 & 0xff);
}

/* Labels there are, each once, so that weights add up to what a sum holds. */
static bool cells_fit(const struct perceptron *p, const char *cell, uint32_t count)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t label = model_u16(cell + (size_t)i * 2) >> PERCEPTRON_CELL_SHIFT;
        if (label < next || label >= p->labels)
            return false;
        next = label + 1;
    }
    return true;
}

static bool weights_fit(const char *cell, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if ((uint32_t)abs((int16_t)model_u16(cell + (size_t)i * 2)) > PERCEPTRON_WEIGHT)
            return false;
    return true;
}

static bool slot_fits(const struct perceptron *p, uint64_t slot, uint32_t cells)
{
    uint32_t n = cell_count(slot), all = n;
    if (has_blocks(slot)) {
        all = (uint32_t)__builtin_popcount(n) * PERCEPTRON_BLOCK;
        if (n >> (p->labels + PERCEPTRON_BLOCK - 1) / PERCEPTRON_BLOCK)
            return false;
    }
    if ((slot & (PERCEPTRON_BLOCKS - 1)) + all > cells)
        return false;
    return has_blocks(slot) ? weights_fit(cells_of(p, slot), all)
                            : cells_fit(p, cells_of(p, slot), all);
}

static int check_slots(const struct perceptron *p, uint32_t features, uint32_t cells,
                       struct err *err)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < p->slot_count; i++) {
        uint64_t slot = slot_at(p, i);
        if (is_free(p, slot))
            continue;
        used++;
        if (p->labels > PERCEPTRON_NARROW && !slot_fits(p, slot, cells))
            return err_set(err, ERR_FORMAT, "weights: cells lie outside, or are none");
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
        __builtin_prefetch(cells_of(p, slot));
        slots_out[found++] = slot;
    }
    return found;
}

static void add_blocks(const char *cell, uint32_t blocks, int16_t *sum)
{
    for (; blocks; blocks &= blocks - 1) {
        int16_t *to = sum + (uint32_t)__builtin_ctz(blocks) * PERCEPTRON_BLOCK;
        for (uint32_t k = 0; k < PERCEPTRON_BLOCK; k++)
            to[k] = (int16_t)(to[k] + (int16_t)model_u16(cell + (size_t)k * 2));
        cell += (size_t)PERCEPTRON_BLOCK * 2;
    }
}

static void add_cells(const char *cell, uint32_t count, int16_t *sum)
{
    for (const char *end = cell + (size_t)count * 2; cell < end; cell += 2) {
        uint32_t v = model_u16(cell), label = v >> PERCEPTRON_CELL_SHIFT;
        int32_t weight =
            (int32_t)(v & ((1u << PERCEPTRON_CELL_SHIFT) - 1)) - PERCEPTRON_CELL_BIAS;
        sum[label] = (int16_t)(sum[label] + weight);
    }
}

/* So many weights of a label fit into 16 bits, with their sign. */
#define SUM_MOST 63u

static void score_wide(const struct perceptron *p, const uint64_t *feature,
                       uint32_t count, int32_t *scores)
{
    uint64_t slot[FEATURES_MOST];
    uint32_t found = find_wide(p, feature, count, slot);
    static_assert(SUM_MOST * (PERCEPTRON_WEIGHT + 1) <= INT16_MAX, "sums fit");
    memset(scores, 0, p->labels * sizeof *scores);
    for (uint32_t first = 0; first < found; first += SUM_MOST) {
        int16_t sum[PERCEPTRON_LABELS] = {0};
        uint32_t end = found - first < SUM_MOST ? found : first + SUM_MOST;
        for (uint32_t i = first; i < end; i++) {
            if (has_blocks(slot[i]))
                add_blocks(cells_of(p, slot[i]), cell_count(slot[i]), sum);
            else
                add_cells(cells_of(p, slot[i]), cell_count(slot[i]), sum);
        }
        for (uint32_t i = 0; i < p->labels; i++)
            scores[i] += sum[i];
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
