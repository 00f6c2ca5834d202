/* Rows a second of the stores: the golden articles, again and again under new ids, in
 * batches as warta sink writes them.
 *
 * usage: bench_store [--articles N] [--batch N] [--golden DIR]
 *                    (sqlite FILE | postgres CONNINFO | files DIR | msgpack DIR)
 */
#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "proto/wire/limits.h"
#include "tests/support/entry.h"
#include "worker/sink/files.h"
#include "worker/sink/store.h"

#include <getopt.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct cost {
    uint64_t ns; /* on the clock */
    uint64_t
        cpu_ns; /* of this process: the sum for SQLite and files, not for PostgreSQL */
};

static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct texts {
    struct buf *lines;
    size_t count;
};

static int stop(const struct err *err)
{
    fprintf(stderr, "bench_store: %s\n", err->text);
    return 111;
}

static void read_texts(const char *golden, struct texts *out)
{
    struct buf pattern = {0};
    struct err err;
    glob_t found;
    buf_printf(&pattern, "%s/*/*/facts.jsonl", golden);
    if (glob(buf_cstr(&pattern), 0, NULL, &found) != 0)
        found.gl_pathc = 0;
    out->lines = mem_zero(found.gl_pathc + 1, sizeof *out->lines);
    for (size_t i = 0; i < found.gl_pathc; i++)
        if (file_read(found.gl_pathv[i], LIMIT_ENTRY_BYTES, &out->lines[out->count],
                      &err) == 0)
            out->count++;
    globfree(&found);
    buf_fini(&pattern);
}

static int open_store(const char *kind, const char *target, struct store **out,
                      struct err *err)
{
    struct files_options options = {.msgpack = kind[0] == 'm',
                                    .rotate_bytes = (uint64_t)64 << 20,
                                    .rotate_age_ms = UINT64_MAX};
    if (strcmp(kind, "sqlite") == 0)
        return store_open(target, STORE_WRITE, out, err);
    if (strcmp(kind, "postgres") == 0)
        return store_open_postgres(target, out, err);
    return files_open(target, &options, out, err);
}

/* One batch from position `seq` on; the time its making takes is not counted. */
static int write_batch(struct store *store, const struct texts *texts, uint64_t seq,
                       uint64_t count, struct cost *cost, struct err *err)
{
    struct buf *bytes = mem_zero(count, sizeof *bytes);
    struct str *entry = mem_zero(count, sizeof *entry);
    for (uint64_t i = 0; i < count; i++) {
        char suffix[32];
        snprintf(suffix, sizeof suffix, "-%llu", (unsigned long long)(seq + i));
        entry_make(buf_str(&texts->lines[(seq + i) % texts->count]), seq + i, suffix,
                   &bytes[i]);
        entry[i] = buf_str(&bytes[i]);
    }
    const struct store_batch batch = {
        .entry = entry, .entries = count, .name = "bench", .next = seq + count};
    uint64_t began = clock_now_ns(), cpu_began = cpu_ns();
    int rc = store_apply(store, &batch, err);
    cost->ns += clock_now_ns() - began;
    cost->cpu_ns += cpu_ns() - cpu_began;
    for (uint64_t i = 0; i < count; i++)
        buf_fini(&bytes[i]);
    mem_free(bytes);
    mem_free(entry);
    return rc;
}

static int run(const char *kind, struct store *store, const struct texts *texts,
               uint64_t articles, uint64_t batch)
{
    struct err err = {0};
    struct cost cost = {0};
    uint64_t first = 1;
    store_position(store, "bench", &first, &err);
    for (uint64_t at = 0; at < articles; at += batch) {
        uint64_t count = articles - at < batch ? articles - at : batch;
        if (write_batch(store, texts, first + at, count, &cost, &err) < 0)
            return stop(&err);
    }
    struct store_counts counts = store_counts(store);
    double seconds = (double)cost.ns / 1e9, cpu = (double)cost.cpu_ns / 1e9;
    printf(
        "%s: %llu articles, %llu facts, %llu rows in %.2f s: %.0f rows/s, %.0f articles/s"
        "; %.2f s of processor: %.0f rows a second of it (batches of %llu)\n",
        kind, (unsigned long long)counts.articles, (unsigned long long)counts.facts,
        (unsigned long long)counts.rows, seconds, (double)counts.rows / seconds,
        (double)counts.articles / seconds, cpu, (double)counts.rows / cpu,
        (unsigned long long)batch);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"articles", 1, NULL, 'a'},
                                            {"batch", 1, NULL, 'b'},
                                            {"golden", 1, NULL, 'g'},
                                            {0}};
    uint64_t articles = 10000, batch = 256;
    const char *golden = "tests/golden";
    struct texts texts = {0};
    struct store *store = NULL;
    struct err err = {0};
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'a')
            articles = strtoull(optarg, NULL, 10);
        else if (c == 'b')
            batch = strtoull(optarg, NULL, 10);
        else if (c == 'g')
            golden = optarg;
        else
            return 100;
    }
    if (argc - optind != 2 || batch == 0) {
        fputs("usage: bench_store [options] sqlite|postgres|files|msgpack TARGET\n",
              stderr);
        return 100;
    }
    read_texts(golden, &texts);
    if (texts.count == 0) {
        fprintf(stderr, "bench_store: no facts.jsonl under %s\n", golden);
        return 100;
    }
    int rc = open_store(argv[optind], argv[optind + 1], &store, &err) < 0
                 ? stop(&err)
                 : run(argv[optind], store, &texts, articles, batch);
    store_close(&store);
    for (size_t i = 0; i < texts.count; i++)
        buf_fini(&texts.lines[i]);
    mem_free(texts.lines);
    return rc;
}
