/* A nominalisation's actors and targets: its owner in the same noun phrase, nouns behind
 * prepositions, and the subject of a light verb before or behind it. */

#include "worker/extract/event.h"

/* Nouns that report and share one light verb. */
#define JOINED_MOST 4

static bool is_there(const struct party *party)
{
    return party->first < party->end;
}

/* The owner is one that investigates and arrests. */
static bool is_police(const struct events *e, const struct event *event,
                      const struct party *owner)
{
    int type = event->plover.type;
    const struct entity *entity = &e->doc->entities.item[owner->entity[0]];
    return (type == FACT_ACCUSE || type == FACT_COERCE || type == FACT_SANCTION) &&
           entity->type == ENTITY_ORG &&
           event_has_class(e, owner->first, owner->end, STR("police"));
}

/* A name stands before the trigger in its phrase. */
static bool named_before(const struct events *e, const struct trigger *trigger)
{
    for (uint32_t i = e->phrases.item[trigger->phrase].first; i < trigger->word.first;
         i++)
        if (mention_at(e->doc, i) != DOC_NONE)
            return true;
    return false;
}

/* Who is named in tokens [first, end), behind a noun that reports. */
static void find_owner(struct events *e, uint32_t first, uint32_t end, struct party *out)
{
    uint32_t behind;
    *out = (struct party){0};
    if (first < end && /* "kunjungan Presiden ke X" */
        party_head(&e->parties, first, end, &behind) == HEAD_LEADER)
        party_inside(&e->parties, first, end, PARTY_TARGET, out);
    for (uint32_t i = first; i < end && !party_named(out); i++) {
        if (mention_entity_at(e->doc, i) == DOC_NONE)
            continue;
        /* titles and heads like "pasukan" before the name belong to it */
        party_inside(&e->parties, first, end, PARTY_TARGET, out);
        if (!party_named(out))
            party_inside(&e->parties, i, end, PARTY_TARGET, out);
        break;
    }
}

/* "pembunuhan, penculikan, dan penyiksaan warga X": the last of the nouns that report
 * and share an owner. */
static uint32_t shares_owner(const struct events *e, const struct trigger *trigger)
{
    const struct phrases *p = &e->phrases;
    uint32_t at = trigger->phrase;
    for (uint32_t n = 0; n < JOINED_MOST; n++) {
        uint32_t next = at + 1;
        while (phrase_is(p, next, PHRASE_COMMA) || phrase_is(p, next, PHRASE_AND))
            next++;
        if (next == at + 1 || !phrase_is(p, next, PHRASE_NOUN) || !p->item[next].reports)
            break;
        at = next;
    }
    return at;
}

/* Who is named behind the trigger in its own phrase. */
static void read_owner(struct events *e, struct event *event)
{
    const struct trigger *trigger = event->trigger;
    const struct phrase *phrase = &e->phrases.item[trigger->phrase];
    const struct doc *doc = e->doc;
    struct party owner;
    uint32_t behind, last = trigger->phrase;
    find_owner(e, trigger->word.end, phrase->end, &owner);
    if (!party_named(&owner) && trigger->word.end == phrase->end)
        last = shares_owner(e, trigger);
    if (last != trigger->phrase) {
        phrase = &e->phrases.item[last];
        find_owner(e, phrase->first + 1, phrase->end, &owner);
    }
    if (!party_named(&owner))
        return;
    bool region = doc->entities.item[owner.entity[0]].type == ENTITY_LOC;
    if (event->plover.flag & PLOVER_RECIP) {
        struct party all;
        if (region)
            return; /* "kerja sama negara-negara Asia" */
        party_behind(&e->parties, last, PARTY_ACTOR, &all);
        event->actor = owner;
        for (uint32_t i = 0; i < all.count; i++)
            if (!named_before(e, trigger))
                party_add(&event->actor, all.entity[i]);
        return;
    }
    bool place = region ||
                 party_head(&e->parties, owner.first, phrase->end, &behind) == HEAD_PLACE;
    bool moved = (event->plover.flag & PLOVER_OBJ) && owner.troops;
    if (trigger->word.owner_done && is_police(e, event, &owner))
        event->actor = owner; /* "pemeriksaan KPK" */
    else if ((trigger->word.owner_done && !moved) || place)
        event->target = owner;
    else
        event->actor = owner;
}

/* "terlibat dalam pembunuhan": the verb's noun stands behind a preposition. */
static bool within(const struct events *e, uint32_t verb)
{
    struct str value;
    return verb != DOC_NONE && e->phrases.item[verb].kind == PHRASE_VERB &&
           wordlist_get(e->light, e->phrases.item[verb].lemma, &value) &&
           str_is(value, "do in");
}

static void take_target(struct event *event, const struct party *party)
{
    if (!is_there(party) || party_named(&event->target))
        return;
    if (is_there(&event->target) && !party_named(party))
        return;
    event->target = *party;
    event->target_behind = true;
}

/* "menjatuhkan denda dan sanksi": what stands before phrase `at` and those it is joined
 * to. */
