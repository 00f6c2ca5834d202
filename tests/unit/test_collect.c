#include "tests/support/check.h"

#include "broker/collect.h"
#include "broker/journal_mem.h"
#include "proto/wire/fact.h"
#include "proto/wire/limits.h"
#include "proto/wire/scan.h"

static const struct collect_job job = {.seq = 7, .id = STR("a"), .extractor = STR("x-1")};

/* One entry, and what a test changes in it. */
struct draft {
    struct str article_id, fact_article_id, extractor, text;
    uint64_t n;
    struct span span;
    enum fact_kind first, second;
};

static struct draft sound(void)
{
    return (struct draft){.article_id = STR("a"),
                          .fact_article_id = STR("a"),
                          .extractor = STR("x-1"),
                          .text = STR("Jakarta"),
                          .n = 1,
                          .span = {0, 7},
                          .first = FACT_ARTICLE,
                          .second = FACT_ENTITY};
}

static void add_record(struct buf *entry, const struct draft *draft, enum fact_kind kind,
                       uint64_t n)
{
    struct article article;
    struct fact fact;
    struct span mention = draft->span;
    record_init(&article_table, &article);
    fact_init(&fact, kind);
    fact.n = n;
    fact.id = STR("0123456789abcdef");
    fact.article = &article;
    article.id = kind == FACT_ARTICLE ? draft->article_id : draft->fact_article_id;
    if (kind == FACT_ARTICLE) {
        article.text = STR("Jakarta di pagi hari");
        fact.extractor = draft->extractor;
    } else {
        fact.sentence = 0;
        fact.span = draft->span;
        fact.text = draft->text;
        fact.confidence = 0.5;
        fact.type = FACT_GPE;
        fact.name = STR("Jakarta");
        fact.mentions = (struct record_spans){&mention, 1, 1};
    }
    record_encode(fact_tables[kind], &fact, entry);
}

static void compose(const struct draft *draft, struct buf *entry)
{
    buf_clear(entry);
    buf_add_char(entry, '\x92');
    add_record(entry, draft, draft->first, 0);
    add_record(entry, draft, draft->second, draft->n);
}

static int check(struct str entry, struct err *err)
{
    struct arena arena;
    uint32_t facts = 0;
    arena_init(&arena, 1 << 20);
    int rc = collect_check(&job, entry, &arena, &facts, err);
    if (rc == 0)
        assert_int_equal(facts, 1);
    arena_fini(&arena);
    return rc;
}

static int verdict(struct draft draft)
{
    struct buf entry = {0};
    struct err err = {0};
    compose(&draft, &entry);
    int rc = check(buf_str(&entry), &err);
    buf_fini(&entry);
    return rc;
}

static void a_sound_entry_passes(void **state)
{
    struct buf entry = {0};
    struct err err = {0};
    struct draft draft = sound();
    (void)state;
    compose(&draft, &entry);
    assert_ok(check(buf_str(&entry), &err), &err);
    buf_fini(&entry);
}

static void an_entry_of_another_article_is_refused(void **state)
{
    struct draft draft = sound();
    (void)state;
    draft.article_id = STR("b");
    assert_int_equal(verdict(draft), ERR_FIELD);
    draft = sound();
    draft.fact_article_id = STR("b");
    assert_int_equal(verdict(draft), ERR_FIELD);
}

/* The facts of one entry mostly name their article in the same bytes: those that do not
 * are looked at all the same. */
static void a_later_fact_of_another_article_is_refused(void **state)
{
    (void)state;
    struct err err = {0};
    struct buf entry = {0};
    struct arena arena;
    struct draft draft = sound();
    uint32_t facts;
    arena_init(&arena, 1 << 20);
    for (int other = 0; other < 2; other++) {
        buf_clear(&entry);
        buf_add_char(&entry, '\x95');
        draft.fact_article_id = STR("a");
        add_record(&entry, &draft, FACT_ARTICLE, 0);
        for (uint64_t n = 1; n < 5; n++) {
            draft.fact_article_id = other && n == 3 ? STR("b") : STR("a");
            add_record(&entry, &draft, FACT_ENTITY, n);
        }
        int rc = collect_check(&job, buf_str(&entry), &arena, &facts, &err);
        assert_int_equal(rc, other ? ERR_FIELD : 0);
    }
    assert_has(err.text, "record 3: a fact of another article");
    arena_fini(&arena);
    buf_fini(&entry);
}

