#include "worker/train/train_name_field.h"

#include "proto/base/mem.h"
#include "proto/base/random.h"
#include "worker/train/train_name_chain.h"

#include <assert.h>
#include <stdlib.h>

#define COUNT_LEAST 2 /* features of fewer words are left out */
#define TAG_WIDTH   8 /* NAME_TAGS, and one to make it even */
#define PAIR_WIDTH  NAME_PAIRS
#define BLOCKS      (1 + TRAIN_NAME_SOURCES) /* shared weights, then each corpus' own */
#define HIDE_OF     100

/* Features by number; open addressing, the size a power of two. */
struct rows {
    struct row {
        uint64_t feature;
        uint32_t seen; /* 0: the place is free */
        uint32_t number;
    } * item;
    size_t mask, used;
    uint32_t width, count; /* weights of a block, rows with a number */
    float *weight;         /* count * BLOCKS * width */
    double *total;         /* count * width: corpus 0, all runs */
};

struct place {
    uint32_t tag, tag_count, pair, pair_count; /* in number */
    uint8_t gold;
};

/* Words that are read together (name.h). */
struct stretch {
    uint32_t first, end; /* places */
    uint32_t source;
    int32_t amount;
};

struct field {
    const struct train_name_options *options;
    struct rows tag, pair;
    struct {
        struct place *item;
        uint32_t count, cap;
    } places;
    struct {
        struct stretch *item;
        uint32_t count, cap;
    } stretches;
    struct {
        uint32_t *item;
        size_t count, cap;
    } numbers;
    uint32_t most; /* places of the longest stretch */
};

#define PUSH(list)                                                                       \
    ((list)->count == (list)->cap                                                        \
         ? (void)((list)->item =                                                         \
                      mem_grow((list)->item, (list)->cap = (list)->cap * 2 + 64,         \
                               sizeof *(list)->item))                                    \
         : (void)0,                                                                      \
     &(list)->item[(list)->count++])

static void rows_init(struct rows *rows, uint32_t width)
{
    *rows = (struct rows){.mask = (1u << 12) - 1, .width = width};
    rows->item = mem_zero(rows->mask + 1, sizeof *rows->item);
}

static void rows_fini(struct rows *rows)
{
    mem_free(rows->item);
    mem_free(rows->weight);
    mem_free(rows->total);
}

static struct row *rows_find(const struct rows *rows, uint64_t feature)
{
    size_t at = feature & rows->mask;
    while (rows->item[at].seen && rows->item[at].feature != feature)
        at = (at + 1) & rows->mask;
    return &rows->item[at];
}

static void rows_grow(struct rows *rows)
{
    struct row *old = rows->item;
    size_t count = rows->mask + 1;
    rows->item = mem_zero(count * 2, sizeof *rows->item);
    rows->mask = count * 2 - 1;
    for (size_t i = 0; i < count; i++)
        if (old[i].seen)
            *rows_find(rows, old[i].feature) = old[i];
    mem_free(old);
}

static void rows_count(struct rows *rows, const struct features *f)
{
    for (uint32_t i = 0; i < f->count; i++) {
        struct row *row = rows_find(rows, f->id[i]);
        if (row->seen == 0 && ++rows->used * 2 > rows->mask) {
            rows_grow(rows);
            row = rows_find(rows, f->id[i]);
        }
        row->feature = f->id[i];
        row->seen++;
    }
}

static void rows_number(struct rows *rows)
{
    for (size_t i = 0; i <= rows->mask; i++)
        if (rows->item[i].seen >= COUNT_LEAST)
            rows->item[i].number = rows->count++;
    rows->weight =
        mem_zero((size_t)rows->count * BLOCKS + 1, rows->width * sizeof *rows->weight);
    rows->total = mem_zero((size_t)rows->count + 1, rows->width * sizeof *rows->total);
}

static uint32_t add_numbers(struct field *field, const struct rows *rows,
                            const struct features *f)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < f->count; i++) {
        const struct row *row = rows_find(rows, f->id[i]);
        if (row->seen < COUNT_LEAST)
            continue;
        *PUSH(&field->numbers) = row->number;
        count++;
    }
    return count;
}

