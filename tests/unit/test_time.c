#include "tests/unit/values_check.h"

#include <time.h>

/* A Wednesday, in the afternoon. */
#define NOW "2024-06-19T15:00:00+07:00"
#define CHECK(state, cases)                                                              \
    values_check(state, cases, sizeof cases / sizeof *cases, FACT_TIME)

static void reads_dates_as_written(void **state)
{
    static const struct values_case cases[] = {
        {NOW, "Ia tiba di Medan pada 19 Juni 2024 bersama ibunya.",
         "19 Juni 2024=2024-06-19"},
        {NOW, "Belanja negara (APBN) 2023 naik lagi.", "2023=2023"},
        {NOW, "Itu salah satu hari terbaik baginya.", ""},
        {NOW, "Ia akan bertanding di final, hari Jumat.", "hari Jumat=2024-06-21"},
        {NOW, "Rapat itu digelar Senin (10/6/2024) di Solo.",
         "Senin (10/6/2024)=2024-06-10"},
        {NOW, "Rapat itu digelar Kamis (13/6) di Solo.", "Kamis (13/6)=2024-06-13"},
        {NOW, "Rapat itu digelar Kamis (20/6) besok di Solo.",
         "Kamis (20/6) besok=2024-06-20"},
        {NOW, "Rapat itu digelar Kamis, 13 Juni 2024, di Solo.",
         "Kamis, 13 Juni 2024=2024-06-13"},
        {NOW, "Rapat itu digelar Kamis 13 Juni di Solo.", "Kamis 13 Juni=2024-06-13"},
        {NOW, "Rapat itu digelar Senin malam (10/6) di Solo.",
         "Senin malam (10/6)=2024-06-10"},
        {NOW, "Rapat itu digelar Senin (10/6) malam di Solo.",
         "Senin (10/6) malam=2024-06-10"},
        {NOW, "Proklamasi dibacakan 17/8/1945 di Jakarta.", "17/8/1945=1945-08-17"},
        {NOW, "Berkas bertanggal 2024-06-11 itu hilang.", "2024-06-11=2024-06-11"},
        {NOW, "Berkas bertanggal 11-06-2024 itu hilang.", "11-06-2024=2024-06-11"},
        {NOW, "Berkas bertanggal 11.06.2024 itu hilang.", "11.06.2024=2024-06-11"},
        {NOW, "Pabrik itu dibuka pada Maret 2021 di Batam.", "Maret 2021=2021-03"},
        {NOW, "Pabrik itu dibuka pada akhir Maret 2021 di Batam.",
         "akhir Maret 2021=2021-03"},
        {NOW, "Pabrik itu dibuka tahun 1998 di Batam.", "tahun 1998=1998"},
        {NOW, "Pabrik itu dibuka pada 1998 di Batam.", "1998=1998"},
        {NOW, "Pabrik itu dibuka awal tahun 2022 di Batam.", "awal tahun 2022=2022"},
        {NOW, "Dana itu masuk APBN 2025 tanpa potongan.", "2025=2025"},
        {NOW, "Dana itu masuk tahun anggaran 2025 tanpa potongan.",
         "tahun anggaran 2025=2025"},
        {NOW, "Ia hadir Sabtu, 15 Juni 2024 | 17:00 WIB di aula.",
         "T Sabtu, 15 Juni 2024 | 17:00 WIB=2024-06-15T17:00+07:00"},
        {NOW, "Pada 31 Februari 2024 ia pergi.", ""},
    };
    CHECK(state, cases);
}

