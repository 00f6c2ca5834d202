/* Copies, over every journal that a test can open: what is remembered becomes durable
 * with the flush that the facts came with, and what a failed flush lost is forgotten. */
#include "tests/contract/journal_fixture.h"
#include "tests/support/check.h"

#include "broker/copies.h"

#include <stdio.h>

#define HOUR 3600000u

/* Texts that are alike where `who` is the same: 40 runs of which `changed` are others. */
static struct sketch text(uint32_t who, uint32_t changed)
{
    struct sketch s = {0};
    for (uint32_t i = 0; i < 40; i++)
        sketch_add(&s,
                   (i * 2654435761u) ^ (who * 40503u + (i < changed ? i + 1 : 0) * 97u));
    return s;
}

static struct copies *open_as(uint64_t window_ms, uint32_t most, uint32_t self)
{
    const struct copies_options options = {window_ms, 50, most, self};
    return copies_new(&options);
}

static struct copies *open_with(uint64_t window_ms, uint32_t most)
{
    return open_as(window_ms, most, 0);
}

static uint64_t add(struct copies *c, const char *id, const char *url,
                    const struct sketch *sketch, uint64_t ms)
{
    const struct copies_article a = {str_of(id), str_of(url), sketch, ms};
    return copies_add(c, &a);
}

static const char *find(struct copies *c, const char *id, const char *url,
                        const struct sketch *sketch, uint64_t ms)
{
    static char found[300];
    const struct copies_article a = {str_of(id), str_of(url), sketch, ms};
    struct str of = copies_find(c, &a);
    snprintf(found, sizeof found, "%.*s", STR_ARG(of));
    return found;
}

static void the_oldest_of_which_it_has_enough_is_the_original(void **state)
{
    (void)state;
    struct copies *c = open_with(HOUR, 64);
    struct sketch a = text(1, 0), b = text(1, 4), other = text(2, 0),
                  little = text(1, 36);
    assert_string_equal(find(c, "a", NULL, &a, 1), "");
    add(c, "a", NULL, &a, 1);
    add(c, "x", NULL, &other, 2);
    assert_string_equal(find(c, "b", NULL, &b, 3), "a");
    add(c, "b", NULL, &b, 3);
    assert_string_equal(find(c, "c", NULL, &b, 4), "a");
    assert_string_equal(find(c, "d", NULL, &little, 4), "");
    copies_free(&c);
}

static void a_revision_and_the_article_itself_are_no_copies(void **state)
{
    (void)state;
    struct copies *c = open_with(HOUR, 64);
    struct sketch a = text(1, 0), b = text(1, 4);
    add(c, "a", "http://a.example/1", &a, 1);
    assert_string_equal(find(c, "a", NULL, &b, 2), "");
    assert_string_equal(find(c, "b", "http://a.example/1", &b, 2), "");
    assert_string_equal(find(c, "b", "http://a.example/2", &b, 2), "a");
    assert_string_equal(find(c, "b", NULL, &b, 2), "a");
    add(c, "b", "http://b.example/1", &b, 2); /* neither are those of the original, */
    assert_string_equal(find(c, "c", "http://a.example/1", &b, 3), "");
    assert_string_equal(find(c, "c", "http://b.example/1", &b, 3),
                        "a"); /* but of a copy */
    copies_free(&c);
}

static void the_window_ends_by_time_and_by_number(void **state)
{
    (void)state;
    char id[20];
    struct copies *c = open_with(HOUR, 64);
    struct sketch a = text(1, 0);
    add(c, "a", NULL, &a, 1000);
    assert_string_equal(find(c, "b", NULL, &a, 1000 + HOUR), "a");
    assert_string_equal(find(c, "b", NULL, &a, 1001 + HOUR), "");
    assert_string_equal(find(c, "b", NULL, &a, 0), "a"); /* a clock that was set back */
    for (uint32_t i = 0; i < 500; i++) {
        struct sketch other = text(100 + i, 0);
        snprintf(id, sizeof id, "x%u", i);
        assert_string_equal(find(c, id, NULL, &other, 1000), "");
        add(c, id, NULL, &other, 1000);
        assert_string_equal(find(c, "b", NULL, &a, 1000), i < 63 ? "a" : "");
    }
    copies_free(&c);
    c = open_with(0, 64);
    assert_int_equal(add(c, "a", NULL, &a, 1), 0);
    assert_string_equal(find(c, "b", NULL, &a, 1), "");
    copies_free(&c);
}

