#include "tests/unit/event_check.h"

static void an_active_verb_has_its_subject_for_actor(void **state)
{
    static const struct quote_case cases[] = {
        {"Israel menyerang Gaza.", "ASSAULT menyerang Israel > Gaza"},
        {"Pasukan Korea Utara menyerang Seoul.", "ASSAULT menyerang Korea Utara > Seoul"},
        {"Tentara Israel menembak warga Palestina.",
         "ASSAULT menembak Israel > Palestina"},
        {"Presiden Prancis Emmanuel Macron mengunjungi Jerman.",
         "CONSULT mengunjungi Emmanuel Macron > Jerman"},
        {"Emmanuel Macron bertemu dengan Vladimir Putin.",
         "CONSULT bertemu Emmanuel Macron > Vladimir Putin"},
        {"Joko Widodo berkunjung ke Jepang.", "CONSULT berkunjung Joko Widodo > Jepang"},
        {"Rusia mengirim pasukan ke Suriah.", "AID mengirim Rusia > Suriah"},
        {"Jepang menyalurkan bantuan kepada Palestina.",
         "AID menyalurkan Jepang > Palestina"},
        {"Amerika Serikat memasok senjata ke Ukraina.",
         "AID memasok Amerika Serikat > Ukraina"},
        {"China mengecam Amerika Serikat.", "ACCUSE mengecam China > Amerika Serikat"},
        {"KPK menetapkan Budi Santoso sebagai tersangka.",
         "ACCUSE menetapkan KPK > Budi Santoso"},
        {"KPK menahan Budi Santoso di Jakarta.", "COERCE menahan KPK > Budi Santoso"},
        {"Polisi menangkap Budi Santoso.", "COERCE menangkap (Polisi) > Budi Santoso"},
        {"Joko Widodo meminta masyarakat menjaga kebersihan.",
         "REQUEST meminta Joko Widodo > (masyarakat)"},
        {"Joko Widodo meminta kepada Prabowo Subianto agar harga beras turun.",
         "REQUEST meminta Joko Widodo > Prabowo Subianto"},
        {"Donald Trump mengancam Iran.", "THREATEN mengancam Donald Trump > Iran"},
        {"Iran menolak usulan Amerika Serikat.", "REJECT menolak Iran > Amerika Serikat"},
        {"Prabowo Subianto memecat Budi Santoso.",
         "SANCTION memecat Prabowo Subianto > Budi Santoso"},
        {"Rusia mengerahkan ribuan tentara ke perbatasan.",
         "MOBILIZE mengerahkan Rusia > (perbatasan)"},
        {"Rusia menguasai Mariupol.", "ASSAULT menguasai Rusia > Mariupol"},
        {"Korea Selatan menyetujui permintaan Jepang.",
         "AGREE menyetujui Korea Selatan > Jepang"},
        {"Boris Johnson mundur dari jabatan.", "RETREAT mundur Boris Johnson > "},
        {"Boris Johnson mengundurkan diri.",
         "RETREAT mengundurkan diri Boris Johnson > "},
        {"Hamas membebaskan lima sandera Israel.", "RETREAT membebaskan Hamas > Israel"},
        {"Mahasiswa berdemonstrasi menentang Israel.", ""},
        {"Belanda membatasi ekspor mesin ke China.",
         "SANCTION membatasi Belanda > China"},
        {"Amerika Serikat menekan Belanda untuk menaikkan belanja.",
         "REQUEST menekan Amerika Serikat > Belanda"},
        {"Roy Suryo melaporkan Budi Santoso ke Polda Metro Jaya.",
         "ACCUSE melaporkan Roy Suryo > Budi Santoso"},
        {"Mahasiswa menggeruduk kantor Pertamina.",
         "PROTEST menggeruduk (Mahasiswa) > Pertamina"},
        {"Hamas melepaskan dua sandera Israel.", "RETREAT melepaskan Hamas > Israel"},
        {"Rusia menghentikan pasokan gas ke Jerman.",
         "SANCTION menghentikan Rusia > Jerman"},
        {"Iran membekukan hubungan dengan Prancis.",
         "SANCTION membekukan Iran > Prancis"},
        {"Amerika Serikat menarik pasukan dari Suriah.",
         "RETREAT menarik Amerika Serikat > "},
        {"Korea Utara menguji rudal balistik.", "MOBILIZE menguji Korea Utara > "},
        {"Korea Utara meluncurkan rudal ke Jepang.",
         "ASSAULT meluncurkan Korea Utara > Jepang"},
        {"Joko Widodo mencabut larangan ekspor nikel.",
         "CONCEDE mencabut Joko Widodo > "},
        {"Joko Widodo mencabut izin Pertamina.",
         "SANCTION mencabut Joko Widodo > Pertamina"},
        {"Joko Widodo menerima Anthony Albanese di Bogor.",
         "CONSULT menerima Joko Widodo > Anthony Albanese"},
        {"Indonesia mengimpor beras dari Thailand.",
         "COOPERATE mengimpor Indonesia > Thailand"},
        {"Vladimir Putin memanggil Duta Besar Jepang.",
         "REQUEST memanggil Vladimir Putin > Jepang"},
        {"Jet-jet tempur Israel menyerang Gaza.", "ASSAULT menyerang Israel > Gaza"},
        {"Australia mendeportasi Novak Djokovic.",
         "COERCE mendeportasi Australia > Novak Djokovic"},
        {"Jaksa menuntut Budi Santoso.", ""},
    };
    quote_check(state, cases, show_event);
}

