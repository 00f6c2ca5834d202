#ifndef WORKER_EXPLAIN_H
#define WORKER_EXPLAIN_H

/* How an article was read, for people and for scripts: its text by sentences with the
 * evidence of every fact marked, each fact with rule, cue and confidence, the mentions
 * that make an entity, the words with what a model says of them, and each line and
 * sentence that was dropped, with the reason.
 *
 * A fact's number here is its place in the entry (`n` of the record). All text of the
 * article is escaped for where it goes: control characters for a terminal, markup for
 * HTML. The same document gives the same bytes. */

#include "worker/extract/extract.h"

struct explain_view {
    const struct doc *doc;
    const struct extract_entry *entry; /* the records made of doc */
    struct str fact;                   /* id: this one and its sentence only; or absent */
    uint64_t number;                   /* of the article in the output, from 1 */
    bool colour;                       /* text: ANSI colours */
    bool tokens;                       /* text: the words of each sentence, too */
};

/* Whether view.fact is absent or is the id of a fact of the entry. */
bool explain_has(const struct explain_view *view);

/* Each appends to out. */
void explain_text(const struct explain_view *view, struct buf *out);
/* One object a line: "article" with what was dropped, "sentence" with its words, then the
 * facts as records with `rule`, `rule_cue`, `given` and an entity's `resolved`. */
void explain_json(const struct explain_view *view, struct buf *out);
/* One page: begin, any number of articles, end. */
void explain_html_begin(struct buf *out);
void explain_html(const struct explain_view *view, struct buf *out);
void explain_html_end(struct buf *out);

#endif
