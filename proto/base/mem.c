#include "proto/base/mem.h"
#include "proto/base/program.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The one global: a seam for tests, 0 in programs. Atomic, as threads may allocate. */
static atomic_ulong fail_in;

static void refuse(void)
{
    static const char line[] = "level=error mod=mem msg=\"out of memory\"\n";
    /* Nothing to do where even this fails; the exit code says it too. */
    ssize_t ignored = write(STDERR_FILENO, line, sizeof line - 1);
    (void)ignored;
    _exit(EXIT_LATER);
}

static void count_down(void)
{
    if (atomic_load_explicit(&fail_in, memory_order_relaxed) != 0 &&
        atomic_fetch_sub(&fail_in, 1) == 1)
        refuse();
}

void *mem_alloc(size_t size_bytes)
{
    count_down();
    void *p = malloc(size_bytes ? size_bytes : 1);
    if (p == NULL)
        refuse();
    return p;
}

void *mem_zero(size_t count, size_t size_bytes)
{
    count_down();
    if (count == 0 || size_bytes == 0)
        count = size_bytes = 1;
    void *p = calloc(count, size_bytes);
    if (p == NULL)
        refuse();
    return p;
}

void *mem_grow(void *old, size_t count, size_t size_bytes)
{
    size_t total;
    count_down();
    if (__builtin_mul_overflow(count, size_bytes, &total))
        refuse();
    void *p = realloc(old, total ? total : 1);
    if (p == NULL)
        refuse();
    return p;
}

char *mem_copy(const char *ptr, size_t len)
{
    if (len == SIZE_MAX)
        refuse();
    char *copy = mem_alloc(len + 1);
    if (len)
        memcpy(copy, ptr, len);
    copy[len] = '\0';
    return copy;
}

void mem_free(void *p)
{
    free(p);
}

void mem_fail_at(unsigned long n)
{
    atomic_store(&fail_in, n);
}
