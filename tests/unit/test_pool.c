#include "tests/support/check.h"

#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "proto/base/program.h"
#include "worker/pool.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* The pool runs in a process of its own; its children write a line each time they start
 * to a log that the test reads. */

#define PATIENCE_MS 10000
#define LIFE_S      20

static char *dir;

static const struct pool_options quick = {.count = 2,
                                          .ready = {-1, -1},
                                          .pause_least_ms = 10,
                                          .pause_most_ms = 100,
                                          .steady_ms = 60000};

static void log_start(uint32_t number)
{
    alarm(LIFE_S); /* a pool that fails its test leaves nobody behind */
    char line[64];
    int fd = open(check_path(dir, "log"), O_WRONLY | O_APPEND | O_CREAT, 0600);
    int len = snprintf(line, sizeof line, "%u %ld\n", number, (long)getpid());
    if (fd < 0 || write(fd, line, (size_t)len) != len)
        _exit(99);
    close(fd);
}

static unsigned count_starts(void)
{
    struct buf log = {0};
    unsigned count = 0;
    if (file_read(check_path(dir, "log"), 1 << 20, &log, NULL) == 0)
        for (size_t i = 0; i < log.len; i++)
            count += log.ptr[i] == '\n';
    buf_fini(&log);
    return count;
}

static void wait_starts(unsigned least)
{
    uint64_t until_ms = clock_now_ms() + PATIENCE_MS;
    while (count_starts() < least) {
        assert_true(clock_now_ms() < until_ms);
        usleep(2000);
    }
}

/* The pid of the last child that started. */
static pid_t last_pid(void)
{
    struct buf log = {0};
    long pid = 0;
    unsigned number = 0;
    assert_int_equal(file_read(check_path(dir, "log"), 1 << 20, &log, NULL), 0);
    const char *text = buf_cstr(&log);
    for (const char *p = text; p && *p; p = strchr(p, '\n') + 1)
        assert_int_equal(sscanf(p, "%u %ld", &number, &pid), 2);
    buf_fini(&log);
    return (pid_t)pid;
}

static pid_t start_pool(const struct pool_options *options, pool_child *child)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct err err = {0};
        int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(quiet, STDERR_FILENO);
        _exit(pool_run(options, child, NULL, &err));
    }
    return pid;
}

static int end_of(pid_t pid)
{
    int status = 0;
    uint64_t until_ms = clock_now_ms() + PATIENCE_MS;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (clock_now_ms() > until_ms) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            fail_msg("the pool does not end");
        }
        usleep(2000);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static bool is_alive(pid_t pid)
{
    return kill(pid, 0) == 0;
}

static void leave_on_signal(int signal_number)
{
    (void)signal_number;
    _exit(EXIT_DONE);
}

static int drains(void *context, uint32_t number, struct ready *ready)
{
    (void)context;
    signal(SIGTERM, leave_on_signal);
    log_start(number);
    ready_say(ready);
    while (pause() < 0)
        ;
    return 99;
}

static int ignores_all(void *context, uint32_t number, struct ready *ready)
{
    (void)context;
    (void)ready;
    signal(SIGTERM, SIG_IGN);
    log_start(number);
    while (pause() < 0)
        ;
    return 99;
}

static int fails(void *context, uint32_t number, struct ready *ready)
{
    (void)context;
    (void)ready;
    log_start(number);
    return EXIT_LATER;
}

static int hangs(void *context, uint32_t number, struct ready *ready)
{
    const struct itimerval timer = {.it_value = {.tv_usec = 20000}};
    volatile bool always = true;
    (void)context;
    (void)ready;
    log_start(number);
    setitimer(ITIMER_PROF, &timer, NULL);
    while (always)
        ;
    return 99;
}

static int is_told_to_leave(void *context, uint32_t number, struct ready *ready)
{
    (void)context;
    (void)ready;
    log_start(number);
    return EXIT_DONE;
}

static int has_wrong_settings(void *context, uint32_t number, struct ready *ready)
{
    if (number == 1)
        return EXIT_NEVER;
    return drains(context, number, ready);
}

static int set_up(void **state)
{
    (void)state;
    dir = check_dir_make();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    check_dir_remove(&dir);
    return 0;
}

