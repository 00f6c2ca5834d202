#ifndef WORKER_TRAIN_NAME_CORPUS_H
#define WORKER_TRAIN_NAME_CORPUS_H

/* Reads corpora of names: a word a line, its tag in the last column (B-PER, I-PER, O),
 * columns separated by a space or a tab, an empty line behind each sentence. */

#include "worker/learn/name.h"

#define NAME_CORPUS_BYTES (64u << 20)

struct name_sample {
    uint32_t first, end;    /* tokens of the corpus' document */
    const uint8_t *tag;     /* of each: NAME_O, NAME_B, NAME_I */
    const uint32_t *origin; /* of each: its number among the words of the file */
    uint8_t source;         /* number of the corpus */
    int32_t amount;         /* importance: what an update adds */
};

/* A tag that is not known: none, or one of an organisation. Corpora that do not mark
 * those have it. */
#define NAME_OPEN NAME_TAGS

struct name_source {
    uint8_t number;
    int32_t amount;
    bool small; /* all in small letters: capitals are put where names are and where the
                   corpora read before had them; organisations are not marked */
};

struct name_corpus {
    struct name_sample *item;
    uint32_t count, cap;
    struct doc doc;       /* holds the tokens; its text is not set */
    struct arena *arena;  /* borrowed */
    struct map *held_out; /* sentences to pass over, by their letters; or NULL */
    struct map *looks;    /* lower form → how often it was seen with which capitals */
};

/* lang: of the tokens' lists; borrowed. */
void name_corpus_init(struct name_corpus *corpus, struct arena *arena,
                      const struct lang *lang);
void name_corpus_fini(struct name_corpus *corpus);
/* Sentences of `other` are not read into corpus from now on, whatever their case and
 * signs: a model must not see what it is judged by. */
void name_corpus_hold_out(struct name_corpus *corpus, const struct name_corpus *other);
/* Append all sentences of text; name is for errors. Tags of other classes than people,
 * organisations and places read as O. ERR_FORMAT. */
int name_corpus_parse(struct name_corpus *corpus, struct str text, const char *name,
                      const struct name_source *source, struct err *err);
int name_corpus_read(struct name_corpus *corpus, const char *path,
                     const struct name_source *source, struct err *err);

#endif
