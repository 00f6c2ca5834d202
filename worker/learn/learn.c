#include "worker/learn/learn.h"

#include "worker/learn/label.h"
#include "worker/learn/tag.h"

#include <assert.h>

#define MEMO_COUNT 512u /* a power of two; word forms of one article */

static int open_weights(const struct model *model, const char *name, uint32_t labels,
                        struct perceptron *out, struct err *err)
{
    struct str section = model_section(model, name);
    if (section.ptr == NULL)
        return err_set(err, ERR_NOTFOUND, "model: no section %s", name);
    int result = perceptron_open(out, section, err);
    if (result)
        return result;
    if (out->labels != labels)
        return err_set(err, ERR_FORMAT, "model: %s has %u labels, not %u", name,
                       out->labels, labels);
    return 0;
}

int learn_open(struct learn *learn, struct str block, struct err *err)
{
    *learn = (struct learn){0};
    struct model *model = &learn->model;
    int result = model_open(model, block, err);
    if (result == 0)
        result = clusters_open(&learn->clusters, model_section(model, LEARN_CLUSTER), err);
    if (result == 0)
        result = open_weights(model, LEARN_TAG, UPOS_COUNT - 1, &learn->tagger, err);
    if (result == 0)
        result = open_weights(model, LEARN_MOVE, PARSE_MOVES, &learn->parser.move, err);
    if (result == 0)
        result =
            open_weights(model, LEARN_LABEL, DEPREL_COUNT - 1, &learn->parser.label, err);
    if (result)
        return result;
    struct str names = model_section(model, NAME_SECTION);
    learn->has_names = names.ptr != NULL;
    if (names.ptr && (result = name_open(&learn->names, names, &learn->clusters, err)) != 0)
        return result;
    struct str whole = model_section(model, LEARN_WHOLE);
    learn->whole = (struct learn_whole){whole.ptr, (uint32_t)(whole.len / 4)};
    return 0;
}

static bool is_whole(const struct learn_whole *whole, uint32_t lower)
{
    uint32_t begin = 0, end = whole->count;
    while (begin < end) {
        uint32_t middle = begin + (end - begin) / 2;
        uint32_t here = model_u32(whole->item + (size_t)middle * 4);
        if (here == lower)
            return true;
        if (here < lower)
            begin = middle + 1;
        else
            end = middle;
    }
    return false;
}

/* Word forms that were analysed already; a form has one place. */
struct memo {
    struct str lower;
    struct lang_word word;
};

struct reader {
    const struct learn *learn;
    struct doc *doc;
    struct memo *memo;
    struct feature_word *word; /* with margins */
    uint16_t *token;           /* of each word: its token, counted from first */
    uint16_t *first_word;      /* of each token, and one more */
    struct parse_node *node;
    uint16_t *stack;
    uint32_t count; /* words */
};

static const struct lang_word *analyse(struct reader *r, const struct token *token,
                                       uint32_t hash)
{
    struct memo *memo = &r->memo[hash & (MEMO_COUNT - 1)];
    if (memo->lower.ptr == NULL || !str_eq(memo->lower, token->lower)) {
        const struct lang *lang = r->doc->lang;
        memo->lower = token->lower;
        memo->word = (struct lang_word){.lemma = token->lower};
        lang->analyse(lang, token->lower, r->doc->arena, &memo->word);
    }
    return &memo->word;
}

static void add_word(struct reader *r, uint32_t token, struct str form, struct str lower)
{
    struct feature_word *word = &r->word[r->count];
    feature_word(word, form, lower);
    clusters_set(&r->learn->clusters, word);
    word->first = r->count == 0;
    r->token[r->count++] = (uint16_t)token;
}

/* The token's word or words. */
static void add_token(struct reader *r, struct token *token, uint32_t at)
{
    r->first_word[at] = (uint16_t)r->count;
    add_word(r, at, token->text, token->lower);
    token->lemma = token->lower;
    if (token->kind != TOKEN_WORD)
        return;
    uint32_t hash = r->word[r->count - 1].lower;
    const struct lang_word *word = analyse(r, token, hash);
    struct str clitic = word->clitic, stem = token->lower, form = token->text;
    token->lemma = word->lemma;
    if (clitic.len == 0 || clitic.len >= stem.len || form.len != stem.len ||
        !str_ends(stem, clitic) || is_whole(&r->learn->whole, hash))
        return;
    r->count--;
    size_t cut = stem.len - clitic.len;
    add_word(r, at, str_slice(form, 0, cut), str_slice(stem, 0, cut));
    add_word(r, at, str_from(form, cut), str_from(stem, cut));
}

/* Of the token's words the one whose head is in another token. */
static uint32_t outer_word(const struct reader *r, uint32_t at)
{
    for (uint32_t i = r->first_word[at]; i < r->first_word[at + 1]; i++) {
        uint32_t head = r->node[i].head;
        if (head >= r->count || r->token[head] != at)
            return i;
    }
    return r->first_word[at];
}

static void read_tokens(struct reader *r, uint32_t first, uint32_t count)
{
    struct token *token = r->doc->tokens.item + first;
    r->count = 0;
    for (uint32_t i = 0; i < count; i++)
        add_token(r, &token[i], i);
    r->first_word[count] = (uint16_t)r->count;
    for (uint32_t i = 0; i < TAG_MARGIN; i++) {
        feature_word_outside(r->word - 1 - i, FEATURE_BEFORE);
        feature_word_outside(r->word + r->count + i, FEATURE_BEHIND);
    }
    struct parse_state state = {
        .word = r->word, .node = r->node, .stack = r->stack, .count = r->count};
    tag_words(&r->learn->tagger, r->word, r->count);
    parse_words(&r->learn->parser, &state);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t outer = outer_word(r, i), head = r->node[outer].head;
        token[i].upos = r->word[outer].upos;
        token[i].deprel = r->node[outer].deprel;
        token[i].head = head < r->count ? first + r->token[head] : DOC_NONE;
    }
}

void learn_read(const struct learn *learn, struct doc *doc)
{
    struct reader r = {.learn = learn, .doc = doc};
    const uint32_t words = 2 * LEARN_TOKENS_MOST;
    if (doc->lang == NULL || doc->sentences.count == 0)
        return;
    if (learn->has_names)
        name_read(&learn->names, doc);
    static_assert(2 * LEARN_TOKENS_MOST <= PARSE_WORDS_MOST, "a token is two words");
    r.memo = arena_zero(doc->arena, MEMO_COUNT, sizeof *r.memo);
    r.word = arena_alloc(doc->arena, (words + 2 * TAG_MARGIN) * sizeof *r.word);
    r.word += TAG_MARGIN;
    r.token = arena_alloc(doc->arena, words * sizeof *r.token);
    r.first_word = arena_alloc(doc->arena, (LEARN_TOKENS_MOST + 1) * sizeof *r.first_word);
    r.node = arena_alloc(doc->arena, (words + 1) * sizeof *r.node);
    r.stack = arena_alloc(doc->arena, words * sizeof *r.stack);
    for (uint32_t i = 0; i < doc->sentences.count; i++) {
        const struct sentence *sentence = &doc->sentences.item[i];
        if (sentence->drop != DROP_NOT)
            continue;
        doc_check(doc);
        for (uint32_t at = sentence->first; at < sentence->end; at += LEARN_TOKENS_MOST) {
            uint32_t left = sentence->end - at;
            read_tokens(&r, at, left < LEARN_TOKENS_MOST ? left : LEARN_TOKENS_MOST);
        }
    }
}
