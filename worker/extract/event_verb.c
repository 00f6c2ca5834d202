/* A verb's actors and targets, by its voice and the frame that its reading names. */

#include "worker/extract/event.h"

/* Phrases behind a verb that are looked through for its complements. */
#define COMPLEMENTS_MOST 16
/* Verbs that share an object. */
#define SHARED_MOST 3
/* Tokens at the begin of a noun phrase that its head stands in: "jutaan butir amunisi".
 */
#define HEAD_MOST 4

static bool has_word(struct str words, struct str name)
{
    struct str word;
    while (str_split(&words, ' ', &word))
        if (str_eq(word, name))
            return true;
    return false;
}

/* "pasukannya": the noun before the enclitic. */
static uint32_t stem_match(const struct events *e, uint32_t at, struct str *value_out)
{
    const struct token *token = &e->doc->tokens.item[at];
    if (token->kind != TOKEN_WORD || token->mention)
        return 0;
    size_t clitic = doc_analyse(e->doc, at)->clitic.len;
    return clitic && clitic < token->lower.len &&
           wordlist_get(e->object, str_make(token->lower.ptr, token->lower.len - clitic),
                        value_out);
}

uint32_t event_classes(const struct events *e, uint32_t first, uint32_t end,
                       const struct str *names, uint32_t most)
{
    uint32_t all = (1u << most) - 1, has = 0;
    for (uint32_t i = first; i < end && has != all;) {
        struct str value;
        uint32_t count = doc_match(e->doc, e->object, i, end, &value);
        if (count == 0)
            count = stem_match(e, i, &value);
        for (uint32_t n = 0; count && n < most; n++)
            if (has_word(value, names[n]))
                has |= 1u << n;
        i += count ? count : 1;
    }
    return has;
}

bool event_has_class(const struct events *e, uint32_t first, uint32_t end,
                     struct str name)
{
    return event_classes(e, first, end, &name, 1) != 0;
}

bool event_goes_with(const struct events *e, const struct event *event)
{
    if (event->plover.with.ptr == NULL)
        return true;
    const struct phrases *p = &e->phrases;
    uint32_t behind = event->trigger->word.end;
    uint32_t end = behind + COMPLEMENTS_MOST, limit = p->item[p->count - 1].end;
    return event_has_class(e, behind, end < limit ? end : limit, event->plover.with);
}

static struct party *slot_of(struct complements *c, uint8_t role)
{
    switch (role) {
    case ROLE_TO:
        return &c->to;
    case ROLE_ON:
        return &c->on;
    case ROLE_WITH:
        return &c->with;
    case ROLE_TOGETHER:
        return &c->together;
    case ROLE_BY:
        return &c->by;
    case ROLE_FROM:
        return &c->from;
    case ROLE_AGAINST:
        return &c->against;
    case ROLE_AT:
        return &c->at;
    case ROLE_BETWEEN:
        return &c->between;
    default:
        return NULL;
    }
}

void event_complements(struct events *e, uint32_t at, struct complements *out)
{
    const struct phrases *p = &e->phrases;
    *out = (struct complements){0};
    uint32_t limit = at + COMPLEMENTS_MOST < p->count ? at + COMPLEMENTS_MOST : p->count;
    for (; at < limit; at++) {
        const struct phrase *phrase = &p->item[at];
        bool noun = phrase_is(p, at + 1, PHRASE_NOUN);
        if (phrase->kind == PHRASE_VERB || phrase->kind == PHRASE_STOP ||
            phrase->kind == PHRASE_THAT || phrase->kind == PHRASE_REL ||
            phrase->kind == PHRASE_SUB || phrase->kind == PHRASE_COMMA)
            break;
        if (phrase->kind == PHRASE_AND &&
            !(noun && !phrase_is(p, phrase_behind(p, at + 1), PHRASE_VERB)))
            break;
        if (phrase->kind == PHRASE_PURPOSE && !(noun && p->item[at + 1].governed))
            break;
        if (phrase->kind != PHRASE_PREP || !noun)
            continue;
        struct party *slot = slot_of(out, phrase->role);
        if (slot && slot->first == slot->end)
            party_behind(&e->parties, at + 1,
                         phrase->role == ROLE_BY || phrase->role == ROLE_BETWEEN
                             ? PARTY_ACTOR
                             : PARTY_TARGET,
                         slot);
    }
    out->end = at;
}

static bool is_there(const struct party *party)
{
    return party->first < party->end;
}

/* The first of two that names somebody; else the first that is there. */
static const struct party *either(const struct party *a, const struct party *b)
{
    if (party_named(a) || (is_there(a) && !party_named(b)))
        return a;
    return b;
}

