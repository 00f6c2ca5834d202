#include "tests/support/check.h"
#include "tests/support/entry.h"

#include "worker/sink/files.h"
#include "worker/sink/store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* One article: two people who meet, what one of them said, and a number of others. */
#define REFERENCE "\"article\":{\"id\":\"a\",\"source\":\"contoh.example\"}"
#define FACT(n, kind)                                                                    \
    "{\"v\":1,\"n\":" #n ",\"kind\":\"" kind "\",\"id\":\"000000000000000" #n            \
    "\"," REFERENCE                                                                      \
    ",\"sentence\":0,\"span\":[0,4],\"text\":\"Budi\",\"confidence\":0.8,"
static const char lines[] =
    "{\"v\":1,\"n\":0,\"kind\":\"article\",\"id\":\"0000000000000000\",\"article\":{"
    "\"id\":\"a\",\"source\":\"contoh.example\",\"url\":\"https://contoh.example/a\","
    "\"title\":\"Budi bertemu Wati\",\"published\":\"2025-02-08T09:00:00+07:00\","
    "\"text\":\"Budi bertemu "
    "Wati.\"},\"sentences\":[[0,18]],\"extractor\":\"id-1\"}\n" FACT(
        1, "entity") "\"type\":\"PER\",\"name\":\"Budi\",\"mentions\":[[0,4],[5,9]]}"
                     "\n" FACT(2,
                               "quantity") "\"low\":10,\"high\":12.5,\"unit\":\"orang\","
                                           "\"holder\":\"Demak\","
                                           "\"attribution\":{\"name\":\"Wati\",\"via\":["
                                           "\"Antara\"]},\"modality\":\"denied\","
                                           "\"time\":\"2025-02-09\",\"place\":{\"name\":"
                                           "\"Demak\",\"country\":\"ID\"}}\n" FACT(
                                               3,
                                               "event") "\"type\":\"CONSULT\","
                                                        "\"trigger\":[5,12],\"actors\":["
                                                        "\"Budi\",\"A \\\"B\\\"\"],"
                                                        "\"targets\":[\"Wati\"]}\n";

struct fixture {
    char *dir, path[256];
    struct store *store;
    struct buf entry;
    struct err err;
};

static int make(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    f->dir = check_dir_make();
    snprintf(f->path, sizeof f->path, "%s/facts.db", f->dir);
    check_diag_begin();
    *state = f;
    return 0;
}

static int clean(void **state)
{
    struct fixture *f = *state;
    check_diag_end();
    store_close(&f->store);
    buf_fini(&f->entry);
    check_dir_remove(&f->dir);
    test_free(f);
    return 0;
}

static void open_sqlite(struct fixture *f)
{
    assert_ok(store_open(f->path, STORE_WRITE, &f->store, &f->err), &f->err);
}

/* Apply the article under position seq with the suffix in its ids. */
static int apply(struct fixture *f, uint64_t seq, const char *suffix)
{
    buf_clear(&f->entry);
    entry_make(STR(lines), seq, suffix, &f->entry);
    struct str entry = buf_str(&f->entry);
    const struct store_batch batch = {
        .entry = &entry, .entries = 1, .name = "me", .next = seq + 1};
    return store_apply(f->store, &batch, &f->err);
}

/* The one cell a statement answers with, as text. */
static void long_cell(struct fixture *f, const char *sql, char *out, size_t size)
{
    sqlite3_stmt *statement;
    sqlite3 *db = store_database(f->store);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const unsigned char *got = sqlite3_column_text(statement, 0);
    snprintf(out, size, "%s", got ? (const char *)got : "NULL");
    sqlite3_finalize(statement);
}

/* The same; borrowed until the next call. */
static const char *cell(struct fixture *f, const char *sql)
{
    static char text[512];
    long_cell(f, sql, text, sizeof text);
    return text;
}

