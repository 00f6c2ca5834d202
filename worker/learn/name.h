#ifndef WORKER_LEARN_NAME_H
#define WORKER_LEARN_NAME_H

/* Names of people, organisations and places, word by word: each word gets a tag that says
 * whether it begins a name (B), goes on with one (I) or is in none (O). The tags of a
 * sentence are those that together have the highest score (Viterbi) under a linear model
 * of each word and of each pair of neighbours, learnt by worker/train/train_name.h.
 *
 * Countries and towns are places here: who needs to tell them apart asks a list.
 *
 * What a pack knows of names comes in by its list `evidence`, a list of lists:
 *
 *   KEY    the name of another list
 *   name   its entries are names; their values begin with PER, ORG, GPE or LOC
 *   word   its entries are words beside or in names
 *   phrase the same, of several words
 *   link   as word: small words that stand inside names
 *
 * word and phrase may be followed by words of those values: then each of them counts as a
 * list of its own. A model knows lists by their place in this list (in order of key), so
 * a model and the list it was learnt with belong together. */

#include "worker/learn/cluster.h"
#include "worker/learn/name_weight.h"
#include "worker/text/doc.h"

enum name_class { NAME_CLASS_NONE, NAME_CLASS_PER, NAME_CLASS_ORG, NAME_CLASS_LOC };

#define NAME_LISTS_MOST 32
#define NAME_MARGIN     2 /* words outside the sentence that features look at */

struct name_evidence {
    struct name_list {
        const struct wordlist *list; /* borrowed; NULL: the lexicon has none */
        struct str value;            /* word of the value that is asked for, or absent */
    } list[NAME_LISTS_MOST];
    uint32_t count;
    uint32_t names, phrases, links; /* bits of the lists of these kinds */
};

/* One word as features see it. */
struct name_word {
    struct feature_word word;
    uint32_t lists;            /* bit i: in evidence.list[i] */
    uint32_t left, right;      /* lower forms of what stands around its run of capitals */
    uint32_t head, tail;       /* first and last word of the run */
    uint32_t earlier, later;   /* lists of the words before and behind it in the run */
    uint8_t known;             /* part of a known name: type and place in it; 0 none */
    uint8_t run_at, run_count; /* its place in the run of capitals; 0 in none */
};

struct name_tagger {
    struct name_weights weights;
    struct clusters clusters; /* those the model was learnt with */
    struct name_evidence evidence;
};

/* Tokens that are decoded together; longer sentences are cut. */
#define NAME_TOKENS_MOST 800u

/* A list that the lexicon lacks finds nothing. ERR_FORMAT: a kind that is none, or more
 * than NAME_LISTS_MOST. */
int name_evidence_open(struct name_evidence *evidence, const struct lexicon *lexicon,
                       struct err *err);

/* section, lexicon: borrowed; lexicon NULL: no lists. clusters: copied. ERR_FORMAT. */
int name_open(struct name_tagger *tagger, struct str section,
              const struct clusters *clusters, const struct lexicon *lexicon,
              struct err *err);

/* Names cost much, and most of what begins with a capital is known without them: so they
 * are read where somebody asks, and only once. Lets the tagger read doc's names; it is
 * borrowed for the life of the document, which the text stage has read. Nothing happens
 * without a language. */
void name_begin(const struct name_tagger *tagger, struct doc *doc);
/* The token, its name and name_margin set unless there is no tagger or its sentence is
 * dropped. May end the document (doc_check, a full arena), so it is for stages of the
 * job. */
const struct token *name_token(struct doc *doc, uint32_t at);

/* What name_token and training share. */

/* May a word have this tag behind a word that has that one? */
static inline bool name_may_follow(uint32_t before, uint32_t tag)
{
    bool inside = tag != NAME_O && tag % 2 == 0;
    return !inside || before == tag || before + 1 == tag;
}

/* A stretch: words that begin with a capital, the few small ones between them, and one on
 * either side. What is in none is in no name, and most of any text; each is read by
 * itself. */
struct name_stretch {
    uint32_t first, end;  /* its tokens */
    uint32_t from, limit; /* those of the sentence or piece of one that it stands in */
};

/* The stretch in tokens [from, limit) that has token at: first and end are set. */
bool name_stretch_at(const struct doc *doc, uint32_t at, struct name_stretch *stretch);
/* Words of a stretch, and NAME_MARGIN before and behind: set. word: points behind the
 * room for those before. */
void name_words(const struct clusters *clusters, const struct name_evidence *evidence,
                const struct doc *doc, const struct name_stretch *stretch,
                struct name_word *word);
/* word[-NAME_MARGIN] to word[NAME_MARGIN] are looked at. */
void name_features(const struct name_word *word, struct name_features *out);
/* Features that name_features leaves out, for a model has summed up their weights: one
 * that every word has, and every pair; and the shapes of a pair. */
uint64_t name_feature_bias(void);
uint64_t name_feature_any(void);
uint64_t name_feature_shapes(uint32_t before, uint32_t shape);
/* Scores of count words, NAME_LABELS each: set. */
void name_score(const struct name_tagger *tagger, const struct name_word *word,
                uint32_t count, int32_t *scores);

/* The best tags under scores, and by how much each is better than the best sequence in
 * which its word has another one (may be NULL). room: count * 2 * NAME_TAGS. */
void name_decode(const int32_t *scores, uint32_t count, int32_t *room, uint8_t *tag_out,
                 int32_t *margin_out);

/* Room for the words of one stretch. */
struct name_room {
    struct name_word *word;   /* count, and margins before and behind */
    int32_t *scores, *decode; /* NAME_LABELS, 2 * NAME_TAGS each */
    int32_t *margin;          /* count */
    uint8_t *tag;             /* count */
};

/* Sets room's word, tag and margin from a stretch. */
void name_tag(const struct name_tagger *tagger, const struct doc *doc,
              const struct name_stretch *stretch, const struct name_room *room);

#endif
