/* From what has been read of an event to its fact. */

#include "worker/extract/event.h"

/* What an unsure party or reading costs, and two named parties gain. */
#define GUESS_COST 0.1
#define LOW_COST   0.15
#define PAIR_GAIN  0.1
/* Tokens around a trigger that are looked through for time and place. */
#define FIELD_MOST 30
/* Tokens around a trigger that cues of modality are looked for in. */
#define MODE_MOST 80

static bool is_there(const struct party *party)
{
    return party->first < party->end;
}

/* Categories that are play in sports. */
static bool is_play(int type)
{
    return type == FACT_ASSAULT || type == FACT_COERCE || type == FACT_RETREAT ||
           type == FACT_THREATEN || type == FACT_MOBILIZE || type == FACT_AID;
}

/* Everybody acted on also acts: no event is meant. */
static bool is_same(const struct party *a, const struct party *b)
{
    for (uint32_t i = 0; i < b->count; i++)
        if (!party_has(a, b->entity[i]))
            return false;
    return b->count > 0 && a->count > 0;
}

/* People protest at a body, not at the town they stand in. */
static bool is_scene(const struct events *e, const struct event *event)
{
    const struct party *target = &event->target;
    if (event->plover.type != FACT_PROTEST || !event->target_at || !party_named(target))
        return false;
    return e->doc->entities.item[target->entity[0]].type != ENTITY_ORG;
}

static bool is_light(const struct event *event)
{
    return event->rule && strcmp(event->rule, "event.light") == 0;
}

/* "obligor bank X Budi Santoso ditangkap": the name at the end is whose all that is. */
static bool ends_in_person(const struct events *e, const struct party *target)
{
    if (!is_there(target))
        return false;
    uint32_t entity = mention_entity_at(e->doc, target->end - 1);
    return entity != DOC_NONE && party_has(target, entity) &&
           e->doc->entities.item[entity].type == ENTITY_PER;
}

/* Somebody is acted on: named, a noun for people, or understood: "setelah dibunuh X",
 * "X melakukan penganiayaan". */
static bool is_victim(const struct events *e, const struct event *event)
{
    const struct party *target = &event->target;
    char form = event->trigger->word.form;
    int type = event->plover.type;
    bool force = type == FACT_COERCE || type == FACT_ASSAULT;
    bool understood = party_named(&event->actor) &&
                      ((form == FORM_PASSIVE && !is_there(target)) ||
                       (form == FORM_NOMINAL && is_light(event) && force));
    return (party_named(target) && !target->inner) || target->people || understood ||
           (force && form == FORM_PASSIVE && ends_in_person(e, target));
}

static bool is_body(const struct events *e, const struct party *target)
{
    return party_named(target) && !target->inner &&
           e->doc->entities.item[target->entity[0]].type == ENTITY_ORG;
}

/* The target is a person itself, not behind a preposition. */
static bool is_person(const struct events *e, const struct event *event)
{
    const struct party *target = &event->target;
    if (target->inner || event->target_behind)
        return false;
    return target->people ||
           (party_named(target) &&
            e->doc->entities.item[target->entity[0]].type == ENTITY_PER);
}

/* Rockets fired into the sea hit nobody. */
static bool is_nowhere(const struct events *e, const struct event *event)
{
    return e->doc->entities.item[event->target.entity[0]].type == ENTITY_LOC;
}

/* A visit to what is no body and no town is there, and to nobody. */
static bool is_sight(const struct events *e, const struct event *event)
{
    const struct party *target = &event->target;
    return event->plover.type == FACT_CONSULT && party_named(&event->actor) &&
           party_named(target) &&
           e->doc->entities.item[target->entity[0]].type == ENTITY_LOC;
}

/* Both sides are there: one by name, the other as a noun for people or bodies. */
static bool has_sides(const struct event *event, bool actor, bool target)
{
    return (actor && (target || event->target.people)) || (target && event->actor.people);
}

