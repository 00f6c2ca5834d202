#include "tests/support/check.h"

#include "broker/budget.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void the_door_shuts_before_the_end_and_opens_with_room(void **state)
{
    struct budget b;
    (void)state;
    budget_open(&b, 700);
    assert_int_equal(budget_judge(&b, 540), BUDGET_SAME);
    assert_int_equal(budget_judge(&b, 541), BUDGET_SHUT);
    assert_int_equal(budget_judge(&b, 690), BUDGET_SAME);
    assert_int_equal(budget_judge(&b, 380), BUDGET_SAME);
    assert_int_equal(b.metrics.shut.value, 1);
    assert_int_equal(budget_judge(&b, 379), BUDGET_OPEN);
    assert_int_equal(budget_judge(&b, 379), BUDGET_SAME);
    assert_int_equal(b.metrics.shuts.value, 1);
    budget_close(&b);
}

static void open_descriptors_are_counted_without_opening_one(void **state)
{
    struct budget b;
    (void)state;
    budget_open(&b, 100000);
    budget_look(&b, 0);
    uint64_t before = b.metrics.open_fds.value;
    int fd = open("/dev/null", O_RDONLY);
    budget_look(&b, 1);
    assert_int_equal(b.metrics.open_fds.value, before); /* not yet time */
    budget_look(&b, BUDGET_LOOK_MS);
    assert_int_equal(b.metrics.open_fds.value, before + 1);
    close(fd);
    budget_close(&b);
}

static void the_limit_of_the_process_counts_if_it_is_lower(void **state)
{
    struct budget b;
    (void)state;
    budget_open(&b, UINT64_MAX);
    assert_true(b.metrics.limit_fds.value < UINT64_MAX);
    budget_close(&b);
}

static int listen_at(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

/* Fewer than are open, or enough: what the next look finds. */
static void look(struct budget *b, uint64_t limit, uint64_t now_ms)
{
    b->metrics.limit_fds.value = limit;
    budget_look(b, now_ms);
}

static void a_local_socket_has_no_name_while_the_door_is_shut(void **state)
{
    struct budget b;
    char *dir = check_dir_make();
    const char *path = check_path(dir, "feed"), *aside = check_path(dir, "feed.shut");
    (void)state;
    int fd = listen_at(path);
    budget_open(&b, 100000);
    look(&b, 1, 1000);
    assert_int_equal(access(path, F_OK), -1);
    look(&b, 100000, 2000);
    assert_int_equal(access(path, F_OK), 0);
    look(&b, 1, 3000);
    int anew = listen_at(path); /* bound anew meanwhile: it is hidden at the next look */
    look(&b, 1, 4000);
    assert_int_equal(access(path, F_OK), -1);
    close(fd);
    look(&b, 100000, 5000);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(access(aside, F_OK), -1);
    look(&b, 1, 6000);
    budget_close(&b); /* at the end names are as they were */
    assert_int_equal(access(path, F_OK), 0);
    close(anew);
    check_dir_remove(&dir);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_door_shuts_before_the_end_and_opens_with_room),
        cmocka_unit_test(open_descriptors_are_counted_without_opening_one),
        cmocka_unit_test(a_local_socket_has_no_name_while_the_door_is_shut),
        cmocka_unit_test(the_limit_of_the_process_counts_if_it_is_lower),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