static void a_passive_verb_has_its_subject_for_target(void **state)
{
    static const struct quote_case cases[] = {
        {"Gaza diserang Israel.", "ASSAULT diserang Israel > Gaza"},
        {"Gaza diserang oleh pasukan Israel.", "ASSAULT diserang Israel > Gaza"},
        {"Akhirnya digeledah tersangka Budi Santoso.",
         "COERCE digeledah  > Budi Santoso"},
        {"Budi Santoso ditangkap di Surabaya.", "COERCE ditangkap  > Budi Santoso"},
        {"Budi Santoso ditangkap polisi di Surabaya.",
         "COERCE ditangkap (polisi) > Budi Santoso"},
        {"Budi Santoso ditetapkan sebagai tersangka oleh KPK.",
         "ACCUSE ditetapkan KPK > Budi Santoso"},
        {"Mariupol dikuasai Rusia sejak awal tahun 2022.",
         "ASSAULT dikuasai Rusia > Mariupol"},
        {"Budi Santoso dipecat PSSI sebagai pelatih.",
         "SANCTION dipecat PSSI > Budi Santoso"},
        {"Senjata dikirim Amerika Serikat ke Ukraina.",
         "AID dikirim Amerika Serikat > Ukraina"},
        {"Pasukan Korea Utara dikerahkan ke Kursk.",
         "MOBILIZE dikerahkan Korea Utara > Kursk"},
        {"Budi Santoso divonis lima tahun penjara.", "SANCTION divonis  > Budi Santoso"},
        {"Perjanjian itu ditandatangani oleh Vladimir Putin.",
         "SUPPORT ditandatangani Vladimir Putin > "},
        {"Usulan Jepang ditolak China.", "REJECT ditolak China > Jepang"},
        {"Ukraina didukung oleh Amerika Serikat.",
         "SUPPORT didukung Amerika Serikat > Ukraina"},
        {"Budi Santoso tewas ditembak.",
         "ASSAULT tewas  > Budi Santoso; ASSAULT ditembak  > Budi Santoso"},
        {"Rumah Budi Santoso digeledah KPK.", "COERCE digeledah KPK > Budi Santoso"},
        {"Novak Djokovic dideportasi dari Australia.",
         "COERCE dideportasi  > Novak Djokovic"},
    };
    quote_check(state, cases, show_event);
}

