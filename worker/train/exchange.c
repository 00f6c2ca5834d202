#include "worker/train/exchange.h"

#include "proto/base/mem.h"

#include <assert.h>
#include <string.h>

#define LOG_BITS 16 /* of the fraction */

/* A neighbour and how often it is one. */
struct pair {
    uint32_t word, count;
};

struct side {
    struct pair *pair;
    uint32_t *first; /* of word w: pair[first[w]] to pair[first[w + 1]] */
};

struct exchange {
    const struct exchange_text *text;
    uint32_t classes;
    int64_t *nlogn; /* of 0 to length */
    struct side after, before;
    uint32_t *word_count, *class_count;
    uint32_t *bigram; /* [first class][second class] */
    uint16_t *class_of;
};

/* Neighbours of one word by class: how often, and which classes at all. */
struct near {
    uint32_t *count;
    uint16_t *touched;
    uint32_t touched_count;
};

/* log2(n) with LOG_BITS of fraction, by squaring. */
static int64_t log2_fixed(uint64_t n)
{
    unsigned whole = 63u - (unsigned)__builtin_clzll(n);
    uint64_t x = whole > 31 ? n >> (whole - 31) : n << (31 - whole);
    int64_t result = whole;
    for (int i = 0; i < LOG_BITS; i++) {
        x = x * x >> 31;
        result <<= 1;
        if (x >> 32) {
            x >>= 1;
            result |= 1;
        }
    }
    return result;
}

static void count_words(struct exchange *e)
{
    e->word_count = mem_zero(e->text->words, sizeof *e->word_count);
    for (uint32_t i = 0; i < e->text->length; i++)
        e->word_count[e->text->word[i]]++;
}

/* The pairs of one side: neighbours sorted into each word's room, then put together. */
static void fill_side(const struct exchange *e, struct side *side, int after)
{
    const struct exchange_text *t = e->text;
    uint32_t *fill = mem_zero(t->words + 1u, sizeof *fill);
    uint32_t *seen = mem_zero(t->words, sizeof *seen), n = 0;
    uint32_t *neighbour = mem_zero(t->length, sizeof *neighbour);
    for (uint32_t w = 0; w < t->words; w++)
        fill[w + 1] = fill[w] + e->word_count[w];
    for (uint32_t i = 0; i + 1 < t->length; i++) {
        uint32_t here = t->word[after ? i : i + 1], there = t->word[after ? i + 1 : i];
        neighbour[fill[here]++] = there;
    }
    side->first = mem_zero(t->words + 1u, sizeof *side->first);
    side->pair = mem_zero(t->length, sizeof *side->pair);
    for (uint32_t w = 0, room = 0; w < t->words; room += e->word_count[w++]) {
        side->first[w] = n;
        for (uint32_t at = room; at < fill[w]; at++) {
            uint32_t v = neighbour[at];
            if (seen[v] <= side->first[w] || side->pair[seen[v] - 1].word != v) {
                side->pair[n] = (struct pair){v, 0};
                seen[v] = ++n;
            }
            side->pair[seen[v] - 1].count++;
        }
    }
    side->first[t->words] = n;
    mem_free(fill);
    mem_free(seen);
    mem_free(neighbour);
}

static void count_classes(struct exchange *e)
{
    memset(e->class_count, 0, e->classes * sizeof *e->class_count);
    memset(e->bigram, 0, (size_t)e->classes * e->classes * sizeof *e->bigram);
    for (uint32_t i = 0; i < e->text->length; i++)
        e->class_count[e->class_of[e->text->word[i]]]++;
    for (uint32_t i = 0; i + 1 < e->text->length; i++) {
        uint32_t a = e->class_of[e->text->word[i]];
        e->bigram[a * e->classes + e->class_of[e->text->word[i + 1]]]++;
    }
}

/* Neighbours of word w on one side by class; those that are w itself apart. */
static uint32_t gather(const struct exchange *e, const struct side *side, uint32_t w,
                       struct near *near)
{
    uint32_t self = 0;
    near->touched_count = 0;
    for (uint32_t i = side->first[w]; i < side->first[w + 1]; i++) {
        struct pair pair = side->pair[i];
        if (pair.word == w) {
            self = pair.count;
            continue;
        }
        uint16_t c = e->class_of[pair.word];
        if (near->count[c] == 0)
            near->touched[near->touched_count++] = c;
        near->count[c] += pair.count;
    }
    return self;
}

static void clear(struct near *near)
{
    for (uint32_t i = 0; i < near->touched_count; i++)
        near->count[near->touched[i]] = 0;
}

