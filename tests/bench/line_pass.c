#include "tests/bench/line.h"

#include "proto/base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#define WORKERS 2

static void *open_socket(void *context, int type, bool bind, const char *dir,
                         const char *name)
{
    char address[256];
    void *socket = zmq_socket(context, type);
    snprintf(address, sizeof address, "ipc://%s/%s", dir, name);
    int zero = 0;
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
    if ((bind ? zmq_bind(socket, address) : zmq_connect(socket, address)) < 0)
        line_die("pass-through: socket");
    return socket;
}

static void forward(void *from, void *to)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    while (zmq_msg_recv(&message, from, ZMQ_DONTWAIT) >= 0)
        zmq_msg_send(&message, to, 0);
    zmq_msg_close(&message);
}

static void hub(const char *dir)
{
    void *context = zmq_ctx_new();
    void *in = open_socket(context, ZMQ_PULL, true, dir, "in");
    void *jobs = open_socket(context, ZMQ_PUSH, true, dir, "jobs");
    void *done = open_socket(context, ZMQ_PULL, true, dir, "done");
    void *out = open_socket(context, ZMQ_PUSH, true, dir, "out");
    zmq_pollitem_t item[] = {{in, 0, ZMQ_POLLIN, 0}, {done, 0, ZMQ_POLLIN, 0}};
    for (;;) {
        zmq_poll(item, 2, -1);
        forward(done, out);
        zmq_msg_t message;
        zmq_msg_init(&message);
        for (int i = 0; i < 256 && zmq_msg_recv(&message, in, ZMQ_DONTWAIT) >= 0; i++)
            zmq_msg_send(&message, jobs, 0);
        zmq_msg_close(&message);
    }
}

static void worker(const char *dir)
{
    static char entry[LINE_ENTRY_BYTES];
    void *context = zmq_ctx_new();
    void *jobs = open_socket(context, ZMQ_PULL, false, dir, "jobs");
    void *done = open_socket(context, ZMQ_PUSH, false, dir, "done");
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (;;) {
        zmq_msg_recv(&message, jobs, 0);
        zmq_send(done, entry, sizeof entry, 0);
    }
}

static void feeder(const struct line_setup *setup, const char *dir, uint64_t articles)
{
    char text[LINE_TEXT_BYTES];
    void *context = zmq_ctx_new();
    void *in = open_socket(context, ZMQ_PUSH, false, dir, "in");
    line_text_load(setup->samples);
    for (uint64_t i = 0; i < articles; i++) {
        line_text(i, text);
        zmq_send(in, text, sizeof text, 0);
    }
    pause();
}

double line_pass_through(const struct line_setup *setup, uint64_t articles)
{
    char dir[] = "/tmp/warta-pass-XXXXXX";
    pid_t child[WORKERS + 2];
    int count = 0;
    if (mkdtemp(dir) == NULL)
        line_die("mkdtemp");
    if ((child[count++] = fork()) == 0)
        hub(dir);
    for (int i = 0; i < WORKERS; i++)
        if ((child[count++] = fork()) == 0)
            worker(dir);
    void *context = zmq_ctx_new();
    void *out = open_socket(context, ZMQ_PULL, false, dir, "out");
    usleep(300000); /* all connected */
    uint64_t begun = clock_now_ns();
    if ((child[count++] = fork()) == 0)
        feeder(setup, dir, articles);
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (uint64_t i = 0; i < articles; i++)
        zmq_msg_recv(&message, out, 0);
    double seconds = (double)(clock_now_ns() - begun) / 1e9;
    for (int i = 0; i < count; i++) {
        kill(child[i], SIGKILL);
        waitpid(child[i], NULL, 0);
    }
    zmq_close(out);
    zmq_ctx_term(context);
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    if (system(command) != 0)
        line_die(command);
    return (double)articles / seconds;
}
