#ifndef WORKER_SINK_WEB_PAGE_H
#define WORKER_SINK_WEB_PAGE_H

/* The files of the page (worker/sink/page/), which are part of the program. */

#include "proto/base/str.h"

struct web_page {
    const char *path; /* "/app.js" */
    const char *type;
    struct str body;
    char etag[24]; /* quoted hash of the body */
};

#define WEB_PAGES 16

struct web_pages {
    struct web_page page[WEB_PAGES];
    size_t count;
};

void web_pages_init(struct web_pages *pages);
const struct web_page *web_pages_find(const struct web_pages *pages, struct str path);

#endif
