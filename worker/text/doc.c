#include "worker/text/doc.h"

#include "proto/base/clock.h"

#include <assert.h>
#include <stdlib.h>

void doc_init(struct doc *doc, struct arena *arena, const struct article *article)
{
    *doc = (struct doc){.arena = arena, .article = *article, .text = article->text};
}

void doc_check(struct doc *doc)
{
    if (doc->deadline_ns == 0 || clock_now_ns() < doc->deadline_ns)
        return;
    if (doc->arena->full)
        doc->arena->full(doc->arena->context);
    abort(); /* no `full`, or one that returned */
}

struct found *doc_add(struct doc *doc, enum fact_kind kind, uint32_t first, uint32_t end,
                      const char *rule, double confidence)
{
    assert(first < end && end <= doc->tokens.count);
    const struct token *from = &doc->tokens.item[first];
    struct found *found = ARENA_PUSH(doc->arena, &doc->found);
    *found = (struct found){.first = first, .end = end, .entity = DOC_NONE};
    fact_init(&found->fact, kind);
    found->fact.span =
        (struct span){from->span.begin, doc->tokens.item[end - 1].span.end};
    found->fact.sentence = from->sentence;
    found->fact.text = doc_span_text(doc, found->fact.span);
    found->fact.confidence = confidence;
    found->fact.rule = rule;
    return found;
}

uint32_t doc_match_begun(const struct doc *doc, const struct wordlist *list, uint32_t at,
                         uint32_t limit, struct str *value_out)
{
    char key[LEXICON_KEY_BYTES];
    size_t len = 0;
    uint32_t longest = 0;
    const struct token *token = &doc->tokens.item[at];
    bool exact = wordlist_exact(list);
    uint32_t reach = wordlist_reach(list, exact ? token->text : token->lower);
    if (reach > limit - at)
        reach = limit - at;
    for (uint32_t n = 0; n < reach; n++) {
        struct str word = exact ? token[n].text : token[n].lower;
        if (len + (n > 0) + word.len > sizeof key)
            break;
        if (n > 0)
            key[len++] = ' ';
        memcpy(key + len, word.ptr, word.len);
        len += word.len;
        if ((n > 0 || wordlist_may_have(list, token->word)) &&
            wordlist_get(list, str_make(key, len), value_out))
            longest = n + 1;
    }
    return longest;
}

static void analyse(struct doc *doc, struct str form, struct lang_word *word)
{
    if (doc->memo && memo_get(doc->memo, doc->lang, form, word))
        return;
    doc->lang->analyse(doc->lang, form, doc->arena, word);
    if (doc->memo)
        memo_put(doc->memo, doc->lang, form, word);
}

const struct lang_word *doc_analyse(struct doc *doc, uint32_t at)
{
    assert(at < doc->tokens.count);
    if (doc->analysed == NULL)
        doc->analysed = arena_zero(doc->arena, doc->tokens.count, sizeof *doc->analysed);
    struct lang_word *word = &doc->analysed[at];
    if (word->lemma.ptr == NULL) /* an analysis always gives one */
        analyse(doc, doc->tokens.item[at].lower, word);
    return word;
}

const char *doc_drop_name(enum doc_drop drop)
{
    static const char *const names[] = {
        [DROP_NOT] = "",
        [DROP_REPEAT] = "repeat",
        [DROP_TEASER] = "teaser",
        [DROP_PROMPT] = "prompt",
        [DROP_FURNITURE] = "furniture",
        [DROP_BYLINE] = "byline",
        [DROP_LANGUAGE] = "language",
    };
    return names[drop];
}
