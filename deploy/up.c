/* warta up: the whole line on this machine. One supervisor over a broker with an embedded
 * journal, a pool of workers and, where it is asked for, the page; a part that dies is
 * started again, `warta ctl stop` ends them all. */

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/file.h"
#include "proto/base/loop.h"
#include "proto/base/option.h"
#include "proto/base/program.h"
#include "proto/base/ready.h"
#include "proto/client/identity.h"
#include "proto/wire/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BROKER_DEFAULT  "tcp://127.0.0.1:7400"
#define WEB_DEFAULT     "127.0.0.1:7480"
#define BACK_OFF_MS     100
#define BACK_OFF_MAX_MS 5000
#define STEADY_MS       10000 /* a part that lived so long starts again at once */
#define STOP_MS         10000 /* then what has not ended is killed */

struct settings {
    const char *broker, *state, *broker_key, *allow, *web;
    struct identity identity; /* the workers' and the page's */
    uint64_t workers, ready_fd;
};

#define AT(member) offsetof(struct settings, member)

static const struct option option_table[] = {
    {"broker", 'b', OPTION_TEXT, AT(broker), "ADDRESS", BROKER_DEFAULT, 0, 0,
     "base address to listen at"},
    {"state", 's', OPTION_TEXT, AT(state), "DIR", NULL, 0, 0,
     "where the journal goes (default: /var/lib/warta, or ~/.local/state/warta)"},
    {"broker-key", 0, OPTION_TEXT, AT(broker_key), "FILE", NULL, 0, 0,
     "the broker's secret key; goes with --allow, --key and --server-key"},
    {"allow", 0, OPTION_TEXT, AT(allow), "FILE", NULL, 0, 0,
     "the broker's allow list: who may do what"},
    IDENTITY_OPTIONS(struct settings, identity),
    {"workers", 'j', OPTION_U64, AT(workers), "N", NULL, 0, 1024,
     "worker processes (default: one a core)"},
    {"web", 0, OPTION_MAYBE, AT(web), "ADDRESS:PORT", WEB_DEFAULT, 0, 0,
     "serve a page with the facts, too"},
    {"ready-fd", 0, OPTION_U64, AT(ready_fd), "FD", NULL, 3, 65535,
     "write a newline to this descriptor when ready"},
    {0},
};

static const struct option_program program = {
    .name = "warta up",
    .usage = "[options]",
    .summary = "Run the whole line on this machine: a broker with its journal on disk, a "
               "worker\na core and, with --web, a page with the facts as they come.",
    .option = option_table,
    .help_tail = "Ends on SIGTERM, SIGINT or `warta ctl stop`: workers finish what they "
                 "have in\nhand, nothing acknowledged is lost.\n",
};

enum { PART_BROKER, PART_WORKERS, PART_WEB, PARTS };

struct part {
    const char *argv[20]; /* argv[0] NULL: not wanted */
    pid_t pid;            /* 0: not running */
    int ready_pipe[2];    /* both 0: it does not say when it is ready */
    char ready_text[12];
    bool ready; /* it has been, once */
    uint64_t started_ms, due_ms, back_off_ms;
};

struct up {
    struct settings settings;
    struct ready told; /* who supervises */
    struct loop *loop;
    struct part part[PARTS];
    char state[4096], journal[4200], database[4200], jobs[24];
    bool stopping;
    uint64_t stop_ms;
    int exit_code;
};

static void launch(struct up *up, int which)
{
    struct part *part = &up->part[which];
    pid_t pid = fork();
    if (pid < 0) {
        diag_errno(DIAG_ERROR, "up", "cannot fork", NULL);
        part->due_ms = clock_now_ms() + BACK_OFF_MAX_MS;
        return;
    }
    if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        /* A terminal's Ctrl-C is for us alone: with ours behind it, it would be the
         * second signal to a part, which means at once. */
        setpgid(0, 0);
        if (part->ready_pipe[1])
            fcntl(part->ready_pipe[1], F_SETFD, 0);
        execv("/proc/self/exe", (char *const *)part->argv);
        diag_errno(DIAG_ERROR, "up", "cannot run myself", NULL);
        _exit(EXIT_LATER);
    }
    part->pid = pid;
    part->started_ms = clock_now_ms();
}

static void end_parts(struct up *up, int signal_number)
{
    for (int i = PARTS - 1; i >= 0; i--)
        if (up->part[i].pid)
            kill(up->part[i].pid, signal_number);
}

static bool any_runs(const struct up *up, int from)
{
    for (int i = from; i < PARTS; i++)
        if (up->part[i].pid)
            return true;
    return false;
}

