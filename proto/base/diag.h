#ifndef PROTO_BASE_DIAG_H
#define PROTO_BASE_DIAG_H

/* Diagnostics: one line an event on standard error,
 *     level=warn mod=dispatch msg="lease expired" seq=17 worker=3
 * Values are escaped (what utf8_is_unsafe, quote, backslash) and cut at 200 bytes, so
 * nothing a stranger sends can forge a line. Warn when someone should act; count what
 * repeats. The supervisor stamps and rotates.
 *
 * A program that strangers can make talk limits itself (diag_limit): of one message so
 * many lines in a while, and then a line with suppressed=N. */

#include "proto/base/str.h"

#include <stdbool.h>

enum diag_level { DIAG_DEBUG, DIAG_INFO, DIAG_WARN, DIAG_ERROR };

void diag_set_level(enum diag_level least);
int diag_level_of(const char *name); /* level, or -1 */

/* From now on at most `lines` of one message (tally.h) within per_ms; 0: all are said,
 * which is how a program begins. */
void diag_limit(uint64_t lines, uint64_t per_ms);
/* What a service says of one message: enough to see a case, too little to fill a disk. */
#define DIAG_SERVICE_LINES  20
#define DIAG_SERVICE_PER_MS 10000
/* Tell what was suppressed and whose time is over, or (all) everything: now and then, and
 * at the end. Costs next to nothing where there is none. */
void diag_settle(bool all);

/* Pairs: NULL-terminated list of key, value C strings. Numbers through diag_u64 below. */
void diag(enum diag_level level, const char *module, const char *message, ...)
    __attribute__((sentinel));
void diag_errno(enum diag_level level, const char *module, const char *message, ...)
    __attribute__((sentinel)); /* adds error="strerror(errno)" */

/* Text of a number for a pair: borrowed, one of 16 rotating buffers. */
const char *diag_u64(uint64_t value);
const char *diag_str(struct str s);

/* Tests: lines go to hook instead of standard error; NULL puts it back. */
void diag_hook(void (*hook)(enum diag_level level, struct str line, void *context),
               void *context);

#endif
