#include "worker/extract/phrase.h"

#include "worker/extract/gazetteer.h"

/* Tokens of a stretch in brackets or quotation marks that a clause goes on behind. */
#define INSERT_MOST 16
#define SCARE_MOST  5
/* A dash this near to a sentence's begin ends a dateline. */
#define DATELINE_MOST 6
/* Longer runs of nouns are no phrase; cutting them keeps all that reads one bounded. */
#define NOUN_MOST 40

struct class_name {
    const char *name;
    uint8_t kind, role;
};

static const struct class_name event_classes[] = {
    {"to", PHRASE_PREP, ROLE_TO},
    {"on", PHRASE_PREP, ROLE_ON},
    {"with", PHRASE_PREP, ROLE_WITH},
    {"by", PHRASE_PREP, ROLE_BY},
    {"from", PHRASE_PREP, ROLE_FROM},
    {"against", PHRASE_PREP, ROLE_AGAINST},
    {"at", PHRASE_PREP, ROLE_AT},
    {"between", PHRASE_PREP, ROLE_BETWEEN},
    {"until", PHRASE_PREP, ROLE_UNTIL},
    {"during", PHRASE_PREP, ROLE_DURING},
    {"about", PHRASE_PREP, ROLE_ABOUT},
    {"then", PHRASE_PASS, ROLE_THEN},
    {"other", PHRASE_PREP, ROLE_OTHER},
    {"purpose", PHRASE_PURPOSE, 0},
    {"and", PHRASE_AND, 0},
    {"sub", PHRASE_SUB, 0},
    {"that", PHRASE_THAT, 0},
    {"rel", PHRASE_REL, 0},
    {"pass", PHRASE_PASS, 0},
    {"stop", PHRASE_STOP, 0},
    {"together", PHRASE_PREP, ROLE_TOGETHER},
    {"verb", PHRASE_VERB, 0},
    {NULL, 0, 0},
};
/* The first word of a value of list syntax decides. */
static const struct class_name syntax_classes[] = {
    {"aux", PHRASE_PASS, 0},
    {"not", PHRASE_PASS, 0},
    {"adv", PHRASE_PASS, 0},
    {"prep", PHRASE_PREP, 0},
    {"sub", PHRASE_SUB, 0},
    {"hard", PHRASE_SUB, 0},
    {"conj", PHRASE_AND, 0},
    {"that", PHRASE_THAT, 0},
    {"rel", PHRASE_REL, 0},
    {"so", PHRASE_PURPOSE, 0},
    {"while", PHRASE_SUB, 0},
    {"place", PHRASE_PREP, 0},
    {NULL, 0, 0},
};

void phrase_open(struct phrases *phrases, struct doc *doc)
{
    const struct lexicon *lexicon = doc->lang->lexicon;
    *phrases = (struct phrases){.doc = doc};
    plover_open(&phrases->lists.plover, doc);
    phrases->lists.eventword = lexicon_list(lexicon, "eventword");
    phrases->lists.again = lexicon_list(lexicon, "eventagain");
    phrases->lists.syntax = lexicon_list(lexicon, "syntax");
    phrases->lists.pronoun = lexicon_list(lexicon, "pronoun");
}

uint32_t phrase_before(const struct phrases *p, uint32_t at)
{
    while (at > 0 && p->item[at - 1].kind == PHRASE_PASS)
        at--;
    return at > 0 ? at - 1 : DOC_NONE;
}

uint32_t phrase_behind(const struct phrases *p, uint32_t at)
{
    do
        at++;
    while (at < p->count && p->item[at].kind == PHRASE_PASS);
    return at;
}

static struct phrase *last(struct phrases *p)
{
    return p->count ? &p->item[p->count - 1] : NULL;
}

static struct phrase *add(struct phrases *p, uint8_t kind, uint32_t first, uint32_t end)
{
    struct phrase *phrase = ARENA_PUSH(p->doc->arena, p);
    *phrase =
        (struct phrase){.kind = kind, .first = first, .end = end, .subject = DOC_NONE};
    return phrase;
}

/* The token joins the noun phrase before it, or begins one. */
static struct phrase *add_noun(struct phrases *p, uint32_t first, uint32_t end,
                               bool fresh)
{
    struct phrase *before = last(p);
    if (before && before->kind == PHRASE_NOUN && before->end == first && !fresh &&
        end - before->first <= NOUN_MOST && !before->self) {
        before->end = end;
        return before;
    }
    return add(p, PHRASE_NOUN, first, end);
}

static const struct class_name *class_of(const struct class_name *names, struct str word)
{
    for (; names->name; names++)
        if (str_is(word, names->name))
            return names;
    return NULL;
}

