#include "proto/base/option_private.h"
#include "proto/base/file.h"

/* Settings are written by hand; a megabyte is a wrong file. */
#define CONFIG_BYTES ((size_t)1024 * 1024)

static bool is_key(const char *name, struct str key)
{
    if (strlen(name) != key.len)
        return false;
    for (size_t i = 0; i < key.len; i++)
        if (name[i] != key.ptr[i] && !(name[i] == '-' && key.ptr[i] == '_'))
            return false;
    return true;
}

static const struct option *find_key(const struct option_set *set, struct str key)
{
    for (size_t i = 0; i < set->count; i++)
        if (is_key(set->option[i]->name, key) && !option_is_action(set->option[i]))
            return set->option[i];
    return NULL;
}

static int take_line(struct option_set *set, const char *where, struct str line,
                     struct err *err)
{
    line = str_trim(line);
    if (line.len == 0 || line.ptr[0] == '#')
        return 0;
    if (memchr(line.ptr, '\0', line.len))
        return err_set(err, ERR_USAGE, "%s: a NUL byte", where);
    size_t equals = str_find(line, STR("="));
    if (equals == (size_t)-1)
        return err_set(err, ERR_USAGE, "%s: not 'name = value': '%.80s'", where,
                       arena_printf(&set->arena, "%.*s", STR_ARG(line)).ptr);
    struct str key = str_trim(str_slice(line, 0, equals));
    const struct option *option = find_key(set, key);
    if (option == NULL)
        return err_set(err, ERR_USAGE, "%s: unknown setting '%.*s'", where, STR_ARG(key));
    const char *name = arena_printf(&set->arena, "%s: %s", where, option->name).ptr;
    return option_take(set, option, name, str_trim(str_from(line, equals + 1)),
                       OPTION_FILE, err);
}

int option_read_file(struct option_set *set, struct err *err)
{
    struct buf buf = {0};
    int result = file_read(set->config_path, CONFIG_BYTES, &buf, err);
    struct str rest = buf_str(&buf), line;
    for (unsigned number = 1; result == 0 && str_split(&rest, '\n', &line); number++) {
        const char *where =
            arena_printf(&set->arena, "%s:%u", set->config_path, number).ptr;
        result = take_line(set, where, line, err);
    }
    buf_fini(&buf);
    return result;
}
