#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

/* The one function of a fuzz target: any bytes go in, 0 comes out; it aborts where a
 * promise is broken. Called by libFuzzer, or by replay.c for each file of the corpus. */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#endif
