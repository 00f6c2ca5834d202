#include "tests/support/check.h"

#include "proto/wire/fact.h"
#include "proto/wire/limits.h"
#include "proto/wire/message.h"
#include "proto/wire/record.h"
#include "proto/wire/scan.h"

#include <math.h>
#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 300, LARGEST = 1024 };

static const struct record_table *const tables[] = {
    &article_table,        &article_loose_table,
    &message_error_table,  &message_result_table,
    &message_ack_table,    &message_ready_table,
    &message_hello_table,  &message_job_table,
    &message_jobs_table,   &message_from_table,
    &message_credit_table, &message_next_table,
    &message_gap_table,    NULL,
};

struct fixture {
    struct arena arena;
    struct random random;
    struct buf buf;
};

static int make(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    arena_init(&f->arena, 64u << 20);
    random_seed(&f->random, 20240619);
    *state = f;
    return 0;
}

static int end(void **state)
{
    struct fixture *f = *state;
    arena_fini(&f->arena);
    buf_fini(&f->buf);
    test_free(f);
    return 0;
}

typedef void each_record(struct fixture *f, const struct record_table *table,
                         const void *record);

/* Random records of every table there is. */
static void for_each_table(struct fixture *f, each_record *each)
{
    char *record = test_malloc(LARGEST);
    for (int t = 0; tables[t]; t++)
        for (int i = 0; i < ROUNDS; i++) {
            assert_true(tables[t]->size_bytes <= LARGEST);
            record_random(tables[t], &f->random, &f->arena, record);
            each(f, tables[t], record);
            arena_reset(&f->arena);
        }
    for (int k = FACT_NONE + 1; k < FACT_KINDS; k++)
        for (int i = 0; i < ROUNDS; i++) {
            assert_true(fact_tables[k]->size_bytes <= LARGEST);
            record_random(fact_tables[k], &f->random, &f->arena, record);
            each(f, fact_tables[k], record);
            arena_reset(&f->arena);
        }
    test_free(record);
}

static void round_trip(struct fixture *f, const struct record_table *table,
                       const void *record)
{
    struct err err = {0};
    struct buf again = {0};
    void *back = arena_alloc(&f->arena, table->size_bytes);
    buf_clear(&f->buf);
    record_encode(table, record, &f->buf);
    assert_ok(record_decode(table, buf_str(&f->buf), &f->arena, back, &err), &err);
    assert_true(record_equal(table, record, back));
    record_encode(table, back, &again);
    assert_true(str_eq(buf_str(&f->buf), buf_str(&again)));
    buf_fini(&again);
}

static void random_records_of_every_table_come_back(void **state)
{
    for_each_table(*state, round_trip);
}

/* Fractions are printed shorter than Jansson's: here they are made whole. */
static void make_whole(const struct record_table *table, char *record)
{
    for (const struct record_field *f = table->field; f->key; f++) {
        double *number = (double *)(void *)(record + f->offset);
        if (f->type == RECORD_NUMBER && !isnan(*number))
            *number = fabs(*number) < 1e15 ? rint(*number) : 7;
    }
}

static void json_agrees(struct fixture *f, const struct record_table *table,
                        const void *record)
{
    char *whole = arena_alloc(&f->arena, table->size_bytes);
    memcpy(whole, record, table->size_bytes);
    make_whole(table, whole);
    buf_clear(&f->buf);
    record_print(table, whole, &f->buf);
    json_t *json = record_to_json(table, whole);
    char *want = json_dumps(json, JSON_COMPACT);
    assert_str(buf_str(&f->buf), want);
    free(want);
    json_decref(json);
}

static void printed_and_read(struct fixture *f, const struct record_table *table,
                             const void *record)
{
    struct err err = {0};
    void *back = arena_alloc(&f->arena, table->size_bytes);
    if (table == &message_from_table) /* its raw value has no JSON form */
        return;
    buf_clear(&f->buf);
    record_print(table, record, &f->buf);
    json_t *json = record_load_json(buf_str(&f->buf), &err);
    assert_ok(json ? 0 : err.code, &err);
    assert_ok(record_from_json(table, json, &f->arena, back, &err), &err);
    assert_true(record_equal(table, record, back));
    json_decref(json);
}

