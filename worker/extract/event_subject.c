/* Subjects. A verb's subject is the noun before it; behind "and", a comma, "to" or a verb
 * it is that of the verb before; behind "which" the noun before that; a verb at the begin
 * ("Setelah bertemu X, Y …") takes the subject of the first verb behind it. */

#include "worker/extract/event.h"

#include "worker/extract/gazetteer.h"
#include "worker/extract/party_noun.h"

/* Places one behind the other that say where a name is. */
#define PLACES_MOST 4

enum light_kind event_light(const struct events *e, struct str lemma)
{
    struct str value;
    if (!wordlist_get(e->light, lemma, &value))
        return LIGHT_NONE;
    if (str_is(value, "do") || str_is(value, "do in"))
        return LIGHT_DO;
    return str_is(value, "get") ? LIGHT_GET : LIGHT_CONTROL;
}

static bool asks(const struct events *e, struct str lemma)
{
    struct str value;
    return wordlist_get(e->light, lemma, &value) && gazetteer_says(value, "ask");
}

struct subjects {
    struct events *e;
    struct phrases *p;
    uint32_t verb;    /* the verb before; DOC_NONE */
    bool relative;    /* it stands in a relative clause */
    uint32_t noun;    /* first plain noun of the clause */
    uint32_t clause;  /* subject of its main verb */
    uint32_t waiting; /* verbs [waiting, …) at the clause's begin have no subject yet */
};

/* "warga di Pondok Hijau, Ciputat, Tangerang Selatan menolak", "X, asal Ciputat, Banten
 * ditangkap": `at` ends a row of places behind a preposition that says where, and the
 * noun before it is meant. DOC_NONE: no. */
static uint32_t past_where(const struct events *e, uint32_t at)
{
    const struct phrases *p = &e->phrases;
    bool row = false;
    for (uint32_t n = 0; n <= PLACES_MOST && at > 1; n++) {
        uint32_t mention = mention_at(e->doc, p->item[at].first);
        bool place =
            mention != DOC_NONE && e->doc->mentions.item[mention].type == ENTITY_GPE;
        if (p->item[at].kind != PHRASE_NOUN)
            return DOC_NONE;
        if (p->item[at].governed) {
            uint8_t role = p->item[at].role;
            if (!row || !phrase_is(p, at - 1, PHRASE_PREP) ||
                (role != ROLE_AT && role != ROLE_FROM))
                return DOC_NONE;
            uint32_t who = phrase_before(p, at - 1);
            if (role == ROLE_FROM && who != DOC_NONE && p->item[who].kind == PHRASE_COMMA)
                who = phrase_before(p, who);
            return who != DOC_NONE && p->item[who].kind == PHRASE_NOUN &&
                           !p->item[who].governed
                       ? who
                       : DOC_NONE;
        }
        if (!place || !phrase_is(p, at - 1, PHRASE_COMMA))
            return DOC_NONE;
        row = true;
        at -= 2;
    }
    return DOC_NONE;
}

/* The noun before phrase `at`, past nouns behind prepositions; DOC_NONE where something
 * else comes first. *stop_out: the phrase that comes first. */
static uint32_t noun_before(const struct phrases *p, uint32_t at, uint32_t *stop_out)
{
    for (;;) {
        uint32_t j = phrase_before(p, at);
        *stop_out = j;
        if (j == DOC_NONE)
            return DOC_NONE;
        const struct phrase *phrase = &p->item[j];
        bool joins = phrase->kind == PHRASE_AND && j + 1 < p->count &&
                     p->item[phrase_behind(p, j)].governed && at > j + 1;
        if (phrase->kind == PHRASE_NOUN && !phrase->governed)
            return j;
        if (phrase->kind != PHRASE_NOUN && !joins &&
            (phrase->kind != PHRASE_PREP || at == j + 1))
            return DOC_NONE;
        if (phrase->kind == PHRASE_PREP &&
            !phrase_is(p, phrase_behind(p, j), PHRASE_NOUN))
            return DOC_NONE;
        at = j;
    }
}

static uint32_t inherited(const struct subjects *s)
{
    if (s->verb != DOC_NONE && s->p->item[s->verb].subject != DOC_NONE)
        return s->p->item[s->verb].subject;
    return s->clause != DOC_NONE ? s->clause : s->noun;
}

/* "keputusan X" */
static bool names_planner(const struct subjects *s, uint32_t at)
{
    const struct phrase *noun = &s->p->item[at];
    uint32_t behind;
    if (party_head(&s->e->parties, noun->first, noun->end, &behind) != HEAD_INTENT)
        return false;
    for (uint32_t i = behind; i < noun->end; i++)
        if (mention_at(s->e->doc, i) != DOC_NONE)
            return true;
    return false;
}

