#include "tests/support/check.h"

#include "proto/base/mem.h"
#include "proto/wire/limits.h"
#include "proto/wire/scan.h"
#include "worker/job.h"

#include <stdlib.h>

#define ARTICLE                                                                          \
    "Jakarta - Presiden Prancis Emmanuel Macron tiba di Jakarta pada Senin "             \
    "(12/5/2025). Ia membawa 40 pengusaha.\n"                                            \
    "\"Kami ingin bekerja sama,\" kata Macron. Nilai investasi naik 5 persen menjadi "   \
    "Rp2,5 triliun, menurut Kementerian Keuangan.\n"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTS_ALLOCATIONS 0
#else
#define COUNTS_ALLOCATIONS 1
/* Stand before the C library's: every allocation of the program and of its libraries. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *old, size_t size);

static unsigned long allocations;

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    allocations++;
    return __libc_realloc(old, size);
}
#endif

static const struct job_options usual = {.memory_bytes = (uint64_t)64 << 20,
                                         .deadline_ms = 10000};

static struct job *job;

static int set_up(void **state)
{
    struct err err = {0};
    (void)state;
    return job_open(&usual, &job, &err);
}

static int tear_down(void **state)
{
    (void)state;
    job_close(&job);
    return 0;
}

static void open_as(struct job_options options)
{
    struct err err = {0};
    job_close(&job);
    assert_ok(job_open(&options, &job, &err), &err);
}

static struct article make_article(struct str text)
{
    struct article article;
    record_init(&article_table, &article);
    article.id = STR("a-1");
    article.source = STR("contoh.id");
    article.published = STR("2025-05-13T08:00:00+07:00");
    article.language = STR("id");
    article.text = text;
    return article;
}

/* New bytes of `text` again and again until there are at least so many. */
static struct buf repeat(const char *text, size_t least_bytes)
{
    struct buf out = {0};
    while (out.len < least_bytes)
        buf_add_str(&out, str_of(text));
    return out;
}

static int run(const struct article *article, struct str *entry_out, struct err *err)
{
    static struct buf frame;
    buf_clear(&frame);
    record_encode(&article_table, article, &frame);
    return job_run(job, buf_str(&frame), entry_out, err);
}

static struct buf entry_of(const char *text)
{
    struct article article = make_article(str_of(text));
    struct err err = {0};
    struct str entry;
    struct buf copy = {0};
    assert_ok(run(&article, &entry, &err), &err);
    buf_add_str(&copy, entry);
    return copy;
}

static void an_entry_holds_the_article_and_facts_that_keep_the_contract(void **state)
{
    (void)state;
    static const struct scan_limits limits = {LIMIT_DEPTH, LIMIT_OBJECTS};
    struct buf entry = entry_of(ARTICLE);
    struct err err = {0};
    struct arena arena;
    struct scan_value all, item;
    struct fact fact;
    struct str text = STR_NONE;
    uint32_t n = 0, begin = 0;

    arena_init(&arena, (size_t)16 << 20);
    assert_ok(scan_check(buf_str(&entry), &limits, &err), &err);
    struct scan scan = scan_begin(buf_str(&entry));
    assert_int_equal(scan_next(&scan, &all), 1);
    assert_int_equal(all.type, SCAN_ARRAY);
    scan = scan_inside(&all);
    for (; scan_next(&scan, &item) == 1; n++) {
        assert_ok(fact_decode(item.raw, &arena, &fact, &err), &err);
        assert_int_equal(fact.n, n);
        assert_str(fact.article->id, "a-1");
        if (n == 0) {
            assert_int_equal(fact.kind, FACT_ARTICLE);
            assert_str(fact.extractor, job_extractor(job));
            text = fact.article->text;
            continue;
        }
        assert_ok(fact_check(&fact, text, &err), &err);
        assert_true(fact.span.begin >= begin);
        begin = fact.span.begin;
    }
    assert_int_equal(n, all.count);
    assert_true(n > 4);
    arena_fini(&arena);
    buf_fini(&entry);
}

static void the_same_article_gives_the_same_bytes(void **state)
{
    (void)state;
    struct buf first = entry_of(ARTICLE);
    struct buf other = entry_of("Ibu kota Jepang adalah Tokyo.");
    struct buf again = entry_of(ARTICLE);
    assert_true(str_eq(buf_str(&first), buf_str(&again)));
    assert_false(str_eq(buf_str(&first), buf_str(&other)));
    open_as(usual);
    struct buf afresh = entry_of(ARTICLE);
    assert_true(str_eq(buf_str(&first), buf_str(&afresh)));
    buf_fini(&first);
    buf_fini(&other);
    buf_fini(&again);
    buf_fini(&afresh);
}

static void a_document_over_the_memory_cap_is_refused_and_the_next_is_read(void **state)
{
    (void)state;
    struct job_options small = usual;
    struct buf large = repeat(ARTICLE, (size_t)512 * 1024);
    struct article article = make_article(buf_str(&large));
    struct err err = {0};
    struct str entry;
    struct buf before = entry_of(ARTICLE);
    small.memory_bytes = (uint64_t)2 << 20;
    open_as(small);
    assert_int_equal(run(&article, &entry, &err), ERR_LIMIT);
    assert_has(err.text, "bytes of memory");
    assert_null(entry.ptr);
    struct buf after = entry_of(ARTICLE);
    assert_true(str_eq(buf_str(&before), buf_str(&after)));
    buf_fini(&large);
    buf_fini(&before);
    buf_fini(&after);
}

