/* Speakers: noun phrases read forwards from behind a cue, or backwards from a verb to its
 * subject. */

#include "worker/extract/quote.h"

/* Longest relative clause that describes one. */
#define DESCRIPTION_MOST 60
/* Longest phrase that names a speaker, with title and apposition. */
#define PHRASE_MOST 24
/* Words an unnamed speaker's description may have in front of a name. */
#define APPOSITION_MOST 25
/* Words taken for an unknown speaker. */
#define WORDS_MOST 6
/* Words between a preposition and the name of its place. */
#define PLACE_WORDS 3
/* Tokens between a speaker and the verb: "X dalam siaran pers, Senin, menyebut". */
#define ADJUNCT_MOST 20

/* ---- forwards */

/* Where the tokens of a relative clause or a long description end: at the next mark. */
static uint32_t to_mark(const struct quotes *q, uint32_t at, uint32_t limit)
{
    for (uint32_t n = 0; at < limit && n < DESCRIPTION_MOST; n++, at++) {
        uint8_t mark = clause_mark(q->clause, at);
        if (mark == MARK_COMMA || mark == MARK_STOP || mark == MARK_DASH ||
            mark == MARK_COLON || mark == MARK_QUOTE_OPEN)
            break;
    }
    return at;
}

/* … or at the determiner that ends it: "dokter yang bertugas ITU dalam unggahannya". */
static uint32_t relative_end(const struct quotes *q, uint32_t at, uint32_t limit)
{
    uint32_t end = to_mark(q, at, limit);
    for (uint32_t i = at + 1; i + 1 < end; i++)
        if (clause_is(q->clause, i, IS_DET) &&
            clause_is(q->clause, i + 1, IS_PREP | IS_SUB))
            end = i + 1;
    return end;
}

/* A person's name in apposition: ", Hendi, Minggu (4/8)". */
static const struct mention *apposed(const struct quotes *q, uint32_t comma,
                                     uint32_t limit)
{
    uint32_t at = comma + 1;
    for (uint32_t n = 0; at < limit && n < 6; n++, at++) {
        const struct mention *m = quote_mention(q, at);
        if (m && m->type == ENTITY_PER)
            return m->end >= limit || !clause_predicate(q->clause, m->end) ? m : NULL;
        if (!clause_is(q->clause, at, IS_TITLE) && n > 0)
            return NULL;
    }
    return NULL;
}

static bool ends_phrase(const struct quotes *q, uint32_t at)
{
    const struct clause *c = q->clause;
    uint32_t stops = IS_PREP | IS_CONJ | IS_WHILE | IS_HARD | IS_SUB | IS_SO | IS_THAT |
                     IS_AUX | IS_ADV | IS_TIME | IS_VERB | IS_PLACE | IS_ONE;
    if (clause_is(c, at, IS_PERSON | IS_BODY | IS_TITLE))
        return clause_is(c, at, IS_TIME);
    return clause_is(c, at, stops) || c->word[at].source != SOURCE_NONE;
}

/* "laman resmi FIBA": a word that elsewhere shows a predicate. */
static bool describes_body(const struct quotes *q, uint32_t at, uint32_t i,
                           uint32_t limit)
{
    const struct clause *c = q->clause;
    const struct mention *m = i + 1 < limit ? quote_mention(q, i + 1) : NULL;
    return i == at + 1 && m && m->type == ENTITY_ORG &&
           clause_is(c, at, IS_BODY | IS_PAPER | IS_DATUM) && clause_is(c, i, IS_AUX);
}

