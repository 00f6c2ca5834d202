#include "worker/feed/fetch.h"

#include "proto/base/clock.h"
#include "proto/base/mem.h"
#include "worker/feed/address.h"
#include "worker/text/pubdate.h"

#include <ctype.h>
#include <curl/curl.h>
#include <strings.h>
#include <unistd.h>

#define CONNECT_MS   10000
#define SLOW_BYTES   64L /* a second, over so many seconds, is a trickle */
#define SLOW_SECONDS 20L
#define RATIO_MOST   100
#define RATIO_FROM   (64 * 1024) /* small pages may well be that regular */
#define HEADER_MOST  ((size_t)64 * 1024)
#define CONNECTIONS  200L

struct transfer {
    struct transfer *next;            /* done */
    struct transfer *before, *behind; /* of all */
    CURL *easy;
    struct curl_slist *headers;
    struct fetch *fetch;
    struct buf body, type, etag, modified, cache, expires, retry;
    size_t header_bytes, bytes_most;
    const char *stopped; /* why we ended it */
    int stopped_code;
    CURLcode code;
    void *token;
    char error[CURL_ERROR_SIZE];
};

struct fetch {
    CURLM *multi;
    const char *agent;
    struct fetch_options options;
    struct transfer *all, *shown, *done, **done_end;
    uint32_t count;
};

int fetch_open(const struct fetch_options *options, struct fetch **fetch_out,
               struct err *err)
{
    *fetch_out = NULL;
    if (curl_global_init(CURL_GLOBAL_ALL) != 0)
        return err_set(err, ERR_SYSTEM, "libcurl does not start");
    struct fetch *f = mem_zero(1, sizeof *f);
    f->options = *options;
    f->done_end = &f->done;
    f->multi = curl_multi_init();
    if (f->multi == NULL) {
        fetch_close(&f);
        return err_set(err, ERR_SYSTEM, "libcurl does not start");
    }
    curl_multi_setopt(f->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, CONNECTIONS);
    *fetch_out = f;
    return 0;
}

static void transfer_free(struct transfer *t)
{
    if (t == NULL)
        return;
    if (t->easy)
        curl_multi_remove_handle(t->fetch->multi, t->easy);
    if (t->before)
        t->before->behind = t->behind;
    else if (t->fetch->all == t)
        t->fetch->all = t->behind;
    if (t->behind)
        t->behind->before = t->before;
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    struct buf *const all[] = {&t->body,  &t->type,    &t->etag, &t->modified,
                               &t->cache, &t->expires, &t->retry};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        buf_fini(all[i]);
    mem_free(t);
}

static size_t stop(struct transfer *t, int code, const char *why)
{
    t->stopped = why;
    t->stopped_code = code;
    return 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    curl_off_t wire = 0;
    size_t len = size * count, all = t->body.len + len;
    curl_easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &wire);
    if (all > t->bytes_most)
        return stop(t, ERR_LIMIT, "is too large");
    if (all > RATIO_FROM && wire > 0 && all / RATIO_MOST > (size_t)wire)
        return stop(t, ERR_LIMIT, "is packed too tightly");
    buf_add(&t->body, bytes, len);
    return len;
}

static void take_header(struct str line, const char *name, struct buf *out)
{
    size_t len = strlen(name);
    if (line.len <= len || line.ptr[len] != ':' || strncasecmp(line.ptr, name, len) != 0)
        return;
    buf_clear(out);
    buf_add_str(out, str_trim(str_from(line, len + 1)));
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    struct str line = str_make(bytes, size * count);
    t->header_bytes += line.len;
    if (t->header_bytes > HEADER_MOST)
        return stop(t, ERR_LIMIT, "has too many headers");
    take_header(line, "content-type", &t->type);
    take_header(line, "etag", &t->etag);
    take_header(line, "last-modified", &t->modified);
    take_header(line, "cache-control", &t->cache);
    take_header(line, "expires", &t->expires);
    take_header(line, "retry-after", &t->retry);
    return line.len;
}

