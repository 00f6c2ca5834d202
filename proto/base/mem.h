#ifndef PROTO_BASE_MEM_H
#define PROTO_BASE_MEM_H

/* Allocation that does not fail: below the limits of proto/wire/limits.h a refusal from
 * the system ends the process with 111 (EXIT_LATER), which the journal makes safe.
 * `mem_fail_at` is the seam of the allocation-failure sweep in tests/fault. */

#include <stddef.h>

void *mem_alloc(size_t size_bytes);                  /* new, not cleared */
void *mem_zero(size_t count, size_t size_bytes);     /* new, cleared; overflow-checked */
void *mem_grow(void *old, size_t count, size_t size_bytes); /* realloc; overflow-checked */
char *mem_copy(const char *ptr, size_t len);         /* new, NUL-terminated */
void mem_free(void *p);                              /* NULL is fine */

/* Tests only: the n-th allocation from now (1 is the next) fails; 0 never. */
void mem_fail_at(unsigned long n);

#endif
