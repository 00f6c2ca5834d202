#include "worker/extract/gazetteer.h"
#include "worker/extract/title.h"

#include "tests/unit/text_fixture.h"

static void values_are_read_field_by_field(void **state)
{
    (void)state;
    struct gazetteer_entry e;
    assert_true(gazetteer_parse(STR("GPE RU country"), &e));
    assert_int_equal(e.type, ENTITY_GPE);
    assert_true(e.state && !e.weak);
    assert_str(e.country, "RU");
    assert_null(e.full.ptr);
    assert_true(gazetteer_parse(STR("ORG ID = Komisi Pemberantasan Korupsi"), &e));
    assert_str(e.full, "Komisi Pemberantasan Korupsi");
    assert_true(gazetteer_parse(STR("GPE ID weak"), &e));
    assert_true(e.weak && !e.state);
    assert_true(gazetteer_parse(STR("LOC -"), &e));
    assert_null(e.country.ptr);
}

static void values_without_a_type_are_refused(void **state)
{
    (void)state;
    struct gazetteer_entry e;
    assert_false(gazetteer_parse(STR(""), &e));
    assert_false(gazetteer_parse(STR("self"), &e));
    assert_false(gazetteer_parse(STR("GP ID"), &e));
    assert_false(gazetteer_parse(STR_NONE, &e));
}

static void words_of_a_value_are_whole_words(void **state)
{
    (void)state;
    assert_true(gazetteer_says(STR("role pre local"), "pre"));
    assert_false(gazetteer_says(STR("role prefix"), "pre"));
    assert_false(gazetteer_says(STR_NONE, "pre"));
}

static void the_pack_gives_every_list(void **state)
{
    struct doc *doc = text_fixture_read(state, "Ia datang.", "id");
    struct gazetteer g;
    gazetteer_open(&g, doc->lang);
    assert_true(wordlist_count(g.place) > 1500);
    assert_true(wordlist_count(g.alias) > 1000);
    assert_true(wordlist_count(g.title) > 500);
    assert_non_null(g.org);
    assert_non_null(g.person);
    assert_non_null(g.orghead);
    assert_non_null(g.lochead);
    assert_non_null(g.nonname);
    assert_non_null(g.given);
    assert_non_null(g.capstop);
    assert_non_null(g.foreign);
}

static uint32_t match(void **state, const char *text, struct gazetteer_entry *e)
{
    struct doc *doc = text_fixture_read(state, text, "id");
    struct gazetteer g;
    gazetteer_open(&g, doc->lang);
    return gazetteer_match(&g, doc, 0, doc->tokens.count, e);
}

static void the_longest_known_name_wins(void **state)
{
    struct gazetteer_entry e;
    assert_int_equal(match(state, "Korea Utara menang", &e), 2);
    assert_str(e.country, "KP");
    assert_int_equal(match(state, "Papua Nugini menang", &e), 2);
    assert_str(e.country, "PG");
    assert_int_equal(match(state, "Bank Indonesia menang", &e), 2);
    assert_int_equal(e.type, ENTITY_ORG);
}

static void known_names_must_be_written_large(void **state)
{
    struct gazetteer_entry e;
    assert_int_equal(match(state, "batu besar", &e), 0);
    assert_int_equal(match(state, "pan itu panas", &e), 0);
    assert_int_equal(match(state, "PAN itu partai", &e), 1);
    assert_int_equal(match(state, "Pan itu panas", &e), 0);
}

/* Every province, and regencies from each end of the country. */
static void places_of_indonesia_are_known(void **state)
{
    static const char *const places[] = {
        "Aceh",         "Kepulauan Riau", "Bangka Belitung", "Papua Barat Daya",
        "Papua Tengah", "Sabang",         "Merauke",         "Rote Ndao",
        "Nunukan",      "Gunungkidul",    "Bandar Lampung",  "Kotawaringin Timur",
        "Tojo Una-Una", "Raja Ampat",     "Pulau Morotai",   "Sidenreng Rappang",
        "Toraja Utara", "Lubuklinggau",   "Sumba Barat Daya"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct gazetteer_entry e;
        uint32_t count = match(state, places[i], &e);
        assert_int_equal(count, ((struct text_fixture *)*state)->doc.tokens.count);
        assert_str(e.country, "ID");
    }
}

static void check_title(void **state, const char *text, uint32_t end, int kind)
{
    struct doc *doc = text_fixture_read(state, text, "id");
    struct gazetteer g;
    struct title title;
    gazetteer_open(&g, doc->lang);
    assert_int_equal(title_read(&g, doc, 0, doc->tokens.count, &title), end);
    assert_int_equal(title.kind, kind);
}

static void titles_end_before_what_they_are_of(void **state)
{
    check_title(state, "Menteri Luar Negeri Retno", 3, TITLE_ROLE);
    check_title(state, "Menteri Pendidikan dan Kebudayaan Budi", 4, TITLE_ROLE);
    check_title(state, "wakil ketua umum Golkar", 3, TITLE_ROLE);
    check_title(state, "pakar hukum tata negara itu", 4, TITLE_ROLE);
    check_title(state, "analis senior di bank", 2, TITLE_ROLE);
    check_title(state, "Kepala BPS", 1, TITLE_ROLE);
    check_title(state, "AKBP Budi", 1, TITLE_RANK);
    check_title(state, "Pak Budi", 1, TITLE_HONOR);
    check_title(state, "Jakarta", 0, TITLE_NONE);
}

static void former_is_said_of_the_title_and_no_part_of_it(void **state)
{
    struct doc *doc = text_fixture_read(state, "mantan Presiden Budi", "id");
    struct gazetteer g;
    struct title title;
    gazetteer_open(&g, doc->lang);
    assert_int_equal(title_read(&g, doc, 0, doc->tokens.count, &title), 2);
    assert_true(title.former);
    assert_int_equal(title.first, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_field_by_field),
        cmocka_unit_test(values_without_a_type_are_refused),
        cmocka_unit_test(words_of_a_value_are_whole_words),
        cmocka_unit_test(the_pack_gives_every_list),
        cmocka_unit_test(the_longest_known_name_wins),
        cmocka_unit_test(known_names_must_be_written_large),
        cmocka_unit_test(places_of_indonesia_are_known),
        cmocka_unit_test(titles_end_before_what_they_are_of),
        cmocka_unit_test(former_is_said_of_the_title_and_no_part_of_it),
    };
    return cmocka_run_group_tests(tests, text_fixture_setup, text_fixture_teardown);
}
