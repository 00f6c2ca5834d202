#include "tests/support/check.h"

#include "broker/trust.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void check_address(const char *listen, const char *key, const char *allow,
                          bool insecure, const char *why)
{
    struct settings settings = {
        .listen = listen, .key = key, .allow = allow, .insecure_loopback = insecure};
    struct err err = {0};
    int rc = trust_check_address(&settings, &err);
    if (why == NULL) {
        assert_ok(rc, &err);
        return;
    }
    assert_int_equal(rc, ERR_USAGE);
    assert_has(err.text, why);
}

static void tcp_needs_keys_save_where_loopback_is_asked_for(void **state)
{
    (void)state;
    check_address("ipc:///tmp/x", NULL, NULL, false, NULL);
    check_address("tcp://0.0.0.0:7400", "k", "a", false, NULL);
    check_address("tcp://127.0.0.1:7400", NULL, NULL, true, NULL);
    check_address("tcp://127.0.0.1:7400", NULL, NULL, false, "--insecure-loopback");
    check_address("tcp://0.0.0.0:7400", NULL, NULL, true, "TCP needs keys");
    check_address("tcp://localhost.example:7400", NULL, NULL, true, "TCP needs keys");
    check_address("ipc:///tmp/x", "k", NULL, false, "--allow FILE is missing");
    check_address("ipc:///tmp/x", NULL, "a", false, "--key FILE is missing");
}

static void connections_need_descriptors(void **state)
{
    (void)state;
    struct settings settings = {.connections = 4};
    struct err err = {0};
    assert_ok(trust_check_descriptors(&settings, &err), &err);
    struct rlimit old, low, now;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    low = old;
    low.rlim_cur = 300;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    assert_ok(trust_check_descriptors(&settings, &err), &err);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
    uint64_t want = trust_descriptors(&settings) + 16384; /* some to spare */
    assert_int_equal(now.rlim_cur, want < old.rlim_max ? want : old.rlim_max);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    settings.connections = UINT64_C(1) << 40;
    assert_int_equal(trust_check_descriptors(&settings, &err), ERR_USAGE);
    assert_has(err.text, "LimitNOFILE");
}

static void a_directory_of_sockets_is_closed_to_others(void **state)
{
    (void)state;
    static const mode_t open_ones[] = {0777, 0755, 0770, 0701, 0720};
    struct err err = {0};
    char *dir = check_dir_make();
    assert_ok(trust_check_directory(dir, &err), &err);
    chmod(dir, 0750);
    assert_ok(trust_check_directory(dir, &err), &err);
    for (size_t i = 0; i < sizeof open_ones / sizeof *open_ones; i++) {
        chmod(dir, open_ones[i]);
        assert_int_equal(trust_check_directory(dir, &err), ERR_DENIED);
    }
    chmod(dir, 0700);
    assert_true(trust_check_directory("/nonexistent/x", &err) < 0);
    check_dir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_needs_keys_save_where_loopback_is_asked_for),
        cmocka_unit_test(connections_need_descriptors),
        cmocka_unit_test(a_directory_of_sockets_is_closed_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
