/* A charset, as HTTP would say it, and a page: what is made of it is UTF-8, the text is
 * lines, and the same bytes give the same article. */
#include "tests/fuzz/fuzz.h"

#include "proto/base/utf8.h"
#include "worker/text/html.h"

#define ARENA_BYTES ((size_t)128 << 20)

static void check(struct str field)
{
    fuzz_require(field.len == 0 || utf8_bad_at(field) == field.len);
}

static void check_page(const struct html_page *page)
{
    struct str rest = page->text, line;
    check(page->text);
    check(page->title);
    check(page->author);
    check(page->site);
    check(page->published);
    check(page->url);
    check(page->language);
    while (page->text.len > 0 && str_split(&rest, '\n', &line) == 1)
        fuzz_require(memchr(line.ptr, '\r', line.len) == NULL);
}

/* False: no tree can be made of it. */
static bool read_page(struct str page, struct arena *arena, struct html_page *out)
{
    struct html_tree *tree = NULL;
    struct err err = {0};
    int rc = html_parse(page, &tree, &err);
    if (rc != 0) {
        fuzz_check_err(rc, &err);
        return false;
    }
    html_read(tree, arena, out);
    html_free(&tree);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct str rest = str_make((const char *)bytes, len), charset = fuzz_part(&rest);
    struct html_page page, again;
    struct arena arena;
    if (rest.ptr == NULL)
        return 0;
    arena_init(&arena, ARENA_BYTES);
    html_is(rest);
    struct str text = html_to_utf8(rest, charset, &arena);
    check(text);
    if (read_page(text, &arena, &page)) {
        check_page(&page);
        fuzz_require(read_page(text, &arena, &again));
        fuzz_require(str_eq(page.text, again.text) && str_eq(page.title, again.title));
    }
    struct str slim = html_slim(text, &arena);
    check(slim);
    fuzz_require(slim.len <= text.len);
    arena_fini(&arena);
    return 0;
}
