#include "worker/train/eval.h"

#include "worker/learn/label.h"
#include "worker/learn/tag.h"
#include "worker/train/corpus.h"

static void count_heads(const struct sample *s, const struct parse_node *node,
                        struct eval *eval)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (node[i].head != s->head[i])
            continue;
        eval->head++;
        eval->label += deprel_base(node[i].deprel) == deprel_base(s->deprel[i]);
        eval->exact_label += node[i].deprel == s->deprel[i];
    }
}

void eval_run(const struct learn *learn, const struct conllu *treebank, bool parse,
              struct eval *eval_out)
{
    struct corpus corpus = {.arena = treebank->arena};
    struct parse_state state = {0};
    *eval_out = (struct eval){0};
    corpus_add(&corpus, treebank, &learn->clusters, 1);
    state.node = arena_alloc(corpus.arena, (CONLLU_WORDS_MOST + 1) * sizeof *state.node);
    state.stack = arena_alloc(corpus.arena, CONLLU_WORDS_MOST * sizeof *state.stack);
    for (uint32_t i = 0; i < corpus.count; i++) {
        struct sample *s = &corpus.item[i];
        tag_words(&learn->tagger, s->word, s->count);
        eval_out->words += s->count;
        for (uint32_t j = 0; j < s->count; j++)
            eval_out->upos += s->word[j].upos == s->upos[j];
        if (!parse)
            continue;
        state.word = s->word;
        state.count = s->count;
        parse_words(&learn->parser, &state);
        count_heads(s, state.node, eval_out);
    }
}
