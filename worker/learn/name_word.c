/* Words as features see them: name.h. */

#include "worker/learn/name.h"

enum kind { KIND_NAME, KIND_WORD, KIND_PHRASE, KIND_LINK };

static int kind_of(struct str word)
{
    static const char *const kinds[] = {"name", "word", "phrase", "link"};
    for (int i = 0; i < 4; i++)
        if (str_is(word, kinds[i]))
            return i;
    return -1;
}

static int add_list(struct name_evidence *evidence, const struct wordlist *list,
                    struct str value, int kind, struct err *err)
{
    if (evidence->count == NAME_LISTS_MOST)
        return err_set(err, ERR_FORMAT, "evidence: more than %d", NAME_LISTS_MOST);
    if (kind == KIND_LINK)
        evidence->links |= 1u << evidence->count;
    evidence->list[evidence->count++] =
        (struct name_list){.list = list, .value = value, .kind = (uint8_t)kind};
    return 0;
}

int name_evidence_open(struct name_evidence *evidence, const struct lexicon *lexicon,
                       struct err *err)
{
    const struct wordlist *lists = lexicon_list(lexicon, "evidence");
    size_t count = lists ? wordlist_count(lists) : 0;
    *evidence = (struct name_evidence){0};
    for (size_t i = 0; i < count; i++) {
        struct str key, value, word;
        char name[64];
        wordlist_at(lists, i, &key, &value);
        int kind = str_split(&value, ' ', &word) ? kind_of(word) : -1;
        if (kind < 0 || key.len >= sizeof name)
            return err_set(err, ERR_FORMAT, "evidence: %.*s: no such kind", STR_ARG(key));
        memcpy(name, key.ptr, key.len);
        name[key.len] = '\0';
        const struct wordlist *list = lexicon_list(lexicon, name);
        bool any = false;
        int result = 0;
        while (result == 0 && str_split(&value, ' ', &word)) {
            result = add_list(evidence, list, word, kind, err);
            any = true;
        }
        if (result == 0 && !any)
            result = add_list(evidence, list, STR_NONE, kind, err);
        if (result)
            return result;
    }
    return 0;
}

static bool says(struct str value, struct str word)
{
    struct str piece;
    while (str_split(&value, ' ', &piece))
        if (str_eq(piece, word))
            return true;
    return false;
}

/* The class of a value that begins with a type of entity. */
static uint8_t class_of(struct str value)
{
    struct str type;
    if (!str_split(&value, ' ', &type))
        return 0;
    return str_is(type, "PER")   ? 1
           : str_is(type, "ORG") ? 2
           : str_is(type, "GPE") ? 3
           : str_is(type, "LOC") ? 4
                                 : 0;
}

static bool is_large(const struct token *token)
{
    return token->kind == TOKEN_WORD && token->shape > SHAPE_LOWER;
}

/* The longest known name at a token: its words, and the class. */
static uint32_t known_at(const struct name_evidence *evidence, const struct doc *doc,
                         uint32_t at, uint32_t end, uint8_t *class_out)
{
    uint32_t best = 0;
    for (uint32_t i = 0; i < evidence->count; i++) {
        struct str value;
        if (evidence->list[i].kind != KIND_NAME || evidence->list[i].list == NULL)
            continue;
        uint32_t count = doc_match(doc, evidence->list[i].list, at, end, &value);
        if (count > best && class_of(value)) {
            best = count;
            *class_out = class_of(value);
        }
    }
    return best;
}

/* Bits of the lists that have the word, or a phrase that begins here. */
static void set_lists(const struct name_evidence *evidence, const struct doc *doc,
                      uint32_t at, uint32_t end, struct name_word *word)
{
    const struct wordlist *before = NULL;
    uint32_t count = 0;
    struct str value = STR_NONE;
    for (uint32_t i = 0; i < evidence->count; i++) {
        const struct name_list *list = &evidence->list[i];
        if (list->kind == KIND_NAME || list->list == NULL)
            continue;
        if (list->list != before) {
            before = list->list;
            value = STR_NONE;
            count = list->kind == KIND_PHRASE
                        ? doc_match(doc, list->list, at, end, &value)
                        : token_get(&doc->tokens.item[at], list->list, &value);
        }
        if (count == 0 || (list->value.ptr && !says(value, list->value)))
            continue;
        for (uint32_t k = 0; k < count; k++)
            word[k].lists |= 1u << i;
    }
}

/* Where words that begin with a capital stand, as seen on a walk from word to word. */
struct sight {
    uint32_t last, next; /* at or before the word, and behind it; both 1 more, 0 none */
};

