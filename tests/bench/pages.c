/* Speed of finding articles in pages, on one core, by processor time: charset, parser,
 * main text and what the page tells of itself; no facts are looked for.
 *
 *     bench_pages ROUNDS PAGE.html... */

#include "worker/text/html.h"

#include "proto/base/file.h"
#include "proto/wire/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ARENA_BYTES ((size_t)256 << 20)

/* False: no article. */
static bool read_page(struct str bytes, struct arena *arena)
{
    struct html_tree *tree;
    struct html_page page;
    struct err err;
    arena_reset(arena);
    struct str text = html_to_utf8(bytes, STR_NONE, arena);
    if (text.len > LIMIT_TEXT_BYTES)
        text = html_slim(text, arena);
    if (html_parse(text, &tree, &err) != 0)
        return false;
    html_read(tree, arena, &page);
    html_free(&tree);
    return page.text.len > 0;
}

int main(int argc, char **argv)
{
    int rounds = argc > 2 ? atoi(argv[1]) : 0, pages = argc - 2;
    unsigned long found = 0, read = 0;
    size_t bytes = 0;
    struct err err;
    struct arena arena;
    if (rounds < 1) {
        fprintf(stderr, "usage: %s ROUNDS PAGE.html...\n", argv[0]);
        return 100;
    }
    struct buf *file = calloc((size_t)pages, sizeof *file);
    for (int i = 0; i < pages; i++) {
        if (file_read(argv[i + 2], HTML_BYTES_MOST, &file[i], &err) != 0) {
            fprintf(stderr, "%s\n", err.text);
            return 100;
        }
        bytes += file[i].len;
    }
    arena_init(&arena, ARENA_BYTES);
    clock_t begin = clock();
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < pages; i++, read++)
            found += read_page(buf_str(&file[i]), &arena);
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    printf("%d pages, %.1f MB, %.0f%% with an article: %.0f pages/s, %.1f MB/s\n", pages,
           (double)bytes / 1e6, 100.0 * (double)found / (double)read,
           (double)read / seconds, (double)bytes * rounds / 1e6 / seconds);
    arena_fini(&arena);
    for (int i = 0; i < pages; i++)
        buf_fini(&file[i]);
    free(file);
    return 0;
}
