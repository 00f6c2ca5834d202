#include "worker/train/train_name.h"

#include "proto/base/mem.h"
#include "proto/base/random.h"
#include "worker/lang/lang.h"
#include "worker/learn/model_write.h"

#include <assert.h>
#include <stdio.h>

struct room {
    struct name_evidence evidence;
    struct name_word *word, *base;
    struct name_features *features;
    int32_t *scores, *allowed, *decode;
    uint8_t *tag, *gold;
};

static void room_init(struct room *room, const struct name_corpus *corpus)
{
    const struct lang *lang = corpus->doc.lang;
    int result = name_evidence_open(&room->evidence, lang ? lang->lexicon : NULL, NULL);
    assert(result == 0);
    size_t most = 1;
    for (uint32_t i = 0; i < corpus->count; i++) {
        size_t count = corpus->item[i].end - corpus->item[i].first;
        most = count > most ? count : most;
    }
    room->base = mem_zero(most + 2 * NAME_MARGIN, sizeof *room->base);
    room->word = room->base + NAME_MARGIN;
    room->features = mem_zero(most, sizeof *room->features);
    room->scores = mem_zero(most * NAME_LABELS, sizeof *room->scores);
    room->allowed = mem_zero(most * NAME_LABELS, sizeof *room->allowed);
    room->gold = mem_zero(most, 1);
    room->decode = mem_zero(most * 2 * NAME_TAGS, sizeof *room->decode);
    room->tag = mem_zero(most, 1);
}

static void room_fini(struct room *room)
{
    mem_free(room->base);
    mem_free(room->features);
    mem_free(room->scores);
    mem_free(room->allowed);
    mem_free(room->gold);
    mem_free(room->decode);
    mem_free(room->tag);
}

struct lesson {
    const struct name_corpus *corpus;
    const struct clusters *clusters;
    const struct train_name_options *options;
    struct random random;
    struct room room;
    struct trainer *trainer[TRAIN_NAME_SOURCES];
};

static void hide(struct lesson *lesson, struct features *f)
{
    uint32_t kept = 1; /* the first one is the label's own */
    for (uint32_t k = 1; k < f->count; k++)
        if (random_below(&lesson->random, 100) >= lesson->options->hide)
            f->id[kept++] = f->id[k];
    f->count = kept;
}

static void prepare(struct lesson *lesson, const struct name_sample *sample)
{
    struct room *room = &lesson->room;
    name_words(lesson->clusters, &room->evidence, &lesson->corpus->doc, sample->first,
               sample->end, room->word);
    for (uint32_t i = 0; i < sample->end - sample->first; i++) {
        name_features(room->word + i, &room->features[i]);
        hide(lesson, &room->features[i].tag);
    }
}

static void update(struct trainer *trainer, const struct room *room,
                   const struct name_sample *sample, int32_t amount)
{
    uint32_t gold_before = NAME_O, said_before = NAME_O;
    for (uint32_t i = 0; i < sample->end - sample->first; i++) {
        const struct name_features *f = &room->features[i];
        uint32_t gold = room->gold[i], said = room->tag[i];
        if (gold != said)
            trainer_update(trainer, f->tag.id, f->tag.count, gold, said, amount);
        if (gold != said || gold_before != said_before)
            trainer_update(trainer, f->pair.id, f->pair.count,
                           NAME_PAIR(gold_before, gold), NAME_PAIR(said_before, said),
                           amount);
        gold_before = gold;
        said_before = said;
    }
}

#define FORBIDDEN (-100000000)

static bool is_open(const struct name_sample *sample)
{
    return memchr(sample->tag, NAME_OPEN, sample->end - sample->first) != NULL;
}

/* Where tags are not known, the best that they allow under the current weights. */
static void close_tags(struct room *room, const struct name_sample *sample)
{
    uint32_t count = sample->end - sample->first;
    memcpy(room->gold, sample->tag, count);
    if (!is_open(sample))
        return;
    memcpy(room->allowed, room->scores,
           (size_t)count * NAME_LABELS * sizeof *room->scores);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t t = 0; t < NAME_TAGS; t++) {
            bool org = t == NAME_B(NAME_CLASS_ORG) || t == NAME_I(NAME_CLASS_ORG);
            if (sample->tag[i] == NAME_OPEN ? t != NAME_O && !org : t != sample->tag[i])
                room->allowed[(size_t)i * NAME_LABELS + t] = FORBIDDEN;
        }
    name_decode(room->allowed, count, room->decode, room->gold, NULL);
}