static void a_term_signal_drains_the_children_and_ends_with_0(void **state)
{
    (void)state;
    pid_t pool = start_pool(&quick, drains);
    wait_starts(2);
    usleep(20000);
    kill(pool, SIGTERM);
    assert_int_equal(end_of(pool), EXIT_DONE);
    assert_int_equal(count_starts(), 2);
}

static void ready_is_said_when_all_children_are(void **state)
{
    (void)state;
    int end[2];
    char byte = 0;
    struct pool_options options = quick;
    assert_int_equal(pipe(end), 0);
    options.ready.fd = end[1];
    pid_t pool = start_pool(&options, drains);
    close(end[1]);
    assert_int_equal(read(end[0], &byte, 1), 1);
    assert_int_equal(byte, '\n');
    assert_int_equal(count_starts(), 2);
    assert_int_equal(read(end[0], &byte, 1), 0); /* and closed, by children too */
    close(end[0]);
    kill(pool, SIGTERM);
    assert_int_equal(end_of(pool), EXIT_DONE);
}

static void a_child_that_is_killed_is_started_again(void **state)
{
    (void)state;
    pid_t pool = start_pool(&quick, drains);
    wait_starts(2);
    kill(last_pid(), SIGKILL);
    wait_starts(3);
    usleep(20000);
    kill(pool, SIGTERM);
    assert_int_equal(end_of(pool), EXIT_DONE);
}

static void a_child_that_fails_at_once_is_started_ever_more_slowly(void **state)
{
    (void)state;
    struct pool_options options = quick;
    options.count = 1;
    uint64_t begun_ms = clock_now_ms();
    pid_t pool = start_pool(&options, fails);
    wait_starts(6); /* pauses of 10, 20, 40, 80 and 100 ms */
    assert_true(clock_now_ms() - begun_ms >= 250);
    kill(pool, SIGTERM);
    assert_int_equal(end_of(pool), EXIT_DONE);
}

static void a_child_that_hangs_ends_itself_and_not_the_pool(void **state)
{
    (void)state;
    struct pool_options options = quick;
    options.count = 1;
    pid_t pool = start_pool(&options, hangs);
    wait_starts(3);
    kill(pool, SIGTERM);
    assert_int_equal(end_of(pool), EXIT_DONE);
}

static void a_second_signal_kills_children_that_do_not_leave(void **state)
{
    (void)state;
    pid_t pool = start_pool(&quick, ignores_all);
    wait_starts(2);
    usleep(20000);
    kill(pool, SIGTERM);
    usleep(50000);
    assert_int_equal(waitpid(pool, NULL, WNOHANG), 0);
    kill(pool, SIGINT);
    assert_int_equal(end_of(pool), EXIT_DONE);
    assert_false(is_alive(last_pid()));
}

static void children_do_not_outlive_a_parent_that_is_killed(void **state)
{
    (void)state;
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* the orphan comes to this process */
    pid_t pool = start_pool(&quick, drains);
    wait_starts(2);
    usleep(20000);
    pid_t child = last_pid();
    kill(pool, SIGKILL);
    assert_int_equal(end_of(pool), -SIGKILL);
    uint64_t until_ms = clock_now_ms() + PATIENCE_MS;
    while (is_alive(child) && clock_now_ms() < until_ms) {
        waitpid(child, NULL, WNOHANG);
        usleep(2000);
    }
    assert_false(is_alive(child));
}

static void children_told_to_leave_stay_away_and_end_the_pool(void **state)
{
    (void)state;
    pid_t pool = start_pool(&quick, is_told_to_leave);
    assert_int_equal(end_of(pool), EXIT_DONE);
    assert_int_equal(count_starts(), 2);
}

static void wrong_settings_end_the_pool_with_100(void **state)
{
    (void)state;
    pid_t pool = start_pool(&quick, has_wrong_settings);
    assert_int_equal(end_of(pool), EXIT_NEVER);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_term_signal_drains_the_children_and_ends_with_0),
        TEST(ready_is_said_when_all_children_are),
        TEST(a_child_that_is_killed_is_started_again),
        TEST(a_child_that_fails_at_once_is_started_ever_more_slowly),
        TEST(a_child_that_hangs_ends_itself_and_not_the_pool),
        TEST(a_second_signal_kills_children_that_do_not_leave),
        TEST(children_do_not_outlive_a_parent_that_is_killed),
        TEST(children_told_to_leave_stay_away_and_end_the_pool),
        TEST(wrong_settings_end_the_pool_with_100),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
