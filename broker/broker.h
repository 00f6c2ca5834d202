#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

/* The broker as a process has it: a line (line.h) bound to ZeroMQ sockets, the clock and
 * signals. Wiring only; nothing is decided here. */

#include "broker/settings.h"
#include "proto/base/err.h"

struct broker;

/* Called at SIGHUP: fill *settings anew; negative keeps the old ones. */
typedef int broker_reload(void *context, struct settings *settings, struct err *err);

/* Opens the journal and binds all endpoints. settings are copied, their texts borrowed.
 * ERR_USAGE for an address that would let strangers in; ERR_LOCKED for a journal or an
 * address somebody else has. */
int broker_open(const struct settings *settings, struct broker **broker_out,
                struct err *err);
/* Runs until SIGTERM, SIGINT or `stop` and the drain after it. */
int broker_run(struct broker *broker, broker_reload *reload, void *context,
               struct err *err);
void broker_close(struct broker **broker);

/* Verify a journal offline (--check-journal): findings on standard output. 0 it is sound,
 * 1 it is not, negative it could not be looked at. */
int broker_check(const char *uri, struct err *err);
/* Open it in a child process and forget that: LMDB trusts its pages, and may crash on
 * damaged ones. ERR_CORRUPT when that is what happens; 0 whatever else does. */
int broker_try(const char *uri, uint64_t map_bytes, struct err *err);
/* Copy a journal into a new directory, durably, while a broker may be at work on it
 * (--backup): data.mdb, a journal like any other, and a manifest with its checksum. And
 * make a journal of such a directory (--restore); one that is there is refused, or, with
 * replace, put aside as data.mdb.old. Both end with a check and answer as that does; over
 * 1 is an exit code whose cause was said. */
int broker_backup(const char *uri, const char *dir, struct err *err);
int broker_restore(const char *uri, const char *dir, bool replace, struct err *err);

/* Bring what a journal holds into another one, of any engine (--copy-to), with no broker
 * at either: facts at their positions, articles that are to be read, dead letters, and
 * what named consumers have confirmed. Started again, it goes on. Work in a cluster is
 * finished there once it is durable here, for it can be had by taking only.
 * ERR_CONFLICT: the destination holds something else. */
int broker_copy(const char *from, const char *to, uint64_t map_bytes, struct err *err);

/* Exit code of a failure: EXIT_NEVER or EXIT_LATER (proto/base/program.h). */
int broker_exit_code(int code);

#endif
