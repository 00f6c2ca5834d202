#include "tests/unit/event_check.h"

/* Who acts and who is acted on, where the words beside the event do not say it. */

static void verbs_that_are_joined_share_their_object(void **state)
{
    static const struct quote_case cases[] = {
        {"Polisi menangkap dan menahan Budi Santoso.",
         "COERCE menangkap (Polisi) > Budi Santoso; COERCE menahan (Polisi) > "
         "Budi Santoso"},
        {"Budi Santoso mengaku dua orang menculik dan menganiayanya.",
         "ASSAULT menculik (dua orang) > Budi Santoso; ASSAULT menganiayanya (dua orang) "
         "> Budi Santoso"},
        {"Iran menyerang, dan Prancis mengecam Iran.",
         "ASSAULT menyerang Iran > ; ACCUSE mengecam Prancis > Iran"},
    };
    quote_check(state, cases, show_event);
}

static void nouns_that_are_joined_share_their_light_verb(void **state)
{
    static const struct quote_case cases[] = {
        {"KPK menjatuhkan denda dan sanksi kepada Budi Santoso.",
         "SANCTION denda KPK > Budi Santoso; SANCTION sanksi KPK > Budi Santoso"},
        {"KPK melakukan penangkapan terhadap lima orang.",
         "COERCE penangkapan KPK > (lima orang)"},
    };
    quote_check(state, cases, show_event);
}

static void where_somebody_is_from_does_not_act(void **state)
{
    static const struct quote_case cases[] = {
        {"Budi Santoso, asal Surabaya, Jawa Timur ditangkap polisi.",
         "COERCE ditangkap (polisi) > Budi Santoso"},
        {"Budi Santoso dari Surabaya, Jawa Timur ditangkap polisi.",
         "COERCE ditangkap (polisi) > Budi Santoso"},
    };
    quote_check(state, cases, show_event);
}

static void a_relative_clause_is_about_who_is_described(void **state)
{
    static const struct quote_case cases[] = {
        {"Budi Santoso adalah tersangka yang ditahan KPK.",
         "COERCE ditahan KPK > Budi Santoso"},
        {"Iran menjadi negara yang menolak usulan Jepang.",
         "REJECT menolak Iran > Jepang"},
        {"Ini adalah serangan yang menewaskan Budi Santoso.",
         "ASSAULT menewaskan (serangan) > Budi Santoso"},
    };
    quote_check(state, cases, show_event);
}

static void who_does_the_passive_does_how_it_is_done(void **state)
{
    static const struct quote_case cases[] = {
        {"Perkara itu didalami KPK dengan memeriksa tiga saksi.",
         "ACCUSE memeriksa KPK > (tiga saksi)"},
        {"Budi Santoso dibunuh dengan menembak kepalanya.",
         "ASSAULT dibunuh  > Budi Santoso"},
        {"Hal itu disampaikan Joko Widodo dalam Rapat Koordinasi Pangan di Jakarta.",
         "CONSULT Rapat Joko Widodo > "},
    };
    quote_check(state, cases, show_event);
}

static void a_verb_at_the_begin_has_the_subject_of_its_clause(void **state)
{
    static const struct quote_case cases[] = {
        {"Selain menangkap Budi Santoso, KPK juga menyita uang.",
         "COERCE menangkap KPK > Budi Santoso; COERCE menyita KPK > "},
        {"Selama disekap, Budi Santoso mengaku dianiaya.",
         "ASSAULT disekap  > Budi Santoso; ASSAULT dianiaya  > Budi Santoso"},
    };
    quote_check(state, cases, show_event);
}

static void before_a_pronoun_stands_what_is_acted_on(void **state)
{
    static const struct quote_case cases[] = {
        {"\"Pelaku sudah kami tangkap,\" kata Budi Santoso.",
         "COERCE tangkap Budi Santoso > (Pelaku)"},
        {"\"Uang yang kami sita banyak,\" kata Budi Santoso.",
         "COERCE sita Budi Santoso > "},
        {"\"Kasus ini masih kami dalami,\" kata Budi Santoso.",
         "ACCUSE dalami Budi Santoso > (Kasus ini)"},
        {"\"Rumah kami tangkap angin,\" kata Budi Santoso.", ""},
    };
    quote_check(state, cases, show_event);
}

