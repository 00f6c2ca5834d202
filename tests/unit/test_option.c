#include "tests/support/check.h"

#include "proto/base/buf.h"
#include "proto/base/file.h"
#include "proto/base/option.h"

#include <stdio.h>
#include <unistd.h>

struct settings {
    uint64_t port, mem_bytes, lease_ms, must;
    bool fast;
    const char *uri, *serve;
    struct option_list connect;
};

#define AT(field) offsetof(struct settings, field)

static const struct option table[] = {
    {"port", 'p', OPTION_U64, AT(port), "N", "5555", 1, 65535, "port to listen on"},
    {"mem", 0, OPTION_BYTES, AT(mem_bytes), "SIZE", "64M", 0, 0, "memory"},
    {"lease-ttl", 0, OPTION_MS, AT(lease_ms), "TIME", "90s", 1, 3600000,
     "life of a lease"},
    {"must", 0, OPTION_U64, AT(must), "N", NULL, 5, 9, "no default"},
    {"fast", 'f', OPTION_FLAG, AT(fast), NULL, NULL, 0, 0, "go fast"},
    {"uri", 'u', OPTION_TEXT, AT(uri), "URI", NULL, 0, 0, "where"},
    {"serve", 0, OPTION_MAYBE, AT(serve), "PLACE", "here", 0, 0, "at a place"},
    {"connect", 'c', OPTION_LIST, AT(connect), "URI", "a,b", 0, 0, "to whom"},
    {0},
};

static const struct option_program program = {
    "warta test", "[options] FILE...", "Tests options.", table, "See also: nothing."};

struct run {
    struct settings settings;
    struct option_set *set;
    const char **operands;
    struct err err;
    char *dir;
    struct buf out; /* what went to standard output */
};

static int begin(void **state)
{
    struct run *run = test_calloc(1, sizeof *run);
    run->dir = check_dir_make();
    *state = run;
    return 0;
}

static int end(void **state)
{
    struct run *run = *state;
    option_free(&run->set);
    check_dir_remove(&run->dir);
    buf_fini(&run->out);
    test_free(run);
    return 0;
}

/* Parse the words of one line, standard output caught. */
static int parse(struct run *run, const char *line)
{
    static char words[1024];
    static char name[] = "test";
    char *argv[32] = {name};
    int argc = 1, result;
    snprintf(words, sizeof words, "%s", line);
    for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
        argv[argc++] = w;
    option_free(&run->set);
    const char *path = check_path(run->dir, "out");
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    assert_non_null(freopen(path, "w", stdout));
    result = option_parse(&program, argc, argv, &run->settings, &run->set, &run->operands,
                          &run->err);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    buf_clear(&run->out);
    assert_int_equal(file_read(path, 1 << 20, &run->out, NULL), 0);
    buf_cstr(&run->out);
    return result;
}

static void write_config(struct run *run, const char *text)
{
    assert_ok(file_replace(check_path(run->dir, "c"), str_of(text), &run->err),
              &run->err);
}

static int parse_with_config(struct run *run, const char *text, const char *more)
{
    char line[700];
    write_config(run, text);
    snprintf(line, sizeof line, "--config %s %s", check_path(run->dir, "c"), more);
    return parse(run, line);
}

static void defaults_are_parsed_as_if_given(void **state)
{
    struct run *run = *state;
    assert_int_equal(parse(run, ""), 1);
    assert_int_equal(run->settings.port, 5555);
    assert_int_equal(run->settings.mem_bytes, 64 << 20);
    assert_int_equal(run->settings.lease_ms, 90000);
    assert_false(run->settings.fast);
    assert_null(run->settings.uri);
    assert_int_equal(run->settings.connect.count, 2);
    assert_null(run->operands[0]);
}

