#include "broker/journal_lmdb.h"

#include "proto/base/diag.h"
#include "proto/base/file.h"
#include "proto/base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#define DEFAULT_MAP_BYTES                                                                \
    (64ULL << 30)                  /* address space only; the file grows as needed       \
                                    */
#define MIN_MAP_BYTES (1ULL << 20) /* below it the reserve would be all there is */
#define FULL_BYTES    (64 * 1024)  /* a device with less free counts as full */
#define LOCK_BYTES    8192         /* of LMDB's table of 126 readers */

static const struct {
    const char *name;
    unsigned flags;
} tables[LMDB_TABLES] = {
    [LMDB_META] = {"meta", 0},
    [LMDB_ARTICLES] = {"articles", 0},
    [LMDB_FACTS] = {"facts", 0},
    [LMDB_ARTICLE_IDS] = {"article_ids", MDB_DUPSORT | MDB_DUPFIXED},
    [LMDB_FACT_IDS] = {"fact_ids", MDB_DUPSORT | MDB_DUPFIXED},
    [LMDB_WORK] = {"work", 0},
    [LMDB_DEAD] = {"dead", 0},
    [LMDB_MARKS] = {"marks", 0},
};

/* Has the file come up to what this process may write to one (RLIMIT_FSIZE)? */
static bool is_at_limit(const struct lmdb *lmdb)
{
    struct rlimit limit;
    struct buf path = {0};
    struct stat st;

    buf_printf(&path, "%s/data.mdb", lmdb->path);
    bool is = getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
              stat(buf_cstr(&path), &st) == 0 &&
              (uint64_t)st.st_size + FULL_BYTES > limit.rlim_cur;
    buf_fini(&path);
    return is;
}

/* LMDB says EIO for a write cut short, as where the device is full: so that is asked. */
static bool is_full(const struct lmdb *lmdb, int rc)
{
    struct statvfs vfs;

    if (rc == MDB_MAP_FULL || rc == ENOSPC || rc == EDQUOT || rc == EFBIG)
        return true;
    if (rc == EIO && is_at_limit(lmdb))
        return true;
    return rc == EIO && statvfs(lmdb->path, &vfs) == 0 &&
           (uint64_t)vfs.f_bavail * vfs.f_frsize < FULL_BYTES;
}

void lmdb_leave_damage(struct lmdb *lmdb)
{
    if (lmdb->write)
        lmdb->damaged = true;
    else
        lmdb_end_read(lmdb);
}

/* A transaction is bad when a page it asked for was damaged: what fails in a change
 * otherwise ends it at once. */
int lmdb_error(struct lmdb *lmdb, int rc, const char *what, struct err *err)
{
    int code = ERR_SYSTEM;

    if (is_full(lmdb, rc))
        code = ERR_NOSPACE;
    else if (rc == MDB_INVALID)
        code = ERR_FORMAT;
    else if (rc == MDB_CORRUPTED || rc == MDB_PAGE_NOTFOUND || rc == MDB_CURSOR_FULL ||
             rc == MDB_BAD_TXN)
        code = ERR_CORRUPT;
    else if (rc == MDB_VERSION_MISMATCH)
        code = ERR_VERSION;
    else if (rc == ENOENT)
        code = ERR_NOTFOUND;
    if (code == ERR_CORRUPT)
        lmdb_leave_damage(lmdb);
    return err_set(err, code, "journal %s: %s: %s", lmdb->path, what, mdb_strerror(rc));
}

static int read_pid(int fd)
{
    char text[32] = {0};
    int pid = 0;

    if (pread(fd, text, sizeof text - 1, 0) > 0)
        sscanf(text, "%d", &pid);
    return pid;
}

/* flock belongs to the open file, so a second open in this very process is refused too;
 * LMDB's own lock.mdb would let it through and then lose locks. */