static void an_entry_becomes_rows(void **state)
{
    struct fixture *f = *state;
    open_sqlite(f);
    assert_ok(apply(f, 7, ""), &f->err);
    assert_string_equal(cell(f, "SELECT day || ' ' || sentences FROM articles"),
                        "2025-02-08 [[0,18]]");
    assert_string_equal(cell(f, "SELECT group_concat(fact - 7 * 16384) FROM facts"),
                        "1,2,3");
    assert_string_equal(cell(f,
                             "SELECT low || ' ' || high || ' ' || day || ' ' || country"
                             " FROM facts WHERE kind = 'quantity'"),
                        "10.0 12.5 2025-02-09 ID");
    assert_string_equal(cell(f, "SELECT value FROM facts WHERE kind = 'quantity'"),
                        "NULL");
    assert_string_equal(cell(f, "SELECT actors FROM events"),
                        "[\"Budi\",\"A \\\"B\\\"\"]");
    assert_string_equal(
        cell(f, "SELECT group_concat(part || '=' || name) FROM (SELECT * FROM"
                " names ORDER BY fact, part, i)"),
        "entity=Budi,holder=Demak,place=Demak,source=Wati,via=Antara,"
        "actor=Budi,actor=A \"B\",target=Wati");
    assert_string_equal(cell(f, "SELECT COUNT(*) FROM mentions"), "2");
    assert_string_equal(cell(f, "SELECT COUNT(*) FROM article_search WHERE article_search"
                                " MATCH 'wati'"),
                        "1");
    struct store_counts counts = store_counts(f->store);
    assert_int_equal(counts.articles, 1);
    assert_int_equal(counts.facts, 3);
    assert_int_equal(counts.rows, 1 + 3 + 8 + 2);
}

/* Apply the lines with `more`, another field, in the article record. */
static int apply_with(struct fixture *f, const char *more, uint64_t seq,
                      const char *suffix)
{
    static const char mark[] = "\"extractor\":\"id-1\"";
    const char *at = strstr(lines, mark) + sizeof mark - 1;
    struct buf changed = {0};
    buf_add(&changed, lines, (size_t)(at - lines));
    buf_add_str(&changed, str_of(more));
    buf_add_str(&changed, str_of(at));
    buf_clear(&f->entry);
    entry_make(buf_str(&changed), seq, suffix, &f->entry);
    buf_fini(&changed);
    struct str entry = buf_str(&f->entry);
    const struct store_batch batch = {
        .entry = &entry, .entries = 1, .name = "me", .next = seq + 1};
    return store_apply(f->store, &batch, &f->err);
}

#define COPIES                                                                           \
    "SELECT group_concat(seq || ' of ' || original)"                                      \
    " FROM (SELECT * FROM copies ORDER BY seq)"

static void a_copy_is_one_of_what_stands_here(void **state)
{
    struct fixture *f = *state;
    open_sqlite(f);
    assert_ok(apply(f, 1, "1"), &f->err);
    assert_ok(apply_with(f, ",\"copy_of\":\"a1\"", 2, "2"), &f->err);
    assert_ok(apply_with(f, ",\"copy_of\":\"a1\"", 3, "3"), &f->err);
    assert_string_equal(cell(f, "SELECT copy_of FROM articles WHERE seq = 2"), "a1");
    assert_string_equal(cell(f, "SELECT copy_of FROM articles WHERE seq = 1"), "NULL");
    assert_string_equal(cell(f, COPIES), "2 of 1,3 of 1");
    /* Without the original the first of its copies stands for it. */
    assert_ok(apply_with(f, ",\"copy_of\":\"gone\"", 4, "4"), &f->err);
    assert_string_equal(cell(f, COPIES), "2 of 1,3 of 1");
    assert_ok(apply_with(f, ",\"copy_of\":\"gone\"", 5, "5"), &f->err);
    assert_string_equal(cell(f, COPIES), "2 of 1,3 of 1,5 of 4");
}

/* A file as version 1 of the schema made it, with one article. */
static void make_version_1(struct fixture *f)
{
    static char sql[1 << 16];
    FILE *file = fopen(SCHEMA_1, "r");
    sqlite3 *db;
    assert_non_null(file);
    sql[fread(sql, 1, sizeof sql - 1, file)] = '\0';
    fclose(file);
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
                     "PRAGMA application_id = 0x57727461; PRAGMA user_version = 1;"
                     "INSERT INTO articles (seq, id, record, extractor, text)"
                     " VALUES (1, 'old', '0', 'id-0', 'Banjir di Demak.');"
                     "INSERT INTO positions VALUES ('me', 2)",
                     NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
}