/* "Kasi Upaya Hukum, Eksekusi, dan Eksaminasi Kejati Papua, Lenni Silaban di Gresik" */
static const struct mention *behind_fields(const struct quotes *q, uint32_t comma,
                                           uint32_t limit)
{
    for (uint32_t i = comma; i < limit && i - comma < PHRASE_MOST; i++) {
        const struct mention *m = quote_mention(q, i);
        if (m && m->type == ENTITY_PER)
            return m->end >= limit || !clause_predicate(q->clause, m->end) ? m : NULL;
        if (m) {
            i = m->end - 1;
            continue;
        }
        if (clause_mark(q->clause, i) == MARK_BRACKET_OPEN) {
            uint32_t close = clause_bracket_close(q->clause, i, limit);
            if (close == i)
                return NULL;
            i = close;
            continue;
        }
        bool joins =
            clause_mark(q->clause, i) == MARK_COMMA || clause_is(q->clause, i, IS_CONJ);
        if (!joins && (ends_phrase(q, i) || clause_mark(q->clause, i) != MARK_NONE ||
                       q->doc->tokens.item[i].shape == SHAPE_LOWER))
            return NULL;
    }
    return NULL;
}

static bool take_person(const struct quotes *q, const struct mention *m, uint32_t at,
                        uint32_t limit, struct speaker *out)
{
    uint32_t end = m->end;
    if (end < limit && clause_mark(q->clause, end) == MARK_BRACKET_OPEN) {
        uint32_t close = clause_bracket_close(q->clause, end, limit);
        end = close > end ? close + 1 : end;
    }
    quote_name(out, m->entity, at, end);
    return true;
}

/* "Pasal 7 ayat 2 aturan itu" */
static bool has_number(const struct quotes *q, uint32_t at, uint32_t end)
{
    while (at < end && q->doc->tokens.item[at].kind != TOKEN_NUMBER)
        at++;
    return at < end;
}

/* "Ketua TPN Ganjar-Mahfud, Arsjad": two joined names say whose campaign it is. */
static bool is_pair(const struct quotes *q, const struct mention *m, uint32_t limit)
{
    if (m->type != ENTITY_PER || m->end + 1 >= limit ||
        clause_mark(q->clause, m->end) != MARK_DASH ||
        q->doc->tokens.item[m->end].space_before)
        return false;
    const struct mention *other = quote_mention(q, m->end + 1);
    return other && other->type == ENTITY_PER;
}

bool quote_speaker_after(struct quotes *q, uint32_t at, uint32_t limit,
                         struct speaker *out)
{
    const struct clause *c = q->clause;
    *out = (struct speaker){.entity = DOC_NONE};
    if (at < limit && clause_is(c, at, IS_BY))
        at++;
    if (at >= limit)
        return false;
    if (clause_is(c, at, IS_ONE))
        return quote_phrase(q, at, at + 1, out);
    uint32_t i = at;
    bool apart = false; /* behind a preposition: only a name counts */
    uint32_t end = at;
    for (; i < limit && i - at < PHRASE_MOST; i++) {
        const struct mention *m = quote_mention(q, i);
        uint8_t mark = clause_mark(c, i);
        bool owner = m && m->first > at && m->end < limit && clause_is(c, m->end, IS_DET);
        if (m && m->type == ENTITY_PER && m->first > at && m->end < limit &&
            clause_is(c, at, IS_PERSON) && clause_mark(c, m->end) == MARK_COMMA) {
            const struct mention *own = apposed(q, m->end, limit);
            m = own && own->first == m->end + 1 ? own : m; /* "pengacara X, Y, di Solo" */
        }
        bool pair = m && is_pair(q, m, limit);
        if (m && m->type == ENTITY_PER && !owner && !pair)
            return take_person(q, m, at, limit, out);
        if (pair)
            m = quote_mention(q, m->end + 1);
        if (m) {
            i = m->end - 1;
        } else if (mark == MARK_BRACKET_OPEN) {
            uint32_t close = clause_bracket_close(c, i, limit);
            if (close == i)
                break;
            i = close;
        } else if (mark == MARK_COMMA) {
            m = i > at ? apposed(q, i, limit) : NULL;
            if (m == NULL && clause_is(c, at, IS_TITLE))
                m = behind_fields(q, i, limit);
            if (m)
                return take_person(q, m, at, limit, out);
            break;
        } else if (mark == MARK_STOP && i > at && i + 1 < limit && i - at < 4) {
            continue; /* "Plt. Direktur": a sentence does not end inside a sentence */
        } else if (mark != MARK_NONE) {
            break;
        } else if (clause_is(c, i, IS_REL)) {
            uint32_t mark_at = relative_end(q, i, limit);
            m = quote_last_mention(q, i, mark_at, ENTITY_PER);
            if (m && m->end + 1 >= mark_at && clause_is(c, m->first - 1, IS_VERB)) {
                quote_name(out, m->entity, at, mark_at);
                return true; /* "pria yang akrab disapa X ini" */
            }
            end = apart ? end : mark_at;
            i = mark_at > i ? mark_at - 1 : i;
            continue;
        } else if (clause_is(c, i, IS_IN) && i > at) {
            apart = true;
        } else if (clause_is(c, i, IS_CONJ) && clause_is(c, at, IS_TITLE) && i > at &&
                   (m = behind_fields(q, i, limit)) != NULL) {
            return take_person(q, m, at, limit, out);
        } else if (ends_phrase(q, i) && !describes_body(q, at, i, limit)) {
            break;
        }
        if (!apart)
            end = i + 1;
        if (clause_is(c, i, IS_DET))
            break;
    }
    if (quote_phrase(q, at, end, out))
        return true;
    if (end < at + 2 || !clause_is(c, end - 1, IS_DET) || clause_is(c, at, IS_DATUM) ||
        q->doc->tokens.item[at].shape != SHAPE_LOWER || has_number(q, at, end) ||
        !q->person_set || !quote_speaker_again(q, at, true, out))
        return false; /* "gelandang asal Spanyol itu": a noun that no list has */
    out->first = at;
    out->end = end;
    return true;
}

