#include "worker/extract/party_noun.h"

#include "worker/extract/gazetteer.h"
#include "worker/extract/party_back.h"

/* "5 juta dolar AS": the name belongs to the money. */
static bool is_money(const struct doc *doc, uint32_t at)
{
    uint32_t found = doc->tokens.item[at].found;
    if (found == 0 || found > doc->found.count)
        return false;
    const struct fact *fact = &doc->found.item[found - 1].fact;
    return fact->kind == FACT_QUANTITY && fact->unit.len == 3 &&
           fact->unit.ptr[0] >= 'A' && fact->unit.ptr[0] <= 'Z';
}

const struct mention *party_noun_mention(const struct parties *p, uint32_t at)
{
    uint32_t mention = mention_at(p->doc, at);
    if (mention == DOC_NONE || p->doc->mentions.item[mention].entity == DOC_NONE)
        return NULL;
    if (is_money(p->doc, at))
        return NULL;
    return &p->doc->mentions.item[mention];
}

const struct mention *party_noun_first(const struct parties *p, uint32_t first,
                                       uint32_t end, int type)
{
    for (uint32_t i = first; i < end; i++) {
        const struct mention *m = party_noun_mention(p, i);
        if (m && (type == ENTITY_NONE || m->type == type))
            return m;
    }
    return NULL;
}

/* "kapal-kapal", "pasukannya": the word inside. */
static struct str inner_word(struct str word)
{
    const char *dash = memchr(word.ptr, '-', word.len);
    size_t half = dash ? (size_t)(dash - word.ptr) : 0;
    if (half && word.len >= 2 * half + 1 && memcmp(word.ptr, dash + 1, half) == 0)
        return str_make(word.ptr, half);
    if (str_ends(word, STR("nya")))
        return str_make(word.ptr, word.len - 3);
    return STR_NONE;
}

enum head_kind party_head(const struct parties *p, uint32_t first, uint32_t end,
                          uint32_t *behind_out)
{
    static const struct {
        const char *name;
        enum head_kind kind;
    } names[] = {
        {"force", HEAD_FORCE},     {"body", HEAD_BODY},       {"people", HEAD_PEOPLE},
        {"act", HEAD_ACT},         {"place", HEAD_PLACE},     {"intent", HEAD_INTENT},
        {"leader", HEAD_LEADER},   {"country", HEAD_COUNTRY}, {"company", HEAD_COMPANY},
        {"suspect", HEAD_SUSPECT}, {"victim", HEAD_VICTIM},   {"both", HEAD_BOTH},
        {"states", HEAD_STATES},   {"pair", HEAD_PAIR},       {"own", HEAD_OWN}};
    struct str value;
    uint32_t count = doc_match(p->doc, p->head, first, end, &value);
    if (count == 0 && first < end) {
        struct str word = inner_word(p->doc->tokens.item[first].lower);
        count = word.len && wordlist_get(p->head, word, &value);
    }
    *behind_out = first + count;
    if (count == 0)
        return HEAD_NONE;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_is(value, names[i].name))
            return names[i].kind;
    return HEAD_NONE;
}

static bool says(const struct wordlist *list, struct str key, const char *word)
{
    struct str value;
    return wordlist_get(list, key, &value) && gazetteer_says(value, word);
}

/* Past numbers and words like "the", "all", "several" before a noun. */
uint32_t party_noun_leads(const struct parties *p, uint32_t first, uint32_t end)
{
    const struct token *token = p->doc->tokens.item;
    uint32_t bound = doc_match(p->doc, p->bound, first, end, NULL);
    if (first + bound < end) /* "lebih dari" */
        first += bound;
    while (first + 1 < end && token[first].mention == 0 &&
           (token[first].kind == TOKEN_NUMBER ||
            token_get(&token[first], p->phrases->lists.eventword, NULL) ||
            says(p->anonymous, token[first].lower, "lead") ||
            token_get(&token[first], p->number, NULL)))
        first++;
    return first;
}

bool party_noun_det(const struct parties *p, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        if (says(p->syntax, p->doc->tokens.item[i].lower, "det"))
            return true;
    return false;
}

bool party_noun_fits(const struct mention *m, enum party_side side)
{
    return side == PARTY_TARGET || m->type != ENTITY_LOC;
}

bool party_noun_person(const struct parties *p, uint32_t at)
{
    struct str word = p->doc->tokens.item[at].lower, inner = inner_word(word);
    return says(p->anonymous, word, "person") ||
           (inner.len && says(p->anonymous, inner, "person")); /* "istrinya" */
}

