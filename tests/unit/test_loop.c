#include "tests/support/check.h"

#include "proto/base/clock.h"
#include "proto/base/loop.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

struct seen {
    struct loop *loop;
    int fd, other_fd;
    void *socket;
    int calls, ticks, signals, last_signal;
};

static int ready_event(void)
{
    return eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
}

static uint64_t stop_after_five(void *context)
{
    struct seen *seen = context;
    if (++seen->ticks == 5)
        loop_stop(seen->loop);
    return 0;
}

static void count_call(void *context)
{
    ((struct seen *)context)->calls++;
}

static void a_ready_descriptor_is_called_every_turn_until_read(void **state)
{
    (void)state;
    struct seen seen = {.loop = loop_new(), .fd = ready_event()};
    struct err err = {0};
    loop_add_fd(seen.loop, seen.fd, count_call, &seen);
    assert_ok(loop_run(seen.loop, stop_after_five, &seen, &err), &err);
    assert_int_equal(seen.calls, 5);
    assert_int_equal(seen.ticks, 5);
    close(seen.fd);
    loop_free(&seen.loop);
    assert_null(seen.loop);
    loop_free(&seen.loop);
}

static void delete_both(void *context)
{
    struct seen *seen = context;
    seen->calls++;
    loop_del_fd(seen->loop, seen->fd);
    loop_del_fd(seen->loop, seen->other_fd);
}

static void a_handler_may_delete_itself_and_the_next(void **state)
{
    (void)state;
    struct seen seen = {
        .loop = loop_new(), .fd = ready_event(), .other_fd = ready_event()};
    struct err err = {0};
    loop_add_fd(seen.loop, seen.fd, delete_both, &seen);
    loop_add_fd(seen.loop, seen.other_fd, delete_both, &seen);
    assert_ok(loop_run(seen.loop, stop_after_five, &seen, &err), &err);
    assert_int_equal(seen.calls, 1);
    close(seen.fd);
    close(seen.other_fd);
    loop_free(&seen.loop);
}

static void add_many(void *context)
{
    struct seen *seen = context;
    loop_del_fd(seen->loop, seen->fd);
    for (int i = 0; i < 100; i++) /* more than the first room for entries */
        loop_add_fd(seen->loop, 100000 + i, count_call, seen);
    for (int i = 0; i < 100; i++)
        loop_del_fd(seen->loop, 100000 + i);
    loop_add_fd(seen->loop, seen->other_fd, count_call, seen);
}

static void a_handler_may_add_which_counts_from_the_next_turn(void **state)
{
    (void)state;
    struct seen seen = {
        .loop = loop_new(), .fd = ready_event(), .other_fd = ready_event()};
    struct err err = {0};
    loop_add_fd(seen.loop, seen.fd, add_many, &seen);
    assert_ok(loop_run(seen.loop, stop_after_five, &seen, &err), &err);
    assert_int_equal(seen.calls, 4);
    close(seen.fd);
    close(seen.other_fd);
    loop_free(&seen.loop);
}

static void receive_one(void *context)
{
    struct seen *seen = context;
    char byte;
    assert_int_equal(zmq_recv(seen->socket, &byte, 1, ZMQ_DONTWAIT), 1);
    if (++seen->calls == 3)
        loop_stop(seen->loop);
}

static uint64_t wait_long(void *context)
{
    ((struct seen *)context)->ticks++;
    return 5000;
}

static void a_socket_with_several_messages_is_called_again(void **state)
{
    (void)state;
    void *zmq = zmq_ctx_new(), *push = zmq_socket(zmq, ZMQ_PUSH);
    struct seen seen = {.loop = loop_new(), .socket = zmq_socket(zmq, ZMQ_PULL)};
    struct err err = {0};
    zmq_bind(seen.socket, "inproc://loop");
    zmq_connect(push, "inproc://loop");
    for (int i = 0; i < 3; i++)
        zmq_send(push, "x", 1, 0);
    loop_add_socket(seen.loop, seen.socket, receive_one, &seen);
    assert_ok(loop_run(seen.loop, wait_long, &seen, &err), &err);
    assert_int_equal(seen.calls, 3);
    loop_free(&seen.loop);
    zmq_close(push);
    zmq_close(seen.socket);
    zmq_ctx_term(zmq);
}