static void fills_in_the_year_nearest_to_publication(void **state)
{
    static const struct values_case cases[] = {
        {"2024-01-05", "Ia ditangkap pada 28 Desember di Bogor.",
         "28 Desember=2023-12-28"},
        {"2024-12-20", "Ujian dimulai 6 Januari di Bogor.", "6 Januari=2025-01-06"},
        {NOW, "Ia dilantik bulan Agustus di Bogor.", "bulan Agustus=2023-08"},
        {NOW, "Ia akan dilantik bulan Agustus di Bogor.", "bulan Agustus=2024-08"},
        {NOW, "Ia dilantik Mei lalu di Bogor.", "Mei lalu=2024-05"},
        {NOW, "Ia dilantik September mendatang di Bogor.", "September mendatang=2024-09"},
        {NOW, "Ia dilantik Maret tahun lalu di Bogor.", "Maret tahun lalu=2023-03"},
        {NOW, "Ia dilantik akhir Juni ini di Bogor.", "akhir Juni ini=2024-06"},
        {NOW, "Ia dilantik tanggal 25 di Bogor.", "tanggal 25=2024-06-25"},
    };
    CHECK(state, cases);
}

static void resolves_words_against_publication(void **state)
{
    static const struct values_case cases[] = {
        {NOW, "Ia tiba kemarin di Medan.", "kemarin=2024-06-18"},
        {NOW, "Ia tiba hari ini di Medan.", "hari ini=2024-06-19"},
        {NOW, "Ia tiba besok di Medan.", "besok=2024-06-20"},
        {NOW, "Ia tiba lusa di Medan.", "lusa=2024-06-21"},
        {NOW, "Ia tiba tadi malam di Medan.", "tadi malam=2024-06-18"},
        {"2024-06-19T22:10:00+07:00", "Ia tiba tadi malam di Medan.",
         "tadi malam=2024-06-19"},
        {NOW, "Ia tiba pekan ini di Medan.", "pekan ini=2024-W25"},
        {NOW, "Ia tiba pekan lalu di Medan.", "pekan lalu=2024-W24"},
        {NOW, "Ia tiba minggu depan di Medan.", "minggu depan=2024-W26"},
        {NOW, "Ia tiba bulan lalu di Medan.", "bulan lalu=2024-05"},
        {NOW, "Ia tiba awal bulan ini di Medan.", "awal bulan ini=2024-06"},
        {NOW, "Ia tiba tahun lalu di Medan.", "tahun lalu=2023"},
        {NOW, "Ia tiba dua hari lalu di Medan.", "dua hari lalu=2024-06-17"},
        {NOW, "Ia tiba tiga pekan lalu di Medan.", "tiga pekan lalu=2024-W22"},
        {NOW, "Ia tiba 5 tahun silam di Medan.", "5 tahun silam=2019"},
        {NOW, "Ia tiba tiga hari lagi di Medan.", "tiga hari lagi=2024-06-22"},
        {NOW, "Ia tiba hari ini, Rabu (19/6/2024), di Medan.",
         "hari ini, Rabu (19/6/2024)=2024-06-19"},
        {NOW, "Saat ini ia sekarang di Medan dan baru-baru ini sakit.", ""},
        {NOW, "Beberapa bulan terakhir ia di Medan.", ""},
        {NOW, "Seperti kemarin-kemarin ia di Medan.", ""},
    };
    CHECK(state, cases);
}

static void resolves_weekdays(void **state)
{
    static const struct values_case cases[] = {
        {NOW, "Ia tiba Senin (10/6/2024, sore di Medan.", "Senin (10/6/2024=2024-06-10"},
        {NOW, "Ia tiba pada Senin di Medan.", "Senin=2024-06-17"},
        {NOW, "Ia tiba pada Rabu di Medan.", "Rabu=2024-06-19"},
        {NOW, "Ia tiba pada hari Jumat di Medan.", "hari Jumat=2024-06-14"},
        {NOW, "Ia akan tiba pada hari Jumat di Medan.", "hari Jumat=2024-06-21"},
        {NOW, "Ia tiba Rabu lalu di Medan.", "Rabu lalu=2024-06-12"},
        {NOW, "Ia tiba Jumat ini di Medan.", "Jumat ini=2024-06-21"},
        {"2024-03-10", "Ia tiba Rabu (11/9) di Medan.", "Rabu (11/9)=2024-09-11"},
        {NOW, "Ia tiba Rabu depan di Medan.", "Rabu depan=2024-06-26"},
        {NOW, "Ia tiba Selasa pekan lalu di Medan.", "Selasa pekan lalu=2024-06-11"},
        {NOW, "Ia tiba pada Minggu di Medan.", "Minggu=2024-06-16"},
        {NOW, "Ia tiba pada hari minggu di Medan.", "hari minggu=2024-06-16"},
        {NOW, "Selama dua minggu ia di Medan.", "P dua minggu=P2W"},
        {NOW, "Kantor buka Senin-Jumat tanpa libur.", ""},
        {NOW, "Kantor buka setiap Senin tanpa libur.", ""},
        {NOW, "Ia menunaikan salat Jumat di Medan.", ""},
    };
    CHECK(state, cases);
}

