#include "worker/extract/extract.h"

/* In the order of extract.h: each stage reads what those before it left. */
static void (*const stages[])(struct doc *doc) = {
    extract_times, extract_quantities, extract_mentions,
    extract_roles, extract_quotes,     extract_events,
    extract_sources,
};

void extract_facts(struct doc *doc)
{
    if (doc->lang == NULL)
        return;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        doc_check(doc);
        stages[i](doc);
    }
}
