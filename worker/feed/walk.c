#include "worker/feed/walk.h"

#include "proto/base/mem.h"
#include "proto/base/str.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <sys/stat.h>

struct walk {
    char **path;
    size_t count, cap, at;
    uint64_t bytes;
};

static void add(struct walk *walk, const char *path)
{
    if (walk->count == walk->cap) {
        walk->cap = walk->cap ? walk->cap * 2 : 16;
        walk->path = mem_grow(walk->path, walk->cap, sizeof *walk->path);
    }
    walk->path[walk->count++] = mem_copy(path, strlen(path));
}

static bool is_wanted(const char *name)
{
    static const char *const wanted[] = {".txt",  ".jsonl", ".ndjson",
                                         ".html", ".htm",   ".warc"};
    struct str s = str_of(name);
    if (str_ends(s, STR(".gz")))
        s.len -= strlen(".gz");
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (str_ends(s, str_of(wanted[i])))
            return name[0] != '.';
    return false;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int walk_tree(struct walk *walk, const char *root, struct err *err)
{
    char *roots[] = {mem_copy(root, strlen(root)), NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    int rc = tree ? 0 : err_system(err, "%s", root);
    FTSENT *entry;
    while (tree && (errno = 0, entry = fts_read(tree)) != NULL) {
        if (entry->fts_info == FTS_D && entry->fts_level && entry->fts_name[0] == '.')
            fts_set(tree, entry, FTS_SKIP);
        if (entry->fts_info == FTS_F && is_wanted(entry->fts_name)) {
            add(walk, entry->fts_path);
            walk->bytes += (uint64_t)entry->fts_statp->st_size;
        } else if (entry->fts_info == FTS_DNR) {
            add(walk, entry->fts_path); /* who opens it learns why it cannot be read */
        }
    }
    if (rc == 0 && errno)
        rc = err_system(err, "%s", root);
    if (tree)
        fts_close(tree);
    mem_free(roots[0]);
    return rc;
}

int walk_open(const char *path, struct walk **walk_out, struct err *err)
{
    struct walk *walk = mem_zero(1, sizeof *walk);
    struct stat st = {0};
    int rc = 0;
    if (strcmp(path, "-") == 0) {
        add(walk, path);
    } else if (stat(path, &st) < 0) {
        rc = err_system(err, "%s", path);
    } else if (S_ISDIR(st.st_mode)) {
        rc = walk_tree(walk, path, err);
    } else {
        add(walk, path);
        walk->bytes = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    }
    if (rc < 0)
        walk_close(&walk);
    *walk_out = walk;
    return rc;
}

void walk_close(struct walk **walk)
{
    if (*walk == NULL)
        return;
    for (size_t i = 0; i < (*walk)->count; i++)
        mem_free((*walk)->path[i]);
    mem_free((*walk)->path);
    mem_free(*walk);
    *walk = NULL;
}

int walk_next(struct walk *walk, const char **path_out)
{
    if (walk->at == walk->count)
        return 0;
    *path_out = walk->path[walk->at++];
    return 1;
}

uint64_t walk_bytes(const struct walk *walk)
{
    return walk->bytes;
}
