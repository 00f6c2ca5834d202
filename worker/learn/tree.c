#include "worker/learn/tree.h"

#include "worker/learn/label.h"
#include "worker/learn/tag.h"

#include <assert.h>

/* What a document keeps of its trees, in its arena. */
struct tree_set {
    const struct learn *learn;
    struct tree_word *token; /* of the document */
    bool *parsed;            /* of each sentence; NULL: none yet */
    /* of the sentence in work */
    struct feature_word *word; /* with margins */
    uint16_t *at;              /* of each word: its token, counted from first */
    uint16_t *first_word;      /* of each token, and one more */
    struct parse_room room;
    uint16_t *head;
    uint8_t *deprel;
    uint32_t count; /* words */
};

void tree_begin(const struct learn *learn, struct doc *doc)
{
    doc->trees = arena_zero(doc->arena, 1, sizeof *doc->trees);
    doc->trees->learn = learn;
}

static uint32_t longest_piece(const struct doc *doc)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < doc->sentences.count; i++) {
        uint32_t count = doc->sentences.item[i].end - doc->sentences.item[i].first;
        most = count > most ? count : most;
    }
    return most < TREE_TOKENS_MOST ? most : TREE_TOKENS_MOST;
}

/* Room for the longest sentence; with the first one that is read. */
static void make_room(struct tree_set *t, const struct doc *doc)
{
    uint32_t tokens = longest_piece(doc), words = 2 * tokens;
    static_assert(2 * TREE_TOKENS_MOST <= PARSE_WORDS_MOST, "a token is two words");
    t->parsed = arena_zero(doc->arena, doc->sentences.count, sizeof *t->parsed);
    t->token = arena_zero(doc->arena, doc->tokens.count, sizeof *t->token);
    t->word = arena_alloc(doc->arena, (words + 2 * TAG_MARGIN) * sizeof *t->word);
    t->word += TAG_MARGIN;
    t->at = arena_alloc(doc->arena, words * sizeof *t->at);
    t->first_word = arena_alloc(doc->arena, (tokens + 1) * sizeof *t->first_word);
    t->head = arena_alloc(doc->arena, words * sizeof *t->head);
    t->deprel = arena_alloc(doc->arena, words);
    parse_room(&t->room, words, doc->arena);
}

static void add_word(struct tree_set *t, uint32_t at, struct str form, struct str lower)
{
    struct feature_word *word = &t->word[t->count];
    feature_word(word, form, lower);
    clusters_set(&t->learn->clusters, word);
    word->first = t->count == 0;
    t->at[t->count++] = (uint16_t)at;
}

/* The token's word or words. */
static void add_token(struct tree_set *t, struct doc *doc, uint32_t first, uint32_t at)
{
    const struct token *token = &doc->tokens.item[first + at];
    struct str stem = token->lower, form = token->text;
    t->first_word[at] = (uint16_t)t->count;
    add_word(t, at, form, stem);
    if (token->kind != TOKEN_WORD)
        return;
    struct str clitic = doc_analyse(doc, first + at)->clitic;
    if (clitic.len == 0 || clitic.len >= stem.len || form.len != stem.len ||
        !str_ends(stem, clitic) || learn_is_whole(t->learn, t->word[t->count - 1].lower))
        return;
    t->count--;
    size_t cut = stem.len - clitic.len;
    add_word(t, at, str_slice(form, 0, cut), str_slice(stem, 0, cut));
    add_word(t, at, str_from(form, cut), str_from(stem, cut));
}

/* Of the token's words the one whose head is in another token. */
static uint32_t outer_word(const struct tree_set *t, uint32_t at)
{
    for (uint32_t i = t->first_word[at]; i < t->first_word[at + 1]; i++) {
        uint32_t head = t->head[i];
        if (head >= t->count || t->at[head] != at)
            return i;
    }
    return t->first_word[at];
}

static void read_tokens(struct tree_set *t, struct doc *doc, uint32_t first,
                        uint32_t count)
{
    t->count = 0;
    for (uint32_t i = 0; i < count; i++)
        add_token(t, doc, first, i);
    t->first_word[count] = (uint16_t)t->count;
    for (uint32_t i = 0; i < TAG_MARGIN; i++) {
        feature_word_outside(t->word - 1 - i, FEATURE_BEFORE);
        feature_word_outside(t->word + t->count + i, FEATURE_BEHIND);
    }
    tag_words(&t->learn->tagger, t->word, t->count);
    parse_sentence(&t->learn->parser, &t->room, t->word, t->count, t->head, t->deprel);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t outer = outer_word(t, i), head = t->head[outer];
        t->token[first + i] =
            (struct tree_word){.upos = t->word[outer].upos,
                               .deprel = t->deprel[outer],
                               .head = head < t->count ? first + t->at[head] : DOC_NONE};
    }
}

/* Whether there is anything to know. */
static bool read_sentence(struct doc *doc, uint32_t index)
{
    struct tree_set *t = doc->trees;
    const struct sentence *sentence = &doc->sentences.item[index];
    if (t == NULL || sentence->drop != DROP_NOT)
        return false;
    if (t->parsed == NULL)
        make_room(t, doc);
    if (t->parsed[index])
        return true;
    doc_check(doc);
    for (uint32_t at = sentence->first; at < sentence->end; at += TREE_TOKENS_MOST) {
        uint32_t left = sentence->end - at;
        read_tokens(t, doc, at, left < TREE_TOKENS_MOST ? left : TREE_TOKENS_MOST);
    }
    t->parsed[index] = true;
    return true;
}

const struct tree_word *tree_word(struct doc *doc, uint32_t token)
{
    assert(token < doc->tokens.count);
    bool known = read_sentence(doc, doc->tokens.item[token].sentence);
    return known ? &doc->trees->token[token] : NULL;
}

void tree_all(struct doc *doc)
{
    for (uint32_t i = 0; i < doc->sentences.count; i++)
        read_sentence(doc, i);
}

const struct tree_word *tree_known(const struct doc *doc, uint32_t token)
{
    const struct tree_set *t = doc->trees;
    assert(token < doc->tokens.count);
    bool known = t && t->parsed && t->parsed[doc->tokens.item[token].sentence];
    return known ? &t->token[token] : NULL;
}