/* All features of a word, with those that a model has summed up. */
static void all_features(const struct name_word *word, struct name_features *out)
{
    name_features(word, out);
    out->tag.id[out->tag.count++] = name_feature_bias();
    out->pair.id[out->pair.count++] = name_feature_any();
    out->pair.id[out->pair.count++] = name_feature_shapes(out->shape_before, out->shape);
}

static void add_place(struct field *field, const struct name_features *f, uint8_t gold)
{
    struct place *place = PUSH(&field->places);
    place->gold = gold;
    place->tag = (uint32_t)field->numbers.count;
    place->tag_count = add_numbers(field, &field->tag, &f->tag);
    place->pair = (uint32_t)field->numbers.count;
    place->pair_count = add_numbers(field, &field->pair, &f->pair);
}

struct reader {
    const struct name_corpus *corpus;
    const struct clusters *clusters;
    struct name_evidence evidence;
    struct name_word *word; /* with margins */
};

static void read_stretch(struct field *field, struct reader *r,
                         const struct name_sample *sample, const struct name_stretch *at)
{
    struct stretch *stretch = PUSH(&field->stretches);
    *stretch = (struct stretch){
        .first = field->places.count, .source = sample->source, .amount = sample->amount};
    for (uint32_t i = at->first; i < at->end; i++) {
        struct name_features f;
        all_features(r->word + (i - at->first), &f);
        add_place(field, &f, sample->tag[i - sample->first]);
    }
    stretch->end = field->places.count;
    if (stretch->end - stretch->first > field->most)
        field->most = stretch->end - stretch->first;
}

static void count_stretch(struct field *field, struct reader *r,
                          const struct name_stretch *at)
{
    for (uint32_t i = 0; i < at->end - at->first; i++) {
        struct name_features f;
        all_features(r->word + i, &f);
        rows_count(&field->tag, &f.tag);
        rows_count(&field->pair, &f.pair);
    }
}

static void read_sample(struct field *field, struct reader *r,
                        const struct name_sample *sample, bool count_only)
{
    const struct doc *doc = &r->corpus->doc;
    struct name_stretch at = {.from = sample->first, .limit = sample->end};
    for (uint32_t i = sample->first; i < sample->end; i++) {
        if (!name_stretch_at(doc, i, &at))
            continue;
        name_words(r->clusters, &r->evidence, doc, &at, r->word);
        if (count_only)
            count_stretch(field, r, &at);
        else
            read_stretch(field, r, sample, &at);
        i = at.end; /* the word there is in no stretch: two would be one */
    }
}

struct field *field_new(const struct name_corpus *corpus, const struct clusters *clusters,
                        const struct train_name_options *options)
{
    struct field *field = mem_zero(1, sizeof *field);
    struct reader r = {.corpus = corpus, .clusters = clusters};
    const struct lang *lang = corpus->doc.lang;
    size_t most = 1;
    int result = name_evidence_open(&r.evidence, lang ? lang->lexicon : NULL, NULL);
    assert(result == 0);
    field->options = options;
    rows_init(&field->tag, TAG_WIDTH);
    rows_init(&field->pair, PAIR_WIDTH);
    for (uint32_t i = 0; i < corpus->count; i++) {
        size_t count = corpus->item[i].end - corpus->item[i].first;
        most = count > most ? count : most;
    }
    struct name_word *base = mem_zero(most + 2 * NAME_MARGIN, sizeof *base);
    r.word = base + NAME_MARGIN;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < corpus->count; i++)
            read_sample(field, &r, &corpus->item[i], pass == 0);
        if (pass == 0) {
            rows_number(&field->tag);
            rows_number(&field->pair);
        }
    }
    mem_free(base);
    return field;
}

void field_free(struct field **field)
{
    struct field *f = *field;
    if (f == NULL)
        return;
    rows_fini(&f->tag);
    rows_fini(&f->pair);
    mem_free(f->places.item);
    mem_free(f->stretches.item);
    mem_free(f->numbers.item);
    mem_free(f);
    *field = NULL;
}

