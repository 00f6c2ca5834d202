#include "tests/bench/line.h"

#include "proto/base/clock.h"
#include "proto/base/mem.h"
#include "proto/client/put.h"
#include "proto/client/tail.h"
#include "proto/wire/scan.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void line_die(const char *what)
{
    fprintf(stderr, "bench line: %s\n", what);
    kill(0, SIGTERM);
    exit(1);
}

#define PORT 17390 /* and the next four */

struct run {
    char dir[64], base[97 * LINE_BROKERS], one[LINE_BROKERS][96], journal[200];
    /* Made by `warta ctl keygen`: one for all clients, who may everything. */
    char secret[96], public[96], server_secret[96], server_public[96], allow[96];
    struct identity identity;
    pid_t broker[LINE_BROKERS], pool, feeder;
    unsigned brokers;
};

static pid_t spawn(const char *const *argv, const char *log)
{
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    return pid;
}

static void make_key(const struct line_setup *setup, struct run *run, const char *name,
                     char secret[96], char public[96])
{
    const char *argv[] = {setup->warta, "ctl", "keygen", name, "--dir", run->dir, NULL};
    int status = 0;
    pid_t pid = spawn(argv, "/dev/null");
    snprintf(secret, 96, "%s/%s.secret", run->dir, name);
    snprintf(public, 96, "%s/%s.public", run->dir, name);
    if (waitpid(pid, &status, 0) != pid || status != 0)
        line_die("warta ctl keygen");
}

static void make_keys(const struct line_setup *setup, struct run *run)
{
    char key[64] = "";
    make_key(setup, run, "broker", run->server_secret, run->server_public);
    make_key(setup, run, "all", run->secret, run->public);
    snprintf(run->allow, sizeof run->allow, "%s/allow", run->dir);
    FILE *public = fopen(run->public, "r"), *allow = fopen(run->allow, "w");
    if (public == NULL || allow == NULL || fgets(key, sizeof key, public) == NULL)
        line_die("keys");
    fprintf(allow, "feeder,worker,consumer all %s", key);
    fclose(public);
    fclose(allow);
    run->identity = (struct identity){run->secret, run->server_public};
}

static void start_broker(const struct line_setup *setup, const struct line_plan *plan,
                         struct run *run, unsigned which, const char *log)
{
    int ready[2], at = 8;
    char fd[16], byte;
    if (pipe(ready) < 0)
        line_die("pipe");
    snprintf(fd, sizeof fd, "%d", ready[1]);
    const char *argv[14] = {setup->warta, "broker",     "--listen",   run->one[which],
                            "--journal",  run->journal, "--ready-fd", fd};
    if (plan->transport == LINE_TCP)
        argv[at++] = "--insecure-loopback";
    if (plan->transport == LINE_KEYS) {
        argv[at++] = "--key";
        argv[at++] = run->server_secret;
        argv[at++] = "--allow";
        argv[at++] = run->allow;
    }
    run->broker[which] = spawn(argv, log);
    close(ready[1]);
    if (read(ready[0], &byte, 1) != 1)
        line_die("the broker did not start");
    close(ready[0]);
}

static void choose_bases(const struct line_plan *plan, struct run *run)
{
    size_t at = 0;
    run->brokers = plan->brokers ? plan->brokers : 1;
    for (unsigned i = 0; i < run->brokers; i++) {
        if (plan->transport != LINE_IPC) {
            snprintf(run->one[i], sizeof run->one[i], "tcp://127.0.0.1:%d", PORT);
        } else {
            char dir[80];
            snprintf(dir, sizeof dir, "%s/b%u", run->dir, i);
            mkdir(dir, 0700);
            snprintf(run->one[i], sizeof run->one[i], "ipc://%s", dir);
        }
        at += (size_t)snprintf(run->base + at, sizeof run->base - at, "%s%s",
                               i ? "," : "", run->one[i]);
    }
}

static void start(const struct line_setup *setup, const struct line_plan *plan,
                  struct run *run)
{
    char log[96], jobs[16], bytes[16];
    strcpy(run->dir, "/tmp/warta-line-XXXXXX");
    if (mkdtemp(run->dir) == NULL)
        line_die("mkdtemp");
    run->identity = (struct identity){0};
    choose_bases(plan, run);
    if (plan->transport == LINE_KEYS)
        make_keys(setup, run);
    if (plan->journal)
        snprintf(run->journal, sizeof run->journal, "%s", plan->journal);
    else
        snprintf(run->journal, sizeof run->journal, "lmdb:%s/journal", run->dir);
    snprintf(log, sizeof log, "%s/log", run->dir);
    snprintf(jobs, sizeof jobs, "%u", plan->workers);
    snprintf(bytes, sizeof bytes, "%d", LINE_ENTRY_BYTES);
    for (unsigned i = 0; i < run->brokers; i++)
        start_broker(setup, plan, run, i, log);
    int at = 6;
    const char *argv[14] = {setup->warta, "worker", "--broker", run->base, "-j", jobs};
    if (plan->no_op) {
        argv[at++] = "--no-op";
        argv[at++] = bytes;
    }
    if (plan->transport == LINE_KEYS) {
        argv[at++] = "--key";
        argv[at++] = run->secret;
        argv[at++] = "--server-key";
        argv[at++] = run->server_public;
    }
    run->pool = spawn(argv, log);
}

