#include "tests/unit/text_fixture.h"

#include <ctype.h>
#include <stdio.h>

static const struct {
    const char *form, *lemma;
    char voice;
    bool noun;
    const char *clitic;
} words[] = {
    {"menandatangani", "tanda tangan", 'a', false, ""},
    {"ditandatangani", "tanda tangan", 'p', false, ""},
    {"penandatanganan", "tanda tangan", 0, true, ""},
    {"mengirim", "kirim", 'a', false, ""},
    {"dikirim", "kirim", 'p', false, ""},
    {"dikirimkan", "kirim", 'p', false, ""},
    {"pengiriman", "kirim", 0, true, ""},
    {"pengirim", "kirim", 0, true, ""},
    {"terkirim", "kirim", 'p', false, ""},
    {"ditangkap", "tangkap", 'p', false, ""},
    {"menangkap", "tangkap", 'a', false, ""},
    {"penangkapan", "tangkap", 0, true, ""},
    {"tertangkap", "tangkap", 'p', false, ""},
    {"tangkapan", "tangkap", 0, true, ""},
    {"menyerang", "serang", 'a', false, ""},
    {"diserang", "serang", 'p', false, ""},
    {"serangan", "serang", 0, true, ""},
    {"penyerangan", "serang", 0, true, ""},
    {"menyerahkan", "serah", 'a', false, ""},
    {"penyerahan", "serah", 0, true, ""},
    {"pertemuan", "temu", 0, true, ""},
    {"bertemu", "temu", 'm', false, ""},
    {"kunjungan", "kunjung", 0, true, ""},
    {"mengunjungi", "kunjung", 'a', false, ""},
    {"berkunjung", "kunjung", 'm', false, ""},
    {"dikunjungi", "kunjung", 'p', false, ""},
    {"mengerahkan", "kerah", 'a', false, ""},
    {"pengerahan", "kerah", 0, true, ""},
    {"dikerahkan", "kerah", 'p', false, ""},
    {"menyepakati", "sepakat", 'a', false, ""},
    {"disepakati", "sepakat", 'p', false, ""},
    {"kesepakatan", "sepakat", 0, true, ""},
    {"berperang", "perang", 'm', false, ""},
    {"memerangi", "perang", 'a', false, ""},
    {"terbunuh", "bunuh", 'p', false, ""},
    {"membunuh", "bunuh", 'a', false, ""},
    {"pembunuhan", "bunuh", 0, true, ""},
    {"pembunuh", "bunuh", 0, true, ""},
    {"menewaskan", "tewas", 'a', false, ""},
    {"ditewaskan", "tewas", 'p', false, ""},
    {"dibubarkan", "bubar", 'p', false, ""},
    {"pembubaran", "bubar", 0, true, ""},
    {"memperkuat", "kuat", 'a', false, ""},
    {"diperkuat", "kuat", 'p', false, ""},
    {"menguatkan", "kuat", 'a', false, ""},
    {"kekuatan", "kuat", 0, true, ""},
    {"diperpanjang", "panjang", 'p', false, ""},
    {"memperpanjang", "panjang", 'a', false, ""},
    {"perpanjangan", "panjang", 0, true, ""},
    {"berhasil", "hasil", 'm', false, ""},
    {"keberhasilan", "hasil", 0, true, ""},
    {"menghasilkan", "hasil", 'a', false, ""},
    {"keterlibatan", "libat", 0, true, ""},
    {"melibatkan", "libat", 'a', false, ""},
    {"negara-negara", "negara", 0, false, ""},
    {"anak-anaknya", "anak", 0, false, "nya"},
    {"melambai-lambaikan", "lambai", 'a', false, ""},
    {"tembak-menembak", "tembak", 'm', false, ""},
    {"menembak", "tembak", 'a', false, ""},
    {"membicarakannya", "bicara", 'a', false, "nya"},
    {"berbicara", "bicara", 'm', false, ""},
    {"pembicaraan", "bicara", 0, true, ""},
    {"bukunya", "buku", 0, false, "nya"},
    {"rumahku", "rumah", 0, false, "ku"},
    {"rumahmu", "rumah", 0, false, "mu"},
    {"dialah", "dialah", 0, false, ""},
    {"apakah", "apa", 0, false, "kah"},
    {"terbesar", "besar", 0, false, ""},
    {"tertinggi", "tinggi", 0, false, ""},
    {"terbaru", "baru", 0, false, ""},
    {"pemberdayaan", "daya", 0, true, ""},
    {"memberdayakan", "daya", 'a', false, ""},
    {"menyeberang", "seberang", 'a', false, ""},
    {"memukul", "pukul", 'a', false, ""},
    {"dipukul", "pukul", 'p', false, ""},
    {"pemukulan", "pukul", 0, true, ""},
    {"memotong", "potong", 'a', false, ""},
    {"pemotongan", "potong", 0, true, ""},
    {"memasak", "masak", 'a', false, ""},
    {"menari", "tari", 'a', false, ""},
    {"menilai", "nilai", 'a', false, ""},
    {"penilaian", "nilai", 0, true, ""},
    {"menasihati", "nasihat", 'a', false, ""},
    {"menikmati", "nikmat", 'a', false, ""},
    {"menolak", "tolak", 'a', false, ""},
    {"penolakan", "tolak", 0, true, ""},
    {"ditolak", "tolak", 'p', false, ""},
    {"menuduh", "tuduh", 'a', false, ""},
    {"tuduhan", "tuduh", 0, true, ""},
    {"tertuduh", "tuduh", 'p', false, ""},
    {"mengancam", "ancam", 'a', false, ""},
    {"ancaman", "ancam", 0, true, ""},
    {"terancam", "ancam", 'p', false, ""},
    {"mengecam", "kecam", 'a', false, ""},
    {"kecaman", "kecam", 0, true, ""},
    {"mengutuk", "kutuk", 'a', false, ""},
    {"mengkritik", "kritik", 'a', false, ""},
    {"meminta", "minta", 'a', false, ""},
    {"diminta", "minta", 'p', false, ""},
    {"permintaan", "minta", 0, true, ""},
    {"mendesak", "desak", 'a', false, ""},
    {"desakan", "desak", 0, true, ""},
    {"menarik", "tarik", 'a', false, ""},
    {"penarikan", "tarik", 0, true, ""},
    {"mundur", "mundur", 0, false, ""},
    {"mengundurkan", "undur", 'a', false, ""},
    {"pengunduran", "undur", 0, true, ""},
    {"membantu", "bantu", 'a', false, ""},
    {"bantuan", "bantu", 0, true, ""},
    {"memasok", "pasok", 'a', false, ""},
    {"dipasok", "pasok", 'p', false, ""},
    {"pasokan", "pasok", 0, true, ""},
    {"menyuplai", "suplai", 'a', false, ""},
    {"merebut", "rebut", 'a', false, ""},
    {"direbut", "rebut", 'p', false, ""},
    {"menduduki", "duduk", 'a', false, ""},
    {"diduduki", "duduk", 'p', false, ""},
    {"pendudukan", "duduk", 0, true, ""},
    {"menguasai", "kuasa", 'a', false, ""},
    {"dikuasai", "kuasa", 'p', false, ""},
    {"kekuasaan", "kuasa", 0, true, ""},
    {"menghancurkan", "hancur", 'a', false, ""},
    {"dihancurkan", "hancur", 'p', false, ""},
    {"kehancuran", "hancur", 0, true, ""},
    {"mengebom", "bom", 'a', false, ""},
    {"pengeboman", "bom", 0, true, ""},
    {"menculik", "culik", 'a', false, ""},
    {"diculik", "culik", 'p', false, ""},
    {"memenjarakan", "penjara", 'a', false, ""},
    {"dipenjara", "penjara", 'p', false, ""},
    {"melarang", "larang", 'a', false, ""},
    {"dilarang", "larang", 'p', false, ""},
    {"larangan", "larang", 0, true, ""},
    {"mengusir", "usir", 'a', false, ""},
    {"pengusiran", "usir", 0, true, ""},
    {"berunjuk", "unjuk", 'm', false, ""},
    {"menunjukkan", "tunjuk", 'a', false, ""},
    {"pertunjukan", "tunjuk", 0, true, ""},
    {"melaporkan", "lapor", 'a', false, ""},
    {"dilaporkan", "lapor", 'p', false, ""},
    {"laporan", "lapor", 0, true, ""},
    {"mengatakan", "kata", 'a', false, ""},
    {"dikatakan", "kata", 'p', false, ""},
    {"menambahkan", "tambah", 'a', false, ""},
    {"menyatakan", "nyata", 'a', false, ""},
    {"pernyataan", "nyata", 0, true, ""},
    {"menegaskan", "tegas", 'a', false, ""},
    {"menjelaskan", "jelas", 'a', false, ""},
    {"penjelasan", "jelas", 0, true, ""},
    {"ketidakpastian", "pasti", 0, true, ""},
    {"pemerintah", "perintah", 0, true, ""},
    {"perusahaan", "usaha", 0, true, ""},
    {"pemilihan", "pilih", 0, true, ""},
    {"terpilih", "pilih", 'p', false, ""},
    {"menjadi", "jadi", 'm', false, ""},
    {"merupakan", "rupa", 'm', false, ""},
    {"mengetahui", "tahu", 'a', false, ""},
    {"diketahui", "tahu", 'p', false, ""},
    {"pengetahuan", "tahu", 0, true, ""},
    {"menggadaikan", "gadai", 'a', false, ""},
    {"bukan", "bukan", 0, false, ""},
    {"makan", "makan", 0, false, ""},
    {"hanya", "hanya", 0, false, ""},
    {"masalah", "masalah", 0, false, ""},
    {"sekolah", "sekolah", 0, false, ""},
    {"jumlah", "jumlah", 0, false, ""},
    {"media", "media", 0, false, ""},
    {"direktur", "direktur", 0, false, ""},
    {"berita", "berita", 0, false, ""},
    {"beras", "beras", 0, false, ""},
    {"persen", "persen", 0, false, ""},
    {"selatan", "selatan", 0, false, ""},
    {"terhadap", "terhadap", 0, false, ""},
    {"mengxyzkan", "mengxyzkan", 'a', false, ""},
    {"dixyzwkan", "dixyzwkan", 'p', false, ""},
    {"xyz", "xyz", 0, false, ""},
    {"di", "di", 0, false, ""},
};

