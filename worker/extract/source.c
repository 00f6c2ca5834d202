#include "worker/extract/source.h"

#include "proto/base/utf8.h"

/* Tokens around a quantity that are looked at; and behind its quote. */
#define SCOPE_MOST  150
#define BEHIND_MOST 60
/* Tokens between two numbers of the same things. */
#define SAME_MOST 25
/* Words between a preposition and the number it governs. */
#define SCENE_WORDS 1
/* Longest verb of speech, in bytes. */
#define CUE_BYTES 32

static bool is_kind(const struct found *found, int kind)
{
    return found->fact.kind == kind;
}

/* Which quote each token belongs to. Inner ones were found after those around them. */
static void read_quotes(struct sources *s)
{
    struct doc *doc = s->doc;
    for (uint32_t f = 0; f < doc->found.count; f++) {
        const struct found *found = &doc->found.item[f];
        if (!is_kind(found, FACT_QUOTE))
            continue;
        struct span content = found->fact.content;
        bool begun = false;
        for (uint32_t i = found->first; i < found->end; i++) {
            struct span span = doc->tokens.item[i].span;
            if (span.begin < content.begin || span.end > content.end)
                continue;
            if (!begun)
                s->outer[f] = s->quote[i];
            begun = true;
            s->quote[i] = f + 1;
        }
    }
}

static void read_quantities(struct sources *s)
{
    struct doc *doc = s->doc;
    for (uint32_t f = 0; f < doc->found.count; f++) {
        const struct found *found = &doc->found.item[f];
        if (is_kind(found, FACT_QUANTITY) && !found->dropped)
            for (uint32_t i = found->first; i < found->end; i++)
                s->quantity[i] = f + 1;
    }
}

struct scope source_scope(const struct sources *s, uint32_t first, uint32_t end)
{
    const struct sentence *sentence =
        &s->doc->sentences.item[s->doc->tokens.item[first].sentence];
    uint32_t quote = s->quote[first];
    for (uint32_t n = 0; n < SCOPE_MOST && first > sentence->first; n++, first--)
        if (s->quote[first - 1] != quote)
            break;
    for (uint32_t n = 0; n < SCOPE_MOST && end < sentence->end; n++, end++)
        if (s->quote[end] != quote)
            break;
    return (struct scope){first, end};
}

static struct str speaker_name(const struct fact *quote)
{
    return quote->speaker.ptr ? quote->speaker : quote->speaker_text;
}

/* "…, seperti dilansir X" behind a quote. */
static struct str passed_on(const struct sources *s, const struct found *quote)
{
    const struct clause *c = s->clause;
    uint32_t sentence = s->doc->tokens.item[quote->end - 1].sentence;
    uint32_t end = s->doc->sentences.item[sentence].end;
    for (uint32_t i = quote->end; i < end && i - quote->end < BEHIND_MOST; i++) {
        if (s->quote[i])
            break;
        if (c->word[i].source != SOURCE_VIA)
            continue;
        uint32_t at = i + c->word[i].source_count;
        uint32_t entity = at < end ? mention_entity_at(s->doc, at) : DOC_NONE;
        if (entity != DOC_NONE)
            return entity_name(s->doc, entity);
    }
    return STR_NONE;
}

struct fact_attribution *source_attribution(const struct sources *s, uint32_t at)
{
    struct doc *doc = s->doc;
    if (s->quote[at] == 0)
        return NULL;
    const struct found *quote = &doc->found.item[s->quote[at] - 1];
    struct fact_attribution *a = arena_zero(doc->arena, 1, sizeof *a);
    a->name = quote->fact.speaker;
    a->cue = quote->fact.cue;
    if (a->name.ptr == NULL)
        a->text = quote->fact.speaker_text;
    else if (quote->fact.speaker_text.ptr)
        a->text = quote->fact.speaker_text;
    struct str via = passed_on(s, quote);
    if (via.ptr && !str_eq(via, speaker_name(&quote->fact)))
        *ARENA_PUSH(doc->arena, &a->via) = via;
    uint32_t outer = s->outer[s->quote[at] - 1];
    if (outer) {
        const struct fact *around = &doc->found.item[outer - 1].fact;
        struct str name = speaker_name(around);
        if (!str_eq(name, speaker_name(&quote->fact)))
            *ARENA_PUSH(doc->arena, &a->via) = name;
    }
    return a;
}

struct mode source_mode(const struct sources *s, uint32_t at)
{
    struct mode mode = {FACT_ASSERTED, SPAN_NONE};
    uint32_t quote = s->quote[at];
    if (quote == 0)
        return mode;
    char lower[CUE_BYTES * 3];
    const struct fact *said = &s->doc->found.item[quote - 1].fact;
    if (said->cue.ptr == NULL || said->cue.len > CUE_BYTES)
        return mode;
    mode.is = mode_of_word(s->doc, str_make(lower, utf8_lower_str(said->cue, lower)));
    mode.cue = said->rule_cue;
    return mode;
}

