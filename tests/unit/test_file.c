#include "tests/support/check.h"

#include "proto/base/file.h"

#include <sys/stat.h>
#include <unistd.h>

static int make(void **state)
{
    *state = check_dir_make();
    return 0;
}

static int clean(void **state)
{
    char *dir = *state;
    check_dir_remove(&dir);
    return 0;
}

static void what_is_replaced_is_read_and_mapped(void **state)
{
    struct err err = {0};
    struct buf buf = {0};
    struct str map;
    const char *path = check_path(*state, "f");
    assert_ok(file_replace(path, STR("old"), &err), &err);
    assert_ok(file_replace(path, STR("new\0bytes"), &err), &err);
    buf_add_str(&buf, STR("before "));
    assert_ok(file_read(path, 9, &buf, &err), &err);
    assert_true(str_eq(buf_str(&buf), STR("before new\0bytes")));
    assert_ok(file_map(path, &map, &err), &err);
    assert_true(str_eq(map, STR("new\0bytes")));
    file_unmap(&map);
    assert_null(map.ptr);
    assert_int_equal(access(check_path(*state, "f.tmp"), F_OK), -1);
    buf_fini(&buf);
}

static void more_than_the_limit_is_refused_and_adds_nothing(void **state)
{
    struct err err = {0};
    struct buf buf = {0};
    const char *path = check_path(*state, "f");
    static char large[200000];
    assert_ok(file_replace(path, str_make(large, sizeof large), &err), &err);
    buf_add_char(&buf, 'x');
    assert_int_equal(file_read(path, sizeof large - 1, &buf, &err), ERR_LIMIT);
    assert_has(err.text, path);
    assert_int_equal(buf.len, 1);
    assert_ok(file_read(path, sizeof large, &buf, &err), &err);
    assert_int_equal(buf.len, sizeof large + 1);
    assert_ok(file_read("/dev/null", 0, &buf, &err), &err);
    assert_ok(file_read(path, SIZE_MAX, &buf, &err), &err);
    buf_fini(&buf);
}

static void an_empty_file_maps_to_empty(void **state)
{
    struct err err = {0};
    struct str map;
    const char *path = check_path(*state, "empty");
    assert_ok(file_replace(path, STR(""), &err), &err);
    assert_ok(file_map(path, &map, &err), &err);
    assert_str(map, "");
    file_unmap(&map);
}

static void errors_name_the_path(void **state)
{
    struct err err = {0};
    struct buf buf = {0};
    struct str map;
    const char *path = check_path(*state, "absent/file");
    assert_int_equal(file_read(path, 10, &buf, &err), ERR_SYSTEM);
    assert_has(err.text, path);
    assert_int_equal(file_map(path, &map, &err), ERR_SYSTEM);
    assert_has(err.text, path);
    assert_int_equal(file_replace(path, STR("x"), &err), ERR_SYSTEM);
    assert_has(err.text, path);
    assert_int_equal(file_map(*state, &map, &err), ERR_USAGE);
    assert_int_equal(file_read(*state, 10, &buf, &err), ERR_SYSTEM);
    buf_fini(&buf);
}

static void a_link_in_place_of_the_temporary_file_is_not_followed(void **state)
{
    struct err err = {0};
    const char *victim = check_path(*state, "victim");
    assert_ok(file_replace(victim, STR("kept"), &err), &err);
    assert_int_equal(symlink(victim, check_path(*state, "f.tmp")), 0);
    assert_int_equal(file_replace(check_path(*state, "f"), STR("x"), &err), ERR_SYSTEM);
    struct buf buf = {0};
    assert_ok(file_read(victim, 10, &buf, &err), &err);
    assert_str(buf_str(&buf), "kept");
    buf_fini(&buf);
}

static void directories_are_made_with_their_parents(void **state)
{
    struct err err = {0};
    struct stat st;
    const char *path = check_path(*state, "a//b/c/");
    assert_ok(file_make_dir(path, &err), &err);
    assert_ok(file_make_dir(path, &err), &err);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    const char *file = check_path(*state, "file");
    assert_ok(file_replace(file, STR("x"), &err), &err);
    assert_int_equal(file_make_dir(file, &err), ERR_SYSTEM);
    assert_int_equal(file_make_dir(check_path(*state, "file/sub"), &err), ERR_SYSTEM);
    assert_int_equal(file_make_dir("", &err), ERR_SYSTEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_replaced_is_read_and_mapped, make, clean),
        cmocka_unit_test_setup_teardown(more_than_the_limit_is_refused_and_adds_nothing,
                                        make, clean),
        cmocka_unit_test_setup_teardown(an_empty_file_maps_to_empty, make, clean),
        cmocka_unit_test_setup_teardown(errors_name_the_path, make, clean),
        cmocka_unit_test_setup_teardown(
            a_link_in_place_of_the_temporary_file_is_not_followed, make, clean),
        cmocka_unit_test_setup_teardown(directories_are_made_with_their_parents, make,
                                        clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