static uint32_t object_of(const struct phrases *p, uint32_t verb)
{
    uint32_t at = phrase_behind(p, verb);
    return phrase_is(p, at, PHRASE_NOUN) && !p->item[at].governed ? at : DOC_NONE;
}

static void set_object(struct event *event, const struct party *party)
{
    if (is_there(party))
        event->object = party->object.ptr ? party->object : party->text;
}

/* Target behind a preposition, as far as this reading has one. */
static void take_complement(struct event *event, const struct complements *c)
{
    const struct party *best = either(&c->to, &c->against);
    if (!party_named(best))
        best = either(best, &c->on);
    int type = event->plover.type;
    uint32_t flag = event->plover.flag;
    if ((flag & PLOVER_RECIP) ||
        ((flag & PLOVER_OBJ) && type >= FACT_AGREE && type <= FACT_COOPERATE))
        best = either(&c->with, best);
    else if (flag & PLOVER_SELF)
        best = either(best, &c->with);
    if ((type == FACT_REQUEST || (flag & PLOVER_FROM)) && !is_there(best))
        best = &c->from;
    if ((flag & PLOVER_AT) && !is_there(best))
        best = &c->at;
    event->target_at = best == &c->at;
    if (is_there(best)) {
        event->target = *best;
        event->target_behind = true;
    }
}

/* Passive: subject is acted on; who acts stands behind "by", or directly behind the verb.
 */
static void read_passive(struct events *e, struct event *event,
                         const struct party *subject, char form)
{
    const struct phrases *p = &e->phrases;
    uint32_t verb = event->trigger->phrase;
    struct complements c;
    event_complements(e, verb + 1, &c);
    uint32_t noun = form == FORM_PASSIVE ? object_of(p, verb) : DOC_NONE;
    struct party agent = {0};
    if (noun != DOC_NONE)
        party_behind(&e->parties, noun, PARTY_ACTOR, &agent);
    uint32_t behind;
    bool suspect = e->parties.blame && party_head(&e->parties, agent.first, agent.end,
                                                  &behind) == HEAD_SUSPECT;
    if (is_there(&c.by))
        event->actor = c.by;
    else if (!suspect && (party_named(&agent) || agent.people))
        event->actor = agent;
    struct party under = *subject;
    if (!is_there(&under) && noun != DOC_NONE && !is_there(&event->actor))
        under = agent; /* "ditangkap lima orang" */
    if (event->plover.flag & PLOVER_OBJ) {
        set_object(event, &under);
        /* the thing moved is a force, and whose it is acts */
        if (!is_there(&event->actor) && under.troops && party_named(&under))
            event->actor = under;
        take_complement(event, &c);
        if (!is_there(&event->target) && party_named(&under) && !under.troops)
            event->target = under;
        return;
    }
    event->target = under;
    if (under.inner)
        set_object(event, &under);
}

/* "menculik dan menganiaya X": the last of the verbs that share one object. */
static uint32_t shares_object(const struct phrases *p, uint32_t verb)
{
    for (uint32_t n = 0; n < SHARED_MOST; n++) {
        uint32_t mark = phrase_behind(p, verb);
        uint32_t next = phrase_is(p, mark, PHRASE_COMMA) || phrase_is(p, mark, PHRASE_AND)
                            ? phrase_behind(p, mark)
                            : DOC_NONE;
        if (phrase_is(p, mark, PHRASE_COMMA) && phrase_is(p, next, PHRASE_AND))
            next = phrase_behind(p, next);
        if (!phrase_is(p, next, PHRASE_VERB) || p->item[next].form != FORM_ACTIVE)
            break;
        verb = next;
    }
    return verb;
}

/* "pelaku sudah kami tangkap", "uang yang mereka sita": the noun before the pronoun. */
static uint32_t fronted_object(const struct events *e, uint32_t verb)
{
    const struct phrases *p = &e->phrases;
    uint32_t who = p->item[verb].subject;
    if (p->item[verb].form != FORM_ROOT || who == DOC_NONE || who + 1 != verb)
        return DOC_NONE;
    const struct phrase *noun = &p->item[who];
    uint32_t before = phrase_before(p, who);
    if (!(noun->self ||
          (noun->end == noun->first + 1 &&
           token_get(&e->doc->tokens.item[noun->first], p->lists.pronoun, NULL))))
        return DOC_NONE;
    if (before != DOC_NONE && p->item[before].kind == PHRASE_REL)
        before = phrase_before(p, before);
    return before != DOC_NONE && p->item[before].kind == PHRASE_NOUN &&
                   !p->item[before].governed
               ? before
               : DOC_NONE;
}

