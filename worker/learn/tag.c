#include "worker/learn/tag.h"

#include "worker/learn/label.h"

/* The word alone. */
static void add_word(const struct feature_word *w, struct features *out)
{
    uint32_t look = w->shape | (uint32_t)w->first << 8;
    feature_add(out, 0, 0, 0, 0);
    feature_add(out, 1, w->lower, 0, 0);
    feature_add(out, 2, w->lower, look, 0);
    for (uint32_t i = 0; i < FEATURE_AFFIX; i++) {
        feature_add(out, 3 + i, w->prefix[i], 0, 0);
        feature_add(out, 8 + i, w->suffix[i], 0, 0);
    }
    feature_add(out, 13, look, 0, 0);
    feature_add(out, 14, w->coarse, 0, 0);
    feature_add(out, 15, w->fine, 0, 0);
    feature_add(out, 16, w->prefix[2], w->suffix[2], 0);
    feature_add(out, 17, look, w->fine, 0);
    feature_add(out, 18, w->suffix[2], look, 0);
}

/* The words and tags around it. */
static void add_context(const struct feature_word *w, struct features *out)
{
    uint32_t t1 = w[-1].upos, t2 = w[-2].upos;
    feature_add(out, 20, t1, 0, 0);
    feature_add(out, 21, t1, t2, 0);
    feature_add(out, 22, t1, w->lower, 0);
    feature_add(out, 23, w[-1].lower, 0, 0);
    feature_add(out, 24, w[-2].lower, 0, 0);
    feature_add(out, 25, w[1].lower, 0, 0);
    feature_add(out, 26, w[2].lower, 0, 0);
    feature_add(out, 27, w[-1].lower, w->lower, 0);
    feature_add(out, 28, w->lower, w[1].lower, 0);
    feature_add(out, 29, w[1].suffix[2], 0, 0);
    feature_add(out, 30, w[1].prefix[2], 0, 0);
    feature_add(out, 31, w[1].shape, w->shape, t1);
    feature_add(out, 32, w[-1].shape, w->shape, w[1].shape);
    feature_add(out, 33, w[1].fine, 0, 0);
    feature_add(out, 34, w[-1].fine, 0, 0);
    feature_add(out, 35, w[1].coarse, w[2].coarse, 0);
    feature_add(out, 36, t1, w->suffix[1], w->prefix[1]);
    feature_add(out, 37, t1, w[1].coarse, 0);
    feature_add(out, 38, w[-1].lower, w[1].lower, 0);
    feature_add(out, 39, t1, w->coarse, w[1].coarse);
    feature_add(out, 40, w[-1].suffix[2], t1, 0);
}

void tag_features(const struct feature_word *word, struct features *out)
{
    out->count = 0;
    add_word(word, out);
    add_context(word, out);
}

void tag_words(const struct perceptron *tagger, struct feature_word *word, uint32_t count)
{
    int32_t scores[PERCEPTRON_LABELS];
    struct features features;
    for (uint32_t i = 0; i < count; i++) {
        tag_features(word + i, &features);
        perceptron_score(tagger, features.id, features.count, scores);
        word[i].upos = (uint8_t)(1 + perceptron_best(scores, tagger->labels));
    }
}
