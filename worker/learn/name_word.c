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
    uint32_t bit = 1u << evidence->count;
    evidence->names |= kind == KIND_NAME ? bit : 0;
    evidence->phrases |= kind == KIND_PHRASE ? bit : 0;
    evidence->links |= kind == KIND_LINK ? bit : 0;
    evidence->list[evidence->count++] = (struct name_list){.list = list, .value = value};
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

/* The longest known name at a token: its words, and the class. may: lists to ask. */
static uint32_t known_at(const struct name_evidence *evidence, const struct doc *doc,
                         uint32_t at, uint32_t end, uint32_t may, uint8_t *class_out)
{
    uint32_t best = 0;
    for (; may; may &= may - 1) {
        const struct name_list *list = &evidence->list[__builtin_ctz(may)];
        struct str value;
        uint32_t count = doc_match(doc, list->list, at, end, &value);
        if (count > best && class_of(value)) {
            best = count;
            *class_out = class_of(value);
        }
    }
    return best;
}

#define GAP      2u /* most small words between two runs of a stretch */
#define RUN_MOST 7  /* words of a run that are counted */

/* The nearest large token in [from, at), or before that in reach; else at. */
static uint32_t large_before(const struct token *token, uint32_t at, uint32_t from)
{
    for (uint32_t i = at; i > from && at - i <= GAP; i--)
        if (is_large(&token[i - 1]))
            return i - 1;
    return at;
}

static uint32_t large_behind(const struct token *token, uint32_t at, uint32_t limit)
{
    for (uint32_t i = at + 1; i < limit && i - at <= GAP + 1; i++)
        if (is_large(&token[i]))
            return i;
    return at;
}

bool name_stretch_at(const struct doc *doc, uint32_t at, struct name_stretch *s)
{
    const struct token *token = doc->tokens.item;
    uint32_t first = at, last, next;
    if (!is_large(&token[at])) {
        if (at > s->from && is_large(&token[at - 1]))
            first = at - 1;
        else if (at + 1 < s->limit && is_large(&token[at + 1]))
            first = at + 1;
        else
            return false;
    }
    last = first;
    while ((next = large_before(token, first, s->from)) != first)
        first = next;
    while ((next = large_behind(token, last, s->limit)) != last)
        last = next;
    s->first = first > s->from ? first - 1 : first;
    s->end = last + 1 < s->limit ? last + 2 : last + 1;
    return true;
}

/* The words that are being set: those of tokens [low, high). */
struct view {
    struct name_word *word; /* of token first */
    uint32_t first, low, high;
};

static struct name_word *word_at(const struct view *view, uint32_t token)
{
    return view->word + ((ptrdiff_t)token - (ptrdiff_t)view->first);
}

/* Bits of the lists that may have the word, or a name or phrase that begins with it. */
static uint32_t may_have(const struct name_evidence *evidence, struct lexicon_path word)
{
    const uint32_t begins = evidence->names | evidence->phrases;
    uint32_t may = 0;
    for (uint32_t i = 0; i < evidence->count; i++) {
        const struct wordlist *list = evidence->list[i].list;
        bool has =
            begins >> i & 1 ? wordlist_begins(list, word) : wordlist_ends(list, word);
        may |= (uint32_t)has << i;
    }
    return may;
}

/* Bits of the lists that have the word, or a phrase that begins here. */
static void set_lists(const struct name_evidence *evidence, const struct doc *doc,
                      uint32_t at, uint32_t limit, uint32_t may, const struct view *view)
{
    const struct wordlist *before = NULL;
    uint32_t count = 0;
    struct str value = STR_NONE;
    for (; may; may &= may - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(may);
        const struct name_list *list = &evidence->list[i];
        if (list->list != before) {
            before = list->list;
            value = STR_NONE;
            count = evidence->phrases >> i & 1
                        ? doc_match(doc, list->list, at, limit, &value)
                        : token_get(&doc->tokens.item[at], list->list, &value);
        }
        if (count == 0 || (list->value.ptr && !says(value, list->value)))
            continue;
        uint32_t end = at + count < view->high ? at + count : view->high;
        for (uint32_t k = at < view->low ? view->low : at; k < end; k++)
            word_at(view, k)->lists |= 1u << i;
    }
}

