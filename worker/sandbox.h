#ifndef WORKER_SANDBOX_H
#define WORKER_SANDBOX_H

/* What a process gives up before it reads hostile text: code that an article took over
 * could do little more than give wrong facts about it.
 *
 *   all threads      no new program, process, debugger, mount, module or name space; no
 *                    new executable memory; no more privileges than now
 *                    (PR_SET_NO_NEW_PRIVS); no file is written, made or removed (Landlock,
 *                    where the kernel has it); no core file; an address space of no more
 *                    than `memory_bytes` beyond today's
 *   calling thread   besides, nothing but memory, time, waiting, its descriptors and
 *                    ending: no open, no socket, no connection
 *
 * Threads that libzmq has started before keep sockets, for they must connect again; they
 * see nothing of an article but its bytes. They share memory with the calling thread, so
 * this holds off an exploit that calls the system, not one that first takes over another
 * thread (SECURITY.md).
 *
 * Opening a file to read it is refused, for the C library tries to now and then. All else
 * that is not allowed ends the process with SIGSYS; the parent pool starts another
 * (pool.h), the broker counts the attempt and sets the article aside (broker/dispatch.h).
 *
 * Sources: seccomp(2), seccomp_rule_add(3), landlock(7). */

#include "proto/base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* False in builds with sanitizers, which need more of the system than is left here. */
bool sandbox_possible(void);

/* Enter it, for good. To be called once everything is open: models, sockets, the log. 0;
 * ERR_SYSTEM: the kernel or the container forbids it (nothing or part of it holds then: do
 * not go on as if it did). */
int sandbox_enter(uint64_t memory_bytes, struct err *err);

#endif
