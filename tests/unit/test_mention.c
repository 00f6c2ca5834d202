#include "worker/extract/mention.h"

#include "tests/unit/names_fixture.h"

#include <stdio.h>

static const struct names_case known[] = {
    {"Rombongan tiba di Jakarta dan Bandung.", "GPE Jakarta ID; GPE Bandung ID"},
    {"Pasukan Korea Utara masuk ke Rusia.", "GPE Korea Utara KP; GPE Rusia RU"},
    {"Kapal itu melintasi Selat Hormuz.", "LOC Selat Hormuz"},
    {"Juru bicara Kremlin membantah.", "ORG Kremlin RU"},
    {"Pertemuan di Gedung Putih batal.", "ORG Gedung Putih US"},
    {"Laporan itu dimuat Reuters dan AFP.", "ORG Reuters GB; ORG AFP FR"},
    {"Menurut KPK, uang itu disita.", "ORG KPK ID"},
    {"TNI menjaga perbatasan. Lalu tiba Jenderal TNI Wahyu Pranoto.",
     "ORG TNI ID; PER Wahyu Pranoto"},
    {NULL, NULL},
};
static const struct names_case joined[] = {
    {"Komisi Pemberantasan Korupsi (KPK) menyita uang. KPK diam.",
     "ORG Komisi Pemberantasan Korupsi ID"},
    {"Serikat Nelayan Pantura (SNP) protes. Menurut SNP, solar langka.",
     "ORG Serikat Nelayan Pantura ID"},
    {"Amerika Serikat (AS) menolak. Sikap AS jelas.", "GPE Amerika Serikat US"},
    {"Warga RI di luar negeri. Indonesia siap.", "GPE Indonesia ID"},
    {"Kata Vladimir Putin, itu benar. Putin marah.", "PER Vladimir Putin RU"},
    {"Putin marah, kata Vladimir Putin sendiri.", "PER Vladimir Putin RU"},
    {"Bupati Sukabumi datang ke Kabupaten Sukabumi.", "GPE Kabupaten Sukabumi ID"},
    {"Kementerian Keuangan rapat. Menurut Kemenkeu, cukup.",
     "ORG Kementerian Keuangan ID"},
    {"Kemlu RI menjawab surat itu.", "ORG Kemlu RI ID"},
    {"Menurut Sastro Wiguno, air naik. \"Awas,\" kata Sastro.", "PER Sastro Wiguno"},
    {"Air naik, kata Sastro Wiguno. Sastro lalu pergi.", "PER Sastro Wiguno"},
    {"Air naik, kata Wulan Sastro. Nama lengkapnya Wulan Ayu Sastro.",
     "PER Wulan Ayu Sastro"},
    {"Kata Wulan Sastro yang akrab disapa Lanny, air naik. Lanny pergi.",
     "PER Wulan Sastro"},
    {"Warga Tanah Air menang. Indonesia bangga.", "GPE Indonesia ID"},
    {"Timnas Vietnam kalah. Pelatih Vietnam kecewa.",
     "ORG Timnas Vietnam VN; GPE Vietnam VN"},
    {"Polres Klaten diam. Menurut Kepolisian Resor Klaten, aman.",
     "ORG Kepolisian Resor Klaten ID"},
    {"Macan Kemayoran menang. Persija pulang.", "ORG Persija ID"},
    {"Honda naik. Honda Thailand turun.", "ORG Honda JP; ORG Honda Thailand TH"},
    {"Saham Barito Pacific Tbk (BRPT) naik. Kata BRPT, cukup.",
     "ORG Barito Pacific Tbk ID"},
    {"Provinsi Jabar siap. Warga Jawa Barat siap. Ia ke DKI Jakarta. Jakarta sepi.",
     "GPE Jawa Barat ID; GPE DKI Jakarta ID"},
    {"Saham Volkswagen Group naik. Laba VW turun.", "ORG Volkswagen Group DE"},
    {NULL, NULL},
};
static const struct names_case beginnings[] = {
    {"Di Negeri Sakura salju turun. Salju di Jepang tebal.", "GPE Jepang JP"},
    {"Belanda mengecam hal itu.", "GPE Belanda NL"},
    {"Maluku diguncang gempa.", "GPE Maluku ID"},
    {"Padang menyerang lebih dulu.", "GPE Padang ID"},
    {"Padang itu luas.", ""},
    {"Malang benar nasib anak itu.", ""},
    {"Erick menendang bola.", "PER Erick"},
    {"Polri menangkap pelaku.", "ORG Polri ID"},
    {"Wasit menegur Kerem Turan. Turan protes.", "PER Kerem Turan"},
    {NULL, NULL},
};
static const struct names_case people[] = {
    {"Presiden Prabowo Subianto hadir.", "PER Prabowo Subianto ID"},
    {"Menurut Ibu Siti Rohmawati, harga naik.", "PER Siti Rohmawati"},
    {"Hal itu dikatakan Dr. Hendra Wijaya kemarin.", "PER Hendra Wijaya"},
    {"Pangeran Mohammed bin Salman hadir.", "PER Mohammed bin Salman SA"},
    {"Ia menemui Ahmad bin Sulaiman kemarin.", "PER Ahmad bin Sulaiman"},
    {"Kapolres Sleman AKBP Tono Raharjo hadir.", "GPE Sleman ID; PER Tono Raharjo ID"},
    {"Camat Cigugur, Didi Sunardi hadir.", "GPE Cigugur; PER Didi Sunardi ID"},
    {"Korban bernama Paijan dirawat.", "PER Paijan"},
    {"Warga Cisoka, Paijan, mengaku takut.", "GPE Cisoka; PER Paijan"},
    {"Kanit Tipidter Iptu Hermoliza Sastro hadir.", "PER Hermoliza Sastro ID"},
    {"Febrian A. Ruddyard mengatakan hal itu.", "PER Febrian A. Ruddyard"},
    {"Pelaku, Warno (35), ditangkap.", "PER Warno"},
    {"Menteri Agama, Lukas Darmoyo, pulang.", "PER Lukas Darmoyo"},
    {"Kata Bambang Jalu Darmoyo, aman. Menurut BJ Darmoyo, sepi.",
     "PER Bambang Jalu Darmoyo"},
    {"Kapolres Klaten AKBP Teuku Lukas Darmoyo hadir.",
     "GPE Klaten ID; PER Teuku Lukas Darmoyo ID"},
    {"Kata Lukas 'Luki' Darmoyo, aman. Luki pulang.", "PER Lukas 'Luki' Darmoyo"},
    {"Menteri Perhubungan (Menhub) Karyo Sumitro rapat.", "PER Karyo Sumitro"},
    {"Marsekal Wira Hakim hadir.", "PER Wira Hakim"},
    {"Direktur Strategi, Portofolio dan Pengembangan Usaha, Emma Lestari, hadir.",
     "PER Emma Lestari"},
    {"Gol dicetak Pierre-Alain Duroc tadi.", "PER Pierre-Alain Duroc"},
    {"Kata dokter RS Husada, dr Sintong Langgawi, aman.",
     "ORG RS Husada; PER Sintong Langgawi"},
    {"Wali Kota Denpasar IGN Jaya Negara berharap sampah berkurang.",
     "GPE Denpasar ID; PER IGN Jaya Negara ID"},
    {"Kata Kepala Desa Ciwedana Lukas Darmoyo, aman.", "GPE Ciwedana; PER Lukas Darmoyo"},
    {"Hal itu kata Prof Santiago kemarin. Ia ditangkap Ipda Samosir.",
     "PER Santiago; PER Samosir ID"},
    {"Ia melawan pebulu tangkis asal Jepang Kentaro Misamoto.",
     "GPE Jepang JP; PER Kentaro Misamoto JP"},
    {"Pemain asal Korea Selatan Kim Ga Eun menang.",
     "GPE Korea Selatan KR; PER Kim Ga Eun KR"},
    {"Kata Wulan Sastro, atau panggilan Lukas Darmoyo, aman.",
     "PER Wulan Sastro; PER Lukas Darmoyo"},
    {NULL, NULL},
};
static const struct names_case organisations[] = {
    {"Kementerian Pertahanan Korea Selatan diam.",
     "ORG Kementerian Pertahanan Korea Selatan KR"},
    {"Ia dosen di Institut Korea untuk Penyatuan Nasional.",
     "ORG Institut Korea untuk Penyatuan Nasional"},
    {"Rapat di Kementerian Hukum dan HAM batal.", "ORG Kementerian Hukum dan HAM ID"},
    {"Menurut Kementerian Pendidikan, Kebudayaan, Riset, dan Teknologi, dana cair.",
     "ORG Kementerian Pendidikan, Kebudayaan, Riset, dan Teknologi ID"},
    {"Ia diperiksa di Polres Klaten.", "ORG Polres Klaten ID"},
    {"Menurut Harlow Research Indonesia (HRI), harga naik.",
     "ORG Harlow Research Indonesia ID"},
    {"Pengurus Asosiasi Perumahan Seluruh Indonesia rapat.",
     "ORG Asosiasi Perumahan Seluruh Indonesia ID"},
    {"Kepala Bulog Cabang Pembantu Wates, Darso Wiyono, hadir.",
     "ORG Bulog Cabang Pembantu Wates ID; PER Darso Wiyono ID"},
    {"Hal itu dimuat New York Herald.", "ORG New York Herald US"},
    {"Ia dosen di Boston School of Economics.", "ORG Boston School of Economics US"},
    {"Ia membela timnas Turki.", "ORG timnas Turki TR"},
    {"Ia pindah ke klub Turki Sakaryali.", "GPE Turki TR; ORG Sakaryali"},
    {"Dalam laga Liga Italia, gol kiper Napoli membungkam klub Sarsina di Napoli.",
     "ORG Napoli IT; ORG Sarsina; GPE Napoli IT"},
    {"Ia bekerja. Warga Napoli pergi.", "GPE Napoli IT"},
    {"Gelandang Valencia cedera. Laga Valencia batal di Valencia.",
     "ORG Valencia ES; GPE Valencia ES"},
    {"Kata Tom Smith, presiden Harlow Industries.",
     "PER Tom Smith; ORG Harlow Industries"},
    {"Kepala Dinas Kesehatan Kota Malang Husnul Muarif hadir.",
     "ORG Dinas Kesehatan Kota Malang ID; PER Husnul Muarif ID"},
    {"Direktur PT Sumber Makmur Abadi ditahan.", "ORG PT Sumber Makmur Abadi ID"},
    {"Ketua Komisi VIII DPR Ali Rahmatullah hadir.",
     "ORG Komisi VIII DPR ID; PER Ali Rahmatullah ID"},
    {"Saham Bright Horizon Corp naik.", "ORG Bright Horizon Corp"},
    {"Militer Israel menyerang.", "GPE Israel IL"},
    {"Tentara Rakyat Korea Utara siaga.", "ORG Tentara Rakyat Korea Utara KP"},
    {"Ketua DPRD Budi Santoso hadir.", "ORG DPRD ID; PER Budi Santoso ID"},
    {"Dikutip dari Beritakita.com kemarin.", "ORG Beritakita.com"},
    {"Badan Narkotika Nasional Kabupaten (BNNK) Klaten diam. Kata BNNK, aman.",
     "ORG Badan Narkotika Nasional Kabupaten (BNNK) Klaten ID"},
    {"Saham PT Sumber Makmur (Persero) Tbk naik. Laba Sumber Makmur turun.",
     "ORG PT Sumber Makmur (Persero) Tbk ID"},
    {"Ia rapat di Universitas Islam Sultan Darmoyo.",
     "ORG Universitas Islam Sultan Darmoyo"},
    {"Badan Antariksa Amerika Serikat (AS) diam. AS menang.",
     "ORG Badan Antariksa Amerika Serikat US; GPE AS US"},
    {"Ketua BPK Moermadi Soerjawan hadir.", "ORG BPK ID; PER Moermadi Soerjawan ID"},
    {"Direktur PT Ilthabina Rekatamana yang baru hadir.",
     "ORG PT Ilthabina Rekatamana ID"},
    {"Kata pengurus Induk Wargatani, harga naik.", "ORG Induk Wargatani"},
    {"Kepala Wanara Sakti Klaten, Tono Raharjo, hadir.",
     "ORG Wanara Sakti Klaten ID; PER Tono Raharjo ID"},
    {"Kasi Wasdalak KPK Tono Raharjo hadir.", "ORG KPK ID; PER Tono Raharjo ID"},
    {"CEO PT Binawaskita Sentonugraha, Tono Raharjo, hadir.",
     "ORG PT Binawaskita Sentonugraha ID; PER Tono Raharjo ID"},
    {"HUT Partai Golkar Gedung Wasesa.", "ORG Partai Golkar ID; LOC Gedung Wasesa"},
    {"Dikutip dari Wartasana, harga naik.", "ORG Wartasana"},
    {"Wartasanamelaporkan harga naik.", "ORG Wartasana"},
    {"Ia bekerja di Higher Water Commission.", "ORG Higher Water Commission"},
    {"Nota itu diteken Pakistan Halal Authority kemarin.",
     "ORG Pakistan Halal Authority PK"},
    {"Menurut Monetary Authority of Singapore, inflasi turun.",
     "ORG Monetary Authority of Singapore SG"},
    {"Ia menemui Ministry of Wonders kemarin.", "ORG Ministry of Wonders"},
    {"Detasemen Khusus (Denkhus) 77 Antibajak Polri siaga.",
     "ORG Detasemen Khusus (Denkhus) 77 Antibajak Polri ID"},
    {"Kata Badan Pengawas Jaminan Produk Segar, aman.",
     "ORG Badan Pengawas Jaminan Produk Segar"},
    {"Nasabah Bank BTPN mengadu.", "ORG Bank BTPN ID"},
    {"Petugas Tim Satreskrim Polres Klaten datang.", "ORG Satreskrim Polres Klaten ID"},
    {"Survei Center for Strategic and Indonesia Studies dimuat.",
     "ORG Center for Strategic and Indonesia Studies ID"},
    {"Saham BMRI dan BREN naik. Dana BP Capital Management turun.",
     "ORG BMRI ID; ORG BREN ID; ORG BP Capital Management GB"},
    {"Parade Tingkat Pusat 2019 batal.", ""},
    {"Laga Liga Champions itu seru. Gol Zerya Donetsk ditunggu striker dan kiper Napoli.",
     "ORG Zerya Donetsk UA; ORG Napoli IT"},
    {"Laga Liga Champions ini laga final. Gol striker Napoli dan gol kiper lawan "
     "ditunggu.\nMereta; Lorenzi, Maksimovar, Koulibala, Ruiza; Calleja, Pintada, "
     "Elmasa; "
     "Zielina, Lozana, Mertena",
     "ORG Napoli IT; PER Mereta; PER Lorenzi; PER Maksimovar; PER Koulibala; PER Ruiza; "
     "PER Calleja; PER Pintada; PER Elmasa; PER Zielina; PER Lozana; PER Mertena"},
    {"Laga Liga Champions itu gol semua. Kiper Borussia Dortmund cedera. Dortmund kalah.",
     "ORG Borussia Dortmund DE"},
    {NULL, NULL},
};
static const struct names_case places[] = {
    {"Mereka berlatih di Stadion Gelora Bung Tomo kemarin.",
     "LOC Stadion Gelora Bung Tomo ID"},
    {"Ia tinggal di Kabupaten Sukabumi, Jawa Barat.",
     "GPE Kabupaten Sukabumi ID; GPE Jawa Barat ID"},
    {"Longsor menimpa Desa Wanasari Girang kemarin.", "GPE Desa Wanasari Girang"},
    {"Macet di Jalan Sudirman sejak pagi.", "LOC Jalan Sudirman ID"},
    {"Kapal karam di Sungai Cimandiri.", "LOC Sungai Cimandiri"},
    {"Api membakar gunung Arjasari tadi.", "LOC Arjasari"},
    {"Warga kota Ashtonville mengungsi.", "GPE Ashtonville"},
    {"Gempa terasa di Tulangan, Jawa Timur.", "GPE Tulangan ID; GPE Jawa Timur ID"},
    {"Ia rapat di Kantor Kementerian Sosial.", "LOC Kantor Kementerian Sosial ID"},
    {"Mereka menonton di Stadion Krida Mulya.", "LOC Stadion Krida Mulya"},
    {"Ia tinggal di Desa Batang Serangan.", "GPE Desa Batang Serangan ID"},
    {"Ada 11 orang di Masjid Darmasana 11 jiwa.", "LOC Masjid Darmasana"},
    {"Bus dari Terminal Arjamulya. Ia tinggal di Arjamulya.",
     "LOC Terminal Arjamulya; GPE Arjamulya"},
    {"Banjir merendam Wanasari Kidul.", "GPE Wanasari Kidul"},
    {"Mereka tiba di Desa Mekarsana, Ciwedana, Kabupaten Sukabumi.",
     "GPE Desa Mekarsana; GPE Ciwedana ID; GPE Kabupaten Sukabumi ID"},
    {"Pameran itu digelar di Arjasari Convention Center.",
     "LOC Arjasari Convention Center"},
    {"Mereka menata Geopark Arjasari 5-10 tahun lagi.", "LOC Geopark Arjasari"},
    {"Ia mendarat di Sepang International Circuit.",
     "LOC Sepang International Circuit MY"},
    {"Jalur itu mencakup Bandara Juanda-Malang-Rungkutan.",
     "LOC Bandara Juanda ID; GPE Malang ID; GPE Rungkutan"},
    {"Peternakan di timur laut Amarilla dijual.", "GPE Amarilla"},
    {"Longsor terjadi di Ciwedari Desa Girimukti.", "GPE Ciwedari; GPE Desa Girimukti"},
    {"Gol tercipta di Wanasarinstadion kemarin.", "LOC Wanasarinstadion"},
    {"Pelaku dibawa ke Kantor Bea Cukai Wanabaya. Warga di Wanabaya lega.",
     "LOC Kantor Bea Cukai Wanabaya ID; GPE Wanabaya ID"},
    {NULL, NULL},
};
static const struct names_case nothing[] = {
    {"Ia menderita Patent Foramen Ovale (PFO) di jantungnya.", ""},
    {"Nota kesepahaman dengan Dinas Nomor 4 Tahun 2023 berlaku.", ""},
    {"Mereka unggul di Grup D kemarin.", ""},
    {"Namun hujan turun. Selain itu angin kencang.", ""},
    {"Ia menonton Piala Dunia dan Liga Champions.", ""},
    {"Undang-Undang Dasar itu diubah.", ""},
    {"Umat Islam merayakan Idul Fitri.", ""},
    {"Ia lahir pada Senin, 3 Maret 2020.", ""},
    {"Presiden akan datang. Gubernur menunggu.", ""},
    {"Ia menonton film Bintang Jatuh Malam.", ""},
    {"Kegiatan Golden Business Challenge batal.", ""},
    {"Dana tahap II dan APBN cair.", ""},
    {"Ia berbicara dalam bahasa Inggris.", ""},
    {"Pelaku berinisial RRP ditahan.", ""},
    {"Ada warga panti wreda (PW) datang. Kata PW itu, aman.", ""},
    {"Baca Juga: Joko Widodo ke Bogor", ""},
    {"Masyarakat diminta tenang. Pemerintah siap.", ""},
    {"JAKARTA, KOMPAS.com - Hujan turun deras sekali.", ""},
    {"Banjir Besar Rendam Ribuan Rumah Warga Desa", ""},
    {"Ia ikut Jakarta Fashion Week dan Borobudur Marathon.", ""},
    {"Pelaku berinisial LA (53) ditahan. Menurut tetangga, LA pendiam.", ""},
    {"Badan penelitian kanker itu diam.", ""},
    {"Peran mereka besar. Portofolio mereka naik.", ""},
    {"Pilih menu Copy Text lalu Share Text.", ""},
    {"Ada 1 Unit Grand New di sana.", ""},
    {NULL, NULL},
};
static const struct names_case headlines[] = {
    {"Presiden Prabowo Tinjau Lokasi Banjir Besar di Bekasi",
     "PER Prabowo ID; GPE Bekasi ID"},
    {"Darmoyo Tinjau Lokasi Banjir Besar Bekasi\nHujan turun, kata Lukas Darmoyo.",
     "PER Lukas Darmoyo; GPE Bekasi ID"},
    {NULL, NULL},
};

