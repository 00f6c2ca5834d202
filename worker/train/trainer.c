#include "worker/train/trainer.h"

#include "proto/base/mem.h"
#include "worker/learn/model_write.h"
#include "worker/learn/perceptron.h"

#include <assert.h>
#include <stdlib.h>

#define TABLE_LEAST  (1u << 12)
#define FILTER_SHARE 12 /* bits of the filter a feature, at least */
#define SLOTS_LOAD   72 /* per cent of slots in use: few steps from home */
#define NARROW_MOST  32767
#define BLOCKS_COST  3 /* times the room of cells that blocks may take, being faster */

struct cell {
    int64_t total; /* sum of the weight over the steps before stamp */
    int32_t weight;
    uint32_t stamp;
    uint32_t label;
};

struct row {
    uint64_t feature;
    struct cell *cell; /* NULL: the place in the table is free */
    uint16_t count, cap;
    uint32_t updates;
};

struct trainer {
    uint32_t labels;
    uint32_t steps;
    struct row *row;
    size_t mask, count;
};

struct trainer *trainer_new(uint32_t labels)
{
    assert(labels > 0 && labels <= PERCEPTRON_LABELS);
    struct trainer *t = mem_zero(1, sizeof *t);
    t->labels = labels;
    t->row = mem_zero(TABLE_LEAST, sizeof *t->row);
    t->mask = TABLE_LEAST - 1;
    return t;
}

void trainer_free(struct trainer **trainer)
{
    struct trainer *t = *trainer;
    if (t == NULL)
        return;
    for (size_t i = 0; i <= t->mask; i++)
        mem_free(t->row[i].cell);
    mem_free(t->row);
    mem_free(t);
    *trainer = NULL;
}

/* The feature's row, or the free one where it would stand. */
static struct row *find(const struct trainer *t, uint64_t feature)
{
    size_t at = feature & t->mask;
    while (t->row[at].cell && t->row[at].feature != feature)
        at = (at + 1) & t->mask;
    return &t->row[at];
}

static void grow(struct trainer *t)
{
    struct row *old = t->row;
    size_t count = t->mask + 1;
    t->row = mem_zero(count * 2, sizeof *t->row);
    t->mask = count * 2 - 1;
    for (size_t i = 0; i < count; i++)
        if (old[i].cell)
            *find(t, old[i].feature) = old[i];
    mem_free(old);
}

static struct row *make(struct trainer *t, uint64_t feature)
{
    struct row *row = find(t, feature);
    if (row->cell)
        return row;
    if (t->count * 2 > t->mask) {
        grow(t);
        row = find(t, feature);
    }
    t->count++;
    *row = (struct row){.feature = feature, .cap = 2};
    row->cell = mem_zero(row->cap, sizeof *row->cell);
    return row;
}

static void add(struct trainer *t, struct row *row, uint32_t label, int32_t amount)
{
    uint32_t i = 0;
    while (i < row->count && row->cell[i].label != label)
        i++;
    if (i == row->count) {
        if (row->count == row->cap) {
            row->cap = (uint16_t)(row->cap * 2);
            row->cell = mem_grow(row->cell, row->cap, sizeof *row->cell);
        }
        row->cell[row->count++] = (struct cell){.label = label, .stamp = t->steps};
    }
    struct cell *cell = &row->cell[i];
    cell->total += (int64_t)cell->weight * (t->steps - cell->stamp);
    cell->stamp = t->steps;
    cell->weight += amount;
}

void trainer_score(const struct trainer *t, const uint64_t *feature, uint32_t count,
                   int32_t *scores)
{
    memset(scores, 0, t->labels * sizeof *scores);
    for (uint32_t i = 0; i < count; i++)
        __builtin_prefetch(&t->row[feature[i] & t->mask]);
    for (uint32_t i = 0; i < count; i++) {
        const struct row *row = find(t, feature[i]);
        for (uint32_t j = 0; j < row->count; j++)
            scores[row->cell[j].label] += row->cell[j].weight;
    }
}

void trainer_update(struct trainer *t, const uint64_t *feature, uint32_t count,
                    uint32_t good, uint32_t bad, int32_t amount)
{
    for (uint32_t i = 0; i < count; i++) {
        struct row *row = make(t, feature[i]);
        row->updates++;
        add(t, row, good, amount);
        add(t, row, bad, -amount);
    }
}

void trainer_step(struct trainer *t)
{
    t->steps++;
}

void trainer_restart(struct trainer *t)
{
    for (size_t i = 0; i <= t->mask; i++)
        for (uint32_t j = 0; t->row[i].cell && j < t->row[i].count; j++) {
            struct cell *cell = &t->row[i].cell[j];
            cell->total += (int64_t)cell->weight * (t->steps - cell->stamp);
            cell->stamp = t->steps;
            cell->weight = 0;
        }
}

/* A row that is kept: its averaged weights, brought to the range of what stores them. */
struct kept {
    uint64_t feature;
    int16_t weight[PERCEPTRON_LABELS];
};

static int by_feature(const void *a, const void *b)
{
    uint64_t x = ((const struct row *)a)->feature, y = ((const struct row *)b)->feature;
    return (x > y) - (x < y);
}

