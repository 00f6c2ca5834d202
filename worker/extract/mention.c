#include "worker/extract/mention.h"

#include "worker/extract/names.h"

uint32_t mention_at(const struct doc *doc, uint32_t token)
{
    uint32_t mention = token < doc->tokens.count ? doc->tokens.item[token].mention : 0;
    return mention ? mention - 1 : DOC_NONE;
}

uint32_t mention_entity_at(const struct doc *doc, uint32_t token)
{
    uint32_t mention = mention_at(doc, token);
    return mention == DOC_NONE ? DOC_NONE : doc->mentions.item[mention].entity;
}

struct str entity_name(const struct doc *doc, uint32_t entity)
{
    return entity < doc->entities.count ? doc->entities.item[entity].name : STR_NONE;
}

static bool in_time(const struct doc *doc, const struct token *token)
{
    return token->found && token->found <= doc->found.count &&
           doc->found.item[token->found - 1].fact.kind == FACT_TIME;
}

/* A capital at `at` says little: what stands before it would capitalise any word. */
static bool begins_anew(const struct doc *doc, uint32_t first, uint32_t at)
{
    const struct token *before = &doc->tokens.item[at - 1];
    return at == first || before->mark == MARK_QUOTE_OPEN || before->mark == MARK_COLON ||
           before->mark == MARK_STOP || before->kind == TOKEN_SYMBOL ||
           before->mark == MARK_OTHER;
}

static void flag_sentence(struct names *names, const struct sentence *sentence)
{
    const struct doc *doc = names->doc;
    bool began = false; /* a word has been seen */
    for (uint32_t i = sentence->first; i < sentence->end; i++) {
        const struct token *token = &doc->tokens.item[i];
        if (in_time(doc, token))
            names->flag[i] |= NAME_TIME;
        if (!began || begins_anew(doc, sentence->first, i))
            names->flag[i] |= NAME_INITIAL;
        began |= token->kind == TOKEN_WORD || token->kind == TOKEN_NUMBER;
    }
}

static void count_use(struct names *names, uint32_t at)
{
    const struct token *token = &names->doc->tokens.item[at];
    if (token->kind != TOKEN_WORD || (names->flag[at] & NAME_INITIAL))
        return;
    uint32_t *slot = name_table_at(&names->words, token->lower, true);
    if (*slot == 0)
        *slot = at + 1;
    struct word_use *use = &names->use[*slot - 1];
    if (token->shape == SHAPE_LOWER)
        use->small++;
    else
        use->large++;
}

void extract_mentions(struct doc *doc)
{
    struct names names = {.doc = doc};
    size_t count = doc->tokens.count + (size_t)1;
    gazetteer_open(&names.gazetteer, doc->lang);
    names.flag = arena_zero(doc->arena, count, sizeof *names.flag);
    names.use = arena_zero(doc->arena, count, sizeof *names.use);
    name_table_init(&names.words, doc->arena, (uint32_t)count);
    for (uint32_t s = 0; s < doc->sentences.count; s++) {
        const struct sentence *sentence = &doc->sentences.item[s];
        if (sentence->drop != DROP_NOT)
            continue;
        flag_sentence(&names, sentence);
        for (uint32_t i = sentence->first; i < sentence->end; i++)
            count_use(&names, i);
    }
    for (uint32_t s = 0; s < doc->sentences.count; s++)
        if (doc->sentences.item[s].drop == DROP_NOT)
            names_scan(&names, s);
    doc_check(doc);
    names_judge(&names);
    names_add_tagged(&names);
    names_recall(&names);
    names_join(&names);
}