static void a_nominalisation_has_its_owner_for_a_party(void **state)
{
    static const struct quote_case cases[] = {
        {"Serangan Israel ke Gaza menuai kritik.", "ASSAULT Serangan Israel > Gaza"},
        {"Serangan terhadap Gaza terus terjadi.", "ASSAULT Serangan  > Gaza"},
        {"Serangan pasukan Rusia di Ukraina terus terjadi.", "ASSAULT Serangan Rusia > "},
        {"Kunjungan Joko Widodo ke Jepang berlangsung dua hari.",
         "CONSULT Kunjungan Joko Widodo > Jepang"},
        {"Pertemuan antara Joe Biden dan Xi Jinping berlangsung hangat.",
         "CONSULT Pertemuan Joe Biden,Xi Jinping > "},
        {"Pertemuan Joe Biden dengan Xi Jinping berlangsung hangat.",
         "CONSULT Pertemuan Joe Biden > Xi Jinping"},
        {"Penangkapan Budi Santoso oleh KPK mengejutkan.",
         "COERCE Penangkapan KPK > Budi Santoso"},
        {"Pembunuhan Shinzo Abe mengejutkan dunia.", "ASSAULT Pembunuhan  > Shinzo Abe"},
        {"Penculikan terhadap Budi Santoso terjadi pada malam hari.",
         "ASSAULT Penculikan  > Budi Santoso"},
        {"Invasi Rusia ke Ukraina dimulai pada 2022.", "ASSAULT Invasi Rusia > Ukraina"},
        {"Dukungan Amerika Serikat terhadap Israel tidak berubah.",
         "SUPPORT Dukungan Amerika Serikat > Israel"},
        {"Kerja sama antara Indonesia dan Jepang makin erat.",
         "COOPERATE Kerja sama Indonesia,Jepang > "},
        {"Kecaman dari China datang cepat.", "ACCUSE Kecaman China > "},
        {"Pengunduran diri Boris Johnson mengejutkan.",
         "RETREAT Pengunduran diri Boris Johnson > "},
        {"Gencatan senjata antara Israel dan Hamas berakhir.",
         "RETREAT Gencatan senjata Israel,Hamas > "},
        {"Aneksasi wilayah Krimea oleh Rusia terjadi pada 2014.",
         "COERCE Aneksasi Rusia > Krimea"},
        {"Pengerahan pasukan Korea Utara ke Rusia dikonfirmasi.",
         "MOBILIZE Pengerahan Korea Utara > Rusia"},
    };
    quote_check(state, cases, show_event);
}

static void behind_a_light_verb_the_noun_reports(void **state)
{
    static const struct quote_case cases[] = {
        {"Israel melakukan serangan ke Gaza.", "ASSAULT serangan Israel > Gaza"},
        {"Israel melancarkan serangan udara terhadap Hamas.",
         "ASSAULT serangan Israel > Hamas"},
        {"Amerika Serikat menjatuhkan sanksi kepada Rusia.",
         "SANCTION sanksi Amerika Serikat > Rusia"},
        {"Rusia mendapat sanksi dari Amerika Serikat.",
         "SANCTION sanksi Amerika Serikat > Rusia"},
        {"Joko Widodo melakukan kunjungan ke Jepang.",
         "CONSULT kunjungan Joko Widodo > Jepang"},
        {"Indonesia memberikan dukungan kepada Palestina.",
         "SUPPORT dukungan Indonesia > Palestina"},
        {"Joe Biden dan Xi Jinping menggelar pertemuan di Lima.",
         "CONSULT pertemuan Joe Biden,Xi Jinping > "},
        {"KPK melakukan penggeledahan di Surabaya.",
         "COERCE penggeledahan KPK > Surabaya"},
        {"Indonesia menjalin kerja sama dengan Jepang.",
         "COOPERATE kerja sama Indonesia > Jepang"},
        {"Budi Santoso terlibat dalam pembunuhan Siti Nurbaya.",
         "ASSAULT pembunuhan Budi Santoso > Siti Nurbaya"},
        {"Budi Santoso melakukan penganiayaan.", "ASSAULT penganiayaan Budi Santoso > "},
        {"Serangan dilakukan oleh Israel.", "ASSAULT Serangan Israel > "},
        {"Serangan yang dilancarkan Israel berlanjut.", "ASSAULT Serangan Israel > "},
        {"Joko Widodo mengajukan permohonan kepada Jepang.",
         "REQUEST permohonan Joko Widodo > Jepang"},
        {"Indonesia memberlakukan tarif 25 persen terhadap Vietnam.",
         "SANCTION memberlakukan Indonesia > Vietnam"},
    };
    quote_check(state, cases, show_event);
}