/* "X meminta Y untuk …", "keputusan X untuk …" */
static uint32_t before_purpose(const struct subjects *s, uint32_t purpose,
                               struct phrase *out)
{
    const struct phrases *p = s->p;
    uint32_t stop, noun = noun_before(p, purpose, &stop);
    uint32_t plan = noun, after;
    if (noun != DOC_NONE && noun > 1 && phrase_is(p, noun - 1, PHRASE_COMMA) &&
        phrase_is(p, noun - 2, PHRASE_NOUN))
        plan = noun - 2; /* "janji Perdana Menteri X, Y, untuk …" */
    bool intent =
        plan != DOC_NONE && party_head(&s->e->parties, p->item[plan].first,
                                       p->item[plan].end, &after) == HEAD_INTENT;
    out->planned = intent;
    uint32_t near = phrase_before(p, purpose);
    if (!intent && near != DOC_NONE && p->item[near].governed && names_planner(s, near)) {
        out->planned = true;
        return near; /* "tentang keputusan X untuk" */
    }
    if (s->verb == DOC_NONE)
        return noun != DOC_NONE ? noun : inherited(s);
    const struct phrase *verb = &p->item[s->verb];
    bool control = event_light(s->e, verb->lemma) == LIGHT_CONTROL;
    out->asked = asks(s->e, verb->lemma);
    if (noun == DOC_NONE || noun < s->verb) {
        /* "menyerukan kepada X untuk" */
        uint32_t behind = phrase_behind(p, s->verb);
        if (control && phrase_is(p, behind, PHRASE_PREP) &&
            p->item[behind].role == ROLE_TO && behind + 1 < purpose)
            return behind + 1;
        return inherited(s);
    }
    if (control && verb->form == FORM_ACTIVE)
        return noun;
    /* "mengurangi peluang X untuk": X's; "punya rencana untuk": the verb's subject's */
    for (uint32_t i = p->item[noun].first; intent && i < p->item[noun].end; i++)
        if (mention_at(s->e->doc, i) != DOC_NONE)
            return noun;
    return intent && verb->form != FORM_ACTIVE ? noun : inherited(s);
}

/* "Universitas X, Kota Y, Provinsi Z, menggelar": back to the first. */
static uint32_t past_places(const struct subjects *s, uint32_t noun)
{
    const struct phrases *p = s->p;
    for (uint32_t n = 0; n < PLACES_MOST && noun > 1; n++) {
        uint32_t mention = mention_at(s->e->doc, p->item[noun].first);
        if (mention == DOC_NONE || s->e->doc->mentions.item[mention].type != ENTITY_GPE ||
            !phrase_is(p, noun - 1, PHRASE_COMMA))
            break;
        uint32_t before = phrase_before(p, noun - 1);
        if (before == DOC_NONE || p->item[before].kind != PHRASE_NOUN ||
            p->item[before].governed)
            break;
        noun = before;
    }
    return noun;
}

/* Behind a comma: "X, Menteri Y, mengatakan"; else the clause's subject. */
static uint32_t before_comma(const struct subjects *s, uint32_t comma)
{
    const struct phrases *p = s->p;
    uint32_t inner = phrase_before(p, comma);
    uint32_t mark = inner != DOC_NONE ? phrase_before(p, inner) : DOC_NONE;
    if (mark != DOC_NONE && p->item[mark].kind == PHRASE_AND && mark > 0 &&
        p->item[mark - 1].kind == PHRASE_COMMA && p->item[inner].kind == PHRASE_NOUN &&
        !p->item[inner].governed)
        return inner; /* "negara Barat, termasuk AS, menolak" */
    if (inner != DOC_NONE && mark != DOC_NONE && p->item[inner].kind == PHRASE_NOUN &&
        !p->item[inner].governed && p->item[mark].kind == PHRASE_COMMA) {
        uint32_t outer = phrase_before(p, mark);
        if (outer != DOC_NONE && p->item[outer].kind == PHRASE_NOUN &&
            !p->item[outer].governed)
            return past_places(s, outer);
    }
    return inherited(s);
}

