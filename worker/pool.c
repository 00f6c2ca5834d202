#include "worker/pool.h"

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/loop.h"
#include "proto/base/mem.h"
#include "proto/base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct member {
    pid_t pid;         /* 0: not running */
    bool left;         /* not to be started again */
    uint64_t begun_ms; /* when it was started, or is to be */
    uint64_t pause_ms;
};

struct pool {
    const struct pool_options *options;
    pool_child *child;
    void *context;
    struct loop *loop;
    struct member *member;
    uint32_t running, left, ready;
    int ready_pipe[2];
    struct ready told;
    int signals; /* SIGTERM and SIGINT so far */
    bool said; /* that all are ready */
    int code;
};

static const int watched[] = {SIGTERM, SIGINT, SIGCHLD};
#define WATCHED (int)(sizeof watched / sizeof *watched)

/* The child's side of the fork: a process like one that a shell has started. */
static _Noreturn void live(struct pool *pool, uint32_t at, pid_t parent)
{
    sigset_t none;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(EXIT_LATER); /* it died before the line above */
    signal(SIGINT, SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    close(pool->ready_pipe[0]);
    ready_close(&pool->told);
    struct ready ready = {.fd = pool->ready_pipe[1], .socket = -1};
    exit(pool->child(pool->context, at + 1, &ready));
}

static void start(struct pool *pool, uint32_t at, uint64_t now_ms)
{
    struct member *member = &pool->member[at];
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        live(pool, at, parent);
    member->begun_ms = now_ms;
    if (pid < 0) {
        diag_errno(DIAG_WARN, "pool", "fork failed", NULL);
        member->begun_ms += pool->options->pause_most_ms;
        return;
    }
    member->pid = pid;
    pool->running++;
}

static void pass_on(struct pool *pool, int signal_number)
{
    for (uint32_t i = 0; i < pool->options->count; i++)
        if (pool->member[i].pid)
            kill(pool->member[i].pid, signal_number);
}

static void plan_restart(struct pool *pool, struct member *member, uint64_t now_ms)
{
    const struct pool_options *o = pool->options;
    if (now_ms - member->begun_ms >= o->steady_ms || member->pause_ms == 0)
        member->pause_ms = o->pause_least_ms;
    else
        member->pause_ms *= 2;
    if (member->pause_ms > o->pause_most_ms)
        member->pause_ms = o->pause_most_ms;
    member->begun_ms = now_ms + member->pause_ms;
}

static void bury(struct pool *pool, struct member *member, int status)
{
    uint64_t now_ms = clock_now_ms();
    bool exited = WIFEXITED(status);
    int code = exited ? WEXITSTATUS(status) : WTERMSIG(status);
    member->pid = 0;
    pool->running--;
    if (exited && (code == EXIT_DONE || code == EXIT_NEVER)) {
        member->left = true;
        pool->left++;
        if (code == EXIT_NEVER && pool->code != EXIT_NEVER) {
            pool->code = EXIT_NEVER;
            pass_on(pool, SIGTERM);
        }
        return;
    }
    plan_restart(pool, member, now_ms);
    if (pool->signals < 2)
        diag(DIAG_WARN, "pool", "a worker has died", "number",
             diag_u64((uint64_t)(member - pool->member) + 1), exited ? "exit" : "signal",
             diag_u64((uint64_t)code), NULL);
}

static void reap(struct pool *pool)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (uint32_t i = 0; i < pool->options->count; i++)
            if (pool->member[i].pid == pid)
                bury(pool, &pool->member[i], status);
}

static void on_signal(void *context, int signal_number)
{
    struct pool *pool = context;
    if (signal_number == SIGCHLD) {
        reap(pool);
        return;
    }
    pool->signals++;
    ready_stopping(&pool->told);
    pass_on(pool, pool->signals == 1 ? SIGTERM : SIGKILL);
}

/* A byte a child; one that died and came back counts again, which does not matter after
 * all have been ready once. */
static void on_ready(void *context)
{
    struct pool *pool = context;
    char byte[64];
    ssize_t got = read(pool->ready_pipe[0], byte, sizeof byte);
    if (got <= 0)
        return;
    pool->ready += (uint32_t)got;
    if (pool->ready >= pool->options->count && !pool->said) {
        ready_say(&pool->told);
        pool->said = true;
    }
}

static uint64_t tick(void *context)
{
    struct pool *pool = context;
    uint64_t now_ms = clock_now_ms(), wait_ms = LOOP_IDLE;
    bool ending = pool->signals > 0 || pool->code != EXIT_DONE;
    if (pool->running == 0 && (ending || pool->left == pool->options->count)) {
        loop_stop(pool->loop);
        return 0;
    }
    if (ending)
        return LOOP_IDLE;
    for (uint32_t i = 0; i < pool->options->count; i++) {
        struct member *member = &pool->member[i];
        if (member->pid || member->left)
            continue;
        if (member->begun_ms <= now_ms)
            start(pool, i, now_ms);
        else if (member->begun_ms - now_ms < wait_ms)
            wait_ms = member->begun_ms - now_ms;
    }
    return wait_ms;
}

int pool_run(const struct pool_options *options, pool_child *child, void *context,
             struct err *err)
{
    struct pool pool = {.options = options,
                        .child = child,
                        .context = context,
                        .told = options->ready,
                        .code = EXIT_DONE};
    int result = 0;
    if (pipe2(pool.ready_pipe, O_CLOEXEC) != 0) {
        err_system(err, "pipe");
        return EXIT_LATER;
    }
    pool.loop = loop_new();
    pool.member = mem_zero(options->count, sizeof *pool.member);
    loop_add_fd(pool.loop, pool.ready_pipe[0], on_ready, &pool);
    result = loop_signals(pool.loop, watched, WATCHED, on_signal, &pool, err);
    if (result == 0)
        result = loop_run(pool.loop, tick, &pool, err);
    if (result != 0) {
        pass_on(&pool, SIGTERM);
        pool.code = EXIT_LATER;
    }
    ready_close(&pool.told);
    loop_free(&pool.loop);
    mem_free(pool.member);
    close(pool.ready_pipe[0]);
    close(pool.ready_pipe[1]);
    return pool.code;
}
