#include "tests/support/check.h"

#include "proto/wire/key.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_file(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void an_error_keeps_its_code_where_nobody_wants_the_text(void **state)
{
    char *dir = check_dir_make();
    char out[KEY_TEXT_BYTES];
    struct key key;
    struct buf buf = {0};
    (void)state;
    write_file(check_path(dir, "key"), "too short", 0600);
    assert_int_equal(key_read_public(check_path(dir, "key"), out, NULL), ERR_FORMAT);
    assert_int_equal(key_read_secret(check_path(dir, "key"), &key, NULL), ERR_FORMAT);
    assert_int_equal(key_read_trusted(check_path(dir, "key"), 8, &buf, NULL), ERR_LIMIT);
    write_file(check_path(dir, "key"), "too short", 0666);
    assert_int_equal(key_read_public(check_path(dir, "key"), out, NULL), ERR_DENIED);
    assert_int_equal(key_read_trusted(check_path(dir, "key"), 99, &buf, NULL),
                     ERR_DENIED);
    buf_fini(&buf);
    check_dir_remove(&dir);
}

/* "too short" is what it answers when it has read the file. */
static void a_group_may_read_secrets_of_root_only(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); /* files of root are wanted */
    const gid_t group = 65534;
    char *dir = check_dir_make(), path[256];
    struct key key;
    snprintf(path, sizeof path, "%s", check_path(dir, "key"));
    assert_int_equal(chmod(dir, 0711), 0);
    write_file(path, "too short", 0440);
    assert_int_equal(chown(path, 0, group), 0);
    assert_int_equal(key_read_secret(path, &key, NULL), ERR_DENIED); /* root's own */
    assert_int_equal(setegid(group), 0);
    assert_int_equal(seteuid(65534), 0);
    assert_int_equal(key_read_secret(path, &key, NULL), ERR_FORMAT);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(seteuid(65534), 0);
    assert_int_equal(key_read_secret(path, &key, NULL), ERR_DENIED);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(path, 0440), 0);
    assert_int_equal(chown(path, 65534, group), 0);
    assert_int_equal(seteuid(65534), 0);
    assert_int_equal(key_read_secret(path, &key, NULL), ERR_DENIED);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(setegid(0), 0);
    check_dir_remove(&dir);
}

static void a_ring_has_a_key_a_line(void **state)
{
    (void)state;
    char *dir = check_dir_make();
    char one[KEY_TEXT_BYTES], two[KEY_TEXT_BYTES], ring[KEY_RING][KEY_TEXT_BYTES];
    char text[KEY_RING * 2 * KEY_TEXT_BYTES];
    struct err err = {0};
    assert_ok(key_make(dir, "one", one, &err), &err);
    assert_ok(key_make(dir, "two", two, &err), &err);
    assert_int_equal(key_read_ring(check_path(dir, "one.public"), ring, &err), 1);
    assert_string_equal(ring[0], one);
    snprintf(text, sizeof text, "%s\n%s\n\n", one, two);
    write_file(check_path(dir, "ring"), text, 0600);
    assert_int_equal(key_read_ring(check_path(dir, "ring"), ring, &err), 2);
    assert_string_equal(ring[0], one);
    assert_string_equal(ring[1], two);
    snprintf(text, sizeof text, "%s\n%s\n%s\n%s\n%s\n", one, two, one, two, one);
    write_file(check_path(dir, "ring"), text, 0600);
    assert_int_equal(key_read_ring(check_path(dir, "ring"), ring, &err), ERR_LIMIT);
    snprintf(text, sizeof text, "%s\nnonsense\n", one);
    write_file(check_path(dir, "ring"), text, 0600);
    assert_int_equal(key_read_ring(check_path(dir, "ring"), ring, &err), ERR_FORMAT);
    write_file(check_path(dir, "ring"), "", 0600);
    assert_int_equal(key_read_ring(check_path(dir, "ring"), ring, &err), ERR_FORMAT);
    check_dir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_keeps_its_code_where_nobody_wants_the_text),
        cmocka_unit_test(a_group_may_read_secrets_of_root_only),
        cmocka_unit_test(a_ring_has_a_key_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
