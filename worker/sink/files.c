#include "worker/sink/files.h"

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "proto/wire/scan.h"
#include "worker/sink/store_private.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <msgpack.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define POSITION_BYTES 4096 /* of the file `position`, at most */
#define NAME_BYTES     64
#define CHUNK_BYTES    (256 * 1024)
#define NOTHING        UINT64_MAX /* written yet */

struct files {
    struct store store;
    struct files_options options;
    char *dir;
    int lock;
    int file;              /* being written, or -1 */
    char name[NAME_BYTES]; /* of it; "" when there is none */
    uint64_t length;       /* its good bytes */
    bool dirty;            /* behind them stands what an error left */
    uint64_t opened_ms;    /* wall time */
    uint64_t next;         /* or NOTHING */
    struct buf out;        /* of a batch */
};

static struct files *files_of(struct store *store)
{
    return (struct files *)store;
}

static const char *extension(const struct files *f)
{
    return f->options.msgpack ? "msgpack" : "jsonl";
}

/* "dir/name<suffix>": new. */
static char *path_of(const struct files *f, const char *name, const char *suffix)
{
    struct buf path = {0};
    buf_printf(&path, "%s/%s%s", f->dir, name, suffix);
    return (char *)(uintptr_t)buf_cstr(&path); /* the buffer is handed over */
}

static int remove_file(const struct files *f, const char *name, struct err *err)
{
    char *path = path_of(f, name, "");
    int rc = unlink(path) < 0 && errno != ENOENT ? err_system(err, "%s", path) : 0;
    mem_free(path);
    return rc;
}

static int write_position(struct files *f, struct err *err)
{
    struct buf text = {0};
    char *path = path_of(f, "position", "");
    buf_printf(&text, "warta files 1\nformat %s\n", extension(f));
    if (f->next != NOTHING)
        buf_printf(&text, "next %" PRIu64 "\n", f->next);
    if (f->name[0])
        buf_printf(&text, "file %s\nlength %" PRIu64 "\nopened %" PRIu64 "\n", f->name,
                   f->length, f->opened_ms);
    int rc = file_replace(path, buf_str(&text), err);
    buf_fini(&text);
    mem_free(path);
    return rc;
}

static int write_all(int fd, struct str bytes)
{
    while (bytes.len) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        bytes = str_from(bytes, (size_t)n);
    }
    return 0;
}

/* ---- a file's end: gzip aside, rename, forget, remove ---- */

static int deflate_chunk(z_stream *z, int flush, int to)
{
    unsigned char out[16 * 1024];
    do {
        z->next_out = out;
        z->avail_out = sizeof out;
        deflate(z, flush);
        if (write_all(to, str_make((char *)out, sizeof out - z->avail_out)) < 0)
            return -1;
    } while (z->avail_out == 0);
    return 0;
}

/* The first `length` bytes of one descriptor, as gzip, into another. -1: errno. */
static int gzip(int from, uint64_t length, int to)
{
    z_stream z = {0};
    unsigned char *in = mem_alloc(CHUNK_BYTES);
    int rc = 0;
    if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        mem_free(in);
        errno = ENOMEM;
        return -1;
    }
    for (uint64_t at = 0; rc == 0 && at < length;) {
        size_t want = length - at < CHUNK_BYTES ? (size_t)(length - at) : CHUNK_BYTES;
        ssize_t n = pread(from, in, want, (off_t)at);
        if (n <= 0) {
            errno = n == 0 ? EIO : errno; /* shorter than it was */
            rc = -1;
            break;
        }
        z.next_in = in;
        z.avail_in = (unsigned)n;
        at += (uint64_t)n;
        rc = deflate_chunk(&z, Z_NO_FLUSH, to);
    }
    if (rc == 0)
        rc = deflate_chunk(&z, Z_FINISH, to);
    deflateEnd(&z);
    mem_free(in);
    return rc;
}