static void analyse(void **state, struct str form, struct lang_word *out)
{
    struct text_fixture *f = *state;
    const struct lang *id = lang_find(f->langs, STR("id"));
    id->analyse(id, form, &f->arena, out);
}

static void forms_are_taken_apart(void **state)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct lang_word got;
        analyse(state, str_of(words[i].form), &got);
        bool right = str_is(got.lemma, words[i].lemma) && got.voice == words[i].voice &&
                     got.noun == words[i].noun && str_is(got.clitic, words[i].clitic);
        if (!right)
            print_error("%s: lemma %.*s voice %c noun %d clitic %.*s\n", words[i].form,
                        STR_ARG(got.lemma), got.voice ? got.voice : '-', got.noun,
                        (int)got.clitic.len, got.clitic.ptr ? got.clitic.ptr : "");
        wrong += !right;
    }
    assert_int_equal(wrong, 0);
}

/* Whatever comes in, the lemma is not empty and nothing is read behind the form. */
static void any_bytes_are_a_form(void **state)
{
    struct text_fixture *f = *state;
    static const char pieces[][6] = {"me",  "ng", "ny", "di",   "ber",      "ter",
                                     "pe",  "ke", "an", "kan",  "i",        "nya",
                                     "lah", "-",  "a",  "kata", "\xc3\xa9", "s"};
    uint32_t seed = 7;
    for (int turn = 0; turn < 50000; turn++) {
        char form[128];
        size_t len = 0;
        unsigned parts = 1 + (seed >> 20) % 9;
        for (unsigned i = 0; i < parts; i++) {
            seed = seed * 1664525u + 1013904223u;
            const char *piece = pieces[(seed >> 16) % (sizeof pieces / sizeof pieces[0])];
            memcpy(form + len, piece, strlen(piece));
            len += strlen(piece);
        }
        struct lang_word got;
        char *exact = memcpy(arena_alloc(&f->arena, len), form, len);
        analyse(state, str_make(exact, len), &got);
        assert_true(got.lemma.len > 0);
        assert_true(got.clitic.len < len);
        arena_reset(&f->arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_taken_apart),
        cmocka_unit_test(any_bytes_are_a_form),
    };
    return cmocka_run_group_tests(tests, text_fixture_setup, text_fixture_teardown);
}