static void read_active(struct events *e, struct event *event,
                        const struct party *subject)
{
    uint32_t verb = event->trigger->phrase;
    struct complements c;
    struct party object = {0};
    uint32_t last = shares_object(&e->phrases, verb);
    uint32_t noun = object_of(&e->phrases, last);
    uint32_t front = noun == DOC_NONE ? fronted_object(e, verb) : DOC_NONE;
    if (noun != DOC_NONE)
        party_behind(&e->parties, noun, PARTY_TARGET, &object);
    else if (front != DOC_NONE)
        party_before(&e->parties, front, PARTY_TARGET, &object);
    else
        party_clitic(&e->parties, e->phrases.item[last].end - 1, subject, &object);
    event_complements(e, verb + 1, &c);
    event->actor = *subject;
    uint32_t flag = event->plover.flag;
    if (flag & PLOVER_UNDERGO) {
        event->actor = flag & PLOVER_FROM ? c.from : c.by;
        event->target = *subject;
        return;
    }
    if ((flag & (PLOVER_SELF | PLOVER_RECIP)) && !(flag & PLOVER_OBJ)) {
        if (!party_named(&event->actor) && party_named(&c.together))
            event->actor = c.together;
        for (uint32_t i = 0; i < c.together.count; i++)
            party_add(&event->actor, c.together.entity[i]);
        take_complement(event, &c);
        if (!is_there(&event->target) && party_named(&object))
            event->target = object;
        return;
    }
    bool thing = (flag & PLOVER_OBJ) != 0;
    if (!thing && (party_named(&object) || is_there(&object))) {
        event->target = object;
        if (object.inner)
            set_object(event, &object);
        if (party_named(&object))
            return;
        int type = event->plover.type;
        if (type == FACT_ASSAULT || type == FACT_REQUEST || type == FACT_COERCE ||
            (flag & PLOVER_TO))
            take_complement(event, &c); /* "meminta izin kepada X" */
        if (!party_named(&event->target)) {
            event->target = object;
            event->target_behind = false;
        } else {
            set_object(event, &object);
        }
        return;
    }
    set_object(event, &object);
    take_complement(event, &c);
    for (uint32_t i = 0; thing && party_named(subject) && i < c.together.count; i++)
        party_add(&event->actor, c.together.entity[i]);
    /* "menyetujui permintaan X" is towards X, signing a paper about X is not */
    bool about = object.inner && event->plover.type == FACT_SUPPORT;
    if (thing && !is_there(&event->target) && party_named(&object) && !object.troops &&
        !about)
        event->target = object;
}

/* Where the object stands in which words of a class are looked for. */
static bool fits_class(const struct events *e, const struct event *event)
{
    const struct phrases *p = &e->phrases;
    uint32_t verb = event->trigger->phrase, flag = event->plover.flag;
    char form = event->trigger->word.form;
    bool passive = form == FORM_PASSIVE || form == FORM_STATE || (flag & PLOVER_SELF);
    uint32_t noun = passive ? p->item[verb].subject : object_of(p, verb);
    if (event->plover.of.ptr == NULL)
        return event_goes_with(e, event);
    if (noun == DOC_NONE)
        noun = passive ? object_of(p, verb) /* "dicabut izin usaha X" */
                       : fronted_object(e, verb);
    if (noun == DOC_NONE)
        return false;
    const struct phrase *phrase = &p->item[noun];
    uint32_t end =
        phrase->first + HEAD_MOST < phrase->end ? phrase->first + HEAD_MOST : phrase->end;
    return event_has_class(e, phrase->first, end, event->plover.of) &&
           event_goes_with(e, event);
}

void event_verb(struct events *e, struct event *event)
{
    const struct phrases *p = &e->phrases;
    struct party subject = {0};
    char form = event->trigger->word.form;
    bool passive = form == FORM_PASSIVE || form == FORM_STATE;
    event_doer(e, event, passive, &subject);
    event->object_fits = fits_class(e, event);
    uint32_t who = p->item[event->trigger->phrase].subject;
    event->attack = who != DOC_NONE && event_attacks(e, who);
    uint32_t noun = object_of(p, event->trigger->phrase);
    event->object_event = noun != DOC_NONE && p->item[noun].reports;
    event->rule = passive ? "event.passive" : "event.active";
    event->confidence = 0.75;
    if (passive && !(event->plover.flag & PLOVER_UNDERGO))
        read_passive(e, event, &subject, form);
    else
        read_active(e, event, &subject);
}
