#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

/* The one function of a fuzz target: any bytes go in, 0 comes out; it aborts where a
 * promise is broken. Called by libFuzzer, or by replay.c for each file of the corpus. */

#include "proto/base/err.h"
#include "proto/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* A promise: aborts where it does not hold. */
void fuzz_require(bool holds);

/* A directory of this process's own under $TMPDIR, removed at its end. */
const char *fuzz_dir(void);
/* Write a file (mode 0600) of this name in it; its path, borrowed until the next call
 * with the same slot. */
#define FUZZ_SLOTS 4
const char *fuzz_file(unsigned slot, const char *name, struct str bytes);

/* Inputs of several parts are cut at marks that are unlikely elsewhere: the next part of
 * *rest, up to the next "\n%%\n" or the end. Absent when *rest is. */
struct str fuzz_part(struct str *rest);

/* UTF-8 and safe to show (utf8_is_unsafe), save that lines end. */
bool fuzz_is_plain(struct str text);
/* What a function answered that failed: its code stands in err, with one plain line. */
void fuzz_check_err(int rc, const struct err *err);

#endif
