#ifndef TESTS_UNIT_QUOTE_CHECK_H
#define TESTS_UNIT_QUOTE_CHECK_H

/* A text through all stages, and what was found of one kind as one line to compare. */

#include "tests/unit/values_check.h"

struct quote_case {
    const char *text, *found;
};

#define quote_check(state, cases, show)                                                  \
    quote_check_all(state, cases, sizeof cases / sizeof *cases, show)

static inline void quote_check_all(
    void **state, const struct quote_case *cases, size_t count,
    void (*show)(const struct doc *doc, const struct found *found, struct buf *buf))
{
    for (size_t i = 0; i < count; i++) {
        struct doc *doc =
            values_bench_read(*state, "2024-06-19T15:00:00+07:00", str_of(cases[i].text));
        struct buf buf = {0};
        extract_facts(doc);
        for (uint32_t f = 0; f < doc->found.count; f++)
            if (!doc->found.item[f].dropped)
                show(doc, &doc->found.item[f], &buf);
        buf_add_char(&buf, '\0');
        if (strcmp(buf_str(&buf).ptr, cases[i].found) != 0)
            print_error("%s\n", cases[i].text);
        assert_string_equal(buf_str(&buf).ptr, cases[i].found);
        buf_fini(&buf);
    }
}

#endif
