#include "tests/unit/text_fixture.h"

struct split {
    const char *text, *tokens;
};

static void check_splits(void **state, const struct split *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_fixture_read(state, cases[i].text, "id");
        assert_str(text_fixture_tokens(state), cases[i].tokens);
    }
}
#define CHECK_SPLITS(state, cases)                                                       \
    check_splits(state, cases, sizeof(cases) / sizeof(cases)[0])

static void words_hold_hyphens_and_apostrophes(void **state)
{
    static const struct split cases[] = {
        {"negara-negara itu", "negara-negara|itu"},
        {"Ke-25 Anak-Anak", "Ke-25|Anak-Anak"},
        {"Ma'ruf Jum’at Qur\xca\xbc"
         "an",
         "Ma'ruf|Jum’at|Qur\xca\xbc"
         "an"},
        {"Kim Jong-un di Al-Aqsa", "Kim|Jong-un|di|Al-Aqsa"},
        {"Su-35 COVID-19 mem-PHK e-KTP", "Su-35|COVID-19|mem-PHK|e-KTP"},
        {"Paris Saint-Germain Indo-Pasifik", "Paris|Saint-Germain|Indo-Pasifik"},
        {"km2 km² G20 5G", "km2|km²|G20|5G"},
        {"tahun 1990-an", "tahun|1990-an"},
    };
    CHECK_SPLITS(state, cases);
}

static void names_tied_by_a_hyphen_are_two(void **state)
{
    static const struct split cases[] = {
        {"perang Rusia-Ukraina", "perang|Rusia|-|Ukraina"},
        {"pro-Rusia dan se-Indonesia", "pro|-|Rusia|dan|se|-|Indonesia"},
        {"aliansi AS-Korea Selatan", "aliansi|AS|-|Korea|Selatan"},
        {"KPK-nya", "KPK|-|nya"},
    };
    CHECK_SPLITS(state, cases);
}

static void numbers_keep_their_separators(void **state)
{
    static const struct split cases[] = {
        {"1,3 juta", "1,3|juta"},
        {"2.000.000,50 dan 1,000,000.5", "2.000.000,50|dan|1,000,000.5"},
        {"pukul 17.00 WIB", "pukul|17.00|WIB"},
        {"17.00WIB", "17.00|WIB"},
        {"(12/9/2024)", "(|12|/|9|/|2024|)"},
        {"10-12 orang", "10|-|12|orang"},
        {"1,2,3 dan 1,2,3,4", "1|,|2|,|3|dan|1|,|2|,|3|,|4"},
        {"naik 5%.", "naik|5|%|."},
        {"100km", "100|km"},
        {"2024. Lalu", "2024|.|Lalu"},
    };
    CHECK_SPLITS(state, cases);
}

static void currencies_are_cut_from_amounts(void **state)
{
    static const struct split cases[] = {
        {"Rp8,3 triliun", "Rp|8,3|triliun"},
        {"Rp.50.000", "Rp.|50.000"},
        {"Rp. 2 juta", "Rp.|2|juta"},
        {"US$10 S$5", "US$|10|S$|5"},
        {"Rp5T Rp500ribu", "Rp|5|T|Rp|500|ribu"},
    };
    CHECK_SPLITS(state, cases);
}

static void abbreviations_hold_their_stops(void **state)
{
    static const struct split cases[] = {
        {"Drs. H. Ahmad, M.Si., tiba.", "Drs.|H.|Ahmad|,|M.Si.|,|tiba|."},
        {"S.H, J.K. Rowling", "S.H|,|J.K.|Rowling"},
        {"Joko W. Widodo", "Joko|W.|Widodo"},
        {"PT. Astra No. 5", "PT.|Astra|No.|5"},
        {"vitamin C. Menurut", "vitamin|C|.|Menurut"},
    };
    CHECK_SPLITS(state, cases);
}

static void links_and_hosts_are_one_token(void **state)
{
    static const struct split cases[] = {
        {"lihat https://a.id/b?c=d, lalu", "lihat|https://a.id/b?c=d|,|lalu"},
        {"(www.kompas.com)", "(|www.kompas.com|)"},
        {"surel a.b@c.co.id.", "surel|a.b@c.co.id|."},
        {"@jokowi #BBM", "@jokowi|#BBM"},
        {"KOMPAS.com dan Suara.Com", "KOMPAS.com|dan|Suara.Com"},
        {"bit.ly/abc", "bit.ly/abc"},
        {"di kota.Dia pergi", "di|kota|.|Dia|pergi"},
    };
    CHECK_SPLITS(state, cases);
}

