/* Direct quotes: a stretch between marks and the cue behind it ("…," kata X), before it
 * (X mengatakan, "…"), or none where it goes on with the speaker before. */

#include "worker/extract/quote.h"

/* Words of a stretch that stands for a whole speech although no cue is beside it. */
#define WHOLE_WORDS 4
/* … of one in a line where somebody has been quoted, */
#define SHORT_WORDS 3
/* … and of one that stands alone, far from the quote before. */
#define LONG_WORDS 8
/* Tokens before a stretch that begins its sentence all the same. */
#define BEFORE_MOST 5
/* Tokens between a stretch and the verb of its speaker: "…." Direktur Utama X menuturkan.
 */
#define BEHIND_MOST 24

enum place { PLACE_NONE, PLACE_STEM, PLACE_OWN, PLACE_VERB, PLACE_SOURCE };

struct behind {
    enum place place;
    uint32_t cue;  /* token */
    uint32_t from; /* first token behind stretch and marks */
    uint32_t limit;
};

static bool ends_line(const struct stretch *s, uint32_t at)
{
    return at >= s->line_end;
}

/* Nothing of a speech follows the verb: its sentence ends, or time and place do. */
static bool ends_speech(const struct quotes *q, uint32_t at, const struct stretch *s)
{
    const struct clause *c = q->clause;
    uint32_t sentence = q->doc->tokens.item[at - 1].sentence;
    uint32_t end = q->doc->sentences.item[sentence].end;
    if (ends_line(s, at) || at >= end || clause_mark(c, at) == MARK_STOP)
        return true;
    if (!clause_is(c, at, IS_PREP | IS_TIME | IS_PLACE | IS_WHILE) &&
        c->word[at].source == SOURCE_NONE)
        return false;
    for (uint32_t n = 0; at < end && n < BEHIND_MOST; n++, at++)
        if (clause_is(c, at, IS_THAT) || c->word[at].stretch)
            return false;
    return true;
}

/* "…" X menuturkan. */
static bool verb_behind(const struct quotes *q, uint32_t from, const struct stretch *s,
                        uint32_t *cue_out)
{
    const struct clause *c = q->clause;
    for (uint32_t i = from; i < s->line_end && i - from < BEHIND_MOST; i++) {
        if (c->word[i].stretch || clause_mark(c, i) == MARK_STOP)
            return false;
        if (c->word[i].cue & CUE_SAY && i > from && !clause_named(c, i)) {
            *cue_out = i;
            return ends_speech(q, i + 1, s);
        }
        if (clause_predicate(c, i) && !clause_is(c, i, IS_ADV))
            return false;
    }
    return false;
}

static struct behind look_behind(const struct quotes *q, const struct stretch *s)
{
    const struct clause *c = q->clause;
    struct behind out = {.place = PLACE_NONE};
    if (s->close == DOC_NONE)
        return out;
    uint32_t at = s->close + 1;
    while (at < s->line_end &&
           (clause_mark(c, at) == MARK_COMMA || clause_mark(c, at) == MARK_STOP ||
            clause_mark(c, at) == MARK_DASH))
        at++;
    out.from = at;
    if (at < s->line_end && c->word[at].source_count > 1 && /* "demikian pernyataan X" */
        (c->word[at].source == SOURCE_SPEAKER || c->word[at].source == SOURCE_REPORT)) {
        out.limit = q->doc->sentences.item[q->doc->tokens.item[at].sentence].end;
        out.place = PLACE_SOURCE;
        out.cue = at;
        return out;
    }
    for (uint32_t n = 0;
         n < 2 && at < s->line_end && clause_is(c, at, IS_ADV | IS_SUB | IS_AUX) &&
         !(c->word[at].cue & CUE_STEM);
         n++)
        at++;
    if (ends_line(s, at))
        return out;
    out.limit = q->doc->sentences.item[q->doc->tokens.item[at].sentence].end;
    uint16_t cue = c->word[at].cue;
    out.cue = at;
    if (cue & CUE_OWN)
        out.place = PLACE_OWN;
    else if (cue & (CUE_STEM | CUE_PASSIVE))
        out.place = PLACE_STEM;
    else if (c->word[at].source == SOURCE_SPEAKER || c->word[at].source == SOURCE_OWN)
        out.place =
            clause_is(c, at, IS_AUX) || q->doc->tokens.item[at].shape != SHAPE_LOWER
                ? PLACE_NONE
                : PLACE_SOURCE;
    else if (verb_behind(q, out.from, s, &out.cue))
        out.place = PLACE_VERB;
    return out;
}

/* Only marks, a dateline or a word like "Namun" stand before the stretch in its sentence.
 */
static bool begins_sentence(const struct quotes *q, const struct stretch *s,
                            uint32_t sentence_first)
{
    const struct clause *c = q->clause;
    uint32_t at = s->open;
    if (at > sentence_first && clause_mark(c, at - 1) == MARK_DASH)
        return true;
    uint32_t words = 0;
    for (uint32_t n = 0; at > sentence_first && n < BEFORE_MOST; n++) {
        at--;
        words += q->doc->tokens.item[at].kind == TOKEN_WORD;
    }
    return words <= 1 && at == sentence_first;
}

static bool spans_sentences(const struct quotes *q, const struct stretch *s)
{
    return q->doc->tokens.item[s->first].sentence !=
           q->doc->tokens.item[s->end - 1].sentence;
}

enum before { BEFORE_NONE, BEFORE_CUE, BEFORE_SAID };

/* Before the mark stands a verb of speech, or the comma or colon of one: BEFORE_CUE; or
 * one that another quote has already, which goes on here: BEFORE_SAID. */
