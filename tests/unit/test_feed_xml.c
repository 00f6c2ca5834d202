#include "tests/support/check.h"

#include "worker/text/charset.h"
#include "worker/text/pubdate.h"
#include "worker/feed/link.h"
#include "worker/feed/fragment.h"
#include "worker/feed/rss.h"
#include "worker/feed/xml.h"

#include <stdlib.h>

#define HERE "http://situs.example/rss/berita.xml"

struct feed {
    struct arena arena;
    struct rss_feed feed;
    struct err err;
};

static int make(void **state)
{
    struct feed *f = calloc(1, sizeof *f);
    arena_init(&f->arena, 64 * 1024 * 1024);
    xml_init();
    *state = f;
    return 0;
}

static int clean(void **state)
{
    struct feed *f = *state;
    arena_fini(&f->arena);
    free(f);
    return 0;
}

static int read_bytes(struct feed *f, struct str bytes, const char *type)
{
    struct rss_document document = {bytes, STR(HERE), str_of(type)};
    arena_reset(&f->arena);
    f->err = (struct err){0};
    return rss_read(&document, &f->arena, &f->feed, &f->err);
}

static struct rss_entry *read_one(struct feed *f, const char *text)
{
    assert_ok(read_bytes(f, str_of(text), NULL), &f->err);
    assert_int_equal(f->feed.entries.count, 1);
    return f->feed.entries.item;
}

static void an_item_of_rss_is_read(void **state)
{
    struct rss_entry *e = read_one(
        *state,
        "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>Berita</title>"
        "<language>id</language><image><title>Logo</title><link>x</link></image>"
        "<item><title>Harga &amp;amp; pasar</title><link>/a?b=1</link>"
        "<guid isPermaLink='false'>77</guid><dc:creator>Sari</dc:creator>"
        "<pubDate>Senin, 01 Jan 2024 09:30:00 "
        "+0700</pubDate><description>Pendek.</description>"
        "<content:encoded><![CDATA[<p>Satu.</p><p>Dua <b>tebal</b>.</p>"
        "<script>x()</script>]]></content:encoded></item></channel></rss>");
    struct feed *f = *state;
    assert_str(f->feed.kind, "rss");
    assert_str(f->feed.title, "Berita");
    assert_str(f->feed.language, "id");
    assert_str(e->title, "Harga & pasar");
    assert_str(e->url, "http://situs.example/a?b=1");
    assert_str(e->id, "77");
    assert_str(e->author, "Sari");
    assert_str(e->published, "2024-01-01T09:30:00+07:00");
    assert_str(e->summary, "Pendek.");
    assert_str(e->content, "Satu.\nDua tebal.");
    assert_false(f->feed.broken);
}

static void an_entry_of_atom_is_read(void **state)
{
    struct rss_entry *e = read_one(
        *state,
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='http://b.example/x/'>"
        "<entry xml:lang='id'><id>tag:1</id><title type='html'>A "
        "&lt;i&gt;b&lt;/i&gt;</title>"
        "<link rel='self' href='s'/><link href='y.html'/><author><name>Ani</name>"
        "<email>a@b.example</email></author><updated>2024-02-03T04:05:06Z</updated>"
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>1 &lt; "
        "2<br/>ya</div>"
        "</content></entry></feed>");
    assert_str(e->url, "http://b.example/x/y.html");
    assert_str(e->title, "A b");
    assert_str(e->author, "Ani");
    assert_str(e->language, "id");
    assert_str(e->updated, "2024-02-03T04:05:06+00:00");
    assert_str(e->content, "1 < 2\nya");
}