/* Workers and page first: they hand in what they have, then the broker ends. */
static void stop(struct up *up, int exit_code)
{
    if (up->stopping)
        return;
    up->stopping = true;
    ready_stopping(&up->told);
    up->exit_code = exit_code;
    up->stop_ms = clock_now_ms();
    for (int i = any_runs(up, PART_WORKERS) ? PART_WORKERS : PART_BROKER; i < PARTS; i++)
        if (up->part[i].pid)
            kill(up->part[i].pid, SIGTERM);
}

static void on_end(struct up *up, int which, int status)
{
    struct part *part = &up->part[which];
    uint64_t now = clock_now_ms();
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    part->pid = 0;
    if (up->stopping) {
        if (!any_runs(up, PART_WORKERS) && up->part[PART_BROKER].pid)
            kill(up->part[PART_BROKER].pid, SIGTERM);
        return;
    }
    if (which == PART_BROKER && code == EXIT_DONE) {
        stop(up, EXIT_DONE);
        return;
    }
    if (code == EXIT_NEVER || (part->ready_pipe[1] && !part->ready)) {
        stop(up, code == EXIT_NEVER ? EXIT_NEVER : EXIT_LATER); /* it said why */
        return;
    }
    part->back_off_ms = now - part->started_ms > STEADY_MS        ? BACK_OFF_MS
                        : part->back_off_ms * 2 < BACK_OFF_MAX_MS ? part->back_off_ms * 2
                                                                  : BACK_OFF_MAX_MS;
    part->due_ms = now + part->back_off_ms;
    diag(DIAG_WARN, "up", "a part ended and is started again", "part", part->argv[1],
         "status", diag_u64((uint64_t)code), "after_ms", diag_u64(now - part->started_ms),
         NULL);
}

static void reap(struct up *up)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (int i = 0; i < PARTS; i++)
            if (up->part[i].pid == pid)
                on_end(up, i, status);
}

static void on_signal(void *context, int signal_number)
{
    struct up *up = context;
    if (signal_number == SIGCHLD)
        reap(up);
    else if (up->stopping)
        end_parts(up, SIGKILL); /* the second one means now */
    else
        stop(up, EXIT_DONE);
}

static bool hear_ready(struct up *up, struct part *part)
{
    char byte;
    ssize_t n = read(part->ready_pipe[0], &byte, 1);
    loop_del_fd(up->loop, part->ready_pipe[0]);
    part->ready = n == 1;
    return part->ready;
}

static void say_ready(struct up *up)
{
    const struct settings *s = &up->settings;
    diag(DIAG_INFO, "up", "ready", "broker", s->broker, "journal", up->journal,
         s->web ? "web" : NULL, s->web, NULL);
    ready_say(&up->told);
}

static void on_web_ready(void *context)
{
    struct up *up = context;
    if (hear_ready(up, &up->part[PART_WEB]))
        say_ready(up);
}

/* The others may begin. */
static void on_broker_ready(void *context)
{
    struct up *up = context;
    if (!hear_ready(up, &up->part[PART_BROKER]) || up->stopping)
        return;
    for (int i = PART_WORKERS; i < PARTS; i++)
        if (up->part[i].argv[0])
            launch(up, i);
    if (up->settings.web == NULL)
        say_ready(up);
}

static uint64_t on_tick(void *context)
{
    struct up *up = context;
    uint64_t now = clock_now_ms(), next = LOOP_IDLE;
    if (up->stopping) {
        if (!any_runs(up, PART_BROKER))
            loop_stop(up->loop);
        else if (now - up->stop_ms > STOP_MS)
            end_parts(up, SIGKILL);
        return 1000;
    }
    for (int i = 0; i < PARTS; i++) {
        struct part *part = &up->part[i];
        if (part->pid || part->due_ms == 0)
            continue;
        if (part->due_ms <= now) {
            part->due_ms = 0;
            launch(up, i);
        } else if (part->due_ms - now < next) {
            next = part->due_ms - now;
        }
    }
    return next;
}

static int default_state(struct up *up, struct err *err)
{
    const char *home = getenv("HOME"), *state = getenv("XDG_STATE_HOME");
    if (up->settings.state)
        return 0;
    if (geteuid() == 0)
        snprintf(up->state, sizeof up->state, "/var/lib/warta");
    else if (state && state[0] == '/')
        snprintf(up->state, sizeof up->state, "%s/warta", state);
    else if (home && home[0] == '/')
        snprintf(up->state, sizeof up->state, "%s/.local/state/warta", home);
    else
        return err_set(err, ERR_USAGE, "no home directory: say where with --state DIR");
    up->settings.state = up->state;
    return 0;
}

static void add_words(struct part *part, const char *first, const char *second)
{
    int n = 0;
    while (part->argv[n])
        n++;
    part->argv[n] = first;
    part->argv[n + 1] = second;
}