/* "negara itu", "Menteri Luar Negeri Angola": told by what he is, not by a name. */
static void read_described(struct parties *p, enum head_kind kind, bool title,
                           uint32_t from, uint32_t end, enum party_side side,
                           struct party *out)
{
    party_back_description(p, kind, from, end, out);
    const struct mention *m = party_noun_first(p, from, end, ENTITY_GPE);
    if (out->count == 0 && title && m && p->doc->entities.item[m->entity].country.ptr) {
        party_add(out, m->entity); /* a state's */
        out->guessed = true;
    }
    m = party_noun_first(p, from, end, ENTITY_ORG);
    if (out->count == 0 && title && side == PARTY_ACTOR && m) {
        party_add(out, m->entity); /* "pimpinan DPR": acts for it */
        out->guessed = true;
    }
}

/* What one noun phrase's tokens stand for. */
void party_noun_read(struct parties *p, uint32_t first, uint32_t end,
                     enum party_side side, struct party *out)
{
    const struct token *token = p->doc->tokens.item;
    uint32_t from = party_noun_leads(p, first, end), behind;
    const struct mention *m = party_noun_mention(p, from);
    if (m && m->first >= from) {
        if (party_noun_fits(m, side))
            party_add(out, m->entity);
        out->people |= m->type == ENTITY_PER;
        return;
    }
    enum head_kind whole = party_head(p, first, end, &behind);
    bool both = whole == HEAD_BOTH || whole == HEAD_STATES || whole == HEAD_PAIR;
    if (((both && side == PARTY_ACTOR) || whole == HEAD_OWN) && behind == end) {
        party_back_pair(p, whole, first, out);
        return;
    }
    if (token_get(&token[from], p->pronoun, NULL)) {
        party_back_pronoun(p, from, side, out);
        return;
    }
    enum head_kind kind = party_head(p, from, end, &behind);
    bool title = (kind == HEAD_NONE || kind == HEAD_LEADER) &&
                 doc_match(p->doc, p->title, from, end, NULL) > 0;
    out->troops |= kind == HEAD_FORCE;
    out->people |= kind == HEAD_BODY || kind == HEAD_FORCE || kind == HEAD_PEOPLE ||
                   kind == HEAD_LEADER || title || party_noun_person(p, from);
    if (title || kind == HEAD_LEADER || party_noun_person(p, from)) {
        m = party_noun_first(p, from, end, ENTITY_PER);
        if (m) {
            party_add(out, m->entity);
            return;
        }
    }
    bool one = from == first; /* not "kedua pemimpin itu" */
    if (one &&
        (kind == HEAD_COUNTRY || kind == HEAD_COMPANY || kind == HEAD_LEADER || title)) {
        read_described(p, kind, title, from, end, side, out);
        if (out->count || kind == HEAD_LEADER || title)
            return;
    }
    if (kind == HEAD_SUSPECT || kind == HEAD_VICTIM) {
        party_back_crime(p, kind, from, end, one, out);
        if (out->count)
            return;
    }
    m = party_noun_first(p, from, end, ENTITY_NONE);
    const struct mention *person = party_noun_first(p, from, end, ENTITY_PER);
    bool owns = kind == HEAD_FORCE || kind == HEAD_BODY || kind == HEAD_PEOPLE ||
                kind == HEAD_ACT ||
                ((kind == HEAD_PLACE || kind == HEAD_INTENT) && side == PARTY_TARGET);
    if (owns && m == NULL && str_ends(token[from].lower, STR("nya")))
        party_back_own(p, true, out);
    if (kind == HEAD_ACT && side == PARTY_TARGET && m == NULL && out->count == 0 &&
        p->speaker == DOC_NONE && str_ends(token[from].lower, STR("nya"))) {
        party_see(p, from);
        party_add(out, p->person); /* "kedatangannya" */
        out->guessed = true;
    }
    if (!owns && person)
        m = person; /* "permintaan Perdana Menteri X, Y": Y's */
    if (m == NULL || !party_noun_fits(m, side) || (!owns && side == PARTY_ACTOR))
        return;
    party_add(out, m->entity);
    if (!owns) {
        out->inner = true;
        if (m->first > from)
            out->object = str_slice(p->doc->text, token[from].span.begin,
                                    token[m->first - 1].span.end);
    }
}