/* Take w's counts out of class k (sign -1) or put them in (1). */
static void shift(struct exchange *e, uint32_t w, uint32_t k, int sign,
                  const struct near *after, const struct near *before, uint32_t self)
{
    uint32_t unit = (uint32_t)sign;
    for (uint32_t i = 0; i < after->touched_count; i++)
        e->bigram[k * e->classes + after->touched[i]] +=
            unit * after->count[after->touched[i]];
    for (uint32_t i = 0; i < before->touched_count; i++)
        e->bigram[before->touched[i] * e->classes + k] +=
            unit * before->count[before->touched[i]];
    e->bigram[k * e->classes + k] += unit * self;
    e->class_count[k] += unit * e->word_count[w];
}

/* What putting w (now in no class) into class k would gain. */
static int64_t gain(const struct exchange *e, uint32_t w, uint32_t k,
                    const struct near *after, const struct near *before, uint32_t self)
{
    const int64_t *f = e->nlogn;
    uint32_t size = e->class_count[k], own = self;
    int64_t sum = -2 * (f[size + e->word_count[w]] - f[size]);
    for (uint32_t i = 0; i < after->touched_count; i++) {
        uint32_t c = after->touched[i], more = after->count[c];
        if (c == k) {
            own += more;
            continue;
        }
        uint32_t n = e->bigram[k * e->classes + c];
        sum += f[n + more] - f[n];
    }
    for (uint32_t i = 0; i < before->touched_count; i++) {
        uint32_t c = before->touched[i], more = before->count[c];
        if (c == k) {
            own += more;
            continue;
        }
        uint32_t n = e->bigram[c * e->classes + k];
        sum += f[n + more] - f[n];
    }
    uint32_t n = e->bigram[k * e->classes + k];
    return sum + f[n + own] - f[n];
}

/* Moves w to where it gains most; whether it moved. */
static uint32_t move(struct exchange *e, uint32_t w, struct near *after,
                     struct near *before)
{
    uint32_t self = gather(e, &e->after, w, after), old = e->class_of[w], best = old;
    gather(e, &e->before, w, before);
    shift(e, w, old, -1, after, before, self);
    int64_t most = gain(e, w, old, after, before, self);
    for (uint32_t k = EXCHANGE_RARE + 1; k < e->classes; k++) {
        int64_t now = k == old ? most : gain(e, w, k, after, before, self);
        if (now > most) {
            most = now;
            best = k;
        }
    }
    e->class_of[w] = (uint16_t)best;
    shift(e, w, best, 1, after, before, self);
    clear(after);
    clear(before);
    return best != old;
}

static void open(struct exchange *e)
{
    e->nlogn = mem_zero(e->text->length + 1u, sizeof *e->nlogn);
    for (uint32_t n = 1; n <= e->text->length; n++)
        e->nlogn[n] = n * log2_fixed(n);
    count_words(e);
    fill_side(e, &e->after, 1);
    fill_side(e, &e->before, 0);
    e->class_count = mem_zero(e->classes, sizeof *e->class_count);
    e->bigram = mem_zero((size_t)e->classes * e->classes, sizeof *e->bigram);
    for (uint32_t w = 0; w < e->text->words; w++)
        e->class_of[w] = (uint16_t)(w <= EXCHANGE_RARE ? w : 2 + (w - 2) % (e->classes - 2));
    count_classes(e);
}

static void close(struct exchange *e)
{
    mem_free(e->nlogn);
    mem_free(e->word_count);
    mem_free(e->after.first);
    mem_free(e->after.pair);
    mem_free(e->before.first);
    mem_free(e->before.pair);
    mem_free(e->class_count);
    mem_free(e->bigram);
}

void exchange_run(const struct exchange_text *text, uint32_t classes, uint32_t turns,
                  uint16_t *class_out)
{
    assert(classes > 2 && classes <= UINT16_MAX);
    struct exchange e = {.text = text, .classes = classes, .class_of = class_out};
    struct near after = {mem_zero(classes, sizeof *after.count),
                         mem_zero(classes, sizeof *after.touched), 0};
    struct near before = {mem_zero(classes, sizeof *before.count),
                          mem_zero(classes, sizeof *before.touched), 0};
    open(&e);
    for (uint32_t turn = 0, moved = 1; turn < turns && moved; turn++) {
        moved = 0;
        for (uint32_t w = EXCHANGE_RARE + 1; w < text->words; w++)
            moved += move(&e, w, &after, &before);
    }
    close(&e);
    mem_free(after.count);
    mem_free(after.touched);
    mem_free(before.count);
    mem_free(before.touched);
}
