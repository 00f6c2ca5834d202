#include "tests/fault/disk.h"

#include "proto/base/mem.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FDS 1024

#define X(name) #name,
const char *const disk_call_names[DISK_KINDS] = {DISK_CALLS(X)};
#undef X
const char *const disk_fault_names[DISK_FAULTS] = {"EIO",  "ENOSPC", "short",
                                                   "kill", "broken", "full"};

static struct {
    bool armed, hit, recording;
    enum disk_call call;
    enum disk_fault fault;
    uint64_t index, count[DISK_KINDS];
    enum { OTHER, DATA, DATA_SYNCED, DIRECTORY } file[FDS];
    struct disk_op *op;
    size_t ops, op_cap;
} disk;

bool disk_may(enum disk_call call, enum disk_fault fault)
{
    bool writes = call == DISK_write || call == DISK_fdatasync || call == DISK_fsync ||
                  call == DISK_ftruncate || call == DISK_open || call == DISK_mkdir;

    if (fault == DISK_SHORT)
        return call == DISK_write;
    if (fault == DISK_ENOSPC || fault == DISK_FULL)
        return writes;
    return fault != DISK_BROKEN || call == DISK_alloc || writes;
}

void disk_arm(enum disk_call call, uint64_t index, enum disk_fault fault)
{
    memset(disk.count, 0, sizeof disk.count);
    disk.call = call;
    disk.index = index;
    disk.fault = fault;
    disk.hit = false;
    disk.armed = true;
}

void disk_disarm(void)
{
    disk.armed = false;
}

uint64_t disk_count(enum disk_call call)
{
    return disk.count[call];
}

bool disk_hit(void)
{
    return disk.hit;
}

/* 0: go on; an errno; -1: do half of it. */
static int meet(enum disk_call call)
{
    if (!disk.armed)
        return 0;
    uint64_t n = ++disk.count[call];
    bool lasting = disk.fault == DISK_BROKEN || disk.fault == DISK_FULL;
    bool first = call == disk.call && n == disk.index;
    if (!first && !(lasting && disk.hit && disk_may(call, disk.fault)))
        return 0;
    disk.hit = true;
    if (disk.fault == DISK_KILL)
        kill(getpid(), SIGKILL);
    if (disk.fault == DISK_SHORT)
        return -1;
    return disk.fault == DISK_ENOSPC || disk.fault == DISK_FULL ? ENOSPC : EIO;
}

/* ---- the record ---- */

static void add_op(enum disk_op_kind kind, bool synced, uint64_t offset, const void *data,
                   size_t len)
{
    if (!disk.recording)
        return;
    if (disk.ops == disk.op_cap) {
        disk.op_cap = disk.op_cap ? disk.op_cap * 2 : 256;
        disk.op = mem_grow(disk.op, disk.op_cap, sizeof *disk.op);
    }
    disk.op[disk.ops++] = (struct disk_op){
        kind, synced, offset, len ? str_make(mem_copy(data, len), len) : STR_NONE};
}

void disk_record(bool on)
{
    disk.recording = on;
}

void disk_tell(uint64_t number)
{
    add_op(DISK_OP_TOLD, false, number, NULL, 0);
}

uint64_t disk_ops(void)
{
    return disk.ops;
}

const struct disk_op *disk_op(uint64_t n)
{
    return &disk.op[n];
}

static bool is_data(int fd)
{
    return fd >= 0 && fd < FDS && (disk.file[fd] == DATA || disk.file[fd] == DATA_SYNCED);
}

static void wrote(int fd, off_t offset, const void *data, ssize_t len)
{
    if (len > 0 && is_data(fd))
        add_op(DISK_OP_WRITE, disk.file[fd] == DATA_SYNCED, (uint64_t)offset, data,
               (size_t)len);
}

static void opened(int fd, const char *path, int flags)
{
    const char *name = strrchr(path, '/');
    if (fd < 0 || fd >= FDS)
        return;
    disk.file[fd] = flags & O_DIRECTORY ? DIRECTORY : OTHER;
    if (name && (strcmp(name, "/data.mdb") == 0 || strcmp(name, "/data.mdb.new") == 0))
        disk.file[fd] = flags & O_DSYNC ? DATA_SYNCED : DATA;
}

