#include "worker/feed/checkpoint.h"

#include "proto/base/buf.h"
#include "proto/base/file.h"
#include "proto/base/hash.h"
#include "proto/base/map.h"
#include "proto/base/mem.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_LINE  "warta-feed 2"
#define FORMER_LINE "warta-feed 1" /* knows no `within` */
#define MAX_BYTES   ((size_t)1 << 30)

struct done { /* everything before has settled */
    struct source_position at;
    uint64_t last_len, last_hash; /* of the bytes before it */
};

struct file {
    char *path;
    struct done done;
    bool any;                       /* done says something */
    uint32_t reading;               /* grows when it is read from its begin */
    uint64_t inode, mtime_ns, size; /* when it was looked at last */
};

struct sent { /* one article under way, in order of reading */
    uint32_t file, reading;
    bool settled, in_archive;
    struct stream_at begin;
    struct done done;
};

struct checkpoint {
    char *path;        /* NULL: in memory only */
    struct map *index; /* path -> place in file */
    struct file *file;
    uint32_t count, cap;
    struct sent *sent; /* ring: tokens [first, next) */
    uint64_t first, next;
    uint64_t room; /* a power of two */
    bool changed;
};

static struct file *find(struct checkpoint *cp, struct str path)
{
    uint64_t at;
    if (map_get(cp->index, path, &at))
        return &cp->file[at];
    if (cp->count == cp->cap) {
        cp->cap = cp->cap ? cp->cap * 2 : 16;
        cp->file = mem_grow(cp->file, cp->cap, sizeof *cp->file);
    }
    map_put(cp->index, path, cp->count);
    cp->file[cp->count] = (struct file){.path = mem_copy(path.ptr, path.len)};
    return &cp->file[cp->count++];
}

static void add_path(struct buf *out, const char *path)
{
    for (; *path; path++) {
        if (*path == '\\' || *path == '\n')
            buf_add_char(out, '\\');
        buf_add_char(out, *path == '\n' ? 'n' : *path);
    }
}

static void read_path(struct str escaped, struct buf *out)
{
    for (size_t i = 0; i < escaped.len; i++) {
        bool is_escape = escaped.ptr[i] == '\\' && i + 1 < escaped.len;
        char c = escaped.ptr[i += is_escape];
        buf_add_char(out, is_escape && c == 'n' ? '\n' : c);
    }
}

static int load_line(struct checkpoint *cp, struct str line, bool former,
                     struct buf *path)
{
    struct file is = {.any = true};
    uint64_t none;
    uint64_t *const number[] = {&is.done.at.at.offset,
                                &is.done.at.count,
                                &is.inode,
                                &is.mtime_ns,
                                &is.size,
                                &is.done.last_len,
                                &is.done.last_hash,
                                former ? &none : &is.done.at.at.within};
    size_t numbers = sizeof number / sizeof *number - former;
    struct str word;
    for (size_t i = 0; i < numbers; i++)
        if (str_split(&line, ' ', &word) != 1 || !str_to_u64(word, number[i]))
            return ERR_FORMAT;
    if (is.done.last_len > CHECKPOINT_LAST_BYTES ||
        is.done.last_len > is.done.at.at.offset || line.len == 0 ||
        memchr(line.ptr, '\0', line.len))
        return ERR_FORMAT;
    buf_clear(path);
    read_path(line, path);
    struct file *file = find(cp, buf_str(path));
    is.path = file->path;
    *file = is;
    return 0;
}

static int load(struct checkpoint *cp, struct err *err)
{
    struct buf data = {0}, path = {0};
    if (access(cp->path, F_OK) < 0)
        return 0;
    if (file_read(cp->path, MAX_BYTES, &data, err) < 0)
        return err->code;
    struct str rest = buf_str(&data), line;
    int rc = 0;
    str_split(&rest, '\n', &line);
    bool former = str_is(line, FORMER_LINE);
    if (!former && !str_is(line, FIRST_LINE))
        rc = err_set(err, ERR_VERSION, "%s:1: is no checkpoint this version can read",
                     cp->path);
    for (int number = 2; rc == 0 && str_split(&rest, '\n', &line) == 1; number++)
        if (line.len && load_line(cp, line, former, &path) < 0)
            rc = err_set(err, ERR_FORMAT, "%s:%d: damaged line", cp->path, number);
    buf_fini(&data);
    buf_fini(&path);
    return rc;
}

int checkpoint_open(const char *path, struct checkpoint **checkpoint_out, struct err *err)
{
    struct checkpoint *cp = mem_zero(1, sizeof *cp);
    cp->index = map_new();
    cp->room = 1024;
    cp->sent = mem_zero(cp->room, sizeof *cp->sent);
    int rc = 0;
    if (path) {
        cp->path = mem_copy(path, strlen(path));
        rc = load(cp, err);
    }
    if (rc < 0)
        checkpoint_close(&cp);
    *checkpoint_out = cp;
    return rc;
}

