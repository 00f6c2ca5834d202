#include "tests/unit/quote_check.h"

#include "worker/extract/mention.h"

/* "D Hong Min/kata: …" a direct quote, "I ~para ahli/menilai: …" an indirect one of
 * somebody unnamed. */
static void show(const struct doc *doc, const struct found *found, struct buf *buf)
{
    const struct fact *fact = &found->fact;
    if (fact->kind != FACT_QUOTE)
        return;
    struct str said = doc_span_text(doc, fact->content);
    bool named = fact->speaker.ptr != NULL;
    buf_printf(buf, "%s%c %s%.*s/%.*s: %.*s", buf_str(buf).len ? "; " : "",
               fact->direct == RECORD_TRUE ? 'D' : 'I', named ? "" : "~",
               STR_ARG(named ? fact->speaker : fact->speaker_text), STR_ARG(fact->cue),
               STR_ARG(said));
}

static void direct_quotes_have_their_cue_behind(void **state)
{
    static const struct quote_case cases[] = {
        {"\"Harga beras akan turun bulan depan,\" kata Budi Santoso.",
         "D Budi Santoso/kata: Harga beras akan turun bulan depan"},
        {"“Harga beras akan turun bulan depan,” ujar Budi Santoso di Jakarta, Senin.",
         "D Budi Santoso/ujar: Harga beras akan turun bulan depan"},
        {"\"Harga beras akan turun bulan depan\", tutur Budi Santoso.",
         "D Budi Santoso/tutur: Harga beras akan turun bulan depan"},
        {"\"Kami siap membantu warga!\" seru Budi Santoso.",
         "D Budi Santoso/seru: Kami siap membantu warga!"},
        {"\"Kami sudah memeriksa jembatan itu,\" ucap Wali Kota Solo Budi Santoso.",
         "D Budi Santoso/ucap: Kami sudah memeriksa jembatan itu"},
        {"\"Kami sudah memeriksa jembatan itu,\" kata Kepala Dinas Perhubungan, "
         "Budi Santoso, di Solo.",
         "D Budi Santoso/kata: Kami sudah memeriksa jembatan itu"},
        {"\"Kami sudah memeriksa jembatan itu,\" kata salah seorang warga, Hendi "
         "Gunawan, Minggu.",
         "D Hendi Gunawan/kata: Kami sudah memeriksa jembatan itu"},
        {"\"Kami sudah memeriksa jembatan itu.\" Budi Santoso menuturkan.",
         "D Budi Santoso/menuturkan: Kami sudah memeriksa jembatan itu"},
        {"\"Kami sudah memeriksa jembatan itu,\" Budi Santoso menambahkan.",
         "D Budi Santoso/menambahkan: Kami sudah memeriksa jembatan itu"},
        {"\"Kami sudah memeriksa jembatan itu,\" demikian kata Budi Santoso.",
         "D Budi Santoso/kata: Kami sudah memeriksa jembatan itu"},
        {"\"Kami sudah memeriksa jembatan itu,\" kata Kementerian Perhubungan.",
         "D Kementerian Perhubungan/kata: Kami sudah memeriksa jembatan itu"},
        {"\"Kami sudah melapor ke polisi,\" kata pengacara Joko Widodo, Budi Santoso, di "
         "Solo.",
         "D Budi Santoso/kata: Kami sudah melapor ke polisi"},
        {"\"Harga naik,\" ujar Budi R. Santoso.", "D Budi R. Santoso/ujar: Harga naik"},
        {"\"Kami sudah memeriksa jembatan itu,\" kata para ahli kepada wartawan.",
         "D ~para ahli/kata: Kami sudah memeriksa jembatan itu"},
        {"\"Kami melihat asap tebal dari dapur,\" kata seorang saksi yang tidak mau "
         "disebut namanya, Senin.",
         "D ~seorang saksi yang tidak mau disebut namanya/kata: Kami melihat asap tebal "
         "dari dapur"},
    };
    quote_check(state, cases, show);
}

