#ifndef WORKER_FEED_FETCH_H
#define WORKER_FEED_FETCH_H

/* Many HTTP requests at a time, one answer each. Redirects are not followed: the caller
 * decides about each step. Nothing but http and https; no proxy, no cookies, no
 * password; unless they are allowed, no connection to addresses that are not public
 * (address.h), whatever a name turns out to mean.
 *
 * Bodies are counted as they come out of their content encoding: over `bytes_most`, or
 * more than a hundred times what came over the wire, ends the request. */

#include "proto/base/buf.h"
#include "proto/base/err.h"

struct fetch;

struct fetch_options {
    const char *agent; /* User-Agent */
    bool private_too;  /* also addresses that are not public, and ports other than 80, 443
                        */
    uint64_t timeout_ms;
    size_t bytes_most;
};

#define FETCH_ACCEPT_FEED                                                                \
    "application/atom+xml, application/rss+xml, application/feed+json, "                 \
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
#define FETCH_ACCEPT_PAGE "text/html, application/xhtml+xml, */*;q=0.5"

struct fetch_request {
    const char *url;             /* http or https */
    const char *etag, *modified; /* to ask for what is newer; NULL: all of it */
    const char *accept;
    size_t bytes_most; /* less than fetch_options says; 0: that */
    void *token;
};

struct fetch_answer {
    int status;            /* of HTTP; 0: there was none, and why says so */
    struct str body, type; /* the rest is borrowed until fetch_next's next call */
    struct str etag, modified;
    struct str location; /* of a redirect, absolute; absent where there is none */
    uint64_t wait_ms;    /* what the server asks to wait: max-age, Expires, Retry-After */
    struct err why; /* ERR_TIMEOUT; ERR_LIMIT: over a bound, or its address is not public;
                       ERR_GONE: any other */
    void *token;
};

int fetch_open(const struct fetch_options *options, struct fetch **fetch_out,
               struct err *err);
void fetch_close(struct fetch **fetch); /* requests under way are given up */

int fetch_begin(struct fetch *fetch, const struct fetch_request *request,
                struct err *err);
/* Move what can move, waiting at most wait_ms for it; wake_fd: also wake when it can be
 * read, -1: none. */
void fetch_turn(struct fetch *fetch, uint64_t wait_ms, int wake_fd);
int fetch_next(struct fetch *fetch,
               struct fetch_answer *out);        /* 1 an answer, 0 none now */
uint32_t fetch_count(const struct fetch *fetch); /* requests under way */

/* Seconds to wait of a Cache-Control ("max-age=60", 0 with no-cache or no-store) or of a
 * Retry-After (seconds or a date, seen from now_s); 0: does not say. */
uint64_t fetch_max_age(struct str cache_control);
uint64_t fetch_retry_after(struct str value, int64_t now_s);

#endif