static void a_document_past_the_deadline_is_refused_and_the_next_is_read(void **state)
{
    (void)state;
    struct job_options hasty = usual;
    struct buf large = repeat(ARTICLE, (size_t)900 * 1024);
    struct article article = make_article(buf_str(&large));
    struct err err = {0};
    struct str entry;
    hasty.memory_bytes = (uint64_t)1 << 30;
    hasty.deadline_ms = 30;
    open_as(hasty);
    assert_int_equal(run(&article, &entry, &err), ERR_TIMEOUT);
    assert_has(err.text, "longer than 30 ms");
    article.text = STR("Ibu kota Jepang adalah Tokyo.");
    assert_ok(run(&article, &entry, &err), &err);
    buf_fini(&large);
}

static void bytes_that_are_no_article_are_refused(void **state)
{
    (void)state;
    struct str entry;
    struct err err = {0};
    assert_int_equal(job_run(job, STR("\xc1"), &entry, &err), ERR_FORMAT);
    assert_int_equal(job_run(job, STR("\x80"), &entry, &err), ERR_FIELD);
    assert_has(err.text, "text");
    assert_int_equal(job_run(job, STR("\x81\xa4text\xa0"), &entry, &err), ERR_FIELD);
    assert_int_equal(job_run(job, STR("\x81\xa4text\xa2\xc3\x28"), &entry, &err),
                     ERR_UTF8);
}

static void keys_it_does_not_know_are_passed_over_and_an_id_is_made(void **state)
{
    (void)state;
    struct str entry;
    struct err err = {0};
    assert_ok(job_run(job, STR("\x82\xa1z\x01\xa4text\xa5Halo."), &entry, &err), &err);
    assert_true(str_find(entry, STR("h-")) != (size_t)-1);
    assert_true(str_find(entry, STR("Halo.")) != (size_t)-1);
}

static void fields_that_are_empty_are_left_out(void **state)
{
    (void)state;
    struct article article = make_article(STR("Halo."));
    struct extract_entry entry;
    struct err err = {0};
    article.source = STR("");
    article.id = STR("");
    assert_ok(job_read(job, &article, &entry, &err), &err);
    assert_null(entry.fact[0].article->source.ptr);
    assert_true(str_starts(entry.fact[0].article->id, STR("h-")));
}

static void a_text_that_cleaning_leaves_empty_is_refused(void **state)
{
    (void)state;
    struct article article = make_article(STR("\x01\x02\x03"));
    struct extract_entry entry;
    struct err err = {0};
    assert_int_equal(job_read(job, &article, &entry, &err), ERR_FIELD);
    assert_int_equal(entry.count, 0);
}

static void a_language_nobody_reads_gives_the_article_alone(void **state)
{
    (void)state;
    struct article article = make_article(STR("Der Kanzler reist heute nach Paris."));
    struct extract_entry entry;
    struct err err = {0};
    article.language = STR("de");
    assert_ok(job_read(job, &article, &entry, &err), &err);
    assert_int_equal(entry.count, 1);
    assert_int_equal(entry.fact[0].sentences.count, 0);
    assert_str(entry.fact[0].extractor,
               job_extractor(job)); /* or the broker refuses it */
}

static void the_no_op_job_answers_with_the_size_asked_for(void **state)
{
    (void)state;
    struct job_options no_op = usual;
    no_op.no_op_bytes = 1500;
    open_as(no_op);
    assert_string_equal(job_extractor(job), "none-1");
    struct buf small = entry_of("Pendek.");
    struct buf large = repeat(ARTICLE, 10000);
    struct buf other = entry_of(buf_cstr(&large));
    assert_in_range(small.len, 1500, 1800);
    assert_in_range(other.len, 1500, 1800);
    buf_fini(&small);
    buf_fini(&large);
    buf_fini(&other);
}

static void a_warm_job_allocates_nothing(void **state)
{
    (void)state;
#if COUNTS_ALLOCATIONS
    struct buf large =
        repeat("Kata demi kata ditulis begitu saja di sini.\n" ARTICLE, 8000);
    struct article article = make_article(buf_str(&large));
    struct extract_entry records;
    struct err err = {0};
    struct str entry;
    struct buf frame = {0};
    record_encode(&article_table, &article, &frame);
    assert_ok(job_read(job, &article, &records, &err), &err);
    for (int i = 0; i < 3; i++)
        assert_ok(job_run(job, buf_str(&frame), &entry, &err), &err);
    unsigned long before = allocations;
    job_run(job, buf_str(&frame), &entry, &err);
    assert_int_equal(allocations, before);
    buf_fini(&large);
    buf_fini(&frame);
#else
    skip();
#endif
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_entry_holds_the_article_and_facts_that_keep_the_contract),
        TEST(the_same_article_gives_the_same_bytes),
        TEST(a_document_over_the_memory_cap_is_refused_and_the_next_is_read),
        TEST(a_document_past_the_deadline_is_refused_and_the_next_is_read),
        TEST(bytes_that_are_no_article_are_refused),
        TEST(keys_it_does_not_know_are_passed_over_and_an_id_is_made),
        TEST(fields_that_are_empty_are_left_out),
        TEST(a_text_that_cleaning_leaves_empty_is_refused),
        TEST(a_language_nobody_reads_gives_the_article_alone),
        TEST(the_no_op_job_answers_with_the_size_asked_for),
        TEST(a_warm_job_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
