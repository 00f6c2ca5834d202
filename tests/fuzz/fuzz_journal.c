/* A journal in which rows were changed (LMDB's own pages stay whole): whatever they hold
 * the journal opens, or says why not; reads to the end; takes what can be taken; and
 * keeps what is appended then.
 *
 * The input is a list of changes: table u8, key (kind u8: 0 length u8 and bytes; 1 an
 * entry's number u8; 2 a chunk's, u8 u8; 3 a name of meta u8), value (kind u8: 0 length
 * u8 and bytes; 1 to 3 the same with a right checksum before: of an entry, of a state, of
 * a mark or of positions; 4: none, the row goes). */
#include "tests/fuzz/fuzz.h"

#include "broker/journal_lmdb.h"
#include "proto/base/diag.h"
#include "proto/base/file.h"
#include "proto/base/hash.h"
#include "proto/wire/limits.h"

#include <stdio.h>

#define MAP_BYTES ((uint64_t)4 << 20)
#define ENTRIES   6
#define READS     10000 /* of a few entries: beyond, reading does not end */

static const struct journal_options options = {.map_bytes = MAP_BYTES};

struct change {
    struct str script;
    unsigned table;
    struct str key;
    char key_bytes[LMDB_KEEP_KEY];
    struct buf value;
};

static unsigned take_u8(struct change *c)
{
    if (c->script.len == 0)
        return 0;
    unsigned byte = (unsigned char)c->script.ptr[0];
    c->script = str_from(c->script, 1);
    return byte;
}

static struct str take_bytes(struct change *c)
{
    size_t len = take_u8(c);
    len = len < c->script.len ? len : c->script.len;
    struct str bytes = str_slice(c->script, 0, len);
    c->script = str_from(c->script, len);
    return bytes;
}

/* ---- a journal to change ---- */

static void fill(struct journal *journal)
{
    struct journal_outcome outcome;
    struct journal_item item;
    uint64_t ticket;
    char id[8];
    const struct journal_release release = {1, 1, STR("@live desk\nwhen who died why")};
    for (int i = 0; i < ENTRIES; i++) {
        snprintf(id, sizeof id, "a%d", i);
        journal_append(journal, JOURNAL_ARTICLES, str_of(id), STR("one"), &ticket, NULL);
        journal_append(journal, JOURNAL_FACTS, str_of(id), STR("two"), &ticket, NULL);
    }
    fuzz_require(journal_flush(journal, NULL) == 0);
    while (journal_settle(journal, &outcome) == 1)
        fuzz_require(outcome.error == 0);
    fuzz_require(journal_take(journal, &item, NULL) == 1);
    journal_finish(journal, item.seq, NULL);
    fuzz_require(journal_take(journal, &item, NULL) == 1);
    journal_bury(journal, item.seq, &release, NULL);
    fuzz_require(journal_take(journal, &item, NULL) == 1);
    journal_release(journal, item.seq, &release, NULL);
    journal_mark(journal, STR("reader"), 3, NULL);
    journal_keep(journal, STR("paused"), STR("desk\n"), NULL);
    journal_trim(journal, JOURNAL_FACTS, 2, NULL);
}

/* Bytes of its file, made once for a process. */
static struct str base(void)
{
    static struct buf bytes;
    char uri[512], path[512];
    struct journal *journal;
    if (bytes.len > 0)
        return buf_str(&bytes);
    snprintf(uri, sizeof uri, "lmdb:%s/base", fuzz_dir());
    snprintf(path, sizeof path, "%s/base/data.mdb", fuzz_dir());
    fuzz_require(journal_open(uri, &options, &journal, NULL) == 0);
    fill(journal);
    journal_close(&journal);
    fuzz_require(file_read(path, MAP_BYTES, &bytes, NULL) == 0);
    return buf_str(&bytes);
}

/* ---- changes ---- */