bool event_fits(const struct events *e, const struct event *event)
{
    uint32_t flag = event->plover.flag;
    bool actor = party_named(&event->actor);
    bool target = party_named(&event->target) && !is_scene(e, event);
    bool several = (flag & PLOVER_RECIP) && (event->actor.count > 1 || event->met);
    if (!actor && !target)
        return false;
    if (e->game &&
        ((flag & PLOVER_GAME) || (is_play(event->plover.type) && !(flag & PLOVER_ANY))))
        return false;
    if (event->again)
        return true;
    bool met = (flag & PLOVER_RECIP) && target && event->target_behind;
    if (((flag & PLOVER_ACTOR) && !actor && !several && !met) ||
        ((flag & PLOVER_TARGET) && !target) ||
        ((flag & PLOVER_PAIR) && !(actor && target) && !several) ||
        ((flag & PLOVER_SIDES) && !has_sides(event, actor, target) && !several))
        return false;
    if ((flag & PLOVER_VICTIM) && !is_victim(e, event))
        return false;
    if ((flag & PLOVER_WHOLE) && target && event->target.inner && !event->object_event)
        return false;
    if ((flag & PLOVER_TO) && !(event->target_behind && target) && !is_light(event))
        return false;
    if ((flag & PLOVER_TO) && (flag & PLOVER_OBJ) && target && is_nowhere(e, event))
        return false;
    if (!event->object_fits)
        return false;
    if ((flag & PLOVER_PERSON) && !is_person(e, event))
        return false;
    if (((flag & PLOVER_VIOLENT) && !e->violent) ||
        ((flag & PLOVER_ATTACK) && !event->attack) ||
        ((flag & PLOVER_BODY) && !is_body(e, &event->target)))
        return false;
    return event->plover.type == FACT_AID || !is_same(&event->actor, &event->target);
}

static void name_all(struct doc *doc, const struct party *party, struct record_strs *out)
{
    for (uint32_t i = 0; i < party->count; i++) {
        struct str name = entity_name(doc, party->entity[i]);
        bool known = false;
        for (uint32_t k = 0; k < out->count; k++)
            known |= str_eq(out->item[k], name);
        if (!known && name.ptr)
            *ARENA_PUSH(doc->arena, out) = name;
    }
}

static const struct fact *time_at(const struct doc *doc, uint32_t at)
{
    uint32_t found = doc->tokens.item[at].found;
    if (found == 0 || found > doc->found.count)
        return NULL;
    const struct fact *fact = &doc->found.item[found - 1].fact;
    return fact->kind == FACT_TIME && fact->time_type != FACT_DURATION ? fact : NULL;
}

/* Tokens around the trigger where its time and place stand: no other verb between. */
static void field_range(const struct events *e, const struct event *event,
                        uint32_t *first_out, uint32_t *end_out)
{
    const struct phrases *p = &e->phrases;
    uint32_t at = event->trigger->phrase, first = at, end = at + 1;
    bool verb = event->trigger->word.form != FORM_NOMINAL;
    uint32_t before = phrase_before(p, at);
    if (is_light(event) && before != DOC_NONE)
        first = before; /* the light verb */
    while (
        (verb || first != at) && first > 0 && p->item[first - 1].first >= event->first &&
        p->item[first - 1].kind != PHRASE_VERB && p->item[first - 1].kind != PHRASE_REL)
        first--;
    while (end < p->count && p->item[end].first < event->end &&
           p->item[end].kind != PHRASE_VERB && p->item[end].kind != PHRASE_COMMA &&
           (verb || p->item[end].kind != PHRASE_AND))
        end++;
    *first_out = p->item[first].first;
    *end_out = p->item[end - 1].end;
}

/* The time nearest to the trigger in its clause: behind it, else before. */
static void add_time(const struct events *e, const struct event *event, struct fact *fact)
{
    uint32_t at = event->trigger->word.first, first, end;
    field_range(e, event, &first, &end);
    for (uint32_t i = at; i < end && i < at + FIELD_MOST; i++)
        if (time_at(e->doc, i)) {
            fact->time = time_at(e->doc, i)->time_value;
            return;
        }
    for (uint32_t i = at; i > first && i + FIELD_MOST > at; i--)
        if (time_at(e->doc, i - 1)) {
            fact->time = time_at(e->doc, i - 1)->time_value;
            return;
        }
}

static struct fact_place *place_of(const struct events *e, const struct entity *entity)
{
    struct fact_place *place = arena_zero(e->doc->arena, 1, sizeof *place);
    place->name = entity->name;
    place->country = entity->country;
    return place;
}

/* Behind "in", "at": where it was. */
static void add_place(struct events *e, const struct event *event, struct fact *fact)
{
    const struct phrases *p = &e->phrases;
    uint32_t first, end;
    field_range(e, event, &first, &end);
    for (uint32_t i = event->trigger->phrase + 1; i + 1 < p->count; i++) {
        if (p->item[i].first >= end)
            return;
        if (p->item[i].kind != PHRASE_PREP || p->item[i].role != ROLE_AT)
            continue;
        struct party where;
        party_inside(&e->parties, p->item[i + 1].first, p->item[i + 1].end, PARTY_TARGET,
                     &where);
        if (!party_named(&where) || where.inner ||
            party_has(&event->target, where.entity[0]))
            continue;
        const struct entity *entity = &e->doc->entities.item[where.entity[0]];
        if (entity->type != ENTITY_GPE && entity->type != ENTITY_LOC)
            continue;
        fact->place = place_of(e, entity);
        return;
    }
}

/* The evidence: from the first to the last word of trigger and parties in its sentence.
 */
