#include "tests/unit/fake_broker.h"

#include "proto/base/clock.h"

#include <stdio.h>

void fake_start(struct fake *fake, enum frame_endpoint which)
{
    char endpoint[256];
    struct err err = {0};
    fake->context = zmq_ctx_new();
    fake->socket = frame_socket(fake->context, ZMQ_ROUTER, 1000, &err);
    assert_ok(frame_endpoint(fake->base, which, endpoint, &err), &err);
    assert_int_equal(zmq_bind(fake->socket, endpoint), 0);
}

void fake_stop(struct fake *fake)
{
    zmq_close(fake->socket);
    zmq_ctx_term(fake->context);
}

int fake_make(void **state)
{
    struct fake *fake = test_calloc(1, sizeof *fake);
    fake->dir = check_dir_make();
    snprintf(fake->base, sizeof fake->base, "ipc://%s", fake->dir);
    frames_init(&fake->in);
    arena_init(&fake->arena, 1 << 20);
    *state = fake;
    return 0;
}

int fake_end(void **state)
{
    struct fake *fake = *state;
    frames_clear(&fake->in);
    arena_fini(&fake->arena);
    buf_fini(&fake->buf);
    check_dir_remove(&fake->dir);
    test_free(fake);
    return 0;
}

bool fake_hears(struct fake *fake, const char *command, int wait_ms)
{
    uint64_t until = clock_now_ms() + (uint64_t)wait_ms;
    for (;;) {
        zmq_pollitem_t item = {fake->socket, 0, ZMQ_POLLIN, 0};
        uint64_t now = clock_now_ms();
        zmq_poll(&item, 1, now < until ? (long)(until - now) : 0);
        if (frames_recv(fake->socket, &fake->in, NULL) <= 0)
            return false;
        if (str_is(frames_get(&fake->in, 1), command))
            return true;
        if (!str_is(frames_get(&fake->in, 1), "BEAT"))
            return false;
    }
}

void fake_say(struct fake *fake, const char *command, struct str head, struct str first,
              struct str second)
{
    struct frames out;
    struct err err = {0};
    frames_init(&out);
    frames_add(&out, frames_get(&fake->in, 0));
    frames_add_text(&out, command);
    if (head.ptr)
        frames_add(&out, head);
    if (first.ptr)
        frames_add(&out, first);
    if (second.ptr)
        frames_add(&out, second);
    assert_ok(frames_send(fake->socket, &out, &err) == 1 ? 0 : ERR_GONE, &err);
    frames_clear(&out);
}

struct str fake_pack(struct fake *fake, const struct record_table *table,
                     const void *head)
{
    buf_clear(&fake->buf);
    record_encode(table, head, &fake->buf);
    return buf_str(&fake->buf);
}

void fake_say_hello(struct fake *fake, uint64_t dead_ms, uint64_t last)
{
    fake_say_hello_of(fake, NULL, dead_ms, last);
}

void fake_say_hello_of(struct fake *fake, const char *broker, uint64_t dead_ms,
                       uint64_t last)
{
    struct message_hello hello;
    record_init(&message_hello_table, &hello);
    hello.v = 1;
    if (broker)
        hello.broker = str_of(broker);
    hello.beat_ms = dead_ms / 3;
    hello.dead_ms = dead_ms;
    hello.last = last;
    fake_say(fake, "HELLO", fake_pack(fake, &message_hello_table, &hello), STR_NONE,
             STR_NONE);
}
