#ifndef WORKER_EXTRACT_SOURCE_H
#define WORKER_EXTRACT_SOURCE_H

/* What is said around a fact (a quantity, an event): who answers for it, how real it is,
 * whose, where and when it is. Reads the quotes that extract_quotes left, dropped ones
 * too: those are no quotes but say who a stretch of text stands on. */

#include "worker/extract/mode.h"

struct sources {
    const struct clause *clause; /* of doc */
    struct modes modes;
    struct doc *doc;
    uint32_t *quote;    /* by token: 1 + index in doc.found of the innermost quote; 0 */
    uint32_t *outer;    /* by index in doc.found: 1 + the quote around it; 0 */
    uint32_t *quantity; /* by token: 1 + index in doc.found of the quantity there; 0 */
    const struct wordlist *holder, *gives, *lochead, *counted;
};

/* What a word says about the number behind it (list holder; roots of list giver). */
enum source_kind {
    KIND_NONE,
    KIND_HAS,    /* its subject has what is counted */
    KIND_AMOUNT, /* its subject amounts to that much */
    KIND_FIND,   /* its subject found that many where it is */
    KIND_SIZE,   /* so high, so heavy: of no time */
    KIND_FROM,   /* before whose it is */
    KIND_THAN,   /* before what it is compared with */
    KIND_BODY,   /* a body that has been named before: "perseroan" */
};

/* The part of the sentence that the fact stands in: the quote's content, or the sentence.
 */
struct scope {
    uint32_t first, end;
};

/* Of this document, made when first asked for: once all quotes and quantities have been
 * found. It stays the document's. */
struct sources *sources_of(struct doc *doc);

/* What follows is of a fact in tokens [first, end). */
struct scope source_scope(const struct sources *s, uint32_t first, uint32_t end);
/* Who answers for what stands at the token; NULL: the article itself. */
struct fact_attribution *source_attribution(const struct sources *s, uint32_t at);
/* How real the verb of speech makes what stands at the token: "membantah bahwa …". */
struct mode source_mode(const struct sources *s, uint32_t at);

static inline const struct mention *source_mention(const struct sources *s, uint32_t at)
{
    uint32_t mention = mention_at(s->doc, at);
    return mention == DOC_NONE ? NULL : &s->doc->mentions.item[mention];
}

/* source_holder.c */
enum source_kind source_kind_at(const struct sources *s, uint32_t at);
void source_holder(struct sources *s, struct found *found, struct scope scope);

/* source_field.c */
/* What is counted are places: "empat kota". */
bool source_counts_places(const struct sources *s, const struct found *found);
/* Where it is; NULL: nothing says so. */
struct fact_place *source_place(const struct sources *s, uint32_t first, uint32_t end,
                                struct scope scope);
/* … of places that are counted: "empat kota Indonesia". */
struct fact_place *source_place_counted(const struct sources *s,
                                        const struct found *found, struct scope scope);
/* When it holds: a time's value, or absent. */
struct str source_time(const struct sources *s, uint32_t first, uint32_t end,
                       struct scope scope);

#endif
