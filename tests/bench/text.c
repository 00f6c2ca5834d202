/* Speed of the stages text and learn: reads JSON Lines articles (field text), goes over
 * them for some rounds and prints tokens a second on one core, of each part; trees are
 * those of all sentences, where the worker asks for few.
 *
 *     bench_text ARTICLES.jsonl [ROUNDS] */

#include "worker/learn/tree.h"
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

struct bench {
    struct arena arena;
    struct lang_set *langs;
    struct learn_set *models;
    uint64_t bytes, tokens;
    uint64_t text_ns, names_ns, trees_ns;
};

static void read_one(struct bench *b, struct str text)
{
    struct article article = {.text = text, .language = STR("id")};
    struct err err = {0};
    struct doc doc;
    uint64_t begin = clock_now_ns();
    arena_reset(&b->arena);
    doc_init(&doc, &b->arena, &article);
    if (text_read(&doc, b->langs, &err) != 0)
        return;
    uint64_t read = clock_now_ns();
    const struct learn *learn = learn_set_find(b->models, doc.lang);
    if (learn)
        learn_read(learn, &doc);
    uint64_t named = clock_now_ns();
    tree_all(&doc);
    b->text_ns += read - begin;
    b->names_ns += named - read;
    b->trees_ns += clock_now_ns() - named;
    b->tokens += doc.tokens.count;
    b->bytes += text.len;
}

static void print(const struct bench *b, const char *part, uint64_t ns)
{
    double seconds = (double)ns / 1e9;
    printf("%-6s %7.1f MB/s %8.2f million tokens/s\n", part,
           (double)b->bytes / 1e6 / seconds, (double)b->tokens / 1e6 / seconds);
}

int main(int argc, char **argv)
{
    struct arena store;
    struct texts texts = {0};
    struct bench b = {0};
    struct err err = {0};
    int rounds = argc > 2 ? atoi(argv[2]) : ROUNDS;
    if (argc < 2) {
        fprintf(stderr, "usage: %s ARTICLES.jsonl [ROUNDS]\n", argv[0]);
        return 100;
    }
    arena_init(&store, FILE_BYTES_MOST);
    arena_init(&b.arena, ARENA_BYTES);
    if (load(argv[1], &store, &texts, &err) || lang_open(&b.langs, &err) ||
        learn_set_open(b.langs, &b.models, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 100;
    }
    for (int round = 0; round < rounds; round++)
        for (uint32_t i = 0; i < texts.count; i++)
            read_one(&b, texts.item[i]);
    print(&b, "text", b.text_ns);
    print(&b, "names", b.names_ns);
    print(&b, "trees", b.trees_ns);
    printf("%u articles, arena at most %.1f MB\n", texts.count,
           (double)b.arena.high_bytes / 1e6);
    learn_set_close(&b.models);
    lang_close(&b.langs);
    arena_fini(&b.arena);
    arena_fini(&store);
    return 0;
}
