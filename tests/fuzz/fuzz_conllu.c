/* Any bytes as a treebank: heads lie inside their sentence, ranges are in order, the
 * words have a form. */
#include "tests/fuzz/fuzz.h"

#include "worker/learn/label.h"
#include "worker/train/conllu.h"

#define ARENA_BYTES ((size_t)64 << 20)

static void check(const struct conllu_sentence *s)
{
    uint32_t at = 0;
    fuzz_require(s->count > 0 && s->count <= CONLLU_WORDS_MOST);
    for (uint32_t i = 0; i < s->count; i++) {
        fuzz_require(s->word[i].head <= s->count && s->word[i].head != i);
        fuzz_require(s->word[i].form.ptr && s->word[i].lower.ptr);
        fuzz_require(s->word[i].upos < UPOS_COUNT && s->word[i].deprel < DEPREL_COUNT);
    }
    for (uint32_t i = 0; i < s->range_count; i++) {
        const struct conllu_range *r = &s->range[i];
        fuzz_require(r->first >= at && r->end > r->first && r->end <= s->count);
        at = r->end;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct arena arena;
    struct err err = {0};
    arena_init(&arena, ARENA_BYTES);
    struct conllu treebank = {.arena = &arena};
    int rc = conllu_parse(&treebank, str_make((const char *)bytes, len), "bank", &err);
    if (rc != 0)
        fuzz_check_err(rc, &err);
    for (uint32_t i = 0; i < treebank.count; i++)
        check(&treebank.item[i]);
    arena_fini(&arena);
    return 0;
}
