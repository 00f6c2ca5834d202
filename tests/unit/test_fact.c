#include "tests/support/check.h"

#include "proto/base/hash.h"
#include "proto/wire/fact.h"
#include "proto/wire/limits.h"
#include "proto/wire/scan.h"

#include <math.h>
#include <stdio.h>

static const struct str text = {"Lima juta tentara Korea Utara tiba.", 35};

struct fixture {
    struct arena arena;
    struct buf buf;
    struct article article;
    struct fact fact; /* a quantity that keeps the contract */
};

static int make(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    arena_init(&f->arena, 1 << 20);
    record_init(&article_table, &f->article);
    f->article.id = STR("mine-1");
    f->article.language = STR("id");
    f->article.source = STR("detik.com");
    fact_init(&f->fact, FACT_QUANTITY);
    f->fact.n = 1;
    f->fact.article = &f->article;
    f->fact.sentence = 0;
    f->fact.span = (struct span){0, 17};
    f->fact.text = STR("Lima juta tentara");
    f->fact.confidence = 0.9;
    f->fact.value = 5000000;
    f->fact.unit = STR("tentara");
    f->fact.id = STR("0123456789abcdef");
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

static void a_new_fact_has_nothing_but_version_and_kind(void **state)
{
    struct fixture *f = *state;
    struct fact fact;
    for (int k = FACT_NONE + 1; k < FACT_KINDS; k++) {
        char want[64];
        fact_init(&fact, (enum fact_kind)k);
        buf_clear(&f->buf);
        record_print(fact_tables[k], &fact, &f->buf);
        snprintf(want, sizeof want, "{\"v\":1,\"kind\":\"%s\"%s}", fact_kind_names[k],
                 k == FACT_ENTITY ? ",\"mentions\":[]" : "");
        assert_str(buf_str(&f->buf), want);
    }
}

static void keys_stand_in_the_order_of_the_page(void **state)
{
    struct fixture *f = *state;
    struct fact_place place = {STR("Kursk"), STR("RU")};
    f->fact.place = &place;
    f->fact.bound = FACT_MIN;
    f->fact.modality = FACT_PLANNED;
    record_print(fact_tables[FACT_QUANTITY], &f->fact, &f->buf);
    assert_str(
        buf_str(&f->buf),
        "{\"v\":1,\"n\":1,\"kind\":\"quantity\",\"id\":\"0123456789abcdef\","
        "\"article\":{\"id\":\"mine-1\",\"source\":\"detik.com\",\"language\":\"id\"},"
        "\"sentence\":0,\"span\":[0,17],\"text\":\"Lima juta tentara\","
        "\"confidence\":0.9,\"value\":5000000,\"bound\":\"min\",\"unit\":\"tentara\","
        "\"modality\":\"planned\",\"place\":{\"name\":\"Kursk\",\"country\":\"RU\"}}");
}

static void ids_are_the_same_on_every_machine_and_in_every_version(void **state)
{
    struct fixture *f = *state;
    char entry[17];
    fact_make_id(&f->fact, STR("mine-1"), STR("id-1.0"), &f->arena);
    assert_str(f->fact.id, "11302d23f42a35d7");
    fact_entry_id(STR("mine-1"), STR("id-1.0"), entry);
    assert_string_equal(entry, "f5a7966425b0fa31");
}

/* Long records are hashed in pieces. */
static void an_id_is_the_hash_of_the_bytes_however_many(void **state)
{
    struct fixture *f = *state;
    char noun[5000], want[17];
    memset(noun, 'n', sizeof noun);
    f->fact.id = STR_NONE;
    f->fact.article = NULL;
    for (size_t len = 1; len < sizeof noun; len += 37) {
        struct fact bare = f->fact;
        bare.noun = str_make(noun, len);
        bare.v = bare.n = UINT64_MAX;
        bare.confidence = (double)NAN;
        buf_clear(&f->buf);
        buf_add_str(&f->buf, STR("mine-1\nid-1.0\n"));
        record_encode(fact_tables[FACT_QUANTITY], &bare, &f->buf);
        hash_hex(hash64(buf_str(&f->buf), 0), want);
        fact_make_id(&bare, STR("mine-1"), STR("id-1.0"), &f->arena);
        assert_str(bare.id, want);
    }
}

static void hundredths_are_printed_as_the_c_library_does(void **state)
{
    struct fixture *f = *state;
    char want[64];
    for (int i = 1; i < 200000; i += i < 1000 ? 1 : 97) {
        f->fact.value = (i % 2 ? i : -i) / 100.0;
        buf_clear(&f->buf);
        record_print(fact_tables[FACT_QUANTITY], &f->fact, &f->buf);
        snprintf(want, sizeof want, "\"value\":%.15g,", f->fact.value);
        assert_non_null(strstr(buf_cstr(&f->buf), want));
    }
}

static void an_id_changes_with_what_is_claimed_and_only_with_it(void **state)
{
    struct fixture *f = *state;
    fact_make_id(&f->fact, STR("mine-1"), STR("id-1.0"), &f->arena);
    struct str id = f->fact.id;
    f->fact.confidence = 0.5;
    f->fact.n = 7;
    f->fact.seq = 9;
    f->fact.rule = "r1";
    fact_make_id(&f->fact, STR("mine-1"), STR("id-1.0"), &f->arena);
    assert_true(str_eq(id, f->fact.id));
    f->fact.value++;
    fact_make_id(&f->fact, STR("mine-1"), STR("id-1.0"), &f->arena);
    assert_false(str_eq(id, f->fact.id));
    f->fact.value--;
    fact_make_id(&f->fact, STR("mine-1"), STR("id-1.1"), &f->arena);
    assert_false(str_eq(id, f->fact.id));
    fact_make_id(&f->fact, STR("mine-2"), STR("id-1.0"), &f->arena);
    assert_false(str_eq(id, f->fact.id));
}

static void a_fact_comes_back_and_keeps_its_contract(void **state)
{
    struct fixture *f = *state;
    struct fact back;
    struct err err = {0};
    record_encode(fact_tables[FACT_QUANTITY], &f->fact, &f->buf);
    assert_ok(fact_decode(buf_str(&f->buf), &f->arena, &back, &err), &err);
    assert_int_equal(back.kind, FACT_QUANTITY);
    assert_true(back.value == 5000000);
    assert_true(record_equal(fact_tables[FACT_QUANTITY], &f->fact, &back));
    assert_ok(fact_check(&back, text, &err), &err);
    assert_int_equal(fact_decode(STR("\x81\xa4kind\xa6"
                                     "animal"),
                                 &f->arena, &back, &err),
                     ERR_FIELD);
    assert_has(err.text, "fact.kind is none of its values");
    assert_int_equal(fact_decode(STR("\x80"), &f->arena, &back, &err), ERR_FIELD);
    assert_int_equal(fact_decode(STR("\x90"), &f->arena, &back, &err), ERR_FORMAT);
}

static void refuses(const struct fact *fact, const char *why)
{
    struct err err = {0};
    assert_true(fact_check(fact, text, &err) < 0);
    assert_has(err.text, why);
}

static void what_breaks_the_contract_is_named(void **state)
{
    struct fixture *f = *state;
    struct fact fact;
#define BROKEN(change, why)                                                              \
    do {                                                                                 \
        fact = f->fact;                                                                  \
        change;                                                                          \
        refuses(&fact, why);                                                             \
    } while (0)
    BROKEN(fact.v = 2, "quantity.v is not 1");
    BROKEN(fact.n = 0, "quantity.n is not");
    BROKEN(fact.id = STR("0123456789ABCDEF"), "quantity.id");
    BROKEN(fact.id.len = 15, "quantity.id");
    BROKEN(fact.article = NULL, "quantity.article has no id");
    BROKEN(fact.span.end = 36, "quantity.span");
    BROKEN(fact.span.end = 0, "quantity.span");
    BROKEN(fact.span.end = 16, "quantity.text is not what the span holds");
    BROKEN(fact.confidence = 1.01, "quantity.confidence");
    BROKEN(fact.confidence = -0.1, "quantity.confidence");
    BROKEN(fact.unit = STR_NONE, "quantity.unit is missing");
    BROKEN(fact.low = 3, "quantity.value is neither");
    BROKEN(fact.value = (double)NAN, "quantity.value is neither");
    BROKEN((fact.value = (double)NAN, fact.low = 3, fact.high = 2), "low is above high");
    BROKEN(fact.kind = FACT_ENTITY, "entity.type or name");
    BROKEN(fact.kind = FACT_TIME, "time.type or value");
    BROKEN(fact.kind = FACT_QUOTE, "quote.speaker");
    BROKEN(fact.kind = FACT_ROLE, "role.person");
    BROKEN(fact.kind = FACT_EVENT, "event.trigger");
    BROKEN((fact.kind = FACT_EVENT, fact.trigger = (struct span){30, 34}),
           "event.actors");
    BROKEN((fact.kind = FACT_ARTICLE, fact.n = 0), "article.article has no text");
#undef BROKEN
}

static void seq_is_put_first_and_never_twice(void **state)
{
    struct fixture *f = *state;
    const struct scan_limits limits = {LIMIT_DEPTH, LIMIT_OBJECTS};
    fact_add_seq(STR("\x82\xa1v\x01\xa1n\x00"), 300, &f->buf);
    assert_true(
        str_eq(buf_str(&f->buf), STR("\x83\xa3seq\xcd\x01\x2c\xa1v\x01\xa1n\x00")));
    buf_clear(&f->buf);
    fact_add_seq(STR("\x82\xa3seq\x07\xa1n\x00"), 8, &f->buf);
    assert_true(str_eq(buf_str(&f->buf), STR("\x82\xa3seq\x08\xa1n\x00")));
    buf_clear(&f->buf);
    fact_add_seq(STR("\x80"), 1, &f->buf);
    assert_true(str_eq(buf_str(&f->buf), STR("\x81\xa3seq\x01")));
    /* 15 keys and one more: the map's head grows. */
    struct buf fifteen = {0};
    buf_add_char(&fifteen, (char)0x8f);
    for (int i = 0; i < 15; i++)
        buf_printf(&fifteen, "\xa1%c\xc0", 'a' + i);
    buf_clear(&f->buf);
    fact_add_seq(buf_str(&fifteen), 1, &f->buf);
    assert_int_equal(scan_check(buf_str(&f->buf), &limits, NULL), 0);
    assert_int_equal(f->buf.len, fifteen.len + 2 + 5);
    buf_fini(&fifteen);
}

static struct fact_view view_of(struct fixture *f)
{
    struct fact_view view;
    struct err err = {0};
    buf_clear(&f->buf);
    record_encode(fact_tables[f->fact.kind], &f->fact, &f->buf);
    assert_ok(fact_view(buf_str(&f->buf), &view, &err), &err);
    return view;
}

static void a_view_shows_what_filters_ask_for(void **state)
{
    struct fixture *f = *state;
    struct fact_place place = {STR("Kursk"), STR("RU")};
    struct fact_view view = view_of(f);
    assert_str(view.kind, "quantity");
    assert_str(view.language, "id");
    assert_str(view.source, "detik.com");
    assert_str(view.country, "-");
    f->fact.place = &place;
    assert_str(view_of(f).country, "RU");
    place.country = STR_NONE;
    assert_str(view_of(f).country, "-");
    f->fact.kind = FACT_ROLE; /* country of its own wins */
    f->fact.country = STR("DE");
    assert_str(view_of(f).country, "DE");
    f->article.language = STR_NONE;
    assert_null(view_of(f).language.ptr);

    struct err err = {0};
    assert_int_equal(fact_view(STR("\x80"), &view, &err), ERR_FIELD);
    assert_int_equal(fact_view(STR("\x90"), &view, &err), ERR_FIELD);
    assert_int_equal(fact_view(STR("\x81\xa4kind\x01"), &view, &err), ERR_FIELD);
    assert_ok(fact_view(STR("\x82\xa4kind\xa1x\xa5place\x01"), &view, &err), &err);
    assert_str(view.country, "-");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_fact_has_nothing_but_version_and_kind),
        TEST(keys_stand_in_the_order_of_the_page),
        TEST(ids_are_the_same_on_every_machine_and_in_every_version),
        TEST(an_id_is_the_hash_of_the_bytes_however_many),
        TEST(hundredths_are_printed_as_the_c_library_does),
        TEST(an_id_changes_with_what_is_claimed_and_only_with_it),
        TEST(a_fact_comes_back_and_keeps_its_contract),
        TEST(what_breaks_the_contract_is_named),
        TEST(seq_is_put_first_and_never_twice),
        TEST(a_view_shows_what_filters_ask_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