static void json_and_sitemaps_are_read(void **state)
{
    struct feed *f = *state;
    struct rss_entry *e =
        read_one(f, "{\"version\":\"https://jsonfeed.org/version/"
                    "1.1\",\"title\":\"J\",\"items\":[{\"id\":5,"
                    "\"url\":\"/j\",\"content_html\":\"<p>Isi</"
                    "p>\",\"authors\":[{\"name\":\"Budi\"}],"
                    "\"date_published\":\"2024-01-02T03:04:05+07:00\"}]}");
    assert_str(e->id, "5");
    assert_str(e->url, "http://situs.example/j");
    assert_str(e->content, "Isi");
    assert_str(e->author, "Budi");
    e = read_one(
        f, "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
           "xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'><url>"
           "<loc>http://situs.example/1</loc><news:news><news:publication><news:name>N"
           "</news:name><news:language>id</news:language></news:publication>"
           "<news:publication_date>2024-01-02</news:publication_date>"
           "<news:title>Judul</news:title></news:news></url></urlset>");
    assert_str(f->feed.kind, "sitemap");
    assert_str(e->title, "Judul");
    assert_str(e->published, "2024-01-02");
    assert_str(e->language, "id");
    e = read_one(f,
                 "<sitemapindex><sitemap><loc>/peta.xml</loc></sitemap></sitemapindex>");
    assert_str(f->feed.kind, "index");
    assert_str(e->url, "http://situs.example/peta.xml");
}

static void what_is_broken_is_read_as_far_as_it_goes(void **state)
{
    struct feed *f = *state;
    struct rss_entry *e =
        read_one(f, "\n<rss><channel><item><title>Tom & Jerry &eacute; \x01x"
                    "</title><link>http://a.example/?x=1&y=2</link></item>");
    assert_str(e->title, "Tom & Jerry \xC3\xA9 x");
    assert_str(e->url, "http://a.example/?x=1&y=2");
    assert_true(f->feed.broken);
    assert_int_equal(read_bytes(f, STR("<html><body>x</body></html>"), NULL), ERR_FORMAT);
    assert_int_equal(read_bytes(f, STR(""), NULL), ERR_FORMAT);
    assert_int_equal(read_bytes(f, STR("{\"a\":1}"), NULL), ERR_FORMAT);
}

static void documents_that_declare_entities_are_refused(void **state)
{
    struct feed *f = *state;
    assert_int_equal(
        read_bytes(f,
                   STR("<!DOCTYPE rss [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>"
                       "<rss><channel><title>&b;</title></channel></rss>"),
                   NULL),
        ERR_FORMAT);
    assert_int_equal(
        read_bytes(f,
                   STR("<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
                       "<rss><channel><title>&x;</title></channel></rss>"),
                   NULL),
        ERR_FORMAT);
    assert_ok(
        read_bytes(f,
                   STR("<!DOCTYPE rss PUBLIC \"-//N//DTD\" \"http://x.example/rss.dtd\">"
                       "<rss><channel><title>ya &x;</title></channel></rss>"),
                   NULL),
        &f->err);
    assert_str(f->feed.title, "ya &x;");
}

static void deep_documents_end_early(void **state)
{
    struct feed *f = *state;
    struct buf text = {0};
    buf_add_str(&text, STR("<rss><channel><item><title>satu</title><description>"));
    for (int i = 0; i < 200000; i++)
        buf_add_str(&text, STR("<a>"));
    assert_ok(read_bytes(f, buf_str(&text), NULL), &f->err);
    assert_true(f->feed.broken);
    assert_str(f->feed.entries.item[0].title, "satu");
    buf_clear(&text);
    buf_add_str(&text, STR("{\"items\":"));
    for (int i = 0; i < 100000; i++)
        buf_add_char(&text, '[');
    assert_int_equal(read_bytes(f, buf_str(&text), NULL), ERR_LIMIT);
    buf_fini(&text);
}

