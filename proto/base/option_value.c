#include "proto/base/option_private.h"
#include "proto/base/diag.h"

#include <inttypes.h>

struct unit {
    const char *suffix;
    uint64_t factor;
};

/* Largest first: printing takes the first that divides. */
static const struct unit byte_unit[] = {
    {"G", 1024u * 1024 * 1024}, {"M", 1024u * 1024}, {"K", 1024}, {"", 1}};
static const struct unit ms_unit[] = {
    {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}, {"", 1}};

static const struct unit *units_of(enum option_type type, size_t *count_out)
{
    *count_out = type == OPTION_BYTES ? sizeof byte_unit / sizeof *byte_unit
                                      : sizeof ms_unit / sizeof *ms_unit;
    return type == OPTION_BYTES ? byte_unit : ms_unit;
}

static bool read_number(enum option_type type, struct str text, uint64_t *number_out)
{
    if (type == OPTION_U64)
        return str_to_u64(text, number_out);
    size_t digits = 0, count;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
        digits++;
    struct str suffix = str_trim(str_from(text, digits));
    const struct unit *unit = units_of(type, &count);
    for (size_t i = 0; i < count; i++)
        if (str_is(suffix, unit[i].suffix))
            return str_to_u64(str_slice(text, 0, digits), number_out) &&
                   !__builtin_mul_overflow(*number_out, unit[i].factor, number_out);
    return false;
}

void option_format_number(struct buf *out, enum option_type type, uint64_t number)
{
    size_t i = 0, count;
    const struct unit *unit = units_of(type, &count);
    if (type == OPTION_U64 || number == 0) {
        buf_printf(out, "%" PRIu64, number);
        return;
    }
    while (number % unit[i].factor != 0)
        i++;
    buf_printf(out, "%" PRIu64 "%s", number / unit[i].factor, unit[i].suffix);
}

static const char *kind_of(enum option_type type)
{
    switch (type) {
    case OPTION_BYTES:
        return "a size (a number, with K, M or G behind it)";
    case OPTION_MS:
        return "a time (a number, with ms, s, m or h behind it)";
    default:
        return "a number";
    }
}

static int refuse_number(const struct option *option, const char *name, struct str text,
                         const char *wrong, struct err *err)
{
    struct buf range = {0};
    if (option->least != 0 || option->most != 0) {
        buf_printf(&range, " from ");
        option_format_number(&range, option->type, option->least);
        buf_printf(&range, " to ");
        option_format_number(&range, option->type, option->most);
    }
    int result = err_set(err, ERR_USAGE, "%s: '%.*s' %s %s%s", name, STR_ARG(text), wrong,
                         kind_of(option->type), buf_cstr(&range));
    buf_fini(&range);
    return result;
}

static int take_number(const struct option *option, const char *name, struct str text,
                       uint64_t *number_out, struct err *err)
{
    if (!read_number(option->type, text, number_out))
        return refuse_number(option, name, text, "is not", err);
    bool any = option->least == 0 && option->most == 0;
    if (!any && (*number_out < option->least || *number_out > option->most))
        return refuse_number(option, name, text, "is out of range: wanted is", err);
    return 0;
}

static int take_flag(const char *name, struct str text, uint64_t *number_out,
                     struct err *err)
{
    static const char *const word[] = {"no", "yes", "false", "true", "off", "on"};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (str_is(text, word[i])) {
            *number_out = i % 2;
            return 0;
        }
    return err_set(err, ERR_USAGE, "%s: '%.*s' is not yes or no", name, STR_ARG(text));
}

static const char *keep(struct option_set *set, struct str text)
{
    char *copy = arena_alloc(&set->arena, text.len + 1);
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

/* The pieces of text behind those of `old`, in an array of its own: settings may still
 * point to the old one. */
static struct option_list join(struct option_set *set, struct option_list old,
                               struct str text)
{
    struct option_list list = {.count = old.count};
    struct str rest = text, piece;
    size_t most = old.count + 1;
    for (size_t i = 0; i < text.len; i++)
        most += text.ptr[i] == ',';
    list.item = arena_zero(&set->arena, most, sizeof *list.item);
    if (old.count)
        memcpy(list.item, old.item, old.count * sizeof *old.item);
    while (str_split(&rest, ',', &piece)) {
        piece = str_trim(piece);
        if (piece.len)
            list.item[list.count++] = keep(set, piece);
    }
    return list;
}

static int take_level(const char *name, const char *text, struct err *err)
{
    if (text && diag_level_of(text) >= 0)
        return 0;
    return err_set(err, ERR_USAGE, "%s: '%s' is not debug, info, warn or error", name,
                   text ? text : "");
}

int option_take(struct option_set *set, const struct option *option, const char *name,
                struct str text, enum option_rank rank, struct err *err)
{
    struct option_value *value = &set->value[option_place(set, option)];
    struct option_list before = {0};
    if (value->rank == rank)
        before = value->list;
    *value = (struct option_value){.rank = rank};
    switch (option->type) {
    case OPTION_FLAG:
        return take_flag(name, text, &value->number, err);
    case OPTION_U64:
    case OPTION_BYTES:
    case OPTION_MS:
        return take_number(option, name, text, &value->number, err);
    case OPTION_TEXT:
    case OPTION_MAYBE:
        value->text = text.len ? keep(set, text) : NULL;
        if (strcmp(option->name, "log-level") == 0)
            return take_level(name, value->text, err);
        return 0;
    case OPTION_LIST:
        value->list = join(set, text.len ? before : (struct option_list){0}, text);
        return 0;
    }
    return err_set(err, ERR_STATE, "%s: an option of no known type", name);
}

void option_format(struct buf *out, const struct option *option,
                   const struct option_value *value)
{
    switch (option->type) {
    case OPTION_FLAG:
        buf_printf(out, "%s", value->number ? "yes" : "no");
        break;
    case OPTION_U64:
    case OPTION_BYTES:
    case OPTION_MS:
        option_format_number(out, option->type, value->number);
        break;
    case OPTION_TEXT:
    case OPTION_MAYBE:
        buf_printf(out, "%s", value->text ? value->text : "");
        break;
    case OPTION_LIST:
        for (size_t i = 0; i < value->list.count; i++)
            buf_printf(out, "%s%s", i ? ", " : "", value->list.item[i]);
        break;
    }
}
