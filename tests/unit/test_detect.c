#include "tests/unit/text_fixture.h"

struct sample {
    const char *text, *code; /* code "": not known */
    bool read;
};

static void check(void **state, const struct sample *sample)
{
    struct doc *doc = text_fixture_read(state, sample->text, NULL);
    assert_str(doc->article.language.ptr ? doc->article.language : STR(""), sample->code);
    assert_int_equal(doc->lang != NULL, sample->read);
    assert_int_equal(doc->tokens.count > 0, sample->read);
    for (uint32_t i = 0; i < doc->lines.count; i++)
        assert_int_equal(doc->lines.item[i].drop == DROP_LANGUAGE, !sample->read);
}

static void languages_are_told_by_their_words(void **state)
{
    static const struct sample samples[] = {
        {"Presiden mengatakan bahwa pemerintah akan memperkuat kerja sama dengan negara "
         "tetangga karena hal itu penting untuk rakyat dan tidak dapat ditunda lagi.",
         "id", true},
        {"Kerajaan memaklumkan bahawa sebanyak lima syarikat telah dikenakan tindakan "
         "kerana "
         "gagal mematuhi peraturan, kata polis dalam satu kenyataan pada Khamis di "
         "Putrajaya.",
         "ms", false},
        {"The president said that the government would strengthen its ties with the "
         "countries "
         "of the region and that it was ready for talks with all of them.",
         "en", false},
        {"Bapak lurah ngendika yen warga kudu njaga kesehatan lan ora kena lunga saka "
         "omah "
         "amarga ana lelara kang wis sumebar ing desa iki, uga marang bocah-bocah.",
         "jv", false},
        {"Pamarentah geus nyadiakeun bantuan pikeun warga anu katarajang caah, sareng "
         "ieu teh "
         "henteu ngan ukur di kota, tapi oge ti désa jeung kana sakabéh wewengkon.",
         "su", false},
        {"Президент сказал, что правительство готово к переговорам со всеми странами "
         "региона.",
         "", false},
        {"日本の首相は月曜日に東京で記者会見を開き、新しい経済政策を発表した。", "",
         false},
        {"aGVsbG8gd29ybGQgdGhpcyBpcyBhIGJhc2U2NCBibG9i 0x1f8b int main(void) { return 0; "
         "}",
         "", false},
        {"", "", false},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        check(state, &samples[i]);
}

static void few_words_need_more_evidence(void **state)
{
    check(state, &(struct sample){"Dia tidak datang karena sakit.", "id", true});
    check(state, &(struct sample){"Jakarta Surabaya Bandung Medan Makassar.", "", false});
    check(state, &(struct sample){"Manchester United 2-1 Chelsea", "", false});
    check(state,
          &(struct sample){"Jakarta Surabaya Bandung Medan Makassar Palembang Padang "
                           "Solo Bogor dan di Kediri",
                           "", false});
}

static void the_feeders_word_wins(void **state)
{
    assert_non_null(
        text_fixture_read(state, "Manchester United 2-1 Chelsea", "id")->lang);
    assert_non_null(text_fixture_read(state, "Manchester United", "id-ID")->lang);
    assert_non_null(text_fixture_read(state, "Manchester United", "in")->lang);
    struct doc *doc = text_fixture_read(state, "Dia tidak datang karena sakit.", "en");
    assert_null(doc->lang);
    assert_str(doc->article.language, "en");
}

static void packs_are_found_by_code_and_alias(void **state)
{
    struct text_fixture *f = *state;
    assert_ptr_equal(lang_find(f->langs, STR("IND")), lang_find(f->langs, STR("id")));
    assert_null(lang_find(f->langs, STR("")));
    assert_null(lang_find(f->langs, STR_NONE));
    assert_null(lang_find(f->langs, STR("idn")));
    assert_int_equal(lang_count(f->langs), 1);
    assert_string_equal(lang_at(f->langs, 0)->code, "id");
    assert_has(lang_at(f->langs, 0)->extractor, "id-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(languages_are_told_by_their_words),
        cmocka_unit_test(few_words_need_more_evidence),
        cmocka_unit_test(the_feeders_word_wins),
        cmocka_unit_test(packs_are_found_by_code_and_alias),
    };
    return cmocka_run_group_tests(tests, text_fixture_setup, text_fixture_teardown);
}