static void add_evidence(struct events *e, const struct event *event, struct found *found)
{
    uint32_t first = found->first, end = found->end;
    const struct party *party[] = {&event->actor, &event->target};
    for (size_t i = 0; i < 2; i++)
        if (is_there(party[i]) &&
            e->doc->tokens.item[party[i]->first].sentence == found->fact.sentence) {
            first = party[i]->first < first ? party[i]->first : first;
            end = party[i]->end > end ? party[i]->end : end;
        }
    found->first = first;
    found->end = end;
    found->fact.span = (struct span){e->doc->tokens.item[first].span.begin,
                                     e->doc->tokens.item[end - 1].span.end};
    found->fact.text = doc_span_text(e->doc, found->fact.span);
}

/* "serangan itu menargetkan warga": who aims at people does more than plan. */
static struct mode without_aim(const struct events *e, struct mode mode)
{
    if (mode.is != FACT_PLANNED || !e->violent)
        return mode;
    for (uint32_t i = 0; i < e->phrases.triggers.count; i++) {
        const struct plover_word *word = &e->phrases.triggers.item[i].word;
        struct str readings = word->readings;
        struct plover plover;
        if (e->doc->tokens.item[word->first].span.begin == mode.cue.begin &&
            plover_next(&readings, &plover) && plover.type == FACT_ASSAULT)
            return (struct mode){FACT_ASSERTED, SPAN_NONE};
    }
    return mode;
}

/* What stands behind a verb is about what it governs; only a condition reaches back. */
static struct mode read_mode(const struct events *e, const struct event *event)
{
    const struct plover_word *word = &event->trigger->word;
    const struct sentence *s =
        &e->doc->sentences.item[e->doc->tokens.item[word->first].sentence];
    const uint32_t *in = e->sources->quote;
    uint32_t first = word->first, end = word->end, quote = in[first];
    while (first > s->first && in[first - 1] == quote && word->first - first < MODE_MOST)
        first--;
    while (end < s->end && in[end] == quote && end - word->end < MODE_MOST)
        end++;
    const struct phrase *verb = &e->phrases.item[event->trigger->phrase];
    struct mode whole =
        without_aim(e, mode_read(&e->sources->modes, word->first, word->end, first, end));
    if (word->form == FORM_NOMINAL) {
        uint32_t behind;
        bool plan =
            verb->first < word->first &&
            party_head(&e->parties, verb->first, word->first, &behind) == HEAD_INTENT;
        if (plan && whole.is < FACT_PLANNED)
            whole = (struct mode){FACT_PLANNED, SPAN_NONE};
        return whole;
    }
    struct mode before = without_aim(
        e, mode_read(&e->sources->modes, word->first, word->end, first, word->end));
    if (verb->planned && before.is < FACT_PLANNED)
        before = (struct mode){FACT_PLANNED, SPAN_NONE};
    if (verb->asked && before.is < FACT_POSSIBLE)
        before = (struct mode){FACT_POSSIBLE, SPAN_NONE};
    return whole.is == FACT_CONDITIONAL && before.is < whole.is ? whole : before;
}

static double weigh(const struct event *event)
{
    double confidence = event->confidence;
    if (party_named(&event->actor) && party_named(&event->target))
        confidence += PAIR_GAIN;
    if (event->actor.guessed || event->target.guessed)
        confidence -= GUESS_COST;
    if (event->plover.flag & PLOVER_LOW)
        confidence -= LOW_COST;
    return confidence;
}

void event_add(struct events *e, const struct event *event)
{
    const struct plover_word *word = &event->trigger->word;
    struct doc *doc = e->doc;
    struct found *found =
        doc_add(doc, FACT_EVENT, word->first, word->end, event->rule, weigh(event));
    struct fact *fact = &found->fact;
    fact->plover = event->plover.type;
    fact->trigger = fact->span;
    fact->rule_cue = fact->span;
    fact->lemma = word->lemma;
    name_all(doc, &event->actor, &fact->actors);
    if (is_sight(e, event))
        fact->place = place_of(e, &doc->entities.item[event->target.entity[0]]);
    else if (!is_scene(e, event) && !is_same(&event->actor, &event->target))
        name_all(doc, &event->target, &fact->targets);
    if (!party_named(&event->actor) && is_there(&event->actor))
        fact->actor_text = event->actor.text;
    if (!party_named(&event->target) && is_there(&event->target))
        fact->target_text = event->target.text;
    fact->object = event->object;
    mode_set(fact, read_mode(e, event));
    struct fact_attribution *said = source_attribution(e->sources, word->first);
    if (said && (said->name.ptr || said->text.ptr))
        fact->attribution = said;
    add_time(e, event, fact);
    if (fact->place == NULL)
        add_place(e, event, fact);
    add_evidence(e, event, found);
    e->before = doc->found.count - 1;
    event_tell(e, event);
}