static void what_was_told_is_named_again_with_other_words(void **state)
{
    static const struct quote_case cases[] = {
        {"KPK memberi sanksi kepada Budi Santoso. Sanksi pemberhentian dinilai ringan.",
         "SANCTION sanksi KPK > Budi Santoso; SANCTION Sanksi KPK > Budi Santoso"},
        {"KPK memberi sanksi kepada Budi Santoso. Sanksi Ani Lestari lebih ringan.",
         "SANCTION sanksi KPK > Budi Santoso; SANCTION Sanksi Ani Lestari > "},
        {"Hal itu disampaikan Joko Widodo dalam kunjungan kerjanya menyapa warga.",
         "CONSULT kunjungan Joko Widodo > "},
    };
    quote_check(state, cases, show_event);
}

static void what_police_secure_is_seized_only_where_it_is_evidence(void **state)
{
    static const struct quote_case cases[] = {
        {"Polda Bali mengamankan dua paket sabu.", "COERCE mengamankan Polda Bali > "},
        {"Polda Bali mengamankan pemilu.", ""},
    };
    quote_check(state, cases, show_event);
}

static void an_attack_hits_whatever_it_aims_at(void **state)
{
    static const struct quote_case cases[] = {
        {"Serangan Israel menargetkan gudang di Rafah.",
         "ASSAULT Serangan Israel > ; ASSAULT menargetkan Israel > (gudang)"},
        {"Israel menargetkan pertumbuhan di tengah perang.", ""},
        {"Israel membunuh Budi Santoso dalam serangan di Rafah.",
         "ASSAULT membunuh Israel > Budi Santoso; ASSAULT serangan Israel > Budi "
         "Santoso"},
        {"Israel membunuh Budi Santoso dalam serangan milisi di Rafah.",
         "ASSAULT membunuh Israel > Budi Santoso"},
    };
    quote_check(state, cases, show_event);
}

static void what_follows_is_done_by_who_did_the_first(void **state)
{
    static const struct quote_case cases[] = {
        {"Polisi menangkap Budi Santoso lalu menahan Andi Wijaya.",
         "COERCE menangkap (Polisi) > Budi Santoso; COERCE menahan (Polisi) > Andi "
         "Wijaya"},
        {"Budi Santoso kemudian menyerang Andi Wijaya.",
         "ASSAULT menyerang Budi Santoso > Andi Wijaya"},
    };
    quote_check(state, cases, show_event);
}

static void a_body_discusses_what_is_discussed_in_it(void **state)
{
    static const struct quote_case cases[] = {
        {"Rencana itu dibahas di DPR.", "CONSULT dibahas  > DPR"},
        {"Rencana itu dibahas di Jakarta.", ""},
    };
    quote_check(state, cases, show_event);
}

static void nouns_that_are_joined_share_their_owner(void **state)
{
    static const struct quote_case cases[] = {
        {"Hamas bertanggung jawab atas penculikan dan penyiksaan warga Israel.",
         "ASSAULT penculikan Hamas > Israel; ASSAULT penyiksaan  > Israel"},
        {"Budi Santoso berkata bahwa kesepakatan Prancis-Iran \"hampir tercapai\".",
         "AGREE kesepakatan Prancis,Iran > "},
    };
    quote_check(state, cases, show_event);
}

static void brackets_stand_between_a_name_and_a_verb_without_affixes(void **state)
{
    static const struct quote_case cases[] = {
        {"Joko Widodo (Jokowi) sepakat dengan Prabowo Subianto.",
         "AGREE sepakat Joko Widodo > Prabowo Subianto"},
    };
    quote_check(state, cases, show_event);
}

