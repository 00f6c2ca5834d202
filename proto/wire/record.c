#include "proto/wire/record.h"

#include "proto/wire/record_private.h"

#include <math.h>
#include <msgpack.h>

bool record_is_whole(double number)
{
    return fabs(number) <= RECORD_WHOLE_MAX && number == rint(number);
}

bool record_has(const void *record, const struct record_field *field)
{
    const void *at = record_at(record, field);
    switch (field->type) {
    case RECORD_STR:
    case RECORD_BIN:
    case RECORD_RAW:
        return ((const struct str *)at)->ptr != NULL;
    case RECORD_U64:
        return *(const uint64_t *)at != UINT64_MAX;
    case RECORD_NUMBER:
        return !isnan(*(const double *)at);
    case RECORD_BOOL:
        return *(const enum record_bool *)at != RECORD_UNSET;
    case RECORD_ENUM:
        return *(const int *)at != 0;
    case RECORD_SPAN:
        return span_is(*(const struct span *)at);
    case RECORD_MAP:
        return *(void *const *)at != NULL;
    case RECORD_STRS:
        return ((const struct record_strs *)at)->count > 0;
    case RECORD_SPANS:
        return ((const struct record_spans *)at)->count > 0;
    case RECORD_LIST:
        return ((const struct record_list *)at)->count > 0;
    }
    return false;
}

void record_make_absent(void *record, const struct record_field *field)
{
    void *at = record_slot(record, field);
    switch (field->type) {
    case RECORD_STR:
    case RECORD_BIN:
    case RECORD_RAW:
        *(struct str *)at = STR_NONE;
        break;
    case RECORD_U64:
        *(uint64_t *)at = UINT64_MAX;
        break;
    case RECORD_NUMBER:
        *(double *)at = (double)NAN;
        break;
    case RECORD_BOOL:
        *(enum record_bool *)at = RECORD_UNSET;
        break;
    case RECORD_ENUM:
        *(int *)at = 0;
        break;
    case RECORD_SPAN:
        *(struct span *)at = SPAN_NONE;
        break;
    case RECORD_MAP:
        *(void **)at = NULL;
        break;
    case RECORD_STRS:
        *(struct record_strs *)at = (struct record_strs){0};
        break;
    case RECORD_SPANS:
        *(struct record_spans *)at = (struct record_spans){0};
        break;
    case RECORD_LIST:
        *(struct record_list *)at = (struct record_list){0};
        break;
    }
}

void record_init(const struct record_table *table, void *record)
{
    memset(record, 0, table->size_bytes);
    for (const struct record_field *f = table->field; f->key; f++)
        record_make_absent(record, f);
}

static int add_bytes(void *buf, const char *bytes, size_t len)
{
    buf_add(buf, bytes, len);
    return 0;
}

static void pack_str(msgpack_packer *packer, struct str s)
{
    msgpack_pack_str(packer, s.len);
    msgpack_pack_str_body(packer, s.ptr, s.len);
}

static void pack_number(msgpack_packer *packer, double number)
{
    assert(isfinite(number));
    if (record_is_whole(number))
        msgpack_pack_int64(packer, (int64_t)number);
    else
        msgpack_pack_double(packer, number);
}

static void pack_span(msgpack_packer *packer, struct span span)
{
    assert(span.begin <= span.end);
    msgpack_pack_array(packer, 2);
    msgpack_pack_uint32(packer, span.begin);
    msgpack_pack_uint32(packer, span.end);
}

static void pack_record(msgpack_packer *packer, const struct record_table *table,
                        const void *record);

static void pack_list(msgpack_packer *packer, const struct record_field *field,
                      const void *at)
{
    const struct record_strs *strs = at;
    const struct record_spans *spans = at;
    const struct record_list *list = at;
    if (field->type == RECORD_STRS) {
        msgpack_pack_array(packer, strs->count);
        for (uint32_t i = 0; i < strs->count; i++)
            pack_str(packer, strs->item[i]);
    } else if (field->type == RECORD_SPANS) {
        msgpack_pack_array(packer, spans->count);
        for (uint32_t i = 0; i < spans->count; i++)
            pack_span(packer, spans->item[i]);
    } else {
        msgpack_pack_array(packer, list->count);
        for (uint32_t i = 0; i < list->count; i++)
            pack_record(packer, field->sub, record_item(list, i, field->sub));
    }
}

