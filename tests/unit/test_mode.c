#include "tests/unit/quote_check.h"

/* Quantities with their modality: "100 orang=planned". */
static void show(const struct doc *doc, const struct found *found, struct buf *buf)
{
    static const char *const names[] = {"asserted", "planned", "possible", "conditional",
                                        "denied"};
    const struct fact *fact = &found->fact;
    (void)doc;
    if (fact->kind == FACT_QUANTITY)
        buf_printf(buf, "%s%.*s=%s", buf_str(buf).len ? "; " : "", STR_ARG(fact->text),
                   names[fact->modality]);
}

static void cues_of_the_clause_reach_the_number(void **state)
{
    static const struct quote_case cases[] = {
        {"Mereka mengirim 100 orang ke Solo.", "100 orang=asserted"},
        {"Mereka telah mengirim 100 orang ke Solo.", "100 orang=asserted"},
        {"Mereka akan mengirim 100 orang ke Solo.", "100 orang=planned"},
        {"Mereka berencana mengirim 100 orang ke Solo.", "100 orang=planned"},
        {"Mereka bakal mengirim 100 orang ke Solo.", "100 orang=planned"},
        {"Mereka hendak mengirim 100 orang ke Solo.", "100 orang=planned"},
        {"Mereka mungkin mengirim 100 orang ke Solo.", "100 orang=possible"},
        {"Mereka dapat mengirim 100 orang ke Solo.", "100 orang=possible"},
        {"Mereka diduga mengirim 100 orang ke Solo.", "100 orang=possible"},
        {"Banjir itu diperkirakan merusak 100 rumah.", "100 rumah=possible"},
        {"Banjir itu berpotensi merusak 100 rumah.", "100 rumah=possible"},
        {"Jika hujan turun, 100 rumah terendam.", "100 rumah=conditional"},
        {"Apabila hujan turun, banjir itu merusak 100 rumah.", "100 rumah=conditional"},
        {"Mereka tidak mengirim 100 orang ke Solo.", "100 orang=denied"},
        {"Mereka belum mengirim 100 orang ke Solo.", "100 orang=denied"},
        {"Budi Santoso membantah bahwa 100 orang datang.", "100 orang=denied"},
    };
    quote_check(state, cases, show);
}

static void the_strongest_wins(void **state)
{
    static const struct quote_case cases[] = {
        {"Mereka mungkin akan mengirim 100 orang ke Solo.", "100 orang=possible"},
        {"Mereka tidak akan mengirim 100 orang ke Solo.", "100 orang=denied"},
        {"Mereka mungkin akan mengirim 100 orang jika hujan turun.",
         "100 orang=conditional"},
        {"Jika hujan turun, mereka tidak mengirim 100 orang.", "100 orang=denied"},
    };
    quote_check(state, cases, show);
}

static void the_clause_bounds_a_cue(void **state)
{
    static const struct quote_case cases[] = {
        {"Mereka akan pergi, tetapi 100 orang datang.", "100 orang=asserted"},
        {"Mereka tidak pergi, sedangkan 100 orang datang.", "100 orang=asserted"},
        {"Mereka akan pergi. Ada 100 orang di sana.", "100 orang=asserted"},
        {"Ada 100 orang di sana, kemungkinan akan pergi besok.", "100 orang=asserted"},
        {"Kota yang akan dibangun itu memiliki 100 rumah.", "100 rumah=planned"},
        {"Mereka akan membangun kota yang memiliki 100 rumah.", "100 rumah=asserted"},
        {"Sebanyak 16 persen petani tidak memiliki kartu.", "16 persen=asserted"},
        {"Ada 100 orang yang bisa ikut.", "100 orang=asserted"},
        {"Ada 100 orang yang akan dikirim.", "100 orang=planned"},
        {"Sebanyak 100 orang akan berangkat.", "100 orang=planned"},
    };
    quote_check(state, cases, show);
}

static void set_phrases_and_bounds_deny_nothing(void **state)
{
    static const struct quote_case cases[] = {
        {"Ada tidak kurang dari 100 orang di sana.",
         "tidak kurang dari 100 orang=asserted"},
        {"Mereka tidak hanya mengirim 100 orang ke Solo.", "100 orang=asserted"},
        {"Belum lama ini mereka mengirim 100 orang ke Solo.", "100 orang=asserted"},
        {"Tidak menutup kemungkinan 100 orang datang.", "100 orang=possible"},
    };
    quote_check(state, cases, show);
}

static void the_cue_is_kept(void **state)
{
    struct doc *doc = values_bench_read(*state, "2024-06-19T15:00:00+07:00",
                                        STR("Mereka akan mengirim 100 orang ke Solo."));
    extract_facts(doc);
    for (uint32_t f = 0; f < doc->found.count; f++) {
        const struct fact *fact = &doc->found.item[f].fact;
        if (fact->kind != FACT_QUANTITY)
            continue;
        assert_true(str_is(doc_span_text(doc, fact->mode_cue), "akan"));
        return;
    }
    fail();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cues_of_the_clause_reach_the_number),
        cmocka_unit_test(the_strongest_wins),
        cmocka_unit_test(the_clause_bounds_a_cue),
        cmocka_unit_test(set_phrases_and_bounds_deny_nothing),
        cmocka_unit_test(the_cue_is_kept),
    };
    return cmocka_run_group_tests(tests, values_bench_open, values_bench_close);
}