/* Where a stretch between two marks ends: the token behind it; 0 where none does near. */
static uint32_t insert_end(const struct phrases *p, uint32_t at, uint32_t limit,
                           uint8_t close, uint32_t most)
{
    for (uint32_t i = at + 1; i < limit && i <= at + most + 1; i++)
        if (p->doc->tokens.item[i].mark == close)
            return i + 1;
    return 0;
}

/* "AS-Israel": two names with nothing but a stroke between. */
static bool joins_names(const struct phrases *p, uint32_t at, uint32_t first,
                        uint32_t limit)
{
    const struct token *token = &p->doc->tokens.item[at];
    return at > first && at + 1 < limit && token[-1].mention && token[1].mention &&
           token[-1].mention != token[1].mention &&
           token[-1].span.end == token->span.begin &&
           token->span.end == token[1].span.begin;
}

/* Punctuation: the token behind what has been read. */
static uint32_t read_mark(struct phrases *p, uint32_t at, uint32_t first, uint32_t limit)
{
    uint32_t end;
    switch (p->doc->tokens.item[at].mark) {
    case MARK_BRACKET_OPEN:
        end = insert_end(p, at, limit, MARK_BRACKET_CLOSE, INSERT_MOST);
        if (end && end < limit && p->doc->tokens.item[end].mention && last(p) &&
            last(p)->kind == PHRASE_NOUN && last(p)->end == at) {
            add_noun(p, at, end, false); /* "Perdana Menteri (PM) X" */
            return end;
        }
        if (end) {
            add(p, PHRASE_PASS, at, end);
            return end;
        }
        add(p, PHRASE_STOP, at, at + 1);
        return at + 1;
    case MARK_QUOTE_OPEN: /* words set off inside a clause are read like others */
        if (!insert_end(p, at, limit, MARK_QUOTE_CLOSE, SCARE_MOST))
            add(p, PHRASE_STOP, at, at + 1);
        return at + 1;
    case MARK_QUOTE_CLOSE:
        for (uint32_t n = 1; n <= SCARE_MOST + 1 && at >= first + n; n++)
            if (p->doc->tokens.item[at - n].mark == MARK_QUOTE_OPEN)
                return at + 1;
        add(p, PHRASE_STOP, at, at + 1);
        return at + 1;
    case MARK_COMMA:
        add(p, PHRASE_COMMA, at, at + 1);
        return at + 1;
    case MARK_DASH:
        if (joins_names(p, at, first, limit))
            add(p, PHRASE_AND, at, at + 1);
        else
            add(p, at - first < DATELINE_MOST ? PHRASE_STOP : PHRASE_COMMA, at, at + 1);
        return at + 1;
    default:
        add(p, PHRASE_STOP, at, at + 1);
        return at + 1;
    }
}

/* A verb without affixes is one where a subject stands before it that is a name or
 * pronoun, or what shows a predicate; nouns and adjectives look the same elsewhere. */
static bool bare_fits(const struct phrases *p, uint32_t at, uint32_t limit)
{
    const struct token *token = p->doc->tokens.item;
    if (p->count == 0 || at + 1 >= limit)
        return false;
    const struct phrase *before = &p->item[p->count - 1];
    if (token[at].shape == SHAPE_UPPER && token[at].mention)
        return false;
    switch (before->kind) {
    case PHRASE_NOUN:
        return before->self || token[before->end - 1].mention ||
               token_get(&token[before->end - 1], p->lists.pronoun, NULL);
    case PHRASE_PASS:
        if (token[before->first].mark == MARK_BRACKET_OPEN && p->count > 1 &&
            before[-1].kind == PHRASE_NOUN) /* "X (Y) sepakat" */
            return token[before[-1].end - 1].mention;
        return before->end == at && token[before->first].kind == TOKEN_WORD;
    case PHRASE_PURPOSE:
    case PHRASE_SUB:
    case PHRASE_REL:
        return before->end == at && token[before->first].kind == TOKEN_WORD;
    case PHRASE_COMMA:
    case PHRASE_AND: /* "X kirim pasukan, perkuat aliansi" */
        return p->headline && p->triggers.count > 0;
    default:
        return false;
    }
}

/* "pelaku sudah KAMI tangkap", "uang yang MEREKA sita" */
static bool behind_pronoun(const struct phrases *p, uint32_t at)
{
    if (p->count < 2 || !phrase_is(p, p->count - 1, PHRASE_NOUN))
        return false;
    const struct phrase *noun = &p->item[p->count - 1];
    uint8_t kind = noun[-1].kind;
    return noun->end == at && noun->end == noun->first + 1 &&
           (kind == PHRASE_PASS || kind == PHRASE_REL) &&
           p->doc->tokens.item[noun[-1].first].kind == TOKEN_WORD &&
           (noun->self ||
            token_get(&p->doc->tokens.item[noun->first], p->lists.pronoun, NULL));
}

