#ifndef PROTO_BASE_OPTION_H
#define PROTO_BASE_OPTION_H

/* Options of one program as one table: from it come long options, config-file keys,
 * --help, --dump-config and the checks. Values are written into the program's own
 * settings struct at `offset`.
 *
 * Every program also takes --config FILE (key = value lines, lines of # comment; an unknown
 * key is an error with its line number), --check-config, --dump-config, --log-level, --help
 * and --version. Command line wins over file, file over default; the highest one that names
 * a list gives all of it. An empty value makes a text NULL and a list empty. Long options
 * may be cut short where no other begins so; "--" ends options, "-" is an operand. */

#include "proto/base/err.h"
#include "proto/base/str.h"

enum option_type {
    OPTION_FLAG,   /* bool; --name or name = yes|no */
    OPTION_U64,    /* uint64_t, decimal */
    OPTION_BYTES,  /* uint64_t, with K, M, G suffixes (1024) */
    OPTION_MS,     /* uint64_t milliseconds, with ms, s, m, h suffixes; bare is ms */
    OPTION_TEXT,   /* const char *, lives as long as the option set */
    OPTION_LIST,   /* struct option_list: may be given again, or separated by commas */
    OPTION_MAYBE,  /* const char *, NULL unless given; a bare --name means default_text. The
                    * next word is its value unless it begins with '-': not for programs
                    * with operands, and without a letter */
};

struct option {
    const char *name;       /* long option and config key; config also takes '_' for '-' */
    char letter;            /* short option, or 0 */
    enum option_type type;
    size_t offset;          /* into the settings struct */
    const char *value_name; /* for --help: FILE, N; NULL for flags */
    const char *default_text; /* parsed as if given; NULL: zero, NULL, empty */
    uint64_t least, most;   /* range of numbers; both 0: any */
    const char *help;       /* one line */
};

struct option_list {
    const char **item; /* borrowed from the option set */
    size_t count;
};

struct option_program {
    const char *name;              /* "warta broker" */
    const char *usage;             /* "[options] FILE..." */
    const char *summary;           /* one or two sentences for --help */
    const struct option *option;   /* ends with a zeroed entry */
    const char *help_tail;         /* printed after the table in --help; or NULL */
};

struct option_set; /* owns the strings */

/* Parse argv[1..] (argv[0] is the sub-command). Returns 1: go on, with operands in
 * *operands_out (borrowed, NULL-terminated); 0: --help, --version, --check-config or
 * --dump-config has been answered on standard output, exit 0; negative: err says what is
 * wrong and where, exit 100. Free the set last: settings point into it. */
int option_parse(const struct option_program *program, int argc, char **argv, void *settings,
                 struct option_set **set_out, const char ***operands_out, struct err *err);
/* SIGHUP: read the config file again into *settings (same precedence). On an error
 * *settings is as it was. Texts of before stay valid until option_free. */
int option_reload(struct option_set *set, void *settings, struct err *err);
void option_free(struct option_set **set);

#endif
