#ifndef PROTO_BASE_OPTION_PRIVATE_H
#define PROTO_BASE_OPTION_PRIVATE_H

/* What the option*.c share: the table with the options all programs have behind it, and
 * the values, kept apart from the settings until all of them are right. */

#include "proto/base/arena.h"
#include "proto/base/buf.h"
#include "proto/base/option.h"

/* Who gave a value; a higher one wins. */
enum option_rank { OPTION_UNSET, OPTION_DEFAULT, OPTION_FILE, OPTION_LINE };

struct option_value {
    enum option_rank rank;
    uint64_t number; /* flags too */
    const char *text;
    struct option_list list;
};

/* One option on the command line. */
struct option_given {
    const struct option *option;
    const char *text;
};

struct option_set {
    const struct option_program *program;
    const struct option **option; /* the program's, then the common ones */
    size_t count;
    struct option_value *value; /* of option[i] */
    struct arena arena;         /* every text and list that was ever given */
    struct option_given *given;
    size_t given_count;
    const char **operand; /* NULL-terminated */
    size_t operand_count;
    const char *config_path; /* or NULL */
    bool wants_check, wants_dump;
};

extern const struct option option_common[]; /* ends with a zeroed entry */

/* True for those that act at once and have no value to keep: --help, --config and the
 * like. They are no config keys. */
bool option_is_action(const struct option *option);

size_t option_place(const struct option_set *set, const struct option *option);

/* option_value.c: take text as the value of an option. `name` says who it was in errors
 * ("--port", "FILE:3: port"). */
int option_take(struct option_set *set, const struct option *option, const char *name,
                struct str text, enum option_rank rank, struct err *err);
void option_format(struct buf *out, const struct option *option,
                   const struct option_value *value);
void option_format_number(struct buf *out, enum option_type type, uint64_t number);

/* option_file.c: take all settings of set->config_path. */
int option_read_file(struct option_set *set, struct err *err);

/* option_help.c: answers on standard output. */
void option_help(const struct option_set *set, struct buf *out);
void option_version(struct buf *out);
void option_dump(const struct option_set *set, struct buf *out);

#endif
