#include "worker/train/corpus.h"

#include "worker/learn/tag.h"

static struct sample make(struct arena *arena, const struct conllu_sentence *sentence,
                          const struct clusters *clusters)
{
    uint32_t n = sentence->count;
    struct sample s = {.count = n};
    struct feature_word *word =
        arena_zero(arena, n + 2 * TAG_MARGIN, sizeof *word);
    s.word = word + TAG_MARGIN;
    s.upos = arena_alloc(arena, n);
    s.deprel = arena_alloc(arena, n);
    s.head = arena_alloc(arena, n * sizeof *s.head);
    for (uint32_t i = 0; i < TAG_MARGIN; i++) {
        feature_word_outside(&word[i], FEATURE_BEFORE);
        feature_word_outside(&s.word[n + i], FEATURE_BEHIND);
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct conllu_word *w = &sentence->word[i];
        feature_word(&s.word[i], w->form, w->lower);
        clusters_set(clusters, &s.word[i]);
        s.word[i].first = i == 0;
        s.word[i].upos = w->upos;
        s.upos[i] = w->upos;
        s.deprel[i] = w->deprel;
        s.head[i] = w->head;
    }
    return s;
}

void corpus_add(struct corpus *corpus, const struct conllu *treebank,
                const struct clusters *clusters, int32_t amount)
{
    for (uint32_t i = 0; i < treebank->count; i++) {
        struct sample sample = make(corpus->arena, &treebank->item[i], clusters);
        sample.amount = amount;
        *ARENA_PUSH(corpus->arena, corpus) = sample;
    }
}

void corpus_shuffle(const struct corpus *corpus, struct random *random, uint32_t *order)
{
    for (uint32_t i = 0; i < corpus->count; i++)
        order[i] = i;
    for (uint32_t i = corpus->count; i > 1; i--) {
        uint32_t j = (uint32_t)random_below(random, i), swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}