static void learn(struct lesson *lesson, const struct name_sample *sample)
{
    struct room *room = &lesson->room;
    const struct trainer *own = lesson->trainer[sample->source];
    uint32_t count = sample->end - sample->first;
    int32_t pair[NAME_LABELS];
    prepare(lesson, sample);
    for (uint32_t i = 0; i < count; i++) {
        const struct name_features *f = &room->features[i];
        int32_t *scores = room->scores + (size_t)i * NAME_LABELS;
        trainer_score(own, f->tag.id, f->tag.count, scores);
        trainer_score(own, f->pair.id, f->pair.count, pair);
        for (uint32_t k = 0; k < NAME_LABELS; k++)
            scores[k] += pair[k];
    }
    close_tags(room, sample);
    name_decode(room->scores, count, room->decode, room->tag, NULL);
    bool wrong = memcmp(room->tag, room->gold, count) != 0;
    for (uint32_t i = 0; i < TRAIN_NAME_SOURCES; i++) {
        if (lesson->trainer[i] == NULL)
            continue;
        int32_t part =
            i == sample->source ? lesson->options->own : lesson->options->other;
        if (wrong && part)
            update(lesson->trainer[i], room, sample, sample->amount * part);
        trainer_step(lesson->trainer[i]);
    }
}

static void shuffle(uint32_t *order, uint32_t count, struct random *random)
{
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint32_t i = count; i > 1; i--) {
        uint32_t j = (uint32_t)random_below(random, i), swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}

static void run(struct lesson *lesson, uint32_t *order)
{
    uint32_t count = lesson->corpus->count;
    for (uint32_t i = 0; i < TRAIN_NAME_SOURCES; i++)
        if (lesson->trainer[i])
            trainer_restart(lesson->trainer[i]);
    for (uint32_t epoch = 0; epoch < lesson->options->epochs; epoch++) {
        shuffle(order, count, &lesson->random);
        for (uint32_t i = 0; i < count; i++)
            learn(lesson, &lesson->corpus->item[order[i]]);
    }
}

struct trainer *train_name(const struct name_corpus *corpus,
                           const struct clusters *clusters,
                           const struct train_name_options *options)
{
    struct lesson lesson = {.corpus = corpus, .clusters = clusters, .options = options};
    uint32_t *order = mem_zero(corpus->count + (size_t)1, sizeof *order);
    lesson.trainer[0] = trainer_new(NAME_LABELS);
    for (uint32_t i = 0; i < corpus->count; i++) {
        struct trainer **trainer = &lesson.trainer[corpus->item[i].source];
        if (*trainer == NULL)
            *trainer = trainer_new(NAME_LABELS);
    }
    room_init(&lesson.room, corpus);
    random_seed(&lesson.random, options->seed);
    for (uint32_t i = 0; i < options->runs; i++)
        run(&lesson, order);
    room_fini(&lesson.room);
    mem_free(order);
    for (uint32_t i = 1; i < TRAIN_NAME_SOURCES; i++)
        trainer_free(&lesson.trainer[i]);
    return lesson.trainer[0];
}

/* The name that begins at word i: its class and end; 0 where none does. */
static uint32_t name_at(const uint8_t *tag, uint32_t count, uint32_t i, uint32_t *end_out)
{
    if (tag[i] == NAME_O || tag[i] % 2 == 0)
        return 0;
    uint32_t end = i + 1;
    while (end < count && tag[end] == tag[i] + 1)
        end++;
    *end_out = end;
    return (tag[i] + 1u) / 2;
}

static void count_names(const struct name_sample *sample, const uint8_t *tag,
                        struct name_score *score)
{
    uint32_t count = sample->end - sample->first;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t gold_end = 0, said_end = 0;
        uint32_t gold = name_at(sample->tag, count, i, &gold_end);
        uint32_t said = name_at(tag, count, i, &said_end);
        bool right = gold && gold == said &&
                     sample->origin[gold_end - 1] == sample->origin[said_end - 1];
        score->gold[0] += gold != 0;
        score->gold[gold] += gold != 0;
        score->said[0] += said != 0;
        score->said[said] += said != 0;
        score->right[0] += right;
        score->right[gold] += right && gold;
    }
}