static void direct_quotes_have_their_cue_before(void **state)
{
    static const struct quote_case cases[] = {
        {"Budi Santoso mengatakan, \"Harga beras akan turun bulan depan.\"",
         "D Budi Santoso/mengatakan: Harga beras akan turun bulan depan"},
        {"Budi Santoso berkata: “Harga beras akan turun bulan depan.”",
         "D Budi Santoso/berkata: Harga beras akan turun bulan depan"},
        {"Budi Santoso mengatakan kepada wartawan di Solo, \"Harga beras akan turun.\"",
         "D Budi Santoso/mengatakan: Harga beras akan turun"},
        {"Budi Santoso mengatakan bahwa \"harga beras akan turun bulan depan\".",
         "D Budi Santoso/mengatakan: harga beras akan turun bulan depan"},
        {"Menteri Luar Negeri Rusia Sergey Lavrov menegaskan: ‘Kami tidak akan mundur.’",
         "D Sergey Lavrov/menegaskan: Kami tidak akan mundur"},
    };
    quote_check(state, cases, show);
}

static void several_sentences_in_one_pair_of_marks_are_one_quote(void **state)
{
    static const struct quote_case cases[] = {
        {"\"Harga beras naik. Kami akan menurunkannya. Tunggu saja,\" kata Budi Santoso.",
         "D Budi Santoso/kata: Harga beras naik. Kami akan menurunkannya. Tunggu saja"},
        {"\"Harga beras naik? Kami akan menurunkannya!\" kata Budi Santoso.",
         "D Budi Santoso/kata: Harga beras naik? Kami akan menurunkannya!"},
    };
    quote_check(state, cases, show);
}

static void a_quote_broken_by_its_cue_is_two(void **state)
{
    static const struct quote_case cases[] = {
        {"\"Harga beras naik,\" kata Budi Santoso, \"tetapi kami akan menurunkannya.\"",
         "D Budi Santoso/kata: Harga beras naik; "
         "D Budi Santoso/: tetapi kami akan menurunkannya"},
        {"\"Harga beras naik,\" kata Budi Santoso. \"Kami akan segera menurunkannya.\"",
         "D Budi Santoso/kata: Harga beras naik; "
         "D Budi Santoso/: Kami akan segera menurunkannya"},
    };
    quote_check(state, cases, show);
}

static void marks_may_be_mixed_nested_lost_or_never_closed(void **state)
{
    static const struct quote_case cases[] = {
        {"“Harga beras akan turun bulan depan,\" kata Budi Santoso.",
         "D Budi Santoso/kata: Harga beras akan turun bulan depan"},
        {"“Mereka menyebut ini ‘harga gila’ di pasar,” kata Budi Santoso.",
         "D Budi Santoso/kata: Mereka menyebut ini ‘harga gila’ di pasar"},
        {"\"Mereka bilang \"harga gila\" di pasar itu,\" kata Budi Santoso.",
         "D Budi Santoso/kata: Mereka bilang \"harga gila\" di pasar itu"},
        {"Budi Santoso mengatakan: ‘Harga beras akan turun. Kami sudah menghitungnya.\n"
         "Pasar sepi hari ini.",
         "D Budi Santoso/mengatakan: Harga beras akan turun. Kami sudah menghitungnya"},
        {"Ditemui di Solo, Budi Santoso mengatakan “Kami sudah siap. Harga akan turun.\n"
         "Pasar sepi hari ini.",
         "D Budi Santoso/mengatakan: Kami sudah siap. Harga akan turun"},
        {"?Harga beras akan turun bulan depan,? kata Budi Santoso.",
         "D Budi Santoso/kata: Harga beras akan turun bulan depan"},
        {"\"Harga beras akan turun bulan depan,? kata Budi Santoso.",
         "D Budi Santoso/kata: Harga beras akan turun bulan depan"},
    };
    quote_check(state, cases, show);
}

