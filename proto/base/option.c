/* Three passes: the command line is read into a list, which yields the config file's path
 * and the questions (--help); then default, file and command line are taken in this order
 * into values; when all are right they are copied into the settings. */

#include "proto/base/option.h"
#include "proto/base/diag.h"
#include "proto/base/mem.h"
#include "proto/base/option_private.h"

#include <stdio.h>

const struct option option_common[] = {
    {"config", 0, OPTION_TEXT, 0, "FILE", NULL, 0, 0, "read settings from FILE"},
    {"check-config", 0, OPTION_FLAG, 0, NULL, NULL, 0, 0, "check the settings and exit"},
    {"dump-config", 0, OPTION_FLAG, 0, NULL, NULL, 0, 0,
     "print all settings as a config file and exit"},
    {"log-level", 0, OPTION_TEXT, 0, "LEVEL", "info", 0, 0,
     "least level of diagnostics: debug, info, warn, error"},
    {"help", 'h', OPTION_FLAG, 0, NULL, NULL, 0, 0, "print this and exit"},
    {"version", 'V', OPTION_FLAG, 0, NULL, NULL, 0, 0, "print the version and exit"},
    {0},
};

static bool is_common(const struct option *option)
{
    for (const struct option *o = option_common; o->name; o++)
        if (o == option)
            return true;
    return false;
}

static bool is_named(const struct option *option, const char *name)
{
    return is_common(option) && strcmp(option->name, name) == 0;
}

bool option_is_action(const struct option *option)
{
    return is_common(option) && !is_named(option, "log-level");
}

size_t option_place(const struct option_set *set, const struct option *option)
{
    size_t i = 0;
    while (set->option[i] != option)
        i++;
    return i;
}

static struct option_set *make_set(const struct option_program *program)
{
    static const struct option none[] = {{0}};
    struct option_set *set = mem_zero(1, sizeof *set);
    const struct option *table[] = {program->option ? program->option : none,
                                    option_common};
    set->program = program;
    arena_init(&set->arena, SIZE_MAX);
    for (int t = 0; t < 2; t++)
        for (const struct option *o = table[t]; o->name; o++) {
            set->option = mem_grow(set->option, set->count + 1, sizeof *set->option);
            set->option[set->count++] = o;
        }
    set->value = mem_zero(set->count, sizeof *set->value);
    set->operand = mem_zero(1, sizeof *set->operand);
    return set;
}

void option_free(struct option_set **set)
{
    if (*set == NULL)
        return;
    arena_fini(&(*set)->arena);
    mem_free((*set)->option);
    mem_free((*set)->value);
    mem_free((*set)->given);
    mem_free((*set)->operand);
    mem_free(*set);
    *set = NULL;
}

static void add_operand(struct option_set *set, const char *text)
{
    set->operand = mem_grow(set->operand, set->operand_count + 2, sizeof *set->operand);
    set->operand[set->operand_count++] = text;
    set->operand[set->operand_count] = NULL;
}

static void add_given(struct option_set *set, const struct option *option,
                      const char *text)
{
    set->given = mem_grow(set->given, set->given_count + 1, sizeof *set->given);
    set->given[set->given_count++] = (struct option_given){option, text};
}

static const struct option *find_letter(const struct option_set *set, char letter)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->option[i]->letter == letter && letter != '\0')
            return set->option[i];
    return NULL;
}

/* A whole name, or the beginning of just one. */
static int find_name(const struct option_set *set, struct str name,
                     const struct option **option_out, struct err *err)
{
    const struct option *found = NULL, *other = NULL;
    for (size_t i = 0; i < set->count; i++) {
        struct str full = str_of(set->option[i]->name);
        if (str_eq(full, name)) {
            *option_out = set->option[i];
            return 0;
        }
        if (name.len && str_starts(full, name)) {
            other = found;
            found = set->option[i];
        }
    }
    if (found == NULL)
        return err_set(err, ERR_USAGE, "unknown option '--%.*s'", STR_ARG(name));
    if (other)
        return err_set(err, ERR_USAGE, "option '--%.*s' may be --%s or --%s",
                       STR_ARG(name), other->name, found->name);
    *option_out = found;
    return 0;
}

/* Returns how many of argv it used, or a negative code. */
static int read_long(struct option_set *set, char **argv, struct err *err)
{
    const char *equals = strchr(argv[0], '=');
    struct str name = str_of(argv[0] + 2);
    const struct option *option = NULL;
    if (equals)
        name.len = (size_t)(equals - name.ptr);
    int error = find_name(set, name, &option, err);
    if (error)
        return error;
    if (option->type == OPTION_FLAG || equals) {
        add_given(set, option, equals ? equals + 1 : "yes");
        return 1;
    }
    if (option->type == OPTION_MAYBE && (argv[1] == NULL || argv[1][0] == '-')) {
        add_given(set, option, option->default_text);
        return 1;
    }
    if (argv[1] == NULL)
        return err_set(err, ERR_USAGE, "option '--%s' needs a value", option->name);
    add_given(set, option, argv[1]);
    return 2;
}