static void printed_json_reads_back_the_same(void **state)
{
    for_each_table(*state, printed_and_read);
}

static void printed_json_is_what_jansson_makes(void **state)
{
    for_each_table(*state, json_agrees);
}

static void json_round_trip(struct fixture *f, const struct record_table *table,
                            const void *record)
{
    struct err err = {0};
    void *back = arena_alloc(&f->arena, table->size_bytes);
    if (table == &message_from_table) /* its raw value has no JSON form */
        return;
    json_t *json = record_to_json(table, record);
    assert_ok(record_from_json(table, json, &f->arena, back, &err), &err);
    json_decref(json);
    assert_true(record_equal(table, record, back));
}

static void records_come_back_from_json(void **state)
{
    for_each_table(*state, json_round_trip);
}

static void msgpack_c_reads_it(struct fixture *f, const struct record_table *table,
                               const void *record)
{
    msgpack_unpacked unpacked;
    size_t at = 0;
    buf_clear(&f->buf);
    record_encode(table, record, &f->buf);
    msgpack_unpacked_init(&unpacked);
    int rc = msgpack_unpack_next(&unpacked, f->buf.ptr, f->buf.len, &at);
    assert_int_equal(rc, MSGPACK_UNPACK_SUCCESS);
    assert_int_equal(at, f->buf.len);
    assert_int_equal(unpacked.data.type, MSGPACK_OBJECT_MAP);
    /* Key by key what the scan sees. */
    struct scan scan = scan_begin(buf_str(&f->buf));
    struct scan_value map, key, value;
    assert_int_equal(scan_next(&scan, &map), 1);
    assert_int_equal(map.count, unpacked.data.via.map.size);
    scan = scan_inside(&map);
    for (uint32_t i = 0; i < map.count; i++) {
        const msgpack_object_kv *pair = &unpacked.data.via.map.ptr[i];
        assert_int_equal(scan_next(&scan, &key), 1);
        assert_int_equal(scan_next(&scan, &value), 1);
        assert_true(
            str_eq(key.bytes, str_make(pair->key.via.str.ptr, pair->key.via.str.size)));
        if (value.type == SCAN_FLOAT)
            assert_true(pair->val.via.f64 == value.as.real);
        if (value.type == SCAN_UINT)
            assert_true(pair->val.via.u64 == value.as.natural);
        if (value.type == SCAN_INT)
            assert_true(pair->val.via.i64 == value.as.integer);
    }
    msgpack_unpacked_destroy(&unpacked);
}

static void msgpack_c_and_the_cursor_see_the_same(void **state)
{
    for_each_table(*state, msgpack_c_reads_it);
}

/* A table with one field of each simple kind, for the rules one by one. */
struct sample {
    struct str text, bin;
    uint64_t n;
    double number;
    enum record_bool flag;
    int colour;
    struct span span;
    struct record_strs strs;
    struct record_spans spans;
    struct sample *sub;
};
static const char *const colours[] = {"", "red", "green", NULL};
static const struct record_field inner_fields[] = {
    {.key = "n",
     .type = RECORD_U64,
     .offset = offsetof(struct sample, n),
     .required = true},
    {0},
};
static const struct record_table inner = {"inner", sizeof(struct sample),
                                          RECORD_PASS_OVER, inner_fields};
