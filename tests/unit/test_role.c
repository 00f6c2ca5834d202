#include "worker/extract/extract.h"

#include "tests/unit/names_fixture.h"

static const struct names_case before[] = {
    {"Presiden Rusia Vladimir Putin hadir.", "Vladimir Putin | Presiden |  | RU"},
    {"Perdana Menteri Israel, Benjamin Netanyahu, pergi.",
     "Benjamin Netanyahu | Perdana Menteri |  | IL"},
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
    {"Juru bicara Presiden, Andi Wibisono, hadir.",
     "Andi Wibisono | Juru bicara Presiden |  | "},
    {NULL, NULL},
};
static const struct names_case behind[] = {
    {"\"Ya,\" kata Hong Min, seorang analis senior di Institut Korea untuk Penyatuan "
     "Nasional, kemarin.",
     "Hong Min | analis senior | Institut Korea untuk Penyatuan Nasional | "},
    {"Ia bertemu Budi Hartono selaku Ketua Umum PSSI.",
     "Budi Hartono | Ketua Umum | PSSI | "},
    {"Menurut Chris Voisey, ahli geologi di Universitas Monash, emas langka.",
     "Chris Voisey | ahli geologi | Universitas Monash | "},
    {"Kata Rina Lestari, dokter, minumlah air.", "Rina Lestari | dokter |  | "},
    {NULL, NULL},
};
static const struct names_case former[] = {
    {"Mantan Presiden AS Barack Obama hadir.",
     "Barack Obama | Presiden |  | US | former"},
    {"Kata mantan komandan Angkatan Darat Inggris Kolonel John Smithson kemarin.",
     "John Smithson | komandan | Angkatan Darat Inggris |  | former; "
     "John Smithson | Kolonel |  | "},
    {NULL, NULL},
};
static const struct names_case none[] = {
    {"Pak Budi Hartono tersenyum.", ""},
    {"Istri Budi Hartono hadir.", ""},
    {"Kata Budi Hartono, guru adalah kunci.", ""},
    {"Presiden akan bertemu gubernur.", ""},
    {"Warga Jakarta bernama Budi Hartono hadir.", ""},
    {NULL, NULL},
};
static const struct names_case once[] = {
    {"Presiden Joko Widodo tiba. Lalu Presiden Jokowi pergi.",
     "Joko Widodo | Presiden |  | "},
    {"Kata Budi Hartono, air naik. Politikus PAN itu cemas.",
     "Budi Hartono | Politikus | PAN | "},
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
        cmocka_unit_test(what_is_over_is_former_but_ranks_stay),
        cmocka_unit_test(forms_of_address_kin_and_loose_titles_are_no_roles),
        cmocka_unit_test(a_role_is_told_once_and_found_by_reference),
        cmocka_unit_test(a_role_knows_its_person_and_covers_its_evidence),
        cmocka_unit_test(a_title_gives_the_person_its_country),
    };
    return cmocka_run_group_tests(tests, text_fixture_setup, text_fixture_teardown);
}
