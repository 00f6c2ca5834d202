/* Indirect quotes in one sentence, from left to right: a verb of speech with its clause,
 * and attributions ("menurut X", ", kata X") that stand before, in or behind what is
 * said. */

#include "worker/extract/quote.h"

/* Tokens from a text to who made it. */
#define AUTHOR_MOST 12

/* ---- verbs of speech */

/* "Istri Budi, Dewi (37), menerangkan": somebody is named right before the comma. */
static bool named_before(const struct quote_part *p, uint32_t comma)
{
    const struct clause *c = p->q->clause;
    uint32_t at = comma;
    if (at > p->first && clause_mark(c, at - 1) == MARK_BRACKET_CLOSE)
        at = clause_bracket_open(c, at - 1, p->first);
    const struct mention *m =
        at > p->first && at < comma ? quote_mention(p->q, at - 1) : NULL;
    return m && m->type == ENTITY_PER && m->first > p->first &&
           clause_mark(c, m->first - 1) == MARK_COMMA;
}

static bool shared_subject(struct quote_part *p, uint32_t verb, struct speaker *out)
{
    struct quotes *q = p->q;
    uint32_t sentence = q->doc->tokens.item[verb].sentence;
    if (verb <= p->first)
        return false;
    bool acts = q->subject_set && q->subject.first < verb &&
                q->doc->tokens.item[q->subject.first].sentence == sentence;
    if (q->here_sentence != sentence) { /* "X menyalahkan Y, mengatakan …" */
        if (!acts || (clause_mark(q->clause, verb - 1) != MARK_COMMA &&
                      !clause_is(q->clause, verb - 1, IS_MEANS | IS_WHILE | IS_CONJ)))
            return false;
        if (clause_mark(q->clause, verb - 1) != MARK_COMMA && verb + 1 < p->end &&
            !clause_is(q->clause, verb + 1, IS_THAT))
            return false;
        if (clause_mark(q->clause, verb - 1) == MARK_COMMA &&
            (q->subject.end + 1 >= verb || named_before(p, verb - 1)))
            return false;
        *out = q->subject;
        out->first = out->end = verb;
        return true;
    }
    bool means = clause_is(q->clause, verb - 1, IS_MEANS) && verb + 1 < p->end &&
                 clause_is(q->clause, verb + 1, IS_THAT); /* "dengan menyatakan bahwa" */
    if (!means && !clause_is(q->clause, verb - 1, IS_CONJ | IS_WHILE) &&
        clause_mark(q->clause, verb - 1) != MARK_COMMA)
        return false;
    *out = q->here;
    out->first = out->end = verb;
    out->denied = false;
    return true;
}

static void keep(struct quotes *q, const struct speaker *speaker, uint32_t at)
{
    q->here = *speaker;
    q->here_sentence = q->doc->tokens.item[at].sentence;
}

/* Numbers that a verb gives stand in its own clause. */
static uint32_t count_end(const struct quote_part *p, uint32_t first)
{
    const struct clause *c = p->q->clause;
    for (uint32_t i = first; i + 1 < p->end; i++)
        if (clause_is(c, i, IS_HARD) ||
            (clause_mark(c, i) == MARK_COMMA &&
             clause_is(c, i + 1, IS_CONJ | IS_SUB | IS_WHILE | IS_HARD)))
            return i;
    return p->end;
}

/* A fact whose speaker is not who goes on speaking. */
static bool add_aside(struct quotes *q, const struct quote_parts *parts,
                      const struct speaker *speaker)
{
    struct speaker focus = q->focus, person = q->person;
    bool focus_set = q->focus_set, person_set = q->person_set;
    bool added = quote_add(q, parts, speaker);
    q->focus = focus;
    q->person = person;
    q->focus_set = focus_set;
    q->person_set = person_set;
    return added;
}

/* Who answers for what stands from `first` on: no quote, but known to source.c. */
static void note_source(struct quote_part *p, uint32_t cue, uint32_t first,
                        const struct speaker *speaker, const char *rule)
{
    struct quotes *q = p->q;
    uint32_t end = p->trail != DOC_NONE && p->trail > first ? p->trail : p->end;
    if (q->clause->word[cue].cue & CUE_COUNT && end > count_end(p, first))
        end = count_end(p, first);
    struct quote_parts parts = {first, end, cue, false, rule, 0.8};
    if (first < end && add_aside(q, &parts, speaker))
        q->doc->found.item[q->doc->found.count - 1].dropped = true;
    q->clause->word[cue].taken = false;
}

