/* `warta worker`: takes articles from a broker and gives facts back. With one process it
 * does so itself; with several it is the parent of a pool (pool.h). */

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/option.h"
#include "proto/base/program.h"
#include "proto/client/take.h"
#include "proto/wire/frame.h"
#include "worker/job.h"
#include "worker/pool.h"
#include "worker/sandbox.h"
#include "worker/settings.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

#define WAIT_MS        100 /* between two looks at whether a signal came */
#define PAUSE_LEAST_MS 100
#define PAUSE_MOST_MS  5000
#define STEADY_MS      10000
/* Address space beside the documents' memory: articles in hand, packed results, buffers
 * of libzmq. */
#define LINE_BYTES ((uint64_t)512 << 20)

struct settings {
    const char *broker;
    struct identity identity;
    uint64_t jobs, credit, memory_bytes, deadline_ms, no_op_bytes, ready_fd;
    bool no_sandbox;
};

#define AT(member) offsetof(struct settings, member)

static const struct option options[] = {
    {"broker", 'b', OPTION_TEXT, AT(broker), "ADDRESS", FRAME_BASE_DEFAULT, 0, 0,
     "base address of the broker, or of several"},
    IDENTITY_OPTIONS(struct settings, identity),
    {"jobs", 'j', OPTION_U64, AT(jobs), "N", NULL, 0, SETTINGS_JOBS_MOST,
     "processes that read; 0: as many as there are processors"},
    {"credit", 0, OPTION_U64, AT(credit), "N", "64", 1, LIMIT_CREDIT,
     "articles one process has in hand at a time"},
    {"memory", 0, OPTION_BYTES, AT(memory_bytes), "BYTES", SETTINGS_MEMORY,
     SETTINGS_MEMORY_LEAST, SETTINGS_MEMORY_MOST, "most memory one article may need"},
    {"deadline", 0, OPTION_MS, AT(deadline_ms), "TIME", SETTINGS_DEADLINE,
     SETTINGS_DEADLINE_LEAST, SETTINGS_DEADLINE_MOST,
     "most processor time one article may take"},
    {"no-sandbox", 0, OPTION_FLAG, AT(no_sandbox), NULL, NULL, 0, 0,
     "keep all rights of the process while reading (no seccomp, no Landlock)"},
    {"no-op", 0, OPTION_BYTES, AT(no_op_bytes), "BYTES", NULL, 0, LIMIT_TEXT_BYTES,
     "to measure the line: read nothing, answer with so many bytes of text"},
    {"ready-fd", 0, OPTION_U64, AT(ready_fd), "FD", NULL, 3, 65535,
     "write a newline to this descriptor when ready"},
    {0},
};

static const struct option_program program = {
    .name = "warta worker",
    .usage = "[options]",
    .summary = "Read the articles that a broker hands out and give their facts back.\n"
               "SIGTERM: finish what is in hand, then leave; a second one: leave now.",
    .option = options,
    .help_tail =
        "Exits 0 when told to leave, 100 on wrong settings, 111 on what may pass.",
};

/* Set by the handler below, the only state a signal touches. */
static volatile sig_atomic_t signals_seen;

static void on_signal(int signal_number)
{
    (void)signal_number;
    if (++signals_seen > 1)
        _exit(EXIT_LATER);
}

static void watch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, old;
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, NULL, &old);
    if (old.sa_handler != SIG_IGN) /* a pool's child leaves it to the parent */
        sigaction(SIGINT, &action, NULL);
}

/* The alarm's default action ends a process whose document hangs. It counts the
 * processor's time, so that a machine that was asleep or busy does no harm. */
static void set_alarm(uint64_t ms)
{
    const struct itimerval timer = {
        .it_value = {.tv_sec = (time_t)(ms / 1000),
                     .tv_usec = (suseconds_t)(ms % 1000 * 1000)}};
    setitimer(ITIMER_PROF, &timer, NULL);
}

static int do_job(const struct settings *settings, struct job *job, struct take *take,
                  const struct take_job *given, struct err *err)
{
    struct str entry;
    struct sketch sketch;
    char bytes[SKETCH_BYTES];
    struct err problem = {0};
    set_alarm(settings->deadline_ms * SETTINGS_HANG_TIMES);
    int result = job_run(job, given->article, &entry, &problem);
    set_alarm(0);
    if (result == 0) {
        job_sketch(job, &sketch);
        struct str packed = str_make(bytes, sketch_encode(&sketch, bytes));
        return take_done(take, given, entry, packed, err);
    }
    diag(DIAG_INFO, "worker", "article refused", "seq", diag_u64(given->seq), "attempt",
         diag_u64(given->attempt), "error", err_name(result), "text", problem.text, NULL);
    return take_fail(take, given, result, problem.text, err);
}

