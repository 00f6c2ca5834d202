#include "tests/unit/names_fixture.h"

#include "proto/base/buf.h"
#include "worker/extract/extract.h"

#include <stdio.h>

static struct doc *run(void **state, const char *text)
{
    struct doc *doc = text_fixture_read(state, text, "id");
    extract_values(doc);
    extract_mentions(doc);
    extract_roles(doc);
    return doc;
}

static struct str keep(struct doc *doc, struct buf *buf)
{
    struct str copy = arena_str(doc->arena, buf_str(buf));
    buf_fini(buf);
    return copy;
}

struct str names_fixture_entities(void **state, const char *text)
{
    static const char *const types[] = {"", "PER", "ORG", "GPE", "LOC"};
    struct doc *doc = run(state, text);
    struct buf buf = {0};
    for (uint32_t i = 0; i < doc->entities.count; i++) {
        const struct entity *entity = &doc->entities.item[i];
        buf_printf(&buf, "%s%s %.*s%s%.*s", i ? "; " : "", types[entity->type],
                   STR_ARG(entity->name), entity->country.ptr ? " " : "",
                   STR_ARG(entity->country));
    }
    return keep(doc, &buf);
}

struct str names_fixture_roles(void **state, const char *text)
{
    struct doc *doc = run(state, text);
    struct buf buf = {0};
    for (uint32_t i = 0; i < doc->found.count; i++) {
        const struct fact *fact = &doc->found.item[i].fact;
        if (fact->kind != FACT_ROLE)
            continue;
        buf_printf(&buf, "%s%.*s | %.*s | %.*s | %.*s%s", buf.len ? "; " : "",
                   STR_ARG(fact->person), STR_ARG(fact->title),
                   STR_ARG(fact->organisation), STR_ARG(fact->country),
                   fact->former == RECORD_TRUE ? " | former" : "");
    }
    return keep(doc, &buf);
}

void names_fixture_check(void **state, const struct names_case *cases,
                         struct str (*read)(void **state, const char *text))
{
    unsigned failed = 0;
    for (; cases->text; cases++) {
        struct str got = read(state, cases->text);
        if (str_is(got, cases->want))
            continue;
        failed++;
        fprintf(stderr, "text: %s\nwant: %s\ngot:  %.*s\n", cases->text, cases->want,
                STR_ARG(got));
    }
    assert_int_equal(failed, 0);
}