/* In what is said somebody else may give a number: "Kyiv memperkirakan 15.000 tentara".
 */
static void note_counts(struct quote_part *p, uint32_t first, uint32_t end)
{
    struct quote_part inner = {.q = p->q, .first = first, .end = end, .trail = DOC_NONE};
    struct speaker speaker;
    for (uint32_t i = first + 1; i + 1 < end; i++)
        if (p->q->clause->word[i].cue & CUE_COUNT && !p->q->clause->word[i].stretch &&
            quote_speaker_before(p->q, i, first, &speaker) && !speaker.denied &&
            !speaker.relative)
            note_source(&inner, i, i + 1, &speaker, "quote.count");
}

/* "…, para ahli memperingatkan tadi malam." */
static bool read_tail_verb(struct quote_part *p, uint32_t at,
                           const struct speaker *speaker)
{
    struct quotes *q = p->q;
    const struct clause *c = q->clause;
    uint32_t i = at + 1;
    while (i < p->end && (clause_is(c, i, IS_TIME | IS_PREP | IS_ADV) ||
                          clause_mark(c, i) == MARK_STOP ||
                          (clause_named(c, i) && clause_is(c, i - 1, IS_PREP))))
        i++;
    uint32_t from = speaker->first;
    if (i < p->end || speaker->first == speaker->end || from < p->first + 4 ||
        clause_mark(c, from - 1) != MARK_COMMA ||
        !clause_has_predicate(c, p->first, from - 1))
        return false;
    struct quote_parts parts = {p->first, from - 1, at, false, "quote.indirect.tail",
                                0.75};
    return quote_add(q, &parts, speaker);
}

/* The verb at `at` with its speaker: what follows is said. Answers where to read on. */
static uint32_t read_verb(struct quote_part *p, uint32_t at)
{
    struct quotes *q = p->q;
    struct speaker speaker;
    struct quote_content content;
    bool shared = shared_subject(p, at, &speaker);
    if (!shared && !quote_speaker_before(q, at, p->first, &speaker))
        return at + 1;
    keep(q, &speaker, at);
    if (speaker.denied)
        return at + 1;
    struct stretch *s = p->stretch;
    if (s == NULL && read_tail_verb(p, at, &speaker))
        return p->end;
    bool whole = s && s->open == p->end && quote_is_whole(q, s);
    uint32_t rest = at + 1;
    bool comma = false;
    if (whole) {
        rest = quote_skip_adjunct(p, at + 1, &comma);
        whole = rest >= p->end || !clause_has_predicate(q->clause, rest, p->end);
    }
    if (whole) {
        struct quote_parts parts = {s->first,
                                    s->end,
                                    at,
                                    true,
                                    "quote.direct.before",
                                    speaker.guessed ? 0.85 : 0.92};
        if (quote_add(q, &parts, &speaker))
            q->said_line_end = s->line_end;
        return s->close == DOC_NONE ? s->end : s->close + 1;
    }
    if (!quote_read_content(p, at, &content) || (speaker.relative && !content.that)) {
        const struct mention *m = quote_mention(q, at + 1);
        bool person = m && m->type == ENTITY_PER; /* "melaporkan X" to the police */
        bool finds = q->clause->word[at].cue & CUE_THAT && speaker.entity != DOC_NONE &&
                     q->doc->entities.item[speaker.entity].type == ENTITY_GPE;
        if (q->clause->word[at].cue & CUE_COUNT && !speaker.relative && !person &&
            !finds) /* "Indonesia mencatat 500 kasus": in Indonesia */
            note_source(p, at, at + 1, &speaker, "quote.count");
        return at + 1;
    }
    struct quote_parts parts = {content.first,
                                content.end,
                                at,
                                false,
                                content.rule,
                                content.confidence - (speaker.guessed ? 0.05 : 0) -
                                    (shared ? 0.15 : 0) - (speaker.relative ? 0.1 : 0)};
    if (!quote_add(q, &parts, &speaker))
        return at + 1;
    note_counts(p, content.first, content.end);
    return content.end;
}

/* ---- attributions */

struct attribution {
    uint32_t first, cue, end; /* the phrase; end: behind the speaker */
    bool own, according;
    struct speaker speaker;
};