bool quote_speaker_words(struct quotes *q, uint32_t at, uint32_t limit,
                         struct speaker *out)
{
    uint32_t end = at;
    while (end < limit && end - at < WORDS_MOST && !ends_phrase(q, end) &&
           !clause_is(q->clause, end, IS_REL) && clause_mark(q->clause, end) == MARK_NONE)
        end++;
    if (end == at)
        return false;
    *out = (struct speaker){.entity = DOC_NONE, .guessed = true};
    quote_unnamed(q, out, at, end);
    return true;
}

/* ---- backwards */

/* The comma behind a name that begins the apposition which ends at the comma `at`; `at`
 * itself where there is none. */
static uint32_t apposition_of(const struct quotes *q, uint32_t at, uint32_t floor)
{
    uint32_t p = at;
    while (p > floor && at - p < APPOSITION_MOST &&
           (p == at || clause_mark(q->clause, p) != MARK_COMMA))
        p--;
    if (p <= floor || clause_mark(q->clause, p) != MARK_COMMA)
        return at;
    const struct mention *m = quote_mention(q, p - 1);
    uint32_t last = at; /* before an age: "Istri Budi, Dewi (37), menerangkan" */
    if (clause_mark(q->clause, at - 1) == MARK_BRACKET_CLOSE)
        last = clause_bracket_open(q->clause, at - 1, p);
    const struct mention *inner = last > p ? quote_mention(q, last - 1) : NULL;
    if (inner && inner->type == ENTITY_PER && inner->first == p + 1)
        return at; /* "sekutu Putin, Dmitry Medvedev,": the name itself */
    bool named = (m && (m->type == ENTITY_PER || inner == NULL)) ||
                 clause_mark(q->clause, p - 1) == MARK_BRACKET_CLOSE;
    return named ? p : at;
}

static bool is_place(const struct mention *m)
{
    return m && (m->type == ENTITY_GPE || m->type == ENTITY_LOC);
}

static bool is_named(const struct mention *m)
{
    return m && (m->type == ENTITY_PER || m->type == ENTITY_ORG);
}

/* The preposition of "X, di Kalianda" or "X di kantor Bupati Solo", whose place ends
 * before e; e where no such thing stands behind a name. */
