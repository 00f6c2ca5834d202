#include "worker/feed/mapping.h"

#include "proto/base/buf.h"
#include "proto/base/mem.h"
#include "worker/text/pubdate.h"

#include <stdio.h>
#include <time.h>

#define MS_LEAST     100000000000 /* as seconds it would be the year 5138 */
#define SECONDS_MOST 253402300799

struct pair {
    const struct record_field *field;
    const char *path; /* borrowed */
};

struct mapping {
    struct pair *pair;
    size_t count;
};

static const struct record_field *field_of(struct str name)
{
    for (const struct record_field *f = article_table.field; f->key; f++)
        if (str_is(name, f->key))
            return f;
    return NULL;
}

static int add_pair(struct mapping *m, const char *text, struct err *err)
{
    struct str path = str_of(text), name = STR_NONE;
    str_split(&path, '=', &name);
    const struct record_field *field = field_of(str_trim(name));
    if (path.len == 0)
        return err_set(err, ERR_USAGE, "--map: \"%s\" is not FIELD=KEY", text);
    if (field == NULL)
        return err_set(err, ERR_USAGE, "--map: an article has no field \"%.*s\"",
                       STR_ARG(name));
    for (size_t i = 0; i < m->count; i++)
        if (m->pair[i].field == field)
            return err_set(err, ERR_USAGE, "--map: %s stands twice", field->key);
    m->pair[m->count++] = (struct pair){field, path.ptr};
    return 0;
}

int mapping_new(const char *const *pairs, size_t count, struct mapping **mapping_out,
                struct err *err)
{
    struct mapping *m = mem_zero(1, sizeof *m);
    int rc = 0;
    m->pair = mem_zero(count, sizeof *m->pair);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = add_pair(m, pairs[i], err);
    if (rc < 0)
        mapping_free(&m);
    *mapping_out = m;
    return rc;
}

void mapping_free(struct mapping **mapping)
{
    if (*mapping == NULL)
        return;
    mem_free((*mapping)->pair);
    mem_free(*mapping);
    *mapping = NULL;
}

/* ---- values ---- */

/* The value at the path's end; its top key leaves the object. New, or NULL. */
static json_t *find(const json_t *object, const char *path)
{
    struct str rest = str_of(path), key;
    const json_t *at = object;
    while (at && str_split(&rest, '.', &key) == 1)
        at = json_object_getn(at, key.ptr, key.len);
    return json_incref((json_t *)at);
}

static void drop(json_t *object, const char *path)
{
    struct str rest = str_of(path), key = STR_NONE;
    str_split(&rest, '.', &key);
    json_object_deln(object, key.ptr, key.len);
}

static json_t *joined(const json_t *list)
{
    struct buf text = {0};
    const json_t *item;
    size_t i;
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item)) {
            buf_fini(&text);
            return NULL;
        }
        if (i > 0)
            buf_add_char(&text, '\n');
        buf_add(&text, json_string_value(item), json_string_length(item));
    }
    json_t *out = json_stringn_nocheck(buf_str(&text).ptr, text.len);
    buf_fini(&text);
    return out;
}

static json_t *time_of_number(json_int_t n)
{
    char text[32];
    struct tm parts;
    time_t seconds = (time_t)(n >= MS_LEAST ? n / 1000 : n);
    if (seconds < 0 || seconds > SECONDS_MOST || gmtime_r(&seconds, &parts) == NULL)
        return NULL;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return json_string(text);
}

static bool is_time(const struct record_field *field)
{
    return str_is(str_of(field->key), "published") ||
           str_is(str_of(field->key), "fetched");
}

/* What the field is to hold: new; NULL: value is of no use for it. */
static json_t *convert(const struct record_field *field, const json_t *value)
{
    char text[32];
    if (json_is_array(value))
        return joined(value);
    if (json_is_integer(value) && is_time(field))
        return time_of_number(json_integer_value(value));
    if (json_is_integer(value))
        return json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    if (!json_is_string(value))
        return NULL;
    struct str is = str_make(json_string_value(value), json_string_length(value));
    if (is_time(field) && pubdate_read(is, text))
        return json_string(text);
    return json_incref((json_t *)value);
}

static int set_fields(const struct mapping *m, json_t *object, struct err *err)
{
    json_t *given = json_copy(object);
    int rc = 0;
    for (size_t i = 0; i < m->count; i++)
        drop(object, m->pair[i].path);
    for (size_t i = 0; rc == 0 && i < m->count; i++) {
        const struct pair *pair = &m->pair[i];
        json_t *value = find(given, pair->path);
        json_object_del(object, pair->field->key);
        if (value && !json_is_null(value)) {
            json_t *made = convert(pair->field, value);
            if (made)
                json_object_set_new_nocheck(object, pair->field->key, made);
            else
                rc = err_set(err, ERR_FIELD, "%s cannot be article.%s", pair->path,
                             pair->field->key);
        }
        json_decref(value);
    }
    json_decref(given);
    return rc;
}

int mapping_read(const struct mapping *m, struct str line, struct arena *arena,
                 struct article *out, struct err *err)
{
    json_t *object = record_load_json(line, err);
    if (object == NULL)
        return err->code;
    int rc = 0;
    if (json_is_object(object))
        rc = set_fields(m, object, err);
    if (rc == 0)
        rc = article_from_json(object, arena, out, err);
    json_decref(object);
    return rc;
}
