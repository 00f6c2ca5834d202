#include "worker/train/legacy.h"

#include "proto/base/mem.h"
#include "worker/learn/label.h"
#include "worker/train/legacy_split.h"
#include "worker/train/train_tag.h"

#include <assert.h>

#define EPOCHS 6
#define SEED   7

/* A tagger, ready to use, with the bytes it stands in. */
struct tagger {
    struct buf section;
    struct perceptron perceptron;
};

static void train(const struct corpus *corpus, bool guided, struct tagger *out)
{
    static const struct trainer_options keep_all = {1, 1};
    const struct train_tag_options options = {
        .epochs = EPOCHS, .seed = SEED, .guided = guided};
    struct trainer *trainer = train_tag(corpus, &options);
    *out = (struct tagger){0};
    trainer_finish(trainer, &keep_all, &out->section);
    trainer_free(&trainer);
    int result = perceptron_open(&out->perceptron, buf_str(&out->section), NULL);
    assert(result == 0);
}

/* Enclitics had no tag of their own in the old treebank. */
static void hide_enclitics(const struct conllu_sentence *sentence, struct sample *sample)
{
    for (uint32_t i = 0; i < sentence->range_count; i++)
        for (uint32_t j = sentence->range[i].first + 1; j < sentence->range[i].end; j++)
            sample->word[j].guess = 0;
}

/* Today's treebanks with the tags that a tagger of the old one gives. */
static void guess_modern(const struct tagger *tagger, const struct conllu *modern,
                         struct corpus *corpus)
{
    for (uint32_t i = 0; i < corpus->count; i++) {
        struct sample *s = &corpus->item[i];
        train_tag_words(&tagger->perceptron, s, false);
        for (uint32_t j = 0; j < s->count; j++)
            s->word[j].guess = s->word[j].upos;
        hide_enclitics(&modern->item[i], s);
    }
}

/* What annotators of both times agree on least (name or noun, foreign or not) stays what
 * the old one said, for its text is of a piece; so do verbs and prepositions, whose old
 * tags are good, but for prepositions that now are conjunctions. Signs are punctuation. */
static uint8_t choose(uint8_t old, uint8_t new, struct str lower)
{
    bool nominal = (old == UPOS_NOUN || old == UPOS_PROPN) &&
                   (new == UPOS_NOUN || new == UPOS_PROPN);
    if (str_is(lower, "/"))
        return UPOS_PUNCT;
    if (nominal || old == UPOS_PUNCT || old == UPOS_VERB || new == UPOS_X)
        return old;
    return old == UPOS_ADP && new != UPOS_SCONJ ? old : new;
}

static void retag(const struct tagger *tagger, struct conllu *old, struct corpus *corpus)
{
    for (uint32_t i = 0; i < corpus->count; i++) {
        struct sample *s = &corpus->item[i];
        for (uint32_t j = 0; j < s->count; j++)
            s->word[j].guess = s->upos[j];
        hide_enclitics(&old->item[i], s);
        train_tag_words(&tagger->perceptron, s, true);
        for (uint32_t j = 0; j < s->count; j++)
            old->item[i].word[j].upos =
                choose(s->upos[j], s->word[j].upos, old->item[i].word[j].lower);
    }
}

static bool has_relative(const struct conllu_sentence *s, uint32_t head)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->word[i].head == head && i < head && str_is(s->word[i].lower, "yang"))
            return true;
    return false;
}

/* Wisma Kalla (two names) is flat; pantai Losari (a noun and its name) is not. */
static uint8_t relate_flat(const struct conllu_sentence *s, const struct conllu_word *w)
{
    uint8_t head = w->head < s->count ? s->word[w->head].upos : UPOS_NONE;
    if (w->upos != UPOS_PROPN)
        return DEPREL_FLAT;
    return head == UPOS_NOUN ? DEPREL_NMOD : DEPREL_FLAT_NAME;
}

static uint8_t relate(const struct conllu_sentence *s, uint32_t i)
{
    const struct conllu_word *w = &s->word[i];
    switch (w->deprel) {
    case DEPREL_ACL:
        return has_relative(s, i) ? DEPREL_ACL_RELCL : DEPREL_ACL;
    case DEPREL_FLAT:
        return relate_flat(s, w);
    case DEPREL_ADVMOD:
        return w->upos == UPOS_AUX ? DEPREL_AUX : DEPREL_ADVMOD;
    case DEPREL_CASE:
        return w->upos == UPOS_SCONJ ? DEPREL_MARK : DEPREL_CASE;
    default:
        return w->deprel;
    }
}

void legacy_convert(const struct conllu *old, const struct conllu *modern,
                    const struct clusters *clusters, struct conllu *out)
{
    struct corpus old_corpus = {.arena = out->arena}, new_corpus = {.arena = out->arena};
    struct conllu split = {.arena = out->arena};
    struct tagger of_old, of_new;
    legacy_split(old, modern, &split);
    corpus_add(&old_corpus, &split, clusters, 1);
    corpus_add(&new_corpus, modern, clusters, 1);
    train(&old_corpus, false, &of_old);
    guess_modern(&of_old, modern, &new_corpus);
    train(&new_corpus, true, &of_new);
    retag(&of_new, &split, &old_corpus);
    for (uint32_t i = 0; i < split.count; i++) {
        struct conllu_sentence *s = &split.item[i];
        for (uint32_t j = 0; j < s->count; j++)
            s->word[j].deprel = relate(s, j);
        *ARENA_PUSH(out->arena, out) = *s;
    }
    buf_fini(&of_old.section);
    buf_fini(&of_new.section);
}