static void another_extractor_is_refused(void **state)
{
    struct draft draft = sound();
    (void)state;
    draft.extractor = STR("x-2");
    assert_int_equal(verdict(draft), ERR_FIELD);
}

static void the_article_record_stands_first_and_once(void **state)
{
    struct draft draft = sound();
    (void)state;
    draft.first = FACT_ENTITY;
    assert_true(verdict(draft) < 0);
    draft = sound();
    draft.second = FACT_ARTICLE;
    assert_int_equal(verdict(draft), ERR_FIELD);
}

static void n_counts_up(void **state)
{
    struct draft draft = sound();
    (void)state;
    draft.n = 2;
    assert_int_equal(verdict(draft), ERR_FIELD);
    draft.n = 0;
    assert_int_equal(verdict(draft), ERR_FIELD);
}

static void spans_lie_in_the_text(void **state)
{
    struct draft draft = sound();
    (void)state;
    draft.span = (struct span){15, 22};
    assert_true(verdict(draft) < 0);
}

static void bytes_that_are_no_entry_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } bad[] = {{"", 0},
               {"\xc1", 1},
               {"\x90", 1},
               {"\x80", 1},
               {"\x91\x01", 2},
               {"\x91\x80", 2},
               {"\xdd\xff\xff\xff\xff", 5}};
    struct err err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_true(check(str_make(bad[i].bytes, bad[i].len), &err) < 0);
}

static void every_cut_of_a_sound_entry_is_refused(void **state)
{
    struct buf entry = {0};
    struct err err = {0};
    struct draft draft = sound();
    (void)state;
    compose(&draft, &entry);
    for (size_t len = 0; len < entry.len; len++)
        assert_true(check(str_make(entry.ptr, len), &err) < 0);
    buf_fini(&entry);
}

static void an_article_is_finished_when_its_entry_is_durable(void **state)
{
    struct journal *journal = NULL;
    struct journal_outcome outcome;
    struct buf entry = {0};
    struct err err = {0};
    struct draft draft = sound();
    uint64_t seq = 0;
    (void)state;
    journal_open("mem:", &(struct journal_options){0}, &journal, NULL);
    struct collect *collect = collect_new(journal, &(struct copies_options){0}, 0);
    compose(&draft, &entry);
    for (int turn = 0; turn < 2; turn++) { /* the second time it is a duplicate */
        assert_ok(collect_entry(collect, &job, buf_str(&entry), &err), &err);
        assert_int_equal(collect_waiting(collect), 1);
        assert_int_equal(journal_flush(journal, &err), 0);
        assert_int_equal(journal_settle(journal, &outcome), 1);
        assert_int_equal(collect_settled(collect, &outcome, &seq), 1);
        assert_int_equal(seq, 7);
    }
    assert_int_equal(collect_metrics(collect)->entries.value, 1);
    assert_int_equal(collect_metrics(collect)->duplicate.value, 1);
    assert_int_equal(collect_settled(collect, &outcome, &seq), 0);
    assert_ok(collect_entry(collect, &job, buf_str(&entry), &err),
              &err); /* never settles */
    collect_free(&collect);
    journal_close(&journal);
    buf_fini(&entry);
}

static void an_entry_a_failed_flush_lost_finishes_nothing(void **state)
{
    struct journal *journal = NULL;
    struct journal_outcome outcome;
    struct buf entry = {0};
    struct err err = {0};
    struct draft draft = sound();
    uint64_t seq = 0;
    (void)state;
    journal_open("mem:", &(struct journal_options){0}, &journal, NULL);
    struct collect *collect = collect_new(journal, &(struct copies_options){0}, 0);
    compose(&draft, &entry);
    assert_ok(collect_entry(collect, &job, buf_str(&entry), &err), &err);
    journal_mem_fail_flush(journal, ERR_SYSTEM);
    assert_true(journal_flush(journal, &err) < 0);
    assert_int_equal(journal_settle(journal, &outcome), 1);
    assert_int_equal(collect_settled(collect, &outcome, &seq), 0);
    assert_true(collect_entry(collect, &job, buf_str(&entry), &err) < 0);
    assert_int_equal(collect_metrics(collect)->lost.value, 2);
    collect_free(&collect);
    journal_close(&journal);
    buf_fini(&entry);
}