/* The longest known name at a token: marks its words, returns where it ends. */
static uint32_t set_known(const struct name_evidence *evidence, const struct doc *doc,
                          uint32_t at, uint32_t limit, uint32_t may,
                          const struct view *view)
{
    uint8_t class = 0;
    uint32_t count = known_at(evidence, doc, at, limit, may, &class);
    for (uint32_t k = 0; k < count && at + k < view->high; k++)
        word_at(view, at + k)->known = (uint8_t)(class << 2 | (count == 1 ? 3
                                                               : k        ? 2
                                                                          : 1));
    return at + count;
}

/* Known names begin with a capital, so in the stretch; phrases may begin before it. */
static void set_evidence(const struct name_evidence *evidence, const struct doc *doc,
                         const struct name_stretch *s, const struct view *view)
{
    const uint32_t phrase = LEXICON_PHRASE - 1;
    uint32_t first = view->low - s->from < phrase ? s->from : view->low - phrase;
    uint32_t known_end = s->first;
    for (uint32_t i = first; i < view->high; i++) {
        const struct token *token = &doc->tokens.item[i];
        if (token->kind != TOKEN_WORD || !lexicon_knows(token->word))
            continue;
        uint32_t may = may_have(evidence, token->word), names = may & evidence->names;
        set_lists(evidence, doc, i, s->limit,
                  i < view->low ? may & evidence->phrases : may & ~names, view);
        if (names && i >= known_end && i < s->end && is_large(token))
            known_end = set_known(evidence, doc, i, s->limit, names, view);
    }
}

/* Where the run of capitals ends that begins at token at, which may be none. */
static uint32_t run_end(const struct name_evidence *evidence, const struct doc *doc,
                        uint32_t at, const struct name_stretch *s,
                        const struct view *view)
{
    const struct token *token = doc->tokens.item;
    uint32_t end = at;
    while (end < s->end &&
           (is_large(&token[end]) ||
            (end > at && end + 1 < s->end && token[end].kind == TOKEN_WORD &&
             word_at(view, end)->lists & evidence->links && is_large(&token[end + 1]))))
        end++;
    return end;
}

static void set_run(struct name_word *word, uint32_t count)
{
    uint32_t seen = 0;
    for (uint32_t k = count; k-- > 0;) {
        word[k].later = seen;
        seen |= word[k].lists;
    }
    seen = 0;
    for (uint32_t k = 0; k < count; k++) {
        word[k].earlier = seen;
        seen |= word[k].lists;
        word[k].head = word[0].word.lower;
        word[k].tail = word[count - 1].word.lower;
        word[k].left = word[-1].word.lower;
        word[k].right = word[count].word.lower;
        word[k].run_at = (uint8_t)(k < RUN_MOST ? k + 1 : RUN_MOST);
        word[k].run_count = (uint8_t)(count < RUN_MOST ? count : RUN_MOST);
    }
}

static void set_forms(const struct clusters *clusters, const struct doc *doc,
                      const struct name_stretch *s, const struct view *view)
{
    for (uint32_t i = 0; i < NAME_MARGIN; i++) {
        struct name_word *before = view->word - 1 - i,
                         *behind = word_at(view, s->end) + i;
        *before = *behind = (struct name_word){0};
        feature_word_outside(&before->word, FEATURE_BEFORE);
        feature_word_outside(&behind->word, FEATURE_BEHIND);
    }
    for (uint32_t i = view->low; i < view->high; i++) {
        const struct token *token = &doc->tokens.item[i];
        struct name_word *word = word_at(view, i);
        *word = (struct name_word){0};
        feature_word(&word->word, token->text, token->lower);
        clusters_set(clusters, &word->word);
        word->word.first = i == s->from;
    }
}

void name_words(const struct clusters *clusters, const struct name_evidence *evidence,
                const struct doc *doc, const struct name_stretch *s,
                struct name_word *word)
{
    uint32_t before = s->first - s->from, behind = s->limit - s->end;
    struct view view = {.word = word,
                        .first = s->first,
                        .low = s->first - (before < NAME_MARGIN ? before : NAME_MARGIN),
                        .high = s->end + (behind < NAME_MARGIN ? behind : NAME_MARGIN)};
    set_forms(clusters, doc, s, &view);
    set_evidence(evidence, doc, s, &view);
    for (uint32_t i = s->first, end; i<s->end; i = end> i ? end : i + 1) {
        end = run_end(evidence, doc, i, s, &view);
        set_run(word_at(&view, i), end - i);
    }
}
