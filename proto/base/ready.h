#ifndef PROTO_BASE_READY_H
#define PROTO_BASE_READY_H

/* Telling who supervises this process that it is ready, and that it comes to its end.
 *
 * Two ways, each where it was asked for: a newline to a descriptor (--ready-fd, as s6
 * reads it), and datagrams to the socket that $NOTIFY_SOCKET names, READY=1 and
 * STOPPING=1 (systemd's Type=notify; sd_notify(3)). That nobody listens is no error.
 *
 * ready_open connects the socket at once, so that a sandbox may forbid sockets before
 * ready_say, and takes the variable out of the environment, so that no child speaks for
 * its parent: call it before there are threads. Neither descriptor outlives exec. */

#include <stdint.h>

struct ready {
    int fd;     /* gets a newline, or -1 */
    int socket; /* hears datagrams, or -1 */
};

/* fd is taken; 0: none. */
void ready_open(struct ready *ready, uint64_t fd);
/* Ready. The descriptor is closed, so it hears only the first call. */
void ready_say(struct ready *ready);
/* Coming to an end; what is left is closed. Further calls do nothing. */
void ready_stopping(struct ready *ready);
/* Close without a word: in children, and where nothing more is to be said. */
void ready_close(struct ready *ready);

#endif
