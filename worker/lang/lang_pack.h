#ifndef WORKER_LANG_LANG_PACK_H
#define WORKER_LANG_LANG_PACK_H

/* What each pack gives to the registry in lang.c, by the names it is found under. */

#include "worker/lang/lang.h"

#include "lang_packs.h"

#define LANG_PACK_DECLARE_(code, extractor, aliases)                                     \
    extern const char lang_##code##_pack_begin[], lang_##code##_pack_end[];              \
    void lang_##code##_analyse(const struct lang *lang, struct str form,                 \
                               struct arena *arena, struct lang_word *out);
LANG_PACKS(LANG_PACK_DECLARE_)

#endif
