/* What was told before and is named again: "pertemuan itu", "pertemuan mereka", "serangan
 * pertama". Who took part was said with the event of its kind that was told last. */

#include "worker/extract/event.h"

/* Sentences that an event is kept in mind for. */
#define AGAIN_SENTENCES 40
/* Words between the noun and one that points back: "pertemuan bilateral tersebut". */
#define AGAIN_WORDS 3
/* "kunjungannya": whose is guessed. */
#define OWNED_SURE 0.65

static bool is_det(const struct events *e, uint32_t at)
{
    struct str value = STR_NONE;
    return token_get(&e->doc->tokens.item[at], e->phrases.lists.syntax, &value) &&
           str_is(value, "det");
}

/* How a noun means what was told: not at all; bare, or with words that leave it open
 * whose it is; with a word that points back; with "their"; with other words, but no name.
 */
enum again { AGAIN_NOT, AGAIN_PLAIN, AGAIN_THAT, AGAIN_THEIRS, AGAIN_LOOSE };

/* "kunjungan wisatawan": theirs, not of those told before. */
static bool is_owner(const struct events *e, uint32_t at, uint32_t end)
{
    uint32_t behind;
    switch (party_head(&e->parties, at, end, &behind)) {
    case HEAD_PEOPLE:
    case HEAD_FORCE:
    case HEAD_LEADER:
    case HEAD_VICTIM:
    case HEAD_BOTH:
    case HEAD_STATES:
    case HEAD_PAIR:
        return true;
    default:
        return false;
    }
}

/* How the words behind the noun in its phrase point back. */
static enum again points_back(const struct events *e, const struct event *event)
{
    const struct phrase *phrase = &e->phrases.item[event->trigger->phrase];
    const struct token *token = e->doc->tokens.item;
    uint32_t at = event->trigger->word.end;
    if (at < phrase->end && token_get(&token[at], e->phrases.lists.pronoun, NULL))
        return AGAIN_THEIRS;
    for (uint32_t i = at; i < phrase->end && i <= at + AGAIN_WORDS; i++)
        if (is_det(e, i))
            return AGAIN_THAT;
    bool loose = false;
    for (uint32_t i = at; i < phrase->end; i++) {
        bool open = token_get(&token[i], e->again, NULL);
        if (mention_at(e->doc, i) != DOC_NONE || (!open && is_owner(e, i, phrase->end)))
            return AGAIN_NOT;
        loose |= !open;
    }
    if (event->trigger->word.first != phrase->first)
        return AGAIN_NOT;
    return loose ? AGAIN_LOOSE : AGAIN_PLAIN;
}

static const struct told *find_told(const struct events *e, const struct event *event,
                                    enum again again)
{
    const struct plover_word *word = &event->trigger->word;
    uint32_t sentence = e->doc->tokens.item[word->first].sentence;
    const struct told *like = NULL;
    for (uint32_t n = 1; n <= e->told_count && n <= TOLD_MOST; n++) {
        const struct told *told = &e->told[(e->told_count - n) % TOLD_MOST];
        if (sentence - told->sentence > AGAIN_SENTENCES)
            break;
        if (told->type != event->plover.type)
            continue;
        if (str_eq(told->lemma, word->lemma))
            return told;
        if (like == NULL)
            like = told;
    }
    return again == AGAIN_PLAIN ? NULL : like;
}

