#include "tests/unit/values_check.h"

#define NOW "2024-06-19T15:00:00+07:00"
#define CHECK(state, cases)                                                              \
    values_check(state, cases, sizeof cases / sizeof *cases, FACT_QUANTITY)

static void counts_nouns(void **state)
{
    static const struct values_case cases[] = {
        {NOW, "Mereka mengirim 100.000 tentara ke utara.",
         "100.000 tentara=100000 tentara"},
        {NOW, "Mereka mengirim lima juta amunisi tambahan ke utara.",
         "lima juta amunisi tambahan=5000000 amunisi"},
        {NOW, "Mereka mengirim tiga brigade penuh ke utara.",
         "tiga brigade penuh=3 brigade"},
        {NOW, "Mereka mengirim jutaan butir amunisi artileri ke utara.",
         "jutaan butir amunisi artileri=1000000 butir min"},
        {NOW, "Mereka membuka blokir 99 Kementerian/Lembaga di Jakarta.",
         "99 Kementerian/Lembaga=99 kementerian/lembaga"},
        {NOW, "Mereka membawa dua orang-orangan sawah ke utara.",
         "dua orang-orangan sawah=2 orang-orangan"},
        {NOW, "Polisi menahan tiga tersangka dan dua saksi di Solo.",
         "tiga tersangka=3 tersangka; dua saksi=2 saksi"},
        {NOW, "Bencana itu menewaskan setengah juta jiwa di sana.",
         "setengah juta jiwa=500000 jiwa"},
        {NOW, "Dua pertiga anggota hadir di Solo.",
         "Dua pertiga anggota=0.6666666667 anggota"},
        {NOW, "Sebanyak 2000 orang hadir di Solo.", "2000 orang=2000 orang"},
        {NOW, "Ada 1,300 orang yang hadir di Solo.", "1,300 orang=1300 orang"},
        {NOW, "Panitia menyiapkan 5 (lima) kursi di Solo.", "5 (lima) kursi=5 kursi"},
    };
    CHECK(state, cases);
}

static void reads_bounds_on_both_sides(void **state)
{
    static const struct values_case cases[] = {
        {NOW, "Ada sekitar 500.000 korban jiwa di sana.",
         "sekitar 500.000 korban jiwa=500000 korban about"},
        {NOW, "Ada lebih dari 10.000 tentara di sana.",
         "lebih dari 10.000 tentara=10000 tentara min"},
        {NOW, "Ada 500 orang atau lebih dari 15 persen pegawai di sana.",
         "500 orang=500 orang; lebih dari 15 persen=15 % min"},
        {NOW, "Ada tidak kurang dari seratus orang di sana.",
         "tidak kurang dari seratus orang=100 orang min"},
        {NOW, "Ada hingga 1,3 juta personel aktif di sana.",
         "hingga 1,3 juta personel aktif=1300000 personel max"},
        {NOW, "Ada hampir 40 rumah di sana.", "hampir 40 rumah=40 rumah about"},
        {NOW, "Ada paling sedikit empat rumah di sana.",
         "paling sedikit empat rumah=4 rumah min"},
        {NOW, "Ada maksimal 12 kursi di sana.", "maksimal 12 kursi=12 kursi max"},
        {NOW, "Ada 100 orang lebih di sana.", "100 orang lebih=100 orang min"},
        {NOW, "Ada seratus lebih orang di sana.", "seratus lebih orang=100 orang min"},
        {NOW, "Ada dua orang atau lebih di sana.", "dua orang atau lebih=2 orang min"},
        {NOW, "Ada 20-an orang di sana.", "20-an orang=20 orang about"},
        {NOW, "Ada belasan rumah di sana.", "belasan rumah=11 rumah min"},
        {NOW, "Ada puluhan ribu simpatisan di sana.",
         "puluhan ribu simpatisan=10000 simpatisan min"},
        {NOW, "Ada kurang dari 5 persen di sana.", "kurang dari 5 persen=5 % max"},
    };
    CHECK(state, cases);
}

