#include "worker/gather.h"

#include "proto/base/mem.h"
#include "proto/base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct gather {
    gather_share *share;
    gather_print *print;
    void *context;
};

/* What a child sends before the texts. Both ends are one program, forked. */
struct header {
    uint64_t out_bytes, talk_bytes, count[FACT_KINDS];
    bool failed, at_end;
};

struct child {
    pid_t pid;
    int fd;
};

void piece_clear(struct piece *piece)
{
    buf_clear(&piece->out);
    buf_clear(&piece->talk);
    memset(piece->count, 0, sizeof piece->count);
    piece->failed = false;
}

void piece_fini(struct piece *piece)
{
    buf_fini(&piece->out);
    buf_fini(&piece->talk);
}

int gather_write(int fd, const void *bytes, size_t len, struct err *err)
{
    for (const char *p = bytes; len;) {
        ssize_t put = write(fd, p, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return err_system(err, "%s",
                              fd == STDOUT_FILENO ? "standard output" : "write");
        p += put;
        len -= (size_t)put;
    }
    return 0;
}

int gather_send(int fd, const struct piece *piece, bool at_end, struct err *err)
{
    struct header header;
    memset(&header, 0, sizeof header); /* its padding is written too */
    header.out_bytes = piece->out.len;
    header.talk_bytes = piece->talk.len;
    memcpy(header.count, piece->count, sizeof header.count);
    header.failed = piece->failed;
    header.at_end = at_end;
    int result = gather_write(fd, &header, sizeof header, err);
    if (result == 0)
        result = gather_write(fd, piece->out.ptr, piece->out.len, err);
    return result ? result : gather_write(fd, piece->talk.ptr, piece->talk.len, err);
}

static int start_child(const struct gather *g, struct child *child, uint64_t number,
                       struct err *err)
{
    int end[2];
    pid_t parent = getpid();
    if (pipe2(end, O_CLOEXEC) != 0)
        return err_system(err, "pipe");
    pid_t pid = fork();
    if (pid < 0) {
        close(end[0]);
        close(end[1]);
        return err_system(err, "fork");
    }
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(end[0]);
        _exit(getppid() != parent || g->share(g->context, number, end[1], err)
                  ? EXIT_LATER
                  : EXIT_DONE);
    }
    close(end[1]);
    *child = (struct child){pid, end[0]};
    return 0;
}

/* 0, or ERR_GONE where the pipe ends first. */
static int read_all(int fd, void *bytes, size_t len, struct err *err)
{
    for (char *p = bytes; len;) {
        ssize_t got = read(fd, p, len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return err_set(err, ERR_GONE, "a process that reads articles has died");
        p += got;
        len -= (size_t)got;
    }
    return 0;
}

/* 1 a piece, 0 the child is done, or negative. */
static int receive_piece(int fd, struct piece *piece, struct err *err)
{
    struct header header;
    int result = read_all(fd, &header, sizeof header, err);
    if (result != 0 || header.at_end)
        return result;
    piece_clear(piece);
    memcpy(piece->count, header.count, sizeof piece->count);
    piece->failed = header.failed;
    buf_reserve(&piece->out, header.out_bytes);
    buf_reserve(&piece->talk, header.talk_bytes);
    piece->out.len = header.out_bytes;
    piece->talk.len = header.talk_bytes;
    result = read_all(fd, piece->out.ptr, piece->out.len, err);
    if (result == 0)
        result = read_all(fd, piece->talk.ptr, piece->talk.len, err);
    return result ? result : 1;
}

static int merge(const struct gather *g, struct child *child, uint64_t count,
                 struct err *err)
{
    struct piece piece = {0};
    int result = 1;
    for (uint64_t i = 0; result == 1; i++) {
        result = receive_piece(child[i % count].fd, &piece, err);
        if (result == 1) {
            int printed = g->print(g->context, &piece, err);
            result = printed ? printed : 1;
        }
    }
    piece_fini(&piece);
    return result;
}

int gather_run(uint64_t count, gather_share *share, gather_print *print, void *context,
               struct err *err)
{
    const struct gather g = {share, print, context};
    uint64_t started = 0;
    struct child *child = mem_zero(count, sizeof *child);
    int result = 0;
    for (; started < count && result == 0; started += result == 0)
        result = start_child(&g, &child[started], started, err);
    if (result == 0)
        result = merge(&g, child, count, err);
    for (uint64_t i = 0; i < started; i++) {
        close(child[i].fd);
        if (result != 0)
            kill(child[i].pid, SIGKILL);
        while (waitpid(child[i].pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    mem_free(child);
    return result;
}
