/* What has led readers of news astray, each in a text of its own. */

#include "tests/unit/values_check.h"

static struct doc *read_all(void **state, const char *text)
{
    struct doc *doc =
        values_bench_read(*state, "2024-06-19T15:00:00+07:00", str_of(text));
    extract_facts(doc);
    return doc;
}

/* The fact of a kind that stands at that place among those kept, or NULL. */
static const struct fact *nth(const struct doc *doc, int kind, uint32_t at)
{
    for (uint32_t f = 0; f < doc->found.count; f++)
        if (doc->found.item[f].fact.kind == kind && !doc->found.item[f].dropped &&
            at-- == 0)
            return &doc->found.item[f].fact;
    return NULL;
}

static void a_caption_printed_three_times_says_it_once(void **state)
{
    struct doc *doc =
        read_all(state, "Warga mengungsi ke lapangan.\n"
                        "Banjir merendam 300 rumah di Solo, Senin. Foto: Kabar\n"
                        "Hujan turun sejak pagi di kota itu.\n"
                        "Banjir merendam 300 rumah di Solo, Senin. Foto: Kabar\n"
                        "Sungai meluap pada siang hari.\n"
                        "Banjir merendam 300 rumah di Solo, Senin. Foto: Kabar");
    assert_non_null(nth(doc, FACT_QUANTITY, 0));
    assert_null(nth(doc, FACT_QUANTITY, 1));
    assert_non_null(nth(doc, FACT_TIME, 0));
    assert_null(nth(doc, FACT_TIME, 1));
}

static void a_quote_resumes_with_another_mark_behind_captions(void **state)
{
    struct doc *doc = read_all(
        state, "Budi Santoso mengatakan: “Air naik sangat cepat malam itu. Kami hanya "
               "membawa pakaian.\n"
               "Warga menunggu di tepi jalan\nTentara memasang tenda darurat\n"
               "Warga menunggu di tepi jalan\nTentara memasang tenda darurat\n"
               "Anak-anak bermain di lapangan\nAnak-anak bermain di lapangan\n"
               "'Sekarang kami tidur di sekolah dan menunggu bantuan.'\n"
               "Hujan masih turun.");
    const struct fact *first = nth(doc, FACT_QUOTE, 0), *second = nth(doc, FACT_QUOTE, 1);
    assert_non_null(first);
    assert_non_null(second);
    assert_null(nth(doc, FACT_QUOTE, 2));
    assert_true(str_is(doc_span_text(doc, first->content),
                       "Air naik sangat cepat malam itu. Kami hanya membawa pakaian"));
    assert_true(str_is(doc_span_text(doc, second->content),
                       "Sekarang kami tidur di sekolah dan menunggu bantuan"));
    assert_true(str_is(second->speaker, "Budi Santoso"));
}

static void a_denial_outside_the_marks_belongs_to_what_is_said(void **state)
{
    struct doc *doc = read_all(
        state, "Norwegia tidak “membiarkan perang meluas” dan tidak akan “duduk diam "
               "ketika warganya terancam,” kata Ingrid Solberg.");
    const struct fact *quote = nth(doc, FACT_QUOTE, 0);
    assert_non_null(quote);
    assert_int_equal(quote->direct, RECORD_FALSE);
    assert_true(str_starts(doc_span_text(doc, quote->content),
                           STR("Norwegia tidak “membiarkan")));
    assert_null(nth(doc, FACT_QUOTE, 1));
}

static void one_person_spelt_in_three_ways_is_not_another_of_like_name(void **state)
{
    struct doc *doc = read_all(
        state, "Menteri Park Chul Soo tiba di Oslo. \"Kami datang untuk bekerja,\" kata "
               "Park Chul-soo. Gubernur Park Chan Woo ikut hadir. \"Kami siap "
               "membantu,\" kata Park Chan Woo. \"Semua sudah selesai,\" ujar Chul Soo.");
    const struct fact *quote[3];
    for (uint32_t i = 0; i < 3; i++)
        assert_non_null(quote[i] = nth(doc, FACT_QUOTE, i));
    assert_true(str_eq(quote[0]->speaker, quote[2]->speaker));
    assert_true(str_is(quote[1]->speaker, "Park Chan Woo"));
    uint32_t people = 0;
    for (uint32_t i = 0; i < doc->entities.count; i++)
        people += doc->entities.item[i].type == ENTITY_PER;
    assert_int_equal(people, 2);
}

static void initials_mean_what_the_text_says_they_mean(void **state)
{
    struct doc *doc = read_all(
        state, "Republik Rakyat Donetsk (DPR) mengatakan serangan itu gagal. Angkatan "
               "Bersenjata Ukraina (AFU) diam saja. Tentara DPR menuduh AFU.");
    uint32_t initials = 0;
    for (uint32_t i = 0; i < doc->mentions.count; i++) {
        const struct mention *m = &doc->mentions.item[i];
        struct str name = doc->entities.item[m->entity].name;
        if (str_is(m->name, "DPR"))
            assert_true(str_is(name, "Republik Rakyat Donetsk"));
        if (str_is(m->name, "AFU"))
            assert_true(str_is(name, "Angkatan Bersenjata Ukraina"));
        initials += str_is(m->name, "DPR") || str_is(m->name, "AFU");
    }
    assert_true(initials >= 2);
}

static void what_is_no_peace_treaty_is_no_event(void **state)
{
    struct doc *doc = read_all(
        state, "Perang Norwegia dan Rusia dahulu usai dengan gencatan senjata, bukan "
               "perjanjian damai. Norwegia dan Rusia tidak menandatangani perjanjian "
               "damai.");
    const struct fact *event = NULL;
    uint32_t denied = 0;
    for (uint32_t i = 0; (event = nth(doc, FACT_EVENT, i)) != NULL; i++) {
        struct str trigger = doc_span_text(doc, event->trigger);
        bool treaty = str_is(trigger, "perjanjian") || str_is(trigger, "damai") ||
                      str_is(trigger, "menandatangani");
        assert_true(!treaty || event->modality == FACT_DENIED);
        denied += treaty;
    }
    assert_true(denied > 0);
}

static void a_teaser_with_a_false_figure_says_nothing(void **state)
{
    struct doc *doc = read_all(state, "Rusia mengirim 300 tentara ke perbatasan.\n"
                                      "Baca Juga: Rusia Mengirim 90.000 Tentara\n"
                                      "Tentara itu tiba pada Senin.");
    const struct fact *quantity = nth(doc, FACT_QUANTITY, 0);
    assert_non_null(quantity);
    assert_true(quantity->value == 300);
    assert_null(nth(doc, FACT_QUANTITY, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_caption_printed_three_times_says_it_once),
        cmocka_unit_test(a_quote_resumes_with_another_mark_behind_captions),
        cmocka_unit_test(a_denial_outside_the_marks_belongs_to_what_is_said),
        cmocka_unit_test(one_person_spelt_in_three_ways_is_not_another_of_like_name),
        cmocka_unit_test(initials_mean_what_the_text_says_they_mean),
        cmocka_unit_test(what_is_no_peace_treaty_is_no_event),
        cmocka_unit_test(a_teaser_with_a_false_figure_says_nothing),
    };
    return cmocka_run_group_tests(tests, values_bench_open, values_bench_close);
}
