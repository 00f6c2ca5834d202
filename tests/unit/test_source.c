#include "tests/unit/quote_check.h"

/* "100 orang: Budi Santoso/kata<X": quantity, who says so, cue, and who passed it on. */
static void show_source(const struct doc *doc, const struct found *found, struct buf *buf)
{
    const struct fact *fact = &found->fact;
    (void)doc;
    if (fact->kind != FACT_QUANTITY)
        return;
    buf_printf(buf, "%s%.*s:", buf_str(buf).len ? "; " : "", STR_ARG(fact->text));
    const struct fact_attribution *a = fact->attribution;
    if (a == NULL)
        return;
    buf_printf(buf, " %s%.*s/%.*s", a->name.ptr ? "" : "~",
               STR_ARG(a->name.ptr ? a->name : a->text), STR_ARG(a->cue));
    for (uint32_t i = 0; i < a->via.count; i++)
        buf_printf(buf, "<%.*s", STR_ARG(a->via.item[i]));
}

static void show_holder(const struct doc *doc, const struct found *found, struct buf *buf)
{
    const struct fact *fact = &found->fact;
    (void)doc;
    if (fact->kind == FACT_QUANTITY)
        buf_printf(buf, "%s%.*s: %.*s", buf_str(buf).len ? "; " : "", STR_ARG(fact->text),
                   STR_ARG(fact->holder));
}

static void show_place(const struct doc *doc, const struct found *found, struct buf *buf)
{
    const struct fact *fact = &found->fact;
    (void)doc;
    if (fact->kind != FACT_QUANTITY)
        return;
    buf_printf(buf, "%s%.*s:", buf_str(buf).len ? "; " : "", STR_ARG(fact->text));
    if (fact->place)
        buf_printf(buf, " %.*s", STR_ARG(fact->place->name));
}

static void show_mode(const struct doc *doc, const struct found *found, struct buf *buf)
{
    const struct fact *fact = &found->fact;
    (void)doc;
    if (fact->kind == FACT_QUANTITY)
        buf_printf(buf, "%s%.*s=%d", buf_str(buf).len ? "; " : "", STR_ARG(fact->text),
                   fact->modality);
}

static void show_time(const struct doc *doc, const struct found *found, struct buf *buf)
{
    const struct fact *fact = &found->fact;
    (void)doc;
    if (fact->kind == FACT_QUANTITY)
        buf_printf(buf, "%s%.*s: %.*s", buf_str(buf).len ? "; " : "", STR_ARG(fact->text),
                   STR_ARG(fact->time));
}

static void quantities_in_a_quote_are_its_speakers(void **state)
{
    static const struct quote_case cases[] = {
        {"\"Sudah ada 100 orang di sana,\" kata Budi Santoso.",
         "100 orang: Budi Santoso/kata"},
        {"Budi Santoso mengatakan bahwa 100 orang datang.",
         "100 orang: Budi Santoso/mengatakan"},
        {"Menurut Budi Santoso, 100 orang datang.", "100 orang: Budi Santoso/Menurut"},
        {"Sebanyak 100 orang sudah datang, kata para ahli.",
         "100 orang: ~para ahli/kata"},
        {"Pihak pemerintah mengatakan bahwa dana itu naik 20 persen.",
         "20 persen: ~Pihak pemerintah/mengatakan"},
        {"Budi Santoso datang ke Solo. Ada 100 orang di sana.", "100 orang:"},
        {"Budi Santoso mengatakan acara itu ramai. Ada 100 orang di sana.", "100 orang:"},
        {"Sebanyak 100 orang datang, tetapi Budi Santoso mengatakan acara itu sepi.",
         "100 orang:"},
    };
    quote_check(state, cases, show_source);
}

static void the_end_of_the_chain_is_the_source(void **state)
{
    static const struct quote_case cases[] = {
        {"Budi Santoso mengatakan bahwa Rusia memperkirakan hingga 15.000 tentara sudah "
         "tiba.",
         "hingga 15.000 tentara: Rusia/memperkirakan<Budi Santoso"},
        {"\"Sudah ada 100 orang di sana,\" kata Budi Santoso, seperti dilansir Reuters.",
         "100 orang: Budi Santoso/kata<Reuters"},
    };
    quote_check(state, cases, show_source);
}

static void reports_and_documents_are_sources(void **state)
{
    static const struct quote_case cases[] = {
        {"Badan Pusat Statistik mencatat inflasi 2,5 persen pada Mei 2024.",
         "2,5 persen: Badan Pusat Statistik/mencatat"},
        {"Berdasarkan laporan keuangan terbaru, perusahaan itu meraih laba Rp 8 triliun.",
         "Rp 8 triliun: ~laporan keuangan terbaru/Berdasarkan"},
        {"Dikutip dari Reuters, 100 orang tewas dalam banjir itu.",
         "100 orang: Reuters/Dikutip"},
        {"Kementerian Keuangan melaporkan telah membuka blokir 99 lembaga.",
         "99 lembaga: Kementerian Keuangan/melaporkan"},
        {"Bank Indonesia mencatat inflasi rendah, sedangkan harga beras naik 5 persen.",
         "5 persen:"},
        {"Budi Santoso melaporkan Joko Widodo ke polisi dan menyerahkan 3 dokumen.",
         "3 dokumen:"},
    };
    quote_check(state, cases, show_source);
}