/* What one stretch needs while it is learnt from. */
struct lesson {
    struct field *field;
    struct random random;
    struct chain chain;
    uint32_t *kept, *kept_end; /* tag features that are not hidden, of all places */
    double *want;              /* NAME_LABELS a place: how much each label should gain */
    uint8_t *allowed;
};

static void add_block(const struct rows *rows, uint32_t number, uint32_t block,
                      float *sum)
{
    const float *w = rows->weight + ((size_t)number * BLOCKS + block) * rows->width;
    for (uint32_t k = 0; k < rows->width; k++)
        sum[k] += w[k];
}

static void gain_block(const struct rows *rows, uint32_t number, uint32_t block,
                       const float *gain)
{
    float *w = rows->weight + ((size_t)number * BLOCKS + block) * rows->width;
    for (uint32_t k = 0; k < rows->width; k++)
        w[k] += gain[k];
}

/* The features of each place that are to be seen this time; the last one is the label's
 * own and always is. */
static void choose(struct lesson *l, const struct stretch *stretch)
{
    const struct field *field = l->field;
    uint32_t n = 0;
    for (uint32_t i = stretch->first; i < stretch->end; i++) {
        const struct place *place = &field->places.item[i];
        for (uint32_t k = 0; k < place->tag_count; k++)
            if (k + 1 == place->tag_count ||
                random_below(&l->random, HIDE_OF) >= field->options->hide)
                l->kept[n++] = field->numbers.item[place->tag + k];
        l->kept_end[i - stretch->first] = n;
    }
}

/* What is not hidden speaks for what is. */
static float boost(const struct field *field)
{
    return (float)HIDE_OF / (float)(HIDE_OF - field->options->hide);
}

static void score(struct lesson *l, const struct stretch *stretch)
{
    const struct field *field = l->field;
    uint32_t k = 0, own = 1 + stretch->source;
    for (uint32_t i = stretch->first; i < stretch->end; i++) {
        const struct place *place = &field->places.item[i];
        float tag[TAG_WIDTH] = {0}, all[NAME_LABELS] = {0};
        for (; k < l->kept_end[i - stretch->first]; k++) {
            add_block(&field->tag, l->kept[k], 0, tag);
            add_block(&field->tag, l->kept[k], own, tag);
        }
        for (uint32_t p = place->pair; p < place->pair + place->pair_count; p++) {
            add_block(&field->pair, field->numbers.item[p], 0, all + NAME_TAGS);
            add_block(&field->pair, field->numbers.item[p], own, all + NAME_TAGS);
        }
        for (uint32_t t = 0; t < NAME_TAGS; t++)
            all[t] = tag[t] * boost(field);
        chain_set(&l->chain, i - stretch->first, all);
    }
}

/* What is right, less what is thought to be; nothing where the right tags may not follow
 * each other (a name that begins before the stretch). */
static bool compare(struct lesson *l, const struct stretch *stretch)
{
    const uint8_t any = (1u << NAME_TAGS) - 1;
    const unsigned organisation =
        1u << NAME_B(NAME_CLASS_ORG) | 1u << NAME_I(NAME_CLASS_ORG);
    const uint8_t open = (uint8_t)(1u << NAME_O | organisation);
    uint32_t count = stretch->end - stretch->first;
    const struct place *place = l->field->places.item + stretch->first;
    memset(l->want, 0, (size_t)count * NAME_LABELS * sizeof *l->want);
    for (uint32_t i = 0; i < count; i++)
        l->allowed[i] =
            (uint8_t)(place[i].gold == NAME_OPEN ? open : 1u << place[i].gold);
    if (!chain_expect(&l->chain, l->allowed, count, 1, l->want))
        return false;
    memset(l->allowed, any, count);
    return chain_expect(&l->chain, l->allowed, count, -1, l->want);
}