static void joined_names_are_one_party(void **state)
{
    static const struct quote_case cases[] = {
        {"Joe Biden dan Xi Jinping bertemu di Lima.",
         "CONSULT bertemu Joe Biden,Xi Jinping > "},
        {"Amerika Serikat, Jepang, dan Korea Selatan mengecam Korea Utara.",
         "ACCUSE mengecam Amerika Serikat,Jepang,Korea Selatan > Korea Utara"},
        {"Israel menyerang Gaza dan Lebanon.", "ASSAULT menyerang Israel > Gaza,Lebanon"},
        {"Kesepakatan itu ditandatangani oleh Kim Jong Un dari Korea Utara dan Vladimir "
         "Putin.",
         "SUPPORT ditandatangani Kim Jong Un,Vladimir Putin > "},
        {"Israel menyerang Gaza dan Mesir mengecam Israel.",
         "ASSAULT menyerang Israel > Gaza; ACCUSE mengecam Mesir > Israel"},
        {"Serangan Rusia-Belarus terhadap Ukraina berlanjut.",
         "ASSAULT Serangan Rusia > Ukraina"},
        {"Jepang-Filipina menandatangani pakta.",
         "SUPPORT menandatangani Jepang,Filipina > "},
        {"Pimpinan dan anggota DPR mengecam Rusia.", "ACCUSE mengecam DPR > Rusia"},
        {"Negara Barat, termasuk Jepang, mengecam Rusia.",
         "ACCUSE mengecam Jepang > Rusia"},
        {"Korea Utara bertempur bersama Rusia.",
         "ASSAULT bertempur Korea Utara,Rusia > "},
    };
    quote_check(state, cases, show_event);
}

static void a_subject_is_found_where_it_is_not_beside_its_verb(void **state)
{
    static const struct quote_case cases[] = {
        {"Pasukan dari Korea Utara dapat menyerang Seoul.",
         "ASSAULT menyerang Korea Utara > Seoul possible"},
        {"Israel menyerang Gaza dan membunuh lima warga.",
         "ASSAULT menyerang Israel > Gaza; ASSAULT membunuh Israel > (lima warga)"},
        {"Setelah bertemu Vladimir Putin, Kim Jong Un mengunjungi China.",
         "CONSULT bertemu Kim Jong Un > Vladimir Putin; CONSULT mengunjungi Kim Jong Un "
         "> China"},
        {"Rusia, yang menyerang Ukraina, mengecam Amerika Serikat.",
         "ASSAULT menyerang Rusia > Ukraina; ACCUSE mengecam Rusia > Amerika Serikat"},
        {"Menteri Luar Negeri Amerika Serikat, Antony Blinken, mengunjungi Israel.",
         "CONSULT mengunjungi Antony Blinken > Israel"},
        {"Amerika Serikat meminta Israel menghentikan serangan.",
         "REQUEST meminta Amerika Serikat > Israel; RETREAT menghentikan Israel >  "
         "possible"},
        {"Amerika Serikat mendesak Israel untuk membebaskan warga Palestina.",
         "REQUEST mendesak Amerika Serikat > Israel; RETREAT membebaskan Israel > "
         "Palestina possible"},
        {"Di Gaza, Israel menyerang Hamas.", "ASSAULT menyerang Israel > Hamas"},
        {"Dengan mengirim pasukan ke Rusia, Kim Jong Un membantu Vladimir Putin.",
         "AID mengirim Kim Jong Un > Rusia; AID membantu Kim Jong Un > Vladimir Putin"},
        {"Kelompok bersenjata Lebanon, Hizbullah, menyerang Israel.",
         "ASSAULT menyerang Hizbullah > Israel"},
        {"Mahasiswa Universitas Gadjah Mada, Yogyakarta, menggelar demonstrasi.",
         "PROTEST demonstrasi Universitas Gadjah Mada > "},
        {"Warga di Bekasi, Jawa Barat, Indonesia menolak Israel.",
         "REJECT menolak Bekasi > Israel"},
        {"Polisi mencari Budi Santoso yang membunuh Siti Nurbaya.",
         "ASSAULT membunuh Budi Santoso > Siti Nurbaya"},
        {"Drone Rusia menghantam gedung hingga melukai dua orang.",
         "ASSAULT menghantam Rusia > (gedung); ASSAULT melukai Rusia > (dua orang)"},
        {"Hal itu disampaikan Joko Widodo saat bertemu Xi Jinping.",
         "CONSULT bertemu Joko Widodo > Xi Jinping"},
        {"Amerika Serikat menolak keputusan Iran untuk menyerang Israel.",
         "REJECT menolak Amerika Serikat > Iran; ASSAULT menyerang Iran > Israel "
         "planned"},
        {"Israel bicara tentang keputusan Iran untuk mundur.",
         "RETREAT mundur Iran >  planned"},
        {"Iran menuduh Israel membunuh warga yang melintas, dan mengecam Israel.",
         "ACCUSE menuduh Iran > Israel; ASSAULT membunuh Israel > (warga); ACCUSE "
         "mengecam Iran > Israel"},
        {"Jepang mendukung upaya yang dipimpin Pakistan, yang menyerang India.",
         "ASSAULT menyerang  > India"},
        {"Iran dan Israel saling curiga saat mereka menegosiasikan damai.",
         "CONSULT menegosiasikan Iran,Israel > "},
        {"\"Kami siap,\" kata Joko Widodo dalam pertemuan dengan Xi Jinping.",
         "CONSULT pertemuan Joko Widodo > Xi Jinping"},
    };
    quote_check(state, cases, show_event);
}

