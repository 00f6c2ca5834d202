#include "tests/support/check.h"

#include "proto/wire/frame.h"

#include <stdio.h>
#include <stdlib.h>

struct fixture {
    void *context, *router, *dealer;
    struct frames frames;
};

static void wait_for(void *socket, short events)
{
    zmq_pollitem_t item = {socket, 0, events, 0};
    assert_true(zmq_poll(&item, 1, 2000) > 0);
}

static int make(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    struct err err = {0};
    int mute = 0;
    f->context = zmq_ctx_new();
    f->router = frame_socket(f->context, ZMQ_ROUTER, 4, &err);
    f->dealer = frame_socket(f->context, ZMQ_DEALER, 4, &err);
    zmq_setsockopt(f->router, ZMQ_LINGER, &mute, sizeof mute);
    zmq_setsockopt(f->dealer, ZMQ_LINGER, &mute, sizeof mute);
    zmq_setsockopt(f->dealer, ZMQ_ROUTING_ID, "peer", 4);
    frames_init(&f->frames);
    zmq_bind(f->router, "inproc://test");
    zmq_connect(f->dealer, "inproc://test");
    *state = f;
    return 0;
}

static int end(void **state)
{
    struct fixture *f = *state;
    frames_clear(&f->frames);
    zmq_close(f->router);
    if (f->dealer)
        zmq_close(f->dealer);
    zmq_ctx_term(f->context);
    test_free(f);
    return 0;
}

static void a_message_arrives_whole(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    assert_int_equal(frames_recv(f->router, &f->frames, &err), 0);
    frames_add_text(&f->frames, "PUT");
    frames_add(&f->frames, STR(""));
    memcpy(frames_add_space(&f->frames, 3), "abc", 3);
    assert_int_equal(frames_send(f->dealer, &f->frames, &err), 1);
    assert_int_equal(f->frames.count, 0);
    wait_for(f->router, ZMQ_POLLIN);
    assert_int_equal(frames_recv(f->router, &f->frames, &err), 1);
    assert_int_equal(f->frames.count, 4);
    assert_str(frames_get(&f->frames, 0), "peer");
    assert_str(frames_get(&f->frames, 1), "PUT");
    assert_str(frames_get(&f->frames, 2), "");
    assert_str(frames_get(&f->frames, 3), "abc");
    assert_str(frames_get(&f->frames, 4), "");
    assert_non_null(frames_get(&f->frames, 4).ptr);
    assert_str(frames_get(&f->frames, -1), "");
    assert_false(f->frames.truncated);
}

static void frames_beyond_the_limit_are_drained(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    for (int i = 0; i < LIMIT_FRAMES + 50; i++)
        zmq_send(f->dealer, "x", 1, i + 1 < LIMIT_FRAMES + 50 ? ZMQ_SNDMORE : 0);
    zmq_send(f->dealer, "next", 4, 0);
    wait_for(f->router, ZMQ_POLLIN);
    assert_int_equal(frames_recv(f->router, &f->frames, &err), 1);
    assert_true(f->frames.truncated);
    assert_int_equal(f->frames.count, LIMIT_FRAMES);
    assert_int_equal(frames_recv(f->router, &f->frames, &err), 1);
    assert_false(f->frames.truncated);
    assert_int_equal(f->frames.count, 2);
    assert_str(frames_get(&f->frames, 1), "next");
}

static void a_full_peer_is_an_answer_and_the_parts_are_kept(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    int rc = 1, sent = 0;
    zmq_send(f->dealer, "hello", 5, 0);
    wait_for(f->router, ZMQ_POLLIN);
    frames_recv(f->router, &f->frames, &err);
    frames_clear(&f->frames);
    while (rc == 1 && sent < 1000) {
        frames_add_text(&f->frames, "peer");
        frames_add_text(&f->frames, "JOB");
        rc = frames_send(f->router, &f->frames, &err);
        sent += rc == 1;
    }
    assert_int_equal(rc, 0);
    assert_int_equal(f->frames.count, 2);
    assert_str(frames_get(&f->frames, 1), "JOB");
    for (int i = 0; i < sent; i++) {
        char drop[8];
        assert_int_equal(zmq_recv(f->dealer, drop, sizeof drop, 0), 3);
    }
    wait_for(f->router, ZMQ_POLLOUT);
    for (int i = 0; i < 100 && (rc = frames_send(f->router, &f->frames, &err)) == 0; i++)
        zmq_poll(NULL, 0, 10);
    assert_int_equal(rc, 1);
}

static void a_peer_that_is_not_there_is_gone(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    frames_add_text(&f->frames, "nobody");
    frames_add_text(&f->frames, "JOB");
    assert_int_equal(frames_send(f->router, &f->frames, &err), ERR_GONE);
    assert_has(err.text, "not connected");
}