static void takes_the_latest_date_before_where_publication_is_unknown(void **state)
{
    static const struct values_case cases[] = {
        {NULL, "Ia tiba kemarin di Medan.", ""},
        {NULL, "Ia tiba Jumat (14/6) di Medan.", ""},
        {NULL, "Ia tiba Senin (10/6/2024) di Medan. Esok hari ia pergi.",
         "Senin (10/6/2024)=2024-06-10; Esok hari=2024-06-11"},
        {NULL, "Pada 2019 ia tiba di Medan selama dua hari.",
         "2019=2019; P dua hari=P2D"},
    };
    CHECK(state, cases);
}

static void reads_times_of_day(void **state)
{
    static const struct values_case cases[] = {
        {NOW, "Gempa terjadi Senin (10/6/2024) pukul 17.00 WIB di Palu.",
         "T Senin (10/6/2024) pukul 17.00 WIB=2024-06-10T17:00+07:00"},
        {NOW, "Gempa terjadi Senin (10/6/2024) sekitar pukul 05.30 Wita di Palu.",
         "T Senin (10/6/2024) sekitar pukul 05.30 Wita=2024-06-10T05:30+08:00"},
        {NOW, "Gempa terjadi pukul 17:05 WIT, Senin (10/6/2024), di Palu.",
         "T pukul 17:05 WIT, Senin (10/6/2024)=2024-06-10T17:05+09:00"},
        {NOW, "Gempa terjadi kemarin jam 9 malam di Palu.",
         "T kemarin jam 9 malam=2024-06-18T21:00"},
        {NOW, "Gempa terjadi kemarin pukul 2 siang di Palu.",
         "T kemarin pukul 2 siang=2024-06-18T14:00"},
        {NOW, "Pintu dibuka hari ini pukul 09.00-12.00 WIB di Palu.",
         "R hari ini pukul 09.00-12.00 "
         "WIB=2024-06-19T09:00+07:00/2024-06-19T12:00+07:00"},
        {NOW, "Pintu dibuka hari ini pukul 16.00 WIB-21.00 WIB di Palu.",
         "R hari ini pukul 16.00 WIB-21.00 "
         "WIB=2024-06-19T16:00+07:00/2024-06-19T21:00+07:00"},
        {NOW, "Bus berangkat pukul 16.00 WIB dari Palu.", ""},
        {NOW, "Bus datang pukul 06.00, 12.00, dan 18.00 WIB di Palu.", ""},
        {NOW, "Gempa terjadi pukul 16.00 WIB di Palu.",
         "T pukul 16.00 WIB=2024-06-19T16:00+07:00"},
        {NULL, "Bus berangkat pukul 16.00 WIB dari Palu.", ""},
        {NOW, "Pada Senin (10/6) ia datang. Pukul 10.00 WIB ia pulang.",
         "Senin (10/6)=2024-06-10; T Pukul 10.00 WIB=2024-06-10T10:00+07:00"},
    };
    CHECK(state, cases);
}