static void glued_words_are_cut_with_exact_places(void **state)
{
    struct doc *doc = text_fixture_read(state, "Ia dariLive Science.", "id");
    assert_str(text_fixture_tokens(state), "Ia|dari|Live|Science|.");
    assert_int_equal(doc->tokens.item[1].span.begin, 3);
    assert_int_equal(doc->tokens.item[2].span.begin, 7);
    assert_int_equal(doc->tokens.item[2].span.end, 11);
    assert_false(doc->tokens.item[2].space_before);
    text_fixture_read(state, "DilansirdetikSport iPhone YouTube", "id");
    assert_str(text_fixture_tokens(state), "Dilansir|detikSport|iPhone|YouTube");
    text_fixture_read(state, "Wartasanamelaporkan dan Melaporkan", "id");
    assert_str(text_fixture_tokens(state), "Wartasana|melaporkan|dan|Melaporkan");
}

/* o open, c close, ' other, in order of the quotation marks. */
static void check_quotes(void **state, const char *text, const char *want)
{
    struct doc *doc = text_fixture_read(state, text, "id");
    char got[64];
    size_t n = 0;
    for (uint32_t i = 0; i < doc->tokens.count && n + 1 < sizeof got; i++)
        switch (doc->tokens.item[i].mark) {
        case MARK_QUOTE_OPEN:
            got[n++] = 'o';
            break;
        case MARK_QUOTE_CLOSE:
            got[n++] = 'c';
            break;
        case MARK_OTHER:
            got[n++] = '\'';
            break;
        default:
            break;
        }
    assert_str(str_make(got, n), want);
}

static void quotation_marks_open_and_close(void **state)
{
    check_quotes(state, "\"Kami siap,\" kata dia, \"pergi.\"", "ococ");
    check_quotes(state, "“Kami ‘siap’,” kata «dia».", "ooccoc");
    check_quotes(state, "\"Dia bilang 'siap', lalu pergi,\" ujarnya.", "oocc");
    check_quotes(state, "\"Kami siap, \"ujar dia.", "oc");
    check_quotes(state, "”Kami siap,” kata dia.", "oc");
    check_quotes(state, "“Kami siap.’ Dia pergi.", "oc");
    check_quotes(state, "``Kami siap,'' kata dia", "oc");
    check_quotes(state, "para siswa' dan '98 dan 5' itu", "'''");
    check_quotes(state, "\"Satu. Dua,\" kata X.\n\"Tiga,\" kata Y.", "ococ");
}

static void shapes_and_lower_case_are_told(void **state)
{
    static const struct {
        const char *word, *lower;
        uint8_t shape;
    } cases[] = {
        {"kata", "kata", SHAPE_LOWER},
        {"Kata", "kata", SHAPE_CAPITAL},
        {"TNI", "tni", SHAPE_UPPER},
        {"iPhone", "iphone", SHAPE_MIXED},
        {"Jong-Un", "jong-un", SHAPE_CAPITAL},
        {"Ñandú", "ñandú", SHAPE_CAPITAL},
        {"ÀÉ", "àé", SHAPE_UPPER},
        {"McDonald", "mcdonald", SHAPE_MIXED},
        {"A", "a", SHAPE_CAPITAL},
        {"日本", "日本", SHAPE_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct doc *doc = text_fixture_read(state, cases[i].word, "id");
        assert_int_equal(doc->tokens.count, 1);
        assert_str(doc->tokens.item[0].lower, cases[i].lower);
        assert_int_equal(doc->tokens.item[0].shape, cases[i].shape);
    }
}

static void every_letter_and_digit_is_in_one_token(void **state)
{
    struct doc *doc = text_fixture_read(
        state, "Satu (dua) [tiga] 4,5 @x y@z.id «a» — b… c/d e_f §5 ½ \xf0\x9f\x98\x80!",
        "id");
    uint32_t at = 0;
    for (uint32_t i = 0; i < doc->tokens.count; i++) {
        const struct token *token = &doc->tokens.item[i];
        assert_true(token->span.begin >= at && token->span.end > token->span.begin);
        for (; at < token->span.begin; at++)
            assert_int_equal(doc->text.ptr[at], ' ');
        at = token->span.end;
    }
    assert_int_equal(at, doc->text.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_hold_hyphens_and_apostrophes),
        cmocka_unit_test(names_tied_by_a_hyphen_are_two),
        cmocka_unit_test(numbers_keep_their_separators),
        cmocka_unit_test(currencies_are_cut_from_amounts),
        cmocka_unit_test(abbreviations_hold_their_stops),
        cmocka_unit_test(links_and_hosts_are_one_token),
        cmocka_unit_test(glued_words_are_cut_with_exact_places),
        cmocka_unit_test(quotation_marks_open_and_close),
        cmocka_unit_test(shapes_and_lower_case_are_told),
        cmocka_unit_test(every_letter_and_digit_is_in_one_token),
    };
    return cmocka_run_group_tests(tests, text_fixture_setup, text_fixture_teardown);
}