static void a_frame_above_the_limit_ends_the_connection(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    char *dir = check_dir_make(), endpoint[256], base[200];
    snprintf(base, sizeof base, "ipc://%s", dir);
    assert_ok(frame_endpoint(base, FRAME_FEED, endpoint, &err), &err);
    assert_int_equal(zmq_bind(f->router, endpoint), 0);
    void *other = zmq_socket(f->context, ZMQ_DEALER);
    int mute = 0;
    zmq_setsockopt(other, ZMQ_LINGER, &mute, sizeof mute);
    zmq_connect(other, endpoint);
    char *big = calloc(1, LIMIT_FRAME_BYTES + 1);
    zmq_send(other, big, LIMIT_FRAME_BYTES, 0);
    wait_for(f->router, ZMQ_POLLIN);
    assert_int_equal(frames_recv(f->router, &f->frames, &err), 1);
    zmq_send(other, big, LIMIT_FRAME_BYTES + 1, 0);
    zmq_pollitem_t item = {f->router, 0, ZMQ_POLLIN, 0};
    assert_int_equal(zmq_poll(&item, 1, 300), 0);
    free(big);
    zmq_close(other);
    check_dir_remove(&dir);
}

static void a_socket_serves_both_kinds_of_loopback(void **state)
{
    struct fixture *f = *state;
    static const char *const bind[] = {"tcp://127.0.0.1:*", "tcp://[::1]:*"};
    struct err err = {0};
    for (int i = 0; i < 2; i++) {
        char endpoint[256];
        size_t len = sizeof endpoint;
        if (zmq_bind(f->router, bind[i]) != 0 && i == 1)
            return; /* a machine without IPv6 */
        assert_int_equal(zmq_getsockopt(f->router, ZMQ_LAST_ENDPOINT, endpoint, &len), 0);
        void *peer = frame_socket(f->context, ZMQ_DEALER, 4, &err);
        assert_non_null(peer);
        assert_int_equal(zmq_connect(peer, endpoint), 0);
        zmq_send(peer, "x", 1, 0);
        wait_for(f->router, ZMQ_POLLIN);
        assert_int_equal(frames_recv(f->router, &f->frames, &err), 1);
        assert_str(frames_get(&f->frames, 1), "x");
        zmq_close(peer);
    }
}

static void endpoints_follow_from_the_base(void **state)
{
    (void)state;
    static const struct {
        const char *base;
        enum frame_endpoint which;
        const char *want;
    } row[] = {
        {"tcp://127.0.0.1:7400", FRAME_FEED, "tcp://127.0.0.1:7400"},
        {"tcp://127.0.0.1:7400", FRAME_WORK, "tcp://127.0.0.1:7401"},
        {"tcp://127.0.0.1:7400", FRAME_TAIL, "tcp://127.0.0.1:7402"},
        {"tcp://127.0.0.1:7400", FRAME_PUBLIC, "tcp://127.0.0.1:7403"},
        {"tcp://127.0.0.1:7400", FRAME_ADMIN, "tcp://127.0.0.1:7404"},
        {"tcp://[::1]:65531", FRAME_ADMIN, "tcp://[::1]:65535"},
        {"ipc:///run/warta", FRAME_FEED, "ipc:///run/warta/feed"},
        {"ipc:///run/warta/", FRAME_PUBLIC, "ipc:///run/warta/public"},
        {NULL, FRAME_FEED, FRAME_BASE_DEFAULT},
    };
    static const char *const wrong[] = {
        "",
        "7400",
        "tcp://",
        "tcp://127.0.0.1",
        "tcp://host:0",
        "tcp://h:x",
        "tcp://h:65532",
        "tcp://:7400",
        "ipc://",
        "udp://h:1",
        "tcp://h:1:",
        "tcp://h:-1",
        "inproc://thing",
        "ipc:///a/directory/whose/name/is/so/long/that/no/socket/in/it/could/be/bound/"
        "because/addresses/end/at/108/bytes",
        NULL};
    char out[256];
    struct err err = {0};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        assert_ok(frame_endpoint(row[i].base, row[i].which, out, &err), &err);
        assert_string_equal(out, row[i].want);
    }
    for (size_t i = 0; wrong[i]; i++)
        assert_int_equal(frame_endpoint(wrong[i], FRAME_FEED, out, &err), ERR_USAGE);
}

static void only_loopback_is_local(void **state)
{
    (void)state;
    static const char *const local[] = {"ipc:///tmp/x",      "tcp://127.0.0.1:1",
                                        "tcp://127.9.9.9:1", "tcp://[::1]:1",
                                        "tcp://localhost:1", NULL};
    static const char *const other[] = {"tcp://0.0.0.0:1",
                                        "tcp://10.0.0.1:1",
                                        "tcp://*:1",
                                        "tcp://127.evil.org:1",
                                        "tcp://128.0.0.1:1",
                                        "tcp://[::]:1",
                                        "tcp://localhost.x:1",
                                        "udp://127.0.0.1:1",
                                        "",
                                        NULL};
    for (int i = 0; local[i]; i++)
        assert_true(frame_is_local(local[i]));
    for (int i = 0; other[i]; i++)
        assert_false(frame_is_local(other[i]));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_arrives_whole),
        TEST(frames_beyond_the_limit_are_drained),
        TEST(a_full_peer_is_an_answer_and_the_parts_are_kept),
        TEST(a_peer_that_is_not_there_is_gone),
        TEST(a_frame_above_the_limit_ends_the_connection),
        TEST(a_socket_serves_both_kinds_of_loopback),
        cmocka_unit_test(endpoints_follow_from_the_base),
        cmocka_unit_test(only_loopback_is_local),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
