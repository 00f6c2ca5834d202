#include "worker/feed/rss_private.h"

#include "proto/base/clock.h"
#include "worker/feed/opml.h"

#include <stdio.h>

static int print_status(void *context, const char *url, const struct rss_record *record)
{
    char due[32], found[32];
    (void)context;
    clock_rfc3339(record->due_ms, due);
    clock_rfc3339(record->found_ms, found);
    printf("%s status=%u %s=%s found=%llu last=%s interval=%llus errors=%u%s%s%s%s%s%s\n",
           url, record->status, record->gone ? "gone" : "due", record->gone ? "yes" : due,
           (unsigned long long)record->found, record->found_ms ? found : "never",
           (unsigned long long)(record->interval_ms / 1000), record->errors,
           strcmp(url, record->at.ptr) ? " moved=" : "",
           strcmp(url, record->at.ptr) ? record->at.ptr : "",
           record->index.len ? " of=" : "", record->index.len ? record->index.ptr : "",
           record->error.len ? " error: " : "",
           record->error.len ? record->error.ptr : "");
    return 0;
}

static int print_outline(void *context, const char *url, const struct rss_record *record)
{
    (void)url;
    if (!record->gone && record->index.len == 0)
        opml_add(context, buf_str(&record->at), buf_str(&record->title));
    return 0;
}

int rss_print_status(struct rss_state *state, struct err *err)
{
    return rss_state_each(state, print_status, NULL, err);
}

int rss_print_opml(struct rss_state *state, struct err *err)
{
    struct buf out = {0};
    opml_begin(&out);
    int rc = rss_state_each(state, print_outline, &out, err);
    opml_end(&out);
    if (rc == 0)
        fputs(buf_cstr(&out), stdout);
    buf_fini(&out);
    return rc;
}
