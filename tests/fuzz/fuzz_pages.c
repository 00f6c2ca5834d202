/* A journal's file whose pages were changed, but for LMDB's two heads: the walk over its
 * pages (ctl check) ends, reads nothing outside, and finds nothing in one that is whole.
 * The input is a list of patches: offset u24, length u8, bytes. */
#include "tests/fuzz/fuzz.h"

#include "broker/journal_lmdb.h"
#include "proto/base/file.h"

#include <stdio.h>

#define FILE_BYTES ((size_t)1 << 20)
#define HEADS      8192 /* LMDB itself reads these before the walk can begin */

/* A journal that was made once (tests/contract/journals). */
static struct str base(void)
{
    static struct buf bytes;
    if (bytes.len == 0)
        fuzz_require(file_read(JOURNAL, FILE_BYTES, &bytes, NULL) == 0);
    return buf_str(&bytes);
}

static bool patch(struct str script, struct buf *file)
{
    bool changed = false;
    while (script.len > 4) {
        const unsigned char *head = (const unsigned char *)script.ptr;
        size_t at = HEADS + (head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16);
        size_t len = head[3];
        script = str_from(script, 4);
        len = len < script.len ? len : script.len;
        at = HEADS + (at - HEADS) % (file->len - HEADS);
        len = len < file->len - at ? len : file->len - at;
        changed |= memcmp(file->ptr + at, script.ptr, len) != 0;
        memcpy(file->ptr + at, script.ptr, len);
        script = str_from(script, len);
    }
    return changed;
}

static void note(void *context, const char *finding)
{
    fuzz_require(fuzz_is_plain(str_of(finding)));
    ++*(int *)context;
}

static void walk(char *dir, bool changed)
{
    struct lmdb lmdb = {.path = dir, .read_only = true};
    struct err err = {0};
    int findings = 0;
    fuzz_require(mdb_env_create(&lmdb.env) == 0);
    fuzz_require(mdb_env_open(lmdb.env, dir, MDB_RDONLY | MDB_NOTLS, 0600) == 0);
    int rc = lmdb_check_pages(&lmdb, note, &findings, &err);
    if (rc < 0)
        fuzz_check_err(rc, &err);
    else
        fuzz_require(changed || rc == 0);
    fuzz_require(rc < 0 || (rc > 0) == (findings > 0));
    mdb_env_close(lmdb.env);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char dir[512];
    struct buf file = {0};
    snprintf(dir, sizeof dir, "%s/pages", fuzz_dir());
    fuzz_require(file_make_dir(dir, NULL) == 0);
    buf_add_str(&file, base());
    bool changed = patch(str_make((const char *)bytes, len), &file);
    fuzz_file(0, "pages/data.mdb", buf_str(&file));
    walk(dir, changed);
    buf_fini(&file);
    return 0;
}