static void what_is_named_again_has_the_parties_of_before(void **state)
{
    static const struct quote_case cases[] = {
        {"Emmanuel Macron bertemu Vladimir Putin. Pertemuan tersebut tertutup.",
         "CONSULT bertemu Emmanuel Macron > Vladimir Putin; "
         "CONSULT Pertemuan Emmanuel Macron > Vladimir Putin"},
        {"Joko Widodo mengunjungi Jerman. Kunjungan pertama gagal.",
         "CONSULT mengunjungi Joko Widodo > Jerman; "
         "CONSULT Kunjungan Joko Widodo > Jerman"},
        {"Joko Widodo mengunjungi Jerman. Kunjungan wisatawan naik.",
         "CONSULT mengunjungi Joko Widodo > Jerman"},
        {"Rusia menyerang Ukraina. Serangan itu menewaskan warga Polandia.",
         "ASSAULT menyerang Rusia > Ukraina; ASSAULT Serangan Rusia > Ukraina; "
         "ASSAULT menewaskan Rusia > Polandia"},
        {"Dalam pertemuan dengan Emmanuel Macron, Vladimir Putin membahas perang.",
         "CONSULT pertemuan Vladimir Putin > Emmanuel Macron; "
         "CONSULT membahas Vladimir Putin > "},
        {"Iran menyatakan pasukannya menyerang Israel.",
         "ASSAULT menyerang Iran > Israel"},
        {"Pembatasan ekspor yang diberlakukan Amerika Serikat merugikan pasar.",
         "SANCTION Pembatasan Amerika Serikat > "},
        {"Kamal Mopangga membunuh Endang Sulastri. Pelaku ditangkap polisi.",
         "ASSAULT membunuh Kamal Mopangga > Endang Sulastri; "
         "COERCE ditangkap (polisi) > Kamal Mopangga"},
        {"Kamal Mopangga menggorok leher Endang Sulastri. Korban dibunuh dengan sadis.",
         "ASSAULT menggorok Kamal Mopangga > Endang Sulastri; "
         "ASSAULT dibunuh  > Endang Sulastri"},
        {"Budi Santoso dikenal baik. Polisi menangkapnya kemarin.",
         "COERCE menangkapnya (Polisi) > Budi Santoso"},
        {"Saat akan ditangkap, Budi Santoso sakit.",
         "COERCE ditangkap  > Budi Santoso planned"},
        {"Setelah bertemu Joko Widodo, Vladimir Putin pergi.",
         "CONSULT bertemu Vladimir Putin > Joko Widodo"},
        {"Joko Widodo pulang. \"Dia bertemu Vladimir Putin,\" kata Erick Thohir.",
         "CONSULT bertemu Joko Widodo > Vladimir Putin"},
        {"Joko Widodo mengatakan pihaknya mengecam Israel.",
         "ACCUSE mengecam Joko Widodo > Israel"},
        {"Megawati mengunjungi Gunung Bromo.", "CONSULT mengunjungi Megawati > "},
        {"TNI melaporkan Ferry Irwandi.", "ACCUSE melaporkan TNI > Ferry Irwandi"},
        {"Joko Widodo melaporkan kepada Prabowo Subianto hasil rapat.", ""},
        {"Amerika Serikat memberlakukan ribuan sanksi terhadap Rusia.",
         "SANCTION sanksi Amerika Serikat > Rusia"},
        {"Sepuluh fraksi di DPR bersepakat.", "AGREE bersepakat DPR > "},
        {"Perjanjian ditandatangani oleh 57 negara termasuk Korea Utara.",
         "SUPPORT ditandatangani Korea Utara > "},
        {"Pertamina memperkuat kemitraan dengan Toyota.",
         "COOPERATE kemitraan Pertamina > Toyota"},
        {"Penyelidikan KPK terhadap Budi Santoso berlanjut.",
         "ACCUSE Penyelidikan KPK > Budi Santoso"},
        {"Budi Santoso menjalani hukuman di Semarang.",
         "SANCTION hukuman  > Budi Santoso"},
    };
    quote_check(state, cases, show_event);
}