static void update(struct lesson *l, const struct stretch *stretch, float rate)
{
    const struct field *field = l->field;
    uint32_t k = 0, own = 1 + stretch->source;
    rate *= (float)stretch->amount;
    for (uint32_t i = stretch->first; i < stretch->end; i++) {
        const struct place *place = &field->places.item[i];
        const double *want = l->want + (size_t)(i - stretch->first) * NAME_LABELS;
        float tag[TAG_WIDTH] = {0}, pair[PAIR_WIDTH];
        for (uint32_t t = 0; t < NAME_TAGS; t++)
            tag[t] = (float)want[t] * rate * boost(field);
        for (uint32_t t = 0; t < PAIR_WIDTH; t++)
            pair[t] = (float)want[NAME_TAGS + t] * rate;
        for (; k < l->kept_end[i - stretch->first]; k++) {
            gain_block(&field->tag, l->kept[k], 0, tag);
            gain_block(&field->tag, l->kept[k], own, tag);
        }
        for (uint32_t p = place->pair; p < place->pair + place->pair_count; p++) {
            gain_block(&field->pair, field->numbers.item[p], 0, pair);
            gain_block(&field->pair, field->numbers.item[p], own, pair);
        }
    }
}

static void shuffle(uint32_t *order, uint32_t count, struct random *random)
{
    for (uint32_t i = count; i > 1; i--) {
        uint32_t j = (uint32_t)random_below(random, i), swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}

static void rows_restart(struct rows *rows)
{
    memset(rows->weight, 0,
           (size_t)rows->count * BLOCKS * rows->width * sizeof *rows->weight);
}

static void rows_total(struct rows *rows)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        const float *shared = rows->weight + (size_t)i * BLOCKS * rows->width;
        for (uint32_t k = 0; k < rows->width; k++)
            rows->total[(size_t)i * rows->width + k] +=
                (double)shared[k] + (double)shared[rows->width + k];
    }
}

static void run(struct lesson *l, uint32_t *order)
{
    struct field *field = l->field;
    const uint32_t count = field->stretches.count, epochs = field->options->epochs;
    const double steps = (double)count * epochs;
    uint64_t step = 0;
    rows_restart(&field->tag);
    rows_restart(&field->pair);
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint32_t epoch = 0; epoch < epochs; epoch++) {
        shuffle(order, count, &l->random);
        for (uint32_t i = 0; i < count; i++, step++) {
            const struct stretch *stretch = &field->stretches.item[order[i]];
            double left = 1 - (double)step / steps;
            choose(l, stretch);
            score(l, stretch);
            if (compare(l, stretch))
                update(l, stretch, (float)(field->options->rate * left));
        }
    }
    rows_total(&field->tag);
    rows_total(&field->pair);
}

void field_learn(struct field *field)
{
    struct lesson l = {.field = field};
    const size_t most = field->most + (size_t)1;
    uint32_t *order = mem_zero(field->stretches.count + (size_t)1, sizeof *order);
    l.kept = mem_zero(most * FEATURES_MOST, sizeof *l.kept);
    l.kept_end = mem_zero(most, sizeof *l.kept_end);
    l.want = mem_zero(most * NAME_LABELS, sizeof *l.want);
    l.allowed = mem_zero(most, 1);
    chain_init(&l.chain, (uint32_t)most);
    random_seed(&l.random, field->options->seed);
    for (uint32_t i = 0; i < field->options->runs; i++)
        run(&l, order);
    chain_fini(&l.chain);
    mem_free(l.kept);
    mem_free(l.kept_end);
    mem_free(l.want);
    mem_free(l.allowed);
    mem_free(order);
}

typedef void writes(struct name_writer *writer, uint64_t feature, const double *weights);

static void give_rows(const struct rows *rows, uint32_t runs, writes *write,
                      struct name_writer *writer)
{
    for (size_t i = 0; i <= rows->mask; i++) {
        const struct row *row = &rows->item[i];
        double mean[PAIR_WIDTH];
        if (row->seen < COUNT_LEAST)
            continue;
        for (uint32_t k = 0; k < rows->width; k++)
            mean[k] = rows->total[(size_t)row->number * rows->width + k] / runs;
        write(writer, row->feature, mean);
    }
}

void field_give(const struct field *field, struct name_writer *writer)
{
    give_rows(&field->tag, field->options->runs, name_writer_tag, writer);
    give_rows(&field->pair, field->options->runs, name_writer_pair, writer);
}