/* ---- the calls ---- */

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL(call)                                                                       \
    do {                                                                                 \
        int error_ = meet(DISK_##call);                                                  \
        if (error_ > 0)                                                                  \
            return errno = error_, -1;                                                   \
    } while (0)

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
    int rc = meet(DISK_write);
    if (rc > 0)
        return errno = rc, -1;
    ssize_t done = REAL(pwrite)(fd, data, rc < 0 ? len / 2 : len, offset);
    wrote(fd, offset, data, done);
    return done;
}

ssize_t write(int fd, const void *data, size_t len)
{
    int rc = fd > STDERR_FILENO ? meet(DISK_write) : 0;
    if (rc > 0)
        return errno = rc, -1;
    off_t at = is_data(fd) ? REAL(lseek)(fd, 0, SEEK_CUR) : 0;
    ssize_t done = REAL(write)(fd, data, rc < 0 ? len / 2 : len);
    wrote(fd, at, data, done);
    return done;
}

ssize_t writev(int fd, const struct iovec *part, int parts)
{
    int rc = meet(DISK_write);
    if (rc > 0)
        return errno = rc, -1;
    off_t at = is_data(fd) ? REAL(lseek)(fd, 0, SEEK_CUR) : 0;
    ssize_t done = REAL(writev)(fd, part, rc < 0 ? (parts + 1) / 2 : parts);
    ssize_t left = done;
    for (int i = 0; i < parts && left > 0; i++) {
        ssize_t len = left < (ssize_t)part[i].iov_len ? left : (ssize_t)part[i].iov_len;
        wrote(fd, at, part[i].iov_base, len);
        at += len;
        left -= len;
    }
    return done;
}

int fdatasync(int fd)
{
    FAIL(fdatasync);
    if (is_data(fd))
        add_op(DISK_OP_SYNC, false, 0, NULL, 0);
    return REAL(fdatasync)(fd);
}

int fsync(int fd)
{
    FAIL(fsync);
    if (fd >= 0 && fd < FDS && disk.file[fd] == DIRECTORY)
        add_op(DISK_OP_NAMES, false, 0, NULL, 0);
    else if (is_data(fd))
        add_op(DISK_OP_SYNC, false, 0, NULL, 0);
    return REAL(fsync)(fd);
}

int ftruncate(int fd, off_t len)
{
    FAIL(ftruncate);
    return REAL(ftruncate)(fd, len);
}

int open(const char *path, int flags, ...)
{
    va_list args;
    FAIL(open);
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    int fd = REAL(open)(path, flags, mode);
    opened(fd, path, flags);
    return fd;
}

void *mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
    int rc = fd >= 0 ? meet(DISK_mmap) : 0;
    if (rc > 0)
        return errno = rc, MAP_FAILED;
    return REAL(mmap)(at, len, prot, flags, fd, offset);
}

int fcntl(int fd, int command, ...)
{
    va_list args;
    FAIL(fcntl);
    va_start(args, command);
    void *argument = va_arg(args, void *);
    va_end(args);
    return REAL(fcntl)(fd, command, argument);
}

int flock(int fd, int operation)
{
    FAIL(flock);
    return REAL(flock)(fd, operation);
}

int mkdir(const char *path, mode_t mode)
{
    FAIL(mkdir);
    return REAL(mkdir)(path, mode);
}

ssize_t pread(int fd, void *data, size_t len, off_t offset)
{
    FAIL(pread);
    return REAL(pread)(fd, data, len, offset);
}

int fstatfs(int fd, struct statfs *out)
{
    FAIL(fstatfs);
    return REAL(fstatfs)(fd, out);
}

off_t lseek(int fd, off_t offset, int whence)
{
    FAIL(lseek);
    return REAL(lseek)(fd, offset, whence);
}

/* A sanitizer has an allocator of its own. */
#ifndef __SANITIZE_ADDRESS__
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    return meet(DISK_alloc) > 0 ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return meet(DISK_alloc) > 0 ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return meet(DISK_alloc) > 0 ? NULL : __libc_realloc(old, size);
}
#endif