void event_again(const struct events *e, struct event *event)
{
    int type = event->plover.type;
    enum again again = points_back(e, event);
    bool open = again == AGAIN_PLAIN || again == AGAIN_LOOSE;
    if (type == FACT_AGREE || (open && (type == FACT_SUPPORT || type == FACT_COOPERATE ||
                                        type == FACT_AID || type == FACT_REQUEST)))
        return; /* these speak of all kinds of them */
    const struct told *told = again ? find_told(e, event, again) : NULL;
    if (told && again == AGAIN_LOOSE && !str_eq(told->lemma, event->trigger->word.lemma))
        told = NULL;
    if (told == NULL || ((again == AGAIN_THEIRS || again == AGAIN_LOOSE) &&
                         !(party_named(&told->actor) && party_named(&told->target))))
        return;
    event->actor = told->actor;
    event->target = told->target;
    event->actor.guessed = true;
    event->actor.first = event->actor.end = event->trigger->word.first;
    event->target.first = event->target.end = event->trigger->word.first;
    event->again = true;
    event->rule = "event.again";
}

/* The subject of the verb before phrase `at`, else of the first behind it. */
static bool subject_near(struct events *e, uint32_t at, struct party *out)
{
    const struct phrases *p = &e->phrases;
    uint32_t verb = at;
    while (verb > 0 && p->item[verb - 1].kind != PHRASE_STOP &&
           p->item[verb].kind != PHRASE_VERB)
        verb--;
    if (p->item[verb].kind != PHRASE_VERB)
        for (verb = at; verb < p->count && p->item[verb].kind != PHRASE_VERB &&
                        p->item[verb].kind != PHRASE_STOP;
             verb++)
            ;
    if (!phrase_is(p, verb, PHRASE_VERB))
        return false;
    if (p->item[verb].form == FORM_PASSIVE && verb < at) { /* "disampaikan X dalam …" */
        event_agent(e, verb, out);
        if (party_named(out))
            return true;
    }
    if (p->item[verb].subject == DOC_NONE || p->item[verb].subject == at)
        return false;
    party_before(&e->parties, p->item[verb].subject, PARTY_ACTOR, out);
    return party_named(out);
}

/* '"…," kata X dalam pertemuan itu': X. */
static bool says_there(const struct events *e, const struct event *event,
                       struct party *out)
{
    const struct token *token = e->doc->tokens.item;
    uint32_t at = event->trigger->word.first, sentence = token[at].sentence;
    if (e->sources->quote[at])
        return false;
    *out = (struct party){0};
    for (uint32_t i = at; i > 0 && token[i - 1].sentence == sentence; i--) {
        uint32_t quote = e->sources->quote[i - 1];
        if (quote == 0)
            continue;
        party_add(out, e->doc->found.item[quote - 1].entity);
        return party_named(out);
    }
    return false;
}

/* "Rapat Koordinasi Pangan": its name says of what it is, not who met. */
static bool is_called(const struct events *e, uint32_t at)
{
    const struct token *token = e->doc->tokens.item;
    return !e->phrases.headline && at + 1 < e->doc->tokens.count &&
           token[at].shape == SHAPE_CAPITAL && token[at + 1].shape == SHAPE_CAPITAL;
}

void event_understood(struct events *e, struct event *event)
{
    uint32_t at = event->trigger->phrase;
    const struct phrase *phrase = &e->phrases.item[at];
    struct party subject;
    if (event->plover.type != FACT_CONSULT || party_named(&event->actor) ||
        event->trigger->word.first > phrase->first + 1 || at == 0 ||
        !(phrase->governed || phrase_is(&e->phrases, at - 1, PHRASE_SUB)) ||
        (points_back(e, event) == AGAIN_NOT &&
         !is_called(e, event->trigger->word.first)) ||
        !(subject_near(e, at, &subject) || says_there(e, event, &subject)))
        return;
    for (uint32_t i = 0; i < subject.count; i++)
        if (!party_has(&event->target, subject.entity[i]))
            party_add(&event->actor, subject.entity[i]);
    event->actor.first = event->actor.end = event->trigger->word.first;
    event->actor.guessed = true;
}

