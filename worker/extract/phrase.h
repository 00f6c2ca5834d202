#ifndef WORKER_EXTRACT_PHRASE_H
#define WORKER_EXTRACT_PHRASE_H

/* A sentence as a row of phrases, as far as events ask: nouns with all that hangs on
 * them, verbs, and the small words between (lists eventword and syntax). Read from the
 * words alone: no parser is needed. */

#include "worker/extract/mention.h"
#include "worker/extract/plover.h"

enum phrase_kind {
    PHRASE_NOUN,
    PHRASE_VERB,
    PHRASE_PREP,
    PHRASE_AND,
    PHRASE_COMMA,
    PHRASE_SUB,  /* begins a clause beside another */
    PHRASE_THAT, /* begins a clause with its own subject */
    PHRASE_REL,
    PHRASE_PURPOSE, /* before a verb without a subject, or a noun */
    PHRASE_PASS,    /* may stand between subject and verb; brackets and times, too */
    PHRASE_STOP,
};

enum phrase_role { /* of a preposition */
                   ROLE_OTHER,
                   ROLE_TO,
                   ROLE_ON,
                   ROLE_WITH,
                   ROLE_TOGETHER,
                   ROLE_BY,
                   ROLE_FROM,
                   ROLE_AGAINST,
                   ROLE_AT,
                   ROLE_BETWEEN,
                   ROLE_UNTIL,
                   ROLE_DURING,
                   ROLE_ABOUT,
                   ROLE_THEN /* of PHRASE_PASS: what somebody does next */
};

struct phrase {
    uint8_t kind, role; /* role: of a preposition, and of the noun it governs */
    bool governed;      /* a noun behind a preposition, or joined to one */
    bool reports;       /* a noun with a trigger in it */
    bool self;          /* the noun is "I" or "we" */
    bool asked;         /* a verb that somebody asks for */
    bool planned;       /* a verb that somebody decides on or plans */
    char form;          /* of a verb: enum plover_form */
    uint32_t first, end;
    uint32_t subject; /* of a verb: its noun's phrase; DOC_NONE none */
    struct str lemma; /* of a verb */
};

/* A word that reports an event. */
struct trigger {
    uint32_t phrase;
    struct plover_word word;
};

struct phrase_lists {
    struct plover_lists plover;
    const struct wordlist *eventword, *again, *syntax, *pronoun;
};

struct phrases {
    struct doc *doc;
    struct phrase_lists lists;
    bool headline;       /* most words of the sentence have capitals */
    struct phrase *item; /* of the sentence read last */
    uint32_t count, cap;
    struct {
        struct trigger *item;
        uint32_t count, cap;
    } triggers; /* in order */
};

void phrase_open(struct phrases *phrases, struct doc *doc);
void phrase_read(struct phrases *phrases, uint32_t sentence);

static inline bool phrase_is(const struct phrases *p, uint32_t at, enum phrase_kind kind)
{
    return at < p->count && p->item[at].kind == kind;
}

/* The phrase before `at` that is not PHRASE_PASS, or DOC_NONE; the one behind `at`, or
 * count. */
uint32_t phrase_before(const struct phrases *p, uint32_t at);
uint32_t phrase_behind(const struct phrases *p, uint32_t at);

#endif