static void long_short_and_cut_forms_are_taken(void **state)
{
    struct run *run = *state;
    assert_int_equal(
        parse(run, "--port=7 --mem 2K in -fuipc://x -c x --connect=y,,z - -- -p"), 1);
    assert_int_equal(run->settings.port, 7);
    assert_int_equal(run->settings.mem_bytes, 2048);
    assert_true(run->settings.fast);
    assert_string_equal(run->settings.uri, "ipc://x");
    assert_int_equal(run->settings.connect.count, 3);
    assert_string_equal(run->settings.connect.item[2], "z");
    assert_string_equal(run->operands[0], "in");
    assert_string_equal(run->operands[1], "-");
    assert_string_equal(run->operands[2], "-p");
    assert_null(run->operands[3]);
    assert_int_equal(parse(run, "--lea 2m -f --fast=no"), 1);
    assert_int_equal(run->settings.lease_ms, 120000);
    assert_false(run->settings.fast);
}

static void an_option_s_value_may_be_left_out(void **state)
{
    struct run *run = *state;
    assert_int_equal(parse(run, "--fast"), 1);
    assert_null(run->settings.serve);
    assert_int_equal(parse(run, "--serve --fast"), 1);
    assert_string_equal(run->settings.serve, "here");
    assert_true(run->settings.fast);
    assert_int_equal(parse(run, "--serve there --fast"), 1);
    assert_string_equal(run->settings.serve, "there");
    assert_int_equal(parse(run, "--fast --serve"), 1);
    assert_string_equal(run->settings.serve, "here");
    assert_int_equal(parse(run, "--serve=beyond x"), 1);
    assert_string_equal(run->settings.serve, "beyond");
    assert_int_equal(parse_with_config(run, "serve = file\n", "--fast"), 1);
    assert_string_equal(run->settings.serve, "file");
    assert_int_equal(parse(run, "--help"), 0);
    assert_non_null(strstr(run->out.ptr, "--serve [PLACE]"));
    assert_non_null(strstr(run->out.ptr, "(without a value: here)"));
}

static void wrong_options_are_told_by_name_value_and_range(void **state)
{
    static const char *const wrong[][2] = {
        {"--nope", "unknown option '--nope'"},
        {"-z", "unknown option '-z'"},
        {"--co x", "'--co' may be --connect or --config"},
        {"--port", "'--port' needs a value"},
        {"-p", "'-p' needs a value"},
        {"--port 70000",
         "--port: '70000' is out of range: wanted is a number from 1 to 65535"},
        {"--port x", "--port: 'x' is not a number from 1 to 65535"},
        {"--port -1", "--port: '-1'"},
        {"--lease-ttl 2h", "'2h' is out of range: wanted is a time"},
        {"--lease-ttl 0", "from 1ms to 1h"},
        {"--mem 99999999999G", "--mem: '99999999999G' is not a size"},
        {"--fast=maybe", "--fast: 'maybe' is not yes or no"},
        {"--log-level loud", "--log-level: 'loud' is not debug, info, warn or error"},
        {"--config /nonexistent/c", "/nonexistent/c: open"},
    };
    struct run *run = *state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_true(parse(run, wrong[i][0]) < 0);
        assert_has(run->err.text, wrong[i][1]);
    }
}

static void line_wins_over_file_and_file_over_default(void **state)
{
    struct run *run = *state;
    assert_int_equal(
        parse_with_config(run,
                          "# comment\n\n port = 1\r\nlease_ttl=5\nfast = yes\n"
                          "connect = f\nconnect = g\nuri = a = b # c",
                          "-p 2"),
        1);
    assert_int_equal(run->settings.port, 2);
    assert_int_equal(run->settings.lease_ms, 5);
    assert_int_equal(run->settings.mem_bytes, 64 << 20);
    assert_true(run->settings.fast);
    assert_string_equal(run->settings.uri, "a = b # c");
    assert_int_equal(run->settings.connect.count, 2);
    assert_string_equal(run->settings.connect.item[0], "f");
    assert_int_equal(parse_with_config(run, "connect = f", "-c l"), 1);
    assert_int_equal(run->settings.connect.count, 1);
    assert_string_equal(run->settings.connect.item[0], "l");
}

