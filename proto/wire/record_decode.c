/* From msgpack: straight from the scan's cursor, which needs no memory but the lists. */
#include "proto/wire/record_private.h"

int record_bad(struct err *err, int code, const struct record_table *table,
               const char *key, const char *problem)
{
    return err_set(err, code, "%s.%s %s", table->name, key, problem);
}

int record_unknown_key(struct err *err, const struct record_table *table, struct str key)
{
    char shown[40]; /* the text goes to terminals and back onto the wire */
    size_t len = key.len < sizeof shown ? key.len : sizeof shown - 1;
    for (size_t i = 0; i < len; i++)
        shown[i] = key.ptr[i] > ' ' && key.ptr[i] < 0x7f ? key.ptr[i] : '?';
    shown[len] = '\0';
    return err_set(err, ERR_FIELD, "%s.%s is no known field", table->name, shown);
}

int record_enum_of(const struct record_field *field, struct str bytes)
{
    for (int i = 1; field->names[i]; i++)
        if (str_is(bytes, field->names[i]))
            return i;
    return 0;
}

const struct record_field *record_find(const struct record_table *table, struct str key,
                                       unsigned *hint)
{
    unsigned i = *hint;
    for (; table->field[i].key; i++)
        if (str_eq(key, record_key(&table->field[i])))
            goto found;
    for (i = 0; i < *hint; i++)
        if (str_eq(key, record_key(&table->field[i])))
            goto found;
    return NULL;
found:
    *hint = i + 1;
    return &table->field[i];
}

int record_check_required(const struct record_table *table, uint64_t seen,
                          struct err *err)
{
    for (unsigned i = 0; table->field[i].key; i++)
        if (table->field[i].required && !(seen >> i & 1))
            return record_bad(err, ERR_FIELD, table, table->field[i].key, "is missing");
    return 0;
}

struct context {
    const struct record_table *table;
    const struct record_field *field;
    struct arena *arena;
    struct err *err;
    struct record_memo *memo;
};

static int bad(const struct context *c, int code, const char *problem)
{
    return record_bad(c->err, code, c->table, c->field->key, problem);
}

static int too_long(const struct context *c)
{
    return err_set(c->err, ERR_LIMIT, "%s.%s is longer than %zu bytes", c->table->name,
                   c->field->key, record_max_bytes(c->field));
}

static int get_bytes(const struct context *c, const struct scan_value *value,
                     struct str *out)
{
    if (value->type != (c->field->type == RECORD_BIN ? SCAN_BIN : SCAN_STR))
        return bad(c, ERR_FIELD,
                   c->field->type == RECORD_BIN ? "is not binary" : "is not a string");
    if (value->bytes.len > record_max_bytes(c->field))
        return too_long(c);
    *out = value->bytes;
    return 0;
}

static int get_u64(const struct context *c, const struct scan_value *value, uint64_t *out)
{
    if (value->type != SCAN_UINT)
        return bad(c, ERR_FIELD, "is not a natural number");
    if (value->as.natural > INT64_MAX)
        return bad(c, ERR_FIELD, "is too large");
    *out = value->as.natural;
    return 0;
}

static int get_number(const struct context *c, const struct scan_value *value,
                      double *out)
{
    if (value->type == SCAN_UINT)
        *out = (double)value->as.natural;
    else if (value->type == SCAN_INT)
        *out = (double)value->as.integer;
    else if (value->type == SCAN_FLOAT)
        *out = value->as.real;
    else
        return bad(c, ERR_FIELD, "is not a number");
    return 0;
}

static int get_enum(const struct context *c, const struct scan_value *value, int *out)
{
    if (value->type != SCAN_STR)
        return bad(c, ERR_FIELD, "is not a string");
    *out = record_enum_of(c->field, value->bytes);
    return *out ? 0 : bad(c, ERR_FIELD, "is none of its values");
}

static int get_span(const struct context *c, const struct scan_value *value,
                    struct span *out)
{
    struct scan_value begin, end;
    if (value->type != SCAN_ARRAY || value->count != 2)
        return bad(c, ERR_FIELD, "is not a span");
    struct scan scan = scan_inside(value);
    scan_next(&scan, &begin);
    scan_next(&scan, &end);
    if (begin.type != SCAN_UINT || end.type != SCAN_UINT ||
        begin.as.natural > end.as.natural || end.as.natural >= UINT32_MAX)
        return bad(c, ERR_FIELD, "is not a span");
    *out = (struct span){(uint32_t)begin.as.natural, (uint32_t)end.as.natural};
    return 0;
}

static int get_map(const struct context *c, const struct scan_value *value, void *out)
{
    if (value->type != SCAN_MAP)
        return bad(c, ERR_FIELD, "is not a map");
    record_init(c->field->sub, out);
    int rc = record_decode_value(c->field->sub, value, c->arena, out, c->err);
    return rc < 0 ? err_prefix(c->err, "%s.%s", c->table->name, c->field->key), rc : 0;
}

static bool is_kept(const struct context *c)
{
    return c->memo && c->field->type == RECORD_MAP && c->memo->table == c->field->sub;
}

