#ifndef TESTS_SUPPORT_CHECK_H
#define TESTS_SUPPORT_CHECK_H

/* What every test includes: cmocka with the headers it needs, and checks of our types.
 * A failing check ends the test that runs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/base/err.h"
#include "proto/base/str.h"

/* `got` holds exactly the bytes of the C string `text`; the line shown is the caller's.
 */
#define assert_str(got, text) check_str((got), (text), __FILE__, __LINE__)
void check_str(struct str got, const char *text, const char *file, int line);

/* The C string `text` holds `part`. */
#define assert_has(text, part) check_has((text), (part), __FILE__, __LINE__)
void check_has(const char *text, const char *part, const char *file, int line);

/* A call that takes `struct err *` answered 0; shows the error's text where it did not.
 */
#define assert_ok(result, err) check_ok((result), (err), __FILE__, __LINE__)
void check_ok(int result, const struct err *err, const char *file, int line);

/* A new empty directory; the path is new. check_dir_remove deletes it with all that is in
 * it and frees the path. */
char *check_dir_make(void);
void check_dir_remove(char **dir);
/* "dir/name": borrowed, one of 8 rotating buffers. */
const char *check_path(const char *dir, const char *name);

/* Diagnostics of the code under test. Between begin and end lines are caught. Expect
 * fails unless a caught line that was not expected yet holds `text`; end fails if a
 * warning or an error is left that nobody expected. */
void check_diag_begin(void);
void check_diag_expect(const char *text);
void check_diag_end(void);

#endif