static uint64_t resume_at_four(void *context)
{
    struct seen *seen = context;
    if (++seen->ticks == 4) {
        assert_int_equal(seen->calls, 0);
        loop_watch_socket(seen->loop, seen->socket, true);
    }
    if (seen->ticks == 6)
        loop_stop(seen->loop);
    return 10;
}

static void a_paused_socket_is_not_called_until_resumed(void **state)
{
    (void)state;
    void *zmq = zmq_ctx_new(), *push = zmq_socket(zmq, ZMQ_PUSH);
    struct seen seen = {.loop = loop_new(), .socket = zmq_socket(zmq, ZMQ_PULL)};
    struct err err = {0};
    zmq_bind(seen.socket, "inproc://loop");
    zmq_connect(push, "inproc://loop");
    zmq_send(push, "x", 1, 0);
    loop_add_socket(seen.loop, seen.socket, receive_one, &seen);
    loop_watch_socket(seen.loop, seen.socket, false);
    uint64_t begin_ms = clock_now_ms();
    assert_ok(loop_run(seen.loop, resume_at_four, &seen, &err), &err);
    assert_int_equal(seen.calls, 1);
    assert_true(clock_now_ms() - begin_ms >= 25); /* waited, and did not spin */
    loop_free(&seen.loop);
    zmq_close(push);
    zmq_close(seen.socket);
    zmq_ctx_term(zmq);
}

static void count_signal(void *context, int signal_number)
{
    struct seen *seen = context;
    seen->signals++;
    seen->last_signal = signal_number;
    loop_stop(seen->loop);
}

static void a_signal_arrives_as_a_call(void **state)
{
    (void)state;
    struct seen seen = {.loop = loop_new()};
    struct err err = {0};
    const int wanted[] = {SIGUSR1, SIGTERM};
    assert_ok(loop_signals(seen.loop, wanted, 2, count_signal, &seen, &err), &err);
    raise(SIGTERM);
    assert_ok(loop_run(seen.loop, wait_long, &seen, &err), &err);
    assert_int_equal(seen.signals, 1);
    assert_int_equal(seen.last_signal, SIGTERM);
    loop_free(&seen.loop);
}

static void note(int signal_number)
{
    (void)signal_number;
}

static void *interrupt(void *context)
{
    usleep(20000);
    pthread_kill(*(pthread_t *)context, SIGUSR2);
    return NULL;
}

static uint64_t stop_at_two(void *context)
{
    struct seen *seen = context;
    if (++seen->ticks == 2)
        loop_stop(seen->loop);
    return 10000;
}

static void an_interrupted_poll_is_no_error(void **state)
{
    (void)state;
    struct seen seen = {.loop = loop_new(), .fd = eventfd(0, EFD_CLOEXEC)};
    struct sigaction action = {.sa_handler = note};
    struct err err = {0};
    pthread_t self = pthread_self(), other;
    sigaction(SIGUSR2, &action, NULL);
    loop_add_fd(seen.loop, seen.fd, count_call, &seen);
    pthread_create(&other, NULL, interrupt, &self);
    assert_ok(loop_run(seen.loop, stop_at_two, &seen, &err), &err);
    pthread_join(other, NULL);
    assert_int_equal(seen.calls, 0);
    close(seen.fd);
    loop_free(&seen.loop);
}

static void nothing_to_wait_for_is_an_error(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct err err = {0};
    assert_int_equal(loop_run(loop, NULL, NULL, &err), ERR_STATE);
    loop_stop(loop);
    assert_ok(loop_run(loop, NULL, NULL, &err), &err);
    loop_free(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ready_descriptor_is_called_every_turn_until_read),
        cmocka_unit_test(a_handler_may_delete_itself_and_the_next),
        cmocka_unit_test(a_handler_may_add_which_counts_from_the_next_turn),
        cmocka_unit_test(a_socket_with_several_messages_is_called_again),
        cmocka_unit_test(a_paused_socket_is_not_called_until_resumed),
        cmocka_unit_test(a_signal_arrives_as_a_call),
        cmocka_unit_test(an_interrupted_poll_is_no_error),
        cmocka_unit_test(nothing_to_wait_for_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
