/* Whom a verb's subject stands for, also where its words do not say it. */

#include "worker/extract/event.h"

/* "X dan Y …, saat mereka …": several before phrase `at` in the sentence. */
static bool take_joined(struct events *e, uint32_t at, struct party *subject)
{
    const struct phrases *p = &e->phrases;
    for (uint32_t i = 0; i < at; i++) {
        struct party all;
        if (p->item[i].kind != PHRASE_NOUN || p->item[i].governed)
            continue;
        party_before(&e->parties, i, PARTY_ACTOR, &all);
        if (all.count < 2)
            continue;
        *subject = all;
        subject->guessed = true;
        return true;
    }
    return false;
}

/* "Tentara X mengaku bahwa mereka menembak": who is no single person says it of itself.
 */
static void take_sayer(struct events *e, uint32_t verb, struct party *subject)
{
    const struct phrases *p = &e->phrases;
    uint32_t at = p->item[verb].subject;
    struct str value;
    if (!token_get(&e->doc->tokens.item[p->item[at].first], p->lists.pronoun, &value) ||
        !str_is(value, "many"))
        return;
    if (take_joined(e, at, subject))
        return;
    uint32_t that = phrase_before(p, at);
    uint32_t says = that != DOC_NONE && p->item[that].kind == PHRASE_THAT
                        ? phrase_before(p, that)
                        : DOC_NONE;
    if (says == DOC_NONE || p->item[says].kind != PHRASE_VERB ||
        p->item[says].subject == DOC_NONE)
        return;
    struct party who;
    party_before(&e->parties, p->item[says].subject, PARTY_ACTOR, &who);
    if (who.count > 1 ||
        (who.count == 1 && e->doc->entities.item[who.entity[0]].type != ENTITY_PER)) {
        *subject = who;
        subject->guessed = true;
    }
}

void event_agent(struct events *e, uint32_t verb, struct party *out)
{
    struct complements c;
    event_complements(e, verb + 1, &c);
    *out = c.by;
    if (!party_named(out) && phrase_is(&e->phrases, verb + 1, PHRASE_NOUN))
        party_behind(&e->parties, verb + 1, PARTY_ACTOR, out);
}

/* "Hal itu dikatakan (oleh) X saat bertemu Y": X meets. */
void event_teller(struct events *e, uint32_t verb, struct party *subject)
{
    const struct phrases *p = &e->phrases;
    uint32_t at = phrase_before(p, verb);
    if (at == DOC_NONE || p->item[at].kind != PHRASE_SUB)
        return;
    while (at > 0 && p->item[at].kind != PHRASE_VERB && p->item[at].kind != PHRASE_STOP)
        at--;
    if (p->item[at].kind != PHRASE_VERB || p->item[at].form != FORM_PASSIVE)
        return;
    struct party agent;
    event_agent(e, at, &agent);
    if (party_named(&agent))
        *subject = agent;
}

/* A plan's owner acts: "keputusan X untuk mengirim". */
static void take_planner(struct events *e, struct party *subject)
{
    uint32_t behind;
    if (party_head(&e->parties, subject->first, subject->end, &behind) == HEAD_INTENT)
        party_inside(&e->parties, behind, subject->end, PARTY_ACTOR, subject);
}

void event_doer(struct events *e, const struct event *event, bool passive,
                struct party *out)
{
    const struct phrases *p = &e->phrases;
    uint32_t verb = event->trigger->phrase, at = p->item[verb].subject;
    *out = (struct party){0};
    if (at != DOC_NONE) {
        party_before(&e->parties, at, passive ? PARTY_TARGET : PARTY_ACTOR, out);
        if (!party_named(out) && !passive)
            take_planner(e, out);
        if (!party_named(out))
            take_sayer(e, verb, out);
    }
    if (!passive && !party_named(out) && !out->people)
        event_teller(e, verb, out);
    /* "serangan itu menewaskan": who attacked */
    if (at != DOC_NONE && !passive && !party_named(out) && p->item[at].reports)
        event_reporter(e, at, out);
}
