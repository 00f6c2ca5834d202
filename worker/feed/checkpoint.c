#include "worker/feed/checkpoint.h"

#include "proto/base/buf.h"
#include "proto/base/file.h"
#include "proto/base/map.h"
#include "proto/base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_LINE "warta-feed 1"
#define MAX_BYTES  ((size_t)1 << 30)

struct file {
    char *path;
    uint64_t done, line; /* everything before has settled */
    uint64_t inode, mtime_ns;
};

struct sent { /* one article under way, in order of reading */
    uint32_t file;
    bool settled;
    uint64_t offset, line;
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

static struct file *find(struct checkpoint *cp, const char *path)
{
    uint64_t at;
    if (map_get(cp->index, str_of(path), &at))
        return &cp->file[at];
    if (cp->count == cp->cap) {
        cp->cap = cp->cap ? cp->cap * 2 : 16;
        cp->file = mem_grow(cp->file, cp->cap, sizeof *cp->file);
    }
    map_put(cp->index, str_of(path), cp->count);
    cp->file[cp->count] = (struct file){.path = mem_copy(path, strlen(path))};
    return &cp->file[cp->count++];
}

/* Cut a decimal number and the space behind it off *line. */
static bool cut_number(struct str *line, uint64_t *out)
{
    struct str word;
    return str_split(line, ' ', &word) == 1 && str_to_u64(word, out);
}

static int load(struct checkpoint *cp, struct err *err)
{
    struct buf data = {0};
    if (access(cp->path, F_OK) < 0)
        return 0;
    if (file_read(cp->path, MAX_BYTES, &data, err) < 0)
        return err->code;
    struct str rest = buf_str(&data), line;
    int rc = 0, number = 1;
    if (str_split(&rest, '\n', &line) != 1 || !str_is(line, FIRST_LINE))
        rc = err_set(err, ERR_VERSION, "%s:1: is no checkpoint this version can read",
                     cp->path);
    while (rc == 0 && str_split(&rest, '\n', &line) == 1) {
        number++;
        struct file file = {0};
        if (line.len == 0)
            continue;
        if (!cut_number(&line, &file.done) || !cut_number(&line, &file.line) ||
            !cut_number(&line, &file.inode) || !cut_number(&line, &file.mtime_ns) ||
            line.len == 0) {
            rc = err_set(err, ERR_FORMAT, "%s:%d: damaged line", cp->path, number);
            break;
        }
        char *path = mem_copy(line.ptr, line.len);
        struct file *into = find(cp, path);
        file.path = into->path;
        *into = file;
        mem_free(path);
    }
    buf_fini(&data);
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

uint64_t checkpoint_skip(void *context, const char *path, uint64_t *line_out)
{
    struct stat st;
    *line_out = 0;
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    struct file *file = find(context, path);
    uint64_t done = file->done;
    bool same = file->inode == (uint64_t)st.st_ino && (uint64_t)st.st_size >= done;
    bool unchanged = same && file->mtime_ns == mtime_ns(&st);
    file->inode = (uint64_t)st.st_ino;
    file->mtime_ns = mtime_ns(&st);
    if (unchanged && done && done == (uint64_t)st.st_size)
        return UINT64_MAX;
    if (!same || file->line == 0) { /* another file now, or one that is read as a whole */
        file->done = file->line = 0;
        return 0;
    }
    *line_out = file->line;
    return done;
}

uint64_t checkpoint_sent(struct checkpoint *cp, const char *path, uint64_t offset,
                         uint64_t line)
{
    if (cp->next - cp->first == cp->room) {
        struct sent *grown = mem_zero(cp->room * 2, sizeof *grown);
        for (uint64_t t = cp->first; t < cp->next; t++)
            grown[t & (cp->room * 2 - 1)] = cp->sent[t & (cp->room - 1)];
        mem_free(cp->sent);
        cp->sent = grown;
        cp->room *= 2;
    }
    uint32_t file = (uint32_t)(find(cp, path) - cp->file);
    cp->sent[cp->next & (cp->room - 1)] =
        (struct sent){.file = file, .offset = offset, .line = line};
    return cp->next++;
}

void checkpoint_settled(struct checkpoint *cp, uint64_t token)
{
    cp->sent[token & (cp->room - 1)].settled = true;
    while (cp->first < cp->next) {
        struct sent *sent = &cp->sent[cp->first & (cp->room - 1)];
        if (!sent->settled)
            return;
        cp->file[sent->file].done = sent->offset;
        cp->file[sent->file].line = sent->line;
        cp->changed = true;
        cp->first++;
    }
}

int checkpoint_save(struct checkpoint *cp, struct err *err)
{
    if (cp->path == NULL || !cp->changed)
        return 0;
    struct buf out = {0};
    buf_add_str(&out, STR(FIRST_LINE "\n"));
    for (uint32_t i = 0; i < cp->count; i++) {
        const struct file *file = &cp->file[i];
        if (file->done && strcmp(file->path, "-") != 0)
            buf_printf(&out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n",
                       file->done, file->line, file->inode, file->mtime_ns, file->path);
    }
    int rc = file_replace(cp->path, buf_str(&out), err);
    buf_fini(&out);
    if (rc == 0)
        cp->changed = false;
    return rc;
}
