#ifndef WORKER_EXTRACT_EXTRACT_H
#define WORKER_EXTRACT_EXTRACT_H

/* The extractor: stages over a document that the text stage has read, each adding to it.
 * Algorithms here know no language: words, cues and forms come from the pack's lists.
 * Every stage is linear in the tokens, allocates from the document's arena only, and
 * skips sentences whose drop is set. */

#include "worker/text/doc.h"

/* In this order. Headers of each: value.h, mention.h, role.h, quote.h, source.h. */
void extract_values(struct doc *doc);   /* time.c, quantity.c: found of kinds time and
                                           quantity; token.found set */
void extract_mentions(struct doc *doc); /* mention.c, entity.c: doc.mentions,
                                           doc.entities; token.mention set */
void extract_roles(struct doc *doc);    /* role.c: kind role */
void extract_quotes(struct doc *doc);   /* quote.c: kind quote */
void extract_events(struct doc *doc);   /* event.c: kind event */
void extract_sources(struct doc *doc);  /* source.c, mode.c: attribution, modality, place
                                           and time of quantities */

/* All of them; none where doc.lang is NULL. */
void extract_facts(struct doc *doc);

/* The article record (n 0) and the facts, in order; arrays in the document's arena. */
struct extract_entry {
    struct fact *fact; /* fact[0] is the article record */
    uint32_t count;
};
/* Entities become facts, dropped ones go, facts are put in order of span and get n, id
 * and article. extractor: name and version of all that reads here, as READY says it,
 * whatever the language of this document (proto/work.txt); borrowed. */
void extract_assemble(struct doc *doc, struct str extractor, struct extract_entry *out);

#endif