/* Two articles of one text, and the first read once more. */
static void a_copy_says_of_which_article_it_is_one(void **state)
{
    static const struct copies_options copies = {.window_ms = 1000, .least = 50};
    char bytes[SKETCH_BYTES];
    struct sketch sketch = {0};
    struct journal *journal = NULL;
    struct journal_outcome outcome;
    struct journal_item item;
    struct buf entry = {0};
    struct err err = {0};
    struct draft draft = sound();
    struct arena arena;
    uint64_t seq;
    (void)state;
    for (uint32_t i = 0; i < SKETCH_VALUES; i++)
        sketch_add(&sketch, i * 1000);
    struct collect_job one = job, two = job;
    one.sketch = two.sketch = str_make(bytes, sketch_encode(&sketch, bytes));
    two.id = STR("b");
    journal_open("mem:", &(struct journal_options){0}, &journal, NULL);
    struct collect *collect = collect_new(journal, &copies, 0);
    const struct collect_job *const jobs[] = {&one, &two, &one};
    for (int i = 0; i < 3; i++) {
        draft.article_id = draft.fact_article_id = jobs[i]->id;
        compose(&draft, &entry);
        assert_ok(collect_entry(collect, jobs[i], buf_str(&entry), &err), &err);
        assert_ok(collect_flush(collect, &err), &err);
        assert_int_equal(journal_flush(journal, &err), 0);
        assert_int_equal(journal_settle(journal, &outcome), 1);
        assert_int_equal(outcome.duplicate, i == 2);
        assert_int_equal(collect_settled(collect, &outcome, &seq), 1);
    }
    assert_int_equal(collect_metrics(collect)->copies.value, 1);
    arena_init(&arena, 1 << 20);
    for (uint64_t at = 1; at <= 2; at++) {
        struct scan_value array, map;
        struct scan scan;
        struct fact fact;
        assert_int_equal(journal_read(journal, JOURNAL_FACTS, at, &item, &err), 1);
        assert_ok(scan_check(item.bytes, &(struct scan_limits){8, 1000}, &err), &err);
        scan = scan_begin(item.bytes);
        assert_int_equal(scan_next(&scan, &array), 1);
        assert_int_equal(array.count, 2);
        scan = scan_inside(&array);
        assert_int_equal(scan_next(&scan, &map), 1);
        assert_ok(fact_decode(map.raw, &arena, &fact, &err), &err);
        assert_str(fact.copy_of.ptr ? fact.copy_of : STR("none"), at == 1 ? "none" : "a");
    }
    one.sketch.len--;
    assert_int_equal(collect_entry(collect, &one, buf_str(&entry), &err), ERR_FORMAT);
    /* What says so itself is not believed. */
    struct buf forged = {0};
    fact_add_copy_of(buf_str(&entry), STR("z"), &forged);
    assert_int_equal(collect_check(&job, buf_str(&forged), &arena, &(uint32_t){0}, &err),
                     ERR_FIELD);
    assert_has(err.text, "copy_of");
    buf_fini(&forged);
    arena_fini(&arena);
    collect_free(&collect);
    journal_close(&journal);
    buf_fini(&entry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_entry_passes),
        cmocka_unit_test(an_entry_of_another_article_is_refused),
        cmocka_unit_test(a_later_fact_of_another_article_is_refused),
        cmocka_unit_test(another_extractor_is_refused),
        cmocka_unit_test(the_article_record_stands_first_and_once),
        cmocka_unit_test(n_counts_up),
        cmocka_unit_test(spans_lie_in_the_text),
        cmocka_unit_test(bytes_that_are_no_entry_are_refused),
        cmocka_unit_test(every_cut_of_a_sound_entry_is_refused),
        cmocka_unit_test(an_article_is_finished_when_its_entry_is_durable),
        cmocka_unit_test(a_copy_says_of_which_article_it_is_one),
        cmocka_unit_test(an_entry_a_failed_flush_lost_finishes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