static void known_names_are_found(void **state)
{
    names_fixture_check(state, known, names_fixture_entities);
}
static void forms_of_one_name_are_one_entity(void **state)
{
    names_fixture_check(state, joined, names_fixture_entities);
}
static void known_names_and_doers_stand_at_sentence_begins(void **state)
{
    names_fixture_check(state, beginnings, names_fixture_entities);
}
static void people_are_named_without_their_titles(void **state)
{
    names_fixture_check(state, people, names_fixture_entities);
}
static void organisations_have_their_whole_name(void **state)
{
    names_fixture_check(state, organisations, names_fixture_entities);
}
static void places_are_told_by_their_heads_and_cues(void **state)
{
    names_fixture_check(state, places, names_fixture_entities);
}
static void capitals_alone_are_no_name(void **state)
{
    names_fixture_check(state, nothing, names_fixture_entities);
}
static void headlines_yield_only_names_known_or_told_below(void **state)
{
    names_fixture_check(state, headlines, names_fixture_entities);
}

static void tokens_know_their_mention_and_entity(void **state)
{
    names_fixture_entities(state, "Kata Joko Widodo, Bogor hujan. Jokowi pulang.");
    struct doc *doc = &((struct text_fixture *)*state)->doc;
    assert_int_equal(mention_at(doc, 0), DOC_NONE);
    assert_int_equal(mention_at(doc, 1), 0);
    assert_int_equal(mention_at(doc, 2), 0);
    assert_int_equal(mention_entity_at(doc, 7), mention_entity_at(doc, 1));
    assert_str(entity_name(doc, 0), "Joko Widodo");
    assert_null(entity_name(doc, DOC_NONE).ptr);
    assert_int_equal(mention_at(doc, doc->tokens.count), DOC_NONE);
    assert_int_equal(doc->entities.item[0].mention_count, 2);
}