/* All four files, or none: then it is for this machine, and said so. */
static int set_trust(struct up *up, struct err *err)
{
    const struct settings *s = &up->settings;
    struct part *broker = &up->part[PART_BROKER];
    const char *const file[] = {s->broker_key, s->allow, s->identity.key,
                                s->identity.server_key};
    int given = 0;
    for (size_t i = 0; i < sizeof file / sizeof *file; i++)
        given += file[i] != NULL;
    if (given != 0 && given != 4)
        return err_set(err, ERR_USAGE,
                       "--broker-key, --allow, --key and --server-key go together");
    if (given == 4) {
        add_words(broker, "--key", s->broker_key);
        add_words(broker, "--allow", s->allow);
        for (int i = PART_WORKERS; i < PARTS; i++) {
            add_words(&up->part[i], "--key", s->identity.key);
            add_words(&up->part[i], "--server-key", s->identity.server_key);
        }
    } else if (strncmp(s->broker, "tcp://", 6) == 0 && frame_is_local(s->broker)) {
        add_words(broker, "--insecure-loopback", NULL);
        diag(DIAG_WARN, "up",
             "no keys: any user of this machine can connect (--insecure-loopback); see "
             "warta ctl keygen, or use ipc://DIR",
             "broker", s->broker, NULL);
    }
    return 0;
}

/* The part says when it is ready. */
static int add_ready(struct part *part, struct err *err)
{
    if (pipe2(part->ready_pipe, O_CLOEXEC) < 0)
        return err_system(err, "pipe");
    snprintf(part->ready_text, sizeof part->ready_text, "%d", part->ready_pipe[1]);
    add_words(part, "--ready-fd", part->ready_text);
    return 0;
}

static int set_up(struct up *up, struct err *err)
{
    if (default_state(up, err) < 0 || file_make_dir(up->settings.state, err) < 0)
        return err->code;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t workers = up->settings.workers ? up->settings.workers : (uint64_t)cores;
    snprintf(up->journal, sizeof up->journal, "lmdb:%s/journal", up->settings.state);
    snprintf(up->jobs, sizeof up->jobs, "%llu", (unsigned long long)workers);
    snprintf(up->database, sizeof up->database, "%s/facts.db", up->settings.state);
    up->part[PART_BROKER] = (struct part){
        .argv = {"warta", "broker", "--listen", up->settings.broker, "--journal",
                 up->journal, NULL},
        .back_off_ms = BACK_OFF_MS,
    };
    up->part[PART_WORKERS] = (struct part){
        .argv = {"warta", "worker", "--broker", up->settings.broker, "-j", up->jobs,
                 NULL},
        .back_off_ms = BACK_OFF_MS,
    };
    int rc = add_ready(&up->part[PART_BROKER], err);
    if (rc == 0 && up->settings.web) {
        up->part[PART_WEB] = (struct part){
            .argv = {"warta", "web", "--broker", up->settings.broker, "--listen",
                     up->settings.web, "--database", up->database, NULL},
            .back_off_ms = BACK_OFF_MS,
        };
        rc = add_ready(&up->part[PART_WEB], err);
    }
    return rc < 0 ? rc : set_trust(up, err);
}

static int run(struct up *up, struct err *err)
{
    static const int signals[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
    ready_open(&up->told, up->settings.ready_fd);
    up->loop = loop_new();
    int rc = loop_signals(up->loop, signals, sizeof signals / sizeof *signals, on_signal,
                          up, err);
    if (rc == 0) {
        loop_add_fd(up->loop, up->part[PART_BROKER].ready_pipe[0], on_broker_ready, up);
        if (up->settings.web)
            loop_add_fd(up->loop, up->part[PART_WEB].ready_pipe[0], on_web_ready, up);
        launch(up, PART_BROKER);
        rc = loop_run(up->loop, on_tick, up, err);
    }
    end_parts(up, SIGKILL);
    ready_close(&up->told);
    loop_free(&up->loop);
    return rc;
}

int up_main(int argc, char **argv)
{
    struct up up = {.exit_code = EXIT_DONE};
    struct option_set *set = NULL;
    const char **operands;
    struct err err = {0};
    int rc = option_parse(&program, argc, argv, &up.settings, &set, &operands, &err);
    if (rc == 1 && operands[0])
        rc = err_set(&err, ERR_USAGE, "no such argument \"%s\"", operands[0]);
    if (rc == 1 && (rc = set_up(&up, &err)) == 0)
        rc = run(&up, &err);
    option_free(&set);
    if (rc == 0)
        return up.exit_code;
    fprintf(stderr, "warta up: %s\n", err.text);
    return rc == ERR_USAGE ? EXIT_NEVER : EXIT_LATER;
}
