/* What is read of documents: a line "URL<tab>Content-Type<tab>FILE" in, a line of JSON
 * out (rss_show), or {"error": …} where it is no feed. For feeds.py. */

#include "proto/base/file.h"
#include "worker/text/charset.h"
#include "worker/feed/rss.h"
#include "worker/feed/xml.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define FILE_BYTES  ((size_t)16 * 1024 * 1024)

static void show(struct str line, struct arena *arena)
{
    struct rss_document document = {0};
    struct rss_feed feed;
    struct err err = {0};
    struct buf bytes = {0}, path = {0}, out = {0};
    str_split(&line, '\t', &document.url);
    str_split(&line, '\t', &document.type);
    buf_add_str(&path, line);
    int rc = file_read(buf_cstr(&path), FILE_BYTES, &bytes, &err);
    document.bytes = buf_str(&bytes);
    if (rc == 0)
        rc = rss_read(&document, arena, &feed, &err);
    if (rc == 0)
        rss_show(&feed, document.url, &out);
    else
        buf_printf(&out, "{\"error\":\"%s\"}\n", err_name(rc));
    fputs(buf_cstr(&out), stdout);
    buf_fini(&bytes);
    buf_fini(&path);
    buf_fini(&out);
}

int main(void)
{
    struct arena arena;
    struct charset_loaded loaded;
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    arena_init(&arena, ARENA_BYTES);
    xml_init();
    charset_load(&loaded);
    while ((len = getline(&line, &cap, stdin)) > 0) {
        show(str_trim(str_make(line, (size_t)len)), &arena);
        fflush(stdout);
        arena_reset(&arena);
    }
    free(line);
    charset_unload(&loaded);
    arena_fini(&arena);
    return 0;
}