static void what_is_in_every_text_does_not_hide_the_original(void **state)
{
    (void)state;
    char id[20];
    struct copies *c = open_with(HOUR, 1024);
    struct sketch a = text(1, 0);
    for (uint32_t j = 0; j < 6; j++)
        sketch_add(&a, j);
    add(c, "a", NULL, &a, 1);
    for (uint32_t i = 0; i < 1000; i++) {
        struct sketch other = text(100 + i, 0);
        for (uint32_t j = 0; j < 6; j++)
            sketch_add(&other, j);
        snprintf(id, sizeof id, "x%u", i);
        add(c, id, NULL, &other, 1);
    }
    assert_string_equal(find(c, "b", NULL, &a, 1), "a");
    copies_free(&c);
}

/* Around the ring of 64, in flushes of 7; number 91 was not stored after all. */
static void fill(struct fixture *f, struct copies *c)
{
    struct err err = {0};
    char id[20];
    for (uint32_t i = 0; i < 100; i++) {
        struct sketch one = text(i, 0);
        snprintf(id, sizeof id, "x%u", i);
        uint64_t number = add(c, id, NULL, &one, 1000 + i);
        assert_int_equal(number, i + 1);
        if (i == 90)
            copies_drop(c, number);
        if (i % 7 == 6 || i == 99) {
            assert_ok(copies_save(c, f->journal, &err), &err);
            flush(f);
        }
    }
}

static void what_was_flushed_is_known_after_a_crash(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    char id[20];
    struct copies *c = open_with(HOUR, 64);
    fill(f, c);
    struct sketch a = text(200, 0);
    add(c, "lost", NULL, &a, 1100);
    assert_ok(copies_save(c, f->journal, &err), &err);
    copies_free(&c);
    fixture_crash(f);
    c = open_with(HOUR, 64);
    uint32_t count = copies_load(c, f->journal, 1100);
    assert_true(count >= 55 && count <= 63);
    for (uint32_t i = 50; i < 100; i++) {
        struct sketch b = text(i, 3);
        snprintf(id, sizeof id, "x%u", i);
        assert_string_equal(find(c, "new", NULL, &b, 1100), i == 90 ? "" : id);
    }
    assert_string_equal(find(c, "new", NULL, &a, 1100), "");
    assert_int_equal(add(c, "y", NULL, &a, 1100), 101);
    copies_free(&c);
    c = open_with(HOUR, 64);
    assert_int_equal(copies_load(c, f->journal, 5 * HOUR), 0); /* all are too old */
    copies_free(&c);
}

static void a_few_are_known_after_a_crash(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct copies *c = open_with(HOUR, 64);
    struct sketch a = text(1, 0), b = text(2, 0);
    add(c, "a", NULL, &a, 1);
    assert_ok(copies_save(c, f->journal, &err), &err);
    add(c, "b", NULL, &b, 2);
    assert_ok(copies_save(c, f->journal, &err), &err);
    flush(f);
    copies_free(&c);
    fixture_crash(f);
    c = open_with(HOUR, 64);
    assert_int_equal(copies_load(c, f->journal, 3), 2);
    assert_string_equal(find(c, "c", NULL, &a, 3), "a");
    assert_string_equal(find(c, "c", NULL, &b, 3), "b");
    copies_free(&c);
}

static void rows_that_are_none_are_passed_over(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct str bytes;
    char row[JOURNAL_KEEP_BYTES];
    struct copies *c = open_with(HOUR, 64);
    fill(f, c);
    copies_free(&c);
    assert_int_equal(journal_kept(f->journal, STR("copies-3"), &bytes), 1);
    size_t len = bytes.len;
    memcpy(row, bytes.ptr, len);
    assert_ok(journal_keep(f->journal, STR("copies-2"), str_make(row, len), &err), &err);
    assert_ok(journal_keep(f->journal, STR("copies-4"), STR("nonsense"), &err), &err);
    assert_ok(journal_keep(f->journal, STR("copies-5"), str_make(row, len - 1), &err),
              &err);
    c = open_with(HOUR, 64);
    uint32_t count = copies_load(c, f->journal, 1100);
    assert_true(count >= 32 && count <= 40);
    copies_free(&c);
}

