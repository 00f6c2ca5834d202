#include "worker/extract/quote.h"

/* Words between the begin of a sentence and its subject. */
#define SUBJECT_MOST 14
/* Tokens of a sentence read at a time: longer ones are no prose, and this keeps the whole
 * linear. */
#define PART_MOST 400

uint32_t quote_words(const struct quotes *q, uint32_t first, uint32_t end)
{
    uint32_t words = 0;
    for (uint32_t i = first; i < end; i++)
        words += q->doc->tokens.item[i].kind != TOKEN_PUNCT;
    return words;
}

static bool is_full_stop(const struct token *token)
{
    return token->mark == MARK_STOP && !str_is(token->text, "!") &&
           !str_is(token->text, "?");
}

void quote_trim(const struct quotes *q, uint32_t *first, uint32_t *end)
{
    const struct token *token = q->doc->tokens.item;
    while (*first < *end &&
           (token[*first].mark == MARK_COMMA || token[*first].mark == MARK_COLON ||
            token[*first].mark == MARK_DASH || is_full_stop(&token[*first])))
        ++*first;
    while (*first < *end) {
        const struct token *last = &token[*end - 1];
        if (last->mark != MARK_COMMA && last->mark != MARK_DASH &&
            last->mark != MARK_COLON && !is_full_stop(last))
            break;
        --*end;
    }
    if (*end - *first > 2 && token[*end - 1].mark == MARK_QUOTE_CLOSE &&
        token[*end - 2].mark == MARK_COMMA)
        *end -= 2; /* "tidak akan “mundur,” kata X" */
    /* an outer mark whose partner stands outside */
    while (*first < *end && token[*first].mark == MARK_QUOTE_OPEN) {
        const struct stretch *s = quote_stretch_at(q, *first);
        if (s && s->close != DOC_NONE && s->close < *end)
            break;
        ++*first;
    }
    while (*first < *end && token[*end - 1].mark == MARK_QUOTE_CLOSE) {
        const struct stretch *s = quote_stretch_at(q, *end - 1);
        if (s && s->open >= *first)
            break;
        --*end;
    }
}

static void widen(uint32_t *first, uint32_t *end, uint32_t from, uint32_t to)
{
    *first = from < *first ? from : *first;
    *end = to > *end ? to : *end;
}

/* The marks around the content belong to the evidence. */
static void take_marks(const struct quotes *q, uint32_t *first, uint32_t *end)
{
    const struct stretch *s = quote_stretch_at(q, *first);
    if (s && s->first >= *first && s->open < *first)
        *first = s->open;
    s = quote_stretch_at(q, *end - 1);
    if (s && s->close != DOC_NONE && s->open >= *first && s->close >= *end)
        *end = s->close + 1;
}

bool quote_add(struct quotes *q, const struct quote_parts *parts,
               const struct speaker *speaker)
{
    const struct token *token = q->doc->tokens.item;
    uint32_t first = parts->first, end = parts->end;
    quote_trim(q, &first, &end);
    if (first >= end || quote_words(q, first, end) == 0)
        return false;
    struct span content = {token[first].span.begin, token[end - 1].span.end};
    take_marks(q, &first, &end);
    if (parts->cue != DOC_NONE)
        widen(&first, &end, parts->cue, parts->cue + 1);
    if (speaker->first < speaker->end)
        widen(&first, &end, speaker->first, speaker->end);

    struct found *found =
        doc_add(q->doc, FACT_QUOTE, first, end, parts->rule, parts->confidence);
    struct fact *fact = &found->fact;
    found->entity = speaker->entity;
    if (speaker->entity != DOC_NONE)
        fact->speaker = entity_name(q->doc, speaker->entity);
    else
        fact->speaker_text = speaker->text;
    fact->direct = parts->direct ? RECORD_TRUE : RECORD_FALSE;
    fact->content = content;
    if (parts->cue != DOC_NONE) {
        fact->cue = token[parts->cue].text;
        fact->rule_cue = token[parts->cue].span;
        q->clause->word[parts->cue].taken = true;
    }
    struct speaker now = *speaker;
    if (now.first == now.end)
        now.first = now.end = end;
    quote_focus(q, &now);
    return true;
}

/* "Salah satu warga yang menolak adalah X.": the name at the end is the subject. */
static bool note_predicate(struct quotes *q, uint32_t first, uint32_t end)
{
    const struct mention *m = NULL;
    while (end > first && clause_mark(q->clause, end - 1) == MARK_STOP)
        end--;
    if (end > first)
        m = quote_mention(q, end - 1);
    if (m == NULL || m->type != ENTITY_PER || m->first <= first ||
        !clause_is(q->clause, m->first - 1, IS_BE))
        return false;
    q->subject = (struct speaker){.entity = m->entity, .first = m->first, .end = m->end};
    q->subject_set = true;
    quote_focus(q, &q->subject);
    return true;
}