/* Quadratic work would not come back here; what looks like attributes is none. */
static void an_element_has_so_many_attributes_at_most(void **state)
{
    struct feed *f = *state;
    for (int many = 0; many < 2; many++) {
        struct buf text = {0};
        buf_add_str(&text, STR("<rss><channel><item x='>'"));
        for (int i = 0; i < (many ? 200000 : XML_ATTRIBUTES_MAX - 1); i++)
            buf_printf(&text, " a%d='=='", i);
        buf_add_str(&text, STR("><title><![CDATA[<b "));
        for (int i = 0; i < 2 * XML_ATTRIBUTES_MAX; i++)
            buf_add_str(&text, STR("a=b "));
        buf_add_str(&text, STR("]]></title></item></channel></rss>"));
        assert_int_equal(read_bytes(f, buf_str(&text), NULL), many ? ERR_LIMIT : 0);
        buf_fini(&text);
    }
}

static void characters_are_what_they_are(void **state)
{
    static const struct {
        const char *bytes, *type, *want, *label;
        size_t len;
        const char *inside;
    } cases[] = {
        {"<a>\xE9</a>", NULL, "<a>\xC3\xA9</a>", "windows-1252", 0, NULL},
        {"<a>\xC3\xA9</a>", "text/xml; charset=\"ISO-8859-1\"", "<a>\xC3\x83\xC2\xA9</a>",
         "iso-8859-1", 0, NULL},
        {"\xC1", NULL, "\xD0\xB0", "koi8-r", 0, "koi8-r"},
        {"\xC1", "text/xml; charset=utf-8", "\xC3\x81", "windows-1252", 0, "koi8-r"},
        {"\xEF\xBB\xBF<a>\xC3\xA9", "text/xml; charset=koi8-r", "<a>\xC3\xA9", "utf-8", 0,
         NULL},
        {"<a/>", NULL, "<a/>", "utf-8", 0, "utf-16"},
        /* cut within a character; one byte of another charset among many */
        {"\xC3\xA9t\xC3", NULL, "\xC3\xA9t\xEF\xBF\xBD", "utf-8", 0, NULL},
        {"\xB0\xA1\xB0\xA1 0123456789 0123456789 0123456789 0123456789 0123456789 "
         "0123456789 \xFF.",
         "text/xml; charset=gb2312",
         "\xE5\x95\x8A\xE5\x95\x8A 0123456789 0123456789 0123456789 0123456789 "
         "0123456789 0123456789 \xEF\xBF\xBD.",
         "gb2312", 0, NULL},
        {"<\0a\0/\0>\0", NULL, "<a/>", "utf-16le", 8, NULL},
        {"\xFE\xFF\0<\0a", NULL, "<a", "utf-16be", 6, NULL},
        {"+ADw-a+AD4-", "text/xml; charset=utf-7", "+ADw-a+AD4-", "utf-8", 0, NULL},
        {"<a>\x93x\x94</a>", "text/xml; charset=nonsense",
         "<a>\xE2\x80\x9Cx\xE2\x80\x9D</a>", "windows-1252", 0, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = {0};
        struct charset_found found;
        size_t len = cases[i].len ? cases[i].len : strlen(cases[i].bytes);
        charset_to_utf8(str_make(cases[i].bytes, len),
                        charset_of_type(str_of(cases[i].type)), str_of(cases[i].inside),
                        &out, &found);
        assert_str(buf_str(&out), cases[i].want);
        assert_string_equal(found.label, cases[i].label);
        buf_fini(&out);
    }
}

static void dates_of_all_forms_are_read(void **state)
{
    static const char *const cases[][2] = {
        {"Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21+00:00"},
        {"01 Jan 04 19:48 EST", "2004-01-01T19:48:00-05:00"},
        {"Sun Jan  4 16:29:06 PST 2004", "2004-01-04T16:29:06-08:00"},
        {"2003-12-31T10:14:55.5+01:00", "2003-12-31T10:14:55+01:00"},
        {"20031231T101455Z", "2003-12-31T10:14:55+00:00"},
        {"2003-335", "2003-12-01"},
        {"2003-12", "2003-12-01"},
        {"2024-01-02 03:04:05", "2024-01-02T03:04:05+00:00"},
        {"Senin, 1 Januari 2024 pukul 09.30 WIB", "2024-01-01T09:30:00+07:00"},
        {"Rabu, 17 Agustus 2022 | 10:00 WITA", "2022-08-17T10:00:00+08:00"},
        {"Jumat, 05 Des 2025 07:01:02 +0700", "2025-12-05T07:01:02+07:00"},
        {"Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37+00:00"},
        {"December 5, 2025", "2025-12-05"},
        {"31 Feb 2024 10:00:00 GMT", NULL},
        {"kemarin", NULL},
        {"", NULL},
        {"2024-13-01", NULL},
        {"99999999999999999999", NULL},
    };
    char out[32];
    int64_t seconds;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(pubdate_read(str_of(cases[i][0]), out), cases[i][1] != NULL);
        if (cases[i][1])
            assert_string_equal(out, cases[i][1]);
    }
    assert_true(pubdate_seconds(STR("Sun, 06 Nov 1994 08:49:37 GMT"), &seconds));
    assert_int_equal(seconds, 784111777);
}

