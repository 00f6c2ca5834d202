#include "worker/train/train_tag.h"

#include "proto/base/mem.h"
#include "worker/learn/label.h"
#include "worker/learn/tag.h"

#include <assert.h>

static void add_guess(const struct feature_word *w, struct features *out)
{
    feature_add(out, 60, w->guess, 0, 0);
    feature_add(out, 61, w->guess, w->lower, 0);
    feature_add(out, 62, w->guess, w[-1].guess, 0);
    feature_add(out, 63, w->guess, w[1].guess, 0);
    feature_add(out, 64, w->guess, w[-1].upos, 0);
    feature_add(out, 65, w->guess, w->suffix[2], w->shape);
}

static void make_features(const struct feature_word *w, bool guided, struct features *out)
{
    tag_features(w, out);
    if (guided)
        add_guess(w, out);
}

static void learn_sentence(struct trainer *trainer, struct sample *sample, bool guided)
{
    int32_t scores[PERCEPTRON_LABELS];
    struct features f;
    for (uint32_t i = 0; i < sample->count; i++) {
        uint32_t gold = sample->upos[i] ? sample->upos[i] - 1u : UPOS_X - 1u;
        make_features(sample->word + i, guided, &f);
        trainer_score(trainer, f.id, f.count, scores);
        uint32_t best = perceptron_best(scores, UPOS_COUNT - 1);
        if (best != gold)
            trainer_update(trainer, f.id, f.count, gold, best, sample->amount);
        trainer_step(trainer);
        sample->word[i].upos = (uint8_t)(best + 1);
    }
}

struct trainer *train_tag(const struct corpus *corpus,
                          const struct train_tag_options *options)
{
    struct trainer *trainer = trainer_new(UPOS_COUNT - 1);
    uint32_t *order = mem_zero(corpus->count, sizeof *order);
    struct train_fold fold = options->fold;
    struct random random;
    random_seed(&random, options->seed);
    uint32_t runs = options->runs ? options->runs : 1;
    for (uint32_t turn = 0; turn < runs * options->epochs; turn++) {
        if (turn && turn % options->epochs == 0)
            trainer_restart(trainer);
        corpus_shuffle(corpus, &random, order);
        for (uint32_t i = 0; i < corpus->count; i++)
            if (fold.parts == 0 || order[i] % fold.parts != fold.skip)
                learn_sentence(trainer, &corpus->item[order[i]], options->guided);
    }
    mem_free(order);
    return trainer;
}

void train_tag_words(const struct perceptron *tagger, struct sample *sample, bool guided)
{
    int32_t scores[PERCEPTRON_LABELS];
    struct features f;
    for (uint32_t i = 0; i < sample->count; i++) {
        make_features(sample->word + i, guided, &f);
        perceptron_score(tagger, f.id, f.count, scores);
        sample->word[i].upos = (uint8_t)(1 + perceptron_best(scores, tagger->labels));
    }
}

void train_tag_jackknife(const struct corpus *corpus, uint32_t parts,
                         const struct train_tag_options *options)
{
    static const struct trainer_options keep_all = {1, 1};
    struct buf *section = mem_zero(parts, sizeof *section);
    for (uint32_t part = 0; part < parts; part++) {
        struct train_tag_options mine = *options;
        mine.fold = (struct train_fold){parts, part};
        struct trainer *trainer = train_tag(corpus, &mine);
        trainer_finish(trainer, &keep_all, &section[part]);
        trainer_free(&trainer);
    }
    for (uint32_t i = 0; i < corpus->count; i++) {
        struct perceptron tagger;
        int result = perceptron_open(&tagger, buf_str(&section[i % parts]), NULL);
        assert(result == 0);
        train_tag_words(&tagger, &corpus->item[i], options->guided);
    }
    for (uint32_t part = 0; part < parts; part++)
        buf_fini(&section[part]);
    mem_free(section);
}
