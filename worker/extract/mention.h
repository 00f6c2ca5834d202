#ifndef WORKER_EXTRACT_MENTION_H
#define WORKER_EXTRACT_MENTION_H

/* Names and what they name: see names.h for the steps. extract_mentions (extract.h) fills
 * doc.mentions in order of span, without overlaps, and doc.entities in order of first
 * mention, and sets token.mention. */

#include "worker/extract/extract.h"

/* Index in doc.mentions of the mention that token belongs to, or DOC_NONE. */
uint32_t mention_at(const struct doc *doc, uint32_t token);
/* Index in doc.entities of what is named at token, or DOC_NONE. */
uint32_t mention_entity_at(const struct doc *doc, uint32_t token);
/* The fullest name in this text; absent for DOC_NONE. Borrowed. */
struct str entity_name(const struct doc *doc, uint32_t entity);

#endif
