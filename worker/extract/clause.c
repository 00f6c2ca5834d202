#include "worker/extract/clause.h"

#include "worker/extract/gazetteer.h"

/* What is in brackets between a name and its verb is short. */
#define BRACKET_MOST 16

struct role_name {
    struct str name;
    uint32_t flag;
};

/* With its length, which a look at each word would otherwise count. */
#define ROLE(text, flag)                                                                 \
    {                                                                                    \
        {(text), sizeof(text) - 1}, (flag)                                               \
    }

static const struct role_name syntax_names[] = {
    ROLE("aux", IS_AUX),     ROLE("not", IS_NOT),     ROLE("prep", IS_PREP),
    ROLE("conj", IS_CONJ),   ROLE("while", IS_WHILE), ROLE("hard", IS_HARD),
    ROLE("sub", IS_SUB),     ROLE("so", IS_SO),       ROLE("that", IS_THAT),
    ROLE("rel", IS_REL),     ROLE("det", IS_DET),     ROLE("adv", IS_ADV),
    ROLE("place", IS_PLACE), ROLE("by", IS_BY),       ROLE("in", IS_IN),
    ROLE("as", IS_AS),       ROLE("at", IS_AT),       ROLE("state", IS_STATE),
    ROLE("be", IS_BE),       ROLE("means", IS_MEANS), {STR_NONE, 0}};
static const struct role_name unnamed_names[] = {ROLE("person", IS_PERSON),
                                                 ROLE("body", IS_BODY),
                                                 ROLE("text", IS_PAPER),
                                                 ROLE("lead", IS_LEAD),
                                                 {STR_NONE, 0}};
static const struct role_name pronoun_names[] = {
    ROLE("one", IS_ONE), ROLE("many", IS_MANY), {STR_NONE, 0}};
static const struct role_name cue_names[] = {
    ROLE("stem", CUE_STEM), ROLE("own", CUE_OWN),     ROLE("say", CUE_SAY),
    ROLE("np", CUE_NP),     ROLE("any", CUE_ANY),     ROLE("as", CUE_AS),
    ROLE("that", CUE_THAT), ROLE("comma", CUE_COMMA), ROLE("so", CUE_SO),
    ROLE("mark", CUE_MARK), ROLE("count", CUE_COUNT), ROLE("passive", CUE_PASSIVE),
    ROLE("noun", CUE_NOUN), ROLE("thing", CUE_THING), {STR_NONE, 0}};
static const struct role_name source_names[] = {
    ROLE("speaker", SOURCE_SPEAKER),   ROLE("own", SOURCE_OWN),
    ROLE("via", SOURCE_VIA),           ROLE("report", SOURCE_REPORT),
    ROLE("document", SOURCE_DOCUMENT), {STR_NONE, 0}};

struct lists {
    const struct wordlist *syntax, *cue, *according, *anonymous, *pronoun, *document,
        *title;
};

static uint32_t read_flags(const struct role_name *names, struct str value)
{
    uint32_t flags = 0;
    struct str word;
    while (str_split(&value, ' ', &word))
        for (const struct role_name *n = names; n->name.ptr; n++)
            if (str_eq(word, n->name))
                flags |= n->flag;
    return flags;
}

static uint32_t look_up(const struct wordlist *list, const struct role_name *names,
                        const struct token *token)
{
    struct str value = STR_NONE;
    return token_get(token, list, &value) ? read_flags(names, value) : 0;
}

static void read_verb(const struct clause *clause, const struct token *token,
                      struct clause_word *word)
{
    struct doc *doc = clause->doc;
    if (doc->lang->analyse == NULL || token->mention || token->shape == SHAPE_UPPER)
        return;
    const struct lang_word *form = doc_analyse(doc, (uint32_t)(token - doc->tokens.item));
    if (form->voice == 0 || form->noun)
        return;
    word->is |= IS_VERB;
    if (form->voice == 'a')
        word->is |= IS_ACTIVE;
}