static uint32_t place_phrase(const struct quotes *q, uint32_t e, uint32_t floor)
{
    const struct clause *c = q->clause;
    const struct mention *m = quote_mention(q, e - 1);
    if (!is_place(m))
        return e;
    for (uint32_t i = m->first, n = 0; i > floor + 1 && n <= PLACE_WORDS; i--, n++) {
        if (clause_is(c, i - 1, IS_AT)) {
            uint32_t before = i - 2;
            before -= clause_mark(c, before) == MARK_COMMA && before > floor;
            return is_named(quote_mention(q, before)) ? i - 1 : e;
        }
        if (clause_mark(c, i - 1) != MARK_NONE || clause_predicate(c, i - 1))
            break;
    }
    return e;
}

/* "X dalam keterangan tertulisnya, Senin, menyebut": the name before the first
 * preposition. */
static bool past_adjunct(struct quotes *q, uint32_t verb, uint32_t floor,
                         struct speaker *out)
{
    const struct clause *c = q->clause;
    for (uint32_t i = verb; i > floor + 1 && verb - i < ADJUNCT_MOST; i--) {
        uint32_t at = i - 1;
        uint8_t mark = clause_mark(c, at);
        if (mark == MARK_STOP || mark == MARK_COLON || c->word[at].stretch ||
            clause_is(c, at, IS_THAT | IS_REL | IS_HARD | IS_CONJ | IS_SO | IS_NOT) ||
            c->word[at].cue & CUE_SAY || clause_source(c, at))
            return false;
        if (!clause_is(c, at, IS_PLACE | IS_IN | IS_PREP) || clause_named(c, at))
            continue;
        uint32_t before = at - 1;
        before -= clause_mark(c, before) == MARK_COMMA && before > floor;
        const struct mention *m = quote_mention(q, before);
        if (!is_named(m) || (m->first > floor && clause_is(c, m->first - 1, IS_PREP)))
            continue;
        quote_name(out, m->entity, m->first, m->end);
        return true;
    }
    return false;
}

/* Past what may stand between the subject and its verb. */
static uint32_t skip_between(struct quotes *q, uint32_t e, uint32_t floor,
                             struct speaker *out)
{
    const struct clause *c = q->clause;
    for (uint32_t n = 0; n < 8 && e > floor; n++) {
        uint32_t at = e - 1;
        if (clause_is(c, at, IS_TIME)) {
            while (e > floor && clause_is(c, e - 1, IS_TIME))
                e--;
            if (e > floor && clause_is(c, e - 1, IS_PREP))
                e--;
        } else if (clause_mark(c, at) == MARK_BRACKET_CLOSE) {
            uint32_t open = clause_bracket_open(c, at, floor);
            if (open == at)
                return e;
            e = open;
        } else if (clause_is(c, at, IS_REL) && !out->relative) {
            out->relative = true;
            e = at;
        } else if (clause_mark(c, at) == MARK_COMMA) {
            uint32_t p = apposition_of(q, at, floor);
            if (p == at && !out->relative &&
                (at == floor || (quote_mention(q, at - 1) == NULL &&
                                 clause_mark(c, at - 1) != MARK_BRACKET_CLOSE)))
                return e;
            e = p;
        } else if (clause_is(c, at, IS_ADV) && !clause_named(c, at)) {
            e = at;
        } else if (place_phrase(q, e, floor) < e) {
            e = place_phrase(q, e, floor);
        } else {
            return e;
        }
    }
    return e;
}

/* The relative clause that the predicate at `at` is in: its "yang", or `at`. */
static uint32_t relative_of(const struct clause *c, uint32_t at, uint32_t floor)
{
    for (uint32_t r = at, n = 0; r > floor && n < PHRASE_MOST; n++, r--) {
        if (clause_is(c, r - 1, IS_REL))
            return r - 1;
        if (clause_mark(c, r - 1) != MARK_NONE)
            break;
    }
    return at;
}

