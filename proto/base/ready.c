#include "proto/base/ready.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Connected to the socket of that name ("@NAME": abstract), or -1. */
static int connect_to(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    if (len < 2 || len >= sizeof address.sun_path || (name[0] != '/' && name[0] != '@'))
        return -1;
    memcpy(address.sun_path, name, len);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, bytes) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* What cannot be written is let go: a reader that is gone does not want to know. By
 * write, which sandboxes allow where they allow no sockets. */
static void say(int fd, const char *text)
{
    ssize_t put;
    if (fd < 0)
        return;
    do
        put = write(fd, text, strlen(text));
    while (put < 0 && errno == EINTR);
}

static void drop(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void ready_open(struct ready *ready, uint64_t fd)
{
    const char *name = getenv("NOTIFY_SOCKET");
    *ready = (struct ready){-1, -1};
    if (fd) {
        ready->fd = (int)fd;
        fcntl(ready->fd, F_SETFD, FD_CLOEXEC);
    }
    if (name) {
        ready->socket = connect_to(name);
        unsetenv("NOTIFY_SOCKET");
    }
}

void ready_say(struct ready *ready)
{
    say(ready->fd, "\n");
    drop(&ready->fd);
    say(ready->socket, "READY=1");
}

void ready_stopping(struct ready *ready)
{
    say(ready->socket, "STOPPING=1");
    ready_close(ready);
}

void ready_close(struct ready *ready)
{
    drop(&ready->fd);
    drop(&ready->socket);
}
