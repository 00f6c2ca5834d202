#ifndef PROTO_BASE_LOOP_H
#define PROTO_BASE_LOOP_H

/* One thread, one poll: ZeroMQ sockets, descriptors and signals.
 *
 * loop_run turns until loop_stop. A turn: poll (at most until the tick's deadline), call
 * the handler of each ready thing, then `tick`, which does the timed work and returns how
 * many milliseconds the next poll may wait (0: do not wait; LOOP_IDLE: for ever).
 * Handlers must not block and should bound the work they do in one call.
 * Handlers and the tick may add and delete entries, their own too; a deleted one is not
 * called any more. loop_stop lets the turn finish, tick included.
 * Signals given to loop_signals are blocked, stay so (also in children: reset the mask
 * before exec), and arrive through a signalfd. Without a tick the poll waits for ever; with
 * nothing to wait for loop_run answers ERR_STATE. */

#include "proto/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define LOOP_IDLE ((uint64_t)-1)

struct loop;

typedef void loop_ready(void *context);
typedef void loop_signal(void *context, int signal_number);
typedef uint64_t loop_tick(void *context);

struct loop *loop_new(void);
void loop_free(struct loop **loop);
void loop_add_socket(struct loop *loop, void *zmq_socket, loop_ready *ready, void *context);
void loop_add_fd(struct loop *loop, int fd, loop_ready *ready, void *context);
void loop_del_socket(struct loop *loop, void *zmq_socket);
void loop_del_fd(struct loop *loop, int fd);
/* Pause or resume reading of a socket (backpressure). */
void loop_watch_socket(struct loop *loop, void *zmq_socket, bool on);
int loop_signals(struct loop *loop, const int *signals, int count, loop_signal *handler,
                 void *context, struct err *err);
int loop_run(struct loop *loop, loop_tick *tick, void *context, struct err *err);
void loop_stop(struct loop *loop);

#endif