/* "Juru bicara X, Y, …": Y, whom the title before X is of. */
static const struct mention *served(const struct quotes *q, uint32_t first,
                                    const struct mention *m, uint32_t end)
{
    const struct clause *c = q->clause;
    if (m->first == first || m->end + 1 >= end || clause_mark(c, m->end) != MARK_COMMA ||
        !(clause_is(c, m->first - 1, IS_PERSON | IS_TITLE) ||
          (m->first > first + 1 && clause_is(c, m->first - 2, IS_PERSON | IS_TITLE))))
        return m;
    const struct mention *own = quote_mention(q, m->end + 1);
    return own && own->type == ENTITY_PER && own->first == m->end + 1 && own->end < end &&
                   clause_mark(c, own->end) == MARK_COMMA
               ? own
               : m;
}

/* "Menurutnya X ingin …", "Kata dia, X …": who spoke before speaks on, not the one told
 * of. */
static bool says_again(const struct clause *c, uint32_t first, uint32_t end)
{
    const struct clause_word *word = &c->word[first];
    bool speaks = word->source == SOURCE_SPEAKER || word->cue & CUE_STEM;
    return word->source == SOURCE_OWN ||
           (speaks && first + 1 < end && clause_is(c, first + 1, IS_ONE));
}

/* The person who acts in a sentence may be the one who speaks in the next. */
static void note_subject(struct quotes *q, uint32_t first, uint32_t end)
{
    const struct clause *c = q->clause;
    if (note_predicate(q, first, end) || says_again(c, first, end))
        return;
    uint32_t limit = end - first > SUBJECT_MOST ? first + SUBJECT_MOST : end;
    for (uint32_t i = first; i < limit; i++) {
        if (c->word[i].stretch || clause_predicate(c, i) ||
            clause_is(c, i, IS_REL | IS_SUB))
            return;
        uint32_t mention = mention_at(q->doc, i);
        if (mention == DOC_NONE)
            continue;
        const struct mention *m = &q->doc->mentions.item[mention];
        i = m->end - 1;
        if (m->type != ENTITY_PER)
            continue;
        m = served(q, first, m, end);
        i = m->end - 1;
        struct speaker subject = {.entity = m->entity, .first = m->first, .end = m->end};
        q->subject = subject;
        q->subject_set = true;
        while (i + 1 < end && (clause_is(c, i + 1, IS_ADV | IS_TIME | IS_AUX)))
            i++;
        if (i + 1 < end && clause_is(c, i + 1, IS_ACTIVE))
            quote_focus(q, &subject);
        return;
    }
}

/* The next stretch in [at, end) that looks like a direct quote, or NULL. */
static struct stretch *next_direct(struct quotes *q, uint32_t at, uint32_t end)
{
    while (at < end) {
        struct stretch *s = quote_stretch_at(q, at);
        if (s == NULL) {
            at++;
        } else if (s->open < at) {
            at = s->close == DOC_NONE ? s->end : s->close + 1;
        } else {
            uint32_t sentence = q->doc->tokens.item[s->open].sentence;
            if (quote_looks_direct(q, s, q->doc->sentences.item[sentence].first))
                return s;
            at = s->close == DOC_NONE ? s->end : s->close + 1;
        }
    }
    return NULL;
}

static uint32_t read_sentence(struct quotes *q, uint32_t at)
{
    const struct sentence *sentence =
        &q->doc->sentences.item[q->doc->tokens.item[at].sentence];
    if (sentence->drop != DROP_NOT)
        return sentence->end;
    if (at == sentence->first)
        note_subject(q, at, sentence->end);
    while (at < sentence->end) {
        uint32_t limit = sentence->end - at > PART_MOST ? at + PART_MOST : sentence->end;
        struct stretch *s = next_direct(q, at, limit);
        if (s && s->open == at) {
            uint32_t next = quote_direct(q, s, sentence->first);
            at = next > at ? next : at + 1;
            continue;
        }
        uint32_t end = s ? s->open : limit;
        uint32_t next = quote_indirect(q, at, end, s);
        at = next > end ? next : end;
    }
    return at;
}

void extract_quotes(struct doc *doc)
{
    struct quotes q = {.doc = doc, .clause = clause_of(doc), .here_sentence = DOC_NONE};
    quote_mark_read(&q);
    quote_roles_read(&q);
    for (uint32_t at = 0; at < doc->tokens.count;) {
        uint32_t next = read_sentence(&q, at);
        at = next > at ? next : at + 1;
        doc_check(doc);
    }
}
