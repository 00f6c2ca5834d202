#ifndef BROKER_COLLECT_H
#define BROKER_COLLECT_H

/* Third stage: a worker's entry comes back. It is held against its lease and the contract
 * of proto/fact.txt, appended to the facts' stream under an id made of article and
 * extractor, and when that is durable the article is finished.
 *
 * Here an article that is a copy of another gets to say so (copies.h): the entry is
 * stored with "copy_of", so whoever reads it again reads the same.
 *
 * No socket and no clock. Workers are not trusted: what is stored here reaches every
 * consumer. */

#include "broker/copies.h"
#include "broker/journal.h"
#include "proto/base/arena.h"
#include "proto/base/metric.h"

#define COLLECT_METRICS(X)                                                               \
    X(entries, COUNTER, "entries made durable")                                          \
    X(duplicate, COUNTER, "entries that were there already")                             \
    X(refused, COUNTER, "entries that break the contract")                               \
    X(lost, COUNTER,                                                                     \
      "entries the journal could not keep; their articles are read again")               \
    X(facts, COUNTER, "facts in entries made durable")                                   \
    X(bytes, COUNTER, "bytes of entries made durable")                                   \
    X(copies, COUNTER, "entries of articles that are copies of others")                  \
    X(waiting, GAUGE, "entries the journal works on")

struct collect_metrics {
    METRIC_FIELDS(COLLECT_METRICS)
};

/* What an entry answers to. */
struct collect_job {
    uint64_t seq; /* of the article */
    struct str id, extractor;
    struct str sketch; /* of its text, as the worker sent it; or absent */
    uint64_t now_ms;   /* the clock the journal's entries are stamped by */
};

struct collect;

/* Knows the copies that the journal keeps; now_ms as in a job. */
struct collect *collect_new(struct journal *journal, const struct copies_options *copies,
                            uint64_t now_ms);
void collect_free(struct collect **collect);

/* Check the entry and append it. 0; ERR_FORMAT, ERR_FIELD, ERR_LIMIT, ERR_UTF8: the entry
 * is wrong; ERR_FULL, ERR_NOSPACE, ERR_SYSTEM: the journal cannot take it now. */
int collect_entry(struct collect *collect, const struct collect_job *job,
                  struct str entry, struct err *err);
/* Only the check; *facts_out: records beside the article's. */
int collect_check(const struct collect_job *job, struct str entry, struct arena *arena,
                  uint32_t *facts_out, struct err *err);
/* The journal settled a ticket of the facts' stream. 1: article *seq_out is
 * finished; 0: its entry was lost, the journal will give the article out again. */
int collect_settled(struct collect *collect, const struct journal_outcome *outcome,
                    uint64_t *seq_out);
/* What was heard from the journal (journal_heard), which may be of other brokers' copies;
 * now_ms as in a job. */
void collect_hear(struct collect *collect, struct str name, struct str bytes,
                  uint64_t now_ms);
/* Before each flush of the journal. */
int collect_flush(struct collect *collect, struct err *err);
/* Entries that have not settled. */
uint64_t collect_waiting(const struct collect *collect);

struct collect_metrics *collect_metrics(struct collect *collect); /* borrowed */

#endif
