#include "tests/support/check.h"

#include "worker/text/html.h"

#include <stdio.h>
#include <string.h>

#define ARENA_BYTES ((size_t)16 << 20)

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_BYTES);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static struct html_page read_page(const char *html)
{
    struct html_page page;
    struct err err = {0};
    struct html_tree *tree;
    struct str bytes = html_to_utf8(str_of(html), STR_NONE, &arena);
    assert_ok(html_parse(bytes, &tree, &err), &err);
    html_read(tree, &arena, &page);
    html_free(&tree);
    return page;
}

#define FIRST                                                                            \
    "Pasar ikan di Ambon dibuka kembali pada Senin, kata kepala dinas, setelah banjir."
#define SECOND                                                                           \
    "Sebanyak 40 pedagang datang sejak pagi, dan harga ikan turun sedikit, katanya "     \
    "lagi."

static void the_article_is_found_beside_menus_and_related_links(void **state)
{
    (void)state;
    struct html_page page =
        read_page("<html><head><title>Pasar dibuka - Harian Contoh</title></head><body>"
                  "<nav><ul><li><a href=/>Beranda</a><li><a href=/x>Ekonomi, pasar, dan "
                  "lain-lain</a></ul></nav>"
                  "<div class=wrap><h1>Pasar dibuka</h1><div class=isi><p>" FIRST
                  "</p><p>" SECOND "</p></div><div class='related-posts'><p>Tiga berita "
                  "lain yang mungkin, kalau mau, "
                  "menarik bagi pembaca, kata redaksi, hari ini.</p></div></div>"
                  "<script>var a = 'tidak, bukan, isi';</script></body></html>");
    assert_str(page.text, FIRST "\n" SECOND "\n");
    assert_str(page.title, "Pasar dibuka");
}

static void breaks_part_paragraphs_and_inline_elements_do_not(void **state)
{
    (void)state;
    struct html_page page = read_page(
        "<body><div>Pasar <b>ikan</b> di <a href=x>Ambon</a> dibuka kembali, kata "
        "kepala dinas.<br><br>" SECOND "</div></body>");
    assert_str(page.text,
               "Pasar ikan di Ambon dibuka kembali, kata kepala dinas.\n" SECOND "\n");
}

static void a_heading_comes_with_what_it_heads(void **state)
{
    (void)state;
    struct html_page page =
        read_page("<body><article><h2>Sebab</h2><p>" FIRST "</p><p>" SECOND
                  "</p><h2>Kontak</h2></article></body>");
    assert_str(page.text, "Sebab\n" FIRST "\n" SECOND "\n");
}

static void json_ld_tells_title_date_and_author(void **state)
{
    (void)state;
    struct html_page page = read_page(
        "<head><script "
        "type='application/ld+json'>{\"@graph\":[{\"@type\":\"NewsArticle\","
        "\"headline\":\"Judul\",\"datePublished\":\"2025-03-01T08:00:00.123+0700\","
        "\"author\":[{\"name\":\"Ratna W.\"}]}]}</script>"
        "<meta property='og:title' content='Judul lain'></head><body><p>" FIRST
        "</p></body>");
    assert_str(page.title, "Judul");
    assert_str(page.published, "2025-03-01T08:00:00+07:00");
    assert_str(page.author, "Ratna W.");
}

static void authors_and_dates_are_found_where_readers_see_them(void **state)
{
    (void)state;
    struct html_page page = read_page(
        "<head><script type='application/ld+json'>[{\"@graph\":[{\"@type\":"
        "\"Article\",\"author\":{\"@id\":\"#p\"}},{\"@type\":\"Person\",\"@id\":"
        "\"#p\",\"name\":\"Ratna Wulan\"}]}]</script></head><body><p>" FIRST
        "</p><div class=comment><a rel=author>Tamu</a></div></body>");
    assert_str(page.author, "Ratna Wulan");
    page = read_page("<head><meta property='og:site_name' content='Harian Contoh'></head>"
                     "<body><div class=related><span class=author>Orang Lain</span></div>"
                     "<span class='meta-author'>Posted on</span>"
                     "<div class='detail-author'>Budi Santoso - Harian Contoh</div>"
                     "<div class='detail-date'>Harian Contoh - Rabu, 4 Mei 2022 02:41 WIB"
                     "</div><p>" FIRST "</p></body>");
    assert_str(page.author, "Budi Santoso");
    assert_str(page.published, "2022-05-04T02:41:00+07:00");
    page = read_page("<body><p class=tgl>x</p><div class=date>13/01/2022, 10:00</div>"
                     "<a rel=author href=/x>Sari</a><p>" FIRST "</p></body>");
    assert_str(page.author, "Sari");
    assert_str(page.published, "2022-01-13"); /* ten o'clock of an unknown zone */
    page = read_page("<head><link rel=canonical href='https://a.example/2022/03/09/b'>"
                     "</head><body><p>" FIRST "</p></body>");
    assert_str(page.published, "2022-03-09");
}