void train_name_score(const struct name_corpus *corpus, const struct name_tagger *tagger,
                      struct name_score *score)
{
    struct room room;
    room_init(&room, corpus);
    *score = (struct name_score){0};
    for (uint32_t s = 0; s < corpus->count; s++) {
        const struct name_sample *sample = &corpus->item[s];
        uint32_t count = sample->end - sample->first;
        name_words(&tagger->clusters, &room.evidence, &corpus->doc, sample->first,
                   sample->end, room.word);
        name_score(tagger, room.word, count, room.scores);
        name_decode(room.scores, count, room.decode, room.tag, NULL);
        count_names(sample, room.tag, score);
    }
    room_fini(&room);
}

/* Found by trying on the dev file of the first corpus (README). */
static const struct train_name_options options = {
    .runs = 6, .epochs = 4, .hide = 25, .own = 2, .other = 1, .seed = 2};
static const struct trainer_options weights = {.least_updates = 12, .least_weight = 1};

#define LANGUAGE    "id"
#define NONE_BONUS  20
#define ARENA_BYTES ((size_t)1 << 30)
#define PATH_BYTES  4096

static int read_corpora(struct name_corpus *train, struct name_corpus *judge,
                        const char *data, struct err *err)
{
    static const struct {
        const char *file;
        struct name_source source;
    } files[] = {
        {"ner/idner-news-2k.train.txt", {.number = 0, .amount = 2}},
        {"ner/nergrit.train.tsv", {.number = 1, .amount = 1}},
        {"ner/nerp.train.tsv", {.number = 2, .amount = 1, .small = true}},
    };
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/ner/idner-news-2k.dev.txt", data);
    int result = name_corpus_read(judge, path, &files[0].source, err);
    name_corpus_hold_out(train, judge);
    for (size_t i = 0; result == 0 && i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", data, files[i].file);
        result = name_corpus_read(train, path, &files[i].source, err);
    }
    return result;
}

static int make(const char *data, const struct lang *lang,
                const struct clusters *clusters, struct buf *out, struct err *err)
{
    struct arena arena;
    struct name_corpus train, judge;
    arena_init(&arena, ARENA_BYTES);
    name_corpus_init(&train, &arena, lang);
    name_corpus_init(&judge, &arena, lang);
    int result = read_corpora(&train, &judge, data, err);
    if (result == 0) {
        struct trainer *trainer = train_name(&train, clusters, &options);
        model_put_u32(out, NONE_BONUS);
        for (uint32_t i = 4; i < NAME_HEAD_BYTES; i++)
            buf_add_char(out, 0);
        trainer_finish(trainer, &weights, out);
        trainer_free(&trainer);
    }
    name_corpus_fini(&train);
    name_corpus_fini(&judge);
    arena_fini(&arena);
    return result;
}

int train_name_make(const char *data, const struct clusters *clusters, struct buf *out,
                    struct err *err)
{
    struct lang_set *langs = NULL;
    int result = lang_open(&langs, err);
    if (result == 0)
        result = make(data, lang_find(langs, STR(LANGUAGE)), clusters, out, err);
    lang_close(&langs);
    return result;
}

int train_name_judge(const struct learn *learn, const char *path,
                     struct name_score *score, struct err *err)
{
    static const struct name_source source = {.amount = 1};
    struct lang_set *langs = NULL;
    struct arena arena;
    struct name_corpus corpus;
    if (!learn->has_names)
        return err_set(err, ERR_NOTFOUND, "the model has no names");
    int result = lang_open(&langs, err);
    if (result != 0)
        return result;
    arena_init(&arena, ARENA_BYTES);
    name_corpus_init(&corpus, &arena, lang_find(langs, STR(LANGUAGE)));
    result = name_corpus_read(&corpus, path, &source, err);
    if (result == 0)
        train_name_score(&corpus, &learn->names, score);
    name_corpus_fini(&corpus);
    arena_fini(&arena);
    lang_close(&langs);
    return result;
}