static void pack_value(msgpack_packer *packer, const struct record_field *field,
                       const void *at)
{
    const struct str *s = at;
    switch (field->type) {
    case RECORD_STR:
        pack_str(packer, *s);
        break;
    case RECORD_BIN:
        msgpack_pack_bin(packer, s->len);
        msgpack_pack_bin_body(packer, s->ptr, s->len);
        break;
    case RECORD_RAW:
        packer->callback(packer->data, s->ptr, s->len);
        break;
    case RECORD_U64:
        assert(*(const uint64_t *)at <= INT64_MAX);
        msgpack_pack_uint64(packer, *(const uint64_t *)at);
        break;
    case RECORD_NUMBER:
        pack_number(packer, *(const double *)at);
        break;
    case RECORD_BOOL:
        if (*(const enum record_bool *)at == RECORD_TRUE)
            msgpack_pack_true(packer);
        else
            msgpack_pack_false(packer);
        break;
    case RECORD_ENUM:
        pack_str(packer, str_of(field->names[*(const int *)at]));
        break;
    case RECORD_SPAN:
        pack_span(packer, *(const struct span *)at);
        break;
    case RECORD_MAP:
        pack_record(packer, field->sub, *(void *const *)at);
        break;
    case RECORD_STRS:
    case RECORD_SPANS:
    case RECORD_LIST:
        pack_list(packer, field, at);
        break;
    }
}

static bool is_list(const struct record_field *field)
{
    return field->type == RECORD_STRS || field->type == RECORD_SPANS ||
           field->type == RECORD_LIST;
}

bool record_is_written(const void *record, const struct record_field *field)
{
    return record_has(record, field) || (field->required && is_list(field));
}

static void pack_record(msgpack_packer *packer, const struct record_table *table,
                        const void *record)
{
    uint64_t written = 0; /* a bit for every field, asked once */
    uint32_t count = 0;
    for (const struct record_field *f = table->field; f->key; f++) {
        assert(f - table->field < 64);
        if (record_is_written(record, f)) {
            written |= UINT64_C(1) << (f - table->field);
            count++;
        }
    }
    msgpack_pack_map(packer, count);
    for (const struct record_field *f = table->field; written; f++, written >>= 1) {
        if (written & 1) {
            pack_str(packer, record_key(f));
            pack_value(packer, f, record_at(record, f));
        }
    }
}

void record_encode_to(const struct record_table *table, const void *record,
                      int (*take)(void *context, const char *bytes, size_t len),
                      void *context)
{
    msgpack_packer packer;
    msgpack_packer_init(&packer, context, take);
    pack_record(&packer, table, record);
}

void record_encode(const struct record_table *table, const void *record, struct buf *buf)
{
    record_encode_to(table, record, add_bytes, buf);
}

static bool equal_list(const struct record_field *field, const void *a, const void *b)
{
    const struct record_strs *sa = a, *sb = b;
    const struct record_spans *pa = a, *pb = b;
    const struct record_list *la = a, *lb = b;
    if (field->type == RECORD_STRS) {
        for (uint32_t i = 0; i < sa->count && i < sb->count; i++)
            if (!str_eq(sa->item[i], sb->item[i]))
                return false;
        return sa->count == sb->count;
    }
    if (field->type == RECORD_SPANS)
        return pa->count == pb->count &&
               (pa->count == 0 ||
                memcmp(pa->item, pb->item, pa->count * sizeof *pa->item) == 0);
    for (uint32_t i = 0; i < la->count && i < lb->count; i++)
        if (!record_equal(field->sub, record_item(la, i, field->sub),
                          record_item(lb, i, field->sub)))
            return false;
    return la->count == lb->count;
}

static bool equal_value(const struct record_field *field, const void *a, const void *b)
{
    switch (field->type) {
    case RECORD_STR:
    case RECORD_BIN:
    case RECORD_RAW:
        return str_eq(*(const struct str *)a, *(const struct str *)b);
    case RECORD_U64:
        return *(const uint64_t *)a == *(const uint64_t *)b;
    case RECORD_NUMBER:
        return *(const double *)a == *(const double *)b;
    case RECORD_BOOL:
        return *(const enum record_bool *)a == *(const enum record_bool *)b;
    case RECORD_ENUM:
        return *(const int *)a == *(const int *)b;
    case RECORD_SPAN:
        return memcmp(a, b, sizeof(struct span)) == 0;
    case RECORD_MAP:
        return record_equal(field->sub, *(void *const *)a, *(void *const *)b);
    case RECORD_STRS:
    case RECORD_SPANS:
    case RECORD_LIST:
        return equal_list(field, a, b);
    }
    return false;
}

bool record_equal(const struct record_table *table, const void *a, const void *b)
{
    for (const struct record_field *f = table->field; f->key; f++) {
        bool has = record_has(a, f);
        if (has != record_has(b, f))
            return false;
        if (has && !equal_value(f, record_at(a, f), record_at(b, f)))
            return false;
    }
    return true;
}
