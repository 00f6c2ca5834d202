#include "tests/support/check.h"

#include "proto/wire/key.h"

#include <fcntl.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_keeps_its_code_where_nobody_wants_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