/* "-ab" is two flags; the rest of the word, or the next word, is the value of others. */
static int read_short(struct option_set *set, char **argv, struct err *err)
{
    for (const char *p = argv[0] + 1; *p; p++) {
        const struct option *option = find_letter(set, *p);
        if (option == NULL)
            return err_set(err, ERR_USAGE, "unknown option '-%c'", *p);
        if (option->type == OPTION_FLAG) {
            add_given(set, option, "yes");
            continue;
        }
        if (p[1] == '\0' && argv[1] == NULL)
            return err_set(err, ERR_USAGE, "option '-%c' needs a value", *p);
        add_given(set, option, p[1] ? p + 1 : argv[1]);
        return p[1] ? 1 : 2;
    }
    return 1;
}

static int read_line(struct option_set *set, int argc, char **argv, struct err *err)
{
    bool only_operands = false;
    for (int i = 1; i < argc;) {
        int used = 1;
        if (only_operands || argv[i][0] != '-' || argv[i][1] == '\0')
            add_operand(set, argv[i]);
        else if (strcmp(argv[i], "--") == 0)
            only_operands = true;
        else
            used = argv[i][1] == '-' ? read_long(set, argv + i, err)
                                     : read_short(set, argv + i, err);
        if (used < 0)
            return used;
        i += used;
    }
    return 0;
}

static int answer(struct buf *out, struct err *err)
{
    int result = 0;
    if (fwrite(out->ptr, 1, out->len, stdout) != out->len || fflush(stdout) != 0)
        result = err_system(err, "standard output");
    buf_fini(out);
    return result;
}

/* 1: go on; 0: answered. */
static int act(struct option_set *set, struct err *err)
{
    struct buf out = {0};
    for (size_t i = 0; i < set->given_count; i++) {
        const struct option *option = set->given[i].option;
        if (is_named(option, "help"))
            option_help(set, &out);
        else if (is_named(option, "version"))
            option_version(&out);
        else if (is_named(option, "config"))
            set->config_path = set->given[i].text;
        else if (is_named(option, "check-config"))
            set->wants_check = true;
        else if (is_named(option, "dump-config"))
            set->wants_dump = true;
        if (out.len)
            return answer(&out, err);
    }
    return 1;
}

static int take_all(struct option_set *set, struct err *err)
{
    int result = 0;
    memset(set->value, 0, set->count * sizeof *set->value);
    for (size_t i = 0; i < set->count && result == 0; i++) {
        const struct option *o = set->option[i];
        if (o->default_text && o->type != OPTION_MAYBE)
            result = option_take(set, o, o->name, str_of(o->default_text), OPTION_DEFAULT,
                                 err);
    }
    if (result == 0 && set->config_path)
        result = option_read_file(set, err);
    for (size_t i = 0; i < set->given_count && result == 0; i++) {
        const struct option_given *given = &set->given[i];
        if (option_is_action(given->option))
            continue;
        const char *name = arena_printf(&set->arena, "--%s", given->option->name).ptr;
        result =
            option_take(set, given->option, name, str_of(given->text), OPTION_LINE, err);
    }
    return result;
}

static void store(const struct option *option, const struct option_value *value,
                  void *settings)
{
    char *at = (char *)settings + option->offset;
    bool flag = value->number != 0;
    switch (option->type) {
    case OPTION_FLAG:
        memcpy(at, &flag, sizeof flag);
        break;
    case OPTION_U64:
    case OPTION_BYTES:
    case OPTION_MS:
        memcpy(at, &value->number, sizeof value->number);
        break;
    case OPTION_TEXT:
    case OPTION_MAYBE:
        memcpy(at, &value->text, sizeof value->text);
        break;
    case OPTION_LIST:
        memcpy(at, &value->list, sizeof value->list);
        break;
    }
}

static void store_all(const struct option_set *set, void *settings)
{
    for (size_t i = 0; i < set->count; i++) {
        if (!is_common(set->option[i]))
            store(set->option[i], &set->value[i], settings);
        else if (is_named(set->option[i], "log-level"))
            diag_set_level((enum diag_level)diag_level_of(set->value[i].text));
    }
}

static int parse(struct option_set *set, int argc, char **argv, struct err *err)
{
    int result = read_line(set, argc, argv, err);
    if (result == 0)
        result = act(set, err);
    if (result != 1)
        return result;
    result = take_all(set, err);
    if (result != 0)
        return result;
    struct buf out = {0};
    if (set->wants_dump)
        option_dump(set, &out);
    else if (set->wants_check)
        buf_printf(&out, "%s: the settings are right\n", set->program->name);
    return out.len ? answer(&out, err) : 1;
}

int option_parse(const struct option_program *program, int argc, char **argv,
                 void *settings, struct option_set **set_out, const char ***operands_out,
                 struct err *err)
{
    struct option_set *set = make_set(program);
    int result = parse(set, argc, argv, err);
    *set_out = NULL;
    *operands_out = NULL;
    if (result != 1) {
        option_free(&set);
        return result;
    }
    store_all(set, settings);
    *set_out = set;
    *operands_out = set->operand;
    return 1;
}

int option_reload(struct option_set *set, void *settings, struct err *err)
{
    int result = take_all(set, err);
    if (result == 0)
        store_all(set, settings);
    return result;
}