static void links_have_one_form(void **state)
{
    static const char *const cases[][2] = {
        {"HTTPS://Situs.Example:443/A?utm_source=x&b=2&fbclid=9#top",
         "https://situs.example/A?b=2"},
        {"http://u:p@situs.example", "http://situs.example/"},
        {"http://situs.example:8080/?gclid=1", "http://situs.example:8080/"},
        {"urn:x", "urn:x"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = {0};
        link_canonical(str_of(cases[i][0]), &out);
        assert_str(buf_str(&out), cases[i][1]);
        buf_fini(&out);
    }
    assert_str(link_outlet(STR("https://news.detik.com/x")), "detik.com");
    assert_str(link_outlet(STR("https://bisnis.tempo.co.id/x")), "tempo.co.id");
    assert_str(link_outlet(STR("https://www.tempo.co/x")), "tempo.co");
    assert_str(link_outlet(STR("http://127.0.0.1:80/")), "127.0.0.1");
    assert_str(link_origin(STR("https://a.example:81/x?y")), "https://a.example:81");
    assert_false(link_is_web(STR("file:///etc/passwd")));
    assert_false(link_is_web(STR("http://")));
}

static void a_packed_feed_comes_back(void **state)
{
    struct feed *f = *state;
    struct rss_feed back;
    struct buf bytes = {0};
    read_one(f, "<rss><channel><title>T</title><item><title>a:b,-</title></item></"
                "channel></rss>");
    rss_pack(&f->feed, &bytes);
    assert_ok(rss_unpack(buf_str(&bytes), &f->arena, &back, &f->err), &f->err);
    assert_str(back.title, "T");
    assert_null(back.url.ptr);
    assert_str(back.entries.item[0].title, "a:b,-");
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_equal(rss_unpack(str_make(bytes.ptr, len), &f->arena, &back, &f->err),
                         ERR_FORMAT);
    buf_fini(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_item_of_rss_is_read, make, clean),
        cmocka_unit_test_setup_teardown(an_entry_of_atom_is_read, make, clean),
        cmocka_unit_test_setup_teardown(json_and_sitemaps_are_read, make, clean),
        cmocka_unit_test_setup_teardown(what_is_broken_is_read_as_far_as_it_goes, make,
                                        clean),
        cmocka_unit_test_setup_teardown(documents_that_declare_entities_are_refused, make,
                                        clean),
        cmocka_unit_test_setup_teardown(deep_documents_end_early, make, clean),
        cmocka_unit_test_setup_teardown(an_element_has_so_many_attributes_at_most, make,
                                        clean),
        cmocka_unit_test(characters_are_what_they_are),
        cmocka_unit_test(dates_of_all_forms_are_read),
        cmocka_unit_test(links_have_one_form),
        cmocka_unit_test_setup_teardown(a_packed_feed_comes_back, make, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
