#include "tests/support/check.h"

#include "proto/base/buf.h"
#include "proto/base/diag.h"
#include "proto/base/mem.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATHS      8
#define PATH_BYTES 512
#define LINES_MOST 256

struct caught {
    enum diag_level level;
    bool expected;
    char *text;
};

/* One test runs at a time in a test program. */
static struct caught caught[LINES_MOST];
static size_t caught_count;

void check_str(struct str got, const char *text, const char *file, int line)
{
    if (got.ptr && str_is(got, text))
        return;
    print_error("got  \"%.*s\"%s\nwant \"%s\"\n", (int)got.len, got.ptr ? got.ptr : "",
                got.ptr ? "" : " (absent)", text);
    _fail(file, line);
}

void check_has(const char *text, const char *part, const char *file, int line)
{
    if (strstr(text, part))
        return;
    print_error("\"%s\"\nholds no \"%s\"\n", text, part);
    _fail(file, line);
}

void check_ok(int result, const struct err *err, const char *file, int line)
{
    if (result == 0)
        return;
    print_error("answered %d (%s): %s\n", result, err_name(result), err ? err->text : "");
    _fail(file, line);
}

char *check_dir_make(void)
{
    const char *top = getenv("TMPDIR");
    struct buf path = {0};
    buf_printf(&path, "%s/warta-test-XXXXXX", top && *top ? top : "/tmp");
    buf_cstr(&path);
    if (mkdtemp(path.ptr) == NULL)
        fail_msg("mkdtemp %s", path.ptr);
    return path.ptr;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void check_dir_remove(char **dir)
{
    if (*dir == NULL)
        return;
    nftw(*dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    mem_free(*dir);
    *dir = NULL;
}

const char *check_path(const char *dir, const char *name)
{
    static char path[PATHS][PATH_BYTES];
    static unsigned turn;
    char *at = path[turn++ % PATHS];
    if (snprintf(at, PATH_BYTES, "%s/%s", dir, name) >= PATH_BYTES)
        fail_msg("the path of %s is too long", name);
    return at;
}

static void catch_line(enum diag_level level, struct str line, void *context)
{
    (void)context;
    if (caught_count == LINES_MOST)
        fail_msg("more than %d lines of diagnostics", LINES_MOST);
    caught[caught_count++] =
        (struct caught){.level = level, .text = mem_copy(line.ptr, line.len)};
}

static void forget(void)
{
    for (size_t i = 0; i < caught_count; i++)
        mem_free(caught[i].text);
    caught_count = 0;
}

void check_diag_begin(void)
{
    forget();
    diag_hook(catch_line, NULL);
}

void check_diag_expect(const char *text)
{
    for (size_t i = 0; i < caught_count; i++)
        if (!caught[i].expected && strstr(caught[i].text, text)) {
            caught[i].expected = true;
            return;
        }
    for (size_t i = 0; i < caught_count; i++)
        print_error("caught %s\n", caught[i].text);
    fail_msg("no diagnostic holds \"%s\"", text);
}

void check_diag_end(void)
{
    size_t unexpected = 0;
    diag_hook(NULL, NULL);
    for (size_t i = 0; i < caught_count; i++)
        if (caught[i].level >= DIAG_WARN && !caught[i].expected) {
            print_error("unexpected %s\n", caught[i].text);
            unexpected++;
        }
    forget();
    if (unexpected)
        fail_msg("%zu diagnostics nobody expected", unexpected);
}
