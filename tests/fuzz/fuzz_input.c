/* Any bytes as a JSON Lines file, then as a text file: lines are counted as they stand,
 * an article that is taken keeps article.txt, comes back the same from its own frame and
 * from its own line, and a second reader that wants nothing counts alike. */
#include "tests/fuzz/fuzz.h"

#include "proto/base/utf8.h"
#include "worker/input.h"

#define ARENA_BYTES ((size_t)64 << 20)

static void check_article(const struct article *article, struct arena *arena)
{
    struct article again;
    struct buf buf = {0};
    char id[19];
    article_make_id(article, id);
    record_encode(&article_table, article, &buf);
    fuzz_require(article_decode(buf_str(&buf), arena, &again, NULL) == 0);
    fuzz_require(record_equal(&article_table, article, &again));
    struct buf line = {0};
    record_print(&article_table, article, &line);
    fuzz_require(memchr(line.ptr, '\n', line.len) == NULL);
    fuzz_require(article_from_line(buf_str(&line), arena, &again, NULL) == 0);
    fuzz_require(record_equal(&article_table, article, &again));
    buf_fini(&line);
    buf_fini(&buf);
}

static uint64_t read_all(const struct input_options *options, bool wanted)
{
    struct input *input = input_new(options);
    struct input_item item;
    struct article article;
    struct arena arena;
    struct err err = {0};
    uint64_t items = 0, line = 0;
    int rc;
    arena_init(&arena, ARENA_BYTES);
    while ((rc = input_next(input, wanted, &item, &err)) != 0) {
        if (rc != 1)
            fuzz_check_err(rc, &err);
        items++;
        if (item.line) {
            fuzz_require(item.line > line);
            line = item.line;
        }
        if (rc < 0 || !wanted)
            continue;
        arena_reset(&arena);
        rc = input_article(input, &item, &arena, &article, &err);
        if (rc != 0)
            fuzz_check_err(rc, &err);
        if (rc == 0 && utf8_bad_at(article.text) == article.text.len)
            check_article(&article, &arena);
    }
    arena_fini(&arena);
    input_free(&input);
    return items;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const char *path = fuzz_file(0, "input", str_make((const char *)bytes, len));
    const char *paths[] = {path, NULL}, *none[] = {NULL};
    const struct input_options lines = {.text = none,
                                        .jsonl = paths,
                                        .jsonl_count = 1,
                                        .defaults = {.source = STR("a.id")}};
    const struct input_options text = {.text = paths, .jsonl = none};
    fuzz_require(read_all(&lines, true) == read_all(&lines, false));
    fuzz_require(read_all(&text, true) == 1);
    return 0;
}
