#ifndef WORKER_FEED_JAIL_H
#define WORKER_FEED_JAIL_H

/* Feeds are read, and pages put into UTF-8, in a process of its own, which has given up
 * all rights before it sees a byte of them (worker/sandbox.h): no file, no network, no
 * program, little memory and time. What comes back is checked like anything from outside.
 * A document that brings its reader down is one broken document.
 *
 * A warden, forked while this process is small and has one thread, waits for documents
 * and forks a reader for each. It ends when its owner does. */

#include "worker/feed/rss.h"

#define JAIL_CPU_SECONDS  2
#define JAIL_MEMORY_BYTES ((uint64_t)512 * 1024 * 1024)

struct jail;

/* To be called before threads are started. In builds with sanitizers, which need more of
 * the system, the reader is a process of its own and no more. */
int jail_open(struct jail **jail_out, struct err *err);
void jail_close(struct jail **jail);

/* rss_read, in there; *out is in arena. ERR_FORMAT, ERR_LIMIT: what rss_read says, or the
 * reader was ended; ERR_GONE: the warden is not there any more. */
int jail_read(struct jail *jail, const struct rss_document *document, struct arena *arena,
              struct rss_feed *out, struct err *err);

/* The page as UTF-8, without what weighs most and tells nothing (worker/text/html.h), in
 * arena. ERR_LIMIT: still larger than an article may be; the rest as above. */
int jail_page(struct jail *jail, const struct rss_document *document, struct arena *arena,
              struct str *out, struct err *err);

#endif
