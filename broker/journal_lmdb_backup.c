#include "broker/journal_lmdb.h"

#include "proto/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES (1 << 20)

/* LMDB copies a snapshot, page after page that is in use. */
int lmdb_backup(void *impl, const char *file, struct err *err)
{
    struct lmdb *lmdb = impl;

    lmdb_end_read(lmdb);
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_system(err, "open %s", file);
    int rc = mdb_env_copyfd2(lmdb->env, fd, MDB_CP_COMPACT), code = 0;
    if (rc)
        code = lmdb_error(lmdb, rc, "back up", err);
    else if (fsync(fd) < 0)
        code = err_system(err, "sync %s", file);
    if (close(fd) < 0 && code == 0)
        code = err_system(err, "close %s", file);
    if (code < 0)
        unlink(file);
    return code;
}

static int copy_bytes(int from, int to, const char *file, struct err *err)
{
    struct buf piece = {0};
    int rc = 0;

    char *bytes = buf_reserve(&piece, COPY_BYTES);
    for (;;) {
        ssize_t got = read(from, bytes, COPY_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            rc = got < 0 ? err_system(err, "read %s", file) : 0;
            break;
        }
        for (ssize_t at = 0; rc == 0 && at < got;) {
            ssize_t put = write(to, bytes + at, (size_t)(got - at));
            if (put < 0 && errno != EINTR)
                rc = err_system(err, "write anew %s", file);
            at += put > 0 ? put : 0;
        }
        if (rc < 0)
            break;
    }
    buf_fini(&piece);
    return rc;
}

/* A durable copy of file under the name to. */
static int copy_file(const char *file, const char *to, struct err *err)
{
    int from_fd = open(file, O_RDONLY | O_CLOEXEC), rc = 0;

    if (from_fd < 0)
        return err_system(err, "open %s", file);
    int to_fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (to_fd < 0)
        rc = err_system(err, "open %s", to);
    else
        rc = copy_bytes(from_fd, to_fd, file, err);
    if (rc == 0 && fsync(to_fd) < 0)
        rc = err_system(err, "sync %s", to);
    if (to_fd >= 0)
        close(to_fd);
    close(from_fd);
    if (rc < 0)
        unlink(to);
    return rc;
}

/* The lock is held. What was there is kept beside as data.mdb.old. */
static int put_in_place(struct lmdb *lmdb, const char *file, bool replace,
                        struct err *err)
{
    struct buf data = {0}, new_file = {0}, other = {0};
    int rc = 0;

    buf_printf(&data, "%s/data.mdb", lmdb->path);
    buf_printf(&new_file, "%s/data.mdb.new", lmdb->path);
    bool exists = access(buf_cstr(&data), F_OK) == 0;
    if (exists && !replace)
        rc = err_set(err, ERR_CONFLICT, "%s holds a journal already", lmdb->path);
    if (rc == 0)
        rc = copy_file(file, buf_cstr(&new_file), err);
    buf_printf(&other, "%s/lock.mdb", lmdb->path);
    if (rc == 0 && unlink(buf_cstr(&other)) < 0 && errno != ENOENT)
        rc = err_system(err, "remove %s", buf_cstr(&other));
    buf_clear(&other);
    buf_printf(&other, "%s/data.mdb.old", lmdb->path);
    if (rc == 0 && exists && rename(buf_cstr(&data), buf_cstr(&other)) < 0)
        rc = err_system(err, "rename %s", buf_cstr(&data));
    if (rc == 0 && rename(buf_cstr(&new_file), buf_cstr(&data)) < 0)
        rc = err_system(err, "rename %s", buf_cstr(&new_file));
    if (rc == 0)
        rc = lmdb_sync_names(lmdb, err);
    buf_fini(&data);
    buf_fini(&new_file);
    buf_fini(&other);
    return rc;
}

int lmdb_restore(const char *path, const char *file, bool replace, struct err *err)
{
    struct lmdb lmdb = {.path = mem_copy(path, strlen(path)), .lock_fd = -1};

    int rc = lmdb_make_dir(&lmdb, err);
    if (rc == 0)
        rc = lmdb_lock(&lmdb, err);
    if (rc == 0)
        rc = put_in_place(&lmdb, file, replace, err);
    if (lmdb.lock_fd >= 0)
        close(lmdb.lock_fd);
    mem_free(lmdb.path);
    return rc;
}