static void mentions_are_in_order_and_apart(void **state)
{
    names_fixture_entities(state, "Jokowi dan Prabowo ke Bogor. Di Bogor, Jokowi (64) "
                                  "bertemu Wali Kota Bogor Bima Arya. DPR (RI) diam.");
    struct doc *doc = &((struct text_fixture *)*state)->doc;
    assert_true(doc->mentions.count > 5);
    for (uint32_t i = 1; i < doc->mentions.count; i++)
        assert_true(doc->mentions.item[i].first >= doc->mentions.item[i - 1].end);
}

/* Twice the text, about twice the work: counted in arena bytes, which no clock blurs. */
static void work_grows_with_the_text_only(void **state)
{
    static char text[1 << 19];
    size_t used[2];
    for (unsigned round = 0; round < 2; round++) {
        size_t len = 0;
        for (unsigned i = 0; i < 2000u << round; i++)
            len +=
                (size_t)snprintf(text + len, sizeof text - len,
                                 "Kata Budi Nama%u dari PT Maju%u, Desa X%u. ", i, i, i);
        names_fixture_entities(state, text);
        used[round] = ((struct text_fixture *)*state)->doc.arena->used_bytes;
    }
    assert_true(used[1] < used[0] * 5 / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_names_are_found),
        cmocka_unit_test(forms_of_one_name_are_one_entity),
        cmocka_unit_test(known_names_and_doers_stand_at_sentence_begins),
        cmocka_unit_test(people_are_named_without_their_titles),
        cmocka_unit_test(organisations_have_their_whole_name),
        cmocka_unit_test(places_are_told_by_their_heads_and_cues),
        cmocka_unit_test(capitals_alone_are_no_name),
        cmocka_unit_test(headlines_yield_only_names_known_or_told_below),
        cmocka_unit_test(tokens_know_their_mention_and_entity),
        cmocka_unit_test(mentions_are_in_order_and_apart),
        cmocka_unit_test(work_grows_with_the_text_only),
    };
    return cmocka_run_group_tests(tests, text_fixture_setup, text_fixture_teardown);
}