static void a_quote_goes_on_over_lines(void **state)
{
    static const struct quote_case cases[] = {
        {"\"Kami sudah memeriksa jembatan itu.\nWarga kami minta menunggu,\" kata Budi "
         "Santoso.",
         "D Budi Santoso/kata: Kami sudah memeriksa jembatan itu.\nWarga kami minta "
         "menunggu"},
        {"“Kami sudah memeriksa jembatan itu.\n“Warga kami minta menunggu,” kata Budi "
         "Santoso.",
         "D Budi Santoso/kata: Kami sudah memeriksa jembatan itu.\n“Warga kami minta "
         "menunggu"},
        {"Siti Aminah datang. “Kami sudah memeriksa jembatan itu\n” ucap Budi Santoso.",
         "D Budi Santoso/ucap: Kami sudah memeriksa jembatan itu"},
        {"\"Kami sudah memeriksa jembatan itu, kata Budi Santoso.\n\"Warga kami minta "
         "menunggu,\" kata Siti Aminah.",
         "D Siti Aminah/kata: Warga kami minta menunggu"},
    };
    quote_check(state, cases, show);
}

static void adjuncts_may_stand_between_speaker_and_verb(void **state)
{
    static const struct quote_case cases[] = {
        {"Kepala Dinas Perhubungan Solo, Budi Santoso, di Boyolali Selasa mengatakan, "
         "jembatan itu aman.",
         "I Budi Santoso/mengatakan: jembatan itu aman"},
        {"Budi Santoso dalam keterangan tertulisnya menyebut bahwa jembatan itu aman.",
         "I Budi Santoso/menyebut: jembatan itu aman"},
        {"Budi Santoso, di kantor Gubernur Lampung, Selasa, mengatakan jembatan itu "
         "aman.",
         "I Budi Santoso/mengatakan: jembatan itu aman"},
    };
    quote_check(state, cases, show);
}

static void speakers_need_not_be_named(void **state)
{
    static const struct quote_case cases[] = {
        {"Budi Santoso tiba di Solo. Harian Kompas menulisnya. Pejabat Istana Negara "
         "tersebut menyebut bahwa rapat itu batal.",
         "I Budi Santoso/menyebut: rapat itu batal"},
        {"Sebuah akun menulis bahwa jembatan itu runtuh.",
         "I ~akun/menulis: jembatan itu runtuh"},
        {"\"Saya melihatnya sendiri,\" kata wanita berumur 37 tahun itu.",
         "D ~wanita berumur 37 tahun itu/kata: Saya melihatnya sendiri"},
        {"Salah satu warga yang menolak adalah Budi Santoso. Ia mengatakan jembatan itu "
         "rusak.",
         "I Budi Santoso/mengatakan: jembatan itu rusak"},
    };
    quote_check(state, cases, show);
}

static void a_topic_before_the_source_is_not_said(void **state)
{
    static const struct quote_case cases[] = {
        {"Siti Aminah meminta kepada pemain tunggal putra Budi Santoso agar lebih sabar "
         "berlatih.",
         "I Siti Aminah/meminta: lebih sabar berlatih"},
        {"Budi Santoso mengatakan dirinya absen pada laga itu.",
         "I Budi Santoso/mengatakan: dirinya absen pada laga itu"},
        {"Istri Budi Santoso, Dewi Aminah (37), menerangkan, sakit itu sudah lama "
         "diketahui.",
         "I Dewi Aminah/menerangkan: sakit itu sudah lama diketahui"},
        {"\"Kami sudah siap membantu,\" kata Ketua TPN Ganjar-Mahfud, Budi Santoso, di "
         "Solo.",
         "D Budi Santoso/kata: Kami sudah siap membantu"},
        {"Sekdaprov Jatim Adhi Santoso rapat. Menteri Siti Aminah hadir. Kata dia, aman. "
         "Sekdaprov yang akrab disapa Adhi itu mengatakan warga sudah siap.",
         "I Siti Aminah/Kata: aman; I Adhi Santoso/mengatakan: warga sudah siap"},
        {"Budi Santoso mewanti-wanti harga beras bisa naik tahun depan.",
         "I Budi Santoso/mewanti-wanti: harga beras bisa naik tahun depan"},
        {"\"Kita siap membantu,\" kata Budi Santoso. \"Tarif itu berlaku tahun depan,\" "
         "tulis Pasal 7 ayat 2 aturan tersebut.",
         "D Budi Santoso/kata: Kita siap membantu; D ~Pasal 7 ayat 2 aturan "
         "tersebut/tulis: Tarif itu berlaku tahun depan"},
        {"Terkait nama yang sudah disiapkan panitia, menurut Budi Santoso, warga pasti "
         "lebih tahu.",
         "I Budi Santoso/menurut: warga pasti lebih tahu"},
        {"Harga beras turun sejak Senin, demikian catatan laman resmi Badan Pusat "
         "Statistik.",
         "I Badan Pusat Statistik/demikian: Harga beras turun sejak Senin"},
        {"Menurut pemeriksaan tahun lalu oleh Badan Pusat Statistik, angka itu tidak "
         "benar.",
         "I Badan Pusat Statistik/Menurut: angka itu tidak benar"},
        {"Warga menolak pernyataan Budi Santoso bahwa jembatan itu aman.",
         "I Budi Santoso/pernyataan: jembatan itu aman"},
        {"Budi Santoso menegaskan pihaknya akan membayar, sementara Siti Aminah "
         "mengatakan uang itu belum ada.",
         "I Budi Santoso/menegaskan: pihaknya akan membayar; "
         "I Siti Aminah/mengatakan: uang itu belum ada"},
    };
    quote_check(state, cases, show);
}

