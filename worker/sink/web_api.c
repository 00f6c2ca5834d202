#include "worker/sink/web_api.h"

#include "proto/base/utf8.h"
#include "proto/wire/record.h"
#include "worker/sink/web_query.h"
#include "worker/sink/web_stats.h"
#include "worker/sink/web_stream.h"

#include <inttypes.h>
#include <sqlite3.h>

#define JSON_TYPE      "application/json; charset=utf-8"
#define SENTENCE_BYTES 4096 /* a longer one is left out */
#define API            "/api/v1/"

/* ---- rows ---- */

/* The sentence the evidence stands in, and where it begins. */
static void add_sentence(sqlite3_stmt *statement, struct buf *out)
{
    struct str text = STR_NONE;
    int64_t begin = -1, end = -1;
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const char *name = sqlite3_column_name(statement, i);
        if (name[0] != '_' || sqlite3_column_type(statement, i) == SQLITE_NULL)
            continue;
        if (strcmp(name, "_sb") == 0)
            begin = sqlite3_column_int64(statement, i);
        else if (strcmp(name, "_se") == 0)
            end = sqlite3_column_int64(statement, i);
        else
            text = web_column(statement, i);
    }
    if (begin < 0 || end < begin || end - begin > SENTENCE_BYTES ||
        (uint64_t)end > text.len)
        return;
    struct str sentence = str_slice(text, (size_t)begin, (size_t)end);
    if (utf8_bad_at(sentence) != sentence.len)
        return;
    buf_printf(out, ",\"sentence_begin\":%" PRId64 ",\"sentence_text\":", begin);
    record_print_text(sentence, out);
}

void web_api_fact(sqlite3_stmt *statement, struct buf *out)
{
    buf_printf(out, "{\"position\":\"%lld.%lld\",",
               (long long)sqlite3_column_int64(statement, 0),
               (long long)sqlite3_column_int64(statement, 1));
    web_row(statement, out);
    add_sentence(statement, out);
    buf_add_char(out, '}');
}

static void article_row(sqlite3_stmt *statement, struct buf *out)
{
    buf_printf(out, "{\"position\":\"%lld\",",
               (long long)sqlite3_column_int64(statement, 0));
    web_row(statement, out);
    buf_add_char(out, '}');
}

/* Rows up to the limit, and the position to go on from where there are more. */
static int add_list(sqlite3_stmt *statement, enum web_list list,
                    const struct web_filter *filter, struct buf *out, struct err *err)
{
    char next[48] = "";
    uint64_t rows = 0;
    int rc;
    buf_add_str(out, STR("\"items\":["));
    while ((rc = web_step(statement, err)) == 1 && rows < filter->limit &&
           out->len < WEB_ANSWER_BYTES) {
        if (rows++)
            buf_add_char(out, ',');
        if (list == WEB_FACTS)
            web_api_fact(statement, out);
        else
            article_row(statement, out);
        snprintf(next, sizeof next, list == WEB_FACTS ? "%lld.%lld" : "%lld",
                 (long long)sqlite3_column_int64(statement, 0),
                 (long long)sqlite3_column_int64(statement, 1));
    }
    buf_add_char(out, ']');
    if (rc == 1)
        buf_printf(out, ",\"more\":true,\"next\":\"%s\"", next);
    else if (rc == 0)
        buf_printf(out, ",\"more\":false");
    return rc < 0 ? rc : 0;
}

static int list_of(sqlite3 *db, enum web_list list, const struct web_filter *filter,
                   struct buf *out, struct err *err)
{
    static const char *const columns[] = {
        WEB_FACT_COLUMNS,
        "a.seq, a.id, a.url, a.source, a.title, a.author, a.published, a.fetched, a.day, "
        "a.language, a.extractor, a.copy_of, length(a.text) AS characters, "
        "(SELECT count(*) FROM facts f WHERE f.seq = a.seq) AS facts"};
    sqlite3_stmt *statement = NULL;
    int rc = web_query(db, list, columns[list], filter, &statement, err);
    if (rc == 0)
        rc = add_list(statement, list, filter, out, err);
    sqlite3_finalize(statement);
    return rc;
}

/* ---- paths ---- */

struct call {
    struct web *web;
    sqlite3 *db;
    const struct web_request *request;
    struct web_filter filter;
    struct str rest; /* of the path, behind its name */
    struct buf *out;
};

