/* The pages of an LMDB 0.9 file, walked without LMDB, which trusts what it finds in them
 * and may crash on it. Every page of a snapshot is looked at: the trees of all tables
 * from their roots, long values, and the list of free pages; each page must be what its
 * parent says it is, and belong to one place only. Offsets of the format are from lmdb's
 * mdb.c; numbers are in the machine's own order. */

#include "broker/journal_lmdb.h"

#include "proto/base/file.h"

#define PAGE_HEAD  16
#define NODE_HEAD  8
#define DB_BYTES   48
#define META_BYTES 136
#define META_MAGIC 0xBEEFC0DEu
#define NO_PAGE    UINT64_MAX
#define DEPTH_MOST 32
#define NEST_MOST  2 /* the table of tables, a table, the values of one key */
#define TRIES      100
#define NOTE_MOST  50 /* findings; what comes behind says nothing new */

enum { BRANCH = 1, LEAF = 2, OVERFLOW = 4, LEAF2 = 0x20, SUBPAGE = 0x40 };
enum { BIG_DATA = 1, SUB_DATA = 2, DUP_DATA = 4 };

struct tree {
    uint64_t root, entries;
    uint16_t depth;
    unsigned nesting;
    bool is_free_list; /* its keys are numbers, its values lists of pages */
};

struct walk {
    struct str file;
    uint64_t page_bytes, last_page;
    unsigned char *seen; /* owned; a bit a page */
    uint64_t entries;    /* of the tree being walked */
    void (*note)(void *context, const char *finding);
    void *context;
    int findings;
};