static int make_gzip(struct files *f, struct err *err)
{
    char *aside = path_of(f, f->name, ".gz.tmp"), *path = path_of(f, f->name, ".gz");
    int to = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), rc = 0;
    if (to < 0 || gzip(f->file, f->length, to) < 0 || fsync(to) < 0)
        rc = err_system(err, "%s", aside);
    if (to >= 0 && close(to) < 0 && rc == 0)
        rc = err_system(err, "%s", aside);
    if (rc == 0 && rename(aside, path) < 0)
        rc = err_system(err, "%s", path);
    if (rc == 0)
        rc = file_sync_parent(path, err);
    if (rc < 0)
        unlink(aside);
    mem_free(aside);
    mem_free(path);
    return rc;
}

/* The gzipped file is there: nothing but it is left. */
static int forget(struct files *f, struct err *err)
{
    char name[NAME_BYTES];
    memcpy(name, f->name, sizeof name);
    f->name[0] = '\0';
    int rc = write_position(f, err);
    if (rc < 0) { /* it is finished again next time */
        memcpy(f->name, name, sizeof name);
        return rc;
    }
    if (f->file >= 0)
        close(f->file);
    f->file = -1;
    return remove_file(f, name, err);
}

static int rotate(struct files *f, struct err *err)
{
    int rc = make_gzip(f, err);
    return rc < 0 ? rc : forget(f, err);
}

static bool is_full(const struct files *f)
{
    uint64_t now = clock_wall_ms();
    return f->name[0] && f->length &&
           (f->length >= f->options.rotate_bytes ||
            (now > f->opened_ms && now - f->opened_ms >= f->options.rotate_age_ms));
}

/* ---- writing ---- */

static int begin_file(struct files *f, uint64_t position, struct err *err)
{
    snprintf(f->name, sizeof f->name, "facts-%012" PRIu64 ".%s", position, extension(f));
    char *path = path_of(f, f->name, "");
    f->length = 0;
    f->dirty = false;
    f->opened_ms = clock_wall_ms();
    /* What is there under this name is of a run that did not get to write a position. */
    f->file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int rc = f->file < 0 ? err_system(err, "%s", path) : file_sync_parent(path, err);
    if (rc < 0) {
        f->name[0] = '\0';
        if (f->file >= 0)
            close(f->file);
        f->file = -1;
    }
    mem_free(path);
    return rc;
}

static void print_hex(struct str bytes, struct buf *out)
{
    for (size_t i = 0; i < bytes.len; i++)
        buf_printf(out, "%02x", (unsigned char)bytes.ptr[i]);
}

/* A line or a map about what is not in the file. entry: absent for a gap. */
static void put_note(struct files *f, const char *kind, uint64_t from, uint64_t to,
                     struct str reason, struct str entry)
{
    json_t *note =
        json_pack("{s:s, s:I, s:I, s:s%}", "kind", kind, "from", (json_int_t)from, "to",
                  (json_int_t)to, "reason", reason.ptr ? reason.ptr : "", reason.len);
    struct buf hex = {0};
    print_hex(entry, &hex);
    if (note && entry.ptr)
        json_object_set_new(note, "entry", json_stringn(buf_str(&hex).ptr, hex.len));
    char *text = note ? json_dumps(note, JSON_COMPACT) : NULL;
    if (f->options.msgpack) { /* the line as one string */
        msgpack_sbuffer packed;
        msgpack_packer packer;
        msgpack_sbuffer_init(&packed);
        msgpack_packer_init(&packer, &packed, msgpack_sbuffer_write);
        size_t len = text ? strlen(text) : 0;
        msgpack_pack_str(&packer, len);
        msgpack_pack_str_body(&packer, text, len);
        buf_add(&f->out, packed.data, packed.size);
        msgpack_sbuffer_destroy(&packed);
    } else if (text) {
        buf_add_str(&f->out, str_of(text));
        buf_add_char(&f->out, '\n');
    }
    free(text);
    json_decref(note);
    buf_fini(&hex);
}