void event_owned(struct events *e, struct event *event)
{
    uint32_t phrase = event->trigger->phrase;
    bool done = event->trigger->word.owner_done;
    struct party *side = done ? &event->target : &event->actor;
    struct party *other = done ? &event->actor : &event->target, owner;
    if (side->first < side->end || party_named(side))
        return;
    party_clitic(&e->parties, event->trigger->word.end - 1, other, &owner);
    if (!party_named(&owner) || e->parties.speaker != DOC_NONE)
        return;
    struct party subject;
    bool near = subject_near(e, phrase, &subject);
    if (near && (subject.count != 1 || party_has(other, subject.entity[0])))
        return;
    if (near)
        owner.entity[0] = subject.entity[0];
    else if (phrase != 0 ||
             !phrase_is(&e->phrases, phrase_behind(&e->phrases, 0), PHRASE_VERB))
        return;
    *side = owner;
    event->confidence = OWNED_SURE;
}

static uint32_t only_person(const struct doc *doc, const struct party *party)
{
    bool one = party->count == 1 && !party->inner &&
               doc->entities.item[party->entity[0]].type == ENTITY_PER;
    return one ? party->entity[0] : DOC_NONE;
}

/* Who is the suspect, or the victim, that the text goes on to speak of. */
static void keep_people(struct events *e, const struct event *event)
{
    int type = event->plover.type;
    bool assault = type == FACT_ASSAULT;
    uint32_t actor = only_person(e->doc, &event->actor);
    uint32_t target = only_person(e->doc, &event->target);
    if (assault && target != DOC_NONE)
        e->parties.victim = target;
    if (assault && actor != DOC_NONE)
        e->parties.suspect = actor;
    if ((type == FACT_COERCE || type == FACT_ACCUSE || type == FACT_SANCTION) &&
        target != DOC_NONE)
        e->parties.suspect = target;
}

void event_tell(struct events *e, const struct event *event)
{
    keep_people(e, event);
    party_keep_both(&e->parties, &event->actor, &event->target);
    const struct plover_word *word = &event->trigger->word;
    e->told[e->told_count++ % TOLD_MOST] =
        (struct told){.type = event->plover.type,
                      .lemma = word->lemma,
                      .actor = event->actor,
                      .target = event->target,
                      .token = word->first,
                      .sentence = e->doc->tokens.item[word->first].sentence};
}

/* The attack that the noun at phrase `at` has just reported, or NULL. */
static const struct told *told_by(const struct events *e, uint32_t at)
{
    const struct phrase *phrase = &e->phrases.item[at];
    if (e->told_count == 0)
        return NULL;
    const struct told *told = &e->told[(e->told_count - 1) % TOLD_MOST];
    bool there = told->token >= phrase->first && told->token < phrase->end;
    return there && told->type == FACT_ASSAULT ? told : NULL;
}

bool event_attacks(const struct events *e, uint32_t at)
{
    return e->phrases.item[at].reports && told_by(e, at) != NULL;
}

void event_reporter(const struct events *e, uint32_t at, struct party *out)
{
    const struct told *told = told_by(e, at);
    if (told == NULL)
        return;
    for (uint32_t i = 0; i < told->actor.count; i++)
        party_add(out, told->actor.entity[i]);
    out->guessed = true;
}

void event_within(const struct events *e, struct event *event)
{
    const struct phrase *phrase = &e->phrases.item[event->trigger->phrase];
    uint32_t at = event->trigger->word.first;
    if (party_named(&event->actor) || party_named(&event->target) || !phrase->governed ||
        at != phrase->first || (phrase->role != ROLE_ON && phrase->role != ROLE_WITH) ||
        e->told_count == 0)
        return;
    const struct told *told = &e->told[(e->told_count - 1) % TOLD_MOST];
    if (told->type != event->plover.type || told->token >= at ||
        told->sentence != e->doc->tokens.item[at].sentence)
        return;
    for (uint32_t i = event->trigger->word.end; i < phrase->end; i++)
        if (is_owner(e, i, phrase->end))
            return;
    event->actor = told->actor;
    event->target = told->target;
    event->actor.guessed = true;
    event->again = true;
}
