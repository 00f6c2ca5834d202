#include "tests/fuzz/fuzz.h"

#include "proto/base/utf8.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATH_BYTES 256

static char dir[PATH_BYTES];

void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

static int remove_entry(const char *path, const struct stat *st, int type,
                        struct FTW *where)
{
    (void)st, (void)type, (void)where;
    return remove(path);
}

static void remove_dir(void)
{
    nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *fuzz_dir(void)
{
    const char *parent = getenv("TMPDIR");
    if (dir[0])
        return dir;
    snprintf(dir, sizeof dir, "%s/warta-fuzz-XXXXXX", parent ? parent : "/tmp");
    fuzz_require(mkdtemp(dir) != NULL);
    atexit(remove_dir);
    return dir;
}

const char *fuzz_file(unsigned slot, const char *name, struct str bytes)
{
    static char path[FUZZ_SLOTS][2 * PATH_BYTES];
    fuzz_require(slot < FUZZ_SLOTS);
    snprintf(path[slot], sizeof path[slot], "%s/%s", fuzz_dir(), name);
    int fd = open(path[slot], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    fuzz_require(fd >= 0);
    fuzz_require(bytes.len == 0 || write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len);
    close(fd);
    return path[slot];
}

struct str fuzz_part(struct str *rest)
{
    static const struct str mark = {"\n%%\n", 4};
    struct str part = *rest;
    size_t at = rest->ptr ? str_find(*rest, mark) : (size_t)-1;
    if (at == (size_t)-1) {
        *rest = STR_NONE;
        return part;
    }
    *rest = str_from(part, at + mark.len);
    return str_slice(part, 0, at);
}

bool fuzz_is_plain(struct str text)
{
    for (const char *p = text.ptr, *end = p + text.len; p < end;) {
        uint32_t cp;
        unsigned len = utf8_decode(p, end, &cp);
        if (len == 0 || (cp != '\n' && utf8_is_unsafe(cp)))
            return false;
        p += len;
    }
    return true;
}

void fuzz_check_err(int rc, const struct err *err)
{
    fuzz_require(rc < 0 && rc == err->code && err->text[0]);
    fuzz_require(fuzz_is_plain(str_of(err->text)) && strchr(err->text, '\n') == NULL);
}