static const struct record_field sample_fields[] = {
    {.key = "text",
     .type = RECORD_STR,
     .offset = offsetof(struct sample, text),
     .max_bytes = 5},
    {.key = "bin", .type = RECORD_BIN, .offset = offsetof(struct sample, bin)},
    {.key = "n", .type = RECORD_U64, .offset = offsetof(struct sample, n)},
    {.key = "number", .type = RECORD_NUMBER, .offset = offsetof(struct sample, number)},
    {.key = "flag", .type = RECORD_BOOL, .offset = offsetof(struct sample, flag)},
    {.key = "colour",
     .type = RECORD_ENUM,
     .offset = offsetof(struct sample, colour),
     .names = colours},
    {.key = "span", .type = RECORD_SPAN, .offset = offsetof(struct sample, span)},
    {.key = "strs", .type = RECORD_STRS, .offset = offsetof(struct sample, strs)},
    {.key = "spans",
     .type = RECORD_SPANS,
     .offset = offsetof(struct sample, spans),
     .required = true},
    {.key = "sub",
     .type = RECORD_MAP,
     .offset = offsetof(struct sample, sub),
     .sub = &inner},
    {0},
};
static const struct record_table sample = {"sample", sizeof(struct sample), RECORD_REFUSE,
                                           sample_fields};

/* Decode the JSON-like text by way of Jansson and msgpack-c's packer: hostile frames are
 * easier to read so. */
static void pack_json(msgpack_packer *packer, json_t *json)
{
    const char *key;
    json_t *value;
    size_t i;
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        msgpack_pack_map(packer, json_object_size(json));
        json_object_foreach(json, key, value)
        {
            msgpack_pack_str(packer, strlen(key));
            msgpack_pack_str_body(packer, key, strlen(key));
            pack_json(packer, value);
        }
        break;
    case JSON_ARRAY:
        msgpack_pack_array(packer, json_array_size(json));
        json_array_foreach(json, i, value) pack_json(packer, value);
        break;
    case JSON_STRING:
        msgpack_pack_str(packer, json_string_length(json));
        msgpack_pack_str_body(packer, json_string_value(json), json_string_length(json));
        break;
    case JSON_INTEGER:
        msgpack_pack_int64(packer, json_integer_value(json));
        break;
    case JSON_REAL:
        msgpack_pack_double(packer, json_real_value(json));
        break;
    case JSON_NULL:
        msgpack_pack_nil(packer);
        break;
    default:
        json_is_true(json) ? msgpack_pack_true(packer) : msgpack_pack_false(packer);
    }
}

static int add_bytes(void *buf, const char *bytes, size_t len)
{
    buf_add(buf, bytes, len);
    return 0;
}

static int decode(struct fixture *f, const char *text, struct sample *out,
                  struct err *err)
{
    json_t *json = json_loads(text, 0, NULL);
    msgpack_packer packer;
    assert_non_null(json);
    buf_clear(&f->buf);
    msgpack_packer_init(&packer, &f->buf, add_bytes);
    pack_json(&packer, json);
    json_decref(json);
    return record_decode(&sample, buf_str(&f->buf), &f->arena, out, err);
}