/* Until the broker or a signal says to leave. */
static int work(const struct settings *settings, struct job *job, struct take *take,
                struct err *err)
{
    struct take_job given;
    bool draining = false;
    for (;;) {
        if (signals_seen && !draining) {
            take_drain(take);
            draining = true;
        }
        diag_settle(false);
        int got = take_next(take, WAIT_MS, &given, err);
        if (got == 1)
            got = do_job(settings, job, take, &given, err);
        if (got == ERR_GONE)
            return 0;
        if (got < 0)
            return got;
    }
}

/* "host/pid/number". */
static void name_worker(char *out, size_t out_bytes, pid_t pid, uint32_t number)
{
    char host[65] = "";
    if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0')
        snprintf(host, sizeof host, "host");
    snprintf(out, out_bytes, "%s/%ld/%u", host, (long)pid, number);
}

static int exit_code(int error)
{
    switch (error) {
    case 0:
        return EXIT_DONE;
    case ERR_USAGE:
    case ERR_CORRUPT:
    case ERR_VERSION:
    case ERR_FORMAT:
        return EXIT_NEVER;
    default:
        return EXIT_LATER;
    }
}

struct worker {
    const struct settings *settings;
    pid_t pid; /* of the pool, for the workers' names */
};

static int run_worker(void *context, uint32_t number, struct ready *ready)
{
    const struct worker *worker = context;
    const struct settings *settings = worker->settings;
    const struct job_options limits = {.memory_bytes = settings->memory_bytes,
                                       .deadline_ms = settings->deadline_ms,
                                       .no_op_bytes = settings->no_op_bytes};
    struct job *job = NULL;
    struct take *take = NULL;
    struct err err = {0};
    char name[128];

    watch_signals();
    name_worker(name, sizeof name, worker->pid, number);
    int result = job_open(&limits, &job, &err);
    if (result == 0) {
        struct take_options line = {.base = settings->broker,
                                    .identity = settings->identity,
                                    .name = name,
                                    .extractor = job_extractor(job),
                                    .languages = job_languages(job),
                                    .credit = (uint32_t)settings->credit};
        result = take_open(&line, &take, &err);
    }
    if (result == 0 && !settings->no_sandbox && sandbox_possible())
        result = sandbox_enter(settings->memory_bytes + LINE_BYTES, &err);
    if (result == 0) {
        ready_say(ready);
        ready_close(ready); /* nothing for an article that takes over to speak by */
        result = work(settings, job, take, &err);
    }
    take_close(&take);
    job_close(&job);
    if (result != 0)
        diag(DIAG_ERROR, "worker", "stopped", "name", name, "error", err.text, NULL);
    diag_settle(true);
    return exit_code(result);
}

static uint32_t count_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count > SETTINGS_JOBS_MOST ? SETTINGS_JOBS_MOST : (uint32_t)count;
}

static int run_pool(const struct settings *settings)
{
    struct worker worker = {settings, getpid()};
    struct err err = {0};
    struct pool_options pool = {
        .count = settings->jobs ? (uint32_t)settings->jobs : count_processors(),
        .pause_least_ms = PAUSE_LEAST_MS,
        .pause_most_ms = PAUSE_MOST_MS,
        .steady_ms = STEADY_MS,
    };
    diag_limit(DIAG_SERVICE_LINES, DIAG_SERVICE_PER_MS); /* articles can make it talk */
    ready_open(&pool.ready, settings->ready_fd);
    if (pool.count == 1)
        return run_worker(&worker, 1, &pool.ready);
    int code = pool_run(&pool, run_worker, &worker, &err);
    if (err.code)
        diag(DIAG_ERROR, "worker", "stopped", "error", err.text, NULL);
    return code;
}

int worker_main(int argc, char **argv)
{
    struct settings settings;
    struct option_set *set = NULL;
    const char **operands = NULL;
    struct err err = {0};
    char address[256];

    int result = option_parse(&program, argc, argv, &settings, &set, &operands, &err);
    if (result == 0)
        return EXIT_DONE;
    if (result == 1)
        result = operands[0]
                     ? err_set(&err, ERR_USAGE, "no operand is taken: %s", operands[0])
                     : frame_endpoint(settings.broker, FRAME_WORK, address, &err);
    int code = EXIT_NEVER;
    signal(SIGPIPE, SIG_IGN); /* whoever reads the log may go */
    if (result != 0)
        fprintf(stderr, "warta worker: %s\n", err.text);
    else
        code = run_pool(&settings);
    option_free(&set);
    return code;
}