static void settled(void *context, uint64_t token, const struct message_result *result)
{
    (void)context;
    (void)token;
    if (result->status != STATUS_STORED)
        line_die("an article was not stored");
}

/* The id carries when it was put. */
static void feed(const struct line_setup *setup, const struct line_plan *plan,
                 const struct run *run)
{
    struct put *put;
    struct err err = {0};
    char text[LINE_TEXT_BYTES], id[48];
    struct put_options options = {
        .base = run->base, .identity = run->identity, .settled = settled};
    if (put_open(&options, &put, &err) < 0)
        line_die(err.text);
    line_text_load(setup->samples);
    struct article article;
    record_init(&article_table, &article);
    article.source = STR("contoh.example");
    article.language = STR("id");
    article.published = STR("2025-03-28T08:00:00+07:00");
    uint64_t begun = clock_now_ns();
    for (uint64_t i = 0; i < plan->articles; i++) {
        line_text(i, text);
        article.text = str_make(text, sizeof text);
        if (plan->per_s) {
            uint64_t due = begun + i * 1000000000u / plan->per_s, now;
            while ((now = clock_now_ns()) < due) {
                if (due - now > 1000000)
                    put_turn(put, (due - now) / 1000000, &err);
                else
                    nanosleep(&(struct timespec){.tv_nsec = (long)(due - now)}, NULL);
            }
        }
        snprintf(id, sizeof id, "%llu-%llu", (unsigned long long)clock_now_ns(),
                 (unsigned long long)i);
        article.id = str_of(id);
        while (put_add(put, &article, i, &err) == 0)
            put_turn(put, 100, &err);
        put_turn(put, 0, &err);
    }
    while (put_turn(put, 100, &err) > 0)
        ;
    put_close(&put);
    _exit(0);
}

static uint64_t put_at(struct str entry)
{
    struct scan all = scan_begin(entry);
    struct scan_value list, record, article, id;
    scan_next(&all, &list);
    struct scan inside = scan_inside(&list);
    if (scan_next(&inside, &record) != 1 ||
        !scan_find(&record, STR("article"), &article) ||
        !scan_find(&article, STR("id"), &id))
        line_die("an entry without its article's id");
    return strtoull(id.bytes.ptr, NULL, 10);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void consume(const struct run *run, const struct line_plan *plan,
                    struct line_figures *out)
{
    struct tail *tail;
    struct tail_item item;
    struct err err = {0};
    struct tail_options options = {
        .base = run->base, .identity = run->identity, .from = TAIL_FIRST};
    double *late_ms = mem_zero(plan->articles, sizeof *late_ms);
    if (tail_open(&options, &tail, &err) < 0)
        line_die(err.text);
    uint64_t first = 0, got = 0, now = 0;
    while (got < plan->articles) {
        int rc = tail_next(tail, 1000, &item, &err);
        if (rc < 0)
            line_die(err.text);
        if (rc == 0 || item.what != TAIL_ENTRY)
            continue;
        now = clock_now_ns();
        uint64_t put = put_at(item.entry);
        if (first == 0 || put < first)
            first = put;
        late_ms[got++] = (double)(now - put) / 1e6;
    }
    qsort(late_ms, got, sizeof *late_ms, by_value);
    out->p50_ms = late_ms[got / 2];
    out->p99_ms = late_ms[got * 99 / 100];
    out->rate = (double)got / ((double)(now - first) / 1e9);
    mem_free(late_ms);
    tail_close(&tail);
}

void line_run(const struct line_setup *setup, const struct line_plan *plan,
              struct line_figures *out)
{
    struct run run;
    struct rusage usage;
    char command[128];
    start(setup, plan, &run);
    usleep(300000); /* workers have said READY */
    if ((run.feeder = fork()) == 0)
        feed(setup, plan, &run);
    consume(&run, plan, out);
    waitpid(run.feeder, NULL, 0);
    kill(run.pool, SIGTERM);
    waitpid(run.pool, NULL, 0);
    double cpu = 0;
    out->broker_rss_mb = 0;
    for (unsigned i = 0; i < run.brokers; i++) {
        kill(run.broker[i], SIGTERM);
        wait4(run.broker[i], NULL, 0, &usage);
        cpu += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
        out->broker_rss_mb += (double)usage.ru_maxrss / 1024;
    }
    out->broker_cpu_s_per_1000 = cpu * 1000 / (double)plan->articles;
    snprintf(command, sizeof command, "rm -rf %s", run.dir);
    if (system(command) != 0)
        line_die(command);
}
