#ifndef WORKER_EXTRACT_EVENT_H
#define WORKER_EXTRACT_EVENT_H

/* Who did what to whom: what the parts of the event stage share.
 *
 *   plover          which words report an event
 *   phrase          a sentence as a row of phrases
 *   party           whom noun phrases stand for; party_noun: one of them
 *   event_subject   each verb's subject, also where it is not beside it
 *   event_doer      whom that subject stands for
 *   event_verb      a verb's actors and targets
 *   event_nominal   the same for a nominalisation
 *   event_again     the parties of what was told before
 *   event_add       what must be there; time, place, modality, source; the fact
 *   event           the pass over the text
 */

#include "worker/extract/party.h"
#include "worker/extract/source.h"

#define TOLD_MOST 16 /* events kept in mind */

struct told {
    int type;
    struct str lemma;
    struct party actor, target;
    uint32_t sentence, token;
};

struct events {
    struct doc *doc;
    struct sources *sources; /* of doc */
    struct phrases phrases;
    struct parties parties;
    const struct wordlist *light, *object, *again;
    bool game;                   /* a report on sports */
    bool violent;                /* the sentence speaks of violence */
    uint32_t before;             /* index in doc.found of the event before; DOC_NONE */
    uint32_t behind;             /* token behind its trigger */
    int type;                    /* its category */
    struct told told[TOLD_MOST]; /* the last told_count, in a ring */
    uint32_t told_count;
};

/* What has been read of one event. */
struct event {
    const struct trigger *trigger;
    struct plover plover;
    struct party actor, target;
    struct str object;
    bool again;          /* its parties are those of what was told before */
    bool object_event;   /* the object reports an event itself */
    bool attack;         /* the subject is a noun that reports an attack */
    bool object_fits;    /* the object is of the class the reading asks for */
    bool met;            /* the target stands behind "with" */
    bool target_behind;  /* the target stands behind a preposition */
    bool target_at;      /* … that says where */
    uint32_t first, end; /* tokens of the clause */
    const char *rule;
    double confidence;
};

enum light_kind { LIGHT_NONE, LIGHT_DO, LIGHT_GET, LIGHT_CONTROL };
enum light_kind event_light(const struct events *e, struct str lemma);

/* event_subject.c: sets the subject of every verb of the sentence. */
void event_subjects(struct events *e);

/* What stands behind prepositions from phrase `at` on, to the end of the clause. */
struct complements {
    struct party to, on, with, together, by, from, against, at, between;
    uint32_t end; /* phrase behind them */
};
void event_complements(struct events *e, uint32_t at, struct complements *out);

/* event_doer.c: whom the subject of the event's verb stands for. */
void event_doer(struct events *e, const struct event *event, bool passive,
                struct party *out);

/* Who says what is said before the clause of the verb at phrase `verb`, where they do it
 * themselves; *subject stays where that is nobody with a name. */
void event_teller(struct events *e, uint32_t verb, struct party *subject);
/* Who does what the passive at phrase `verb` says. */
void event_agent(struct events *e, uint32_t verb, struct party *out);

/* Fill actor, target and object of a reading. */
void event_verb(struct events *e, struct event *event);
void event_nominal(struct events *e, struct event *event);
/* Which of several classes (list eventobject; at most 8) tokens [first, end) hold a word
 * of: bit n for names[n]; and the same for one. */
uint32_t event_classes(const struct events *e, uint32_t first, uint32_t end,
                       const struct str *names, uint32_t most);
bool event_has_class(const struct events *e, uint32_t first, uint32_t end,
                     struct str name);
/* The words of that class that a reading asks for behind its verb are there. */
bool event_goes_with(const struct events *e, const struct event *event);

/* event_again.c: a nominalisation that names nobody gets the parties of what it means
 * again; what has been told is kept in mind. */
void event_again(const struct events *e, struct event *event);
/* "dalam pertemuan dengan X, Y mengatakan": who speaks has met. */
void event_understood(struct events *e, struct event *event);
/* "kedatangannya", "pemeriksaannya": whose it is. */
void event_owned(struct events *e, struct event *event);
void event_tell(struct events *e, const struct event *event);
/* "membunuh X dalam serangan": what the verb before it reports has the same parties. */
void event_within(const struct events *e, struct event *event);
/* The noun at phrase `at` has just reported an attack; and who acted in it. */
bool event_attacks(const struct events *e, uint32_t at);
void event_reporter(const struct events *e, uint32_t at, struct party *out);

/* event_add.c: false where the reading does not fit. */
bool event_fits(const struct events *e, const struct event *event);
void event_add(struct events *e, const struct event *event);

#endif
