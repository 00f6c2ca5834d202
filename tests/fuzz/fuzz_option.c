/* A command line (a word a line) and a config file, as parts: settings that are taken
 * keep their ranges, and are dumped to a file that gives the same settings again. */
#include "tests/fuzz/fuzz.h"

#include "proto/base/option_private.h"

#include <stdio.h>
#include <stdlib.h>

#define WORDS_MOST 64

struct settings {
    bool quick;
    uint64_t count, room, wait_ms;
    const char *name;
    struct option_list list;
};

static const struct option options[] = {
    {"quick", 'q', OPTION_FLAG, offsetof(struct settings, quick), NULL, NULL, 0, 0, "q"},
    {"count", 'n', OPTION_U64, offsetof(struct settings, count), "N", "3", 1, 9000, "n"},
    {"room", 0, OPTION_BYTES, offsetof(struct settings, room), "SIZE", "4M", 0, 0, "r"},
    {"room-wait", 'w', OPTION_MS, offsetof(struct settings, wait_ms), "TIME", "2s", 5,
     3600000, "w"},
    {"name", 0, OPTION_TEXT, offsetof(struct settings, name), "TEXT", NULL, 0, 0, "t"},
    {"list", 'l', OPTION_LIST, offsetof(struct settings, list), "A,B", "a,b", 0, 0, "l"},
    {0},
};
static const struct option_program program = {
    .name = "warta fuzz", .usage = "[options]", .summary = "", .option = options};

static void check(const struct settings *s)
{
    fuzz_require(s->count >= 1 && s->count <= 9000);
    fuzz_require(s->wait_ms >= 5 && s->wait_ms <= 3600000);
    fuzz_require(s->name == NULL || s->name[0]);
    for (size_t i = 0; i < s->list.count; i++)
        fuzz_require(s->list.item[i] != NULL);
}

static bool same(const struct settings *a, const struct settings *b)
{
    if (a->quick != b->quick || a->count != b->count || a->room != b->room ||
        a->wait_ms != b->wait_ms || a->list.count != b->list.count ||
        !str_eq(str_of(a->name), str_of(b->name)))
        return false;
    for (size_t i = 0; i < a->list.count; i++)
        if (strcmp(a->list.item[i], b->list.item[i]) != 0)
            return false;
    return true;
}

/* A config file holds no line end and no outer space in a value: such a one comes from
 * the command line only, and cannot be dumped. */
static bool can_be_dumped(const struct settings *s)
{
    struct str name = str_of(s->name);
    if (strpbrk(s->name ? s->name : "", "\n") || str_trim(name).len != name.len)
        return false;
    for (size_t i = 0; i < s->list.count; i++) {
        struct str item = str_of(s->list.item[i]);
        if (strpbrk(s->list.item[i], "\n") || str_trim(item).len != item.len)
            return false;
    }
    return true;
}

static void check_dump(const struct option_set *set, const struct settings *settings)
{
    struct settings again = {0};
    struct option_set *other;
    struct buf dump = {0};
    struct err err = {0};
    const char **operands;
    char config[] = "--config", command[] = "fuzz";
    option_dump(set, &dump);
    char *argv[] = {command, config, NULL, NULL};
    argv[2] = (char *)fuzz_file(1, "dump", buf_str(&dump));
    fuzz_require(option_parse(&program, 3, argv, &again, &other, &operands, &err) == 1);
    fuzz_require(same(settings, &again));
    option_free(&other);
    buf_fini(&dump);
}

static void parse(int argc, char **argv)
{
    struct settings settings = {0}, before;
    struct option_set *set;
    struct err err = {0};
    const char **operands;
    int rc = option_parse(&program, argc, argv, &settings, &set, &operands, &err);
    fuzz_require((rc == 1) == (set != NULL));
    if (rc < 0)
        fuzz_check_err(rc, &err);
    if (rc != 1)
        return;
    check(&settings);
    if (can_be_dumped(&settings))
        check_dump(set, &settings);
    before = settings;
    fuzz_require(option_reload(set, &settings, &err) == 0 && same(&settings, &before));
    option_free(&set);
}

/* What --help and the like print is read by nobody here. */
static void silence(void)
{
    static bool silent;
    if (!silent)
        fuzz_require(freopen("/dev/null", "w", stdout) != NULL);
    silent = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct str rest = str_make((const char *)bytes, len), line = fuzz_part(&rest), word;
    char command[] = "fuzz", config[] = "--config";
    char *argv[WORDS_MOST + 4] = {command};
    int argc = 1;
    silence();
    if (rest.ptr) {
        argv[argc++] = config;
        argv[argc++] = (char *)fuzz_file(0, "config", rest);
    }
    while (argc < WORDS_MOST && str_split(&line, '\n', &word) == 1)
        argv[argc++] = strndup(word.ptr, word.len);
    parse(argc, argv);
    for (int i = rest.ptr ? 3 : 1; i < argc; i++)
        free(argv[i]);
    return 0;
}
