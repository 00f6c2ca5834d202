#include "tests/unit/text_fixture.h"

#include "proto/base/buf.h"
#include "proto/base/mem.h"

#define ARENA_BYTES ((size_t)512 << 20)

int text_fixture_setup(void **state)
{
    struct text_fixture *f = mem_zero(1, sizeof *f);
    struct err err = {0};
    arena_init(&f->arena, ARENA_BYTES);
    assert_ok(lang_open(&f->langs, &err), &err);
    *state = f;
    return 0;
}

int text_fixture_teardown(void **state)
{
    struct text_fixture *f = *state;
    lang_close(&f->langs);
    arena_fini(&f->arena);
    mem_free(f);
    return 0;
}

int text_fixture_try(void **state, struct str text, const char *language, struct err *err)
{
    struct text_fixture *f = *state;
    struct article article = {.text = text, .language = str_of(language)};
    arena_reset(&f->arena);
    doc_init(&f->doc, &f->arena, &article);
    return text_read(&f->doc, f->langs, err);
}

struct doc *text_fixture_read(void **state, const char *text, const char *language)
{
    struct err err = {0};
    assert_ok(text_fixture_try(state, str_of(text), language, &err), &err);
    return &((struct text_fixture *)*state)->doc;
}

static struct str keep(struct text_fixture *f, struct buf *buf)
{
    struct str copy = arena_str(&f->arena, buf_str(buf));
    buf_fini(buf);
    return copy;
}

static void add_drop(struct buf *buf, enum doc_drop drop)
{
    if (drop)
        buf_printf(buf, "%s:", doc_drop_name(drop));
}

struct str text_fixture_tokens(void **state)
{
    struct text_fixture *f = *state;
    struct buf buf = {0};
    for (uint32_t i = 0; i < f->doc.tokens.count; i++) {
        if (i)
            buf_add_char(&buf, '|');
        buf_add_str(&buf, f->doc.tokens.item[i].text);
    }
    return keep(f, &buf);
}

struct str text_fixture_sentences(void **state)
{
    struct text_fixture *f = *state;
    struct buf buf = {0};
    for (uint32_t i = 0; i < f->doc.sentences.count; i++) {
        const struct sentence *s = &f->doc.sentences.item[i];
        if (i)
            buf_add_char(&buf, '/');
        add_drop(&buf, s->drop);
        buf_add_str(&buf, doc_span_text(&f->doc, s->span));
    }
    return keep(f, &buf);
}

struct str text_fixture_lines(void **state)
{
    struct text_fixture *f = *state;
    struct buf buf = {0};
    for (uint32_t i = 0; i < f->doc.lines.count; i++) {
        const struct doc_line *line = &f->doc.lines.item[i];
        if (i)
            buf_add_char(&buf, '/');
        add_drop(&buf, line->drop);
        buf_add_str(&buf, doc_span_text(&f->doc, line->span));
    }
    return keep(f, &buf);
}
