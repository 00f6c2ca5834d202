/* warta up: the whole line on this machine. One supervisor over a broker with an embedded
 * journal and a pool of workers; a part that dies is started again, `warta ctl stop` ends
 * them all. */

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/file.h"
#include "proto/base/loop.h"
#include "proto/base/option.h"
#include "proto/base/program.h"
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
#define BACK_OFF_MS     100
#define BACK_OFF_MAX_MS 5000
#define STEADY_MS       10000 /* a part that lived so long starts again at once */
#define STOP_MS         10000 /* then what has not ended is killed */

struct settings {
    const char *broker, *state, *broker_key, *allow;
    struct identity identity; /* the workers' */
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
    {"ready-fd", 0, OPTION_U64, AT(ready_fd), "FD", NULL, 3, 65535,
     "write a newline to this descriptor when ready"},
    {0},
};

static const struct option_program program = {
    .name = "warta up",
    .usage = "[options]",
    .summary =
        "Run the whole line on this machine: a broker with its journal on disk, and "
        "a\nworker a core.",
    .option = option_table,
    .help_tail = "Ends on SIGTERM, SIGINT or `warta ctl stop`: workers finish what they "
                 "have in\nhand, nothing acknowledged is lost.\n",
};

enum { PART_BROKER, PART_WORKERS, PARTS };

struct part {
    const char *argv[16];
    pid_t pid; /* 0: not running */
    uint64_t started_ms, due_ms, back_off_ms;
};

struct up {
    struct settings settings;
    struct loop *loop;
    struct part part[PARTS];
    char state[4096], journal[4200], jobs[24], ready_text[24];
    int ready_pipe[2];
    bool ready, stopping;
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
        if (which == PART_BROKER)
            fcntl(up->ready_pipe[1], F_SETFD, 0);
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

/* Workers first: they hand in what they have, then the broker ends. */
static void stop(struct up *up, int exit_code)
{
    if (up->stopping)
        return;
    up->stopping = true;
    up->exit_code = exit_code;
    up->stop_ms = clock_now_ms();
    int first = up->part[PART_WORKERS].pid ? PART_WORKERS : PART_BROKER;
    if (up->part[first].pid)
        kill(up->part[first].pid, SIGTERM);
}

static void on_end(struct up *up, int which, int status)
{
    struct part *part = &up->part[which];
    uint64_t now = clock_now_ms();
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    part->pid = 0;
    if (up->stopping) {
        if (which == PART_WORKERS && up->part[PART_BROKER].pid)
            kill(up->part[PART_BROKER].pid, SIGTERM);
        return;
    }
    if (which == PART_BROKER && code == EXIT_DONE) {
        stop(up, EXIT_DONE);
        return;
    }
    if (code == EXIT_NEVER || (which == PART_BROKER && !up->ready)) {
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

/* The broker is ready: the workers may begin. */
static void on_ready(void *context)
{
    struct up *up = context;
    char byte;
    ssize_t n = read(up->ready_pipe[0], &byte, 1);
    loop_del_fd(up->loop, up->ready_pipe[0]);
    if (n != 1)
        return;
    up->ready = true;
    diag(DIAG_INFO, "up", "ready", "broker", up->settings.broker, "journal", up->journal,
         NULL);
    if (!up->stopping)
        launch(up, PART_WORKERS);
    loop_say_ready(up->settings.ready_fd ? (int)up->settings.ready_fd : -1);
}

static uint64_t on_tick(void *context)
{
    struct up *up = context;
    uint64_t now = clock_now_ms(), next = LOOP_IDLE;
    if (up->stopping) {
        if (up->part[PART_BROKER].pid == 0 && up->part[PART_WORKERS].pid == 0)
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
    struct part *broker = &up->part[PART_BROKER], *workers = &up->part[PART_WORKERS];
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
        add_words(workers, "--key", s->identity.key);
        add_words(workers, "--server-key", s->identity.server_key);
    } else if (strncmp(s->broker, "tcp://", 6) == 0 && frame_is_local(s->broker)) {
        add_words(broker, "--insecure-loopback", NULL);
        diag(DIAG_WARN, "up",
             "no keys: any user of this machine can connect (--insecure-loopback); see "
             "warta ctl keygen, or use ipc://DIR",
             "broker", s->broker, NULL);
    }
    return 0;
}

static int set_up(struct up *up, struct err *err)
{
    if (default_state(up, err) < 0 || file_make_dir(up->settings.state, err) < 0)
        return err->code;
    if (pipe2(up->ready_pipe, O_CLOEXEC) < 0)
        return err_system(err, "pipe");
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t workers = up->settings.workers ? up->settings.workers : (uint64_t)cores;
    snprintf(up->journal, sizeof up->journal, "lmdb:%s/journal", up->settings.state);
    snprintf(up->jobs, sizeof up->jobs, "%llu", (unsigned long long)workers);
    snprintf(up->ready_text, sizeof up->ready_text, "%d", up->ready_pipe[1]);
    up->part[PART_BROKER] = (struct part){
        .argv = {"warta", "broker", "--listen", up->settings.broker, "--journal",
                 up->journal, "--ready-fd", up->ready_text, NULL},
        .back_off_ms = BACK_OFF_MS,
    };
    up->part[PART_WORKERS] = (struct part){
        .argv = {"warta", "worker", "--broker", up->settings.broker, "-j", up->jobs,
                 NULL},
        .back_off_ms = BACK_OFF_MS,
    };
    return set_trust(up, err);
}

static int run(struct up *up, struct err *err)
{
    static const int signals[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
    up->loop = loop_new();
    int rc = loop_signals(up->loop, signals, sizeof signals / sizeof *signals, on_signal,
                          up, err);
    if (rc == 0) {
        loop_add_fd(up->loop, up->ready_pipe[0], on_ready, up);
        launch(up, PART_BROKER);
        rc = loop_run(up->loop, on_tick, up, err);
    }
    end_parts(up, SIGKILL);
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