/* "akan berlangsung di empat kota", "dalam radius 2 kilometer": the number is where
 * something is, whatever comes of that. */
static bool is_scene(const struct sources *s, uint32_t first, struct scope scope)
{
    const struct clause *c = s->clause;
    for (uint32_t i = first, n = 0; i > scope.first && n <= SCENE_WORDS; i--, n++) {
        if (clause_is(c, i - 1, IS_AT) ||
            (clause_is(c, i - 1, IS_IN) && clause_is(c, i - 1, IS_PLACE)))
            return true;
        if (clause_predicate(c, i - 1) || clause_mark(c, i - 1) != MARK_NONE ||
            clause_is(c, i - 1, IS_PREP | IS_CONJ | IS_TIME))
            return false;
    }
    return false;
}

/* "34 juta euro (Rp525 miliar)": the second says the first again. */
static bool says_again(struct sources *s, struct found *found, struct scope scope)
{
    uint32_t at = found->first;
    if (at < scope.first + 2 || clause_mark(s->clause, at - 1) != MARK_BRACKET_OPEN ||
        s->quantity[at - 2] == 0 || found->fact.noun.ptr)
        return false;
    const struct found *before = &s->doc->found.item[s->quantity[at - 2] - 1];
    if (before->fact.noun.ptr || str_is(found->fact.unit, "%"))
        return false;
    found->entity = before->entity;
    found->fact.holder = before->fact.holder;
    found->fact.place = before->fact.place;
    found->fact.time = before->fact.time;
    found->fact.modality = before->fact.modality;
    found->fact.mode_cue = before->fact.mode_cue;
    return true;
}

/* "500 orang di Solo …, turun dari 700 orang": the same things, at the same place. */
static struct fact_place *place_of_same(const struct sources *s,
                                        const struct found *found, struct scope scope)
{
    uint32_t first = found->first;
    if (first < scope.first + 2 || source_kind_at(s, first - 1) != KIND_FROM ||
        source_kind_at(s, first - 2) != KIND_AMOUNT)
        return NULL;
    for (uint32_t i = first; i > scope.first && first - i < SAME_MOST; i--)
        if (s->quantity[i - 1]) {
            const struct fact *before = &s->doc->found.item[s->quantity[i - 1] - 1].fact;
            return str_eq(before->unit, found->fact.unit) ? before->place : NULL;
        }
    return NULL;
}

static void read_quantity(struct sources *s, struct found *found)
{
    uint32_t first = found->first, end = found->end;
    struct scope scope = source_scope(s, first, end);
    found->fact.attribution = source_attribution(s, first);
    if (!is_scene(s, first, scope))
        mode_set(&found->fact, mode_read(&s->modes, first, end, scope.first, scope.end));
    mode_set(&found->fact, source_mode(s, first));
    if (says_again(s, found, scope))
        return;
    source_holder(s, found, scope);
    if (found->fact.noun.ptr)
        found->fact.place = source_place_counted(s, found, scope);
    if (found->fact.noun.ptr && found->fact.place == NULL)
        found->fact.place = source_place(s, first, end, scope);
    if (found->fact.noun.ptr && found->fact.place == NULL)
        found->fact.place = place_of_same(s, found, scope);
    found->fact.time = source_time(s, first, end, scope);
}

struct sources *sources_of(struct doc *doc)
{
    if (doc->sources)
        return doc->sources;
    size_t tokens = doc->tokens.count + (size_t)1;
    struct sources *s = arena_zero(doc->arena, 1, sizeof *s);
    s->doc = doc;
    s->clause = clause_of(doc);
    mode_init(&s->modes, s->clause);
    s->holder = lexicon_list(doc->lang->lexicon, "holder");
    s->gives = lexicon_list(doc->lang->lexicon, "giver");
    s->counted = lexicon_list(doc->lang->lexicon, "counted");
    s->lochead = lexicon_list(doc->lang->lexicon, "lochead");
    s->quote = arena_zero(doc->arena, tokens, sizeof *s->quote);
    s->quantity = arena_zero(doc->arena, tokens, sizeof *s->quantity);
    s->outer = arena_zero(doc->arena, doc->found.count + (size_t)1, sizeof *s->outer);
    read_quotes(s);
    read_quantities(s);
    return doc->sources = s;
}

void extract_sources(struct doc *doc)
{
    struct sources *s = sources_of(doc);
    for (uint32_t f = 0; f < doc->found.count; f++) {
        struct found *found = &doc->found.item[f];
        if (is_kind(found, FACT_QUANTITY) && !found->dropped)
            read_quantity(s, found);
        doc_check(doc);
    }
}
