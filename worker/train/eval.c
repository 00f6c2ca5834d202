#include "worker/train/eval.h"

#include "worker/learn/label.h"
#include "worker/learn/tag.h"
#include "worker/train/corpus.h"

static void count_heads(const struct sample *s, const uint16_t *head,
                        const uint8_t *deprel, struct eval *eval)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (head[i] != s->head[i])
            continue;
        eval->head++;
        eval->label += deprel_base(deprel[i]) == deprel_base(s->deprel[i]);
        eval->exact_label += deprel[i] == s->deprel[i];
    }
}

void eval_run(const struct learn *learn, const struct conllu *treebank, bool parse,
              struct eval *eval_out)
{
    struct corpus corpus = {.arena = treebank->arena};
    struct parse_room room;
    uint16_t head[CONLLU_WORDS_MOST];
    uint8_t deprel[CONLLU_WORDS_MOST];
    *eval_out = (struct eval){0};
    corpus_add(&corpus, treebank, &learn->clusters, 1);
    parse_room(&room, CONLLU_WORDS_MOST, corpus.arena);
    for (uint32_t i = 0; i < corpus.count; i++) {
        struct sample *s = &corpus.item[i];
        tag_words(&learn->tagger, s->word, s->count);
        eval_out->words += s->count;
        for (uint32_t j = 0; j < s->count; j++)
            eval_out->upos += s->word[j].upos == s->upos[j];
        if (!parse)
            continue;
        parse_sentence(&learn->parser, &room, s->word, s->count, head, deprel);
        count_heads(s, head, deprel, eval_out);
    }
}