static bool bounds_phrase(const struct clause *c, uint32_t at)
{
    return clause_is(c, at,
                     IS_CONJ | IS_WHILE | IS_HARD | IS_SUB | IS_SO | IS_THAT | IS_REL) &&
           !clause_is(c, at, IS_PERSON | IS_TITLE);
}

struct segment {
    uint32_t first, head_end, end; /* head_end: before a relative clause */
};

/* The words before e that can be one noun phrase. */
static struct segment walk_back(const struct quotes *q, uint32_t e, uint32_t floor,
                                bool relative)
{
    const struct clause *c = q->clause;
    struct segment part = {e, e, e}, whole = {e, e, e};
    uint32_t s = e;
    for (uint32_t n = 0; s > floor && n < PHRASE_MOST; n++) {
        uint32_t at = s - 1;
        const struct mention *m = quote_mention(q, at);
        if (m) {
            s = m->first > floor ? m->first : floor;
        } else if (clause_mark(c, at) == MARK_BRACKET_CLOSE &&
                   clause_bracket_open(c, at, floor) < at) {
            s = clause_bracket_open(c, at, floor);
        } else if (clause_mark(c, at) != MARK_NONE || bounds_phrase(c, at)) {
            break;
        } else if (clause_is(c, at, IS_DET) && s < part.end) {
            break;
        } else if (clause_is(c, at, IS_PREP) && !clause_is(c, at, IS_PERSON)) {
            const struct mention *last =
                s < part.end ? quote_mention(q, part.end - 1) : NULL;
            const struct mention *other = at > floor ? quote_mention(q, at - 1) : NULL;
            bool person = last && last->type == ENTITY_PER && last->end == e &&
                          !(other && other->type == ENTITY_PER);
            if (relative || person || at == floor ||
                clause_mark(c, at - 1) != MARK_NONE || clause_predicate(c, at - 1) ||
                bounds_phrase(c, at - 1))
                break;
            if (whole.first == whole.end)
                whole = (struct segment){s, part.head_end, part.end};
            part = (struct segment){at, at, at};
            s = at;
            continue;
        } else if (clause_predicate(c, at)) {
            uint32_t rel = relative_of(c, at, floor);
            if (rel == at)
                break;
            s = rel;
            part.head_end = rel;
            if (s > floor && clause_mark(c, s - 1) == MARK_COMMA)
                break;
            continue;
        } else if (clause_is(c, at, IS_TIME)) {
            break;
        } else {
            s = at;
        }
        part.first = s;
    }
    return part.first < part.end ? part : whole;
}

/* "X yang hendak menuju Kendal itu": what stands before the relative clause that a
 * determiner ends. */
static struct segment described_head(const struct quotes *q, uint32_t e, uint32_t floor)
{
    const struct clause *c = q->clause;
    struct segment none = {e, e, e};
    if (!clause_is(c, e - 1, IS_DET))
        return none;
    for (uint32_t i = e - 1, n = 0; i > floor && n < PHRASE_MOST; i--, n++) {
        if (clause_mark(c, i - 1) != MARK_NONE || clause_is(c, i - 1, IS_SUB | IS_THAT))
            return none;
        if (!clause_is(c, i - 1, IS_REL))
            continue;
        struct segment head = walk_back(q, i - 1, floor, false);
        return head.first < head.end ? (struct segment){head.first, i - 1, e} : none;
    }
    return none;
}

