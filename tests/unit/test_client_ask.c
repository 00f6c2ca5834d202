#include "tests/unit/fake_broker.h"

#include "proto/client/ask.h"

#include <pthread.h>

static void *answer_admin(void *context)
{
    struct fake *fake = context;
    for (int i = 0; i < 2; i++) {
        zmq_pollitem_t item = {fake->socket, 0, ZMQ_POLLIN, 0};
        zmq_poll(&item, 1, 2000);
        if (frames_recv(fake->socket, &fake->in, NULL) != 1)
            return NULL;
        bool known = str_is(frames_get(&fake->in, 1), "status");
        fake_say(fake, known ? "OK" : "ERROR",
                 known ? STR("version 1\n") : STR("usage: no such command"), STR_NONE,
                 STR_NONE);
    }
    return NULL;
}

static void a_request_is_answered_refused_or_times_out(void **state)
{
    struct fake *fake = *state;
    const struct ask_options hasty = {.base = fake->base, .wait_ms = 50};
    const struct ask_options patient = {.base = fake->base, .wait_ms = 2000};
    struct buf answer = {0};
    struct err err = {0};
    pthread_t thread;
    assert_int_equal(ask(&hasty, STR("status"), &answer, &err), ERR_TIMEOUT);
    fake_start(fake, FRAME_ADMIN);
    assert_int_equal(pthread_create(&thread, NULL, answer_admin, fake), 0);
    assert_ok(ask(&patient, STR("status"), &answer, &err), &err);
    assert_str(buf_str(&answer), "version 1\n");
    assert_int_equal(ask(&patient, STR("what"), &answer, &err), ERR_USAGE);
    assert_string_equal(err.text, "no such command");
    pthread_join(thread, NULL);
    buf_fini(&answer);
    fake_stop(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(a_request_is_answered_refused_or_times_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
