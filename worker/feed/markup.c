#include "worker/feed/markup.h"

#include "proto/wire/limits.h"
#include "worker/text/html.h"

int markup_read(struct str bytes, struct str charset, struct arena *arena,
                struct str *html_out, struct err *err)
{
    if (bytes.len > HTML_BYTES_MOST)
        return err_set(err, ERR_LIMIT, "the page is longer than %zu bytes",
                       HTML_BYTES_MOST);
    *html_out = html_slim(html_to_utf8(bytes, charset, arena), arena);
    if (html_out->len > LIMIT_TEXT_BYTES)
        return err_set(err, ERR_LIMIT,
                       "the page is longer than %d bytes, even without its scripts",
                       LIMIT_TEXT_BYTES);
    if (str_trim(*html_out).len == 0)
        return err_set(err, ERR_FIELD, "the page is empty");
    return 0;
}