static void pronouns_and_descriptions_mean_who_was_named(void **state)
{
    static const struct quote_case cases[] = {
        {"Joko Widodo tiba di kantor. Ia bertemu dengan Prabowo Subianto.",
         "CONSULT bertemu Joko Widodo > Prabowo Subianto"},
        {"Presiden Rusia Vladimir Putin berpidato. Presiden Rusia mengecam Ukraina.",
         "ACCUSE mengecam Vladimir Putin > Ukraina"},
        {"\"Saya mengutuk Israel,\" kata Recep Tayyip Erdogan.",
         "ACCUSE mengutuk Recep Tayyip Erdogan > Israel"},
        {"Menteri Kehutanan Siti Nurbaya tiba di Jakarta. Menteri Kehutanan meminta "
         "warga menjaga hutan.",
         "CONSULT tiba Siti Nurbaya > Jakarta; REQUEST meminta Siti Nurbaya > (warga)"},
        {"Menteri Kehutanan Siti Nurbaya dan Menteri Kehutanan Budi Santoso tiba. "
         "Menteri Kehutanan meminta warga menjaga hutan.",
         ""},
    };
    quote_check(state, cases, show_event);
}

static void what_is_planned_denied_or_asked_for_says_so(void **state)
{
    static const struct quote_case cases[] = {
        {"Israel akan menyerang Gaza.", "ASSAULT menyerang Israel > Gaza planned"},
        {"Israel berencana menyerang Gaza.", "ASSAULT menyerang Israel > Gaza planned"},
        {"Israel tidak menyerang Gaza.", "ASSAULT menyerang Israel > Gaza denied"},
        {"Israel mungkin menyerang Gaza.", "ASSAULT menyerang Israel > Gaza possible"},
        {"Israel membantah menyerang Gaza.", "ASSAULT menyerang Israel > Gaza denied"},
        {"Jika Israel menyerang Gaza, Mesir akan mengecam Israel.",
         "ASSAULT menyerang Israel > Gaza conditional; ACCUSE mengecam Mesir > Israel "
         "conditional"},
        {"Keputusan Israel untuk menyerang Gaza mengejutkan.",
         "ASSAULT menyerang Israel > Gaza planned"},
        {"Rencana aneksasi Israel sudah lama ada.", "COERCE aneksasi Israel >  planned"},
        {"Budi Santoso diduga dibunuh.", "ASSAULT dibunuh  > Budi Santoso possible"},
        {"Donald Trump mengancam akan menyerang Iran.",
         "THREATEN mengancam Donald Trump > ; ASSAULT menyerang Donald Trump > Iran "
         "planned"},
    };
    quote_check(state, cases, show_event);
}

