/* Templates of the name tagger. Numbers are stable: model files depend on them. */

#include "worker/learn/name.h"

static void add_word(const struct name_word *n, struct features *out)
{
    const struct feature_word *w = &n->word;
    uint32_t look = w->shape | (uint32_t)w->first << 8;
    feature_add(out, 1, w->lower, 0, 0);
    feature_add(out, 2, w->lower, look, 0);
    for (uint32_t i = 1; i < FEATURE_AFFIX; i++) {
        feature_add(out, 3 + i, w->prefix[i], w->shape, 0);
        feature_add(out, 8 + i, w->suffix[i], w->shape, 0);
    }
    feature_add(out, 13, look, 0, 0);
    feature_add(out, 14, w->fine, w->shape, 0);
    feature_add(out, 15, w->coarse, w->shape, 0);
    feature_add(out, 16, n->run_at, n->run_count, look);
    feature_add(out, 17, n->known, look, 0);
}

static void add_around(const struct name_word *n, struct features *out)
{
    uint32_t shape = n->word.shape;
    for (int i = -2; i <= 2; i++) {
        uint64_t t = 20 + 8 * (uint64_t)(i + 2);
        if (i == 0)
            continue;
        const struct feature_word *w = &n[i].word;
        feature_add(out, t, w->lower, shape, 0);
        feature_add(out, t + 1, w->fine, shape, 0);
        feature_add(out, t + 2, w->shape, shape, 0);
        if (i == -2 || i == 2)
            continue;
        feature_add(out, t + 3, w->lower, n->word.lower, 0);
        feature_add(out, t + 4, w->suffix[2], shape, 0);
        feature_add(out, t + 5, n[i].known, n->known, shape);
        feature_add(out, t + 6, w->coarse, shape, w->shape);
    }
    feature_add(out, 70, n[-1].word.shape, shape, n[1].word.shape);
    feature_add(out, 71, n[-1].word.lower, n[1].word.lower, shape);
    feature_add(out, 72, n[-1].word.lower, n[-2].word.lower, shape);
    feature_add(out, 73, n[1].word.lower, n[2].word.lower, shape);
}

static void add_lists(const struct name_word *n, struct features *out)
{
    uint32_t shape = n->word.shape;
    for (int i = -2; i <= 2; i++)
        for (uint32_t lists = n[i].lists; lists && out->count < FEATURES_MOST - 16;
             lists &= lists - 1)
            feature_add(out, 82 + (uint64_t)i, (uint32_t)__builtin_ctz(lists), shape, 0);
    feature_add(out, 86, n->lists, shape, 0);
    feature_add(out, 87, n[-1].lists, n->lists, shape);
    feature_add(out, 88, n->lists, n[1].lists, shape);
}

static void add_run(const struct name_word *n, struct features *out)
{
    if (n->run_at == 0)
        return;
    feature_add(out, 90, n->left, n->run_at, 0);
    feature_add(out, 91, n->right, n->run_at == n->run_count, 0);
    feature_add(out, 92, n->left, n->right, 0);
    feature_add(out, 93, n->left, n->word.shape, n->run_count);
    if (n->run_count > 1) {
        feature_add(out, 95, n->head, n->run_at == 1, 0);
        feature_add(out, 96, n->tail, n->run_at == n->run_count, 0);
        feature_add(out, 120, n->head, n->word.lower, 0);
        for (uint32_t lists = n->earlier; lists && out->count < FEATURES_MOST - 16;
             lists &= lists - 1)
            feature_add(out, 97, (uint32_t)__builtin_ctz(lists), n->known, 0);
        for (uint32_t lists = n->later; lists && out->count < FEATURES_MOST - 16;
             lists &= lists - 1)
            feature_add(out, 98, (uint32_t)__builtin_ctz(lists), n->known, 0);
        feature_add(out, 121, n->earlier, n->later, n->known);
    }
    feature_add(out, 99, n->left, n->known, n->right);
    feature_add(out, 122, n->left, n->known, n->run_count);
    feature_add(out, 94, n->right, n->word.shape, n->run_count);
}

void name_features(const struct name_word *word, struct name_features *out)
{
    out->tag.count = out->pair.count = 0;
    add_word(word, &out->tag);
    add_around(word, &out->tag);
    add_lists(word, &out->tag);
    add_run(word, &out->tag);
    out->shape = word->word.shape;
    out->shape_before = word[-1].word.shape;
    feature_add(&out->pair, 102, word->word.lower, 0, 0);
    feature_add(&out->pair, 103, word[-1].word.lower, 0, 0);
    feature_add(&out->pair, 104, word->known, 0, 0);
    feature_add(&out->pair, 105, word->lists, 0, 0);
    feature_add(&out->pair, 106, word->run_at, word->run_count, word->left);
    feature_add(&out->pair, 107, word->word.lower, word[-1].word.lower, 0);
    feature_add(&out->pair, 108, word->known, word[-1].known, word->lists);
}

uint64_t name_feature_bias(void)
{
    return feature_hash(0, 0, 0, 0);
}

uint64_t name_feature_any(void)
{
    return feature_hash(100, 0, 0, 0);
}

uint64_t name_feature_shapes(uint32_t before, uint32_t shape)
{
    return feature_hash(101, shape, before, 0);
}
