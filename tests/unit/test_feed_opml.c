#include "tests/support/check.h"

#include "worker/feed/opml.h"
#include "worker/feed/xml.h"

static int note(void *context, const char *url, struct err *err)
{
    buf_printf(context, "%s|", url);
    return strstr(url, "stop") ? err_set(err, ERR_LIMIT, "enough") : 0;
}

static int read_list(const char *bytes, struct buf *out, struct err *err)
{
    buf_clear(out);
    return opml_read_bytes(str_of(bytes), note, out, err);
}

static void both_kinds_of_list_are_read(void **state)
{
    struct buf out = {0};
    struct err err = {0};
    (void)state;
    assert_ok(
        read_list("\xEF\xBB\xBF# all\n\n http://a.id/x  # one\r\nhttp://b.id/\thttp\n",
                  &out, &err),
        &err);
    assert_str(buf_str(&out), "http://a.id/x|http://b.id/|");
    assert_ok(read_list("<?xml version='1.0'?><opml><body><outline text='x'>"
                        "<outline xmlUrl='http://a.id/?a=1&amp;b=2'/></outline>"
                        "<OUTLINE xmlurl='http://b.id/'/><outline url='http://c.id'/>"
                        "</body></opml>",
                        &out, &err),
              &err);
    assert_str(buf_str(&out), "http://a.id/?a=1&b=2|http://b.id/|");
    assert_ok(read_list("", &out, &err), &err);
    assert_str(buf_str(&out), "");
    buf_fini(&out);
}

static void what_cannot_be_read_or_taken_ends_it(void **state)
{
    struct buf out = {0};
    struct err err = {0};
    (void)state;
    assert_int_equal(read_list("http://stop.id\nhttp://b.id\n", &out, &err), ERR_LIMIT);
    assert_str(buf_str(&out), "http://stop.id|");
    assert_int_equal(
        read_list("<!DOCTYPE opml [<!ENTITY a 'b'>]><opml>&a;</opml>", &out, &err),
        ERR_FORMAT);
    assert_int_equal(opml_read("/none/such", note, &out, &err), ERR_SYSTEM);
    buf_fini(&out);
}

static void what_is_written_is_read_again(void **state)
{
    struct buf text = {0}, out = {0};
    struct err err = {0};
    (void)state;
    opml_begin(&text);
    opml_add(&text, STR("http://a.id/?a=1&b=\"2\"<"), STR("Ekonomi & \x01 <Bisnis>"));
    opml_add(&text, STR("http://b.id/"), STR(""));
    opml_end(&text);
    assert_ok(read_list(buf_cstr(&text), &out, &err), &err);
    assert_str(buf_str(&out), "http://a.id/?a=1&b=\"2\"<|http://b.id/|");
    buf_fini(&text);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_kinds_of_list_are_read),
        cmocka_unit_test(what_cannot_be_read_or_taken_ends_it),
        cmocka_unit_test(what_is_written_is_read_again),
    };
    xml_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
