#include "proto/wire/record_private.h"

#include "proto/base/utf8.h"

#include <math.h>

static json_t *str_to_json(struct str s)
{
    json_t *json = json_stringn(s.ptr, s.len);
    assert(json); /* NULL for what is not UTF-8 */
    return json;
}

static json_t *hex_to_json(struct str bytes)
{
    struct buf hex = {0};
    for (size_t i = 0; i < bytes.len; i++)
        buf_printf(&hex, "%02x", (unsigned char)bytes.ptr[i]);
    json_t *json = str_to_json(buf_str(&hex));
    buf_fini(&hex);
    return json;
}

static json_t *number_to_json(double number)
{
    assert(isfinite(number));
    return record_is_whole(number) ? json_integer((json_int_t)number) : json_real(number);
}

static json_t *span_to_json(struct span span)
{
    return json_pack("[I,I]", (json_int_t)span.begin, (json_int_t)span.end);
}

static json_t *list_to_json(const struct record_field *field, const void *at)
{
    const struct record_strs *strs = at;
    const struct record_spans *spans = at;
    const struct record_list *list = at;
    json_t *json = json_array();
    if (field->type == RECORD_STRS)
        for (uint32_t i = 0; i < strs->count; i++)
            json_array_append_new(json, str_to_json(strs->item[i]));
    else if (field->type == RECORD_SPANS)
        for (uint32_t i = 0; i < spans->count; i++)
            json_array_append_new(json, span_to_json(spans->item[i]));
    else
        for (uint32_t i = 0; i < list->count; i++)
            json_array_append_new(
                json, record_to_json(field->sub, record_item(list, i, field->sub)));
    return json;
}

static json_t *value_to_json(const struct record_field *field, const void *at)
{
    switch (field->type) {
    case RECORD_STR:
        return str_to_json(*(const struct str *)at);
    case RECORD_BIN:
        return hex_to_json(*(const struct str *)at);
    case RECORD_RAW:
        return NULL;
    case RECORD_U64:
        assert(*(const uint64_t *)at <= INT64_MAX);
        return json_integer((json_int_t) * (const uint64_t *)at);
    case RECORD_NUMBER:
        return number_to_json(*(const double *)at);
    case RECORD_BOOL:
        return json_boolean(*(const enum record_bool *)at == RECORD_TRUE);
    case RECORD_ENUM:
        return json_string(field->names[*(const int *)at]);
    case RECORD_SPAN:
        return span_to_json(*(const struct span *)at);
    case RECORD_MAP:
        return record_to_json(field->sub, *(void *const *)at);
    case RECORD_STRS:
    case RECORD_SPANS:
    case RECORD_LIST:
        return list_to_json(field, at);
    }
    return NULL;
}

json_t *record_to_json(const struct record_table *table, const void *record)
{
    json_t *json = json_object();
    for (const struct record_field *f = table->field; f->key; f++) {
        if (f->type == RECORD_RAW || !record_is_written(record, f))
            continue;
        int rc =
            json_object_set_new(json, f->key, value_to_json(f, record_at(record, f)));
        assert(rc == 0);
    }
    return json;
}

struct context {
    const struct record_table *table;
    const struct record_field *field;
    struct arena *arena;
    struct err *err;
};

static int bad(const struct context *c, const char *problem)
{
    return record_bad(c->err, ERR_FIELD, c->table, c->field->key, problem);
}

static int check_length(const struct context *c, size_t len)
{
    if (len <= record_max_bytes(c->field))
        return 0;
    return err_set(c->err, ERR_LIMIT, "%s.%s is longer than %zu bytes", c->table->name,
                   c->field->key, record_max_bytes(c->field));
}

static int str_from_json(const struct context *c, const json_t *json, struct str *out)
{
    if (!json_is_string(json))
        return bad(c, json_is_null(json) ? "is null" : "is not a string");
    struct str s = str_make(json_string_value(json), json_string_length(json));
    int rc = check_length(c, s.len);
    if (rc == 0) {
        char *copy = arena_alloc(c->arena, s.len ? s.len : 1);
        memcpy(copy, s.ptr, s.len);
        *out = str_make(copy, s.len);
    }
    return rc;
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hex_from_json(const struct context *c, const json_t *json, struct str *out)
{
    if (!json_is_string(json) || json_string_length(json) % 2)
        return bad(c, "is not hexadecimal");
    const char *hex = json_string_value(json);
    size_t len = json_string_length(json) / 2;
    int rc = check_length(c, len);
    if (rc < 0)
        return rc;
    char *bytes = arena_alloc(c->arena, len ? len : 1);
    for (size_t i = 0; i < len; i++) {
        int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return bad(c, "is not hexadecimal");
        bytes[i] = (char)(high << 4 | low);
    }
    *out = str_make(bytes, len);
    return 0;
}

static int span_from_json(const struct context *c, const json_t *json, struct span *out)
{
    json_t *begin = json_array_get(json, 0), *end = json_array_get(json, 1);
    if (json_array_size(json) != 2 || !json_is_integer(begin) || !json_is_integer(end))
        return bad(c, "is not a span");
    json_int_t b = json_integer_value(begin), e = json_integer_value(end);
    if (b < 0 || b > e || e >= UINT32_MAX)
        return bad(c, "is not a span");
    *out = (struct span){(uint32_t)b, (uint32_t)e};
    return 0;
}

static int map_from_json(const struct context *c, json_t *json, void *out)
{
    if (!json_is_object(json))
        return bad(c, "is not a map");
    int rc = record_from_json(c->field->sub, json, c->arena, out, c->err);
    return rc < 0 ? err_prefix(c->err, "%s.%s", c->table->name, c->field->key), rc : 0;
}

static int list_from_json(const struct context *c, json_t *json, void *at)
{
    const size_t item_bytes = c->field->type == RECORD_STRS ? sizeof(struct str)
                              : c->field->type == RECORD_SPANS
                                  ? sizeof(struct span)
                                  : c->field->sub->size_bytes;
    if (!json_is_array(json))
        return bad(c, "is not a list");
    size_t count = json_array_size(json);
    if (count > (c->field->type == RECORD_LIST ? LIMIT_BATCH : LIMIT_LIST))
        return record_bad(c->err, ERR_LIMIT, c->table, c->field->key,
                          "has too many items");
    char *items = count ? arena_alloc(c->arena, count * item_bytes) : NULL;
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_array_get(json, i);
        void *slot = items + i * item_bytes;
        int rc = c->field->type == RECORD_STRS    ? str_from_json(c, item, slot)
                 : c->field->type == RECORD_SPANS ? span_from_json(c, item, slot)
                                                  : map_from_json(c, item, slot);
        if (rc < 0)
            return rc;
    }
    uint32_t n = (uint32_t)count;
    if (c->field->type == RECORD_STRS)
        *(struct record_strs *)at = (struct record_strs){(void *)items, n, n};
    else if (c->field->type == RECORD_SPANS)
        *(struct record_spans *)at = (struct record_spans){(void *)items, n, n};
    else
        *(struct record_list *)at = (struct record_list){items, n, n};
    return 0;
}

