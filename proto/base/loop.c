/* Entries live in one array. Handlers may add and delete while ready ones are being
 * called: a deleted entry is only marked, and swept when the turn is over; an added one
 * is first polled in the next turn. */

#include "proto/base/loop.h"
#include "proto/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <zmq.h>

/* An hour: longer waits overflow microseconds inside libzmq; an idle turn harms nobody.
 */
#define LOOP_MOST_MS 3600000u
#define LOOP_LEAST   16

struct entry {
    void *socket; /* NULL for a descriptor */
    int fd;
    loop_ready *ready;
    loop_signal *signal; /* set for a signalfd, which the loop owns */
    void *context;
    bool on, gone;
};

struct loop {
    struct entry *entry;
    size_t count, cap;
    zmq_pollitem_t *item; /* of the entries that are on, rebuilt every turn */
    size_t *item_entry;   /* item_entry[i]: entry of item[i] */
    size_t item_cap;
    bool stop;
};

struct loop *loop_new(void)
{
    return mem_zero(1, sizeof(struct loop));
}

void loop_free(struct loop **loop)
{
    struct loop *l = *loop;
    if (l == NULL)
        return;
    for (size_t i = 0; i < l->count; i++)
        if (l->entry[i].signal)
            close(l->entry[i].fd);
    mem_free(l->entry);
    mem_free(l->item);
    mem_free(l->item_entry);
    mem_free(l);
    *loop = NULL;
}

static void add(struct loop *loop, struct entry entry)
{
    if (loop->count == loop->cap) {
        loop->cap = loop->cap ? loop->cap * 2 : LOOP_LEAST;
        loop->entry = mem_grow(loop->entry, loop->cap, sizeof *loop->entry);
    }
    entry.on = true;
    loop->entry[loop->count++] = entry;
}

static struct entry *find(struct loop *loop, void *socket, int fd)
{
    for (size_t i = 0; i < loop->count; i++) {
        struct entry *e = &loop->entry[i];
        if (!e->gone && e->socket == socket && e->fd == fd)
            return e;
    }
    return NULL;
}

void loop_add_socket(struct loop *loop, void *zmq_socket, loop_ready *ready,
                     void *context)
{
    assert(zmq_socket && find(loop, zmq_socket, -1) == NULL);
    add(loop, (struct entry){
                  .socket = zmq_socket, .fd = -1, .ready = ready, .context = context});
}

void loop_add_fd(struct loop *loop, int fd, loop_ready *ready, void *context)
{
    assert(fd >= 0 && find(loop, NULL, fd) == NULL);
    add(loop, (struct entry){.fd = fd, .ready = ready, .context = context});
}

void loop_del_socket(struct loop *loop, void *zmq_socket)
{
    struct entry *e = find(loop, zmq_socket, -1);
    if (e)
        e->gone = true;
}

void loop_del_fd(struct loop *loop, int fd)
{
    struct entry *e = find(loop, NULL, fd);
    if (e)
        e->gone = true;
}

void loop_watch_socket(struct loop *loop, void *zmq_socket, bool on)
{
    struct entry *e = find(loop, zmq_socket, -1);
    assert(e);
    if (e)
        e->on = on;
}

int loop_signals(struct loop *loop, const int *signals, int count, loop_signal *handler,
                 void *context, struct err *err)
{
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++)
        sigaddset(&set, signals[i]);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        return err_system(err, "signalfd");
    errno = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (errno != 0) {
        close(fd);
        return err_system(err, "pthread_sigmask");
    }
    add(loop, (struct entry){.fd = fd, .signal = handler, .context = context});
    return 0;
}

static void sweep(struct loop *loop)
{
    size_t kept = 0;
    for (size_t i = 0; i < loop->count; i++)
        if (!loop->entry[i].gone)
            loop->entry[kept++] = loop->entry[i];
    loop->count = kept;
}

static int collect(struct loop *loop)
{
    size_t n = 0;
    if (loop->item_cap < loop->count) {
        loop->item_cap = loop->cap;
        loop->item = mem_grow(loop->item, loop->item_cap, sizeof *loop->item);
        loop->item_entry =
            mem_grow(loop->item_entry, loop->item_cap, sizeof *loop->item_entry);
    }
    for (size_t i = 0; i < loop->count; i++) {
        const struct entry *e = &loop->entry[i];
        if (!e->on)
            continue;
        loop->item[n] =
            (zmq_pollitem_t){.socket = e->socket, .fd = e->fd, .events = ZMQ_POLLIN};
        loop->item_entry[n++] = i;
    }
    return (int)n;
}

/* The copy is taken since a handler may grow the array under it. */
static void call(struct loop *loop, size_t at)
{
    struct entry e = loop->entry[at];
    if (e.gone || !e.on)
        return;
    if (e.signal == NULL) {
        e.ready(e.context);
        return;
    }
    struct signalfd_siginfo info;
    while (read(e.fd, &info, sizeof info) == (ssize_t)sizeof info)
        e.signal(e.context, (int)info.ssi_signo);
}

static long poll_ms(uint64_t wait_ms)
{
    if (wait_ms == LOOP_IDLE)
        return -1;
    return (long)(wait_ms < LOOP_MOST_MS ? wait_ms : LOOP_MOST_MS);
}

static int turn(struct loop *loop, uint64_t wait_ms, struct err *err)
{
    int count = collect(loop);
    if (count == 0 && wait_ms == LOOP_IDLE)
        return err_set(err, ERR_STATE, "the loop has nothing to wait for");
    if (zmq_poll(loop->item, count, poll_ms(wait_ms)) < 0) {
        if (errno == EINTR)
            return 0; /* nothing is known to be ready; the tick still runs */
        return err_set(err, ERR_SYSTEM, "zmq_poll: %s", zmq_strerror(errno));
    }
    for (int i = 0; i < count; i++)
        if (loop->item[i].revents)
            call(loop, loop->item_entry[i]);
    return 0;
}

int loop_run(struct loop *loop, loop_tick *tick, void *context, struct err *err)
{
    uint64_t wait_ms = tick ? 0 : LOOP_IDLE; /* the first tick tells how long */
    int result = 0;
    while (!loop->stop && result == 0) {
        result = turn(loop, wait_ms, err);
        sweep(loop);
        if (result == 0 && tick)
            wait_ms = tick(context);
        sweep(loop);
    }
    loop->stop = false;
    return result;
}

void loop_stop(struct loop *loop)
{
    loop->stop = true;
}
