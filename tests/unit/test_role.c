#include "worker/extract/extract.h"

#include "tests/unit/names_fixture.h"

static const struct names_case before[] = {
    {"Presiden Rusia Vladimir Putin hadir.", "Vladimir Putin | Presiden |  | RU"},
    {"Perdana Menteri Israel, Benjamin Netanyahu, pergi.",
     "Benjamin Netanyahu | Perdana Menteri |  | IL"},
    {"Mantan Presiden Indonesia ke-6 Joko Hartono hadir.",
     "Joko Hartono | Presiden |  | ID | former"},
    {"Kapolres datang bersama Paur Humas Polres Klaten Ipda Tono Raharjo.",
     "Tono Raharjo | Paur Humas | Polres Klaten | ; Tono Raharjo | Ipda |  | "},
    {"Kepala Kantor Komunikasi Presiden Budi Hartono hadir.",
     "Budi Hartono | Kepala | Kantor Komunikasi Presiden | "},
    {"Pelatih TNI AL Budi Hartono hadir.", "Budi Hartono | Pelatih | TNI AL | "},
    {"Ketua TPN Ganjar-Mahfud, Budi Hartono, hadir.", "Budi Hartono | Ketua | TPN | "},
    {"Kepala Desa Wanasana Budi Hartono hadir.",
     "Budi Hartono | Kepala Desa | Wanasana | "},
    {"Kepala BPS Amalia Suryani bicara.", "Amalia Suryani | Kepala | BPS | "},
    {"Menteri Keuangan Purwo Darmanto rapat.", "Purwo Darmanto | Menteri Keuangan |  | "},
    {"Bupati Sukabumi Marwan Hamami hadir.", "Marwan Hamami | Bupati | Sukabumi | "},
    {"Plt Direktur Jenderal Imigrasi Yuldi Yusman hadir.",
     "Yuldi Yusman | Plt Direktur Jenderal Imigrasi |  | "},
    {"Kapolres Sleman AKBP Tono Raharjo hadir.",
     "Tono Raharjo | Kapolres | Sleman | ; Tono Raharjo | AKBP |  | "},
    {"Menteri Perhubungan (Menhub) Karyo Sumitro rapat.",
     "Karyo Sumitro | Menteri Perhubungan |  | "},
    {"Direktur Utama PT Sumber Makmur Budi Hartono hadir.",
     "Budi Hartono | Direktur Utama | PT Sumber Makmur | "},
    {"Ketua Komisi III DPR Rudi Hartawan hadir.",
     "Rudi Hartawan | Ketua | Komisi III DPR | "},
    {"Wakil Ketua Umum Partai Golkar Joko Susanto hadir.",
     "Joko Susanto | Wakil Ketua Umum | Partai Golkar | "},
    {"Presiden ke-7 RI Joko Widodo hadir.", "Joko Widodo | Presiden ke-7 |  | ID"},
    {"Pelatih asal Uzbekistan, Rustam Karimov, hadir.",
     "Rustam Karimov | Pelatih |  | UZ"},
    {"Kiper Persib yang cedera sejak Juni, Tono Raharjo, pulih.",
     "Tono Raharjo | Kiper | Persib | "},
    {"Ketua Umum dan pendiri PSSI Budi Hartono hadir.",
     "Budi Hartono | Ketua Umum | PSSI | ; Budi Hartono | pendiri | PSSI | "},
    {"Ketua PSSI sekaligus Menteri Pertahanan Budi Hartono hadir.",
     "Budi Hartono | Ketua | PSSI | ; Budi Hartono | Menteri Pertahanan |  | "},
    {"Presiden dan Wakil Presiden Budi Hartono dan Tono Raharjo hadir.",
     "Budi Hartono | Presiden |  | ; Tono Raharjo | Wakil Presiden |  | "},
    {"Juru bicara Presiden, Andi Wibisono, hadir.",
     "Andi Wibisono | Juru bicara Presiden |  | "},
    {"Kata pengacara Budi Hartono, Rina Lestari, kemarin.",
     "Rina Lestari | pengacara |  | "},
    {"Promotor tinju Budi Hartono hadir.", "Budi Hartono | Promotor tinju |  | "},
    {"Wakil Menteri Keuangan II Tono Raharjo hadir.",
     "Tono Raharjo | Wakil Menteri Keuangan II |  | "},
    {"Menteri Koordinator bidang Perekonomian Tono Raharjo hadir.",
     "Tono Raharjo | Menteri Koordinator bidang Perekonomian |  | "},
    {"Ketua PSSI/Menteri Sosial Budi Hartono hadir.",
     "Budi Hartono | Ketua | PSSI | ; Budi Hartono | Menteri Sosial |  | "},
    {"Ketua PSSI Jenderal (Purn) Budi Hartono hadir.",
     "Budi Hartono | Ketua | PSSI | ; Budi Hartono | Jenderal |  | "},
    {"Direktur Pengendalian Pencemaran KLHK Rina Lestari hadir.",
     "Rina Lestari | Direktur Pengendalian Pencemaran | KLHK | "},
    {"Seorang guru SMA di Bogor bernama Budi Hartono hadir.",
     "Budi Hartono | guru |  | "},
    {"Direktur Layanan Wisata Alam, Budi Hartono, hadir.",
     "Budi Hartono | Direktur Layanan Wisata |  | "},
    {"Presiden ketiga RI Budi Hartono hadir.", "Budi Hartono | Presiden ketiga |  | ID"},
    {"Mantan Ketua PSSI yang juga calon gubernur Budi Hartono hadir.",
     "Budi Hartono | calon gubernur |  | ; Budi Hartono | Ketua | PSSI |  | former"},
    {"Gubernur dan Wakil Gubernur Bali, Budi Hartono-Tono Raharjo, hadir.",
     "Budi Hartono | Gubernur | Bali | ; Tono Raharjo | Wakil Gubernur | Bali | "},
    {"PSSI pimpinan Ketua Umum Budi Hartono rapat.", "Budi Hartono | Ketua Umum |  | "},
    {"Presiden Republik Indonesia Joko Widodo hadir.", "Joko Widodo | Presiden |  | ID"},
    {"Deputi Penindakan dan Eksekusi KPK Budi Hartono hadir.",
     "Budi Hartono | Deputi Penindakan dan Eksekusi | KPK | "},
    {"Ketua PSSI yang juga sahabat Tono Raharjo, Budi Hartono hadir.",
     "Budi Hartono | Ketua | PSSI | "},
    {NULL, NULL},
};
static const struct names_case behind[] = {
    {"\"Ya,\" kata Hong Min, seorang analis senior di Institut Korea untuk Penyatuan "
     "Nasional, kemarin.",
     "Hong Min | analis senior | Institut Korea untuk Penyatuan Nasional | "},
    {"Kata Budi Hartono, Ketua MRI Wilayah Riau.", "Budi Hartono | Ketua |  | "},
    {"Ketua PSSI Rina Lestari, Direktur Layanan Wisata Alam, hadir.",
     "Rina Lestari | Ketua | PSSI | "},
    {"Budi Hartono sebagai Direktur Layanan, Tono Raharjo sebagai Direktur Bisnis.",
     "Budi Hartono | Direktur Layanan |  | ; Tono Raharjo | Direktur Bisnis |  | "},
    {"Rina Lestari, pengacara Budi Hartono, hadir.", "Rina Lestari | pengacara |  | "},
    {"Budi Hartono (45), Kepala Desa Sukamaju, hadir.",
     "Budi Hartono | Kepala Desa |  | "},
    {"Klub itu didirikan oleh Budi Hartono selaku Ketua PSSI.",
     "Budi Hartono | Ketua | PSSI | "},
    {"Mereka dilantik oleh Budi Hartono sebagai pimpinan KPK.", ""},
    {"Ia bertemu Budi Hartono selaku Ketua Umum PSSI.",
     "Budi Hartono | Ketua Umum | PSSI | "},
    {"Menurut Chris Voisey, ahli geologi di Universitas Monash, emas langka.",
     "Chris Voisey | ahli geologi | Universitas Monash | "},
    {"Budi Hartono (45), Ketua PSSI, hadir.", "Budi Hartono | Ketua | PSSI | "},
    {"Budi Hartono, yang saat ini juga menjabat sebagai Ketua PSSI, hadir.",
     "Budi Hartono | Ketua | PSSI | "},
    {"Budi Hartono dilantik menjadi Wali Kota Bogor.",
     "Budi Hartono | Wali Kota | Bogor | "},
    {"Kata Rina Lestari, ahli geologi di Universitas Monash dan penulis utama studi.",
     "Rina Lestari | ahli geologi | Universitas Monash | ; "
     "Rina Lestari | penulis utama |  | "},
    {"Kata Rina Lestari, dokter, minumlah air.", "Rina Lestari | dokter |  | "},
    {"Budi Hartono adalah pemain yang cepat.", "Budi Hartono | pemain |  | "},
    {"Rina Lestari datang. Dia kini masih pimpinan DPRD Medan.",
     "Rina Lestari | pimpinan | DPRD Medan | "},
    {"Ia mengajak Tono Raharjo - konsultan PSSI - ke Solo.",
     "Tono Raharjo | konsultan | PSSI | "},
    {NULL, NULL},
};
static const struct names_case lists[] = {
    {"Ada dua wasit Indonesia yang dipilih, yakni Tono Raharjo dan Budi Hartono.",
     "Tono Raharjo | wasit |  | ID; Budi Hartono | wasit |  | ID"},
    {"Dua pemain Persib, Budi Hartono dan Tono Raharjo, absen.",
     "Budi Hartono | pemain | Persib | ; Tono Raharjo | pemain | Persib | "},
    {"Ganda putra Tono Raharjo/Budi Hartono menang.",
     "Tono Raharjo | Ganda putra |  | ; Budi Hartono | Ganda putra |  | "},
    {"Kata pemain seperti Budi Hartono, itu sulit.", ""},
    {"Presiden bertemu Menteri Pertahanan Budi Hartono dan Tono Raharjo.",
     "Budi Hartono | Menteri Pertahanan |  | "},
    {NULL, NULL},
};
static const struct names_case former[] = {
    {"Mantan Presiden AS Barack Obama hadir.",
     "Barack Obama | Presiden |  | US | former"},
    {"Kata mantan komandan Angkatan Darat Inggris Kolonel John Smithson kemarin.",
     "John Smithson | komandan | Angkatan Darat Inggris |  | former; "
     "John Smithson | Kolonel |  | "},
    {"Budi Hartono pernah menjabat Ketua PSSI.",
     "Budi Hartono | Ketua | PSSI |  | former"},
    {"Tono Raharjo resmi diberhentikan PSSI sebagai pelatih Timnas Indonesia.",
     "Tono Raharjo | pelatih | Timnas Indonesia |  | former"},
    {NULL, NULL},
};
static const struct names_case none[] = {
    {"Pak Budi Hartono tersenyum.", ""},
    {"Istri Budi Hartono hadir.", ""},
    {"Kata Budi Hartono, guru adalah kunci.", ""},
    {"Presiden akan bertemu gubernur.", ""},
    {"Di sektor tunggal putri, Rita Hartono menang.", ""},
    {"Budi Hartono menjawab. Ia diam soal OTT Bupati Klaten tersebut.", ""},
    {"Warga Jakarta bernama Budi Hartono hadir.", ""},
    {"Presiden bertemu Budi Hartono.", ""},
    {"Calon pelatih pengganti Budi Hartono sudah ada.", ""},
    {"Budi Hartono pergi. Tiga wasit Indonesia itu marah.", ""},
    {NULL, NULL},
};
static const struct names_case once[] = {
    {"Presiden Joko Widodo tiba. Lalu Presiden Jokowi pergi.",
     "Joko Widodo | Presiden |  | "},
    {"Kata Budi Hartono, air naik. Politikus PAN itu cemas.",
     "Budi Hartono | Politikus | PAN | "},
    {"Donald Trump berbicara. Pemimpin AS itu marah.", "Donald Trump | Pemimpin |  | US"},
    {"Vladimir Putin berbicara. Pemimpin AS itu marah.", ""},
    {"Budi Hartono cedera. Gelandang berusia 20 tahun itu absen.",
     "Budi Hartono | Gelandang |  | "},
    {"Budi Hartono pergi. \"Saya suka Tono Raharjo,\" ujar politikus PAN itu.",
     "Budi Hartono | politikus | PAN | "},
    {"Budi Hartono pergi. Politikus asal Malang itu marah.",
     "Budi Hartono | Politikus |  | "},
    {NULL, NULL},
};