/* All totals brought up to now, the rows packed and sorted; the greatest total. */
static int64_t settle(struct trainer *t, uint32_t least_updates)
{
    int64_t most = 1;
    size_t n = 0;
    for (size_t i = 0; i <= t->mask; i++) {
        struct row *row = &t->row[i];
        if (row->cell == NULL)
            continue;
        if (row->updates < least_updates) {
            mem_free(row->cell);
            row->cell = NULL;
            continue;
        }
        for (uint32_t j = 0; j < row->count; j++) {
            struct cell *cell = &row->cell[j];
            cell->total += (int64_t)cell->weight * (t->steps - cell->stamp);
            cell->stamp = t->steps;
            most = llabs(cell->total) > most ? llabs(cell->total) : most;
        }
        struct row kept = *row;
        row->cell = NULL;
        t->row[n++] = kept;
    }
    t->count = n;
    qsort(t->row, n, sizeof *t->row, by_feature);
    return most;
}

/* total * range / most, to the nearest. */
static int32_t scale(int64_t total, int64_t most, int32_t range)
{
    double exact = (double)total * range / (double)most;
    return (int32_t)(exact < 0 ? exact - 0.5 : exact + 0.5);
}

static bool quantise(const struct row *row, int64_t most, int32_t range,
                     uint32_t least_weight, struct kept *out)
{
    bool any = false;
    *out = (struct kept){.feature = row->feature};
    for (uint32_t j = 0; j < row->count; j++) {
        int32_t weight = scale(row->cell[j].total, most, range);
        if ((uint32_t)abs(weight) < least_weight || weight == 0)
            continue;
        out->weight[row->cell[j].label] = (int16_t)weight;
        any = true;
    }
    return any;
}

struct sections {
    uint32_t labels, slots;
    uint64_t *slot;
    struct buf cells;
    uint32_t filter_bits;
    unsigned char *filter;
};

static void put_cells(struct sections *s, const struct kept *kept)
{
    for (uint32_t i = 0; i < s->labels; i++)
        if (kept->weight[i])
            model_put_u16(&s->cells,
                          (uint16_t)(i << PERCEPTRON_CELL_SHIFT |
                                     (uint32_t)(kept->weight[i] + PERCEPTRON_CELL_BIAS)));
}

static void put_blocks(struct sections *s, const struct kept *kept, uint32_t blocks)
{
    for (; blocks; blocks &= blocks - 1) {
        uint32_t first = (uint32_t)__builtin_ctz(blocks) * PERCEPTRON_BLOCK;
        for (uint32_t k = first; k < first + PERCEPTRON_BLOCK; k++)
            model_put_u16(&s->cells, (uint16_t)kept->weight[k]);
    }
}

static uint64_t pack(struct sections *s, const struct kept *kept)
{
    if (s->labels <= PERCEPTRON_NARROW) {
        uint64_t slot = perceptron_check(kept->feature, 16);
        for (uint32_t i = 0; i < s->labels; i++)
            slot |= (uint64_t)(uint16_t)kept->weight[i] << (16 * (i + 1));
        return slot;
    }
    uint32_t first = (uint32_t)(s->cells.len / 2), count = 0, blocks = 0;
    for (uint32_t i = 0; i < s->labels; i++)
        if (kept->weight[i]) {
            count++;
            blocks |= 1u << i / PERCEPTRON_BLOCK;
        }
    if ((uint32_t)__builtin_popcount(blocks) * PERCEPTRON_BLOCK <= BLOCKS_COST * count) {
        put_blocks(s, kept, blocks);
        first |= PERCEPTRON_BLOCKS;
        count = blocks;
    } else {
        put_cells(s, kept);
    }
    return first | (uint64_t)count << 32 |
           (uint64_t)perceptron_check(kept->feature, 24) << 40;
}

static void put(struct sections *s, const struct kept *kept)
{
    uint32_t at = perceptron_home(kept->feature, s->slots);
    while (s->slot[at])
        at = at + 1 == s->slots ? 0 : at + 1;
    s->slot[at] = pack(s, kept);
    uint32_t bit = perceptron_filter(kept->feature, (1u << s->filter_bits) - 1);
    s->filter[bit / 8] |= (unsigned char)(1u << bit % 8);
}

void trainer_finish(struct trainer *t, const struct trainer_options *options,
                    struct buf *out)
{
    bool narrow = t->labels <= PERCEPTRON_NARROW;
    int32_t range = narrow ? NARROW_MOST : (int32_t)PERCEPTRON_WEIGHT;
    int64_t most = settle(t, options->least_updates);
    struct sections s = {.labels = t->labels};
    struct kept kept;
    uint32_t features = 0;
    for (size_t i = 0; i < t->count; i++)
        features += quantise(&t->row[i], most, range, options->least_weight, &kept);
    s.slots = (uint32_t)((uint64_t)features * 100 / SLOTS_LOAD) + 1;
    s.slot = mem_zero(s.slots, sizeof *s.slot);
    s.filter_bits = PERCEPTRON_FILTER_LEAST;
    while (s.filter_bits < PERCEPTRON_FILTER_MOST &&
           1u << s.filter_bits < (uint64_t)features * FILTER_SHARE)
        s.filter_bits++;
    s.filter = mem_zero((1u << s.filter_bits) / 8u, 1);
    for (size_t i = 0; i < t->count; i++)
        if (quantise(&t->row[i], most, range, options->least_weight, &kept))
            put(&s, &kept);
    model_put_u32(out, t->labels);
    model_put_u32(out, features);
    model_put_u32(out, s.slots);
    model_put_u32(out, (uint32_t)(s.cells.len / 2));
    model_put_u32(out, s.filter_bits);
    model_put_u32(out, 0);
    buf_add(out, s.filter, (1u << s.filter_bits) / 8u);
    for (uint32_t i = 0; i < s.slots; i++)
        model_put_u64(out, s.slot[i]);
    buf_add_str(out, buf_str(&s.cells));
    mem_free(s.slot);
    mem_free(s.filter);
    buf_fini(&s.cells);
}
