#include "worker/sink/web_page.h"

#include "proto/base/hash.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* The files, as the assembler takes them in (CMakeLists.txt of this directory). */
#define FILE_LIST(X)                                                                     \
    X(index, "/", "text/html; charset=utf-8")                                            \
    X(style, "/style.css", "text/css; charset=utf-8")                                    \
    X(app, "/app.js", "text/javascript; charset=utf-8")                                  \
    X(base, "/base.js", "text/javascript; charset=utf-8")                                \
    X(fact, "/fact.js", "text/javascript; charset=utf-8")                                \
    X(live, "/live.js", "text/javascript; charset=utf-8")                                \
    X(reader, "/reader.js", "text/javascript; charset=utf-8")                            \
    X(chart, "/chart.js", "text/javascript; charset=utf-8")                              \
    X(line, "/line.js", "text/javascript; charset=utf-8")                                \
    X(icon, "/icon.svg", "image/svg+xml")                                                \
    X(openapi, "/openapi.json", "application/json; charset=utf-8")

#define X(name, path, type) extern const char page_##name[], page_##name##_end[];
FILE_LIST(X)
#undef X

static void add(struct web_pages *pages, const char *path, const char *type,
                const char *begin, const char *end)
{
    assert(pages->count < WEB_PAGES);
    struct web_page *page = &pages->page[pages->count++];
    page->path = path;
    page->type = type;
    page->body = str_make(begin, (size_t)(end - begin));
    snprintf(page->etag, sizeof page->etag, "\"%016" PRIx64 "\"", hash64(page->body, 0));
}

void web_pages_init(struct web_pages *pages)
{
    *pages = (struct web_pages){0};
#define X(name, path, type) add(pages, path, type, page_##name, page_##name##_end);
    FILE_LIST(X)
#undef X
}

const struct web_page *web_pages_find(const struct web_pages *pages, struct str path)
{
    for (size_t i = 0; i < pages->count; i++)
        if (str_is(path, pages->page[i].path))
            return &pages->page[i];
    return NULL;
}