/* All columns of all tables, and the text of all else without its spaces: a table's own
 * differs where a column was added to it. */
#define SHAPE                                                                            \
    "SELECT group_concat(line, char(10)) FROM (SELECT m.type || ' ' || m.name || ' ' ||" \
    " COALESCE(c.cid || c.name || c.type, replace(replace(m.sql, char(10), ''), ' ',"    \
    " ''), '') AS line FROM sqlite_schema m LEFT JOIN"                                   \
    " pragma_table_info(m.name) c ON m.type = 'table' ORDER BY 1)"

static void a_file_of_version_1_is_brought_up(void **state)
{
    struct fixture *f = *state;
    static char shape[1 << 15], want[1 << 15];
    uint64_t next = 0;
    make_version_1(f);
    assert_int_equal(store_open(f->path, STORE_READ, &f->store, &f->err), ERR_VERSION);
    assert_has(f->err.text, "schema version 1");
    open_sqlite(f);
    assert_string_equal(cell(f, "PRAGMA user_version"), "2");
    assert_string_equal(cell(f, "SELECT id || COALESCE(copy_of, ' NULL') FROM articles"),
                        "old NULL");
    assert_int_equal(store_position(f->store, "me", &next, &f->err), 1);
    assert_int_equal(next, 2);
    assert_ok(apply_with(f, ",\"copy_of\":\"old\"", 2, ""), &f->err);
    assert_string_equal(cell(f, COPIES), "2 of 1");
    long_cell(f, SHAPE, shape, sizeof shape);
    store_close(&f->store);
    open_sqlite(f); /* again: nothing is left to be done */
    store_close(&f->store);
    assert_ok(store_open(check_path(f->dir, "new.db"), STORE_WRITE, &f->store, &f->err),
              &f->err);
    long_cell(f, SHAPE, want, sizeof want);
    assert_string_equal(shape, want);
    assert_has(want, "copy_of");
}