static void wrong_settings_are_told_by_file_and_line(void **state)
{
    static const char *const wrong[][2] = {
        {"port = 1\n\nbogus = 2\n", "c:3: unknown setting 'bogus'"},
        {"config = x\n", "c:1: unknown setting 'config'"},
        {"help = yes\n", "c:1: unknown setting 'help'"},
        {"por = 1\n", "c:1: unknown setting 'por'"},
        {"port\n", "c:1: not 'name = value': 'port'"},
        {"\nport = 0", "c:2: port: '0' is out of range"},
    };
    struct run *run = *state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(parse_with_config(run, wrong[i][0], ""), ERR_USAGE);
        assert_has(run->err.text, wrong[i][1]);
    }
}

static void help_lists_every_option_with_its_default(void **state)
{
    struct run *run = *state;
    assert_int_equal(parse(run, "-f --help --port bad"), 0);
    for (const struct option *o = table; o->name; o++) {
        assert_has(run->out.ptr, o->name);
        assert_has(run->out.ptr, o->help);
    }
    assert_has(run->out.ptr, "Usage: warta test [options] FILE...");
    assert_has(run->out.ptr, "-p, --port N");
    assert_has(run->out.ptr, "(default: 5555)");
    assert_has(run->out.ptr, "--dump-config");
    assert_has(run->out.ptr, "See also: nothing.");
}

static void version_names_warta_and_libzmq(void **state)
{
    struct run *run = *state;
    assert_int_equal(parse(run, "--version"), 0);
    assert_has(run->out.ptr, "warta " WARTA_VERSION " (libzmq 4.");
}

static void a_dump_reads_back_as_the_same_dump(void **state)
{
    struct run *run = *state;
    assert_int_equal(parse(run, "--dump-config -p 9 -f --lease-ttl 61s -c x -c y"), 0);
    assert_has(run->out.ptr, "# port to listen on\nport = 9\n");
    assert_has(run->out.ptr, "lease-ttl = 61s\n");
    assert_has(run->out.ptr, "connect = x, y\n");
    assert_has(run->out.ptr, "mem = 64M\n");
    assert_has(run->out.ptr, "uri =\n");
    assert_has(run->out.ptr, "log-level = info\n");
    struct buf first = {0};
    buf_add_str(&first, buf_str(&run->out));
    assert_int_equal(parse_with_config(run, buf_cstr(&first), "--dump-config"), 0);
    assert_string_equal(run->out.ptr, buf_cstr(&first));
    buf_fini(&first);
}

static void check_config_answers_and_refuses(void **state)
{
    struct run *run = *state;
    assert_int_equal(parse_with_config(run, "port = 4", "--check-config"), 0);
    assert_has(run->out.ptr, "the settings are right");
    assert_int_equal(parse_with_config(run, "port = 0", "--check-config"), ERR_USAGE);
}

static void reload_keeps_the_line_and_is_all_or_nothing(void **state)
{
    struct run *run = *state;
    assert_int_equal(parse_with_config(run, "uri = old\nmem = 1K", "-p 3"), 1);
    const char *old = run->settings.uri;
    write_config(run, "uri = new\nport = 4");
    assert_ok(option_reload(run->set, &run->settings, &run->err), &run->err);
    assert_string_equal(run->settings.uri, "new");
    assert_string_equal(old, "old");
    assert_int_equal(run->settings.port, 3);
    assert_int_equal(run->settings.mem_bytes, 64 << 20);
    write_config(run, "uri = newer\nport = none");
    assert_int_equal(option_reload(run->set, &run->settings, &run->err), ERR_USAGE);
    assert_string_equal(run->settings.uri, "new");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        T(defaults_are_parsed_as_if_given),
        T(long_short_and_cut_forms_are_taken),
        T(an_option_s_value_may_be_left_out),
        T(wrong_options_are_told_by_name_value_and_range),
        T(line_wins_over_file_and_file_over_default),
        T(wrong_settings_are_told_by_file_and_line),
        T(help_lists_every_option_with_its_default),
        T(version_names_warta_and_libzmq),
        T(a_dump_reads_back_as_the_same_dump),
        T(check_config_answers_and_refuses),
        T(reload_keeps_the_line_and_is_all_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
