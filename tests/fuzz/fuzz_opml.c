/* A list of feeds: what is read of it, written as OPML, is read as the same. */
#include "tests/fuzz/fuzz.h"

#include "proto/base/utf8.h"
#include "worker/feed/opml.h"
#include "worker/feed/xml.h"

struct lists {
    struct buf read, written;
    bool exact; /* what can be written in XML was */
};

static int take(void *context, const char *url, struct err *err)
{
    struct lists *lists = context;
    struct str s = str_of(url);
    (void)err;
    for (size_t i = 0; i < s.len; i++)
        lists->exact = lists->exact && (unsigned char)s.ptr[i] >= 32;
    lists->exact = lists->exact && utf8_bad_at(s) == s.len &&
                   str_find(s, STR("\xEF\xBF")) == (size_t)-1; /* U+FFFE is no XML */
    buf_add_str(&lists->read, s);
    buf_add_char(&lists->read, '\n');
    opml_add(&lists->written, s, s);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct lists first = {.exact = true}, second = {.exact = true};
    struct err err = {0};
    xml_init();
    opml_begin(&first.written);
    int rc = opml_read_bytes(str_make((const char *)bytes, len), take, &first, &err);
    opml_end(&first.written);
    if (rc < 0)
        fuzz_check_err(rc, &err);
    if (rc == 0 && first.exact) {
        fuzz_require(opml_read_bytes(buf_str(&first.written), take, &second, NULL) == 0);
        fuzz_require(str_eq(buf_str(&first.read), buf_str(&second.read)));
    }
    buf_fini(&first.read);
    buf_fini(&first.written);
    buf_fini(&second.read);
    buf_fini(&second.written);
    return 0;
}