static void choose_key(struct change *c)
{
    static const char *const names[] = {"format", "seed", "bounds", "keep/paused"};
    unsigned kind = take_u8(c) % 4;
    MDB_val key = {0};
    if (kind == 0)
        c->key = take_bytes(c);
    else if (kind == 3)
        c->key = str_of(names[take_u8(c) % 4]);
    if (kind == 1)
        key = lmdb_seq_key(c->key_bytes, take_u8(c));
    if (kind == 2) {
        unsigned seq = take_u8(c);
        key = lmdb_chunk_key(c->key_bytes, seq, take_u8(c) % 4);
    }
    if (key.mv_data)
        c->key = str_make(key.mv_data, key.mv_size);
}

static uint64_t seed_of(const struct change *c, unsigned kind)
{
    uint64_t seq = c->key.len >= 8 ? lmdb_get64(c->key.ptr) : 0;
    if (kind == 1)
        return seq << 1 | (c->table == LMDB_FACTS);
    if (kind == 2)
        return seq;
    return c->table == LMDB_META ? 0 : hash64(c->key, 0);
}

/* false: the row goes. */
static bool choose_value(struct change *c)
{
    unsigned kind = take_u8(c) % 5;
    char sum[8];
    buf_clear(&c->value);
    if (kind == 4)
        return false;
    struct str bytes = take_bytes(c);
    if (kind > 0) {
        lmdb_put64(sum, hash64(bytes, seed_of(c, kind)));
        buf_add(&c->value, sum, sizeof sum);
    }
    buf_add_str(&c->value, bytes);
    return true;
}

/* The values of an id table have one size, which LMDB takes on trust (MDB_DUPFIXED). */
static bool fits_table(const struct change *c)
{
    bool of_ids = c->table == LMDB_ARTICLE_IDS || c->table == LMDB_FACT_IDS;
    return !of_ids || c->value.len == 8;
}

static void change_row(struct change *c, MDB_txn *txn)
{
    static const char *const tables[LMDB_TABLES] = {
        "meta", "articles", "facts", "article_ids", "fact_ids", "work", "dead", "marks"};
    MDB_dbi dbi;
    c->table = take_u8(c) % LMDB_TABLES;
    choose_key(c);
    bool stays = choose_value(c);
    if (c->key.len == 0 || mdb_dbi_open(txn, tables[c->table], 0, &dbi) != 0)
        return;
    MDB_val key = lmdb_val(c->key.ptr, c->key.len);
    MDB_val value = lmdb_val(buf_str(&c->value).ptr, c->value.len);
    if (stays && fits_table(c))
        mdb_put(txn, dbi, &key, &value, 0); /* a size that LMDB refuses: no change */
    else if (!stays)
        mdb_del(txn, dbi, &key, NULL);
}

static void change(const char *dir, struct str script)
{
    struct change c = {.script = script};
    MDB_env *env;
    MDB_txn *txn;
    fuzz_require(mdb_env_create(&env) == 0);
    mdb_env_set_maxdbs(env, LMDB_TABLES);
    mdb_env_set_mapsize(env, MAP_BYTES);
    fuzz_require(mdb_env_open(env, dir, MDB_NOSYNC, 0600) == 0);
    fuzz_require(mdb_txn_begin(env, NULL, 0, &txn) == 0);
    while (c.script.len > 0)
        change_row(&c, txn);
    fuzz_require(mdb_txn_commit(txn) == 0);
    mdb_env_close(env);
    buf_fini(&c.value);
}

/* ---- use ---- */

static void check_item(const struct journal_item *item, int rc)
{
    fuzz_require(rc == 1 || rc == ERR_CORRUPT || rc == ERR_SYSTEM);
    if (rc != 1)
        return;
    fuzz_require(item->id.len <= LIMIT_ID_BYTES && item->bytes.len <= LIMIT_ENTRY_BYTES);
    fuzz_require(item->note.len <= JOURNAL_NOTE_BYTES);
}