static void add_trigger(struct phrases *p, const struct plover_word *word)
{
    last(p)->reports = last(p)->kind == PHRASE_NOUN;
    *ARENA_PUSH(p->doc->arena, &p->triggers) =
        (struct trigger){.phrase = p->count - 1, .word = *word};
}

/* A capital inside a sentence that has small letters: part of a title or unknown name,
 * "Kepala Bidang Penindakan dan Penyidikan". */
static bool in_title(const struct phrases *p, uint32_t at)
{
    const struct token *token = p->doc->tokens.item;
    const struct sentence *s = &p->doc->sentences.item[token[at].sentence];
    struct str value;
    if (p->headline || token[at].shape != SHAPE_CAPITAL || at == s->first)
        return false;
    uint32_t before = at - 1;
    if (before > s->first && token_get(&token[before], p->lists.eventword, &value) &&
        str_is(value, "and"))
        before--;
    return token[before].shape == SHAPE_CAPITAL && token[before].kind == TOKEN_WORD;
}

/* A verb, or a noun that reports: the token behind it; `at` where it is neither. */
static uint32_t read_event_word(struct phrases *p, uint32_t at, uint32_t limit)
{
    struct plover_word word;
    struct str value = STR_NONE;
    const struct token *token = &p->doc->tokens.item[at];
    if (!plover_read(&p->lists.plover, p->doc, at, limit, &word))
        return at;
    if (word.form == 0) { /* a phrase that reports nothing */
        add_noun(p, at, word.behind, false);
        return word.behind;
    }
    if (word.fronted && behind_pronoun(p, at))
        word.form = FORM_ROOT;
    else if (word.fronted && word.form == FORM_ROOT)
        return at;
    if (word.form == FORM_NOMINAL && in_title(p, at)) {
        add_noun(p, word.first, word.behind, false);
        return word.behind;
    }
    if (word.form == FORM_NOMINAL) {
        add_noun(p, word.first, word.end, false);
        add_trigger(p, &word);
        if (word.behind > word.end)
            add_noun(p, word.end, word.behind, false);
        return word.behind;
    }
    if (word.bare && !bare_fits(p, at, limit))
        return at;
    if (word.readings.ptr == NULL && (token_get(token, p->lists.eventword, NULL) ||
                                      token_get(token, p->lists.syntax, &value)))
        return at;
    struct phrase *phrase = add(p, PHRASE_VERB, word.first, word.end);
    phrase->form = word.form;
    phrase->lemma = word.lemma;
    if (word.readings.ptr)
        add_trigger(p, &word);
    if (word.behind > word.end &&
        token_get(&p->doc->tokens.item[word.end], p->lists.eventword, NULL))
        return word.end; /* "dilaporkan ke polisi" */
    if (word.behind > word.end)
        add_noun(p, word.end, word.behind, false);
    return word.behind;
}

/* A verb without affixes stands here, as far as its form says. */
static bool begins_bare(const struct phrases *p, uint32_t at, uint32_t limit)
{
    struct plover_word word;
    return at < limit && plover_read(&p->lists.plover, p->doc, at, limit, &word) &&
           word.bare && !word.fronted;
}

/* "kunjungan RESMI Presiden X": of the noun that reports, not of a verb. */
static bool qualifies(const struct phrases *p, uint32_t at)
{
    const struct phrase *before = p->count ? &p->item[p->count - 1] : NULL;
    return p->triggers.count && before && before->kind == PHRASE_NOUN &&
           before->end == at && p->triggers.item[p->triggers.count - 1].word.end == at &&
           wordlist_get(p->lists.again, p->doc->tokens.item[at].lower, NULL);
}

/* "Menteri Perhubungan DAN Komunikasi Budi Santoso" */
static bool inside_title(const struct phrases *p, uint32_t at, uint32_t limit)
{
    const struct token *token = &p->doc->tokens.item[at];
    const struct phrase *before = p->count ? &p->item[p->count - 1] : NULL;
    return !p->headline && before && before->kind == PHRASE_NOUN && before->end == at &&
           at + 1 < limit && token[-1].shape == SHAPE_CAPITAL &&
           token[1].shape == SHAPE_CAPITAL && token[-1].mention == 0 &&
           token[1].mention == 0;
}

