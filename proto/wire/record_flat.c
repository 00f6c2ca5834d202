/* Flat JSON objects, read without a tree: the hot path of article lines. */

#include "proto/wire/record_private.h"

#include "proto/base/utf8.h"

#define FIELDS_MOST 64 /* of a table: see record.h */

struct cursor {
    const char *at, *end;
};

/* A string between its quotation marks, escapes and all. */
struct raw {
    struct str text;
    uint32_t escapes;
};

static void skip_space(struct cursor *c)
{
    while (c->at < c->end &&
           (*c->at == ' ' || *c->at == '\t' || *c->at == '\r' || *c->at == '\n'))
        c->at++;
}

static bool take(struct cursor *c, char mark)
{
    skip_space(c);
    if (c->at == c->end || *c->at != mark)
        return false;
    c->at++;
    return true;
}

static char escaped(char c)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *at = c ? strchr(from, c) : NULL;
    return at ? to[at - from] : '\0';
}

/* False for what is no string, and for \u. */
static bool take_string(struct cursor *c, struct raw *out)
{
    if (!take(c, '"'))
        return false;
    const char *begin = c->at;
    out->escapes = 0;
    for (; c->at < c->end; c->at++) {
        char here = *c->at;
        if (here == '"') {
            out->text = str_make(begin, (size_t)(c->at - begin));
            c->at++;
            return true;
        }
        if (here == '\\') {
            if (++c->at == c->end || !escaped(*c->at))
                return false;
            out->escapes++;
        } else if ((unsigned char)here < ' ') {
            return false;
        }
    }
    return false;
}

static bool take_null(struct cursor *c)
{
    skip_space(c);
    if (c->end - c->at < 4 || memcmp(c->at, "null", 4) != 0)
        return false;
    c->at += 4;
    return true;
}

static struct str plain(const struct raw *raw, struct arena *arena)
{
    size_t len = raw->text.len - raw->escapes, done = 0;
    char *out = arena_alloc(arena, len ? len : 1);
    struct str rest = raw->text;
    while (rest.len) {
        const char *mark = raw->escapes ? memchr(rest.ptr, '\\', rest.len) : NULL;
        size_t run = mark ? (size_t)(mark - rest.ptr) : rest.len;
        memcpy(out + done, rest.ptr, run);
        done += run;
        if (mark)
            out[done++] = escaped(mark[1]);
        rest = str_from(rest, run + (mark ? 2 : 0));
    }
    return str_make(out, len);
}

/* One member: 1 a string, 0 null, negative for the reader of everything. */
static int take_member(const struct record_table *table, struct cursor *c, unsigned *hint,
                       struct raw *value, size_t *index_out)
{
    struct raw key;
    if (!take_string(c, &key) || key.escapes || !take(c, ':'))
        return -1;
    const struct record_field *field = record_find(table, key.text, hint);
    if (field == NULL || field->type != RECORD_STR)
        return -1;
    *index_out = (size_t)(field - table->field);
    if (take_null(c))
        return 0;
    if (!take_string(c, value) ||
        value->text.len - value->escapes > record_max_bytes(field))
        return -1;
    return 1;
}

bool record_load_flat(const struct record_table *table, struct str text,
                      struct arena *arena, void *record_out)
{
    struct raw value[FIELDS_MOST];
    struct cursor c = {text.ptr, text.ptr + text.len};
    uint64_t seen = 0, given = 0;
    unsigned hint = 0;
    if (text.len > LIMIT_JSON_LINE_BYTES || !take(&c, '{'))
        return false;
    do {
        struct raw got;
        size_t index;
        int rc = take_member(table, &c, &hint, &got, &index);
        if (rc < 0 || seen >> index & 1)
            return false;
        seen |= (uint64_t)1 << index;
        given |= (uint64_t)(unsigned)rc << index;
        if (rc)
            value[index] = got;
    } while (take(&c, ','));
    if (!take(&c, '}'))
        return false;
    skip_space(&c);
    if (c.at != c.end || utf8_bad_at(text) < text.len ||
        record_check_required(table, given, NULL) < 0)
        return false;
    record_init(table, record_out);
    for (; given; given &= given - 1) {
        size_t index = (size_t)__builtin_ctzll(given);
        *(struct str *)record_slot(record_out, &table->field[index]) =
            plain(&value[index], arena);
    }
    return true;
}
