#include "worker/extract/extract.h"

#include "worker/extract/quantity.h"
#include "worker/extract/time.h"

#define CHECK_SENTENCES 64 /* between two looks at the deadline */

/* In the order of extract.h: each stage reads what those before it left. */
static void (*const stages[])(struct doc *doc) = {
    extract_values, extract_mentions, extract_roles,
    extract_quotes, extract_events,   extract_sources,
};

void extract_values(struct doc *doc)
{
    struct times t;
    if (doc->lang == NULL)
        return;
    times_init(&t, doc);
    for (uint32_t s = 0; s < doc->sentences.count; s++) {
        if (s % CHECK_SENTENCES == 0)
            doc_check(doc);
        if (doc->sentences.item[s].drop != DROP_NOT)
            continue;
        values_read(&t.v, s);
        times_read(&t);
        values_retake(&t.v); /* what a time passed over may still be a quantity */
        quantities_read(&t.v);
    }
}

void extract_facts(struct doc *doc)
{
    if (doc->lang == NULL)
        return;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        doc_check(doc);
        stages[i](doc);
    }
}