static int say_articles(struct call *call, struct err *err)
{
    return list_of(call->db, WEB_ARTICLES, &call->filter, call->out, err);
}

static int say_facts(struct call *call, struct err *err)
{
    return list_of(call->db, WEB_FACTS, &call->filter, call->out, err);
}

static int say_kind(struct call *call, const char *kind, struct err *err)
{
    if (call->filter.value[WEB_KIND].ptr)
        return err_set(err, ERR_USAGE, "kind is that of the path");
    call->filter.value[WEB_KIND] = str_of(kind);
    return say_facts(call, err);
}

static int say_quotes(struct call *call, struct err *err)
{
    return say_kind(call, "quote", err);
}

static int say_quantities(struct call *call, struct err *err)
{
    return say_kind(call, "quantity", err);
}

static int say_events(struct call *call, struct err *err)
{
    return say_kind(call, "event", err);
}

static int say_roles(struct call *call, struct err *err)
{
    return say_kind(call, "role", err);
}

/* One article, its text, and all of its facts. */
static int say_article(struct call *call, struct err *err)
{
    static const char sql[] =
        "SELECT a.seq, a.id, a.url, a.source, a.title, a.author, a.published, a.fetched, "
        "a.day, a.language, a.extractor, a.text, a.sentences, a.boilerplate, a.copy_of, "
        "o.seq AS original_seq, o.title AS original_title, o.source AS original_source, "
        "(SELECT json_group_array(json_array(mention_begin, mention_end)) FROM mentions "
        "WHERE fact BETWEEN a.seq * 16384 AND a.seq * 16384 + 16383) AS mentions "
        "FROM articles a LEFT JOIN articles o ON o.id = a.copy_of WHERE a.seq = CAST(?1 AS INTEGER)";
    sqlite3_stmt *statement = NULL;
    uint64_t seq;
    if (!str_to_u64(call->rest, &seq))
        return err_set(err, ERR_NOTFOUND, "no such article");
    int rc = web_prepare(call->db, sql, &call->rest, 1, &statement, err);
    if (rc == 0)
        rc = web_step(statement, err);
    if (rc == 1) {
        buf_add_str(call->out, STR("\"article\":"));
        article_row(statement, call->out);
        buf_add_char(call->out, ',');
    }
    sqlite3_finalize(statement);
    if (rc == 0)
        return err_set(err, ERR_NOTFOUND, "no such article");
    if (rc < 0)
        return rc;
    call->filter.oldest = true;
    if (call->filter.after < seq * 16384)
        call->filter.after = seq * 16384;
    if (call->filter.before > (seq + 1) * 16384)
        call->filter.before = (seq + 1) * 16384;
    return say_facts(call, err);
}

static int say_entities(struct call *call, struct err *err)
{
    return web_stats_entities(call->db, &call->filter, call->out, err);
}

static int say_timeline(struct call *call, struct err *err)
{
    struct str end = STR("/timeline"), name = call->rest;
    if (!str_ends(name, end) || name.len == end.len)
        return err_set(err, ERR_NOTFOUND, "no such path");
    name.len -= end.len;
    if (call->filter.value[WEB_ENTITY].ptr)
        return err_set(err, ERR_USAGE, "entity is that of the path");
    call->filter.value[WEB_ENTITY] = name;
    int rc = web_stats_entity(call->db, name, call->out, err);
    return rc < 0 ? rc : say_facts(call, err);
}

static int say_search(struct call *call, struct err *err)
{
    return web_stats_search(call->db, &call->filter, call->out, err);
}

static int say_stats(struct call *call, struct err *err)
{
    return web_stats_all(call->web, call->db, &call->filter, call->out, err);
}

static int say_status(struct call *call, struct err *err)
{
    (void)err;
    pthread_mutex_lock(&call->web->lock);
    const struct web_metrics *m = &call->web->metrics;
    buf_printf(call->out,
               "\"version\":\"%s\",\"store\":{\"position\":%" PRIu64 ",\"lag\":%" PRIu64
               ",\"readable\":%s},\"web\":{\"streams\":%" PRIu64 ",\"connections\":%" PRIu64
               ",\"requests\":%" PRIu64 "},\"broker\":{%.*s}",
               WARTA_VERSION, m->store_position.value, m->store_lag.value,
               call->web->store_there ? "true" : "false", m->streams.value,
               m->connections.value, m->requests.value,
               STR_ARG(buf_str(&call->web->line_json)));
    pthread_mutex_unlock(&call->web->lock);
    return 0;
}

