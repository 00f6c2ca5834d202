/* Speed of the text stage: reads JSON Lines articles (field text), goes over them for
 * some rounds and prints megabytes a second on one core.
 *
 *     bench_text ARTICLES.jsonl [ROUNDS] */

#include "worker/text/text.h"

#include "proto/base/clock.h"
#include "proto/base/file.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_BYTES_MOST ((size_t)1 << 30)
#define ARENA_BYTES     ((size_t)512 << 20)
#define ROUNDS          10

struct texts {
    struct str *item;
    uint32_t count, cap;
};

static int load(const char *path, struct arena *arena, struct texts *texts,
                struct err *err)
{
    struct buf file = {0};
    struct str line;
    int result = file_read(path, FILE_BYTES_MOST, &file, err);
    struct str rest = buf_str(&file);
    while (result == 0 && str_split(&rest, '\n', &line)) {
        json_t *json = json_loadb(line.ptr, line.len, 0, NULL);
        const json_t *text = json_object_get(json, "text");
        if (json_is_string(text))
            *ARENA_PUSH(arena, texts) = arena_str(
                arena, str_make(json_string_value(text), json_string_length(text)));
        json_decref(json);
    }
    buf_fini(&file);
    return result;
}

int main(int argc, char **argv)
{
    struct arena store, arena;
    struct texts texts = {0};
    struct lang_set *langs = NULL;
    struct err err = {0};
    uint64_t bytes = 0, tokens = 0, begin;
    int rounds = argc > 2 ? atoi(argv[2]) : ROUNDS;
    if (argc < 2) {
        fprintf(stderr, "usage: %s ARTICLES.jsonl [ROUNDS]\n", argv[0]);
        return 100;
    }
    arena_init(&store, FILE_BYTES_MOST);
    arena_init(&arena, ARENA_BYTES);
    if (load(argv[1], &store, &texts, &err) || lang_open(&langs, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 100;
    }
    begin = clock_now_ns();
    for (int round = 0; round < rounds; round++)
        for (uint32_t i = 0; i < texts.count; i++) {
            struct article article = {.text = texts.item[i], .language = STR("id")};
            struct doc doc;
            arena_reset(&arena);
            doc_init(&doc, &arena, &article);
            if (text_read(&doc, langs, &err) == 0)
                tokens += doc.tokens.count;
            bytes += texts.item[i].len;
        }
    double seconds = (double)(clock_now_ns() - begin) / 1e9;
    printf("%.1f MB/s, %.1f million tokens/s, %u articles, arena at most %.1f MB\n",
           (double)bytes / 1e6 / seconds, (double)tokens / 1e6 / seconds, texts.count,
           (double)arena.high_bytes / 1e6);
    lang_close(&langs);
    arena_fini(&arena);
    arena_fini(&store);
    return 0;
}