/* "pemeriksaan fakta tahun 2023 oleh Reuters": who made the text that begins at `at`. */
static bool author_of(const struct quote_part *p, uint32_t at, struct speaker *out)
{
    const struct clause *c = p->q->clause;
    if (at >= p->end || !(clause_is(c, at, IS_DATUM) || clause_named(c, at) ||
                          p->q->doc->tokens.item[at].shape == SHAPE_UPPER))
        return false;
    for (uint32_t i = at; i + 1 < p->end && i - at < AUTHOR_MOST; i++) {
        const struct mention *m =
            clause_is(c, i, IS_BY | IS_IN | IS_DATUM) ? quote_mention(p->q, i + 1) : NULL;
        if (m && m->first == i + 1 && (m->type == ENTITY_ORG || m->type == ENTITY_PER)) {
            quote_name(out, m->entity, at, m->end);
            return true;
        }
        if (clause_mark(c, i) != MARK_NONE || clause_predicate(c, i))
            break;
    }
    return false;
}

/* An attribution begins at `at`. */
static bool read_attribution(struct quote_part *p, uint32_t at, struct attribution *out)
{
    struct quotes *q = p->q;
    const struct clause_word *word = &q->clause->word[at];
    bool begins =
        at == p->first || clause_mark(q->clause, at - 1) != MARK_NONE ||
        clause_is(q->clause, at - 1, IS_HARD | IS_CONJ | IS_ADV | IS_SUB | IS_THAT);
    *out = (struct attribution){.first = at, .cue = at, .end = at + 1};
    if (word->stretch || clause_named(q->clause, at))
        return false;
    if (word->source == SOURCE_OWN || (word->cue & CUE_OWN && begins)) {
        out->own = true;
        out->according = word->source == SOURCE_OWN;
        return quote_speaker_again(q, at, false, &out->speaker);
    }
    if (word->source == SOURCE_SPEAKER || word->source == SOURCE_REPORT) {
        uint32_t from = at + word->source_count;
        out->cue = at;
        for (uint32_t i = at; word->source == SOURCE_REPORT && i < from; i++)
            if (clause_is(q->clause, i, IS_VERB))
                out->cue = i;
        out->according = true;
        if (!quote_speaker_after(q, from, p->end, &out->speaker) &&
            !author_of(p, from, &out->speaker))
            return false;
        out->end = out->speaker.end;
        return true;
    }
    bool stem = word->cue & CUE_STEM || (word->cue & CUE_PASSIVE && at == p->first);
    if (!stem || !begins || !quote_speaker_after(q, at + 1, p->end, &out->speaker))
        return false;
    out->end = out->speaker.end;
    /* ", cerita Budi telah disukai": a subject */
    return out->end >= p->end || out->end < at + 2 ||
           !clause_is(q->clause, out->end, IS_AUX | IS_NOT) ||
           clause_named(q->clause, out->end);
}

/* Behind a speaker in the middle: past what is no speech, to the comma before it goes on.
 */
static uint32_t skip_aside(const struct quote_part *p, uint32_t at)
{
    const struct clause *c = p->q->clause;
    for (uint32_t n = 0; n < 3 && at < p->end; n++) {
        uint32_t from = at;
        while (from < p->end && clause_mark(c, from) == MARK_COMMA)
            from++;
        if (from >= p->end || (from > at && !clause_is(c, from, IS_TIME | IS_PLACE) &&
                               !clause_source(c, from)))
            return at;
        uint32_t i = from;
        while (i < p->end && clause_mark(c, i) != MARK_COMMA)
            i++;
        if (i >= p->end || clause_has_predicate(c, from, i))
            return at;
        at = i;
    }
    return at;
}

/* Begin of the speech before an attribution: behind a dateline. */
static uint32_t speech_first(const struct quote_part *p, uint32_t end)
{
    const struct clause *c = p->q->clause;
    uint32_t limit = p->first + 6 < end ? p->first + 6 : end;
    for (uint32_t i = p->first; i < limit; i++)
        if (clause_mark(c, i) == MARK_DASH)
            return clause_has_predicate(c, p->first, i) ? p->first : i + 1;
    return p->first;
}

static bool add_part(struct quote_part *p, const struct attribution *a, uint32_t first,
                     uint32_t end, const char *rule, double confidence)
{
    struct quote_parts parts = {
        first, end, a->cue, false, rule, confidence - (a->speaker.guessed ? 0.05 : 0)};
    return quote_add(p->q, &parts, &a->speaker);
}

/* Does a speech go on behind the speaker? */
static bool goes_on(const struct quote_part *p, uint32_t at, uint32_t least)
{
    const struct clause *c = p->q->clause;
    uint32_t first = at;
    while (first < p->end && clause_mark(c, first) == MARK_COMMA)
        first++;
    uint32_t words = first < p->end ? quote_words(p->q, first, p->end) : 0;
    if (first > at && least < 2 && words > QUOTE_CLAUSE_WORDS)
        return true; /* "Menurut X, …" needs no proof */
    return words >= least &&
           !(least > 2 && clause_is(c, first, IS_VERB | IS_WHILE | IS_SUB | IS_PLACE)) &&
           clause_has_predicate(c, first, p->end);
}

