#include "worker/sink/web_line.h"

#include "proto/client/ask.h"
#include "proto/wire/record.h"

#include <inttypes.h>

#define WAIT_MS 500

/* What is asked, and the names of an answer's columns; none: lines are "name value". The last
 * column takes the rest of the line. */
static const struct question {
    const char *request, *columns;
} questions[] = {
    {"status", NULL},
    {"stats", NULL},
    {"workers", "name extractor credit leased done failed heard_ms key"},
    {"feeders", "id stored duplicate rejected busy heard_ms key"},
    {"tails", "name next behind credit heard_ms key"},
    {"feeds", "name state live backfill given"},
    {"consumers", "name position unread lost confirmed_ms"},
    {"dead 1 50", "seq deaths failures id last"},
};

static void add_value(struct buf *out, struct str value)
{
    uint64_t number;
    if (str_to_u64(value, &number) && number < (uint64_t)1 << 53)
        buf_printf(out, "%" PRIu64, number);
    else
        record_print_text(value, out);
}

static void add_pair(struct buf *out, struct str line)
{
    struct str rest = line, name;
    str_split(&rest, ' ', &name);
    record_print_text(name, out);
    buf_add_char(out, ':');
    add_value(out, rest.ptr ? rest : STR(""));
}

static void add_columns(struct buf *out, struct str line, const char *columns)
{
    struct str names = str_of(columns), name, rest = line, word;
    bool any = false;
    buf_add_char(out, '{');
    while (str_split(&names, ' ', &name)) {
        if (names.ptr == NULL) {
            word = rest;
            rest = STR_NONE;
        } else if (!str_split(&rest, ' ', &word)) {
            break;
        }
        buf_printf(out, "%s\"%.*s\":", any ? "," : "", STR_ARG(name));
        add_value(out, word.ptr ? word : STR(""));
        any = true;
    }
    buf_add_char(out, '}');
}

static void add_answer(struct buf *out, const struct question *question, struct str answer)
{
    struct str rest = answer, line;
    bool any = false;
    struct str first = str_of(question->request);
    first.len = strcspn(question->request, " ");
    buf_printf(out, "%s\"%.*s\":%c", out->len ? "," : "", STR_ARG(first),
               question->columns ? '[' : '{');
    while (str_split(&rest, '\n', &line)) {
        if (line.len == 0)
            continue;
        if (any)
            buf_add_char(out, ',');
        if (question->columns)
            add_columns(out, line, question->columns);
        else
            add_pair(out, line);
        any = true;
    }
    buf_add_char(out, question->columns ? ']' : '}');
}

static uint64_t facts_last(struct str status)
{
    struct str rest = status, line;
    uint64_t last = 0;
    while (str_split(&rest, '\n', &line))
        if (str_starts(line, STR("facts_last ")))
            str_to_u64(str_from(line, 11), &last);
    return last;
}

static void keep(struct web *web, struct buf *json, struct buf *metrics, bool up,
                 uint64_t last)
{
    pthread_mutex_lock(&web->lock);
    struct buf was[] = {web->line_json, web->line_metrics};
    uint64_t position = web->metrics.store_position.value;
    web->line_json = *json;
    web->line_metrics = *metrics;
    web->metrics.broker_up.value = up;
    if (up)
        web->metrics.store_lag.value = last > position ? last - position : 0;
    pthread_mutex_unlock(&web->lock);
    buf_fini(&was[0]);
    buf_fini(&was[1]);
}

void web_line_ask(struct web *web, const char *base, const struct identity *identity)
{
    const struct ask_options options = {
        .base = base, .identity = *identity, .wait_ms = WAIT_MS};
    struct buf json = {0}, metrics = {0}, answer = {0};
    struct err err;
    uint64_t last = 0;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof questions / sizeof *questions; i++) {
        buf_clear(&answer);
        rc = ask(&options, str_of(questions[i].request), &answer, &err);
        if (rc == 0)
            add_answer(&json, &questions[i], buf_str(&answer));
        if (i == 0)
            last = facts_last(buf_str(&answer));
    }
    if (rc == 0)
        rc = ask(&options, STR("metrics"), &metrics, &err);
    if (rc < 0) {
        buf_clear(&metrics);
        buf_printf(&json, "%s\"error\":", json.len ? "," : "");
        record_print_text(str_of(err.text), &json);
    }
    buf_fini(&answer);
    keep(web, &json, &metrics, rc == 0, last);
}