static void titles_lose_the_outlet_and_what_was_escaped_twice(void **state)
{
    (void)state;
    struct html_page page = read_page(
        "<head><meta property='og:title' content='Judul &amp;quot;besar&amp;quot; | "
        "CONTOH'>"
        "<meta property='og:url' "
        "content='https://www.contoh.example/x'></head><body><p>" FIRST "</p></body>");
    assert_str(page.title, "Judul \"besar\"");
    page = read_page("<head><title>Contoh</title><meta property='og:site_name' "
                     "content='Contoh'></head><body><h2>Pasar dibuka</h2><p>" FIRST
                     "</p></body>");
    assert_str(page.title, "Pasar dibuka");
    page =
        read_page("<head><title>Pasar - bukan pasar biasa</title></head><body><p>" FIRST
                  "</p></body>");
    assert_str(page.title, "Pasar - bukan pasar biasa");
}

static void captions_dates_and_links_alone_are_no_paragraphs(void **state)
{
    (void)state;
    struct html_page page = read_page(
        "<body><div class=isi><div class='img-caption'><span>Foto: dinas</span></div>"
        "<p><time>7 Oktober 2020</time></p><p>" FIRST "</p><ul><li><a href=/a>Lain</a>"
        "</li></ul><p>" SECOND "</p><p><a href='mailto:a@b.example'>a@b.example</a></p>"
        "</div></body>");
    assert_str(page.text, FIRST "\n" SECOND "\na@b.example\n");
}

static void parts_of_one_article_are_put_together(void **state)
{
    (void)state;
    struct html_page page = read_page(
        "<body><div><section><div><p>" FIRST "</p><p>" SECOND "</p></div></section>"
        "<section><div><p>" FIRST "</p></div></section><section><ul>"
        "<li><a href=/a>Berita lain yang panjang judulnya</a> dan sedikit tentangnya, "
        "kata redaksi</li></ul></section></div></body>");
    assert_str(page.text, FIRST "\n" SECOND "\n" FIRST "\n");
}

static void xhtml_with_a_declaration_is_a_page(void **state)
{
    (void)state;
    assert_true(html_is(STR("<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC 'x'>")));
    assert_false(html_is(STR("<?xml version='1.0'?><rss></rss>")));
    assert_false(html_is(STR("<?xml version")));
}

static void a_page_in_another_charset_is_read(void **state)
{
    (void)state;
    struct html_page page =
        read_page("<head><meta charset='windows-1252'></head><body><p>"
                  "\x93Kami,\x94 kata kepala dinas \xe9kologi itu, akan "
                  "membuka pasar.</p></body>");
    assert_str(page.text, "“Kami,” kata kepala dinas ékologi itu, akan membuka pasar.\n");
}

static void what_is_no_character_in_any_charset_is_replaced(void **state)
{
    (void)state;
    assert_str(html_to_utf8(STR("\xef\xbb\xbf"
                                "a\xff"),
                            STR_NONE, &arena),
               "a\xef\xbf\xbd");
    assert_str(html_to_utf8(STR("b\x81"), STR_NONE, &arena), "b\xef\xbf\xbd");
}

static void a_page_without_text_has_none(void **state)
{
    (void)state;
    assert_int_equal(read_page("<html><body><script>x</script></body></html>").text.len,
                     0);
}

static void a_page_is_slimmed_of_what_tells_nothing(void **state)
{
    (void)state;
    assert_str(
        html_slim(STR("<p>a<script x>b</script>c<!-- d --><style>e</style >f"), &arena),
        "<p>acf");
    assert_str(html_slim(STR("<script type=application/ld+json>{}</script>"), &arena),
               "<script type=application/ld+json>{}</script>");
    assert_str(html_slim(STR("a<!-- b <script>c"), &arena), "a<!-- b <script>c");
    /* A start tag without an end: quadratic work would not come back here. */
    size_t len = (size_t)4 << 20;
    char *page = arena_alloc(&arena, len);
    for (size_t i = 0; i < len; i += 8)
        memcpy(page + i, "<script ", 8);
    assert_int_equal(html_slim(str_make(page, len), &arena).len, len);
}

static void depth_and_length_are_borne(void **state)
{
    (void)state;
    struct html_page page;
    struct html_tree *tree;
    struct err err = {0};
    size_t count = 200000, len = count * 5;
    char *html = arena_alloc(&arena, len);
    for (size_t i = 0; i < count; i++)
        memcpy(html + i * 5, "<div>", 5);
    if (html_parse(str_make(html, len), &tree, &err) == 0)
        html_read(tree, &arena, &page);
    html_free(&tree);
    char *large = arena_alloc(&arena, HTML_BYTES_MOST + 1);
    memset(large, ' ', HTML_BYTES_MOST + 1);
    assert_int_equal(html_parse(str_make(large, HTML_BYTES_MOST + 1), &tree, &err),
                     ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
        TEST(the_article_is_found_beside_menus_and_related_links),
        TEST(breaks_part_paragraphs_and_inline_elements_do_not),
        TEST(a_heading_comes_with_what_it_heads),
        TEST(json_ld_tells_title_date_and_author),
        TEST(authors_and_dates_are_found_where_readers_see_them),
        TEST(titles_lose_the_outlet_and_what_was_escaped_twice),
        TEST(captions_dates_and_links_alone_are_no_paragraphs),
        TEST(parts_of_one_article_are_put_together),
        TEST(xhtml_with_a_declaration_is_a_page),
        TEST(a_page_in_another_charset_is_read),
        TEST(what_is_no_character_in_any_charset_is_replaced),
        TEST(a_page_without_text_has_none),
        TEST(a_page_is_slimmed_of_what_tells_nothing),
        TEST(depth_and_length_are_borne),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
