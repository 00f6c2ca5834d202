#ifndef WORKER_EXTRACT_SOURCE_H
#define WORKER_EXTRACT_SOURCE_H

/* What is said around a fact (quantities now, whatever is in doc.found as such): who
 * answers for it, how real it is, whose, where and when it is. Reads the quotes that
 * extract_quotes left, dropped ones too: those are no quotes but say who a stretch of
 * text stands on. */

#include "worker/extract/mode.h"

struct sources {
    struct clause clause;
    struct modes modes;
    struct doc *doc;
    uint32_t *quote;    /* by token: 1 + index in doc.found of the innermost quote; 0 */
    uint32_t *outer;    /* by index in doc.found: 1 + the quote around it; 0 */
    uint32_t *quantity; /* by token: 1 + index in doc.found of the quantity there; 0 */
    const struct wordlist *holder;
};

/* The part of the sentence that the fact stands in: the quote's content, or the sentence.
 */
struct scope {
    uint32_t first, end;
};

/* source_field.c */
void source_holder(struct sources *s, struct found *found, struct scope scope);
void source_place(struct sources *s, struct found *found, struct scope scope);
void source_time(struct sources *s, struct found *found, struct scope scope);

#endif
