#include "worker/sink/web_http_private.h"

#include "proto/base/clock.h"
#include "proto/base/utf8.h"
#include "worker/sink/web_api.h"
#include "worker/sink/web_host.h"

static bool is_clean(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.ptr[i] < 0x20)
            return false;
    return value.len <= WEB_VALUE_BYTES && utf8_bad_at(value) == value.len;
}

static enum MHD_Result add_param(void *context, enum MHD_ValueKind kind, const char *name,
                                 size_t name_len, const char *value, size_t value_len)
{
    struct web_request *request = context;
    struct web_param param = {str_make(name, name_len),
                              str_make(value ? value : "", value_len)};
    (void)kind;
    if (request->params == WEB_PARAMS || !is_clean(param.name) ||
        !is_clean(param.value)) {
        request->params = WEB_PARAMS + 1;
        return MHD_NO;
    }
    request->param[request->params++] = param;
    return MHD_YES;
}

static const char *header(struct MHD_Connection *mhd, const char *name)
{
    return MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, name);
}

static void answer_page(const struct web_page *page, struct MHD_Connection *mhd,
                        struct web_answer *answer)
{
    const char *known = header(mhd, MHD_HTTP_HEADER_IF_NONE_MATCH);
    answer->type = page->type;
    answer->etag = page->etag;
    answer->fixed = page->body;
    answer->status = 200;
    if (known && strstr(known, page->etag)) {
        answer->status = 304;
        answer->fixed = STR("");
    }
}

static void make_answer(struct web_http *http, struct MHD_Connection *mhd,
                        const char *url, const char *method, struct web_answer *answer)
{
    struct web_request request = {.path = str_of(url),
                                  .last_event_id = str_of(header(mhd, "Last-Event-ID"))};
    const struct web_page *page = web_pages_find(&http->pages, request.path);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        web_api_refuse(answer, 405, "usage", "only GET and HEAD");
        return;
    }
    int host = web_host_check(mhd, http->options.hosts);
    if (host < 0) {
        web_http_count(http, &http->web->metrics.refused_hosts, 1);
        web_api_refuse(answer, host == ERR_DENIED ? 421 : 400, "denied",
                       "Host is not a name of this server; see warta web --host");
        return;
    }
    MHD_get_connection_values_n(mhd, MHD_GET_ARGUMENT_KIND, add_param, &request);
    if (request.params > WEB_PARAMS || !is_clean(request.path)) {
        web_api_refuse(answer, 400, "usage",
                       "too many parameters, or too long ones, or "
                       "no text");
        return;
    }
    struct sqlite3 *db = web_http_database(http);
    pthread_mutex_lock(&http->web->lock);
    http->web->store_there = db != NULL;
    pthread_mutex_unlock(&http->web->lock);
    if (page)
        answer_page(page, mhd, answer);
    else
        web_api_answer(http->web, db, &request, answer);
}

static struct MHD_Response *respond(struct web_http *http, struct MHD_Connection *mhd,
                                    struct web_answer *answer)
{
    if (answer->stream)
        return web_flow_begin(http, mhd, &answer->stream);
    if (answer->fixed.ptr)
        return MHD_create_response_from_buffer(
            answer->fixed.len, (void *)answer->fixed.ptr, MHD_RESPMEM_PERSISTENT);
    return MHD_create_response_from_buffer(answer->body.len, answer->body.ptr,
                                           MHD_RESPMEM_MUST_COPY);
}

static void add_headers(struct MHD_Response *response, const struct web_answer *answer)
{
    static const char *const always[][2] = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
         "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
         "require-trusted-types-for 'script'; trusted-types 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
    };
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        MHD_add_response_header(response, always[i][0], always[i][1]);
    MHD_add_response_header(response, "Content-Type", answer->type);
    MHD_add_response_header(response, "Cache-Control",
                            answer->etag ? "no-cache" : "no-store");
    if (answer->etag)
        MHD_add_response_header(response, "ETag", answer->etag);
    if (answer->status == 405)
        MHD_add_response_header(response, "Allow", "GET, HEAD");
    if (answer->status == 503)
        MHD_add_response_header(response, "Retry-After", "2");
}

enum MHD_Result web_http_request(void *context, struct MHD_Connection *mhd,
                                 const char *url, const char *method, const char *version,
                                 const char *upload, size_t *upload_size, void **request)
{
    struct web_http *http = context;
    struct web_answer answer = {.status = 200};
    static const char
        headed; /* an answer before the body is known closes the connection */
    (void)version, (void)upload;
    if (*request == NULL) {
        *request = (void *)&headed;
        return MHD_YES;
    }
    if (*upload_size) { /* nobody reads it */
        *upload_size = 0;
        return MHD_YES;
    }
    web_http_deadline(http, web_http_connection(mhd), clock_now_ms() + WEB_ANSWER_MS);
    make_answer(http, mhd, url, method, &answer);
    if (answer.stream && strcmp(method, "HEAD") == 0) {
        web_stream_free(&answer.stream);
        answer.fixed = STR("");
    }
    pthread_mutex_lock(&http->web->lock);
    http->web->metrics.requests.value++;
    http->web->metrics.errors.value += answer.status >= 400;
    http->web->metrics.interrupted.value += answer.status == 503;
    pthread_mutex_unlock(&http->web->lock);
    struct MHD_Response *response = respond(http, mhd, &answer);
    buf_fini(&answer.body);
    if (response == NULL)
        return MHD_NO;
    add_headers(response, &answer);
    enum MHD_Result rc = MHD_queue_response(mhd, answer.status, response);
    MHD_destroy_response(response);
    return rc;
}