/* Tokens [first, end) before an attribution are a clause: not a topic whose only verb
 * describes it ("Terkait calon yang disiapkan partai, menurut X, …"). */
static bool is_said(const struct quote_part *p, uint32_t first, uint32_t end)
{
    const struct clause *c = p->q->clause;
    bool topic = clause_is(c, first, IS_PREP | IS_PLACE), relative = false;
    if (quote_words(p->q, first, end) < QUOTE_CLAUSE_WORDS)
        return false;
    for (uint32_t i = first; i < end; i++) {
        relative |= clause_is(c, i, IS_REL);
        topic &= i + 1 == end || clause_mark(c, i) != MARK_COMMA;
        if (clause_predicate(c, i) && !(topic && i == first))
            return !(topic && relative) || clause_has_mark(c, i, end - 1, MARK_COMMA);
    }
    return false;
}

/* "Begitu setia ia kepada istrinya, kata X.": a sentence without a verb. */
static bool is_verbless(const struct quote_part *p, const struct attribution *a,
                        uint32_t first)
{
    const struct clause *c = p->q->clause;
    return !a->according && !a->own && a->first > first &&
           clause_mark(c, a->first - 1) == MARK_COMMA &&
           quote_words(p->q, first, a->first) > QUOTE_PLAIN_WORDS - 1 &&
           !clause_is(c, first,
                      IS_PREP | IS_PLACE | IS_SUB | IS_HARD | IS_TIME | IS_REL) &&
           quote_words(p->q, a->end, p->end) == 0;
}

static uint32_t use_attribution(struct quote_part *p, struct attribution *a)
{
    struct quotes *q = p->q;
    const struct clause *c = q->clause;
    uint32_t begin = speech_first(p, a->first);
    bool before =
        begin < a->first && (is_said(p, begin, a->first) || is_verbless(p, a, begin));
    uint32_t behind = skip_aside(p, a->end);
    bool comma = behind < p->end && clause_mark(c, behind) == MARK_COMMA;
    keep(q, &a->speaker, a->cue);
    if (before) {
        if (!a->according && a->first > 0 && clause_mark(c, a->first - 1) == MARK_NONE)
            return a->end;
        add_part(p, a, begin, a->first, "quote.indirect.after",
                 a->according ? 0.8 : 0.85);
        if (comma && goes_on(p, behind, QUOTE_CLAUSE_WORDS + 1)) {
            uint32_t end = quote_cut_tail(p, behind, p->end);
            uint32_t from = behind + 1;
            if (from < end && clause_is(c, from, IS_CONJ | IS_PREP) &&
                !clause_is(c, from, IS_IN))
                from++;
            add_part(p, a, from, end, "quote.indirect.goes_on", 0.6);
        }
        return p->end;
    }
    bool named = a->speaker.end > a->speaker.first || a->own;
    bool report = c->word[a->first].source == SOURCE_REPORT;
    if (!(comma || (a->according && named && !report)) ||
        !goes_on(p, behind, report ? 2 : 1)) {
        quote_focus(q, &a->speaker);
        return a->end;
    }
    struct quote_content content = {.first = behind};
    quote_end_content(p, &content);
    add_part(p, a, behind, content.end, "quote.indirect.according", comma ? 0.87 : 0.7);
    return content.end > behind ? content.end : behind + 1;
}

/* The attribution behind a comma that names who says all that stands before it. */
static uint32_t find_trail(struct quote_part *p)
{
    const struct clause *c = p->q->clause;
    struct attribution a;
    for (uint32_t i = p->first + 2; i < p->end; i++) {
        uint8_t before = clause_mark(c, i - 1);
        bool report = c->word[i].source == SOURCE_REPORT;
        if ((before == MARK_COMMA || before == MARK_DASH || before == MARK_QUOTE_CLOSE) &&
            (c->word[i].cue & (CUE_STEM | CUE_OWN) || report ||
             c->word[i].source == SOURCE_SPEAKER || c->word[i].source == SOURCE_OWN) &&
            clause_has_predicate(c, speech_first(p, i), i) && read_attribution(p, i, &a))
            return i;
    }
    return DOC_NONE;
}