static void what_is_no_event_is_left_out(void **state)
{
    static const struct quote_case cases[] = {
        {"Kasubdit Kelembagaan dan Kerja Sama Joko Widodo sedang tidur siang di dalam "
         "rumah.",
         ""},
        {"Serangan jantung menewaskan Budi Santoso.", ""},
        {"Joko Widodo mengatakan harga beras turun.", ""},
        {"Lionel Messi mencetak gol dan menyerang Real Madrid pada pertandingan liga. "
         "Pemain klub itu menyerang gawang Barcelona di babak kedua.",
         ""},
        {"Bank Indonesia menahan suku bunga.", ""},
        {"Joko Widodo menandatangani kontrak.", ""},
        {"Polisi menangkap pelaku.", ""},
        {"Para pemimpin bertemu di hotel.", ""},
        {"Budi Santoso menahan diri.", ""},
        {"Undang-undang itu mengatur Jakarta.", ""},
        {"Perang dagang Amerika Serikat dan China berlanjut.", ""},
        {"Penyerang Israel datang ke Jakarta.", ""},
        {"Budi Santoso bunuh diri.", ""},
        {"Harga emas menyerang pasar.", ""},
        {"Rapat itu membahas harga beras.", ""},
        {"Joko Widodo mengirim surat ke Jepang.", ""},
        {"Diancam hukuman lima tahun, Budi Santoso diam.", ""},
        {"Tembakan Lionel Messi melebar.", ""},
        {"Bupati membatasi usia peserta dari Jakarta.", ""},
        {"Perusahaan di Jakarta menekan biaya.", ""},
        {"Roy Suryo melaporkan cuaca di Jakarta.", ""},
        {"Bus berhenti di titik pemberhentian Semarang.", ""},
        {"Putusan Mahkamah Konstitusi dibacakan.", ""},
        {"Budi Santoso memasuki lobi utama Pertamina.", ""},
        {"Lionel Messi menendang bola ke gawang Jerman.", ""},
        {"Sisi itu menawan wisatawan Jepang.", ""},
    };
    quote_check(state, cases, show_event);
}

static void other_fields_stand_in_the_clause(void **state)
{
    struct doc *doc = values_bench_read(
        *state, "2024-06-19T15:00:00+07:00",
        STR("Kim Jong Un menandatangani perjanjian pertahanan dengan Vladimir Putin di "
            "Pyongyang kemarin."));
    const struct fact *fact = NULL;
    extract_facts(doc);
    for (uint32_t f = 0; f < doc->found.count; f++)
        if (doc->found.item[f].fact.kind == FACT_EVENT)
            fact = &doc->found.item[f].fact;
    assert_non_null(fact);
    assert_true(str_is(fact->lemma, "tanda tangan"));
    assert_true(str_is(fact->object, "perjanjian pertahanan"));
    assert_true(str_is(fact->time, "2024-06-18"));
    assert_non_null(fact->place);
    assert_true(str_is(fact->place->name, "Pyongyang"));
    assert_true(str_is(fact->place->country, "KP"));
    assert_true(str_is(fact->text, "Kim Jong Un menandatangani perjanjian pertahanan "
                                   "dengan Vladimir Putin"));
    assert_true(str_is(doc_span_text(doc, fact->trigger), "menandatangani"));
    assert_null(fact->attribution);
}

static void an_enclitic_is_no_part_of_what_reports(void **state)
{
    static const struct quote_case cases[] = {
        {"Joko Widodo menegaskan dukungannya kepada Palestina.",
         "SUPPORT dukungannya Joko Widodo > Palestina"},
        {"Dalam pertemuannya dengan Xi Jinping, Joko Widodo memuji Jepang.",
         "CONSULT pertemuannya Joko Widodo > Xi Jinping; SUPPORT memuji Joko Widodo > "
         "Jepang"},
        {"Rusia menarik pasukannya dari Suriah.", "RETREAT menarik Rusia > "},
        {"\"Kedatangannya ditunggu,\" kata Joko Widodo.", ""},
        {"Kunjungan resmi Joko Widodo ke Jepang dimulai.",
         "CONSULT Kunjungan Joko Widodo > Jepang"},
    };
    quote_check(state, cases, show_event);
}

static void of_two_sides_one_may_be_without_a_name(void **state)
{
    static const struct quote_case cases[] = {
        {"Para pendukungnya membela Joko Widodo.",
         "SUPPORT membela (Para pendukungnya) > Joko Widodo"},
        {"Joko Widodo menemui sejumlah petani.",
         "CONSULT menemui Joko Widodo > (sejumlah petani)"},
        {"Joko Widodo membela sikapnya.", ""},
    };
    quote_check(state, cases, show_event);
}

