#include "worker/sink/web_host.h"

#include <arpa/inet.h>
#include <assert.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 128

struct hosts {
    struct str host;
    int count;
};

static enum MHD_Result add_host(void *context, enum MHD_ValueKind kind, const char *name,
                                const char *value)
{
    struct hosts *hosts = context;
    (void)kind;
    if (strcasecmp(name, "Host") == 0) {
        hosts->host = str_of(value ? value : "");
        hosts->count++;
    }
    return MHD_YES;
}

static bool is_port(struct str s)
{
    uint64_t port;
    return str_to_u64(s, &port) && port <= 65535;
}

/* The name alone; absent where the port is none. */
static struct str without_port(struct str host)
{
    size_t at = host.len;
    if (host.len && host.ptr[0] == '[') {
        size_t close = str_find(host, STR("]"));
        if (close == (size_t)-1)
            return STR_NONE;
        at = close + 1;
    } else {
        size_t colon = str_find(host, STR(":"));
        if (colon != (size_t)-1)
            at = colon;
    }
    if (at < host.len && (host.ptr[at] != ':' || !is_port(str_from(host, at + 1))))
        return STR_NONE;
    return str_slice(host, 0, at);
}

static bool is_address(struct str name)
{
    char text[64];
    unsigned char bytes[16];
    bool six = name.len > 2 && name.ptr[0] == '[' && name.ptr[name.len - 1] == ']';
    if (six)
        name = str_slice(name, 1, name.len - 1);
    if (name.len >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", STR_ARG(name));
    return inet_pton(six ? AF_INET6 : AF_INET, text, bytes) == 1;
}

bool web_host_is_ours(struct str host, const struct option_list *names)
{
    struct str name = without_port(host);
    if (name.len == 0)
        return false;
    if (is_address(name) ||
        (name.len == 9 && strncasecmp(name.ptr, "localhost", name.len) == 0))
        return true;
    for (size_t i = 0; names && i < names->count; i++)
        if (strlen(names->item[i]) == name.len &&
            strncasecmp(name.ptr, names->item[i], name.len) == 0)
            return true;
    return false;
}

int web_host_check(struct MHD_Connection *connection, const struct option_list *names)
{
    struct hosts hosts = {STR_NONE, 0};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, add_host, &hosts);
    if (hosts.count != 1)
        return ERR_FORMAT;
    return web_host_is_ours(hosts.host, names) ? 0 : ERR_DENIED;
}

/* ---- listening ---- */

static int resolve(const char *text, struct addrinfo **out, struct err *err)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
    const char *colon = strrchr(text, ':');
    char host[64];
    struct str name = str_make(text, colon ? (size_t)(colon - text) : 0);
    if (name.len > 2 && name.ptr[0] == '[' && name.ptr[name.len - 1] == ']')
        name = str_slice(name, 1, name.len - 1);
    snprintf(host, sizeof host, "%.*s", STR_ARG(name));
    if (name.len == 0 || name.len >= sizeof host || !is_port(str_of(colon + 1)) ||
        getaddrinfo(host, colon + 1, &hints, out) != 0)
        return err_set(err, ERR_USAGE,
                       "--listen takes ADDRESS:PORT, the address in numbers, not \"%s\"",
                       text);
    return 0;
}

int web_host_listen(const char *text, int *fd_out, unsigned *port_out, struct err *err)
{
    struct addrinfo *found = NULL;
    struct sockaddr_storage at = {0};
    socklen_t len = sizeof at;
    char port[8];
    int on = 1;
    int rc = resolve(text, &found, err);
    if (rc < 0)
        return rc;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) < 0)
        rc = err_system(err, "%s", text);
    freeaddrinfo(found);
    if (rc < 0) {
        if (fd >= 0)
            close(fd);
        return rc;
    }
    getnameinfo((struct sockaddr *)&at, len, NULL, 0, port, sizeof port, NI_NUMERICSERV);
    uint64_t number = 0;
    str_to_u64(str_of(port), &number);
    *port_out = (unsigned)number;
    *fd_out = fd;
    return 0;
}