static uint32_t read_small_word(struct phrases *p, uint32_t at, uint32_t limit)
{
    const struct class_name *class;
    struct str value, word;
    uint32_t count = doc_match(p->doc, p->lists.eventword, at, limit, &value);
    if (count) {
        if (str_is(value, "self")) {
            bool owner = last(p) && last(p)->kind == PHRASE_NOUN && last(p)->end == at &&
                         !begins_bare(p, at + count, limit);
            if (owner) /* "klien kami" */
                add_noun(p, at, at + count, false);
            else
                add_noun(p, at, at + count, true)->self = true;
            return at + count;
        }
        class = class_of(event_classes, value);
    } else {
        if (!token_get(&p->doc->tokens.item[at], p->lists.syntax, &value) ||
            !str_split(&value, ' ', &word))
            return at;
        class = class_of(syntax_classes, word);
        count = 1;
    }
    if (class == NULL)
        return at;
    if ((class->kind == PHRASE_PASS && qualifies(p, at)) ||
        (class->kind == PHRASE_AND && inside_title(p, at, limit))) {
        add_noun(p, at, at + count, false);
        return at + count;
    }
    add(p, class->kind, at, at + count)->role = class->role;
    return at + count;
}

static bool is_det(const struct phrases *p, uint32_t at)
{
    struct str value;
    return token_get(&p->doc->tokens.item[at], p->lists.syntax, &value) &&
           str_is(value, "det");
}

static uint32_t read_one(struct phrases *p, uint32_t at, uint32_t first, uint32_t limit)
{
    const struct token *token = &p->doc->tokens.item[at];
    if (token->mention) {
        const struct mention *mention = &p->doc->mentions.item[token->mention - 1];
        uint32_t end = mention->end > at && mention->end <= limit ? mention->end : at + 1;
        add_noun(p, at, end, false);
        return end;
    }
    if (token->found && token->found <= p->doc->found.count) {
        const struct found *found = &p->doc->found.item[token->found - 1];
        uint32_t end = found->end > at && found->end <= limit ? found->end : at + 1;
        if (found->fact.kind == FACT_TIME) {
            add(p, PHRASE_PASS, at, end);
            return end;
        }
        /* "dua serangan" reports like "serangan" */
        bool counted = at > found->first && token->kind == TOKEN_WORD;
        uint32_t behind = counted ? read_event_word(p, at, limit) : at;
        if (behind == at)
            add_noun(p, at, at + 1, false);
        return behind > at ? behind : at + 1;
    }
    if (token->kind == TOKEN_PUNCT || token->kind == TOKEN_SYMBOL)
        return read_mark(p, at, first, limit);
    if (token->kind == TOKEN_WORD) {
        uint32_t behind = read_event_word(p, at, limit);
        if (behind == at)
            behind = read_small_word(p, at, limit);
        if (behind > at)
            return behind;
    }
    struct phrase *before = last(p);
    bool fresh = before && before->kind == PHRASE_NOUN && before->end > before->first &&
                 is_det(p, before->end - 1);
    add_noun(p, at, at + 1, fresh);
    return at + 1;
}

/* Which nouns a preposition governs: the one behind it, and those joined to that one as
 * long as no verb takes them for its subject. */
static void govern(struct phrases *p)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->item[i].kind != PHRASE_NOUN)
            continue;
        uint32_t before = phrase_before(p, i);
        if (before == DOC_NONE)
            continue;
        bool acts = phrase_is(p, phrase_behind(p, i), PHRASE_VERB);
        if (p->item[before].kind == PHRASE_PREP ||
            (p->item[before].kind == PHRASE_PURPOSE && !acts)) {
            p->item[i].governed = true;
            p->item[i].role = p->item[before].role;
        }
        uint32_t other =
            p->item[before].kind == PHRASE_AND ? phrase_before(p, before) : DOC_NONE;
        if (other == DOC_NONE || p->item[other].kind != PHRASE_NOUN ||
            !p->item[other].governed)
            continue;
        bool between = p->item[other].role == ROLE_BETWEEN;
        if (between || !acts) {
            p->item[i].governed = true;
            p->item[i].role = between ? ROLE_OTHER : p->item[other].role;
        }
    }
}

void phrase_read(struct phrases *phrases, uint32_t sentence)
{
    const struct sentence *s = &phrases->doc->sentences.item[sentence];
    phrases->count = 0;
    phrases->triggers.count = 0;
    uint32_t large = 0, words = 0;
    for (uint32_t i = s->first; i < s->end; i++) {
        words += phrases->doc->tokens.item[i].kind == TOKEN_WORD;
        large += phrases->doc->tokens.item[i].shape > SHAPE_LOWER;
    }
    phrases->headline = large * 3 >= words * 2;
    for (uint32_t at = s->first; at < s->end;)
        at = read_one(phrases, at, s->first, s->end);
    govern(phrases);
}