static void errors_name_the_field(void **state)
{
    static const struct {
        const char *json;
        int code;
        const char *text;
    } row[] = {
        {"[]", ERR_FORMAT, "sample is not a map"},
        {"{}", ERR_FIELD, "sample.spans is missing"},
        {"{\"spans\":[],\"textt\":1}", ERR_FIELD, "sample.textt is no known field"},
        {"{\"spans\":[],\"te\\nxt\":1}", ERR_FIELD, "sample.te?xt is no known field"},
        {"{\"spans\":[],\"text\":7}", ERR_FIELD, "sample.text is not a string"},
        {"{\"spans\":[],\"text\":null}", ERR_FIELD, "sample.text is not a string"},
        {"{\"spans\":[],\"text\":\"sixsix\"}", ERR_LIMIT,
         "sample.text is longer than 5 bytes"},
        {"{\"spans\":[],\"bin\":\"text\"}", ERR_FIELD, "sample.bin is not binary"},
        {"{\"spans\":[],\"n\":-1}", ERR_FIELD, "sample.n is not a natural number"},
        {"{\"spans\":[],\"n\":1.5}", ERR_FIELD, "sample.n is not a natural number"},
        {"{\"spans\":[],\"number\":\"1\"}", ERR_FIELD, "sample.number is not a number"},
        {"{\"spans\":[],\"flag\":1}", ERR_FIELD, "sample.flag is neither"},
        {"{\"spans\":[],\"colour\":\"blue\"}", ERR_FIELD, "sample.colour is none of"},
        {"{\"spans\":[],\"colour\":\"\"}", ERR_FIELD, "sample.colour is none of"},
        {"{\"spans\":[],\"span\":[2,1]}", ERR_FIELD, "sample.span is not a span"},
        {"{\"spans\":[],\"span\":[1]}", ERR_FIELD, "sample.span is not a span"},
        {"{\"spans\":[],\"span\":[0,4294967295]}", ERR_FIELD,
         "sample.span is not a span"},
        {"{\"spans\":[],\"span\":[-1,1]}", ERR_FIELD, "sample.span is not a span"},
        {"{\"spans\":[[1,2],[3]]}", ERR_FIELD, "sample.spans is not a span"},
        {"{\"spans\":7}", ERR_FIELD, "sample.spans is not a list"},
        {"{\"spans\":[],\"strs\":[\"a\",1]}", ERR_FIELD, "sample.strs is not a string"},
        {"{\"spans\":[],\"sub\":[]}", ERR_FIELD, "sample.sub is not a map"},
        {"{\"spans\":[],\"sub\":{}}", ERR_FIELD, "sample.sub: inner.n is missing"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct sample out;
        struct err err = {0};
        assert_int_equal(decode(*state, row[i].json, &out, &err), row[i].code);
        assert_has(err.text, row[i].text);
        if (strstr(row[i].json, "null")) /* in JSON the same, in words of its own */
            continue;
        struct fixture *f = *state;
        json_t *json = json_loads(row[i].json, 0, NULL);
        if (strstr(row[i].json, "bin") == NULL)
            assert_int_equal(record_from_json(&sample, json, &f->arena, &out, NULL),
                             row[i].code);
        json_decref(json);
    }
}

static void what_is_absent_is_not_written_and_empty_is_not_absent(void **state)
{
    struct fixture *f = *state;
    struct sample record;
    struct err err = {0};
    record_init(&sample, &record);
    assert_false(span_is(record.span));
    record_encode(&sample, &record, &f->buf);
    assert_str(buf_str(&f->buf), "\x81\xa5spans\x90");
    record_print(&sample, &record, (buf_clear(&f->buf), &f->buf));
    assert_str(buf_str(&f->buf), "{\"spans\":[]}");

    assert_ok(decode(f, "{\"spans\":[],\"text\":\"\"}", &record, &err), &err);
    assert_non_null(record.text.ptr);
    assert_int_equal(record.text.len, 0);
    record_print(&sample, &record, (buf_clear(&f->buf), &f->buf));
    assert_str(buf_str(&f->buf), "{\"text\":\"\",\"spans\":[]}");
}

static void unknown_keys_are_refused_or_passed_over_as_the_table_says(void **state)
{
    struct fixture *f = *state;
    struct sample out;
    struct err err = {0};
    struct article article;
    assert_ok(decode(f, "{\"x_mine\":{\"a\":[1]},\"spans\":[],\"n\":3}", &out, &err),
              &err);
    assert_int_equal(out.n, 3);
    struct str frame = STR("\x82\xa4text\xa1t\xa3odd\x91\x01");
    assert_int_equal(record_decode(&article_table, frame, &f->arena, &article, &err),
                     ERR_FIELD);
    assert_ok(record_decode(&article_loose_table, frame, &f->arena, &article, &err),
              &err);
    assert_str(article.text, "t");
}

static void a_number_that_stands_for_absent_is_refused(void **state)
{
    struct fixture *f = *state;
    struct sample out;
    struct err err = {0};
    struct str frame = STR("\x82\xa5spans\x90\xa1n\xcf\xff\xff\xff\xff\xff\xff\xff\xff");
    assert_int_equal(record_decode(&sample, frame, &f->arena, &out, &err), ERR_FIELD);
    assert_has(err.text, "sample.n is too large");
}

static void whole_numbers_travel_as_integers(void **state)
{
    struct fixture *f = *state;
    struct sample record;
    static const struct {
        double number;
        const char *packed, *json;
    } row[] = {
        {11000, "\x82\xa6number\xcd\x2a\xf8\xa5spans\x90", "11000"},
        {-3, "\x82\xa6number\xfd\xa5spans\x90", "-3"},
        {1.5, NULL, "1.5"},
        {0.8, NULL, "0.8"},
        {0.1 + 0.2, NULL, "0.30000000000000004"},
        {1e300, NULL, "1e300"},
        {2.5e-7, NULL, "2.5e-7"},
        {9007199254740992.0, NULL, "9007199254740992"},
        {1e16, NULL, "1e16"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct buf json = {0};
        record_init(&sample, &record);
        record.number = row[i].number;
        buf_clear(&f->buf);
        record_encode(&sample, &record, &f->buf);
        if (row[i].packed)
            assert_str(buf_str(&f->buf), row[i].packed);
        record_print(&sample, &record, &json);
        assert_has(buf_cstr(&json), row[i].json);
        buf_fini(&json);
    }
}

static void lists_have_limits(void **state)
{
    struct fixture *f = *state;
    struct sample record;
    struct err err = {0};
    char *json = test_malloc(4 * (LIMIT_LIST + 2) + 64);
    char *p = json + sprintf(json, "{\"spans\":[],\"strs\":[\"\"");
    for (int i = 0; i < LIMIT_LIST; i++)
        p += sprintf(p, ",\"\"");
    strcpy(p, "]}");
    assert_int_equal(decode(f, json, &record, &err), ERR_LIMIT);
    assert_has(err.text, "sample.strs has too many items");
    test_free(json);
}

static void json_from_outside_is_bounded(void **state)
{
    (void)state;
    struct err err = {0};
    char deep[100];
    memset(deep, '[', 33);
    memset(deep + 33, ']', 33);
    assert_null(record_load_json(str_make(deep, 66), &err));
    assert_int_equal(err.code, ERR_LIMIT);
    json_t *json = record_load_json(str_make(deep + 1, 64), &err);
    assert_non_null(json);
    json_decref(json);
    json =
        record_load_json(STR("[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[\"]"), &err);
    assert_non_null(json);
    json_decref(json);
    assert_null(record_load_json(STR("{\"a\":1,\"a\":2}"), &err));
    assert_int_equal(err.code, ERR_FORMAT);
    assert_null(record_load_json(STR("[\"\xff\"]"), &err));
    assert_int_equal(err.code, ERR_UTF8);
    assert_null(record_load_json(STR("[1e400]"), &err));
    assert_null(record_load_json(STR("[1] x"), &err));
    assert_null(record_load_json(STR(""), &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_records_of_every_table_come_back, make,
                                        end),
        cmocka_unit_test_setup_teardown(printed_json_is_what_jansson_makes, make, end),
        cmocka_unit_test_setup_teardown(printed_json_reads_back_the_same, make, end),
        cmocka_unit_test_setup_teardown(records_come_back_from_json, make, end),
        cmocka_unit_test_setup_teardown(msgpack_c_and_the_cursor_see_the_same, make, end),
        cmocka_unit_test_setup_teardown(errors_name_the_field, make, end),
        cmocka_unit_test_setup_teardown(
            what_is_absent_is_not_written_and_empty_is_not_absent, make, end),
        cmocka_unit_test_setup_teardown(
            unknown_keys_are_refused_or_passed_over_as_the_table_says, make, end),
        cmocka_unit_test_setup_teardown(a_number_that_stands_for_absent_is_refused, make,
                                        end),
        cmocka_unit_test_setup_teardown(whole_numbers_travel_as_integers, make, end),
        cmocka_unit_test_setup_teardown(lists_have_limits, make, end),
        cmocka_unit_test_setup_teardown(json_from_outside_is_bounded, make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