/* What broker 7 keeps, as broker `to` hears it: all of it, from the first row on. */
static void hear(struct copies *to, struct fixture *f, uint64_t now_ms)
{
    struct str bytes;
    char name[32];
    for (int row = 0; row < 8; row++) {
        snprintf(name, sizeof name, "copies-%08x-%d", 7, row);
        if (journal_kept(f->journal, str_of(name), &bytes) == 1)
            copies_hear(to, str_of(name), bytes, now_ms);
    }
}

static void what_another_broker_keeps_is_known_once_it_is_heard(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct copies *c = open_as(HOUR, 64, 7), *d = open_as(HOUR, 64, 8);
    struct sketch a = text(1, 0), b = text(1, 3), other = text(2, 0);
    add(c, "a", "http://a.example/1", &a, 1000);
    assert_ok(copies_save(c, f->journal, &err), &err);
    assert_string_equal(find(d, "b", NULL, &b, 1000), "");
    add(d, "b", NULL, &b, 2000);
    hear(d, f, 2000);
    assert_string_equal(find(d, "c", NULL, &a, 2000), "a"); /* the older one */
    assert_string_equal(find(d, "c", "http://a.example/1", &b, 2000), "");
    assert_string_equal(find(d, "c", NULL, &b, 1001 + HOUR), "b");

    /* The row goes on; what is heard again is not there twice, nor is one's own. */
    add(c, "x", NULL, &other, 1001);
    assert_ok(copies_save(c, f->journal, &err), &err);
    for (int i = 0; i < 100; i++)
        hear(d, f, 2000);
    hear(c, f, 2000);
    assert_string_equal(find(d, "c", NULL, &a, 2000), "a");
    assert_string_equal(find(d, "c", NULL, &other, 2000), "x");
    copies_free(&c);

    /* Without its rows it counts from 1 anew. */
    c = open_as(HOUR, 64, 7);
    struct sketch later = text(3, 0);
    add(c, "y", NULL, &later, 3000);
    assert_ok(copies_save(c, f->journal, &err), &err);
    hear(d, f, 3000);
    assert_string_equal(find(d, "c", NULL, &later, 3000), "y");
    assert_ok(copies_save(d, f->journal, &err), &err);
    copies_free(&c);
    copies_free(&d);
    fixture_crash(f);
}

static void what_is_no_row_of_another_broker_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct str bytes;
    struct copies *c = open_as(HOUR, 64, 7), *d = open_as(HOUR, 64, 8);
    struct sketch a = text(1, 0);
    add(c, "a", NULL, &a, 1000);
    assert_ok(copies_save(c, f->journal, &err), &err);
    assert_int_equal(journal_kept(f->journal, STR("copies-00000007-0"), &bytes), 1);
    static const char *const names[] = {"",
                                        "paused",
                                        "copies-0",
                                        "copies-00000008-0",
                                        "copies-0000000g-0",
                                        "copies-00000000-0",
                                        "copies-000000070"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        copies_hear(d, str_of(names[i]), bytes, 1000);
    copies_hear(d, STR("copies-00000007-0"), str_make(bytes.ptr, bytes.len - 1), 1000);
    assert_string_equal(find(d, "b", NULL, &a, 1000), "");
    copies_hear(d, STR("copies-00000007-0"), bytes, 1001 + HOUR);
    assert_string_equal(find(d, "b", NULL, &a, 1001), "");
    copies_free(&c);
    copies_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_of_which_it_has_enough_is_the_original),
        cmocka_unit_test(a_revision_and_the_article_itself_are_no_copies),
        cmocka_unit_test(the_window_ends_by_time_and_by_number),
        cmocka_unit_test(what_is_in_every_text_does_not_hide_the_original),
        ON_BOTH(what_was_flushed_is_known_after_a_crash),
        ON_BOTH(a_few_are_known_after_a_crash),
        ON_BOTH(rows_that_are_none_are_passed_over),
        ON_BOTH(what_another_broker_keeps_is_known_once_it_is_heard),
        ON_BOTH(what_is_no_row_of_another_broker_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