static void a_file_of_a_newer_version_is_left_alone(void **state)
{
    struct fixture *f = *state;
    open_sqlite(f);
    assert_int_equal(sqlite3_exec(store_database(f->store), "PRAGMA user_version = 3",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    store_close(&f->store);
    assert_int_equal(store_open(f->path, STORE_WRITE, &f->store, &f->err), ERR_VERSION);
    assert_has(f->err.text, "schema version 3, this program knows version 2");
}

static void the_position_is_that_of_the_rows(void **state)
{
    struct fixture *f = *state;
    uint64_t next = 99;
    open_sqlite(f);
    assert_int_equal(store_position(f->store, "me", &next, &f->err), 0);
    assert_int_equal(next, 99);
    assert_ok(apply(f, 7, ""), &f->err);
    store_close(&f->store);
    open_sqlite(f);
    assert_int_equal(store_position(f->store, "me", &next, &f->err), 1);
    assert_int_equal(next, 8);
    assert_int_equal(store_position(f->store, "other", &next, &f->err), 0);
}

static void the_same_entry_again_changes_nothing(void **state)
{
    struct fixture *f = *state;
    open_sqlite(f);
    assert_ok(apply(f, 7, ""), &f->err);
    assert_ok(apply(f, 7, ""), &f->err);
    assert_string_equal(cell(f, "SELECT COUNT(*) FROM facts"), "3");
    assert_string_equal(cell(f, "SELECT COUNT(*) FROM names"), "8");
    assert_string_equal(cell(f, "SELECT COUNT(*) FROM revisions"), "0");
}

static void a_later_entry_of_an_article_replaces_it(void **state)
{
    struct fixture *f = *state;
    open_sqlite(f);
    assert_ok(apply(f, 7, ""), &f->err);
    assert_ok(apply(f, 9, "-other"), &f->err);
    assert_ok(apply(f, 12, ""), &f->err);
    assert_string_equal(cell(f, "SELECT group_concat(seq) FROM articles"), "9,12");
    assert_string_equal(cell(f, "SELECT COUNT(*) FROM mentions"), "4");
    assert_string_equal(cell(f, "SELECT seq || ' ' || replaced_by FROM revisions"),
                        "7 12");
    assert_string_equal(cell(f, "SELECT COUNT(*) FROM fact_search WHERE fact_search MATCH"
                                " 'budi'"),
                        "4");
    assert_int_equal(store_counts(f->store).replaced, 1);
}

static void another_article_at_a_position_is_another_log(void **state)
{
    struct fixture *f = *state;
    uint64_t next = 0;
    open_sqlite(f);
    assert_ok(apply(f, 7, ""), &f->err);
    assert_int_equal(apply(f, 7, "-other"), ERR_CONFLICT);
    assert_has(f->err.text, "position 7");
    assert_string_equal(cell(f, "SELECT COUNT(*) FROM facts"), "3");
    assert_int_equal(store_position(f->store, "me", &next, &f->err), 1);
    assert_int_equal(next, 8);
    assert_ok(apply(f, 8, "-other"), &f->err); /* it goes on working */
}

static void what_cannot_be_read_is_kept_as_it_is(void **state)
{
    static const char *const bad[] = {"", "\xc1", "\x90", "\x80", "\x91\x80", "\x93\x01"};
    struct fixture *f = *state;
    open_sqlite(f);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct str entry = str_of(bad[i]);
        const struct store_batch batch = {
            .entry = &entry, .entries = 1, .name = "me", .next = 2 + i};
        assert_ok(store_apply(f->store, &batch, &f->err), &f->err);
        check_diag_expect("cannot be read");
    }
    assert_string_equal(cell(f, "SELECT COUNT(*) FROM refused"), "6");
    assert_string_equal(cell(f, "SELECT hex(entry) FROM refused WHERE next = 6"), "9180");
    assert_int_equal(store_counts(f->store).refused, 6);
    assert_int_equal(store_counts(f->store).articles, 0);
}

static void gaps_are_told(void **state)
{
    struct fixture *f = *state;
    const struct store_gap gap = {1, 6, STR("trimmed")};
    const struct store_batch batch = {.gap = &gap, .gaps = 1, .name = "me", .next = 6};
    open_sqlite(f);
    assert_ok(store_apply(f->store, &batch, &f->err), &f->err);
    assert_string_equal(
        cell(f, "SELECT gap_from || ' ' || gap_to || ' ' || reason FROM gaps"),
        "1 6 trimmed");
}

static void a_reader_sees_what_is_written_and_writes_nothing(void **state)
{
    struct fixture *f = *state;
    struct fixture reader = {0};
    assert_int_equal(store_open(f->path, STORE_READ, &reader.store, &f->err),
                     ERR_NOTFOUND);
    open_sqlite(f);
    assert_ok(store_open(f->path, STORE_READ, &reader.store, &f->err), &f->err);
    assert_ok(apply(f, 7, ""), &f->err);
    assert_string_equal(cell(&reader, "SELECT COUNT(*) FROM facts"), "3");
    assert_int_not_equal(
        sqlite3_exec(store_database(reader.store), "DELETE FROM facts", NULL, NULL, NULL),
        SQLITE_OK);
    assert_string_equal(cell(f, "SELECT COUNT(*) FROM facts"), "3");
    store_close(&reader.store);
}

static void the_writer_syncs_every_commit(void **state)
{
    struct fixture *f = *state;
    open_sqlite(f);
    assert_string_equal(cell(f, "PRAGMA journal_mode"), "wal");
    assert_string_equal(cell(f, "PRAGMA synchronous"), "2");
}

/* ---- files ---- */

static void open_files(struct fixture *f, uint64_t rotate_bytes)
{
    const struct files_options options = {.rotate_bytes = rotate_bytes,
                                          .rotate_age_ms = UINT64_MAX};
    assert_ok(files_open(f->dir, &options, &f->store, &f->err), &f->err);
}

static off_t size_of(struct fixture *f, const char *name)
{
    struct stat is;
    return stat(check_path(f->dir, name), &is) == 0 ? is.st_size : -1;
}

static void append(struct fixture *f, const char *name, const char *text)
{
    FILE *file = fopen(check_path(f->dir, name), "a");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void what_no_position_counts_is_cut_off(void **state)
{
    struct fixture *f = *state;
    open_files(f, 1 << 20);
    assert_ok(apply(f, 1, ""), &f->err);
    off_t good = size_of(f, "facts-000000000001.jsonl");
    store_close(&f->store);
    append(f, "facts-000000000001.jsonl", "{\"v\":1,\"half\":");
    append(f, "facts-000000000009.jsonl", "of a run without a position\n");
    append(f, "facts-000000000001.jsonl.gz.tmp", "half");
    open_files(f, 1 << 20);
    assert_int_equal(size_of(f, "facts-000000000001.jsonl"), good);
    assert_int_equal(size_of(f, "facts-000000000009.jsonl"), -1);
    assert_int_equal(size_of(f, "facts-000000000001.jsonl.gz.tmp"), -1);
    assert_ok(apply(f, 2, "-2"), &f->err);
    assert_true(size_of(f, "facts-000000000001.jsonl") > good * 2);
}

static void a_file_that_lost_bytes_is_named(void **state)
{
    struct fixture *f = *state;
    const struct files_options options = {.rotate_bytes = 1 << 20,
                                          .rotate_age_ms = UINT64_MAX};
    open_files(f, 1 << 20);
    assert_ok(apply(f, 1, ""), &f->err);
    store_close(&f->store);
    assert_int_equal(truncate(check_path(f->dir, "facts-000000000001.jsonl"), 5), 0);
    assert_int_equal(files_open(f->dir, &options, &f->store, &f->err), ERR_CORRUPT);
    assert_has(f->err.text, "facts-000000000001.jsonl has 5 bytes");
}

static void a_full_file_is_gzipped_and_another_begun(void **state)
{
    struct fixture *f = *state;
    open_files(f, 100);
    assert_ok(apply(f, 1, ""), &f->err);
    assert_ok(apply(f, 2, "-2"), &f->err);
    assert_true(size_of(f, "facts-000000000001.jsonl.gz") > 0);
    assert_int_equal(size_of(f, "facts-000000000001.jsonl"), -1);
    assert_true(size_of(f, "facts-000000000002.jsonl") > 0);
    /* Killed between the renaming and the position: the plain one is still there. */
    store_close(&f->store);
    append(f, "facts-000000000002.jsonl.gz", "as if it were gzipped");
    open_files(f, 100);
    assert_int_equal(size_of(f, "facts-000000000002.jsonl"), -1);
    assert_ok(apply(f, 3, "-3"), &f->err);
    assert_true(size_of(f, "facts-000000000003.jsonl") > 0);
}

static void one_sink_a_directory_and_one_format(void **state)
{
    struct fixture *f = *state;
    const struct files_options packed = {.msgpack = true, .rotate_bytes = 100};
    struct store *other;
    open_files(f, 100);
    assert_int_equal(files_open(f->dir, &packed, &other, &f->err), ERR_LOCKED);
    store_close(&f->store);
    assert_int_equal(files_open(f->dir, &packed, &other, &f->err), ERR_CONFLICT);
    assert_has(f->err.text, "written as jsonl");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_entry_becomes_rows),
        TEST(a_copy_is_one_of_what_stands_here),
        TEST(a_file_of_version_1_is_brought_up),
        TEST(a_file_of_a_newer_version_is_left_alone),
        TEST(the_position_is_that_of_the_rows),
        TEST(the_same_entry_again_changes_nothing),
        TEST(a_later_entry_of_an_article_replaces_it),
        TEST(another_article_at_a_position_is_another_log),
        TEST(what_cannot_be_read_is_kept_as_it_is),
        TEST(gaps_are_told),
        TEST(a_reader_sees_what_is_written_and_writes_nothing),
        TEST(the_writer_syncs_every_commit),
        TEST(what_no_position_counts_is_cut_off),
        TEST(a_file_that_lost_bytes_is_named),
        TEST(a_full_file_is_gzipped_and_another_begun),
        TEST(one_sink_a_directory_and_one_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