static void titles_before_a_name_are_roles(void **state)
{
    names_fixture_check(state, before, names_fixture_roles);
}
static void titles_behind_a_name_are_roles(void **state)
{
    names_fixture_check(state, behind, names_fixture_roles);
}
static void all_who_are_listed_bear_the_title(void **state)
{
    names_fixture_check(state, lists, names_fixture_roles);
}
static void what_is_over_is_former_but_ranks_stay(void **state)
{
    names_fixture_check(state, former, names_fixture_roles);
}
static void forms_of_address_kin_and_loose_titles_are_no_roles(void **state)
{
    names_fixture_check(state, none, names_fixture_roles);
}
static void a_role_is_told_once_and_found_by_reference(void **state)
{
    names_fixture_check(state, once, names_fixture_roles);
}

static void a_role_knows_its_person_and_covers_its_evidence(void **state)
{
    names_fixture_roles(state, "Di sana Presiden Rusia Vladimir Putin hadir.");
    const struct doc *doc = &((struct text_fixture *)*state)->doc;
    assert_int_equal(doc->found.count, 1);
    const struct found *found = &doc->found.item[0];
    assert_str(doc->entities.item[found->entity].name, "Vladimir Putin");
    assert_str(found->fact.text, "Presiden Rusia Vladimir Putin");
}

static void a_title_gives_the_person_its_country(void **state)
{
    assert_str(names_fixture_entities(state, "Dubes Ukraina Dmytro Ponomar hadir."),
               "GPE Ukraina UA; PER Dmytro Ponomar UA");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(titles_before_a_name_are_roles),
        cmocka_unit_test(titles_behind_a_name_are_roles),
        cmocka_unit_test(all_who_are_listed_bear_the_title),
        cmocka_unit_test(what_is_over_is_former_but_ranks_stay),
        cmocka_unit_test(forms_of_address_kin_and_loose_titles_are_no_roles),
        cmocka_unit_test(a_role_is_told_once_and_found_by_reference),
        cmocka_unit_test(a_role_knows_its_person_and_covers_its_evidence),
        cmocka_unit_test(a_title_gives_the_person_its_country),
    };
    return cmocka_run_group_tests(tests, text_fixture_setup, text_fixture_teardown);
}
