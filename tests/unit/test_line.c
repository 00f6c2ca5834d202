#include "tests/unit/text_fixture.h"

static void check(void **state, const char *text, const char *want)
{
    text_fixture_read(state, text, "id");
    assert_str(text_fixture_lines(state), want);
}

static void pointers_to_other_articles_are_teasers(void **state)
{
    check(state, "Baca Juga: Presiden Tiba", "teaser:Baca Juga: Presiden Tiba");
    check(state, "BACA JUGA Presiden Tiba", "teaser:BACA JUGA Presiden Tiba");
    check(state, "Baca : Presiden Tiba", "teaser:Baca : Presiden Tiba");
    check(state, "[Simak juga: Presiden]", "teaser:[Simak juga: Presiden]");
    check(state, "MEMBACA  Mantan Presiden Tiba", "teaser:MEMBACA  Mantan Presiden Tiba");
    check(state, "Berita Terkait", "teaser:Berita Terkait");
    check(state, "Halaman selanjutnya: Kata Presiden",
          "teaser:Halaman selanjutnya: Kata Presiden");
}

static void requests_to_the_reader_are_prompts(void **state)
{
    check(state, "Tinggalkan komentar", "prompt:Tinggalkan komentar");
    check(state, "Follow Suara.com untuk informasi terkini. Klik WhatsApp Channel",
          "prompt:Follow Suara.com untuk informasi terkini. Klik WhatsApp Channel");
    check(state, "Cek Berita dan Artikel yang lain di Google News",
          "prompt:Cek Berita dan Artikel yang lain di Google News");
}

static void page_furniture_is_dropped(void **state)
{
    check(state, "ADVERTISEMENT", "furniture:ADVERTISEMENT");
    check(state, "SCROLL TO CONTINUE WITH CONTENT",
          "furniture:SCROLL TO CONTINUE WITH CONTENT");
    check(state, "Editor: Budi Santoso", "furniture:Editor: Budi Santoso");
    check(state, "Copyright © ANTARA 2024", "furniture:Copyright © ANTARA 2024");
    check(state, "Dia pergi. [Gambas:Video 20detik] Dia tiba.",
          "Dia pergi./furniture:[Gambas:Video 20detik]/Dia tiba.");
    check(state, "--------", "furniture:--------");
}

static void datelines_lose_their_outlet_only(void **state)
{
    check(state, "Suara.com - Keputusan itu.", "byline:Suara.com -/Keputusan itu.");
    check(state, "JAKARTA, KOMPAS.com – Dia tiba.",
          "JAKARTA,/byline:KOMPAS.com –/Dia tiba.");
    check(state, "Liputan6.com, Jakarta - Dia tiba.",
          "byline:Liputan6.com,/Jakarta -/Dia tiba.");
    check(state, "Jakarta (ANTARA) - Dia tiba.", "Jakarta/byline:(ANTARA) -/Dia tiba.");
    check(state, "Jakarta, CNBC Indonesia -Dia tiba.",
          "Jakarta,/byline:CNBC Indonesia -/Dia tiba.");
    check(state, "Jakarta - Dia tiba.", "Jakarta - Dia tiba.");
}

static void reporter_codes_are_cut_off(void **state)
{
    check(state, "\"Kami siap,\" katanya. (abs/jal)",
          "\"Kami siap,\" katanya./byline:(abs/jal)");
    check(state, "Dia pergi. (rrd) ", "Dia pergi./byline:(rrd)");
    check(state, "Dia pergi. (rrd/hns) Dia tiba.",
          "Dia pergi./byline:(rrd/hns)/Dia tiba.");
}

static void header_lines_are_bylines(void **state)
{
    check(state, "Sabtu, 19 Oktober 2024 | 17:00 WIB",
          "byline:Sabtu, 19 Oktober 2024 | 17:00 WIB");
    check(state, "Aprilo Ade Wismoyo Suara.Com", "byline:Aprilo Ade Wismoyo Suara.Com");
}

static void body_stays_body(void **state)
{
    static const char *const bodies[] = {
        "Baca buku ini sampai habis, kata Budi kepada para siswa di sekolah itu.",
        "Membaca adalah hobi Presiden.",
        "MEMBACA ADALAH HOBI",
        "Kecepatan 100 (km/jam) dicapai.",
        "Harga dolar AS (USD) naik (dan/atau) turun.",
        "Dia anggota (TNI)",
        "Foto Presiden beredar di media sosial.",
        "Editor majalah itu ditangkap polisi.",
        "Gabung ISIS, dia ditangkap.",
        "Sumber api belum diketahui.",
        "Partai Anu - Partai Itu bertemu",
        "Pada 19 Oktober 2024 pukul 17:00 WIB dia tiba.",
        "19 Oktober 2024",
        "09.00 WIB, 11.00 WIB, 17.00 WIB, 18.00 WIB",
        "2. Rumah.com",
        "Video itu viral.",
        "Ikuti aturan lalu lintas, kata polisi kepada warga di Jakarta.",
        "\"Manfaat [Abraham Accords] nyata,\" kata dia.",
        "Halaman rumah itu terbakar habis pada malam hari.",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        check(state, bodies[i], bodies[i]);
}

static void every_drop_has_a_cue_and_a_name(void **state)
{
    struct doc *doc = text_fixture_read(state, "ADVERTISEMENT\nBaca juga: X\n", "id");
    for (uint32_t i = 0; i < doc->lines.count; i++) {
        assert_non_null(doc->lines.item[i].cue);
        assert_true(doc_drop_name(doc->lines.item[i].drop)[0] != '\0');
    }
    assert_string_equal(doc_drop_name(DROP_NOT), "");
    assert_string_equal(doc_drop_name(DROP_LANGUAGE), "language");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pointers_to_other_articles_are_teasers),
        cmocka_unit_test(requests_to_the_reader_are_prompts),
        cmocka_unit_test(page_furniture_is_dropped),
        cmocka_unit_test(datelines_lose_their_outlet_only),
        cmocka_unit_test(reporter_codes_are_cut_off),
        cmocka_unit_test(header_lines_are_bylines),
        cmocka_unit_test(body_stays_body),
        cmocka_unit_test(every_drop_has_a_cue_and_a_name),
    };
    return cmocka_run_group_tests(tests, text_fixture_setup, text_fixture_teardown);
}
