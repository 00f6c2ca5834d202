#include "worker/train/train_name.h"

#include "proto/base/mem.h"
#include "worker/lang/lang.h"
#include "worker/train/train_name_field.h"

#include <assert.h>
#include <stdio.h>

void train_name(const struct name_corpus *corpus, const struct clusters *clusters,
                const struct train_name_options *options, struct buf *out)
{
    struct name_writer *writer = name_writer_new(options->least);
    struct field *field = field_new(corpus, clusters, options);
    field_learn(field);
    field_give(field, writer);
    name_writer_finish(writer, options->bonus, out);
    field_free(&field);
    name_writer_free(&writer);
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

struct room {
    struct name_word *base;
    struct name_room name; /* of one stretch */
    uint8_t *tag;          /* of one sample */
};

static void room_init(struct room *room, const struct name_corpus *corpus)
{
    size_t most = 1;
    for (uint32_t i = 0; i < corpus->count; i++) {
        size_t count = corpus->item[i].end - corpus->item[i].first;
        most = count > most ? count : most;
    }
    room->base = mem_zero(most + 2 * NAME_MARGIN, sizeof *room->base);
    room->name.word = room->base + NAME_MARGIN;
    room->name.scores = mem_zero(most * NAME_LABELS, sizeof *room->name.scores);
    room->name.decode = mem_zero(most * 2 * NAME_TAGS, sizeof *room->name.decode);
    room->name.margin = mem_zero(most, sizeof *room->name.margin);
    room->name.tag = mem_zero(most, 1);
    room->tag = mem_zero(most, 1);
}

static void room_fini(struct room *room)
{
    mem_free(room->base);
    mem_free(room->name.scores);
    mem_free(room->name.decode);
    mem_free(room->name.margin);
    mem_free(room->name.tag);
    mem_free(room->tag);
}

static void tag_sample(const struct name_sample *sample, const struct doc *doc,
                       const struct name_tagger *tagger, const struct room *room)
{
    struct name_stretch stretch = {.from = sample->first, .limit = sample->end};
    memset(room->tag, NAME_O, sample->end - sample->first);
    for (uint32_t at = sample->first; at < sample->end; at++) {
        if (!name_stretch_at(doc, at, &stretch))
            continue;
        name_tag(tagger, doc, &stretch, &room->name);
        memcpy(room->tag + (stretch.first - sample->first), room->name.tag,
               stretch.end - stretch.first);
        at = stretch.end;
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
        tag_sample(sample, &corpus->doc, tagger, &room);
        count_names(sample, room.tag, score);
    }
    room_fini(&room);
}

/* Found by trying on the dev file of the first corpus (README). */
static const struct train_name_options options = {.runs = 4,
                                                  .epochs = 15,
                                                  .hide = 20,
                                                  .rate = 0.01,
                                                  .seed = 1,
                                                  .least = 0.03,
                                                  .bonus = 8};

#define LANGUAGE    "id"
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
    if (result == 0)
        train_name(&train, clusters, &options, out);
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

/* The tagger with what the pack's lists know. */
static int judge(const struct name_tagger *tagger, const struct name_corpus *corpus,
                 struct name_score *score, struct err *err)
{
    struct name_tagger knowing = *tagger;
    const struct lang *lang = corpus->doc.lang;
    int result = name_evidence_open(&knowing.evidence, lang ? lang->lexicon : NULL, err);
    if (result == 0)
        train_name_score(corpus, &knowing, score);
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
        result = judge(&learn->names, &corpus, score, err);
    name_corpus_fini(&corpus);
    arena_fini(&arena);
    lang_close(&langs);
    return result;
}