static uint16_t get16(const char *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint32_t get32(const char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t get64(const char *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static int wrong(struct walk *walk, uint64_t page, const char *what)
{
    struct buf text = {0};

    if (walk->findings++ < NOTE_MOST) {
        buf_printf(&text, "page %llu: %s", (unsigned long long)page, what);
        walk->note(walk->context, buf_cstr(&text));
        buf_fini(&text);
    }
    return -1;
}

/* It belongs to the place that asks; to one place only. */
static int claim(struct walk *walk, uint64_t page, uint64_t count)
{
    if (page < 2 || page > walk->last_page || count > walk->last_page - page + 1)
        return wrong(walk, page, "is not in the file, and a page points to it");
    for (uint64_t n = page; n < page + count; n++) {
        if (walk->seen[n / 8] & 1u << n % 8)
            return wrong(walk, n, "belongs to two places");
        walk->seen[n / 8] |= (unsigned char)(1u << n % 8);
    }
    return 0;
}

/* The same of one that holds something. The last pages may be missing where they are
 * free: LMDB does not write what a change took and gave back. */
static int claim_used(struct walk *walk, uint64_t page, uint64_t count)
{
    uint64_t there = walk->file.len / walk->page_bytes;

    if (claim(walk, page, count) < 0)
        return -1;
    return page + count <= there
               ? 0
               : wrong(walk, page, "should be there: the file was cut short");
}

static const char *page_at(const struct walk *walk, uint64_t page)
{
    return walk->file.ptr + page * walk->page_bytes;
}

static int walk_tree(struct walk *walk, const struct tree *tree);

static struct tree tree_of(const char *db, unsigned nesting)
{
    return (struct tree){.nesting = nesting,
                         .root = get64(db + 40),
                         .entries = get64(db + 32),
                         .depth = get16(db + 6)};
}

static int walk_free_list(struct walk *walk, uint64_t page, struct str list)
{
    uint64_t count = list.len >= 8 ? get64(list.ptr) : 0;

    if (list.len < 8 || count > list.len / 8 - 1)
        return wrong(walk, page, "a list of free pages is damaged");
    for (uint64_t i = 1; i <= count; i++)
        if (claim(walk, get64(list.ptr + 8 * i), 1) < 0)
            return -1;
    return 0;
}

/* A long value has pages of its own. */
static int walk_overflow(struct walk *walk, uint64_t page, size_t len, struct str *out)
{
    uint64_t count = (PAGE_HEAD + len + walk->page_bytes - 1) / walk->page_bytes;

    if (claim_used(walk, page, count) < 0)
        return -1;
    const char *at = page_at(walk, page);
    if (get64(at) != page || get16(at + 10) != OVERFLOW || get32(at + 12) != count)
        return wrong(walk, page, "is not the long value it should be");
    *out = str_make(at + PAGE_HEAD, len);
    return 0;
}

static int walk_value(struct walk *walk, const struct tree *tree, uint64_t page,
                      unsigned flags, struct str value)
{
    if (flags & BIG_DATA && walk_overflow(walk, get64(value.ptr), value.len, &value) < 0)
        return -1;
    if (tree->is_free_list) {
        walk->entries++;
        return walk_free_list(walk, page, value);
    }
    if (flags & SUB_DATA) {
        if (value.len != DB_BYTES || tree->nesting == NEST_MOST)
            return wrong(walk, page, "the root of a table is damaged");
        struct tree sub = tree_of(value.ptr, tree->nesting + 1);
        uint64_t outer = walk->entries;
        int rc = walk_tree(walk, &sub);
        walk->entries = flags & DUP_DATA ? outer + sub.entries : outer + 1;
        return rc;
    }
    if (flags & DUP_DATA) { /* several values of one key, on a page inside the page */
        if (value.len < PAGE_HEAD || !(get16(value.ptr + 10) & SUBPAGE) ||
            get16(value.ptr + 12) < PAGE_HEAD || get16(value.ptr + 14) > value.len)
            return wrong(walk, page, "values of one key are damaged");
        walk->entries += (get16(value.ptr + 12) - PAGE_HEAD) / 2u;
    } else {
        walk->entries++;
    }
    return 0;
}

/* One node of a page; its key goes to key_out. */
static int walk_page(struct walk *walk, const struct tree *tree, uint64_t page,
                     unsigned depth);

static int walk_node(struct walk *walk, const struct tree *tree, uint64_t page,
                     unsigned offset, unsigned depth, struct str *key_out)
{
    const char *node = page_at(walk, page) + offset;
    bool branch = get16(page_at(walk, page) + 10) & BRANCH;
    uint64_t room = walk->page_bytes - offset;

    if (offset % 2 || offset + NODE_HEAD > walk->page_bytes)
        return wrong(walk, page, "a node is outside of it");
    uint64_t low = get16(node) | (uint64_t)get16(node + 2) << 16;
    unsigned flags = get16(node + 4), key_len = get16(node + 6);
    uint64_t value_len = branch ? 0 : flags & BIG_DATA ? 8 : low;
    if (NODE_HEAD + key_len + value_len > room)
        return wrong(walk, page, "a node is longer than its page");
    *key_out = str_make(node + NODE_HEAD, key_len);
    if (branch)
        return walk_page(walk, tree, low | (uint64_t)flags << 32, depth + 1);
    if (flags & ~(unsigned)(BIG_DATA | SUB_DATA | DUP_DATA))
        return wrong(walk, page, "a node is of no kind there is");
    return walk_value(walk, tree, page, flags, str_make(node + NODE_HEAD + key_len, low));
}

static bool ascend(const struct tree *tree, struct str a, struct str b)
{
    if (tree->is_free_list)
        return a.len == 8 && b.len == 8 && get64(a.ptr) < get64(b.ptr);
    return str_cmp(a, b) < 0;
}

static int walk_page(struct walk *walk, const struct tree *tree, uint64_t page,
                     unsigned depth)
{
    struct str key = STR_NONE, before = STR_NONE;

    if (claim_used(walk, page, 1) < 0)
        return -1;
    const char *at = page_at(walk, page);
    unsigned flags = get16(at + 10), lower = get16(at + 12), upper = get16(at + 14);
    bool leaf = depth == tree->depth;
    if (get64(at) != page)
        return wrong(walk, page, "has the number of another");
    if ((flags & ~(unsigned)LEAF2) != (leaf ? LEAF : BRANCH) || (flags & LEAF2 && !leaf))
        return wrong(walk, page, "is not of the kind its place asks for");
    unsigned count = lower < PAGE_HEAD ? 0 : (lower - PAGE_HEAD) / 2;
    if (flags & LEAF2) { /* values of one size, without nodes */
        if ((uint64_t)count * get16(at + 8) > walk->page_bytes - PAGE_HEAD)
            return wrong(walk, page, "holds more than it can");
        walk->entries += count;
        return 0;
    }
    if (lower > upper || upper > walk->page_bytes || count == 0)
        return wrong(walk, page, "its bounds are damaged");
    for (unsigned i = 0; i < count; i++) {
        if (walk_node(walk, tree, page, get16(at + PAGE_HEAD + 2 * i), depth, &key) < 0)
            return -1;
        if (i > (leaf ? 0u : 1u) && !ascend(tree, before, key))
            return wrong(walk, page, "its keys are not in order");
        before = key;
    }
    return 0;
}

static int walk_tree(struct walk *walk, const struct tree *tree)
{
    walk->entries = 0;
    if (tree->root == NO_PAGE)
        return tree->entries ? wrong(walk, 0, "a table has rows and no root") : 0;
    if (tree->depth < 1 || tree->depth > DEPTH_MOST)
        return wrong(walk, tree->root, "is the root of a table that is too deep");
    if (walk_page(walk, tree, tree->root, 1) < 0)
        return -1;
    if (walk->entries != tree->entries)
        return wrong(walk, tree->root, "its table has not as many rows as it says");
    return 0;
}

/* The meta page of the snapshot; NULL where neither is. */
static const char *find_meta(const struct str file, uint64_t page_bytes, uint64_t txnid)
{
    for (int i = 0; i < 2; i++) {
        const char *meta = file.ptr + (uint64_t)i * page_bytes + PAGE_HEAD;
        if (get32(meta) == META_MAGIC && get64(meta + 128) == txnid)
            return meta;
    }
    return NULL;
}

static int walk_all(struct walk *walk, const char *meta, uint64_t most_pages)
{
    uint64_t lost = 0;
    struct tree free_list = tree_of(meta + 24, 0), tables = tree_of(meta + 72, 0);

    walk->last_page = get64(meta + 120);
    if (walk->last_page >= most_pages) {
        wrong(walk, walk->last_page, "is beyond all there may be");
        return walk->findings;
    }
    free_list.is_free_list = true;
    walk->seen = mem_zero(walk->last_page / 8 + 1, 1);
    bool whole = walk_tree(walk, &free_list) == 0;
    whole = walk_tree(walk, &tables) == 0 && whole;
    for (uint64_t n = 2; whole && n <= walk->last_page; n++)
        lost += !(walk->seen[n / 8] & 1u << n % 8);
    if (lost)
        wrong(walk, lost, "as many pages belong to no table and are not free");
    mem_free(walk->seen);
    return walk->findings;
}

/* The newest snapshot, held, and its meta page: that is overwritten by the second commit
 * from then on, so it is tried again. */
static int hold_snapshot(struct lmdb *lmdb, const struct walk *walk, MDB_txn **txn_out,
                         char meta_out[META_BYTES], struct err *err)
{
    const char *meta = NULL;

    for (int i = 0; i < TRIES && meta == NULL; i++) {
        int rc = mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, txn_out);
        if (rc)
            return lmdb_error(lmdb, rc, "begin reading", err);
        meta = find_meta(walk->file, walk->page_bytes, mdb_txn_id(*txn_out));
        if (meta)
            memcpy(meta_out, meta, META_BYTES);
        else
            mdb_txn_abort(*txn_out);
    }
    return meta ? 0 : err_set(err, ERR_STATE, "journal %s: changes too fast", lmdb->path);
}

static int walk_file(struct lmdb *lmdb, struct walk *walk, struct err *err)
{
    char meta[META_BYTES] = {0};
    MDB_txn *txn;
    MDB_stat stat;
    MDB_envinfo info;

    mdb_env_stat(lmdb->env, &stat);
    walk->page_bytes = stat.ms_psize;
    if (walk->file.len < 2 * walk->page_bytes)
        return err_set(err, ERR_FORMAT, "journal %s is shorter than two pages",
                       lmdb->path);
    int rc = hold_snapshot(lmdb, walk, &txn, meta, err);
    if (rc < 0)
        return rc;
    mdb_env_info(lmdb->env, &info);
    rc = walk_all(walk, meta, info.me_mapsize / walk->page_bytes);
    mdb_txn_abort(txn);
    return rc;
}

int lmdb_check_pages(struct lmdb *lmdb, void (*note)(void *context, const char *finding),
                     void *context, struct err *err)
{
    struct walk walk = {.note = note, .context = context};
    struct buf path = {0};

    buf_printf(&path, "%s/data.mdb", lmdb->path);
    int rc = file_map(buf_cstr(&path), &walk.file, err);
    if (rc == 0) {
        rc = walk_file(lmdb, &walk, err);
        file_unmap(&walk.file);
    }
    buf_fini(&path);
    return rc;
}