static uint32_t before_joined(const struct phrases *p, uint32_t at)
{
    uint32_t first = phrase_before(p, at), before = first;
    for (uint32_t n = 0;
         n < JOINED_MOST && before != DOC_NONE &&
         (p->item[before].kind == PHRASE_AND || p->item[before].kind == PHRASE_COMMA);
         n++) {
        uint32_t noun = phrase_before(p, before);
        if (noun != DOC_NONE && p->item[noun].kind == PHRASE_COMMA)
            noun = phrase_before(p, noun);
        if (noun == DOC_NONE || p->item[noun].kind != PHRASE_NOUN ||
            p->item[noun].governed || !p->item[noun].reports)
            return first;
        before = phrase_before(p, noun);
    }
    return before;
}

static void read_light(struct events *e, struct event *event)
{
    struct phrases *p = &e->phrases;
    const struct phrase *phrase = &p->item[event->trigger->phrase];
    uint32_t before = before_joined(p, event->trigger->phrase);
    uint32_t behind = phrase_behind(p, event->trigger->phrase);
    if (before != DOC_NONE && p->item[before].kind == PHRASE_PREP && before > 0 &&
        within(e, phrase_before(p, before)))
        before = phrase_before(p, before);
    struct party subject = {0};
    bool head = event->trigger->word.first <= phrase->first + 1;
    if (before != DOC_NONE && p->item[before].kind == PHRASE_VERB && head) {
        enum light_kind light = event_light(e, p->item[before].lemma);
        if ((light == LIGHT_DO || light == LIGHT_GET) &&
            p->item[before].subject != DOC_NONE)
            party_before(&e->parties, p->item[before].subject, PARTY_ACTOR, &subject);
        if (light == LIGHT_DO && !party_named(&subject) && !subject.people)
            event_teller(e, before, &subject);
        char form = p->item[before].form;
        bool passive = form == FORM_PASSIVE || form == FORM_STATE;
        if (is_there(&subject)) {
            bool done = (light == LIGHT_GET) != passive;
            if (done && !is_there(&event->target))
                event->target = subject;
            else if (!done && !is_there(&event->actor))
                event->actor = subject;
            event->rule = "event.light";
        }
    }
    if (phrase_is(p, behind, PHRASE_REL))
        behind = phrase_behind(p, behind); /* "pembatasan yang diberlakukan oleh X" */
    if (!party_named(&event->actor) && phrase_is(p, behind, PHRASE_VERB) &&
        p->item[behind].form == FORM_PASSIVE &&
        event_light(e, p->item[behind].lemma) == LIGHT_DO) {
        struct complements c;
        event_complements(e, behind + 1, &c);
        event->rule = "event.light";
        take_target(event, &c.to);
        take_target(event, &c.against);
        if (is_there(&c.by))
            event->actor = c.by;
        else if (phrase_is(p, behind + 1, PHRASE_NOUN) && !p->item[behind + 1].governed)
            party_behind(&e->parties, behind + 1, PARTY_ACTOR, &event->actor);
    }
}

/* "Pasal 285 KUHP tentang pemerkosaan": what a law is about has not happened. */
static bool is_law(const struct events *e, uint32_t at)
{
    const struct phrases *p = &e->phrases;
    if (!p->item[at].governed || p->item[at].role != ROLE_ABOUT || at < 2 ||
        !phrase_is(p, at - 2, PHRASE_NOUN))
        return false;
    return event_has_class(e, p->item[at - 2].first, p->item[at - 2].end, STR("law"));
}

void event_nominal(struct events *e, struct event *event)
{
    struct complements c;
    event->rule = "event.nominal";
    event->confidence = 0.7;
    event->object_fits = true;
    event_complements(e, event->trigger->phrase + 1, &c);
    read_owner(e, event);
    if (party_named(&c.between)) {
        event->actor = c.between;
        event->met = true; /* with whom is said, though not always by name */
    }
    if (is_there(&c.by))
        event->actor = c.by;
    read_light(e, event);
    if (!is_there(&event->actor) && party_named(&c.from) && !c.from.inner)
        event->actor = c.from;
    for (uint32_t i = 0; party_named(&event->actor) && i < c.together.count; i++)
        party_add(&event->actor, c.together.entity[i]);
    if (event->plover.flag & PLOVER_FROM && !party_named(&c.from))
        event->object_fits = false;
    take_target(event, &c.to);
    take_target(event, &c.against);
    if (event->plover.flag & (PLOVER_RECIP | PLOVER_SELF))
        take_target(event, &c.with);
    event->met |= event->target_behind && party_named(&c.with);
    take_target(event, &c.on);
    if ((event->plover.flag & PLOVER_AT) && !is_there(&event->target)) {
        take_target(event, &c.at);
        event->target_at = is_there(&event->target);
    }
    if (!party_named(&event->actor) && !party_named(&event->target))
        event_again(e, event);
    event_within(e, event);
    event_owned(e, event);
    event_understood(e, event);
    const struct phrase *phrase = &e->phrases.item[event->trigger->phrase];
    event->object_fits &=
        (event->plover.of.ptr == NULL ||
         event_has_class(e, event->trigger->word.end, phrase->end, event->plover.of)) &&
        event_goes_with(e, event) && !is_law(e, event->trigger->phrase);
}
