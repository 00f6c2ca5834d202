/* The sketches of articles: a line of JSON in (an article), its sketch in hexadecimal out,
 * an empty line where it has none. With a number N as argument each is made N times, to
 * be measured. For copies.py. */

#include "proto/wire/article.h"
#include "worker/text/shingle.h"
#include "worker/text/text.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES ((size_t)256 * 1024 * 1024)

static void show(struct str line, const struct lang_set *langs, struct arena *arena,
                 long times)
{
    struct article article = {0};
    struct err err = {0};
    struct doc doc;
    struct sketch sketch = {0};
    char bytes[SKETCH_BYTES];
    if (article_from_line(line, arena, &article, &err) == 0) {
        doc_init(&doc, arena, &article);
        if (text_read(&doc, langs, &err) == 0)
            for (long i = 0; i < times; i++)
                shingle_sketch(&doc, &sketch);
    }
    size_t len = sketch_encode(&sketch, bytes);
    for (size_t i = 0; i < len; i++)
        printf("%02x", (unsigned)(unsigned char)bytes[i]);
    putchar('\n');
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct err err = {0};
    struct lang_set *langs;
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    if (lang_open(&langs, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    arena_init(&arena, ARENA_BYTES);
    while ((len = getline(&line, &cap, stdin)) > 0) {
        show(str_trim(str_make(line, (size_t)len)), langs, &arena,
             argc > 1 ? atol(argv[1]) : 1);
        arena_reset(&arena);
    }
    free(line);
    arena_fini(&arena);
    lang_close(&langs);
    return 0;
}
