#ifndef BROKER_COPIES_H
#define BROKER_COPIES_H

/* Which article is a copy of which: wire copy that several outlets carry, publications
 * under another headline, shortened or slightly edited. Workers send a sketch of each
 * article (proto/wire/sketch.h); here stand those of the newest `most`, as long as they
 * are younger than the window (copies_ring.h).
 *
 * An article is a copy of the oldest there with which it has at least `least` per cent of
 * its text in common; where that one is the same (its id) or an earlier revision of it
 * (its url), it is none. Looked up by the values of its sketch: of each, the newest
 * COPIES_CHAIN articles that have it. What a look-up and what all of it cost is bounded.
 *
 * In memory, and in the journal as rows the broker keeps for itself (journal_keep), which
 * become durable with the facts they came with; so a start after a crash knows what it
 * knew. A row that is lost or damaged only means that copies of its articles go
 * unnoticed. Brokers that share a journal each have rows of their own and hear those of
 * the others; what two of them collect in the same moment goes unnoticed, too. */

#include "broker/journal.h"
#include "proto/wire/sketch.h"

#define COPIES_MOST  65536u /* 30 MB when all are there */

struct copies_options {
    uint64_t window_ms; /* 0: nothing is remembered, and nothing is a copy */
    uint32_t least;     /* per cent */
    uint32_t most;      /* a power of two; 0: COPIES_MOST */
    uint32_t self; /* of brokers that share a journal, which this is; 0: it is alone */
};

struct copies_article {
    struct str id, url; /* url may be absent */
    const struct sketch *sketch;
    uint64_t now_ms; /* the clock the journal's entries are stamped by */
};

struct copies;

struct copies *copies_new(const struct copies_options *options);
void copies_free(struct copies **copies);

/* The id of the article it is a copy of, borrowed until the next copies_add; or absent.
 */
struct str copies_find(struct copies *copies, const struct copies_article *article);
/* Remember it: a number for copies_drop, 0 where it is not remembered. */
uint64_t copies_add(struct copies *copies, const struct copies_article *article);
/* It was not stored after all. */
void copies_drop(struct copies *copies, uint64_t number);

/* Before a flush: put into the journal what is new. */
int copies_save(struct copies *copies, struct journal *journal, struct err *err);
/* At the start, in an empty one. How many there are now. */
uint32_t copies_load(struct copies *copies, struct journal *journal, uint64_t now_ms);
/* What was heard from the journal (journal_heard): a row of another broker's is
 * remembered besides; anything else changes nothing. */
void copies_hear(struct copies *copies, struct str name, struct str bytes,
                 uint64_t now_ms);

#endif