static void titles_and_scare_quotes_are_no_quotes(void **state)
{
    static const struct quote_case cases[] = {
        {"Hingga laman ini dimuat, cerita Budi Santoso telah disukai warga.", ""},
        {"Film \"Langit Biru\" diputar di Solo.", ""},
        {"Ia bermain dalam film berjudul \"Pulang ke Rumah Ibu\" tahun lalu.", ""},
        {"Para pedagang menjual \"daging murah\" di pasar itu.", ""},
        {"Mereka membawa poster ‘Harga Turun’ ke balai kota.", ""},
    };
    quote_check(state, cases, show);
}

static void pronouns_mean_who_spoke_last(void **state)
{
    static const struct quote_case cases[] = {
        {"Budi Santoso mengatakan harga beras akan turun. \"Tunggu bulan depan,\" "
         "ujarnya.",
         "I Budi Santoso/mengatakan: harga beras akan turun; "
         "D Budi Santoso/ujarnya: Tunggu bulan depan"},
        {"Budi Santoso mengatakan harga beras akan turun.\n\"Tunggu saja bulan depan,\" "
         "imbuhnya.",
         "I Budi Santoso/mengatakan: harga beras akan turun; "
         "D Budi Santoso/imbuhnya: Tunggu saja bulan depan"},
        {"\"Harga beras turun,\" kata Budi Santoso. Dia menambahkan, stok masih cukup.",
         "D Budi Santoso/kata: Harga beras turun; "
         "I Budi Santoso/menambahkan: stok masih cukup"},
        {"\"Harga beras turun,\" kata Budi Santoso.\n\"Stok masih cukup,\" kata dia.",
         "D Budi Santoso/kata: Harga beras turun; D Budi Santoso/kata: Stok masih cukup"},
        {"\"Harga beras turun,\" kata Budi Santoso.\nMenurutnya, stok masih cukup.",
         "D Budi Santoso/kata: Harga beras turun; "
         "I Budi Santoso/Menurutnya: stok masih cukup"},
        {"\"Harga beras turun,\" kata Budi Santoso.\n\"Stok beras masih cukup,\" kata "
         "Siti "
         "Aminah.\n\"Jangan panik,\" tambahnya.",
         "D Budi Santoso/kata: Harga beras turun; "
         "D Siti Aminah/kata: Stok beras masih cukup; D Siti Aminah/tambahnya: Jangan "
         "panik"},
        {"Budi Santoso menegur para pedagang di pasar. \"Turunkan harga,\" tegasnya.",
         "D Budi Santoso/tegasnya: Turunkan harga"},
        {"\"Harga beras turun,\" kata Budi Santoso. Menurut politikus itu, stok masih "
         "cukup.",
         "D Budi Santoso/kata: Harga beras turun; "
         "I Budi Santoso/Menurut: stok masih cukup"},
        {"Kementerian Kesehatan menyebut virus itu menyebar.\n"
         "\"Kami memeriksa pasien,\" kata kementerian tersebut.",
         "I Kementerian Kesehatan/menyebut: virus itu menyebar; "
         "D Kementerian Kesehatan/kata: Kami memeriksa pasien"},
        {"Mereka mengatakan bahwa harga beras akan turun.",
         "I ~Mereka/mengatakan: harga beras akan turun"},
    };
    quote_check(state, cases, show);
}