static void look(struct sight *sight, const struct token *token, uint32_t at,
                 uint32_t count)
{
    if (is_large(&token[at]))
        sight->last = at + 1;
    if (sight->next > at + 1)
        return;
    uint32_t i = at + 1;
    while (i < count && !is_large(&token[i]))
        i++;
    sight->next = i + 1; /* count + 1: none, and far enough */
}

/* Words that are not quiet stand in or beside a run, which begins and ends with a
 * capital, and features look NAME_MARGIN words around: nobody looks at a word further
 * off. */
#define SIGHT (NAME_MARGIN + 1u)

static bool sees(const struct sight *sight, uint32_t at, uint32_t ahead, uint32_t count)
{
    return (sight->last && at + 1 - sight->last <= SIGHT) ||
           (sight->next <= count && sight->next - at - 1 <= ahead);
}

static void set_evidence(const struct name_evidence *evidence, const struct doc *doc,
                         uint32_t first, uint32_t end, struct name_word *word)
{
    const struct lexicon *lexicon = doc->lang ? doc->lang->lexicon : NULL;
    struct sight sight = {0};
    uint32_t known_end = first;
    for (uint32_t i = first; i < end; i++) {
        const struct token *token = &doc->tokens.item[i];
        uint8_t class = 0;
        look(&sight, doc->tokens.item + first, i - first, end - first);
        if (token->kind != TOKEN_WORD || !lexicon_knows(lexicon, token->word) ||
            !sees(&sight, i - first, SIGHT + LEXICON_PHRASE, end - first))
            continue;
        set_lists(evidence, doc, i, end, &word[i - first]);
        if (i < known_end || !is_large(token))
            continue;
        uint32_t count = known_at(evidence, doc, i, end, &class);
        for (uint32_t k = 0; k < count; k++)
            word[i - first + k].known = (uint8_t)(class << 2 | (count == 1 ? 3
                                                                : k        ? 2
                                                                           : 1));
        known_end = i + count;
    }
}

static void set_runs(const struct name_evidence *evidence, const struct doc *doc,
                     uint32_t first, uint32_t end, struct name_word *word)
{
    uint32_t count = end - first;
    const struct token *token = doc->tokens.item + first;
    uint32_t links = evidence->links;
    for (uint32_t i = 0; i < count;) {
        uint32_t stop = i;
        while (stop < count &&
               (is_large(&token[stop]) ||
                (stop > i && stop + 1 < count && token[stop].kind == TOKEN_WORD &&
                 word[stop].lists & links && is_large(&token[stop + 1]))))
            stop++;
        if (stop == i) {
            i++;
            continue;
        }
        uint32_t seen = 0;
        for (uint32_t k = stop; k-- > i;) {
            word[k].later = seen;
            seen |= word[k].lists;
        }
        seen = 0;
        for (uint32_t k = i; k < stop; k++) {
            word[k].earlier = seen;
            seen |= word[k].lists;
            word[k].head = word[i].word.lower;
            word[k].tail = word[stop - 1].word.lower;
            word[k].left = word[(ptrdiff_t)i - 1].word.lower;
            word[k].right = word[stop].word.lower;
            word[k].run_at = (uint8_t)(k - i < 7 ? k - i + 1 : 7);
            word[k].run_count = (uint8_t)(stop - i < 7 ? stop - i : 7);
        }
        i = stop;
    }
}

void name_words(const struct clusters *clusters, const struct name_evidence *evidence,
                const struct doc *doc, uint32_t first, uint32_t end,
                struct name_word *word)
{
    uint32_t count = end - first;
    for (uint32_t i = 0; i < NAME_MARGIN; i++) {
        struct name_word *before = word - 1 - i, *behind = word + count + i;
        *before = *behind = (struct name_word){0};
        feature_word_outside(&before->word, FEATURE_BEFORE);
        feature_word_outside(&behind->word, FEATURE_BEHIND);
    }
    struct sight sight = {0};
    for (uint32_t i = 0; i < count; i++) {
        const struct token *token = &doc->tokens.item[first + i];
        word[i] = (struct name_word){0};
        look(&sight, doc->tokens.item + first, i, count);
        if (!sees(&sight, i, SIGHT, count))
            continue;
        feature_word(&word[i].word, token->text, token->lower);
        clusters_set(clusters, &word[i].word);
        word[i].word.first = i == 0;
    }
    set_evidence(evidence, doc, first, end, word);
    set_runs(evidence, doc, first, end, word);
}