/* "X adalah menteri yang menolak": X, where the noun at `at` says what X is. */
static uint32_t is_said(const struct subjects *s, uint32_t at)
{
    const struct phrases *p = s->p;
    uint32_t verb = phrase_before(p, at);
    if (p->item[at].reports || verb == DOC_NONE || p->item[verb].kind != PHRASE_VERB ||
        p->item[verb].lemma.ptr || /* the words of list eventword that only join */
        p->item[verb].subject == DOC_NONE)
        return DOC_NONE;
    for (uint32_t i = p->item[at].first; i < p->item[at].end; i++)
        if (mention_at(s->e->doc, i) != DOC_NONE)
            return DOC_NONE;
    return p->item[verb].subject;
}

static uint32_t before_relative(const struct subjects *s, uint32_t rel)
{
    const struct phrases *p = s->p;
    uint32_t head = phrase_before(p, rel);
    bool comma = head != DOC_NONE && p->item[head].kind == PHRASE_COMMA;
    if (comma)
        head = phrase_before(p, head);
    /* "serangan terhadap X, yang menewaskan …": the attack */
    if (comma && head != DOC_NONE && p->item[head].governed && head > 1 &&
        phrase_is(p, head - 2, PHRASE_NOUN) && p->item[head - 2].reports)
        return head - 2;
    /* "upaya yang dipimpin X, yang bertujuan …": not X */
    uint32_t verb = comma && head != DOC_NONE ? phrase_before(p, head) : DOC_NONE;
    if (verb != DOC_NONE && p->item[verb].kind == PHRASE_VERB &&
        p->item[verb].form == FORM_PASSIVE && p->item[verb].subject != DOC_NONE)
        return p->item[verb].subject;
    if (head == DOC_NONE || p->item[head].kind != PHRASE_NOUN)
        return DOC_NONE;
    uint32_t is = is_said(s, head);
    return is != DOC_NONE ? is : head;
}

/* "X menuduh Y melanggar": Y. */
static bool is_object(const struct phrases *p, uint32_t noun)
{
    uint32_t verb = phrase_before(p, noun);
    return verb != DOC_NONE && p->item[verb].kind == PHRASE_VERB &&
           p->item[verb].form == FORM_ACTIVE;
}

/* "didalami (oleh) KPK dengan memeriksa …": who does what the passive says. */
static uint32_t agent_of(const struct phrases *p, uint32_t verb)
{
    uint32_t at = phrase_behind(p, verb);
    if (phrase_is(p, at, PHRASE_PREP) && p->item[at].role == ROLE_BY)
        at++;
    else if (phrase_is(p, at, PHRASE_NOUN) && p->item[at].governed)
        return DOC_NONE;
    return phrase_is(p, at, PHRASE_NOUN) ? at : DOC_NONE;
}

/* "X menangkap Y lalu menahan Z": X does it, not Y at phrase `noun`. */
static bool is_next(const struct phrases *p, uint32_t noun)
{
    uint32_t verb = phrase_before(p, noun);
    return phrase_is(p, noun + 1, PHRASE_PASS) && p->item[noun + 1].role == ROLE_THEN &&
           verb != DOC_NONE && p->item[verb].kind == PHRASE_VERB &&
           p->item[verb].lemma.ptr;
}

/* "warga yang GERAM mengeroyok": one word, no noun for anybody, behind "which". */
static uint32_t past_quality(const struct subjects *s, uint32_t noun, uint32_t verb)
{
    const struct phrases *p = s->p;
    const struct phrase *phrase = &p->item[noun];
    uint32_t rel = phrase_before(p, noun), behind;
    if (rel == DOC_NONE || p->item[rel].kind != PHRASE_REL || phrase->self ||
        phrase->end != phrase->first + 1 || p->item[verb].form == FORM_ROOT ||
        mention_at(s->e->doc, phrase->first) != DOC_NONE ||
        token_get(&s->e->doc->tokens.item[phrase->first], p->lists.pronoun, NULL) ||
        doc_analyse(s->e->doc, phrase->first)->clitic.len ||
        party_head(&s->e->parties, phrase->first, phrase->end, &behind) != HEAD_NONE ||
        party_noun_person(&s->e->parties, phrase->first))
        return DOC_NONE;
    return before_relative(s, rel);
}

