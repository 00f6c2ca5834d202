#include "worker/lang/lang.h"

#include "proto/base/mem.h"

#include <assert.h>
#include <lang_packs.h> /* made at build from packs.txt: LANG_PACKS(X) */

/* What each pack gives, by the names it is found under. */
#define DECLARE_(code, extractor, aliases)                                               \
    extern const char lang_##code##_pack_begin[], lang_##code##_pack_end[];              \
    extern const char lang_##code##_model_begin[], lang_##code##_model_end[];            \
    void lang_##code##_analyse(const struct lang *lang, struct str form,                 \
                               struct arena *arena, struct lang_word *out);
LANG_PACKS(DECLARE_)

struct pack {
    const char *code, *extractor, *aliases;
    const char *begin, *end;
    const char *model_begin, *model_end; /* the same where there is no model */
    void (*analyse)(const struct lang *lang, struct str form, struct arena *arena,
                    struct lang_word *out);
};

#define PACK_(code, extractor, aliases)                                                  \
    {#code,                                                                              \
     extractor,                                                                          \
     aliases,                                                                            \
     lang_##code##_pack_begin,                                                           \
     lang_##code##_pack_end,                                                             \
     lang_##code##_model_begin,                                                          \
     lang_##code##_model_end,                                                            \
     lang_##code##_analyse},
static const struct pack packs[] = {LANG_PACKS(PACK_)};

#define PACK_COUNT (sizeof packs / sizeof packs[0])

struct lang_set {
    struct lang lang[PACK_COUNT];
    struct lexicon *lexicon[PACK_COUNT];
};

static struct str model_of(const struct pack *pack)
{
    size_t size = (size_t)(pack->model_end - pack->model_begin);
    return size ? str_make(pack->model_begin, size) : STR_NONE;
}

int lang_open(struct lang_set **out, struct err *err)
{
    struct lang_set *set = mem_zero(1, sizeof *set);
    for (size_t i = 0; i < PACK_COUNT; i++) {
        const struct pack *pack = &packs[i];
        struct str block = str_make(pack->begin, (size_t)(pack->end - pack->begin));
        int result = lexicon_open(block, &set->lexicon[i], err);
        if (result) {
            lang_close(&set);
            err_prefix(err, "language %s", pack->code);
            return result;
        }
        set->lang[i] =
            (struct lang){.code = pack->code,
                          .extractor = pack->extractor,
                          .lexicon = set->lexicon[i],
                          .model = model_of(pack),
                          .root = lexicon_list(set->lexicon[i], "root"),
                          .exception = lexicon_list(set->lexicon[i], "exception"),
                          .analyse = pack->analyse};
    }
    *out = set;
    return 0;
}

void lang_close(struct lang_set **set)
{
    if (*set == NULL)
        return;
    for (size_t i = 0; i < PACK_COUNT; i++)
        lexicon_close(&(*set)->lexicon[i]);
    mem_free(*set);
    *set = NULL;
}

/* Compared without case; BCP 47 tags differ in it freely. */
static bool same_code(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if ((a.ptr[i] | 0x20) != (b.ptr[i] | 0x20))
            return false;
    return true;
}

const struct lang *lang_find(const struct lang_set *set, struct str code)
{
    const char *dash = code.len ? memchr(code.ptr, '-', code.len) : NULL;
    if (dash) /* "id-ID": the pack is of the language, whatever the region */
        code.len = (size_t)(dash - code.ptr);
    if (code.len == 0)
        return NULL;
    for (size_t i = 0; i < PACK_COUNT; i++) {
        struct str rest = str_of(packs[i].aliases), alias;
        if (same_code(code, str_of(packs[i].code)))
            return &set->lang[i];
        while (str_split(&rest, ' ', &alias))
            if (same_code(code, alias))
                return &set->lang[i];
    }
    return NULL;
}

size_t lang_count(const struct lang_set *set)
{
    (void)set;
    return PACK_COUNT;
}

const struct lang *lang_at(const struct lang_set *set, size_t i)
{
    assert(i < PACK_COUNT);
    return &set->lang[i];
}
