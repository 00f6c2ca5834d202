#include "worker/text/memo.h"

#include "proto/base/mem.h"
#include "worker/text/lexicon_private.h"

#include <assert.h>

#define NO_CLITIC 0xff

struct slot {
    const struct lang *lang;     /* NULL: free */
    uint32_t check;              /* high half of the form's hash */
    struct lexicon_path path;    /* of the lemma */
    uint8_t form, lemma, clitic; /* lengths; the bytes stand in this order */
    char voice;
    bool noun;
    char bytes[MEMO_BYTES];
};

static_assert(sizeof(struct slot) == MEMO_SLOT_BYTES, "as memo.h says");

struct memo {
    struct slot slot[MEMO_SLOTS];
};

struct memo *memo_new(void)
{
    return mem_zero(1, sizeof(struct memo));
}

void memo_free(struct memo **memo)
{
    mem_free(*memo);
    *memo = NULL;
}

static uint32_t place(uint64_t hash, uint32_t turn)
{
    return ((uint32_t)hash + turn) & (MEMO_SLOTS - 1);
}

bool memo_get(const struct memo *memo, const struct lang *lang, struct str form,
              struct lang_word *out)
{
    uint64_t hash = lexicon_hash(form);
    for (uint32_t i = 0; i < MEMO_TRIES; i++) {
        const struct slot *slot = &memo->slot[place(hash, i)];
        if (slot->lang == NULL)
            return false;
        if (slot->check != hash >> 32 || slot->form != form.len || slot->lang != lang ||
            !lexicon_same(slot->bytes, form.ptr, form.len))
            continue;
        const char *lemma = slot->bytes + slot->form;
        *out = (struct lang_word){.lemma = str_make(lemma, slot->lemma),
                                  .path = slot->path,
                                  .voice = slot->voice,
                                  .noun = slot->noun};
        if (slot->clitic != NO_CLITIC)
            out->clitic = str_make(lemma + slot->lemma, slot->clitic);
        return true;
    }
    return false;
}

void memo_put(struct memo *memo, const struct lang *lang, struct str form,
              const struct lang_word *word)
{
    uint64_t hash = lexicon_hash(form);
    if (form.len + word->lemma.len + word->clitic.len > MEMO_BYTES)
        return;
    for (uint32_t i = 0; i < MEMO_TRIES; i++) {
        struct slot *slot = &memo->slot[place(hash, i)];
        if (slot->lang)
            continue;
        *slot = (struct slot){.lang = lang,
                              .check = (uint32_t)(hash >> 32),
                              .path = word->path,
                              .form = (uint8_t)form.len,
                              .lemma = (uint8_t)word->lemma.len,
                              .clitic = NO_CLITIC,
                              .voice = word->voice,
                              .noun = word->noun};
        char *at = slot->bytes;
        memcpy(at, form.ptr, form.len);
        memcpy(at + form.len, word->lemma.ptr, word->lemma.len);
        if (word->clitic.ptr) {
            slot->clitic = (uint8_t)word->clitic.len;
            memcpy(at + form.len + word->lemma.len, word->clitic.ptr, word->clitic.len);
        }
        return;
    }
}