static void reads_money(void **state)
{
    static const struct values_case cases[] = {
        {NOW, "Ia membayar Rp 8,3 T untuk proyek itu.", "Rp 8,3 T=8.3e+12 IDR"},
        {NOW, "Ia membayar Rp 500 M untuk proyek itu.", "Rp 500 M=5e+11 IDR"},
        {NOW, "Ia membayar Rp129 triliun untuk proyek itu.",
         "Rp129 triliun=1.29e+14 IDR"},
        {NOW, "Ia membayar Rp 1.016,3 triliun untuk proyek itu.",
         "Rp 1.016,3 triliun=1.0163e+15 IDR"},
        {NOW, "Ia membayar Rp50.000,- untuk tiket itu.", "Rp50.000,-=50000 IDR"},
        {NOW, "Ia membayar Rp. 75 ribu untuk tiket itu.", "Rp. 75 ribu=75000 IDR"},
        {NOW, "Ia membayar US$ 1,5 juta untuk rumah itu.", "US$ 1,5 juta=1500000 USD"},
        {NOW, "Ia membayar 20 juta dolar AS untuk rumah itu.",
         "20 juta dolar AS=20000000 USD"},
        {NOW, "Ia membayar 500 ribu rupiah untuk rumah itu.",
         "500 ribu rupiah=500000 IDR"},
        {NOW, "Ia membayar 300 dolar Singapura untuk kamar itu.",
         "300 dolar Singapura=300 SGD"},
        {NOW, "Ia membayar €40 untuk kamar itu.", "€40=40 EUR"},
        {NOW, "Ia membayar Rp 5-7 juta untuk kamar itu.",
         "Rp 5-7 juta=5000000..7000000 IDR"},
        {NOW, "Ia membayar Rp100.000-Rp200.000 untuk kamar itu.",
         "Rp100.000-Rp200.000=100000..200000 IDR"},
        {NOW, "Ia membayar ratusan miliar rupiah untuk itu.",
         "ratusan miliar rupiah=1e+11 IDR min"},
        {NOW, "Ia membayar sekitar Rp 2 miliar untuk itu.",
         "sekitar Rp 2 miliar=2000000000 IDR about"},
    };
    CHECK(state, cases);
}

static void reads_shares_measures_and_ranges(void **state)
{
    static const struct values_case cases[] = {
        {NOW, "Porsinya 28,1% dari total itu.", "28,1%=28.1 %"},
        {NOW, "Porsinya 28 persen dari total itu.", "28 persen=28 %"},
        {NOW, "Porsinya 6.62% dari total itu.", "6.62%=6.62 %"},
        {NOW, "Jaraknya 12 kilometer dari kota.", "12 kilometer=12 km"},
        {NOW, "Jaraknya 12km dari kota.", "12km=12 km"},
        {NOW, "Luasnya 126.100 hektare di pesisir.", "126.100 hektare=126100 ha"},
        {NOW, "Luasnya 20 m² di pesisir.", "20 m²=20 m2"},
        {NOW, "Luasnya 12.000 kaki persegi di pesisir.",
         "12.000 kaki persegi=12000 [sft_i]"},
        {NOW, "Tebalnya 3nm di pesisir.", "3nm=3 nm"},
        {NOW, "Torsinya 250 Nm di pesisir.", "250 Nm=250 N.m"},
        {NOW, "Suhunya 38 derajat Celsius di pesisir.", "38 derajat Celsius=38 Cel"},
        {NOW, "Kecepatannya 80 km/jam di pesisir.", "80 km/jam=80 km/h"},
        {NOW, "Ada 10.000 hingga 12.000 tentara di sana.",
         "10.000 hingga 12.000 tentara=10000..12000 tentara"},
        {NOW, "Ada antara 3 dan 5 rumah di sana.", "antara 3 dan 5 rumah=3..5 rumah"},
        {NOW, "Tebalnya antara 0,5 mm dan 2 mm di sana.",
         "antara 0,5 mm dan 2 mm=0.5..2 mm"},
        {NOW, "Bunganya 10 dan 15 persen di sana.", "10=10 %; 15 persen=15 %"},
    };
    CHECK(state, cases);
}

static void tells_changes_from_levels(void **state)
{
    static const struct values_case cases[] = {
        {NOW, "Laba naik 5 persen di sana.", "5 persen=5 % up"},
        {NOW, "Detasemen Khusus (Denkhus) 77 Antibajak siaga.", ""},
        {NOW, "Ia terpilih di Dewan Kota (DK) 2 periode.", "2 periode=2 periode"},
        {NOW, "Mereka berbagi satu poin di sana.", "satu poin=1 poin"},
        {NOW, "Ia mencetak satu gol di sana.", "satu gol=1 gol"},
        {NOW, "Ia diperiksa pada trimester tiga kehamilan.", ""},
        {NOW, "Laba tumbuh sebesar 5,73 persen di sana.", "5,73 persen=5.73 % up"},
        {NOW, "Laba anjlok hingga 40% di sana.", "hingga 40%=40 % max down"},
        {NOW, "Laba naik menjadi Rp 5 miliar di sana.", "Rp 5 miliar=5000000000 IDR"},
        {NOW, "Biaya meningkat karena tiga faktor di sana.", "tiga faktor=3 faktor"},
        {NOW, "Indeks menguat 66 poin atau 0,47% di sana.",
         "66 poin=66 poin up; 0,47%=0.47 % up"},
        {NOW, "Air terjun setinggi 60 m di sana.", "60 m=60 m"},
        {NOW, "Laba turun, 5 persen di sana.", "5 persen=5 %"},
        {NOW, "Laba sebesar 5 persen di sana.", "5 persen=5 %"},
    };
    CHECK(state, cases);
}

