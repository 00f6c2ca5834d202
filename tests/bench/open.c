/* How long a broker takes to open its journal after a kill, by what the journal holds:
 *
 *     bench_open DIR [ARTICLES...]        10000 150000 1000000 where none are given
 *
 * Each journal is written by a child that dies without closing it: small articles with
 * their facts, half of them finished. Then it is opened as a broker does, once on trial
 * and once for good, from the page cache and with the cache dropped, each three times;
 * the quickest is printed, with the processor's time and the memory that it took. */

#include "broker/broker.h"
#include "broker/journal.h"
#include "proto/base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARTICLE_BYTES 600
#define FACTS_BYTES   300
#define BATCH         64
#define ROUNDS        3

struct times {
    double trial_ms, open_ms, cpu_ms;
    long resident_kb;
};

static char text[ARTICLE_BYTES];

static void die(const struct err *err)
{
    fprintf(stderr, "bench_open: %s\n", err->text);
    exit(111);
}

static struct str id_of(uint64_t n, char kind, char id[48])
{
    int len =
        snprintf(id, 48, "%c-https://news.example/%08llu", kind, (unsigned long long)n);
    return str_make(id, (size_t)len);
}

static int put_one(struct journal *journal, uint64_t n, struct err *err)
{
    struct journal_item item;
    uint64_t ticket;
    char id[48];

    int rc = journal_append_noted(journal, id_of(n, 'a', id), str_make(text, sizeof text),
                                  STR("bench live"), &ticket, err);
    if (rc < 0 || n % 2 == 0)
        return rc;
    rc = journal_take(journal, &item, err);
    if (rc == 1)
        rc = journal_append(journal, JOURNAL_FACTS, id_of(n, 'f', id),
                            str_make(text, FACTS_BYTES), &ticket, err);
    return rc < 0 ? rc : journal_finish(journal, item.seq, err);
}

static void fill(const char *uri, uint64_t articles)
{
    struct journal *journal = NULL;
    struct journal_outcome outcome;
    struct err err = {0};

    int rc = journal_open(uri, NULL, &journal, &err);
    for (uint64_t n = 0; rc == 0 && n < articles; n++) {
        rc = put_one(journal, n, &err);
        if (rc == 0 && (n % BATCH == BATCH - 1 || n == articles - 1))
            rc = journal_flush(journal, &err);
        while (journal_settle(journal, &outcome) == 1)
            ;
    }
    if (rc < 0)
        die(&err);
    _exit(0); /* as by a kill */
}

static double ms_of(struct timeval time)
{
    return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

/* In a child, so that what an open costs is its own. */
static void open_once(const char *uri, struct times *times)
{
    struct rusage usage;
    struct journal *journal = NULL;
    struct err err = {0};
    int pipe_fd[2], status;

    if (pipe(pipe_fd) < 0)
        exit(111);
    pid_t pid = fork();
    if (pid == 0) {
        uint64_t begin = clock_now_ns();
        if (broker_try(uri, 0, &err) < 0)
            die(&err);
        uint64_t tried = clock_now_ns();
        if (journal_open(uri, NULL, &journal, &err) < 0)
            die(&err);
        struct times own = {.trial_ms = (double)(tried - begin) / 1e6,
                            .open_ms = (double)(clock_now_ns() - tried) / 1e6};
        _exit(write(pipe_fd[1], &own, sizeof own) == sizeof own ? 0 : 111);
    }
    close(pipe_fd[1]);
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status != 0 ||
        read(pipe_fd[0], times, sizeof *times) != sizeof *times)
        exit(111);
    close(pipe_fd[0]);
    times->cpu_ms = ms_of(usage.ru_utime) + ms_of(usage.ru_stime);
    times->resident_kb = usage.ru_maxrss;
}

static void drop_cache(const char *dir)
{
    char path[512];

    snprintf(path, sizeof path, "%s/data.mdb", dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fdatasync(fd) < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
        exit(111);
    close(fd);
}

static void measure(const char *dir, bool cold)
{
    struct times best = {.trial_ms = 1e9}, times;
    char uri[520];

    snprintf(uri, sizeof uri, "lmdb:%s", dir);
    for (int i = 0; i < ROUNDS; i++) {
        if (cold)
            drop_cache(dir);
        open_once(uri, &times);
        if (times.trial_ms + times.open_ms < best.trial_ms + best.open_ms)
            best = times;
    }
    printf(
        "  %s trial %.1f ms, open %.1f ms; of the processor %.1f ms; %ld MiB resident\n",
        cold ? "cold:" : "warm:", best.trial_ms, best.open_ms, best.cpu_ms,
        best.resident_kb >> 10);
}

static void run(const char *base, uint64_t articles)
{
    char dir[400], uri[420];
    int status;

    snprintf(dir, sizeof dir, "%s/open-%llu", base, (unsigned long long)articles);
    snprintf(uri, sizeof uri, "lmdb:%s", dir);
    if (access(dir, F_OK) == 0) {
        fprintf(stderr, "bench_open: %s is there already\n", dir);
        exit(100);
    }
    pid_t pid = fork();
    if (pid == 0)
        fill(uri, articles);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        exit(111);
    printf("%llu articles, %llu of them unfinished\n", (unsigned long long)articles,
           (unsigned long long)(articles - articles / 2));
    fflush(stdout);
    measure(dir, false);
    measure(dir, true);
}

int main(int argc, char **argv)
{
    static const uint64_t usual[] = {10000, 150000, 1000000};

    if (argc < 2) {
        fprintf(stderr, "usage: bench_open DIR [ARTICLES...]\n");
        return 100;
    }
    memset(text, 't', sizeof text);
    for (int i = 2; i < argc; i++)
        run(argv[1], strtoull(argv[i], NULL, 10));
    for (size_t i = 0; argc == 2 && i < sizeof usual / sizeof *usual; i++)
        run(argv[1], usual[i]);
    return 0;
}
