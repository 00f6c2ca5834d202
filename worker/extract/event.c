#include "worker/extract/event.h"

#include "worker/extract/sport.h"

/* Phrases before and behind a trigger that can belong to its clause. */
#define CLAUSE_MOST 40
/* Tokens of the clause around a phrase: to the next word that begins another one. */
static void read_clause(const struct phrases *p, uint32_t at, struct event *event)
{
    uint32_t first = at, end = at;
    while (
        first > 0 && at - first < CLAUSE_MOST && p->item[first - 1].kind != PHRASE_STOP &&
        p->item[first - 1].kind != PHRASE_SUB && p->item[first - 1].kind != PHRASE_THAT)
        first--;
    do
        end++;
    while (end < p->count && end - at < CLAUSE_MOST && p->item[end].kind != PHRASE_STOP &&
           p->item[end].kind != PHRASE_SUB && p->item[end].kind != PHRASE_REL &&
           p->item[end].kind != PHRASE_THAT);
    event->first = p->item[first].first;
    event->end = p->item[end - 1].end;
}

static void read_trigger(struct events *e, const struct trigger *trigger)
{
    struct str readings = trigger->word.readings;
    struct plover plover;
    uint32_t quote = e->sources->quote[trigger->word.first];
    const struct found *said = quote ? &e->doc->found.item[quote - 1] : NULL;
    e->parties.speaker = said ? said->entity : DOC_NONE;
    e->parties.direct = said && said->fact.direct == RECORD_TRUE;
    while (plover_next(&readings, &plover)) {
        struct event event = {.trigger = trigger, .plover = plover};
        e->parties.blame = plover.type == FACT_COERCE || plover.type == FACT_ACCUSE ||
                           plover.type == FACT_SANCTION;
        if (trigger->word.form == FORM_NOMINAL)
            event_nominal(e, &event);
        else
            event_verb(e, &event);
        if (!event_fits(e, &event))
            continue;
        if (trigger->word.form == FORM_NOMINAL && e->before != DOC_NONE &&
            e->behind == trigger->word.first && e->type == plover.type)
            return; /* "sanksi pemberhentian" is one event */
        e->behind = trigger->word.end;
        e->type = plover.type;
        read_clause(&e->phrases, trigger->phrase, &event);
        event_add(e, &event);
        return;
    }
}

enum sentence_class { IS_VIOLENT = 1 << 0, HAS_DEAD = 1 << 1 };

static void read_sentence(struct events *e, uint32_t sentence)
{
    static const struct str classes[] = {{"violent", 7}, {"dead", 4}};
    const struct sentence *s = &e->doc->sentences.item[sentence];
    phrase_read(&e->phrases, sentence);
    e->parties.seen = 0;
    uint32_t class = event_classes(e, s->first, s->end, classes, 2);
    e->violent = class & IS_VIOLENT;
    if (class & HAS_DEAD)
        party_see_dead(&e->parties, s->first, s->end);
    if (e->phrases.triggers.count) {
        event_subjects(e);
        for (uint32_t i = 0; i < e->phrases.triggers.count; i++)
            read_trigger(e, &e->phrases.triggers.item[i]);
    }
    party_see(&e->parties, s->end);
}

void extract_events(struct doc *doc)
{
    struct events e = {.doc = doc, .before = DOC_NONE};
    const struct lexicon *lexicon = doc->lang->lexicon;
    e.sources = sources_of(doc);
    phrase_open(&e.phrases, doc);
    party_open(&e.parties, doc, &e.phrases);
    e.light = lexicon_list(lexicon, "lightverb");
    e.object = lexicon_list(lexicon, "eventobject");
    e.again = lexicon_list(lexicon, "eventagain");
    e.game = sport_report(doc);
    for (uint32_t s = 0; s < doc->sentences.count; s++) {
        if (doc->sentences.item[s].drop == DROP_NOT)
            read_sentence(&e, s);
        doc_check(doc);
    }
}
