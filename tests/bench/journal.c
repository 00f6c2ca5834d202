/* What the journal costs beside a plain file, appended to and synced once a batch:
 *
 *     bench_journal DIR [SECONDS]
 *
 * Each round is what a busy broker does in a turn: a batch of new articles, the facts of
 * the batch before, which is finished then, and one flush. Prints articles a second,
 * processor time an article, and the ratio to the plain file. */

#include "broker/journal.h"
#include "proto/base/buf.h"
#include "proto/base/clock.h"
#include "proto/base/hash.h"
#include "proto/base/random.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define ARTICLE_BYTES 3500
#define FACTS_BYTES   1500

struct result {
    double seconds, cpu_seconds;
    uint64_t articles;
};

static char text[1 << 20]; /* cut at random places, so that entries differ */

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static struct str entry(uint64_t n, size_t len)
{
    return str_make(text + n * 7919 % (sizeof text - len), len);
}

static struct str id_of(uint64_t n, char kind, char id[40])
{
    int len =
        snprintf(id, 40, "%c-https://news.example/%08llu", kind, (unsigned long long)n);
    return str_make(id, (size_t)len);
}

static void die(const struct err *err)
{
    fprintf(stderr, "bench_journal: %s\n", err->text);
    exit(111);
}

static void round_of_journal(struct journal *journal, uint64_t from, uint64_t batch)
{
    struct journal_outcome outcome;
    struct journal_item item;
    struct err err = {0};
    uint64_t ticket;
    char id[40];
    int rc = 0;

    for (uint64_t i = 0; rc == 0 && i < batch && from > 0; i++) {
        rc = journal_take(journal, &item, &err) == 1 ? 0 : -1;
        if (rc == 0)
            rc = journal_append(journal, JOURNAL_FACTS, id_of(item.seq, 'f', id),
                                entry(item.seq, FACTS_BYTES), &ticket, &err);
        if (rc == 0)
            rc = journal_finish(journal, item.seq, &err);
    }
    for (uint64_t i = 0; rc == 0 && i < batch; i++)
        rc = journal_append(journal, JOURNAL_ARTICLES, id_of(from + i, 'a', id),
                            entry(from + i, ARTICLE_BYTES), &ticket, &err);
    if (rc == 0)
        rc = journal_flush(journal, &err);
    if (rc < 0)
        die(&err);
    while (journal_settle(journal, &outcome) == 1)
        ;
}

static void round_of_log(int fd, struct buf *buf, uint64_t from, uint64_t batch)
{
    static const struct {
        char kind;
        size_t bytes;
    } parts[] = {{'f', FACTS_BYTES}, {'a', ARTICLE_BYTES}};
    char id[40];

    buf_clear(buf);
    for (int part = 0; part < 2; part++)
        for (uint64_t i = 0; i < batch; i++) {
            struct str bytes = entry(from + i, parts[part].bytes);
            uint64_t head[3] = {hash64(bytes, from + i), from + i, bytes.len};
            buf_add(buf, head, sizeof head);
            buf_add_str(buf, id_of(from + i, parts[part].kind, id));
            buf_add_str(buf, bytes);
        }
    if (write(fd, buf->ptr, buf->len) != (ssize_t)buf->len || fdatasync(fd) < 0)
        die(&(struct err){.text = "write failed"});
}

static struct result measure(const char *dir, bool log, uint64_t batch, double seconds)
{
    struct journal *journal = NULL;
    struct err err = {0};
    struct buf buf = {0};
    char path[400];
    int fd = -1;

    snprintf(path, sizeof path, "%s%s/%s-%d", log ? "" : "lmdb:", dir,
             log ? "log" : "journal", (int)batch);
    if (log) {
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd < 0)
            die(&(struct err){.text = "cannot make the file"});
    } else if (journal_open(path, NULL, &journal, &err) < 0) {
        die(&err);
    }
    struct result result = {.cpu_seconds = cpu_seconds()};
    uint64_t begin = clock_now_ns(), now = begin;
    while ((double)(now - begin) < seconds * 1e9) {
        if (log)
            round_of_log(fd, &buf, result.articles, batch);
        else
            round_of_journal(journal, result.articles, batch);
        result.articles += batch;
        now = clock_now_ns();
    }
    result.seconds = (double)(now - begin) / 1e9;
    result.cpu_seconds = cpu_seconds() - result.cpu_seconds;
    journal_close(&journal);
    if (fd >= 0)
        close(fd);
    buf_fini(&buf);
    return result;
}

static void show(const char *what, uint64_t batch, const struct result *result)
{
    double n = (double)result->articles;

    printf("%-5s batch %4llu: %8.0f articles/s, %6.1f us of processor an article\n", what,
           (unsigned long long)batch, n / result->seconds, result->cpu_seconds * 1e6 / n);
}

int main(int argc, char **argv)
{
    static const uint64_t batches[] = {16, 64, 256};
    struct random random;
    double seconds = argc > 2 ? atof(argv[2]) : 5;

    if (argc < 2) {
        fprintf(stderr, "usage: bench_journal DIR [SECONDS]\n");
        return 100;
    }
    random_seed(&random, 1);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(' ' + random_below(&random, 90));
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        struct result log = measure(argv[1], true, batches[i], seconds);
        struct result lmdb = measure(argv[1], false, batches[i], seconds);
        show("file", batches[i], &log);
        show("lmdb", batches[i], &lmdb);
        printf("lmdb reaches %.2f of the plain file\n",
               (double)lmdb.articles / lmdb.seconds * log.seconds / (double)log.articles);
    }
    return 0;
}