static void indirect_quotes_follow_a_verb_of_speech(void **state)
{
    static const struct quote_case cases[] = {
        {"Budi Santoso mengatakan bahwa harga beras akan turun.",
         "I Budi Santoso/mengatakan: harga beras akan turun"},
        {"Budi Santoso mengatakan, harga beras akan turun.",
         "I Budi Santoso/mengatakan: harga beras akan turun"},
        {"Budi Santoso mengatakan harga beras akan turun.",
         "I Budi Santoso/mengatakan: harga beras akan turun"},
        {"Budi Santoso mengatakan kepada wartawan bahwa harga beras akan turun.",
         "I Budi Santoso/mengatakan: harga beras akan turun"},
        {"Budi Santoso menilai harga beras masih tinggi.",
         "I Budi Santoso/menilai: harga beras masih tinggi"},
        {"Budi Santoso mengaku tidak mengenal pelaku.",
         "I Budi Santoso/mengaku: tidak mengenal pelaku"},
        {"Budi Santoso berharap harga beras segera turun.",
         "I Budi Santoso/berharap: harga beras segera turun"},
        {"Budi Santoso memastikan stok beras tidak akan habis.",
         "I Budi Santoso/memastikan: stok beras tidak akan habis"},
        {"Budi Santoso menduga pelaku sudah pergi.",
         "I Budi Santoso/menduga: pelaku sudah pergi"},
        {"Budi Santoso percaya bahwa harga beras akan turun.",
         "I Budi Santoso/percaya: harga beras akan turun"},
        {"Budi Santoso meminta agar warga tidak panik.",
         "I Budi Santoso/meminta: warga tidak panik"},
        {"Budi Santoso juga menjelaskan bahwa stok beras cukup.",
         "I Budi Santoso/menjelaskan: stok beras cukup"},
        {"Budi Santoso, ketua panitia, mengatakan bahwa acara akan dimulai.",
         "I Budi Santoso/mengatakan: acara akan dimulai"},
        {"Budi Santoso (45) mengatakan bahwa acara akan dimulai.",
         "I Budi Santoso/mengatakan: acara akan dimulai"},
        {"Presiden Rusia Vladimir Putin mengatakan negara itu akan membantu.",
         "I Vladimir Putin/mengatakan: negara itu akan membantu"},
        {"Korea Selatan mengatakan pasukan itu sudah tiba di perbatasan.",
         "I Korea Selatan/mengatakan: pasukan itu sudah tiba di perbatasan"},
        {"Financial Times melaporkan pekan ini, mengutip intelijen Ukraina, bahwa "
         "pasukan "
         "itu sudah tiba.",
         "I Financial Times/melaporkan: pasukan itu sudah tiba"},
        {"Para analis memperingatkan bahwa harga minyak akan naik.",
         "I ~Para analis/memperingatkan: harga minyak akan naik"},
        {"Seorang pejabat Vietnam yang mengetahui masalah itu mengatakan bahwa kapal itu "
         "sudah pergi.",
         "I ~Seorang pejabat Vietnam yang mengetahui masalah itu/mengatakan: kapal itu "
         "sudah pergi"},
        {"Pihak pemerintah mengatakan bahwa dana itu sudah ada.",
         "I ~Pihak pemerintah/mengatakan: dana itu sudah ada"},
        {"Ada sekutu Ukraina, yang memperingatkan bahwa perang akan meluas.",
         "I ~sekutu Ukraina/memperingatkan: perang akan meluas"},
    };
    quote_check(state, cases, show);
}

