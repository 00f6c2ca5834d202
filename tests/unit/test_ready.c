#include "proto/base/ready.h"
#include "tests/support/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* What a supervisor that listens at `name` ("@NAME": abstract) would hear. */
static int listen_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    memcpy(address.sun_path, name, len);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, bytes), 0);
    setenv("NOTIFY_SOCKET", name, 1);
    return fd;
}

static void assert_hears(int fd, const char *text)
{
    char heard[64] = "";
    ssize_t n = recv(fd, heard, sizeof heard - 1, 0);
    assert_int_equal(n, text ? (ssize_t)strlen(text) : -1);
    if (text)
        assert_string_equal(heard, text);
}

static void ready_is_a_newline_and_a_closed_descriptor(void **state)
{
    (void)state;
    int fd[2];
    char bytes[4];
    struct ready ready;
    assert_int_equal(pipe(fd), 0);
    ready_open(&ready, (uint64_t)fd[1]);
    assert_true(fcntl(fd[1], F_GETFD) & FD_CLOEXEC);
    ready_say(&ready);
    assert_int_equal(read(fd[0], bytes, sizeof bytes), 1);
    assert_int_equal(bytes[0], '\n');
    assert_int_equal(read(fd[0], bytes, sizeof bytes), 0);
    close(fd[0]);
    ready_stopping(&ready);
}

static void a_supervisor_hears_ready_and_stopping(void **state)
{
    (void)state;
    char *dir = check_dir_make();
    char abstract[64];
    snprintf(abstract, sizeof abstract, "@warta-test-ready-%d", (int)getpid());
    const char *const name[] = {check_path(dir, "notify"), abstract};
    for (size_t i = 0; i < 2; i++) {
        struct ready ready;
        int fd = listen_at(name[i]);
        ready_open(&ready, 0);
        assert_hears(fd, NULL);
        ready_say(&ready);
        assert_hears(fd, "READY=1");
        ready_stopping(&ready);
        assert_hears(fd, "STOPPING=1");
        ready_stopping(&ready);
        assert_hears(fd, NULL);
        close(fd);
    }
    check_dir_remove(&dir);
}

static void children_are_not_told_of_the_socket(void **state)
{
    (void)state;
    char abstract[64];
    struct ready ready;
    snprintf(abstract, sizeof abstract, "@warta-test-child-%d", (int)getpid());
    int fd = listen_at(abstract);
    ready_open(&ready, 0);
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_true(fcntl(ready.socket, F_GETFD) & FD_CLOEXEC);
    ready_close(&ready);
    close(fd);
}

static void nobody_who_listens_is_no_error(void **state)
{
    (void)state;
    const char *const name[] = {"/nowhere/notify", "relative", "@", "", "vsock:2:1234"};
    struct ready ready;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        setenv("NOTIFY_SOCKET", name[i], 1);
        ready_open(&ready, 0);
        assert_int_equal(ready.socket, -1);
        ready_say(&ready);
        ready_stopping(&ready);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ready_is_a_newline_and_a_closed_descriptor),
        cmocka_unit_test(a_supervisor_hears_ready_and_stopping),
        cmocka_unit_test(children_are_not_told_of_the_socket),
        cmocka_unit_test(nobody_who_listens_is_no_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