/* "Pernyataan X bahwa …". */
static uint32_t read_nominal(struct quote_part *p, uint32_t at)
{
    struct speaker speaker;
    const struct clause *c = p->q->clause;
    if (!quote_speaker_after(p->q, at + 1, p->end, &speaker) || speaker.end >= p->end ||
        speaker.first == speaker.end || !clause_is(c, speaker.end, IS_THAT) ||
        clause_is(c, speaker.end, IS_SUB))
        return at + 1;
    struct quote_content content = {.first = speaker.end + 1};
    quote_end_content(p, &content);
    struct quote_parts parts = {content.first, content.end,           at,
                                false,         "quote.indirect.noun", 0.6};
    return quote_words(p->q, content.first, content.end) >= QUOTE_CLAUSE_WORDS &&
                   add_aside(p->q, &parts, &speaker)
               ? content.end
               : at + 1;
}

/* "Hal itu disampaikan X di Jakarta": nothing is said, but X will go on. */
static uint32_t note_passive(struct quote_part *p, uint32_t at)
{
    struct speaker speaker;
    if (quote_speaker_after(p->q, at + 1, p->end, &speaker) && !speaker.guessed) {
        quote_focus(p->q, &speaker);
        return speaker.end;
    }
    return at + 1;
}

/* "Berdasarkan laporan X, …", "dikutip dari X, …": the sentence stands on X. */
static uint32_t note_origin(struct quote_part *p, uint32_t at)
{
    struct quotes *q = p->q;
    const struct clause_word *word = &q->clause->word[at];
    uint32_t from = at + word->source_count;
    struct speaker speaker;
    bool known = from < p->end && (author_of(p, from, &speaker) ||
                                   quote_speaker_after(q, from, p->end, &speaker));
    if (!known && from < p->end && clause_is(q->clause, from, IS_DATUM)) {
        uint32_t end = from;
        while (end < p->end && clause_mark(q->clause, end) == MARK_NONE &&
               !clause_predicate(q->clause, end))
            end++;
        struct token *token = q->doc->tokens.item;
        struct span span = {token[from].span.begin, token[end - 1].span.end};
        speaker = (struct speaker){.entity = DOC_NONE,
                                   .first = from,
                                   .end = end,
                                   .text = doc_span_text(q->doc, span)};
        known = true;
    }
    if (!known)
        return at + 1;
    bool before = at > p->first + 2 && clause_has_predicate(q->clause, p->first, at);
    struct quote_part whole = *p;
    whole.trail = DOC_NONE;
    if (before) {
        whole.end = at;
        note_source(&whole, at, p->first, &speaker, "quote.origin");
    } else if (speaker.end < p->end) {
        note_source(&whole, at, speaker.end, &speaker, "quote.origin");
    }
    return speaker.end > at ? speaker.end : at + 1;
}

/* Does the verb at `at` govern what the trailing attribution would take? It does where
 * the trail only repeats its speaker ("…, ujarnya"). */
static bool leads(const struct quote_part *p, uint32_t at)
{
    const struct clause_word *trail = &p->q->clause->word[p->trail];
    return at > p->trail || trail->cue & CUE_OWN || trail->source == SOURCE_OWN ||
           trail->source == SOURCE_REPORT;
}

uint32_t quote_indirect(struct quotes *q, uint32_t first, uint32_t end,
                        struct stretch *stretch)
{
    struct quote_part part = {
        .q = q, .first = first, .end = end, .stretch = stretch, .trail = DOC_NONE};
    struct attribution a;
    if (end - first < 2)
        return end;
    part.trail = find_trail(&part);
    uint32_t at = first;
    while (at < end) {
        const struct clause_word *word = &q->clause->word[at];
        uint32_t next = at + 1;
        if (word->taken || word->stretch) {
            at = next;
            continue;
        }
        if ((word->source || word->cue & (CUE_STEM | CUE_OWN)) &&
            read_attribution(&part, at, &a))
            next = use_attribution(&part, &a);
        else if (word->source == SOURCE_DOCUMENT || word->source == SOURCE_VIA ||
                 word->source == SOURCE_SPEAKER)
            next = note_origin(&part, at);
        else if (word->cue & (CUE_SAY | CUE_COUNT) && !clause_named(q->clause, at) &&
                 (part.trail == DOC_NONE || leads(&part, at)))
            next = read_verb(&part, at);
        else if (word->cue & CUE_NOUN && !clause_named(q->clause, at))
            next = read_nominal(&part, at);
        else if (word->cue & CUE_PASSIVE)
            next = note_passive(&part, at);
        at = next > at ? next : at + 1;
    }
    return at;
}