static void the_holder_stands_beside_or_acts(void **state)
{
    static const struct quote_case cases[] = {
        {"Ada 1.500 tentara Korea Utara di sana.", "1.500 tentara: Korea Utara"},
        {"Korea Utara mengirim 10.000 tentara.", "10.000 tentara: Korea Utara"},
        {"Korea Utara juga diperkirakan akan memasok lima juta amunisi.",
         "lima juta amunisi: Korea Utara"},
        {"Bank Mandiri membukukan laba bersih Rp 42 miliar.",
         "Rp 42 miliar: Bank Mandiri"},
        {"Bank Mandiri membukukan laba Rp 42 miliar atau naik 5 persen.",
         "Rp 42 miliar: Bank Mandiri; 5 persen: Bank Mandiri"},
        {"Total aset dari Bank Mandiri tercatat sebesar Rp 12 triliun.",
         "Rp 12 triliun: Bank Mandiri"},
        {"Bank Mandiri tercatat Rp 12 triliun.", "Rp 12 triliun: Bank Mandiri"},
        {"Ada 100 orang di Korea Utara.", "100 orang: "},
        {"Rusia marah karena 100 orang datang.", "100 orang: "},
        {"Proyek di Bali senilai Rp 5 miliar dimulai.", "Rp 5 miliar: "},
    };
    quote_check(state, cases, show_holder);
}

static void the_holder_is_the_subject_or_doer_of_its_verb(void **state)
{
    static const struct quote_case cases[] = {
        {"Bank Mandiri dalam dua bulan ini menyalurkan kredit sebesar Rp 500 miliar.",
         "Rp 500 miliar: Bank Mandiri"},
        {"Budi Santoso mencetak dua gol dan membuat tiga operan.",
         "dua gol: Budi Santoso; tiga operan: Budi Santoso"},
        {"Budi Santoso sudah bermain 100 kali.", "100 kali: Budi Santoso"},
        {"Setelah kehilangan 500 tentara, Rusia mundur.", "500 tentara: Rusia"},
        {"Budi Santoso, yang memiliki 500 karyawan, pergi.",
         "500 karyawan: Budi Santoso"},
        {"Sebanyak 500 paket disalurkan oleh Bank Mandiri.", "500 paket: Bank Mandiri"},
        {"Utang Indonesia Rp 8 triliun.", "Rp 8 triliun: Indonesia"},
        {"Kini utang Indonesia Rp 8 triliun.", "Rp 8 triliun: Indonesia"},
        {"Bank Mandiri tiba. Perseroan membukukan laba Rp 8 miliar.",
         "Rp 8 miliar: Bank Mandiri"},
    };
    quote_check(state, cases, show_holder);
}

static void what_several_have_or_another_gets_has_no_holder(void **state)
{
    static const struct quote_case cases[] = {
        {"Ada 50.000 tentara dari Rusia dan Korea Utara di sana.", "50.000 tentara: "},
        {"Konsumsi di Rusia dan Korea Utara mencapai Rp 5 miliar.", "Rp 5 miliar: "},
        {"Bank Mandiri membagikan beras kepada 100 warga.", "100 warga: "},
        {"Bank Mandiri membuka kantor di 5 kota.", "5 kota: "},
        {"Mobil yang masuk Indonesia menjadi Rp 17 juta.", "Rp 17 juta: "},
        {"Ada empat kota Indonesia di sana.", "empat kota: "},
    };
    quote_check(state, cases, show_holder);
}

static void numbers_in_a_place_are_real(void **state)
{
    static const struct quote_case cases[] = {
        {"Rapat itu akan digelar di empat kota.", "empat kota=0"},
        {"Ada 100 orang yang akan menonton.", "100 orang=0"},
        {"Kalau bisa ikut kami, tarifnya naik 20 persen.", "20 persen=0"},
    };
    quote_check(state, cases, show_mode);
}

static void the_place_adjoins(void **state)
{
    static const struct quote_case cases[] = {
        {"Ada 100 orang di Jakarta.", "100 orang: Jakarta"},
        {"Sekitar 1.500 tentara sudah berada di Rusia.", "Sekitar 1.500 tentara: Rusia"},
        {"Di Jakarta, 100 orang menunggu.", "100 orang: Jakarta"},
        {"Mereka mengirim 100 orang ke Jakarta.", "100 orang:"},
        {"Ada 100 orang, sedangkan di Jakarta hujan turun.", "100 orang:"},
        {"Budi Santoso membayar Rp 5 juta di Jakarta.", "Rp 5 juta:"},
    };
    quote_check(state, cases, show_place);
}

static void the_time_is_of_the_same_clause(void **state)
{
    static const struct quote_case cases[] = {
        {"Perusahaan itu meraih laba Rp 5 miliar pada Mei 2024.", "Rp 5 miliar: 2024-05"},
        {"Pada Mei 2024 perusahaan itu meraih laba Rp 5 miliar.", "Rp 5 miliar: 2024-05"},
        {"Per Mei 2024, perusahaan itu meraih laba Rp 5 miliar.", "Rp 5 miliar: 2024-05"},
        {"Sejak berdiri pada 2010 hujan turun, tetapi 100 orang datang.", "100 orang: "},
        {"\"Sudah ada 100 orang,\" kata Budi Santoso, Senin.", "100 orang: "},
    };
    quote_check(state, cases, show_time);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantities_in_a_quote_are_its_speakers),
        cmocka_unit_test(the_end_of_the_chain_is_the_source),
        cmocka_unit_test(reports_and_documents_are_sources),
        cmocka_unit_test(the_holder_stands_beside_or_acts),
        cmocka_unit_test(the_holder_is_the_subject_or_doer_of_its_verb),
        cmocka_unit_test(what_several_have_or_another_gets_has_no_holder),
        cmocka_unit_test(numbers_in_a_place_are_real),
        cmocka_unit_test(the_place_adjoins),
        cmocka_unit_test(the_time_is_of_the_same_clause),
    };
    return cmocka_run_group_tests(tests, values_bench_open, values_bench_close);
}