/* The phrase may begin with words that are no part of it. */
static bool read_segment(struct quotes *q, const struct segment *part,
                         struct speaker *out)
{
    const struct clause *c = q->clause;
    uint32_t first = part->first;
    while (first < part->head_end && !clause_named(c, first) &&
           clause_is(c, first, IS_ADV | IS_AUX | IS_NOT) &&
           !clause_is(c, first, IS_PERSON | IS_BODY | IS_TITLE))
        first++;
    const struct mention *m = quote_last_mention(q, first, part->end, ENTITY_PER);
    if (m && m->first >= part->head_end && m->end + 1 == part->end &&
        clause_is(c, m->end, IS_DET) && clause_is(c, m->first - 1, IS_VERB) &&
        entity_name(q->doc, m->entity).len > m->name.len) {
        quote_name(out, m->entity, first, part->end);
        return true; /* "bupati yang disapa Adhy itu", Adhy Karyono */
    }
    m = quote_last_mention(q, first, part->head_end, ENTITY_PER);
    bool owner =
        m && m->first > first && clause_is(c, part->head_end - 1, IS_DET) &&
        !clause_is(c, first, IS_PERSON | IS_TITLE); /* "perusahaan milik X ini" */
    if (m && !owner) {
        quote_name(out, m->entity, first, part->end);
        return true;
    }
    if (part->head_end < part->end && first < part->head_end &&
        clause_is(c, first, IS_PERSON | IS_BODY | IS_LEAD)) {
        if (clause_is(c, part->end - 1, IS_DET) && quote_phrase(q, first, part->end, out))
            return true;
        quote_unnamed(q, out, first, part->end);
        return true;
    }
    uint32_t end = part->head_end;
    while (end > first + 1 && clause_mark(c, end - 1) == MARK_BRACKET_CLOSE)
        end = clause_bracket_open(c, end - 1, first);
    if (end > first && clause_is(c, end - 1, IS_ONE | IS_MANY))
        return quote_phrase(q, end - 1, end, out);
    if (quote_phrase(q, first, end, out))
        return true;
    for (uint32_t i = first + 1; i < end; i++) /* "Kemarin malam pejabat itu" */
        if (clause_is(c, i, IS_PERSON | IS_BODY | IS_TITLE | IS_LEAD) ||
            (quote_mention(q, i) && quote_mention(q, i)->end >= end))
            return quote_phrase(q, i, end, out);
    return false;
}

/* "Bill Adams, kepala ekonom di Comerica Bank memproyeksikan": an apposition without its
 * second comma. */
static void take_apposed(const struct quotes *q, const struct segment *part,
                         uint32_t floor, struct speaker *out)
{
    if (out->entity != DOC_NONE || part->first < floor + 2 ||
        !clause_is(q->clause, part->first, IS_TITLE) ||
        clause_mark(q->clause, part->first - 1) != MARK_COMMA)
        return;
    const struct mention *m = quote_mention(q, part->first - 2);
    if (m && m->type == ENTITY_PER && m->end == part->first - 1 && m->first >= floor &&
        (m->first == floor || !clause_is(q->clause, m->first - 1, IS_PREP | IS_CONJ)))
        quote_name(out, m->entity, m->first, part->end);
}

bool quote_speaker_before(struct quotes *q, uint32_t verb, uint32_t floor,
                          struct speaker *out)
{
    const struct clause *c = q->clause;
    *out = (struct speaker){.entity = DOC_NONE};
    uint32_t e = verb;
    if (e > floor && clause_is(c, e - 1, IS_NOT | IS_AUX | IS_SO | IS_PREP) &&
        !clause_is(c, e - 1, IS_ADV) && !clause_named(c, e - 1)) {
        out->denied = true;
        if (!clause_is(c, e - 1, IS_NOT))
            return false;
        e--;
    }
    e = skip_between(q, e, floor, out);
    if (e <= floor)
        return false;
    if (clause_is(c, e - 1, IS_NOT) && !clause_named(c, e - 1)) {
        out->denied = true;
        e--;
    }
    if (e > floor && clause_predicate(c, e - 1) && !clause_is(c, e - 1, IS_PERSON))
        return past_adjunct(q, verb, floor, out);
    struct segment part = described_head(q, e, floor);
    if (part.first == part.end)
        part = walk_back(q, e, floor, out->relative);
    if (part.first < part.end && read_segment(q, &part, out)) {
        take_apposed(q, &part, floor, out);
        return true;
    }
    return !out->relative && past_adjunct(q, verb, floor, out);
}