static void measures_durations(void **state)
{
    static const struct values_case cases[] = {
        {NOW, "Ia dirawat selama dua hari di Palu.", "P dua hari=P2D"},
        {NOW, "Ia dirawat selama 2,5 tahun di Palu.", "P 2,5 tahun=P2Y6M"},
        {NOW, "Ia dirawat selama satu setengah tahun di Palu.",
         "P satu setengah tahun=P1Y6M"},
        {NOW, "Ia dirawat selama 25 tahun di Palu.", "P 25 tahun=P25Y"},
        {NOW, "Ia dirawat setahun terakhir di Palu.", "P setahun terakhir=P1Y"},
        {NOW, "Ia dirawat lima tahun ke depan di Palu.", "P lima tahun ke depan=P5Y"},
        {NOW, "Ia menunggu 2 jam 30 menit di Palu.", "P 2 jam 30 menit=PT2H30M"},
        {NOW, "Ia menunggu setengah jam di Palu.", "P setengah jam=PT30M"},
        {NOW, "Ia menunggu 1 tahun 6 bulan di Palu.", "P 1 tahun 6 bulan=P1Y6M"},
        {NOW, "Ia dihukum dua tahun dan delapan bulan di Palu.",
         "P dua tahun dan delapan bulan=P2Y8M"},
        {NOW, "Ia menonton Liga 1 pekan ini.", "pekan ini=2024-W25"},
        {NOW, "Ia menunggu tiga dekade di Palu.", "P tiga dekade=P30Y"},
        {NOW, "Ia menunggu 1,5 hari di Palu.", "P 1,5 hari=P1DT12H"},
        {NOW, "Ia berusia 25 tahun di Palu.", ""},
        {NOW, "Kelompok usia >41 tahun di Palu.", ""},
        {NOW, "Budi (25 tahun) tinggal di Palu.", ""},
        {NOW, "Bocah 5 tahun itu tinggal di Palu.", ""},
        {NOW, "Petinju 29 tahun itu tinggal di Palu.", ""},
        {NOW, "Puluhan tahun ia tinggal di Palu.", ""},
        {NOW, "Dalam kehidupan sehari-hari ia di Palu.", ""},
        {NOW, "Ia makan tiga kali sehari di Palu.", ""},
    };
    CHECK(state, cases);
}

static void joins_ranges(void **state)
{
    static const struct values_case cases[] = {
        {NOW, "Perang 1950-1953 itu usai.", "R 1950-1953=1950/1953"},
        {NOW, "Perang tahun 1950 hingga 1953 itu usai.",
         "R tahun 1950 hingga 1953=1950/1953"},
        {NOW, "Pameran 19 hingga 21 Juni dibuka.",
         "R 19 hingga 21 Juni=2024-06-19/2024-06-21"},
        {NOW, "Pameran 19-21 Juni 2023 dibuka.",
         "R 19-21 Juni 2023=2023-06-19/2023-06-21"},
        {NOW, "Pameran 28 Mei - 1 Juni 2023 dibuka.",
         "R 28 Mei - 1 Juni 2023=2023-05-28/2023-06-01"},
        {NOW, "Pameran 28 Mei-1 Juni 2023 dibuka.",
         "R 28 Mei-1 Juni 2023=2023-05-28/2023-06-01"},
        {NULL, "Pameran 28 Mei hingga 1 Juni 2023 dibuka.",
         "R 28 Mei hingga 1 Juni 2023=2023-05-28/2023-06-01"},
        {NOW, "Pameran 28 Desember hingga 2 Januari 2024 dibuka.",
         "R 28 Desember hingga 2 Januari 2024=2023-12-28/2024-01-02"},
        {NOW, "Pameran Maret-Mei 2023 dibuka.", "R Maret-Mei 2023=2023-03/2023-05"},
        {NOW, "Pada antara tahun 2022 dan Maret 2024 ia sakit.",
         "R antara tahun 2022 dan Maret 2024=2022/2024-03"},
        {NOW, "Pameran Sabtu-Minggu (15-16/6/2024) dibuka.",
         "R Sabtu-Minggu (15-16/6/2024)=2024-06-15/2024-06-16"},
        {NOW, "Laba kuartal III-2023 turun.", "R kuartal III-2023=2023-07/2023-09"},
        {NOW, "Laba kuartal III/2023 turun.", "R kuartal III/2023=2023-07/2023-09"},
        {NOW, "Laba kuartal kedua tahun lalu turun.",
         "R kuartal kedua tahun lalu=2023-04/2023-06"},
        {NOW, "Laba semester I 2024 turun.", "R semester I 2024=2024-01/2024-06"},
        {NOW, "Laba triwulan IV turun.", "R triwulan IV=2023-10/2023-12"},
        {NOW, "Musik era 1990-an disukai.", "R 1990-an=1990/1999"},
        {NOW, "Pada tahun ajaran 2023/2024 ia lulus.",
         "R tahun ajaran 2023/2024=2023/2024"},
        {NOW, "Ujian digelar 5 dan 6 Juni di Palu.", "5=2024-06-05; 6 Juni=2024-06-06"},
    };
    CHECK(state, cases);
}