static void a_noun_phrase_or_a_denied_verb_is_no_quote(void **state)
{
    static const struct quote_case cases[] = {
        {"Budi Santoso menyampaikan terima kasih kepada panitia.", ""},
        {"Budi Santoso menegaskan pentingnya kerja sama.", ""},
        {"Budi Santoso mengungkapkan rasa syukur atas hasil itu.", ""},
        {"Budi Santoso menyebut nama pelaku.", ""},
        {"Budi Santoso tidak mengatakan bahwa harga beras akan turun.", ""},
        {"Budi Santoso belum menjelaskan bahwa stok beras cukup.", ""},
        {"Hal itu menegaskan bahwa harga beras akan turun.", ""},
        {"Percobaan tersebut menegaskan bahwa batu itu mengandung emas.", ""},
        {"Budi Santoso datang untuk menjelaskan bahwa stok beras cukup.", ""},
        {"Budi Santoso membeli beras di pasar.", ""},
    };
    quote_check(state, cases, show);
}

static void attributions_stand_before_in_and_behind(void **state)
{
    static const struct quote_case cases[] = {
        {"Menurut Budi Santoso, harga beras akan turun.",
         "I Budi Santoso/Menurut: harga beras akan turun"},
        {"Menurut para ahli, harga beras akan turun.",
         "I ~para ahli/Menurut: harga beras akan turun"},
        {"Harga beras akan turun bulan depan, kata Budi Santoso.",
         "I Budi Santoso/kata: Harga beras akan turun bulan depan"},
        {"Harga beras akan turun bulan depan, kata para ahli kepada wartawan.",
         "I ~para ahli/kata: Harga beras akan turun bulan depan"},
        {"Harga beras akan turun bulan depan, menurut pejabat Jerman.",
         "I ~pejabat Jerman/menurut: Harga beras akan turun bulan depan"},
        {"Harga beras, kata Budi Santoso, akan turun bulan depan.",
         "I Budi Santoso/kata: akan turun bulan depan"},
        {"Harga beras, menurut Budi Santoso, akan turun bulan depan.",
         "I Budi Santoso/menurut: akan turun bulan depan"},
        {"Harga beras akan turun, kata Budi Santoso kepada wartawan, dan stok masih "
         "cukup "
         "sampai Juli.",
         "I Budi Santoso/kata: Harga beras akan turun; "
         "I Budi Santoso/kata: stok masih cukup sampai Juli"},
        {"Harga beras akan turun, para ahli memperingatkan tadi malam.",
         "I ~para ahli/memperingatkan: Harga beras akan turun"},
        {"Harga beras akan turun bulan depan, seperti yang dilaporkan oleh Bloomberg.",
         "I Bloomberg/dilaporkan: Harga beras akan turun bulan depan"},
        {"Namun menurut Budi Santoso, harga beras akan turun.",
         "I Budi Santoso/menurut: harga beras akan turun"},
    };
    quote_check(state, cases, show);
}

static void partly_quoted_sentences_are_indirect(void **state)
{
    static const struct quote_case cases[] = {
        {"Budi Santoso mengatakan harga beras akan \"turun tajam\" bulan depan.",
         "I Budi Santoso/mengatakan: harga beras akan \"turun tajam\" bulan depan"},
        {"Langkah itu membuktikan betapa \"kokohnya\" kerja sama mereka, kata Budi "
         "Santoso.",
         "I Budi Santoso/kata: Langkah itu membuktikan betapa \"kokohnya\" kerja sama "
         "mereka"},
        {"Rusia tidak akan “mundur dari wilayah itu,” kata Vladimir Putin.",
         "I Vladimir Putin/kata: Rusia tidak akan “mundur dari wilayah itu"},
    };
    quote_check(state, cases, show);
}

static void speakers_are_told_by_what_they_are(void **state)
{
    static const struct quote_case cases[] = {
        {"Juru bicara Budi Santoso, Rahmat Hidayat, mengatakan bahwa stok cukup.",
         "I Rahmat Hidayat/mengatakan: stok cukup"},
        {"Budi Santoso, kepala ekonom di Bank Mandiri memperkirakan bahwa harga akan "
         "turun.",
         "I Budi Santoso/memperkirakan: harga akan turun"},
        {"Mantan Direktur Penyidikan (Dirdik) Kejaksaan Agung, Budi Santoso mendukung "
         "usul itu. Menurut dia, stok cukup.",
         "I Budi Santoso/Menurut: stok cukup"},
        {"Budi Santoso mengungkapkan Joko Widodo akan berkantor di sana. Menurutnya Joko "
         "Widodo ingin bekerja di sana.",
         "I Budi Santoso/mengungkapkan: Joko Widodo akan berkantor di sana; "
         "I Budi Santoso/Menurutnya: Joko Widodo ingin bekerja di sana"},
        {"Politikus Budi Santoso hadir. Ketua DPR Puan Maharani menilai rapat itu baik. "
         "\"Saya setuju,\" kata politikus itu.",
         "I Puan Maharani/menilai: rapat itu baik; D Budi Santoso/kata: Saya setuju"},
    };
    quote_check(state, cases, show);
}