int lmdb_lock(struct lmdb *lmdb, struct err *err)
{
    struct buf path = {0};
    char text[32];
    int rc = 0;

    buf_printf(&path, "%s/lock", lmdb->path);
    lmdb->lock_fd =
        open(buf_cstr(&path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lmdb->lock_fd < 0) {
        rc = err_system(err, "open %s", buf_cstr(&path));
    } else if (flock(lmdb->lock_fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EWOULDBLOCK)
            rc = err_set(err, ERR_LOCKED, "journal %s is held by process %d", lmdb->path,
                         read_pid(lmdb->lock_fd));
        else
            rc = err_system(err, "lock %s", buf_cstr(&path));
    } else {
        /* The pid is for people only: a full device must not keep a broker from reading.
         */
        int len = snprintf(text, sizeof text, "%-10d\n", (int)getpid());
        if (pwrite(lmdb->lock_fd, text, (size_t)len, 0) < 0)
            errno = 0;
    }
    buf_fini(&path);
    return rc;
}

static int sync_dir(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

    if (fd < 0)
        return err_system(err, "open %s", path);
    if (fsync(fd) < 0)
        rc = err_system(err, "sync %s", path);
    close(fd);
    return rc;
}

/* Names of new files are as durable as what is in them. */
int lmdb_sync_names(const struct lmdb *lmdb, struct err *err)
{
    struct buf parent = {0};

    int rc = sync_dir(lmdb->path, err);
    if (rc == 0) {
        buf_printf(&parent, "%s/..", lmdb->path);
        rc = sync_dir(buf_cstr(&parent), err);
    }
    buf_fini(&parent);
    return rc;
}

int lmdb_make_dir(struct lmdb *lmdb, struct err *err)
{
    struct stat st;
    struct statfs fs;

    int rc = file_make_dir(lmdb->path, err);
    if (rc < 0)
        return rc;
    if (stat(lmdb->path, &st) < 0)
        return err_system(err, "journal %s", lmdb->path);
    if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
        return err_set(err, ERR_USAGE,
                       "journal %s: must belong to this user and be writable by no other",
                       lmdb->path);
    if (statfs(lmdb->path, &fs) == 0 && lmdb_is_remote((unsigned long)fs.f_type))
        return err_set(err, ERR_USAGE,
                       "journal %s: lies on a network file system, which LMDB cannot use",
                       lmdb->path);
    return 0;
}

bool lmdb_is_remote(unsigned long fs_type)
{
    static const unsigned long remote[] = {0x6969 /* NFS */,      0x517b /* SMB */,
                                           0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */,
                                           0x564c /* NCP */,      0x5346414f /* AFS */,
                                           0x00c36400 /* Ceph */, 0x73757245 /* Coda */};

    for (size_t i = 0; i < sizeof remote / sizeof *remote; i++)
        if (remote[i] == (fs_type & 0xffffffff))
            return true;
    return false;
}

int lmdb_put_meta(const struct lmdb *lmdb, MDB_txn *txn, const char *name,
                  const void *ptr, size_t len)
{
    MDB_val key = lmdb_val(name, strlen(name)), value = lmdb_val(ptr, len);
    return mdb_put(txn, lmdb->table[LMDB_META], &key, &value, 0);
}

static int make_tables(struct lmdb *lmdb, MDB_txn *txn)
{
    char format[4], seed[8];

    for (int i = 0; i < LMDB_TABLES; i++) {
        int rc = mdb_dbi_open(txn, tables[i].name, tables[i].flags | MDB_CREATE,
                              &lmdb->table[i]);
        if (rc)
            return rc;
    }
    lmdb_put32(format, LMDB_FORMAT);
    random_secret(seed, sizeof seed);
    lmdb->format = LMDB_FORMAT;
    int rc = lmdb_put_meta(lmdb, txn, "format", format, sizeof format);
    if (rc == 0)
        rc = lmdb_put_meta(lmdb, txn, "seed", seed, sizeof seed);
    return rc ? rc : lmdb_put_counts(lmdb, txn, 0);
}

static int read_meta(struct lmdb *lmdb, MDB_txn *txn, struct err *err)
{
    MDB_val key = lmdb_val("format", 6), value;

    int rc = mdb_get(txn, lmdb->table[LMDB_META], &key, &value);
    if (rc || value.mv_size != 4)
        return err_set(err, ERR_FORMAT, "journal %s: no format number in it", lmdb->path);
    uint32_t format = lmdb_get32(value.mv_data);
    if (format > LMDB_FORMAT)
        return err_set(err, ERR_VERSION,
                       "journal %s has format %u, this program knows formats up to %d",
                       lmdb->path, format, LMDB_FORMAT);
    if (format < 1)
        return err_set(err, ERR_FORMAT, "journal %s has no format %u", lmdb->path,
                       format);
    lmdb->format = format;
    for (int i = 0; i < LMDB_TABLES; i++) {
        rc = mdb_dbi_open(txn, tables[i].name, tables[i].flags, &lmdb->table[i]);
        if (rc)
            return lmdb_error(lmdb, rc, tables[i].name, err);
    }
    key = lmdb_val("seed", 4);
    rc = mdb_get(txn, lmdb->table[LMDB_META], &key, &value);
    if (rc || value.mv_size != 8)
        return err_set(err, ERR_FORMAT, "journal %s: no seed in it", lmdb->path);
    lmdb->seed = lmdb_get64(value.mv_data);
    return 0;
}

static int upgrade(struct lmdb *lmdb, MDB_txn *txn, struct err *err)
{
    uint32_t from = lmdb->format;
    int rc = lmdb_upgrade(lmdb, txn);

    if (rc)
        return lmdb_error(lmdb, rc, "upgrade", err);
    diag(DIAG_INFO, "journal", "upgraded; older programs will refuse it", "path",
         lmdb->path, "from", diag_u64(from), "to", diag_u64(LMDB_FORMAT), NULL);
    return 0;
}

static int open_tables(struct lmdb *lmdb, bool read_only, struct err *err)
{
    MDB_txn *txn;

    int rc = mdb_txn_begin(lmdb->env, NULL, read_only ? MDB_RDONLY : 0, &txn);
    if (rc)
        return lmdb_error(lmdb, rc, "begin", err);
    int code = 0;
    rc = mdb_dbi_open(txn, tables[LMDB_META].name, 0, &lmdb->table[LMDB_META]);
    if (rc == MDB_NOTFOUND || rc == MDB_INCOMPATIBLE)
        code = err_set(err, ERR_FORMAT, "%s is not a journal", lmdb->path);
    else if (rc)
        code = lmdb_error(lmdb, rc, "open tables", err);
    else
        code = read_meta(lmdb, txn, err);
    if (code == 0 && lmdb->format < LMDB_FORMAT && !read_only)
        code = upgrade(lmdb, txn, err);
    if (code < 0) {
        mdb_txn_abort(txn);
        return code;
    }
    rc = mdb_txn_commit(txn);
    return rc ? lmdb_error(lmdb, rc, "open tables", err) : 0;
}

/* The environment at path; flags are LMDB's. 0 or LMDB's error. */
static int env_at(struct lmdb *lmdb, const char *path, unsigned flags)
{
    uint64_t bytes = lmdb->map_bytes ? lmdb->map_bytes : DEFAULT_MAP_BYTES;
    bytes = bytes < MIN_MAP_BYTES ? MIN_MAP_BYTES : bytes & ~(MIN_MAP_BYTES - 1);

    int rc = mdb_env_create(&lmdb->env);
    if (rc == 0)
        rc = mdb_env_set_maxdbs(lmdb->env, LMDB_TABLES);
    if (rc == 0 && !(flags & MDB_RDONLY))
        rc = mdb_env_set_mapsize(lmdb->env, bytes);
    return rc ? rc : mdb_env_open(lmdb->env, path, MDB_NOTLS | flags, 0600);
}

static int make_file(struct lmdb *lmdb, const char *path, struct err *err)
{
    MDB_txn *txn = NULL;

    int rc = env_at(lmdb, path, MDB_NOSUBDIR | MDB_NOLOCK);
    if (rc == 0)
        rc = mdb_txn_begin(lmdb->env, NULL, 0, &txn);
    if (rc == 0)
        rc = make_tables(lmdb, txn);
    if (rc == 0)
        rc = mdb_txn_commit(txn);
    else if (txn)
        mdb_txn_abort(txn);
    lmdb_env_close(lmdb);
    return rc ? lmdb_error(lmdb, rc, "make", err) : 0;
}

/* Under another name, until it is whole: what a power cut leaves of a half-made file LMDB
 * would refuse for ever. */
int lmdb_make(struct lmdb *lmdb, struct err *err)
{
    struct buf path = {0}, half = {0};
    int rc = 0;

    buf_printf(&path, "%s/data.mdb", lmdb->path);
    buf_printf(&half, "%s/data.mdb.new", lmdb->path);
    if (access(buf_cstr(&path), F_OK) < 0 && errno == ENOENT) {
        unlink(buf_cstr(&half));
        rc = make_file(lmdb, buf_cstr(&half), err);
        if (rc == 0 && rename(buf_cstr(&half), buf_cstr(&path)) < 0)
            rc = err_system(err, "rename %s", buf_cstr(&half));
        if (rc == 0)
            rc = lmdb_sync_names(lmdb, err);
        if (rc < 0)
            unlink(buf_cstr(&half));
    }
    buf_fini(&path);
    buf_fini(&half);
    return rc;
}

/* LMDB maps lock.mdb, a file with a hole where it is new: on a device without room
 * touching it would end the process with SIGBUS. */
static int make_lock_file(const struct lmdb *lmdb, struct err *err)
{
    struct buf path = {0};
    struct stat st;
    int rc = 0;

    buf_printf(&path, "%s/lock.mdb", lmdb->path);
    int fd = open(buf_cstr(&path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        rc = err_system(err, "open %s", buf_cstr(&path));
    } else {
        int why = posix_fallocate(fd, 0, LOCK_BYTES);
        bool is_new = fstat(fd, &st) == 0 && st.st_blocks == 0;
        if (is_new && (why == ENOSPC || why == EDQUOT || why == EFBIG))
            rc = err_set(err, ERR_NOSPACE, "no room for %s: %s", buf_cstr(&path),
                         strerror(why));
        close(fd);
    }
    buf_fini(&path);
    return rc;
}

int lmdb_env_open(struct lmdb *lmdb, bool read_only, struct err *err)
{
    int dead;

    int code = read_only ? 0 : make_lock_file(lmdb, err);
    if (code < 0)
        return code;
    int rc = env_at(lmdb, lmdb->path, read_only ? MDB_RDONLY : 0);
    if (rc == 0)
        rc = mdb_reader_check(lmdb->env, &dead);
    code = rc ? lmdb_error(lmdb, rc, "open", err) : open_tables(lmdb, read_only, err);
    if (code < 0)
        lmdb_env_close(lmdb);
    return code;
}

void lmdb_env_close(struct lmdb *lmdb)
{
    if (lmdb->write)
        mdb_txn_abort(lmdb->write);
    if (lmdb->read)
        mdb_txn_abort(lmdb->read);
    if (lmdb->env)
        mdb_env_close(lmdb->env);
    lmdb->write = lmdb->read = NULL;
    lmdb->env = NULL;
    lmdb->mapping = STR_NONE;
    lmdb->read_live = lmdb->damaged = false;
}
