#ifndef WORKER_EXTRACT_PARTY_H
#define WORKER_EXTRACT_PARTY_H

/* Whom a noun phrase stands for: the entities it names, or that a pronoun or description
 * in it means; else its words. */

#include "worker/extract/phrase.h"

#define PARTY_MOST  12 /* entities of one party */
#define PARTY_ROLES 64 /* roles looked through for a title without a name */

struct party {
    uint32_t entity[PARTY_MOST];
    uint32_t count;
    uint32_t first, end; /* tokens; first == end: nobody */
    struct str text;     /* the words of one without a name */
    struct str object;   /* words before a name that is only part of the phrase */
    bool people;         /* its noun is one for people */
    bool troops;         /* its noun is one for those who fight or their arms */
    bool guessed;        /* by a pronoun or description */
    bool inner;          /* the name is not the noun itself but stands in its phrase */
};

enum party_side { PARTY_ACTOR, PARTY_TARGET };

/* Heads of noun phrases by list actorhead. */
enum head_kind {
    HEAD_NONE,
    HEAD_FORCE,
    HEAD_BODY,
    HEAD_PEOPLE,
    HEAD_ACT,
    HEAD_PLACE,
    HEAD_INTENT,
    HEAD_LEADER,
    HEAD_COUNTRY,
    HEAD_COMPANY,
    HEAD_SUSPECT,
    HEAD_VICTIM,
    HEAD_BOTH,   /* the two named together last: "keduanya" */
    HEAD_STATES, /* the same where they are states */
    HEAD_PAIR,   /* the same where they are people */
    HEAD_OWN   /* "pihaknya": who speaks, or was named last */
};

struct parties {
    struct doc *doc;
    struct phrases *phrases;
    const struct wordlist *head, *title, *anonymous, *pronoun, *syntax, *number, *bound;
    /* Whom the text spoke of last, by entity; DOC_NONE nobody yet. */
    uint32_t person, other, /* … and the person before that */
        country, company, suspect, victim;
    uint32_t both[2]; /* who was told of together last; DOC_NONE */
    uint32_t speaker; /* of the quote around; DOC_NONE */
    bool blame;       /* an event is read in which a suspect is acted on */
    bool direct;      /* the quote gives the speaker's own words: "he" is somebody else */
    uint32_t seen;    /* phrases of the sentence that party_see has read */
    uint32_t role[PARTY_ROLES]; /* index in doc.found */
    uint32_t role_count;
};

void party_open(struct parties *parties, struct doc *doc, struct phrases *phrases);

/* What the noun phrase and those joined to it stand for: to the left of `at` (subjects),
 * or to its right (objects). */
void party_before(struct parties *p, uint32_t at, enum party_side side,
                  struct party *out);
void party_behind(struct parties *p, uint32_t at, enum party_side side,
                  struct party *out);
/* Only the tokens [first, end) inside a noun phrase. */
void party_inside(struct parties *p, uint32_t first, uint32_t end, enum party_side side,
                  struct party *out);
/* "menangkapnya": whom the enclitic at a verb means, somebody else than `other`. */
void party_clitic(struct parties *p, uint32_t at, const struct party *other,
                  struct party *out);
enum head_kind party_head(const struct parties *p, uint32_t first, uint32_t end,
                          uint32_t *behind_out);
/* Keep in mind as the victim the one person that tokens [first, end), which tell of a
 * death, name besides those with a title. */
void party_see_dead(struct parties *p, uint32_t first, uint32_t end);
/* Keep in mind two of one type that stand together, for "both of them". */
void party_keep_both(struct parties *p, const struct party *a, const struct party *b);
bool party_named(const struct party *party);
bool party_has(const struct party *party, uint32_t entity);
void party_add(struct party *party, uint32_t entity);

/* Keep in mind who was named in the sentence's phrases that begin before `token`, for
 * pronouns that follow. Those behind prepositions count only where nobody else was. */
void party_see(struct parties *p, uint32_t token);

#endif