static int enum_from_json(const struct context *c, const json_t *json, int *out)
{
    if (!json_is_string(json))
        return bad(c, "is not a string");
    *out = record_enum_of(c->field,
                          str_make(json_string_value(json), json_string_length(json)));
    return *out ? 0 : bad(c, "is none of its values");
}

static int value_from_json(const struct context *c, json_t *json, void *at)
{
    switch (c->field->type) {
    case RECORD_STR:
        return str_from_json(c, json, at);
    case RECORD_BIN:
        return hex_from_json(c, json, at);
    case RECORD_RAW:
        return bad(c, "cannot be given in JSON");
    case RECORD_U64:
        if (!json_is_integer(json) || json_integer_value(json) < 0)
            return bad(c, "is not a natural number");
        *(uint64_t *)at = (uint64_t)json_integer_value(json);
        return 0;
    case RECORD_NUMBER:
        if (!json_is_number(json))
            return bad(c, "is not a number");
        *(double *)at = json_number_value(json);
        return 0;
    case RECORD_BOOL:
        if (!json_is_boolean(json))
            return bad(c, "is neither true nor false");
        *(enum record_bool *)at = json_is_true(json) ? RECORD_TRUE : RECORD_FALSE;
        return 0;
    case RECORD_ENUM:
        return enum_from_json(c, json, at);
    case RECORD_SPAN:
        return span_from_json(c, json, at);
    case RECORD_MAP:
        *(void **)at = arena_alloc(c->arena, c->field->sub->size_bytes);
        return map_from_json(c, json, *(void **)at);
    case RECORD_STRS:
    case RECORD_SPANS:
    case RECORD_LIST:
        return list_from_json(c, json, at);
    }
    return 0;
}

int record_from_json(const struct record_table *table, json_t *json, struct arena *arena,
                     void *record_out, struct err *err)
{
    struct context c = {table, NULL, arena, err};
    uint64_t seen = 0;
    unsigned hint = 0;
    const char *key;
    json_t *value;
    record_init(table, record_out);
    if (!json_is_object(json))
        return err_set(err, ERR_FORMAT, "%s is not an object", table->name);
    json_object_foreach(json, key, value)
    {
        c.field = record_find(table, str_of(key), &hint);
        if (c.field == NULL) {
            if (table->unknown == RECORD_REFUSE && !str_starts(str_of(key), STR("x_")))
                return record_unknown_key(err, table, str_of(key));
            continue;
        }
        int rc = value_from_json(&c, value, record_slot(record_out, c.field));
        if (rc < 0)
            return rc;
        seen |= (uint64_t)1 << (c.field - table->field);
    }
    return record_check_required(table, seen, err);
}

/* Jansson recurses to 2,048 levels; this looks before it does. */
static bool is_too_deep(struct str text)
{
    unsigned depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++depth > LIMIT_JSON_DEPTH)
                return true;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return false;
}

json_t *record_load_json(struct str text, struct err *err)
{
    json_error_t what;
    if (text.len > LIMIT_JSON_LINE_BYTES)
        return err_set(err, ERR_LIMIT, "JSON longer than %d bytes",
                       LIMIT_JSON_LINE_BYTES),
               NULL;
    if (is_too_deep(text))
        return err_set(err, ERR_LIMIT, "JSON nested deeper than %d", LIMIT_JSON_DEPTH),
               NULL;
    size_t bad = utf8_bad_at(text);
    if (bad < text.len)
        return err_set(err, ERR_UTF8, "JSON is not UTF-8 at byte %zu", bad), NULL;
    json_t *json =
        json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &what);
    if (json == NULL) /* without what.text's "near": it may cut a character in two */
        err_set(err, ERR_FORMAT, "not JSON at byte %d", what.position);
    return json;
}