void checkpoint_close(struct checkpoint **checkpoint)
{
    struct checkpoint *cp = *checkpoint;
    if (cp == NULL)
        return;
    for (uint32_t i = 0; i < cp->count; i++)
        mem_free(cp->file[i].path);
    mem_free(cp->file);
    mem_free(cp->sent);
    mem_free(cp->path);
    map_free(&cp->index);
    mem_free(cp);
    *checkpoint = NULL;
}

static uint64_t mtime_ns(const struct stat *st)
{
    return (uint64_t)st->st_mtim.tv_sec * 1000000000u + (uint64_t)st->st_mtim.tv_nsec;
}

/* Does the file still hold what stood before the place that was done last? One that was
 * written anew may have the same inode, and more bytes than before. */
static bool holds_last(const struct file *file)
{
    char bytes[CHECKPOINT_LAST_BYTES];
    size_t len = (size_t)file->done.last_len;
    int fd = open(file->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = pread(fd, bytes, len, (off_t)(file->done.at.at.offset - len));
    close(fd);
    return n == (ssize_t)len && hash64(str_make(bytes, len), 0) == file->done.last_hash;
}

/* Is what was done of it before still a place to go on from? */
static bool holds(const struct file *file, const struct file *was)
{
    if (!was->any || was->inode != file->inode || was->done.at.count == 0 ||
        was->done.at.at.offset > file->size)
        return false;
    bool unchanged = was->size == file->size && was->mtime_ns == file->mtime_ns;
    return (was->done.at.at.within == 0 || unchanged) && holds_last(file);
}

bool checkpoint_skip(void *context, const char *path, struct source_position *done_out)
{
    struct stat st;
    *done_out = (struct source_position){0};
    if (strcmp(path, "-") == 0 || stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    struct file *file = find(context, str_of(path));
    const struct file was = *file;
    file->inode = (uint64_t)st.st_ino;
    file->mtime_ns = mtime_ns(&st);
    file->size = (uint64_t)st.st_size;
    if (was.any && was.done.at.count == 0 && was.inode == file->inode &&
        was.size == file->size && was.mtime_ns == file->mtime_ns) {
        done_out->at.offset = file->size;
        return true;
    }
    if (!holds(file, &was)) {
        file->any = false;
        file->done = (struct done){0};
        file->reading++;
        return false;
    }
    *done_out = was.done.at;
    return was.done.at.at.offset == file->size;
}

uint64_t checkpoint_sent(struct checkpoint *cp, const struct source_item *item)
{
    assert(item->last.len <= CHECKPOINT_LAST_BYTES);
    if (cp->next - cp->first == cp->room) {
        struct sent *grown = mem_zero(cp->room * 2, sizeof *grown);
        for (uint64_t t = cp->first; t < cp->next; t++)
            grown[t & (cp->room * 2 - 1)] = cp->sent[t & (cp->room - 1)];
        mem_free(cp->sent);
        cp->sent = grown;
        cp->room *= 2;
    }
    struct file *file = find(cp, str_of(item->path));
    cp->sent[cp->next & (cp->room - 1)] = (struct sent){
        .file = (uint32_t)(file - cp->file),
        .reading = file->reading,
        .in_archive = item->in_archive,
        .begin = item->at,
        .done = {item->behind, item->last.len, hash64(item->last, 0)},
    };
    return cp->next++;
}

void checkpoint_settled(struct checkpoint *cp, uint64_t token)
{
    assert(token >= cp->first && token < cp->next);
    cp->sent[token & (cp->room - 1)].settled = true;
    while (cp->first < cp->next) {
        struct sent *sent = &cp->sent[cp->first & (cp->room - 1)];
        struct file *file = &cp->file[sent->file];
        if (!sent->settled)
            return;
        if (sent->reading == file->reading) { /* else it was begun anew since */
            file->done = sent->done;
            file->any = true;
            cp->changed = true;
        }
        cp->first++;
    }
}

void checkpoint_place(const struct checkpoint *cp, uint64_t token, struct buf *out)
{
    assert(token >= cp->first && token < cp->next);
    const struct sent *sent = &cp->sent[token & (cp->room - 1)];
    const struct source_item item = {.path = cp->file[sent->file].path,
                                     .behind = sent->done.at,
                                     .at = sent->begin,
                                     .in_archive = sent->in_archive};
    source_add_place(out, &item);
}

int checkpoint_save(struct checkpoint *cp, struct err *err)
{
    if (cp->path == NULL || !cp->changed)
        return 0;
    struct buf out = {0};
    buf_add_str(&out, STR(FIRST_LINE "\n"));
    for (uint32_t i = 0; i < cp->count; i++) {
        const struct file *file = &cp->file[i];
        if (!file->any || strcmp(file->path, "-") == 0)
            continue;
        buf_printf(&out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64,
                   file->done.at.at.offset, file->done.at.count, file->inode,
                   file->mtime_ns, file->size);
        buf_printf(&out, " %" PRIu64 " %" PRIu64 " %" PRIu64 " ", file->done.last_len,
                   file->done.last_hash, file->done.at.at.within);
        add_path(&out, file->path);
        buf_add_char(&out, '\n');
    }
    int rc = file_replace(cp->path, buf_str(&out), err);
    buf_fini(&out);
    if (rc == 0)
        cp->changed = false;
    return rc;
}
