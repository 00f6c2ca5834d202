/* Between a broker and libzmq: a REP socket, which the broker has for nothing but
 * answering handshakes, fails at the third question. */

#include <dlfcn.h>
#include <errno.h>
#include <zmq.h>

#define QUESTIONS 3

static int questions;

/* libzmq's own, declared again: this one stands before it. */
int zmq_msg_recv(zmq_msg_t *message, void *socket, int flags)
{
    static int (*real)(zmq_msg_t *, void *, int);
    int type = -1;
    size_t len = sizeof type;
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "zmq_msg_recv");
    int rc = real(message, socket, flags);
    if (rc < 0 || zmq_getsockopt(socket, ZMQ_TYPE, &type, &len) != 0 || type != ZMQ_REP ||
        zmq_msg_more(message) || ++questions < QUESTIONS)
        return rc;
    errno = ETERM;
    return -1;
}