/* No value begins with another: where the memo's bytes stand, so does its map. */
static bool take_kept(const struct context *c, struct scan *scan, void *slot)
{
    struct str kept = c->memo->raw;
    if (kept.ptr == NULL || (size_t)(scan->end - scan->at) < kept.len ||
        memcmp(scan->at, kept.ptr, kept.len) != 0)
        return false;
    *(void **)slot = c->memo->record;
    scan->at += kept.len;
    return true;
}

static int get_pointed(const struct context *c, const struct scan_value *value, void **at)
{
    struct record_memo *memo = c->memo;
    *at = arena_alloc(c->arena, c->field->sub->size_bytes);
    int rc = get_map(c, value, *at);
    if (rc == 0 && is_kept(c)) {
        memcpy(memo->record, *at, memo->table->size_bytes);
        memo->raw = value->raw;
    }
    return rc;
}

static int get_list(const struct context *c, const struct scan_value *value, void *at)
{
    const size_t item_bytes = c->field->type == RECORD_STRS ? sizeof(struct str)
                              : c->field->type == RECORD_SPANS
                                  ? sizeof(struct span)
                                  : c->field->sub->size_bytes;
    if (value->type != SCAN_ARRAY)
        return bad(c, ERR_FIELD, "is not a list");
    if (value->count > (c->field->type == RECORD_LIST ? LIMIT_BATCH : LIMIT_LIST))
        return bad(c, ERR_LIMIT, "has too many items");
    struct record_list list = {NULL, value->count, value->count};
    if (value->count)
        list.item = arena_alloc(c->arena, value->count * item_bytes);
    struct scan scan = scan_inside(value);
    struct scan_value item;
    for (char *slot = list.item; scan_next(&scan, &item); slot += item_bytes) {
        int rc = c->field->type == RECORD_STRS    ? get_bytes(c, &item, (void *)slot)
                 : c->field->type == RECORD_SPANS ? get_span(c, &item, (void *)slot)
                                                  : get_map(c, &item, slot);
        if (rc < 0)
            return rc;
    }
    if (c->field->type == RECORD_STRS)
        *(struct record_strs *)at =
            (struct record_strs){(void *)list.item, list.count, list.cap};
    else if (c->field->type == RECORD_SPANS)
        *(struct record_spans *)at =
            (struct record_spans){(void *)list.item, list.count, list.cap};
    else
        *(struct record_list *)at = list;
    return 0;
}

static int get_value(const struct context *c, const struct scan_value *value, void *at)
{
    switch (c->field->type) {
    case RECORD_STR:
    case RECORD_BIN:
        return get_bytes(c, value, at);
    case RECORD_RAW:
        *(struct str *)at = value->raw;
        return value->raw.len > record_max_bytes(c->field) ? too_long(c) : 0;
    case RECORD_U64:
        return get_u64(c, value, at);
    case RECORD_NUMBER:
        return get_number(c, value, at);
    case RECORD_BOOL:
        if (value->type != SCAN_BOOL)
            return bad(c, ERR_FIELD, "is neither true nor false");
        *(enum record_bool *)at = value->as.boolean ? RECORD_TRUE : RECORD_FALSE;
        return 0;
    case RECORD_ENUM:
        return get_enum(c, value, at);
    case RECORD_SPAN:
        return get_span(c, value, at);
    case RECORD_MAP:
        return get_pointed(c, value, at);
    case RECORD_STRS:
    case RECORD_SPANS:
    case RECORD_LIST:
        return get_list(c, value, at);
    }
    return 0;
}

int record_decode_value(const struct record_table *table, const struct scan_value *map,
                        struct arena *arena, void *record_out, struct err *err)
{
    return record_decode_memo(table, map, NULL, arena, record_out, err);
}

int record_decode_memo(const struct record_table *table, const struct scan_value *map,
                       struct record_memo *memo, struct arena *arena, void *record_out,
                       struct err *err)
{
    struct context c = {table, NULL, arena, err, memo};
    struct scan scan = scan_inside(map);
    struct scan_value key, value;
    uint64_t seen = 0;
    unsigned hint = 0;
    while (scan_next(&scan, &key)) {
        c.field = record_find(table, key.bytes, &hint);
        if (c.field && is_kept(&c) &&
            take_kept(&c, &scan, record_slot(record_out, c.field))) {
            seen |= (uint64_t)1 << (c.field - table->field);
            continue;
        }
        scan_next(&scan, &value);
        if (c.field == NULL) {
            if (table->unknown == RECORD_REFUSE && !str_starts(key.bytes, STR("x_")))
                return record_unknown_key(err, table, key.bytes);
            continue;
        }
        int rc = get_value(&c, &value, record_slot(record_out, c.field));
        if (rc < 0)
            return rc;
        seen |= (uint64_t)1 << (c.field - table->field);
    }
    return record_check_required(table, seen, err);
}

int record_decode(const struct record_table *table, struct str frame, struct arena *arena,
                  void *record_out, struct err *err)
{
    const struct scan_limits limits = {LIMIT_DEPTH, LIMIT_OBJECTS};
    struct scan_value map;
    record_init(table, record_out);
    int rc = scan_check(frame, &limits, err);
    if (rc < 0)
        return err_prefix(err, "%s", table->name), rc;
    struct scan scan = scan_begin(frame);
    scan_next(&scan, &map);
    if (map.type != SCAN_MAP)
        return err_set(err, ERR_FORMAT, "%s is not a map", table->name);
    return record_decode_value(table, &map, arena, record_out, err);
}
