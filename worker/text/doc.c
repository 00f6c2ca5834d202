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

/* The key in tokens [first, end) as the list has it, which keeps capitals. */
static bool take_exact(const struct wordlist *list, struct lexicon_path path,
                       const struct token *token, uint32_t count, struct str *value_out)
{
    char key[LEXICON_KEY_BYTES];
    size_t len = 0;
    for (uint32_t n = 0; n < count; n++) {
        if (len + (n > 0) + token[n].text.len > sizeof key)
            return false;
        if (n > 0)
            key[len++] = ' ';
        memcpy(key + len, token[n].text.ptr, token[n].text.len);
        len += token[n].text.len;
    }
    return wordlist_take(list, path, str_make(key, len), value_out);
}

uint32_t doc_match_begun(const struct doc *doc, const struct wordlist *list, uint32_t at,
                         uint32_t limit, struct str *value_out)
{
    const struct token *token = &doc->tokens.item[at];
    struct lexicon_path path = token->word;
    bool exact = wordlist_exact(list);
    uint32_t longest = 0;
    for (uint32_t n = 1;; n++) {
        if (wordlist_ends(list, path) &&
            (exact ? take_exact(list, path, token, n, value_out)
                   : value_out == NULL || wordlist_take(list, path, STR_NONE, value_out)))
            longest = n;
        if (n == limit - at || !wordlist_goes_on(list, path))
            return longest;
        path = lexicon_on(doc->lang->lexicon, path, token[n].lower);
    }
}

void doc_analyse_form(struct doc *doc, struct str form, struct lang_word *out)
{
    if (doc->memo && memo_get(doc->memo, doc->lang, form, out))
        return;
    doc->lang->analyse(doc->lang, form, doc->arena, out);
    out->path = lexicon_word(doc->lang->lexicon, out->lemma);
    if (doc->memo)
        memo_put(doc->memo, doc->lang, form, out);
}

const struct lang_word *doc_analyse(struct doc *doc, uint32_t at)
{
    assert(at < doc->tokens.count);
    if (doc->analysed == NULL)
        doc->analysed = arena_zero(doc->arena, doc->tokens.count, sizeof *doc->analysed);
    struct lang_word *word = &doc->analysed[at];
    if (word->lemma.ptr == NULL) /* an analysis always gives one */
        doc_analyse_form(doc, doc->tokens.item[at].lower, word);
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