static curl_socket_t on_socket(void *context, curlsocktype purpose,
                               struct curl_sockaddr *address)
{
    struct transfer *t = context;
    (void)purpose;
    if (!t->fetch->options.private_too && !address_is_public(&address->addr)) {
        stop(t, ERR_LIMIT, "its address is not public");
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void add_header(struct transfer *t, const char *name, const char *value)
{
    struct buf line = {0};
    if (value == NULL || value[0] == '\0' || strpbrk(value, "\r\n"))
        return;
    buf_printf(&line, "%s: %s", name, value);
    t->headers = curl_slist_append(t->headers, buf_cstr(&line));
    buf_fini(&line);
}

#define SET(option, value) code = code ? code : curl_easy_setopt(t->easy, option, value)

static CURLcode set_up(struct transfer *t, const struct fetch_request *request)
{
    const struct fetch_options *o = &t->fetch->options;
    CURLcode code = CURLE_OK;
    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_DEFAULT_PROTOCOL, "https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_USERAGENT, o->agent);
    SET(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    SET(CURLOPT_TIMEOUT_MS, (long)o->timeout_ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    SET(CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES);
    SET(CURLOPT_LOW_SPEED_TIME, SLOW_SECONDS);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
    SET(CURLOPT_OPENSOCKETDATA, t);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_ERRORBUFFER, t->error);
    SET(CURLOPT_PRIVATE, t);
    SET(CURLOPT_HTTPHEADER, t->headers);
    return code;
}

/* Ports of the web only, for a feed may name any. */
static bool is_usual_port(const char *url)
{
    bool right = false;
    char *port = NULL;
    CURLU *parts = curl_url();
    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
        right = strcmp(port, "80") == 0 || strcmp(port, "443") == 0;
    curl_free(port);
    curl_url_cleanup(parts);
    return right;
}

int fetch_begin(struct fetch *f, const struct fetch_request *request, struct err *err)
{
    if (!f->options.private_too && !is_usual_port(request->url))
        return err_set(err, ERR_DENIED, "is not on port 80 or 443");
    struct transfer *t = mem_zero(1, sizeof *t);
    t->fetch = f;
    t->token = request->token;
    t->bytes_most = request->bytes_most && request->bytes_most < f->options.bytes_most
                        ? request->bytes_most
                        : f->options.bytes_most;
    t->easy = curl_easy_init();
    add_header(t, "If-None-Match", request->etag);
    add_header(t, "If-Modified-Since", request->modified);
    add_header(t, "Accept", request->accept);
    if (t->easy == NULL || set_up(t, request) != CURLE_OK ||
        curl_multi_add_handle(f->multi, t->easy) != CURLM_OK) {
        transfer_free(t);
        return err_set(err, ERR_FORMAT, "is no address that can be asked for");
    }
    t->behind = f->all;
    if (f->all)
        f->all->before = t;
    f->all = t;
    f->count++;
    return 0;
}

static void collect(struct fetch *f)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(f->multi, &left))) {
        struct transfer *t = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
        t->code = message->data.result;
        *f->done_end = t;
        f->done_end = &t->next;
    }
}

void fetch_turn(struct fetch *f, uint64_t wait_ms, int wake_fd)
{
    struct curl_waitfd wake = {.fd = wake_fd, .events = CURL_WAIT_POLLIN};
    int running;
    curl_multi_perform(f->multi, &running);
    collect(f);
    if (f->done || wait_ms == 0)
        return;
    curl_multi_poll(f->multi, &wake, wake_fd >= 0,
                    (int)(wait_ms < 60000 ? wait_ms : 60000), NULL);
    curl_multi_perform(f->multi, &running);
    collect(f);
}

uint64_t fetch_max_age(struct str cache)
{
    struct str part;
    uint64_t age = 0;
    while (str_split(&cache, ',', &part) == 1) {
        part = str_trim(part);
        if (part.len > 8 && strncasecmp(part.ptr, "max-age=", 8) == 0)
            str_to_u64(str_from(part, 8), &age);
        if (part.len >= 8 && (strncasecmp(part.ptr, "no-cache", 8) == 0 ||
                              strncasecmp(part.ptr, "no-store", 8) == 0))
            return 0;
    }
    return age;
}

uint64_t fetch_retry_after(struct str value, int64_t now_s)
{
    uint64_t seconds = 0;
    int64_t at;
    if (!str_to_u64(value, &seconds) && pubdate_seconds(value, &at) && at > now_s)
        seconds = (uint64_t)(at - now_s);
    return seconds;
}

static uint64_t wait_of(struct transfer *t)
{
    int64_t now_s = (int64_t)(clock_wall_ms() / 1000);
    uint64_t wait = fetch_retry_after(buf_str(&t->retry), now_s);
    if (wait == 0 && t->cache.len)
        wait = fetch_max_age(buf_str(&t->cache));
    else if (wait == 0)
        wait = fetch_retry_after(buf_str(&t->expires), now_s);
    return wait < UINT64_MAX / 1000 ? wait * 1000 : UINT64_MAX;
}

int fetch_next(struct fetch *f, struct fetch_answer *out)
{
    transfer_free(f->shown);
    struct transfer *t = f->shown = f->done;
    if (t == NULL)
        return 0;
    f->done = t->next;
    f->done_end = f->done ? f->done_end : &f->done;
    f->count--;
    long status = 0;
    char *location = NULL;
    *out = (struct fetch_answer){.token = t->token};
    if (t->code != CURLE_OK) {
        err_set(&out->why,
                t->stopped                            ? t->stopped_code
                : t->code == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT
                                                      : ERR_GONE,
                "%s",
                t->stopped    ? t->stopped
                : t->error[0] ? t->error
                              : curl_easy_strerror(t->code));
        return 1;
    }
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &location);
    out->status = (int)status;
    out->body = buf_str(&t->body);
    out->type = buf_str(&t->type);
    out->etag = buf_str(&t->etag);
    out->modified = buf_str(&t->modified);
    out->location = str_of(location);
    out->wait_ms = wait_of(t);
    return 1;
}

uint32_t fetch_count(const struct fetch *f)
{
    return f->count;
}

void fetch_close(struct fetch **fetch)
{
    struct fetch *f = *fetch;
    if (f == NULL)
        return;
    while (f->all)
        transfer_free(f->all);
    curl_multi_cleanup(f->multi);
    curl_global_cleanup();
    mem_free(f);
    *fetch = NULL;
}
