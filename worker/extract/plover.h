#ifndef WORKER_EXTRACT_PLOVER_H
#define WORKER_EXTRACT_PLOVER_H

/* The lexicon of events: which word forms report one, of which PLOVER category, and how
 * their arguments stand (list plover, whose head explains the values; eventaffix; mode of
 * lang.analyse). */

#include "worker/text/doc.h"

enum plover_flag {
    PLOVER_OBJ = 1 << 0,
    PLOVER_SELF = 1 << 1,
    PLOVER_UNDERGO = 1 << 2,
    PLOVER_RECIP = 1 << 3,
    PLOVER_BARE = 1 << 4,
    PLOVER_NOUN = 1 << 5,
    PLOVER_VERB = 1 << 6,
    PLOVER_ONE = 1 << 7,
    PLOVER_DOER = 1 << 8,
    PLOVER_DONE = 1 << 9,
    PLOVER_ACTOR = 1 << 10,
    PLOVER_TARGET = 1 << 11,
    PLOVER_PAIR = 1 << 12,
    PLOVER_VICTIM = 1 << 13,
    PLOVER_TO = 1 << 14,
    PLOVER_AT = 1 << 15,
    PLOVER_PERSON = 1 << 16,
    PLOVER_FROM = 1 << 17,
    PLOVER_VIOLENT = 1 << 19,
    PLOVER_GAME = 1 << 20,
    PLOVER_ANY = 1 << 21,
    PLOVER_LOW = 1 << 22,
    PLOVER_WHOLE = 1 << 23,
    PLOVER_SIDES = 1 << 24,
    PLOVER_ATTACK = 1 << 25,
    PLOVER_BODY = 1 << 26,
};

/* One reading of an entry. */
struct plover {
    int type; /* enum fact_plover */
    uint32_t flag;
    struct str of, with; /* classes of list eventobject: the object's, of what follows */
};

enum plover_form {
    FORM_ACTIVE = 'a',
    FORM_PASSIVE = 'p',
    FORM_STATE = 's', /* a passive that names no doer */
    FORM_MIDDLE = 'm',
    FORM_NOMINAL = 'n',
    FORM_ROOT = 'b', /* without affixes */
};

/* A word, or phrase, that is a verb or reports an event. */
struct plover_word {
    uint32_t first, end; /* tokens of the trigger */
    uint32_t behind;     /* token behind the whole phrase */
    char form;           /* enum plover_form; 0: neither verb nor nominalisation */
    bool bare;           /* a verb only where its place shows it */
    bool fronted;        /* without affixes, and one only behind a pronoun, before which
                            its object stands */
    bool owner_done;     /* of a nominalisation: its owner is who is acted on */
    struct str lemma;
    struct lexicon_path path; /* of the lemma that morphology gives */
    struct str readings; /* value of list plover without its readings' form flags; absent:
                            reports no event */
};

struct plover_affix {
    struct str form, value;
};

struct plover_lists { /* borrowed from the pack, and in the document's arena */
    const struct wordlist *plover;
    struct plover_affix *affix; /* list eventaffix, longest first */
    size_t affixes;
};

void plover_open(struct plover_lists *lists, struct doc *doc);

/* The word at token `at`, before `limit`. False where it is neither a verb nor reports an
 * event. */
bool plover_read(const struct plover_lists *lists, struct doc *doc, uint32_t at,
                 uint32_t limit, struct plover_word *out);

/* Cut the next reading off *readings; false behind the last. */
bool plover_next(struct str *readings, struct plover *out);

#endif
