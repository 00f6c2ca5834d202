#include "proto/base/file.h"
#include "proto/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES ((size_t)64 * 1024)

static ssize_t read_some(int fd, char *to, size_t room)
{
    ssize_t got;
    do
        got = read(fd, to, room);
    while (got < 0 && errno == EINTR);
    return got;
}

/* One byte more than allowed is asked for, to tell "just fits" from "too much". */
static int read_all(int fd, const char *path, size_t max_bytes, struct buf *buf,
                    struct err *err)
{
    size_t begin = buf->len;
    for (;;) {
        size_t have = buf->len - begin;
        size_t want = max_bytes - have < READ_BYTES ? max_bytes - have + 1 : READ_BYTES;
        ssize_t got = read_some(fd, buf_reserve(buf, want), want);
        if (got == 0)
            return 0;
        int error = 0;
        if (got < 0)
            error = err_system(err, "%s: read", path);
        else if ((size_t)got > max_bytes - have)
            error = err_set(err, ERR_LIMIT, "%s: more than %zu bytes", path, max_bytes);
        if (error) {
            buf->len = begin;
            return error;
        }
        buf->len += (size_t)got;
    }
}

int file_read(const char *path, size_t max_bytes, struct buf *buf, struct err *err)
{
    if (strcmp(path, "-") == 0)
        return read_all(STDIN_FILENO, "standard input", max_bytes, buf, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_system(err, "%s: open", path);
    int result = read_all(fd, path, max_bytes, buf, err);
    close(fd);
    return result;
}

static int map_fd(int fd, const char *path, struct str *map_out, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_system(err, "%s: stat", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_USAGE, "%s: not a regular file", path);
    *map_out = STR("");
    if (st.st_size == 0)
        return 0;
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        return err_system(err, "%s: mmap", path);
    *map_out = str_make(p, (size_t)st.st_size);
    return 0;
}

int file_map(const char *path, struct str *map_out, struct err *err)
{
    *map_out = STR_NONE;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_system(err, "%s: open", path);
    int result = map_fd(fd, path, map_out, err);
    close(fd);
    return result;
}

void file_unmap(struct str *map)
{
    if (map->len)
        munmap((void *)(uintptr_t)map->ptr, map->len);
    *map = STR_NONE;
}

static int write_all(int fd, const char *path, struct str bytes, struct err *err)
{
    while (bytes.len) {
        ssize_t put = write(fd, bytes.ptr, bytes.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return err_system(err, "%s: write", path);
        bytes = str_from(bytes, (size_t)put);
    }
    if (fsync(fd) != 0)
        return err_system(err, "%s: fsync", path);
    return 0;
}

int file_sync_parent(const char *path, struct err *err)
{
    const char *slash = strrchr(path, '/');
    char *parent = slash ? mem_copy(path, slash == path ? 1 : (size_t)(slash - path))
                         : mem_copy(".", 1);
    int result = 0;
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        result = err_system(err, "%s: fsync", parent);
    if (fd >= 0)
        close(fd);
    mem_free(parent);
    return result;
}

static int write_new(const char *path, struct str bytes, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_system(err, "%s: create", path);
    int result = write_all(fd, path, bytes, err);
    if (close(fd) != 0 && result == 0)
        result = err_system(err, "%s: close", path);
    return result;
}

int file_replace(const char *path, struct str bytes, struct err *err)
{
    struct buf name = {0};
    buf_printf(&name, "%s.tmp", path);
    const char *tmp = buf_cstr(&name);
    int result = write_new(tmp, bytes, err);
    if (result == 0 && rename(tmp, path) != 0)
        result = err_system(err, "%s: rename", path);
    if (result != 0)
        unlink(tmp);
    else
        result = file_sync_parent(path, err);
    buf_fini(&name);
    return result;
}

static int make_one(const char *path, struct err *err)
{
    struct stat st;
    if (mkdir(path, 0700) == 0)
        return 0;
    if (errno != EEXIST)
        return err_system(err, "%s: mkdir", path);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    errno = ENOTDIR;
    return err_system(err, "%s: mkdir", path);
}

int file_make_dir(const char *path, struct err *err)
{
    char *part = mem_copy(path, strlen(path));
    int result = 0;
    for (char *p = part + 1; *part && *p && result == 0; p++) {
        if (*p != '/' || p[-1] == '/')
            continue;
        *p = '\0';
        result = make_one(part, err);
        *p = '/';
    }
    if (result == 0)
        result = make_one(path, err);
    mem_free(part);
    return result;
}

struct str file_mapping(const char *path)
{
    struct str found = STR_NONE;
    char line[PATH_MAX + 128];
    struct stat st;
    FILE *maps = stat(path, &st) < 0 ? NULL : fopen("/proc/self/maps", "re");
    while (maps && found.ptr == NULL && fgets(line, sizeof line, maps)) {
        unsigned long begin, end, inode;
        if (sscanf(line, "%lx-%lx %*s %*s %*s %lu", &begin, &end, &inode) == 3 &&
            inode == (unsigned long)st.st_ino)
            found = str_make((const char *)begin, end - begin);
    }
    if (maps)
        fclose(maps);
    return found;
}

void file_rest(struct str mapping)
{
    if (mapping.ptr)
        madvise((void *)(uintptr_t)mapping.ptr, mapping.len, MADV_DONTNEED);
}
