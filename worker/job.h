#ifndef WORKER_JOB_H
#define WORKER_JOB_H

/* One document from article to records: text_read, learn_read, extract_facts, extract_assemble,
 * in an arena that is kept from one document to the next. What a document costs is bounded:
 * past the cap of memory or the deadline it is refused, and the next one begins afresh.
 * The same article gives the same bytes. After the first documents nothing is allocated
 * any more, save for one larger than all before. */

#include "proto/wire/fact.h"
#include "proto/wire/sketch.h"
#include "worker/extract/extract.h"

struct job;

struct job_options {
    uint64_t memory_bytes; /* cap of the document's arena */
    uint64_t deadline_ms;  /* time of the processor; 0: none */
    bool trees;            /* of all sentences, for who shows them */
    uint64_t no_op_bytes;  /* not 0: read nothing, make an entry of about so many bytes */
};

/* Opens the language packs and their models. */
int job_open(const struct job_options *options, struct job **job_out, struct err *err);
void job_close(struct job **job);

/* Name and version of all that reads here, for READY: "id-0.1". Borrowed from job. */
const char *job_extractor(const struct job *job);
/* Codes of the languages that are read, NULL-terminated. Borrowed from job. */
const char *const *job_languages(const struct job *job);

/* A msgpack article (unknown keys are passed over; without an id it gets the computed
 * one) to an entry. The entry is borrowed until the next call. 0; ERR_LIMIT, ERR_TIMEOUT:
 * it costs too much; ERR_FORMAT, ERR_FIELD, ERR_UTF8: the article is none. */
int job_run(struct job *job, struct str article, struct str *entry_out, struct err *err);

/* The sketch of the text of the last job_run that answered 0; empty for a no-op job. */
void job_sketch(const struct job *job, struct sketch *out);

/* The same from a decoded article to records, which are borrowed until the next call.
 * Text that is not UTF-8 is repaired as text.h says. */
int job_read(struct job *job, const struct article *article,
             struct extract_entry *entry_out, struct err *err);
/* The document of the last job_read that answered 0: why lines were dropped. Borrowed. */
const struct doc *job_doc(const struct job *job);

#endif