static void those_listed_behind_a_number_are_acted_on(void **state)
{
    static const struct quote_case cases[] = {
        {"KPK memeriksa dua saksi, yakni Budi Santoso dan Andi Wijaya.",
         "ACCUSE memeriksa KPK > Budi Santoso,Andi Wijaya"},
    };
    quote_check(state, cases, show_event);
}

static void a_quality_in_a_relative_clause_is_no_subject(void **state)
{
    static const struct quote_case cases[] = {
        {"Warga yang geram mengeroyok Budi Santoso.",
         "ASSAULT mengeroyok (Warga) > Budi Santoso"},
        {"Warga yang polisinya mengeroyok Budi Santoso.",
         "ASSAULT mengeroyok (polisinya) > Budi Santoso"},
    };
    quote_check(state, cases, show_event);
}

static void who_died_is_the_victim(void **state)
{
    static const struct quote_case cases[] = {
        {"Budi Santoso ditemukan tewas. Korban diduga dibunuh.",
         "ASSAULT dibunuh  > Budi Santoso possible"},
        {"Budi Santoso dan Andi Wijaya ditemukan tewas. Korban diduga dibunuh.", ""},
        {"Kapolres Bogor Budi Santoso melihat warga yang tewas. Korban diduga dibunuh.",
         ""},
    };
    quote_check(state, cases, show_event);
}

static void who_is_warned_or_told_is_who_is_to_act(void **state)
{
    static const struct quote_case cases[] = {
        {"Rusia mengingatkan Jerman agar tidak mengirim tank ke Ukraina.",
         "REQUEST mengingatkan Rusia > Jerman; AID mengirim Jerman > Ukraina denied"},
    };
    quote_check(state, cases, show_event);
}

static void states_help_their_own_people_and_pay_in_money(void **state)
{
    static const struct quote_case cases[] = {
        {"Indonesia memulangkan 20 WNI dari Sudan.", "AID memulangkan Indonesia > "},
        {"Indonesia mengirim bantuan kemanusiaan ke Palestina.",
         "AID mengirim Indonesia > Palestina"},
        {"Jepang menjanjikan 5 juta dolar AS kepada Turki.",
         "AGREE menjanjikan Jepang > Turki"},
    };
    quote_check(state, cases, show_event);
}

static void who_tells_of_it_takes_part(void **state)
{
    static const struct quote_case cases[] = {
        {"Hal ini dikatakan Joko Widodo usai melakukan kunjungan ke Jepang.",
         "CONSULT kunjungan Joko Widodo > Jepang"},
        {"KPK menandatangani kesepakatan bersama dengan Polri.",
         "SUPPORT menandatangani KPK,Polri > "},
    };
    quote_check(state, cases, show_event);
}

static void somebodys_kin_is_acted_on(void **state)
{
    static const struct quote_case cases[] = {
        {"Budi Santoso membunuh istrinya di Bandung.",
         "ASSAULT membunuh Budi Santoso > (istrinya)"},
        {"Budi Santoso membunuh rasa bosannya di Bandung.", ""},
        {"Oknum polisi Budi Santoso memukul Andi Wijaya.",
         "ASSAULT memukul Budi Santoso > Andi Wijaya"},
        {"Massa merusak kantor Polsek Matraman.",
         "ASSAULT merusak (Massa) > Polsek Matraman"},
    };
    quote_check(state, cases, show_event);
}

static void a_title_alone_means_who_bears_it(void **state)
{
    static const struct quote_case cases[] = {
        {"Panglima TNI Budi Santoso datang. Panglima mengimbau warga tenang.",
         "REQUEST mengimbau Budi Santoso > (warga tenang)"},
        {"Paus Fransiskus berdoa. Kunjungan Paus ke Indonesia dinanti warga.",
         "CONSULT Kunjungan Paus Fransiskus > Indonesia"},
        {"Menteri Keuangan Budi Santoso dan Menteri Sosial Ani Lestari datang. Menteri "
         "mengimbau warga tenang.",
         ""},
    };
    quote_check(state, cases, show_event);
}

