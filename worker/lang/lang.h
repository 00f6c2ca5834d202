#ifndef WORKER_LANG_LANG_H
#define WORKER_LANG_LANG_H

/* A language pack: word lists as data, and the few functions that a list cannot be.
 * Algorithms (text, learn, extract) know no language and ask the pack; a pack knows no
 * sockets. Adding a language: worker/lang/README.md. */

#include "proto/base/arena.h"
#include "worker/text/lexicon.h"

/* What morphology tells of one word form. */
struct lang_word {
    struct str
        lemma; /* dictionary form, lower case; the form itself where nothing is known */
    struct lexicon_path path; /* of the lemma; doc_analyse sets it, no pack need */
    struct str clitic;        /* enclitic split off ("nya"), or absent */
    char voice; /* 'a' active, 'p' passive, 'm' middle or intransitive, 0 not a derived
                   verb */
    bool noun;  /* a nominalisation (pe-…-an, ke-…-an, …-an) */
};

struct lang {
    const char *code;      /* BCP 47: "id" */
    const char *extractor; /* name and version of pack and rules together: "id-0.1" */
    const struct lexicon *lexicon;
    struct str model; /* block of learn/model.h, MODEL_ALIGN aligned; absent: none */
    /* Lists that analyse asks for with every word, found once; NULL: the pack has none */
    const struct wordlist *root, *exception;
    /* Analyse a lower-case word form. Results may point into form, into the lexicon or
     * into arena. */
    void (*analyse)(const struct lang *lang, struct str form, struct arena *arena,
                    struct lang_word *out);
};

struct lang_set; /* all packs of this program, opened */

/* Opens the packs linked into the program (worker/lang/packs.txt). */
int lang_open(struct lang_set **out, struct err *err);
void lang_close(struct lang_set **set);
/* By code or alias ("in", "ind" → "id"); NULL: not supported. */
const struct lang *lang_find(const struct lang_set *set, struct str code);
size_t lang_count(const struct lang_set *set);
const struct lang *lang_at(const struct lang_set *set, size_t i);

#endif