/* Phrases: their first token gets the role. */
static void read_phrases(const struct clause *clause, const struct lists *lists,
                         uint32_t at, uint32_t end)
{
    struct clause_word *word = &clause->word[at];
    struct str value = STR_NONE;
    uint32_t count = doc_match(clause->doc, lists->according, at, end, &value);
    if (count) {
        word->source = (uint8_t)read_flags(source_names, value);
        word->source_count = (uint8_t)count;
    }
    value = STR_NONE;
    if (doc_match(clause->doc, lists->anonymous, at, end, &value))
        word->is |= read_flags(unnamed_names, value);
    if (doc_match(clause->doc, lists->title, at, end, NULL))
        word->is |= IS_TITLE;
}

static void read_word(const struct clause *clause, const struct lists *lists, uint32_t at,
                      uint32_t end)
{
    const struct token *token = &clause->doc->tokens.item[at];
    struct clause_word *word = &clause->word[at];
    struct str value = STR_NONE;
    bool listed = token_get(token, lists->syntax, &value);
    word->is |= listed ? read_flags(syntax_names, value) : 0;
    if (at + 1 < end && word->is & (IS_SUB | IS_HARD) &&
        look_up(lists->syntax, syntax_names, &token[1]) & IS_DET)
        word->is &=
            ~(uint32_t)(IS_SUB | IS_HARD | IS_PLACE); /* "saat ini", "setelah itu" */
    word->is |= look_up(lists->pronoun, pronoun_names, token);
    word->cue = (uint16_t)look_up(lists->cue, cue_names, token);
    if (token_get(token, lists->document, NULL))
        word->is |= IS_DATUM;
    const struct doc *doc = clause->doc;
    if (token->found && token->found <= doc->found.count &&
        doc->found.item[token->found - 1].fact.kind == FACT_TIME)
        word->is |= IS_TIME;
    bool noun = (word->is & (IS_PERSON | IS_TITLE | IS_BODY | IS_TIME)) != 0;
    if (!listed && !noun)
        read_verb(clause, token, word);
}

static void read_all(struct clause *clause, struct doc *doc)
{
    const struct lexicon *lexicon = doc->lang->lexicon;
    struct lists lists = {.syntax = lexicon_list(lexicon, "syntax"),
                          .cue = lexicon_list(lexicon, "cue"),
                          .according = lexicon_list(lexicon, "according"),
                          .anonymous = lexicon_list(lexicon, "anonymous"),
                          .pronoun = lexicon_list(lexicon, "pronoun"),
                          .document = lexicon_list(lexicon, "document"),
                          .title = lexicon_list(lexicon, "title")};
    clause->doc = doc;
    clause->word =
        arena_zero(doc->arena, doc->tokens.count + (size_t)1, sizeof *clause->word);
    for (uint32_t s = 0; s < doc->sentences.count; s++) {
        const struct sentence *sentence = &doc->sentences.item[s];
        if (sentence->drop != DROP_NOT)
            continue;
        for (uint32_t i = sentence->first; i < sentence->end; i++)
            if (doc->tokens.item[i].kind == TOKEN_WORD) {
                read_phrases(clause, &lists, i, sentence->end);
                read_word(clause, &lists, i, sentence->end);
            }
        doc_check(doc);
    }
}

struct clause *clause_of(struct doc *doc)
{
    if (doc->clause == NULL) {
        doc->clause = arena_zero(doc->arena, 1, sizeof *doc->clause);
        read_all(doc->clause, doc);
    }
    return doc->clause;
}

bool clause_has_predicate(const struct clause *clause, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        if (clause_predicate(clause, i))
            return true;
    return false;
}

uint32_t clause_bracket_open(const struct clause *clause, uint32_t at, uint32_t first)
{
    uint32_t depth = 0;
    for (uint32_t i = at, n = 0; n < BRACKET_MOST; i--, n++) {
        depth += clause_mark(clause, i) == MARK_BRACKET_CLOSE;
        if (clause_mark(clause, i) == MARK_BRACKET_OPEN && --depth == 0)
            return i;
        if (i == first)
            break;
    }
    return at;
}

uint32_t clause_bracket_close(const struct clause *clause, uint32_t at, uint32_t end)
{
    uint32_t depth = 0;
    for (uint32_t i = at, n = 0; i < end && n < BRACKET_MOST; i++, n++) {
        depth += clause_mark(clause, i) == MARK_BRACKET_OPEN;
        if (clause_mark(clause, i) == MARK_BRACKET_CLOSE && --depth == 0)
            return i;
    }
    return at;
}
