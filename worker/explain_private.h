#ifndef WORKER_EXPLAIN_PRIVATE_H
#define WORKER_EXPLAIN_PRIVATE_H

/* What the forms of `warta explain` share: where the evidence is, what a fact says, and
 * what the document still knows of how it was found. */

#include "worker/explain.h"

/* Evidence that is marked: a fact's span, or one of an entity's mentions. */
struct explain_mark {
    struct span span;
    uint32_t fact; /* index in the entry */
};

struct explain {
    const struct explain_view *view;
    struct explain_mark *mark; /* in order of begin, the longer one first */
    size_t mark_count;
    uint32_t *first, *next; /* mentions of each entity as chains; DOC_NONE ends one */
};

void explain_init(struct explain *x, const struct explain_view *view);
void explain_fini(struct explain *x);

/* Whether the view shows this fact (index in the entry, from 1). */
bool explain_shows(const struct explain_view *view, uint32_t fact);
/* Index in doc.entities of what an entity fact was made of; DOC_NONE. */
uint32_t explain_entity(const struct explain *x, const struct fact *fact);
/* The confidence that the rule gave, before calibration. */
double explain_given(const struct explain *x, const struct fact *fact);

/* What a fact says, field by field but without its envelope: value as text. */
typedef void explain_say(void *context, const char *key, struct str value);
void explain_fields(const struct explain *x, const struct fact *fact, explain_say *say,
                    void *context);

/* A stretch of the text as pieces, each within the marks that are open around it. Marks
 * nest: one that crosses the end of another is closed and opened again. */
struct explain_writer {
    void (*open)(void *context, const struct fact *fact, uint32_t number);
    void (*close)(void *context, const struct fact *fact);
    void (*piece)(void *context, struct str text);
    void *context;
};
void explain_walk(const struct explain *x, struct span span,
                  const struct explain_writer *writer);

/* What the article has, in order of place: dropped lines, dropped sentences of lines that
 * are read, and sentences. */
enum explain_part_kind { PART_LINE_DROPPED, PART_SENTENCE_DROPPED, PART_SENTENCE };
struct explain_part {
    enum explain_part_kind kind;
    uint32_t sentence; /* index; of a line: DOC_NONE */
    struct span span;
    const char *reason; /* of a drop */
    const char *cue;    /* list or rule that dropped it, where that says more; or NULL */
};
/* Begin with *line and *sentence 0. False at the end. */
bool explain_next(const struct explain *x, uint32_t *line, uint32_t *sentence,
                  struct explain_part *out);

/* A model has read the sentence: its words have parts of speech. */
bool explain_tagged(const struct doc *doc, const struct sentence *sentence);
/* What a model says of a word of such a sentence. Heads count from 1 in the sentence, 0
 * is the root; lemma is absent where nobody has asked for it. */
struct explain_word {
    const char *upos, *deprel;
    uint32_t head;
    struct str lemma;
};
struct explain_word explain_word(const struct doc *doc, uint32_t token);

#endif
