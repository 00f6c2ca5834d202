#include "tests/support/entry.h"

#include "proto/wire/limits.h"

#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>

static void fail(const struct err *err)
{
    fprintf(stderr, "entry: %s\n", err->text);
    abort();
}

static struct str with_suffix(struct str s, const char *suffix, struct arena *arena)
{
    return s.ptr ? arena_printf(arena, "%.*s%s", STR_ARG(s), suffix) : s;
}

static void add_record(struct str line, uint64_t seq, const char *suffix,
                       struct arena *arena, struct buf *out)
{
    struct err err = {0};
    struct fact fact;
    json_t *json = record_load_json(line, &err);
    const char *word = json ? json_string_value(json_object_get(json, "kind")) : NULL;
    int kind = FACT_KINDS;
    while (word && --kind > 0 && strcmp(fact_kind_names[kind], word) != 0)
        ;
    if (word == NULL || kind == 0)
        fail(&err);
    fact_init(&fact, (enum fact_kind)kind);
    if (record_from_json(fact_tables[kind], json, arena, &fact, &err) < 0)
        fail(&err);
    json_decref(json);
    fact.seq = seq;
    fact.article->id = with_suffix(fact.article->id, suffix, arena);
    fact.article->url = with_suffix(fact.article->url, suffix, arena);
    record_encode(fact_tables[kind], &fact, out);
}

void entry_make(struct str lines, uint64_t seq, const char *suffix, struct buf *out)
{
    struct buf records = {0};
    struct arena arena;
    struct str line;
    uint32_t count = 0;
    msgpack_sbuffer head;
    msgpack_packer packer;
    arena_init(&arena, (size_t)LIMIT_ENTRY_BYTES * 64);
    while (str_split(&lines, '\n', &line)) {
        if (line.len == 0)
            continue;
        add_record(line, seq, suffix, &arena, &records);
        count++;
    }
    msgpack_sbuffer_init(&head);
    msgpack_packer_init(&packer, &head, msgpack_sbuffer_write);
    msgpack_pack_array(&packer, count);
    buf_add(out, head.data, head.size);
    buf_add_str(out, buf_str(&records));
    msgpack_sbuffer_destroy(&head);
    buf_fini(&records);
    arena_fini(&arena);
}
