/* `warta explain`: the worker's job over files, and how each article was read. */

#include "proto/base/option.h"
#include "proto/base/program.h"
#include "proto/base/utf8.h"
#include "proto/wire/limits.h"
#include "worker/explain.h"
#include "worker/gather.h"
#include "worker/input.h"
#include "worker/job.h"
#include "worker/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct settings {
    uint64_t memory_bytes, deadline_ms;
    struct option_list jsonl;
    const char *article, *fact, *format, *source, *published, *language;
    bool tokens;
};

#define AT(member) offsetof(struct settings, member)

static const struct option options[] = {
    {"jsonl", 0, OPTION_LIST, AT(jsonl), "FILE", NULL, 0, 0,
     "read articles from FILE, one JSON object a line; \"-\" is standard input"},
    {"article", 'a', OPTION_TEXT, AT(article), "ID", NULL, 0, 0, "only this article"},
    {"fact", 'f', OPTION_TEXT, AT(fact), "ID", NULL, 0, 0,
     "only this fact, and the sentence it stands in"},
    {"format", 0, OPTION_TEXT, AT(format), "FORMAT", "text", 0, 0,
     "text, html (one page) or json (one object a line)"},
    {"tokens", 't', OPTION_FLAG, AT(tokens), NULL, NULL, 0, 0,
     "in text, too: the words of each sentence, with tags and tree"},
    {"source", 0, OPTION_TEXT, AT(source), "NAME", NULL, 0, 0,
     "outlet of articles that say none"},
    {"published", 0, OPTION_TEXT, AT(published), "DATE", NULL, 0, 0,
     "RFC 3339 date, with or without time, of articles that say none"},
    {"language", 0, OPTION_TEXT, AT(language), "CODE", NULL, 0, 0,
     "of articles that say none (else: guessed)"},
    {"memory", 0, OPTION_BYTES, AT(memory_bytes), "BYTES", SETTINGS_MEMORY,
     SETTINGS_MEMORY_LEAST, SETTINGS_MEMORY_MOST, "most memory one article may need"},
    {"deadline", 0, OPTION_MS, AT(deadline_ms), "TIME", SETTINGS_DEADLINE,
     SETTINGS_DEADLINE_LEAST, SETTINGS_DEADLINE_MOST,
     "most processor time one article may take"},
    {0},
};

static const struct option_program program = {
    .name = "warta explain",
    .usage = "[options] [FILE...]",
    .summary =
        "Tell how articles are read: which rule made each fact, of which words,\n"
        "and why lines yield none. Each FILE is the text of one article; \"-\" is\n"
        "standard input.",
    .option = options,
    .help_tail =
        "Exits 1 when an article could not be read, or the article or fact asked\n"
        "for is not there.",
};

enum format { FORMAT_TEXT, FORMAT_HTML, FORMAT_JSON, FORMAT_COUNT };
static const char *const format_names[FORMAT_COUNT] = {"text", "html", "json"};

struct run {
    const struct settings *settings;
    struct input_options input;
    struct arena arena; /* of the article as given */
    struct job *job;
    struct buf out;
    enum format format;
    bool colour;
    uint64_t shown; /* articles */
    bool failed;
};

static bool wants_colour(void)
{
    const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(no && *no) &&
           !(terminal && strcmp(terminal, "dumb") == 0);
}

static void say_failed(struct run *run, const struct input_item *item,
                       const struct err *err)
{
    run->failed = true;
    fprintf(stderr, "warta explain: %s:", item->path ? item->path : "");
    if (item->line)
        fprintf(stderr, "%llu:", (unsigned long long)item->line);
    fprintf(stderr, " %s: %s\n", err_name(err->code), err->text);
}

static void show(struct run *run, const struct extract_entry *entry)
{
    struct explain_view view = {.doc = job_doc(run->job),
                                .entry = entry,
                                .fact = str_of(run->settings->fact),
                                .number = run->shown + 1,
                                .colour = run->colour,
                                .tokens = run->settings->tokens};
    if (!explain_has(&view))
        return;
    run->shown++;
    if (run->format == FORMAT_TEXT)
        explain_text(&view, &run->out);
    else if (run->format == FORMAT_HTML)
        explain_html(&view, &run->out);
    else
        explain_json(&view, &run->out);
}

/* An article without an id of its own has one only once it is read. */
static bool is_wanted(const struct run *run, struct str id)
{
    return run->settings->article == NULL || str_is(id, run->settings->article);
}

