/* Any bytes as a section of a model, and, with size and checksum put right, as a whole
 * model file: what is opened reads a text without reading outside itself. */
#include "tests/fuzz/fuzz.h"

#include "proto/base/hash.h"
#include "worker/learn/label.h"
#include "worker/learn/learn.h"
#include "worker/learn/tree.h"
#include "worker/text/text.h"

#include <stdlib.h>

#define FEATURES 40

/* Scores of features that fall everywhere in the table, and of some that repeat. */
static void score(const struct perceptron *p, uint32_t most)
{
    struct features f = {.count = FEATURES};
    int32_t scores[PERCEPTRON_LABELS];
    for (uint64_t i = 0; i < FEATURES; i++)
        f.id[i] =
            feature_hash(i, i / 2, 0, 0) & (i % 3 ? UINT64_MAX : 0xffff0000ffffffff);
    if (p->labels > most)
        return;
    perceptron_score(p, f.id, f.count, scores);
    fuzz_require(perceptron_best(scores, p->labels) < p->labels);
}

/* The same of the name tagger: sums that stay in their range. */
static void weigh(const struct name_weights *w)
{
    const int32_t most = 1 << 17;
    struct name_features f = {.shape = NAME_SHAPES - 1, .shape_before = 1};
    int32_t scores[NAME_LABELS];
    for (uint32_t i = 0; i < FEATURES_MOST; i++)
        f.tag.id[i] = f.pair.id[i] =
            feature_hash(i, i / 2, 0, 0) & (i % 3 ? UINT64_MAX : 0x0000ffffffffffff);
    f.tag.count = f.pair.count = FEATURES_MOST;
    name_weigh(w, &f, scores);
    for (uint32_t i = 0; i < NAME_LABELS; i++)
        fuzz_require(scores[i] > -most && scores[i] < most);
}

static void open_alone(struct str section)
{
    struct clusters clusters = {0};
    struct perceptron p;
    struct name_tagger names;
    struct err err = {0};
    int rc = clusters_open(&clusters, section, &err);
    if (rc != 0)
        fuzz_check_err(rc, &err);
    for (uint32_t lower = 0; rc == 0 && lower < 40; lower++) {
        struct feature_word word = {.lower = lower * 0x06a09e66};
        clusters_set(&clusters, &word);
    }
    rc = perceptron_open(&p, section, &err);
    if (rc != 0)
        fuzz_check_err(rc, &err);
    if (rc == 0)
        score(&p, PERCEPTRON_LABELS);
    rc = name_open(&names, section, &clusters, NULL, &err);
    if (rc != 0)
        fuzz_check_err(rc, &err);
    if (rc == 0)
        weigh(&names.weights);
}

static const struct lang_set *packs(void)
{
    static struct lang_set *langs; /* opened once: they never change */
    if (langs == NULL)
        fuzz_require(lang_open(&langs, NULL) == 0);
    return langs;
}

static void read_text(const struct learn *learn, struct arena *arena)
{
    static const struct article article = {
        .text = {"Presiden Budi Santoso bertemu Dewi di Bandung, katanya.\n", 57},
        .language = {"id", 2}};
    struct doc doc;
    doc_init(&doc, arena, &article);
    fuzz_require(text_read(&doc, packs(), NULL) == 0);
    learn_read(learn, &doc);
    tree_all(&doc);
    for (uint32_t i = 0; i < doc.tokens.count; i++) {
        fuzz_require(name_token(&doc, i)->name <= NAME_TAGS);
        const struct tree_word *word = tree_word(&doc, i);
        fuzz_require(word == NULL || word->head == DOC_NONE ||
                     word->head < doc.tokens.count);
        fuzz_require(word == NULL ||
                     (word->upos < UPOS_COUNT && word->deprel < DEPREL_COUNT));
    }
}

static void open_whole(struct str block)
{
    struct model model;
    struct learn learn;
    struct arena arena;
    struct err err = {0};
    int rc = model_open(&model, block, &err);
    if (rc != 0)
        fuzz_check_err(rc, &err);
    if (rc == 0 &&
        learn_open(&learn, block, lang_find(packs(), STR("id"))->lexicon, &err) == 0) {
        arena_init(&arena, (size_t)16 << 20);
        read_text(&learn, &arena);
        arena_fini(&arena);
    }
}

static void put_u64(char *at, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (char)(value >> (8 * i) & 0xff);
}

static void open_sealed(struct str bytes)
{
    char *block = malloc(bytes.len);
    memcpy(block, bytes.ptr, bytes.len);
    put_u64(block + 24, bytes.len);
    put_u64(block + 32,
            hash64(str_from(str_make(block, bytes.len), MODEL_HEAD_BYTES), 0));
    open_whole(str_make(block, bytes.len));
    free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct str block = str_make((const char *)bytes, len);
    open_alone(block);
    if (len < MODEL_HEAD_BYTES)
        return 0;
    open_sealed(block);
    return 0;
}
