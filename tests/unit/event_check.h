#ifndef TESTS_UNIT_EVENT_CHECK_H
#define TESTS_UNIT_EVENT_CHECK_H

/* Events as quote_check compares them. */

#include "tests/unit/quote_check.h"

/* "TYPE trigger actors > targets [modality]"; an unnamed party in brackets. */

static inline void add_party(struct buf *buf, const struct record_strs *names,
                             struct str text)
{
    for (uint32_t i = 0; i < names->count; i++) {
        if (i)
            buf_add(buf, ",", 1);
        buf_add_str(buf, names->item[i]);
    }
    if (names->count == 0 && text.ptr)
        buf_printf(buf, "(%.*s)", STR_ARG(text));
}

static inline void show_event(const struct doc *doc, const struct found *found,
                              struct buf *buf)
{
    static const char *const type[] = {
        "NONE",    "AGREE",    "CONSULT",  "SUPPORT", "COOPERATE", "AID",
        "CONCEDE", "RETREAT",  "REQUEST",  "ACCUSE",  "REJECT",    "THREATEN",
        "PROTEST", "SANCTION", "MOBILIZE", "COERCE",  "ASSAULT"};
    static const char *const mode[] = {"", " planned", " possible", " conditional",
                                       " denied"};
    const struct fact *fact = &found->fact;
    if (fact->kind != FACT_EVENT)
        return;
    if (buf->len)
        buf_add(buf, "; ", 2);
    buf_printf(buf, "%s %.*s ", type[fact->plover],
               STR_ARG(doc_span_text(doc, fact->trigger)));
    add_party(buf, &fact->actors, fact->actor_text);
    buf_add(buf, " > ", 3);
    add_party(buf, &fact->targets, fact->target_text);
    buf_printf(buf, "%s", mode[fact->modality]);
}

#endif
