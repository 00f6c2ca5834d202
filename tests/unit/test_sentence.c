#include "tests/unit/text_fixture.h"

static void check(void **state, const char *text, const char *want)
{
    text_fixture_read(state, text, "id");
    assert_str(text_fixture_sentences(state), want);
}

static void stops_end_sentences(void **state)
{
    check(state, "Dia pergi. Kami tinggal! Siapa? Entah… Baik.",
          "Dia pergi./Kami tinggal!/Siapa?/Entah…/Baik.");
    check(state, "Dia pergi.Kami tinggal.", "Dia pergi./Kami tinggal.");
    check(state, "Harga naik 5. Kami 1.000 orang.", "Harga naik 5./Kami 1.000 orang.");
    check(state, "Dia pergi. 12 orang tinggal.", "Dia pergi./12 orang tinggal.");
}

static void stops_of_abbreviations_do_not(void **state)
{
    check(state, "Drs. H. Ahmad dan Joko W. Widodo tiba di Jl. Merdeka No. 5 kemarin.",
          "Drs. H. Ahmad dan Joko W. Widodo tiba di Jl. Merdeka No. 5 kemarin.");
    check(state, "PT. Astra Tbk. Menurut dia, itu benar.",
          "PT. Astra Tbk./Menurut dia, itu benar.");
    check(state, "Budi, S.H. Menurut Ani, S.H. Budi benar.",
          "Budi, S.H./Menurut Ani, S.H. Budi benar.");
    check(state, "Beras, gula, dll. yang mahal.", "Beras, gula, dll. yang mahal.");
    check(state, "1. Satu orang. 2. Dua.", "1. Satu orang./2. Dua.");
}

static void quotes_keep_their_marks(void **state)
{
    check(state, "\"Apa?\" tanya dia. \"Kami siap.\" Dia pergi.",
          "\"Apa?\" tanya dia./\"Kami siap.\"/Dia pergi.");
    check(state, "“Satu hal. Dua hal,” kata Budi.", "“Satu hal./Dua hal,” kata Budi.");
    check(state, "Dia pergi (kemarin.) Kami tinggal.",
          "Dia pergi (kemarin.)/Kami tinggal.");
}

static void line_ends_always_end_one(void **state)
{
    check(state, "Judul tanpa titik\nDia pergi\n\nKami",
          "Judul tanpa titik/Dia pergi/Kami");
}

static void repeats_are_dropped_once_seen(void **state)
{
    check(state, "Presiden tiba di Kota Bandung\nPresiden  tiba di kota Bandung.\n",
          "Presiden tiba di Kota Bandung/repeat:Presiden  tiba di kota Bandung.");
    check(state,
          "Presiden tiba di Kota Bandung. Dia pergi. Presiden tiba di Kota Bandung.",
          "Presiden tiba di Kota Bandung./Dia pergi./repeat:Presiden tiba di Kota "
          "Bandung.");
    check(state, "Tidak! Tidak!", "Tidak!/Tidak!");
    check(state, "Ketidakbertanggungjawaban! Ketidakbertanggungjawaban!",
          "Ketidakbertanggungjawaban!/Ketidakbertanggungjawaban!");
    /* what repeats a line that is not read is read */
    check(state, "Baca juga: Presiden tiba di Bandung\nPresiden tiba di Bandung kemarin",
          "teaser:Baca juga: Presiden tiba di Bandung/Presiden tiba di Bandung kemarin");
}

static void a_line_of_repeats_is_a_repeat(void **state)
{
    struct doc *doc = text_fixture_read(
        state, "Presiden tiba di Kota Bandung.\nPresiden tiba di Kota Bandung.", "id");
    assert_int_equal(doc->lines.item[0].drop, DROP_NOT);
    assert_int_equal(doc->lines.item[1].drop, DROP_REPEAT);
}

static void teasers_inside_a_line_are_dropped(void **state)
{
    check(state, "Dia pergi. Baca juga: Presiden tiba. Kami tinggal.",
          "Dia pergi./teaser:Baca juga: Presiden tiba./Kami tinggal.");
}

static void tokens_know_their_sentence(void **state)
{
    struct doc *doc = text_fixture_read(state, "Satu dua. Tiga.\nEmpat", "id");
    for (uint32_t i = 0; i < doc->sentences.count; i++)
        for (uint32_t t = doc->sentences.item[i].first; t < doc->sentences.item[i].end;
             t++)
            assert_int_equal(doc->tokens.item[t].sentence, i);
    assert_int_equal(doc->sentences.item[2].end, doc->tokens.count);
    assert_int_equal(doc->sentences.item[2].line, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_end_sentences),
        cmocka_unit_test(stops_of_abbreviations_do_not),
        cmocka_unit_test(quotes_keep_their_marks),
        cmocka_unit_test(line_ends_always_end_one),
        cmocka_unit_test(repeats_are_dropped_once_seen),
        cmocka_unit_test(a_line_of_repeats_is_a_repeat),
        cmocka_unit_test(teasers_inside_a_line_are_dropped),
        cmocka_unit_test(tokens_know_their_sentence),
    };
    return cmocka_run_group_tests(tests, text_fixture_setup, text_fixture_teardown);
}