static void put_entry(struct files *f, struct str entry, uint64_t next)
{
    struct rows rows;
    struct err why = {0};
    size_t begin = f->out.len;
    if (rows_read(entry, &f->store.arena, &rows, &why) < 0) {
        diag(DIAG_ERROR, "sink", "an entry cannot be read and is set aside", "before",
             diag_u64(next), "reason", why.text, NULL);
        f->store.counts.refused++;
        put_note(f, "refused", next, next, str_of(why.text), entry);
    } else {
        f->store.counts.articles++;
        f->store.counts.facts += rows.count;
        f->store.counts.rows += rows.count + 1;
        if (f->options.msgpack)
            buf_add_str(&f->out, entry);
        for (uint32_t i = 0; !f->options.msgpack && i <= rows.count; i++) {
            const struct fact *fact = i ? &rows.item[i - 1] : &rows.article;
            record_print(fact_tables[fact->kind], fact, &f->out);
            buf_add_char(&f->out, '\n');
        }
    }
    assert(f->out.len > begin);
    arena_reset(&f->store.arena);
}

/* Bytes first, then the position that counts them. What an error leaves behind the good
 * bytes is cut off by the next append, or at the next start. */
static int append(struct files *f, uint64_t next, struct err *err)
{
    const uint64_t length = f->length, before = f->next;
    if (f->out.len &&
        ((f->dirty && (ftruncate(f->file, (off_t)length) < 0 ||
                       lseek(f->file, (off_t)length, SEEK_SET) < 0)) ||
         write_all(f->file, buf_str(&f->out)) < 0 || fdatasync(f->file) < 0)) {
        f->dirty = true;
        return err_system(err, "%s/%s", f->dir, f->name);
    }
    f->length += f->out.len;
    f->next = next;
    int rc = write_position(f, err);
    f->dirty = rc < 0;
    if (rc < 0) {
        f->length = length;
        f->next = before;
    }
    return rc;
}

static int apply(struct store *store, const struct store_batch *batch, struct err *err)
{
    struct files *f = files_of(store);
    int rc = 0;
    buf_clear(&f->out);
    for (size_t i = 0; i < batch->gaps; i++)
        put_note(f, "gap", batch->gap[i].from, batch->gap[i].to, batch->gap[i].reason,
                 STR_NONE);
    for (size_t i = 0; i < batch->entries; i++)
        put_entry(f, batch->entry[i], batch->next);
    if (is_full(f))
        rc = rotate(f, err);
    if (rc == 0 && f->file < 0 && f->out.len)
        rc = begin_file(f, f->next == NOTHING ? 1 : f->next, err);
    return rc < 0 ? rc : append(f, batch->next, err);
}

static int position(struct store *store, const char *name, uint64_t *next_out,
                    struct err *err)
{
    (void)name;
    (void)err;
    if (files_of(store)->next == NOTHING)
        return 0;
    *next_out = files_of(store)->next;
    return 1;
}

/* ---- beginning and end ---- */

/* Look at all files of facts: remove those that no position counts (of a run that was
 * killed before it wrote one, or after it had gzipped them), or say that there is one. */
static int sweep(const struct files *f, bool remove_them, struct err *err)
{
    DIR *dir = opendir(f->dir);
    int rc = dir ? 0 : err_system(err, "%s", f->dir);
    for (struct dirent *d; rc == 0 && (d = readdir(dir));) {
        struct str name = str_of(d->d_name), tail = STR(".gz.tmp");
        bool plain = str_ends(name, str_of(extension(f))) && !str_is(name, f->name);
        if (!str_starts(name, STR("facts-")))
            continue;
        if (!remove_them)
            rc = err_set(err, ERR_CORRUPT, "%s has files of facts and no file position",
                         f->dir);
        else if (plain || str_ends(name, tail))
            rc = remove_file(f, d->d_name, err);
    }
    if (dir)
        closedir(dir);
    return rc;
}

static int begin_directory(struct files *f, struct err *err)
{
    int rc = sweep(f, false, err);
    return rc < 0 ? rc : write_position(f, err);
}

