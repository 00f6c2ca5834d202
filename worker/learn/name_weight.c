#include "worker/learn/name_weight.h"

#include "worker/learn/model.h"

#include <assert.h>

/* Eight numbers that are added at a time. */
typedef uint16_t eight __attribute__((vector_size(16)));
typedef int16_t eight_signed __attribute__((vector_size(16)));
typedef int8_t eight_bytes __attribute__((vector_size(8)));
typedef int8_t sixteen_bytes __attribute__((vector_size(16)));
typedef uint64_t two __attribute__((vector_size(16)));

static_assert(NAME_BUCKET == 8, "the checks of a bucket are compared at once");
static_assert(FEATURES_MOST * (NAME_WEIGHT_MOST + 1) <= INT16_MAX, "sums fit");

#define PAIR(before, tag) ((before)*NAME_TAGS + (tag))
#define PAIRS_OF(c)                                                                      \
    PAIR(NAME_O, NAME_B(c)), PAIR(NAME_B(c), NAME_O), PAIR(NAME_B(c), NAME_I(c)),        \
        PAIR(NAME_I(c), NAME_O), PAIR(NAME_I(c), NAME_I(c))

const uint8_t name_pairs[NAME_PAIR_WEIGHTS] = {PAIR(NAME_O, NAME_O), PAIRS_OF(1),
                                               PAIRS_OF(2), PAIRS_OF(3)};

int name_weights_open(struct name_weights *w, struct str section, struct err *err)
{
    const size_t shapes = (size_t)NAME_SHAPES * NAME_SHAPES * NAME_PAIRS * 2;
    if (section.len < NAME_HEAD_BYTES + shapes)
        return err_set(err, ERR_FORMAT, "names: no head");
    const char *shape = section.ptr + NAME_HEAD_BYTES;
    w->tag_buckets = model_u32(section.ptr);
    w->pair_buckets = model_u32(section.ptr + 4);
    for (uint32_t t = 0; t < NAME_TAGS; t++) {
        w->bias[t] = (int32_t)model_u32(section.ptr + 8 + (size_t)t * 4);
        if (w->bias[t] < -NAME_BIAS_MOST || w->bias[t] > NAME_BIAS_MOST)
            return err_set(err, ERR_FORMAT, "names: a bias of %d", w->bias[t]);
    }
    w->tag = shape + shapes;
    w->pair = w->tag + (size_t)w->tag_buckets * NAME_BUCKET_BYTES(NAME_TAG_WEIGHTS);
    if (w->tag_buckets == 0 || w->tag_buckets > NAME_BUCKETS_MOST ||
        w->pair_buckets == 0 || w->pair_buckets > NAME_BUCKETS_MOST ||
        section.len !=
            NAME_HEAD_BYTES + shapes +
                (uint64_t)w->tag_buckets * NAME_BUCKET_BYTES(NAME_TAG_WEIGHTS) +
                (uint64_t)w->pair_buckets * NAME_BUCKET_BYTES(NAME_PAIR_WEIGHTS))
        return err_set(err, ERR_FORMAT, "names: sizes that do not fit");
    for (uint32_t b = 0; b < NAME_SHAPES; b++)
        for (uint32_t s = 0; s < NAME_SHAPES; s++)
            for (uint32_t k = 0; k < NAME_PAIRS; k++, shape += 2)
                w->shape[b][s][k] = (int16_t)model_u16(shape);
    return 0;
}

/* To or from the order of bytes that the file has. */
static inline uint64_t little64(uint64_t x)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? x : __builtin_bswap64(x);
}

static inline uint16_t little16(uint16_t x)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? x : __builtin_bswap16(x);
}

/* A feature's place in a bucket with these checks, and a mask: all bits, or none where
 * it is not there. */
static inline uint32_t place_of(const char *checks, uint64_t feature, uint64_t *mask_out)
{
    const uint16_t c = little16(name_check(feature));
    const eight want = {c, c, c, c, c, c, c, c};
    eight have;
    uint64_t found;
    memcpy(&have, checks, sizeof have);
    eight_bytes same = __builtin_convertvector(have == want, eight_bytes);
    memcpy(&found, &same, sizeof found);
    *mask_out = found ? UINT64_MAX : 0;
    return (uint32_t)__builtin_ctzll(little64(found) | 1ull << 63) / 8;
}

/* Eight bytes with their signs: each twice, of which the lower one is shifted out. */
static inline eight widen(uint64_t weights)
{
    const two one = {weights, 0};
    sixteen_bytes bytes = (sixteen_bytes)one;
    bytes = __builtin_shufflevector(bytes, bytes, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6,
                                    6, 7, 7);
    return (eight)((eight_signed)bytes >> 8);
}

static void weigh_tags(const struct name_weights *w, const struct features *f,
                       int32_t *scores)
{
    const uint32_t checks = NAME_BUCKET * NAME_TAG_WEIGHTS;
    eight sum = {0};
    for (uint32_t i = 0; i < f->count; i++) {
        const char *bucket = w->tag + (size_t)name_bucket(f->id[i], w->tag_buckets) *
                                          NAME_BUCKET_BYTES(NAME_TAG_WEIGHTS);
        uint64_t mask, weights;
        uint32_t at = place_of(bucket + checks, f->id[i], &mask);
        /* and two bytes of what stands behind: nobody reads what they add up to */
        memcpy(&weights, bucket + (size_t)at * NAME_TAG_WEIGHTS, sizeof weights);
        sum += widen(weights & mask);
    }
    scores[NAME_O] = w->bias[NAME_O];
    for (uint32_t t = 0; t < NAME_TAG_WEIGHTS; t++)
        scores[1 + t] = w->bias[1 + t] + (int16_t)sum[t];
}

static void weigh_pairs(const struct name_weights *w, const struct name_features *f,
                        int32_t *scores)
{
    const uint32_t checks = NAME_BUCKET * NAME_PAIR_WEIGHTS;
    eight sum[2] = {{0}, {0}};
    for (uint32_t i = 0; i < f->pair.count; i++) {
        uint64_t feature = f->pair.id[i];
        const char *bucket = w->pair + (size_t)name_bucket(feature, w->pair_buckets) *
                                           NAME_BUCKET_BYTES(NAME_PAIR_WEIGHTS);
        uint64_t mask, weights[2];
        uint32_t at = place_of(bucket + checks, feature, &mask);
        memcpy(weights, bucket + (size_t)at * NAME_PAIR_WEIGHTS, sizeof weights);
        sum[0] += widen(weights[0] & mask);
        sum[1] += widen(weights[1] & mask);
    }
    memcpy(scores, w->shape[f->shape_before][f->shape], sizeof w->shape[0][0]);
    for (uint32_t k = 0; k < NAME_PAIR_WEIGHTS; k++)
        scores[name_pairs[k]] += (int16_t)sum[k / 8][k % 8];
}

void name_weigh(const struct name_weights *w, const struct name_features *f,
                int32_t *scores)
{
    assert(f->tag.count <= FEATURES_MOST && f->pair.count <= FEATURES_MOST);
    assert(f->shape < NAME_SHAPES && f->shape_before < NAME_SHAPES);
    weigh_tags(w, &f->tag, scores);
    weigh_pairs(w, f, scores + NAME_TAGS);
}