static void leaves_numbers_that_are_no_dates(void **state)
{
    static const struct values_case cases[] = {
        {NOW, "Undang-Undang Nomor 12 Tahun 2019 berlaku.", ""},
        {NOW, "Inpres 1/2025 berlaku.", ""},
        {NOW, "Ia menonton Piala Dunia 2026 di rumah.", ""},
        {NOW, "Sebanyak 2000 orang hadir.", ""},
        {NOW, "Harganya 2024 rupiah saja.", ""},
        {NOW, "Bunga turun dalam beberapa bulan mendatang.", ""},
        {NOW, "Skor akhir 12-9 untuk tuan rumah.", ""},
        {NOW, "Raja Juli Antoni hadir.", ""},
    };
    CHECK(state, cases);
}

static void marks_the_tokens_of_what_it_found(void **state)
{
    struct doc *doc =
        values_bench_read(*state, NOW, STR("Ia tiba Senin (10/6/2024) di Solo."));
    extract_values(doc);
    assert_int_equal(doc->found.count, 1);
    const struct found *found = &doc->found.item[0];
    for (uint32_t i = 0; i < doc->tokens.count; i++) {
        bool inside = i >= found->first && i < found->end;
        assert_int_equal(doc->tokens.item[i].found, inside ? 1 : 0);
    }
    assert_str(found->fact.text, "Senin (10/6/2024)");
    assert_str(doc_span_text(doc, found->fact.span), "Senin (10/6/2024)");
}

/* Floods of what values are made of, in one line each. */
static void stays_linear_in_long_lines(void **state)
{
    static const char *const floods[] = {
        "1/",      "1,",      "12.",    "5-", "Senin ",   "dua ",    "1 (",
        "tahun 2", "antara ", "5 dan ", "Rp", "sekitar ", "(12/9) ", "2019, "};
    for (size_t i = 0; i < sizeof floods / sizeof *floods; i++) {
        struct buf text = {0};
        unsigned times = strlen(floods[i]) > 4 ? 50000 : 100000; /* LIMIT_TOKENS */
        for (unsigned k = 0; k < times; k++)
            buf_add(&text, floods[i], strlen(floods[i]));
        struct doc *doc = values_bench_read(*state, NOW, buf_str(&text));
        clock_t begin = clock(); /* of the processor: a busy machine does not count */
        extract_values(doc);
        double took_s = (double)(clock() - begin) / CLOCKS_PER_SEC;
        if (took_s > 20) /* quadratic would be minutes */
            fail_msg("\"%s\" took %.1f s", floods[i], took_s);
        buf_fini(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_dates_as_written),
        cmocka_unit_test(fills_in_the_year_nearest_to_publication),
        cmocka_unit_test(resolves_words_against_publication),
        cmocka_unit_test(resolves_weekdays),
        cmocka_unit_test(takes_the_latest_date_before_where_publication_is_unknown),
        cmocka_unit_test(reads_times_of_day),
        cmocka_unit_test(measures_durations),
        cmocka_unit_test(joins_ranges),
        cmocka_unit_test(leaves_numbers_that_are_no_dates),
        cmocka_unit_test(marks_the_tokens_of_what_it_found),
        cmocka_unit_test(stays_linear_in_long_lines),
    };
    return cmocka_run_group_tests(tests, values_bench_open, values_bench_close);
}