static void a_second_verb_has_the_same_speaker(void **state)
{
    static const struct quote_case cases[] = {
        {"Budi Santoso mengatakan bahwa stok cukup dan menggambarkan pasar sebagai "
         "tenang.",
         "I Budi Santoso/mengatakan: stok cukup; "
         "I Budi Santoso/menggambarkan: pasar sebagai tenang"},
        {"\"Stok beras cukup,\" kata Budi Santoso seraya menambahkan bahwa harga akan "
         "turun.",
         "D Budi Santoso/kata: Stok beras cukup; "
         "I Budi Santoso/menambahkan: harga akan turun"},
    };
    quote_check(state, cases, show);
}

static void evidence_covers_cue_and_speaker(void **state)
{
    struct doc *doc = values_bench_read(
        *state, NULL, STR("Kemarin. \"Harga beras turun,\" kata Budi Santoso di Solo."));
    extract_facts(doc);
    const struct found *quote = NULL;
    for (uint32_t i = 0; i < doc->found.count; i++)
        if (doc->found.item[i].fact.kind == FACT_QUOTE)
            quote = &doc->found.item[i];
    assert_non_null(quote);
    assert_str(quote->fact.text, "\"Harga beras turun,\" kata Budi Santoso");
    assert_str(entity_name(doc, quote->entity), "Budi Santoso");
    assert_string_equal(quote->fact.rule, "quote.direct.after");
}

/* Long runs of cues and marks must not take more than linear time. */
static void floods_end_soon(void **state)
{
    static const char *const pieces[] = {"kata ",
                                         "\"a ",
                                         "mengatakan bahwa ",
                                         "menurut yang ",
                                         "“x” , ",
                                         "Budi mengatakan 5 orang, ",
                                         "( ",
                                         "' "};
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
        struct buf buf = {0};
        for (int i = 0; i < 15000; i++)
            buf_add_str(&buf, str_of(pieces[p]));
        struct doc *doc = values_bench_read(*state, NULL, buf_str(&buf));
        extract_quotes(doc);
        extract_sources(doc);
        buf_fini(&buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(direct_quotes_have_their_cue_behind),
        cmocka_unit_test(direct_quotes_have_their_cue_before),
        cmocka_unit_test(several_sentences_in_one_pair_of_marks_are_one_quote),
        cmocka_unit_test(a_quote_broken_by_its_cue_is_two),
        cmocka_unit_test(marks_may_be_mixed_nested_lost_or_never_closed),
        cmocka_unit_test(a_quote_goes_on_over_lines),
        cmocka_unit_test(adjuncts_may_stand_between_speaker_and_verb),
        cmocka_unit_test(speakers_need_not_be_named),
        cmocka_unit_test(a_topic_before_the_source_is_not_said),
        cmocka_unit_test(titles_and_scare_quotes_are_no_quotes),
        cmocka_unit_test(pronouns_mean_who_spoke_last),
        cmocka_unit_test(indirect_quotes_follow_a_verb_of_speech),
        cmocka_unit_test(a_noun_phrase_or_a_denied_verb_is_no_quote),
        cmocka_unit_test(attributions_stand_before_in_and_behind),
        cmocka_unit_test(partly_quoted_sentences_are_indirect),
        cmocka_unit_test(speakers_are_told_by_what_they_are),
        cmocka_unit_test(a_second_verb_has_the_same_speaker),
        cmocka_unit_test(evidence_covers_cue_and_speaker),
        cmocka_unit_test(floods_end_soon),
    };
    return cmocka_run_group_tests(tests, values_bench_open, values_bench_close);
}