static uint32_t subject_of(struct subjects *s, uint32_t at, bool *relative_out)
{
    uint32_t stop, noun = noun_before(s->p, at, &stop);
    *relative_out = false;
    if (noun != DOC_NONE && is_next(s->p, noun))
        return inherited(s);
    uint32_t head = noun != DOC_NONE ? past_quality(s, noun, at) : DOC_NONE;
    if (head != DOC_NONE)
        return head;
    if (noun != DOC_NONE) {
        uint32_t where = past_where(s->e, noun);
        noun = where != DOC_NONE ? where : noun;
        s->p->item[at].asked = s->verb != DOC_NONE &&
                               asks(s->e, s->p->item[s->verb].lemma) &&
                               phrase_behind(s->p, s->verb) == noun;
        return noun;
    }
    if (stop == DOC_NONE)
        return DOC_NONE;
    switch (s->p->item[stop].kind) {
    case PHRASE_REL:
        *relative_out = true;
        if (s->relative && phrase_is(s->p, phrase_before(s->p, stop), PHRASE_AND))
            return inherited(s); /* "X, yang … dan yang …" */
        return before_relative(s, stop);
    case PHRASE_PURPOSE:
        return before_purpose(s, stop, &s->p->item[at]);
    case PHRASE_COMMA:
        return before_comma(s, stop);
    case PHRASE_PREP: /* "dengan mengirim …, X": as X does it; not "akibat dibunuh" */
        if (s->p->item[stop].role == ROLE_WITH && s->p->item[at].form == FORM_ACTIVE &&
            s->verb != DOC_NONE && s->p->item[s->verb].form == FORM_PASSIVE)
            return agent_of(s->p, s->verb);
        return s->p->item[stop].role == ROLE_OTHER || s->p->item[stop].role == ROLE_ABOUT
                   ? DOC_NONE
                   : inherited(s);
    case PHRASE_AND: /* "X, yang …, dan menolak": X */
        if (s->relative && s->clause != DOC_NONE &&
            phrase_is(s->p, phrase_before(s->p, stop), PHRASE_COMMA))
            return s->clause;
        return inherited(s);
    case PHRASE_VERB:
    case PHRASE_SUB:
        return inherited(s);
    default:
        return DOC_NONE;
    }
}

/* A new clause begins: who acted before is forgotten. */
static void begin_clause(struct subjects *s, uint32_t at)
{
    s->verb = DOC_NONE;
    s->relative = false;
    s->clause = DOC_NONE;
    s->noun = DOC_NONE;
    s->waiting = at;
}

/* What stands before a verb that takes the subject of a later one. */
static bool opens(const struct phrases *p, uint32_t before)
{
    return before != DOC_NONE && p->item[before].kind != PHRASE_THAT &&
           !(p->item[before].kind == PHRASE_PREP &&
             (p->item[before].role == ROLE_OTHER || p->item[before].role == ROLE_ABOUT));
}

/* The verbs that waited get the clause's subject. */
static void settle_waiting(struct subjects *s, uint32_t at)
{
    for (uint32_t i = s->waiting; i < at; i++)
        if (s->p->item[i].kind == PHRASE_VERB && s->p->item[i].subject == DOC_NONE &&
            opens(s->p, phrase_before(s->p, i)))
            s->p->item[i].subject = s->clause;
    s->waiting = at;
}

/* "Saat ditangkap, X sakit": no verb follows whose subject it could be. */
static void settle_late(struct subjects *s, uint32_t end)
{
    const struct phrases *p = s->p;
    for (uint32_t i = s->waiting + 1; i < end && s->clause == DOC_NONE; i++) {
        uint32_t before = phrase_before(p, i);
        if (p->item[i].kind == PHRASE_NOUN && !p->item[i].governed &&
            before != DOC_NONE && before > s->waiting &&
            p->item[before].kind == PHRASE_COMMA) {
            s->clause = i;
            settle_waiting(s, i);
        }
    }
}

void event_subjects(struct events *e)
{
    struct phrases *p = &e->phrases;
    struct subjects s = {e, p, DOC_NONE, false, DOC_NONE, DOC_NONE, 0};
    for (uint32_t i = 0; i < p->count; i++) {
        struct phrase *phrase = &p->item[i];
        if (phrase->kind == PHRASE_STOP || phrase->kind == PHRASE_THAT) {
            settle_late(&s, i);
            begin_clause(&s, i);
        }
        if (phrase->kind == PHRASE_NOUN && !phrase->governed && s.noun == DOC_NONE)
            s.noun = i;
        if (phrase->kind != PHRASE_VERB)
            continue;
        bool relative;
        phrase->subject = subject_of(&s, i, &relative);
        if (phrase->subject != DOC_NONE && !relative) {
            bool first = s.clause == DOC_NONE;
            if (first || !is_object(p, phrase->subject))
                s.clause = phrase->subject;
            if (first)
                settle_waiting(&s, i);
        } else if (relative && s.clause == DOC_NONE && phrase->subject != DOC_NONE &&
                   !p->item[phrase->subject].governed) {
            s.clause = phrase->subject;
        }
        s.verb = i;
        s.relative = relative;
    }
    settle_late(&s, p->count);
}