static void a_name_behind_what_somebody_is_is_acted_on(void **state)
{
    static const struct quote_case cases[] = {
        {"Obligor Bank Indonesia Budi Santoso ditangkap.",
         "COERCE ditangkap  > Budi Santoso"},
    };
    quote_check(state, cases, show_event);
}

static void what_a_law_is_about_has_not_happened(void **state)
{
    static const struct quote_case cases[] = {
        {"Budi Santoso dijerat Pasal 285 tentang pemerkosaan.",
         "ACCUSE dijerat  > Budi Santoso"},
    };
    quote_check(state, cases, show_event);
}

static void one_named_side_is_enough_where_the_other_is_understood(void **state)
{
    static const struct quote_case cases[] = {
        {"Sanksi Amerika Serikat itu merugikan petani.",
         "SANCTION Sanksi Amerika Serikat > "},
        {"Tuduhan terhadap Hamas belum terbukti.", "ACCUSE Tuduhan  > Hamas"},
        {"PBB mencatat kekerasan seksual terhadap warga Palestina.",
         "ASSAULT kekerasan  > Palestina"},
        {"Budi Santoso melaporkan dugaan korupsi.",
         "ACCUSE melaporkan Budi Santoso > (dugaan korupsi)"},
        {"Budi Santoso melaporkan pertumbuhan laba.", ""},
        {"Budi Santoso menekankan pentingnya pendidikan.", ""},
        {"Budi Santoso mengucapkan terima kasih kepada warga.",
         "SUPPORT mengucapkan terima kasih Budi Santoso > (warga)"},
        {"KPK mencegah empat orang bepergian ke luar negeri.",
         "COERCE mencegah KPK > (empat orang bepergian)"},
        {"KPK mencegah korupsi.", ""},
        {"China dikenai tarif 25 persen.", "SANCTION dikenai  > China"},
        {"Budi Santoso dinyatakan bersalah.",
         "SANCTION dinyatakan bersalah  > Budi Santoso"},
        {"Budi Santoso dinyatakan sembuh.", ""},
    };
    quote_check(state, cases, show_event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verbs_that_are_joined_share_their_object),
        cmocka_unit_test(nouns_that_are_joined_share_their_light_verb),
        cmocka_unit_test(where_somebody_is_from_does_not_act),
        cmocka_unit_test(a_relative_clause_is_about_who_is_described),
        cmocka_unit_test(who_does_the_passive_does_how_it_is_done),
        cmocka_unit_test(a_verb_at_the_begin_has_the_subject_of_its_clause),
        cmocka_unit_test(before_a_pronoun_stands_what_is_acted_on),
        cmocka_unit_test(what_was_told_is_named_again_with_other_words),
        cmocka_unit_test(what_police_secure_is_seized_only_where_it_is_evidence),
        cmocka_unit_test(an_attack_hits_whatever_it_aims_at),
        cmocka_unit_test(what_follows_is_done_by_who_did_the_first),
        cmocka_unit_test(a_body_discusses_what_is_discussed_in_it),
        cmocka_unit_test(nouns_that_are_joined_share_their_owner),
        cmocka_unit_test(brackets_stand_between_a_name_and_a_verb_without_affixes),
        cmocka_unit_test(those_listed_behind_a_number_are_acted_on),
        cmocka_unit_test(a_quality_in_a_relative_clause_is_no_subject),
        cmocka_unit_test(who_died_is_the_victim),
        cmocka_unit_test(who_is_warned_or_told_is_who_is_to_act),
        cmocka_unit_test(states_help_their_own_people_and_pay_in_money),
        cmocka_unit_test(who_tells_of_it_takes_part),
        cmocka_unit_test(somebodys_kin_is_acted_on),
        cmocka_unit_test(a_title_alone_means_who_bears_it),
        cmocka_unit_test(a_name_behind_what_somebody_is_is_acted_on),
        cmocka_unit_test(what_a_law_is_about_has_not_happened),
        cmocka_unit_test(one_named_side_is_enough_where_the_other_is_understood),
    };
    return cmocka_run_group_tests(tests, values_bench_open, values_bench_close);
}