static int read_position(struct files *f, struct err *err)
{
    struct buf text = {0};
    struct str rest, line, format = STR_NONE, name = STR_NONE;
    bool good = true, named = false;
    char *path = path_of(f, "position", "");
    int rc = access(path, F_OK) < 0 && errno == ENOENT
                 ? begin_directory(f, err)
                 : file_read(path, POSITION_BYTES, &text, err);
    rest = buf_str(&text);
    if (rc == 0 && rest.len && !str_starts(rest, STR("warta files 1\n")))
        rc = err_set(err, ERR_VERSION, "%s is not one of version 1", path);
    while (rc == 0 && text.len && str_split(&rest, '\n', &line)) {
        if (str_starts(line, STR("format ")))
            format = str_from(line, 7);
        else if (str_starts(line, STR("next ")))
            good = str_to_u64(str_from(line, 5), &f->next);
        else if (str_starts(line, STR("file ")))
            name = str_from(line, 5);
        else if (str_starts(line, STR("length ")))
            named = str_to_u64(str_from(line, 7), &f->length);
        else if (str_starts(line, STR("opened ")))
            str_to_u64(str_from(line, 7), &f->opened_ms);
    }
    if (rc == 0 && text.len &&
        (!good || (name.ptr && (!named || name.len >= NAME_BYTES ||
                                memchr(name.ptr, '/', name.len)))))
        rc = err_set(err, ERR_CORRUPT, "%s cannot be read", path);
    if (rc == 0 && format.ptr && !str_is(format, extension(f)))
        rc = err_set(err, ERR_CONFLICT, "%s is written as %.*s", f->dir, STR_ARG(format));
    if (rc == 0 && name.ptr)
        memcpy(f->name, name.ptr, name.len); /* the rest is zero */
    buf_fini(&text);
    mem_free(path);
    return rc;
}

/* The file that was being written, cut to what its position says. */
static int resume(struct files *f, struct err *err)
{
    struct stat is;
    if (f->name[0] == '\0')
        return 0;
    char *finished = path_of(f, f->name, ".gz"), *path = path_of(f, f->name, "");
    int rc = 0;
    bool done = stat(finished, &is) == 0;
    if (!done) {
        f->file = open(path, O_RDWR | O_CLOEXEC);
        if (f->file < 0 || fstat(f->file, &is) < 0)
            rc = err_system(err, "%s", path);
        else if ((uint64_t)is.st_size < f->length)
            rc = err_set(err, ERR_CORRUPT, "%s has %lld bytes, and had %llu", path,
                         (long long)is.st_size, (unsigned long long)f->length);
        else if (ftruncate(f->file, (off_t)f->length) < 0 ||
                 lseek(f->file, 0, SEEK_END) < 0)
            rc = err_system(err, "%s", path);
    }
    mem_free(finished);
    mem_free(path);
    if (rc == 0 && done)
        rc = forget(f, err);
    return rc;
}

static int take_lock(struct files *f, struct err *err)
{
    char *path = path_of(f, "lock", "");
    int rc = 0;
    f->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (f->lock < 0)
        rc = err_system(err, "%s", path);
    else if (flock(f->lock, LOCK_EX | LOCK_NB) < 0)
        rc = err_set(err, ERR_LOCKED, "%s: another sink writes there", f->dir);
    mem_free(path);
    return rc;
}

static void close_files(struct store *store)
{
    struct files *f = files_of(store);
    if (f->file >= 0)
        close(f->file);
    if (f->lock >= 0)
        close(f->lock);
    buf_fini(&f->out);
    store_fini(store);
    mem_free(f->dir);
    mem_free(f);
}

int files_open(const char *dir, const struct files_options *options,
               struct store **store_out, struct err *err)
{
    static const struct store_engine engine = {apply, position, close_files};
    *store_out = NULL;
    int rc = file_make_dir(dir, err);
    if (rc < 0)
        return rc;
    struct files *f = mem_zero(1, sizeof *f);
    store_init(&f->store, &engine);
    f->options = *options;
    f->dir = mem_copy(dir, strlen(dir));
    f->file = f->lock = -1;
    f->next = NOTHING;
    rc = take_lock(f, err);
    rc = rc ? rc : read_position(f, err);
    rc = rc ? rc : resume(f, err);
    rc = rc ? rc : sweep(f, true, err);
    if (rc < 0) {
        close_files(&f->store);
        return rc;
    }
    *store_out = &f->store;
    return 0;
}
