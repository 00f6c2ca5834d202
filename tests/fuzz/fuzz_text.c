/* Any bytes as an article's text: what comes out is UTF-8 and clean, spans are in order
 * and inside it, sentences cover the tokens. The first byte chooses whether the language
 * is said. */
#include "tests/fuzz/fuzz.h"

#include "proto/base/utf8.h"
#include "worker/text/text.h"

#define ARENA_BYTES ((size_t)512 << 20)

static void check(const struct doc *doc)
{
    uint32_t at = 0, next = 0;
    fuzz_require(utf8_bad_at(doc->text) == doc->text.len);
    for (uint32_t i = 0; i < doc->lines.count; i++) {
        struct span span = doc->lines.item[i].span;
        fuzz_require(span.begin >= at && span.end > span.begin &&
                     span.end <= doc->text.len);
        at = span.end;
    }
    at = 0;
    for (uint32_t i = 0; i < doc->tokens.count; i++) {
        const struct token *token = &doc->tokens.item[i];
        fuzz_require(token->span.begin >= at && token->span.end > token->span.begin);
        fuzz_require(token->span.end <= doc->text.len && token->lower.len > 0);
        fuzz_require(token->sentence < doc->sentences.count);
        at = token->span.end;
    }
    for (uint32_t i = 0; i < doc->sentences.count; i++) {
        const struct sentence *s = &doc->sentences.item[i];
        fuzz_require(s->first == next && s->end > s->first && s->line < doc->lines.count);
        next = s->end;
    }
    fuzz_require(next == doc->tokens.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct lang_set *langs; /* opened once: the packs never change */
    struct arena arena;
    struct doc doc;
    if (len == 0)
        return 0;
    if (langs == NULL)
        fuzz_require(lang_open(&langs, NULL) == 0);
    struct article article = {.text = str_make((const char *)bytes + 1, len - 1),
                              .language = bytes[0] & 1 ? STR("id") : STR_NONE};
    arena_init(&arena, ARENA_BYTES);
    doc_init(&doc, &arena, &article);
    if (text_read(&doc, langs, NULL) == 0)
        check(&doc);
    for (uint32_t i = 0; i < doc.tokens.count && doc.lang; i++) {
        struct lang_word word;
        doc.lang->analyse(doc.lang, doc.tokens.item[i].lower, &arena, &word);
        fuzz_require(word.lemma.len > 0);
    }
    arena_fini(&arena);
    return 0;
}
