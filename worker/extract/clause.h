#ifndef WORKER_EXTRACT_CLAUSE_H
#define WORKER_EXTRACT_CLAUSE_H

/* What each token does in its sentence, as far as quotes, events, sources and modality
 * ask: read once per document from the pack's lists (syntax, cue, according, anonymous,
 * pronoun, document) and from morphology. Linear; the table is in the document's arena.
 */

#include "worker/extract/mention.h"

enum clause_is {
    IS_AUX = 1 << 0, /* shows that its clause has a predicate */
    IS_NOT = 1 << 1, /* denies one */
    IS_PREP = 1 << 2,
    IS_CONJ = 1 << 3,
    IS_WHILE = 1 << 4, /* a second verb of the same subject follows */
    IS_HARD = 1 << 5,  /* begins a new main clause */
    IS_SUB = 1 << 6,   /* begins a clause beside the main one */
    IS_SO = 1 << 7,
    IS_THAT = 1 << 8,
    IS_REL = 1 << 9,
    IS_DET = 1 << 10,
    IS_ADV = 1 << 11,    /* may stand between a speaker and the verb of speech */
    IS_PLACE = 1 << 12,  /* begins what is no part of the speech */
    IS_VERB = 1 << 13,   /* by its form */
    IS_ONE = 1 << 14,    /* pronoun: he, she */
    IS_MANY = 1 << 15,   /* pronoun: they */
    IS_PERSON = 1 << 16, /* noun for a speaker without a name */
    IS_BODY = 1 << 17,   /* the same for a body */
    IS_PAPER = 1 << 18,  /* a document that says something */
    IS_LEAD = 1 << 19,   /* stands before such a noun */
    IS_TITLE = 1 << 20,  /* begins a person's title */
    IS_DATUM = 1 << 21,  /* a text that numbers are taken from */
    IS_TIME = 1 << 22,   /* in a time expression */
    IS_ACTIVE = 1 << 23, /* a verb in active voice */
    IS_BY = 1 << 24,     /* the doer of a passive follows */
    IS_IN = 1 << 25,     /* preposition of a phrase that may belong to a noun */
    IS_AS = 1 << 26,
    IS_AT = 1 << 27,    /* where something is */
    IS_MEANS = 1 << 28, /* how: "dengan mengatakan bahwa" */
    IS_BE = 1 << 30,    /* joins a subject and who it is */
    IS_STATE = 1 << 29, /* an adjective that is a predicate more often than not */
};

enum clause_cue {
    CUE_STEM = 1 << 0,
    CUE_OWN = 1 << 1,
    CUE_SAY = 1 << 2,
    CUE_NP = 1 << 3,
    CUE_ANY = 1 << 4,
    CUE_AS = 1 << 5,
    CUE_THAT = 1 << 6,
    CUE_COMMA = 1 << 7,
    CUE_SO = 1 << 8,
    CUE_MARK = 1 << 9,
    CUE_COUNT = 1 << 10,
    CUE_PASSIVE = 1 << 11,
    CUE_NOUN = 1 << 12,
    CUE_THING = 1 << 13, /* begins what is no clause behind a verb of speech */
};

enum clause_source {
    SOURCE_NONE,
    SOURCE_SPEAKER,
    SOURCE_OWN,
    SOURCE_VIA,
    SOURCE_REPORT,
    SOURCE_DOCUMENT
};

struct clause_word {
    uint32_t is;          /* enum clause_is */
    uint32_t stretch;     /* 1 + the stretch between marks it stands in, marks too; 0 */
    uint16_t cue;         /* enum clause_cue */
    uint8_t source;       /* enum clause_source of the phrase that begins here */
    uint8_t source_count; /* its tokens */
    bool taken;           /* belongs to a cue or content that has been read */
};

struct clause {
    struct doc *doc;
    struct clause_word *word; /* by token */
};

/* Of this document, read when first asked for: after mentions and roles. It stays the
 * document's; the stage of quotes alone sets stretch and taken. */
struct clause *clause_of(struct doc *doc);

static inline bool clause_is(const struct clause *clause, uint32_t at, uint32_t is)
{
    return (clause->word[at].is & is) != 0;
}

/* The token belongs to a name. */
static inline bool clause_named(const struct clause *clause, uint32_t at)
{
    return clause->doc->tokens.item[at].mention != 0;
}

static inline uint8_t clause_mark(const struct clause *clause, uint32_t at)
{
    return clause->doc->tokens.item[at].mark;
}

/* A verb, or a word that shows a predicate. */
static inline bool clause_predicate(const struct clause *clause, uint32_t at)
{
    return clause_is(clause, at, IS_AUX | IS_VERB) && !clause_named(clause, at);
}

/* A phrase of list according begins here. */
static inline bool clause_source(const struct clause *clause, uint32_t at)
{
    return clause->word[at].source != SOURCE_NONE;
}

/* Tokens [first, end) hold a predicate. */
bool clause_has_predicate(const struct clause *clause, uint32_t first, uint32_t end);

/* Tokens [first, end) hold that mark. */
static inline bool clause_has_mark(const struct clause *clause, uint32_t first,
                                   uint32_t end, uint8_t mark)
{
    for (uint32_t i = first; i < end; i++)
        if (clause_mark(clause, i) == mark)
            return true;
    return false;
}

/* The bracket that opens before `at`, which closes one, or closes behind `at`, which
 * opens one; `at` itself where none is near. */
uint32_t clause_bracket_open(const struct clause *clause, uint32_t at, uint32_t first);
uint32_t clause_bracket_close(const struct clause *clause, uint32_t at, uint32_t end);

#endif