static void read_stream(struct journal *journal, enum journal_stream stream)
{
    struct journal_item item = {0};
    uint64_t from = 1;
    int rc, reads = 0;
    while ((rc = journal_read(journal, stream, from, &item, NULL)) != 0) {
        check_item(&item, rc);
        if (rc == ERR_SYSTEM || item.seq == UINT64_MAX)
            return;
        fuzz_require(item.seq >= from && reads++ < READS);
        from = item.seq + 1;
    }
}

static void take_work(struct journal *journal)
{
    const struct journal_release release = {2, 0, STR("again")};
    struct journal_item item;
    int rc, taken = 0;
    while ((rc = journal_take(journal, &item, NULL)) != 0 && rc != ERR_SYSTEM) {
        check_item(&item, rc);
        fuzz_require(taken++ < READS);
        if (rc == 1)
            journal_release(journal, item.seq, &release, NULL);
    }
}

static void read_dead(struct journal *journal)
{
    struct journal_item item;
    uint64_t from = 1;
    int rc, reads = 0;
    while ((rc = journal_dead(journal, from, &item, NULL)) == 1) {
        check_item(&item, rc);
        fuzz_require(item.seq >= from && reads++ < READS);
        if (item.seq == UINT64_MAX)
            return;
        from = item.seq + 1;
    }
}

static void read_marks(struct journal *journal)
{
    struct journal_mark mark;
    struct buf after = {0};
    struct str kept;
    int marks = 0;
    while (journal_next_mark(journal, buf_str(&after), &mark, NULL) == 1) {
        fuzz_require(marks++ < READS);
        buf_clear(&after);
        buf_add_str(&after, mark.name);
    }
    if (journal_kept(journal, STR("paused"), &kept) == 1)
        fuzz_require(kept.len <= JOURNAL_KEEP_BYTES);
    buf_fini(&after);
}

/* What is acknowledged now is there, whatever was damaged before. */
static void append(struct journal *journal)
{
    struct journal_outcome outcome;
    struct journal_item item;
    uint64_t ticket;
    if (journal_append(journal, JOURNAL_ARTICLES, STR("fresh"), STR("bytes"), &ticket,
                       NULL) < 0 ||
        journal_flush(journal, NULL) < 0)
        return;
    while (journal_settle(journal, &outcome) == 1) {
        fuzz_require(outcome.ticket == ticket);
        if (outcome.error || outcome.duplicate)
            continue;
        fuzz_require(journal_get(journal, JOURNAL_ARTICLES, outcome.seq, &item, NULL) ==
                     1);
        fuzz_require(str_is(item.id, "fresh") && str_is(item.bytes, "bytes"));
    }
}

static void ignore(void *context, const char *finding)
{
    (void)context;
    fuzz_require(fuzz_is_plain(str_of(finding)));
}

static void use(const char *uri)
{
    struct journal *journal;
    struct err err = {0};
    int rc = journal_open(uri, &options, &journal, &err);
    if (rc < 0) {
        fuzz_check_err(rc, &err);
        return;
    }
    read_stream(journal, JOURNAL_ARTICLES);
    read_stream(journal, JOURNAL_FACTS);
    read_marks(journal);
    take_work(journal);
    read_dead(journal);
    append(journal);
    journal_trim(journal, JOURNAL_ARTICLES, 4, NULL);
    journal_flush(journal, NULL);
    rc = journal_check(journal, ignore, NULL, &err);
    if (rc < 0)
        fuzz_check_err(rc, &err);
    journal_close(&journal);
}

static void check_line(enum diag_level level, struct str line, void *context)
{
    (void)level, (void)context;
    fuzz_require(fuzz_is_plain(line));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char uri[512];
    diag_hook(check_line, NULL);
    struct str file = base();
    snprintf(uri, sizeof uri, "lmdb:%s/run", fuzz_dir());
    fuzz_require(file_make_dir(uri + 5, NULL) == 0);
    fuzz_file(0, "run/data.mdb", file);
    change(uri + 5, str_make((const char *)bytes, len));
    use(uri);
    return 0;
}