static void read_item(struct run *run, struct input *input, const struct input_item *item)
{
    struct article article;
    struct extract_entry entry;
    struct err err = {0};
    arena_reset(&run->arena);
    if (input_article(input, item, &run->arena, &article, &err) != 0) {
        say_failed(run, item, &err);
        return;
    }
    if (article.id.len && !is_wanted(run, article.id))
        return;
    if (job_read(run->job, &article, &entry, &err) != 0)
        say_failed(run, item, &err);
    else if (is_wanted(run, job_doc(run->job)->article.id))
        show(run, &entry);
}

static int flush(struct run *run, struct err *err)
{
    int result = gather_write(STDOUT_FILENO, run->out.ptr, run->out.len, err);
    buf_clear(&run->out);
    return result;
}

/* One fact, or one article, is looked for until it is found. */
static bool is_done(const struct run *run)
{
    return run->shown && (run->settings->fact || run->settings->article);
}

static int read_all(struct run *run, struct err *err)
{
    struct input *input = input_new(&run->input);
    struct input_item item;
    int result = 0;
    if (run->format == FORMAT_HTML)
        explain_html_begin(&run->out);
    while (result == 0 && !is_done(run)) {
        struct err problem = {0};
        int got = input_next(input, true, &item, &problem);
        if (got == 0)
            break;
        if (got == 1)
            read_item(run, input, &item);
        else
            say_failed(run, &item, &problem);
        result = flush(run, err);
    }
    if (run->format == FORMAT_HTML)
        explain_html_end(&run->out);
    if (result == 0)
        result = flush(run, err);
    input_free(&input);
    return result;
}

static int check(const char *const *operands, struct run *run, struct err *err)
{
    static const char *const standard_input[] = {"-", NULL};
    const struct settings *settings = run->settings;
    bool none = operands[0] == NULL && settings->jsonl.count == 0;
    if (none && isatty(STDIN_FILENO))
        return err_set(err, ERR_USAGE, "name a FILE, or pipe a text in");
    while (run->format < FORMAT_COUNT &&
           strcmp(format_names[run->format], settings->format ? settings->format : "") !=
               0)
        run->format++;
    if (run->format == FORMAT_COUNT)
        return err_set(err, ERR_USAGE, "--format is text, html or json");
    run->input = (struct input_options){
        .text = none ? standard_input : operands,
        .jsonl = settings->jsonl.item,
        .jsonl_count = settings->jsonl.count,
        .defaults = {.source = str_of(settings->source),
                     .published = str_of(settings->published),
                     .language = str_of(settings->language)},
    };
    const struct article *d = &run->input.defaults;
    const struct str given[] = {d->source, d->published, d->language};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (utf8_bad_at(given[i]) < given[i].len)
            return err_set(err, ERR_UTF8, "an option's value is not UTF-8");
    struct article sample = *d;
    sample.text = STR("-");
    return article_check(&sample, err);
}

static int run_all(struct run *run, struct err *err)
{
    const struct job_options limits = {.memory_bytes = run->settings->memory_bytes,
                                       .deadline_ms = run->settings->deadline_ms,
                                       .trees = true};
    arena_init(&run->arena, (size_t)2 * LIMIT_JSON_LINE_BYTES);
    int result = job_open(&limits, &run->job, err);
    if (result == 0)
        result = read_all(run, err);
    job_close(&run->job);
    arena_fini(&run->arena);
    buf_fini(&run->out);
    return result;
}

/* Says what was looked for and is not there. */
static int answer(const struct run *run)
{
    const struct settings *settings = run->settings;
    if (run->shown == 0 && (settings->fact || settings->article)) {
        fprintf(stderr, "warta explain: there is no %s %s\n",
                settings->fact ? "fact" : "article",
                settings->fact ? settings->fact : settings->article);
        return EXIT_NO;
    }
    return run->failed ? EXIT_NO : EXIT_DONE;
}

int explain_main(int argc, char **argv)
{
    struct settings settings;
    struct option_set *set = NULL;
    const char **operands = NULL;
    struct err err = {0};
    struct run run = {.settings = &settings, .colour = wants_colour()};
    int code = EXIT_DONE;

    int result = option_parse(&program, argc, argv, &settings, &set, &operands, &err);
    if (result == 0)
        return EXIT_DONE;
    if (result == 1)
        result = check(operands, &run, &err);
    if (result != 0)
        code = EXIT_NEVER;
    else if ((result = run_all(&run, &err)) != 0)
        code = result == ERR_CORRUPT || result == ERR_VERSION ? EXIT_NEVER : EXIT_LATER;
    else
        code = answer(&run);
    if (result != 0)
        fprintf(stderr, "warta explain: %s\n", err.text);
    option_free(&set);
    return code;
}