static enum before cue_before(const struct quotes *q, const struct stretch *s,
                              uint32_t sentence_first)
{
    const struct clause *c = q->clause;
    uint32_t at = s->open;
    bool mark = false;
    while (at > sentence_first &&
           (clause_mark(c, at - 1) == MARK_COMMA ||
            clause_mark(c, at - 1) == MARK_COLON || clause_is(c, at - 1, IS_THAT))) {
        at--;
        mark = true;
    }
    for (uint32_t n = 0; at > sentence_first && n < BEHIND_MOST; n++) {
        at--;
        if (c->word[at].cue & (CUE_SAY | CUE_STEM | CUE_OWN | CUE_PASSIVE) ||
            c->word[at].source)
            return c->word[at].taken ? (mark ? BEFORE_SAID : BEFORE_NONE) : BEFORE_CUE;
        if (!mark || clause_mark(c, at) == MARK_STOP ||
            (clause_predicate(c, at) && !clause_is(c, at, IS_ADV)))
            return BEFORE_NONE;
    }
    return BEFORE_NONE;
}

bool quote_is_whole(const struct quotes *q, const struct stretch *s)
{
    const struct clause *c = q->clause;
    if (quote_words(q, s->first, s->end) < 3)
        return false;
    if (s->close == DOC_NONE)
        return quote_words(q, s->first, s->end) >= WHOLE_WORDS;
    uint32_t sentence = q->doc->tokens.item[s->close].sentence;
    uint8_t last = clause_mark(c, s->end - 1);
    if (s->close + 1 >= q->doc->sentences.item[sentence].end)
        return true;
    uint8_t next = clause_mark(c, s->close + 1);
    return last == MARK_STOP || last == MARK_COMMA || next == MARK_STOP ||
           next == MARK_COMMA;
}

bool quote_looks_direct(struct quotes *q, const struct stretch *s,
                        uint32_t sentence_first)
{
    if (cue_before(q, s, sentence_first) != BEFORE_NONE && quote_is_whole(q, s))
        return true;
    bool begins = begins_sentence(q, s, sentence_first);
    if (look_behind(q, s).place != PLACE_NONE)
        return begins || spans_sentences(q, s);
    uint32_t least = q->said_line_end == s->line_end ? SHORT_WORDS : WHOLE_WORDS;
    if (!begins || quote_words(q, s->first, s->end) < least || !quote_is_whole(q, s))
        return false;
    return s->close == DOC_NONE ||
           s->close + 1 >=
               q->doc->sentences.item[q->doc->tokens.item[s->close].sentence].end ||
           clause_mark(q->clause, s->close + 1) == MARK_STOP;
}

static bool read_behind(struct quotes *q, const struct behind *behind,
                        struct speaker *out, const char **rule_out)
{
    const struct clause *c = q->clause;
    *out = (struct speaker){.entity = DOC_NONE};
    switch (behind->place) {
    case PLACE_OWN:
        *rule_out = "quote.direct.own";
        return quote_speaker_again(q, behind->cue, false, out);
    case PLACE_STEM:
        *rule_out = "quote.direct.after";
        return quote_speaker_after(q, behind->cue + 1, behind->limit, out) ||
               quote_speaker_words(q, behind->cue + 1, behind->limit, out);
    case PLACE_SOURCE:
        *rule_out = "quote.direct.according";
        return c->word[behind->cue].source == SOURCE_OWN
                   ? quote_speaker_again(q, behind->cue, false, out)
                   : quote_speaker_after(q,
                                         behind->cue + c->word[behind->cue].source_count,
                                         behind->limit, out);
    case PLACE_VERB:
        *rule_out = "quote.direct.verb";
        return quote_speaker_before(q, behind->cue, behind->from, out) && !out->denied;
    default:
        return false;
    }
}

/* How often the rule was right where it was tried (worker/lang/id/README.md). */
static double confidence_of(const struct speaker *speaker, enum place place)
{
    if (place == PLACE_NONE)
        return 0.7;
    if (speaker->entity == DOC_NONE)
        return speaker->guessed ? 0.65 : 0.85;
    return speaker->guessed ? 0.9 : 0.95;
}

uint32_t quote_direct(struct quotes *q, struct stretch *s, uint32_t sentence_first)
{
    struct speaker speaker;
    struct quote_parts parts = {
        .first = s->first, .end = s->end, .cue = DOC_NONE, .direct = true};
    uint32_t next = s->close == DOC_NONE ? s->end : s->close + 1;
    if (!quote_looks_direct(q, s, sentence_first))
        return s->open;
    struct behind behind = look_behind(q, s);
    bool known = read_behind(q, &behind, &speaker, &parts.rule);
    if (known) {
        parts.cue = behind.cue;
        next = behind.cue + 1 > speaker.end ? behind.cue + 1 : speaker.end;
    } else {
        bool near = s->line_end == q->said_line_end || q->said_line_end + 1 >= s->open ||
                    behind.place != PLACE_NONE ||
                    quote_words(q, s->first, s->end) >= LONG_WORDS;
        behind.place = PLACE_NONE;
        if (!q->focus_set || !near || !quote_is_whole(q, s))
            return next;
        if (!quote_speaker_again(q, s->open, false, &speaker))
            return next;
        parts.rule = "quote.direct.goes_on";
    }
    parts.confidence = confidence_of(&speaker, behind.place);
    if (quote_add(q, &parts, &speaker))
        q->said_line_end = s->line_end;
    q->here = speaker;
    q->here_sentence = q->doc->tokens.item[next - 1].sentence;
    return next;
}