static void an_event_inside_a_quote_is_the_speakers(void **state)
{
    struct doc *doc = values_bench_read(
        *state, "2024-06-19T15:00:00+07:00",
        STR("\"Israel menyerang Gaza pada hari Senin,\" kata Recep Tayyip Erdogan."));
    const struct fact *fact = NULL;
    extract_facts(doc);
    for (uint32_t f = 0; f < doc->found.count; f++)
        if (doc->found.item[f].fact.kind == FACT_EVENT)
            fact = &doc->found.item[f].fact;
    assert_non_null(fact);
    assert_non_null(fact->attribution);
    assert_true(str_is(fact->attribution->name, "Recep Tayyip Erdogan"));
}

static struct str repeated(struct buf *buf, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        buf_add(buf, text, strlen(text));
    return buf_str(buf);
}

/* Twice the text takes about twice the memory: nothing grows faster. */
static void floods_take_room_by_their_length(void **state)
{
    static const char *const flood[] = {
        "serangan pasukan Israel ", "jika akan menyerang ", "di Gaza dan ",
        "Israel menyerang Gaza dan ", "untuk membantu Rusia, "};
    struct values_bench *bench = *state;
    for (size_t i = 0; i < sizeof flood / sizeof *flood; i++) {
        size_t used[2];
        for (size_t turn = 0; turn < 2; turn++) {
            struct buf buf = {0};
            struct str text = repeated(&buf, flood[i], turn ? 4000 : 2000);
            extract_facts(values_bench_read(*state, NULL, text));
            used[turn] = bench->arena.used_bytes;
            buf_fini(&buf);
        }
        assert_true(used[1] < used[0] * 3);
    }
}

static void who_was_named_together_is_meant_by_both(void **state)
{
    static const struct quote_case cases[] = {
        {"Indonesia bertemu dengan Malaysia. Kedua negara menandatangani pakta.",
         "CONSULT bertemu Indonesia > Malaysia; SUPPORT menandatangani "
         "Indonesia,Malaysia > "},
        {"Joko Widodo bertemu dengan Xi Jinping. Kedua negara menandatangani pakta.",
         "CONSULT bertemu Joko Widodo > Xi Jinping"},
        {"Joko Widodo bertemu dengan Xi Jinping. Keduanya menandatangani pakta.",
         "CONSULT bertemu Joko Widodo > Xi Jinping; SUPPORT menandatangani Joko "
         "Widodo,Xi "
         "Jinping > "},
    };
    quote_check(state, cases, show_event);
}

static void who_says_it_is_who_acts(void **state)
{
    static const struct quote_case cases[] = {
        {"Joko Widodo tiba. Pihaknya mendesak pemerintah.",
         "REQUEST mendesak Joko Widodo > (pemerintah)"},
        {"Tentara Israel mengklaim bahwa mereka menyerang Hamas.",
         "ASSAULT menyerang Israel > Hamas"},
        {"Hal itu dikatakan oleh Joko Widodo saat mengunjungi Jepang.",
         "CONSULT mengunjungi Joko Widodo > Jepang"},
    };
    quote_check(state, cases, show_event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_named_together_is_meant_by_both),
        cmocka_unit_test(who_says_it_is_who_acts),
        cmocka_unit_test(an_active_verb_has_its_subject_for_actor),
        cmocka_unit_test(a_passive_verb_has_its_subject_for_target),
        cmocka_unit_test(a_nominalisation_has_its_owner_for_a_party),
        cmocka_unit_test(behind_a_light_verb_the_noun_reports),
        cmocka_unit_test(an_enclitic_is_no_part_of_what_reports),
        cmocka_unit_test(of_two_sides_one_may_be_without_a_name),
        cmocka_unit_test(joined_names_are_one_party),
        cmocka_unit_test(a_subject_is_found_where_it_is_not_beside_its_verb),
        cmocka_unit_test(what_is_named_again_has_the_parties_of_before),
        cmocka_unit_test(pronouns_and_descriptions_mean_who_was_named),
        cmocka_unit_test(what_is_planned_denied_or_asked_for_says_so),
        cmocka_unit_test(what_is_no_event_is_left_out),
        cmocka_unit_test(other_fields_stand_in_the_clause),
        cmocka_unit_test(an_event_inside_a_quote_is_the_speakers),
        cmocka_unit_test(floods_take_room_by_their_length),
    };
    return cmocka_run_group_tests(tests, values_bench_open, values_bench_close);
}