static const struct path {
    const char *path; /* behind API; one that ends in '/' is followed by a name */
    int (*say)(struct call *call, struct err *err);
    bool no_store;
} paths[] = {
    {"articles", say_articles, false},
    {"articles/", say_article, false},
    {"facts", say_facts, false},
    {"quotes", say_quotes, false},
    {"quantities", say_quantities, false},
    {"events", say_events, false},
    {"roles", say_roles, false},
    {"entities", say_entities, false},
    {"entity/", say_timeline, false},
    {"search", say_search, false},
    {"stats", say_stats, false},
    {"status", say_status, true},
};

static const struct path *find_path(struct str name, struct str *rest_out)
{
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct str path = str_of(paths[i].path);
        bool open = str_ends(path, STR("/"));
        if (open ? str_starts(name, path) && name.len > path.len : str_eq(name, path)) {
            *rest_out = str_from(name, path.len);
            return &paths[i];
        }
    }
    return NULL;
}

void web_api_refuse(struct web_answer *answer, unsigned status, const char *code,
                    const char *text)
{
    answer->status = status;
    answer->type = JSON_TYPE;
    buf_clear(&answer->body);
    buf_printf(&answer->body, "{\"error\":\"%s\",\"text\":", code);
    record_print_text(str_of(text), &answer->body);
    buf_add_str(&answer->body, STR("}\n"));
}

static void refuse_err(struct web_answer *answer, const struct err *err)
{
    unsigned status = err->code == ERR_USAGE      ? 400
                      : err->code == ERR_NOTFOUND ? 404
                      : err->code == ERR_TIMEOUT  ? 503
                                                  : 500;
    web_api_refuse(answer, status, err_name(err->code), err->text);
}

static void answer_stream(struct web *web, const struct web_request *request,
                          struct web_answer *answer)
{
    struct err err;
    if (web_stream_new(request, web_position(web), &answer->stream, &err) < 0)
        refuse_err(answer, &err);
    else
        answer->type = "text/event-stream; charset=utf-8";
}

static void answer_probe(struct web *web, bool ready, struct web_answer *answer)
{
    pthread_mutex_lock(&web->lock);
    bool good = !ready || web->store_there;
    pthread_mutex_unlock(&web->lock);
    answer->status = good ? 200 : 503;
    answer->type = "text/plain; charset=utf-8";
    buf_add_str(&answer->body, good ? STR("ok\n") : STR("no store yet\n"));
}

static void answer_api(struct web *web, sqlite3 *db, const struct web_request *request,
                       struct web_answer *answer)
{
    struct call call = {.web = web, .db = db, .request = request, .out = &answer->body};
    const struct path *path = find_path(str_from(request->path, strlen(API)), &call.rest);
    struct err err;
    if (path == NULL) {
        web_api_refuse(answer, 404, "notfound", "no such path; /openapi.json lists them");
        return;
    }
    if (db == NULL && !path->no_store) {
        web_api_refuse(answer, 503, "gone", "there is no store yet");
        return;
    }
    answer->type = JSON_TYPE;
    buf_add_char(&answer->body, '{');
    int rc = web_filter_read(request, &call.filter, &err);
    if (rc == 0)
        rc = path->say(&call, &err);
    if (rc < 0)
        refuse_err(answer, &err);
    else
        buf_add_str(&answer->body, STR("}\n"));
}

void web_api_answer(struct web *web, sqlite3 *db, const struct web_request *request,
                    struct web_answer *answer)
{
    answer->status = 200;
    if (str_is(request->path, API "stream")) {
        answer_stream(web, request, answer);
    } else if (str_starts(request->path, STR(API))) {
        answer_api(web, db, request, answer);
    } else if (str_is(request->path, "/metrics")) {
        answer->type = "text/plain; version=0.0.4; charset=utf-8";
        web_expose(web, &answer->body);
    } else if (str_is(request->path, "/healthz") || str_is(request->path, "/readyz")) {
        answer_probe(web, str_is(request->path, "/readyz"), answer);
    } else {
        web_api_refuse(answer, 404, "notfound", "no such path; /openapi.json lists them");
    }
}
