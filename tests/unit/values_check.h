#ifndef TESTS_UNIT_VALUES_CHECK_H
#define TESTS_UNIT_VALUES_CHECK_H

/* One text through the text stage and a stage of values, with the Indonesian pack, and
 * what was found as one line to compare. */

#include "proto/base/buf.h"
#include "tests/support/check.h"
#include "worker/extract/extract.h"
#include "worker/text/text.h"

#include <math.h>

struct values_case {
    const char *published; /* NULL: unknown */
    const char *text;
    const char *found;
};

struct values_bench {
    struct lang_set *langs;
    struct arena arena;
    struct doc doc;
};

static inline int values_bench_open(void **state)
{
    static struct values_bench bench;
    struct err err = {0};
    assert_ok(lang_open(&bench.langs, &err), &err);
    arena_init(&bench.arena, (size_t)1 << 30);
    *state = &bench;
    return 0;
}

static inline int values_bench_close(void **state)
{
    struct values_bench *bench = *state;
    arena_fini(&bench->arena);
    lang_close(&bench->langs);
    return 0;
}

static inline struct doc *values_bench_read(struct values_bench *bench,
                                            const char *published, struct str text)
{
    struct article article;
    struct err err = {0};
    arena_reset(&bench->arena);
    record_init(&article_table, &article);
    article.id = STR("t-1");
    article.language = STR("id");
    article.published = str_of(published);
    article.text = text;
    doc_init(&bench->doc, &bench->arena, &article);
    assert_ok(text_read(&bench->doc, bench->langs, &err), &err);
    assert_non_null(bench->doc.lang);
    return &bench->doc;
}

static inline void values_add_number(struct buf *out, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.10g", value);
    buf_add(out, text, strlen(text));
}

static inline void values_add_time(struct buf *out, const struct fact *fact)
{
    static const char *const type[] = {"", "", "T ", "P ", "R "};
    buf_add(out, type[fact->time_type], strlen(type[fact->time_type]));
    buf_add_str(out, fact->text);
    buf_add(out, "=", 1);
    buf_add_str(out, fact->time_value);
}

static inline void values_add_quantity(struct buf *out, const struct fact *fact)
{
    static const char *const bound[] = {"", " about", " min", " max"};
    static const char *const change[] = {"", " up", " down"};
    buf_add_str(out, fact->text);
    buf_add(out, "=", 1);
    if (isnan(fact->value)) {
        values_add_number(out, fact->low);
        buf_add(out, "..", 2);
        values_add_number(out, fact->high);
    } else {
        values_add_number(out, fact->value);
    }
    buf_add(out, " ", 1);
    buf_add_str(out, fact->unit);
    buf_add(out, bound[fact->bound], strlen(bound[fact->bound]));
    buf_add(out, change[fact->change], strlen(change[fact->change]));
}

/* Facts of a kind in order of place, "; " between. */
static inline void values_check(void **state, const struct values_case *cases,
                                size_t count, enum fact_kind kind)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        struct doc *doc =
            values_bench_read(*state, cases[i].published, str_of(cases[i].text));
        struct buf out = {0};
        extract_values(doc);
        for (uint32_t f = 0; f < doc->found.count; f++) {
            const struct fact *fact = &doc->found.item[f].fact;
            if (fact->kind != (int)kind)
                continue;
            if (out.len)
                buf_add(&out, "; ", 2);
            if (kind == FACT_TIME)
                values_add_time(&out, fact);
            else
                values_add_quantity(&out, fact);
        }
        if (!str_is(buf_str(&out), cases[i].found)) {
            print_error("%s\n  found  %.*s\n  wanted %s\n", cases[i].text,
                        STR_ARG(buf_str(&out)), cases[i].found);
            wrong++;
        }
        buf_fini(&out);
    }
    assert_int_equal(wrong, 0);
}

#endif
