#ifndef TESTS_SUPPORT_COVERAGE_H
#define TESTS_SUPPORT_COVERAGE_H

/* Read before every file of the tree that tests/coverage builds: a child that ends with
 * _exit, as those that look at a journal do, would say nothing of what it ran. No header
 * is read here, for a file may use names of one that it does not include itself. */

void __gcov_dump(void);
extern _Noreturn void coverage_end(int code) __asm__("_exit");

static inline _Noreturn void coverage_exit(int code)
{
    __gcov_dump();
    coverage_end(code);
}

#define _exit(code) coverage_exit(code)

#endif
