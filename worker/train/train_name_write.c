#include "worker/train/train_name_write.h"

#include "proto/base/mem.h"
#include "worker/learn/model_write.h"
#include "worker/learn/name.h"

#include <stdlib.h>

/* Features a hundred places in buckets: of 25 one finds its bucket full. */
#define LOAD 70

#define STEPS_MOST (INT16_MAX / 2) /* two of them are added */

/* A feature that is kept, its weights in steps. */
struct row {
    uint64_t feature;
    uint32_t heavy; /* the weights without their signs, added up */
    int16_t weight[NAME_PAIRS];
};

struct table {
    struct row *item;
    uint32_t count, cap;
};

struct name_writer {
    double least;
    struct table tag, pair;
};

struct name_writer *name_writer_new(double least)
{
    struct name_writer *writer = mem_zero(1, sizeof *writer);
    writer->least = least;
    return writer;
}

void name_writer_free(struct name_writer **writer)
{
    if (*writer == NULL)
        return;
    mem_free((*writer)->tag.item);
    mem_free((*writer)->pair.item);
    mem_free(*writer);
    *writer = NULL;
}

static double keep(const struct name_writer *writer, double weight)
{
    return weight < writer->least && -weight < writer->least ? 0 : weight;
}

static int16_t steps_of(double weight)
{
    double steps = weight * NAME_UNIT;
    steps = steps > STEPS_MOST ? STEPS_MOST : steps < -STEPS_MOST ? -STEPS_MOST : steps;
    return (int16_t)(steps < 0 ? steps - 0.5 : steps + 0.5);
}

static void add(struct table *table, const struct row *row)
{
    if (row->heavy == 0)
        return;
    if (table->count == table->cap)
        table->item =
            mem_grow(table->item, table->cap = table->cap * 2 + 64, sizeof *table->item);
    table->item[table->count++] = *row;
}

void name_writer_tag(struct name_writer *writer, uint64_t feature, const double *weights)
{
    struct row row = {.feature = feature};
    double other = keep(writer, weights[NAME_O]);
    for (uint32_t t = 0; t < NAME_TAG_WEIGHTS; t++) {
        row.weight[t] = steps_of(keep(writer, weights[1 + t]) - other);
        row.heavy += (uint32_t)abs(row.weight[t]);
    }
    add(&writer->tag, &row);
}

void name_writer_pair(struct name_writer *writer, uint64_t feature, const double *weights)
{
    struct row row = {.feature = feature};
    for (uint32_t k = 0; k < NAME_PAIRS; k++) {
        row.weight[k] = steps_of(keep(writer, weights[k]));
        row.heavy += (uint32_t)abs(row.weight[k]);
    }
    add(&writer->pair, &row);
}

static struct row *find(const struct table *table, uint64_t feature)
{
    for (uint32_t i = 0; i < table->count; i++)
        if (table->item[i].feature == feature)
            return &table->item[i];
    return NULL;
}

/* What is put here needs no place in a bucket. */
static void put_bias(struct table *tag, int32_t bonus, struct buf *out)
{
    struct row *bias = find(tag, name_feature_bias());
    model_put_u32(out, (uint32_t)bonus);
    for (uint32_t t = 0; t < NAME_TAG_WEIGHTS; t++)
        model_put_u32(out, bias ? (uint32_t)(int32_t)bias->weight[t] : 0);
    for (uint32_t i = 8 + 4 * NAME_TAGS; i < NAME_HEAD_BYTES; i++)
        buf_add_char(out, 0);
    if (bias)
        bias->heavy = 0;
}

static void put_shapes(struct table *pair, struct buf *out)
{
    struct row *any = find(pair, name_feature_any());
    for (uint32_t b = 0; b < NAME_SHAPES; b++)
        for (uint32_t s = 0; s < NAME_SHAPES; s++) {
            struct row *row = find(pair, name_feature_shapes(b, s));
            for (uint32_t k = 0; k < NAME_PAIRS; k++) {
                int weight = (any ? any->weight[k] : 0) + (row ? row->weight[k] : 0);
                model_put_u16(out, (uint16_t)(int16_t)weight);
            }
            if (row)
                row->heavy = 0;
        }
    if (any)
        any->heavy = 0;
}

/* The heaviest first; of equal ones in order of hash. */
static int by_weight(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->heavy != y->heavy)
        return (x->heavy < y->heavy) - (x->heavy > y->heavy);
    return (x->feature > y->feature) - (x->feature < y->feature);
}

static uint32_t buckets_for(uint32_t features)
{
    return (uint32_t)((uint64_t)features * 100 / LOAD / NAME_BUCKET) + 1;
}

static void put_row(const struct row *row, const uint8_t *labels, uint32_t weights,
                    uint32_t place, char *bucket)
{
    char *at = bucket + (size_t)place * weights;
    for (uint32_t k = 0; k < weights; k++) {
        int weight = row->weight[labels ? labels[k] : k];
        weight = weight > NAME_WEIGHT_MOST    ? NAME_WEIGHT_MOST
                 : weight < -NAME_WEIGHT_MOST ? -NAME_WEIGHT_MOST
                                              : weight;
        at[k] = (char)weight;
    }
    uint16_t check = name_check(row->feature);
    at = bucket + (size_t)NAME_BUCKET * weights + (size_t)place * 2;
    at[0] = (char)(check & 0xff);
    at[1] = (char)(check >> 8);
}

/* labels: where in a row the weights stand; NULL: they are the first. */
static void put_buckets(struct table *table, const uint8_t *labels, uint32_t weights,
                        struct buf *out)
{
    uint32_t count = buckets_for(table->count);
    const size_t size = NAME_BUCKET_BYTES(weights);
    uint8_t *used = mem_zero(count, 1);
    char *buckets = mem_zero(count, size);
    if (table->count)
        qsort(table->item, table->count, sizeof *table->item, by_weight);
    for (uint32_t i = 0; i < table->count; i++) {
        uint32_t at = name_bucket(table->item[i].feature, count);
        if (table->item[i].heavy && used[at] < NAME_BUCKET)
            put_row(&table->item[i], labels, weights, used[at]++, buckets + at * size);
    }
    buf_add(out, buckets, count * size);
    mem_free(buckets);
    mem_free(used);
}

void name_writer_finish(struct name_writer *writer, int32_t bonus, struct buf *out)
{
    model_put_u32(out, buckets_for(writer->tag.count));
    model_put_u32(out, buckets_for(writer->pair.count));
    put_bias(&writer->tag, bonus, out);
    put_shapes(&writer->pair, out);
    put_buckets(&writer->tag, NULL, NAME_TAG_WEIGHTS, out);
    put_buckets(&writer->pair, name_pairs, NAME_PAIR_WEIGHTS, out);
}
