#include "proto/base/option_private.h"

#include <zmq.h>

#define HELP_COLUMN                                                                      \
    30 /* where the texts begin; longer names have a line of their own                   \
        */

static void add_default(const struct option *option, struct buf *out)
{
    if (option->type == OPTION_MAYBE)
        buf_printf(out, " (without a value: %s)", option->default_text);
    else if (option->default_text && option->type != OPTION_FLAG)
        buf_printf(out, " (default: %s)", option->default_text);
    else if (option->default_text && strcmp(option->default_text, "yes") == 0)
        buf_printf(out, " (default: yes; --%s=no)", option->name);
}

static void add_option(const struct option *option, struct buf *out)
{
    size_t begin = out->len;
    if (option->letter)
        buf_printf(out, "  -%c, ", option->letter);
    else
        buf_printf(out, "      ");
    buf_printf(out, "--%s", option->name);
    if (option->value_name)
        buf_printf(out, option->type == OPTION_MAYBE ? " [%s]" : " %s",
                   option->value_name);
    size_t width = out->len - begin;
    if (width + 2 > HELP_COLUMN) {
        buf_add_char(out, '\n');
        width = 0;
    }
    for (; width < HELP_COLUMN; width++)
        buf_add_char(out, ' ');
    buf_printf(out, "%s", option->help ? option->help : "");
    add_default(option, out);
    buf_add_char(out, '\n');
}

void option_help(const struct option_set *set, struct buf *out)
{
    const struct option_program *program = set->program;
    buf_printf(out, "Usage: %s %s\n", program->name,
               program->usage ? program->usage : "");
    if (program->summary)
        buf_printf(out, "%s\n", program->summary);
    buf_printf(out, "\nOptions:\n");
    for (size_t i = 0; i < set->count; i++)
        add_option(set->option[i], out);
    if (program->help_tail)
        buf_printf(out, "\n%s\n", program->help_tail);
}

void option_version(struct buf *out)
{
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    buf_printf(out, "warta %s (libzmq %d.%d.%d)\n", WARTA_VERSION, major, minor, patch);
}

/* A number nobody set and that may not be 0 has no value that could be read back. */
static bool is_absent(const struct option *option, const struct option_value *value)
{
    bool number = option->type == OPTION_U64 || option->type == OPTION_BYTES ||
                  option->type == OPTION_MS;
    return number && value->rank == OPTION_UNSET && option->least > 0;
}

void option_dump(const struct option_set *set, struct buf *out)
{
    bool first = true;
    for (size_t i = 0; i < set->count; i++) {
        const struct option *option = set->option[i];
        if (option_is_action(option))
            continue;
        if (!first)
            buf_add_char(out, '\n');
        first = false;
        buf_printf(out, "# %s\n", option->help ? option->help : "");
        bool absent = is_absent(option, &set->value[i]);
        buf_printf(out, "%s%s = ", absent ? "# " : "", option->name);
        if (!absent)
            option_format(out, option, &set->value[i]);
        while (out->ptr[out->len - 1] == ' ')
            out->len--;
        buf_add_char(out, '\n');
    }
}