static void leaves_numbers_that_count_nothing(void **state)
{
    static const struct values_case cases[] = {
        {NOW, "Ia bertemu seorang pria di satu kota.", ""},
        {NOW, "Ia membaca sebuah buku di rumah.", ""},
        {NOW, "Kedua negara sepakat damai.", ""},
        {NOW, "Ini kemenangan ke-25 baginya.", ""},
        {NOW, "Ini kemenangan pertama baginya.", ""},
        {NOW, "Tuan rumah menang 2-1 atas tamunya.", ""},
        {NOW, "Pesawat Su-35 itu jatuh di laut.", ""},
        {NOW, "Ia tinggal di lantai 3 gedung itu.", ""},
        {NOW, "KTT G20 itu digelar di Bali.", ""},
        {NOW, "Ia melanggar Pasal 5 ayat 2 tentang itu.", ""},
        {NOW, "Undang-Undang Nomor 12 Tahun 2019 berlaku.", ""},
        {NOW, "Ia menonton Piala Dunia 2026 di rumah.", ""},
        {NOW, "Ia bermain di Liga 1 musim ini.", ""},
        {NOW, "Budi (25) tinggal di Palu.", ""},
        {NOW, "Ia berusia 25 tahun saat itu.", ""},
        {NOW, "Ia dirawat selama dua hari di Palu.", ""},
        {NOW, "Ia tiba pada 19 Juni 2024 di Palu.", ""},
        {NOW, "Warga RT 05 RW 02 mengungsi.", ""},
        {NOW, "Hubungi nomor 0812-3456-7890 segera.", ""},
        {NOW, "Ia tinggal di Jalan Melati No 12 Bogor.", ""},
        {NOW, "Ia bekerja setengah hati di sana.", ""},
        {NOW, "Ia lahir di Kabupaten Lima Puluh Kota.", ""},
        {NOW, "Pilihan jatuh ke nomor paslon 03 Ganjar di sana.", ""},
        {NOW, "Lomba dua tahunan itu ramai.", ""},
        {NOW, "Lalu Gerakan Nasional 1.000 Startup Digital dimulai.", ""},
        {NOW, "Ponsel itu memakai jaringan 5G di kota.", ""},
    };
    CHECK(state, cases);
}

static void counts_one_where_it_is_no_article(void **state)
{
    static const struct values_case cases[] = {
        {NOW, "Polisi menahan satu orang di Solo.", "satu orang=1 orang"},
        {NOW, "Porsinya satu persen di Solo.", "satu persen=1 %"},
        {NOW, "Polisi menahan lebih dari satu kapal di Solo.",
         "lebih dari satu kapal=1 kapal min"},
        {NOW, "Polisi menahan 1 kapal di Solo.", "1 kapal=1 kapal"},
    };
    CHECK(state, cases);
}

static void keeps_the_whole_phrase_as_noun(void **state)
{
    struct doc *doc = values_bench_read(
        *state, NOW,
        STR("Mereka mengirim 1.500 tentara pasukan khusus Korea Utara ke sana."));
    extract_values(doc);
    assert_int_equal(doc->found.count, 1);
    const struct fact *fact = &doc->found.item[0].fact;
    assert_str(fact->unit, "tentara");
    assert_str(fact->noun, "tentara pasukan khusus");
    assert_str(fact->text, "1.500 tentara pasukan khusus");
    assert_string_equal(fact->rule, "quantity.noun");
}

static void tells_what_has_an_amount(void **state)
{
    static const struct {
        const char *text, *about;
    } cases[] = {
        {"Mereka meraih laba bersih sebesar Rp 5 miliar di sana.", "laba bersih"},
        {"Mereka meraih laba bersih Rp 5 miliar di sana.", "laba bersih"},
        {"Kini suku bunga acuan naik 6 persen di sana.", "suku bunga acuan"},
        {"Ada Rp 129 triliun anggaran di sana.", "anggaran"},
        {"Itu berharga di Rp 5.000 per kilogram.", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct doc *doc = values_bench_read(*state, NOW, str_of(cases[i].text));
        extract_values(doc);
        assert_int_equal(doc->found.count, 1);
        struct str about = doc->found.item[0].fact.about;
        if (cases[i].about)
            assert_str(about, cases[i].about);
        else
            assert_null(about.ptr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_nouns),
        cmocka_unit_test(reads_bounds_on_both_sides),
        cmocka_unit_test(reads_money),
        cmocka_unit_test(reads_shares_measures_and_ranges),
        cmocka_unit_test(tells_changes_from_levels),
        cmocka_unit_test(leaves_numbers_that_count_nothing),
        cmocka_unit_test(counts_one_where_it_is_no_article),
        cmocka_unit_test(tells_what_has_an_amount),
        cmocka_unit_test(keeps_the_whole_phrase_as_noun),
    };
    return cmocka_run_group_tests(tests, values_bench_open, values_bench_close);
}
